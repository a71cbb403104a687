//! What was typed in a transcript: below a prompted statement that asks for input, a page shows the question and, behind it, the answer.

use std::sync::LazyLock;

use regex::Regex;

/// A call of `input` with a plain string or nothing.
static INPUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\binput\(\s*(?:"(?<double>[^"\\{}]*)"|'(?<single>[^'\\{}]*)')?\s*\)"#)
        .expect("the pattern is a constant")
});

/// What `input()` gets in a statement whose output is stated so: a line for each question that is found in it. None where the output shows
/// no answer, as that of a statement which ends in `EOFError`.
pub(super) fn typed(source: &str, stated: &str) -> Option<String> {
    if !source.contains("input(") || stated.is_empty() || stated.contains("Traceback (most recent call last)")
    {
        return None;
    }
    let mut lines = stated.lines();
    let mut answers = String::new();
    for call in INPUT.captures_iter(source) {
        let question = call.name("double").or_else(|| call.name("single")).map_or("", |found| found.as_str());
        let answer = lines.find_map(|line| line.strip_prefix(question))?;
        answers.extend([answer, "\n"]);
    }
    (!answers.is_empty()).then_some(answers)
}

#[cfg(test)]
mod tests {
    use super::typed;

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
            assert_eq!(typed(source, stated).as_deref(), expected, "{source} {stated:?}");
        }
    }
}
