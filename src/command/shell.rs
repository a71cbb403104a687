//! `exemplar completions` and `exemplar man`: what a package installs beside the programs.

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionsArguments, ManArguments};
use crate::failure::{Failure, Verdict};
use crate::report::{human, shell, told};

/// Prints the completions of a shell.
pub(crate) fn completions(arguments: &CompletionsArguments) -> Result<Verdict, Failure> {
    told(shell::completions(Arguments::command(), arguments.shell))?;
    Ok(Verdict::Verified)
}

/// Writes a man page for the program and one for each command.
pub(crate) fn man(arguments: &ManArguments) -> Result<Verdict, Failure> {
    let folder = &arguments.folder;
    fs_err::create_dir_all(folder).map_err(Failure::File)?;
    clap_mangen::generate_to(Arguments::command(), folder).map_err(Failure::File)?;
    human::note(&format!("the man pages are in {}", folder.display()));
    Ok(Verdict::Verified)
}
