//! The search index: Pagefind's, as a library.
//!
//! mdBook's own drops the stop words of English (`for`, `while`, `with`, `yield`, ten more keywords of Python) and every sign, and each
//! page loads it whole. It stays for pages that are opened from files, where a browser may not load Pagefind's parts.

use std::path::{Path, PathBuf};

use pagefind::api::PagefindIndex;
use pagefind::options::PagefindServiceConfig;

use crate::SiteError;

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

/// A page to be found: its path from the root of the site, and its HTML.
pub(crate) struct Searched {
    pub(crate) url: String,
    pub(crate) html: String,
}

/// Writes the index of these pages into `pagefind/` of the site.
///
/// # Errors
/// When Pagefind fails, or a file can't be written.
pub(crate) fn write(pages: Vec<Searched>, language: &str, site: &Path) -> Result<(), SiteError> {
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
    let files: Vec<(PathBuf, Vec<u8>)> = runtime
        .block_on(async {
            let mut index = PagefindIndex::new(Some(config))?;
            for page in pages {
                index.add_html_file(None, Some(page.url), page.html).await?;
            }
            let files = index.get_files().await?;
            Ok::<_, mdbook::errors::Error>(
                files.into_iter().map(|file| (file.filename, file.contents)).collect(),
            )
        })
        .map_err(|error| failed(format!("{error:#}")))?;
    let folder = site.join("pagefind");
    for (path, content) in files {
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
