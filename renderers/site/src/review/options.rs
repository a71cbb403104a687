//! Keys of `[output.html]` that mdBook does not know.
//!
//! It passes over them without a word: a site with `site-ulr` is one without an address.

use std::path::Path;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::source::Span;
use exemplar_verify::load::files::Files;
use exemplar_verify::spelling;
use toml::de::{DeTable, DeValue};

/// The keys of `[output.html]`, and of the tables in it. A test compares them with mdBook's own.
pub(super) const KNOWN: [(&str, &[&str]); 7] = [
    (
        "",
        &[
            "additional-css",
            "additional-js",
            "admonitions",
            "cname",
            "code",
            "default-theme",
            "definition-lists",
            "edit-url-template",
            "fold",
            "git-repository-icon",
            "git-repository-url",
            "hash-files",
            "input-404",
            "live-reload-endpoint",
            "mathjax-support",
            "no-section-label",
            "playground",
            "playpen",
            "preferred-dark-theme",
            "print",
            "redirect",
            "search",
            "sidebar-header-nav",
            "site-url",
            "smart-punctuation",
            "theme",
        ],
    ),
    ("code", &["hidelines"]),
    ("fold", &["enable", "level"]),
    ("playground", &["copy-js", "copyable", "editable", "line-numbers", "runnable"]),
    ("playpen", &["copy-js", "copyable", "editable", "line-numbers", "runnable"]),
    ("print", &["enable", "page-break"]),
    (
        "search",
        &[
            "boost-hierarchy",
            "boost-paragraph",
            "boost-title",
            "chapter",
            "copy-js",
            "enable",
            "expand",
            "heading-split-level",
            "limit-results",
            "teaser-word-count",
            "use-boolean-and",
        ],
    ),
];

/// The keys of book.toml's `[output.html]` that are none of mdBook's. A book.toml that is no TOML was told before.
pub fn options(files: &mut Files, root: &Path) -> Vec<Diagnostic> {
    let Ok(loaded) = files.read(&root.join("book.toml")) else { return Vec::new() };
    let text = files.sources.file(loaded.file).text().to_owned();
    let Ok(table) = DeTable::parse(&text) else { return Vec::new() };
    let html = table.get_ref().get("output").and_then(|output| output.get_ref().get("html"));
    let mut diagnostics = Vec::new();
    for (name, keys) in KNOWN {
        let table = match (html, name) {
            (Some(html), "") => Some(html.get_ref()),
            (Some(html), name) => html.get_ref().get(name).map(toml::Spanned::get_ref),
            (None, _) => None,
        };
        let Some(DeValue::Table(table)) = table else { continue };
        for key in table.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let place =
                if name.is_empty() { "output.html".to_owned() } else { format!("output.html.{name}") };
            let near =
                spelling::nearest(key.get_ref(), keys.iter().copied(), spelling::generous(key.get_ref()));
            let diagnostic = Diagnostic::error(
                "unknown-option",
                Span::new(loaded.file, key.span()),
                format!("`[{place}]` has no key `{}`", key.get_ref()),
            );
            diagnostics.push(match near {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic,
            });
        }
    }
    diagnostics
}
