//! Points in time as an argument: the shell reads its clock, the machines only compare.

use core::ops::{Add, Sub};
use core::time::Duration;

/// A point in time, counted from an origin of the shell's choice (in a browser: the page's time origin).
///
/// One number of nanoseconds, good for 500 years: sums and comparisons of [`Duration`] are each several times the code,
/// and a machine is full of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Instant(u64);

impl Instant {
    /// The point `since_origin` after the origin.
    pub fn new(since_origin: Duration) -> Self {
        Self(0) + since_origin
    }

    /// The point `ms` milliseconds after the origin.
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms.saturating_mul(1_000_000))
    }

    /// How long after the origin this is.
    pub const fn since_origin(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// How long after `earlier` this is; zero where it is not later.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    #[inline(never)]
    fn add(self, after: Duration) -> Self {
        // What does not fit is as good as never.
        let seconds = after.as_secs().min(u64::MAX / NANOS - 1);
        Self(self.0.saturating_add(seconds * NANOS + u64::from(after.subsec_nanos())))
    }
}

impl Sub for Instant {
    type Output = Duration;

    #[inline(never)]
    fn sub(self, earlier: Self) -> Duration {
        self.saturating_since(earlier)
    }
}

const NANOS: u64 = 1_000_000_000;
