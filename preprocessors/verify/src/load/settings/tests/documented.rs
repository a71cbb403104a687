//! The settings as others are told of them: the committed schema, and docs/settings.md.

use std::path::Path;

use super::{files, folder};
use crate::load::settings::read;
use crate::load::settings::written::schema;

#[test]
fn the_schema_is_the_committed_one() {
    let schema = serde_json::to_string_pretty(&schema::table()).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/settings.json");
    let committed = snapbox::Data::read_from(&path, Some(snapbox::data::DataFormat::Text));
    snapbox::Assert::new().action_env("SNAPSHOTS").eq(schema, committed.raw());
}

/// The blocks of TOML of docs/settings.md.
fn documented() -> (String, Vec<String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    let text = fs_err::read_to_string(path).unwrap();
    let blocks: Vec<String> = text
        .split("\n```toml\n")
        .skip(1)
        .map(|rest| rest.split_once("\n```").unwrap().0.to_owned())
        .collect();
    (text, blocks)
}

#[test]
fn every_example_of_the_reference_is_a_setting() {
    let (_text, blocks) = documented();
    assert!(blocks.len() > 20, "{} blocks", blocks.len());
    let (_folder, root) = folder();
    for block in blocks {
        let place = match &block {
            text if text.contains("[preprocessor.exemplar]") => "book.toml",
            text if text.contains("[tool.") => "pyproject.toml",
            _ => "exemplar.toml",
        };
        let settings = read(&root, &files(&root, &[(place, &block)]), &[]);
        assert!(settings.as_ref().is_ok_and(Option::is_some), "{block}\n{settings:?}");
    }
}

#[test]
fn the_reference_has_every_setting() {
    let (text, _blocks) = documented();
    let schema = serde_json::to_value(schema::table()).unwrap();
    for key in schema["properties"].as_object().unwrap().keys() {
        let heading = if key == "override" { "[[override]]" } else { key };
        assert!(text.contains(&format!("\n### `{heading}`\n")), "`{key}` has no section in docs/settings.md");
    }
}
