//! The sections of a chapter, with the anchors that mdBook's renderer gives them.
//!
//! A heading without an id of its own gets one of its words; one that is taken gets a number (`id_from_content` and `unique_id` of
//! mdbook-html 0.5, which counts the terms of definition lists as well). Whether ours are the same is tested on rendered books.

use std::collections::HashSet;

use exemplar_model::anchor::{id_of, unique};
use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// Where it starts in the chapter's text.
    pub(crate) start: usize,
    /// Its anchor.
    pub(crate) id: String,
    /// Its words.
    pub(crate) title: String,
}

/// The headings of a chapter, in order.
pub(crate) fn sections(text: &str) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut used = HashSet::new();
    let mut open: Option<(usize, Option<String>, String)> = None;
    for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                open = Some((range.start, id.map(|id| id.to_string()), String::new()));
            }
            Event::Start(Tag::DefinitionListTitle) => open = Some((range.start, None, String::new())),
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, _, title)) = &mut open {
                    title.push_str(&part);
                }
            }
            Event::End(TagEnd::DefinitionListTitle) => {
                if let Some((_, _, title)) = open.take() {
                    unique(&id_of(&title), &mut used);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let Some((start, own, title)) = open.take() else { continue };
                let id = own.unwrap_or_else(|| unique(&id_of(&title), &mut used));
                sections.push(Section { start, id, title });
            }
            _ => {}
        }
    }
    sections
}

/// The section that a byte of the chapter lies in.
pub(crate) fn section_at(sections: &[Section], at: usize) -> Option<&Section> {
    sections.iter().take_while(|section| section.start <= at).last()
}
