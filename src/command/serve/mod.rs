//! `exemplar serve`: the book in a browser, verified anew at each save.
//!
//! # Steps
//! 1. [`round`]: when a page is saved, it is verified and rendered by itself; then, when nothing changes for a moment, the whole book, on
//!    a thread of its own;
//! 2. [`issues`]: what is not as the pages say;
//! 3. [`shown`]: what browsers see, and their news;
//! 4. [`http`]: the web server, and `page.js` in each page.
//!
//! Invariants: nothing that an author can write ends it, but what is wrong with the command line; while something can't be rendered, the
//! last good pages stay and the reason is shown over them. Nobody but this machine can reach it unless the user says so.
//!
//! Deliberately absent: the book's own `dist`, which only `exemplar build` writes, since its pages are all verified.

mod http;
mod issues;
mod round;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use exemplar_verify::execute::{Interrupt, Standby, WorkerError};
use exemplar_verify::load::discover;
use exemplar_verify::load::project::Project;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use self::round::{Known, Plan, Whole};
use self::shown::Shown;
use super::changes::{Changes, concerns_all, given_to_sessions, tell_of_signals, watcher};
use crate::arguments::ServeArguments;
use crate::failure::{Failure, Verdict};
use crate::report::event::counted;
use crate::report::human;

/// How long nothing must change before a page is verified: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(10);

/// How long after the first change that quiet is waited for: some save many times a second.
const MOST_QUIET: Duration = Duration::from_millis(50);

/// How long nothing must change before the whole book is rendered.
const IDLE: Duration = Duration::from_millis(400);

/// How long nothing must change before memory is given back that only makes the next save faster.
const AWAY: Duration = Duration::from_secs(10 * 60);

/// The most pages that are rendered by themselves.
const FEW: usize = 4;

/// What ends the waiting.
enum Wake {
    /// Something in a watched folder changed.
    Changed(notify::Event),
    /// The whole book has been rendered, or could not be.
    Rendered(u64, Box<Result<Whole, Failure>>),
    /// A signal came.
    Signal,
}

/// Serves until a signal comes.
pub(crate) fn run(arguments: &ServeArguments) -> Result<Verdict, Failure> {
    let interrupt =
        Interrupt::install().map_err(|source| WorkerError::Setup { what: "signal handlers", source })?;
    let scratch = tempfile::Builder::new().prefix("exemplar-serve-").tempdir().map_err(Failure::Serve)?;
    let plan = Plan {
        start: arguments.root.clone().unwrap_or_else(|| PathBuf::from(".")),
        working: super::working_directory()?,
        run: arguments.run.clone(),
        standby: Standby::default(),
        scratch: scratch.path().canonicalize().map_err(Failure::Serve)?,
    };
    // Without a book there is nothing to wait for; what is wrong with its settings will be mended.
    if let Err(failure @ Failure::NoBook { .. }) = plan.project() {
        return Err(failure);
    }
    let address = (arguments.host.as_str(), arguments.port);
    let listener = TcpListener::bind(address).map_err(|source| Failure::Address {
        host: arguments.host.clone(),
        port: arguments.port,
        source,
    })?;
    let url = format!("http://{}/", listener.local_addr().map_err(Failure::Serve)?);
    let shown = Arc::new(Shown::new(plan.scratch.join("html")));
    http::start(listener, Arc::clone(&shown))?;
    human::note(&format!("serving {url}; Ctrl-C ends"));
    if arguments.open
        && let Err(error) = opener::open_browser(&url)
    {
        human::note(&format!("no browser could be opened: {error}"));
    }
    let (sender, wakes) = channel();
    let (events, signals) = (sender.clone(), sender.clone());
    // When nobody waits any more the program is ending.
    tell_of_signals(interrupt.clone(), move || drop(signals.send(Wake::Signal)));
    let watcher = watcher(move |event| drop(events.send(Wake::Changed(event))))?;
    let serving = Serving {
        plan,
        shown,
        watcher,
        sender,
        known: BTreeMap::new(),
        round: 0,
        rendering: false,
        due: true,
        failed: false,
    };
    serving.run(&wakes);
    Err(WorkerError::Interrupted { signal: interrupt.raised().unwrap_or_default() }.into())
}

struct Serving {
    plan: Plan,
    shown: Arc<Shown>,
    watcher: RecommendedWatcher,
    sender: Sender<Wake>,
    /// The pages, by their own files.
    known: BTreeMap<PathBuf, Known>,
    /// Counts what was rendered, so that the older does not take the place of the newer.
    round: u64,
    /// Whether the whole book is being rendered.
    rendering: bool,
    /// Whether it must be, again.
    due: bool,
    /// Whether it could not be the last time.
    failed: bool,
}

impl Serving {
    /// Until a signal comes.
    fn run(mut self, wakes: &Receiver<Wake>) {
        self.watch_folders();
        self.render_whole();
        loop {
            let wait = if self.due && !self.rendering { IDLE } else { AWAY };
            match wakes.recv_timeout(wait) {
                Ok(Wake::Changed(event)) => {
                    let mut changes = Changes::default();
                    changes.add(&event);
                    let begun = Instant::now();
                    let mut others = Vec::new();
                    while let Ok(wake) =
                        wakes.recv_timeout(QUIET.min(MOST_QUIET.saturating_sub(begun.elapsed())))
                    {
                        match wake {
                            Wake::Changed(event) => changes.add(&event),
                            Wake::Signal => return,
                            other @ Wake::Rendered(..) => others.push(other),
                        }
                    }
                    for other in others {
                        if let Wake::Rendered(round, whole) = other {
                            self.take_whole(round, *whole);
                        }
                    }
                    self.take_changes(&changes);
                }
                Ok(Wake::Rendered(round, whole)) => self.take_whole(round, *whole),
                Ok(Wake::Signal) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    if self.due && !self.rendering {
                        self.render_whole();
                    } else {
                        self.plan.standby.forget_checkpoints();
                    }
                }
            }
        }
    }

    fn take_changes(&mut self, changes: &Changes) {
        let paths: BTreeSet<PathBuf> =
            changes.paths.iter().filter(|path| !is_passing(path)).cloned().collect();
        if paths.is_empty() {
            return;
        }
        // A folder that was removed and made anew has to be watched anew.
        self.watch_folders();
        let (all, frame) = match self.plan.project() {
            Ok((project, book)) => (
                self.failed || concerns_all(&project, &paths),
                paths.iter().any(|path| self.is_of_frame(&book.source, path)),
            ),
            Err(failure) => {
                self.trouble(&failure);
                return;
            }
        };
        let saved = self
            .known
            .iter()
            .filter(|(_, page)| (page.incomplete && changes.structure) || !page.files.is_disjoint(&paths));
        let saved: BTreeSet<PathBuf> = saved.map(|(own, _)| own.clone()).collect();
        self.due |= all || frame || !saved.is_empty();
        if !all && (1..=FEW).contains(&saved.len()) {
            self.render_pages(&saved);
        } else if self.due && !self.rendering {
            self.render_whole();
        }
    }

    /// Whether a file is no page, and shows all the same: in the sources, or a part of the theme.
    fn is_of_frame(&self, source: &Path, path: &Path) -> bool {
        let ends = |ends: &[&str]| path.extension().is_some_and(|end| ends.iter().any(|it| end == *it));
        let is_part = self.known.values().any(|page| page.files.contains(path));
        !is_part && (path.starts_with(source) || ends(&["css", "js", "hbs", "tera"]))
    }

    fn render_pages(&mut self, saved: &BTreeSet<PathBuf>) {
        let started = Instant::now();
        self.round += 1;
        match self.plan.pages(self.round, saved, &self.known) {
            Ok(pages) => {
                let wrong = pages.known.values().map(|page| page.issues.len()).sum();
                self.known.extend(pages.known);
                let names: Vec<&str> = pages.rendered.iter().map(|(path, ..)| path.as_str()).collect();
                let took = started.elapsed().as_millis();
                let again = match pages.resumed {
                    0 => String::new(),
                    steps => {
                        format!("; {} above the edit did not run again", counted(steps, "step", "steps"))
                    }
                };
                let said = format!("{} in {took} ms: {}{again}", names.join(", "), said(wrong));
                self.shown.take_pages(self.round, pages.rendered);
                human::note(&said);
            }
            Err(failure) => self.trouble(&failure),
        }
    }

    fn render_whole(&mut self) {
        self.round += 1;
        (self.rendering, self.due) = (true, false);
        let (plan, round, sender) = (self.plan.clone(), self.round, self.sender.clone());
        std::thread::spawn(move || {
            let whole = plan.whole(round);
            let _ = sender.send(Wake::Rendered(round, Box::new(whole)));
        });
    }

    fn take_whole(&mut self, round: u64, whole: Result<Whole, Failure>) {
        self.rendering = false;
        let taken = whole.and_then(|whole| {
            let Whole { rendered, known, issues } = whole;
            let wrong = known.values().map(|page| page.issues.len()).sum();
            let is_first = self.known.is_empty();
            let place = || Ok(rendered.publish()?);
            self.shown.take_site(round, issues, place)?;
            // What was saved meanwhile is known better than from here.
            let before = std::mem::replace(&mut self.known, known);
            for (own, page) in before {
                if let Some(known) = self.known.get_mut(&own).filter(|known| known.round < page.round) {
                    *known = page;
                }
            }
            if is_first || self.failed {
                human::note(&format!("{}: {}", counted(self.known.len(), "page", "pages"), said(wrong)));
            }
            Ok(())
        });
        match taken {
            Ok(()) => self.failed = false,
            Err(failure) => self.trouble(&failure),
        }
        self.watch_folders();
    }

    fn trouble(&mut self, failure: &Failure) {
        self.failed = true;
        human::failure(failure);
        self.shown.trouble(failure);
    }

    /// Watches every folder that can hold something that the pages depend on.
    fn watch_folders(&mut self) {
        let mut folders = BTreeSet::new();
        if let Ok((project, book)) = self.plan.project() {
            folders.extend([project.root.clone(), book.source.clone()]);
            folders.extend(discover::folders(&project.root, &book.source, &[]));
            folders.extend(discover::folders(&project.root, &project.root.join("theme"), &[]));
            folders.extend(with_folders(&project));
        } else if let Ok(start) = self.plan.start.canonicalize() {
            folders.insert(start);
        }
        folders.extend(
            self.known
                .values()
                .flat_map(|page| &page.files)
                .filter_map(|path| path.parent().map(Path::to_owned)),
        );
        for folder in folders {
            // To watch a folder again is cheap. One that can't be watched is missed.
            if let Err(error) = self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                tracing::debug!("{} is not watched: {error}", folder.display());
            }
        }
    }
}

/// Where what is given to sessions lies.
fn with_folders(project: &Project) -> Vec<PathBuf> {
    let given = given_to_sessions(project).into_iter();
    given
        .filter_map(|path| if path.is_dir() { Some(path) } else { path.parent().map(Path::to_owned) })
        .collect()
}

/// Whether a file is one that an editor makes beside the one that it writes.
fn is_passing(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Vim tries whether it can write into a folder by a file of this name.
    name.starts_with('.') || name.ends_with('~') || name.ends_with(".swp") || name == "4913"
}

fn said(wrong: usize) -> String {
    match wrong {
        0 => "verified".to_owned(),
        _ => counted(wrong, "finding", "findings"),
    }
}
