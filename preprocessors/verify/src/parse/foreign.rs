//! Includes and placeholders of other tools, which stand alone on a line of a fence: there is no Python in their place.

use std::sync::LazyLock;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{Attributes, Treatment};
use regex::Regex;

use super::line::Line;
use super::page::Page;
use super::scanner::State;

/// Each tool's form, and what it is called.
static FORMS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r#"^;?-+8<-+(?:\s+["'].*["'])?$"#, "PyMdown's snippet"),
        (r"^\{!.*!\}$", "markdown-include"),
        (r"^\{\*.*\*\}$", "mdx-include"),
        (r"^\.\.\s+(?:literalinclude|include)::", "Sphinx"),
        (r"^\{%.*%\}$", "Liquid or Jinja"),
        (r"^\{\{[<%].*[%>]\}\}$", "Hugo"),
        (r"^\{\{#.*\}\}$", "mdBook"),
        (r"^\{\{[^{}]*\}\}$", "a template"),
    ]
    .map(|(pattern, tool)| (Regex::new(pattern).expect("the pattern is a constant"), tool))
    .into()
});

impl Page<'_> {
    /// A script with another tool's include in it does not run: there is something else in its place when that tool has run.
    pub(super) fn ignore_foreign_include(&mut self, lines: &[Line<'_>], attributes: &mut Attributes) {
        let Some((index, tool)) = find(lines).filter(|_| attributes.treatment == Treatment::Check) else {
            return;
        };
        let line = &lines[index];
        let place = self.expanded.origin(line.range(line.indent()..line.text.trim_end().len()));
        self.diagnostics.push(
            Diagnostic::warning(
                "foreign-include",
                place,
                format!("{tool} puts other text here, and it is not resolved"),
            )
            .help("the fence is not run; put the code here, or give the fence `ignore=\"reason\"`"),
        );
        attributes.treatment =
            Treatment::Ignore { reason: Some(format!("{tool} puts other text into it").into()) };
    }
}

/// The first line that another tool would put something else for, and the name of that tool. In a string it is text.
fn find(lines: &[Line<'_>]) -> Option<(usize, &'static str)> {
    let mut state = State::Code;
    lines.iter().enumerate().find_map(|(index, line)| {
        let text = line.text.trim();
        let is_code = state == State::Code;
        state = state.after(&line.text);
        let may_be = is_code && text.starts_with(['{', '.', '-', ';']);
        let (_, tool) = FORMS.iter().filter(|_| may_be).find(|(form, _)| form.is_match(text))?;
        Some((index, *tool))
    })
}
