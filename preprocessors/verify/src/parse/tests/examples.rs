//! What is found in one fence.

use exemplar_model::fence::Content;
use exemplar_model::flags::{FlagChange, Flags};

use super::book;

#[test]
fn sessions_are_cut_as_doctest_cuts_them() {
    for (body, examples) in [
        (">>> 1\n1\n>>> 2\n2", "1→1 | 2→2"),
        (">>> x = 1\n>>>\n>>> # c\n>>> x\n1", "x = 1→ | x→1"),
        (">>> if x:\n...     y\n...\ny\n\n>>> z", "if x:⏎    y⏎→y | z→"),
        ("  >>> a\n  b\n    c\n>>> d", "a→b⏎  c | d→"),
        (">>> # a\n... # b\nc", "# a⏎# b→c"),
        (">>> 1 \n1 ", "1 →1 "),
        (">>> '\t'\na\tb", "'   '→a       b"),
        (">>> print('...')\n...\nx", "print('...')⏎→x"),
        (">>> a\nb\n... c", "a→b⏎... c"),
    ] {
        let case = book(&format!("```python\n{body}\n```\n"));
        assert_eq!(case.fences(), [format!("python | {examples}")], "{body}");
        assert_eq!(case.problems(), [""; 0], "{body}");
    }
}

#[test]
fn what_doctest_refuses_or_passes_over_is_said() {
    for (body, examples, problems) in [
        (">>>1\n1", "1→1", &["2:1 prompt-without-space"][..]),
        (">>> a\n...b", "a⏎b→", &["3:1 prompt-without-space"]),
        ("x\n  >>> y", "x→ | y→", &["2:1 code-before-prompt"]),
        ("  if x:\n\n    y\n  >>> z", "if x:⏎⏎  y→ | z→", &["2:3 code-before-prompt"]),
        ("import x\n\n>>> x\n1", "import x→ | x→1", &["2:1 code-before-prompt"]),
        ("# note\n\n>>> x", "x→", &[]),
        ("~import x\n>>> x", "import x→ | x→", &[]),
        ("Python 3.11.2 (main)\n>>> x", "x→", &["2:1 text-before-prompt"]),
        ("me@host:~$ python\nPython 3.6\n>>> x", "x→", &["2:1 text-before-prompt"]),
        ("$ python\n>>> x", "x→", &["2:1 text-before-prompt"]),
        ("C:\\\\Users>python\n>>> x", "x→", &["2:1 text-before-prompt"]),
        (
            "@decorate(a, '$ %')\nclass A: pass\n>>> x",
            "@decorate(a, '$ %')⏎class A: pass→ | x→",
            &["2:1 code-before-prompt"],
        ),
        (
            ">>> a\n1\n\n2\n3\n\n4\n# 5\n>>> b",
            "a→1 | b→",
            &["5:1 text-after-blank-line", "8:1 text-after-blank-line"],
        ),
        ("  >>> a\n b", "a→b", &["3:2 inconsistent-indent"]),
        (">>> a\n  ... b", "a⏎b→", &["3:3 inconsistent-indent"]),
        (">>> # c\nb\n>>> d", "d→", &["3:1 output-without-code"]),
        (">>> a  # doctest: +ELIPSIS", "a  # doctest: +ELIPSIS→", &["2:19 invalid-directive"]),
        (">>> a  # doctest: SKIP", "a  # doctest: SKIP→", &["2:19 invalid-directive"]),
        (">>> # doctest: +SKIP", "", &["2:5 invalid-directive"]),
    ] {
        let case = book(&format!("```python\n{body}\n```\n"));
        assert_eq!(case.fences(), [format!("python | {examples}")], "{body}");
        assert_eq!(case.problems(), problems, "{body}");
    }
}

#[test]
fn directives_change_flags_and_are_not_shown() {
    let case = book("```python\n>>> f('a',  # doctest: +ELLIPSIS, -SKIP\n...   '# doctest: +SKIP')\n```\n");
    let Content::Session(examples) = &case.only().content else { panic!() };
    let mut flags = FlagChange::default();
    flags.set(Flags::ELLIPSIS, true);
    flags.set(Flags::SKIP, false);
    assert_eq!(examples[0].flags, flags);
    assert_eq!(case.only().shown[0].text, ">>> f('a',");
    assert_eq!(case.only().shown[1].text, "...   '# doctest: +SKIP')");
}

#[test]
fn scripts_state_their_output() {
    for (page, fences, problems) in [
        ("```python\nx\n```", "python | x | ", &[][..]),
        ("```python\nprint(1)\n#> 1\n#>\n#>  2\n```", "python | print(1)⏎#> 1⏎#>⏎#>  2 | #1:0 1⏎⏎ 2", &[]),
        (
            "```python\nfor x in y:\n    p(x)\n    #> a\n#> b\n```",
            "python | for x in y:⏎    p(x)⏎    #> a⏎#> b | #2:4 a #3:0 b",
            &[],
        ),
        ("```python\nx = '''\n#> a\n'''\n#>b\n```", "python | x = '''⏎#> a⏎'''⏎#>b | ", &[]),
        (
            "```python\n# c\n#> a\nx\n#> b\n\n#> c\n```",
            "python | # c⏎#> a⏎x⏎#> b⏎⏎#> c | #3:0 b",
            &["3:4 output-without-code", "7:4 output-without-code"],
        ),
        ("```python\nx\n```\n\n```output\n1\n\n2\n```", "python | x | =1⏎⏎2", &[]),
        ("```python\nx\n```\n```output\n```", "python | x | =", &[]),
        ("```python\nx\n```\ntext\n```output\n1\n```", "python | x | ", &["5:1 stray-output-fence"]),
        ("```python\nx\n```\n[a]: b\n\n```output\n1\n```", "python | x | ", &["6:1 stray-output-fence"]),
        ("- ```python\n  x\n  ```\n\n```output\n1\n```", "python | x | ", &["5:1 stray-output-fence"]),
        ("> ```python\n> x\n> ```\n>\n> ```output\n> 1\n> ```", "python | x | =1", &[]),
        (
            "```python\nx\n#> 1\n```\n```output\n1\n```",
            "python | x⏎#> 1 | #1:0 1",
            &["5:1 stray-output-fence"],
        ),
        ("```python\n>>> x\n```\n```output\n1\n```", "python | x→", &["4:1 stray-output-fence"]),
        (
            "```python\ndef f():\n    '''\n    >>> f()\n    '''\n```",
            "python | def f():⏎    '''⏎    >>> f()⏎    ''' | ",
            &[],
        ),
        ("```python\n'''\n>>> f()\n'''\n```", "python | '''⏎>>> f()⏎''' | ", &[]),
    ] {
        let case = book(page);
        assert_eq!(case.fences(), [fences], "{page}");
        assert_eq!(case.problems(), problems, "{page}");
    }
}

#[test]
fn tags_say_what_a_fence_is_unless_they_lie() {
    for (page, fences, problems) in [
        ("```pycon\n>>> a\n```", &["pycon | a→"][..], &[][..]),
        ("```\n>>> a\n```", &[" | a→"], &[]),
        ("```\n\n>>> a\n```", &[" | a→"], &[]),
        ("```ruby\n>>> a\n```", &["ruby | a→"], &["1:1 mistagged-session"]),
        ("```console\n>>> a\n```", &["console | a→"], &["1:1 mistagged-session"]),
        ("```\nx\n>>> a\n```", &[], &[]),
        ("```diff\n>>>>>>> a\n```", &[], &[]),
        ("```rust\nx\n```", &[], &[]),
        ("```python\n\n```\n```python\n```", &[], &[]),
        ("```console\n$ ls -l\na\n$ cd\n```", &["console | $ls -l→a⏎cd"], &[]),
        ("```console\nls\n```", &[], &[]),
        ("```{code-block} python\n:linenos:\n:caption: a b\n\nx\n```", &["{code-block} python | ⏎x | "], &[]),
        ("    >>> indented\n", &[], &[]),
    ] {
        let case = book(page);
        assert_eq!(case.fences(), fences, "{page}");
        assert_eq!(case.problems(), problems, "{page}");
    }
}

#[test]
fn hidden_lines_run_without_their_prefix() {
    let case = book("```python\n~import a\nif a:\n    ~b()\n    c()\n```\n");
    assert_eq!(case.places(), ["2:2 import a", "3:1 if a:", "4:1     b()", "5:1     c()"]);
    let shown: Vec<(&str, bool)> = case.only().shown.iter().map(|it| (it.text.as_str(), it.hidden)).collect();
    assert_eq!(shown, [("import a", true), ("if a:", false), ("    b()", true), ("    c()", false)]);
    let case = book("```python,hidelines=!!\n!!>>> a = 1\n>>> a\n1\n```\n");
    assert_eq!(case.fences(), ["python | a = 1→ | a→1"]);
}
