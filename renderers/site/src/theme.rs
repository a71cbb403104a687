//! Our theme under the author's.
//!
//! A file of the author's theme wins over ours of the same name, but for `head.hbs`: that is a hook, and both are kept. Style and script
//! come in as mdBook's additional css and js, unless the author lists them already.

use std::path::{Component, Path, PathBuf};

use handlebars::Template;
use mdbook::config::{Config, HtmlConfig};

use crate::publish::Scratch;
use crate::{SiteError, loops};

/// A file of our theme.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its path below `theme/`.
    pub path: &'static str,
    /// Its content.
    pub content: &'static [u8],
}

/// The folder of the merged theme in the staged root.
const THEME: &str = "theme";

/// A root for mdBook that is not the author's folder.
pub(crate) struct Staged {
    folder: Scratch,
    /// The book's settings, with the merged theme in place.
    pub(crate) config: Config,
}

impl Staged {
    /// The folder.
    #[must_use]
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }
}

/// Lays out a staged root.
///
/// # Errors
/// When a template does not parse, the settings name a theme or file that can't be staged, or something can't be read or written.
pub(crate) fn stage(
    root: &Path,
    config: &Config,
    html: &HtmlConfig,
    assets: &[Asset],
) -> Result<Staged, SiteError> {
    check_settings(root, html)?;
    loops::refuse(&root.join(&config.book.src))?;
    let folder = Scratch::anywhere()?;
    let mut html = html.clone();
    let own_theme = html.theme.clone().map_or_else(|| root.join(THEME), |theme| root.join(theme));
    let theme = folder.path().join(THEME);
    for asset in assets {
        write(&theme.join(asset.path), asset.content)?;
    }
    if own_theme.is_dir() {
        loops::refuse(&own_theme)?;
        check_templates(&own_theme)?;
        merge(&own_theme, &theme)?;
    }
    html.theme = Some(THEME.into());
    for file in html.additional_css.iter().chain(&html.additional_js) {
        let to = folder.path().join(file);
        if let Some(parent) = to.parent() {
            fs_err::create_dir_all(parent)?;
        }
        if root.join(file).is_file() {
            fs_err::copy(root.join(file), to)?;
        }
    }
    for asset in assets {
        let path = Path::new(THEME).join(asset.path);
        let list = match path.extension().and_then(|end| end.to_str()) {
            Some("css") => &mut html.additional_css,
            Some("js") => &mut html.additional_js,
            _ => continue,
        };
        if !list.contains(&path) {
            list.push(path);
        }
    }
    let mut config = config.clone();
    config.book.src = link_source(root, &config.book.src, folder.path())?;
    config
        .set("output.html", html)
        .map_err(|error| SiteError::Config { table: "output.html", cause: format!("{error:#}") })?;
    Ok(Staged { folder, config })
}

/// Refuses what can't be staged. A path that leaves the book's folder would leave the staged root too, and an absolute one is the same
/// in both: copying would write over the author's file.
fn check_settings(root: &Path, html: &HtmlConfig) -> Result<(), SiteError> {
    let refused = |cause: String| Err(SiteError::Config { table: "output.html", cause });
    if let Some(theme) = html.theme.as_ref().filter(|theme| !root.join(theme).is_dir()) {
        return refused(format!("`theme` is `{}`, and there is no such folder", theme.display()));
    }
    for (key, files) in [("additional-css", &html.additional_css), ("additional-js", &html.additional_js)] {
        let below = |file: &Path| {
            file.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        };
        if let Some(file) = files.iter().find(|file| !below(file)) {
            return refused(format!(
                "`{key}` names `{}`, which must lie below the book's folder; copy it there",
                file.display()
            ));
        }
    }
    Ok(())
}

/// Makes the sources appear in the staged root under the same relative path, which edit links are made from.
fn link_source(root: &Path, source: &Path, staged: &Path) -> Result<PathBuf, SiteError> {
    let real = fs_err::canonicalize(root.join(source))?;
    let inner = source.components().all(|part| matches!(part, Component::Normal(_)))
        && !source.as_os_str().is_empty();
    if !inner || staged.join(source).exists() {
        return Ok(real);
    }
    let link = staged.join(source);
    if let Some(parent) = link.parent() {
        fs_err::create_dir_all(parent)?;
    }
    fs_err::os::unix::fs::symlink(real, link)?;
    Ok(source.to_owned())
}

/// Refuses a template that handlebars can't read: mdBook would say so without its path.
fn check_templates(theme: &Path) -> Result<(), SiteError> {
    for path in files(theme)? {
        if path.extension().is_some_and(|end| end == "hbs") {
            let path = theme.join(path);
            let text = fs_err::read_to_string(&path)?;
            Template::compile(&text)
                .map_err(|error| SiteError::Template { path, cause: error.to_string() })?;
        }
    }
    Ok(())
}

fn merge(own: &Path, theme: &Path) -> Result<(), SiteError> {
    for path in files(own)? {
        let content = fs_err::read(own.join(&path))?;
        let to = theme.join(&path);
        match fs_err::read(&to) {
            Ok(ours) if path == Path::new("head.hbs") && ours != content => {
                write(&to, &[ours.as_slice(), b"\n", content.as_slice()].concat())?;
            }
            _ => write(&to, &content)?,
        }
    }
    Ok(())
}

/// All files below a folder, by their path from it, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, SiteError> {
    let mut found = Vec::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(below) = waiting.pop() {
        for entry in fs_err::read_dir(folder.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.path().is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn write(path: &Path, content: &[u8]) -> Result<(), SiteError> {
    if let Some(parent) = path.parent() {
        fs_err::create_dir_all(parent)?;
    }
    Ok(fs_err::write(path, content)?)
}
