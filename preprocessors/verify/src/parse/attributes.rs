//! Gives attributes their types, and says what is wrong with them.
//!
//! In a book, and behind `exemplar:` anywhere, every word must be ours. In foreign Markdown a word that is not ours is another tool's
//! business: it is kept for the renderer, with a lint only where it looks like a slip of one of ours.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{Attributes, Treatment};
use exemplar_model::source::{ExpandedText, Span};

use super::directive;
use super::info::{Item, Value};
use super::value::{self, Problem};
use crate::spelling;

/// What this version knows.
const KNOWN: [&str; 12] = [
    "session", "isolated", "hidden", "raises", "flags", "no_run", "no_check", "ignore", "recorded",
    "timeout", "memory", "network",
];

/// mdBook's own, which is ours too.
const HIDELINES: &str = "hidelines";

/// What is designed and not built yet, and changes what runs or is compared.
const NOT_YET: [&str; 13] = [
    "warns", "python", "if", "requires", "stdin", "stderr", "shows", "file", "lab", "role", "run", "rc",
    "alt",
];

/// What is designed and not built yet, and only changes how a fence looks. Other tools have attributes of these names.
const NOT_YET_LOOKS: [&str; 4] = ["title", "id", "hl", "fold"];

/// Words of mdBook, MkDocs, rustdoc and pytest plugins that are surely not meant for us.
const FOREIGN: [&str; 11] = [
    "linenums",
    "hl_lines",
    "test",
    "lint",
    "group",
    "notest",
    "continuation",
    "editable",
    "mdbook-runnable",
    "should_panic",
    "compile_fail",
];

/// Pairs that can't both hold, and why.
const CONTRADICTIONS: [(&str, &str, &str); 10] = [
    ("session", "isolated", "an isolated fence shares its session with nobody"),
    ("ignore", "raises", "an ignored fence raises nothing"),
    ("recorded", "raises", "a recorded fence does not run"),
    ("no_run", "raises", "it does not run; `raises=\"SyntaxError\"` alone says that it does not compile"),
    ("ignore", "no_run", "one fence has one treatment"),
    ("ignore", "no_check", "one fence has one treatment"),
    ("ignore", "recorded", "one fence has one treatment"),
    ("no_run", "no_check", "one fence has one treatment"),
    ("no_run", "recorded", "one fence has one treatment"),
    ("no_check", "recorded", "one fence has one treatment"),
];

/// An attribute as it was given.
#[derive(Debug, Clone)]
pub(super) struct Given<'t> {
    /// What was written.
    pub(super) item: Item<'t>,
    /// Whether it must be one of ours.
    pub(super) strict: bool,
}

/// Attributes with their types.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The attributes.
    pub(super) attributes: Attributes,
    /// What is wrong with them.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Where each key of ours stands.
    seen: Vec<(&'static str, Span)>,
}

impl Typed {
    /// Where a key of ours was given.
    pub(super) fn place_of(&self, key: &str) -> Option<Span> {
        self.seen.iter().find(|(seen, _)| *seen == key).map(|&(_, span)| span)
    }
}

/// Types what was given to one fence: from a comment before it and from its info string.
pub(super) fn read(given: &[Given<'_>], expanded: &ExpandedText) -> Typed {
    let mut typed = Typed::default();
    for Given { item, strict } in given {
        typed.item(item, *strict, expanded);
    }
    for (one, other, why) in CONTRADICTIONS {
        if let (Some(first), Some(second)) = (typed.place_of(one), typed.place_of(other)) {
            typed
                .diagnostics
                .push(contradiction(one, first, other, second).help(format!("take one out: {why}")));
        }
    }
    typed
}

fn contradiction(one: &str, first: Span, other: &str, second: Span) -> Diagnostic {
    let message = format!("`{one}` and `{other}` contradict each other");
    Diagnostic::error("contradicting-attributes", second, message).label(first, format!("`{one}` is here"))
}

impl Typed {
    fn item(&mut self, item: &Item<'_>, strict: bool, expanded: &ExpandedText) {
        let span = expanded.origin(item.range.clone());
        let ours = KNOWN.iter().chain([&HIDELINES]).find(|&&known| known == item.key && !item.class).copied();
        if let Some(quote) = item.lost_quote {
            let quote = expanded.origin(quote..quote + 1);
            let make = if strict || ours.is_some() { Diagnostic::error } else { Diagnostic::warning };
            self.diagnostics.push(
                make("unclosed-quote", quote, "this quote has no partner".to_owned())
                    .help("put the whole value in double quotes; there are no escapes"),
            );
            return;
        }
        let Some(key) = ours else { return self.not_ours(item, span, strict, expanded) };
        if let Some(first) = self.place_of(key) {
            self.diagnostics.push(
                Diagnostic::error("duplicate-attribute", span, format!("`{key}` is given twice"))
                    .label(first, "the first one is here")
                    .help("take one out"),
            );
            return;
        }
        self.seen.push((key, span));
        if let Err(problem) = self.set(key, item.value.as_ref(), expanded) {
            let place = item.value.as_ref().map_or(span, |value| expanded.origin(value.range.clone()));
            let place = if place.start == place.end { span } else { place };
            self.diagnostics
                .push(Diagnostic::error("invalid-attribute", place, problem.message).help(problem.help));
        }
    }

    fn set(&mut self, key: &str, value: Option<&Value<'_>>, expanded: &ExpandedText) -> Result<(), Problem> {
        let attributes = &mut self.attributes;
        match key {
            "session" => attributes.session = Some(value::text(key, value)?.to_owned()),
            "isolated" => attributes.isolated = value::absent(key, value)?,
            "hidden" => attributes.hidden = value::absent(key, value)?,
            "raises" => attributes.raises = Some(value::raises(value::text(key, value)?)?),
            "timeout" => attributes.timeout = Some(value::duration(value::text(key, value)?)?),
            "memory" => attributes.memory = Some(value::bytes(value::text(key, value)?)?),
            "network" => attributes.network = Some(value::network(value::text(key, value)?)?),
            HIDELINES => attributes.hidelines = Some(value::text(key, value)?.to_owned()),
            "flags" => {
                let flags = value::text(key, value)?;
                let start = value.map_or(0, |value| value.range.start);
                let place = |at: usize, length: usize| expanded.origin(start + at..start + at + length);
                let (change, diagnostics) = directive::read_flags(flags, place);
                attributes.flags = change;
                self.diagnostics.extend(diagnostics);
            }
            _ => {
                let treatment = value::treatment(key, value)?;
                if let (Treatment::Ignore { reason: None }, Some(span)) = (&treatment, self.place_of(key)) {
                    self.diagnostics.push(
                        Diagnostic::warning(
                            "ignore-without-reason",
                            span,
                            "readers are not told why this is ignored",
                        )
                        .help("say why: `ignore=\"needs a printer\"`"),
                    );
                }
                // Of two treatments the first one holds; the contradiction is an error of its own.
                if self.attributes.treatment == Treatment::Check {
                    self.attributes.treatment = treatment;
                }
            }
        }
        Ok(())
    }

    fn not_ours(&mut self, item: &Item<'_>, span: Span, strict: bool, expanded: &ExpandedText) {
        let key = item.key;
        let keep = |text: &str| text.to_owned();
        let written = match &item.value {
            Some(value) if key == "id" && value.range.start == item.range.start + 1 => {
                format!("#{}", value.text)
            }
            _ => expanded.text.get(item.range.clone()).map(keep).unwrap_or_default(),
        };
        if item.class {
            self.attributes.classes.push(keep(key));
        } else if NOT_YET.contains(&key) || NOT_YET_LOOKS.contains(&key) {
            let message = format!("this version does not know `{key}` yet");
            if strict {
                self.diagnostics.push(
                    Diagnostic::error("unsupported-attribute", span, message).help(
                        "take it out; without it the fence runs on every Python and is compared as usual",
                    ),
                );
            } else if NOT_YET.contains(&key) {
                self.diagnostics.push(
                    Diagnostic::warning("unsupported-attribute", span, message)
                        .help("it has no effect here; `ignore=\"…\"` keeps the fence from running"),
                );
            }
            self.attributes.classes.push(written);
        } else if FOREIGN.contains(&key) || key.starts_with("edition") {
            self.attributes.classes.push(written);
        } else {
            let known = KNOWN.iter().chain([&HIDELINES]).chain(&NOT_YET).chain(&NOT_YET_LOOKS).copied();
            let distance = if strict { spelling::generous(key) } else { spelling::tolerance(key) };
            let nearest = spelling::nearest(key, known, distance);
            let message = format!("there is no attribute `{key}`");
            if strict {
                let help = match nearest {
                    Some(right) => format!("did you mean `{right}`?"),
                    None => format!("the attributes are {} and {HIDELINES}", KNOWN.join(", ")),
                };
                self.diagnostics.push(Diagnostic::error("unknown-attribute", span, message).help(help));
            } else if let Some(right) = nearest {
                self.diagnostics.push(
                    Diagnostic::warning("unknown-attribute", span, message)
                        .help(format!("did you mean `{right}`?")),
                );
            }
            self.attributes.classes.push(written);
        }
    }
}

/// What is wrong with attributes on this kind of content.
pub(super) fn check_session(typed: &Typed, diagnostics: &mut Vec<Diagnostic>) {
    if let Some(span) = typed.place_of("raises") {
        diagnostics.push(
            Diagnostic::error(
                "contradicting-attributes",
                span,
                "`raises` is for scripts, and this fence is a session",
            )
            .help("take it out, and write the traceback below the prompt that raises"),
        );
    }
}
