//! Delays between attempts: exponential, with full jitter and a cap.
//!
//! Full jitter (a delay drawn evenly between zero and the bound) is what spreads a crowd that lost
//! the same server best: <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.

use core::time::Duration;

use crate::time::Instant;

/// How long to wait between attempts, and when to give up.
///
/// ```
/// use core::time::Duration;
/// use rejoin_proto::backoff::BackoffConfig;
///
/// let config = BackoffConfig::new().with_max(Duration::from_secs(5)).with_max_attempts(Some(10));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BackoffConfig {
    /// The bound of the first delay. Default 500 ms.
    pub initial: Duration,
    /// The bound that no delay exceeds. Default 15 s.
    pub max: Duration,
    /// What the bound is multiplied by at each attempt. Default 2; taken as 1 to 10, and what is not a number as 2.
    pub factor: f64,
    /// How long a connection must have held, as proved by an answer of the other side, before the
    /// next loss starts from `initial` again. Default 10 s.
    pub stable_after: Duration,
    /// How many attempts in a row may fail before giving up. Default `None`: never give up.
    pub max_attempts: Option<u32>,
}

impl BackoffConfig {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            initial: Duration::from_millis(500),
            max: Duration::from_secs(15),
            factor: 2.0,
            stable_after: Duration::from_secs(10),
            max_attempts: None,
        }
    }

    /// Sets the bound of the first delay.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_initial(mut self, initial: Duration) -> Self {
        self.initial = initial;
        self
    }

    /// Sets the bound of every delay.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_max(mut self, max: Duration) -> Self {
        self.max = max;
        self
    }

    /// Sets what the bound is multiplied by at each attempt.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// Sets how long a connection must have held to start over at its next loss.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_stable_after(mut self, stable_after: Duration) -> Self {
        self.stable_after = stable_after;
        self
    }

    /// Sets how many attempts in a row may fail; `None` never gives up.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_max_attempts(mut self, max_attempts: Option<u32>) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// The longest delay before the attempt after `failed` failed ones.
    pub fn bound(&self, failed: u32) -> Duration {
        let factor = if self.factor.is_nan() { 2.0 } else { self.factor.clamp(1.0, 10.0) };
        let exponent = i32::try_from(failed).unwrap_or(i32::MAX);
        // Kept finite, so that no initial delay stays no delay.
        duration(self.initial.as_secs_f64() * factor.powi(exponent).min(1e300)).min(self.max)
    }
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts attempts that failed in a row and gives the delay before the next.
///
/// Ask [`next_delay`](Self::next_delay) after each failure. Tell it of a connection by
/// [`handle_up`](Self::handle_up), of every proof that it lives by [`handle_alive`](Self::handle_alive)
/// and of its end by [`handle_down`](Self::handle_down): it starts over when a connection has held for
/// the stable time, not at the mere connection, so that a server that takes and drops us at once is not hammered.
#[derive(Debug, Clone)]
pub struct Backoff {
    config: BackoffConfig,
    failed: u32,
    up_since: Option<Instant>,
}

impl Backoff {
    /// Nothing has failed yet.
    pub const fn new(config: BackoffConfig) -> Self {
        Self { config, failed: 0, up_since: None }
    }

    /// How many attempts have failed since the last stable connection.
    pub const fn failed(&self) -> u32 {
        self.failed
    }

    /// The delay before the next attempt, counting the one that failed; `None` where the attempts are used up.
    ///
    /// `unit` is random, evenly drawn from 0 to 1 (what lies outside is taken as the nearer end).
    pub fn next_delay(&mut self, unit: f64) -> Option<Duration> {
        let bound = self.config.bound(self.failed);
        self.failed = self.failed.saturating_add(1);
        if self.config.max_attempts.is_some_and(|max| self.failed >= max.max(1)) {
            return None;
        }
        let unit = if unit.is_nan() { 0.0 } else { unit.clamp(0.0, 1.0) };
        Some(duration(bound.as_secs_f64() * unit).min(bound))
    }

    /// A connection is up.
    pub const fn handle_up(&mut self, now: Instant) {
        self.up_since = Some(now);
    }

    /// The other side has answered on the connection that is up.
    pub fn handle_alive(&mut self, now: Instant) {
        if self.up_since.is_some_and(|since| now - since >= self.config.stable_after) {
            self.failed = 0;
        }
    }

    /// The connection is lost.
    pub const fn handle_down(&mut self) {
        self.up_since = None;
    }

    /// Forgets the failures, as at the user's own word to try again.
    pub const fn reset(&mut self) {
        self.failed = 0;
        self.up_since = None;
    }
}

/// So many seconds, to the microsecond; `Duration::mul_f64` and `try_from_secs_f64` panic or fail where a huge number
/// overflows, here it is the longest that microseconds count (500,000 years).
fn duration(seconds: f64) -> Duration {
    // A float's `as` saturates.
    Duration::from_micros((seconds * 1e6) as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn the_bound_doubles_up_to_the_cap() {
        let mut backoff = Backoff::new(BackoffConfig::new());
        let delays: Vec<_> = (0..7).filter_map(|_| backoff.next_delay(1.0)).map(|delay| delay.as_millis()).collect();
        assert_eq!(delays, [500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    }

    #[test]
    fn the_delay_is_drawn_from_the_whole_range() {
        let draw = |unit| Backoff::new(BackoffConfig::new()).next_delay(unit);
        assert_eq!(draw(0.0), Some(Duration::ZERO));
        assert_eq!(draw(0.5), Some(Duration::from_millis(250)));
        assert_eq!(draw(f64::NAN), Some(Duration::ZERO));
        assert_eq!(draw(7.0), Some(Duration::from_millis(500)));
    }

    #[test]
    fn after_the_last_attempt_there_is_no_delay() {
        let mut backoff = Backoff::new(BackoffConfig::new().with_max_attempts(Some(3)));
        assert!(backoff.next_delay(0.5).is_some());
        assert!(backoff.next_delay(0.5).is_some());
        assert_eq!(backoff.next_delay(0.5), None);
        assert_eq!(backoff.failed(), 3);
    }

    #[test]
    fn a_connection_that_held_starts_over_and_a_short_one_does_not() {
        let mut backoff = Backoff::new(BackoffConfig::new());
        backoff.next_delay(0.5);
        backoff.next_delay(0.5);
        backoff.handle_up(at(0));
        backoff.handle_alive(at(9_999));
        assert_eq!(backoff.failed(), 2);
        backoff.handle_down();
        backoff.handle_alive(at(60_000));
        assert_eq!(backoff.failed(), 2);
        backoff.handle_up(at(60_000));
        backoff.handle_alive(at(70_000));
        assert_eq!(backoff.failed(), 0);
    }

    proptest! {
        #[test]
        fn no_delay_exceeds_its_bound_whatever_the_configuration(
            initial in any::<u64>(), max in any::<u64>(), factor in any::<f64>(), units in prop::collection::vec(any::<f64>(), 1..50),
        ) {
            let config = BackoffConfig::new()
                .with_initial(Duration::from_secs(initial))
                .with_max(Duration::from_secs(max))
                .with_factor(factor);
            let mut backoff = Backoff::new(config);
            for unit in units {
                let bound = config.bound(backoff.failed());
                let delay = backoff.next_delay(unit).unwrap();
                prop_assert!(delay <= bound && bound <= config.max);
            }
        }

        #[test]
        fn the_bound_never_shrinks(failed in any::<u32>(), initial in any::<u32>(), factor in any::<f64>()) {
            let config = BackoffConfig::new().with_initial(Duration::from_millis(initial.into())).with_factor(factor);
            prop_assert!(config.bound(failed) <= config.bound(failed.saturating_add(1)));
        }

        #[test]
        fn exactly_the_allowed_attempts_are_made(max in 1..100u32) {
            let mut backoff = Backoff::new(BackoffConfig::new().with_max_attempts(Some(max)));
            let waits = core::iter::from_fn(|| backoff.next_delay(0.1)).count();
            prop_assert_eq!(waits as u32 + 1, max);
        }
    }
}
