//! Quizzes whose right answer is what a fence prints.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Page, Session};
use exemplar_model::teaching::{Choice, Content, Entry};

/// An error for each quiz that marks an answer as right which is not what its last fence printed at last, or that offers what it printed
/// as a wrong one. Only answers that are code and nothing else are compared: words may say the same in another way.
#[must_use]
pub fn wrong_keys(pages: &[Page], sessions: &[Session], outcomes: &[Vec<Outcome>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, page) in pages.iter().enumerate() {
        for entry in &page.entries {
            let Content::Quiz(quiz) = &entry.content else { continue };
            let Some(printed) = printed(index, page, entry, sessions, outcomes) else { continue };
            let is_wrong =
                |choice: &&Choice| code(choice).is_some_and(|code| (code == printed) != choice.right);
            let Some(choice) = quiz.choices.iter().find(is_wrong) else { continue };
            let message = if choice.right {
                format!("the answer that is marked as right is not `{printed}`, which the fence printed")
            } else {
                "this answer is what the fence printed, and another one is marked as right".to_owned()
            };
            let span = page.expanded.origin(choice.text.range.clone());
            found.push(
                Diagnostic::error("wrong-quiz-key", span, message)
                    .help("put the `x` before the answer that is what the fence prints: `> - [x] …`"),
            );
        }
    }
    found
}

/// What the last example in a quiz printed, where it ran to its end.
fn printed(
    index: usize,
    page: &Page,
    entry: &Entry,
    sessions: &[Session],
    outcomes: &[Vec<Outcome>],
) -> Option<String> {
    let is_inside =
        |fence: usize| page.fences.get(fence).is_some_and(|it| entry.range.contains(&it.range.start));
    let examples = sessions.iter().zip(outcomes).filter(|(session, _)| session.page == index).flat_map(
        |(session, outcomes)| {
            session.examples.iter().filter_map(|it| Some((it.fence, outcomes.get(it.step?)?)))
        },
    );
    let (_, last) = examples.filter(|&(fence, _)| is_inside(fence)).max_by_key(|&(fence, _)| fence)?;
    let whole = last.stdout.trim();
    (last.ending == Ending::Completed && !whole.is_empty()).then(|| whole.to_owned())
}

/// The code of an answer that is nothing else.
fn code(choice: &Choice) -> Option<&str> {
    let inner = choice.text.text.strip_prefix('`')?.strip_suffix('`')?;
    (!inner.contains('`')).then_some(inner.trim())
}
