//! How fast a client may speak: a token bucket.

use std::time::Duration;

use rejoin_proto::time::Instant;

/// Every so many bytes of a message, one more token.
///
/// So the bucket bounds the bytes a client can put into the queues of others as well.
const BYTES_PER_TOKEN: usize = 4 * 1024;

/// A bucket of `burst` tokens that gains `per_second` of them; a message takes one, and one more for every
/// whole 4 KiB.
#[derive(Debug)]
pub(crate) struct Bucket {
    tokens: f64,
    burst: f64,
    per_second: f64,
    filled: Instant,
}

impl Bucket {
    pub(crate) fn full(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst);
        Self { tokens: burst, burst, per_second: f64::from(per_second), filled: now }
    }

    /// Takes the tokens for a message of `bytes`; where there are too few, says when there will be.
    pub(crate) fn take(&mut self, bytes: usize, now: Instant) -> Result<(), Duration> {
        let gained = now.saturating_since(self.filled).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.burst);
        self.filled = now;
        let extra = u32::try_from(bytes / BYTES_PER_TOKEN).unwrap_or(u32::MAX);
        // One message alone never exceeds the bucket, however small that is configured.
        let cost = (1.0 + f64::from(extra)).min(self.burst);
        if self.tokens >= cost {
            self.tokens -= cost;
            return Ok(());
        }
        let seconds = (cost - self.tokens) / self.per_second;
        Err(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let mut bucket = Bucket::full(10, 3, at(0));
        for _ in 0..3 {
            assert_eq!(bucket.take(10, at(0)), Ok(()));
        }
        assert_eq!(bucket.take(10, at(0)), Err(Duration::from_millis(100)));
        assert_eq!(bucket.take(10, at(100)), Ok(()));
        assert!(bucket.take(10, at(150)).is_err());
    }

    #[test]
    fn an_idle_bucket_gains_no_more_than_a_burst() {
        let mut bucket = Bucket::full(10, 3, at(0));
        for _ in 0..3 {
            assert_eq!(bucket.take(0, at(60_000)), Ok(()));
        }
        assert!(bucket.take(0, at(60_000)).is_err());
    }

    #[test]
    fn a_large_message_costs_more_but_never_more_than_the_bucket_holds() {
        let mut bucket = Bucket::full(10, 20, at(0));
        assert_eq!(bucket.take(64 * 1024, at(0)), Ok(()));
        assert!(bucket.take(64 * 1024, at(0)).is_err());
        assert_eq!(bucket.take(1024 * 1024, at(2_000)), Ok(()));
    }

    #[test]
    fn time_that_goes_back_gives_nothing_and_breaks_nothing() {
        let mut bucket = Bucket::full(10, 1, at(1_000));
        assert_eq!(bucket.take(0, at(500)), Ok(()));
        assert!(bucket.take(0, at(0)).is_err());
    }
}
