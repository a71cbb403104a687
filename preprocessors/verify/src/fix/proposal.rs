//! What would mend one example: edits of the lines that state its output, or why there are none.

use std::borrow::Cow;

use ecow::EcoString;
use exemplar_model::diagnostic::Edit;
use exemplar_model::fence::{CodeLine, Expected};
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, ExampleKind, Expectation};
use exemplar_model::source::SourceMap;

use super::keep::{Line, align, rewritten};
use super::rewrite::{Place, edits};
use super::{output, remainder};
use crate::check::comparison::with_traceback;
use crate::check::elision;
use crate::check::traceback::stated;
use crate::check::{Verdict, code, is_ordinary_exit, is_printed};
use crate::load::settings::PageRules;

/// An output would become an exception, an exception an output, or one exception another one.
const CHANGES_OF_KIND: [&str; 3] =
    [code::WRONG_EXCEPTION, code::MISSING_EXCEPTION, code::UNEXPECTED_EXCEPTION];

/// As many lines in the place of a tenth of them are written only by force: nobody meant to have them.
const MANY: usize = 50;
const MANY_TIMES: usize = 10;

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
    let (old, alignment) = aligned(sources, example, expected, rules, &new)?;
    if !force && new.len() >= MANY && !old.is_empty() && new.len() > MANY_TIMES * old.len() {
        let (many, few) = (new.len(), old.len());
        return Err(format!("it printed {many} lines in the place of {few}, which `--force` writes"));
    }
    if is_left_out(example, expected, &old, &alignment) {
        let words = "the page leaves a part of it out; say so with `# doctest: +ELLIPSIS` and `...` alone in its line";
        return Err(words.to_owned());
    }
    let place = place(sources, example, expected).ok_or("it has no place for an output")?;
    Ok(edits(sources, &place, &old, &new, &alignment))
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
            let printed = outcome.marks.get(*index).and_then(Option::as_ref);
            printed
                .map(EcoString::to_string)
                .ok_or_else(|| "the statement above it was never reached".to_owned())
        }
        (Expectation::Mark { .. }, _) => Err("its script did not run to its end".to_owned()),
        (_, Ending::Completed) => Ok(verdict.actual.as_deref().unwrap_or_default().to_owned()),
        (_, Ending::Raised(raised)) => Ok(traceback(example, outcome, raised, expected)),
        _ => Err("it did not run to its end".to_owned()),
    }
}

/// What an example printed before it raised, and the traceback: with the stack that the author shows, where one is shown and still fits.
fn traceback(example: &Example, outcome: &Outcome, raised: &Raised, expected: &Expected) -> String {
    let Some(old) = stated(&expected.text).filter(|_| is_single(raised)) else {
        return with_traceback(&outcome.stdout, &without_files(raised));
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

/// A traceback, without a stack that names files of this machine.
fn without_files(raised: &Raised) -> Cow<'_, str> {
    match is_single(raised) && raised.traceback.contains("File \"/") {
        true => Cow::Owned(format!("Traceback (most recent call last):\n    ...\n{}", raised.summary)),
        false => Cow::Borrowed(&raised.traceback),
    }
}

/// The lines that state an output, and what becomes of each. Text behind a blank line, at which doctest ends an output, is the rest of
/// it if a line of it is printed.
fn aligned(
    sources: &SourceMap,
    example: &Example,
    expected: &Expected,
    rules: &PageRules,
    new: &[String],
) -> Result<(Vec<CodeLine>, Vec<Line>), String> {
    let lines = &expected.lines;
    let rest = remainder::of(sources, example, expected);
    if !rest.is_empty() {
        let all = [&lines[..], &rest].concat();
        let alignment = laid(example, expected, rules, &all, new);
        let is_of_rest = |line: &Line| matches!(line, Line::Kept(at) if *at >= lines.len() && !all[*at].text.trim().is_empty());
        if alignment.iter().any(is_of_rest) {
            return Ok((all, alignment));
        }
        if new.iter().any(|line| line == output::BLANKLINE) {
            let words = "text stands behind a blank line below it; write `<BLANKLINE>` there if it is output, or move it out of the fence";
            return Err(words.to_owned());
        }
    }
    Ok((lines.clone(), laid(example, expected, rules, lines, new)))
}

/// Which old lines stay.
fn laid(
    example: &Example,
    expected: &Expected,
    rules: &PageRules,
    old: &[CodeLine],
    new: &[String],
) -> Vec<Line> {
    if old.is_empty() {
        return rewritten(0, new.len());
    }
    let old: Vec<&str> = old.iter().map(|line| line.text.as_str()).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    // What an author left out without saying so stays left out.
    let elided = elision::is_elided(example, expected)
        .then(|| Example { flags: example.flags.with(Flags::ELLIPSIS), ..example.clone() });
    let example = elided.as_ref().unwrap_or(example);
    let is_equal = |old: &str, new: &str| old == new || is_printed(example, rules, old, new);
    align(&old, &new, is_equal, |old| old.trim() == "..." && is_printed(example, rules, "x...z", "xyz"))
}

/// Whether a line would go that stands for others, though no flag says so: in its place their full text would come.
fn is_left_out(example: &Example, expected: &Expected, old: &[CodeLine], alignment: &[Line]) -> bool {
    let goes = |line: &Line| match *line {
        Line::Replaced { old: at, .. } | Line::Dropped(at) => elision::is_elision(&old[at].text),
        Line::Kept(_) | Line::Added(_) => false,
    };
    !example.flags.has(Flags::ELLIPSIS) && stated(&expected.text).is_none() && alignment.iter().any(goes)
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
