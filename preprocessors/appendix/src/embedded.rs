//! Our templates. They stand here and not beside the rest of the theme in the root crate because `mdbook-exemplar-appendix` has them too,
//! and knows nothing of that crate.

use crate::Template;

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(Template { path: concat!("appendix/", $name), text: include_str!(concat!("../../../theme/appendix/", $name)) }),*]
    };
}

/// The templates of `theme/appendix/`.
pub const TEMPLATES: &[Template] = templates![
    "cheat-sheet.tera",
    "cheat-sheets.tera",
    "flashcards.tera",
    "glossary.tera",
    "gotchas.tera",
    "interview.tera",
    "labs.tera",
    "mock-interview.tera",
    "references.tera",
];
