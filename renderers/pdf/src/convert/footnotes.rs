//! Notes at the foot of the page, where they are first referred to.

use super::Converter;
use crate::emit::literal;
use crate::finding::code;
use crate::tree::Element;

impl<'a> Converter<'a> {
    /// A reference to a note: the note itself where it is the first one.
    pub(super) fn note(&mut self, reference: &'a Element) {
        let name = reference.attribute("name").unwrap_or_default();
        let Some((&name, &note)) = self.notes.get_key_value(name) else {
            let message =
                "this footnote stands in another place of the PDF than what refers to it, and is lost";
            self.find(code::LOST_FOOTNOTE, &reference.range, message, None);
            return;
        };
        if self.inside.note {
            let message = "a footnote can't be referred to within a footnote of the PDF";
            self.find(code::UNSUPPORTED_HTML, &reference.range, message, None);
            return;
        }
        let key = literal(&format!("n{}-{name}", self.prefix));
        if !self.noted.insert(name) {
            self.source.raw(&format!("#footnote(label({key}))"));
            return;
        }
        self.source.raw("#footnote");
        let first = note.children.iter().position(|node| node.named("p").is_some());
        self.bracketed(|this| {
            this.within(
                |it| it.note = true,
                |this| match first.and_then(|at| note.children[at].element()) {
                    // Beside its number.
                    Some(paragraph)
                        if note
                            .children
                            .iter()
                            .find(|node| !node.is_blank())
                            .and_then(|it| it.named("p"))
                            .is_some() =>
                    {
                        this.inline(paragraph.children.iter());
                        this.flow(&note.children[first.map_or(0, |at| at + 1)..]);
                    }
                    _ => this.flow(&note.children),
                },
            );
        });
        self.source.raw(&format!("#label({key})"));
    }

    /// Notes that nothing refers to are on no page.
    pub(super) fn unreferenced_notes(&mut self) {
        let lost: Vec<(String, std::ops::Range<usize>)> = self
            .notes
            .iter()
            .filter(|(name, _)| !self.noted.contains(*name))
            .map(|(name, note)| ((*name).to_owned(), note.range.clone()))
            .collect();
        for (name, range) in lost {
            let message = format!("nothing refers to the footnote `{name}`, so it is on no page of the PDF");
            self.find(code::LOST_FOOTNOTE, &range, message, Some(&format!("refer to it with `[^{name}]`")));
        }
    }
}
