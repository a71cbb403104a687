//! Reads each file once, and remembers where on the disk it stands.
//!
//! A [`SourceMap`] knows only the path that messages show. Repairs and includes need the real one, so [`Files`] keeps both. A file that
//! two pages include has one id: a diagnostic about it is made once, and spans into it are comparable.
//!
//! Text that is not UTF-8 does not stop a run. It is kept with replacement characters, beside a diagnostic at its first bad byte;
//! everything before that byte keeps its place.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::source::{FileId, MAX_FILE_BYTES, SourceMap, Span};

/// A file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("there is no file `{}`", path.display())]
    Missing {
        /// The path as it was asked for.
        path: PathBuf,
    },
    /// The system refuses it, or it is a directory.
    #[error("{cause}")]
    Io {
        /// The path as it was asked for.
        path: PathBuf,
        /// Why not. It names the path itself.
        cause: io::Error,
    },
    /// Spans could not point into it.
    #[error("`{}` is larger than {} MiB, the most that is read", path.display(), MAX_FILE_BYTES >> 20)]
    TooLarge {
        /// The path as it was asked for.
        path: PathBuf,
    },
}

/// A file that was read.
#[derive(Debug)]
pub struct Loaded {
    /// Its id.
    pub file: FileId,
    /// What is wrong with its bytes; said when it is read for the first time.
    pub diagnostic: Option<Diagnostic>,
}

/// All files of a run.
#[derive(Debug)]
pub struct Files {
    /// Their texts, under the paths that messages show.
    pub sources: SourceMap,
    working_directory: PathBuf,
    disk_paths: HashMap<FileId, PathBuf>,
    by_canonical_path: HashMap<PathBuf, FileId>,
}

impl Files {
    /// No file yet; paths are shown relative to `working_directory`, which is absolute.
    #[must_use]
    pub fn new(working_directory: impl Into<PathBuf>) -> Self {
        Self {
            sources: SourceMap::default(),
            working_directory: working_directory.into(),
            disk_paths: HashMap::new(),
            by_canonical_path: HashMap::new(),
        }
    }

    /// No file yet, and the same working directory.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self::new(&self.working_directory)
    }

    /// Reads a file, or finds it among those that were read. A relative path starts at the working directory.
    ///
    /// # Errors
    /// When the file is missing, unreadable or too large.
    pub fn read(&mut self, path: &Path) -> Result<Loaded, ReadError> {
        let disk_path = self.working_directory.join(path);
        // What has no canonical path can be readable all the same: a shell's `<(…)` is a pipe.
        let canonical = fs_err::canonicalize(&disk_path).unwrap_or_else(|_| disk_path.clone());
        if let Some(&file) = self.by_canonical_path.get(&canonical) {
            return Ok(Loaded { file, diagnostic: None });
        }
        let bytes = read_bytes(path, &disk_path)?;
        let (text, bad) = decode(bytes);
        let file = self.add(self.shown_path(path), disk_path, text);
        self.by_canonical_path.insert(canonical, file);
        Ok(Loaded { file, diagnostic: bad.map(|bad| bad.diagnostic(file)) })
    }

    /// Adds bytes that an editor holds, which take the place of what stands on the disk under `path`, or will stand there.
    pub fn add_unsaved(&mut self, path: &Path, bytes: Vec<u8>) -> Loaded {
        let (text, bad) = decode(bytes);
        let file = self.add_text(self.shown_path(path), path, text);
        Loaded { file, diagnostic: bad.map(|bad| bad.diagnostic(file)) }
    }

    /// Adds text that is already at hand: of an editor over stdin, or of a preprocessor's book. Includes in it are looked for beside
    /// `disk_path`, and whoever includes that path from now on gets this text.
    pub fn add_text(
        &mut self,
        shown_path: impl Into<String>,
        disk_path: impl AsRef<Path>,
        text: impl Into<String>,
    ) -> FileId {
        let disk_path = self.working_directory.join(disk_path);
        let canonical = fs_err::canonicalize(&disk_path).ok();
        let file = self.add(shown_path.into(), disk_path, text.into());
        if let Some(canonical) = canonical {
            self.by_canonical_path.insert(canonical, file);
        }
        file
    }

    /// Where a file stands on the disk: an absolute path.
    #[must_use]
    pub fn disk_path(&self, file: FileId) -> &Path {
        self.disk_paths.get(&file).map_or(&self.working_directory, PathBuf::as_path)
    }

    /// How a path is shown: relative to the working directory where it lies below it, with forward slashes, else as given.
    #[must_use]
    pub fn shown_path(&self, path: &Path) -> String {
        let below = self.below_working_directory(path);
        let text = below.as_deref().unwrap_or(path).to_string_lossy();
        if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
    }

    fn add(&mut self, shown_path: String, disk_path: PathBuf, text: String) -> FileId {
        let file = self.sources.add(shown_path, text);
        self.disk_paths.insert(file, disk_path);
        file
    }

    /// `..` after a symbolic link leads elsewhere than the path's letters say, so a path with one is resolved on the disk.
    fn below_working_directory(&self, path: &Path) -> Option<PathBuf> {
        let absolute = self.working_directory.join(path);
        if !absolute.components().any(|part| part == Component::ParentDir)
            && let Ok(below) = absolute.strip_prefix(&self.working_directory)
        {
            return Some(below.components().collect());
        }
        let directory = fs_err::canonicalize(&self.working_directory).ok()?;
        let canonical = fs_err::canonicalize(absolute).ok()?;
        canonical.strip_prefix(directory).ok().map(Path::to_path_buf)
    }
}

/// Reads at most one byte more than is allowed: the size that a system states is not that of a pipe or a device.
fn read_bytes(path: &Path, disk_path: &Path) -> Result<Vec<u8>, ReadError> {
    let file = fs_err::File::open(disk_path).map_err(|error| read_error(path, error))?;
    let stated = file.metadata().map_or(0, |metadata| metadata.len()).min(MAX_FILE_BYTES);
    let mut bytes = Vec::with_capacity(usize::try_from(stated).unwrap_or_default());
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| read_error(path, error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge { path: path.to_path_buf() });
    }
    Ok(bytes)
}

fn read_error(path: &Path, cause: io::Error) -> ReadError {
    let path = path.to_path_buf();
    match cause.kind() {
        io::ErrorKind::NotFound => ReadError::Missing { path },
        _ => ReadError::Io { path, cause },
    }
}

/// Where text stops being UTF-8, and what it may be instead.
struct BadByte {
    at: usize,
    byte: u8,
    utf16: bool,
}

impl BadByte {
    fn diagnostic(&self, file: FileId) -> Diagnostic {
        let guess = if self.utf16 { "UTF-16" } else { "LATIN1" };
        let (at, byte) = (self.at, self.byte);
        // Every bad sequence has become one U+FFFD, three bytes long.
        let span = Span::new(file, at..at + '\u{fffd}'.len_utf8());
        Diagnostic::error(
            "not-utf8",
            span,
            format!("this file is not UTF-8: byte 0x{byte:02x} can't stand here"),
        )
        .help(format!("save it as UTF-8, for example with `iconv -f {guess} -t UTF-8`"))
    }
}

fn decode(bytes: Vec<u8>) -> (String, Option<BadByte>) {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return (text, None),
        Err(error) => error,
    };
    let at = error.utf8_error().valid_up_to();
    let bytes = error.as_bytes();
    let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let bad = BadByte { at, byte: bytes.get(at).copied().unwrap_or_default(), utf16 };
    (String::from_utf8_lossy(bytes).into_owned(), Some(bad))
}

#[cfg(test)]
mod tests {
    use super::{Files, ReadError};
    use std::path::Path;

    fn directory(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Files) {
        let directory = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = directory.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, bytes).unwrap();
        }
        let files = Files::new(directory.path());
        (directory, files)
    }

    #[test]
    fn a_file_is_read_once_under_whatever_name() {
        let (directory, mut files) = directory(&[("docs/a.md", b"A")]);
        let first = files.read(Path::new("docs/a.md")).unwrap().file;
        for path in ["docs/../docs/a.md", "./docs/a.md", directory.path().join("docs/a.md").to_str().unwrap()]
        {
            assert_eq!(files.read(Path::new(path)).unwrap().file, first, "{path}");
        }
        assert_eq!(files.disk_path(first), directory.path().join("docs/a.md"));
    }

    #[test]
    fn paths_are_shown_relative_to_the_working_directory_where_they_lie_below_it() {
        let (directory, files) = directory(&[("docs/a.md", b""), ("b.md", b"")]);
        let absolute = directory.path().join("docs/a.md");
        for (given, shown) in [
            ("./docs/a.md", "docs/a.md"),
            ("docs/../b.md", "b.md"),
            (absolute.to_str().unwrap(), "docs/a.md"),
            ("/etc/hosts", "/etc/hosts"),
            ("../elsewhere/c.md", "../elsewhere/c.md"),
            ("new.md", "new.md"),
        ] {
            assert_eq!(files.shown_path(Path::new(given)), shown, "{given}");
        }
    }

    #[test]
    fn the_first_bad_byte_is_named_with_line_and_column() {
        let (_directory, mut files) =
            directory(&[("a.md", b"\xef\xbb\xbfone\nd\xc3\xa9j\xe0 vu \xe9\n"), ("b.md", b"\xff\xfea\0b\0")]);
        let loaded = files.read(Path::new("a.md")).unwrap();
        let diagnostic = loaded.diagnostic.unwrap();
        let position = files.sources.start(diagnostic.span);
        assert_eq!((diagnostic.code, position.line, position.column), ("not-utf8", 2, 4));
        assert_eq!(files.sources.text(diagnostic.span), "\u{fffd}");
        assert!(diagnostic.message.contains("0xe0"), "{}", diagnostic.message);
        assert!(files.read(Path::new("a.md")).unwrap().diagnostic.is_none());
        let help = files.read(Path::new("b.md")).unwrap().diagnostic.unwrap().help.unwrap();
        assert!(help.contains("UTF-16"), "{help}");
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_path() {
        let (_directory, mut files) = directory(&[("docs/a.md", b"")]);
        let missing = files.read(Path::new("no.md")).unwrap_err();
        assert_eq!(missing.to_string(), "there is no file `no.md`");
        assert!(matches!(files.read(Path::new("docs")).unwrap_err(), ReadError::Io { .. }));
    }

    #[test]
    fn text_at_hand_takes_the_place_of_the_file() {
        let (_directory, mut files) = directory(&[("a.md", b"old")]);
        let text = files.add_text("a.md", "a.md", "new");
        assert_eq!(files.read(Path::new("a.md")).unwrap().file, text);
        assert_eq!(files.sources.file(text).text(), "new");
    }
}
