//! What a page says about its own verification: once for the page, and for each fence.

use std::collections::BTreeSet;

use exemplar_model::fence::{Content, Fence, Treatment};
use exemplar_model::lab::LabRole;
use exemplar_model::report::{ReportedExample, Status};

use super::WeaveOptions;
use super::lines::escape;
use crate::report::PlacedExample;

/// The mark of a fence that was not run, not compared, or claims what was not confirmed, in plain sight; none for others.
pub(super) fn mark(fence: &Fence, examples: &[&PlacedExample]) -> Option<String> {
    let reason = reason(fence, examples)?;
    Some(format!("<p class=\"exemplar-mark\">{}</p>", escape(&reason)))
}

/// Why a fence was not run, not compared, or not confirmed; none for others.
pub(super) fn reason(fence: &Fence, examples: &[&PlacedExample]) -> Option<String> {
    // Only an author sees such a page, between two saves: no book is built of it.
    if let Some(failed) = examples.iter().find(|example| example.result.status == Status::Failed) {
        let message = failed.result.message.as_deref().unwrap_or("this example failed");
        return Some(format!("not as the page says: {message}"));
    }
    if examples.iter().any(|example| example.result.status == Status::NotRun) {
        return Some("not run: an example before it ended the session".to_owned());
    }
    Some(match &fence.attributes.treatment {
        Treatment::Ignore { reason: Some(reason) } => format!("not run: {reason}"),
        Treatment::Ignore { reason: None } => "not run".to_owned(),
        Treatment::Recorded { provenance } => format!("not run here: recorded with {provenance}"),
        Treatment::NoRun => "compiled, not run".to_owned(),
        Treatment::NoCheck => "run; the output changes from run to run and is not compared".to_owned(),
        Treatment::Check if is_unconfirmed(examples) => {
            "what this example says that it prints was not confirmed; the output below it is what it printed"
                .to_owned()
        }
        Treatment::Check => unrun(fence, examples)?,
    })
}

/// Why examples of a fence did not run, though their author wants them to; none when all did.
fn unrun(fence: &Fence, examples: &[&PlacedExample]) -> Option<String> {
    let unrun: Vec<&&PlacedExample> = examples
        .iter()
        .filter(|example| matches!(example.result.status, Status::Skipped | Status::Ignored))
        .collect();
    // With a code, it is about what is missing here. Without one, it is about how the page is written, which readers don't see.
    let why = unrun
        .iter()
        .filter(|example| example.result.code.is_some())
        .find_map(|example| example.result.message.as_deref());
    let is_console = matches!(fence.content, Content::Console(_));
    match (unrun.len(), why) {
        (0, _) if is_console && examples.is_empty() => Some("commands are not run".to_owned()),
        (0, _) => None,
        (number, Some(why)) if number == examples.len() => Some(format!("not run here: {why}")),
        (number, None) if number == examples.len() => {
            Some(if is_console { "commands are not run" } else { "not run" }.to_owned())
        }
        (number, Some(why)) => Some(format!("{number} of {} not run here: {why}", counted(examples.len()))),
        (number, None) => Some(format!("{number} of {} not run", counted(examples.len()))),
    }
}

/// Whether an author's claim in a comment, or a fence that was not meant for us, is not what was printed.
pub(super) fn is_unconfirmed(examples: &[&PlacedExample]) -> bool {
    examples.iter().any(|example| example.result.code.as_deref() == Some("unconfirmed-output"))
}

/// How a fence was verified, for those who ask: shown on hover and focus. How long that took is no part of it, since it differs from run
/// to run; a site has it in a file of its own, by the number of the fence.
pub(super) fn detail(
    fence: &Fence,
    number: usize,
    examples: &[&PlacedExample],
    options: WeaveOptions<'_>,
) -> Option<String> {
    let first = examples.first()?;
    let compared = count(examples.iter().copied(), &[Status::Passed]);
    let role = fence.attributes.lab.as_ref().and_then(|part| part.role);
    let what = match &fence.content {
        Content::File { .. } if role.is_some() => role.map_or("", proved).to_owned(),
        Content::Session(_) => format!("{}, output compared", counted(compared)),
        Content::Console(_) if compared == 0 => "run in a shell".to_owned(),
        Content::Console(_) => "run in a shell, output compared".to_owned(),
        Content::File { .. } if !fence.attributes.run => "written for the examples of its session".to_owned(),
        Content::Excerpt { .. } => "compared with the file".to_owned(),
        _ if fence.attributes.raises.is_some() => "run; ends in this exception".to_owned(),
        _ if compared == 0 => "run".to_owned(),
        _ => "run, output compared".to_owned(),
    };
    Some(format!(
        "<div class=\"exemplar-detail\" role=\"note\" data-fence=\"{number}\">{what} · {} · <code>exemplar check {}</code></div>",
        escape(&interpreter(&first.result, options)),
        escape(options.path)
    ))
}

/// How a part of a lab was verified.
fn proved(role: LabRole) -> &'static str {
    match role {
        LabRole::Starter => "fails its tests, as a starter should",
        LabRole::Tests => "run by pytest with each module of the lab",
        LabRole::Solution => "passes its tests",
        LabRole::Mutant => "found out by the tests",
        LabRole::Data => "written for the lab",
    }
}

/// For which versions of Python a fence is, and which one ran it.
pub(super) fn label(versions: &str, examples: &[&PlacedExample], options: WeaveOptions<'_>) -> String {
    let ran = examples.iter().find(|example| has_run(example)).map(|example| {
        format!(
            " <span class=\"exemplar-ran\">run with {}</span>",
            escape(&interpreter(&example.result, options))
        )
    });
    format!(
        "<p class=\"exemplar-label\"><span class=\"exemplar-version\">{}</span>{}</p>",
        escape(versions),
        ran.unwrap_or_default()
    )
}

/// The page's own statement; none for a page without examples.
pub(super) fn page(examples: &[PlacedExample], options: WeaveOptions<'_>) -> Option<String> {
    let run: Vec<&PlacedExample> = examples.iter().filter(|example| has_run(example)).collect();
    if examples.is_empty() {
        return None;
    }
    let failed = count(examples, &[Status::Failed, Status::NotRun]);
    let mut text = String::new();
    if failed > 0 {
        let verb = if failed == 1 { "is" } else { "are" };
        text = format!("{} on this page {verb} not as the page says, or could not be run. ", counted(failed));
    }
    if !run.is_empty() {
        let (verb, each) =
            if run.len() == 1 { ("was", "its stated output is") } else { ("were", "each stated output is") };
        let pythons: BTreeSet<String> =
            run.iter().map(|example| interpreter(&example.result, options)).collect();
        let pythons: Vec<String> = pythons.into_iter().collect();
        text.push_str(&format!(
            "{} on this page {verb} run with {}; {each} what was printed.",
            counted(run.len()),
            pythons.join(" and "),
        ));
        let unconfirmed = run.iter().filter(|example| is_unconfirmed(&[example])).count();
        if unconfirmed > 0 {
            text.push_str(&format!(
                " What {} beside that was not confirmed.",
                match unconfirmed {
                    1 => "1 example says".to_owned(),
                    number => format!("{number} examples say"),
                }
            ));
        }
    }
    let others = [
        (Status::Compiled, "compiled and not run"),
        (Status::Ignored, "not run"),
        (Status::Skipped, "skipped"),
        (Status::Recorded, "recorded elsewhere"),
    ];
    for (status, words) in others {
        let number = count(examples, &[status]);
        if number > 0 {
            let verb = if number == 1 { "was" } else { "were" };
            text.push_str(&format!(" {} {verb} {words}.", counted(number)));
        }
    }
    let tick = if run.is_empty() || failed > 0 {
        ""
    } else {
        "<span class=\"exemplar-tick\" aria-hidden=\"true\">✓</span> "
    };
    Some(format!(
        "<p class=\"exemplar-verified\">{tick}{} <a href=\"{}verified.html\">How the whole book was verified</a></p>",
        escape(text.trim()),
        escape(options.to_root)
    ))
}

/// The sessions of a page that are more than one fence, for the script's button that copies them whole.
pub(super) fn sessions(options: WeaveOptions<'_>) -> Option<String> {
    let mut buttons = String::new();
    for (index, session) in
        options.sessions.iter().enumerate().filter(|(_, session)| session.fences.len() > 1)
    {
        buttons.push_str(&format!(
            "<button type=\"button\" data-session=\"{}\" data-code=\"{}\">copy session</button>",
            index + 1,
            escape(&session.text)
        ));
    }
    (!buttons.is_empty()).then(|| format!("<div class=\"exemplar-sessions\" hidden>{buttons}</div>"))
}

/// Whether an example was run, and not only compiled.
pub(super) fn has_run(example: &PlacedExample) -> bool {
    matches!(example.result.status, Status::Passed | Status::Ran)
}

fn count<'a>(examples: impl IntoIterator<Item = &'a PlacedExample>, statuses: &[Status]) -> usize {
    examples.into_iter().filter(|example| statuses.contains(&example.result.status)).count()
}

pub(super) fn counted(number: usize) -> String {
    if number == 1 { "1 example".to_owned() } else { format!("{number} examples") }
}

/// The Python that ran an example.
fn interpreter(example: &ReportedExample, options: WeaveOptions<'_>) -> String {
    if let Some(version) = &example.python {
        return format!("Python {version}");
    }
    options.python.map_or_else(
        || "no Python".to_owned(),
        |python| format!("{} {}", python.implementation, python.version),
    )
}
