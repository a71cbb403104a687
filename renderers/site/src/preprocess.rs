//! The book's other preprocessors.
//!
//! `links` never runs: its directives are expanded already, and what an example prints must not be taken for one. Our own preprocessor
//! is this program. `index` and those of third parties run over the woven text, once.

use std::collections::BTreeMap;
use std::path::Path;

use mdbook::MDBook;
use mdbook::book::{Book, BookItem, Chapter};
use mdbook::config::Config;
use mdbook_html::HtmlHandlebars;

use crate::SiteError;

/// Loads the book as SUMMARY.md lays it out and gives each chapter the text that `weave` has for its path from the source folder; then
/// runs the preprocessors over them and the last chapter, which `last` makes of the woven book.
///
/// # Errors
/// When mdBook can't load the book, `weave` has no text for a page of it, or a preprocessor fails.
pub fn preprocess(
    root: &Path,
    config: &Config,
    mut weave: impl FnMut(&Path) -> Option<String>,
    last: impl FnOnce(&Book) -> Option<Chapter>,
) -> Result<Book, SiteError> {
    let mut md =
        MDBook::load_with_config(root, without_ours(config)?).map_err(|error| SiteError::mdbook(&error))?;
    let mut unverified = None;
    md.book.for_each_mut(|item| {
        let BookItem::Chapter(chapter) = item else { return };
        let Some(path) = &chapter.path else { return };
        match weave(path) {
            Some(text) => chapter.content = text,
            None => unverified = unverified.take().or_else(|| Some(path.clone())),
        }
    });
    if let Some(path) = unverified {
        return Err(SiteError::Unverified { path });
    }
    if let Some(chapter) = last(&md.book) {
        let path = chapter.path.clone().unwrap_or_default();
        if chapters(&md.book).any(|known| known.path.as_ref() == Some(&path)) {
            return Err(SiteError::Taken { path });
        }
        md.book.push_item(BookItem::Chapter(chapter));
    }
    let (book, _) = md.preprocess_book(&HtmlHandlebars::new()).map_err(|error| SiteError::mdbook(&error))?;
    Ok(book)
}

/// The chapters of a book, in reading order.
pub(crate) fn chapters(book: &Book) -> impl Iterator<Item = &Chapter> {
    book.iter().filter_map(|item| match item {
        BookItem::Chapter(chapter) => Some(chapter),
        _ => None,
    })
}

/// The settings with the preprocessors that are still to run.
fn without_ours(config: &Config) -> Result<Config, SiteError> {
    let failed = |error: mdbook::errors::Error| SiteError::Config {
        table: "preprocessor",
        cause: format!("{error:#}"),
    };
    let mut config = config.clone();
    let mut table: BTreeMap<String, toml::Value> = config.preprocessors().map_err(failed)?;
    table.remove("links");
    table.retain(|name, _| name != "exemplar" && !name.starts_with("exemplar-"));
    if config.build.use_default_preprocessors {
        table.entry("index".to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    }
    config.build.use_default_preprocessors = false;
    // The output is rendered by us: no other renderer is looked for.
    config.set("output", toml::Table::new()).map_err(failed)?;
    config.set("preprocessor", table).map_err(failed)?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::preprocess;
    use crate::SiteError;
    use mdbook::config::Config;
    use std::path::Path;

    #[test]
    fn a_chapter_without_verified_text_is_never_published() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs_err::write(folder.path().join(name), text).unwrap();
        fs_err::create_dir(folder.path().join("src")).unwrap();
        write("src/SUMMARY.md", "- [A](a.md)\n- [Draft]()\n- [B](b.md)\n- [C](c.md)\n");
        for name in ["src/a.md", "src/b.md", "src/c.md"] {
            write(name, "unverified");
        }
        let render = |unknown: &str| {
            preprocess(
                folder.path(),
                &Config::default(),
                |path: &Path| (!unknown.contains(path.to_str()?)).then(|| "verified".to_owned()),
                |_| None,
            )
        };
        let book = render("").unwrap();
        assert!(book.chapters().all(|chapter| chapter.is_draft_chapter() || chapter.content == "verified"));
        match render("b.md c.md") {
            Err(SiteError::Unverified { path }) => assert_eq!(path, Path::new("b.md")),
            other => panic!("{other:?}"),
        }
    }
}
