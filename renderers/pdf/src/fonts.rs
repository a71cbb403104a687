//! Fonts: ours, handed down as data, and the book's own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use exemplar_model::pdf::Families;
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};

use crate::PdfError;

/// All fonts that a page may be set in.
pub(crate) struct Fonts {
    /// The fonts, ours first.
    pub(crate) fonts: Vec<Font>,
    /// Their names and what they can.
    pub(crate) book: FontBook,
}

/// Families that are looked in for what the chosen ones don't have.
pub(crate) const FALLBACK: [&str; 3] = ["Noto Emoji", "DejaVu Sans Mono", "Droid Sans Fallback"];

impl Fonts {
    /// Loads the fonts.
    ///
    /// # Errors
    /// When a folder can't be read, or holds no font.
    pub(crate) fn load(ours: &[&'static [u8]], folders: &[PathBuf]) -> Result<Self, PdfError> {
        let mut fonts: Vec<Font> = ours.iter().flat_map(|data| Font::iter(Bytes::new(*data))).collect();
        for folder in folders {
            let before = fonts.len();
            for path in font_files(folder)? {
                fonts.extend(Font::iter(Bytes::new(fs_err::read(path)?)));
            }
            if fonts.len() == before {
                return Err(PdfError::NoFonts { folder: folder.clone() });
            }
        }
        let book = FontBook::from_fonts(&fonts);
        Ok(Self { fonts, book })
    }

    /// Refuses a family that there is not.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn check(&self, families: &Families) -> Result<(), PdfError> {
        let asked = [
            ("text-font", &families.text),
            ("heading-font", &families.headings),
            ("code-font", &families.code),
        ];
        for (key, family) in asked {
            if !self.book.contains_family(&family.to_lowercase()) {
                let known: BTreeSet<&str> = self.book.families().map(|(name, _)| name).collect();
                let known = known.into_iter().collect::<Vec<_>>().join(", ");
                return Err(PdfError::NoFamily { key, family: family.clone(), known });
            }
        }
        Ok(())
    }

    /// Whether some font can show a character. What is never shown, none has to.
    pub(crate) fn covers(&self, c: char) -> bool {
        is_invisible(c) || self.fonts.iter().any(|font| font.info().coverage.contains(c.into()))
    }
}

/// Characters that join or choose others and have no shape of their own.
fn is_invisible(c: char) -> bool {
    c == '\n'
        || c == '\u{ad}'
        || ('\u{200b}'..='\u{200f}').contains(&c)
        || ('\u{2060}'..='\u{2064}').contains(&c)
        || ('\u{fe00}'..='\u{fe0f}').contains(&c)
        || c == '\u{feff}'
}

fn font_files(folder: &Path) -> Result<Vec<PathBuf>, PdfError> {
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let end = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
        if end.is_some_and(|end| ["ttf", "otf", "ttc", "otc"].iter().any(|known| end == *known)) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
