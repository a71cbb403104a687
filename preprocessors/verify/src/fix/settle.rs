//! Which proposals hold: those after which the pages, read anew, say what was printed and run what they ran.

use std::collections::{BTreeMap, HashMap, HashSet};

use exemplar_model::diagnostic::Edit;
use exemplar_model::plan::Session;
use exemplar_model::report::Status;
use exemplar_model::source::FileId;

use super::{Checked, Fixed, FixedFile, FixedPlace, Reread, apply, left};
use crate::check::{self, Verdict};
use crate::reload::Texts;

/// The most proposals that are tried one by one, after some of all did not hold together.
const MOST_TRIED: usize = 500;

/// What must be as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sameness {
    /// The code and all that is stated, and each example passes.
    Mended,
    /// The code.
    Unchanged,
}

/// Gives up proposals until all that are left hold together.
pub(super) fn settle(
    checked: Checked<'_>,
    proposals: Vec<FixedPlace>,
    reread: &Reread<'_>,
    sameness: Sameness,
    reason: &str,
    fixed: &mut Fixed,
) {
    let holds = |places: &[FixedPlace]| {
        let sessions = reread(&texts(checked, places));
        match sameness {
            Sameness::Mended => mended(checked, places, &sessions),
            Sameness::Unchanged => unchanged(checked, places, &sessions),
        }
    };
    let mut accepted = proposals;
    let mut doubtful: Vec<FixedPlace> = Vec::new();
    while !accepted.is_empty() {
        let mut held = holds(&accepted).into_iter();
        let (kept, failed): (Vec<_>, Vec<_>) =
            accepted.into_iter().partition(|_| held.next().unwrap_or_default());
        accepted = kept;
        if failed.is_empty() {
            break;
        }
        doubtful.extend(failed);
    }
    // One that breaks its page takes the others on it with it.
    for (tried, place) in doubtful.into_iter().enumerate() {
        accepted.push(place);
        if tried >= MOST_TRIED || holds(&accepted).contains(&false) {
            fixed.left.extend(accepted.pop().map(|place| left(place.span, reason)));
        }
    }
    accepted.sort_by_key(|place| (place.span.file, place.span.start));
    fixed.files = files(checked, &accepted);
    fixed.places = accepted;
}

/// The new text of each file with edits.
fn texts(checked: Checked<'_>, places: &[FixedPlace]) -> Texts {
    let mut edits: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for edit in places.iter().flat_map(|place| &place.edits) {
        edits.entry(edit.span.file).or_default().push(edit.clone());
    }
    edits
        .into_iter()
        .map(|(file, edits)| (file, apply(checked.sources.file(file).text(), &edits).0))
        .collect()
}

/// Of each proposal, whether its example passes after it and its session runs what it ran.
fn mended(checked: Checked<'_>, places: &[FixedPlace], sessions: &[Session]) -> Vec<bool> {
    if sessions.len() != checked.sessions.len() {
        return vec![false; places.len()];
    }
    let mut verdicts: HashMap<usize, Option<Vec<Verdict>>> = HashMap::new();
    let mut passes = |(session, example): (usize, usize)| {
        let new = &sessions[session];
        let verdicts = verdicts.entry(session).or_insert_with(|| {
            says_as_much(&checked.sessions[session], new)
                .then(|| check::check(&new.examples, &checked.outcomes[session], &checked.rules[new.page]))
        });
        let verdict = verdicts.as_ref().and_then(|verdicts| verdicts.get(example));
        verdict.is_some_and(|verdict| verdict.status == Status::Passed)
    };
    places.iter().map(|place| place.example.is_some_and(&mut passes)).collect()
}

/// Of each proposal, whether the sessions that it is of run what they ran.
fn unchanged(checked: Checked<'_>, places: &[FixedPlace], sessions: &[Session]) -> Vec<bool> {
    if sessions.len() != checked.sessions.len() {
        return vec![false; places.len()];
    }
    let pairs = checked.sessions.iter().zip(sessions);
    let changed: HashSet<FileId> = pairs
        .filter(|(old, new)| !runs_the_same(old, new))
        .flat_map(|(old, _)| old.examples.iter().map(|example| example.span.file))
        .collect();
    places.iter().map(|place| !changed.contains(&place.span.file)).collect()
}

/// Whether two sessions run the same code, comments and the form of literals aside.
fn runs_the_same(old: &Session, new: &Session) -> bool {
    let is_same = |old: &str, new: &str| old == new || check::is_same_code(old, new);
    old.steps.len() == new.steps.len()
        && old
            .steps
            .iter()
            .zip(&new.steps)
            .all(|(old, new)| old.mode == new.mode && is_same(&old.code, &new.code))
}

/// Whether two sessions have the same code, line by line, and the same examples; stated outputs aside.
fn says_as_much(old: &Session, new: &Session) -> bool {
    let code = |session: &Session| {
        let steps = session.steps.iter().map(|step| {
            let lines = step.code.lines().filter(|line| !line.trim_start().starts_with("#>"));
            (step.mode, step.name.clone(), step.marks.len(), lines.map(str::to_owned).collect::<Vec<_>>())
        });
        steps.collect::<Vec<_>>()
    };
    let examples = |session: &Session| {
        let examples = session.examples.iter();
        examples.map(|example| (example.step, example.kind, example.flags)).collect::<Vec<_>>()
    };
    old.name == new.name && code(old) == code(new) && examples(old) == examples(new)
}

fn files(checked: Checked<'_>, places: &[FixedPlace]) -> Vec<FixedFile> {
    let count = |file: FileId| {
        let first = |place: &&FixedPlace| place.edits.first().map(|edit| edit.span.file);
        places.iter().filter(|place| first(place) == Some(file)).count()
    };
    let mut files: Vec<FixedFile> = texts(checked, places)
        .into_iter()
        .filter(|(file, text)| checked.sources.file(*file).text() != text)
        .map(|(file, text)| FixedFile { file, text, places: count(file) })
        .collect();
    files.sort_by_key(|fixed| fixed.file);
    files
}
