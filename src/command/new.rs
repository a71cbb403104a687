//! `exemplar new`: a book that builds at once and shows what can be written in it.

use std::path::Path;

use crate::arguments::NewArguments;
use crate::command::init::{WORKFLOW, WORKFLOW_PATH};
use crate::failure::{Failure, Verdict};
use crate::report::human;

/// The files of a new book, by their paths in it. `TITLE` stands for its title.
const FILES: [(&str, &str); 5] = [
    ("book.toml", include_str!("new/book.toml")),
    ("book/SUMMARY.md", include_str!("new/SUMMARY.md")),
    ("book/first-steps.md", include_str!("new/first-steps.md")),
    (".gitignore", include_str!("new/gitignore")),
    (WORKFLOW_PATH, WORKFLOW),
];

/// Makes a book in a folder that does not exist or is empty.
pub(crate) fn run(arguments: &NewArguments) -> Result<Verdict, Failure> {
    let folder = &arguments.folder;
    if !is_free(folder).map_err(Failure::File)? {
        return Err(Failure::NotEmpty { folder: folder.clone() });
    }
    fs_err::create_dir_all(folder).map_err(Failure::File)?;
    let whole = fs_err::canonicalize(folder).map_err(Failure::File)?;
    let title = whole.file_name().map_or_else(|| "A book".into(), |name| name.to_string_lossy());
    // A text of JSON is one of TOML.
    let title = serde_json::Value::from(&*title).to_string();
    for (path, text) in FILES {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent).map_err(Failure::File)?;
        }
        fs_err::write(&path, text.replace("\"TITLE\"", &title)).map_err(Failure::File)?;
    }
    let shown = folder.display();
    human::note(&format!(
        "the book is in {shown}; `exemplar build {shown}` renders it into {shown}/dist/html"
    ));
    Ok(Verdict::Verified)
}

pub(super) fn is_free(folder: &Path) -> std::io::Result<bool> {
    if !folder.exists() {
        return Ok(true);
    }
    Ok(folder.is_dir() && fs_err::read_dir(folder)?.next().is_none())
}
