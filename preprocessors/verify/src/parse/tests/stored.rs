//! Files that are written and shown, and commands of a shell.

use super::{book, foreign};

#[test]
fn files_are_in_any_language() {
    for (page, fences) in [
        ("```python file=cart.py\n>>> x\n#> y\n```", &["python | cart.py: >>> x⏎#> y"][..]),
        ("```json {file=data/a.json}\n{\n\n}\n```", &["json | data/a.json: {⏎⏎}"]),
        ("``` file=a\n\tb\n```", &[" | a: \tb"]),
        ("```python file=pkg/__init__.py\n```", &["python | pkg/__init__.py: "]),
        ("```console file=log.txt\n$ x\n```", &["console | log.txt: $ x"]),
        ("<!-- exemplar: file=a.csv -->\n```csv\n1,2\n```", &["csv | a.csv: 1,2"]),
        ("```python shows=cart.py\nx\n...\n```", &["python | cart.py shows x⏎..."]),
        ("```python file=a.py hidelines=!\n!x\ny\n```", &["python | a.py: x⏎y"]),
        ("```sh file=a\n~x\n```", &["sh | a: ~x"]),
        ("```sh title=x\ny\n```", &[]),
    ] {
        assert_eq!(book(page).fences(), fences, "{page}");
        assert_eq!(book(page).problems(), [""; 0], "{page}");
    }
    // Other tools' files are theirs.
    assert_eq!(foreign("```js file=./a.js\n```\n```python file=/a.py\nx\n```").fences(), ["python | x | "]);
}

#[test]
fn commands_go_on_as_in_a_shell() {
    for (body, commands) in [
        ("$ ls -l\na\n\nb\n\n$ cd", "ls -l→a⏎⏎b | cd"),
        ("$ a \\\n> b \\\n> c\nd", "a \\⏎b \\⏎c→d"),
        ("$ a \\\n    b\nc", "a \\⏎    b→c"),
        ("$ a 'b\n> c'\n> d", "a 'b⏎c'→> d"),
        ("$ a \"b\nc\"\nd", "a \"b⏎c\"→d"),
        ("$ echo it's\nits\n$ b", "echo it's→its | b"),
        ("$ cat <<EOF\n> it's\n> EOF\nit's", "cat <<EOF⏎it's⏎EOF→it's"),
        ("$ cat <<-'END' | x\na\n\tEND\na", "cat <<-'END' | x⏎a⏎\tEND→a"),
        ("$ cat <<EOF\na\n$ b", "cat <<EOF→a | b"),
        ("$ cat <<< x\nx", "cat <<< x→x"),
        ("$ for x in 1; do\n> echo $x\n> done\n1", "for x in 1; do⏎echo $x⏎done→1"),
        ("$ a |\n> b &&\n> c\n> d", "a |⏎b &&⏎c→> d"),
        ("$ a # don't\nb", "a # don't→b"),
        ("$ diff a b\n> x", "diff a b→> x"),
        ("# a\n$ b\n# c", "b→# c"),
        ("  $ a\n  b\n    $ c\n d\n$", "a→b⏎  $ c⏎d⏎$"),
        ("$ a\n$\n$ b", "a | b"),
        ("$ a \\", "a \\"),
    ] {
        let case = book(&format!("```console\n{body}\n```\n"));
        let found = case.fences().join(" || ").replace("console | $", "");
        // The compact form has one mark between commands and between lines; here they are told apart.
        assert_eq!(found.replace(" | ", "⏎"), commands.replace(" | ", "⏎"), "{body}");
        assert_eq!(case.problems(), [""; 0], "{body}");
        let exemplar_model::fence::Content::Console(read) = &case.only().content else { panic!() };
        assert_eq!(
            read.len(),
            commands.matches(" | ").count() + 1 - usize::from(body.contains("| x")),
            "{body}"
        );
    }
}

#[test]
fn a_fence_that_is_to_run_has_commands() {
    for (page, problems) in [
        ("```console run\n# apt\n```", &["1:1 no-command"][..]),
        ("```console\n# apt\n```", &[]),
        ("<!-- exemplar: rc=1 -->\n```console\n# apt\n```", &["1:1 stray-comment"]),
        ("```console raises=E\n$ x\n```", &["1:12 contradicting-attributes"]),
    ] {
        assert_eq!(book(page).problems(), problems, "{page}");
    }
}

#[test]
fn a_file_that_runs_states_its_output_as_a_script_does() {
    for (page, fences, problems) in [
        (
            "```python file=a.py run\nprint(1)\n#> 1\n```\n",
            &["python | a.py: print(1)⏎#> 1 | 1"][..],
            &[][..],
        ),
        ("```python file=a.py run\nf()\n```\n```output\n1\n```\n", &["python | a.py: f() | 1"], &[]),
        ("```python file=a.py run raises=E\nf()\n```\n", &["python | a.py: f()"], &[]),
        ("```python file=a.py\nprint(1)\n#> 1\n```\n", &["python | a.py: print(1)⏎#> 1"], &[]),
        ("```sh file=a.sh run\necho\n```\n", &["sh | a.sh: echo"], &["1:17 contradicting-attributes"]),
        ("```text {file=a.py run}\nf()\n```\n", &["text | a.py: f()"], &[]),
        (
            "```python file=a.py\nf()\n```\n```output\n1\n```\n",
            &["python | a.py: f()"],
            &["4:1 stray-output-fence"],
        ),
        (
            "```python file=a.py warns=W\nf()\n```\n",
            &["python | a.py: f()"],
            &["1:21 contradicting-attributes"],
        ),
    ] {
        let case = book(page);
        assert_eq!(case.fences(), fences, "{page}");
        assert_eq!(case.problems(), problems, "{page}");
    }
}
