//! The pages below given paths.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::OverrideBuilder;
use thiserror::Error;

/// Paths that can't be used.
#[derive(Debug, Error)]
pub enum DiscoverError {
    /// There is nothing there.
    #[error("`{}` does not exist", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// It is no Markdown.
    #[error("`{}` is no Markdown: pages end in .md or .markdown", path.display())]
    NotMarkdown {
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
/// When a path does not exist or is no Markdown, a folder can't be read, or a pattern is malformed.
pub fn pages(root: &Path, paths: &[PathBuf], exclude: &[String]) -> Result<Vec<PathBuf>, DiscoverError> {
    let mut pages: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path.is_file() {
            if !is_markdown(path) {
                return Err(DiscoverError::NotMarkdown { path: path.clone() });
            }
            pages.push(path.clone());
        } else if path.is_dir() {
            pages.extend(walk(root, path, exclude)?);
        } else {
            return Err(DiscoverError::Missing { path: path.clone() });
        }
    }
    let mut seen = std::collections::HashSet::new();
    pages.retain(|page| seen.insert(page.canonicalize().unwrap_or_else(|_| page.clone())));
    Ok(pages)
}

fn walk(root: &Path, folder: &Path, exclude: &[String]) -> Result<Vec<PathBuf>, DiscoverError> {
    let mut patterns = OverrideBuilder::new(root);
    for pattern in exclude {
        // An override without `!` would be the only thing let in.
        patterns.add(&format!("!{pattern}")).map_err(|source| DiscoverError::Pattern { source })?;
    }
    let patterns = patterns.build().map_err(|source| DiscoverError::Pattern { source })?;
    let mut walker = WalkBuilder::new(folder);
    walker.overrides(patterns).require_git(false).sort_by_file_name(Ord::cmp);
    let mut pages = Vec::new();
    for entry in walker.build() {
        let entry = entry.map_err(|source| DiscoverError::Walk { source })?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) && is_markdown(entry.path()) {
            pages.push(entry.into_path());
        }
    }
    Ok(pages)
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("md") || end.eq_ignore_ascii_case("markdown"))
}
