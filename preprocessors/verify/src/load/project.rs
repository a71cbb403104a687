//! Which folder a run is about, which book lies there, and which settings hold.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::environment::overrides;
use super::interpreter::version;
use super::settings::{self, Settings, SettingsError, SettingsFile, SettingsPlace, set};

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
    /// That folder as `[book] src` writes it: edit links and the paths that pages show are made from it.
    pub written_source: PathBuf,
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
    /// Rendering would delete the sources, or take its own output for sources.
    #[error(
        "{}: the build directory `{}` {} the source directory `{}`{}; set another one: `[build] build-dir = \"{free}\"`",
        file.display(), build.display(), overlap.words(), source_directory.display(), overlap.consequence()
    )]
    BuildDirectory {
        /// The book.toml.
        file: PathBuf,
        /// The build directory.
        build: PathBuf,
        /// How the two lie.
        overlap: Overlap,
        /// The source directory.
        source_directory: PathBuf,
        /// A build directory that would do.
        free: &'static str,
    },
}

/// How a build directory and a source directory can share files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// They are one.
    Same,
    /// The sources lie in the build directory.
    Contains,
    /// The build directory lies in the sources.
    Inside,
}

impl Overlap {
    /// How these two lie, links followed; none when they share nothing.
    fn of(build: &Path, source: &Path) -> Option<Self> {
        let (build, source) = (resolved(build), resolved(source));
        if source == build {
            Some(Self::Same)
        } else if source.starts_with(&build) {
            Some(Self::Contains)
        } else if build.starts_with(&source) {
            Some(Self::Inside)
        } else {
            None
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Same => "is also",
            Self::Contains => "contains",
            Self::Inside => "lies inside",
        }
    }

    fn consequence(self) -> &'static str {
        match self {
            Self::Same => ", and a build replaces what is in it",
            Self::Contains => ", and a build replaces what is in it, the sources too",
            Self::Inside => ", and a build would take the rendered book for sources and copy it into itself",
        }
    }
}

/// The folder of the site in the build directory.
const SITE: &str = "html";

impl BookLayout {
    /// The folder that `exemplar build` replaces.
    #[must_use]
    pub fn site(&self) -> PathBuf {
        self.build.join(SITE)
    }
}

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
        let settings = Settings::without_file(&start);
        Ok(Self { root: start, book: None, settings })
    }

    /// The project whose files lie in this very folder.
    fn at(folder: &Path) -> Result<Option<Self>, ProjectError> {
        let mut book = None;
        let mut files = Vec::new();
        for (name, place) in SettingsPlace::ALL {
            let path = folder.join(name);
            if !path.is_file() {
                continue;
            }
            let text = fs_err::read_to_string(&path).map_err(|source| SettingsError::Read { source })?;
            if place == SettingsPlace::Book {
                book = Some(layout(folder, &path, &text)?);
            }
            files.push(SettingsFile { path, place, text });
        }
        let changes = if book.is_some() { overrides() } else { Vec::new() };
        let settings = settings::read(folder, &files, &changes)?;
        if book.is_none() && settings.is_none() {
            return Ok(None);
        }
        let settings = settings.unwrap_or_else(|| Settings::without_file(folder));
        Ok(Some(Self { root: folder.to_owned(), book, settings }))
    }

    /// The interpreter to use: as asked, as set, of the active environment, of `.venv` beside the book or in the working directory. None
    /// for the one that the worker was built with. What is asked or set may be a version.
    #[must_use]
    pub fn python(&self, asked: Option<&Path>) -> Option<PathBuf> {
        if let Some(asked) = asked {
            return Some(if version(asked).is_some() { asked.to_owned() } else { absolute(asked) });
        }
        if let Some(set) = &self.settings.python {
            return Some(set.clone());
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
    let invalid = |error: &toml::de::Error| SettingsError::at(path, text, error.span(), error.message());
    let mut file: BookFile = toml::from_str(text).map_err(|error| invalid(&error))?;
    let mut table: toml::Table = toml::from_str(text).map_err(|error| invalid(&error))?;
    for (key, value) in overrides() {
        let failed = |cause: String| SettingsError::Environment { key: key.clone(), cause };
        set(&mut table, &key, toml::Value::try_from(value).map_err(|error| failed(error.to_string()))?);
        file = BookFile::deserialize(table.clone()).map_err(|error| failed(error.message().to_owned()))?;
    }
    let written_source = file.book.src.unwrap_or_else(|| "src".into());
    let layout = BookLayout {
        root: root.to_owned(),
        source: folder(root, &written_source),
        written_source,
        build: folder(root, &file.build.build_dir.unwrap_or_else(|| "book".into())),
        hidelines: file.output.html.code.hidelines.python,
    };
    refuse_overlap(&layout, path)?;
    Ok(layout)
}

/// A folder as book.toml names it, from the root. `..` after a link leads elsewhere than its letters say, so the system is asked.
fn folder(root: &Path, written: &Path) -> PathBuf {
    let joined = root.join(written);
    let up = written.components().any(|part| part == Component::ParentDir);
    let real = if up { joined.canonicalize().ok() } else { None };
    real.unwrap_or_else(|| absolute(&joined))
}

/// Refuses a build directory, or a folder of the site in it, that is, contains or lies in the source directory.
fn refuse_overlap(layout: &BookLayout, file: &Path) -> Result<(), ProjectError> {
    for build in [layout.build.clone(), layout.site()] {
        let Some(overlap) = Overlap::of(&build, &layout.source) else { continue };
        let free = ["dist", "site", "../dist", "../site"]
            .into_iter()
            .find(|name| Overlap::of(&layout.root.join(name), &layout.source).is_none());
        return Err(ProjectError::BuildDirectory {
            file: file.to_owned(),
            build,
            overlap,
            source_directory: layout.source.clone(),
            free: free.unwrap_or("../../dist"),
        });
    }
    Ok(())
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
pub(super) fn absolute(path: &Path) -> PathBuf {
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
    use super::{Overlap, Project, ProjectError};

    /// The project of a folder with these settings, a folder `book` and a link to it.
    fn project(text: &str) -> Result<Project, ProjectError> {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("book/deep")).unwrap();
        std::os::unix::fs::symlink("book", folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink("book/deep", folder.path().join("deep")).unwrap();
        fs_err::create_dir(folder.path().join("linked")).unwrap();
        std::os::unix::fs::symlink("../book", folder.path().join("linked/html")).unwrap();
        fs_err::write(folder.path().join("book.toml"), text).unwrap();
        Project::find(folder.path())
    }

    #[test]
    fn a_build_directory_over_the_sources_is_refused() {
        let cases = [
            ("[book]\nsrc = 'book'\n", Some((Overlap::Same, "dist"))),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = '.'\n", Some((Overlap::Contains, "dist"))),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = 'book/out'\n", Some((Overlap::Inside, "dist"))),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = 'link/out'\n", Some((Overlap::Inside, "dist"))),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = 'linked'\n", Some((Overlap::Same, "dist"))),
            ("[book]\nsrc = 'dist'\n[build]\nbuild-dir = 'dist'\n", Some((Overlap::Same, "site"))),
            ("[book]\nsrc = '.'\n[build]\nbuild-dir = 'dist'\n", Some((Overlap::Inside, "../dist"))),
            ("[book]\nsrc = 'deep/..'\n[build]\nbuild-dir = 'book/out'\n", Some((Overlap::Inside, "dist"))),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = 'dist'\n", None),
            ("[book]\nsrc = 'book'\n[build]\nbuild-dir = 'book2'\n", None),
        ];
        for (text, wanted) in cases {
            let found = match project(text) {
                Err(ProjectError::BuildDirectory { overlap, free, .. }) => Some((overlap, free)),
                Ok(_) => None,
                Err(error) => panic!("{error}"),
            };
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn each_overlap_says_what_it_would_do() {
        let message = |text: &str| project(text).unwrap_err().to_string();
        let inside = message("[book]\nsrc = '.'\n[build]\nbuild-dir = 'dist'\n");
        assert!(inside.contains("lies inside") && inside.contains("copy it into itself"), "{inside}");
        assert!(inside.ends_with("set another one: `[build] build-dir = \"../dist\"`"), "{inside}");
        let contains = message("[build]\nbuild-dir = '.'\n");
        assert!(
            contains.contains("contains the source") && contains.contains("the sources too"),
            "{contains}"
        );
    }

    #[test]
    fn a_mistake_of_the_layout_has_its_column() {
        let error = project("[book]\ntitle = 'x'\nsrc = 3\n").unwrap_err().to_string();
        assert!(error.contains("book.toml:3:7: invalid type"), "{error}");
    }
}
