//! The order of sets: Python prints the elements of a set in no order of its own, so that two runs of the same program may differ in it.
//!
//! A text with set displays is brought into a form in which the elements of each are sorted. Two texts of the same form say the same. A
//! display is a set if it has no colon outside of brackets and strings: those of dictionaries have an order.

/// The printed text, if it differs from the stated one in the order of sets alone, spaces between elements aside.
pub(super) fn as_printed(want: &str, got: &str) -> Option<String> {
    let may_be = want != got
        && want.contains('{')
        && got.contains('{')
        && want.len() <= LONGEST
        && got.len() <= LONGEST;
    (may_be && Reader::new(want).form()? == Reader::new(got).form()?).then(|| got.to_owned())
}

/// The longest text that is looked at.
const LONGEST: usize = 1 << 16;

/// The deepest nesting that is looked at.
const DEEPEST: usize = 64;

struct Reader<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        Self { rest: text.chars().peekable(), depth: 0 }
    }

    /// The whole text in its form; none where a bracket or a string is left open.
    fn form(mut self) -> Option<String> {
        let form = self.group(None)?;
        self.rest.next().is_none().then(|| form.trim_end().to_owned())
    }

    /// A text up to the bracket that closes it, which stays.
    fn group(&mut self, open: Option<char>) -> Option<String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut parts = vec![String::new()];
        let mut has_colon = false;
        while let Some(&next) = self.rest.peek() {
            if matches!(next, ')' | ']' | '}') {
                break;
            }
            self.rest.next();
            let part = parts.last_mut()?;
            match next {
                '\'' | '"' => {
                    part.push(next);
                    self.string(next, part)?;
                }
                '(' | '[' | '{' => {
                    let close = match next {
                        '(' => ')',
                        '[' => ']',
                        _ => '}',
                    };
                    let inner = self.group(Some(next))?;
                    part.extend([next.to_string(), inner]);
                    (self.rest.next()? == close).then(|| part.push(close))?;
                }
                ',' if open.is_some() => parts.push(String::new()),
                // Elements may stand on several lines.
                _ if open.is_some() && next.is_whitespace() => {
                    if !part.is_empty() && !part.ends_with(' ') {
                        part.push(' ');
                    }
                }
                _ => {
                    has_colon |= next == ':';
                    part.push(next);
                }
            }
        }
        self.depth -= 1;
        let mut parts: Vec<String> = parts.into_iter().map(|part| part.trim_end().to_owned()).collect();
        if open == Some('{') && !has_colon {
            parts.sort();
        }
        Some(parts.join(","))
    }

    /// A string to its closing quote. An apostrophe in prose opens none that closes, and then there is no form.
    fn string(&mut self, quote: char, part: &mut String) -> Option<()> {
        loop {
            let next = self.rest.next()?;
            part.push(next);
            if next == '\\' {
                part.push(self.rest.next()?);
            } else if next == quote {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::as_printed;

    #[test]
    fn sets_have_no_order_and_all_else_has() {
        for (want, got, expected) in [
            ("{'b', 'a'}\n", "{'a', 'b'}\n", true),
            ("{'b',\n 'a'}\n", "{'a', 'b'}\n", true),
            ("{frozenset({2, 1}), 3}\n", "{3, frozenset({1, 2})}\n", true),
            ("x {'a, b', 'c'}\n", "x {'c', 'a, b'}\n", true),
            ("{'a': {2, 1}}\n", "{'a': {1, 2}}\n", true),
            ("{'a': 1, 'b': 2}\n", "{'b': 2, 'a': 1}\n", false),
            ("[2, 1]\n", "[1, 2]\n", false),
            ("{1, 2}\n", "{1, 3}\n", false),
            ("{1, 1}\n", "{1}\n", false),
            ("{'b', 'a'\n", "{'a', 'b'\n", false),
            ("it's {2, 1}\n", "it's {1, 2}\n", false),
            ("{'ab'}\n", "{'a b'}\n", false),
        ] {
            assert_eq!(as_printed(want, got).is_some(), expected, "{want:?} {got:?}");
        }
        assert_eq!(as_printed(&"{".repeat(10_000), &"{".repeat(10_001)), None);
    }
}
