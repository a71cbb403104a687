//! From a new folder to the one that people read, in one step.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A new folder beside the one that it will replace, on the same file system. Dropped before that, it is removed.
pub struct Staging {
    folder: TempDir,
}

impl Staging {
    /// Makes the folder.
    ///
    /// # Errors
    /// When the parent of `destination` can't be made or written.
    pub fn beside(destination: &Path) -> io::Result<Self> {
        let parent = destination.parent().unwrap_or(Path::new("."));
        fs_err::create_dir_all(parent)?;
        Ok(Self { folder: tempfile::Builder::new().prefix(".exemplar-").tempdir_in(parent)? })
    }

    /// Where to render to: a folder that is readable for whom `umask` says, as the temporary one around it is not.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("new")
    }

    /// Puts the new folder in the place of the old one. The two are exchanged where the system can do that at once; else the old one is
    /// moved out of the way first, and back if the second move fails.
    ///
    /// # Errors
    /// When neither works; the old folder is then in its place.
    pub fn replace(self, destination: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        let new = self.path();
        if !destination.exists() {
            return fs_err::rename(new, destination);
        }
        if renameat_with(CWD, &new, CWD, destination, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
        let old = self.folder.path().join("old");
        fs_err::rename(destination, &old)?;
        fs_err::rename(&new, destination).inspect_err(|_| {
            let _ = fs_err::rename(&old, destination);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Staging;

    #[test]
    fn the_old_folder_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let html = folder.path().join("dist/html");
        let write = |text: &str| {
            let staging = Staging::beside(&html).unwrap();
            fs_err::create_dir(staging.path()).unwrap();
            fs_err::write(staging.path().join("index.html"), text).unwrap();
            staging
        };
        write("first").replace(&html).unwrap();
        drop(write("abandoned"));
        assert_eq!(fs_err::read_to_string(html.join("index.html")).unwrap(), "first");
        write("second").replace(&html).unwrap();
        assert_eq!(fs_err::read_to_string(html.join("index.html")).unwrap(), "second");
        assert_eq!(
            fs_err::read_dir(folder.path().join("dist")).unwrap().count(),
            1,
            "nothing is left behind"
        );
    }
}
