//! One fence, as the reader gets it.

use ecow::EcoString;
use exemplar_model::fence::{Attributes, Content, Fence, StatedOutput, Treatment};
use exemplar_model::lab::LabRole;
use exemplar_model::outcome::Display;

use super::lines::{Lines, escape};
use super::listing::{self, Line};
use super::{WeaveOptions, note, rich, variant};
use crate::report::PlacedExample;

/// What a fence belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    /// Which fence of its page it is.
    pub(super) number: usize,
    /// Whether it is one of several that are the same example for different Pythons.
    pub(super) is_variant: bool,
    /// The session among those of the page that can be copied whole.
    pub(super) session: Option<usize>,
}

/// Writes the fence, what it printed and showed, and how it was verified.
pub(super) fn weave(
    lines: &mut Lines<'_>,
    fence: &Fence,
    examples: &[&PlacedExample],
    placed: Placed,
    options: WeaveOptions<'_>,
) {
    let attributes = &fence.attributes;
    let code = code(fence, examples);
    let warnings = warnings(fence, examples);
    let displays: Vec<&Display> = examples.iter().flat_map(|example| &example.displays).collect();
    let shown = rich::html(&displays, attributes.alt.as_deref());
    let frame = Frame::of(fence, &code, placed.is_variant, !warnings.is_empty() || !shown.is_empty());
    if let Some(frame) = &frame {
        frame.open(lines);
    }
    if let Some(python) = &attributes.python {
        lines.push_html(&note::label(&variant::label(python), examples, options));
    }
    let language = match &fence.content {
        Content::Session(_) => "pycon",
        Content::Script { .. } => "python",
        Content::Console(_) => "console",
        Content::File { .. } | Content::Excerpt { .. } => file_language(&fence.tag),
    };
    let mut classes = vec!["exemplar"];
    let session = placed.session.map(|session| format!("exemplar-session-{}", session + 1));
    classes.extend(session.as_deref());
    // A fence of tildes may have backticks in its info string, and one of backticks may not (CommonMark 4.5).
    classes.extend(attributes.classes.iter().map(String::as_str).filter(|class| !class.contains('`')));
    listing::weave(lines, language, &classes, &code);
    if let Some((output, class)) = output(fence, examples) {
        let output: Vec<Line> = output.lines().map(Line::plain).collect();
        let classes: Vec<&str> = std::iter::once("exemplar-output").chain(class).collect();
        listing::weave(lines, "text", &classes, &output);
    }
    if !warnings.is_empty() {
        listing::weave(lines, "text", &["exemplar-output", "exemplar-warning"], &warnings);
    }
    for html in shown {
        lines.push_html(&html);
    }
    if let Some(html) =
        note::mark(fence, examples).or_else(|| note::detail(fence, placed.number, examples, options))
    {
        lines.push_html(&html);
    }
    if let Some(frame) = frame {
        frame.close(lines);
    }
}

/// The name by which highlight.js knows the language of a file.
pub(super) fn file_language(tag: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '#');
    match tag {
        "py" | "python3" => "python",
        "" => "text",
        _ if tag.chars().all(is_name) => tag,
        _ => "text",
    }
}

/// The element around a fence with a caption, an anchor, or more below it than text.
struct Frame<'a> {
    /// `figure` with a caption, else `div`.
    element: &'static str,
    caption: Option<String>,
    id: Option<&'a str>,
    fold: Option<usize>,
    /// The lab, the role and the file of a part of a lab.
    lab: Option<(&'a str, LabRole, &'a str)>,
    is_variant: bool,
}

impl<'a> Frame<'a> {
    fn of(fence: &'a Fence, code: &[Line], is_variant: bool, has_more: bool) -> Option<Self> {
        let Attributes { title, id, fold, python, .. } = &*fence.attributes;
        let caption = match (title, &fence.content) {
            (Some(title), _) => Some(escape(title)),
            (None, Content::File { path, .. } | Content::Excerpt { path, .. }) => {
                Some(format!("<code>{}</code>", escape(path)))
            }
            (None, _) => None,
        };
        let fold = fold.filter(|&fold| code.iter().filter(|line| !line.hidden).count() > fold);
        let plain = caption.is_none() && id.is_none() && fold.is_none() && python.is_none() && !has_more;
        let element = if caption.is_some() { "figure" } else { "div" };
        (!plain).then_some(Self { element, caption, id: id.as_deref(), fold, lab: lab(fence), is_variant })
    }

    fn open(&self, lines: &mut Lines<'_>) {
        let class = if self.is_variant { " exemplar-variant" } else { "" };
        let mut html = format!("<{} class=\"exemplar-listing{class}\"", self.element);
        if let Some(id) = self.id {
            html.push_str(&format!(" id=\"{}\"", escape(id)));
        }
        if let Some((lab, role, file)) = self.lab {
            // The appendix stage knows the parts of a lab by these.
            html.push_str(&format!(
                " data-lab=\"{}\" data-role=\"{}\" data-file=\"{}\"",
                escape(lab),
                role.name(),
                escape(file)
            ));
        }
        if let Some(fold) = self.fold {
            html.push_str(&format!(" data-fold=\"{fold}\""));
        }
        html.push('>');
        if let Some(caption) = &self.caption {
            html.push_str(&format!("<figcaption>{caption}</figcaption>"));
        }
        lines.push_html(&html);
    }

    fn close(&self, lines: &mut Lines<'_>) {
        lines.push_html(&format!("</{}>", self.element));
    }
}

/// What a fence is to a lab.
fn lab(fence: &Fence) -> Option<(&str, LabRole, &str)> {
    let part = fence.attributes.lab.as_ref()?;
    let Content::File { path, .. } = &fence.content else { return None };
    Some((&part.lab, part.role?, path))
}

/// The lines of a fence, what its commands printed included.
pub(super) fn code(fence: &Fence, examples: &[&PlacedExample]) -> Vec<Line> {
    let is_highlighted =
        |number: usize| fence.attributes.highlighted.iter().any(|range| range.contains(&number));
    let mut code: Vec<Line> = fence
        .shown
        .iter()
        .enumerate()
        .map(|(index, line)| Line {
            hidden: line.hidden,
            highlighted: is_highlighted(index + 1),
            ..Line::plain(&line.text)
        })
        .collect();
    let Content::Console(commands) = &fence.content else { return code };
    if examples.iter().all(|example| !note::has_run(example)) {
        return code;
    }
    let mut at = 0;
    for (command, example) in commands.iter().zip(examples) {
        let Some(first) = command.code.first() else { continue };
        let is_prompt = |line: &Line| {
            line.text.trim_start().strip_prefix('$').is_some_and(|rest| rest.trim() == first.text.trim())
        };
        let Some(found) = code[at..].iter().position(is_prompt) else { break };
        at += found + command.code.len();
        match &command.expected {
            Some(expected) => {
                for line in code.iter_mut().skip(at).take(expected.lines.len()) {
                    line.printed = true;
                }
                at += expected.lines.len();
            }
            None => {
                let printed = example.result.actual.as_deref().unwrap_or_default();
                let printed: Vec<Line> =
                    printed.lines().map(|text| Line { printed: true, ..Line::plain(text) }).collect();
                at = at.min(code.len());
                let length = printed.len();
                code.splice(at..at, printed);
                at += length;
            }
        }
    }
    code
}

/// What stands under a script: the output that its author stated and that was compared, else what it really printed. With its class.
pub(super) fn output(fence: &Fence, examples: &[&PlacedExample]) -> Option<(String, Option<&'static str>)> {
    let class = if fence.attributes.raises.is_some() { Some("exemplar-error") } else { None };
    let printed = match &fence.content {
        Content::Script { stated: StatedOutput::Fence(expected), .. }
        | Content::File { stated: StatedOutput::Fence(expected), .. }
            if fence.attributes.treatment != Treatment::NoCheck =>
        {
            expected.text.to_string()
        }
        Content::Script { stated: StatedOutput::Inline(_), .. }
        | Content::File { stated: StatedOutput::Inline(_), .. } => return None,
        Content::Script { stated: StatedOutput::Guessed(guesses), .. } => {
            let printed = printed(examples.first()?)?;
            // What is confirmed and whole needs no second statement.
            let stated: String = guesses.iter().map(|guess| guess.expected.text.as_str()).collect();
            let is_whole =
                guesses.iter().any(|guess| guess.mark.is_none()) || stated.trim_end() == printed.trim_end();
            if is_whole && !note::is_unconfirmed(examples) {
                return None;
            }
            printed
        }
        Content::Script { .. } => printed(examples.first()?)?,
        Content::File { .. } if fence.attributes.run => printed(examples.last()?)?,
        Content::Session(_) | Content::Console(_) | Content::File { .. } | Content::Excerpt { .. } => {
            return None;
        }
    };
    (!printed.is_empty()).then_some((printed, class))
}

fn printed(example: &PlacedExample) -> Option<String> {
    note::has_run(example).then(|| example.result.actual.as_ref().map(EcoString::to_string))?
}

/// The warnings that the author says a fence gives, unless they are in what it printed.
fn warnings(fence: &Fence, examples: &[&PlacedExample]) -> Vec<Line> {
    if fence.attributes.warns.is_none() || fence.attributes.stderr {
        return Vec::new();
    }
    examples
        .iter()
        .flat_map(|example| &example.warnings)
        // What could not be rendered is told to the author.
        .filter(|warning| !warning.kind.starts_with("exemplar."))
        .flat_map(|warning| {
            let text = format!("{}: {}", warning.kind, warning.message);
            text.lines().map(Line::plain).collect::<Vec<Line>>()
        })
        .collect()
}
