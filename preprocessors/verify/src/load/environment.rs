//! Settings of book.toml that stand in the environment instead.
//!
//! The rules are those of mdBook's `Config::update_from_env`: `MDBOOK_BOOK__SRC` is `book.src`, and a value is JSON or else a text. They
//! are written here once more so that what is verified and what is rendered have the same settings, and since mdBook's own reader stops
//! at any variable of the environment that is not UTF-8.

/// The tables of book.toml that a variable can reach; `MDBOOK_VERSION` and the like mean something else.
const TABLES: [&str; 5] = ["book", "build", "output", "preprocessor", "rust"];

/// The keys that the environment sets, dotted, with their values: tables before what lies in them.
#[must_use]
pub fn overrides() -> Vec<(String, serde_json::Value)> {
    of(std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))))
}

fn of(variables: impl Iterator<Item = (String, String)>) -> Vec<(String, serde_json::Value)> {
    let mut found: Vec<_> = variables
        .filter_map(|(name, value)| {
            let key = name.strip_prefix("MDBOOK_")?.to_lowercase().replace("__", ".").replace('_', "-");
            let table = key.split('.').next()?;
            let value = || serde_json::from_str(&value).unwrap_or(serde_json::Value::String(value.clone()));
            TABLES.contains(&table).then(|| (key.clone(), value()))
        })
        .collect();
    found.sort_by(|(first, _), (second, _)| first.cmp(second));
    found
}

#[cfg(test)]
mod tests {
    use super::of;
    use serde_json::json;

    #[test]
    fn variables_are_read_as_mdbook_reads_them() {
        let variables = [
            ("MDBOOK_BUILD__BUILD_DIR", "out"),
            ("MDBOOK_BOOK__SRC", "other"),
            ("MDBOOK_BOOK", r#"{"title": "T"}"#),
            ("MDBOOK_VERSION", "0.5"),
            ("MDBOOK_BOOKS", "x"),
            ("HOME", "/"),
        ];
        let found = of(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        let wanted = [
            ("book", json!({"title": "T"})),
            ("book.src", json!("other")),
            ("build.build-dir", json!("out")),
        ];
        assert_eq!(found, wanted.map(|(key, value)| (key.to_owned(), value)));
    }
}
