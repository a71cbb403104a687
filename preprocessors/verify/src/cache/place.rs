//! Paths that mean the same in another checkout.

use std::path::{Path, PathBuf};

/// What stands for the project's folder in a text.
const ROOT: &str = "{project}";

/// The folder that paths are relative to.
#[derive(Debug, Clone)]
pub(super) struct Root(PathBuf);

impl Root {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// A path without the project's folder, where it lies in it; an empty one is the folder itself.
    pub(super) fn relative(&self, path: &str) -> String {
        let below = Path::new(path).strip_prefix(&self.0);
        below.map_or_else(|_| path.to_owned(), |below| below.to_string_lossy().into_owned())
    }

    /// The path on this machine.
    pub(super) fn absolute(&self, kept: &str) -> PathBuf {
        self.0.join(kept)
    }

    /// Whether a text names the project's folder: it is then true of this checkout only.
    pub(super) fn is_named_in(&self, text: &str) -> bool {
        self.0.parent().is_some() && text.contains(&*self.0.to_string_lossy())
    }

    /// A list of paths, such as PATH, that names the folder by a stand-in.
    pub(super) fn settle(&self, text: &str) -> String {
        if self.is_named_in(text) { text.replace(&*self.0.to_string_lossy(), ROOT) } else { text.to_owned() }
    }

    /// The folder itself.
    pub(super) fn shown(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Root;
    use std::path::Path;

    #[test]
    fn what_lies_in_the_project_is_kept_without_its_folder() {
        let root = Root::new(Path::new("/work/book"));
        for (path, kept) in [
            ("/work/book/data/a.csv", "data/a.csv"),
            ("/work/book", ""),
            ("/work/bookshelf", "/work/bookshelf"),
            ("/etc/hosts", "/etc/hosts"),
        ] {
            assert_eq!(root.relative(path), kept);
            assert_eq!(root.absolute(kept), Path::new(path).join(""));
        }
        assert_eq!(root.settle("/work/book/.venv/bin:/usr/bin"), "{project}/.venv/bin:/usr/bin");
    }
}
