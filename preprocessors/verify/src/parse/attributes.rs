//! Gives attributes their types, and says what is wrong with them.
//!
//! In a book, and behind `exemplar:` anywhere, every word must be ours. In foreign Markdown a word that is not ours is another tool's
//! business: it is kept for the renderer, with a lint only where it looks like a slip of one of ours. The same goes there for what several
//! tools share, such as `title`, where its value is not in our form.

use std::ops::Range;
use std::sync::Arc;

use ecow::EcoString;
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{Attributes, Treatment};
use exemplar_model::lab::LabRole;
use exemplar_model::plan::Division;
use exemplar_model::source::{ExpandedText, Span};

use super::info::{Item, Value};
use super::known::{self, CONTRADICTIONS, FOREIGN, Kind, Known, OF_BOOKS};
use super::pieces::Pieces;
use super::value::{self, Problem};
use super::{directive, requirement};
use crate::spelling;

/// An attribute as it was given.
#[derive(Debug, Clone)]
pub(super) struct Given<'t> {
    /// What was written. Its ranges are of the pieces.
    pub(super) item: Item<'t>,
    /// Where it stands.
    pub(super) pieces: &'t Pieces,
    /// Whether it must be one of ours.
    pub(super) strict: bool,
}

impl Given<'_> {
    /// Whether it is this attribute of ours.
    pub(super) fn is(&self, key: &str) -> bool {
        self.item.key == key && !self.item.class
    }

    fn span(&self, range: Range<usize>, expanded: &ExpandedText) -> Span {
        expanded.origin(self.pieces.range(range))
    }
}

/// What the attributes are given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// A fence with this kind of content.
    Fence(Kind),
    /// All fences of a page.
    Page,
}

/// Where an attribute of ours was given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Which.
    pub(super) known: &'static Known,
    /// Where.
    pub(super) span: Span,
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
    /// The path of `file` or `shows`.
    pub(super) path: Option<String>,
    /// How a page is divided into sessions.
    pub(super) division: Option<Division>,
    /// The name of the lab.
    pub(super) lab: Option<String>,
    /// What it is to the lab.
    pub(super) role: Option<LabRole>,
    /// Where each of ours stands.
    pub(super) seen: Vec<Seen>,
}

/// Types what was given to one fence, from comments before it and from its info string, or to a page.
pub(super) fn read(given: &[Given<'_>], target: Target, expanded: &ExpandedText) -> Typed {
    let mut typed = Typed::default();
    for given in given {
        typed.item(given, target, expanded);
    }
    typed
}

impl Typed {
    /// Where a key of ours was given.
    pub(super) fn find(&self, key: &str) -> Option<Seen> {
        self.seen.iter().find(|seen| seen.known.name == key).copied()
    }

    /// Makes the fence a hidden one, by what stands here.
    pub(super) fn hide(&mut self, span: Span) {
        self.attributes.hidden = true;
        self.seen.extend(known::named("hidden").map(|known| Seen { known, span, strict: true }));
    }

    /// Says which attributes can't stand together.
    pub(super) fn check_pairs(&mut self) {
        for (one, other, why) in CONTRADICTIONS {
            if let (Some(first), Some(second)) = (self.find(one), self.find(other)) {
                let message = format!("`{one}` and `{other}` contradict each other");
                self.diagnostics.push(
                    Diagnostic::error("contradicting-attributes", second.span, message)
                        .label(first.span, format!("`{one}` is here"))
                        .help(format!("take one out: {why}")),
                );
            }
        }
    }

    fn item(&mut self, given: &Given<'_>, target: Target, expanded: &ExpandedText) {
        let Given { item, strict, .. } = given;
        let span = given.span(item.range.clone(), expanded);
        let ours = known::named(item.key).filter(|known| given.is(known.name));
        if let Some(quote) = item.lost_quote {
            let quote = given.span(quote..quote + 1, expanded);
            let is_ours = *strict || ours.is_some_and(|known| !known.shared);
            let make = if is_ours { Diagnostic::error } else { Diagnostic::warning };
            self.diagnostics.push(
                make("unclosed-quote", quote, "this quote has no partner".to_owned())
                    .help("put the whole value in double quotes; there are no escapes"),
            );
            return;
        }
        let Some(known) = ours.filter(|known| *strict || !OF_BOOKS.contains(&known.name)) else {
            return self.not_ours(given, span);
        };
        let theirs = known.shared && !strict;
        if let Some(diagnostic) = misplaced(known, target, span) {
            match theirs {
                true => self.keep(given),
                false => self.diagnostics.push(diagnostic),
            }
            return;
        }
        if let Some(first) = self.find(known.name) {
            self.diagnostics.push(
                Diagnostic::error("duplicate-attribute", span, format!("`{}` is given twice", known.name))
                    .label(first.span, "the first one is here")
                    .help("take one out"),
            );
            return;
        }
        let seen = Seen { known, span, strict: *strict };
        let Err(problem) = self.set(seen, given, target, expanded) else { return self.seen.push(seen) };
        if theirs {
            return self.keep(given);
        }
        // What was meant is known, so that what contradicts it is said too.
        self.seen.push(seen);
        let value = item.value.as_ref().map(|value| value.range.clone()).filter(|range| !range.is_empty());
        let place = value.map_or(span, |value| {
            let part = problem.range.unwrap_or(0..value.len());
            given.span(value.start + part.start..value.start + part.end, expanded)
        });
        self.diagnostics
            .push(Diagnostic::error("invalid-attribute", place, problem.message).help(problem.help));
    }

    fn set(
        &mut self,
        seen: Seen,
        given: &Given<'_>,
        target: Target,
        expanded: &ExpandedText,
    ) -> Result<(), Problem> {
        let key = seen.known.name;
        let value: Option<&Value<'_>> = given.item.value.as_ref();
        let text = || value::text(key, value);
        let attributes = &mut self.attributes;
        match key {
            "session" if target == Target::Page => self.division = Some(value::division(text()?)?),
            "session" => attributes.session = Some(text()?.to_owned()),
            "isolated" => attributes.isolated = value::absent(key, value)?,
            "hidden" => attributes.hidden = value::absent(key, value)?,
            "raises" | "warns" => {
                let raises = value::raises(key, text()?)?;
                let place = if key == "raises" { &mut attributes.raises } else { &mut attributes.warns };
                *place = Some(Arc::new(raises));
            }
            "timeout" => attributes.timeout = Some(value::duration(text()?)?),
            "memory" => attributes.memory = Some(value::bytes(text()?)?),
            "processes" => attributes.processes = Some(value::processes(text()?)?),
            "output" => attributes.output = Some(value::bytes(text()?)?),
            "network" => attributes.network = Some(value::network(text()?)?),
            "stdin" => attributes.stdin = Some(value::stdin(value)?),
            "stderr" => attributes.stderr = value::absent(key, value)?,
            "run" => attributes.run = value::absent(key, value)?,
            "rc" => attributes.rc = Some(value::exit_status(text()?)?),
            "requires" => attributes.requires = requirement::requires(text()?)?,
            "python" => attributes.python = Some(requirement::python(text()?)?),
            "if" => attributes.condition = Some(requirement::condition(text()?)?),
            "title" => attributes.title = Some(text()?.to_owned()),
            "id" => attributes.id = Some(value::id(key, value)?),
            "hl" => attributes.highlighted = value::highlighted(text()?)?,
            "fold" => attributes.fold = Some(value::fold(value)?),
            "alt" => attributes.alt = Some(text()?.to_owned()),
            "lab" => self.lab = Some(text()?.to_owned()),
            "role" => self.role = Some(value::role(text()?)?),
            "file" | "shows" => self.path = Some(value::path(key, value)?),
            "hidelines" => attributes.hidelines = Some(text()?.to_owned()),
            "flags" => {
                let start = value.map_or(0, |value| value.range.start);
                let place = |at: usize, length: usize| given.span(start + at..start + at + length, expanded);
                let (change, diagnostics) = directive::read_flags(text()?, place);
                attributes.flags = change;
                self.diagnostics.extend(diagnostics);
            }
            _ => {
                let treatment = value::treatment(key, value)?;
                if matches!(treatment, Treatment::Ignore { reason: None }) {
                    self.diagnostics.push(
                        Diagnostic::warning(
                            "ignore-without-reason",
                            seen.span,
                            "readers are not told why this is ignored",
                        )
                        .help("say why: `ignore=\"needs a printer\"`"),
                    );
                }
                // Of two treatments the first one holds; the contradiction is an error of its own.
                if attributes.treatment == Treatment::Check {
                    attributes.treatment = treatment;
                }
            }
        }
        Ok(())
    }

    /// Keeps a word as it was written, for the renderer.
    fn keep(&mut self, given: &Given<'_>) {
        let written = given.pieces.text.get(given.item.range.clone()).unwrap_or_default();
        self.attributes.classes.push(written.to_owned());
    }

    fn not_ours(&mut self, given: &Given<'_>, span: Span) {
        let Given { item: Item { key, .. }, strict, .. } = given;
        if given.item.class {
            self.attributes.classes.push((*key).to_owned());
            return;
        }
        self.keep(given);
        let value = given.item.value.as_ref().map(|value| value.text);
        if !strict && known::exempts(key, value) {
            self.attributes.exempt = self.attributes.classes.last().map(EcoString::from);
        }
        if FOREIGN.contains(key) || OF_BOOKS.contains(key) || key.starts_with("edition") {
            return;
        }
        let distance = if *strict { spelling::generous(key) } else { spelling::tolerance(key) };
        let nearest = spelling::nearest(key, known::names(), distance);
        let message = format!("there is no attribute `{key}`");
        if *strict {
            let help = match nearest {
                _ if key.starts_with(|it: char| it.is_ascii_digit() || matches!(it, '<' | '>' | '=')) => {
                    "put a value with commas or spaces in double quotes, such as `hl=\"2,5-7\"`".to_owned()
                }
                Some(right) => format!("did you mean `{right}`?"),
                None => format!("the attributes are {}", known::names().collect::<Vec<_>>().join(", ")),
            };
            self.diagnostics.push(Diagnostic::error("unknown-attribute", span, message).help(help));
        } else if let Some(right) = nearest {
            self.diagnostics.push(
                Diagnostic::warning("unknown-attribute", span, message)
                    .help(format!("did you mean `{right}`?")),
            );
        }
    }
}

/// What is wrong with giving an attribute to this.
fn misplaced(known: &Known, target: Target, span: Span) -> Option<Diagnostic> {
    let Known { name, on, page, instead, .. } = known;
    match target {
        Target::Page if *page => None,
        Target::Page => Some(
            Diagnostic::error(
                "misplaced-attribute",
                span,
                format!("`{name}` is about one fence, not about a page"),
            )
            .help("put it into the info string of the fence that it is about"),
        ),
        Target::Fence(kind) if on.contains(&kind) => None,
        Target::Fence(kind) => Some(
            Diagnostic::error(
                "contradicting-attributes",
                span,
                format!("`{name}` has no meaning here: this fence is {}", kind.name()),
            )
            .help(*instead),
        ),
    }
}
