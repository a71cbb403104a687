//! What would mend one example: edits of the lines that state its output, or why there are none.

use exemplar_model::diagnostic::Edit;
use exemplar_model::fence::Expected;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, ExampleKind, Expectation};
use exemplar_model::source::SourceMap;

use super::keep::{Line, align, rewritten};
use super::output;
use super::rewrite::{Place, edits};
use crate::check::comparison::with_traceback;
use crate::check::traceback::stated;
use crate::check::{Verdict, code, is_ordinary_exit, is_printed};
use crate::load::settings::PageRules;

/// An output would become an exception, an exception an output, or one exception another one.
const CHANGES_OF_KIND: [&str; 3] =
    [code::WRONG_EXCEPTION, code::MISSING_EXCEPTION, code::UNEXPECTED_EXCEPTION];

/// What would mend a failed example.
pub(super) fn propose(
    sources: &SourceMap,
    example: &Example,
    outcome: &Outcome,
    verdict: &Verdict,
    rules: &PageRules,
    force: bool,
) -> Result<Vec<Edit>, String> {
    let failed = verdict.code.unwrap_or_default();
    if failed != code::STALE_OUTPUT && !CHANGES_OF_KIND.contains(&failed) {
        return Err(format!("`{failed}` is nothing that another output would mend"));
    }
    let expected = super::stated(example).ok_or("it states no output that could be rewritten")?;
    let got = wanted(example, outcome, verdict, expected, force)?;
    if matches!(example.expectation, Expectation::Mark { .. }) && got.is_empty() {
        return Err("the statement above prints nothing any more; take the `#>` lines out".to_owned());
    }
    let new = output::lines(example, &got)?;
    let old: Vec<&str> = expected.lines.iter().map(|line| line.text.as_str()).collect();
    let alignment = aligned(example, rules, &old, &new);
    let place = place(sources, example, expected).ok_or("it has no place for an output")?;
    Ok(edits(sources, &place, &expected.lines, &new, &alignment))
}

/// The text that the page has to state.
fn wanted(
    example: &Example,
    outcome: &Outcome,
    verdict: &Verdict,
    expected: &Expected,
    force: bool,
) -> Result<String, String> {
    let failed = verdict.code.unwrap_or_default();
    if CHANGES_OF_KIND.contains(&failed) && !force {
        return Err("an output is turned into an exception, or back, only with `--force`".to_owned());
    }
    if failed == code::WRONG_EXCEPTION && example.raises.is_some() {
        return Err("its `raises` states another exception".to_owned());
    }
    let ending = if is_ordinary_exit(example, outcome) { &Ending::Completed } else { &outcome.ending };
    match (&example.expectation, ending) {
        (Expectation::Mark { index, .. }, Ending::Completed) => {
            let printed = outcome.marks.get(*index).cloned().flatten();
            printed.ok_or_else(|| "the statement above it was never reached".to_owned())
        }
        (Expectation::Mark { .. }, _) => Err("its script did not run to its end".to_owned()),
        (_, Ending::Completed) => Ok(verdict.actual.clone().unwrap_or_default()),
        (_, Ending::Raised(raised)) => Ok(traceback(example, outcome, raised, expected)),
        _ => Err("it did not run to its end".to_owned()),
    }
}

/// What an example printed before it raised, and the traceback: with the stack that the author shows, where one is shown and still fits.
fn traceback(example: &Example, outcome: &Outcome, raised: &Raised, expected: &Expected) -> String {
    let Some(old) = stated(&expected.text).filter(|_| is_single(raised)) else {
        return with_traceback(&outcome.stdout, &raised.traceback);
    };
    let head = &old.text[..old.text.len() - old.message.len()];
    // The rest of an output that is stated without what comes before its traceback stays so: doctest does not compare it.
    let before =
        if old.before.is_empty() && example.kind == ExampleKind::Session { "" } else { &outcome.stdout };
    with_traceback(before, &format!("{head}{}", raised.summary))
}

/// Whether an exception has one message: neither a chain nor a group.
fn is_single(raised: &Raised) -> bool {
    raised.traceback.matches("Traceback (most recent call last):").count() == 1
}

/// Which old lines stay.
fn aligned(example: &Example, rules: &PageRules, old: &[&str], new: &[String]) -> Vec<Line> {
    if old.is_empty() {
        return rewritten(0, new.len());
    }
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let is_equal = |old: &str, new: &str| old == new || is_printed(example, rules, old, new);
    align(old, &new, is_equal, |old| old.trim() == "..." && is_printed(example, rules, "x...z", "xyz"))
}

fn place(sources: &SourceMap, example: &Example, expected: &Expected) -> Option<Place> {
    if let Some(place) = Place::of_lines(sources, &expected.lines) {
        return Some(place);
    }
    match example.kind {
        ExampleKind::Session => Some(Place::below_prompt(sources, example.span, ">>>", "...")),
        ExampleKind::Console => Some(Place::below_prompt(sources, example.span, "$", ">")),
        _ => expected.place.map(|place| Place::in_empty_fence(sources, place)),
    }
}
