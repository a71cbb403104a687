//! `exemplar build` and the folders around it: what is rendered, what is replaced, and what is left alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::run::{exemplar, guarded, run, workspace};

/// A book with one page, and with these lines in its book.toml.
fn book(settings: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().canonicalize().unwrap().join("book");
    page(&book.join("src"), "a.md", "# A\n\n```python\n>>> 1\n1\n```\n");
    fs_err::write(book.join("book.toml"), format!("[book]\ntitle = 'T'\n{settings}")).unwrap();
    (folder, book)
}

/// A source folder with one page.
fn page(source: &Path, name: &str, text: &str) {
    fs_err::create_dir_all(source).unwrap();
    fs_err::write(source.join("SUMMARY.md"), format!("# Summary\n\n- [A]({name})\n")).unwrap();
    fs_err::write(source.join(name), text).unwrap();
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn style_and_script_outside_the_book_are_refused_and_not_touched() {
    for (key, climbs) in [("additional-css", false), ("additional-js", false), ("additional-css", true)] {
        let (folder, book) = book("");
        let own = folder.path().canonicalize().unwrap().join("own.css");
        fs_err::write(&own, "mine").unwrap();
        let named =
            if climbs { "./theme/../../own.css".to_owned() } else { own.to_string_lossy().into_owned() };
        let settings = format!("[book]\ntitle = 'T'\n[output.html]\n{key} = ['{named}']\n");
        fs_err::write(book.join("book.toml"), settings).unwrap();
        let output = run(&book, &["build"]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        let wanted =
            format!("`[output.html]`: `{key}` names `{named}`, which must lie below the book's folder");
        assert!(said.contains(&wanted), "{said}");
        assert_eq!(fs_err::read_to_string(&own).unwrap(), "mine");
        assert_eq!(names(&book), ["book.toml", "src"], "something was written");
    }
}

#[test]
fn the_folder_that_the_environment_names_is_verified_and_rendered() {
    let (_folder, book) = book("[build]\nbuild-dir = 'dist'\n");
    page(&book.join("other"), "b.md", "# B\n\n```python\n>>> 'other'\n'other'\n```\n");
    let environment = [("MDBOOK_BOOK__SRC", "other"), ("MDBOOK_BUILD__BUILD_DIR", "elsewhere")];
    let build = || guarded(&exemplar(), &book).arg("build").envs(environment).output().unwrap();
    let output = build();
    assert!(output.status.success(), "{}", stderr(&output));
    let html = fs_err::read_to_string(book.join("elsewhere/html/b.html")).unwrap();
    assert!(html.contains("'other'"), "{html}");
    assert!(!book.join("elsewhere/html/a.html").exists() && !book.join("dist").exists());
    // What is rendered is what was verified: a stale page of that folder is found.
    page(&book.join("other"), "b.md", "# B\n\n```python\n>>> 'other'\n'stale'\n```\n");
    let output = build();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    assert!(stdout.contains("other/b.md:4:5"), "{stdout}");
}

#[test]
fn a_readme_keeps_the_title_that_it_sets() {
    let (_folder, book) = book("[build]\nbuild-dir = 'dist'\n");
    fs_err::remove_file(book.join("src/a.md")).unwrap();
    page(&book.join("src"), "README.md", "{{#title Its own title}}\n# A\n");
    let output = run(&book, &["build"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let html = fs_err::read_to_string(book.join("dist/html/index.html")).unwrap();
    assert!(html.contains("<title>Its own title</title>"), "{html}");
}

#[test]
fn a_signal_while_a_preprocessor_works_keeps_the_last_site() {
    let (_folder, book) = book("[build]\nbuild-dir = 'dist'\n");
    let output = run(&book, &["build"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let before = fs_err::read(book.join("dist/html/a.html")).unwrap();

    let slow = "import json, os, sys, time\n\
        if len(sys.argv) > 1:\n    sys.exit(0)\n\
        book = json.load(sys.stdin)[1]\n\
        open('started', 'w').close()\n\
        while not os.path.exists('go'):\n    time.sleep(0.01)\n\
        json.dump(book, sys.stdout)\n";
    fs_err::write(book.join("slow.py"), slow).unwrap();
    let own = workspace().join(".venv/bin/python");
    let python = if own.exists() { own } else { "python3".into() };
    let settings = format!(
        "[book]\ntitle = 'Another'\n[build]\nbuild-dir = 'dist'\n[preprocessor.slow]\ncommand = '\"{}\" \"{}\"'\n",
        python.display(),
        book.join("slow.py").display()
    );
    fs_err::write(book.join("book.toml"), settings).unwrap();
    let child = Command::new(exemplar())
        .arg("build")
        .env("EXEMPLAR_NO_CACHE", "1")
        .current_dir(&book)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !book.join("started").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the preprocessor never began");
        std::thread::sleep(Duration::from_millis(10));
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    fs_err::write(book.join("go"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(143), "{said}");
    assert!(said.contains("interrupted") && !said.contains("rendered"), "{said}");
    assert_eq!(fs_err::read(book.join("dist/html/a.html")).unwrap(), before);
    let forms: &[&str] = if cfg!(feature = "pdf") { &["html", "t.pdf"] } else { &["html"] };
    assert_eq!(names(&book.join("dist")), forms, "something was left behind");
}

#[test]
fn a_site_that_is_a_link_is_replaced_where_it_is_and_a_file_is_refused() {
    let (folder, book) = book("[build]\nbuild-dir = 'dist'\n");
    let html = book.join("dist/html");
    fs_err::create_dir(book.join("dist")).unwrap();
    fs_err::write(&html, "mine").unwrap();
    let output = run(&book, &["build"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains(&format!("`{}` is no folder", html.display())), "{}", stderr(&output));
    assert_eq!(fs_err::read_to_string(&html).unwrap(), "mine");

    fs_err::remove_file(&html).unwrap();
    let www = folder.path().join("www");
    fs_err::create_dir(&www).unwrap();
    fs_err::os::unix::fs::symlink(&www, &html).unwrap();
    let output = run(&book, &["build"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(html.is_symlink() && www.join("a.html").is_file());
}

#[test]
fn a_site_that_is_published_already_stays_until_something_of_it_changes() {
    let (folder, book) = book("[build]\nbuild-dir = 'dist'\n[output.html]\nadditional-css = ['own.css']\n");
    fs_err::write(book.join("own.css"), "").unwrap();
    let (html, cache) = (book.join("dist/html"), folder.path().join("cache"));
    let write = |name: &'static str, text: &'static str| {
        fs_err::create_dir_all(book.join(name).parent().unwrap()).unwrap();
        fs_err::write(book.join(name), text).unwrap();
    };
    let edit_published = || fs_err::write(html.join("a.html"), "edited in place").unwrap();
    let more = "# A\n\nMore.\n\n```python\n>>> 1\n1\n```\n";
    let changes: [(&str, &dyn Fn()); 9] = [
        ("all of it is new", &|| {}),
        ("a page", &|| write("src/a.md", more)),
        ("a file beside the pages", &|| write("src/image.txt", "one")),
        ("its content", &|| write("src/image.txt", "two")),
        ("a template", &|| write("theme/header.hbs", "<p>A header</p>")),
        ("additional style", &|| write("own.css", "p { color: red }")),
        ("a page that somebody edited where it is published", &edit_published),
        ("a file that is gone from the sources", &|| {
            fs_err::remove_file(book.join("src/image.txt")).unwrap();
        }),
        ("a foreign file", &|| fs_err::write(html.join("foreign"), "").unwrap()),
    ];
    for (what, change) in changes {
        change();
        for is_new in [true, false] {
            let mut command = guarded(&exemplar(), &book);
            command.env_remove("EXEMPLAR_NO_CACHE").env("EXEMPLAR_CACHE_DIR", &cache).arg("build");
            let said = stderr(&command.output().unwrap());
            let note =
                if is_new { format!("rendered {}", html.display()) } else { "html is up to date".to_owned() };
            assert!(said.contains(&note), "{what}: {said}");
            assert_eq!(names(&html).contains(&"image.txt".to_owned()), book.join("src/image.txt").exists());
        }
    }
    assert!(!html.join("foreign").exists());
}

#[test]
fn a_site_that_is_a_link_to_the_sources_is_refused() {
    let (_folder, book) = book("[build]\nbuild-dir = 'dist'\n");
    fs_err::create_dir(book.join("dist")).unwrap();
    fs_err::os::unix::fs::symlink("../src", book.join("dist/html")).unwrap();
    let output = run(&book, &["build"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(names(&book.join("src")), ["SUMMARY.md", "a.md"]);
}

#[test]
fn a_disk_that_is_full_while_rendering_is_no_fault_of_the_book() {
    let (_folder, book) = book("[build]\nbuild-dir = 'dist'\n");
    // A file of mdBook's own is larger than files may be here; everything before it fits.
    let output = Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 60; exec \"$0\" build"])
        .arg(exemplar())
        .current_dir(&book)
        .output()
        .unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("mdBook: ") && said.contains("File too large"), "{said}");
    assert_eq!(names(&book.join("dist")), Vec::<String>::new(), "something was left behind");
}
