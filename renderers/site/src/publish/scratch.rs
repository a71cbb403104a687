//! Folders for what nobody is to see yet.
//!
//! A folder is locked for as long as its process lives. What a killed one left is nobody's then, and the next one takes it away.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use fs_err::File;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, statfs};
use rustix::io::Errno;
use tempfile::TempDir;

const PREFIX: &str = ".exemplar-site-";

/// Where Linux has a file system in memory for everybody.
const SHARED_MEMORY: &str = "/dev/shm";

/// Room for a theme, or a few pages, in bytes.
const LITTLE_ROOM: u64 = 32 << 20;

/// What `statfs` calls a file system in memory.
const TMPFS: u64 = 0x0102_1994;

/// A folder of this process alone. Dropped, it is removed.
pub(crate) struct Scratch {
    folder: TempDir,
    /// Goes after the folder.
    _lock: Option<File>,
}

impl Scratch {
    /// In memory, where that has so many bytes left.
    pub(crate) fn in_memory(room: u64) -> Option<Self> {
        let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        // What is the user's alone comes first: sessions don't reach it.
        let places = own.into_iter().chain([PathBuf::from(SHARED_MEMORY)]);
        places.filter(|place| has_room(place, room)).find_map(|place| Self::in_folder(&place).ok())
    }

    /// In memory, or where temporary files go.
    ///
    /// # Errors
    /// When neither can be written.
    pub(crate) fn anywhere() -> io::Result<Self> {
        Self::in_memory(LITTLE_ROOM).map_or_else(|| Self::in_folder(&std::env::temp_dir()), Ok)
    }

    /// In a folder, from which what killed processes left there goes.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub(crate) fn in_folder(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        loop {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            if let Some(lock) = lock(folder.path()) {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn has_room(place: &Path, room: u64) -> bool {
    statfs(place).is_ok_and(|found| {
        u64::try_from(found.f_type) == Ok(TMPFS)
            && u64::try_from(found.f_bsize).is_ok_and(|size| found.f_bavail.saturating_mul(size) >= room)
    })
}

/// Locks a new folder, where the system has locks. None if another process took it for a left one before it was locked.
fn lock(folder: &Path) -> Option<Option<File>> {
    let lock = File::open(folder).ok()?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => None,
        Err(_) => Some(None),
        Ok(()) => {
            let is_there = fs_err::metadata(folder).ok()?.ino() == lock.metadata().ok()?.ino();
            is_there.then_some(Some(lock))
        }
    }
}

/// Takes away the folders of this user that nobody holds. What can't be taken away is in nobody's way.
fn sweep(parent: &Path) {
    let entries = fs_err::read_dir(parent).into_iter().flatten().filter_map(Result::ok);
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let path = entry.path();
        let is_own = fs_err::symlink_metadata(&path)
            .is_ok_and(|found| found.is_dir() && found.uid() == rustix::process::geteuid().as_raw());
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let Some(folder) = rustix::fs::open(&path, flags, Mode::empty()).ok().filter(|_| is_own) else {
            continue;
        };
        if flock(&folder, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue;
        }
        match fs_err::remove_dir_all(&path) {
            Ok(()) => tracing::info!("removed {}, which a build that was killed had left", path.display()),
            Err(error) => tracing::info!("{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PREFIX, Scratch, has_room};

    #[test]
    fn only_what_nobody_holds_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let left = path(&format!("{PREFIX}left"));
        fs_err::create_dir_all(left.join("rendered")).unwrap();
        fs_err::write(left.join("rendered/a.html"), "a").unwrap();
        let (file, link) = (path(&format!("{PREFIX}file")), path(&format!("{PREFIX}link")));
        fs_err::write(&file, "mine").unwrap();
        fs_err::create_dir(path("mine")).unwrap();
        fs_err::os::unix::fs::symlink("mine", &link).unwrap();
        let first = Scratch::in_folder(folder.path()).unwrap();
        let second = Scratch::in_folder(folder.path()).unwrap();
        assert!(!left.exists());
        assert!(first.path().is_dir() && second.path().is_dir() && first.path() != second.path());
        let gone = first.path().to_owned();
        drop(first);
        assert!(!gone.exists() && file.is_file() && link.is_symlink() && path("mine").is_dir());
    }

    #[test]
    fn what_is_no_memory_or_has_no_room_is_not_taken() {
        assert!(!has_room("/proc".as_ref(), 0) && !has_room("/no/such/folder".as_ref(), 0));
        assert!(Scratch::in_memory(u64::MAX).is_none());
    }
}
