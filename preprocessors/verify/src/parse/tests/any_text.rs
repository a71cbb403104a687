//! What holds of every text, whatever it says.

use proptest::prelude::*;

use super::case;
use crate::parse::{ParseOptions, Syntax};

/// Text in which fences, prompts and attributes are likely.
fn page() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "```",
        "````",
        "~~~",
        "python",
        "py",
        "output",
        "console",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\t",
        " ",
        "    ",
        "> ",
        "- ",
        "1. ",
        ">>> ",
        ">>>",
        "... ",
        "...",
        "#> ",
        "#>",
        "$ ",
        "x",
        "é",
        "😀",
        "\u{feff}",
        "'''",
        "\"",
        "'",
        "\\",
        "~",
        "#",
        "# doctest: ",
        "+SKIP",
        "-ELLIPSIS",
        "{",
        "}",
        "=",
        ",",
        "hidden",
        "file=a",
        "shows=",
        "run",
        "page",
        "reset",
        "hl=1",
        "#a",
        "requires=",
        "python=",
        "if=",
        "<<E",
        "# ",
        "raises=",
        "timeout=",
        "\"3s\"",
        "flags=\"",
        "ignore",
        ".c",
        "<!--",
        " exemplar: ",
        "-->",
        "<details>",
        "[^1]: ",
        ": ",
        "!!! ",
        "\r",
        "\0",
        "{code-block} ",
        ":::",
        "{note}",
        "{code-cell}",
        "---",
        "!!! note",
        "=== \"a\"",
        "In [1]: ",
        "   ...: ",
        "Out[1]: ",
        "# ",
        "# Output:",
        "#=> ",
        "5",
        "print(x)",
        "def f():",
        "(",
        ")",
        "“",
        "−",
        "\u{a0}",
        "ValueError: x",
        "{{ x }}",
        "--8<-- \"a\"",
        ":a:",
        "|",
    ]);
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic_and_every_span_lies_in_its_file(text in page(), book in any::<bool>(), noise in "\\PC{0,80}") {
        let hidelines = book.then(|| "~".to_owned());
        let options = ParseOptions { hidelines, book, ..ParseOptions::default() };
        case(&text, &options);
        case(&noise, &options);
        case(&format!("```python {noise}\n{text}\n{noise}"), &options);
        case(&text, &ParseOptions { syntax: Syntax::Doctest, ..options });
    }
}
