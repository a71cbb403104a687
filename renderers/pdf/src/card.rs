//! Pictures of pages for those who link to them: what a link's preview shows, set by Typst like the book itself.
//!
//! Typst makes a page of each, that becomes an SVG whose letters are outlines, and that becomes pixels. Nothing of it depends on the
//! system's fonts, so the same book gives the same bytes.

use exemplar_model::pdf::Families;
use rayon::prelude::*;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use typst::diag::SourceDiagnostic;
use typst_layout::{Page, PagedDocument};
use typst_svg::SvgOptions;

use crate::emit::{array, literal};
use crate::fonts::{FALLBACK, Fonts};
use crate::world::{Files, MAIN};
use crate::{PdfError, Theme};

/// The size that networks ask for.
pub const SIZE: (u32, u32) = (1200, 630);

/// What stands on a picture.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Card {
    /// Above the title: the book's, on the picture of a chapter.
    pub book: String,
    /// The title.
    pub title: String,
    /// Below it.
    pub note: String,
}

/// Draws them, as PNG.
///
/// # Errors
/// When Typst refuses its template, or a picture can't be written; both are bugs.
pub fn cards(cards: &[Card], theme: Theme<'_>) -> Result<Vec<Vec<u8>>, PdfError> {
    let mut files = Files::new(Fonts::load(theme.fonts, &[])?)?;
    for (path, text) in theme.templates {
        let path = path.trim_start_matches("pdf/");
        files.add_source(path, (*text).to_owned())?;
    }
    files.add_source("config.typ", config())?;
    files.add("prompt.svg", crate::render::PROMPT.as_bytes().to_vec())?;
    let mut main = String::from("#import \"card.typ\": cards\n#cards((");
    for Card { book, title, note } in cards {
        main.push_str(&format!("{},", array(&[book, title, note])));
    }
    main.push_str("))\n");
    files.add_source(MAIN, main)?;
    let bug = |errors: &[SourceDiagnostic]| PdfError::Bug {
        message: errors.first().map_or_else(String::new, |error| error.message.to_string()),
    };
    let document = typst::compile::<PagedDocument>(&files).output.map_err(|errors| bug(&errors))?;
    document.pages().par_iter().map(picture).collect()
}

/// What the templates are told: they are those of the book.
fn config() -> String {
    let families = Families::default();
    let family = |name: &str| format!("({},)", literal(name));
    format!(
        "#let config = (serif: {}, sans: {}, mono: {}, fallback: {})\n",
        family(&families.text),
        family(&families.headings),
        family(&families.code),
        array(&FALLBACK)
    )
}

fn picture(page: &Page) -> Result<Vec<u8>, PdfError> {
    let bug = |cause: String| PdfError::Bug { message: format!("a picture for link previews: {cause}") };
    let svg = typst_svg::svg(page, &SvgOptions::default());
    let tree = Tree::from_str(&svg, &Options::default()).map_err(|error| bug(error.to_string()))?;
    let (width, height) = SIZE;
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| bug("it has no size".to_owned()))?;
    let size = tree.size();
    let scale = Transform::from_scale(width as f32 / size.width(), height as f32 / size.height());
    resvg::render(&tree, scale, &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| bug(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{Card, cards};
    use crate::tests::THEME;

    #[test]
    fn each_is_a_picture_of_the_size_that_networks_ask_for_and_the_same_twice() {
        let card = |title: &str| Card { book: "B".into(), title: title.into(), note: "n".into() };
        let long = "long words ".repeat(200);
        let all =
            [card("__init__ & #panic()"), card(&long), card(""), card("\u{5b57} \u{1f600} \" \u{10ffff}")];
        let drawn = cards(&all, THEME).unwrap();
        assert_eq!(drawn.len(), all.len());
        for picture in &drawn {
            assert_eq!(picture[..8], *b"\x89PNG\r\n\x1a\n");
            assert_eq!(picture[16..24], [0, 0, 4, 176, 0, 0, 2, 118]);
        }
        assert_eq!(cards(&all, THEME).unwrap(), drawn);
        assert_ne!(drawn[0], drawn[2], "what they say is to be seen");
    }
}
