//! Tracebacks that a page states: finding one in an expected output, and comparing it with what was raised.
//!
//! doctest's rule (section "What About Exceptions?", and `_EXCEPTION_RE` in its source) holds first: after the header, everything up to
//! the first line that begins with a letter, a digit or an underscore is stack and is not compared; all from there on is the message and
//! is compared with `traceback.format_exception_only`. What was printed before the exception is not compared.
//!
//! What doctest refuses and a page that shows real output needs is accepted besides:
//!
//! - text before the header, which is then compared with what was printed;
//! - chained and grouped tracebacks, which have several messages: all of them are compared, and none of the stacks;
//! - the message as the traceback itself ends, where that says more than `format_exception_only` ("Did you mean: …?");
//! - a syntax error as the REPL shows it: no header, but the place and the line;
//! - a group that `except*` made, which has no header either;
//! - `__main__.` before the name of a type, and a suggestion behind the message, as CPython itself prints them and its module
//!   `traceback` does not (the suggestion: before 3.12).
//!
//! Whatever doctest accepts is accepted here too.

use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Outcome, Raised};

use super::comparison::Comparison;
use super::exception::{SYNTAX_ERRORS, is_type, without_details};
use super::layout::{
    ended, first_line, is_header, is_headless_group, is_place_of_syntax_error, line_starts, margin,
    message_start, without_main, without_stacks, without_suggestion,
};

/// A traceback that an expected output states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stated<'a> {
    /// What stands before it: output, or the beginning of a chain.
    pub before: &'a str,
    /// The traceback from its header on.
    pub text: &'a str,
    /// From the line that names the type to the end.
    pub message: &'a str,
}

impl<'a> Stated<'a> {
    /// The traceback that begins at `start`, if a line below its header can be a message.
    fn at(want: &'a str, start: usize) -> Option<Self> {
        let (before, text) = want.split_at(start);
        let below = text.find('\n')? + 1;
        let margin = margin(text);
        let message = below + message_start(&text[below..], &margin)? + margin.len();
        Some(Self { before, text, message: &text[message..] })
    }

    /// The name of the type that it says was raised, with its module where it says that.
    #[must_use]
    pub fn kind(&self) -> &'a str {
        first_line(self.message).split(':').next().unwrap_or_default().trim()
    }
}

/// How a stated traceback and a raised exception compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// They are equal.
    Same,
    /// The exception is the one stated; what was printed or raised before it is not.
    OtherOutput,
    /// The type is the one stated; the message is not.
    OtherMessage,
    /// Another type was raised.
    OtherType,
}

/// The traceback that an expected output states, if it states one: the last, where it has several, because a chain ends in what was raised.
#[must_use]
pub fn stated(want: &str) -> Option<Stated<'_>> {
    candidates(want).last()
}

/// Whether an expected output states a traceback.
#[must_use]
pub(super) fn states_one(want: &str) -> bool {
    candidates(want).next().is_some()
}

/// Compares an expected output that states a traceback with an exception. None where it states none.
#[must_use]
pub(super) fn compare(
    want: &str,
    rules: &Comparison<'_>,
    outcome: &Outcome,
    raised: &Raised,
) -> Option<Agreement> {
    let candidates: Vec<Stated<'_>> = candidates(want).collect();
    let last = candidates.last()?;
    // Text before a header is output or the beginning of a chain, so each header may be the one at which the output ends.
    let raised_so: Vec<&Stated<'_>> =
        candidates.iter().filter(|candidate| is_raised(candidate, raised, rules)).collect();
    let printed_so = |candidate: &&Stated<'_>| {
        candidate.before.is_empty() || rules.as_stated(candidate.before, outcome).is_some()
    };
    // A chain whose first exception was not raised itself begins with that one's message, and has no header there.
    let is_chain = || {
        let raised = without_stacks(&raised.traceback);
        rules.matches(&without_stacks(want), &raised)
            || without_main(want).is_some_and(|want| rules.matches(&without_stacks(&want), &raised))
    };
    Some(if raised_so.iter().any(printed_so) || is_chain() {
        Agreement::Same
    } else if !raised_so.is_empty() {
        Agreement::OtherOutput
    } else if is_type(last.kind(), raised) {
        Agreement::OtherMessage
    } else {
        Agreement::OtherType
    })
}

/// Every header that a message follows; without any, the place that a syntax error begins with; and a group that has no header.
fn candidates(want: &str) -> impl Iterator<Item = Stated<'_>> {
    let headed = line_starts(want).filter(|&at| is_header(&want[at..])).filter_map(|at| Stated::at(want, at));
    let mut headed = headed.peekable();
    let is_headed = headed.peek().is_some();
    let first = |begins: fn(&str) -> bool| line_starts(want).find(|&at| !is_headed && begins(&want[at..]));
    let place = first(is_place_of_syntax_error);
    let unheaded = place.and_then(|at| Stated::at(want, at));
    let unheaded = unheaded.filter(|stated| SYNTAX_ERRORS.contains(&stated.kind()));
    let group = first(is_headless_group).map(|at| {
        let (before, text) = want.split_at(at);
        Stated { before, text, message: text.trim_start_matches([' ', '|']) }
    });
    headed.chain(unheaded).chain(group)
}

/// Whether the exception is the one that a traceback states.
fn is_raised(stated: &Stated<'_>, raised: &Raised, rules: &Comparison<'_>) -> bool {
    let so = |text: &str, message: &str| is_raised_so(Stated { text, message, ..*stated }, raised, rules);
    so(stated.text, stated.message)
        || without_main(stated.text)
            .zip(without_main(stated.message))
            .is_some_and(|(text, message)| so(&text, &message))
        || without_suggestion(stated.text)
            .zip(without_suggestion(stated.message))
            .is_some_and(|(text, message)| so(text, message))
}

fn is_raised_so(stated: Stated<'_>, raised: &Raised, rules: &Comparison<'_>) -> bool {
    let (message, summary) = (ended(stated.message.to_owned()), ended(raised.summary.clone()));
    rules.matches(&message, &summary)
        || (rules.flags.has(Flags::IGNORE_EXCEPTION_DETAIL)
            && rules.matches(without_details(&message), without_details(&summary)))
        || rules.matches(&without_stacks(stated.text), &without_stacks(&raised.traceback))
}

#[cfg(test)]
mod tests {
    use super::stated;

    #[test]
    fn a_traceback_is_found_by_its_header() {
        let header = "Traceback (most recent call last):\n";
        for (want, expected) in [
            (
                format!("{header}  File\n    x\nValueError: bad\nmore\n"),
                Some(("", "ValueError", "ValueError: bad\nmore\n")),
            ),
            (format!("out\n{header}a.b.E\n"), Some(("out\n", "a.b.E", "a.b.E\n"))),
            (format!("{header}  ...\n"), None),
            (format!(" {header}E\n"), None),
            ("ValueError: bad\n".into(), None),
            (
                "  + Exception Group Traceback (most recent call last):\n  |   File\n  | ExceptionGroup: x\n"
                    .into(),
                Some(("", "ExceptionGroup", "ExceptionGroup: x\n")),
            ),
            (
                "  File \"<stdin>\", line 1\n    1 +\n       ^\nSyntaxError: invalid syntax\n".into(),
                Some(("", "SyntaxError", "SyntaxError: invalid syntax\n")),
            ),
            ("  File \"<stdin>\", line 1\nValueError: bad\n".into(), None),
        ] {
            let found = stated(&want).map(|stated| (stated.before, stated.kind(), stated.message));
            assert_eq!(found, expected, "{want:?}");
        }
    }
}
