//! The page's monotonic clock.

use core::time::Duration;
use rejoin_proto::time::Instant;

use super::sys;

/// Now, counted from the page's time origin (`performance.now()`).
pub(crate) fn now() -> Instant {
    Instant::new(Duration::from_secs_f64((sys::performance_now() / 1000.0).max(0.0)))
}
