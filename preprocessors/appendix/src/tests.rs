//! Small woven books, and what is made of them.

use std::io::{Cursor, Read};
use std::path::Path;

use mdbook_preprocessor::book::{Book, BookItem, Chapter};
use rusqlite::Connection;
use zip::ZipArchive;

use crate::markdown::{html, relink, title};
use crate::section::sections;
use crate::{AppendixError, AppendixOptions, TEMPLATES, append};

const QUESTION: &str = "\
# Closures

## Cells

> [!INTERVIEW] mid, closures {#late}
> **Why `4`?**
>
> *In short:* One *cell*, see [there](other.md).
>
> In full.
";

const QUIZ: &str = "\
# Quizzes

> [!QUIZ] {#sum}
> ```pycon exemplar
> >>> 1 < 2
> True
> ```
";

fn book(chapters: &[(&str, &str)]) -> Book {
    let mut book = Book::new();
    for (path, text) in chapters {
        book.push_item(BookItem::Chapter(Chapter::new("Name", (*text).to_owned(), path, Vec::new())));
    }
    book
}

fn appended(chapters: &[(&str, &str)], theme: &Path) -> Result<Book, AppendixError> {
    appended_to(book(chapters), theme)
}

fn appended_to(book: Book, theme: &Path) -> Result<Book, AppendixError> {
    let topics = ["Closures".to_owned(), "Decorators".to_owned()];
    let options =
        AppendixOptions { title: "A Book", topics: &topics, libraries: &[], theme, templates: TEMPLATES };
    append(book, options)
}

fn text(book: &Book, path: &str) -> Option<String> {
    let is_it = |chapter: &&Chapter| chapter.path.as_deref() == Some(Path::new(path));
    book.chapters().find(is_it).map(|chapter| chapter.content.clone())
}

fn nowhere() -> &'static Path {
    Path::new("/nowhere")
}

#[test]
fn a_book_without_elements_stays_as_it_is() {
    let plain = [("a.md", "# A\n\nPEP 8.\n\n> [!NOTE]\n> A note.\n")];
    assert_eq!(appended(&plain, nowhere()).unwrap(), book(&plain));
}

#[test]
fn a_topic_without_questions_has_no_section() {
    let decorated = QUESTION.replace("closures {#late}", "decorators {#order}").replace("`4`", "`5`");
    let both = [("a.md", QUESTION), ("b.md", &decorated)];
    let has = |chapters: &[(&str, &str)], wanted: &str| {
        text(&appended(chapters, nowhere()).unwrap(), "appendix/interview.md").unwrap().contains(wanted)
    };
    assert!(has(&both, "### Closures") && has(&both, "### Decorators"));
    assert!(has(&both[..1], "### Closures") && !has(&both[..1], "### Decorators"));
}

#[test]
fn an_entry_stands_in_a_box_and_is_linked_to_it() {
    let book = appended(&[("part/a.md", QUESTION)], nowhere()).unwrap();
    let chapter = text(&book, "part/a.md").unwrap();
    assert!(chapter.contains("<div class=\"exemplar-box exemplar-interview\" id=\"late\">\n"), "{chapter}");
    assert!(chapter.contains("[there](other.md)") && !chapter.contains("[!INTERVIEW]"), "{chapter}");
    let page = text(&book, "appendix/interview.md").unwrap();
    assert!(page.contains("<a href=\"../part/a.html#late\">Name › Cells</a>"), "{page}");
    assert!(page.contains("[there](../part/other.md)"), "{page}");
}

#[test]
fn a_book_with_a_part_of_that_name_gets_no_second_one() {
    for (own, parts) in [("Appendices", 1), ("Month 1", 2)] {
        let mut book = Book::new();
        book.push_item(BookItem::PartTitle(own.to_owned()));
        book.push_item(BookItem::Chapter(Chapter::new("Name", QUESTION.to_owned(), "a.md", Vec::new())));
        let book = appended_to(book, nowhere()).unwrap();
        let found = book.items.iter().filter(|item| matches!(item, BookItem::PartTitle(_))).count();
        assert_eq!(found, parts, "{own}");
    }
}

#[test]
fn a_generated_chapter_takes_no_path_of_the_book() {
    let error = appended(&[("appendix/interview.md", QUESTION)], nowhere()).unwrap_err().to_string();
    assert!(error.contains("the chapter `appendix/interview.md` has the path of a generated one"), "{error}");
}

#[test]
fn a_template_of_the_book_wins_and_its_mistakes_have_a_place() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::create_dir(folder.path().join("appendix")).unwrap();
    let own = |text: &str| {
        fs_err::write(folder.path().join("appendix/interview.tera"), text).unwrap();
        appended(&[("a.md", QUESTION)], folder.path())
    };
    let book = own("# Mine: {{ questions | length }}\n").unwrap();
    assert_eq!(text(&book, "appendix/interview.md").unwrap().trim_end(), "# Mine: 1");
    for (template, place) in [
        ("# Mine\n{% for x in %}\n", "theme/appendix/interview.tera:2:"),
        ("\n\n{{ questions.nothing.at_all }}\n", "theme/appendix/interview.tera:3:"),
    ] {
        let error = own(template).unwrap_err().to_string();
        assert!(error.starts_with(place), "{template}: {error}");
    }
}

/// The notes of a deck: guid, fields, tags.
fn notes(chapters: &[(&str, &str)]) -> (Vec<u8>, Vec<(String, String, String)>) {
    let page = text(&appended(chapters, nowhere()).unwrap(), "appendix/flashcards.md").unwrap();
    let encoded = page.split("base64,").nth(1).unwrap().split('"').next().unwrap();
    let deck = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded).unwrap();
    let mut zip = ZipArchive::new(Cursor::new(deck.clone())).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, ["collection.anki2", "media"]);
    let mut bytes = Vec::new();
    zip.by_name("collection.anki2").unwrap().read_to_end(&mut bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collection.anki2");
    fs_err::write(&path, bytes).unwrap();
    let connection = Connection::open(path).unwrap();
    let count = |table: &str| -> i64 {
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("col"), count("cards")), (1, count("notes")));
    let mut query = connection
        .prepare("SELECT guid, flds, tags FROM notes JOIN cards ON notes.id = nid ORDER BY due")
        .unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    (deck, rows.map(Result::unwrap).collect())
}

#[test]
fn the_deck_is_the_same_twice_and_its_notes_are_named_by_their_ids() {
    let chapters = [("part/a.md", QUESTION), ("b.md", QUIZ)];
    let (first, found) = notes(&chapters);
    let note = |guid: &str, fields: &str, tags: &str| (guid.to_owned(), fields.to_owned(), tags.to_owned());
    let wanted = [
        note(
            "a-book#late",
            "<p>Why <code>4</code>?</p>\u{1f}<p>One <em>cell</em>, see there.</p>",
            " closures mid ",
        ),
        note(
            "a-book#sum",
            "<p>What does this print?</p><pre><code>&gt;&gt;&gt; 1 &lt; 2</code></pre>\u{1f}<pre><code>True</code></pre>",
            " quiz ",
        ),
    ];
    assert_eq!(found, wanted);
    assert_eq!(first, notes(&chapters).0);
    // A reworded question is the same note.
    let reworded = QUESTION.replace("Why `4`?", "Why not `3`?");
    let (changed, found) = notes(&[("part/a.md", &reworded), ("b.md", QUIZ)]);
    assert_eq!(found[0].0, "a-book#late");
    assert_ne!(first, changed);
}

#[test]
fn links_lead_where_they_led() {
    for (written, moved) in [
        ("[a](b.md) and ![c](d.png \"t\")", "[a](../x/b.md) and ![c](../x/d.png \"t\")"),
        ("[a](#b) [`c`](../d.md#e)", "[a](../x/y.md#b) [`c`](../x/../d.md#e)"),
        ("[a](https://b) <https://c> [d](/e)", "[a](https://b) <https://c> [d](/e)"),
        ("`[a](b.md)`", "`[a](b.md)`"),
    ] {
        assert_eq!(relink(written, Path::new("x/y.md"), "../"), moved);
    }
}

#[test]
fn html_stands_on_one_line() {
    assert_eq!(html("a\nb"), "<p>a b</p>");
    assert_eq!(html("```\na {\n\nb\n```\nc"), "<pre><code>a &#123;&#10;&#10;b&#10;</code></pre> <p>c</p>");
    assert_eq!(title("__init__ of `a<b>` & {c}"), "__init__ of <code>a&lt;b&gt;</code> &amp; &#123;c}");
}

#[test]
fn sections_have_the_anchors_of_mdbook() {
    let text = "# A b\n\nterm\n: text\n\n## `term`\n\n## Term\n\n## Own {#own}\n\n> ## A *b*!\n";
    let ids: Vec<String> = sections(text).into_iter().map(|section| section.id).collect();
    assert_eq!(ids, ["a-b", "term-1", "term-2", "own", "a-b-1"]);
}
