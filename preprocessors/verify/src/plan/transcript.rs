//! What was typed in a transcript: below a prompted statement that asks for input, a page shows the question and, behind it, the answer.

use std::sync::LazyLock;

use regex::Regex;

/// A call of `input`, or of what it reads from, with a plain string or nothing.
static INPUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"\b(?:input|sys\.stdin\.readline)\(\s*(?:"(?<double>[^"\\{}]*)"|'(?<single>[^'\\{}]*)')?\s*\)"#,
    )
    .expect("the pattern is a constant")
});

/// What `input()` gets in a statement whose output is stated so: a line for each question that is found in it. None where the output shows
/// no answer, as that of a statement which ends in `EOFError`.
///
/// `asked` are the questions of the session's code so far: a statement may call a function that asks them.
pub(super) fn typed(source: &str, stated: &str, asked: &[String]) -> Option<String> {
    if stated.is_empty() || stated.contains("Traceback (most recent call last)") {
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

/// The questions that a code asks with `input`.
pub(super) fn questions(code: &str) -> impl Iterator<Item = String> {
    let calls = code.contains("input(").then(|| INPUT.captures_iter(code)).into_iter().flatten();
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
