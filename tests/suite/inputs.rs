//! What a session may read in ways of its own: each is noticed when it changes, or makes a result that is never kept.
//!
//! All pages are of one project, each with a folder. They run, everything changes, they run again; then what they print must be what they
//! print where nothing is kept.

use std::path::Path;

use fs_err::os::unix::fs::symlink;
use serde_json::Value;

use crate::cache::{checked, checking, taken};

type Change = fn(&Path);

/// A name, the code, in which FOLDER is the page's folder, what is there first, and what happens then.
const WAYS: &[(&str, &str, Change, Change)] = &[
    ("listdir", "import os\nprint(sorted(os.listdir(FOLDER)))", nothing, |folder| write(folder, "new", "")),
    ("glob", "import glob\nprint(len(glob.glob(FOLDER + '/*')))", nothing, |folder| write(folder, "new", "")),
    ("missing", "import os\nprint(os.path.exists(FOLDER + '/late'))", nothing, |folder| {
        write(folder, "late", "");
    }),
    (
        "preserved",
        "print(open(FOLDER + '/a').read())",
        |folder| write(folder, "a", "one"),
        |folder| {
            let times = folder.join("a").metadata().unwrap().modified().unwrap();
            write(folder, "a", "two");
            fs_err::File::options()
                .append(true)
                .open(folder.join("a"))
                .unwrap()
                .file()
                .set_modified(times)
                .unwrap();
        },
    ),
    ("link", "print(open(FOLDER + '/link').read())", two_and_a_link, |folder| relink(folder)),
    ("readlink", "import os\nprint(os.readlink(FOLDER + '/link'))", two_and_a_link, |folder| relink(folder)),
    ("posix", "import posix\nprint(posix.stat(FOLDER + '/a').st_size)", one, |folder| {
        write(folder, "a", "longer");
    }),
    (
        "entries",
        "import os\nprint([oct(entry.stat().st_mode) for entry in os.scandir(FOLDER)])",
        one,
        |folder| executable(&folder.join("a")),
    ),
    ("same", "import os\nprint(os.path.samefile(FOLDER + '/a', FOLDER + '/b'))", two_and_a_link, |folder| {
        fs_err::remove_file(folder.join("b")).unwrap();
        fs_err::hard_link(folder.join("a"), folder.join("b")).unwrap();
    }),
    ("links", "import os\nprint(os.stat(FOLDER + '/a').st_nlink)", one, |folder| {
        fs_err::hard_link(folder.join("a"), folder.join("b")).unwrap();
    }),
    (
        "below",
        "import os\nfolder = os.open(FOLDER, os.O_RDONLY)\nprint(os.read(os.open('a', os.O_RDONLY, dir_fd=folder), 9))",
        one,
        |folder| write(folder, "a", "two"),
    ),
    ("opened", "import os\nprint(sorted(os.listdir(os.open(FOLDER, os.O_RDONLY))))", nothing, |folder| {
        write(folder, "new", "");
    }),
    (
        "database",
        "import sqlite3\nuri = 'file:' + FOLDER + '/db?mode=ro'\nprint(sqlite3.connect(uri, uri=True).execute('select x from t').fetchall())",
        |folder| database(folder, 1),
        |folder| database(folder, 2),
    ),
    (
        "attached",
        "import sqlite3\nbase = sqlite3.connect(':memory:')\nbase.execute('attach database ? as d', [FOLDER + '/db'])\n\
         print(base.execute('select x from d.t').fetchall())",
        |folder| database(folder, 1),
        |folder| database(folder, 2),
    ),
    (
        "late_module",
        "import sys\nsys.path.insert(0, FOLDER)\ntry:\n    import late_module\n    print('there')\nexcept ImportError:\n    print('none')",
        nothing,
        |folder| write(folder, "late_module.py", ""),
    ),
    (
        "late_part",
        "import sys\nsys.path.insert(0, FOLDER)\nimport parts\ntry:\n    import parts.late\n    print('there')\nexcept ImportError:\n    print('none')",
        |folder| write(folder, "parts/__init__.py", ""),
        |folder| write(folder, "parts/late.py", ""),
    ),
    (
        "regular",
        "import sys\nsys.path.insert(0, FOLDER)\nimport plain.inner\nprint(getattr(plain, 'VALUE', None))",
        |folder| write(folder, "plain/inner.py", ""),
        |folder| write(folder, "plain/__init__.py", "VALUE = 1"),
    ),
    (
        "hidden_by",
        "import sys\nsys.path[1:1] = [FOLDER + '/one', FOLDER + '/two']\nimport either\nprint(either.VALUE)",
        |folder| {
            write(folder, "one/other.py", "");
            write(folder, "two/either.py", "VALUE = 2");
        },
        |folder| write(folder, "one/either.py", "VALUE = 1"),
    ),
    (
        "of_the_library",
        "import sys\nsys.path.insert(1, FOLDER)\nimport colorsys\nprint(hasattr(colorsys, 'VALUE'))",
        nothing,
        |folder| write(folder, "colorsys.py", "VALUE = 1"),
    ),
    (
        "in_an_archive",
        "import zipfile\nprint(zipfile.ZipFile(FOLDER + '/a').namelist())",
        |folder| archive(folder, "one"),
        |folder| archive(folder, "two"),
    ),
    (
        "certificates",
        "import ssl\ntry:\n    ssl.create_default_context().load_verify_locations(FOLDER + '/a')\nexcept OSError as error:\n    print(type(error).__name__)",
        nothing,
        |folder| write(folder, "a", "rubbish"),
    ),
];

fn nothing(_: &Path) {}

fn one(folder: &Path) {
    write(folder, "a", "one");
}

fn two_and_a_link(folder: &Path) {
    write(folder, "a", "one");
    write(folder, "b", "two");
    symlink("a", folder.join("link")).unwrap();
}

fn relink(folder: &Path) {
    fs_err::remove_file(folder.join("link")).unwrap();
    symlink("b", folder.join("link")).unwrap();
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, text).unwrap();
}

fn executable(path: &Path) {
    fs_err::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

fn database(folder: &Path, value: u8) {
    let code = format!(
        "import sqlite3\nbase = sqlite3.connect('db')\nbase.executescript('create table if not exists t(x); insert into t values({value});')"
    );
    python(folder, &code);
}

fn archive(folder: &Path, name: &str) {
    python(folder, &format!("import zipfile\nzipfile.ZipFile('a', 'w').writestr('{name}', '')"));
}

fn python(folder: &Path, code: &str) {
    let python = crate::run::workspace().join(".venv/bin/python");
    assert!(
        std::process::Command::new(python).args(["-c", code]).current_dir(folder).status().unwrap().success()
    );
}

/// What each page prints.
fn printed(report: &Value) -> Vec<(&str, &Value)> {
    let examples = report["examples"].as_array().unwrap();
    examples.iter().map(|example| (example["file"].as_str().unwrap(), &example["actual"])).collect()
}

#[test]
fn whatever_a_session_reads_is_noticed_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    write(&book, "exemplar.toml", "");
    for (name, code, before, _) in WAYS {
        let own = book.join("data").join(name);
        fs_err::create_dir_all(&own).unwrap();
        before(&own);
        let code = code.replace("FOLDER", &format!("{:?}", own.display().to_string()));
        write(&book, &format!("{name}.md"), &format!("```python\n{code}\n```\n"));
    }
    std::thread::sleep(std::time::Duration::from_millis(50));
    let first = checked(&book, &cache);
    assert_eq!(first["summary"]["failed"], 0, "{first:#}");
    let again = checked(&book, &cache);
    assert!(taken(&again) > WAYS.len() / 2, "{} of {} are kept", taken(&again), WAYS.len());
    assert_eq!(printed(&again), printed(&first));
    for (name, _, _, change) in WAYS {
        change(&book.join("data").join(name));
    }
    let then = checked(&book, &cache);
    let output = checking(&book, &cache).arg("--no-cache").output().unwrap();
    let alone: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed(&then), printed(&alone));
    for ((file, before), (_, after)) in printed(&first).into_iter().zip(printed(&then)) {
        assert_ne!(before, after, "{file} does not show what changed");
    }
}
