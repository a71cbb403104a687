//! Scripts that are indented as a whole, as those that were cut out of a function or of another document are.
//!
//! Python refuses each of them for its first statement, so that nothing else can be meant than the code without its indentation. Comments
//! may stand further to the left; a script that is to show the error keeps it.

use exemplar_model::diagnostic::{Diagnostic, Edit};
use exemplar_model::source::ExpandedText;

use super::line::Line;

/// Takes the indentation off that all statements of a script share, and says so.
pub(super) fn without_common_indent<'t>(
    lines: Vec<Line<'t>>,
    expanded: &ExpandedText,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Line<'t>> {
    let is_code = |line: &&Line<'_>| !line.is_blank() && !line.text.trim_start().starts_with('#');
    let white = |line: &Line<'_>| line.text.len() - line.text.trim_start_matches([' ', '\t']).len();
    let Some(first) = lines.iter().find(is_code) else { return lines };
    let common = first.text[..white(first)].to_owned();
    if common.is_empty() || !lines.iter().filter(is_code).all(|line| line.text.starts_with(&common)) {
        return lines;
    }
    let mut edits = Vec::new();
    let shared = |line: &Line<'_>| {
        line.text.bytes().zip(common.bytes()).take_while(|(one, other)| one == other).count()
    };
    for line in &lines {
        let span = expanded.origin(line.range(0..shared(line)));
        if !span.range().is_empty() {
            edits.push(Edit { span, text: String::new() });
        }
    }
    let span = expanded.origin(first.range(common.len()..first.text.trim_end().len()));
    let lint = Diagnostic::warning("indented-script", span, "this script is indented as a whole")
        .help("begin its statements where the fence begins: Python refuses them here");
    diagnostics.push(Diagnostic { edits, ..lint });
    lines
        .into_iter()
        .map(|line| {
            let length = shared(&line);
            line.without_start(length)
        })
        .collect()
}
