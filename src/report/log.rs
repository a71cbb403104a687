//! What is said beside the results: by the stages, and by mdBook's crates, through `tracing`.
//!
//! It looks like all else that people are told. Who sets `EXEMPLAR_LOG` also wants to know where it comes from.

use std::fmt;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::human::{BAD, LOUD, standard_error_is_coloured};

/// The environment variable that says how much is told of what, such as `debug` or `exemplar_verify=trace`.
const VARIABLE: &str = "EXEMPLAR_LOG";

/// Tells it from now on, on standard error.
pub(crate) fn begin() {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(standard_error_is_coloured());
    match EnvFilter::try_from_env(VARIABLE) {
        Ok(filter) => log.with_env_filter(filter).without_time().init(),
        Err(_) => log.with_env_filter("warn").event_format(ForPeople).init(),
    }
}

struct ForPeople;

impl<S, N> FormatEvent<S, N> for ForPeople
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (style, word) = match *event.metadata().level() {
            Level::ERROR => (BAD, "error"),
            _ => (LOUD, "warning"),
        };
        if writer.has_ansi_escapes() {
            write!(writer, "{style}{word}{style:#}: ")?;
        } else {
            write!(writer, "{word}: ")?;
        }
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
