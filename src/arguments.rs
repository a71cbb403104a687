//! The command line: DESIGN.md, section 3.

use std::num::NonZeroUsize;
use std::path::PathBuf;

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
    /// Check the book and render it; a book with a stale example is not rendered
    #[command(after_help = EXIT_CODES)]
    Build(BuildArguments),
}

const EXIT_CODES: &str =
    "Exit codes: 0 all verified, 1 stale or failing examples, 2 usage or configuration, 3 no usable Python";

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
    /// Markdown files and folders [default: the book, else the configured paths, else README.md and docs/]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The form of the report; may be given several times, each followed by its `--output` [default: human]
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Vec<Format>,
    /// The file for the report of the `--format` before it [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Vec<PathBuf>,
    /// The reports, each with its file: made of the two options above in the order in which they stand.
    #[arg(skip)]
    pub(crate) reports: Vec<(Format, Option<PathBuf>)>,
    #[command(flatten)]
    pub(crate) run: RunArguments,
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
}
