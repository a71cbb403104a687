//! What a session has read, and how that is now.
//!
//! Each thing is looked at once in a run, however many sessions have read it. Content counts, not times: a fresh checkout has other times.
//! Only what asks for facts about a file (`os.stat`) gets the time of its last change too.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use exemplar_model::protocol::Reads;
use serde::{Deserialize, Serialize};

use super::digest::{Digest, Parts};
use super::place::Root;
use super::store::Programs;
use crate::execute::Interrupt;

/// The endings of the folders that tell of an installed package.
const METADATA: [&str; 2] = [".dist-info", ".egg-info"];

/// The file in which an installer writes down what it has installed, each file with its hash.
const RECORD: &str = "RECORD";

/// How coarse the times of files are: what changed so shortly before a run began may have changed after it.
const COARSENESS: Duration = Duration::from_millis(10);

/// Something that a result depends on. Paths in the project are relative to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Dependency {
    /// A file's content, or that there is none.
    File(String),
    /// What a folder lists.
    Folder(String),
    /// The facts about a path.
    Looked(String),
    /// A package that was loaded: the folder of all packages, and the name in it.
    Package(String, String),
    /// The names that a folder of packages offers to imports.
    Site(String),
}

impl Dependency {
    /// All that a session's results depend on.
    pub(super) fn all(reads: &Reads, root: &Root) -> Vec<Self> {
        let of = |paths: &[String], kind: fn(String) -> Self| -> Vec<Self> {
            paths.iter().map(|path| kind(root.relative(path))).collect()
        };
        let packages =
            reads.packages.iter().map(|(site, name)| Self::Package(root.relative(site), name.clone()));
        let mut all = [
            of(&reads.interpreter, Self::File),
            of(&reads.files, Self::File),
            of(&reads.folders, Self::Folder),
            of(&reads.looked, Self::Looked),
            of(&reads.sites, Self::Site),
        ]
        .concat();
        all.extend(packages);
        all
    }

    /// As it is said to people.
    pub(super) fn words(&self) -> String {
        match self {
            Self::File(path) => format!("`{path}`"),
            Self::Folder(path) => format!("what is in `{path}`"),
            Self::Looked(path) => format!("the size, kind or time of `{path}`"),
            Self::Package(_, name) => format!("the package `{name}`"),
            Self::Site(path) => format!("what is installed in `{path}`"),
        }
    }
}

/// How things are, as far as somebody asked.
pub(super) struct Now<'a> {
    root: &'a Root,
    programs: &'a Programs,
    interrupt: &'a Interrupt,
    known: Mutex<HashMap<Dependency, Digest>>,
}

impl<'a> Now<'a> {
    pub(super) fn new(root: &'a Root, programs: &'a Programs, interrupt: &'a Interrupt) -> Self {
        Self { root, programs, interrupt, known: Mutex::default() }
    }

    /// How it is. Where the user ends the run, it is not looked at any more, and nothing may be made of the answer.
    pub(super) fn of(&self, dependency: &Dependency) -> Digest {
        if self.is_over() {
            return Parts::default().text("interrupted").done();
        }
        let known = self.known.lock().ok().and_then(|known| known.get(dependency).copied());
        known.unwrap_or_else(|| {
            let found = self.look(dependency);
            if let Ok(mut known) = self.known.lock() {
                known.insert(dependency.clone(), found);
            }
            found
        })
    }

    /// Whether the user has ended the run.
    pub(super) fn is_over(&self) -> bool {
        self.interrupt.raised().is_some()
    }

    /// Whether it may have changed since then, so that nobody knows what a session that began then has read.
    pub(super) fn changed_since(&self, dependency: &Dependency, then: SystemTime) -> bool {
        // Of a package, its folder's time tells: an installer adds and removes names there.
        let (Dependency::File(path)
        | Dependency::Folder(path)
        | Dependency::Looked(path)
        | Dependency::Package(path, _)
        | Dependency::Site(path)) = dependency;
        is_younger(&self.root.absolute(path), then)
    }

    fn look(&self, dependency: &Dependency) -> Digest {
        let path = |kept: &str| self.root.absolute(kept);
        match dependency {
            Dependency::File(kept) => self.programs.digest(&path(kept)),
            Dependency::Folder(kept) => listing(&path(kept)),
            Dependency::Looked(kept) => facts(&path(kept)),
            Dependency::Package(site, name) => self.package(&path(site), name),
            Dependency::Site(kept) => offered(&path(kept)),
        }
    }

    /// A package, by what its installer has written down of it, which includes a hash of each file; else by its files.
    fn package(&self, site: &Path, name: &str) -> Digest {
        let mut parts = Parts::default();
        match self.programs.owners(site, name) {
            Some(owners) => {
                for owner in owners {
                    parts.text(&owner).digest(content(&site.join(owner).join(RECORD)));
                }
            }
            None => {
                tree(&site.join(name), &mut parts, Some(self.interrupt));
            }
        }
        parts.done()
    }
}

/// Whether a file is younger than this, by the time of its last change of whatever kind.
fn is_younger(path: &Path, then: SystemTime) -> bool {
    let then = then.checked_sub(COARSENESS).unwrap_or(then);
    path.metadata().is_ok_and(|metadata| {
        let seconds = u64::try_from(metadata.ctime()).unwrap_or_default();
        let nanoseconds = u64::try_from(metadata.ctime_nsec()).unwrap_or_default();
        let changed = Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds);
        SystemTime::UNIX_EPOCH + changed >= then
    })
}

/// Whether anything below a path is younger than this.
pub(super) fn any_younger(path: &Path, then: SystemTime) -> bool {
    is_younger(path, then)
        || fs_err::read_dir(path).is_ok_and(|mut entries| {
            entries.any(|entry| entry.is_ok_and(|entry| any_younger(&entry.path(), then)))
        })
}

/// The content of a file, or why there is none.
pub(super) fn content(path: &Path) -> Digest {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => match fs_err::read(path) {
            Ok(bytes) => Digest::of(&bytes),
            Err(error) => refusal(&error),
        },
        Ok(metadata) => Parts::default().text(kind(&metadata)).done(),
        Err(error) => refusal(&error),
    }
}

fn refusal(error: &io::Error) -> Digest {
    Parts::default().text("refused").text(&error.kind().to_string()).done()
}

fn kind(metadata: &Metadata) -> &'static str {
    match metadata.file_type() {
        it if it.is_dir() => "folder",
        it if it.is_file() => "file",
        it if it.is_symlink() => "link",
        _ => "other",
    }
}

/// All files below a path, with their names, in order; compiled code is left out. Where the user ends the run meanwhile, what is left of
/// them is not read, and nothing may be made of the parts.
pub(super) fn tree(path: &Path, parts: &mut Parts, interrupt: Option<&Interrupt>) {
    tree_below(path, parts, interrupt, &mut BTreeMap::new());
}

/// `known` holds the folders that were met, by device and inode, with their numbers. Links may lead to one many times, or from one to
/// itself: its content counts once, and then that it is the same folder.
fn tree_below(
    path: &Path,
    parts: &mut Parts,
    interrupt: Option<&Interrupt>,
    known: &mut BTreeMap<(u64, u64), u64>,
) {
    if interrupt.is_some_and(|interrupt| interrupt.raised().is_some()) {
        return;
    }
    let Ok(entries) = fs_err::read_dir(path) else {
        parts.digest(content(path));
        return;
    };
    if let Ok(folder) = path.metadata() {
        let folder = (folder.dev(), folder.ino());
        if let Some(&number) = known.get(&folder) {
            parts.text("met before").number(number);
            return;
        }
        known.insert(folder, known.len() as u64);
    }
    let mut below: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    below.sort();
    parts.number(below.len() as u64);
    for path in below.iter().filter(|path| !path.ends_with("__pycache__")) {
        parts.text(&path.file_name().unwrap_or_default().to_string_lossy());
        tree_below(path, parts, interrupt, known);
    }
}

/// What a folder lists: names, kinds, and the sizes of files.
fn listing(path: &Path) -> Digest {
    let entries = match fs_err::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return refusal(&error),
    };
    let mut found: Vec<(String, &str, u64)> = entries
        .flatten()
        .map(|entry| {
            let metadata = entry.metadata().ok();
            let size = metadata.as_ref().filter(|metadata| metadata.is_file()).map_or(0, Metadata::len);
            let kind = metadata.as_ref().map_or("unknown", kind);
            (entry.file_name().to_string_lossy().into_owned(), kind, size)
        })
        .collect();
    found.sort();
    let mut parts = Parts::default();
    for (name, kind, size) in found {
        parts.text(&name).text(kind).number(size);
    }
    parts.done()
}

/// The facts about a path: of the link itself, and of what it leads to.
fn facts(path: &Path) -> Digest {
    let mut parts = Parts::default();
    for metadata in [path.symlink_metadata(), path.metadata()] {
        match metadata {
            Err(error) => {
                parts.digest(refusal(&error));
            }
            Ok(metadata) => {
                parts.text(kind(&metadata)).number(metadata.mode().into());
                if metadata.is_file() {
                    parts.number(metadata.len()).text(&format!(
                        "{}.{}",
                        metadata.mtime(),
                        metadata.mtime_nsec()
                    ));
                }
            }
        }
    }
    if let Ok(target) = fs_err::read_link(path) {
        parts.text(&target.to_string_lossy());
    }
    parts.done()
}

/// The names that a folder of packages offers, and its files of paths, which say where else modules are found.
fn offered(site: &Path) -> Digest {
    let entries = match fs_err::read_dir(site) {
        Ok(entries) => entries,
        Err(error) => return refusal(&error),
    };
    let mut names = BTreeSet::new();
    let mut parts = Parts::default();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".pth") {
            names.insert(format!("{name} {}", content(&entry.path()).hex()));
        } else if name != "__pycache__" && !METADATA.iter().any(|end| name.ends_with(end)) {
            names.insert(name.split('.').next().unwrap_or_default().to_owned());
        }
    }
    for name in &names {
        parts.text(name);
    }
    parts.done()
}

/// For each name in a folder of packages, the folders in which installers have written down that they put it there.
pub(super) fn owners(site: &Path) -> BTreeMap<String, Vec<String>> {
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in fs_err::read_dir(site).into_iter().flatten().flatten() {
        let owner = entry.file_name().to_string_lossy().into_owned();
        if !METADATA.iter().any(|end| owner.ends_with(end)) {
            continue;
        }
        let Ok(text) = fs_err::read_to_string(entry.path().join(RECORD)) else { continue };
        let names = text.lines().filter_map(|line| line.split(['/', ',']).next());
        for name in names.collect::<BTreeSet<_>>() {
            owners.entry(name.to_owned()).or_default().insert(owner.clone());
        }
    }
    owners.into_iter().map(|(name, owners)| (name, owners.into_iter().collect())).collect()
}
