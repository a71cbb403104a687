//! Cutting into examples against CPython's own `doctest.DocTestParser`: on texts made of prompts and prose, and on the text files of
//! CPython's tests where there are any.

#![expect(clippy::unwrap_used, reason = "all of this is a test; clippy looks for the attribute")]

mod oracle;

use std::path::PathBuf;

use exemplar_model::fence::Content;
use exemplar_model::source::SourceMap;
use exemplar_verify::load::include::verbatim;
use exemplar_verify::parse::{ParseOptions, Syntax, parse};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use self::oracle::ask;

const TEXTS: usize = 4_000;

/// The examples that we find, in the form in which doctest's are given.
fn examples(text: &str) -> (Vec<Value>, Vec<&'static str>) {
    let mut sources = SourceMap::default();
    let file = sources.add("page.rst", text);
    let options = ParseOptions { syntax: Syntax::Doctest, ..ParseOptions::default() };
    let parsed = parse(&verbatim(&sources, file), &options);
    let examples = parsed.fences.iter().flat_map(|fence| match &fence.content {
        Content::Session(examples) => examples.as_slice(),
        content => panic!("{content:?}"),
    });
    let described = examples.map(|example| {
        // A line without code at the end is all that is left of its ending, to doctest.
        let lines: Vec<&str> = example.code.iter().map(|line| line.text.as_str()).collect();
        let source = lines.join("\n");
        let source = if source.ends_with('\n') { source } else { source + "\n" };
        let line = sources.start(example.code[0].span).line - 1;
        json!({ "source": source, "want": example.expected.text, "line": line })
    });
    (described.collect(), parsed.diagnostics.iter().map(|it| it.code).collect())
}

/// Compares with doctest's answer. Where doctest refuses a text there is a diagnostic.
#[track_caller]
fn compare(text: &str, answer: &Value) {
    let (found, problems) = examples(text);
    let refusals = ["inconsistent-indent", "prompt-without-space", "invalid-directive"];
    let Some(expected) = answer.as_array() else {
        assert!(
            problems.iter().any(|code| refusals.contains(code)),
            "doctest refuses {text:?}: {problems:?}"
        );
        return;
    };
    let expected: Vec<Value> = expected
        .iter()
        .map(|it| json!({ "source": it["source"], "want": it["want"], "line": it["line"] }))
        .collect();
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn texts_are_cut_as_doctest_cuts_them() {
    let part = prop::sample::select(vec![
        ">>> x\n",
        ">>> x\n",
        ">>> f(1,\n",
        "... 2)\n",
        "...\n",
        "... \n",
        "  >>> y\n",
        "  ... z\n",
        "    >>> t\n",
        "1\n",
        "  1\n",
        "    1\n",
        "\n",
        "\n",
        "  \n",
        "Prose.\n",
        "# c\n",
        ">>> # c\n",
        ">>>\n",
        "\t>>> x\n",
        "\t1\n",
        "a\tb\n",
        ">>> x  # doctest: +SKIP\n",
        ">>>x\n",
        "...x\n",
        "```\n",
        "- ",
        "1",
        ">>> 'é'\n",
        "日\n",
        "In [1]: x\n",
        "# 5\n",
        "!!! note\n",
        "Traceback (most recent call last):\n",
    ]);
    let text = prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat());
    let mut runner = TestRunner::deterministic();
    let texts: Vec<String> = (0..TEXTS).map(|_| text.new_tree(&mut runner).unwrap().current()).collect();
    let answers = ask("parser.py", texts.iter().map(|text| json!(text)));
    assert_eq!(answers.len(), TEXTS);
    let accepted = answers.iter().filter(|answer| answer.as_array().is_some_and(|it| !it.is_empty())).count();
    assert!((TEXTS / 10..TEXTS * 9 / 10).contains(&accepted), "{accepted}");
    texts.iter().zip(&answers).for_each(|(text, answer)| compare(text, answer));
}

#[test]
fn the_files_of_cpythons_tests_are_cut_as_doctest_cuts_them() {
    let files: Vec<PathBuf> = ask("texts.py", std::iter::once(Value::Null))
        .iter()
        .flat_map(|answer| answer.as_array().unwrap().clone())
        .map(|path| PathBuf::from(path.as_str().unwrap()))
        .collect();
    let texts: Vec<String> = files.iter().map(|path| fs_err::read_to_string(path).unwrap()).collect();
    let answers = ask("parser.py", texts.iter().map(|text| json!(text)));
    texts.iter().zip(&answers).for_each(|(text, answer)| compare(text, answer));
}
