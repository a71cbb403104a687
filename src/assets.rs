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
