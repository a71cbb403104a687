//! The commands, each a straight line through the stages.

mod book;
pub(crate) mod build;
pub(crate) mod cache;
mod changes;
pub(crate) mod check;
pub(crate) mod explain;
pub(crate) mod fix;
pub(crate) mod init;
pub(crate) mod lab;
pub(crate) mod list;
pub(crate) mod merge;
pub(crate) mod new;
mod pages;
#[cfg(feature = "pdf")]
mod pictures;
#[cfg(feature = "pdf")]
mod provenance;
mod published;
pub(crate) mod serve;
pub(crate) mod shell;
mod strictness;
#[cfg(feature = "pdf")]
mod typeset;
mod watch;

use std::path::PathBuf;

use crate::failure::Failure;

/// The working directory: paths are shown relative to it.
fn working_directory() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(Failure::WorkingDirectory)
}
