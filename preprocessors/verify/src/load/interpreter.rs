//! Finds the interpreter that a version stands for: `--python 3.13`.

use std::path::{Path, PathBuf};

/// Whether what was asked for is a version, such as `3.13`, and not a path.
#[must_use]
pub fn version(asked: &Path) -> Option<&str> {
    let (major, minor) = asked.to_str()?.split_once('.')?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(major) && is_number(minor)).then(|| asked.to_str())?
}

/// The newest interpreter of a version: of pyenv, else on PATH. pyenv's own programs on PATH are passed over: they exist for versions that
/// are not active, and then only say so.
#[must_use]
pub fn find(version: &str) -> Option<PathBuf> {
    of_pyenv(version).or_else(|| on_path(version))
}

/// The oldest minor version of Python 3 that examples can run on, and the newest that is looked for.
const MINORS: std::ops::RangeInclusive<u32> = 10..=29;

/// An interpreter of each minor version that there is, newest first, as [`find`] has it.
#[must_use]
pub fn all() -> Vec<PathBuf> {
    MINORS.rev().filter_map(|minor| find(&format!("3.{minor}"))).collect()
}

fn of_pyenv(version: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".pyenv")))?;
    let patch = |name: &str| -> Option<u32> { name.strip_prefix(version)?.strip_prefix('.')?.parse().ok() };
    let entries = fs_err::read_dir(root.join("versions")).ok()?;
    let installed = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        Some((patch(entry.file_name().to_str()?)?, entry.path().join("bin/python")))
    });
    installed.filter(|(_, python)| python.is_file()).max().map(|(_, python)| python)
}

fn on_path(version: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter(|folder| !folder.ends_with("shims"))
        .map(|folder| folder.join(format!("python{version}")))
        .find(|python| python.is_file())
}

#[cfg(test)]
mod tests {
    use super::version;
    use std::path::Path;

    #[test]
    fn a_version_is_no_path() {
        assert_eq!(version(Path::new("3.13")), Some("3.13"));
        for path in ["python3.13", "./3.13", "3.13/bin/python", "3", "3.", "3.x"] {
            assert_eq!(version(Path::new(path)), None, "{path}");
        }
    }
}
