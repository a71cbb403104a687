//! What is written about the PDF, and what it means.

use std::path::{Path, PathBuf};

use exemplar_model::pdf::{Addresses, Paper, PdfSettings, Sides, Standard};
use serde::Deserialize;
use toml::Spanned;

use super::meaning::Meaning;
use super::table::what_is_meant;

/// The PDF that `exemplar build` makes.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Pdf"))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WrittenPdf {
    /// Whether there is one.
    enabled: Option<bool>,
    /// The size of a page.
    #[cfg_attr(test, schemars(schema_with = "schema::paper"))]
    paper: Option<Spanned<String>>,
    /// `two` mirrors the margins and opens chapters on the right, for a book that is printed on both sides.
    #[cfg_attr(test, schemars(schema_with = "schema::sides"))]
    sides: Option<Spanned<String>>,
    /// `footnotes` prints the addresses of links that lead out of the book, for readers of paper; `none` does not.
    #[cfg_attr(test, schemars(schema_with = "schema::addresses"))]
    addresses: Option<Spanned<String>>,
    /// Whether a list of the listings that have a title stands behind the contents; without this, where there are ten or more.
    list_of_listings: Option<bool>,
    /// The standards that the file keeps.
    #[cfg_attr(test, schemars(schema_with = "schema::standards"))]
    standards: Option<Vec<Spanned<String>>>,
    /// The family of the text.
    text_font: Option<String>,
    /// The family of headings and captions.
    heading_font: Option<String>,
    /// The family of code.
    code_font: Option<String>,
    /// Folders with fonts of the book's own.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    fonts: Option<Vec<Spanned<PathBuf>>>,
    /// Patterns, as in .gitignore, of the chapters that are in it, from the folder of the sources; all when there are none.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    chapters: Option<Vec<Spanned<String>>>,
}

impl Meaning<'_> {
    pub(super) fn pdf(&mut self, written: WrittenPdf, settings: &mut PdfSettings) {
        settings.enabled = written.enabled.unwrap_or(settings.enabled);
        if let Some(paper) = &written.paper {
            settings.paper = self.choice(paper, &Paper::ALL).unwrap_or_default();
        }
        if let Some(sides) = &written.sides {
            settings.sides = self.choice(sides, &Sides::ALL).unwrap_or_default();
        }
        if let Some(addresses) = &written.addresses {
            settings.addresses = self.choice(addresses, &Addresses::ALL).unwrap_or_default();
        }
        settings.list_of_listings = written.list_of_listings.or(settings.list_of_listings);
        if let Some(standards) = &written.standards {
            settings.standards =
                standards.iter().filter_map(|standard| self.choice(standard, &Standard::ALL)).collect();
        }
        let families = &mut settings.families;
        for (family, written) in [
            (&mut families.text, written.text_font),
            (&mut families.headings, written.heading_font),
            (&mut families.code, written.code_font),
        ] {
            if let Some(written) = written {
                *family = written;
            }
        }
        if let Some(folders) = &written.fonts {
            settings.fonts = self.paths(folders, "folder", Path::is_dir);
        }
        for pattern in written.chapters.into_iter().flatten() {
            self.pattern(&mut ignore::gitignore::GitignoreBuilder::new(""), &pattern);
            settings.chapters.push(pattern.into_inner());
        }
    }

    /// The value of a word, of those that there are.
    fn choice<T: Copy>(&mut self, written: &Spanned<String>, all: &[(&'static str, T)]) -> Option<T> {
        let word = written.get_ref();
        let found = all.iter().find(|(known, _)| known == word).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = all.iter().map(|(known, _)| *known).collect();
            self.wrong(written.span(), format!("unknown value `{word}`; {}", what_is_meant(word, &known)));
        }
        found
    }
}

#[cfg(test)]
mod schema {
    use exemplar_model::pdf::{Addresses, Paper, Sides, Standard};
    use schemars::{Schema, SchemaGenerator, json_schema};

    pub(super) fn paper(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": Paper::ALL.map(|(word, _)| word) })
    }

    pub(super) fn sides(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": Sides::ALL.map(|(word, _)| word) })
    }

    pub(super) fn addresses(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": Addresses::ALL.map(|(word, _)| word) })
    }

    pub(super) fn standards(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": { "enum": Standard::ALL.map(|(word, _)| word) } })
    }
}
