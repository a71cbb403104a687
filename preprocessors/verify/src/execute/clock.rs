//! The clock that both sides of a session go by: what the driver notes as the start of a step is compared with it.

use std::time::Duration;

use rustix::event::Timespec;
use rustix::time::{ClockId, clock_gettime};

/// How long to wait for that time, as `poll` takes it: a little longer, so that it has come.
pub(super) fn until(deadline: Duration) -> Timespec {
    let left = deadline.saturating_sub(now()) + Duration::from_millis(1);
    Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    }
}

/// The monotonic time.
pub(super) fn now() -> Duration {
    let time = clock_gettime(ClockId::Monotonic);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}
