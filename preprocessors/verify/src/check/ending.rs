//! How a step ended, where that is not as the page says: limits, crashes, and exceptions too many, too few or of the wrong type.

use std::time::Duration;

use ecow::EcoString;
use exemplar_model::fence::{Raises, Treatment};
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, ExampleKind, Expectation};
use exemplar_model::report::Status;

use super::comparison::Comparison;
use super::exception::{SYNTAX_ERRORS, in_short, is_type, message};
use super::layout::first_line;
use super::output::claim;
use super::traceback::states_one;
use super::verdict::{Failure, Verdict, code};
use super::{guess, hint};

/// What is wrong with the way in which an example's step ended.
pub(super) fn complaint(rules: &Comparison<'_>, outcome: &Outcome) -> Option<Failure> {
    let example = rules.example;
    match &outcome.ending {
        Ending::NotRun => None,
        Ending::Completed if example.kind == ExampleKind::Console => wrong_exit(example, outcome),
        Ending::Completed => asked_for(example).and_then(|raises| not_raised(example, raises)),
        Ending::Raised(raised) if guess::is_endless(example, raised) => {
            let message = "this example prints without end, and something else than the page shows of it";
            let hint = "show what it prints first, and `...` in the line below";
            Some(Failure::new(code::OUTPUT_LIMIT, message).with_hint(Some(hint.to_owned())))
        }
        Ending::Raised(raised) => match asked_for(example) {
            Some(raises) => wrongly_raised(rules, raises, raised, outcome),
            // A stated traceback is output, and compared as such.
            None if claim(example).is_some_and(|want| states_one(want)) => None,
            None => Some(unasked(example, raised, outcome)),
        },
        Ending::TimedOut { limit } => {
            let message = format!("this example ran for longer than {}{}", in_words(*limit), place(outcome));
            let hint = "give its fence a longer `timeout=`, or make it do less";
            Some(Failure::new(code::TIMEOUT, message).with_hint(Some(hint.to_owned())))
        }
        Ending::SessionTimedOut { limit } => {
            let message =
                format!("this example's session ran for longer than {}{}", in_words(*limit), place(outcome));
            let hint = "divide the page into sessions, or raise `session-timeout` in the settings";
            Some(Failure::new(code::TIMEOUT, message).with_hint(Some(hint.to_owned())))
        }
        Ending::MemoryLimit { limit } => Some(over_memory(*limit, &place(outcome))),
        Ending::ProcessLimit { limit } => {
            let message = format!("this example had more than {limit} processes{}", place(outcome));
            let hint = "start fewer at a time, or raise `processes` in the settings";
            Some(Failure::new(code::PROCESS_LIMIT, message).with_hint(Some(hint.to_owned())))
        }
        Ending::Crashed { how } => {
            Some(Failure::new(code::CRASH, format!("this example's process {how}{}", place(outcome))))
        }
        Ending::OutputLimit { limit } => {
            let message = format!("this example printed more than {limit} bytes{}", place(outcome));
            // How much more there was differs from run to run, so it stays out of reports.
            let hint = "its beginning is kept; make it print less, or raise `output` in the settings";
            Some(Failure::new(code::OUTPUT_LIMIT, message).with_hint(Some(hint.to_owned())))
        }
    }
}

/// Whether code ended itself with the status of success, as the last line of many programs does: `sys.exit()`, `unittest.main()`. At a
/// prompt, `exit()` ends the session of a reader without a word; what an author states below it is what it would have to print.
pub(super) fn is_ordinary_exit(example: &Example, outcome: &Outcome) -> bool {
    let Ending::Raised(raised) = &outcome.ending else { return false };
    let may_exit = match example.kind {
        ExampleKind::Script => example.raises.is_none(),
        ExampleKind::Session => claim(example).is_none_or(EcoString::is_empty),
        ExampleKind::Console | ExampleKind::File => false,
    };
    may_exit && raised.exit_status == Some(0)
}

/// Passes over a script that asks for input, where the page gives none and says nothing of what comes of it: a dialogue with its reader.
/// It lacks something, which is no mistake in it. Where output is stated, the page is about one run, and its input is missing there.
pub(super) fn pass_over_dialogue(example: &Example, outcomes: &[Outcome], verdict: &mut Verdict) {
    let outcome = example.step.and_then(|step| outcomes.get(step));
    let Some(Ending::Raised(raised)) = outcome.map(|outcome| &outcome.ending) else { return };
    let says_nothing = matches!(example.expectation, Expectation::Unstated | Expectation::Guessed(_));
    let is_script = example.kind == ExampleKind::Script && example.raises.is_none();
    if is_script && says_nothing && verdict.status == Status::Failed && hint::is_for_want_of_input(raised) {
        verdict.status = Status::Skipped;
        verdict.code = Some(code::UNMET_REQUIREMENT);
        verdict.message = Some("this example asks for input, and the page gives none".into());
    }
}

/// Passes over the failure of what another tool is told not to try, or to let fail.
pub(super) fn pass_over_exempt(example: &Example, verdict: &mut Verdict) {
    let Some(word) = example.exempt.as_deref().filter(|_| verdict.status == Status::Failed) else { return };
    verdict.status = Status::Ignored;
    let failure = verdict.message.take().unwrap_or_default();
    verdict.message = Some(format!("it may fail, by its `{word}`: {failure}").into());
    verdict.code = None;
    verdict.hint = None;
}

/// The exception that a script must end in. Statements with prompts show their tracebacks instead.
fn asked_for(example: &Example) -> Option<&Raises> {
    example.raises.as_deref().filter(|_| example.kind == ExampleKind::Script)
}

/// Nothing was raised, and should have been.
fn not_raised(example: &Example, raises: &Raises) -> Option<Failure> {
    let kind = &raises.kind;
    // Compiling alone can show that a script does not compile, and nothing else.
    if example.treatment == Treatment::NoRun && !SYNTAX_ERRORS.contains(&kind.as_str()) {
        return None;
    }
    let message = format!("the page says that this raises {kind}, and it did not");
    Some(Failure::new(code::MISSING_EXCEPTION, message))
}

/// A command ended with another status than it should have.
fn wrong_exit(example: &Example, outcome: &Outcome) -> Option<Failure> {
    let (is, stated) = (outcome.exit_status?, example.exit_status);
    let is_wrong = is != stated;
    let said = match is {
        ..0 => format!("was killed by signal {}", is.unsigned_abs()),
        _ => format!("ended with exit status {is}"),
    };
    let message = format!("this command {said}, and the page says {stated}");
    // Only the status of a fence's last command can be stated.
    let hint =
        (is > 0).then(|| format!("if it is to fail so, and is the last of its fence, say so: `rc={is}`"));
    is_wrong.then(|| Failure::new(code::WRONG_EXIT_CODE, message).with_hint(hint))
}

/// Something was raised, and it is not what should have been.
fn wrongly_raised(
    rules: &Comparison<'_>,
    raises: &Raises,
    raised: &Raised,
    outcome: &Outcome,
) -> Option<Failure> {
    let example = rules.example;
    if !is_type(&raises.kind, raised) {
        let message = format!("this example raised {} instead of {}", in_short(raised), raises.kind);
        let hint = hint::for_base(&raises.kind, raised)
            .or_else(|| hint::for_raised(example, raised, &outcome.stderr));
        return Some(Failure::new(code::WRONG_EXCEPTION, message).with_hint(hint));
    }
    if has_message(rules, raises, message(raised)) {
        return None;
    }
    // The claim stands in the fence's attributes and not in its output, so this is not stale output, which `fix` would repair.
    let message = format!("this example raised {}, and `raises` states another message", in_short(raised));
    Some(Failure::new(code::WRONG_EXCEPTION, message))
}

/// Whether a message is the one that `raises` or `warns` states, if it states one.
pub(super) fn has_message(rules: &Comparison<'_>, stated: &Raises, got: &str) -> bool {
    let Some(want) = &stated.message else { return true };
    let want = want.replace('…', "...");
    let rules = rules.with(Flags::ELLIPSIS);
    // An attribute is one line. Notes and further lines of a message are behind that, and can't be stated in it.
    rules.matches(&want, got) || rules.matches(&want, first_line(got))
}

/// Something was raised, and nothing should have been.
fn unasked(example: &Example, raised: &Raised, outcome: &Outcome) -> Failure {
    let (code, message) = if raised.at_compile {
        (code::SYNTAX_ERROR, format!("this example does not compile: {}", in_short(raised)))
    } else if raised.kind == "ModuleNotFoundError" {
        (code::MISSING_MODULE, message(raised).replacen("No module", "no module", 1))
    } else if raised.kind == "MemoryError" {
        (code::MEMORY_LIMIT, format!("this example ran out of memory: {}", in_short(raised)))
    } else if let Some(status) = raised.exit_status {
        (
            code::UNEXPECTED_EXCEPTION,
            format!("this example exited with {}", exit_code(status, message(raised))),
        )
    } else {
        (code::UNEXPECTED_EXCEPTION, format!("this example raised {}", in_short(raised)))
    };
    Failure::new(code, message).with_hint(hint::for_unasked(example, raised, &outcome.stderr))
}

/// More memory was wanted than the session may have.
fn over_memory(limit: u64, place: &str) -> Failure {
    let message = format!("this example used more than {} MiB of memory{place}", limit >> 20);
    let hint = "make it use less, or give its fence `memory=\"…\"`, up to the cap in the settings";
    Failure::new(code::MEMORY_LIMIT, message).with_hint(Some(hint.to_owned()))
}

/// What a process that ended in a `SystemExit` would have told its parent, with the message that it would have printed.
fn exit_code(status: i32, says: &str) -> String {
    let is_number = says.parse::<i64>().is_ok_and(|number| number & 0xff == i64::from(status));
    if status != 1 || is_number || matches!(says, "" | "None" | "True") {
        return format!("code {status}");
    }
    // A message goes to stderr, and the code is 1.
    format!("code {status}: {}", first_line(says))
}

/// Where it failed or hung, for the end of a message.
fn place(outcome: &Outcome) -> String {
    outcome.failed_at.as_ref().map(|(file, line)| format!(", in line {line} of {file}")).unwrap_or_default()
}

fn in_words(limit: Duration) -> String {
    let seconds = limit.as_secs_f64();
    if seconds < 1.0 { format!("{} ms", limit.as_millis()) } else { format!("{seconds} s") }
}
