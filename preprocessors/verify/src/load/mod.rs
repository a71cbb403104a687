//! Reads what a run is about: the settings, the pages, and all that they include.
//!
//! - [`project`]: which folder, which book, which settings;
//! - [`environment`]: the settings of a book that stand in the environment;
//! - [`settings`]: what an author may set, and where;
//! - [`interpreter`]: the interpreter that a version stands for;
//! - [`mod@prelude`]: the files of Python that sessions begin with;
//! - [`summary`]: the chapters of a book;
//! - [`discover`]: the pages below given paths;
//! - [`files`]: files into memory, each once;
//! - [`mod@include`]: mdBook's directives, expanded with the origin of every byte.
//!
//! This is the only stage before `execute` that touches the disk, and nothing after it reads a source file again.

pub mod discover;
pub mod environment;
pub mod files;
pub mod include;
pub mod interpreter;
pub mod prelude;
pub mod project;
pub mod settings;
pub mod summary;
