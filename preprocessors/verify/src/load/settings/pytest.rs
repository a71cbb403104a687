//! The flags of doctest that a project has set for pytest: `doctest_optionflags`.
//!
//! The file is found as pytest finds its own: from the project's folder upwards, the first folder with such a file, and in it the first
//! file with pytest's section (pytest's reference, "Initialization: determining rootdir and configfile"). A pytest.ini is one even when
//! it is empty. What pytest itself would refuse is not for us to say: such a file sets no flags.

use std::path::Path;

use configparser::ini::{Ini, IniDefault};
use exemplar_model::flags::{FlagChange, Flags};

const KEY: &str = "doctest_optionflags";

/// pytest's files in its order, and where in them its settings stand.
const FILES: [(&str, Form); 8] = [
    ("pytest.toml", Form::Toml(&["pytest"])),
    (".pytest.toml", Form::Toml(&["pytest"])),
    ("pytest.ini", Form::Ini("pytest")),
    (".pytest.ini", Form::Ini("pytest")),
    ("pyproject.toml", Form::Toml(&["tool", "pytest"])),
    ("pyproject.toml", Form::Toml(&["tool", "pytest", "ini_options"])),
    ("tox.ini", Form::Ini("pytest")),
    ("setup.cfg", Form::Ini("tool:pytest")),
];

/// How a file is written, and the section in it.
enum Form {
    Ini(&'static str),
    Toml(&'static [&'static str]),
}

/// The flags that hold for doctests of a folder.
pub(super) fn flags(folder: &Path) -> FlagChange {
    let names = folder.ancestors().find_map(of_folder).unwrap_or_default();
    let mut change = FlagChange::default();
    for name in names {
        match Flags::named(&name) {
            Some(flag) => change.set(flag, true),
            None => tracing::debug!("`{name}` of pytest's {KEY} is no flag here"),
        }
    }
    change
}

/// What the first file with pytest's section says; none when a folder has no such file.
fn of_folder(folder: &Path) -> Option<Vec<String>> {
    FILES.iter().find_map(|(name, form)| {
        let text = fs_err::read_to_string(folder.join(name)).ok()?;
        match form {
            Form::Ini(section) => of_ini(&text, section, name.ends_with("pytest.ini")),
            Form::Toml(tables) => of_toml(&text, tables),
        }
    })
}

fn of_ini(text: &str, section: &str, is_own: bool) -> Option<Vec<String>> {
    let mut form = IniDefault::default();
    form.multiline = true;
    form.case_sensitive = true;
    form.inline_comment_symbols = Some(Vec::new());
    let mut ini = Ini::new_from_defaults(form);
    // Broken for pytest too.
    ini.read(text.to_owned()).ok()?;
    let found = ini.sections().iter().any(|name| name == section);
    (found || is_own).then(|| words(&ini.get(section, KEY).unwrap_or_default()))
}

fn of_toml(text: &str, tables: &[&str]) -> Option<Vec<String>> {
    let whole = toml::Value::Table(text.parse().ok()?);
    let table = tables.iter().try_fold(&whole, |value, name| value.get(name))?;
    // The newer table holds the older one; alone with it, it says nothing.
    if tables == ["tool", "pytest"] && table.as_table()?.keys().all(|key| key == "ini_options") {
        return None;
    }
    Some(match table.get(KEY) {
        Some(toml::Value::String(text)) => words(text),
        Some(toml::Value::Array(items)) => {
            items.iter().filter_map(|item| item.as_str()).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    })
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::flags;
    use exemplar_model::flags::Flags;

    #[test]
    fn the_file_is_pytests_own_choice() {
        let ellipsis = "doctest_optionflags = ELLIPSIS\n";
        let (ini, tox) = (format!("[pytest]\n{ellipsis}"), "[pytest]\ndoctest_optionflags = SKIP\n");
        #[expect(clippy::type_complexity, reason = "a table, read once")]
        let cases: [(&str, &[(&str, &str)], Flags); 13] = [
            ("nothing", &[], Flags::none()),
            ("pytest.ini", &[("pytest.ini", &ini)], Flags::ELLIPSIS),
            ("pytest.ini is before tox.ini", &[("pytest.ini", &ini), ("tox.ini", tox)], Flags::ELLIPSIS),
            ("an empty pytest.ini counts", &[("pytest.ini", ""), ("tox.ini", tox)], Flags::none()),
            ("tox.ini", &[("tox.ini", tox)], Flags::SKIP),
            (
                "tox.ini is before setup.cfg",
                &[("tox.ini", tox), ("setup.cfg", "[tool:pytest]\ndoctest_optionflags = ELLIPSIS\n")],
                Flags::SKIP,
            ),
            (
                "a tox.ini without the section does not count",
                &[
                    ("tox.ini", "[tox]\nenvlist = py\n"),
                    ("setup.cfg", "[tool:pytest]\ndoctest_optionflags =\n    ELLIPSIS\n    SKIP\n"),
                ],
                Flags::ELLIPSIS.with(Flags::SKIP),
            ),
            ("setup.cfg has another section", &[("setup.cfg", &ini)], Flags::none()),
            (
                "pyproject.toml, a text",
                &[("pyproject.toml", "[tool.pytest.ini_options]\ndoctest_optionflags = 'ELLIPSIS SKIP'\n")],
                Flags::ELLIPSIS.with(Flags::SKIP),
            ),
            (
                "pyproject.toml, a list, is before tox.ini",
                &[
                    ("pyproject.toml", "[tool.pytest.ini_options]\ndoctest_optionflags = ['ELLIPSIS']\n"),
                    ("tox.ini", tox),
                ],
                Flags::ELLIPSIS,
            ),
            (
                "pyproject.toml, as pytest 9 has it",
                &[("pyproject.toml", "[tool.pytest]\ndoctest_optionflags = ['ELLIPSIS']\n")],
                Flags::ELLIPSIS,
            ),
            (
                "a pyproject.toml of others",
                &[("pyproject.toml", "[tool.x]\n"), ("tox.ini", tox)],
                Flags::SKIP,
            ),
            (
                "flags of pytest's that are not ours",
                &[("pytest.ini", "[pytest]\ndoctest_optionflags = MY_OWN_FLAG ELLIPSIS\n")],
                Flags::ELLIPSIS,
            ),
        ];
        for (about, files, wanted) in cases {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in files {
                fs_err::write(folder.path().join(name), text).unwrap();
            }
            let docs = folder.path().join("docs");
            fs_err::create_dir(&docs).unwrap();
            for start in [folder.path(), &docs] {
                assert_eq!(flags(start).apply(Flags::none()), wanted, "{about}");
            }
        }
    }
}
