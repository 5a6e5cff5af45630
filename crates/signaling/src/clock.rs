//! The time the hub is told: counted from the Unix epoch, but never going back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rejoin_proto::time::Instant;

/// Reads the wall clock once and the monotonic clock from then on, so that one time serves for deadlines
/// within this process and for the expiry of tokens, which outlive it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: tokio::time::Instant,
    unix_at_start: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let unix_at_start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: tokio::time::Instant::now(), unix_at_start }
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::new(self.unix_at_start + self.started.elapsed())
    }

    /// The tokio instant of `at`, to sleep until.
    pub(crate) fn at(&self, at: Instant) -> tokio::time::Instant {
        self.started + at.since_origin().saturating_sub(self.unix_at_start)
    }
}
