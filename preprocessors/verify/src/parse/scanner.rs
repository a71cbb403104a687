//! Knows, line by line, whether Python is within a string. That is all of Python that finding comments takes.

/// What a line begins in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum State {
    /// Code, or a comment.
    #[default]
    Code,
    /// A string with three of this quote.
    Triple(u8),
    /// A string with one of this quote, which a backslash carried over the line's end.
    Single(u8),
}

impl State {
    /// What the next line begins in.
    pub(super) fn after(self, line: &str) -> Self {
        let bytes = line.as_bytes();
        let mut state = self;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let tripled =
                |quote: u8| bytes.get(at..at + 3).is_some_and(|three| three.iter().all(|&it| it == quote));
            match (state, byte) {
                (Self::Code, b'#') => return Self::Code,
                (Self::Code, b'"' | b'\'') if tripled(byte) => {
                    state = Self::Triple(byte);
                    at += 2;
                }
                (Self::Code, b'"' | b'\'') => state = Self::Single(byte),
                // Even in a raw string a quote behind a backslash does not end it.
                (Self::Triple(_) | Self::Single(_), b'\\') => at += 1,
                (Self::Triple(quote), _) if tripled(quote) => {
                    state = Self::Code;
                    at += 2;
                }
                (Self::Single(quote), _) if byte == quote => state = Self::Code,
                _ => {}
            }
            at += 1;
        }
        match state {
            // The backslash was the line's last byte exactly when it skipped past the end.
            Self::Single(_) if at == bytes.len() => Self::Code,
            state => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn strings_over_several_lines_are_followed() {
        for (lines, state) in [
            (&["x = '''a", "b"][..], State::Triple(b'\'')),
            (&["x = '''a", "b''' + \"\"\""], State::Triple(b'"')),
            (&["x = 'a"], State::Code),
            (&["x = 'a\\", "b"], State::Code),
            (&["x = 'a\\"], State::Single(b'\'')),
            (&["# it's '''"], State::Code),
            (&["x = '#' '''"], State::Triple(b'\'')),
            (&[r"x = r'\' '''"], State::Code),
            (&["'' ''''' '''", "'''"], State::Triple(b'\'')),
        ] {
            assert_eq!(lines.iter().fold(State::Code, |state, line| state.after(line)), state, "{lines:?}");
        }
    }
}
