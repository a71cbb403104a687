//! `exemplar`: proofs a programming book.
//!
//! This crate is the command line, the reports, and the order in which the stages run; it is the only place that prints. The stages
//! themselves are in `preprocessors/` and `renderers/`, and `ARCHITECTURE.md` has the map.
//!
//! # Steps
//! 1. [`arguments`]: what the user asks;
//! 2. [`command`]: `check`, `fix`, `build` and the others, each a straight line through the stages;
//! 3. [`report`]: what is printed;
//! 4. [`codes`]: what each finding means;
//! 5. [`partition`], [`baseline`], [`coverage`], [`merge`]: what CI asks for beside the results;
//! 6. [`failure`]: the exit code; [`atomic`]: files that must not be lost.

mod arguments;
mod assets;
mod atomic;
mod baseline;
mod codes;
mod command;
mod coverage;
mod failure;
mod merge;
mod partition;
mod report;

use std::process::ExitCode;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::read();
    report::log::begin();
    let done = match &arguments.command {
        Command::Check(check) => command::check::run(check),
        Command::Fix(fix) => command::fix::run(fix),
        Command::List(list) => command::list::run(list),
        Command::Explain(explain) => command::explain::run(explain),
        Command::New(new) => command::new::run(new),
        Command::Lab(lab) => command::lab::run(lab),
        Command::Init(init) => command::init::run(init),
        Command::Merge(merge) => command::merge::run(merge),
        Command::Completions(completions) => command::shell::completions(completions),
        Command::Man(man) => command::shell::man(man),
        Command::Serve(serve) => command::serve::run(serve),
        Command::Clean(clean) => command::cache::clean(clean),
        Command::Build(build) => command::build::run(build),
    };
    match done {
        Ok(verdict) => verdict.into(),
        Err(failure) => {
            report::human::failure(&failure);
            failure.exit_code()
        }
    }
}
