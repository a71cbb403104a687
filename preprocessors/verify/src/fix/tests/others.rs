//! The shapes of pages that other tools get wrong, from their own lists of issues.

use super::fixed;

#[test]
fn the_bugs_of_others_are_none_of_ours() {
    // Documenter.jl#656: two examples that look alike were swapped.
    let page = "```python\n>>> next(x)\n1\n>>> next(x)\n1\n```\n";
    assert_eq!(fixed(page, &["1\n", "2\n"]), page.replace("1\n```", "2\n```"));
    assert_eq!(fixed(page, &["7\n", "1\n"]), page.replacen("1\n", "7\n", 1));
    // #772: a missing output was written into the code, as `2 + 24`.
    assert_eq!(fixed("```python\n>>> 2 + 2\n```\n", &["4\n"]), "```python\n>>> 2 + 2\n4\n```\n");
    // #2303: the old output `a` was found in the code above it.
    assert_eq!(
        fixed("```python\n>>> java\na\n>>> a\n'a'\n```\n", &["b\n", "'c'\n"]),
        "```python\n>>> java\nb\n>>> a\n'c'\n```\n"
    );
    // #1676: the output came on the wrong side of `# output`.
    let page = "```python\nf(1)\n```\n\n```output\nold\n```\n";
    assert_eq!(fixed(page, &["new\n"]), page.replace("old", "new"));
    // #1901: nothing was found in a file with CRLF.
    assert_eq!(fixed("```python\r\n>>> 1\r\n2\r\n```\r\n", &["1\n"]), "```python\r\n>>> 1\r\n1\r\n```\r\n");
    // An output inside a quote in a list kept neither prefix.
    let page = "- > ```python\n  > >>> 1\n  > 0\n  > ```\n";
    assert_eq!(fixed(page, &["1\n2\n"]), page.replace("> 0\n", "> 1\n  > 2\n"));
    // The same, where the only line that is stated is blank.
    let page = "> - ```python\n>   f(1)\n>   ```\n>\n>   ```output\n>\n>   ```\n";
    assert_eq!(fixed(page, &["a\n"]), page.replace("output\n>", "output\n>   a"));
    // sybil#54: the end of the fence was taken for output.
    assert_eq!(fixed("```python\n>>> 1\n```\ntext\n", &["1\n"]), "```python\n>>> 1\n1\n```\ntext\n");
    // An empty output fence, and an empty `#>`.
    let page = "```python\nf(1)\n```\n\n```output\n```\n";
    assert_eq!(fixed(page, &["new\n"]), page.replace("output\n", "output\nnew\n"));
    assert_eq!(fixed("```python\nf(1)\n#>\n```\n", &["1\n2\n"]), "```python\nf(1)\n#> 1\n#> 2\n```\n");
}
