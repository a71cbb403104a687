//! What changes on the disk, and what that is about: for all that watches.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use exemplar_model::plan::Page;
use exemplar_verify::execute::Interrupt;
use exemplar_verify::load::files::Files;
use exemplar_verify::load::project::Project;
use exemplar_verify::load::settings::SettingsPlace;
use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher};
use rustix::event::{PollFd, PollFlags, poll};

use crate::failure::Failure;

/// What changed since the last round, without links.
#[derive(Default)]
pub(super) struct Changes {
    /// All of it.
    pub(super) paths: BTreeSet<PathBuf>,
    /// Whether something was created, removed or renamed. Only that can complete a page; and a log that our own output goes to, in a
    /// folder that is watched, only grows.
    pub(super) structure: bool,
}

impl Changes {
    /// Adds what an event tells of.
    pub(super) fn add(&mut self, event: &notify::Event) {
        self.structure |= match event.kind {
            EventKind::Modify(ModifyKind::Name(_)) => true,
            EventKind::Modify(_) => event.need_rescan(),
            _ => true,
        };
        self.paths.extend(event.paths.iter().map(|path| canonical(path)));
    }

    /// Whether this may mend what kept the last round from its end.
    pub(super) fn may_mend(&self) -> bool {
        self.structure
            || self
                .paths
                .iter()
                .any(|path| is_settings(path) || path.extension().is_some_and(|end| end == "md"))
    }
}

/// Watches, and gives each event that matters.
pub(super) fn watcher(give: impl Fn(notify::Event) + Send + 'static) -> Result<RecommendedWatcher, Failure> {
    notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        // That a file was read is none of our business: we read it ourselves.
        let matters = match event.kind {
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => event.need_rescan(),
            _ => true,
        };
        if matters {
            give(event);
        }
    })
    .map_err(Failure::Watch)
}

/// Waits for a signal on a thread of its own, which ends with the program.
pub(super) fn tell_of_signals(interrupt: Interrupt, tell: impl FnOnce() + Send + 'static) {
    std::thread::spawn(move || {
        while interrupt.raised().is_none() {
            // A wait that a signal cut short is begun anew, if it was another signal.
            let _ = poll(&mut [PollFd::new(&interrupt, PollFlags::IN)], None);
        }
        tell();
    });
}

/// A path without links. What is gone had its folder's path.
pub(super) fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    })
}

/// Whether a file is the page or included by it.
pub(super) fn is_part(page: &Page, file: exemplar_model::source::FileId) -> bool {
    page.file == file || page.expanded.segments.iter().any(|segment| segment.origin.file == file)
}

pub(super) fn files_of(page: &Page, files: &Files) -> BTreeSet<PathBuf> {
    let parts = page.expanded.segments.iter().map(|segment| segment.origin.file);
    parts.chain([page.file]).map(|file| canonical(files.disk_path(file))).collect()
}

/// What the settings give to sessions: files and folders.
pub(super) fn given_to_sessions(project: &Project) -> Vec<PathBuf> {
    let rules = &project.settings.rules;
    let given = rules.prelude.iter().chain(&rules.files).chain(&rules.pythonpath);
    given.map(|path| canonical(&project.root.join(path))).collect()
}

/// Whether one of these is a file that every page depends on.
pub(super) fn concerns_all(project: &Project, changed: &BTreeSet<PathBuf>) -> bool {
    let given = given_to_sessions(project);
    changed.iter().any(|path| is_settings(path) || given.iter().any(|given| path.starts_with(given)))
}

/// Whether a file is one of settings, or the list of a book's chapters.
pub(super) fn is_settings(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name == "SUMMARY.md" || SettingsPlace::ALL.iter().any(|(settings, _)| *settings == name)
}
