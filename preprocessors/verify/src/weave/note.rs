//! What a page says about its own verification: once for the page, and for each fence.

use exemplar_model::fence::{Content, Fence, Treatment};
use exemplar_model::report::{Python, ReportedExample, Status};

use super::WeaveOptions;

/// Begins a line of HTML that ends with itself: what begins with a comment ends on the line where the comment does (CommonMark 4.6, kind
/// 2). So the author's next line needs no blank line before it, which would make a tight list loose.
const ALONE: &str = "<!-- -->";

/// The mark of a fence that was not run or not compared, in plain sight; none for others.
pub(super) fn mark(fence: &Fence, results: &[&ReportedExample]) -> Option<String> {
    let reason = match &fence.attributes.treatment {
        Treatment::Ignore { reason: Some(reason) } => format!("not run: {reason}"),
        Treatment::Ignore { reason: None } => "not run".to_owned(),
        Treatment::Recorded { provenance } => format!("not run here: recorded with {provenance}"),
        Treatment::NoRun => "compiled, not run".to_owned(),
        Treatment::NoCheck => "run; the output changes from run to run and is not compared".to_owned(),
        Treatment::Check => match (&fence.content, count(results, &[Status::Skipped, Status::Ignored])) {
            (Content::Console(_), _) => "commands are not run".to_owned(),
            (_, 0) => return None,
            (_, unrun) if unrun == results.len() => "not run".to_owned(),
            (_, unrun) => format!("{unrun} of {} not run", examples(results.len())),
        },
    };
    Some(format!("{ALONE}<p class=\"exemplar-mark\">{}</p>", escape(&reason)))
}

/// How a fence was verified, for those who ask: shown on hover and focus.
pub(super) fn detail(
    fence: &Fence,
    results: &[&ReportedExample],
    options: WeaveOptions<'_>,
) -> Option<String> {
    if results.is_empty() {
        return None;
    }
    let compared = count(results, &[Status::Passed]);
    let what = match &fence.content {
        Content::Session(_) => format!("{}, output compared", examples(compared)),
        _ if fence.attributes.raises.is_some() => "run; ends in this exception".to_owned(),
        _ if compared == 0 => "run".to_owned(),
        _ => "run, output compared".to_owned(),
    };
    Some(format!(
        "{ALONE}<div class=\"exemplar-detail\" role=\"note\">{what} · {} · <code>exemplar check {}</code></div>",
        escape(&interpreter(options.python)),
        escape(options.path)
    ))
}

/// The page's own statement; none for a page without examples.
pub(super) fn page(results: &[&ReportedExample], python: Option<&Python>) -> Option<String> {
    let run = count(results, &[Status::Passed, Status::Ran]);
    if results.is_empty() {
        return None;
    }
    let mut text = String::new();
    if run > 0 {
        let (verb, each) =
            if run == 1 { ("was", "its stated output is") } else { ("were", "each stated output is") };
        text = format!(
            "{} on this page {verb} run with {}; {each} what was printed.",
            examples(run),
            interpreter(python)
        );
    }
    let others = [
        (Status::Compiled, "compiled and not run"),
        (Status::Ignored, "not run"),
        (Status::Skipped, "skipped"),
        (Status::Recorded, "recorded elsewhere"),
    ];
    for (status, words) in others {
        let number = count(results, &[status]);
        if number > 0 {
            let verb = if number == 1 { "was" } else { "were" };
            text.push_str(&format!(" {} {verb} {words}.", examples(number)));
        }
    }
    let tick = if run > 0 { "<span class=\"exemplar-tick\" aria-hidden=\"true\">✓</span> " } else { "" };
    Some(format!("<p class=\"exemplar-verified\">{tick}{}</p>", escape(text.trim())))
}

fn count(results: &[&ReportedExample], statuses: &[Status]) -> usize {
    results.iter().filter(|result| statuses.contains(&result.status)).count()
}

fn examples(number: usize) -> String {
    if number == 1 { "1 example".to_owned() } else { format!("{number} examples") }
}

fn interpreter(python: Option<&Python>) -> String {
    python.map_or_else(
        || "no Python".to_owned(),
        |python| format!("{} {}", python.implementation, python.version),
    )
}

/// Text as HTML. A line feed would end the HTML's block, so it becomes a space.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\r' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
