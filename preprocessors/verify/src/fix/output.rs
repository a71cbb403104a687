//! A printed text in the form in which a page states it, or why it can't be stated.
//!
//! What a page can't state is never written: it would not be read back as what was printed (DESIGN.md, section 3). doctest's rules are in
//! its documentation, "How are Docstring Examples Recognized?".

use exemplar_model::flags::Flags;
use exemplar_model::plan::{Example, ExampleKind, Expectation};

/// What stands for a blank line.
pub(super) const BLANKLINE: &str = "<BLANKLINE>";

/// The lines that state this output.
pub(super) fn lines(example: &Example, got: &str) -> Result<Vec<String>, String> {
    if got.chars().any(|scalar| scalar.is_control() && !matches!(scalar, '\n' | '\t')) {
        return Err("it printed control characters, which a page can't show".to_owned());
    }
    let is_prompted = example.kind == ExampleKind::Session;
    if is_prompted && got.contains('\t') {
        return Err("it printed a tab, which doctest expands where the page states it".to_owned());
    }
    if is_prompted && !got.is_empty() && !got.ends_with('\n') {
        return Err("its output does not end its last line, which can't be stated below a prompt".to_owned());
    }
    let mut lines = Vec::new();
    for (index, line) in got.lines().enumerate() {
        let body = line.trim_start();
        // Behind a `#>` it ends nothing.
        let is_bare = !matches!(example.expectation, Expectation::Mark { .. });
        if is_bare && (body.starts_with("```") || body.starts_with("~~~")) {
            return Err("it printed a fence, which would end the one that states it".to_owned());
        }
        match example.kind {
            ExampleKind::Session => lines.push(prompted(example, line, index)?),
            ExampleKind::Console if body.starts_with("$ ") => {
                return Err("it printed a prompt".to_owned());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    Ok(lines)
}

/// A line below a prompt.
fn prompted(example: &Example, line: &str, index: usize) -> Result<String, String> {
    let body = line.trim_start();
    if body.is_empty() {
        return match example.flags.has(Flags::DONT_ACCEPT_BLANKLINE) {
            true => Err("it printed a blank line, and DONT_ACCEPT_BLANKLINE is set".to_owned()),
            false => Ok(BLANKLINE.to_owned()),
        };
    }
    if line.starts_with(BLANKLINE) {
        return Err(format!("it printed `{BLANKLINE}`, which would state a blank line"));
    }
    if body.starts_with(">>>") || (index == 0 && body.starts_with("...")) {
        return Err("it printed a prompt".to_owned());
    }
    Ok(line.to_owned())
}
