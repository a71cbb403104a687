//! What real books make of doctest's syntax, and other tools' Markdown.

use exemplar_model::diagnostic::Edit;
use exemplar_model::fence::{Content, Expected, StatedOutput, Treatment};

use super::{Case, book, foreign};

/// The page after every edit that its diagnostics and guesses offer.
fn mended(case: &Case) -> String {
    let mut edits: Vec<&Edit> = case.parsed.diagnostics.iter().flat_map(|it| &it.edits).collect();
    for fence in &case.parsed.fences {
        if let Content::Script { stated: StatedOutput::Guessed(guesses), .. } = &fence.content {
            edits.extend(guesses.iter().flat_map(|guess| &guess.edits));
        }
    }
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut text = case.sources.file(case.expanded.file).text().to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

/// What the examples state in their dialects, where they do.
fn dialects(case: &Case) -> Vec<String> {
    let Content::Session(examples) = &case.parsed.fences[0].content else { return Vec::new() };
    examples.iter().filter_map(|it| it.expected.dialect.as_deref().map(str::to_owned)).collect()
}

#[test]
fn dialects_are_read_and_mended() {
    for (body, examples, problem, dialect, after) in [
        (
            ">>> f(1,\n      2)\n3",
            "f(1,⏎  2)→3",
            "3:7 missing-continuation-prompt",
            "",
            ">>> f(1,\n...   2)\n3",
        ),
        (
            ">>> x = '''a\nb'''\n>>> x",
            "x = '''a⏎b'''→ | x→",
            "3:1 missing-continuation-prompt",
            "",
            ">>> x = '''a\n... b'''\n>>> x",
        ),
        (
            ">>> for i in x:\n        p(i)\n\n    # c",
            "for i in x:⏎    p(i)→",
            "3:9 missing-continuation-prompt",
            "",
            ">>> for i in x:\n...     p(i)\n\n    # c",
        ),
        (
            ">>> if x:\n    1\n... else:\n    2\n1",
            "if x:⏎    1⏎else:⏎    2→1",
            "3:5 missing-continuation-prompt",
            "",
            ">>> if x:\n...     1\n... else:\n...     2\n1",
        ),
        (
            ">>> if x:\n        1\n    else:\n        2\n1",
            "if x:⏎    1⏎else:⏎    2→1",
            "3:9 missing-continuation-prompt",
            "",
            ">>> if x:\n...     1\n... else:\n...     2\n1",
        ),
        (
            ">>> class A:\n        x = 1\n\n        y = 2\n>>> A",
            "class A:⏎    x = 1⏎⏎    y = 2→ | A→",
            "3:9 missing-continuation-prompt",
            "",
            ">>> class A:\n...     x = 1\n...\n...     y = 2\n>>> A",
        ),
        (
            ">>> @d\n    def f():\n        1\n>>> f",
            "@d⏎def f():⏎    1→ | f→",
            "3:5 missing-continuation-prompt",
            "",
            ">>> @d\n... def f():\n...     1\n>>> f",
        ),
        (">>> 1\n# 1", "1→# 1", "3:1 commented-output", "1\n", ">>> 1\n1"),
        (">>> f()\n# => 'a'", "f()→# => 'a'", "3:1 commented-output", "'a'\n", ">>> f()\n'a'"),
        (
            ">>> print(x)\n# a\n#\n#  b",
            "print(x)→# a⏎#⏎#  b",
            "3:1 commented-output",
            "a\n\n b\n",
            ">>> print(x)\na\n<BLANKLINE>\n b",
        ),
        (">>> x = 1\n# a note", "x = 1→# a note", "3:1 comment-as-output", "", ">>> x = 1\n\n# a note"),
        (
            ">>> f()\n# prints nothing",
            "f()→# prints nothing",
            "3:1 comment-as-output",
            "",
            ">>> f()\n\n# prints nothing",
        ),
        (">>> 2\n2  # two\n3", "2→2  # two⏎3", "3:2 comment-after-output", "2\n3\n", ">>> 2\n2\n3"),
        (">>> 2\n2 # two", "2→2 # two", "3:2 comment-after-output", "2\n", ">>> 2\n2"),
        (
            ">>> f()\nValueError: no",
            "f()→ValueError: no",
            "3:1 missing-traceback-header",
            "",
            ">>> f()\nTraceback (most recent call last):\n    ...\nValueError: no",
        ),
        (
            "In [1]: for i in x:\n   ...:     p(i)\n   ...:\n1\n\nIn [12]: i\nOut[12]: 1",
            "for i in x:⏎    p(i)⏎→1 | i→1",
            "2:1 ipython-prompt",
            "",
            ">>> for i in x:\n...     p(i)\n...\n1\n\n>>> i\n1",
        ),
        (
            "In [1]: x\nOut[1]:\narray([1,\n       2])",
            "x→array([1,⏎       2])",
            "2:1 ipython-prompt",
            "",
            ">>> x\narray([1,\n       2])",
        ),
        (">>>1\n1", "1→1", "2:1 prompt-without-space", "", ">>> 1\n1"),
        (
            ">>> print(“it's”,\u{a0}5 − 3)",
            "print(“it's”,\u{a0}5 − 3)→",
            "2:11 smart-quote",
            "",
            ">>> print(\"it's\", 5 - 3)",
        ),
    ] {
        for (open, close, lead) in
            [("```python\n", "\n```\n", ""), ("> - ```python\n>   ", "\n>   ```\n", ">   ")]
        {
            let page = |body: &str| format!("{open}{}{close}", body.replace('\n', &format!("\n{lead}")));
            let case = book(&page(body));
            assert_eq!(case.fences(), [format!("python | {examples}")], "{body}");
            let (place, code) = problem.split_once(' ').unwrap();
            let (line, column) = place.split_once(':').unwrap();
            let column = column.parse::<usize>().unwrap() + lead.len();
            assert_eq!(case.problems(), [format!("{line}:{column} {code}")], "{body}");
            let said = dialects(&case).concat();
            assert_eq!(said, dialect, "{body}");
            let strip =
                |text: String| text.lines().map(|line| line.trim_end().to_owned() + "\n").collect::<String>();
            assert_eq!(strip(mended(&case)), strip(page(after)), "{body}");
            // What was mended is proper doctest, and says what the dialect said.
            let mended = book(&mended(&case));
            assert_eq!(mended.problems(), [""; 0], "{body}");
        }
    }
}

#[test]
fn output_is_not_taken_for_code_nor_text_for_a_dialect() {
    for body in [
        ">>> f(1\n  File \"<stdin>\", line 1\n    f(1\n     ^\nSyntaxError: '(' was never closed",
        ">>> for i in x:\n...     p(i)\n    1\n    2",
        ">>> print('a:')\n    a:",
        ">>> {1: 2}\n{1: 2}",
        ">>> def f():\n1",
        ">>> print('C # 5')\nC # 5",
        ">>> 'a # b'\n'a  # b'",
        ">>> f()\nTraceback (most recent call last):\n  x  # note\nValueError: a",
        ">>> e\nValueError('a')",
        ">>> f()  # doctest: +SHOW_WARNINGS\nUserWarning: a",
        ">>> print('“a” − \u{a0}')  # “b”\n“a” −",
        ">>> '''\n... “\n... '''",
    ] {
        let case = book(&format!("```python\n{body}\n```\n"));
        assert_eq!(case.problems(), [""; 0], "{body}");
        assert_eq!(dialects(&case), [""; 0], "{body}");
    }
}

#[test]
fn each_kind_of_dialect_is_said_once() {
    let case = book("```python\n>>> 1\n# 1\n>>> 2\n# 2\n>>> 3\n# 3\n```\n\n```python\n>>> 4\n# 4\n```\n");
    assert_eq!(case.problems(), ["3:1 commented-output", "12:1 commented-output"]);
    let messages: Vec<&str> = case.parsed.diagnostics.iter().map(|it| it.message.as_str()).collect();
    let first = "3 outputs are written as comments in this fence, from here on";
    assert_eq!(messages, [first, "this output is written as a comment"]);
    assert_eq!(case.parsed.diagnostics[0].edits.len(), 3);
}

#[test]
fn guesses_are_made_of_claims_and_not_of_prose() {
    for (body, guesses, after) in [
        ("print(x)  # 5", "?1:0 5", "print(x)\n#> 5"),
        ("print(x) #5", "?1:0 5", "print(x)\n#> 5"),
        ("print(x)  # => 5", "?1:0 5", "print(x)\n#> 5"),
        ("print(x)  # Output: a b", "?1:0 a b", "print(x)\n#> a b"),
        ("print(x)  # prints 5", "?1:0 5", "print(x)\n#> 5"),
        ("print('a, b')  # a, b", "?1:0 a, b", "print('a, b')\n#> a, b"),
        ("print(x)  # Output: 1 (since 3 is odd)", "?1:0 1", "print(x)\n#> 1"),
        ("x + 1  # 6", "?1:0 6", "x + 1  # 6"),
        ("f(x)  # 'a'", "?1:0 'a'", "f(x)\n#> 'a'"),
        ("for x in y:\n    print(x)  # <A 1>", "?2:4 <A 1>", "for x in y:\n    print(x)\n    #> <A 1>"),
        ("print(x)\n# Output: 5", "?1:0 5", "print(x)\n#> 5"),
        ("print(x)\n# Output:\n# a\n#\n# b\ny()", "?1:0 a⏎⏎b", "print(x)\n#> a\n#>\n#> b\ny()"),
        ("print(1)\nprint(2)\n# Output:\n# 1\n# 2", "?1⏎2", "print(1)\nprint(2)\n# Output:\n# 1\n# 2"),
        ("print(1)  # 1\nprint(2)  # 2", "?1:0 1 ?2:0 2", "print(1)\n#> 1\nprint(2)\n#> 2"),
    ] {
        let case = book(&format!("- ```python\n  {}\n  ```\n", body.replace('\n', "\n  ")));
        assert_eq!(case.fences(), [format!("python | {} | {guesses}", body.replace('\n', "⏎"))], "{body}");
        assert_eq!(
            mended(&case),
            format!("- ```python\n  {}\n  ```\n", after.replace('\n', "\n  ")),
            "{body}"
        );
        assert_eq!(case.problems(), [""; 0], "{body}");
    }
    for body in [
        "print(x)  # show the user",
        "print(x)  # 100 is not a string.",
        "print(x)  # This will print",
        "print(x)  # Output will be different",
        "print(x)  # Output: <a at ...>",
        "print(x)  # (just kidding)",
        "x = 5  # 5",
        "x: int  # 5",
        "return x  # 5",
        "print('''\n5  # 5\n''')",
        "# Output:\n# 5",
        "print(x)\n\n\n# 5",
        "print('# 5')",
        "x = f(\n    1,  # 1\n)",
        "\"doc\"  # 5",
    ] {
        let case = book(&format!("```python\n{body}\n```\n"));
        assert_eq!(case.fences(), [format!("python | {} | ", body.replace('\n', "⏎"))], "{body}");
    }
}

#[test]
fn a_fence_without_a_language_may_be_an_output() {
    for (page, guess, after) in [
        (
            "```python\nx\n```\n\n```\n1\n2\n```\n",
            "?1⏎2",
            Some("```python\nx\n```\n\n```output\n1\n2\n```\n"),
        ),
        ("```python\nx\n```\n```text\n1\n```\n", "?1", Some("```python\nx\n```\n```output\n1\n```\n")),
        ("```python\nx\n```\n\n**Output:**\n\n```\n1\n```\n", "?1", None),
        ("```python\nx\n```\n\n#### Output\n\n```\n1\n```\n", "?1", None),
        ("```python\nx\n```\n\nNow run it:\n\n```\n1\n```\n", "", None),
        ("```python\nx\n```\n\nAnd so on.\n\n```\n1\n```\n", "", None),
        ("```python\nx\n```\n\n```\n$ ls\n```\n", "", None),
        ("```python\nx\n```\n\n```\n1\n...\n9\n```\n", "", None),
        // What a last line leaves out is no part of it; dots that the script prints are.
        ("```python\nx\n```\n\n```\n1\n...\n```\n", "?1", None),
        ("```python\nx\n```\n\n```\n1\n(and so on)\n```\n", "?1", None),
        (
            "```python\nx\n```\n\n```\n1\n(2, 3)\n```\n",
            "?1⏎(2, 3)",
            Some("```python\nx\n```\n\n```output\n1\n(2, 3)\n```\n"),
        ),
        ("```python\np('...')\n```\nThe output:\n\n```\n...\n2\n```\n", "?...⏎2", None),
        // An indented block needs words that say so.
        ("```python\nx\n```\n\nThe output:\n\n    1\n\n    2\n\nand so on\n", "?1⏎⏎2", None),
        ("- ```python\n  x\n  ```\n\n  It prints:\n\n      1\n", "?1", None),
        ("```python\nx\n```\n\n    1\n", "", None),
        ("```python\nx\n```\n\nThen get it:\n\n    1\n", "", None),
        ("```python\nx\n```\n\nThe output:\n\n    $ ls\n", "", None),
        ("```python\nx\n```\n\n```rust\n1\n```\n", "", None),
        ("```python\nprint(x)  # 1\n```\n\n```output\n1\n```\n", "=1", None),
    ] {
        let case = book(page);
        let fences = case.fences();
        assert!(fences[0].ends_with(&format!(" | {guess}")), "{page}: {fences:?}");
        assert_eq!(fences.len(), 1, "{page}");
        assert_eq!(mended(&case), after.unwrap_or(page), "{page}");
    }
}

#[test]
fn an_output_that_is_tagged_as_python_is_none() {
    for (page, fences, lint, after) in [
        (
            "```py\nx\n```\n\n**Output:**\n\n```py\n6 : for x inside\n```\n",
            &["py | x | ?6 : for x inside"][..],
            "8:1 mistagged-output",
            "```py\nx\n```\n\n**Output:**\n\n```text\n6 : for x inside\n```\n",
        ),
        // What is elided can't be compared.
        (
            "```py\nx\n```\n> **Output (Python 3):**\n> ```py\n> All went well...\n> ```\n",
            &["py | x | "],
            "6:3 mistagged-output",
            "```py\nx\n```\n> **Output (Python 3):**\n> ```text\n> All went well...\n> ```\n",
        ),
        (
            "```py\nx\n```\n\nOr so:\n\n```py\nEnter a number: lol\nTraceback (most recent call last):\n  E\n```\n",
            &["py | x | "],
            "8:1 mistagged-output",
            "```py\nx\n```\n\nOr so:\n\n```text\nEnter a number: lol\nTraceback (most recent call last):\n  E\n```\n",
        ),
    ] {
        let case = foreign(page);
        assert_eq!(case.fences(), fences, "{page}");
        assert_eq!(case.problems(), [lint], "{page}");
        assert_eq!(mended(&case), after);
    }
    let values = "```py\nx\n```\n\n**Output (< 3.5):**\n\n```py\n('noon', time(12, 0))\n5\n```\n";
    assert_eq!(foreign(values).fences(), ["py | x | ?('noon', time(12, 0))⏎5"]);
    // Code under such words is code, and a mistake in it one without them.
    for page in ["### Output\n\n```py\nprint(5)\n```\n", "Text.\n\n```py\nretrun x\n```\n"] {
        assert_eq!((foreign(page).fences().len(), foreign(page).problems().len()), (1, 0), "{page}");
    }
}

#[test]
fn a_script_may_be_indented_as_a_whole() {
    for (body, code, place, after) in [
        ("    x\n    if x:\n        y\n", "x⏎if x:⏎    y", "2:5", "x\nif x:\n    y\n"),
        ("# c\n  x\n\n  # d\n  y\n", "# c⏎x⏎⏎# d⏎y", "3:3", "# c\nx\n\n# d\ny\n"),
        ("\tx\n\t#> 1\n", "x⏎#> 1", "2:2", "x\n#> 1\n"),
    ] {
        let case = foreign(&format!("```python\n{body}```\n"));
        assert!(case.fences()[0].starts_with(&format!("python | {code} | ")), "{:?}", case.fences());
        assert_eq!(case.problems(), [format!("{place} indented-script")]);
        assert_eq!(mended(&case), format!("```python\n{after}```\n"));
    }
    // What is not indented as a whole, what shows the error, and what is indented by a comment alone.
    for page in [
        "```python\n    x\ny\n```\n",
        "```python {raises=IndentationError}\n    x\n```\n",
        "```python\n    # c\nx\n```\n",
    ] {
        assert_eq!(foreign(page).problems(), [""; 0], "{page}");
    }
}

#[test]
fn a_fence_with_another_tools_include_is_ignored() {
    for (line, tool) in [
        ("--8<-- \"a.py\"", "PyMdown's snippet"),
        ("{! a.py !}", "markdown-include"),
        ("{* ../a.py hl[1] *}", "mdx-include"),
        (".. literalinclude:: a.py", "Sphinx"),
        ("  {% include 'a' %}", "Liquid or Jinja"),
        ("{{< include a >}}", "Hugo"),
        ("{{ code }}", "a template"),
    ] {
        let case = foreign(&format!("```python\nx = 1\n{line}\n```\n"));
        let column = line.len() - line.trim_start().len() + 1;
        assert_eq!(case.problems(), [format!("3:{column} foreign-include")], "{line}");
        let reason = Some(format!("{tool} puts other text into it").into());
        assert_eq!(case.only().attributes.treatment, Treatment::Ignore { reason }, "{line}");
    }
    for body in ["x = '''\n{{ a }}\n'''", "{{1: 2}: 3}", "x  # {% a %}", "# --8<-- [start:a]", "{a: b}"] {
        assert_eq!(foreign(&format!("```python\n{body}\n```\n")).problems(), [""; 0], "{body}");
    }
}

#[test]
fn fences_in_the_bodies_of_other_tools_are_found() {
    for (page, places) in [
        ("!!! note\n\n    ```python\n    x\n    ```\n", &["4:5 x"][..]),
        ("!!! note \"A title\"\n    ```python\n    if x:\n        y\n    ```\n", &["3:5 if x:", "4:5     y"]),
        ("??? tip\n\n    a\n\n    ```python\n    x\n\n    y\n    ```\n\nz\n", &["6:5 x", "7:1 ", "8:5 y"]),
        (
            "=== \"A\"\n\n    ```python\n    x\n    ```\n\n=== \"B\"\n\n    ```python\n    y\n    ```\n",
            &["4:5 x", "10:5 y"],
        ),
        ("!!! note\n\n    ???+ tip\n\n        ```python\n        x\n        ```\n", &["6:9 x"]),
        ("- a\n\n    !!! note\n\n        ```python\n        x\n        ```\n", &["6:9 x"]),
        ("!!! note\n\n    - a\n\n        ```python\n        x\n        ```\n", &["6:9 x"]),
        ("!!! note\n\n\t```python\n\tx\n\t```\n", &["4:2 x"]),
        ("- a\n\n      ```python\n      x\n      ```\n", &["4:7 x"]),
        ("- a\n      ```python\n      x\n      ```\n", &["3:7 x"]),
        ("* a\n\n        ```python\n        x\n        ```\n", &["4:9 x"]),
        ("a\n\n    ```python\n    x\n    ```\n", &[]),
        ("```python\n!!! note\n    x\n```\n", &["2:1 !!! note", "3:1     x"]),
        ("!!! note\r\n\r\n    ```python\r\n    x\r\n    ```\r\n", &["4:5 x"]),
        (":::{code-block} python\nx\n:::\n", &["2:1 x"]),
        ("::::{note}\n:::{code-block} python\n:linenos:\n\nx\n:::\n::::\n", &["4:1 ", "5:1 x"]),
        ("````{note}\n```python\nx\n```\n````\n", &["3:1 x"]),
        ("~~~~exercism/note\n```python\nx\n```\n~~~~\n\n```python\ny\n```\n", &["3:1 x", "8:1 y"]),
        ("```{code-cell}\n:tags: [x]\n\nx\n```\n", &["3:1 ", "4:1 x"]),
        ("```{code-cell} ipython3\n---\ntags: [x]\n---\nx\n```\n", &["5:1 x"]),
        ("```{doctest}\n>>> x\n1\n```\n", &["2:5 x", "3:1 1"]),
        ("```{testcode}\nx\n```\n\n```{testoutput}\n:options: +SKIP\n1\n```\n", &["2:1 x", "7:1 1"]),
    ] {
        let case = foreign(page);
        assert_eq!(case.places(), places, "{page}");
        assert_eq!(case.problems(), [""; 0], "{page}");
    }
    let prefix = |page: &str| foreign(page).only().prefix.clone();
    assert_eq!(prefix("!!! note\n\n    - ```python\n      x\n      ```\n"), "      ");
    assert_eq!(book("!!! note\n\n    ```python\n    x\n    ```\n").fences(), [""; 0]);
}

#[test]
fn an_expectation_without_lines_has_no_dialect() {
    let case = book("```python\n>>> x  # 5\n```\n");
    let Content::Session(examples) = &case.only().content else { panic!() };
    assert_eq!(examples[0].expected, Expected::nothing().into());
}
