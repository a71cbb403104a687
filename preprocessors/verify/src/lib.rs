//! Finds the Python examples of a book, runs them, checks what they print, and weaves the results back into the text.
//!
//! # Steps
//! 1. [`load`]: settings, pages and everything that they include, into memory;
//! 2. [`parse`]: fences, their attributes and their examples, with the place of every byte;
//! 3. [`plan`]: the sessions that will run;
//! 4. [`execute`]: runs them, through workers, in parallel;
//! 5. [`cache`]: keeps what they gave, so that nothing runs twice; what is asked first, before any of them runs;
//! 6. [`check`]: compares what they gave with what the pages say, of each session as it ends, while others run (`examine`);
//! 7. [`unstable`]: runs sessions again, to see which outputs change from run to run, where that is asked for;
//! 8. [`fix`]: brings stale outputs up to date, where that is asked for; [`reload`] gives it the pages as they would be then;
//! 9. [`report`]: the results in the form that people and programs read;
//! 10. [`weave`]: the verified pages, for a renderer.
//!
//! [`verify`](pipeline::verify) is the straight line through 2 to 7.
//!
//! Invariants: parsing never fails; `check` never calls Python; `parse`, `plan` and `check` do no input or output; later stages never
//! change what earlier ones made. Diagnostics are collected and tool failures are typed errors.

pub mod cache;
pub mod check;
mod examine;
pub mod execute;
pub mod fix;
mod heap;
pub mod load;
pub mod parse;
pub mod pipeline;
pub mod plan;
pub mod prepare;
pub mod reload;
pub mod report;
pub mod spelling;
pub mod teaching;
pub mod unstable;
pub mod weave;
