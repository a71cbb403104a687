//! Keeps what sessions gave, so that nothing runs twice.
//!
//! A session is looked up in two steps, as in ccache or a build system's action cache, since what it reads is known only when it has run:
//! 1. [`key`]: everything that is known before it runs makes its key: code, attributes, limits, files, interpreter, tool and so on;
//! 2. [`dependency`]: the record under that key says what each run of it has read, and how that was. It is taken if all of it is still so.
//!
//! [`entry`] is the form of a record, [`store`] the folder of all records, [`remote`] what other machines have of them. [`trust`] says how
//! long a result counts that may be another one tomorrow, by the [`words`] in its code; [`explain`] why a session had to run; and
//! [`recall`] puts kept and new results together. [`made`] keeps what is no session's: the PDF.
//!
//! Invariants:
//! - What is kept is what sessions really gave, before any comparison: what a page states may change without a run.
//! - A record that can't be read, is damaged, or is of another version is as good as none; a folder that can't be written costs a warning.
//! - Records are written beside their place and moved there: parallel runs and a `kill -9` at any time leave whole records.
//! - Crashes, timeouts and limits are never kept, and neither is a session that depends on more than can be seen (docs/cache.md).
//! - Paths in records are relative to the project where they lie in it, so that two checkouts share them.
//!
//! Deliberately absent: any knowledge of what a page says that its examples print.

mod dependency;
mod digest;
mod entry;
mod explain;
mod key;
mod made;
mod place;
mod recall;
mod remote;
mod store;
#[cfg(test)]
mod tests;
mod trust;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use made::Ingredients;
pub use recall::{Recalled, execute};
pub use remote::{MODE_VARIABLE, REMOTE_VARIABLE, RemoteOptions};
pub use store::{StoreError, default_folder};

use crate::load::project::Project;

/// The environment variable that turns keeping off.
pub const OFF_VARIABLE: &str = "EXEMPLAR_NO_CACHE";

/// The environment variable that names the folder.
pub const FOLDER_VARIABLE: &str = "EXEMPLAR_CACHE_DIR";

/// The kept results that a run uses.
#[derive(Debug, Clone)]
pub struct Cache {
    inner: Arc<CacheOptions>,
}

/// How results are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheOptions {
    /// The folder of the records.
    pub folder: PathBuf,
    /// The most bytes that they take together; what was not used for longest goes first.
    pub limit: u64,
    /// The project's folder: paths in it are kept relative to it.
    pub root: PathBuf,
    /// Whether kept results are taken. Where not, results are kept all the same.
    pub recall: bool,
    /// Whether a result counts a part of which was taken from a checkpoint.
    pub resumed: bool,
    /// Results that other machines have; none where there are none.
    pub remote: Option<RemoteOptions>,
}

impl Cache {
    /// Keeps results so.
    #[must_use]
    pub fn new(options: CacheOptions) -> Self {
        Self { inner: Arc::new(options) }
    }

    /// What a project uses when the command line says nothing else; none where there is no place for it, or the environment forbids it.
    #[must_use]
    pub fn of(project: &Project) -> Option<Self> {
        if std::env::var_os(OFF_VARIABLE)
            .is_some_and(|value| !["", "0", "false"].iter().any(|off| value == *off))
        {
            return None;
        }
        let folder = std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from);
        let folder = folder.or_else(|| project.settings.cache_dir.clone()).or_else(default_folder)?;
        let (limit, root) = (project.settings.cache_size, project.root.clone());
        let remote = RemoteOptions::of(project);
        Some(Self::new(CacheOptions { folder, limit, root, recall: true, resumed: false, remote }))
    }

    /// The same, but that nothing is taken from it.
    #[must_use]
    pub fn without_recall(&self) -> Self {
        Self::new(CacheOptions { recall: false, ..(*self.inner).clone() })
    }

    /// The same, but that results count which were had by means of checkpoints.
    #[must_use]
    pub fn with_resumed(&self) -> Self {
        Self::new(CacheOptions { resumed: true, ..(*self.inner).clone() })
    }

    /// Whether there may be any that are taken.
    #[must_use]
    pub(crate) fn has_results(&self) -> bool {
        let is_elsewhere = self.inner.remote.is_some();
        self.inner.recall && (is_elsewhere || store::Store::new(&self.inner.folder).has_records())
    }

    /// The folder of the records.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// Removes all records, of every version. Gives how many bytes they took.
    ///
    /// # Errors
    /// When the system refuses that, or the folder is not one of ours.
    pub fn clear(folder: &Path) -> Result<u64, StoreError> {
        store::clear(folder)
    }
}
