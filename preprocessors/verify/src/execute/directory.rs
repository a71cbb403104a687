//! The directory of a session.
//!
//! Making one and removing it takes as long as a tenth of a short session, and most sessions leave theirs as they found it. So the next
//! session of the same job begins in it, if nobody can tell it from a new one: the system notes every change of a directory, of what is in
//! it or of what is said of it, by a time that no program can set.

use std::path::Path;

use rustix::fs::{AtFlags, CWD, StatxFlags, listxattr, statx};
use tempfile::TempDir;

use super::worker::{WorkerError, setup};

/// A directory for sessions, and how it was when it was new. Dropping it removes it.
pub(super) struct SessionDirectory {
    owner: TempDir,
    as_new: Option<Facts>,
}

/// What is said of a directory: number, mode, owners, size, attributes, and when its content and the rest of this was changed last.
#[derive(Debug, PartialEq, Eq)]
struct Facts([u64; 10]);

impl SessionDirectory {
    /// A new one.
    pub(super) fn new(scratch: &Path) -> Result<Self, WorkerError> {
        let owner = tempfile::Builder::new().prefix("session-").tempdir_in(scratch);
        let owner = owner.map_err(setup("its temporary directory"))?;
        let as_new = Facts::of(owner.path());
        Ok(Self { owner, as_new })
    }

    pub(super) fn path(&self) -> &Path {
        self.owner.path()
    }

    /// The directory for another session, after the processes of this one have ended; none where it was touched, and is removed now.
    pub(super) fn again(self) -> Option<Self> {
        if self.is_as_new() {
            return Some(self);
        }
        // Most are empty, and then it takes one call.
        if fs_err::remove_dir(self.path()).is_ok() {
            let _ = self.owner.keep();
        }
        None
    }

    /// The directory, for who keeps what lies in it.
    pub(super) fn keep(self) -> TempDir {
        self.owner
    }

    /// Times may be too coarse to tell what happens at once, so it is looked whether something of it is left.
    fn is_as_new(&self) -> bool {
        let path = self.path();
        self.as_new.is_some()
            && Facts::of(path) == self.as_new
            && fs_err::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
            && listxattr(path, &mut [0_u8; 1][..]).is_ok_and(|length| length == 0)
    }
}

impl Facts {
    fn of(path: &Path) -> Option<Self> {
        let found = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS).ok()?;
        let time = |time: rustix::fs::StatxTimestamp| [time.tv_sec.cast_unsigned(), time.tv_nsec.into()];
        let [changed, nanoseconds] = time(found.stx_ctime);
        let [modified, modified_nanoseconds] = time(found.stx_mtime);
        Some(Self([
            found.stx_ino,
            found.stx_mode.into(),
            found.stx_uid.into(),
            found.stx_gid.into(),
            found.stx_size,
            found.stx_attributes.bits(),
            changed,
            nanoseconds,
            modified,
            modified_nanoseconds,
        ]))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, SystemTime};

    use super::SessionDirectory;

    #[test]
    fn only_what_nobody_has_touched_serves_again() {
        let scratch = tempfile::tempdir().unwrap();
        let again = |touch: &dyn Fn(&std::path::Path)| {
            let directory = SessionDirectory::new(scratch.path()).unwrap();
            let path = directory.path().to_owned();
            touch(&path);
            let again = directory.again();
            assert_eq!(again.is_some(), path.exists());
            again.is_some_and(|directory| directory.path() == path)
        };
        let chmod = |path: &std::path::Path, mode| {
            fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        assert!(again(&|_| {}));
        assert!(again(&|path| assert_eq!(fs_err::read_dir(path).unwrap().count(), 0)));
        assert!(!again(&|path| fs_err::write(path.join("a"), "a").unwrap()));
        assert!(!again(&|path| fs_err::create_dir_all(path.join("a/b")).unwrap()));
        assert!(!again(&|path| chmod(path, 0o755)));
        assert!(!again(&|path| {
            let file = fs_err::File::open(path).unwrap();
            file.file().set_modified(SystemTime::now() - Duration::from_secs(9)).unwrap();
        }));
    }
}
