//! A chapter with a box in the place of each of its entries.
//!
//! The boxes are `div` and `details` around Markdown: they need no script, are worked by the keyboard as the browser's own elements are,
//! and are whole in print, where the style opens them.

use exemplar_model::lab::LabRole;
use exemplar_model::teaching::{Content, Interview, Quiz, slug};

use crate::collect::{Asked, Collected, asked};
use crate::data::topic_title;
use crate::lab::{self, Parts};
use crate::markdown::{escape, inline, title};

/// The chapter's text with boxes. `found` are its entries, in order.
pub(crate) fn rewrite(text: &str, found: &[Collected], topics: &[String]) -> String {
    let mut out = String::with_capacity(text.len() + found.len() * 400);
    let mut from = 0;
    for collected in found {
        let range = &collected.entry.range;
        out.push_str(&text[from..range.start]);
        // A block of HTML begins at a line's start, and ends with a blank line.
        out.truncate(out.trim_end_matches(' ').len());
        out.push_str(&boxed(collected, topics));
        out.push_str("\n\n");
        from = range.end;
    }
    out.push_str(&text[from..]);
    out
}

fn boxed(collected: &Collected, topics: &[String]) -> String {
    let entry = &collected.entry;
    let body = entry.body.trim();
    let up = "../".repeat(collected.path.components().count().saturating_sub(1));
    let (class, kind, inner) = match &entry.content {
        Content::Interview(interview) => {
            let kind = format!("Interview question, {}", interview.level.name());
            let question = format!("<p class=\"exemplar-question\">{}</p>", inline(&entry.title.text));
            ("interview", kind, format!("{question}\n\n{}", answer(interview)))
        }
        Content::Cheatsheet { topic } => {
            let name = topic_title(&topic.text, topics);
            let link = format!(
                "<p class=\"exemplar-from\"><a href=\"{up}appendix/cheat-sheets/{}.html\">The whole sheet: {}</a></p>",
                slug(&name),
                escape(&name)
            );
            let own = cheatsheet_title(&entry.title.text, &topic.text);
            let kind = format!("Cheat sheet: {}", own.map_or_else(|| escape(&name), title));
            ("cheatsheet", kind, format!("{body}\n\n{link}"))
        }
        Content::Gotcha => ("gotcha", format!("Gotcha: {}", title(&entry.title.text)), body.to_owned()),
        Content::Term => ("term", format!("Term: {}", title(&entry.title.text)), body.to_owned()),
        Content::Lab { name } => {
            let kind = format!("Lab: {}", title(lab::title(entry)));
            let link = format!(
                "<p class=\"exemplar-from\"><a href=\"{up}appendix/labs.html#solution-{}\">All labs and their solutions</a></p>",
                escape(&name.text)
            );
            ("lab", kind, format!("{}\n\n{link}", lab_body(collected)))
        }
        Content::Quiz(quiz) => {
            let asked = asked(entry);
            let kind = format!("Quiz: {}", quiz_title(collected, asked.as_ref()));
            ("quiz", kind, quiz_body(quiz, asked.as_ref(), &collected.anchor))
        }
    };
    format!(
        "<div class=\"exemplar-box exemplar-{class}\" id=\"{}\">\n<p class=\"exemplar-box-title\">{kind}</p>\n\n{inner}\n\n</div>",
        escape(&collected.anchor)
    )
}

/// What a box of a cheat sheet is called, beside its topic.
pub(crate) fn cheatsheet_title<'t>(whole: &'t str, topic: &str) -> Option<&'t str> {
    let own = whole.get(topic.len()..)?.trim_start_matches([' ', ':']);
    (!own.is_empty()).then_some(own)
}

/// What a quiz is called: by its author, or by what is to be done.
pub(crate) fn quiz_title(collected: &Collected, asked: Option<&Asked>) -> String {
    match (&*collected.entry.title.text, asked) {
        ("", Some(_)) => "what does this print?".to_owned(),
        ("", None) => "which one is right?".to_owned(),
        (own, _) => title(own),
    }
}

/// What belongs to the question, and the answer folded.
pub(crate) fn answer(interview: &Interview) -> String {
    let mut out = String::new();
    if !interview.prompt.is_empty() {
        out.push_str(&format!("{}\n\n", interview.prompt));
    }
    out.push_str(&format!(
        "<details>\n<summary>Answer</summary>\n\n<p class=\"exemplar-label\">In short</p>\n\n{}\n\n",
        interview.short.text
    ));
    if !interview.answer.is_empty() {
        out.push_str(&format!("{}\n\n", interview.answer));
    }
    let parts = [
        ("What it tests", &interview.tests),
        ("Follow-up", &interview.follow_ups),
        ("Weak answer", &interview.weak_answers),
    ];
    for (label, texts) in parts {
        for text in texts {
            out.push_str(&format!("<p class=\"exemplar-label\">{label}</p>\n\n{text}\n\n"));
        }
    }
    out.push_str("</details>");
    out
}

/// The brief, the files and what readers take home; then the solution, folded.
fn lab_body(collected: &Collected) -> String {
    let parts = Parts::of(&collected.entry.body);
    let mut out = format!("{}\n\n", parts.brief);
    out.push_str(&format!("{}\n\n", download(collected)));
    out.push_str(&format!("{}\n\n", parts.woven(LabRole::Starter)));
    // On paper they stay where they are, which the class says.
    out.push_str(&format!(
        "<details class=\"exemplar-lab-tests\">\n<summary>Tests</summary>\n\n{}\n\n</details>\n\n",
        parts.woven(LabRole::Tests)
    ));
    out.push_str(&format!("{}\n\n", parts.woven(LabRole::Data)));
    out.push_str(&format!(
        "<details>\n<summary>Solution</summary>\n\n{}\n\n",
        parts.woven(LabRole::Solution)
    ));
    if let Some(mutants) = mutants(&parts) {
        out.push_str(&format!("{mutants}\n\n"));
    }
    out.push_str("</details>");
    out
}

/// The files of a lab, as a link that needs no server.
pub(crate) fn download(collected: &Collected) -> String {
    let (Content::Lab { name }, Some(zip)) = (&collected.entry.content, &collected.zip) else {
        return String::new();
    };
    let name = escape(&name.text);
    format!(
        "<p class=\"exemplar-kit\"><a download=\"{name}.zip\" href=\"data:application/zip;base64,{zip}\">Starter and tests: {name}.zip</a></p>"
    )
}

/// The wrong modules of a lab, folded; none where it has none.
pub(crate) fn mutants(parts: &Parts) -> Option<String> {
    let number = parts.of_role(LabRole::Mutant).count();
    let summary = match number {
        0 => return None,
        1 => "A wrong solution that the tests find out".to_owned(),
        number => format!("{number} wrong solutions that the tests find out"),
    };
    Some(format!("<details>\n<summary>{summary}</summary>\n\n{}\n\n</details>", parts.woven(LabRole::Mutant)))
}

/// The code and the choices, then everything folded.
fn quiz_body(quiz: &Quiz, asked: Option<&Asked>, anchor: &str) -> String {
    let mut out = String::new();
    if let Some(asked) = asked {
        out.push_str(&fence(asked));
    }
    if !quiz.choices.is_empty() {
        out.push_str("<ul class=\"exemplar-choices\">\n");
        for choice in &quiz.choices {
            let right = if choice.right { " data-right" } else { "" };
            out.push_str(&format!(
                "<li><label{right}><input type=\"radio\" name=\"{}\"> {}</label></li>\n",
                escape(anchor),
                inline(&choice.text.text)
            ));
        }
        out.push_str("</ul>\n\n");
    }
    out.push_str("<details>\n<summary>Reveal the answer</summary>\n\n");
    if let Some(right) = quiz.choices.iter().find(|choice| choice.right) {
        out.push_str(&format!("<p class=\"exemplar-label\">Right is</p>\n\n{}\n\n", right.text.text));
    }
    if !quiz.text.is_empty() {
        out.push_str(&format!("{}\n\n", quiz.text));
    }
    out.push_str("</details>");
    out
}

/// The code of a quiz as a fence that no backticks in it close.
fn fence(asked: &Asked) -> String {
    let longest = asked.code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(3.max(longest + 1));
    format!("{marks}{} exemplar\n{}\n{marks}\n\n", asked.language, asked.code.trim_end())
}
