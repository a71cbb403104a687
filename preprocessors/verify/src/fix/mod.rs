//! Brings stale outputs up to date, in the authors' own files.
//!
//! # Steps
//! 1. [`proposal`]: what would mend each stale example: edits of the lines that state its output ([`keep`], [`output`], [`rewrite`]);
//! 2. here: which proposals hold;
//! 3. [`apply`](mod@apply): the files' new texts.
//!
//! # What is never written
//! - Anything after the first failure of a session that is not mended: what runs behind it may only be its consequence.
//! - Anything that would not be read back as the same examples: the new texts are parsed, planned and checked against what was printed,
//!   and what does not pass then is left as it is.
//! - A change of a file that several pages include, unless all of them want the same.
//! - A change of an output into an exception, or back, unless it is asked for.
//!
//! Deliberately absent: the disk. Whoever calls this writes the files.

mod apply;
mod keep;
mod output;
mod proposal;
mod rewrite;

use std::collections::{BTreeMap, HashMap, HashSet};

use exemplar_model::diagnostic::{Diagnostic, Edit};
use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Page, Session};
use exemplar_model::report::Status;
use exemplar_model::source::{FileId, SourceMap, Span};

pub use apply::apply;

use crate::check::{self, Verdict, code};
use crate::load::settings::PageRules;

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

/// What is to be mended.
pub struct FixOptions<'a> {
    /// Whether an output may become an exception, and back.
    pub force: bool,
    /// Whether something at this place was asked for.
    pub selected: &'a dyn Fn(Span) -> bool,
    /// Whether the output of a step (of a session, both by index) was the same when it ran again.
    pub stable: &'a dyn Fn(usize, usize) -> bool,
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

/// What a fix comes to.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The files that change.
    pub files: Vec<FixedFile>,
    /// What is left as it is, and why: a warning at each place.
    pub left: Vec<Diagnostic>,
}

/// Something that would change.
#[derive(Debug, Clone)]
struct Proposal {
    /// The session and the example in it; none for a dialect.
    example: Option<(usize, usize)>,
    span: Span,
    edits: Vec<Edit>,
}

/// Mends what can be mended. `reread` gives the sessions that the pages would have if these files had these texts.
#[must_use]
pub fn fix(
    checked: Checked<'_>,
    options: &FixOptions<'_>,
    reread: &dyn Fn(&HashMap<FileId, String>) -> Vec<Session>,
) -> Fixed {
    let mut fixed = Fixed::default();
    let mut proposals = propose_all(checked, options, &mut fixed.left);
    agree(checked, &mut proposals, &mut fixed.left);
    let reason = "it could not be read back from the page as what was printed";
    fixed.files = settle(checked, proposals, reread, mended, reason, &mut fixed.left);
    fixed
}

/// Turns dialects into doctest, and guesses into `#> ` lines. No output is brought up to date.
#[must_use]
pub fn fix_dialects(
    checked: Checked<'_>,
    selected: &dyn Fn(Span) -> bool,
    reread: &dyn Fn(&HashMap<FileId, String>) -> Vec<Session>,
) -> Fixed {
    let mut fixed = Fixed::default();
    let lints = checked.verdicts.iter().flatten().flat_map(|verdict| &verdict.lints);
    let mut proposals: Vec<Proposal> = Vec::new();
    for found in checked.diagnostics.iter().chain(lints) {
        let known = proposals.iter().any(|known| known.edits == found.edits);
        if !found.edits.is_empty() && !known && selected(found.span) {
            proposals.push(Proposal { example: None, span: found.span, edits: found.edits.clone() });
        }
    }
    let reason = "rewritten, it would not run the same code any more";
    fixed.files = settle(checked, proposals, reread, unchanged, reason, &mut fixed.left);
    fixed
}

/// Gives up proposals until all that are left hold together, and writes those.
fn settle(
    checked: Checked<'_>,
    mut proposals: Vec<Proposal>,
    reread: &dyn Fn(&HashMap<FileId, String>) -> Vec<Session>,
    holds: fn(Checked<'_>, &[Proposal], &[Session]) -> Vec<bool>,
    reason: &str,
    left_over: &mut Vec<Diagnostic>,
) -> Vec<FixedFile> {
    loop {
        let texts = texts(checked, &proposals);
        let mut holds = holds(checked, &proposals, &reread(&texts)).into_iter();
        let before = proposals.len();
        proposals.retain(|proposal| {
            let holds = holds.next().unwrap_or_default();
            if !holds {
                left_over.push(left(proposal.span, reason));
            }
            holds
        });
        if proposals.len() == before {
            return files(checked, &proposals, texts);
        }
    }
}

/// What would mend the examples of each session, up to the first one that can't be mended.
fn propose_all(
    checked: Checked<'_>,
    options: &FixOptions<'_>,
    left_over: &mut Vec<Diagnostic>,
) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    for (session_index, session) in checked.sessions.iter().enumerate() {
        let verdicts = &checked.verdicts[session_index];
        // A prelude that fails, or code that is not of the report, is in the way like any other failure.
        for (index, (example, verdict)) in session.examples.iter().zip(verdicts).enumerate() {
            if !matches!(verdict.status, Status::Failed | Status::NotRun) {
                continue;
            }
            let outcome = example.step.and_then(|step| checked.outcomes[session_index].get(step));
            let is_stable = example.step.is_none_or(|step| (options.stable)(session_index, step));
            let proposed = match outcome {
                _ if !example.reported => Err("it is not of the page".to_owned()),
                _ if verdict.code == Some(code::FOLLOWS_FAILURE) => {
                    Err("it follows from another failure".to_owned())
                }
                Some(_) if !is_stable => {
                    Err("what it prints changes from run to run; sort it, seed it, or match it with ELLIPSIS"
                        .to_owned())
                }
                Some(outcome) => proposal::propose(checked.sources, example, outcome, verdict, options.force),
                None => Err("it did not run".to_owned()),
            };
            match proposed {
                Ok(edits) if (options.selected)(example.span) => {
                    proposals.push(Proposal {
                        example: Some((session_index, index)),
                        span: example.span,
                        edits,
                    });
                }
                // What nobody asked for is stale and stays so, and what runs behind it ran all the same.
                Ok(_) => {}
                Err(reason) => {
                    if example.reported && (options.selected)(example.span) {
                        left_over.push(left(example.span, &reason));
                    }
                    let behind = session.examples[index + 1..].iter().zip(&verdicts[index + 1..]);
                    for (example, verdict) in behind {
                        if example.reported
                            && verdict.status == Status::Failed
                            && verdict.code != Some(code::FOLLOWS_FAILURE)
                            && (options.selected)(example.span)
                        {
                            left_over
                                .push(left(example.span, "a failure above it in its session comes first"));
                        }
                    }
                    break;
                }
            }
        }
    }
    proposals
}

/// Gives up what several pages want differently, and keeps once what they want alike.
fn agree(checked: Checked<'_>, proposals: &mut Vec<Proposal>, left_over: &mut Vec<Diagnostic>) {
    // All examples that stand at a place, whether they are stale on their page or not.
    let mut wanted: HashMap<Span, Vec<Option<Vec<Edit>>>> = HashMap::new();
    let proposed: HashMap<(usize, usize), &Proposal> =
        proposals.iter().filter_map(|proposal| Some((proposal.example?, proposal))).collect();
    for (session_index, session) in checked.sessions.iter().enumerate() {
        for (index, example) in session.examples.iter().enumerate() {
            if example.reported && example.step.is_some() {
                let edits = proposed.get(&(session_index, index)).map(|proposal| proposal.edits.clone());
                wanted.entry(example.span).or_default().push(edits);
            }
        }
    }
    drop(proposed);
    let mut seen = HashSet::new();
    proposals.retain(|proposal| {
        let all = &wanted[&proposal.span];
        if all.iter().any(|edits| edits.as_ref() != Some(&proposal.edits)) {
            if seen.insert(proposal.span) {
                left_over.push(left(
                    proposal.span,
                    "several pages include this, and it does not print the same on all of them",
                ));
            }
            return false;
        }
        seen.insert(proposal.span)
    });
}

/// The new text of each file with edits.
fn texts(checked: Checked<'_>, proposals: &[Proposal]) -> HashMap<FileId, String> {
    let mut edits: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for edit in proposals.iter().flat_map(|proposal| &proposal.edits) {
        edits.entry(edit.span.file).or_default().push(edit.clone());
    }
    edits
        .into_iter()
        .map(|(file, edits)| (file, apply(checked.sources.file(file).text(), &edits).0))
        .collect()
}

/// Of each proposal, whether its example passes after it and its session runs what it ran.
fn mended(checked: Checked<'_>, proposals: &[Proposal], sessions: &[Session]) -> Vec<bool> {
    let mut verdicts: HashMap<usize, Vec<Verdict>> = HashMap::new();
    let passes = |&(session, example): &(usize, usize)| {
        let Some(new) = sessions.get(session).filter(|_| sessions.len() == checked.sessions.len()) else {
            return false;
        };
        if !runs_the_same(&checked.sessions[session], new, true) {
            return false;
        }
        let verdicts = verdicts.entry(session).or_insert_with(|| {
            check::check(&new.examples, &checked.outcomes[session], &checked.rules[new.page])
        });
        verdicts[example].status == Status::Passed
    };
    let mut passes = passes;
    proposals.iter().map(|proposal| proposal.example.as_ref().is_some_and(&mut passes)).collect()
}

/// Of each proposal, whether the sessions of its page run what they ran.
fn unchanged(checked: Checked<'_>, proposals: &[Proposal], sessions: &[Session]) -> Vec<bool> {
    if sessions.len() != checked.sessions.len() {
        return vec![false; proposals.len()];
    }
    let pairs = checked.sessions.iter().zip(sessions);
    let changed: HashSet<FileId> = pairs
        .filter(|(old, new)| !runs_the_same(old, new, false))
        .flat_map(|(old, _)| old.examples.iter().map(|example| example.span.file))
        .collect();
    proposals.iter().map(|proposal| !changed.contains(&proposal.span.file)).collect()
}

/// Whether two sessions run the same code; where asked, also whether they state the same number of outputs.
fn runs_the_same(old: &Session, new: &Session, outputs: bool) -> bool {
    let counts = |session: &Session| {
        (session.examples.len(), session.steps.iter().map(|step| step.marks.len()).collect::<Vec<_>>())
    };
    old.steps.len() == new.steps.len()
        && (!outputs || counts(old) == counts(new))
        && old.steps.iter().zip(&new.steps).all(|(old, new)| {
            old.mode == new.mode && (old.code == new.code || check::is_same_code(&old.code, &new.code))
        })
}

fn files(checked: Checked<'_>, proposals: &[Proposal], texts: HashMap<FileId, String>) -> Vec<FixedFile> {
    let count = |file: FileId| {
        let first = |proposal: &&Proposal| proposal.edits.first().map(|edit| edit.span.file);
        proposals.iter().filter(|proposal| first(proposal) == Some(file)).count()
    };
    let mut files: Vec<FixedFile> = texts
        .into_iter()
        .filter(|(file, text)| checked.sources.file(*file).text() != text)
        .map(|(file, text)| FixedFile { file, text, places: count(file) })
        .collect();
    files.sort_by_key(|fixed| fixed.file);
    files
}

fn left(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::warning("not-fixed", span, format!("left as it is: {reason}"))
}
