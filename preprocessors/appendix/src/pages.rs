//! The generated chapters, at the end of the book below a part of their own, or in the book's last part where that has its name.
//!
//! A chapter that would have nothing in it is not there. None has a file, so mdBook offers no link to edit it.

use std::collections::HashMap;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use exemplar_model::teaching::slug;
use mdbook_preprocessor::book::{Book, BookItem, Chapter, SectionNumber};
use tera::Context;

use crate::data::Library;
use crate::layout::Layout;
use crate::{AppendixError, AppendixOptions};

/// The part of the table of contents.
const PART: &str = "Appendices";

/// The folder of the cheat sheets.
const SHEETS: &str = "appendix/cheat-sheets";

/// Lays out all chapters. `last` is the number of the book's last numbered chapter, `part` the title of its last part.
pub(crate) fn pages(
    library: &Library,
    deck: &[u8],
    last: Option<u32>,
    part: Option<&str>,
    options: AppendixOptions<'_>,
) -> Result<Vec<BookItem>, AppendixError> {
    let layout = Layout::new(options)?;
    let mut context = context(library)?;
    let mut items = Vec::new();
    if !library.questions.is_empty() {
        items.push(chapter("Interview questions", "interview", layout.render("interview", &context)?));
        let text = layout.render("mock-interview", &context)?;
        items.push(chapter("Mock interview", "mock-interview", text));
    }
    if !library.cards.is_empty() {
        context.insert("deck", &STANDARD.encode(deck));
        context.insert("deck_name", &format!("{}.apkg", slug(&library.title)));
        items.push(chapter("Flashcards", "flashcards", layout.render("flashcards", &context)?));
    }
    if !library.sheets.is_empty() {
        let mut index = chapter("Cheat sheets", "cheat-sheets", layout.render("cheat-sheets", &context)?);
        for sheet in &library.sheets {
            context.insert("sheet", sheet);
            let text = layout.render("cheat-sheet", &context)?;
            let page = chapter(&sheet.title, &format!("cheat-sheets/{}", sheet.slug), text);
            if let (BookItem::Chapter(index), BookItem::Chapter(mut page)) = (&mut index, page) {
                page.parent_names = vec![index.name.clone()];
                index.sub_items.push(BookItem::Chapter(page));
            }
        }
        items.push(index);
    }
    if !library.labs.is_empty() {
        items.push(chapter("Labs and solutions", "labs", layout.render("labs", &context)?));
    }
    if !library.gotchas.is_empty() {
        items.push(chapter("Index of gotchas", "gotchas", layout.render("gotchas", &context)?));
    }
    if !library.terms.is_empty() {
        items.push(chapter("Glossary", "glossary", layout.render("glossary", &context)?));
    }
    if !library.references.is_empty() {
        items.push(chapter("PEPs and libraries", "references", layout.render("references", &context)?));
    }
    number(&mut items, last);
    if !items.is_empty() && part != Some(PART) {
        items.insert(0, BookItem::PartTitle(PART.to_owned()));
    }
    Ok(items)
}

/// The titles of those pages that are called by less in the table of contents, as the chapter around them says the rest. `title` is the
/// book's.
#[must_use]
pub fn titles(book: &Book, title: &str) -> HashMap<PathBuf, String> {
    let is_sheet = |chapter: &&Chapter| {
        let path = chapter.path.as_deref();
        chapter.source_path.is_none() && path.is_some_and(|path| path.starts_with(SHEETS))
    };
    let behind = if title.is_empty() { String::new() } else { format!(" - {title}") };
    let titled =
        |chapter: &Chapter| Some((chapter.path.clone()?, format!("Cheat sheet: {}{behind}", chapter.name)));
    book.chapters().filter(is_sheet).filter_map(titled).collect()
}

/// Numbers the chapters behind the book's own: mdBook's table of contents folds and indents by numbers alone.
fn number(items: &mut [BookItem], last: Option<u32>) {
    let Some(last) = last else { return };
    for (item, number) in items.iter_mut().zip(last + 1..) {
        let BookItem::Chapter(chapter) = item else { continue };
        chapter.number = Some(SectionNumber::new([number]));
        for (item, below) in chapter.sub_items.iter_mut().zip(1..) {
            let BookItem::Chapter(chapter) = item else { continue };
            chapter.number = Some(SectionNumber::new([number, below]));
        }
    }
}

fn context(library: &Library) -> Result<Context, AppendixError> {
    Context::from_serialize(library).map_err(|error| AppendixError::Template {
        place: "theme/appendix".to_owned(),
        cause: error.to_string(),
    })
}

fn chapter(name: &str, file: &str, text: String) -> BookItem {
    let path = PathBuf::from(format!("appendix/{file}.md"));
    let mut chapter = Chapter::new(name, text, path, Vec::new());
    chapter.source_path = None;
    BookItem::Chapter(chapter)
}
