//! Which folder a run is about, which book lies there, and which settings hold.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::settings::{self, Settings, SettingsError, SettingsPlace};

/// A folder with its settings, and the book in it if there is one.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder.
    pub root: PathBuf,
    /// The book.
    pub book: Option<BookLayout>,
    /// The settings.
    pub settings: Settings,
}

/// Where a book's parts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookLayout {
    /// The folder that holds book.toml.
    pub root: PathBuf,
    /// The folder of the Markdown.
    pub source: PathBuf,
    /// The folder that the rendered book goes to.
    pub build: PathBuf,
    /// The prefix of hidden lines in Python fences.
    pub hidelines: Option<String>,
}

/// A project that can't be used.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Rendering would delete the sources: mdBook empties its build directory first.
    #[error(
        "{}: the build directory `{}` {relation} the source directory `{}`, and rendering empties it; set another one: \
         `[build] build-dir = \"dist\"`",
        file.display(), build.display(), source_directory.display()
    )]
    BuildDirectory {
        /// The book.toml.
        file: PathBuf,
        /// The build directory.
        build: PathBuf,
        /// How the two lie.
        relation: &'static str,
        /// The source directory.
        source_directory: PathBuf,
    },
}

/// The environment variable by which mdBook takes another build directory.
const BUILD_VARIABLE: &str = "MDBOOK_BUILD__BUILD_DIR";

impl Project {
    /// The project that a folder belongs to: the nearest folder upwards with a settings file of ours, or a book. A folder without any is
    /// a project of its own, with the defaults.
    ///
    /// # Errors
    /// When a settings file is wrong, or the book would be rendered over its own sources.
    pub fn find(start: &Path) -> Result<Self, ProjectError> {
        let start = absolute(start);
        for folder in start.ancestors() {
            if let Some(project) = Self::at(folder)? {
                return Ok(project);
            }
        }
        Ok(Self { root: start, book: None, settings: Settings::default() })
    }

    /// The project whose files lie in this very folder.
    fn at(folder: &Path) -> Result<Option<Self>, ProjectError> {
        let mut book = None;
        let mut settings = None;
        for (name, place) in SettingsPlace::ALL {
            let path = folder.join(name);
            if !path.is_file() {
                continue;
            }
            let text = fs_err::read_to_string(&path).map_err(|source| SettingsError::Read { source })?;
            let found = settings::read(&path, &text, place)?;
            if place == SettingsPlace::Book {
                book = Some(layout(folder, &path, &text)?);
            }
            settings = settings.or(found);
        }
        if book.is_none() && settings.is_none() {
            return Ok(None);
        }
        Ok(Some(Self { root: folder.to_owned(), book, settings: settings.unwrap_or_default() }))
    }

    /// The interpreter to use: as asked, as set, of the active environment, of `.venv` beside the book or in the working directory. None
    /// for the one that the worker was built with.
    #[must_use]
    pub fn python(&self, asked: Option<&Path>) -> Option<PathBuf> {
        if let Some(asked) = asked {
            return Some(absolute(asked));
        }
        if let Some(set) = &self.settings.python {
            return Some(self.root.join(set));
        }
        if let Some(active) = std::env::var_os("VIRTUAL_ENV").filter(|active| !active.is_empty()) {
            return Some(Path::new(&active).join("bin/python"));
        }
        let working = std::env::current_dir().unwrap_or_default();
        [self.root.as_path(), &working]
            .iter()
            .map(|folder| folder.join(".venv/bin/python"))
            .find(|path| path.is_file())
    }

    /// Whether a page belongs to the book, so that mdBook's directives and the strict reading of attributes hold for it.
    #[must_use]
    pub fn is_of_book(&self, page: &Path) -> bool {
        self.book.as_ref().is_some_and(|book| absolute(page).starts_with(&book.source))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct BookFile {
    book: BookTable,
    build: BuildTable,
    output: Output,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BookTable {
    src: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct BuildTable {
    build_dir: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Output {
    html: Html,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Html {
    code: Code,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Code {
    hidelines: HideLines,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HideLines {
    python: Option<String>,
}

fn layout(root: &Path, path: &Path, text: &str) -> Result<BookLayout, ProjectError> {
    // What mdBook itself will say about the rest of the file, it says when it builds; here only these keys matter.
    let file: BookFile = toml::from_str(text).map_err(|error| SettingsError::Invalid {
        path: path.display().to_string(),
        line: text[..error.span().map_or(0, |span| span.start)].matches('\n').count() + 1,
        column: 1,
        message: error.message().to_owned(),
    })?;
    let build = std::env::var_os(BUILD_VARIABLE).map(PathBuf::from).or(file.build.build_dir);
    let layout = BookLayout {
        root: root.to_owned(),
        source: absolute(&root.join(file.book.src.unwrap_or_else(|| "src".into()))),
        build: absolute(&root.join(build.unwrap_or_else(|| "book".into()))),
        hidelines: file.output.html.code.hidelines.python,
    };
    refuse_overlap(&layout, path)?;
    Ok(layout)
}

/// Refuses a build directory that is, contains or lies in the source directory.
///
/// # Errors
/// [`ProjectError::BuildDirectory`] when it does.
pub fn refuse_overlap(layout: &BookLayout, file: &Path) -> Result<(), ProjectError> {
    let source = resolved(&layout.source);
    let build = resolved(&layout.build);
    let relation = if source == build {
        "is also"
    } else if source.starts_with(&build) {
        "contains"
    } else if build.starts_with(&source) {
        "lies inside"
    } else {
        return Ok(());
    };
    Err(ProjectError::BuildDirectory {
        file: file.to_owned(),
        build: layout.build.clone(),
        relation,
        source_directory: layout.source.clone(),
    })
}

/// A path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let Ok(real) = ancestor.canonicalize() {
            return real.join(path.strip_prefix(ancestor).unwrap_or(Path::new("")));
        }
    }
    path.to_owned()
}

/// A path from the root, without `.` and `..`, and without following links: a virtual environment's `python` is a link and must stay one.
#[must_use]
pub fn absolute(path: &Path) -> PathBuf {
    let joined = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Project, ProjectError};

    #[test]
    fn a_build_directory_over_the_sources_is_refused() {
        let cases = [
            ("[book]\nsrc = 'book'\n", Some("is also")),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = '.'\n", Some("contains")),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = 'book/out'\n", Some("lies inside")),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = 'link/out'\n", Some("lies inside")),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = 'dist'\n", None),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = 'book2'\n", None),
        ];
        for (text, wanted) in cases {
            let folder = tempfile::tempdir().unwrap();
            fs_err::create_dir(folder.path().join("book")).unwrap();
            std::os::unix::fs::symlink("book", folder.path().join("link")).unwrap();
            fs_err::write(folder.path().join("book.toml"), text).unwrap();
            let found = match Project::find(folder.path()) {
                Err(ProjectError::BuildDirectory { relation, .. }) => Some(relation),
                Ok(_) => None,
                Err(error) => panic!("{error}"),
            };
            assert_eq!(found, wanted, "{text}");
        }
    }
}
