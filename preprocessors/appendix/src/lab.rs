//! A lab as readers get it: its parts in a woven chapter, and the files that they take home.
//!
//! Weaving has put each part into a `figure` that says which lab, which role and which file it is (`weave/fence.rs`). What is left of the quote
//! is the brief.

use std::io::{Cursor, Write};
use std::sync::LazyLock;

use exemplar_model::lab::{LabRole, module};
use exemplar_model::teaching::{Content, Entry};
use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::Regex;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::AppendixError;

/// The line that begins a part.
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^<!-- --><figure class="exemplar-listing"(?: id="[^"]*")? data-lab="[^"]*" data-role="(\w+)" data-file="([^"]*)""#)
        .expect("the pattern is a constant")
});

/// The line that ends it.
const CLOSING: &str = "<!-- --></figure>";

/// A lab's parts in a woven chapter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// What is to be done.
    pub(crate) brief: String,
    /// Its files, in the order of the page.
    pub(crate) parts: Vec<Part>,
}

/// A fence of a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// `starter`, `tests`, `solution`, `mutant` or `data`.
    pub(crate) role: String,
    /// The file that it is.
    pub(crate) file: String,
    /// What is in the file.
    pub(crate) text: String,
    /// The part as it was woven.
    pub(crate) woven: String,
}

impl Parts {
    /// The parts in the body of a lab.
    pub(crate) fn of(body: &str) -> Self {
        let mut found = Self::default();
        let mut lines = body.split_inclusive('\n');
        while let Some(line) = lines.next() {
            let Some(opening) = OPENING.captures(line) else {
                found.brief.push_str(line);
                continue;
            };
            let mut part = Part {
                role: opening[1].to_owned(),
                file: unescape(&opening[2]),
                text: String::new(),
                woven: line.to_owned(),
            };
            let mut ticks: Option<String> = None;
            for line in lines.by_ref() {
                part.woven.push_str(line);
                let bare = line.trim_end_matches(['\n', '\r']);
                match &ticks {
                    None if bare == CLOSING => break,
                    None if bare.starts_with("```") => {
                        ticks = Some(bare.chars().take_while(|&c| c == '`').collect());
                    }
                    Some(open) if bare == open => ticks = None,
                    Some(_) => {
                        part.text.push_str(bare);
                        part.text.push('\n');
                    }
                    None => {}
                }
            }
            found.parts.push(part);
        }
        found.brief = found.brief.trim().to_owned();
        found
    }

    /// The parts of a role.
    pub(crate) fn of_role(&self, role: LabRole) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.role == role.name())
    }

    /// What those of a role look like in a chapter.
    pub(crate) fn woven(&self, role: LabRole) -> String {
        let woven: Vec<&str> = self.of_role(role).map(|part| part.woven.trim_end()).collect();
        woven.join("\n\n")
    }
}

/// What a reader takes home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kit {
    /// The lab's name.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What is to be done, in Markdown.
    pub brief: String,
    /// The title of the book.
    pub book: String,
    /// Starter, tests and data, each with its path: all but the README.
    pub files: Vec<(String, String)>,
}

impl Kit {
    /// The kit of an entry, if it is a lab.
    pub(crate) fn of(entry: &Entry, book: &str) -> Option<Self> {
        let Content::Lab { name } = &entry.content else { return None };
        let parts = Parts::of(&entry.body);
        let files = [LabRole::Starter, LabRole::Tests, LabRole::Data].into_iter();
        let files =
            files.flat_map(|role| parts.of_role(role).map(|part| (part.file.clone(), part.text.clone())));
        Some(Self {
            name: name.text.clone(),
            title: title(entry).to_owned(),
            files: files.collect(),
            brief: parts.brief,
            book: book.to_owned(),
        })
    }

    /// All files, the README first, by their paths in the reader's folder.
    #[must_use]
    pub fn all_files(&self) -> Vec<(String, String)> {
        let mut files = vec![("README.md".to_owned(), self.readme())];
        files.extend(self.files.iter().cloned());
        files
    }

    fn readme(&self) -> String {
        let module = module(&self.name);
        let mut text = format!("# {}\n\nA lab of *{}*.\n\n{}\n\n", self.title, self.book, plain(&self.brief));
        text.push_str(&format!(
            "Write into `{module}.py`; you are done when its tests pass:\n\n```console\n$ python -m pip install pytest\n\
             $ python -m pytest test_{module}.py\n```\n"
        ));
        text
    }

    /// The files in a zip, below a folder of the lab's name. The same files give the same bytes.
    ///
    /// # Errors
    /// When the zip can't be written.
    pub fn zip(&self) -> Result<Vec<u8>, AppendixError> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        for (path, text) in self.all_files() {
            zip.start_file(format!("{}/{path}", self.name), options).map_err(AppendixError::Kit)?;
            zip.write_all(text.as_bytes())?;
        }
        Ok(zip.finish().map_err(AppendixError::Kit)?.into_inner())
    }
}

/// What a lab is called: by its title, or else by its name.
#[must_use]
pub fn title(entry: &Entry) -> &str {
    let Content::Lab { name } = &entry.content else { return &entry.title.text };
    let own = entry.title.text[name.text.len()..].trim_start_matches([' ', ':']);
    if own.is_empty() { &name.text } else { own }
}

/// What is to be done in a lab as its author wrote it: the body of its quote without the fences that are parts of it.
#[must_use]
pub fn brief(body: &str) -> String {
    let mut brief = String::with_capacity(body.len());
    let mut from = 0;
    for (event, range) in new_cmark_parser(body, &MarkdownOptions::default()).into_offset_iter() {
        let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) = event else { continue };
        if info.contains("lab=") && range.start >= from {
            brief.push_str(&body[from..range.start]);
            from = range.end;
        }
    }
    brief.push_str(&body[from..]);
    brief.trim().to_owned()
}

/// Markdown as it reads in a file of its own: without the HTML and the classes that weaving gives to examples.
fn plain(brief: &str) -> String {
    let mut out = String::with_capacity(brief.len());
    for line in brief.lines().filter(|line| !line.starts_with("<!-- -->")) {
        let ticks = line.len() - line.trim_start_matches('`').len();
        // Between the parts of a lab there are blank lines, of which one is enough.
        if line.trim().is_empty() && out.ends_with("\n\n") {
            continue;
        }
        match ticks {
            3.. => {
                let language = line[ticks..].split([' ', ',']).next().unwrap_or_default();
                out.push_str(&line[..ticks]);
                out.push_str(if language == "pycon" { "python" } else { language });
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out.trim().to_owned()
}

/// The text of a quoted attribute that weaving has written.
fn unescape(text: &str) -> String {
    let text = text.replace("&#123;", "{").replace("&quot;", "\"").replace("&gt;", ">");
    text.replace("&lt;", "<").replace("&amp;", "&")
}
