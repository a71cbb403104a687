//! The PDF of `exemplar build`, read with poppler's programs: what is in it, what leads where, and what stops it.

use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use crate::run::{build_folder, copy, exemplar, guarded, run, workspace};

/// A copy of the book of `tests/pdf`, built.
struct Built {
    folder: tempfile::TempDir,
}

impl Built {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&workspace().join("tests/pdf"), folder.path());
        // The colophon has a date, as in a checkout.
        let output = guarded(&exemplar(), folder.path())
            .env("SOURCE_DATE_EPOCH", "1790000000")
            .arg("build")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        Self { folder }
    }

    fn pdf(&self) -> PathBuf {
        self.folder.path().join("book/torture.pdf")
    }

    /// What one of poppler's programs says of it.
    fn asked(&self, program: &str, before: &[&str], after: &[&str]) -> String {
        let output = Command::new(program).args(before).arg(self.pdf()).args(after).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn text(&self) -> String {
        self.asked("pdftotext", &["-layout"], &["-"])
    }

    fn layout(&self) -> String {
        self.asked("pdftohtml", &["-xml", "-i", "-hidden", "-stdout"], &[])
    }
}

/// Text without white space, which a page sets anew.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn everything_of_a_page_is_on_paper_and_prompts_are_drawn() {
    let built = Built::new();
    let text = built.text();
    assert!(!text.contains(">>> "), "a prompt can be copied");
    let dense = dense(&text);
    for words in [
        "emphasis",
        "struck",
        "inlinecode",
        "Ctrl",
        "marked",
        "A footnote with notecode",
        "With a second paragraph",
        "nested = {\"code\": [\"in\", \"a\", \"list\"]}",
        "a quote in a list",
        "with a list in it",
        "inner",
        "done",
        "open",
        "Its meaning",
        "pipe | pipe",
        "x = {1: [2]}",
        "spanning two",
        "cell & more",
        "Inside a division",
        "Summary words",
        "Folded words",
        "Old words",
        "twice",
        "Warned",
        "Listing 1.1",
        "A wide session",
        "┌─┐",
        "Ωμέγα",
        "日本語",
        "ZeroDivisionError: division by zero",
        "print(area(2, 3))",
        "print(\"new\")",
        "print(\"old\")",
        "compiled, not run",
        "A drawing with a title",
        "drawn <words>",
        "docs.example.org/library/functools.html",
        "{\"key\": [\"drawn\", null, 1.5e3]}",
        "key = \"value\"",
        "- run: make  # both",
        "<p class=\"x\">text</p>",
        "SELECT 'no colours'",
        "#panic(",
        "#read(",
        "/etc/passwd",
        "]]] {#{",
        "The end of it",
        "Shared rows",
        "Count words",
        "Edition of",
        "In short",
        "counts[word] = counts.get(word, 0) + 1",
        "changes the list and answers nothing",
    ] {
        assert!(dense.contains(&self::dense(words)), "{words} is lost in\n{text}");
    }
    assert_eq!(text.matches("docs.example.org/library").count(), 1, "an address is printed once a chapter");
}

#[test]
fn the_note_of_what_was_verified_is_never_alone_on_a_page() {
    let text = Built::new().text();
    let pages = text.split('\u{c}').filter(|page| page.contains("in this chapter"));
    let words: Vec<usize> = pages.map(|page| page.split_whitespace().count()).collect();
    assert!(words.len() >= 2 && words.iter().all(|count| *count > 60), "{words:?}");
    assert!(!text.contains("on this page was run") && !text.contains("on this page were run"), "{text}");
}

#[test]
fn another_reader_finds_nothing_wrong_with_its_tags() {
    let built = Built::new();
    let python = build_folder().parent().unwrap().join("tools/python/bin/python");
    assert!(python.is_file(), "pypdf is not installed: run `make test`, which does it");
    let checked = |pdf: &Path| {
        let script = workspace().join("tests/check_pdf.py");
        let output = Command::new(&python).arg(script).arg(pdf).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (code, said) = checked(&built.pdf());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with("nothing found\n"), "{said}");
    // One that does not claim the standards has nothing of what they ask for beside the tags.
    let settings = built.folder.path().join("book.toml");
    let text = fs_err::read_to_string(&settings).unwrap();
    fs_err::write(settings, text + "\n[preprocessor.exemplar.pdf]\nstandards = [\"1.7\"]\n").unwrap();
    assert_eq!(run(built.folder.path(), &["build"]).status.code(), Some(0));
    let (code, said) = checked(&built.pdf());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("06-002: the metadata have no `pdfuaid:part>1<`"), "{said}");
}

#[test]
fn the_file_is_tagged_and_has_all_its_fonts() {
    let built = Built::new();
    let info = built.asked("pdfinfo", &[], &[]);
    for line in ["Title:           Torture", "Author:          Ada, Bert", "Tagged:          yes"] {
        assert!(info.contains(line), "{line} is not in\n{info}");
    }
    let fonts = built.asked("pdffonts", &[], &[]);
    let used: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(used.len() > 5, "{fonts}");
    assert!(
        used.iter().all(|font| font.contains(" yes yes yes ")),
        "a font is not embedded, or whole:\n{fonts}"
    );
    let bytes = fs_err::read(built.pdf()).unwrap();
    let metadata = String::from_utf8_lossy(&bytes);
    for standard in ["pdfuaid:part>1<", "pdfaid:part>3<", "pdfaid:conformance>A<"] {
        assert!(metadata.contains(standard), "{standard} is not claimed");
    }
}

#[test]
fn the_outline_is_the_summary_and_what_is_generated() {
    let layout = Built::new().layout();
    let (_, outline) = layout.split_once("<outline>").unwrap();
    let item = Regex::new(r"<item[^>]*>([^<]*)</item>").unwrap();
    let titles: Vec<&str> = item.captures_iter(outline).map(|found| found.get(1).unwrap().as_str()).collect();
    let summary = ["Before", "The first part", "Torture", "Below it", "Teaching", "The second part", "Other"];
    assert_eq!(titles[..summary.len()], summary, "{titles:?}");
    assert_eq!(titles[summary.len()], "Appendices");
    assert_eq!(titles[titles.len() - 2..], ["Solutions", "Index"]);
}

#[test]
fn each_page_reference_is_the_page_that_it_leads_to() {
    let layout = Built::new().layout();
    let first = Regex::new(r#"<item page="(\d+)">Before"#).unwrap();
    let before: usize = first.captures(&layout).unwrap()[1].parse::<usize>().unwrap() - 1;
    let reference = Regex::new(r##"<a href="[^"#]*#(\d+)">[^<]*\(p\.[\s\u{a0}]*(\d+)\)"##).unwrap();
    let pages = layout.split("<page ").skip(1).enumerate();
    let mut found = 0;
    for (number, page) in pages {
        for reference in reference.captures_iter(page) {
            let (leads_to, printed): (usize, usize) =
                (reference[1].parse().unwrap(), reference[2].parse().unwrap());
            assert_eq!(leads_to - before, printed, "on sheet {}", number + 1);
            assert_ne!(leads_to, number + 1, "the page itself is no reference");
            found += 1;
        }
    }
    assert!(found >= 8, "{found} references");
    // A link whose target is on its own page has no page number behind it, and is a link all the same.
    assert!(layout.contains(">here</a>"), "the link to its own page is lost");
}

#[test]
fn attached_listings_are_the_ones_of_the_page_and_pass_again() {
    let built = Built::new();
    let files = tempfile::tempdir().unwrap();
    let output = Command::new("pdfdetach")
        .args(["-saveall", "-o"])
        .arg(files.path())
        .arg(built.pdf())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let attached = |name: &str| fs_err::read_to_string(files.path().join(name)).unwrap();
    assert_eq!(
        attached("torture-03.py"),
        "def area(width, height):\n    \"\"\"Return the area.\"\"\"\n    return width * height\n\nprint(area(2, 3))\n"
    );
    assert!(
        attached("torture-02.py").starts_with("def describe(first_argument, second_argument=\"two\", third")
    );
    for name in names(files.path(), "py") {
        let compiled = Command::new("python3").args(["-m", "py_compile"]).arg(&name).output().unwrap();
        assert!(compiled.status.success(), "{}: {compiled:?}", name.display());
    }
    for chapter in ["torture", "teaching"] {
        let zip = files.path().join(format!("{chapter}.zip"));
        let unpack = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
        let unpacked =
            Command::new("python3").args(["-c", unpack]).arg(&zip).arg(files.path()).output().unwrap();
        assert!(unpacked.status.success(), "{unpacked:?}");
    }
    let page = files.path().join("torture/torture.md");
    assert_eq!(
        fs_err::read(&page).unwrap(),
        fs_err::read(workspace().join("tests/pdf/src/torture.md")).unwrap()
    );
    for again in ["torture/torture.md", "torture/torture-02.txt"] {
        let output = run(files.path(), &["check", again]);
        assert_eq!(output.status.code(), Some(0), "{again}: {}", String::from_utf8_lossy(&output.stdout));
    }
    assert!(files.path().join("lab-tally.zip").is_file(), "what the lab's readers take home is not attached");
}

fn names(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|it| it == end)).collect()
}

#[test]
fn two_builds_give_the_same_bytes() {
    let (one, two) = (Built::new(), Built::new());
    assert!(fs_err::read(one.pdf()).unwrap() == fs_err::read(two.pdf()).unwrap());
}

#[test]
fn what_can_t_be_set_is_named_with_its_place_and_stops_the_book() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs_err::write(folder.path().join(name), text).unwrap();
    fs_err::create_dir(folder.path().join("src")).unwrap();
    write("book.toml", "[book]\ntitle = \"T\"\n");
    write("src/SUMMARY.md", "- [A](a.md)\n");
    write(
        "src/a.md",
        "# A\n\n> [!TERM] Greeting\n> Words.\n\n```python\n>>> \"안녕\"[0]\n'안'\n```\n\nText ![](a.svg) and more.\n\n<blink>x</blink>\n",
    );
    write("src/a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>");
    let output = run(folder.path(), &["build"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for (code, place) in [
        ("pdf-missing-glyph", "src/a.md:7:6"),
        ("pdf-missing-alt", "src/a.md:11:6"),
        ("pdf-unsupported-html", "src/a.md:13:1"),
    ] {
        let found = said.split("\n\n").any(|part| part.contains(code) && part.contains(place))
            || (said.contains(code) && said.contains(place));
        assert!(found, "{code} at {place} is not named in\n{said}");
    }
    assert!(!folder.path().join("book").exists(), "something was published");
}

#[test]
fn papers_sides_and_chapters_are_chosen_and_a_wrong_value_is_named() {
    let folder = tempfile::tempdir().unwrap();
    copy(&workspace().join("tests/pdf"), folder.path());
    let settings = fs_err::read_to_string(folder.path().join("book.toml")).unwrap();
    let build = |pdf: &str| {
        let text = format!("{settings}\n[preprocessor.exemplar.pdf]\n{pdf}\n");
        fs_err::write(folder.path().join("book.toml"), text).unwrap();
        let output = run(folder.path(), &["build"]);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let pdf = folder.path().join("book/torture.pdf");
    let (code, said) = build("paper = 'a4'\nsides = 'two'\nstandards = ['2.0']\nchapters = ['other.md']");
    assert_eq!(code, Some(0), "{said}");
    let info = Command::new("pdfinfo").arg(&pdf).output().unwrap();
    let info = String::from_utf8(info.stdout).unwrap();
    assert!(info.contains("(A4)") && info.contains("PDF version:     2.0"), "{info}");
    for (wrong, words) in [
        ("paper = 'a5'", "unknown value `a5`"),
        ("sides = 'three'", "unknown value `three`"),
        ("addresses = 'margin'", "unknown value `margin`"),
        ("standards = ['ua-2']", "unknown value `ua-2`"),
        ("fonts = ['nowhere']", "there is no folder `nowhere`"),
        ("text-font = 'Comic'", "there is no family `Comic`"),
        ("colour = true", "unknown key `colour`"),
    ] {
        let (code, said) = build(wrong);
        assert_eq!(code, Some(2), "{wrong}: {said}");
        assert!(said.contains(words), "{words} is not in\n{said}");
    }
    let (code, said) = build("list-of-listings = true");
    assert_eq!(code, Some(0), "{said}");
    let listed = Command::new("pdftotext").args(["-layout"]).arg(&pdf).arg("-").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let entry = Regex::new(r"(?m)Listings\n+ *1\.1 +A wide session[ .]+\d+$").unwrap();
    assert!(entry.is_match(&listed), "{listed}");
    fs_err::remove_file(&pdf).unwrap();
    let (code, said) = build("enabled = false");
    assert_eq!((code, pdf.exists()), (Some(0), false), "{said}");
}

#[test]
fn a_chapter_in_the_contents_is_never_parted_from_its_sections() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| fs_err::write(folder.path().join(path), text).unwrap();
    write("book.toml", "[book]\ntitle = \"Contents\"\nsrc = \"src\"\n[build]\nbuild-dir = \"built\"\n");
    fs_err::create_dir(folder.path().join("src")).unwrap();
    let mut summary = String::new();
    for number in 1..=60 {
        summary.push_str(&format!("- [Chapter {number}](c{number}.md)\n"));
        write(&format!("src/c{number}.md"), &format!("# Chapter {number}\n\n## Section {number}\n"));
    }
    write("src/SUMMARY.md", &summary);
    let output = guarded(&exemplar(), folder.path()).arg("build").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let pdf = folder.path().join("built/contents.pdf");
    let text = Command::new("pdftotext").arg("-layout").arg(pdf).arg("-").output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    let entry = Regex::new(r"(?m)^ *(?:\d+ +)?(Chapter|Section) \d+[ .]+\d+$").unwrap();
    let last = text.split('\u{c}').filter_map(|page| Some(entry.captures_iter(page).last()?[1].to_owned()));
    let last: Vec<String> = last.collect();
    assert!(last.len() > 2 && last.iter().all(|kind| kind == "Section"), "{last:?}");
}
