//! Files of Python that every session begins with: `prelude` of the settings.
//!
//! They are read like pages, each once, so that a message and a traceback reach the line that is at fault.

use std::path::PathBuf;

use ecow::EcoString;
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::CodeLine;
use exemplar_model::source::{FileId, Span};

use super::files::{Files, ReadError};
use super::include::verbatim;

/// A file that sessions begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prelude {
    /// Its path as messages show it.
    pub path: EcoString,
    /// All its lines. A byte order mark and line endings are no part of them.
    pub code: Vec<CodeLine>,
}

/// Reads prelude files, in their order. One that is not UTF-8 is left out, beside a diagnostic where it is read for the first time.
///
/// # Errors
/// When a file can't be read. That it exists is known since the settings were read.
pub fn load(
    files: &mut Files,
    paths: &[PathBuf],
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Prelude>, ReadError> {
    let mut preludes = Vec::with_capacity(paths.len());
    for path in paths {
        let loaded = files.read(path)?;
        match loaded.diagnostic {
            Some(found) => diagnostics.push(found),
            None => {
                let path = EcoString::from(files.sources.file(loaded.file).path());
                preludes.push(Prelude { path, code: code(files, loaded.file) });
            }
        }
    }
    Ok(preludes)
}

fn code(files: &Files, file: FileId) -> Vec<CodeLine> {
    let expanded = verbatim(&files.sources, file);
    let mut start = 0;
    let mut lines = Vec::new();
    for line in expanded.text.split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        let span: Span = expanded.origin(start..start + text.len());
        lines.push(CodeLine { text: text.into(), span });
        start += line.len();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::load;
    use crate::load::files::Files;
    use std::path::PathBuf;

    #[test]
    fn each_line_has_its_place() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("setup.py"), "\u{feff}import os\r\n\r\nx = 'é'").unwrap();
        fs_err::write(folder.path().join("bad.py"), b"x = '\xff'\n").unwrap();
        fs_err::write(folder.path().join("empty.py"), "").unwrap();
        let mut files = Files::new(folder.path());
        let paths = ["setup.py", "bad.py", "empty.py", "setup.py"].map(PathBuf::from);
        let mut diagnostics = Vec::new();
        let preludes = load(&mut files, &paths, &mut diagnostics).unwrap();
        let lines = |index: usize| -> Vec<(&str, &str, usize, usize)> {
            let place = |line: &'_ exemplar_model::fence::CodeLine| files.sources.start(line.span);
            preludes[index]
                .code
                .iter()
                .map(|line| {
                    (&*line.text, files.sources.text(line.span), place(line).line, place(line).column)
                })
                .collect()
        };
        let wanted = [("import os", "import os", 1, 1), ("", "", 2, 1), ("x = 'é'", "x = 'é'", 3, 1)];
        assert_eq!(lines(0), wanted);
        assert_eq!(lines(1), []);
        assert_eq!(preludes[2], preludes[0]);
        assert_eq!(diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), ["not-utf8"]);
        assert!(load(&mut files, &["no.py".into()], &mut diagnostics).is_err());
    }
}
