//! The settings as they are written: names, types and what each is for.
//!
//! `docs/schema/settings.json` is generated from these declarations, descriptions included, so a comment here is a text for authors. What
//! the values mean is [`meaning`](super::meaning)'s concern. A value keeps its place where more can be wrong with it than its type.

use std::path::PathBuf;

use exemplar_model::plan::Division;
use exemplar_model::protocol::Network;
use serde::Deserialize;
use toml::Spanned;

use super::pdf::WrittenPdf;
use super::{IsolationPolicy, WarningPolicy};

/// What holds for the project as a whole.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct WrittenProject {
    /// Pages and folders that `exemplar check` without paths checks, where there is no book.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(super) paths: Option<Vec<PathBuf>>,
    /// Patterns, as in .gitignore, of pages that are left out of folders.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(super) exclude: Option<Vec<Spanned<String>>>,
    /// The interpreter whose environment the examples run in: its path, or a version such as `3.13`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) python: Option<Spanned<PathBuf>>,
    /// What to do where sessions can't be kept from files and network: `auto` runs with a warning, `require` runs nothing, `off` doesn't try.
    pub(super) isolation: Option<IsolationPolicy>,
    /// Which modules are loaded before the sessions begin: `"auto"`, a list of names, or `false`.
    #[cfg_attr(test, schemars(schema_with = "schema::preload"))]
    pub(super) preload: Option<Spanned<WrittenPreload>>,
    /// Further tags of fences that are Python.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(super) tags: Option<Vec<Spanned<String>>>,
    /// The topics of interview questions and cheat sheets, in the order of the appendices.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(super) topics: Option<Vec<Spanned<String>>>,
    /// Where results are kept between runs, instead of in the user's own folder.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) cache_dir: Option<PathBuf>,
    /// How much room they may take, such as `"500MiB"`. What was not used for longest goes first.
    #[cfg_attr(test, schemars(schema_with = "schema::bytes"))]
    pub(super) cache_size: Option<Spanned<String>>,
    /// Where results are that several machines share, such as `"s3://bucket/folder?region=eu-central-1"`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) remote_cache: Option<Spanned<String>>,
    /// Whether they are written too: `"read-write"`, or `"read-only"`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) remote_cache_mode: Option<Spanned<String>>,
    /// The libraries that the index of references has where prose names them, as they are spelt there.
    pub(super) libraries: Option<Vec<String>>,
    /// The PDF that `exemplar build` makes.
    pub(super) pdf: Option<WrittenPdf>,
    /// How much a fence may ask for. What the settings themselves grant, it may always.
    pub(super) caps: Option<WrittenCaps>,
}

/// What may differ from page to page.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct WrittenRules {
    /// Flags of doctest that every example starts with, such as `"ELLIPSIS -ADDRESS"`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) flags: Option<Spanned<String>>,
    /// Which fences share a session: those of a `page`, those below a `heading`, or none: `fence`.
    #[cfg_attr(test, schemars(schema_with = "schema::division"))]
    pub(super) session: Option<Division>,
    /// Whether console fences run.
    pub(super) console: Option<bool>,
    /// What a warning is that nobody asked for: a `lint` or an `error`.
    pub(super) warnings: Option<WarningPolicy>,
    /// What is replaced in both texts before they are compared.
    #[cfg_attr(test, schemars(with = "Option<Vec<WrittenFilter>>"))]
    pub(super) filters: Option<Vec<WrittenFilter>>,
    /// Files of Python that every session begins with.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(super) prelude: Option<Vec<Spanned<PathBuf>>>,
    /// Files and folders that are copied into every session's directory.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(super) files: Option<Vec<Spanned<PathBuf>>>,
    /// Folders that modules are imported from.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(super) pythonpath: Option<Vec<Spanned<PathBuf>>>,
    /// How long an example may take, such as `"500ms"`, `"30s"` or `"2m"`.
    #[cfg_attr(test, schemars(schema_with = "schema::duration"))]
    pub(super) timeout: Option<Spanned<String>>,
    /// How long a session may take.
    #[cfg_attr(test, schemars(schema_with = "schema::duration"))]
    pub(super) session_timeout: Option<Spanned<String>>,
    /// How much memory a session's processes may hold together, such as `"512MiB"` or `"2GiB"`.
    #[cfg_attr(test, schemars(schema_with = "schema::bytes"))]
    pub(super) memory: Option<Spanned<String>>,
    /// How many processes a session may have at a time.
    #[cfg_attr(test, schemars(schema_with = "schema::count"))]
    pub(super) processes: Option<Spanned<i64>>,
    /// How much an example may print.
    #[cfg_attr(test, schemars(schema_with = "schema::bytes"))]
    pub(super) output: Option<Spanned<String>>,
    /// What a session may reach of the network.
    #[cfg_attr(test, schemars(schema_with = "schema::network"))]
    pub(super) network: Option<Network>,
}

/// How much a fence may ask for.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Caps"))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WrittenCaps {
    /// The longest `timeout=`.
    #[cfg_attr(test, schemars(schema_with = "schema::duration"))]
    pub(super) timeout: Option<Spanned<String>>,
    /// The largest `memory=`.
    #[cfg_attr(test, schemars(schema_with = "schema::bytes"))]
    pub(super) memory: Option<Spanned<String>>,
    /// The largest `processes=`.
    #[cfg_attr(test, schemars(schema_with = "schema::count"))]
    pub(super) processes: Option<Spanned<i64>>,
    /// The largest `output=`.
    #[cfg_attr(test, schemars(schema_with = "schema::bytes"))]
    pub(super) output: Option<Spanned<String>>,
    /// The widest `network=`.
    #[cfg_attr(test, schemars(schema_with = "schema::network"))]
    pub(super) network: Option<Network>,
}

/// Which pages an override is about.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct WrittenPages {
    /// Patterns of pages, as in .gitignore.
    #[cfg_attr(test, schemars(with = "Vec<String>", length(min = 1)))]
    pub(super) paths: Vec<Spanned<String>>,
}

/// Something that is replaced on both sides of a comparison.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Filter"))]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenFilter {
    /// A regular expression.
    #[serde(rename = "match")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) pattern: Spanned<String>,
    /// What comes in the place of each match; `$1` or `${1}` is a group.
    #[serde(rename = "replace")]
    pub(super) replacement: String,
}

/// The values of `preload`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum WrittenPreload {
    /// `"auto"`.
    Word(String),
    /// `["numpy"]`.
    Named(Vec<String>),
    /// `false`.
    Switch(bool),
}

/// mdBook's own keys of a preprocessor's table.
pub(super) const OF_MDBOOK: [&str; 5] = ["after", "before", "command", "optional", "renderers"];

/// Parts of the schema that the types alone don't tell.
#[cfg(test)]
pub(super) mod schema {
    use super::{WrittenPages, WrittenProject, WrittenRules};
    use schemars::transform::{Transform, transform_subschemas};
    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
    use serde_json::{Value, json};

    /// The schema of the whole table.
    pub(in crate::load::settings) fn table() -> Schema {
        let mut schema = schemars::schema_for!(Table);
        WithoutNull.transform(&mut schema);
        schema
    }

    /// TOML has no null: what may be left out is left out. What holds then is in the reference, and not an absence.
    struct WithoutNull;

    impl Transform for WithoutNull {
        fn transform(&mut self, schema: &mut Schema) {
            transform_subschemas(self, schema);
            let Some(object) = schema.as_object_mut() else { return };
            object.remove("default");
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
                choices.retain(|choice| *choice != json!({ "type": "null" }));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    object.remove("anyOf");
                    object.extend(only);
                }
            }
        }
    }

    /// The whole table, for the schema.
    #[derive(JsonSchema)]
    #[schemars(
        title = "Settings of Exemplar",
        description = "The table that is exemplar.toml, `[tool.exemplar]` of pyproject.toml or `[preprocessor.exemplar]` of book.toml.",
        deny_unknown_fields
    )]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Table {
        #[schemars(flatten)]
        project: WrittenProject,
        #[schemars(flatten)]
        rules: WrittenRules,
        /// What holds for some pages only. Of several about the same page, the later one holds.
        #[schemars(rename = "override")]
        overrides: Option<Vec<Override>>,
    }

    /// What holds for some pages only.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields, extend("required" = ["paths"]))]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Override {
        #[schemars(flatten)]
        pages: WrittenPages,
        #[schemars(flatten)]
        rules: WrittenRules,
    }

    pub(super) fn preload(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "const": "auto" },
            { "type": "array", "items": { "type": "string" } },
            { "const": false }
        ] })
    }

    pub(super) fn division(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": ["page", "heading", "fence"] })
    }

    pub(super) fn network(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": ["none", "loopback", "full"] })
    }

    pub(super) fn duration(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^[0-9.]+(ms|s|m)$" })
    }

    pub(super) fn bytes(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^[0-9.]+(KiB|MiB|GiB)$" })
    }

    pub(super) fn count(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1 })
    }
}
