//! From a new folder to the one that people read, in one step.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::SiteError;

/// A new folder beside the one that it will replace, on the same file system. Dropped before that, it is removed.
pub(crate) struct Staging {
    folder: TempDir,
    destination: PathBuf,
}

impl Staging {
    /// Makes the folder. Where the destination is a link, what it points to is replaced.
    ///
    /// # Errors
    /// When the destination is no folder, or its parent can't be made or written.
    pub(crate) fn beside(destination: &Path) -> Result<Self, SiteError> {
        let destination = folder_at(destination)?;
        let parent = destination.parent().unwrap_or(Path::new("."));
        fs_err::create_dir_all(parent)?;
        let folder = tempfile::Builder::new().prefix(".exemplar-").tempdir_in(parent)?;
        Ok(Self { folder, destination })
    }

    /// Where to render to: a folder that is readable for whom `umask` says, as the temporary one around it is not.
    #[must_use]
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("new")
    }

    /// Puts the new folder in the place of the old one. The two are exchanged where the system can do that at once; else the old one is
    /// moved out of the way first, and back if the second move fails.
    ///
    /// # Errors
    /// When neither works; the old folder is then in its place.
    pub(crate) fn replace(self) -> Result<(), SiteError> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        let (new, destination) = (self.path(), &self.destination);
        // Once more: rendering takes its time, and what came there meanwhile is not ours to delete.
        if folder_at(destination)? != *destination {
            return Err(
                io::Error::other(format!("`{}` has become a link meanwhile", destination.display())).into()
            );
        }
        if !destination.exists() {
            return Ok(fs_err::rename(new, destination)?);
        }
        if renameat_with(CWD, &new, CWD, destination, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
        let old = self.folder.path().join("old");
        fs_err::rename(destination, &old)?;
        fs_err::rename(&new, destination).inspect_err(|_| {
            let _ = fs_err::rename(&old, destination);
        })?;
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::Staging;
    use std::path::Path;

    fn written(html: &Path, text: &str) -> Staging {
        let staging = Staging::beside(html).unwrap();
        fs_err::create_dir(staging.path()).unwrap();
        fs_err::write(staging.path().join("index.html"), text).unwrap();
        staging
    }

    #[test]
    fn the_old_folder_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let html = folder.path().join("dist/html");
        written(&html, "first").replace().unwrap();
        drop(written(&html, "abandoned"));
        assert_eq!(fs_err::read_to_string(html.join("index.html")).unwrap(), "first");
        written(&html, "second").replace().unwrap();
        assert_eq!(fs_err::read_to_string(html.join("index.html")).unwrap(), "second");
        assert_eq!(
            fs_err::read_dir(folder.path().join("dist")).unwrap().count(),
            1,
            "nothing is left behind"
        );
    }

    #[test]
    fn where_the_folder_is_a_link_what_it_points_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (html, real) = (folder.path().join("dist/html"), folder.path().join("www"));
        fs_err::create_dir_all(html.parent().unwrap()).unwrap();
        fs_err::create_dir(&real).unwrap();
        fs_err::os::unix::fs::symlink("../www", &html).unwrap();
        for text in ["first", "second"] {
            written(&html, text).replace().unwrap();
            assert!(html.is_symlink());
            assert_eq!(fs_err::read_to_string(real.join("index.html")).unwrap(), text);
        }
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
    }

    #[test]
    fn what_is_no_folder_is_named_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (file, dangling) = (folder.path().join("file"), folder.path().join("dangling"));
        fs_err::write(&file, "mine").unwrap();
        fs_err::os::unix::fs::symlink("nowhere", &dangling).unwrap();
        for (path, what) in [(&file, "no folder"), (&dangling, "a link that leads to no folder")] {
            let message = Staging::beside(path).err().unwrap().to_string();
            assert!(message.contains(what) && message.contains(&*path.to_string_lossy()), "{message}");
        }
        assert_eq!(fs_err::read_to_string(&file).unwrap(), "mine");
        assert!(dangling.is_symlink());
        // What comes there while the site is rendered is not deleted either.
        let html = folder.path().join("html");
        let staging = written(&html, "new");
        fs_err::write(&html, "mine").unwrap();
        staging.replace().unwrap_err();
        assert_eq!(fs_err::read_to_string(&html).unwrap(), "mine");
    }
}
