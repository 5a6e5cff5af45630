//! A span of time that passes only while it may.

use core::time::Duration;

use crate::time::Instant;

/// A deadline that stands still while the other side cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Countdown {
    left: Duration,
    running: Option<Instant>,
}

impl Countdown {
    pub(super) fn new(left: Duration, running: bool, now: Instant) -> Self {
        Self { left, running: running.then_some(now) }
    }

    pub(super) fn set_running(&mut self, running: bool, now: Instant) {
        if let Some(since) = self.running.take() {
            self.left = self.left.saturating_sub(now - since);
        }
        self.running = running.then_some(now);
    }

    /// When it ends; `None` while it stands still.
    pub(super) fn ends(&self) -> Option<Instant> {
        self.running.map(|since| since + self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_counts_only_while_it_runs() {
        let at = Instant::from_millis;
        let mut countdown = Countdown::new(Duration::from_millis(100), true, at(0));
        assert_eq!(countdown.ends(), Some(at(100)));
        countdown.set_running(false, at(30));
        assert_eq!(countdown.ends(), None);
        countdown.set_running(false, at(500));
        countdown.set_running(true, at(1000));
        assert_eq!(countdown.ends(), Some(at(1070)));
        countdown.set_running(true, at(1060));
        assert_eq!(countdown.ends(), Some(at(1070)));
        countdown.set_running(true, at(2000));
        assert_eq!(countdown.ends(), Some(at(2000)));
    }
}
