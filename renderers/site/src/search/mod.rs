//! The search index: Pagefind's, as a library.
//!
//! mdBook's own drops the stop words of English (`for`, `while`, `with`, `yield`, ten more keywords of Python) and every sign, and each
//! page loads it whole. It stays for pages that are opened from files, where a browser may not load Pagefind's parts.

mod plain;

use std::path::{Path, PathBuf};

use exemplar_verify::weave::ledger;
use mdbook::book::Book;
use mdbook::config::HtmlConfig;
use mdbook_markdown::MarkdownOptions;
use pagefind::api::PagefindIndex;
use pagefind::options::PagefindServiceConfig;

use crate::{SiteError, preprocess};

/// What of Pagefind's files is used: the page has its own form for questions and results.
const UNUSED: [&str; 4] =
    ["pagefind-ui.", "pagefind-modular-ui.", "pagefind-component-ui.", "pagefind-highlight."];

/// What of a page is not searched.
const EXCLUDED: [&str; 6] = [
    ".exemplar-verified",
    ".exemplar-detail",
    ".exemplar-sessions",
    ".exemplar-downloads",
    ".exemplar-needs-script",
    ".exemplar-continue",
];

/// The files of an index, by their paths in its folder.
pub(crate) type Index = Vec<(PathBuf, Vec<u8>)>;

/// Whether the book is to have one.
pub(crate) fn is_wanted(html: &HtmlConfig) -> bool {
    html.search.as_ref().is_none_or(|search| search.enable)
}

/// Makes the index of a book.
///
/// # Errors
/// When Pagefind fails.
pub(crate) fn index(book: &Book, options: &MarkdownOptions, language: &str) -> Result<Index, SiteError> {
    let failed = |cause: String| SiteError::Search { cause };
    let runtime =
        tokio::runtime::Builder::new_current_thread().build().map_err(|error| failed(error.to_string()))?;
    let config = PagefindServiceConfig::builder()
        .root_selector("main".to_owned())
        .exclude_selectors(EXCLUDED.map(str::to_owned).to_vec())
        .include_characters("_@".to_owned())
        .force_language(language.split('-').next().unwrap_or("en").to_owned())
        .keep_index_url(true)
        .build();
    runtime
        .block_on(async {
            let mut index = PagefindIndex::new(Some(config))?;
            for chapter in preprocess::chapters(book) {
                // A draft has no page.
                let Some(path) = chapter.path.as_ref().filter(|_| !chapter.is_draft_chapter()) else {
                    continue;
                };
                let page = plain::html(&chapter.content, options, language);
                index.add_html_file(None, Some(ledger::page(path)), page).await?;
            }
            let files = index.get_files().await?;
            Ok::<_, mdbook::errors::Error>(
                files.into_iter().map(|file| (file.filename, file.contents)).collect(),
            )
        })
        .map_err(|error| failed(format!("{error:#}")))
}

/// Writes an index into `pagefind/` of the site.
///
/// # Errors
/// When a file can't be written.
pub(crate) fn write(index: Index, site: &Path) -> Result<(), SiteError> {
    let folder = site.join("pagefind");
    for (path, content) in index {
        let name = path.to_string_lossy();
        if UNUSED.iter().any(|unused| name.starts_with(unused)) {
            continue;
        }
        let to = folder.join(&path);
        if let Some(parent) = to.parent() {
            fs_err::create_dir_all(parent)?;
        }
        fs_err::write(to, content)?;
    }
    Ok(())
}
