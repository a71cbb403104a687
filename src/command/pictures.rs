//! Pictures for previews of links, of `exemplar build`.

use std::path::Path;

use exemplar_pdf::Card;
use exemplar_site::Picture;
use exemplar_verify::weave::ledger;
use mdbook::book::{Book, BookItem, Chapter};
use mdbook::config::Config;

use crate::assets;
use crate::failure::Failure;

/// The page that a reader of the bare address gets.
const FIRST: &str = "index.html";

/// A picture for each page of a site, where it has an address; `python` ran the examples of the chapters that `is_verified` knows.
///
/// # Errors
/// When they can't be drawn.
pub(super) fn of(
    config: &Config,
    book: &Book,
    is_verified: impl Fn(&Path) -> bool,
    python: Option<&str>,
) -> Result<Vec<Picture>, Failure> {
    if exemplar_site::address(config)?.is_none() {
        return Ok(Vec::new());
    }
    let title = config.book.title.as_deref().unwrap_or_default();
    let chapters = book.iter().filter_map(|item| match item {
        BookItem::Chapter(chapter) if !chapter.is_draft_chapter() => Some(chapter),
        _ => None,
    });
    let mut pages = Vec::new();
    let mut cards = Vec::new();
    for chapter in chapters {
        let Some(path) = &chapter.path else { continue };
        pages.push(ledger::page(path));
        cards.push(Card {
            book: title.to_owned(),
            title: named(chapter),
            note: python.filter(|_| is_verified(path)).map_or_else(
                || config.book.description.clone().unwrap_or_default(),
                |version| format!("Examples run and checked on CPython {version}"),
            ),
        });
    }
    if !pages.iter().any(|page| page == FIRST) {
        pages.push(FIRST.to_owned());
        let note = config.book.description.clone().unwrap_or_default();
        cards.push(Card { book: config.book.authors.join(", "), title: title.to_owned(), note });
    }
    let drawn = exemplar_pdf::cards(&cards, assets::PDF)?;
    let pictures = pages.into_iter().zip(cards).zip(drawn);
    Ok(pictures
        .map(|((page, card), content)| Picture {
            page,
            words: card.title,
            size: exemplar_pdf::CARD_SIZE,
            content,
        })
        .collect())
}

/// A chapter's name with its number, as the list of chapters has it.
fn named(chapter: &Chapter) -> String {
    match &chapter.number {
        Some(number) => format!("{number} {}", chapter.name),
        None => chapter.name.clone(),
    }
}
