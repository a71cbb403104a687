//! The book's own Typst: what templates are told, and the order of everything.

use exemplar_model::pdf::{Paper, PdfSettings, Sides};

use crate::attachments::Attachment;
use crate::convert::Titled;
use crate::emit::{array, literal};
use crate::fonts::FALLBACK;
use crate::manuscript::{Item, Manuscript};

/// Sizes by paper.
struct Sheet {
    width: &'static str,
    height: &'static str,
    one: &'static str,
    two: &'static str,
    vertical: &'static str,
    size: &'static str,
}

/// A way to set a cheat sheet on its landscape page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SheetLayout {
    /// Its columns.
    pub(crate) columns: usize,
    /// The size of its type.
    size: &'static str,
    /// About how many lines a column has.
    pub(crate) lines: usize,
}

/// The ways to set one on a paper, the largest type first.
pub(crate) fn sheet_layouts(paper: Paper) -> &'static [SheetLayout] {
    const LARGE: &[SheetLayout] = &[
        SheetLayout { columns: 2, size: "11pt", lines: 32 },
        SheetLayout { columns: 3, size: "7.9pt", lines: 46 },
    ];
    const SMALL: &[SheetLayout] = &[
        SheetLayout { columns: 2, size: "9pt", lines: 30 },
        SheetLayout { columns: 2, size: "7.9pt", lines: 36 },
    ];
    match paper {
        Paper::A4 | Paper::Letter => LARGE,
        Paper::Trim => SMALL,
    }
}

fn sheet(paper: Paper) -> Sheet {
    match paper {
        Paper::A4 => Sheet {
            width: "210mm",
            height: "297mm",
            one: "x: 38mm",
            two: "inside: 33mm, outside: 43mm",
            vertical: "top: 27mm, bottom: 29mm",
            size: "10.9pt",
        },
        Paper::Letter => Sheet {
            width: "8.5in",
            height: "11in",
            one: "x: 41mm",
            two: "inside: 36mm, outside: 46mm",
            vertical: "top: 25mm, bottom: 27mm",
            size: "10.9pt",
        },
        Paper::Trim => Sheet {
            width: "178mm",
            height: "235mm",
            one: "x: 27.5mm",
            two: "inside: 23mm, outside: 32mm",
            vertical: "top: 22mm, bottom: 24mm",
            size: "10pt",
        },
    }
}

/// What templates are told.
pub(crate) fn config(manuscript: &Manuscript<'_>, settings: &PdfSettings) -> String {
    let sheet = sheet(settings.paper);
    let (sides, horizontal) = match settings.sides {
        Sides::One => ("one", sheet.one),
        Sides::Two => ("two", sheet.two),
    };
    let (lang, region) = manuscript.language.split_once(['-', '_']).unwrap_or((manuscript.language, ""));
    let region = if region.len() == 2 { literal(&region.to_uppercase()) } else { "none".to_owned() };
    let lang = if (2..=3).contains(&lang.len()) { lang.to_lowercase() } else { "en".to_owned() };
    let family = |name: &str| format!("({},)", literal(name));
    let provenance: String = manuscript
        .provenance
        .iter()
        .map(|(name, value)| format!("({}, {}),", literal(name), literal(value)))
        .collect();
    let Sheet { width, height, vertical, size, .. } = sheet;
    let fields = [
        ("title", literal(manuscript.title)),
        ("description", manuscript.description.map_or("none".to_owned(), literal)),
        ("authors", array(manuscript.authors)),
        ("keywords", array(&["Python"])),
        ("lang", literal(&lang)),
        ("region", region),
        ("width", width.to_owned()),
        ("height", height.to_owned()),
        ("margin", format!("({horizontal}, {vertical})")),
        ("size", size.to_owned()),
        ("code", "0.84".to_owned()),
        ("serif", family(&settings.families.text)),
        ("sans", family(&settings.families.headings)),
        ("mono", family(&settings.families.code)),
        ("fallback", array(&FALLBACK)),
        ("sides", literal(sides)),
        ("contents", literal("Contents")),
        ("listings", literal("Listings")),
        ("provenance", format!("({provenance})")),
    ];
    let lines: String = fields.into_iter().map(|(name, value)| format!("  {name}: {value},\n")).collect();
    format!("#let config = (\n{lines})\n")
}

/// The path of a chapter's source.
pub(crate) fn chapter_path(chapter: usize) -> String {
    format!("chapters/{chapter}.typ")
}

/// What every chapter's source begins with.
pub(crate) const IMPORT: &str = "#import \"/pdf/book.typ\": *\n";

/// A chapter's source around its text.
pub(crate) fn chapter(
    key: &str,
    level: usize,
    name: &str,
    above: &str,
    number: Option<&str>,
    display: Option<&str>,
    text: &str,
) -> String {
    format!(
        "{IMPORT}#show: chapter.with({}, {level}, {}, above: {}, number: {}, display: {})\n{text}\n",
        literal(key),
        literal(name),
        literal(above),
        number.map_or("none".to_owned(), literal),
        display.unwrap_or("none"),
    )
}

/// A cheat sheet's source around its text.
pub(crate) fn cheat_sheet(
    key: &str,
    level: usize,
    name: &str,
    display: Option<&str>,
    layout: SheetLayout,
    text: &str,
) -> String {
    let SheetLayout { columns, size, .. } = layout;
    format!(
        "{IMPORT}#show: sheet.with({}, {level}, {}, {columns}, {size}, display: {})\n{text}\n",
        literal(key),
        literal(name),
        display.unwrap_or("none"),
    )
}

/// A source of what comes at the back.
#[derive(Debug)]
pub(crate) struct Back {
    /// Its path.
    pub(crate) path: String,
    /// What the contents call it.
    pub(crate) name: String,
}

/// The file that is compiled: front matter, parts and chapters, what comes at the back, and the attached files.
/// `sections` are the names of those that the contents have, by chapter.
pub(crate) fn main(
    items: &[Item],
    sections: &[Vec<String>],
    listings: &[Titled],
    back: &[Back],
    attachments: &[Attachment],
) -> String {
    let mut out = format!("{IMPORT}#show: book\n");
    for it in attachments {
        out.push_str(&format!(
            "#pdf.attach({}, relationship: \"source\", mime-type: {}, description: {})\n",
            literal(&format!("/{}", it.name)),
            literal(it.mime),
            literal(&it.description)
        ));
    }
    out.push_str("#title-page\n#colophon\n#contents(\"contents\", (\n");
    let mut chapters = sections.iter();
    for item in items {
        match item {
            Item::Part(name) => out.push_str(&planned("part", None, name)),
            Item::Chapter(chapter) => {
                // A cheat sheet stands below the chapter that lists them.
                let kind =
                    if chapter.path.starts_with("appendix/cheat-sheets") { "section" } else { "chapter" };
                out.push_str(&planned(kind, chapter.number.as_deref(), &chapter.name));
                for name in chapters.next().into_iter().flatten() {
                    out.push_str(&planned("section", None, name));
                }
            }
        }
    }
    for it in back {
        out.push_str(&planned("chapter", None, &it.name));
    }
    out.push_str("))\n");
    if !listings.is_empty() {
        out.push_str("#list-of-listings(\"listings\", (\n");
        for it in listings {
            out.push_str(&format!("  {},\n", array(&[&it.number, &it.title, &it.key])));
        }
        out.push_str("))\n");
    }
    out.push_str("#main-matter[\n");
    let mut chapter = 0;
    for (number, item) in items.iter().enumerate() {
        match item {
            Item::Part(name) => {
                out.push_str(&format!("#part(\"p{number}\", 1, {})\n", literal(name)));
            }
            Item::Chapter(_) => {
                out.push_str(&format!("#include \"/{}\"\n", chapter_path(chapter)));
                chapter += 1;
            }
        }
    }
    for it in back {
        out.push_str(&format!("#include \"/{}\"\n", it.path));
    }
    out.push_str("]\n");
    out
}

/// An entry of the contents as it will be, for the pass in which Typst knows no heading yet.
fn planned(kind: &str, number: Option<&str>, name: &str) -> String {
    let number = number.map_or("none".to_owned(), literal);
    format!("  ({}, {number}, {}),\n", literal(kind), literal(name))
}
