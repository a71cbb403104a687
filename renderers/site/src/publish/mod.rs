//! From a new folder to the one that people read, in one step.
//!
//! # Steps
//! 1. [`scratch`]: a folder to render to, in memory where there is room for it;
//! 2. [`difference`]: what of the rendered tree is published already, byte for byte;
//! 3. [`Staging::replace`]: a new tree beside the old one, with new files for what differs and further names of the old files for the rest;
//!    then the two trees are exchanged.
//!
//! So a build costs the disk what has changed, and readers see all of it or nothing. A file that stayed the same keeps its time, which
//! spares those who copy sites. No published file is ever written to: who has one open reads it to its end.

mod difference;
mod scratch;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use difference::Difference;
pub(crate) use scratch::Scratch;

use crate::SiteError;

/// Room in memory for what does not grow with the book, in bytes.
const FIXED_ROOM: u64 = 32 << 20;

/// How many times the size of its sources a site has at most, roughly: pages, search, notebooks.
const GROWTH: u64 = 8;

/// A folder that is rendered to, and the place where it will be published. Dropped before that, it is removed.
pub(crate) struct Staging {
    /// In memory. None where there is no room.
    memory: Option<Scratch>,
    /// Beside the destination, on the same file system.
    beside: Scratch,
    destination: PathBuf,
}

impl Staging {
    /// Makes the folders for a site whose sources have this size. Where the destination is a link, what it points to is replaced.
    ///
    /// # Errors
    /// When the destination is no folder, or its parent can't be made or written.
    pub(crate) fn of(destination: &Path, sources: u64) -> Result<Self, SiteError> {
        let destination = folder_at(destination)?;
        let parent = destination.parent().unwrap_or(Path::new("."));
        fs_err::create_dir_all(parent)?;
        let beside = Scratch::in_folder(parent)?;
        let memory = Scratch::in_memory(FIXED_ROOM.saturating_add(sources.saturating_mul(GROWTH)));
        Ok(Self { memory, beside, destination })
    }

    /// Where to render to: a folder that is readable for whom `umask` says, as the temporary one around it is not.
    #[must_use]
    pub(crate) fn path(&self) -> PathBuf {
        self.memory.as_ref().unwrap_or(&self.beside).path().join("rendered")
    }

    /// Publishes what was rendered. The old folder and the new one are exchanged where the system can do that at once; else the old one is
    /// moved out of the way first, and back if the second move fails. Where nothing differs, nothing is done.
    ///
    /// # Errors
    /// When that does not work; the old folder is then in its place.
    pub(crate) fn replace(self) -> Result<(), SiteError> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        let (new, destination) = (self.beside.path().join("new"), &self.destination);
        // Once more: rendering takes its time, and what came there meanwhile is not ours to delete.
        if folder_at(destination)? != *destination {
            return Err(
                io::Error::other(format!("`{}` has become a link meanwhile", destination.display())).into()
            );
        }
        let rendered = self.path();
        let difference = Difference::between(&rendered, destination)?;
        if difference.is_none() {
            return Ok(());
        }
        difference.make(&new)?;
        if !destination.exists() {
            return Ok(fs_err::rename(new, destination)?);
        }
        if renameat_with(CWD, &new, CWD, destination, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
        let old = self.beside.path().join("old");
        fs_err::rename(destination, &old)?;
        fs_err::rename(&new, destination).inspect_err(|_| {
            let _ = fs_err::rename(&old, destination);
        })?;
        Ok(())
    }
}

/// How many bytes the files below a folder have. What can't be looked at has none.
pub(crate) fn size(folder: &Path) -> u64 {
    let entries = fs_err::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let sizes = entries.filter_map(|entry| {
        let found = entry.metadata().ok()?;
        Some(if found.is_dir() { size(&entry.path()) } else { found.len() })
    });
    sizes.fold(0, u64::saturating_add)
}

/// Where a folder really is: links followed, where there is one.
fn folder_at(destination: &Path) -> Result<PathBuf, SiteError> {
    match destination.symlink_metadata() {
        // Nothing is there; or something is wrong with the path, which making its parent will say.
        Err(_) => return Ok(destination.to_owned()),
        Ok(_) if destination.is_dir() => {}
        Ok(found) => {
            let what = if found.is_symlink() { "a link that leads to no folder" } else { "no folder" };
            return Err(SiteError::Destination { path: destination.to_owned(), what });
        }
    }
    Ok(fs_err::canonicalize(destination)?)
}
