//! A fence as parsed: what the author wrote, with the place of every part of it.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;

use crate::diagnostic::Edit;
use crate::flags::FlagChange;
use crate::lab::LabPart;
use crate::protocol::Network;
use crate::source::Span;

/// One line of code, without prompt, container prefix or line ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeLine {
    /// The text that runs or is compared.
    pub text: EcoString,
    /// Its bytes in the file that it comes from; empty for a blank line.
    pub span: Span,
}

/// The lines as one text, each ended by a newline.
#[must_use]
pub fn joined(lines: &[CodeLine]) -> EcoString {
    let mut text = EcoString::with_capacity(lines.iter().map(|line| line.text.len() + 1).sum());
    for line in lines {
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

/// Whether a text is these lines, each ended by a newline.
#[must_use]
pub fn is_joined(text: &str, lines: &[CodeLine]) -> bool {
    let mut rest = text;
    let is_next = |line: &CodeLine| {
        let below = rest.strip_prefix(line.text.as_str()).and_then(|rest| rest.strip_prefix('\n'));
        rest = below.unwrap_or_default();
        below.is_some()
    };
    lines.iter().all(is_next) && rest.is_empty()
}

/// What an author expects to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The text to compare, each line ended by a newline; empty when nothing is printed.
    pub text: EcoString,
    /// The lines as they stand in the file. Empty where the author stated no output.
    pub lines: Vec<CodeLine>,
    /// What the same lines state if they are read in a dialect of doctest's: `20` for `# 20`. Accepted in the place of `text`.
    pub dialect: Option<EcoString>,
    /// For a fence of output without any line: an empty span at the end of its opening line, below which the first one would stand.
    pub place: Option<Span>,
}

impl Expected {
    /// Nothing is expected to be printed.
    #[must_use]
    pub fn nothing() -> Self {
        Self { text: EcoString::new(), lines: Vec::new(), dialect: None, place: None }
    }

    /// The output that these lines state.
    #[must_use]
    pub fn from_lines(mut lines: Vec<CodeLine>) -> Self {
        // There are many, and most have one line.
        lines.shrink_to_fit();
        let text = joined(&lines);
        Self { text, lines, dialect: None, place: None }
    }
}

/// A `>>> ` statement and what is printed below it; or the code before the first prompt of its fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompted {
    /// Whether it has a prompt. Code without one runs as the body of a file does, and states no output.
    pub has_prompt: bool,
    /// The code, without prompts. Never empty.
    pub code: Vec<CodeLine>,
    /// What it is to print.
    pub expected: Arc<Expected>,
    /// Flags of its own, from `# doctest:` directives.
    pub flags: FlagChange,
}

/// What a script is to print, as its author states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatedOutput {
    /// `#> ` lines inside the script, each run of them about the statement above it.
    Inline(Vec<InlineOutput>),
    /// An `output` fence right after the script, about all of its stdout (or its traceback, after `raises`).
    Fence(Arc<Expected>),
    /// Comments and fences that seem to say what it prints, and are not meant for us. A guess never fails.
    Guessed(Vec<Guess>),
    /// Nothing is stated.
    Nothing,
}

/// A run of `#> ` lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineOutput {
    /// Which line of the script the first one is, from 0.
    pub line: usize,
    /// How far the comment is indented, in characters.
    pub column: usize,
    /// What it states.
    pub expected: Arc<Expected>,
}

/// Something that seems to say what a script prints: `print(x)  # 5`, an `# Output:` comment, an untagged fence below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The statement that it is about, found as for a run of `#> ` lines; none when it is about all that the script prints.
    pub mark: Option<GuessedMark>,
    /// What it seems to state.
    pub expected: Expected,
    /// Whether it is about the beginning of what is printed: the page cuts the rest off.
    pub open: bool,
    /// What would make a statement of it.
    pub edits: Vec<Edit>,
}

/// Where a `#> ` run would stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuessedMark {
    /// Which line of the script it would stand before, from 0.
    pub line: usize,
    /// The indentation of the statement above, in characters.
    pub column: usize,
}

/// A command of a shell, and what is printed below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellCommand {
    /// The command without its prompts. Further lines are continued ones.
    pub code: Vec<CodeLine>,
    /// What it is to print; none where nothing stands below it.
    pub expected: Option<Arc<Expected>>,
}

/// What stands in a fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Examples with prompts, in order.
    Session(Vec<Prompted>),
    /// A file body.
    Script {
        /// All lines, `#> ` lines included.
        code: Vec<CodeLine>,
        /// What it is to print.
        stated: StatedOutput,
    },
    /// Commands of a shell with the prompt `$ `, in order.
    Console(Vec<ShellCommand>),
    /// A file of the session, by `file=`.
    File {
        /// Where it is written, below the session's directory.
        path: String,
        /// All its lines.
        text: Vec<CodeLine>,
        /// What it is to print, where it runs.
        stated: StatedOutput,
        /// Whether it is only guessed to be one: what is there already stays.
        offered: bool,
    },
    /// What is in a file of the session now, by `shows=`.
    Excerpt {
        /// The file, below the session's directory.
        path: String,
        /// What the page shows of it. A line `...` stands for any lines.
        text: Vec<CodeLine>,
    },
}

/// Whether and how a fence runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Treatment {
    /// Run and compared.
    #[default]
    Check,
    /// Run, its output shown and not compared.
    NoCheck,
    /// Compiled and not run.
    NoRun,
    /// Neither compiled nor run.
    Ignore {
        /// Why, for the reader.
        reason: Option<EcoString>,
    },
    /// Its output was recorded elsewhere; not run.
    Recorded {
        /// Where and when.
        provenance: EcoString,
    },
}

/// An exception that a script must end in, or a warning that it must give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raises {
    /// The type's name, with or without its module.
    pub kind: String,
    /// What its message must be, where the author says it; `...` matches anything.
    pub message: Option<String>,
}

/// What an author attached to a fence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes {
    /// A named session of the page.
    pub session: Option<String>,
    /// A session of its own.
    pub isolated: bool,
    /// Runs and is not shown.
    pub hidden: bool,
    /// Whether and how it runs.
    pub treatment: Treatment,
    /// What tells another tool, as it is written, that the code is not tried or may fail. It runs, and no failure of it counts.
    pub exempt: Option<EcoString>,
    /// The exception that a script must end in.
    pub raises: Option<Arc<Raises>>,
    /// The warning that it must give.
    pub warns: Option<Arc<Raises>>,
    /// Flags for the whole fence.
    pub flags: FlagChange,
    /// How long each of its examples may take.
    pub timeout: Option<Duration>,
    /// How much memory its session may use, in bytes.
    pub memory: Option<u64>,
    /// How many processes its session may have at a time.
    pub processes: Option<usize>,
    /// How many bytes each of its examples may print.
    pub output: Option<u64>,
    /// What its session may reach of the network.
    pub network: Option<Network>,
    /// What `input()` gets: lines.
    pub stdin: Option<String>,
    /// Whether stderr is merged into what is compared.
    pub stderr: bool,
    /// Whether a console fence, or a file, runs.
    pub run: bool,
    /// The exit status of the last command of a console fence.
    pub rc: Option<i32>,
    /// Packages without which it is skipped, each a requirement by PEP 508.
    pub requires: Vec<String>,
    /// The Python versions that it runs on, by PEP 440.
    pub python: Option<String>,
    /// Where it runs: markers by PEP 508.
    pub condition: Option<String>,
    /// Its caption.
    pub title: Option<String>,
    /// What links to it name.
    pub id: Option<String>,
    /// Highlighted lines, from 1.
    pub highlighted: Vec<RangeInclusive<usize>>,
    /// After how many lines it is folded.
    pub fold: Option<usize>,
    /// What its figures show, in words.
    pub alt: Option<String>,
    /// The lab that it is a part of.
    pub lab: Option<LabPart>,
    /// mdBook's `hidelines` prefix, given at the fence itself.
    pub hidelines: Option<String>,
    /// Words and classes that are not ours, kept for the renderer.
    pub classes: Vec<String>,
    /// Where those stand that were given, at the fence or for its page, by name.
    pub places: Vec<(&'static str, Span)>,
}

impl Attributes {
    /// Where an attribute was given.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<Span> {
        self.places.iter().find(|(known, _)| *known == name).map(|&(_, span)| span)
    }
}

/// A fence that Exemplar has something to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The tag as written, such as `python`.
    pub tag: String,
    /// The whole fence in the expanded text: from the first backtick or tilde to the end of its last line, without that line's ending.
    pub range: Range<usize>,
    /// The `output` fence that states this script's output, likewise.
    pub output_range: Option<Range<usize>>,
    /// What each further line must start with to stay in the fence's lists and block quotes.
    pub prefix: String,
    /// The opening line's fence and info string, in its file.
    pub opening: Span,
    /// Its attributes. Most fences of a page have the same, and share them.
    pub attributes: Arc<Attributes>,
    /// What stands in it.
    pub content: Content,
    /// The lines as the reader sees them, prompts included, hidden lines marked; without container prefixes.
    pub shown: Vec<ShownLine>,
    /// How many headings stand above it.
    pub section: usize,
    /// How many `<!-- exemplar: reset -->` stand above it.
    pub epoch: usize,
}

/// A line of a fence as the reader gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownLine {
    /// The text, prompt included.
    pub text: EcoString,
    /// Whether it runs unseen (mdBook's hidden lines).
    pub hidden: bool,
}
