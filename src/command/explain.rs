//! `exemplar explain`.

use crate::arguments::ExplainArguments;
use crate::codes;
use crate::failure::{Failure, Verdict};
use crate::report::{explain, told};

/// Prints what a code means, or which codes there are.
pub(crate) fn run(arguments: &ExplainArguments) -> Result<Verdict, Failure> {
    told(match &arguments.code {
        Some(name) => explain::code(codes::named(name)?),
        None => explain::list(),
    })?;
    Ok(Verdict::Verified)
}
