//! The command line: DESIGN.md, section 3.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// Proofs a programming book: runs every Python example, checks what it prints, and renders the verified book.
#[derive(Debug, Parser)]
#[command(name = "exemplar", version, about, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// Reads the command line. What is wrong with it is told, and the process ends with 2, as clap does.
    pub(crate) fn read() -> Self {
        let matches = Self::command().get_matches();
        let mut arguments = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        if let (Command::Check(check), Some(("check", given))) =
            (&mut arguments.command, matches.subcommand())
        {
            check.reports = check.pair(given).unwrap_or_else(|message| {
                Self::command().error(ErrorKind::ArgumentConflict, message).exit();
            });
        }
        arguments
    }
}

impl CheckArguments {
    /// Gives each `--output` to the `--format` that stands before it.
    fn pair(&self, given: &ArgMatches) -> Result<Vec<(Format, Option<PathBuf>)>, String> {
        let indices = |name| given.indices_of(name).into_iter().flatten();
        let mut options: Vec<(usize, Option<Format>, Option<&PathBuf>)> = Vec::new();
        options
            .extend(indices("format").zip(&self.format).map(|(index, &format)| (index, Some(format), None)));
        options.extend(indices("output").zip(&self.output).map(|(index, file)| (index, None, Some(file))));
        options.sort_by_key(|&(index, ..)| index);
        let mut reports: Vec<(Format, Option<PathBuf>)> = Vec::new();
        for (_, format, file) in options {
            match (format, file, reports.last_mut()) {
                (Some(format), ..) => reports.push((format, None)),
                (None, Some(file), Some((_, free @ None))) => *free = Some(file.clone()),
                (None, Some(file), None) if self.format.is_empty() => {
                    reports.push((Format::Human, Some(file.clone())));
                }
                (None, Some(file), _) => {
                    return Err(format!(
                        "`--output {}` has no `--format` of its own before it",
                        file.display()
                    ));
                }
                (None, None, _) => {}
            }
        }
        if reports.is_empty() {
            reports.push((Format::Human, None));
        }
        Ok(reports)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the examples of Markdown pages and compare their output with what the pages say
    #[command(after_help = EXIT_CODES)]
    Check(CheckArguments),
    /// Bring stale outputs up to date in the pages themselves; what can't be is left, with the reason
    #[command(after_help = FIX_EXIT_CODES)]
    Fix(FixArguments),
    /// List pages, sessions and examples with their ids and places, without running anything
    List(ListArguments),
    /// Say what a code means, with an example and what to do; without a code, list all of them
    Explain(ExplainArguments),
    /// Check the book and render it; a book with a stale example is not rendered
    #[command(after_help = EXIT_CODES)]
    Build(BuildArguments),
}

const EXIT_CODES: &str = "Exit codes: 0 all verified, 1 stale or failing examples, 2 usage or configuration, 3 no usable Python, 130 or 143 interrupted";

const FIX_EXIT_CODES: &str = "Exit codes: 0 nothing stale is left (with --check: nothing would change), 1 something is, 2 usage or configuration, 3 no usable Python or a file that can't be written, 130 or 143 interrupted";

/// How the examples are run.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// How many sessions run at a time [default: one per processor]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// The Python that runs the examples: a path, such as .venv/bin/python, or a version, such as 3.13
    #[arg(long, value_name = "PATH|VERSION")]
    pub(crate) python: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) pages: PageArguments,
    /// The form of the report; may be given several times, each followed by its `--output` [default: human]
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Vec<Format>,
    /// The file for the report of the `--format` before it [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Vec<PathBuf>,
    /// The reports, each with its file: made of the two options above in the order in which they stand.
    #[arg(skip)]
    pub(crate) reports: Vec<(Format, Option<PathBuf>)>,
    /// Name the N slowest sessions in the report for people
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) durations: usize,
    /// Make errors of these lints, by their codes, or of `all` of them
    #[arg(long, value_name = "CODE|all", value_delimiter = ',')]
    pub(crate) deny: Vec<String>,
    /// Make failures of the examples that are skipped because something that they need is not here
    #[arg(long)]
    pub(crate) require_all: bool,
    /// Begin the sessions in an order that is shuffled by this seed; the report is the same, or they are not independent
    #[arg(long, value_name = "SEED")]
    pub(crate) shuffle: Option<u64>,
    /// Run everything twice, under different hash seeds, and fail what does not print the same
    #[arg(long)]
    pub(crate) twice: bool,
    /// Check again whenever a page or something that it depends on changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["stdin_path", "partition"])]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) run: RunArguments,
}

/// Which pages.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(crate) struct PageArguments {
    /// Pages (Markdown, .rst, .txt) and folders, or `-` for standard input [default: the book, else the configured paths, else README.md and docs/]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The page whose text comes from standard input; everything else is as for that page on the disk
    #[arg(long, value_name = "FILE")]
    pub(crate) stdin_path: Option<PathBuf>,
    /// Take only a part of the pages, such as 1/4; the parts together are all of them, each once
    #[arg(long, value_name = "I/N")]
    pub(crate) partition: Option<Partition>,
}

#[derive(Debug, Args)]
pub(crate) struct FixArguments {
    /// Markdown files and folders, or places such as page.md:12 [default: the book, else the configured paths, else README.md and docs/]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Print a patch of the changes, which `git apply` takes, and write nothing
    #[arg(long)]
    pub(crate) diff: bool,
    /// Write nothing, and exit with 1 if something would change
    #[arg(long)]
    pub(crate) check: bool,
    /// Ask about each change
    #[arg(long, short, conflicts_with_all = ["diff", "check"])]
    pub(crate) interactive: bool,
    /// Rewrite what is in a dialect of doctest first, and turn outputs in comments into `#>` lines
    #[arg(long)]
    pub(crate) dialects: bool,
    /// Let an output become an exception, an exception an output, and one exception another one
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) run: RunArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) pages: PageArguments,
    /// The form of the list
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Human)]
    pub(crate) format: ListFormat,
}

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Human,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A code, such as stale-output
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

/// One of several parts of the pages, by their order: every so-many-th page is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Partition {
    /// Which one, from 0.
    index: usize,
    /// Of how many.
    count: usize,
}

impl Partition {
    /// Whether the page at this place is in it.
    pub(crate) fn has(self, place: usize) -> bool {
        place % self.count == self.index
    }

    /// Whether it is the one that is told what concerns all pages.
    pub(crate) fn is_first(self) -> bool {
        self.index == 0
    }
}

impl FromStr for Partition {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |text: &str| text.parse::<usize>().ok().filter(|&number| number > 0);
        let (index, count) = text.split_once('/').ok_or("write it as 1/4, for the first of four parts")?;
        let (Some(index), Some(count)) = (read(index), read(count)) else {
            return Err("write it as 1/4, with two whole numbers from 1 on");
        };
        if index > count {
            return Err("there are not that many parts: the last of four is 4/4");
        }
        Ok(Self { index: index - 1, count })
    }
}

#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// The folder with book.toml [default: the working directory, or the nearest one above it]
    #[arg(value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: RunArguments,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// For programs: schema 1
    Json,
    /// JUnit's XML, for CI servers: a suite for each page, a test case for each example
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations for GitHub Actions, and the job's summary
    Github,
}

#[cfg(test)]
mod tests {
    use super::Partition;

    #[test]
    fn the_parts_are_all_of_it_each_once() {
        for count in 1..7 {
            let parts: Vec<Partition> =
                (1..=count).map(|index| format!("{index}/{count}").parse().unwrap()).collect();
            for place in 0..20 {
                assert_eq!(parts.iter().filter(|part| part.has(place)).count(), 1, "{place} of {count}");
            }
            assert_eq!(parts.iter().filter(|part| part.is_first()).count(), 1);
        }
        for wrong in ["", "1", "0/4", "5/4", "1/0", "1/4/2", "-1/4", "a/b"] {
            assert!(wrong.parse::<Partition>().is_err(), "{wrong}");
        }
    }
}
