//! Guesses: what a script seems to say of its own output, in comments and fences that were not written for a checker.
//!
//! A guess never fails (DESIGN.md, section 2.3). If all of a script's guesses are right, it has passed: something was compared, and is so.
//! If one is wrong, the script ran, and a lint stands where it is wrong. Each lint carries the edits that make statements of the guesses
//! that it is about. An expression that prints nothing is judged by its value. Right guesses need no attention, so one lint for all of a script says that they are there. A script that did not run
//! to its end has told enough by that.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::Guess;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, Expectation};
use exemplar_model::report::Status;
use exemplar_model::source::Span;

use super::comparison::Comparison;
use super::layout::first_line;
use super::traceback::{Agreement, compare};
use super::verdict::{Verdict, code};

/// Judges a script that ran to its end by its guesses.
pub(super) fn judge(rules: &Comparison<'_>, guesses: &[Guess], outcome: &Outcome) -> Verdict {
    let mut lints = Vec::new();
    let mut right: Vec<&Guess> = Vec::new();
    let mut values_right = 0;
    let mut marks = outcome.marks.iter().enumerate();
    for guess in guesses {
        let want = &guess.expected.text;
        let (is_right, got) = match guess.mark {
            Some(_) => {
                let (index, printed) =
                    marks.next().map_or((0, None), |(index, printed)| (index, printed.as_deref()));
                if let Some(value) = value_of(outcome, index, printed, want) {
                    if rules.is_printed(want, value) {
                        values_right += 1;
                    } else {
                        lints.push(other_value(rules.example, guess, value));
                    }
                    continue;
                }
                (printed.is_some_and(|printed| rules.is_printed(want, printed)), printed)
            }
            None if guess.open => {
                (rules.is_printed(want, beginning(want, outcome)), Some(outcome.stdout.as_str()))
            }
            None => (rules.as_stated(want, outcome).is_some(), Some(outcome.stdout.as_str())),
        };
        if is_right {
            right.push(guess);
        } else {
            lints.push(unconfirmed(rules.example, guess, got));
        }
    }
    let is_confirmed = lints.is_empty() && !guesses.is_empty();
    lints.extend(confirmed(rules.example, &right));
    if is_confirmed {
        return Verdict { lints, ..Verdict::of(Status::Passed) };
    }
    let code = (right.len() + values_right < guesses.len()).then_some(code::UNCONFIRMED_OUTPUT);
    Verdict { code, lints, ..Verdict::of(Status::Ran) }
}

/// So much of what was printed as the page shows of it.
fn beginning<'o>(want: &str, outcome: &'o Outcome) -> &'o str {
    let length = outcome.stdout.split_inclusive('\n').take(want.lines().count()).map(str::len).sum();
    &outcome.stdout[..length]
}

/// What a script without an end printed before it was stopped, as a reader stops it by Ctrl+C when they have seen what the page shows.
/// None where it was not, or printed something else.
pub(super) fn stopped<'o>(rules: &Comparison<'_>, outcome: &'o Outcome) -> Option<&'o str> {
    let Ending::Raised(raised) = &outcome.ending else { return None };
    let want = &open(rules.example).filter(|_| is_interrupt(raised))?.expected.text;
    let shown = beginning(want, outcome);
    rules.is_printed(want, shown).then_some(shown)
}

/// What a page seems to say that a script prints and then raises, where it does: its traceback ends what is shown as its output.
pub(super) fn raised_as_shown<'g>(rules: &Comparison<'g>, outcome: &Outcome) -> Option<&'g str> {
    let Ending::Raised(raised) = &outcome.ending else { return None };
    let Expectation::Guessed(guesses) = &rules.example.expectation else { return None };
    let is_whole = |guess: &&Guess| guess.mark.is_none() && !guess.open && rules.example.raises.is_none();
    let mut shown = guesses.iter().filter(is_whole).map(|guess| guess.expected.text.as_str());
    shown.find(|want| compare(want, rules, outcome, raised) == Some(Agreement::Same))
}

/// Whether a script without an end was stopped, though what it printed is not what the page shows.
pub(super) fn is_endless(example: &Example, raised: &Raised) -> bool {
    is_interrupt(raised) && open(example).is_some()
}

fn is_interrupt(raised: &Raised) -> bool {
    raised.kind == "KeyboardInterrupt"
}

/// What a page shows of the beginning of a script's output.
fn open(example: &Example) -> Option<&Guess> {
    match &example.expectation {
        Expectation::Guessed(guesses) => guesses.iter().find(|guess| guess.open),
        _ => None,
    }
}

/// The value that a guess is about: that of an expression which printed nothing. None is a value only where the guess says so, as the
/// REPL does not show it, and most that gives it is called for what it does.
fn value_of<'o>(outcome: &'o Outcome, index: usize, printed: Option<&str>, want: &str) -> Option<&'o str> {
    let (_, value) = outcome.values.iter().find(|(of, _)| *of == index)?;
    (printed == Some("") && (value != "None" || want.trim_end() == "None")).then_some(value)
}

/// The lint of a guess about a value that is another one. It has no edits: a plain script can't print a value.
fn other_value(example: &Example, guess: &Guess, value: &str) -> Diagnostic {
    let stated = quoted(&guess.expected.text);
    let message = format!("this seems to say that the value is {stated}, and it is {}", quoted(value));
    Diagnostic::warning(code::UNCONFIRMED_OUTPUT, span(example, guess), message)
        .help("if it says something else, reword it; to have it compared, print the value")
}

/// The lint of a guess that is wrong.
fn unconfirmed(example: &Example, guess: &Guess, got: Option<&str>) -> Diagnostic {
    let stated = quoted(&guess.expected.text);
    let printed = match got {
        None => "its statement was never reached".to_owned(),
        Some("") => "nothing was printed".to_owned(),
        Some(got) => format!("{} was printed", quoted(got)),
    };
    let message = format!("this seems to say that {stated} is printed, and {printed}");
    let lint = Diagnostic::warning(code::UNCONFIRMED_OUTPUT, span(example, guess), message);
    let help = match guess.edits.as_slice() {
        [] => "if it is out of date, write what is printed; if it says something else, reword it",
        _ => {
            "`exemplar fix --dialects` makes a statement of it, which is compared; if it says something else, reword it"
        }
    };
    Diagnostic { edits: guess.edits.clone(), ..lint.help(help) }
}

/// The lint of all guesses of a script that are right, where there is something to do about them.
fn confirmed(example: &Example, right: &[&Guess]) -> Option<Diagnostic> {
    let edits: Vec<_> = right.iter().flat_map(|guess| guess.edits.iter().cloned()).collect();
    let first = right.first().filter(|_| !edits.is_empty())?;
    let message = match right.len() {
        1 => "this says what is printed, and is only guessed to say so".to_owned(),
        many => format!("this and {} below say what is printed, and are only guessed to say so", many - 1),
    };
    let lint = Diagnostic::warning("guessed-output", span(example, first), message);
    let help = "`exemplar fix --dialects` makes statements of them, so that they fail when they get stale";
    Some(Diagnostic { edits, ..lint.help(help) })
}

/// Where a guess stands.
fn span(example: &Example, guess: &Guess) -> Span {
    match guess.expected.lines.as_slice() {
        [] => example.span,
        [first, .., last] if first.span.file == last.span.file => first.span.to(last.span),
        [first, ..] => first.span,
    }
}

/// A text in one line of a message.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let line = first_line(text);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None if line.len() < text.len() => format!("`{line}…`"),
        None => format!("`{line}`"),
    }
}
