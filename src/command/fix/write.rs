//! Writes files, each in one step and all of them or none.
//!
//! Every new text is first written beside its file, under another name, and is on the disk before the first file is touched. Then each
//! takes its file's place by a rename, which the system does whole or not at all: who ends this program at any moment finds the old
//! text or the new one. A file that is a link stays one, since its target is written; owner, group and permissions stay.

use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Gid, Uid};
use tempfile::NamedTempFile;

use super::leftovers;
use crate::failure::Failure;
use crate::report::fixes::Change;

/// Writes the new texts.
pub(super) fn write(changes: &[Change]) -> Result<(), Failure> {
    let staged: Vec<NamedTempFile> = changes.iter().map(stage).collect::<Result<_, _>>()?;
    for (index, (change, staged)) in changes.iter().zip(staged).enumerate() {
        if let Err(failure) = replace(change, staged) {
            take_back(&changes[..index]);
            return Err(failure);
        }
    }
    Ok(())
}

/// Puts a staged text in its file's place.
fn replace(change: &Change, staged: NamedTempFile) -> Result<(), Failure> {
    // The last look before the step that can't be taken back.
    unchanged(change)?;
    staged.persist(&change.path).map_err(|error| refused(&change.path, &error.error))?;
    // A rename is on the disk when its folder is. Where a folder can't be synchronised, there is nothing to be done about it.
    let folder = folder_of(&change.path).map(fs_err::File::open);
    let _ = folder.and_then(Result::ok).map(|folder| folder.sync_all());
    Ok(())
}

/// Gives files their old texts back, those that nobody has changed since.
fn take_back(changes: &[Change]) {
    for change in changes {
        let back = Change { old: change.new.clone(), new: change.old.clone(), ..change.clone() };
        // What refuses this too keeps its new text, which is whole and right.
        let _ = stage(&back).and_then(|staged| replace(&back, staged));
    }
}

/// Puts a new text beside its file.
fn stage(change: &Change) -> Result<NamedTempFile, Failure> {
    unchanged(change)?;
    // A rename asks nobody whether the file may be written.
    let metadata = fs_err::OpenOptions::new()
        .write(true)
        .open(&change.path)
        .and_then(|file| file.metadata())
        .map_err(Failure::File)?;
    let prepare = || -> io::Result<NamedTempFile> {
        let folder = folder_of(&change.path).ok_or(io::ErrorKind::NotADirectory)?;
        let mut staged = leftovers::create(folder)?;
        staged.write_all(change.new.as_bytes())?;
        // Only the superuser may give a file away; who may not keeps what is possible, the group first.
        let (owner, group) = (Uid::from_raw(metadata.uid()), Gid::from_raw(metadata.gid()));
        let _ = rustix::fs::fchown(&staged, None, Some(group));
        let _ = rustix::fs::fchown(&staged, Some(owner), None);
        staged.as_file().set_permissions(metadata.permissions())?;
        staged.as_file().sync_all()?;
        Ok(staged)
    };
    prepare().map_err(|error| refused(&change.path, &error))
}

/// Refuses to write over what somebody else has written meanwhile.
fn unchanged(change: &Change) -> Result<(), Failure> {
    let now = fs_err::read(&change.path).map_err(Failure::File)?;
    if now == change.old.as_bytes() {
        Ok(())
    } else {
        Err(Failure::ChangedMeanwhile { path: change.path.clone() })
    }
}

fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    Failure::File(io::Error::new(error.kind(), format!("`{}` can't be written: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::write;
    use crate::failure::Failure;
    use crate::report::fixes::Change;

    fn change(path: &Path, old: &str, new: &str) -> Change {
        Change {
            path: path.canonicalize().unwrap(),
            shown: "page.md".to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
            examples: 1,
            dialects: 0,
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs_err::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn permissions_and_links_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (page, link) = (folder.path().join("page.md"), folder.path().join("link.md"));
        fs_err::write(&page, "old").unwrap();
        fs_err::set_permissions(&page, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("page.md", &link).unwrap();
        write(&[change(&link, "old", "new")]).unwrap();
        assert_eq!(fs_err::read_to_string(&page).unwrap(), "new");
        assert_eq!(fs_err::metadata(&page).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs_err::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(folder.path()), ["link.md", "page.md"]);
    }

    #[test]
    fn what_was_written_is_taken_back_when_a_later_file_can_not_be() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("page.md");
        fs_err::write(&page, "old").unwrap();
        // The second change is of the same file, which has changed by the time that its turn comes.
        let changes = [change(&page, "old", "new"), change(&page, "old", "newer")];
        assert!(write(&changes).is_err());
        assert_eq!(fs_err::read_to_string(&page).unwrap(), "old");
        assert_eq!(names(folder.path()), ["page.md"]);
    }

    #[test]
    fn nothing_is_written_when_one_file_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one.md"), folder.path().join("two.md"));
        fs_err::write(&one, "old").unwrap();
        fs_err::write(&two, "somebody else's").unwrap();
        let failure = write(&[change(&one, "old", "new"), change(&two, "old", "new")]).unwrap_err();
        assert!(
            matches!(&failure, Failure::ChangedMeanwhile { path } if path.ends_with("two.md")),
            "{failure}"
        );
        assert_eq!(fs_err::read_to_string(&one).unwrap(), "old");
        assert_eq!(names(folder.path()), ["one.md", "two.md"]);
    }
}
