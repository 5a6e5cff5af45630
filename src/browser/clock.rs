//! The page's monotonic clock.

use core::time::Duration;
use rejoin_proto::time::Instant;

use super::sys;

/// Now, counted from the page's time origin (`performance.now()`).
pub(crate) fn now() -> Instant {
    // To the microsecond; browsers tell no more than five of them.
    Instant::new(Duration::from_micros((sys::performance_now() * 1000.0) as u64))
}
