//! Tera, with a book's own templates over ours.

use tera::{Context, ErrorKind, Tera};

use crate::{AppendixError, AppendixOptions};

/// Templates that parse.
pub(crate) struct Layout {
    tera: Tera,
}

impl Layout {
    /// Reads the templates: ours, and those of the book's theme that have the same path.
    ///
    /// # Errors
    /// When one does not parse, or a file can't be read.
    pub(crate) fn new(options: AppendixOptions<'_>) -> Result<Self, AppendixError> {
        let mut tera = Tera::default();
        let mut templates = Vec::with_capacity(options.templates.len());
        for template in options.templates {
            let own = options.theme.join(template.path);
            let text = if own.is_file() { fs_err::read_to_string(own)? } else { template.text.to_owned() };
            templates.push((format!("theme/{}", template.path), text));
        }
        tera.add_raw_templates(templates).map_err(|error| failed(&error))?;
        Ok(Self { tera })
    }

    /// Lays out a chapter.
    ///
    /// # Errors
    /// When the template asks for what there is not.
    pub(crate) fn render(&self, name: &str, context: &Context) -> Result<String, AppendixError> {
        self.tera.render(&format!("theme/appendix/{name}.tera"), context).map_err(|error| failed(&error))
    }
}

/// An error of Tera's, with its file, line and column where it tells them.
fn failed(error: &tera::Error) -> AppendixError {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let span = report.span();
            AppendixError::Template {
                place: format!("{}:{}:{}", report.filename(), span.start_line, span.start_col + 1),
                cause: report.message().to_owned(),
            }
        }
        _ => AppendixError::Template { place: "theme/appendix".to_owned(), cause: error.to_string() },
    }
}
