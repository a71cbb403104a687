//! Knows, line by line, whether Python is within a string, within brackets, or before a block. That is all of Python that finding
//! comments and incomplete statements takes.

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
        self.scan(line, |_, _| {})
    }

    /// What the next line begins in. `code` gets each byte of the line that is outside of strings, and its place; of a comment only its
    /// `#`.
    pub(super) fn scan(self, line: &str, mut code: impl FnMut(usize, u8)) -> Self {
        let bytes = line.as_bytes();
        let mut state = self;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let tripled =
                |quote: u8| bytes.get(at..at + 3).is_some_and(|three| three.iter().all(|&it| it == quote));
            match (state, byte) {
                (Self::Code, b'#') => {
                    code(at, byte);
                    return Self::Code;
                }
                (Self::Code, b'"' | b'\'') if tripled(byte) => {
                    state = Self::Triple(byte);
                    at += 2;
                }
                (Self::Code, b'"' | b'\'') => state = Self::Single(byte),
                (Self::Code, _) => code(at, byte),
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

/// Where the comment of a line begins, when the line begins in code.
pub(super) fn comment_at(line: &str) -> Option<usize> {
    if !line.contains('#') {
        return None;
    }
    let mut comment = None;
    State::Code.scan(line, |at, byte| comment = comment.or((byte == b'#').then_some(at)));
    comment
}

/// A statement as far as it was read, line by line: whether Python would want more of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    state: State,
    depth: usize,
    last: Option<u8>,
}

impl Progress {
    /// The statement with another line.
    pub(super) fn read(&mut self, line: &str) {
        let mut depth = self.depth;
        let mut last = None;
        let mut end = 0;
        let mut comment = line.len();
        self.state = self.state.scan(line, |at, byte| {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b'#' => comment = at,
                _ => {}
            }
            if byte != b'#' && !byte.is_ascii_whitespace() {
                (last, end) = (Some(byte), at + 1);
            }
        });
        let rest = &line.as_bytes()[end..comment];
        let is_string_last = rest.iter().any(|byte| !byte.is_ascii_whitespace());
        self.last = if is_string_last { Some(b'"') } else { last };
        self.depth = depth;
    }

    /// Whether it ends in an open bracket or string, or in a backslash.
    pub(super) fn is_open(self) -> bool {
        self.depth > 0 || self.state != State::Code || self.last == Some(b'\\')
    }

    /// Whether it ends within a string of several lines.
    pub(super) fn is_in_string(self) -> bool {
        self.state != State::Code
    }

    /// Whether it is the header of a block that nothing stands in yet.
    pub(super) fn awaits_block(self) -> bool {
        !self.is_open() && self.last == Some(b':')
    }
}

#[cfg(test)]
mod tests {
    use super::{Progress, State, comment_at};

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

    #[test]
    fn comments_are_found_outside_of_strings() {
        for (line, at) in
            [("x  # a", Some(3)), ("'#' # '#'", Some(4)), ("'#'", None), ("# a # b", Some(0)), ("", None)]
        {
            assert_eq!(comment_at(line), at, "{line}");
        }
    }

    #[test]
    fn what_a_statement_lacks_is_known() {
        for (lines, is_open, awaits_block) in [
            (&["f(a,"][..], true, false),
            (&["f(a,", "b)"], false, false),
            (&["x = 1 + \\"], true, false),
            (&["x = '''a", "b'''"], false, false),
            (&["x = '''a"], true, false),
            (&["if x:"], false, true),
            (&["if x:  # why: because"], false, true),
            (&["if x:", "    y"], false, false),
            (&["x[1:", "]"], false, false),
            (&["x = ':'"], false, false),
            (&["# note:"], false, false),
            (&["def f(a,", "      b):"], false, true),
            (&["if x:", ""], false, false),
        ] {
            let mut progress = Progress::default();
            lines.iter().for_each(|line| progress.read(line));
            assert_eq!((progress.is_open(), progress.awaits_block()), (is_open, awaits_block), "{lines:?}");
        }
    }
}
