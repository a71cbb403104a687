//! The folder of the records.
//!
//! ```text
//! FOLDER/CACHEDIR.TAG         says to backup programs that nothing in it is worth keeping
//! FOLDER/v2/7f/7f3a…          a record, named by its key
//! FOLDER/v2/programs          hashes of large files, by their facts
//! FOLDER/v2/sites             which installed package owns what, by the facts of the folder
//! FOLDER/v2/size              about how many bytes the records take
//! FOLDER/v2/sessions/…        what was last known of the sessions of a project, for `--explain-cache` and for their order
//! ```
//!
//! A file is written beside its place under a name of its own and then moved there, so that no reader sees half of one. No write waits for
//! the disk: after a power cut a record may be damaged, which its hash tells.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::dependency::{content, owners};
use super::digest::{Digest, Parts};
use super::entry::{Record, VERSION};

const TAG: &str = "CACHEDIR.TAG";
const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# Results that exemplar keeps between runs. They can be removed at any time: `exemplar clean`.\n";
const TEMPORARY: &str = ".tmp-";

/// A record that was used is marked as such when it was not for this long.
const USED_EVERY: Duration = Duration::from_secs(60 * 60);

/// How old a temporary file is that nobody will move to its place any more.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// From this size on, a file's hash is remembered with its facts.
const LARGE: u64 = 256 << 10;

/// How long a file must have been as it is for its facts to tell whether it still is.
const SETTLED: Duration = Duration::from_secs(2);

/// Why the kept results can't be removed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The system refused it.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// There is something else in the folder.
    #[error("`{}` is no folder of kept results: its {TAG} is not ours; remove it by hand if it is one", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
}

/// Where results are kept when nobody says otherwise: `exemplar` in `XDG_CACHE_HOME`, or in `~/.cache`. None where there is no home.
#[must_use]
pub fn default_folder() -> Option<PathBuf> {
    let set = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".cache"));
    set.or_else(home).map(|caches| caches.join("exemplar"))
}

/// The records of this version.
pub(super) struct Store {
    folder: PathBuf,
    version: PathBuf,
    written: AtomicU64,
}

impl Store {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), version: folder.join(VERSION), written: AtomicU64::new(0) }
    }

    /// Whether there may be a record.
    pub(super) fn has_records(&self) -> bool {
        self.version.is_dir()
    }

    fn path(&self, key: Digest) -> PathBuf {
        let name = key.hex();
        self.version.join(&name[..2]).join(name)
    }

    /// The record of a key. One that is damaged is removed.
    pub(super) fn read(&self, key: Digest) -> Option<Record> {
        let path = self.path(key);
        let bytes = fs_err::read(&path).ok()?;
        let record = Record::decode(&bytes);
        if record.is_none() {
            tracing::debug!("{} is damaged", path.display());
            let _ = fs_err::remove_file(&path);
        }
        record
    }

    /// Notes that a record was used, so that it is not the next to go.
    pub(super) fn touch(&self, key: Digest) {
        let path = self.path(key);
        let is_old = |metadata: &Metadata| {
            metadata.modified().is_ok_and(|used| used.elapsed().is_ok_and(|age| age > USED_EVERY))
        };
        if path.metadata().is_ok_and(|metadata| is_old(&metadata)) {
            let _ = fs_err::File::options()
                .append(true)
                .open(&path)
                .and_then(|file| file.file().set_modified(SystemTime::now()));
        }
    }

    /// Keeps a record.
    pub(super) fn write(&self, key: Digest, record: &Record) -> io::Result<()> {
        record.encode().map_or(Ok(()), |bytes| self.write_bytes(key, &bytes))
    }

    /// What lies under a key, whatever it is.
    pub(super) fn read_bytes(&self, key: Digest) -> Option<Vec<u8>> {
        fs_err::read(self.path(key)).ok()
    }

    /// Lays something under a key.
    pub(super) fn write_bytes(&self, key: Digest, bytes: &[u8]) -> io::Result<()> {
        self.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.place(&self.path(key), bytes)
    }

    /// Something beside the records, by its name.
    pub(super) fn read_aside<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        rmp_serde::from_slice(&fs_err::read(self.version.join(name)).ok()?).ok()
    }

    /// Keeps something beside the records.
    pub(super) fn write_aside<T: Serialize>(&self, name: &str, value: &T) -> io::Result<()> {
        let bytes = rmp_serde::to_vec(value).map_err(io::Error::other)?;
        self.place(&self.version.join(name), &bytes)
    }

    /// Puts a file in its place, whole.
    fn place(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.version);
        let new = || tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder);
        let mut file = match new() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs_err::create_dir_all(folder)?;
                if !self.folder.join(TAG).exists() {
                    fs_err::write(self.folder.join(TAG), TAG_TEXT)?;
                }
                new()?
            }
            other => other?,
        };
        io::Write::write_all(&mut file, bytes)?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }

    /// At the end of a run: counts what was written, and makes room when it is too much. The count is no more than a reason to look.
    pub(super) fn bound(&self, limit: u64) -> io::Result<()> {
        let written = self.written.swap(0, Ordering::Relaxed);
        if written == 0 {
            return Ok(());
        }
        let known: u64 = self.read_aside("size").unwrap_or(u64::MAX);
        let size = known.saturating_add(written);
        let size = if size > limit { self.evict(limit)? } else { size };
        self.write_aside("size", &size)
    }

    /// Removes what was not used for longest, until a tenth of the room is free. Gives how many bytes are left.
    fn evict(&self, limit: u64) -> io::Result<u64> {
        let mut records: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for folder in fs_err::read_dir(&self.version)?.flatten().filter(|entry| entry.path().is_dir()) {
            for entry in fs_err::read_dir(folder.path()).into_iter().flatten().flatten() {
                let Ok(metadata) = entry.metadata() else { continue };
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                    if used.elapsed().is_ok_and(|age| age > ABANDONED) {
                        let _ = fs_err::remove_file(entry.path());
                    }
                } else {
                    records.push((used, metadata.len(), entry.path()));
                }
            }
        }
        records.sort();
        let mut size = records.iter().map(|(_, length, _)| length).sum::<u64>();
        if size <= limit {
            return Ok(size);
        }
        for (_, length, path) in records {
            if size <= limit - limit / 10 {
                break;
            }
            let _ = fs_err::remove_file(path);
            size -= length;
        }
        Ok(size)
    }
}

/// Removes a folder of records. Gives how many bytes it took; none where there is no such folder.
pub(super) fn clear(folder: &Path) -> Result<u64, StoreError> {
    if !folder.exists() {
        return Ok(0);
    }
    // Other programs' folders have such a file too.
    if fs_err::read_to_string(folder.join(TAG)).ok().as_deref() != Some(TAG_TEXT) {
        return Err(StoreError::Foreign { path: folder.to_owned() });
    }
    let size = bytes_below(folder);
    fs_err::remove_dir_all(folder)?;
    Ok(size)
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs_err::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

/// Hashes of files. Those of large ones (programs, libraries, data) are remembered from run to run by the files' facts.
pub(super) struct Programs {
    known: Mutex<BTreeMap<PathBuf, (Digest, Digest)>>,
    /// For each folder of packages and its facts, which installed ones own a name in it.
    sites: Mutex<BTreeMap<PathBuf, (Digest, Owners)>>,
    /// Whether there is one that the folder does not know.
    changed: AtomicU64,
}

/// For each name, the folders of those who own it.
type Owners = BTreeMap<String, Vec<String>>;

const PROGRAMS: &str = "programs";
const SITES: &str = "sites";

impl Programs {
    pub(super) fn read(store: &Store) -> Self {
        let known = store.read_aside(PROGRAMS).unwrap_or_default();
        let sites = store.read_aside(SITES).unwrap_or_default();
        Self { known: Mutex::new(known), sites: Mutex::new(sites), changed: AtomicU64::new(0) }
    }

    pub(super) fn keep(&self, store: &Store) -> io::Result<()> {
        if self.changed.swap(0, Ordering::Relaxed) == 0 {
            return Ok(());
        }
        let known = self.known.lock().map_err(|_| io::Error::other("a thread has panicked"))?;
        // Those that are gone are of no use any more.
        let known: BTreeMap<&PathBuf, _> = known.iter().filter(|(path, _)| path.is_file()).collect();
        store.write_aside(PROGRAMS, &known)?;
        let sites = self.sites.lock().map_err(|_| io::Error::other("a thread has panicked"))?;
        let sites: BTreeMap<&PathBuf, _> = sites
            .iter()
            .filter(|(path, _)| path.metadata().is_ok_and(|metadata| is_settled(&metadata)))
            .collect();
        store.write_aside(SITES, &sites)
    }

    /// The folders of those who own a name in a folder of packages; none where nobody does.
    pub(super) fn owners(&self, site: &Path, name: &str) -> Option<Vec<String>> {
        let metadata = site.metadata().ok()?;
        let facts = facts(&metadata);
        let mut sites = self.sites.lock().ok()?;
        if let Some((_, owners)) = sites.get(site).filter(|(then, _)| *then == facts) {
            return owners.get(name).cloned();
        }
        let owners = owners(site);
        let found = owners.get(name).cloned();
        if is_settled(&metadata) {
            self.changed.fetch_add(1, Ordering::Relaxed);
        }
        sites.insert(site.to_owned(), (facts, owners));
        found
    }

    /// The hash of a file's content, or of why there is none.
    pub(super) fn digest(&self, path: &Path) -> Digest {
        let Ok(metadata) = path.metadata() else { return content(path) };
        if !metadata.is_file() || metadata.len() < LARGE {
            return content(path);
        }
        let facts = facts(&metadata);
        let known = self.known.lock().ok().and_then(|known| known.get(path).copied());
        if let Some((_, digest)) = known.filter(|(then, _)| *then == facts) {
            return digest;
        }
        let digest = content(path);
        if is_settled(&metadata)
            && let Ok(mut known) = self.known.lock()
        {
            known.insert(path.to_owned(), (facts, digest));
            self.changed.fetch_add(1, Ordering::Relaxed);
        }
        digest
    }
}

fn is_settled(metadata: &Metadata) -> bool {
    metadata.modified().is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > SETTLED))
}

fn facts(metadata: &Metadata) -> Digest {
    let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
    let mut parts = Parts::default();
    parts.number(metadata.dev()).number(metadata.ino()).number(metadata.len());
    for time in times {
        parts.number(time.cast_unsigned());
    }
    parts.done()
}
