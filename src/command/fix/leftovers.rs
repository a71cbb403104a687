//! What a `fix` that was killed has left beside the pages: new texts that never took their files' places.
//!
//! SIGKILL gives nobody the time to clean up, so the next `fix` does, in the folders whose pages it reads. It takes away only what is surely
//! nobody's: a regular file of this user whose name says that a `fix` made it, whose process is gone, and which nothing holds. A
//! process in another container has a number that says nothing here, so a lock counts too: it lasts as long as the process that has it.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use rustix::process::{Pid, test_kill_process};
use tempfile::NamedTempFile;

const PREFIX: &str = ".exemplar-fix-";
const SUFFIX: &str = ".tmp";

/// A new file in a folder, under a name that says whose it is, and locked for as long as it is open.
pub(super) fn create(folder: &Path) -> io::Result<NamedTempFile> {
    let prefix = format!("{PREFIX}{}-", std::process::id());
    let file = tempfile::Builder::new().prefix(&prefix).suffix(SUFFIX).tempfile_in(folder)?;
    // Where the system has no locks, the number of the process stands alone.
    let _ = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive);
    Ok(file)
}

/// Takes away what was left in these folders. What can't be taken away is in nobody's way.
pub(super) fn sweep(folders: &BTreeSet<PathBuf>) {
    for folder in folders {
        let entries = fs_err::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        for path in entries.map(|entry| entry.path()).filter(|path| is_abandoned(path)) {
            match fs_err::remove_file(&path) {
                Ok(()) => tracing::info!("removed {}, which a fix that was killed had left", path.display()),
                Err(error) => tracing::info!("{error}"),
            }
        }
    }
}

fn is_abandoned(path: &Path) -> bool {
    let Some(maker) = path.file_name().and_then(|name| maker(name.to_str()?)) else { return false };
    // A link is never followed: it is none of ours.
    let is_file = fs_err::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    if !is_file || test_kill_process(maker) != Err(rustix::io::Errno::SRCH) {
        return false;
    }
    let file = fs_err::File::open(path);
    file.is_ok_and(|file| rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok())
}

/// The process that made a file, by the file's name.
fn maker(name: &str) -> Option<Pid> {
    let (number, random) = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('-')?;
    let is_random = !random.is_empty() && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Pid::from_raw(number.parse().ok()?).filter(|_| is_random)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use super::{create, sweep};

    #[test]
    fn only_what_nobody_holds_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new("true").spawn().unwrap();
        let gone = child.id();
        child.wait().unwrap();
        let path = |name: &str| folder.path().join(name);
        let abandoned = format!(".exemplar-fix-{gone}-aB3xY9.tmp");
        let held = format!(".exemplar-fix-{gone}-held00.tmp");
        let kept = [
            format!(".exemplar-fix-{}-aB3xY9.tmp", std::process::id()),
            format!(".exemplar-fix-{gone}-.tmp"),
            format!(".exemplar-fix-{gone}-a b.tmp"),
            format!("exemplar-fix-{gone}-aB3xY9.tmp"),
            ".exemplar-fix-x-aB3xY9.tmp".to_owned(),
            ".exemplar-fix--1-aB3xY9.tmp".to_owned(),
            ".exemplar-fix-notes.md".to_owned(),
            "page.md".to_owned(),
        ];
        for name in kept.iter().chain([&abandoned, &held]) {
            fs_err::write(path(name), "text").unwrap();
        }
        let link = format!(".exemplar-fix-{gone}-linked.tmp");
        std::os::unix::fs::symlink(path("page.md"), path(&link)).unwrap();
        fs_err::create_dir(path(&format!(".exemplar-fix-{gone}-folder.tmp"))).unwrap();
        let lock = fs_err::File::open(path(&held)).unwrap();
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
        let own = create(folder.path()).unwrap();

        sweep(&BTreeSet::from([folder.path().to_owned(), path("no such folder")]));

        assert!(!path(&abandoned).exists());
        assert!(own.path().exists() && path(&held).exists());
        assert!(kept.iter().all(|name| path(name).exists()));
        assert!(path(&link).is_symlink() && path(&format!(".exemplar-fix-{gone}-folder.tmp")).is_dir());
        drop(lock);
        sweep(&BTreeSet::from([folder.path().to_owned()]));
        assert!(!path(&held).exists());
    }
}
