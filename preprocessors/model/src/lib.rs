//! The vocabulary that all stages of Exemplar share: plain owned data, in the order of the data's way.
//!
//! - [`source`]: files in memory, spans into them, and expanded text with its provenance;
//! - [`diagnostic`]: what an author is told about a place in a file;
//! - [`fence`]: a Python fence as parsed, with its attributes and its examples;
//! - [`environment`]: what an interpreter says of itself and of its packages;
//! - [`teaching`]: interview questions, cheat sheets, gotchas, labs, quizzes and terms;
//! - [`lab`]: the parts of labs, and what is to be proved of them;
//! - [`plan`]: the sessions that will run, and their steps;
//! - [`protocol`]: what `exemplar` and its worker say to each other;
//! - [`quantity`]: times and sizes as authors write them;
//! - [`outcome`]: what running a step really gave;
//! - [`report`]: the results in the form that people and programs read.
//!
//! Deliberately absent: input and output, Markdown, and Python. This crate can't fail on a missing file because it opens none.

pub mod anchor;
pub mod diagnostic;
pub mod environment;
pub mod fence;
pub mod flags;
pub mod lab;
pub mod outcome;
pub mod pdf;
pub mod plan;
pub mod protocol;
pub mod quantity;
pub mod remote;
pub mod report;
pub mod source;
pub mod teaching;
