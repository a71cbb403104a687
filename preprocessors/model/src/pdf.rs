//! What an author may choose about the PDF.

use std::path::PathBuf;

/// The size of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// 210 × 297 mm.
    A4,
    /// 8.5 × 11 in.
    Letter,
    /// 178 × 235 mm, the trim size of programming books.
    #[default]
    Trim,
}

impl Paper {
    /// All of them, as they are written.
    pub const ALL: [(&'static str, Self); 3] =
        [("a4", Self::A4), ("letter", Self::Letter), ("178x235mm", Self::Trim)];
}

/// Whether a page has a back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sides {
    /// All pages alike, for the screen.
    #[default]
    One,
    /// Mirrored margins, and chapters that open on the right.
    Two,
}

impl Sides {
    /// All of them, as they are written.
    pub const ALL: [(&'static str, Self); 2] = [("one", Self::One), ("two", Self::Two)];
}

/// A standard that the file keeps, of those that allow attached files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// PDF/UA-1: everybody can read it.
    Ua1,
    /// PDF/A-3, level A: it can be kept for decades, structure included.
    A3a,
    /// PDF/A-3, level B: it will look the same.
    A3b,
    /// PDF/A-3, level U: and its text can be searched.
    A3u,
    /// PDF/A-4 with files.
    A4f,
    /// PDF 1.7.
    V17,
    /// PDF 2.0.
    V20,
}

impl Standard {
    /// All of them, as they are written.
    pub const ALL: [(&'static str, Self); 7] = [
        ("ua-1", Self::Ua1),
        ("a-3a", Self::A3a),
        ("a-3b", Self::A3b),
        ("a-3u", Self::A3u),
        ("a-4f", Self::A4f),
        ("1.7", Self::V17),
        ("2.0", Self::V20),
    ];
}

/// What becomes of the addresses of links that lead out of the book, which paper can't follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addresses {
    /// Each stands at the foot of the page, once a chapter, unless it is the text of its link.
    #[default]
    Footnotes,
    /// They are not printed.
    None,
}

impl Addresses {
    /// All of them, as they are written.
    pub const ALL: [(&'static str, Self); 2] = [("footnotes", Self::Footnotes), ("none", Self::None)];
}

/// The families of type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Families {
    /// Of the text.
    pub text: String,
    /// Of headings and captions.
    pub headings: String,
    /// Of code.
    pub code: String,
}

impl Default for Families {
    fn default() -> Self {
        Self { text: "Source Serif 4".into(), headings: "Inter".into(), code: "JetBrains Mono".into() }
    }
}

/// The settings of the PDF. All paths in it are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfSettings {
    /// Whether `exemplar build` makes one.
    pub enabled: bool,
    /// The size of a page.
    pub paper: Paper,
    /// Whether it is printed on both sides.
    pub sides: Sides,
    /// Whether addresses of links are printed.
    pub addresses: Addresses,
    /// Whether there is a list of the listings that have a title; none: where there are many.
    pub list_of_listings: Option<bool>,
    /// The standards that the file keeps.
    pub standards: Vec<Standard>,
    /// The families of type.
    pub families: Families,
    /// Folders with fonts of the book's own.
    pub fonts: Vec<PathBuf>,
    /// Patterns, as in .gitignore, of the chapters that are in it; all when there are none.
    pub chapters: Vec<String>,
}

impl Default for PdfSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            paper: Paper::default(),
            sides: Sides::default(),
            addresses: Addresses::default(),
            list_of_listings: None,
            standards: vec![Standard::Ua1, Standard::A3a],
            families: Families::default(),
            fonts: Vec::new(),
            chapters: Vec::new(),
        }
    }
}
