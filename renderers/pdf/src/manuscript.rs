//! The book as it comes in: parts and chapters in their order, each with its woven text.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use exemplar_model::source::ExpandedText;
use mdbook_preprocessor::book::{Book, BookItem, Chapter as BookChapter};

/// A book to typeset.
#[derive(Clone, Copy)]
pub struct Manuscript<'a> {
    /// Its title.
    pub title: &'a str,
    /// What it is about.
    pub description: Option<&'a str>,
    /// Who wrote it.
    pub authors: &'a [String],
    /// Its language, such as `en-GB`.
    pub language: &'a str,
    /// Whether `--` becomes a dash, as on the site.
    pub smart_punctuation: bool,
    /// Whether formulas between `$$` are set on the site.
    pub mathematics: bool,
    /// The folder that chapters, and pictures beside them, lie in.
    pub source: &'a Path,
    /// The woven chapters, generated ones included.
    pub book: &'a Book,
    /// What each chapter that has a file was verified as, by its path from the source folder.
    pub pages: &'a HashMap<PathBuf, &'a ExpandedText>,
    /// Chapters that are of use on a screen only.
    pub screen_only: &'a [&'a str],
    /// How the book came about: a name and a value a line.
    pub provenance: &'a [(String, String)],
    /// When, in seconds since 1970.
    pub date: Option<i64>,
}

/// A part or a chapter.
#[derive(Debug)]
pub(crate) enum Item {
    /// What begins a part.
    Part(String),
    /// A chapter.
    Chapter(Chapter),
}

/// A chapter.
#[derive(Debug, Clone)]
pub(crate) struct Chapter {
    /// Its name in the contents.
    pub(crate) name: String,
    /// Its number, such as `3.1`.
    pub(crate) number: Option<String>,
    /// Its path from the source folder.
    pub(crate) path: PathBuf,
    /// Its woven text.
    pub(crate) text: String,
    /// Its depth in the outline, from 1.
    pub(crate) level: usize,
    /// Whether it was made of what stands in other chapters.
    pub(crate) is_generated: bool,
    /// What running heads name beside it: its part, or the book.
    pub(crate) above: String,
}

/// The items of the book, in order. `wanted` says which chapters are set.
pub(crate) fn items(manuscript: &Manuscript<'_>, wanted: &dyn Fn(&Path) -> bool) -> Vec<Item> {
    let mut reader = Reader { manuscript, wanted, items: Vec::new(), part: None, numbered: false };
    for item in &manuscript.book.items {
        match item {
            BookItem::PartTitle(title) => reader.part = Some(title.clone()),
            BookItem::Chapter(chapter) => reader.chapter(chapter, 0),
            BookItem::Separator => {}
        }
    }
    reader.items
}

struct Reader<'a> {
    manuscript: &'a Manuscript<'a>,
    wanted: &'a dyn Fn(&Path) -> bool,
    items: Vec<Item>,
    part: Option<String>,
    /// Whether a numbered chapter came: one without a number then ends the parts.
    numbered: bool,
}

impl Reader<'_> {
    fn chapter(&mut self, chapter: &BookChapter, depth: usize) {
        self.numbered |= chapter.number.is_some();
        let is_generated = chapter.source_path.is_none();
        if depth == 0 && self.numbered && chapter.number.is_none() && !is_generated {
            self.part = None;
        }
        let level = depth + if self.part.is_some() { 2 } else { 1 };
        if let Some(path) = &chapter.path
            && (self.wanted)(path)
            && !self.manuscript.screen_only.iter().any(|only| Path::new(only) == path)
        {
            self.open_part();
            self.items.push(Item::Chapter(Chapter {
                name: chapter.name.clone(),
                // Those of generated chapters go on counting; on paper an appendix is no chapter.
                number: chapter
                    .number
                    .as_ref()
                    .filter(|_| !is_generated)
                    .map(|number| number.to_string().trim_end_matches('.').to_owned()),
                path: path.clone(),
                text: chapter.content.clone(),
                level,
                is_generated,
                above: self.part.clone().unwrap_or_else(|| self.manuscript.title.to_owned()),
            }));
        }
        for item in &chapter.sub_items {
            if let BookItem::Chapter(chapter) = item {
                self.chapter(chapter, depth + 1);
            }
        }
    }

    /// A part is begun by its first chapter that is set.
    fn open_part(&mut self) {
        let Some(part) = &self.part else { return };
        let last = self.items.iter().rev().find_map(|item| match item {
            Item::Part(name) => Some(name),
            Item::Chapter(_) => None,
        });
        if last != Some(part) {
            self.items.push(Item::Part(part.clone()));
        }
    }
}
