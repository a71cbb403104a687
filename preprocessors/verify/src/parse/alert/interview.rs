//! The body of an interview question: the question in bold, `*In short:*`, the whole answer, and what the optional labels begin.
//!
//! A label is emphasised text with a colon at the start of a line of a paragraph that stands at the margin. What follows `*In short:*` up to
//! the end of its paragraph is the short answer, and what follows that is the whole one; the other labels come after it and reach to the
//! next label.

use std::ops::Range;

use exemplar_model::diagnostic::Severity;
use exemplar_model::teaching::{Interview, Level, Piece};
use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use super::quote::Body;
use super::{Mistake, code};
use crate::spelling;

/// The words that a short answer may have.
pub(super) const SHORT_WORDS: usize = 60;

const LABELS: [&str; 4] = ["In short:", "They test:", "Follow-up:", "Weak answer:"];

/// A label of the body. Ranges are of the body.
struct Label {
    /// Its place among [`LABELS`].
    name: &'static str,
    range: Range<usize>,
    /// The end of the paragraph that it stands in.
    paragraph_end: usize,
}

/// The parts of a body that have a place.
#[derive(Default)]
struct Outline {
    /// What stands between the first paragraph's leading `**` and its closing one, and where that paragraph ends.
    question: Option<(Range<usize>, usize)>,
    labels: Vec<Label>,
}

/// Reads the question and its answer.
pub(super) fn read(
    line: &Range<usize>,
    title: &Piece,
    body: &Body,
    mistakes: &mut Vec<Mistake>,
) -> Result<(Piece, Interview), Mistake> {
    let (level, topic) = level_and_topic(line, title)?;
    let outline = outline(body, mistakes);
    let Some((question, paragraph_end)) = outline.question else {
        let help = "put it right below, in bold: `> **Why does it?**`";
        return Err(Mistake::malformed(line.clone(), "there is no question in bold", help));
    };
    let Some(short) = outline.labels.first().filter(|label| label.name == LABELS[0]) else {
        let help = format!("write `> *In short:* …` below the question: the answer in {SHORT_WORDS} words");
        let place = outline.labels.first().map_or_else(|| line.clone(), |label| body.place(&label.range));
        return Err(Mistake::malformed(place, "there is no `*In short:*` below the question", help));
    };
    if let Some(second) = outline.labels[1..].iter().find(|label| label.name == LABELS[0]) {
        let help = "keep one; what follows its paragraph is the full answer";
        let message = "there is a second `*In short:*`";
        return Err(Mistake::malformed(body.place(&second.range), message, help));
    }
    let next = |index: usize| outline.labels.get(index).map_or(body.text.len(), |label| label.range.start);
    let short_end = short.paragraph_end.min(next(1));
    let short_text = body.piece(short.range.end..short_end);
    if short_text.text.is_empty() {
        let help = "put the answer behind it, on the same line";
        return Err(Mistake::malformed(body.place(&short.range), "the short answer is empty", help));
    }
    let words = plain(&short_text.text).split_whitespace().count();
    if words > SHORT_WORDS {
        mistakes.push(Mistake {
            severity: Severity::Warning,
            code: code::LONG_SHORT_ANSWER,
            range: short_text.range.clone(),
            message: format!("the short answer has {words} words; {SHORT_WORDS} fit on a card"),
            help: "keep what the answer can't do without, and move the rest below it".to_owned(),
        });
    }
    let text = |range: Range<usize>| body.piece(range).text;
    let labelled = |name: &str| -> Vec<String> {
        let labels = outline.labels.iter().enumerate().filter(|(_, label)| label.name == name);
        labels.map(|(index, label)| text(label.range.end..next(index + 1))).collect()
    };
    let interview = Interview {
        level,
        topic,
        prompt: text(paragraph_end.min(short.range.start)..short.range.start),
        short: short_text,
        answer: text(short_end..next(1)),
        tests: labelled(LABELS[1]),
        follow_ups: labelled(LABELS[2]),
        weak_answers: labelled(LABELS[3]),
    };
    Ok((body.piece(question), interview))
}

/// `senior, decorators`.
fn level_and_topic(line: &Range<usize>, title: &Piece) -> Result<(Level, Piece), Mistake> {
    const FORM: &str =
        "write `[!INTERVIEW] senior, decorators {#wraps-why}`: junior, mid or senior, then the topic";
    let (level, topic) = title.text.split_once(',').unwrap_or((&title.text, ""));
    let word = level.trim();
    if word.is_empty() {
        return Err(Mistake::malformed(line.clone(), "this `[!INTERVIEW]` names no level", FORM));
    }
    let place = title.range.start..title.range.start + word.len();
    let Some(level) = Level::named(word) else {
        let names = Level::ALL.map(Level::name);
        let meant = spelling::nearest(&word.to_lowercase(), names, spelling::generous(word));
        let help = meant.map_or_else(|| FORM.to_owned(), |meant| format!("did you mean `{meant}`?"));
        return Err(Mistake::malformed(place, format!("`{word}` is no level"), help));
    };
    let start = title.range.end - topic.trim_start().len();
    let topic = Piece { text: topic.trim().to_owned(), range: start..title.range.end };
    if topic.text.is_empty() {
        return Err(Mistake::malformed(place, "no topic follows the level", FORM));
    }
    Ok((level, topic))
}

/// Finds the question and the labels.
fn outline(body: &Body, mistakes: &mut Vec<Mistake>) -> Outline {
    let text = &body.text;
    let mut outline = Outline::default();
    let mut depth = 0_usize;
    let mut blocks = 0_usize;
    let mut paragraph = 0..0;
    for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
        match &event {
            Event::Start(Tag::Paragraph) if depth == 0 => {
                paragraph = range.clone();
                blocks += 1;
            }
            Event::Start(Tag::Strong) if depth == 1 && blocks == 1 && range.start == paragraph.start => {
                let line_end = range.end + text[range.end..].find('\n').unwrap_or(text.len() - range.end);
                outline.question = Some((range.start + 2..range.end - 2, line_end));
            }
            Event::Start(Tag::Emphasis) if depth == 1 && !paragraph.is_empty() => {
                let starts_line = range.start == paragraph.start || text[..range.start].ends_with('\n');
                let word = text[range.start + 1..range.end - 1].trim();
                if starts_line && word.ends_with(':') {
                    outline.label(body, word, range.clone(), paragraph.end, mistakes);
                }
            }
            _ => {}
        }
        match event {
            Event::Start(_) => {
                if depth == 0 && range != paragraph {
                    blocks += 1;
                    paragraph = 0..0;
                }
                depth += 1;
            }
            Event::End(TagEnd::Paragraph) if depth == 1 => {
                depth -= 1;
                paragraph = 0..0;
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    outline
}

impl Outline {
    fn label(
        &mut self,
        body: &Body,
        word: &str,
        range: Range<usize>,
        paragraph_end: usize,
        mistakes: &mut Vec<Mistake>,
    ) {
        match LABELS.into_iter().find(|label| *label == word) {
            Some(name) => self.labels.push(Label { name, range, paragraph_end }),
            None => {
                if let Some(meant) = spelling::nearest(word, LABELS, 3) {
                    let message = format!("`*{word}*` is plain text here");
                    let help = format!("did you mean `*{meant}*`?");
                    let severity = Severity::Warning;
                    let mistake = Mistake::malformed(body.place(&range), message, help);
                    mistakes.push(Mistake { severity, ..mistake });
                }
            }
        }
    }
}

/// The words of some Markdown.
fn plain(markdown: &str) -> String {
    let mut words = String::new();
    for event in new_cmark_parser(markdown, &MarkdownOptions::default()) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            _ => {}
        }
    }
    words
}
