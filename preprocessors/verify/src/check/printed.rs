//! What was printed, compared with what a page says is printed.
//!
//! stdout is what counts. A page that shows what a terminal showed has stderr in it too, in an order that two pipes can't tell: either
//! one is accepted (DESIGN.md, section 2.3).

use std::borrow::Cow;

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Example, ExampleKind};

use super::layout::ended;
use super::matcher::matches;

/// What was printed, in the form that is as `want` states it: stdout, or else stdout and stderr in one order or the other.
pub(super) fn as_stated<'a>(want: &str, example: &Example, outcome: &'a Outcome) -> Option<Cow<'a, str>> {
    let Outcome { stdout, stderr, .. } = outcome;
    if is_as_stated(want, stdout, example) {
        return Some(Cow::Borrowed(stdout));
    }
    if stderr.is_empty() {
        return None;
    }
    let orders = [format!("{stdout}{stderr}"), format!("{stderr}{stdout}")];
    orders.into_iter().find(|mixed| is_as_stated(want, mixed, example)).map(Cow::Owned)
}

/// Whether a printed text is as `want` states it.
///
/// Lines below a prompt are compared as doctest compares them, which can't state an output that does not end its last line. A fence of
/// output and `#> ` lines end with a line in any case, so there the end of the last line is not compared.
pub(super) fn is_as_stated(want: &str, got: &str, example: &Example) -> bool {
    let is_cut_off = example.kind != ExampleKind::Session && !got.is_empty() && !got.ends_with('\n');
    matches(want, got, example.flags) || (is_cut_off && matches(want, &ended(got.to_owned()), example.flags))
}

/// All that an example gave, as a terminal would show it: what it printed, then the traceback that it ended in.
pub(super) fn with_traceback(printed: &str, traceback: &str) -> String {
    let separator = if printed.is_empty() || printed.ends_with('\n') { "" } else { "\n" };
    format!("{printed}{separator}{traceback}")
}
