//! The body of a quiz: a fence whose output is asked for, a list of answers to choose from, or both.
//!
//! The answers are a task list with the right one ticked, which any Markdown host shows as what it is.

use std::ops::Range;

use exemplar_model::teaching::{Choice, Quiz};
use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use super::Mistake;
use super::quote::Body;

/// Reads the answers of a quiz.
pub(super) fn read(line: &Range<usize>, body: &Body) -> Result<Quiz, Mistake> {
    let text = &body.text;
    let mut choices: Vec<Choice> = Vec::new();
    let mut list: Option<Range<usize>> = None;
    let mut outer = 0..0;
    let (mut item, mut depth) = (0..0, 0_usize);
    let mut has_fence = false;
    for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => has_fence = true,
            Event::Start(Tag::List(_)) => {
                if depth == 0 {
                    outer = range;
                }
                depth += 1;
            }
            Event::End(TagEnd::List(_)) => depth -= 1,
            Event::Start(Tag::Item) if depth == 1 => item = range,
            Event::TaskListMarker(right) if depth == 1 => {
                let first = list.get_or_insert_with(|| outer.clone());
                if *first != outer {
                    let help = "keep the answers in one list";
                    let message = "there is a second list of answers";
                    return Err(Mistake::malformed(body.place(&range), message, help));
                }
                choices.push(Choice { text: body.piece(range.end..item.end), right });
            }
            _ => {}
        }
    }
    let Some(list) = list else {
        if has_fence {
            return Ok(Quiz { choices, text: text.trim().to_owned() });
        }
        let help =
            "add the fence whose output is asked for, or answers to choose from: `> - [ ] …`, `> - [x] …`";
        return Err(Mistake::malformed(
            line.clone(),
            "there is nothing to predict or choose in this quiz",
            help,
        ));
    };
    let right = choices.iter().filter(|choice| choice.right).count();
    if choices.len() < 2 || right != 1 {
        let message = format!("{} answers, of which {right} are right", choices.len());
        let help = "give two or more, and tick the right one: `> - [x] …`";
        return Err(Mistake::malformed(body.place(&list), message, help));
    }
    let rest = format!("{}\n\n{}", text[..list.start].trim_end(), text[list.end..].trim_start());
    Ok(Quiz { choices, text: rest.trim().to_owned() })
}
