//! Whole command lines over small real books.
//!
//! Each folder of `tests/cases` is a test: `case.toml` says what is run, `in/` holds the files (copied to a temporary folder first), and
//! `stdout.txt`, `stderr.txt` and `report.json` hold what must come out; `out/` holds files that must be there afterwards, where a case
//! names some. `SNAPSHOTS=overwrite cargo test` writes them anew; read the difference before you commit it. What can't be written as a
//! case stands in a module of its own.

#![expect(clippy::unwrap_used, reason = "a failing test should stop where it fails")]
#![expect(clippy::print_stdout, reason = "what a case printed is shown when it fails")]

mod bad_input;
mod book;
mod build;
mod cache;
mod case;
mod ci;
mod codes;
mod confinement;
mod determinism;
mod docs;
mod faults;
mod fix;
mod inputs;
mod interrupt;
mod options;
mod ordinary_user;
mod page;
#[cfg(feature = "pdf")]
mod pdf;
mod reader;
mod recipes;
mod remote;
mod reports;
mod run;
mod schema;
mod second_host;
mod serve;
mod spans;
mod stock_mdbook;
mod teaching;
mod theme;
mod tidy;
mod watch;
