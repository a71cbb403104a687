//! `exemplar fix`.
//!
//! # Steps
//! 1. [`asked`]: which pages and lines the command line names;
//! 2. the pages run, and with `--dialects` they run again after their dialects were rewritten, in memory;
//! 3. `exemplar_verify::fix` says what would change; what would, runs again under another hash seed, and what is not the same then is left;
//! 4. [`write`](mod@write): the files, all of them or none; [`leftovers`]: what an earlier fix could not clean up.

mod asked;
mod leftovers;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use exemplar_model::diagnostic::Severity;
use exemplar_model::report::Status;
use exemplar_model::source::{FileId, Span};
use exemplar_verify::check::machine::Machine;
use exemplar_verify::execute::ExecuteOptions;
use exemplar_verify::fix::{Checked, FixOptions, Fixed, extent, fix, fix_dialects};
use exemplar_verify::load::project::Project;
use exemplar_verify::load::summary::chapters;
use exemplar_verify::pipeline::{Keep, Verified, verify};
use exemplar_verify::reload::{self, Texts, reload};
use exemplar_verify::unstable::{self, Again};

use super::cache;
use super::pages::{Selection, select};
use crate::arguments::{FixArguments, PageArguments};
use crate::failure::{Failure, Verdict};
use crate::report::fixes::{self, Change, Summary};
use crate::report::{ask, progress, told};
use asked::Asked;

/// How often dialects are rewritten, each time where the rewriting before left them, before the rest is left.
const MOST_PASSES: usize = 5;

/// Mends stale outputs and reports.
pub(crate) fn run(arguments: &FixArguments) -> Result<Verdict, Failure> {
    if arguments.interactive && !ask::is_possible() {
        return Err(Failure::NobodyToAsk);
    }
    let asked = Asked::of(&arguments.paths)?;
    let selection = select(&asked.pages, |_| true)?;
    let mut fixing = Fixing::begin(selection, arguments, &asked)?;
    if asked.is_named && fixing.verified.report.examples.is_empty() && fixing.verified.diagnostics.is_empty()
    {
        return Err(Failure::NoExamples { paths: asked.pages.paths });
    }
    let mut summary = fixing.mend()?;
    if let Some(all) = fixing.pages_that_include()? {
        // Code of a file that other pages may include too: they have a say in it.
        fixing = Fixing::begin(select(&all, |_| true)?, arguments, &asked)?;
        summary = fixing.mend()?;
    }
    let changes = fixing.changes()?;
    let is_dry = arguments.diff || arguments.check;
    if !is_dry {
        leftovers::sweep(&fixing.folders());
        write::write(&changes)?;
    }
    summary.is_dry = is_dry;
    let sources = &fixing.verified.files.sources;
    if arguments.diff {
        told(fixes::patch(&changes))?;
        told(fixes::left(sources, &summary))?;
    } else {
        told(fixes::report(sources, &changes, &summary))?;
    }
    let is_well = if arguments.check {
        changes.is_empty()
    } else {
        summary.remaining == 0 && summary.errors.is_empty()
    };
    Ok(if is_well { Verdict::Verified } else { Verdict::Stale })
}

/// A run on its way to new texts.
struct Fixing<'a> {
    arguments: &'a FixArguments,
    asked: &'a Asked,
    project: Project,
    options: ExecuteOptions,
    /// The texts as they were read.
    read: BTreeMap<FileId, String>,
    /// The run, of the pages with their new texts so far.
    verified: Verified,
    /// What will be written.
    texts: Texts,
    /// How many examples are mended in each file, and how many places rewritten.
    places: BTreeMap<FileId, (usize, usize)>,
}

impl<'a> Fixing<'a> {
    fn begin(selection: Selection, arguments: &'a FixArguments, asked: &'a Asked) -> Result<Self, Failure> {
        let Selection { project, files, diagnostics, pages, .. } = selection;
        let run = &arguments.run;
        let mut options = ExecuteOptions::of(&project, run.python.as_deref(), run.jobs)?;
        options.observer = progress::bar();
        options.cache = cache::of(&project, run);
        let verified =
            verify(files, pages, diagnostics, &project, &options, Instant::now(), Keep::Everything)?;
        let read = verified.files.sources.files().map(|(file, source)| (file, source.text().to_owned()));
        let read = read.collect();
        let (texts, places) = (Texts::new(), BTreeMap::new());
        Ok(Self { arguments, asked, project, options, read, verified, texts, places })
    }

    /// Makes the new texts.
    fn mend(&mut self) -> Result<Summary, Failure> {
        let mut summary = Summary::default();
        if self.arguments.dialects {
            self.mend_dialects(&mut summary)?;
        }
        let fixed = self.mend_outputs(&mut summary)?;
        let mended: HashSet<(usize, usize)> = fixed.places.iter().filter_map(|place| place.example).collect();
        summary.remaining = self.failing().filter(|place| !mended.contains(place)).count();
        let errors = self.verified.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        summary.errors = errors.cloned().collect();
        for place in &fixed.places {
            if let Some(first) = place.edits.first() {
                self.places.entry(first.span.file).or_default().0 += 1;
            }
        }
        self.texts.extend(fixed.texts());
        Ok(summary)
    }

    /// Rewrites dialects, and runs the pages again with what came of it.
    fn mend_dialects(&mut self, summary: &mut Summary) -> Result<(), Failure> {
        for _ in 0..MOST_PASSES {
            let selected = |span: Span| self.is_selected(span);
            let reread = |texts: &Texts| reload::sessions(&self.verified, &self.project, texts);
            let checked = Checked::from(&self.verified);
            let mut fixed = fix_dialects(checked, &selected, &reread);
            if self.arguments.interactive {
                let chosen = ask::choose(&self.verified.files, &fixed.places).map_err(Failure::ReadInput)?;
                fixed = fix_dialects(checked, &|span| selected(span) && chosen.contains(&span), &reread);
            }
            summary.left = std::mem::take(&mut fixed.left);
            if fixed.files.is_empty() {
                return Ok(());
            }
            for place in &fixed.places {
                self.places.entry(place.span.file).or_default().1 += 1;
            }
            self.texts.extend(fixed.texts());
            let (files, pages, diagnostics) = reload(&self.verified, &self.project, &fixed.texts());
            self.verified = verify(
                files,
                pages,
                diagnostics,
                &self.project,
                &self.options,
                Instant::now(),
                Keep::Everything,
            )?;
            if self.arguments.interactive {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What becomes of stale outputs. Only when something would be written, the sessions that it is of run again.
    fn mend_outputs(&self, summary: &mut Summary) -> Result<Fixed, Failure> {
        let Verified { sessions, outcomes, .. } = &self.verified;
        let mut again = Again::new();
        let all = |span: Span| self.is_selected(span);
        let mut fixed = self.fix(&all, &again);
        let mut wanted: Vec<usize> =
            fixed.places.iter().filter_map(|place| place.example).map(|(session, _)| session).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if !wanted.is_empty() {
            again = unstable::again(sessions, &wanted, unstable::OTHER, &self.options)?;
            fixed = self.fix(&all, &again);
        }
        let unstable = std::mem::take(&mut fixed.unstable);
        let causes = unstable::causes(sessions, outcomes, &again, &unstable, &self.options)?;
        let mut left = std::mem::take(&mut fixed.left);
        left.extend(
            unstable.iter().zip(causes).map(|(&(session, example), cause)| {
                unstable::left(&sessions[session].examples[example], cause)
            }),
        );
        if self.arguments.interactive {
            let chosen = ask::choose(&self.verified.files, &fixed.places).map_err(Failure::ReadInput)?;
            fixed = self.fix(&|span| all(span) && chosen.contains(&span), &again);
        }
        summary.left.append(&mut left);
        summary.left.sort_by_key(|found| (found.span.file, found.span.start));
        summary.left.dedup();
        Ok(fixed)
    }

    fn fix(&self, selected: &dyn Fn(Span) -> bool, again: &Again) -> Fixed {
        let machine = &self.machine();
        let options = FixOptions { force: self.arguments.force, selected, again, machine };
        fix(Checked::from(&self.verified), &options, &|texts| {
            reload::sessions(&self.verified, &self.project, texts)
        })
    }

    /// What the pages must not say: where this checkout, its Python and its user's files lie.
    fn machine(&self) -> Machine {
        let home = std::env::home_dir();
        let python = self.verified.report.python.as_ref().map(|python| Path::new(&python.executable));
        let resolved = python.and_then(|python| python.canonicalize().ok());
        let folders = [self.project.root.as_path()].into_iter().chain(home.as_deref());
        Machine::of(folders, python.into_iter().chain(resolved.as_deref()))
    }

    fn is_selected(&self, span: Span) -> bool {
        self.asked.has(&self.verified.files, span)
    }

    /// The examples that are not as their pages say, of those that were asked for.
    fn failing(&self) -> impl Iterator<Item = (usize, usize)> {
        let sessions = self.verified.sessions.iter().zip(&self.verified.verdicts).enumerate();
        sessions.flat_map(move |(session, (planned, verdicts))| {
            let examples = planned.examples.iter().zip(verdicts).enumerate();
            examples
                .filter(|(_, (example, verdict))| {
                    example.reported
                        && matches!(verdict.status, Status::Failed | Status::NotRun)
                        && self.is_selected(extent(example))
                })
                .map(move |(example, _)| (session, example))
        })
    }

    /// All pages of the book beside those named, when a file would change that they may include.
    fn pages_that_include(&self) -> Result<Option<PageArguments>, Failure> {
        let Some(book) = self.project.book.as_ref().filter(|_| self.asked.is_named) else { return Ok(None) };
        let pages: HashSet<FileId> = self.verified.pages.iter().map(|page| page.file).collect();
        let is_included = |file: &FileId| !pages.contains(file);
        if !self.texts.keys().any(is_included) {
            return Ok(None);
        }
        let mut files = self.verified.files.emptied();
        let mut all = self.asked.pages.clone();
        let chapters: Vec<PathBuf> = chapters(&mut files, book).pages;
        let known = |path: &PathBuf| all.paths.iter().any(|known| asked::is_same(known, path));
        let more: Vec<PathBuf> = chapters.into_iter().filter(|path| !known(path)).collect();
        if more.is_empty() {
            return Ok(None);
        }
        all.paths.extend(more);
        Ok(Some(all))
    }

    /// Where the files lie that were read.
    fn folders(&self) -> BTreeSet<PathBuf> {
        let paths =
            self.read.keys().filter_map(|file| self.verified.files.disk_path(*file).canonicalize().ok());
        paths.filter_map(|path| path.parent().map(Path::to_owned)).collect()
    }

    /// The files that change, as they were read and as they will be.
    fn changes(&self) -> Result<Vec<Change>, Failure> {
        let files = &self.verified.files;
        let mut changes = Vec::new();
        for (file, old) in &self.read {
            let Some(new) = self.texts.get(file).filter(|new| *new != old) else { continue };
            let path = files.disk_path(*file);
            let path = fs_err::canonicalize(path).map_err(Failure::File)?;
            let (examples, dialects) = self.places.get(file).copied().unwrap_or_default();
            changes.push(Change {
                shown: files.shown_path(&path),
                path,
                old: old.clone(),
                new: new.clone(),
                examples,
                dialects,
            });
        }
        changes.sort_by(|one, other| one.shown.cmp(&other.shown));
        Ok(changes)
    }
}
