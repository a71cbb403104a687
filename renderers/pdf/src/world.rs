//! What Typst sees: files in memory and nothing else. It can't read a disk, a clock or a network.

use std::collections::HashMap;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::PdfError;
use crate::fonts::Fonts;

/// The name of the file that is compiled.
pub(crate) const MAIN: &str = "main.typ";

/// Files in memory.
pub(crate) struct Files {
    sources: HashMap<FileId, Source>,
    files: HashMap<FileId, Bytes>,
    main: FileId,
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

impl Files {
    /// Without a file yet.
    pub(crate) fn new(fonts: Fonts) -> Result<Self, PdfError> {
        Ok(Self {
            sources: HashMap::new(),
            files: HashMap::new(),
            main: id(MAIN)?,
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(fonts.book),
            fonts: fonts.fonts,
        })
    }

    /// Adds Typst source.
    pub(crate) fn add_source(&mut self, path: &str, text: String) -> Result<FileId, PdfError> {
        let id = id(path)?;
        self.sources.insert(id, Source::new(id, text));
        Ok(id)
    }

    /// Adds another file.
    pub(crate) fn add(&mut self, path: &str, content: Vec<u8>) -> Result<FileId, PdfError> {
        let id = id(path)?;
        self.files.insert(id, Bytes::new(content));
        Ok(id)
    }
}

/// Paths are ours, so all of them are well formed.
fn id(path: &str) -> Result<FileId, PdfError> {
    let path =
        VirtualPath::new(path).map_err(|error| PdfError::Bug { message: format!("{path}: {error:?}") })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Files {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.get(&id).cloned().ok_or_else(|| missing(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or_else(|| missing(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn missing(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}
