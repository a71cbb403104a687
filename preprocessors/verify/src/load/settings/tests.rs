//! What tables of settings mean, and what is said of wrong ones.

mod documented;

use std::path::{Path, PathBuf};
use std::time::Duration;

use exemplar_model::flags::Flags;
use exemplar_model::plan::Division;
use exemplar_model::protocol::Network;
use serde_json::json;

use super::{
    Caps, Filter, IsolationPolicy, Limits, PageRules, Preload, Settings, SettingsFile, SettingsPlace,
    WarningPolicy, read,
};

/// A folder with a few files that settings name.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for file in ["docs/_setup.py", "docs/data/cities.csv", "examples/shop.py", "env/bin/python"] {
        fs_err::create_dir_all(root.join(file).parent().unwrap()).unwrap();
        fs_err::write(root.join(file), "").unwrap();
    }
    (folder, root)
}

fn files(root: &Path, texts: &[(&str, &str)]) -> Vec<SettingsFile> {
    let file = |&(name, text): &(&str, &str)| {
        let place = SettingsPlace::ALL.into_iter().find(|(known, _)| *known == name).unwrap().1;
        SettingsFile { path: root.join(name), place, text: text.to_owned() }
    };
    texts.iter().map(file).collect()
}

fn own(root: &Path, text: &str) -> Settings {
    read(root, &files(root, &[("exemplar.toml", text)]), &[]).unwrap().unwrap()
}

/// What is said, without the folder's name.
fn refused(texts: &[(&str, &str)], changes: &[(String, serde_json::Value)]) -> String {
    let (_folder, root) = folder();
    let error = read(&root, &files(&root, texts), changes).unwrap_err().to_string();
    error.replace(&format!("{}/", root.display()), "")
}

#[test]
fn one_table_in_three_places() {
    let table = "flags = 'ELLIPSIS -ADDRESS'\ntimeout = '30s'\n";
    let wanted = PageRules {
        flags: Flags::ELLIPSIS,
        limits: Limits { timeout: Duration::from_secs(30), ..Limits::default() },
        ..PageRules::default()
    };
    let (_folder, root) = folder();
    for (name, head) in [
        ("exemplar.toml", ""),
        ("book.toml", "[book]\ntitle = 'x'\n[preprocessor.exemplar]\nbefore = ['links']\n"),
        ("pyproject.toml", "[project]\nname = 'x'\n[tool.exemplar]\n"),
    ] {
        let found = read(&root, &files(&root, &[(name, &format!("{head}{table}"))]), &[]).unwrap();
        assert_eq!(found.unwrap().rules, wanted, "{name}");
    }
}

#[test]
fn every_setting_is_read() {
    let (_folder, root) = folder();
    let settings = own(
        &root,
        r#"
        paths = ["docs", "./README.md"]
        exclude = ["drafts/", "*.draft.md"]
        python = "env/bin/python"
        isolation = "require"
        preload = ["numpy"]
        tags = ["xPython"]
        topics = ["Decorators", "Iterators and generators"]
        flags = "ELLIPSIS, NORMALIZE_WHITESPACE -ADDRESS"
        session = "heading"
        console = true
        warnings = "error"
        filters = [{ match = '\d+ ms', replace = "N ms" }]
        prelude = ["docs/_setup.py"]
        files = ["docs/data"]
        pythonpath = ["examples"]
        timeout = "5s"
        session-timeout = "1m"
        memory = "1GiB"
        processes = 8
        output = "1MiB"
        network = "loopback"
        [caps]
        timeout = "20s"
        memory = "3GiB"
        processes = 9
        output = "2MiB"
        network = "full"
        "#,
    );
    assert_eq!(settings.paths, [root.join("docs"), root.join("README.md")]);
    assert_eq!(settings.exclude, ["drafts/", "*.draft.md"]);
    assert_eq!(settings.python, Some(root.join("env/bin/python")));
    assert_eq!(settings.isolation, IsolationPolicy::Require);
    assert_eq!(settings.preload, Preload::Named(vec!["numpy".to_owned()]));
    assert_eq!(settings.tags, ["xpython"]);
    assert_eq!(settings.topics, ["Decorators", "Iterators and generators"]);
    let wanted = PageRules {
        flags: Flags::ELLIPSIS.with(Flags::NORMALIZE_WHITESPACE),
        limits: Limits {
            timeout: Duration::from_secs(5),
            session_timeout: Duration::from_secs(60),
            memory: 1 << 30,
            processes: 8,
            output: 1 << 20,
            network: Network::Loopback,
        },
        division: Division::Heading,
        console: true,
        warnings: WarningPolicy::Error,
        filters: vec![Filter { pattern: r"\d+ ms".to_owned(), replacement: "N ms".to_owned() }],
        prelude: vec![root.join("docs/_setup.py")],
        files: vec![root.join("docs/data")],
        pythonpath: vec![root.join("examples")],
    };
    assert_eq!(settings.rules, wanted);
    let caps = Caps {
        timeout: Duration::from_secs(20),
        memory: 3 << 30,
        processes: 9,
        output: 2 << 20,
        network: Network::Full,
    };
    assert_eq!(settings.caps, caps);
    assert_eq!(own(&root, "preload = false").preload, Preload::Off);
    assert_eq!(own(&root, "preload = 'auto'").preload, Preload::Auto);
    assert_eq!(own(&root, "python = '3.13'").python, Some("3.13".into()));
}

#[test]
fn what_the_settings_grant_a_fence_may_ask_for() {
    let limits = Limits { timeout: Duration::from_secs(90), network: Network::Loopback, ..Limits::default() };
    let caps = Settings::default().caps;
    let wanted = Caps { timeout: limits.timeout, network: Network::Loopback, ..caps.clone() };
    assert_eq!(caps.at_least(&limits), wanted);
}

#[test]
fn the_last_override_about_a_page_wins() {
    let (_folder, root) = folder();
    let settings = own(
        &root,
        "
        flags = 'ELLIPSIS'
        filters = [{ match = 'a', replace = 'b' }]
        [[override]]
        paths = ['docs/**/*.md', '!docs/plain.md']
        flags = 'SKIP -ELLIPSIS'
        timeout = '20s'
        filters = []
        [[override]]
        paths = ['/docs/advanced/', 'README.md']
        timeout = '30s'
        session = 'fence'
        ",
    );
    let address = Flags::ADDRESS;
    let cases = [
        ("docs/plain.md", address.with(Flags::ELLIPSIS), 10, 1, Division::Page),
        ("docs/a.md", address.with(Flags::SKIP), 20, 0, Division::Page),
        ("docs/advanced/deep/a.md", address.with(Flags::SKIP), 30, 0, Division::Fence),
        ("docs/../docs/advanced/a.md", address.with(Flags::SKIP), 30, 0, Division::Fence),
        ("README.md", address.with(Flags::ELLIPSIS), 30, 1, Division::Fence),
        ("other/docs/advanced/a.md", address.with(Flags::ELLIPSIS), 10, 1, Division::Page),
        ("../README.md", address.with(Flags::ELLIPSIS), 10, 1, Division::Page),
    ];
    for (page, flags, timeout, filters, division) in cases {
        let rules = settings.rules_for(&root.join(page));
        let found =
            (rules.flags, rules.limits.timeout.as_secs() as usize, rules.filters.len(), rules.division);
        assert_eq!(found, (flags, timeout, filters, division), "{page}");
    }
    // Another way to the same folder.
    let link = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(&root, link.path().join("link")).unwrap();
    fs_err::write(root.join("README.md"), "").unwrap();
    assert_eq!(settings.rules_for(&link.path().join("link/README.md")).division, Division::Fence);
}

#[test]
fn one_run_names_every_mistake() {
    let text = "\
timeuot = '1s'
flags = 'ELIPSIS XY'
session = 'pages'
console = 'yes'
before = ['links']
timeout = '30'
processes = 0
preload = true
tags = ['py thon']
topics = ['A b', 'a-b', '?']
filters = [{ match = 'a(', replace = '' }, { match = 'a' }, { match = 'a', with = 'b', replace = '' }]
prelude = ['docs/_setup.py', 'docs/none.py', 'docs']
pythonpath = ['docs/_setup.py']
exclude = ['a{b']
python = 'env/bin/pythn'

[caps]
network = 'loop'
memroy = '1GiB'

[[override]]
timeout = '1s'

[[override]]
paths = ['ok.md', '{']
isolation = 'off'
fles = []
warnings = 3
";
    let known_flags = Flags::names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let there = "paths start at the folder of these settings";
    let wanted = [
        "1:1: unknown key `timeuot`; did you mean `timeout`?".to_owned(),
        "2:9: unknown flag `ELIPSIS`; did you mean `ELLIPSIS`?".to_owned(),
        // As parsing has it: in a word of two letters every other word is two edits away.
        format!("2:9: unknown flag `XY`; known are {known_flags}"),
        "3:11: unknown value `pages`; did you mean `page`?".to_owned(),
        "4:11: invalid type: string \"yes\", expected a boolean".to_owned(),
        "5:1: `before` belongs into book.toml".to_owned(),
        "6:11: write it as `500ms`, `30s` or `2m`".to_owned(),
        "7:13: expected a number from 1 on".to_owned(),
        "8:11: write \"auto\", a list of modules, or false".to_owned(),
        "9:9: `py thon` can't be the tag of a fence".to_owned(),
        "10:18: `a-b` is declared already".to_owned(),
        "10:25: `?` can't be a topic".to_owned(),
        "11:22: `a(` is no regular expression: unclosed group".to_owned(),
        "11:44: missing key `replace`".to_owned(),
        "11:76: unknown key `with`; known are `match`, `replace`".to_owned(),
        format!("12:30: there is no file `docs/none.py`; {there}"),
        format!("12:46: there is no file `docs`; {there}"),
        format!("13:15: there is no folder `docs/_setup.py`; {there}"),
        "14:12: error parsing glob 'a{b': unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)"
            .to_owned(),
        format!("15:10: there is no file `env/bin/pythn`; {there}"),
        "18:11: unknown value `loop`; known are `none`, `loopback`, `full`".to_owned(),
        "19:1: unknown key `memroy`; did you mean `memory`?".to_owned(),
        "21:1: missing key `paths`: the pages that this override is about".to_owned(),
        "25:19: error parsing glob '{': unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)"
            .to_owned(),
        "26:1: `isolation` holds for the whole project and can't stand in an override".to_owned(),
        "27:1: unknown key `fles`; did you mean `files`?".to_owned(),
        "28:12: expected a text".to_owned(),
    ];
    let found = refused(&[("exemplar.toml", text)], &[]);
    let found: Vec<&str> = found.lines().map(|line| line.trim_start_matches("exemplar.toml:")).collect();
    same_lines(&found, &wanted);
}

/// Compares line by line, so that a difference is seen where it is.
fn same_lines(found: &[&str], wanted: &[String]) {
    for (found, wanted) in found.iter().zip(wanted) {
        assert_eq!(found, wanted);
    }
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
}

#[test]
fn what_is_no_table_has_its_place() {
    for (name, text, wanted) in [
        ("book.toml", "[preprocessor.exemplar\n", "book.toml:1:"),
        (
            "book.toml",
            "[preprocessor]\nexemplar = 3\n",
            "book.toml:2:12: expected a table: `[preprocessor.exemplar]`",
        ),
        ("pyproject.toml", "tool = 'x'\n", "pyproject.toml:1:8: expected a table: `[tool.exemplar]`"),
        ("exemplar.toml", "override = 3\n", "exemplar.toml:1:12: expected tables: `[[override]]`"),
        ("exemplar.toml", "override = [3]\n", "exemplar.toml:1:13: expected a table: `[[override]]`"),
        ("exemplar.toml", "caps = 3\n", "exemplar.toml:1:8: invalid type: integer `3`, expected struct"),
    ] {
        let found = refused(&[(name, text)], &[]);
        assert!(found.starts_with(wanted), "{found}");
    }
}

#[test]
fn settings_in_two_places_are_refused() {
    let found = refused(
        &[("exemplar.toml", "timeout = '1s'\n"), ("pyproject.toml", "[tool.exemplar]\nconsole = true\n")],
        &[],
    );
    let (place, rest) = found.split_once(" there are settings in `").unwrap();
    assert_eq!((place, rest), ("pyproject.toml:1:7:", "exemplar.toml` too; keep them in one place"));
    // That the preprocessor runs before `links` is no setting of ours.
    let (_folder, root) = folder();
    let book = ("book.toml", "[preprocessor.exemplar]\nbefore = ['links']\n");
    let both = files(&root, &[book, ("exemplar.toml", "timeout = '1s'\n")]);
    let settings = read(&root, &both, &[]).unwrap().unwrap();
    assert_eq!(settings.rules.limits.timeout, Duration::from_secs(1));
    // A table without settings marks the folder all the same.
    assert!(read(&root, &files(&root, &[book]), &[]).unwrap().is_some());
    assert!(read(&root, &files(&root, &[("pyproject.toml", "[tool.x]\n")]), &[]).unwrap().is_none());
}

#[test]
fn pytests_flags_are_the_default() {
    let (_folder, root) = folder();
    fs_err::write(root.join("pytest.ini"), "[pytest]\ndoctest_optionflags = SKIP\n").unwrap();
    for (text, flags) in [
        ("", Flags::ADDRESS.with(Flags::SKIP)),
        ("flags = 'ELLIPSIS'", Flags::ADDRESS.with(Flags::ELLIPSIS)),
        ("flags = ''", Flags::ADDRESS),
    ] {
        assert_eq!(own(&root, text).rules.flags, flags, "{text}");
    }
    assert_eq!(Settings::without_file(&root).rules.flags, Flags::ADDRESS.with(Flags::SKIP));
}

#[test]
fn the_environment_changes_the_settings_of_a_book() {
    let (_folder, root) = folder();
    let book = "[preprocessor.exemplar]\nflags = 'ELLIPSIS'\ncaps = { timeout = '20s', processes = 3 }\n";
    let read_with = |name: &str, text: &str, changes: &[(&str, serde_json::Value)]| {
        let changes: Vec<_> = changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        read(&root, &files(&root, &[(name, text)]), &changes).unwrap().unwrap()
    };
    let settings = read_with(
        "book.toml",
        book,
        &[
            ("preprocessor.exemplar.caps.timeout", json!("25s")),
            ("preprocessor.exemplar.filters", json!([{"match": "a", "replace": "b"}])),
            ("preprocessor.exemplar.flags", json!("SKIP")),
            ("preprocessor.other", json!(3)),
        ],
    );
    assert_eq!(settings.rules.flags, Flags::ADDRESS.with(Flags::SKIP));
    assert_eq!((settings.caps.timeout.as_secs(), settings.caps.processes), (25, 3));
    assert_eq!(settings.rules.filters.len(), 1);
    // A whole table takes the place of the one in the file.
    let settings = read_with("book.toml", book, &[("preprocessor.exemplar", json!({"console": true}))]);
    assert_eq!((settings.rules.flags, settings.rules.console), (Flags::ADDRESS, true));
    // They hold wherever the settings stand.
    let settings =
        read_with("exemplar.toml", "console = true\n", &[("preprocessor.exemplar.timeout", json!("1s"))]);
    assert_eq!((settings.rules.limits.timeout.as_secs(), settings.rules.console), (1, true));

    let failed = |key: &str, value| refused(&[("book.toml", book)], &[(key.to_owned(), value)]);
    assert_eq!(
        failed("preprocessor.exemplar.timeuot", json!("1s")),
        "the environment sets `preprocessor.exemplar.timeuot` of book.toml: unknown key `timeuot`; did you mean `timeout`?"
    );
    assert!(failed("preprocessor.exemplar.flags", json!(3)).contains("expected a string"));
    assert!(failed("preprocessor.exemplar", json!("x")).contains("expected a table"));
}
