//! The command line: DESIGN.md, section 3.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use exemplar_verify::cache::{FOLDER_VARIABLE, OFF_VARIABLE};

use crate::coverage::Percent;
use crate::partition::Partition;

/// Proofs a programming book: runs every Python example, checks what it prints, and renders the verified book.
#[derive(Debug, Parser)]
#[command(name = "exemplar", version, about, after_help = FIRST_STEPS, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// Reads the command line. What is wrong with it is told, and the process ends with 2, as clap does.
    pub(crate) fn read() -> Self {
        let matches = Self::command().get_matches();
        let mut arguments = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let reports = match &mut arguments.command {
            Command::Check(check) => Some(&mut check.reports),
            Command::Merge(merge) => Some(&mut merge.reports),
            _ => None,
        };
        if let (Some(reports), Some((_, given))) = (reports, matches.subcommand()) {
            reports.written = reports.pair(given).unwrap_or_else(|message| {
                Self::command().error(ErrorKind::ArgumentConflict, message).exit();
            });
        }
        arguments
    }
}

impl ReportArguments {
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
#[expect(clippy::large_enum_variant, reason = "a run has one of it")]
pub(crate) enum Command {
    /// Check the book and render it; a book with a stale example is not rendered
    #[command(after_help = EXIT_CODES)]
    Build(BuildArguments),
    /// Show the book in a browser, and check and render at each save what it changed
    Serve(ServeArguments),
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
    /// Make a new book that builds
    New(NewArguments),
    /// Make settings, a workflow for CI and, where something fails now, a baseline in the working directory
    Init(InitArguments),
    /// Lay the files of a lab out in a folder, to work on it; without a name, list the labs
    Lab(LabArguments),
    /// Join JSON reports, such as those of the parts of a partition, into one
    #[command(after_help = EXIT_CODES)]
    Merge(MergeArguments),
    /// Remove the results that are kept between runs
    Clean(CleanArguments),
    /// Print what completes the command line in a shell
    Completions(CompletionsArguments),
    /// Write the man pages
    Man(ManArguments),
}

const FIRST_STEPS: &str = "To begin: `exemplar check README.md` checks a page, `exemplar new DIR` makes a book. `exemplar COMMAND --help` has the options of a command.";

const EXIT_CODES: &str = "Exit codes: 0 all verified, 1 stale or failing examples, 2 usage or configuration, 3 no usable Python, 130 or 143 interrupted";

const FIX_EXIT_CODES: &str = "Exit codes: 0 nothing stale is left (with --check: nothing would change), 1 something is, 2 usage or configuration, 3 no usable Python or a file that can't be written, 130 or 143 interrupted";

/// How the examples are run.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArguments {
    /// How many sessions run at a time [default: one per processor]
    #[arg(long, short, value_name = "N", value_parser = number_of_jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// The Python that runs the examples: a path, such as .venv/bin/python, or a version, such as 3.13
    #[arg(long, value_name = "PATH|VERSION")]
    pub(crate) python: Option<PathBuf>,
    /// Run everything, and keep no result for later runs
    #[arg(long, env = OFF_VARIABLE, value_parser = FalseyValueParser::new())]
    pub(crate) no_cache: bool,
    /// Keep results in this folder [default: as set, else exemplar in the user's folder of caches]
    #[arg(long, value_name = "DIR", env = FOLDER_VARIABLE)]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Say of each session that runs why no kept result was taken
    #[arg(long)]
    pub(crate) explain_cache: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) pages: PageArguments,
    #[command(flatten)]
    pub(crate) reports: ReportArguments,
    /// Make errors of these lints, by their codes, or of `all` of them
    #[arg(long, value_name = "CODE|all", value_delimiter = ',')]
    pub(crate) deny: Vec<String>,
    /// Make failures of the examples that are skipped because something that they need is not here
    #[arg(long)]
    pub(crate) require_all: bool,
    /// Let only those failures fail the run that this file does not know of
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write what fails now into the baseline, and drop what does not fail any more
    #[arg(long, requires = "baseline", conflicts_with_all = ["stdin_path", "watch"])]
    pub(crate) update_baseline: bool,
    /// Fail when fewer fences than this, in percent, are verified, ran or compiled
    #[arg(long, value_name = "PERCENT")]
    pub(crate) fail_under: Option<Percent>,
    /// Begin the sessions in an order that is shuffled by this seed; the report is the same, or they are not independent
    #[arg(long, value_name = "SEED")]
    pub(crate) shuffle: Option<u64>,
    /// Run everything twice, under different hash seeds, and fail what does not print the same
    #[arg(long)]
    pub(crate) twice: bool,
    /// Check again whenever a page or something that it depends on changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["stdin_path", "partition", "fail_under"])]
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
    /// Even out the parts by the durations of this JSON report of an earlier run, instead of by the size of the pages
    #[arg(long, value_name = "REPORT", requires = "partition")]
    pub(crate) timings: Option<PathBuf>,
}

/// Which reports are written.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The form of the report; may be given several times, each followed by its `--output` [default: human]
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Vec<Format>,
    /// The file for the report of the `--format` before it [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Vec<PathBuf>,
    /// The reports, each with its file: made of the two options above in the order in which they stand.
    #[arg(skip)]
    pub(crate) written: Vec<(Format, Option<PathBuf>)>,
    /// Name the N slowest sessions in the report for people
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) durations: usize,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// JSON reports of `exemplar check --format json`
    #[arg(value_name = "REPORT", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reports: ReportArguments,
}

#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// The book's folder: a new one, or an empty one
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct LabArguments {
    /// The lab's name
    pub(crate) name: Option<String>,
    /// Where its files go: a new folder, or an empty one [default: one of the lab's name]
    #[arg(value_name = "DIR", requires = "name")]
    pub(crate) folder: Option<PathBuf>,
    /// The folder with book.toml [default: the working directory, or the nearest one above it]
    #[arg(long, value_name = "DIR")]
    pub(crate) book: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// Only say what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) run: RunArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

/// A shell whose completions can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// The folder that they are written into
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
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
    /// Count per page which fences are verified, run, compiled, ignored, skipped, and say why those that are not verified are not
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Fail when fewer fences than this, in percent, would be verified, run or compiled
    #[arg(long, value_name = "PERCENT", requires = "coverage")]
    pub(crate) fail_under: Option<Percent>,
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

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The folder with book.toml [default: the working directory, or the nearest one above it]
    #[arg(value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// The port; 0 for any that is free
    #[arg(long, short, value_name = "PORT", default_value_t = 3000)]
    pub(crate) port: u16,
    /// The address to listen at; another than the default lets other machines read the book
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// Open the book in a browser
    #[arg(long)]
    pub(crate) open: bool,
    #[command(flatten)]
    pub(crate) run: RunArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CleanArguments {
    /// The folder that they are kept in [default: as set, else exemplar in the user's folder of caches]
    #[arg(long, value_name = "DIR", env = FOLDER_VARIABLE)]
    pub(crate) cache_dir: Option<PathBuf>,
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

fn number_of_jobs(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "write a number from 1 on")
}
