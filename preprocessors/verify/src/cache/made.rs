//! What takes long to make of known things, kept beside the records: the PDF of a book, and which site was published of it.
//!
//! Whoever asks names *all* that it is made of. It lies among the records under the hash of that, is bounded with them, and carries a hash
//! of its own.

use std::path::Path;

use super::Cache;
use super::dependency::tree;
use super::digest::{Digest, Parts};
use super::store::{Programs, Store};

const MAGIC: &[u8; 8] = b"exemplrm";
const HASH_BYTES: usize = 32;

/// What something is made of.
pub struct Ingredients(Parts);

impl Ingredients {
    /// This program, and the name of what is made.
    #[must_use]
    pub fn of(cache: &Cache, what: &str) -> Self {
        let store = Store::new(cache.folder());
        let programs = Programs::read(&store);
        let mut parts = Parts::default();
        parts.text(what).digest(programs.digest(&std::env::current_exe().unwrap_or_default()));
        // That this hash is not remembered costs the next one some time.
        let _ = programs.keep(&store);
        Self(parts)
    }

    /// Some text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.0.text(text);
        self
    }

    /// Some bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.bytes(bytes);
        self
    }

    /// A file, or all that is below a folder; or that it is not there.
    #[must_use]
    pub fn files(mut self, path: &Path) -> Self {
        self.0.text(&path.to_string_lossy());
        tree(path, &mut self.0, None);
        self
    }

    /// What no other ingredients are called.
    #[must_use]
    pub fn name(&self) -> String {
        self.key().hex()
    }

    fn key(&self) -> Digest {
        self.0.done()
    }
}

impl Cache {
    /// What was made of this in an earlier run.
    #[must_use]
    pub fn made(&self, of: &Ingredients) -> Option<Vec<u8>> {
        if !self.inner.recall {
            return None;
        }
        let store = Store::new(self.folder());
        let bytes = store.read_bytes(of.key())?;
        let (hash, made) = bytes.strip_prefix(MAGIC)?.split_at_checked(HASH_BYTES)?;
        if blake3::hash(made).as_bytes() != hash {
            return None;
        }
        store.touch(of.key());
        Some(made.to_vec())
    }

    /// Keeps what was made of this.
    pub fn keep_made(&self, of: &Ingredients, made: &[u8]) {
        let store = Store::new(self.folder());
        let bytes = [MAGIC, &blake3::hash(made).as_bytes()[..], made].concat();
        let kept = store.write_bytes(of.key(), &bytes).and_then(|()| store.bound(self.inner.limit));
        if let Err(error) = kept {
            tracing::warn!("what was made is not kept for later runs: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cache, CacheOptions};
    use super::Ingredients;
    use std::path::Path;

    fn cache(folder: &Path) -> Cache {
        Cache::new(CacheOptions {
            folder: folder.join("kept"),
            limit: 1 << 20,
            root: folder.to_owned(),
            recall: true,
            resumed: false,
            remote: None,
        })
    }

    #[test]
    fn links_to_folders_around_them_come_to_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let (cache, source) = (cache(folder.path()), folder.path().join("source"));
        fs_err::create_dir(&source).unwrap();
        for link in ["one", "two"] {
            fs_err::os::unix::fs::symlink(".", source.join(link)).unwrap();
        }
        let of = || Ingredients::of(&cache, "book").files(&source);
        cache.keep_made(&of(), b"made");
        assert_eq!(cache.made(&of()).unwrap(), b"made");
        fs_err::write(source.join("new"), "1").unwrap();
        assert_eq!(cache.made(&of()), None);
    }

    #[test]
    fn what_was_made_comes_back_for_the_same_ingredients_alone() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let source = folder.path().join("source");
        fs_err::create_dir_all(source.join("images")).unwrap();
        let of = |text: &str| Ingredients::of(&cache, "book").text(text).files(&source);
        assert_eq!(cache.made(&of("a")), None);
        cache.keep_made(&of("a"), b"made of a");
        assert_eq!(cache.made(&of("a")).unwrap(), b"made of a");
        assert_eq!(cache.made(&of("b")), None);
        fs_err::write(source.join("images/one.png"), "1").unwrap();
        assert_eq!(cache.made(&of("a")), None);
        cache.keep_made(&of("a"), b"with an image");
        assert_eq!(cache.made(&of("a")).unwrap(), b"with an image");
        fs_err::write(source.join("images/one.png"), "2").unwrap();
        assert_eq!(cache.made(&of("a")), None);
        assert_eq!(cache.without_recall().made(&of("b")), None);
    }
}
