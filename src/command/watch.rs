//! `exemplar check --watch`.
//!
//! The folders of the project are watched, one by one and not the files in them: editors replace a file by renaming another one over it.
//! Each round lists them anew, so that a folder that was created is watched from then on. They are listed before the pages are read, so
//! that no change falls between the two.
//!
//! A change of a page, or of a file that it includes, checks that page again; a change of the settings, of SUMMARY.md or of a file that
//! sessions are given checks all. What can't be checked at the moment (a setting that is half written, a page that is gone) is said, and
//! the watch goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use exemplar_model::diagnostic::Severity;
use exemplar_model::report::Status;
use exemplar_verify::execute::{Interrupt, WorkerError};
use exemplar_verify::load::discover;
use exemplar_verify::load::project::Project;
use exemplar_verify::pipeline::Verified;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::changes::{
    Changes, canonical, concerns_all, files_of, given_to_sessions, is_part, tell_of_signals, watcher,
};
use super::check::{check, report};
use super::pages::{project, roots, select};
use super::strictness::Strictness;
use crate::arguments::CheckArguments;
use crate::failure::{Failure, Verdict};
use crate::report::human;

/// How long nothing must change before the pages are checked: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(80);

/// How long after the first change that quiet is waited for: some files change all the time.
const MOST_QUIET: Duration = Duration::from_secs(1);

/// What ends the waiting.
enum Wake {
    /// Something in a watched folder changed.
    Changed(notify::Event),
    /// A signal came.
    Signal,
}

/// Checks, and checks again whatever changes, until a signal comes.
pub(crate) fn run(arguments: &CheckArguments, strictness: &Strictness) -> Result<Verdict, Failure> {
    let interrupt =
        Interrupt::install().map_err(|source| WorkerError::Setup { what: "signal handlers", source })?;
    let (sender, wakes) = channel();
    let teller = sender.clone();
    // When nobody waits any more the program is ending.
    tell_of_signals(interrupt.clone(), move || drop(teller.send(Wake::Signal)));
    let mut watch = Watch {
        arguments,
        strictness,
        working: super::working_directory()?,
        watcher: watcher(move |event| drop(sender.send(Wake::Changed(event))))?,
        pages: BTreeMap::new(),
        failed: false,
    };
    let mut changed = None;
    loop {
        match watch.round(changed.as_ref()) {
            Err(Failure::Worker(error @ WorkerError::Interrupted { .. })) => return Err(error.into()),
            // What is wrong with the command line itself will not mend itself.
            Err(failure) if changed.is_none() => return Err(failure),
            Err(failure) => {
                human::failure(&failure);
                watch.pages.clear();
                watch.failed = true;
            }
            Ok(()) => {}
        }
        changed =
            Some(next_changes(&wakes).ok_or_else(|| WorkerError::Interrupted {
                signal: interrupt.raised().unwrap_or_default(),
            })?);
    }
}

/// Waits for changes, and for the quiet after them. None when a signal came instead.
fn next_changes(wakes: &Receiver<Wake>) -> Option<Changes> {
    let mut changed = Changes::default();
    let mut wake = wakes.recv().ok();
    let begun = Instant::now();
    while let Some(found) = wake {
        match found {
            Wake::Signal => return None,
            Wake::Changed(event) => changed.add(&event),
        }
        let left = MOST_QUIET.saturating_sub(begun.elapsed());
        wake = wakes.recv_timeout(QUIET.min(left)).ok();
    }
    Some(changed)
}

/// What is known of a page since it was checked last.
struct Known {
    /// The files that it consists of, without links.
    files: BTreeSet<PathBuf>,
    /// Whether a part of it was missing, so that a new file may complete it.
    incomplete: bool,
    /// Whether something in it is not as it says.
    failing: bool,
    /// The path that messages show.
    shown: String,
}

struct Watch<'a> {
    arguments: &'a CheckArguments,
    strictness: &'a Strictness,
    working: PathBuf,
    watcher: RecommendedWatcher,
    /// By their own files.
    pages: BTreeMap<PathBuf, Known>,
    /// Whether the last round did not come to its end, so that the next one is about everything.
    failed: bool,
}

impl Watch<'_> {
    /// Checks what these changes are about; without any, everything.
    fn round(&mut self, changed: Option<&Changes>) -> Result<(), Failure> {
        if self.failed && changed.is_some_and(|changed| !changed.may_mend()) {
            return Ok(());
        }
        let started = Instant::now();
        let project = project(&self.arguments.pages, &self.working)?;
        self.watch_folders(&project);
        let all = changed.is_none_or(|changed| self.failed || concerns_all(&project, &changed.paths));
        let none = Changes::default();
        let changed = changed.unwrap_or(&none);
        let known = &self.pages;
        let selection = select(&self.arguments.pages, |path| {
            all || known.get(&canonical(path)).is_none_or(|page| page.is_of(changed))
        })?;
        self.pages.retain(|page, _| page.exists());
        // A list of chapters that is wrong is told of when it changes.
        if !all && selection.pages.is_empty() {
            return Ok(());
        }
        human::clear();
        let verified = check(selection, self.arguments, self.strictness, started)?;
        if all {
            self.pages.clear();
        }
        self.failed = false;
        let checked = self.remember(&verified);
        report(&verified, self.arguments)?;
        let failing = self.pages.iter().filter(|(page, known)| known.failing && !checked.contains(*page));
        let failing: Vec<&str> = failing.map(|(_, known)| known.shown.as_str()).collect();
        if !failing.is_empty() {
            human::note(&format!("not checked again, and still failing: {}", failing.join(", ")));
        }
        human::note("waiting for changes; Ctrl-C ends");
        Ok(())
    }

    fn remember(&mut self, verified: &Verified) -> BTreeSet<PathBuf> {
        let mut checked = BTreeSet::new();
        for (index, page) in verified.pages.iter().enumerate() {
            let own = canonical(verified.files.disk_path(page.file));
            let bad = |status| matches!(status, Status::Failed | Status::NotRun);
            let errors = verified.diagnostics.iter().filter(|found| found.severity == Severity::Error);
            let mut here = errors.filter(|found| is_part(page, found.span.file));
            let known = Known {
                files: files_of(page, &verified.files),
                incomplete: verified
                    .diagnostics
                    .iter()
                    .any(|found| found.code == "missing-include" && is_part(page, found.span.file)),
                failing: here.next().is_some()
                    || verified.results_of(index).iter().any(|result| bad(result.status)),
                shown: verified.files.sources.file(page.file).path().to_owned(),
            };
            self.pages.insert(own.clone(), known);
            checked.insert(own);
        }
        checked
    }

    /// Watches every folder that can hold something that the pages depend on.
    fn watch_folders(&mut self, project: &Project) {
        let mut roots = vec![project.root.clone()];
        if project.book.is_none() {
            roots = roots_of(project, &self.working, self.arguments);
        }
        let mut folders: BTreeSet<PathBuf> = BTreeSet::from([project.root.clone()]);
        for root in roots {
            folders.extend(root.parent().map(Path::to_owned));
            folders.extend(discover::folders(&project.root, &root, &project.settings.exclude));
        }
        let given = given_to_sessions(project);
        folders.extend(given.iter().chain(self.pages.values().flat_map(|page| &page.files)).filter_map(
            |path| if path.is_dir() { Some(path.clone()) } else { path.parent().map(Path::to_owned) },
        ));
        for folder in folders {
            // To watch a folder again is cheap, and needed where it was removed and made anew. One that can't be watched is missed.
            if let Err(error) = self.watcher.watch(&self.working.join(&folder), RecursiveMode::NonRecursive) {
                tracing::debug!("{} is not watched: {error}", folder.display());
            }
        }
    }
}

fn roots_of(project: &Project, working: &Path, arguments: &CheckArguments) -> Vec<PathBuf> {
    let roots = roots(project, working, &arguments.pages);
    roots.into_iter().map(|root| working.join(root)).collect()
}

impl Known {
    fn is_of(&self, changed: &Changes) -> bool {
        (self.incomplete && changed.structure) || !self.files.is_disjoint(&changed.paths)
    }
}
