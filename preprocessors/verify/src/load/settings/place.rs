//! Which file the settings stand in, and what the environment changes in them.
//!
//! A folder has its settings in one place. Two files that both have some are an error that names both: whichever was taken silently
//! would be the wrong one for somebody.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::table::Reader;
use super::written::OF_MDBOOK;
use super::{Settings, SettingsError, meaning};

/// Where the table stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsPlace {
    /// `[preprocessor.exemplar]` of book.toml.
    Book,
    /// exemplar.toml as a whole.
    Own,
    /// `[tool.exemplar]` of pyproject.toml.
    Project,
}

impl SettingsPlace {
    /// The places in the order in which they are looked for, with the file's name.
    pub const ALL: [(&'static str, Self); 3] =
        [("book.toml", Self::Book), ("exemplar.toml", Self::Own), ("pyproject.toml", Self::Project)];

    /// The names of the tables that the settings lie in, outermost first.
    fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Book => &["preprocessor", "exemplar"],
            Self::Own => &[],
            Self::Project => &["tool", "exemplar"],
        }
    }
}

/// A file that may have settings.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    /// Its path, an absolute one.
    pub path: PathBuf,
    /// Where in it they would stand.
    pub place: SettingsPlace,
    /// Its text.
    pub text: String,
}

/// Reads the settings of a folder, which is absolute, from the files in it; none when no file has a table of ours. `changes` are the
/// keys of book.toml that the environment sets, dotted: they hold wherever the settings stand.
///
/// # Errors
/// When a file is no TOML, two of them have settings, or there is something in a table that is no setting.
pub fn read(
    folder: &Path,
    files: &[SettingsFile],
    changes: &[(String, Json)],
) -> Result<Option<Settings>, SettingsError> {
    let mut tables = Vec::new();
    for file in files {
        if let Some(table) = file.table()? {
            tables.push((file, table));
        }
    }
    let here = !tables.is_empty();
    // A table of book.toml with nothing but mdBook's keys only says when the preprocessor runs.
    tables.retain(|(_, (table, _))| table.get_ref().keys().any(|key| !OF_MDBOOK.contains(&&**key.get_ref())));
    if let [(first, _), (second, (_, range)), ..] = tables.as_slice() {
        let message = format!("there are settings in `{}` too; keep them in one place", first.path.display());
        return Err(SettingsError::at(&second.path, &second.text, Some(range.clone()), &message));
    }
    let mut settings = Settings::without_file(folder);
    if let Some((file, (table, _))) = tables.first() {
        let mut reader = Reader::default();
        meaning::apply(&mut reader, table, file.place, folder, &mut settings);
        if !reader.mistakes.is_empty() {
            return Err(SettingsError::of_file(&file.path, &file.text, reader.mistakes));
        }
    }
    let own: Vec<_> = changes.iter().filter(|(key, _)| is_ours(key)).collect();
    if own.is_empty() {
        return Ok(here.then_some(settings));
    }
    let mut root = toml::Table::new();
    if let Some((file, _)) = tables.first() {
        set(&mut root, "preprocessor.exemplar", plain(&file.text, file.place));
    }
    for (key, value) in own {
        let failed = |cause: String| SettingsError::Environment { key: key.clone(), cause };
        set(&mut root, key, toml::Value::try_from(value).map_err(|error| failed(error.to_string()))?);
        let text = toml::to_string(&root).map_err(|error| failed(error.to_string()))?;
        let path = folder.join("book.toml");
        let changed = SettingsFile { path, place: SettingsPlace::Book, text };
        settings = Settings::without_file(folder);
        let Some((table, _)) = changed.table()? else { continue };
        let mut reader = Reader::default();
        meaning::apply(&mut reader, &table, changed.place, folder, &mut settings);
        if !reader.mistakes.is_empty() {
            let causes: Vec<String> = reader.mistakes.into_iter().map(|mistake| mistake.message).collect();
            return Err(failed(causes.join("; ")));
        }
    }
    Ok(Some(settings))
}

/// Whether a key of book.toml is of our table, or holds it.
fn is_ours(key: &str) -> bool {
    let table = "preprocessor.exemplar";
    key == "preprocessor"
        || key.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Sets a dotted key.
pub(in crate::load) fn set(table: &mut toml::Table, key: &str, value: toml::Value) {
    let Some((first, rest)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return;
    };
    let inner = table.entry(first).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if !inner.is_table() {
        *inner = toml::Value::Table(toml::Table::new());
    }
    if let toml::Value::Table(inner) = inner {
        set(inner, rest, value);
    }
}

/// The table of a file that was read before, without its places.
fn plain(text: &str, place: SettingsPlace) -> toml::Value {
    let whole = toml::Value::Table(text.parse().unwrap_or_default());
    let inner = place.tables().iter().try_fold(&whole, |value, name| value.get(name));
    inner.cloned().unwrap_or_else(|| toml::Value::Table(toml::Table::new()))
}

/// The table of the settings, and what of the file names it.
type FoundTable<'t> = (Spanned<DeTable<'t>>, Range<usize>);

impl SettingsFile {
    /// The table of the settings, and what of the file names it.
    fn table(&self) -> Result<Option<FoundTable<'_>>, SettingsError> {
        let wrong = |range, message: &str| SettingsError::at(&self.path, &self.text, range, message);
        let mut table = DeTable::parse(&self.text).map_err(|error| wrong(error.span(), error.message()))?;
        let mut range = 0..0;
        for name in self.place.tables() {
            let Some((key, value)) = table.get_mut().remove_entry(*name) else { return Ok(None) };
            range = key.span();
            let span = value.span();
            let DeValue::Table(inner) = value.into_inner() else {
                return Err(wrong(
                    Some(span),
                    &format!("expected a table: `[{}]`", self.place.tables().join(".")),
                ));
            };
            table = Spanned::new(span, inner);
        }
        Ok(Some((table, range)))
    }
}
