//! The JSON Schemas of `docs/schema` say what reports and settings really look like.
//!
//! That they are the ones that the declarations give is tested beside those declarations.

use std::path::{Path, PathBuf};

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use crate::run::workspace;

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn new(name: &str) -> Self {
        let path = workspace().join("docs/schema").join(name);
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let index = compiler.compile(&path.to_string_lossy(), &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn refuses(&self, value: &Value) -> Option<String> {
        self.schemas.validate(value, self.index).err().map(|error| error.to_string())
    }
}

/// The files of this name in the cases.
fn of_cases(name: &str) -> Vec<PathBuf> {
    let cases = fs_err::read_dir(workspace().join("tests/cases")).unwrap();
    let found: Vec<PathBuf> =
        cases.map(|case| case.unwrap().path().join(name)).filter(|path| path.is_file()).collect();
    assert!(!found.is_empty(), "no case has {name}");
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs_err::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn reports_are_as_their_schema_says() {
    let schema = Schema::new("report.json");
    for path in of_cases("report.json") {
        assert_eq!(schema.refuses(&json(&path)), None, "{}", path.display());
    }
    let mut report = json(&of_cases("report.json")[0]);
    report["examples"][0]["status"] = "fine".into();
    assert!(schema.refuses(&report).is_some());
}

#[test]
fn settings_are_as_their_schema_says() {
    let schema = Schema::new("settings.json");
    let value = |text: &str| serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    for path in of_cases("in/exemplar.toml") {
        let refused = schema.refuses(&value(&fs_err::read_to_string(&path).unwrap()));
        let wrong = path.to_string_lossy().contains("invalid-settings");
        assert_eq!(refused.is_some(), wrong, "{}: {refused:?}", path.display());
    }
    let reference = fs_err::read_to_string(workspace().join("docs/settings.md")).unwrap();
    for block in reference.split("\n```toml\n").skip(1) {
        let mut table = value(block.split_once("\n```").unwrap().0);
        for outer in ["tool", "preprocessor"] {
            if let Some(inner) = table.get(outer) {
                table = inner["exemplar"].clone();
            }
        }
        // mdBook's own key is none of ours.
        table.as_object_mut().unwrap().remove("before");
        assert_eq!(schema.refuses(&table), None, "{block}");
    }
    for wrong in [
        "timeuot = '1s'",
        "timeout = '1'",
        "processes = 0",
        "preload = true",
        "session = 'pages'",
        "override = [{ timeout = '1s' }]",
        "override = [{ paths = ['a'], isolation = 'off' }]",
        "filters = [{ match = 'a' }]",
        "caps = { isolation = 'off' }",
    ] {
        assert!(schema.refuses(&value(wrong)).is_some(), "{wrong}");
    }
}
