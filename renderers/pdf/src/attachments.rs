//! The files in the PDF: each listing, and all of a chapter.
//!
//! Most viewers lose the indent of code that is copied from a PDF, whoever made it. An attached file is whole.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};
use std::path::Path;

use zip::write::{SimpleFileOptions, ZipWriter};

use crate::PdfError;

/// A listing of Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// The code, without prompts.
    pub(crate) code: String,
    /// A session as it was written, prompts and outputs included.
    pub(crate) session: Option<String>,
}

/// A file to attach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attachment {
    /// Its name.
    pub(crate) name: String,
    /// Its content.
    pub(crate) content: Vec<u8>,
    /// Its type.
    pub(crate) mime: &'static str,
    /// What it is.
    pub(crate) description: String,
}

impl Listing {
    /// A listing, by its whole text.
    pub(crate) fn new(is_session: bool, text: &str) -> Self {
        if !is_session {
            return Self { code: text.to_owned(), session: None };
        }
        let mut code = String::new();
        let mut in_code = false;
        for line in text.lines() {
            let trimmed = line.trim_start();
            let rest = match (trimmed.strip_prefix(">>>"), trimmed.strip_prefix("...")) {
                (Some(rest), _) => {
                    in_code = true;
                    rest
                }
                (None, Some(rest)) if in_code => rest,
                _ => {
                    in_code = false;
                    continue;
                }
            };
            code.push_str(rest.strip_prefix(' ').unwrap_or(rest));
            code.push('\n');
        }
        Self { code, session: Some(text.to_owned()) }
    }
}

/// The files of a chapter. `page` is what was verified: its examples with all that belongs to them.
pub(crate) fn of_chapter(
    path: &Path,
    name: &str,
    listings: &[Listing],
    page: Option<&str>,
) -> Result<Vec<Attachment>, PdfError> {
    if listings.is_empty() {
        return Ok(Vec::new());
    }
    let stem = stem(path);
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut attached = Vec::new();
    for (number, listing) in (1..).zip(listings) {
        let file = format!("{stem}-{number:02}");
        files.push((format!("{file}.py"), listing.code.clone().into_bytes()));
        attached.push(Attachment {
            name: format!("{file}.py"),
            content: listing.code.clone().into_bytes(),
            mime: "text/x-python",
            description: format!("{name}, listing {number}"),
        });
        if let Some(session) = &listing.session {
            files.push((format!("{file}.txt"), session.clone().into_bytes()));
        }
    }
    files.extend(page.map(|page| (format!("{stem}.md"), page.as_bytes().to_vec())));
    let content =
        packed(&stem, &files).map_err(|source| PdfError::Pack { chapter: name.to_owned(), source })?;
    attached.insert(
        0,
        Attachment {
            name: format!("{stem}.zip"),
            content,
            mime: "application/zip",
            description: format!("{name}: all listings, and the page that they stand on"),
        },
    );
    Ok(attached)
}

/// Gives each file a name of its own: the paths of two chapters may come to the same.
pub(crate) fn tell_apart(attachments: &mut [Attachment]) {
    let mut taken = BTreeSet::new();
    for attachment in attachments {
        let (stem, end) = attachment.name.rsplit_once('.').unwrap_or((&attachment.name, ""));
        let numbered = (2..).map(|number| format!("{stem}_{number}.{end}"));
        let free =
            std::iter::once(attachment.name.clone()).chain(numbered).find(|name| !taken.contains(name));
        if let Some(free) = free {
            taken.insert(free.clone());
            attachment.name = free;
        }
    }
}

/// A chapter's path as the beginning of file names.
fn stem(path: &Path) -> String {
    let path = path.with_extension("");
    let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    parts.join("-").chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
}

/// A zip whose bytes depend on nothing but its files.
fn packed(folder: &str, files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, zip::result::ZipError> {
    let options =
        SimpleFileOptions::default().last_modified_time(zip::DateTime::default()).unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(format!("{folder}/{name}"), options)?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::{Attachment, Listing, of_chapter, stem, tell_apart};
    use std::path::Path;

    #[test]
    fn a_session_is_attached_as_code_and_as_it_was() {
        let text = ">>> for x in y:\n...     print(x)\n...\n1\n>>> z\nTraceback (most recent call last):\n  ...\nNameError: z\n";
        let listing = Listing::new(true, text);
        assert_eq!(listing.code, "for x in y:\n    print(x)\n\nz\n");
        assert_eq!(listing.session.as_deref(), Some(text));
    }

    #[test]
    fn files_of_one_name_are_told_apart() {
        let one =
            || Attachment { name: "a.py".into(), content: Vec::new(), mime: "", description: String::new() };
        let mut files = [one(), one(), one()];
        tell_apart(&mut files);
        assert_eq!(files.map(|file| file.name), ["a.py", "a_2.py", "a_3.py"]);
    }

    #[test]
    fn files_have_the_names_of_their_chapter() {
        let listings = [Listing::new(false, "print(1)\n"), Listing::new(true, ">>> 1\n1\n")];
        let files = of_chapter(Path::new("m1/a b.md"), "A", &listings, Some("# A")).unwrap();
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["m1-a_b.zip", "m1-a_b-01.py", "m1-a_b-02.py"]);
        assert_eq!(files[1].content, b"print(1)\n");
        assert!(of_chapter(Path::new("a.md"), "A", &[], Some("")).unwrap().is_empty());
        assert_eq!(stem(Path::new("x/ü.md")), "x-_");
    }
}
