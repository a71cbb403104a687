//! What of a page a link can lead to.

use std::collections::HashSet;

use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

/// The anchors of a page.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    /// Those that the author names: `{#id}`, `id="id"`.
    named: HashSet<String>,
    /// Those that mdBook makes of headings and terms, by their letters and digits alone: what it does with signs between them depends on
    /// its settings.
    made: HashSet<String>,
}

impl Anchors {
    /// The anchors of a page with this text.
    pub(super) fn of(text: &str) -> Self {
        let mut anchors = Self::default();
        for (before, after) in [("{#", "}"), (" #", "}"), ("id=\"", "\""), ("id='", "'"), ("name=\"", "\"")] {
            for (at, _) in text.match_indices(before) {
                let rest = &text[at + before.len()..];
                let name = rest.split(after).next().unwrap_or_default();
                anchors.named.extend(name.split_whitespace().next().map(str::to_owned));
            }
        }
        // As an attribute of a fence, the quotes may be left out.
        for (at, _) in text.match_indices("id=") {
            let name: String = text[at + 3..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
                .collect();
            anchors.named.insert(name);
        }
        let mut heading: Option<String> = None;
        for event in new_cmark_parser(text, &MarkdownOptions::default()) {
            match event {
                Event::Start(Tag::Heading { .. } | Tag::DefinitionListTitle) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_) | TagEnd::DefinitionListTitle) => {
                    anchors.made.extend(heading.take().map(|text| letters(&text)));
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        anchors
    }

    /// Whether a link may lead to it.
    pub(super) fn has(&self, anchor: &str) -> bool {
        let plain = letters(anchor);
        // The second heading of the same words has a number behind it.
        let unnumbered = anchor.rsplit_once('-').filter(|(_, number)| number.parse::<usize>().is_ok());
        self.named.contains(anchor)
            || self.made.contains(&plain)
            || unnumbered.is_some_and(|(name, _)| self.made.contains(&letters(name)))
    }

    /// The anchor that is meant by one that is not there.
    pub(super) fn nearest(&self, anchor: &str) -> Option<&str> {
        let names = self.named.iter().map(String::as_str).filter(|name| !name.is_empty());
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        exemplar_verify::spelling::nearest(anchor, names, exemplar_verify::spelling::generous(anchor))
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
