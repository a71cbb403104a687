//! Brings stale outputs up to date, in the authors' own files.
//!
//! # Steps
//! 1. [`proposal`]: what would mend each stale example: edits of the lines that state its output ([`keep`], [`output`], [`remainder`], [`rewrite`]);
//! 2. [`session`]: which examples of a session may be mended, and why others may not;
//! 3. [`settle`](mod@settle): which proposals hold together;
//! 4. [`apply`](mod@apply): the files' new texts.
//!
//! # What is never written
//! - Anything behind a failure that is not mended and that may be its consequence: what uses a name that the failed code would have bound
//!   or changed, directly or through other names ([`crate::check`] finds them, and calls them `follows-failure`). An example that merely
//!   prints something else in each run is no such failure, but what uses the same names is left too.
//! - Anything that would not be read back as the same examples: the new texts are parsed, planned and checked against what was printed,
//!   and what does not pass then is left as it is.
//! - A change of a file that several pages include, unless all of them want the same.
//! - A change of an output into an exception, or back, unless it is asked for.
//! - What another run of the session would state in other words, and what another machine would.
//! - The full text of what the author left out with `...`, or hundreds of lines in the place of a few.
//!
//! Deliberately absent: the disk, and running anything. Whoever calls this does both.

mod apply;
mod keep;
mod output;
mod proposal;
mod remainder;
mod rewrite;
mod session;
mod settle;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use exemplar_model::diagnostic::{Diagnostic, Edit};
use exemplar_model::fence::Expected;
use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Example, Expectation, Page, Session};
use exemplar_model::source::{FileId, SourceMap, Span};

pub use apply::apply;

use crate::check::Verdict;
use crate::check::machine::Machine;
use crate::load::settings::PageRules;
use crate::pipeline::Verified;
use crate::reload::Texts;
use crate::unstable::Again;
use settle::{Sameness, settle};

/// What a fix is made from: a run, as it was checked.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// The files.
    pub sources: &'a SourceMap,
    /// The pages.
    pub pages: &'a [Page],
    /// What holds on each page.
    pub rules: &'a [PageRules],
    /// The sessions.
    pub sessions: &'a [Session],
    /// For each session, an outcome for each step.
    pub outcomes: &'a [Vec<Outcome>],
    /// For each session, a verdict for each example.
    pub verdicts: &'a [Vec<Verdict>],
    /// Everything that is not an example's result.
    pub diagnostics: &'a [Diagnostic],
}

impl<'a> From<&'a Verified> for Checked<'a> {
    fn from(verified: &'a Verified) -> Self {
        let Verified { files, pages, rules, sessions, outcomes, verdicts, diagnostics, .. } = verified;
        Self { sources: &files.sources, pages, rules, sessions, outcomes, verdicts, diagnostics }
    }
}

/// What is to be mended.
pub struct FixOptions<'a> {
    /// Whether an output may become an exception, and back.
    pub force: bool,
    /// Whether something at this place, from the first line of its code to the last one of its output, was asked for.
    pub selected: &'a dyn Fn(Span) -> bool,
    /// What sessions gave when they ran again. What is not the same then is not written.
    pub again: &'a Again,
    /// What is of this machine alone, and is not written.
    pub machine: &'a Machine,
}

/// A file that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedFile {
    /// Which.
    pub file: FileId,
    /// Its new text.
    pub text: String,
    /// How many examples are mended in it, or how many places rewritten.
    pub places: usize,
}

/// A place that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedPlace {
    /// The session of the example and its index there; none for a dialect.
    pub example: Option<(usize, usize)>,
    /// Where: from the first line of an example's code to the last one of its output.
    pub span: Span,
    /// How it changes.
    pub edits: Vec<Edit>,
}

/// What a fix comes to.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The files that change, in the order in which they were read.
    pub files: Vec<FixedFile>,
    /// The places that change in them, in the order of the sessions.
    pub places: Vec<FixedPlace>,
    /// What is left as it is, and why: a warning at each place.
    pub left: Vec<Diagnostic>,
    /// The examples, by session and index in it, that are left because they print something else in each run.
    pub unstable: Vec<(usize, usize)>,
}

impl Fixed {
    /// The new texts.
    #[must_use]
    pub fn texts(&self) -> Texts {
        self.files.iter().map(|fixed| (fixed.file, fixed.text.clone())).collect()
    }
}

/// The sessions that the pages would have if these files had these texts.
pub type Reread<'a> = dyn Fn(&Texts) -> Vec<Session> + 'a;

/// Mends what can be mended.
#[must_use]
pub fn fix(checked: Checked<'_>, options: &FixOptions<'_>, reread: &Reread<'_>) -> Fixed {
    let mut fixed = Fixed::default();
    let mut proposals = session::propose_all(checked, options, &mut fixed);
    agree(checked, &mut proposals, &mut fixed.left);
    let reason = "it could not be read back from the page as what was printed";
    settle(checked, proposals, reread, Sameness::Mended, reason, &mut fixed);
    fixed
}

/// Turns dialects into doctest, and guesses into `#> ` lines. No output is brought up to date. Of two changes of the same bytes only the
/// first is made: the next pass finds the other, if it is still one.
#[must_use]
pub fn fix_dialects(checked: Checked<'_>, selected: &dyn Fn(Span) -> bool, reread: &Reread<'_>) -> Fixed {
    let mut fixed = Fixed::default();
    let mut proposals: Vec<FixedPlace> = Vec::new();
    let mut taken: HashMap<FileId, Vec<Edit>> = HashMap::new();
    for found in checked.diagnostics {
        if found.edits.is_empty() || !selected(found.span) {
            continue;
        }
        let files: HashSet<FileId> = found.edits.iter().map(|edit| edit.span.file).collect();
        let is_free = found.edits.iter().all(|edit| {
            let others = taken.get(&edit.span.file).map(Vec::as_slice).unwrap_or_default();
            !others.iter().any(|other| apply::overlap(edit, other))
        });
        if is_free && files.len() == 1 {
            for edit in &found.edits {
                taken.entry(edit.span.file).or_default().push(edit.clone());
            }
            proposals.push(FixedPlace { example: None, span: found.span, edits: found.edits.clone() });
        }
    }
    let reason = "rewritten, it would not run the same code any more";
    settle(checked, proposals, reread, Sameness::Unchanged, reason, &mut fixed);
    fixed
}

/// What would mend an example; none where it is not stale.
type MaybeEdits = Option<Vec<Edit>>;

/// Gives up what several pages want differently, and keeps once what they want alike.
fn agree(checked: Checked<'_>, proposals: &mut Vec<FixedPlace>, left_over: &mut Vec<Diagnostic>) {
    let key = |(session, example): (usize, usize)| {
        let example = &checked.sessions[session].examples[example];
        let mark = match example.expectation {
            Expectation::Mark { index, .. } => Some(index),
            _ => None,
        };
        (example.span, mark)
    };
    let proposed: HashMap<(usize, usize), &FixedPlace> =
        proposals.iter().filter_map(|proposal| Some((proposal.example?, proposal))).collect();
    // All examples that stand at a place, whether they are stale on their page or not.
    let mut wanted: HashMap<(Span, Option<usize>), Vec<MaybeEdits>> = HashMap::new();
    for (session_index, session) in checked.sessions.iter().enumerate() {
        for (index, example) in session.examples.iter().enumerate() {
            if example.reported && example.step.is_some() {
                let place = (session_index, index);
                let edits = proposed.get(&place).map(|proposal| proposal.edits.clone());
                wanted.entry(key(place)).or_default().push(edits);
            }
        }
    }
    drop(proposed);
    let mut seen = HashSet::new();
    proposals.retain(|proposal| {
        let Some(key) = proposal.example.map(key) else { return false };
        let is_first = seen.insert(key);
        let differs = wanted[&key].iter().any(|edits| edits.as_ref() != Some(&proposal.edits));
        if differs && is_first {
            let reason = "several pages or sessions have this code, and not all of them want the same output";
            left_over.push(left(proposal.span, reason));
        }
        is_first && !differs
    });
}

/// From the first line of an example's code to the last one of its output.
#[must_use]
pub fn extent(example: &Example) -> Span {
    let last =
        stated(example).and_then(|expected| expected.lines.last().map(|line| line.span).or(expected.place));
    last.map_or(example.span, |last| example.span.to(last))
}

/// The output that an example states, where it states one that can be rewritten.
fn stated(example: &Example) -> Option<&Expected> {
    match &example.expectation {
        Expectation::Output(expected) | Expectation::Mark { expected, .. } => Some(expected),
        Expectation::Excerpt(_) | Expectation::Guessed(_) | Expectation::Lab(_) | Expectation::Unstated => {
            None
        }
    }
}

fn left(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::warning("not-fixed", span, format!("left as it is: {reason}"))
        .help("mend it by hand; `exemplar check` shows what it printed")
}
