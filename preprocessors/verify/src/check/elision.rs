//! `...` in the place of what an author left out, without the flag that says so.
//!
//! Only where it can mean nothing else: alone in its line, or in the place of an address in memory. `Loading...` is a text like any other.

use exemplar_model::diagnostic::{Diagnostic, Edit};
use exemplar_model::fence::Expected;
use exemplar_model::flags::Flags;
use exemplar_model::plan::{Example, ExampleKind};
use exemplar_model::source::Span;

use super::ellipsis::ELLIPSIS_MARKER;
use super::traceback::stated;

/// Whether a line of an output stands for others, of a number that it does not say.
pub(crate) fn is_elision(line: &str) -> bool {
    let text = line.trim().trim_start_matches('#').trim_start();
    let is_remark = text.len() > ELLIPSIS_MARKER.len()
        && text.contains(char::is_alphanumeric)
        && text.starts_with(ELLIPSIS_MARKER)
        && text.trim_end_matches([',', ')', ']', '}']).ends_with(ELLIPSIS_MARKER);
    text == ELLIPSIS_MARKER || text == "…" || is_remark
}

/// Whether an output has `...` where its author left something out, in a form that `ELLIPSIS` reads so, and in no other place.
pub(crate) fn is_elided(example: &Example, expected: &Expected) -> bool {
    let without_addresses = expected.text.replace(" at ...", " at ");
    let is_clear = without_addresses
        .lines()
        .all(|line| !line.contains(ELLIPSIS_MARKER) || line.trim() == ELLIPSIS_MARKER);
    let says_something = expected.text.chars().any(char::is_alphanumeric);
    !example.flags.has(Flags::ELLIPSIS)
        && is_clear
        // There it stands for the stack, which is not compared in any case.
        && stated(&expected.text).is_none()
        && says_something
        && expected.text.contains(ELLIPSIS_MARKER)
}

/// The example with the flag, and what is to be said of it.
pub(super) fn read(example: &Example, expected: &Expected) -> Option<(Example, Diagnostic)> {
    if !is_elided(example, expected) {
        return None;
    }
    let line = expected.lines.iter().find(|line| line.text.contains(ELLIPSIS_MARKER))?;
    let lint = Diagnostic::warning(
        "elided-output",
        line.span,
        "`...` stands for a part of this output, and ELLIPSIS is not set",
    );
    let lint = match directive(example) {
        Some(edit) => {
            Diagnostic { edits: vec![edit], ..lint.help("write `# doctest: +ELLIPSIS` behind the code") }
        }
        None if example.kind == ExampleKind::Session => {
            lint.help("write `# doctest: +ELLIPSIS` behind the code")
        }
        None => lint.help("write `flags=\"ELLIPSIS\"` at the fence"),
    };
    let flags = example.flags.with(Flags::ELLIPSIS);
    Some((Example { flags, ..example.clone() }, lint))
}

/// Puts the directive behind a statement of one line.
fn directive(example: &Example) -> Option<Edit> {
    let code = example.source.trim_end();
    let takes_it = example.kind == ExampleKind::Session && !code.contains(['\n', '#']);
    let end = Span { start: example.span.end, ..example.span };
    takes_it.then(|| Edit { span: end, text: "  # doctest: +ELLIPSIS".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::is_elision;

    #[test]
    fn a_line_that_stands_for_others_is_known() {
        for line in ["...", "  ...", "# ...", "…", "...many other things we don't need...", " ...more..., "]
        {
            assert!(is_elision(line), "{line}");
        }
        for line in ["Loading...", "... 5", "[1, ..., 9]", "", "....", "# a ..."] {
            assert!(!is_elision(line), "{line}");
        }
    }
}
