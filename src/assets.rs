//! Our theme, embedded: `exemplar` is one file to install (and its worker), and every stage gets the theme handed down as data.

use exemplar_site::Asset;

macro_rules! assets {
    ($($path:literal),* $(,)?) => {
        &[$(Asset { path: $path, content: include_bytes!(concat!("../theme/", $path)) }),*]
    };
}

/// The files of `theme/`.
pub(crate) const THEME: &[Asset] = assets![
    "exemplar.css",
    "reading.css",
    "exemplar.js",
    "sessions.js",
    "reading.js",
    "search.js",
    "head.hbs",
    "index.hbs",
    "teaching.css",
    // Before the script that asks it when a card is due.
    "ts-fsrs.js",
    "teaching.js",
];

#[cfg(feature = "pdf")]
macro_rules! pdf {
    (templates: [$($template:literal),* $(,)?], fonts: [$($font:literal),* $(,)?] $(,)?) => {
        exemplar_pdf::Theme {
            templates: &[$((concat!("pdf/", $template), include_str!(concat!("../theme/pdf/", $template)))),*],
            fonts: &[$(include_bytes!(concat!("../theme/fonts/", $font))),*],
        }
    };
}

/// Templates and fonts of the PDF.
#[cfg(feature = "pdf")]
pub(crate) const PDF: exemplar_pdf::Theme<'static> = pdf! {
    templates: ["book.typ", "boxes.typ", "card.typ", "code.typ", "style.typ"],
    fonts: [
        "SourceSerif4_400Regular.ttf",
        "SourceSerif4_400Regular_Italic.ttf",
        "SourceSerif4_700Bold.ttf",
        "SourceSerif4_700Bold_Italic.ttf",
        "Inter_400Regular.ttf",
        "Inter_600SemiBold.ttf",
        "Inter_700Bold.ttf",
        "JetBrainsMono_400Regular.ttf",
        "JetBrainsMono_500Medium.ttf",
        "JetBrainsMono_400Regular_Italic.ttf",
        "JetBrainsMono_700Bold.ttf",
        "NotoEmoji_400Regular.ttf",
        "DejaVuSansMono.ttf",
        "DroidSansFallbackFull.ttf",
    ],
};
