//! How far a run is: a bar on a terminal's standard error, and nothing anywhere else.
//!
//! It goes when the last session ended, before anything is reported, and also when the run is interrupted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use exemplar_verify::execute::{Observer, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::event::counted;

/// How often it is drawn when nothing happens, so that its clock goes on.
const TICK: Duration = Duration::from_millis(200);

/// Draws a bar; none where nobody would see it as one.
pub(crate) fn bar() -> Option<Observer> {
    let target = ProgressDrawTarget::stderr();
    let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    if target.is_hidden() || dumb {
        return None;
    }
    let bar = ProgressBar::with_draw_target(None, target);
    // The template is ours and well-formed; were it not, the plain style would do.
    if let Ok(style) =
        ProgressStyle::with_template("{bar:24.green/dim} {pos}/{len} sessions{msg:.red.bold}  {elapsed}")
    {
        bar.set_style(style.progress_chars("━╸─"));
    }
    let failing = AtomicUsize::new(0);
    Some(Observer::new(move |progress| match progress {
        Progress::Begun { sessions } => {
            bar.set_length(u64::try_from(sessions).unwrap_or(u64::MAX));
            bar.set_message("");
            bar.reset();
            failing.store(0, Ordering::Relaxed);
            bar.enable_steady_tick(TICK);
        }
        Progress::Ended { failing: more } => {
            let failing = failing.fetch_add(more, Ordering::Relaxed) + more;
            if failing > 0 {
                bar.set_message(format!("  {}", counted(failing, "failure", "failures")));
            }
            bar.inc(1);
        }
        Progress::Over => bar.finish_and_clear(),
    }))
}
