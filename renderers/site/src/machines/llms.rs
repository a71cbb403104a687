//! `llms.txt`, `llms-full.txt`, and a Markdown file for each chapter.

use std::path::Path;

use exemplar_verify::weave::plain::plain;
use mdbook::config::BookConfig;

use crate::SiteError;
use crate::chapter::VerifiedChapter;
use crate::download::Download;

/// Writes them. Gives the Markdown files, in the order of the chapters.
///
/// # Errors
/// When the system refuses.
pub(crate) fn write(
    chapters: &[VerifiedChapter<'_>],
    book: &BookConfig,
    address: Option<&str>,
    site: &Path,
) -> Result<Vec<Option<Download>>, SiteError> {
    let title = book.title.as_deref().unwrap_or("This book");
    let mut head = format!("# {title}\n\n");
    if let Some(description) = &book.description {
        head.push_str(&format!("> {description}\n\n"));
    }
    head.push_str(
        "Every example was run when this book was built; the outputs are those that it printed.\n\n",
    );
    let mut index = format!("{head}## Chapters\n\n");
    let mut full = head;
    let mut written = Vec::new();
    for chapter in chapters {
        let path = chapter.sibling("md");
        let text = plain(chapter.page, chapter.examples);
        index.push_str(&format!("- [{}]({}{path})\n", chapter.title, address.unwrap_or_default()));
        full.push_str(text.trim());
        full.push_str("\n\n");
        if site.join(&path).exists() {
            written.push(None);
        } else {
            fs_err::write(site.join(&path), text)?;
            written.push(Some(Download { path, words: "this chapter as Markdown" }));
        }
    }
    index.push_str(&format!(
        "\n## All in one\n\n- [{title}, whole]({}llms-full.txt)\n",
        address.unwrap_or_default()
    ));
    for (name, text) in [("llms.txt", index), ("llms-full.txt", full)] {
        if !site.join(name).exists() {
            fs_err::write(site.join(name), text)?;
        }
    }
    Ok(written)
}
