//! Who watches a run is told of each session as it ends.

use std::fmt;
use std::sync::Arc;

/// What happens in a run, in the order in which it happens. Sessions end in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The sessions begin.
    Begun {
        /// How many there are to run.
        sessions: usize,
    },
    /// A session ended.
    Ended {
        /// How many of its examples are not as the page says, consequences of others left out.
        failing: usize,
    },
    /// No further session will end.
    Over,
}

/// A function that is told; it is called from several threads, and delays them.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(Progress) + Send + Sync>);

impl Observer {
    /// Tells this function.
    pub fn new(told: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    /// Tells it.
    pub fn tell(&self, progress: Progress) {
        (self.0)(progress);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
