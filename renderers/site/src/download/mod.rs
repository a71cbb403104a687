//! What a reader takes along from a chapter: its code as a file, and the chapter as a notebook with its outputs.

mod notebook;
mod script;

use std::path::Path;

use exemplar_model::report::Python;

use crate::SiteError;
use crate::chapter::VerifiedChapter;

/// A file that was written, for the page that links to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Download {
    /// Its path from the root of the site.
    pub(crate) path: String,
    /// What it is.
    pub(crate) words: &'static str,
}

/// Writes the downloads of a chapter. A file that the author has put there stays.
///
/// # Errors
/// When the system refuses.
pub(crate) fn write(
    chapter: &VerifiedChapter<'_>,
    python: Option<&Python>,
    site: &Path,
) -> Result<Vec<Download>, SiteError> {
    let files = [
        ("py", "the code of this chapter, as a Python file", script::text(chapter)),
        ("ipynb", "this chapter as a notebook", notebook::text(chapter, python)),
    ];
    let mut written = Vec::new();
    for (ending, words, text) in files {
        let Some(text) = text else { continue };
        let path = chapter.sibling(ending);
        if !site.join(&path).exists() {
            fs_err::write(site.join(&path), text)?;
            written.push(Download { path, words });
        }
    }
    Ok(written)
}
