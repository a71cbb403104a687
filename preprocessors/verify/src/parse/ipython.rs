//! The prompts of `IPython`, read as doctest's: `In [1]: `, `   ...: ` and `Out[1]: `.

use std::sync::LazyLock;

use exemplar_model::diagnostic::Edit;
use exemplar_model::source::ExpandedText;
use regex::Regex;

use super::dialect::{Dialect, Dialects};
use super::line::Line;

static PROMPT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^ *(?:(?<first>In \[\d+\]:)|(?<further>\.{3,}:)|(?<output>Out\[\d+\]:))(?: |$)")
        .expect("the pattern is a constant")
});

/// Whether a line has the prompt of a statement.
pub(super) fn has_prompt(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with("In [")
        && PROMPT.captures(line).is_some_and(|found| found.name("first").is_some())
}

/// The lines of a fence with doctest's prompts in the place of `IPython`'s; none where it has none of those.
pub(super) fn with_doctest_prompts<'t>(
    lines: &[Line<'t>],
    expanded: &ExpandedText,
    dialects: &mut Dialects,
) -> Option<Vec<Line<'t>>> {
    if !lines.iter().any(|line| has_prompt(&line.text)) {
        return None;
    }
    let mut indent = 0;
    let mut read = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let Some(found) = PROMPT.captures(&line.text) else {
            read.push(line.clone());
            continue;
        };
        let length = found[0].len();
        if found.name("first").is_some() {
            indent = line.indent();
        }
        let own = line.indent();
        let is_empty = length == line.text.len();
        let start = match (found.name("first"), found.name("further")) {
            (Some(_), _) => format!("{:indent$}>>>{}", "", if is_empty { "" } else { " " }),
            (_, Some(_)) => format!("{:indent$}...{}", "", if is_empty { "" } else { " " }),
            _ => " ".repeat(indent),
        };
        let span = expanded.origin(line.range(own..length));
        // An output of several lines starts below its prompt, and a line that is left empty would end it.
        if found.name("output").is_some() && is_empty {
            let next = lines.get(index + 1).map_or(line.range(length..length), |next| next.range(0..0));
            let line_start = line.range(0..0).start;
            let place = expanded.origin(line_start..next.start.max(line_start));
            dialects.note(Dialect::IpythonPrompt, span, [Edit { span: place, text: String::new() }]);
            continue;
        }
        let place = expanded.origin(line.range(0..length));
        dialects.note(Dialect::IpythonPrompt, span, [Edit { span: place, text: start.clone() }]);
        read.push(line.clone().with_start(length, &start));
    }
    Some(read)
}
