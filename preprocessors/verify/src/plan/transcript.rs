//! What a reader does in a transcript: below code that asks for input, a page shows the question and, behind it, the answer; and a loop
//! without an end is stopped by Ctrl+C.

use std::sync::LazyLock;

use exemplar_model::fence::StatedOutput;
use exemplar_model::plan::Transcript;
use memchr::memmem::Finder;
use regex::Regex;

/// How many characters more than the page shows a script may print, before its reader sees that there is no end to it.
const PATIENCE: usize = 64 << 10;

/// A call of `input`, or of what it reads from, with a plain string or nothing.
static INPUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"\b(?:input|sys\.stdin\.readline)\(\s*(?:"(?<double>[^"\\{}]*)"|'(?<single>[^'\\{}]*)')?\s*\)"#,
    )
    .expect("the pattern is a constant")
});

/// What any such call has in it. To look for these first is cheaper by far, and nearly all code has none.
static CALLS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| [Finder::new("input("), Finder::new("readline(")]);

static HEADER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Traceback (most recent call last)"));

/// What `input()` gets in a statement whose output is stated so: a line for each question that is found in it. None where the output shows
/// no answer, as that of a statement which ends in `EOFError`.
///
/// `asked` are the questions of the session's code so far: a statement may call a function that asks them.
pub(super) fn typed(source: &str, stated: &str, asked: &[String]) -> Option<String> {
    let may_ask = asks(source) || !asked.is_empty();
    if stated.is_empty() || !may_ask || find_header(stated).is_some() {
        return None;
    }
    let mut lines = stated.lines();
    let mut answers = String::new();
    for call in INPUT.captures_iter(source) {
        let question = call.name("double").or_else(|| call.name("single")).map_or("", |found| found.as_str());
        let answer = lines.find_map(|line| line.strip_prefix(question))?;
        answers.extend([answer, "\n"]);
    }
    if answers.is_empty() && source.contains('(') && !source.contains("print(") {
        let answer = |line: &str| {
            asked.iter().find_map(|question| line.strip_prefix(question.as_str()).map(str::to_owned))
        };
        let found: Vec<String> = stated.lines().filter_map(answer).collect();
        answers.extend(found.into_iter().map(|answer| answer + "\n"));
    }
    (!answers.is_empty()).then_some(answers)
}

/// Whether a line of code asks for input.
pub(super) fn asks(line: &str) -> bool {
    CALLS.iter().any(|call| call.find(line.as_bytes()).is_some())
}

/// Where a traceback begins.
fn find_header(text: &str) -> Option<usize> {
    HEADER.find(text.as_bytes())
}

/// The dialogue that is stated below a prompted statement whose questions are not plain strings, and the Ctrl+C that ends it.
pub(super) fn of_statement(stated: &str, asks: bool) -> Option<Transcript> {
    match find_header(stated).map(|at| stated.split_at(at)) {
        Some((shown, trace)) if trace.lines().any(|line| line.trim_end() == "KeyboardInterrupt") => {
            Some(Transcript { text: shown.to_owned(), patience: Some(0), is_bare: false })
        }
        Some(_) => None,
        None => (asks && !stated.is_empty()).then(|| Transcript {
            text: stated.to_owned(),
            patience: None,
            is_bare: false,
        }),
    }
}

/// The dialogue with a script that an output fence states, or that something seems to show. Where the page cuts it off, its reader does.
pub(super) fn of_script(code: &str, stated: &StatedOutput, asks: bool) -> Option<Transcript> {
    let (shown, is_open) = match stated {
        StatedOutput::Fence(expected) => (&**expected, false),
        StatedOutput::Guessed(guesses) => {
            let whole = guesses.iter().find(|guess| guess.mark.is_none())?;
            (&whole.expected, whole.open)
        }
        StatedOutput::Inline(_) | StatedOutput::Nothing => return None,
    };
    let patience = is_open.then_some(PATIENCE);
    let is_bare = code.contains("input()") || code.contains("readline()");
    ((asks || is_open) && !shown.text.is_empty()).then(|| Transcript {
        text: shown.text.to_string(),
        patience,
        is_bare,
    })
}

/// The questions that a code asks with `input`.
pub(super) fn questions(code: &str) -> impl Iterator<Item = String> {
    let calls = CALLS[0].find(code.as_bytes()).map(|_| INPUT.captures_iter(code)).into_iter().flatten();
    calls.filter_map(|call| {
        let question = call.name("double").or_else(|| call.name("single"))?.as_str();
        (!question.trim().is_empty()).then(|| question.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::{questions, typed};

    #[test]
    fn answers_stand_behind_their_questions() {
        for (source, stated, expected) in [
            ("x = input('Name: ')", "Name: Bob\n", Some("Bob\n")),
            ("input(\"a?\") + input('b? ')", "a?1\nb? 2\n'12'\n", Some("1\n2\n")),
            ("x = input()", "Bob\n", Some("Bob\n")),
            ("x = input('Name: ')", "Name: \n", Some("\n")),
            ("x = input('Name: ')", "", None),
            ("x = input('Name: ')", "'Bob'\n", None),
            ("input()", "Traceback (most recent call last):\nEOFError: EOF when reading a line\n", None),
            ("x = input(question)", "Name: Bob\n", None),
            ("print('Name: Bob')", "Name: Bob\n", None),
        ] {
            assert_eq!(typed(source, stated, &[]).as_deref(), expected, "{source} {stated:?}");
        }
        let asked: Vec<String> = questions("def ask():\n    return input('Name: ')\n").collect();
        assert_eq!(typed("ask()", "Name: Bob\n'Bob'\n", &asked).as_deref(), Some("Bob\n"));
        assert_eq!(typed("print('Name: Bob')", "Name: Bob\n", &asked), None);
    }
}
