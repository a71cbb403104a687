//! What is wrong with a book beside its examples, found before anything is run and told with it: links that lead nowhere, images that
//! are not there, pages that no reader reaches, and settings of the site that mdBook would pass over without a word.
//!
//! A guess never fails a book: what can't be decided from the sources (whatever other preprocessors make) passes. Links into generated chapters wait until those are there.

mod anchors;
mod links;
mod options;
mod orphans;
#[cfg(test)]
mod tests;

pub use self::links::{Targets, generated_links};
pub use self::options::options;
pub use self::orphans::orphans;
