//! Reads a fence without prompts: its lines, and the runs of `#> ` lines by which its author states what it prints.

use std::sync::Arc;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{CodeLine, Expected, InlineOutput};
use exemplar_model::source::ExpandedText;

use super::line::Line;
use super::scanner::State;

const MARK: &str = "#>";

/// The stated outputs of a script. A `#>` within a string is text of the string.
pub(super) fn outputs(
    lines: &[Line<'_>],
    expanded: &ExpandedText,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<InlineOutput> {
    let mut outputs: Vec<InlineOutput> = Vec::new();
    let mut state = State::Code;
    // The run that the line above belongs to: its column and lines. A run may be refused, and is followed to its end all the same.
    let mut run: Option<Run> = None;
    let mut code_above = false;
    for (index, line) in lines.iter().enumerate() {
        let stated = if state == State::Code { stated_from(line) } else { None };
        let Some((column, from)) = stated else {
            finish(run.take(), &mut outputs);
            let comment = state == State::Code && line.text.trim_start().starts_with('#');
            code_above |= !line.is_blank() && !comment;
            state = state.after(&line.text);
            continue;
        };
        let text = line.code(expanded, from);
        match &mut run {
            Some(run) if run.column == column => run.lines.push(text),
            _ => {
                finish(run.take(), &mut outputs);
                // A run that is indented otherwise is about another statement: a loop and its body can both have one.
                let same = outputs.last().is_some_and(|last| last.column == column);
                let refused = !code_above && (outputs.is_empty() || same);
                if refused {
                    diagnostics.push(
                        Diagnostic::error(
                            "output-without-code",
                            text.span,
                            "no code above states what prints this",
                        )
                        .help("put the `#>` lines right below the statement that prints"),
                    );
                }
                run = Some(Run { line: index, column, lines: vec![text], refused });
                code_above = false;
            }
        }
    }
    finish(run, &mut outputs);
    outputs
}

struct Run {
    line: usize,
    column: usize,
    lines: Vec<CodeLine>,
    refused: bool,
}

fn finish(run: Option<Run>, outputs: &mut Vec<InlineOutput>) {
    if let Some(Run { line, column, lines, refused: false }) = run {
        outputs.push(InlineOutput { line, column, expected: Arc::new(Expected::from_lines(lines)) });
    }
}

/// The column of the mark, and the byte where the stated text starts.
fn stated_from(line: &Line<'_>) -> Option<(usize, usize)> {
    let body = line.text.trim_start();
    let rest = body.strip_prefix(MARK)?;
    let indent = &line.text[..line.text.len() - body.len()];
    let from = line.text.len() - rest.strip_prefix(' ').unwrap_or(rest).len();
    (rest.is_empty() || rest.starts_with(' ')).then(|| (indent.chars().count(), from))
}
