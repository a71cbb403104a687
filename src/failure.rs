//! Why a command could not do its work, and the exit code for it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use exemplar_appendix::AppendixError;
use exemplar_site::SiteError;
use exemplar_verify::cache::StoreError;
use exemplar_verify::execute::WorkerError;
use exemplar_verify::load::discover::DiscoverError;
use exemplar_verify::load::files::ReadError;
use exemplar_verify::load::project::ProjectError;
use exemplar_verify::prepare::PipelineError;
use thiserror::Error;

/// What a command ended with when it did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Everything is as the pages say.
    Verified,
    /// Something is not.
    Stale,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Verified => Self::SUCCESS,
            Verdict::Stale => Self::from(1),
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Worker(WorkerError),
    #[error("the temporary directory `{}` does not exist; create it, or name another one in TMPDIR", path.display())]
    NoTemporary { path: PathBuf },
    #[error("the working directory can't be used: {0}; go to one that exists")]
    WorkingDirectory(io::Error),
    #[error("the book can't be served: {0}")]
    Serve(io::Error),
    #[error(
        "can't listen at {host}, port {port}: {source}; name another one: `--port 0` takes any that is free"
    )]
    Address { host: String, port: u16, source: io::Error },
    #[error(transparent)]
    Cache(#[from] StoreError),
    #[error(transparent)]
    Appendix(#[from] AppendixError),
    #[error(transparent)]
    Site(SiteError),
    #[cfg(feature = "pdf")]
    #[error(transparent)]
    Pdf(#[from] exemplar_pdf::PdfError),
    #[cfg(feature = "pdf")]
    #[error("`{}` can't be written: {source}", path.display())]
    PdfWrite { path: PathBuf, source: io::Error },
    #[error("{}: {cause}", path.display())]
    BookSettings { path: PathBuf, cause: String },
    #[error("no book.toml in `{}` or above it; name the book's folder: `exemplar build DIR`", start.display())]
    NoBook { start: PathBuf },
    #[error("nothing to check: no book.toml, no `paths` in the settings, no README.md and no docs/ in `{}`; name the pages: `exemplar check PATH`", folder.display())]
    NothingToCheck { folder: PathBuf },
    #[error(
        "no Python example in {}; a page's examples stand in fences that are tagged `python`",
        names(paths)
    )]
    NoExamples { paths: Vec<PathBuf> },
    #[error("there is no code `{name}`; {}", match meant {
        Some(right) => format!("did you mean `{right}`?"),
        None => "`exemplar explain` lists them".to_owned(),
    })]
    UnknownCode { name: String, meant: Option<&'static str> },
    #[error(
        "`-` is one page, from standard input, and needs the path that it has on the disk: `exemplar check - --stdin-path FILE`"
    )]
    StandardInput,
    #[error("standard input can't be read: {0}")]
    ReadInput(io::Error),
    #[error("the baseline `{}` can't be used: {cause}", path.display())]
    Baseline { path: PathBuf, cause: String },
    #[error("`{}` can't be used: {cause}", path.display())]
    BadReport { path: PathBuf, cause: String },
    #[error("no report is given")]
    NothingToMerge,
    #[error(
        "the report of {parts} is missing: nobody knows whether its pages are true; name the reports of all parts"
    )]
    MissingParts { parts: String },
    #[error("`{}` is not empty; name a folder that does not exist", folder.display())]
    NotEmpty { folder: PathBuf },
    #[error("the book has no lab `{name}`; {}", match meant {
        Some(right) => format!("did you mean `{right}`?"),
        None => "`exemplar lab` lists them".to_owned(),
    })]
    UnknownLab { name: String, meant: Option<String> },
    #[error("files can't be watched: {0}")]
    Watch(notify::Error),
    /// SUMMARY.md is missing or unreadable; its diagnostics are printed already.
    #[error("the book has no readable SUMMARY.md")]
    NoSummary,
    #[error(
        "`--interactive` asks on a terminal, and standard input is none; look at `exemplar fix --diff` instead"
    )]
    NobodyToAsk,
    #[error("`exemplar fix` changes files, and can't change standard input; name the page")]
    FixStandardInput,
    #[error("`{}` was changed while its examples ran, and is not written over; run `exemplar fix` again", path.display())]
    ChangedMeanwhile { path: PathBuf },
    #[error("the report can't be written: {0}")]
    Write(io::Error),
    /// A file or folder; the error names it.
    #[error("{0}")]
    File(io::Error),
}

impl From<WorkerError> for Failure {
    fn from(error: WorkerError) -> Self {
        let path = std::env::temp_dir();
        match error {
            // The commonest reason why a session can't be set up, and one that the error does not tell.
            WorkerError::Setup { .. } if !path.is_dir() => Self::NoTemporary { path },
            error => Self::Worker(error),
        }
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Read(error) => error.into(),
            PipelineError::Worker(error) => error.into(),
        }
    }
}

impl From<SiteError> for Failure {
    fn from(error: SiteError) -> Self {
        let path = std::env::temp_dir();
        match error {
            SiteError::Io(_) if !path.is_dir() => Self::NoTemporary { path },
            error => Self::Site(error),
        }
    }
}

fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            // As a shell says it of a process that a signal ended.
            Self::Worker(WorkerError::Interrupted { signal }) => {
                ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX))
            }
            Self::Worker(_)
            | Self::NoTemporary { .. }
            | Self::WorkingDirectory(_)
            | Self::Write(_)
            | Self::File(_)
            | Self::ChangedMeanwhile { .. }
            | Self::ReadInput(_)
            | Self::Watch(_)
            | Self::Appendix(
                AppendixError::Io(_)
                | AppendixError::Deck(_)
                | AppendixError::Pack(_)
                | AppendixError::Kit(_),
            )
            | Self::Serve(_)
            | Self::Address { .. }
            | Self::Cache(StoreError::Io(_))
            | Self::Site(SiteError::Io(_)) => ExitCode::from(3),
            #[cfg(feature = "pdf")]
            Self::PdfWrite { .. } | Self::Pdf(exemplar_pdf::PdfError::Io(_)) => ExitCode::from(3),
            #[cfg(feature = "pdf")]
            Self::Pdf(_) => ExitCode::from(2),
            Self::Project(_)
            | Self::Cache(_)
            | Self::Discover(_)
            | Self::Read(_)
            | Self::Appendix(_)
            | Self::Site(_)
            | Self::BookSettings { .. }
            | Self::NoBook { .. }
            | Self::NothingToCheck { .. }
            | Self::NoExamples { .. }
            | Self::UnknownCode { .. }
            | Self::Baseline { .. }
            | Self::BadReport { .. }
            | Self::NothingToMerge
            | Self::MissingParts { .. }
            | Self::NotEmpty { .. }
            | Self::UnknownLab { .. }
            | Self::StandardInput
            | Self::NobodyToAsk
            | Self::FixStandardInput
            | Self::NoSummary => ExitCode::from(2),
        }
    }
}
