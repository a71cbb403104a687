//! What a rendered tree and the published one have in common, and the new tree that is made of both.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use fs_err::File;

/// How much of two files is compared at once.
const PIECE: usize = 1 << 16;

/// A rendered tree beside the published one.
pub(crate) struct Difference<'a> {
    rendered: &'a Path,
    published: &'a Path,
    /// The folders of the rendered tree, each after the one that it is in.
    folders: BTreeSet<PathBuf>,
    /// Its files, and which of them are published already.
    files: Vec<(PathBuf, Option<Identity>)>,
    is_none: bool,
}

/// What a file is recognised by, whatever it is called: its device and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64);

impl<'a> Difference<'a> {
    /// Compares two trees. There may be no published one.
    ///
    /// # Errors
    /// When the rendered one can't be read. A published file that can't be is one that differs.
    pub(crate) fn between(rendered: &'a Path, published: &'a Path) -> io::Result<Self> {
        let Tree { folders, files } = Tree::of(rendered)?;
        let before = Tree::of(published).ok();
        let files: Vec<_> = files
            .into_iter()
            .map(|path| {
                let same = same(&rendered.join(&path), &published.join(&path));
                (path, same)
            })
            .collect();
        let is_none = before.is_some_and(|before| {
            before.folders == folders
                && before.files.len() == files.len()
                && files.iter().all(|(_, same)| same.is_some())
        });
        Ok(Self { rendered, published, folders, files, is_none })
    }

    /// Whether the two have the same folders and files, with the same bytes.
    #[must_use]
    pub(crate) fn is_none(&self) -> bool {
        self.is_none
    }

    /// Makes a tree like the rendered one, on the file system of the published one. Files that differ leave the rendered tree where it is
    /// there too.
    ///
    /// # Errors
    /// When something can't be written.
    pub(crate) fn make(&self, new: &Path) -> io::Result<()> {
        fs_err::create_dir(new)?;
        for folder in &self.folders {
            fs_err::create_dir(new.join(folder))?;
        }
        for (path, same) in &self.files {
            let to = new.join(path);
            let is_linked = match same {
                Some(same) => linked(&self.published.join(path), &to, *same)?,
                None => false,
            };
            if !is_linked {
                moved(&self.rendered.join(path), &to)?;
            }
        }
        Ok(())
    }
}

/// The published file, if the rendered one is the same: in bytes, in who may read it, and in whose it is.
fn same(rendered: &Path, published: &Path) -> Option<Identity> {
    let is_file = fs_err::symlink_metadata(published).ok()?.is_file();
    let mut old = File::open(published).ok().filter(|_| is_file)?;
    let mut new = File::open(rendered).ok()?;
    let (before, after) = (old.metadata().ok()?, new.metadata().ok()?);
    let is_alike = |of: fn(&Metadata) -> u64| of(&before) == of(&after);
    let is_alike = is_alike(Metadata::len)
        && is_alike(|file| u64::from(file.mode()))
        && is_alike(|file| u64::from(file.uid()));
    let is_same = is_alike && have_same_bytes(&mut old, &mut new).ok()?;
    is_same.then_some(Identity(before.dev(), before.ino()))
}

/// Whether two files of the same length have the same bytes.
fn have_same_bytes(one: &mut impl Read, other: &mut impl Read) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; PIECE], vec![0; PIECE]);
    loop {
        let length = one.read(&mut left)?;
        other.read_exact(&mut right[..length])?;
        if left[..length] != right[..length] {
            return Ok(false);
        }
        if length == 0 {
            return Ok(true);
        }
    }
}

/// Gives a published file a further name. Not where the file system has none, and not if another file has come there meanwhile.
fn linked(published: &Path, to: &Path, same: Identity) -> io::Result<bool> {
    if fs_err::hard_link(published, to).is_err() {
        return Ok(false);
    }
    let found = fs_err::symlink_metadata(to)?;
    let is_same = Identity(found.dev(), found.ino()) == same;
    if !is_same {
        // What is copied there must not be written into it.
        fs_err::remove_file(to)?;
    }
    Ok(is_same)
}

fn moved(rendered: &Path, to: &Path) -> io::Result<()> {
    match fs_err::rename(rendered, to) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => fs_err::copy(rendered, to).map(drop),
        done => done,
    }
}

/// What is below a folder, by the paths from it.
#[derive(Default)]
struct Tree {
    folders: BTreeSet<PathBuf>,
    /// All that is no folder.
    files: BTreeSet<PathBuf>,
}

impl Tree {
    fn of(folder: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        let mut waiting = vec![PathBuf::new()];
        while let Some(below) = waiting.pop() {
            for entry in fs_err::read_dir(folder.join(&below))? {
                let entry = entry?;
                let path = below.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    waiting.push(path.clone());
                    tree.folders.insert(path);
                } else {
                    tree.files.insert(path);
                }
            }
        }
        Ok(tree)
    }
}
