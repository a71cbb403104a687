//! The files in a session's directory, as they were at a checkpoint.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use fs_err::os::unix::fs::{OpenOptionsExt, symlink};

/// The most that is remembered, in bytes and in names: a directory with more has no checkpoint.
const MOST_BYTES: usize = 4 << 20;
const MOST_NAMES: usize = 1000;

/// What is in a folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Files(Vec<(OsString, Entry)>);

#[derive(Debug, PartialEq, Eq)]
enum Entry {
    File { mode: u32, modified: SystemTime, content: Vec<u8> },
    Folder { mode: u32, files: Files },
    Link(std::path::PathBuf),
}

impl Files {
    /// All that is in a folder; none where it is too much, or nothing that could be put back.
    pub(super) fn of(folder: &Path) -> Option<Self> {
        let (mut names, mut bytes) = (MOST_NAMES, MOST_BYTES);
        Self::read(folder, &mut names, &mut bytes).ok()
    }

    fn read(folder: &Path, names: &mut usize, bytes: &mut usize) -> io::Result<Self> {
        let too_much = || io::Error::from(io::ErrorKind::FileTooLarge);
        let mut files = Vec::new();
        for entry in fs_err::read_dir(folder)? {
            let entry = entry?;
            *names = names.checked_sub(1).ok_or_else(too_much)?;
            let (path, metadata) = (entry.path(), entry.metadata()?);
            let found = if metadata.is_dir() {
                Entry::Folder { mode: metadata.mode(), files: Self::read(&path, names, bytes)? }
            } else if metadata.is_file() && metadata.nlink() == 1 {
                let size = usize::try_from(metadata.len()).map_err(io::Error::other)?;
                *bytes = bytes.checked_sub(size).ok_or_else(too_much)?;
                let content = fs_err::read(&path)?;
                Entry::File { mode: metadata.mode(), modified: modified(&metadata), content }
            } else if metadata.is_symlink() {
                Entry::Link(fs_err::read_link(&path)?)
            } else {
                // Pipes, sockets, several names of one file.
                return Err(io::ErrorKind::Unsupported.into());
            };
            files.push((entry.file_name(), found));
        }
        files.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Self(files))
    }

    /// Lets a folder hold what it held then, and nothing else.
    pub(super) fn put_back(&self, folder: &Path) -> io::Result<()> {
        // Mostly nothing has changed, and then no time changes either.
        if Self::of(folder).is_some_and(|now| now == *self) {
            return Ok(());
        }
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                fs_err::remove_dir_all(path)?;
            } else {
                fs_err::remove_file(path)?;
            }
        }
        self.write(folder)
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        for (name, entry) in &self.0 {
            let path = folder.join(name);
            match entry {
                Entry::File { mode, modified, content } => {
                    let mut options = fs_err::OpenOptions::new();
                    let mut file = options.write(true).create_new(true).mode(0o600).open(&path)?;
                    file.write_all(content)?;
                    file.file().set_permissions(PermissionsExt::from_mode(*mode))?;
                    file.file().set_modified(*modified)?;
                }
                Entry::Folder { mode, files } => {
                    fs_err::create_dir(&path)?;
                    files.write(&path)?;
                    fs_err::set_permissions(&path, PermissionsExt::from_mode(*mode))?;
                }
                Entry::Link(target) => symlink(target, &path)?,
            }
        }
        Ok(())
    }
}

fn modified(metadata: &Metadata) -> SystemTime {
    let seconds = Duration::from_secs(metadata.mtime().try_into().unwrap_or_default());
    SystemTime::UNIX_EPOCH
        + seconds
        + Duration::from_nanos(metadata.mtime_nsec().try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::Files;

    #[test]
    fn a_folder_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs_err::write(path("kept"), "one").unwrap();
        fs_err::create_dir(path("below")).unwrap();
        fs_err::write(path("below/deep"), "two").unwrap();
        fs_err::os::unix::fs::symlink("kept", path("link")).unwrap();
        let then = Files::of(folder.path()).unwrap();
        fs_err::write(path("kept"), "changed").unwrap();
        fs_err::write(path("new"), "three").unwrap();
        fs_err::remove_dir_all(path("below")).unwrap();
        fs_err::remove_file(path("link")).unwrap();
        assert_ne!(Files::of(folder.path()).unwrap(), then);
        then.put_back(folder.path()).unwrap();
        assert_eq!(Files::of(folder.path()).unwrap(), then);
        fs_err::hard_link(path("kept"), path("again")).unwrap();
        assert_eq!(Files::of(folder.path()), None);
    }
}
