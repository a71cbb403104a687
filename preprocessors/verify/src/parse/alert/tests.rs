//! The grammar: what is read, and what is wrong, with its place.

use exemplar_model::teaching::{Content, Entry, Level};
use proptest::prelude::*;

use super::{Entries, entries};

const QUESTION: &str = "\
# Decorators

> [!INTERVIEW] senior, Function decorators {#wraps-why}
> **Why does `__name__` change?** Think of *two* names.
>
> ```python
> f.__name__
> ```
>
> *In short:* The name is the wrapper's,
> which `wraps` mends.
>
> In full,
>
> - a list.
>
> *They test:* what a name is.
> *Follow-up:* And `__doc__`?
>
> *Follow-up:* And the signature?
> *Weak answer:* It does not.
";

fn only(text: &str) -> Entry {
    let found = entries(text);
    assert_eq!(found.mistakes, [], "{text}");
    assert_eq!(found.entries.len(), 1, "{text}");
    found.entries.into_iter().next().unwrap()
}

#[test]
fn a_question_has_all_its_parts() {
    let entry = only(QUESTION);
    assert_eq!(entry.title.text, "Why does `__name__` change?");
    assert_eq!(&QUESTION[entry.title.range.clone()], entry.title.text);
    assert_eq!(entry.id.as_ref().unwrap().text, "wraps-why");
    assert_eq!(entry.anchor().as_deref(), Some("wraps-why"));
    assert!(QUESTION[entry.header].starts_with("[!INTERVIEW]") && QUESTION[entry.range].starts_with('>'));
    let Content::Interview(interview) = entry.content else { panic!() };
    assert_eq!((interview.level, &*interview.topic.text), (Level::Senior, "Function decorators"));
    assert_eq!(&QUESTION[interview.topic.range], "Function decorators");
    assert_eq!(interview.prompt, "```python\nf.__name__\n```");
    assert_eq!(interview.short.text, "The name is the wrapper's,\nwhich `wraps` mends.");
    assert_eq!(interview.answer, "In full,\n\n- a list.");
    assert_eq!(interview.tests, ["what a name is."]);
    assert_eq!(interview.follow_ups, ["And `__doc__`?", "And the signature?"]);
    assert_eq!(interview.weak_answers, ["It does not."]);
}

#[test]
fn titles_are_read_raw_up_to_their_line_and_lines_lose_their_marks() {
    for (text, title, id, body) in [
        ("> [!GOTCHA] __init__ stays *so*\n> Text.\n", "__init__ stays *so*", None, "Text."),
        ("> [!gotcha] A {#a-b}\n>Text,\nlazy.\n", "A", Some("a-b"), "Text,\nlazy."),
        (
            "   > [!TERM] closure\r\n   > One.\r\n   >\r\n   >     code\r\n",
            "closure",
            None,
            "One.\n\n    code",
        ),
        ("> [!TERM] a {b}\n> > [!NOTE]\n> > Within.\n", "a {b}", None, "> [!NOTE]\n> Within."),
    ] {
        let entry = only(text);
        assert_eq!((&*entry.title.text, &*entry.body), (title, body));
        assert_eq!(entry.id.map(|id| id.text).as_deref(), id);
    }
}

#[test]
fn a_cheat_sheet_has_a_topic_and_may_have_a_title() {
    for (line, topic) in [("Closures", "Closures"), ("Closures: cells", "Closures")] {
        let text = format!("> [!CHEATSHEET] {line}\n> - a\n");
        let Entry { title, content: Content::Cheatsheet { topic: found }, .. } = only(&text) else {
            panic!()
        };
        assert_eq!((&*title.text, &*found.text, &text[found.range]), (line, topic, topic));
    }
}

#[test]
fn a_quiz_has_something_to_predict_or_to_choose() {
    let text = "> [!QUIZ]\n> ```python\n> 1\n> ```\n> - [ ] `2`\n> - [x] `1`,\n>   always\n>\n> Because.\n";
    let Entry { content: Content::Quiz(quiz), title, .. } = only(text) else { panic!() };
    assert_eq!((&*title.text, &*quiz.text), ("", "```python\n1\n```\n\nBecause."));
    let choices: Vec<(&str, bool)> = quiz.choices.iter().map(|it| (&*it.text.text, it.right)).collect();
    assert_eq!(choices, [("`2`", false), ("`1`,\n  always", true)]);
    assert_eq!(&text[quiz.choices[0].text.range.clone()], "`2`");
}

#[test]
fn what_is_no_element_of_ours_is_left_alone() {
    for text in [
        "> [!NOTE]\n> a\n",
        "> [!ANYTHING] a\n> b\n",
        "> a [!QUIZ]\n",
        "> [!QUIZ\n> a\n",
        "```\n> [!GOTCHA]\n```\n",
        "[!GOTCHA] a\n",
    ] {
        assert_eq!(entries(text), Entries::default(), "{text}");
    }
}

#[test]
fn mistakes_have_a_place() {
    const REST: &str = "\n> **Q?**\n>\n> *In short:* a\n";
    for (text, code, place, message) in [
        (&*format!("> [!INTERVIEW] snior, a{REST}"), "malformed-alert", "snior", "`snior` is no level"),
        (&format!("> [!INTERVIEW] decorators{REST}"), "malformed-alert", "decorators", "is no level"),
        (&format!("> [!INTERVIEW] mid{REST}"), "malformed-alert", "mid", "no topic follows the level"),
        (&format!("> [!INTERVIEW]{REST}"), "malformed-alert", "[!INTERVIEW]", "names no level"),
        (
            "> [!INTERVIEW] mid, a\n> Q?\n>\n> *In short:* b\n",
            "malformed-alert",
            "[!INTERVIEW] mid, a",
            "no question in bold",
        ),
        (
            "> [!INTERVIEW] mid, a\n> **Q?**\n>\n> b\n",
            "malformed-alert",
            "[!INTERVIEW] mid, a",
            "no `*In short:*`",
        ),
        (
            "> [!INTERVIEW] mid, a\n> **Q?**\n> *They test:* b\n",
            "malformed-alert",
            "*They test:*",
            "no `*In short:*`",
        ),
        ("> [!INTERVIEW] mid, a\n> **Q?**\n> *In short:*\n", "malformed-alert", "*In short:*", "is empty"),
        ("> [!CHEATSHEET]\n> - a\n", "malformed-alert", "[!CHEATSHEET]", "has no topic"),
        ("> [!GOTCHA]\n> a\n", "malformed-alert", "[!GOTCHA]", "has no title"),
        ("> [!TERM] a\n", "malformed-alert", "[!TERM] a", "is empty"),
        ("> [!QUIZ] a\n> b\n", "malformed-alert", "[!QUIZ] a", "nothing to predict or choose"),
        ("> [!QUIZ] a\n> - [x] b\n", "malformed-alert", "- [x] b", "1 answers, of which 1 are right"),
        (
            "> [!QUIZ] a\n> - [x] b\n> - [x] c\n",
            "malformed-alert",
            "- [x] b\n> - [x] c",
            "2 answers, of which 2",
        ),
        ("> [!GOTCHA] a {#b c}\n> d\n", "malformed-alert", "{#b c}", "`b c` can't be an id"),
        ("- > [!GOTCHA] a\n  > b\n", "misplaced-alert", "[!GOTCHA] a", "inside a list"),
        ("> [!GOTHCA] a\n> b\n", "unknown-alert", "GOTHCA", "is a plain quote"),
    ] {
        let found = entries(text).mistakes;
        let [mistake] = found.as_slice() else { panic!("{text}: {found:?}") };
        assert_eq!((mistake.code, &text[mistake.range.clone()]), (code, place), "{text}");
        assert!(mistake.message.contains(message), "{text}: {}", mistake.message);
        assert!(!mistake.help.is_empty());
    }
}

#[test]
fn a_short_answer_of_61_words_is_too_long() {
    for (words, is_long) in [(60, false), (61, true)] {
        let text = format!("> [!INTERVIEW] mid, a\n> **Q?**\n>\n> *In short:* {}\n", "w ".repeat(words));
        let found = entries(&text);
        assert_eq!(found.entries.len(), 1, "a lint alone");
        assert_eq!(found.mistakes.iter().any(|it| it.code == "long-short-answer"), is_long, "{words}");
    }
}

#[test]
fn a_label_that_is_nearly_one_is_a_lint() {
    let text = "> [!INTERVIEW] mid, a\n> **Q?**\n> *In short:* b\n>\n> *Followup:* c\n";
    let found = entries(text);
    let [mistake] = found.mistakes.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (&text[mistake.range.clone()], &*mistake.help),
        ("*Followup:*", "did you mean `*Follow-up:*`?")
    );
}

proptest! {
    /// Whatever stands on a page, nothing panics, and all ranges are of the page.
    #[test]
    fn ranges_lie_in_the_text(text in "(> |>|- |  |\n|\r\n|\\[!QUIZ\\]|\\[!INTERVIEW\\] mid, a|\\[!TERM\\] é|\\{#a\\}|\\*\\*|\\*In short:\\*|\\*|- \\[x\\] |```\n|é|\t){0,40}") {
        let found = entries(&text);
        for mistake in &found.mistakes {
            prop_assert!(text.get(mistake.range.clone()).is_some(), "{mistake:?}");
        }
        for entry in &found.entries {
            for range in [&entry.range, &entry.header, &entry.title.range] {
                prop_assert!(text.get(range.clone()).is_some(), "{entry:?}");
            }
        }
    }
}
