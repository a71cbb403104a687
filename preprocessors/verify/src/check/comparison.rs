//! How the texts of one example are compared: its flags, the filters of its page, and what its kind adds.

use std::borrow::Cow;

use exemplar_model::flags::Flags;
use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Example, ExampleKind};

use super::console::without_durations;
use super::filter::Filters;
use super::layout::ended;
use super::matcher::matches;

/// An example, and the rules by which its texts are compared.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    /// The example.
    pub(super) example: &'a Example,
    /// Its flags; a console example has `ELLIPSIS` on.
    pub(super) flags: Flags,
    filters: &'a Filters,
}

impl<'a> Comparison<'a> {
    /// The rules for an example of a page with these filters.
    pub(super) fn of(example: &'a Example, filters: &'a Filters) -> Self {
        let of_kind = match example.kind {
            ExampleKind::Console => Flags::ELLIPSIS,
            _ => Flags::none(),
        };
        Self { example, flags: example.flags.with(of_kind), filters }
    }

    /// The same with a further flag.
    pub(super) fn with(self, flag: Flags) -> Self {
        Self { flags: self.flags.with(flag), ..self }
    }

    /// The same for the example in another reading.
    pub(super) fn reading(self, example: &'a Example) -> Self {
        Self { example, flags: self.flags.with(example.flags), ..self }
    }

    /// Whether `got` is what `want` states.
    pub(super) fn matches(&self, want: &str, got: &str) -> bool {
        let (want, got) = (self.filters.apply(want), self.filters.apply(got));
        matches(&want, &got, self.flags)
            || (self.example.kind == ExampleKind::Console
                && matches(&without_durations(&want), &without_durations(&got), self.flags))
    }

    /// Whether a printed text is as `want` states it.
    ///
    /// Lines below a prompt are compared as doctest compares them, which can't state an output that does not end its last line. A fence
    /// of output and `#> ` lines end with a line in any case, so there the end of the last line is not compared.
    pub(super) fn is_printed(&self, want: &str, got: &str) -> bool {
        let is_unended = !got.is_empty() && !got.ends_with('\n');
        if self.example.kind == ExampleKind::Session && is_unended && got.trim().is_empty() {
            // doctest ends the line of whatever was printed, and a blank line is not nothing.
            return self.matches(want, &ended(got.to_owned()));
        }
        let is_cut_off = self.example.kind != ExampleKind::Session && is_unended;
        self.matches(want, got) || (is_cut_off && self.matches(want, &ended(got.to_owned())))
    }

    /// What was printed, in the form that is as `want` states it: stdout, or else stdout and stderr in one order or the other.
    ///
    /// stdout is what counts. A page that shows what a terminal showed has stderr in it too, in an order that two pipes can't tell:
    /// either one is accepted (DESIGN.md, section 2.3). Where the fence has both merged, there is no stderr.
    pub(super) fn as_stated<'o>(&self, want: &str, outcome: &'o Outcome) -> Option<Cow<'o, str>> {
        let Outcome { stdout, stderr, .. } = outcome;
        if self.is_printed(want, stdout) {
            return Some(Cow::Borrowed(stdout));
        }
        if stderr.is_empty() {
            return None;
        }
        let orders = [format!("{stdout}{stderr}"), format!("{stderr}{stdout}")];
        orders.into_iter().find(|mixed| self.is_printed(want, mixed)).map(Cow::Owned)
    }
}

/// All that an example gave, as a terminal would show it: what it printed, then the traceback that it ended in.
pub(crate) fn with_traceback(printed: &str, traceback: &str) -> String {
    let separator = if printed.is_empty() || printed.ends_with('\n') { "" } else { "\n" };
    format!("{printed}{separator}{traceback}")
}
