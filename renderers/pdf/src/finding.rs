//! What authors are told about their book on paper.

use std::ops::Range;

/// What can be wrong.
pub(crate) mod code {
    /// No font has a shape for a character.
    pub(crate) const MISSING_GLYPH: &str = "pdf-missing-glyph";
    /// A picture has no words.
    pub(crate) const MISSING_ALT: &str = "pdf-missing-alt";
    /// A picture is not there, or none.
    pub(crate) const MISSING_PICTURE: &str = "pdf-missing-picture";
    /// HTML that paper has nothing for.
    pub(crate) const UNSUPPORTED_HTML: &str = "pdf-unsupported-html";
    /// A formula.
    pub(crate) const UNSUPPORTED_MATHEMATICS: &str = "pdf-unsupported-mathematics";
    /// A link that leads nowhere in the PDF.
    pub(crate) const BROKEN_LINK: &str = "pdf-broken-link";
    /// A footnote that is on no page.
    pub(crate) const LOST_FOOTNOTE: &str = "pdf-lost-footnote";
    /// Typst says so.
    pub(crate) const TYPESETTING: &str = "pdf-typesetting";
}

/// Something about a place of the woven text that its author should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Its code.
    pub(crate) code: &'static str,
    /// The bytes of the chapter's woven text.
    pub(crate) range: Range<usize>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
}

impl Finding {
    /// Whether there can be no PDF with it: something would be missing on paper that the standards, or readers, can't do without.
    pub(crate) fn is_fatal(&self) -> bool {
        use code::{MISSING_ALT, MISSING_GLYPH, MISSING_PICTURE, TYPESETTING};
        [MISSING_GLYPH, MISSING_ALT, MISSING_PICTURE, TYPESETTING].contains(&self.code)
    }
}
