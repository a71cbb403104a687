//! One fence, as the reader gets it.

use exemplar_model::fence::{Content, Expected, Fence, ShownLine, StatedOutput, Treatment};
use exemplar_model::report::{ReportedExample, Status};

use super::WeaveOptions;
use super::note;

/// Writes the fence, what it printed, and how it was verified.
pub(super) fn weave(
    woven: &mut String,
    fence: &Fence,
    results: &[&ReportedExample],
    options: WeaveOptions<'_>,
) {
    if fence.attributes.hidden {
        return;
    }
    let mut lines = Lines { woven, prefix: &fence.prefix, first: true };
    let language = match &fence.content {
        Content::Session(_) => "pycon",
        Content::Script { .. } => "python",
        Content::Console(_) => "console",
        Content::File { .. } | Content::Excerpt { .. } => &fence.tag,
    };
    code(&mut lines, language, &fence.attributes.classes, &fence.shown);
    if let Some((output, is_error)) = output(fence, results) {
        let classes: &[&str] =
            if is_error { &["exemplar-output", "exemplar-error"] } else { &["exemplar-output"] };
        let shown: Vec<ShownLine> =
            output.lines().map(|line| ShownLine { text: line.to_owned(), hidden: false }).collect();
        plain(&mut lines, "text", classes, &shown);
    }
    if let Some(mark) = note::mark(fence, results) {
        lines.push(&mark);
    } else if let Some(detail) = note::detail(fence, results, options) {
        lines.push(&detail);
    }
}

/// What stands under a script: the output that its author stated and that was compared, else what it really printed.
fn output(fence: &Fence, results: &[&ReportedExample]) -> Option<(String, bool)> {
    let Content::Script { stated, .. } = &fence.content else { return None };
    let is_error = fence.attributes.raises.is_some();
    let printed = match stated {
        StatedOutput::Fence(Expected { text, .. }) if fence.attributes.treatment != Treatment::NoCheck => {
            text.clone()
        }
        StatedOutput::Inline(_) => return None,
        StatedOutput::Fence(_) | StatedOutput::Guessed(_) | StatedOutput::Nothing => {
            let result = results.first()?;
            if !matches!(result.status, Status::Ran | Status::Passed) {
                return None;
            }
            result.actual.clone()?
        }
    };
    (!printed.is_empty()).then_some((printed, is_error))
}

fn code(lines: &mut Lines<'_>, language: &str, own_classes: &[String], shown: &[ShownLine]) {
    let mut classes: Vec<&str> = vec!["exemplar"];
    classes.extend(own_classes.iter().map(String::as_str));
    if shown.iter().all(|line| !line.hidden) {
        plain(lines, language, &classes, shown);
        return;
    }
    // mdBook hides the lines that begin with the prefix, so it must be one that no visible line begins with.
    let mut prefix = "~".to_owned();
    while shown.iter().any(|line| !line.hidden && line.text.trim_start().starts_with(&prefix)) {
        prefix.push('~');
    }
    let hide = format!("hidelines={prefix}");
    classes.push(&hide);
    let marked: Vec<ShownLine> = shown
        .iter()
        .map(|line| match line.hidden {
            true => ShownLine { text: format!("{prefix}{}", line.text), hidden: true },
            false => line.clone(),
        })
        .collect();
    plain(lines, language, &classes, &marked);
}

/// A fence of backticks that nothing in it can close.
fn plain(lines: &mut Lines<'_>, language: &str, classes: &[&str], shown: &[ShownLine]) {
    let longest =
        shown.iter().map(|line| line.text.trim_start().chars().take_while(|&c| c == '`').count()).max();
    let ticks = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let info: Vec<&str> = std::iter::once(language).chain(classes.iter().copied()).collect();
    lines.push(&format!("{ticks}{}", info.join(",")));
    for line in shown {
        lines.push(&line.text);
    }
    lines.push(&ticks);
}

/// Writes lines that stay in the fence's lists and block quotes.
struct Lines<'a> {
    woven: &'a mut String,
    prefix: &'a str,
    first: bool,
}

impl Lines<'_> {
    fn push(&mut self, line: &str) {
        if !self.first {
            self.woven.push('\n');
            self.woven.push_str(if line.is_empty() { self.prefix.trim_end() } else { self.prefix });
            if self.prefix.ends_with('>') && !line.is_empty() {
                // One space behind the mark of a quote belongs to the mark (CommonMark 5.1): without it, the line would lose its own.
                self.woven.push(' ');
            }
        }
        self.first = false;
        self.woven.push_str(line);
    }
}
