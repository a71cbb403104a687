//! A few pages of a book by themselves, for those who wait for them.
//!
//! mdBook renders whole books only. So it gets one that consists of these chapters, without search and print; of each page that comes out
//! only what stands in `<main>` is taken: the frame around it (the list of chapters, the pages before and behind) is that of the whole book.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use mdbook::book::{Book, BookItem};
use mdbook::config::Config;
use mdbook_html::HtmlHandlebars;
use mdbook_renderer::{RenderContext, Renderer};

use crate::colour::Colours;
use crate::page::MARKS;
use crate::publish::Scratch;
use crate::{Asset, SiteError, html, preprocess, theme};

const OPENING: &str = "<main>";
const CLOSING: &str = "</main>";

/// What is rendered.
pub struct Pages<'a> {
    /// The folder of book.toml.
    pub root: &'a Path,
    /// Its content.
    pub config: &'a Config,
    /// The woven chapters.
    pub book: &'a Book,
    /// Titles that chapters set for themselves, by the path of their file.
    pub titles: &'a HashMap<PathBuf, String>,
    /// Our theme: files below `theme/`.
    pub assets: &'a [Asset],
}

/// Renders the chapters of a book, each without those below it. Gives what stands in the `<main>` of each page, with the page's path from
/// the site's folder.
///
/// # Errors
/// As for a whole site.
pub fn render_pages(wanted: &Pages<'_>) -> Result<Vec<(PathBuf, String)>, SiteError> {
    let mut html = html(wanted.config)?;
    html.print.enable = false;
    let mut search = html.search.take().unwrap_or_default();
    search.enable = false;
    html.search = Some(search);
    html.redirect.clear();
    let folder = Scratch::anywhere()?;
    let mut staged = theme::stage(wanted.root, wanted.config, &html, wanted.assets)?;
    // Nothing beside the pages is wanted of the sources.
    let sources = folder.path().join("sources");
    fs_err::create_dir_all(&sources)?;
    staged.config.book.src = sources;
    let book = flat(wanted.book);
    let titles = crate::titles(&book, wanted.titles);
    let pages = folder.path().join("pages");
    let paths: Vec<PathBuf> =
        preprocess::chapters(&book).filter_map(|chapter| chapter.path.clone()).collect();
    let mut context = RenderContext::new(staged.root(), book, staged.config.clone(), &pages);
    context.chapter_titles = titles;
    HtmlHandlebars::new().render(&context).map_err(|error| SiteError::mdbook(&error))?;
    let colours = Colours::default();
    let mut rendered = Vec::with_capacity(paths.len());
    for path in paths {
        let path = path.with_extension("html");
        let page = fs_err::read_to_string(pages.join(&path))?;
        if let Some((before, after)) = main_of(&page) {
            rendered.push((path, colours.with_colours(&page[before..after])));
        }
    }
    Ok(rendered)
}

/// A page of the whole book with what stands in its `<main>` replaced, but for what was added there. None where it has none, or is no page
/// of mdBook's.
#[must_use]
pub fn with_main(page: &str, main: &str) -> Option<String> {
    let (before, after) = main_of(page)?;
    let added = page[before..after].rfind(MARKS[0]).filter(|_| page[..after].ends_with(MARKS[1]));
    let kept = added.map_or(after, |at| before + at);
    Some([&page[..before], main, &page[kept..]].concat())
}

/// Where the content of `<main>` begins and ends.
fn main_of(page: &str) -> Option<(usize, usize)> {
    let before = page.find(OPENING)? + OPENING.len();
    let after = page.rfind(CLOSING)?;
    (before <= after).then_some((before, after))
}

/// All chapters with a text, one after the other.
fn flat(book: &Book) -> Book {
    let mut chapters = Book::new();
    for chapter in preprocess::chapters(book).filter(|chapter| !chapter.is_draft_chapter()) {
        let mut chapter = chapter.clone();
        chapter.sub_items.clear();
        chapters.push_item(BookItem::Chapter(chapter));
    }
    chapters
}

#[cfg(test)]
mod tests {
    use super::{MARKS, with_main};

    #[test]
    fn only_what_stands_in_main_is_replaced() {
        let page = "<nav>n</nav><main>\nold &lt;main&gt;\n</main><script></script>";
        assert_eq!(with_main(page, "new").unwrap(), "<nav>n</nav><main>new</main><script></script>");
        assert_eq!(with_main("no page", "new"), None);
        let added = format!("{}<p>take</p>{}", MARKS[0], MARKS[1]);
        let page = format!("<main>old{added}</main><script></script>");
        assert_eq!(with_main(&page, "new").unwrap(), format!("<main>new{added}</main><script></script>"));
    }
}
