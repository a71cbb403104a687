//! The whole way of a book, from woven chapters to a file.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use exemplar_model::pdf::PdfSettings;
use ignore::gitignore::GitignoreBuilder;

use crate::attachments::{self, Attachment};
use crate::convert::{Converted, Converter, Shelf, Titled};
use crate::date::Moment;
use crate::emit::literal;
use crate::finding::Finding;
use crate::fonts::Fonts;
use crate::index::{self, Occurrence};
use crate::layout::Back;
use crate::links::{Links, chapter_key};
use crate::manuscript::{Chapter, Item, Manuscript, items};
use crate::solutions::{self, Solution};
use crate::tree::{self, Node};
use crate::typeset::{Map, Typeset, typeset};
use crate::world::{Files, MAIN};
use crate::{PdfError, Rendered, Theme, layout, report};

/// Typesets a book.
///
/// # Errors
/// When a font, a template or the settings are wrong, or something can't be read. What is wrong with the book itself is a diagnostic.
pub fn render(
    manuscript: &Manuscript<'_>,
    settings: &PdfSettings,
    theme: Theme<'_>,
) -> Result<Rendered, PdfError> {
    let fonts = Fonts::load(theme.fonts, &settings.fonts)?;
    fonts.check(&settings.families)?;
    let items = items(manuscript, &wanted(&settings.chapters)?);
    let chapters: Vec<Chapter> = items
        .iter()
        .filter_map(|item| match item {
            Item::Chapter(chapter) => Some(chapter.clone()),
            Item::Part(_) => None,
        })
        .collect();
    if chapters.is_empty() {
        return Err(PdfError::Empty);
    }
    let mut trees: Vec<Vec<Node>> =
        chapters.iter().map(|chapter| tree::read(&chapter.text, manuscript.smart_punctuation)).collect();
    let links = Links::new(&chapters, &mut trees, manuscript.screen_only);
    let solutions: Vec<Solution> =
        trees.iter_mut().enumerate().flat_map(|(at, tree)| solutions::take(tree, at)).collect();
    let claimed = RefCell::default();
    let shelf = Shelf {
        chapters: &chapters,
        links: &links,
        fonts: &fonts,
        source: manuscript.source,
        claimed: &claimed,
        addresses: settings.addresses,
        sheets: layout::sheet_layouts(settings.paper),
        mathematics: manuscript.mathematics,
    };

    let mut press = Press::default();
    for (at, tree) in trees.iter().enumerate() {
        press.chapter(shelf, at, tree);
    }
    let level = if items.iter().any(|item| matches!(item, Item::Part(_))) { last_level(&items) } else { 1 };
    press.solutions(shelf, &solutions, level);
    press.index(level);
    press.attach(manuscript, &chapters)?;
    // Pages need the memory.
    drop((trees, solutions));
    if press.findings.iter().any(|(_, finding)| finding.is_fatal()) {
        let diagnostics = report::diagnostics(manuscript, &chapters, &press.findings);
        return Ok(Rendered { pdf: None, pages: 0, diagnostics });
    }
    let moment = Moment::new(manuscript.date);
    let mut made = press.print(&items, fonts, manuscript, settings, theme, moment)?;
    if let Typeset::Findings(findings) = &mut made.0 {
        made.1.append(findings);
    }
    let diagnostics = report::diagnostics(manuscript, &chapters, &made.1);
    Ok(match made.0 {
        Typeset::Pdf(bytes, pages) => Rendered { pdf: Some(bytes), pages, diagnostics },
        Typeset::Findings(_) => Rendered { pdf: None, pages: 0, diagnostics },
    })
}

/// Which chapters are set.
fn wanted(patterns: &[String]) -> Result<impl Fn(&Path) -> bool, PdfError> {
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        builder.add_line(None, pattern)?;
    }
    let matcher = builder.build()?;
    Ok(move |path: &Path| {
        matcher.is_empty()
            || path.starts_with("appendix")
            || matcher.matched_path_or_any_parents(path, false).is_ignore()
    })
}

/// The level of what comes at the back: that of the last chapters at the top.
fn last_level(items: &[Item]) -> usize {
    let last = items.iter().rev().find_map(|item| match item {
        Item::Chapter(chapter) if chapter.path.components().count() < 3 => Some(chapter.level),
        _ => None,
    });
    last.unwrap_or(1).min(2)
}

/// Python's prompt as it is drawn in text.
pub(crate) const PROMPT: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 7"><g fill="none" stroke="#57606a" stroke-width="1"><path d="M1 1l2.6 2.5L1 6"/><path d="M7 1l2.6 2.5L7 6"/><path d="M13 1l2.6 2.5L13 6"/></g></svg>"##;

/// A source for Typst, and where its literals come from.
struct Sheet {
    path: String,
    text: String,
    chapter: usize,
    converted: Converted,
}

/// As many listings with a title have a list of their own.
const MANY_LISTINGS: usize = 10;

/// What is gathered before anything is printed.
#[derive(Default)]
struct Press {
    sheets: Vec<Sheet>,
    sections: Vec<Vec<String>>,
    titled: Vec<Titled>,
    back: Vec<Back>,
    findings: Vec<(usize, Finding)>,
    index: Vec<Occurrence>,
    listings: Vec<Vec<attachments::Listing>>,
    attachments: Vec<Attachment>,
    kits: BTreeMap<String, Vec<u8>>,
}

impl Press {
    fn chapter(&mut self, shelf: Shelf<'_>, at: usize, tree: &[Node]) {
        let chapter = &shelf.chapters[at];
        let title =
            tree.iter().position(|node| !node.is_blank()).filter(|&first| tree[first].named("h1").is_some());
        let rest = title.map_or(tree, |first| &tree[first + 1..]);
        let mut converter = Converter::new(shelf, at, rest, &format!("{at}"));
        let own = title.and_then(|first| tree[first].element());
        let display = own.map(|heading| converter.title(heading));
        // At the foot of the first page it can't stand alone on the last one.
        let is_note = |node: &Node| node.element().is_some_and(|it| it.has_class("exemplar-verified"));
        let note = rest.iter().rposition(is_note).unwrap_or(rest.len());
        let (body, note) = rest.split_at(note);
        let (note, behind) = note.split_at(note.len().min(1));
        converter.flow(note);
        converter.flow(body);
        converter.flow(behind);
        let mut converted = self.gathered(shelf.chapters, at, converter.finish());
        self.sections.push(std::mem::take(&mut converted.sections));
        let key = chapter_key(at);
        let display = display.as_deref();
        let text = if let Some(sheet) = converted.sheet {
            layout::cheat_sheet(&key, chapter.level, &chapter.name, display, sheet, &converted.text)
        } else {
            let number = chapter.number.as_deref();
            layout::chapter(
                &key,
                chapter.level,
                &chapter.name,
                &chapter.above,
                number,
                display,
                &converted.text,
            )
        };
        self.sheets.push(Sheet { path: layout::chapter_path(at), text, chapter: at, converted });
    }

    fn gathered(&mut self, chapters: &[Chapter], at: usize, mut converted: Converted) -> Converted {
        self.findings
            .extend(std::mem::take(&mut converted.findings).into_iter().map(|finding| (at, finding)));
        self.index.append(&mut converted.index);
        // Generated chapters repeat the listings of others.
        if !chapters[at].is_generated {
            self.titled.append(&mut converted.titled);
        }
        self.kits.append(&mut converted.kits);
        if self.listings.len() <= at {
            self.listings.resize(at + 1, Vec::new());
        }
        self.listings[at].append(&mut converted.listings);
        converted
    }

    /// Solutions: one source each, since each has a chapter that it comes from.
    fn solutions(&mut self, shelf: Shelf<'_>, solutions: &[Solution], level: usize) {
        if solutions.is_empty() {
            return;
        }
        let mut whole = String::new();
        let mut chapter = None;
        for (number, solution) in solutions.iter().enumerate() {
            if chapter != Some(solution.chapter) {
                chapter = Some(solution.chapter);
                let name = literal(&shelf.chapters[solution.chapter].name);
                whole.push_str(&format!("#section({}, 0, [#{name}])\n", level + 1));
            }
            whole.push_str(&format!(
                "#section({}, 1, key: {}, [#{}])\n#small(r({}, \"Back to the question\"))\n",
                level + 2,
                literal(&solution.key),
                literal(&solution.title),
                literal(&solution.back),
            ));
            let mut converter =
                Converter::new(shelf, solution.chapter, &solution.nodes, &format!("s{number}"));
            converter.flow(&solution.nodes);
            let converted = self.gathered(shelf.chapters, solution.chapter, converter.finish());
            let path = format!("solutions/{number}.typ");
            whole.push_str(&format!("#include \"/{path}\"\n"));
            let text = format!("{}{}", layout::IMPORT, converted.text);
            self.sheets.push(Sheet { path, text, chapter: solution.chapter, converted });
        }
        self.at_the_back("solutions", level, "Solutions", &whole);
    }

    fn index(&mut self, level: usize) {
        if let Some(text) = index::typst(&self.index) {
            self.at_the_back("index", level, "Index", &text);
        }
    }

    fn at_the_back(&mut self, key: &str, level: usize, name: &str, text: &str) {
        let path = format!("back/{key}.typ");
        let text = layout::chapter(key, level, name, name, None, None, text);
        self.back.push(Back { path: path.clone(), name: name.to_owned() });
        self.sheets.push(Sheet { path, text, chapter: usize::MAX, converted: Converted::default() });
    }

    fn attach(&mut self, manuscript: &Manuscript<'_>, chapters: &[Chapter]) -> Result<(), PdfError> {
        for (chapter, listings) in chapters.iter().zip(&self.listings) {
            let page = manuscript.pages.get(&chapter.path).map(|page| page.text.as_str());
            // Generated chapters repeat the listings of others.
            if page.is_some() {
                self.attachments.extend(attachments::of_chapter(
                    &chapter.path,
                    &chapter.name,
                    listings,
                    page,
                )?);
            }
        }
        let kit = |(name, content): (String, Vec<u8>)| {
            let description = "A lab: its starter and tests".to_owned();
            Attachment { name: format!("lab-{name}"), content, mime: "application/zip", description }
        };
        self.attachments.extend(std::mem::take(&mut self.kits).into_iter().map(kit));
        attachments::tell_apart(&mut self.attachments);
        Ok(())
    }

    fn print(
        self,
        items: &[Item],
        fonts: Fonts,
        manuscript: &Manuscript<'_>,
        settings: &PdfSettings,
        theme: Theme<'_>,
        moment: Moment,
    ) -> Result<(Typeset, Vec<(usize, Finding)>), PdfError> {
        let mut files = Files::new(fonts)?;
        for (path, text) in theme.templates {
            files.add_source(path, (*text).to_owned())?;
        }
        files.add_source("config.typ", layout::config(manuscript, settings))?;
        files.add("prompt.svg", PROMPT.as_bytes().to_vec())?;
        let is_many = self.titled.len() >= MANY_LISTINGS;
        let listings = if settings.list_of_listings.unwrap_or(is_many) { &*self.titled } else { &[] };
        files
            .add_source(MAIN, layout::main(items, &self.sections, listings, &self.back, &self.attachments))?;
        for attachment in self.attachments {
            files.add(&attachment.name, attachment.content)?;
        }
        let mut map = Map::default();
        for sheet in self.sheets {
            // The frame of a chapter stands before its text.
            let before = sheet.text.find(&sheet.converted.text).filter(|_| !sheet.converted.text.is_empty());
            let id = files.add_source(&sheet.path, sheet.text)?;
            for (path, picture) in sheet.converted.pictures {
                let id = files.add(&path, picture.content)?;
                map.pictures.insert(id, (sheet.chapter, picture.range));
            }
            if let Some(before) = before {
                map.sources.insert(id, (sheet.chapter, sheet.converted.origins, before));
            }
        }
        let made = typeset(&files, &map, settings, manuscript.title, moment)?;
        Ok((made, self.findings))
    }
}
