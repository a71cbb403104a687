//! The pages below given paths.

use std::path::{Component, Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::OverrideBuilder;
use thiserror::Error;

use super::project::absolute;
use crate::parse::Syntax;

/// Paths that can't be used.
#[derive(Debug, Error)]
pub enum DiscoverError {
    /// There is nothing there.
    #[error("`{}` does not exist", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// It is a device, a pipe or a socket.
    #[error("`{}` is no regular file", path.display())]
    NotRegular {
        /// The path.
        path: PathBuf,
    },
    /// Its name is no page's.
    #[error("`{}` is no page: pages end in .md, .markdown, .rst or .txt", path.display())]
    NotPage {
        /// The path.
        path: PathBuf,
    },
    /// An `exclude` pattern is malformed.
    #[error("`exclude`: {source}")]
    Pattern {
        /// Names the pattern.
        source: ignore::Error,
    },
    /// A folder can't be read.
    #[error("{source}")]
    Walk {
        /// Names the path and the cause.
        source: ignore::Error,
    },
}

/// All Markdown files at and below these paths, each once: files in the order given, those of a folder by name. `.gitignore` is minded in
/// folders, and hidden folders are passed over; a file that is named is taken as it is.
///
/// # Errors
/// When a path does not exist or is no page, a folder can't be read, or a pattern is malformed.
pub fn pages(root: &Path, paths: &[PathBuf], exclude: &[String]) -> Result<Vec<PathBuf>, DiscoverError> {
    let mut pages: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path.is_file() {
            if Syntax::of(path).is_none() {
                return Err(DiscoverError::NotPage { path: path.clone() });
            }
            pages.push(path.clone());
        } else if path.is_dir() {
            pages.extend(walk(root, path, exclude)?);
        } else if path.exists() {
            return Err(DiscoverError::NotRegular { path: path.clone() });
        } else {
            return Err(DiscoverError::Missing { path: path.clone() });
        }
    }
    let mut seen = std::collections::HashSet::new();
    pages.retain(|page| seen.insert(page.canonicalize().unwrap_or_else(|_| page.clone())));
    Ok(pages)
}

/// The pages below a folder, each as the folder is written. It is walked by its path from the root, which is what the patterns match.
fn walk(root: &Path, folder: &Path, exclude: &[String]) -> Result<Vec<PathBuf>, DiscoverError> {
    let plain = plain(folder);
    let mut patterns = OverrideBuilder::new(absolute(root));
    for pattern in exclude {
        // An override without `!` would be the only thing let in.
        patterns.add(&format!("!{pattern}")).map_err(|source| DiscoverError::Pattern { source })?;
    }
    let patterns = patterns.build().map_err(|source| DiscoverError::Pattern { source })?;
    let mut walker = WalkBuilder::new(&plain);
    walker.overrides(patterns).require_git(false).sort_by_file_name(Ord::cmp);
    let mut pages = Vec::new();
    for entry in walker.build() {
        let entry = entry.map_err(|source| DiscoverError::Walk { source })?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) && is_page_of_folder(entry.path()) {
            pages.push(folder.join(entry.path().strip_prefix(&plain).unwrap_or(entry.path())));
        }
    }
    Ok(pages)
}

/// A folder's path from the root. `..` after a link leads elsewhere than its letters say, so the system is asked.
fn plain(folder: &Path) -> PathBuf {
    let up = folder.components().any(|part| part == Component::ParentDir);
    let real = if up { folder.canonicalize().ok() } else { None };
    real.unwrap_or_else(|| absolute(folder))
}

/// Markdown, and reStructuredText. A text file is a page when it is named: most of those in a folder are lists or licences.
fn is_page_of_folder(path: &Path) -> bool {
    Syntax::of(path).is_some() && !path.extension().is_some_and(|end| end.eq_ignore_ascii_case("txt"))
}

#[cfg(test)]
mod tests {
    use super::pages;
    use std::path::Path;

    #[test]
    fn patterns_match_however_a_folder_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["docs/kept.md", "docs/drafts/left-out.md", "drafts/left-out.md"] {
            fs_err::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs_err::write(root.join(name), "").unwrap();
        }
        let exclude = ["/drafts".to_owned(), "docs/drafts/*.md".to_owned()];
        for written in [".", "./docs", "docs/", "docs/../docs", "docs/drafts/../.."] {
            let found = pages(&root, &[root.join(written)], &exclude).unwrap();
            assert_eq!(found.len(), 1, "{written}: {found:?}");
            assert_eq!(found[0].canonicalize().unwrap(), root.join("docs/kept.md"), "{written}");
        }
    }

    #[test]
    fn what_is_no_regular_file_is_not_called_missing() {
        let message = |path: &str| pages(Path::new("/"), &[path.into()], &[]).unwrap_err().to_string();
        assert_eq!(message("/dev/null"), "`/dev/null` is no regular file");
        assert_eq!(message("/no/such/path"), "`/no/such/path` does not exist");
    }
}
