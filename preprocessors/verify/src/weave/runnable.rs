//! A session as one text that runs by itself: what a reader pastes into a fresh Python.
//!
//! It is made of the steps that really ran, so set-up that readers don't see is in it, and so are the files of the session. A statement
//! that raised, as the page says, is caught, so that what follows it runs too; one that does not compile is left as a comment. What is
//! printed below the examples is not in it.

use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Expectation, Session, Step, StepMode};

/// A session that can be run from a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runnable {
    /// Its name on the page.
    pub name: String,
    /// The fences of the page that it runs, in order.
    pub fences: Vec<usize>,
    /// The code.
    pub text: String,
}

impl Runnable {
    /// The text of a session; none where it runs nothing of the page.
    #[must_use]
    pub fn of(session: &Session, outcomes: &[Outcome]) -> Option<Self> {
        // A lab is run by its tests, which nobody pastes.
        if session.examples.iter().any(|example| matches!(example.expectation, Expectation::Lab(_))) {
            return None;
        }
        let mut fences: Vec<usize> = session
            .examples
            .iter()
            .filter(|example| example.reported && example.step.is_some())
            .map(|example| example.fence)
            .collect();
        fences.dedup();
        let mut text = String::new();
        let mut awaits = false;
        for (index, (step, outcome)) in session.steps.iter().zip(outcomes).enumerate() {
            let code = match step.mode {
                StepMode::Single | StepMode::Exec => code(step),
                _ => String::new(),
            };
            let awaiting = awaits_at_top(&code);
            if awaiting && !awaits {
                text.push_str(TOP);
                awaits = true;
            }
            let code = match () {
                () if awaiting => format!("_top({})", literal(&code)),
                () if is_asked_for_later(index, &session.steps, outcomes) => format!("_ = ({code}\n)"),
                () => code,
            };
            push(&mut text, step, &code, outcome);
        }
        (!fences.is_empty() && !text.trim().is_empty()).then(|| Self {
            name: session.name.clone(),
            fences,
            text,
        })
    }
}

/// What runs code that awaits at the top level, as `python -m asyncio` and the session did. The number is `ast.PyCF_ALLOW_TOP_LEVEL_AWAIT`.
const TOP: &str = "\
def _top(code, _loop=__import__(\"asyncio\").new_event_loop()):  # awaits at the top level
    made = __import__(\"types\").FunctionType(compile(code, \"<session>\", \"exec\", 8192), globals())()
    return made and _loop.run_until_complete(made)

";

/// The code of a step, as it is pasted.
fn code(step: &Step) -> String {
    let lines: Vec<&str> = step.code.trim_end().lines().map(without_callout).collect();
    lines.join("\n")
}

/// Whether a later statement takes the value of this one from `_`, which only the REPL binds.
fn is_asked_for_later(index: usize, steps: &[Step], outcomes: &[Outcome]) -> bool {
    let shows = |index: usize| {
        let first = steps[index].code.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        steps[index].mode == StepMode::Single
            && outcomes[index].ending == Ending::Completed
            && !outcomes[index].stdout.is_empty()
            && !matches!(
                first,
                "for"
                    | "while"
                    | "with"
                    | "if"
                    | "try"
                    | "async"
                    | "print"
                    | "import"
                    | "from"
                    | "def"
                    | "class"
            )
            && !steps[index].code.starts_with('@')
    };
    let asks = |step: &Step| {
        let binds = ["for _ in", "_,", ", _", "_ =", "lambda _", "case _"];
        let is_name = |(at, _): (usize, &str)| {
            let joins = |c: char| c.is_alphanumeric() || c == '_';
            !step.code[..at].ends_with(joins) && !step.code[at + 1..].starts_with(joins)
        };
        step.mode == StepMode::Single
            && binds.iter().all(|word| !step.code.contains(word))
            && step.code.match_indices('_').any(is_name)
    };
    let until = (index + 1..steps.len().min(outcomes.len())).find(|&later| shows(later));
    shows(index) && steps[index + 1..until.map_or(steps.len(), |later| later + 1)].iter().any(asks)
}

fn push(text: &mut String, step: &Step, code: &str, outcome: &Outcome) {
    match step.mode {
        StepMode::Single | StepMode::Exec => {
            if let Some(typed) = &step.stdin {
                text.push_str(&format!(
                    "import io, sys; sys.stdin = io.StringIO({}) # what is typed\n",
                    literal(typed)
                ));
            }
            push_code(text, code, outcome);
            if step.stdin.is_some() {
                text.push_str("sys.stdin = sys.__stdin__\n");
            }
        }
        StepMode::Write | StepMode::Offer => {
            text.push_str(&format!(
                "_file = __import__(\"pathlib\").Path({})\n_file.parent.mkdir(parents=True, exist_ok=True)\n_ = _file.write_text({}, encoding=\"utf-8\")\n",
                literal(&step.name),
                literal(&step.code)
            ));
        }
        StepMode::Shell => {
            text.push_str(&format!("_ = __import__(\"os\").system({})\n", literal(step.code.trim_end())));
        }
        StepMode::Compile | StepMode::Read => {}
    }
}

fn push_code(text: &mut String, code: &str, outcome: &Outcome) {
    let Ending::Raised(raised) = &outcome.ending else {
        text.push_str(code);
        text.push('\n');
        // The REPL ends a compound statement at a blank line.
        if code.lines().last().is_some_and(|line| line.starts_with([' ', '\t'])) {
            text.push('\n');
        }
        return;
    };
    let kind = raised.kind.rsplit('.').next().unwrap_or(&raised.kind);
    // Indenting would change a string that goes over several lines.
    if raised.at_compile || code.contains("\"\"\"") || code.contains("'''") {
        text.push_str(&format!("# This raises {kind}:\n"));
        return push_comment(text, code);
    }
    text.push_str("try:\n");
    for line in code.lines() {
        text.push_str(if line.is_empty() { "" } else { "    " });
        text.push_str(line);
        text.push('\n');
    }
    let caught =
        if raised.lineage.iter().any(|name| name == "Exception") { "Exception" } else { "BaseException" };
    text.push_str(&format!(
        "except {caught} as _error:\n    print(f\"{{type(_error).__name__}}: {{_error}}\")\n\n"
    ));
}

/// A line without the comment that the page shows as a number: `# (1)!`.
fn without_callout(line: &str) -> &str {
    let number = line
        .strip_suffix(")!")
        .and_then(|before| before.rsplit_once("# (").or_else(|| before.rsplit_once("#(")));
    match number {
        Some((code, number)) if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) => {
            code.trim_end()
        }
        _ => line,
    }
}

fn push_comment(text: &mut String, code: &str) {
    for line in code.lines() {
        text.push_str(format!("# {line}").trim_end());
        text.push('\n');
    }
}

/// Whether a statement awaits outside of any function, as far as its lines show.
fn awaits_at_top(code: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    // How far the functions are indented that a line stands in.
    let mut functions: Vec<usize> = Vec::new();
    for line in code.lines().filter(|line| !line.trim().is_empty()) {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        functions.retain(|&function| function < indent);
        let awaits = body.starts_with("async for ")
            || body.starts_with("async with ")
            || line.match_indices("await").any(|(at, word)| {
                !line[..at].ends_with(joins)
                    && !line[at + word.len()..].starts_with(joins)
                    && !line[..at].contains(['#', '"', '\''])
            });
        if awaits && functions.is_empty() {
            return true;
        }
        if body.starts_with("def ") || body.starts_with("async def ") {
            functions.push(indent);
        }
    }
    false
}

/// A string as Python writes it.
fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c.is_control() => literal.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::{awaits_at_top, literal, without_callout};

    #[test]
    fn what_awaits_at_the_top_level_is_told_from_what_only_names_it() {
        for (code, expected) in [
            ("await main()", true),
            ("x = await f()\n", true),
            ("async with lock:\n    pass", true),
            ("async def f():\n    await g()", false),
            ("try:\n    await f()\nexcept E:\n    pass", true),
            ("class A:\n    async def f(self):\n        if 1:\n            await g()\nawait A().f()", true),
            ("class A:\n    async def f(self):\n        if 1:\n\n            await g()", false),
            ("awaited = 1", false),
            ("print('await')", false),
            ("# await", false),
        ] {
            assert_eq!(awaits_at_top(code), expected, "{code}");
        }
    }

    #[test]
    fn numbers_for_readers_are_no_code() {
        for (line, expected) in [
            ("import sys  # (1)!", "import sys"),
            ("x = 1  #(12)!", "x = 1"),
            ("f(1)!", "f(1)!"),
            ("# (a)!", "# (a)!"),
        ] {
            assert_eq!(without_callout(line), expected);
        }
    }

    #[test]
    fn strings_are_pythons() {
        assert_eq!(literal("a\"\\\n\u{7}é"), "\"a\\\"\\\\\\n\\u0007é\"");
    }
}
