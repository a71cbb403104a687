//! Figures and the words for them.
//!
//! A reader who can't see a figure, or whose page does not load it, has its text. Only the author knows it, so a figure without one is an
//! error (WCAG 2.2, 1.1.1).

use std::collections::BTreeSet;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Page, Session};

/// An error for each fence that readers see, that left a figure open, and whose author does not say what the figure shows.
#[must_use]
pub fn missing_alt(pages: &[Page], sessions: &[Session], outcomes: &[Vec<Outcome>]) -> Vec<Diagnostic> {
    let mut silent: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (session, outcomes) in sessions.iter().zip(outcomes) {
        for example in session.examples.iter().filter(|example| example.reported) {
            let outcome = example.step.and_then(|step| outcomes.get(step));
            if outcome.is_some_and(|outcome| outcome.displays.iter().any(|display| display.figure)) {
                silent.insert((session.page, example.fence));
            }
        }
    }
    silent
        .into_iter()
        .filter_map(|(page, fence)| pages.get(page)?.fences.get(fence))
        .filter(|fence| !fence.attributes.hidden && fence.attributes.alt.is_none())
        .map(|fence| {
            Diagnostic::error(
                "missing-alt",
                fence.opening,
                "this example shows a figure without saying what it shows",
            )
            .help("say it for those who can't see it: `alt=\"a line that rises from 0 to 9\"`")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::missing_alt;
    use crate::check::tests::{example, session};
    use exemplar_model::fence::{Attributes, Content, Fence};
    use exemplar_model::outcome::{Display, Ending, Outcome};
    use exemplar_model::plan::{ExampleKind, Expectation, Page};
    use exemplar_model::source::{ExpandedText, SourceMap, Span};

    /// Which fences are told, of one for each of these attributes, each of them with a display.
    fn told(fences: &[Attributes], figure: bool, reported: bool) -> Vec<usize> {
        let file = SourceMap::default().add("page.md", "`".repeat(fences.len()));
        let fence = |(index, attributes): (usize, &Attributes)| Fence {
            tag: "python".to_owned(),
            range: index..index + 1,
            output_range: None,
            prefix: String::new(),
            opening: Span::new(file, index..index + 1),
            attributes: attributes.clone().into(),
            content: Content::Session(Vec::new()),
            shown: Vec::new(),
            section: 0,
            epoch: 0,
        };
        let page = Page {
            file,
            expanded: ExpandedText { text: "".into(), segments: Vec::new(), file },
            fences: fences.iter().enumerate().map(fence).collect(),
            division: None,
            entries: Vec::new(),
            labs: Vec::new(),
        };
        let examples = (0..fences.len())
            .map(|fence| {
                let mut example = example(ExampleKind::Script, "", Expectation::Unstated);
                (example.fence, example.reported) = (fence, reported);
                example
            })
            .collect();
        let display = Display { mime: "image/svg+xml".to_owned(), data: String::new(), figure };
        let outcome = Outcome { ending: Ending::Completed, displays: vec![display], ..Outcome::not_run(0) };
        let session = session(0, examples);
        let found = missing_alt(&[page], &[session], &[vec![outcome]]);
        found.iter().map(|found| found.span.range().start).collect()
    }
    #[test]
    fn a_figure_that_is_shown_needs_words() {
        let plain = Attributes::default();
        let hidden = Attributes { hidden: true, ..Attributes::default() };
        let described = Attributes { alt: Some("a line".to_owned()), ..Attributes::default() };
        let fences = [plain.clone(), hidden, described, plain];
        assert_eq!(told(&fences, true, true), [0, 3]);
        assert_eq!(told(&fences, false, true), [0; 0], "an object that shows itself is no figure");
        assert_eq!(told(&fences, true, false), [0; 0], "it runs for the sake of others");
    }
}
