//! What a script prints beside the outputs that it states in `#> ` lines.
//!
//! A `#>` is about the statement above it, so nothing is said of what other statements print, and the page does not show it. That is no
//! failure, since nothing stated is wrong; but who states one output means to state all, and unverified output is never silent.

use ecow::EcoString;
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::Treatment;
use exemplar_model::flags::Flags;
use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Example, Expectation};

/// A lint for a step whose examples state less than it printed. All that is printed while statements with `#>` run is that of the
/// innermost one, so lengths tell whether there is more.
pub(super) fn lint<'e>(
    mut members: impl Iterator<Item = &'e Example>,
    outcome: &Outcome,
) -> Option<Diagnostic> {
    let is_compared = |example: &&Example| {
        matches!(example.expectation, Expectation::Mark { .. })
            && example.treatment == Treatment::Check
            && !example.flags.has(Flags::IGNORE_OUTPUT)
    };
    let first = members.find(is_compared)?;
    let stated: usize = outcome.marks.iter().flatten().map(EcoString::len).sum();
    (outcome.stdout.len() > stated).then(|| {
        let message = "this script also prints something that no `#>` states";
        Diagnostic::warning("unstated-output", first.span, message)
            .help("put `#>` below the other statements that print; until then it is compared with nothing")
    })
}
