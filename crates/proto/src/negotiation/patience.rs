//! How often in a row a browser gets a round that nobody but the browser asks for.
//!
//! One whose `negotiationneeded` no round can settle would go round without end.

use core::time::Duration;

use crate::time::Instant;

/// The rounds of one connection that its browser asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Patience {
    /// How many came one right after the other.
    rounds: u8,
    /// When the last description was set, whoever asked for its round.
    last: Option<Instant>,
    /// One was refused since the last change.
    refused: bool,
}

/// So many rounds in a row: a change that a person makes takes one or two.
pub(crate) const MAX_ROUNDS: u8 = 10;

/// A browser that was content for so long asks for something new.
const QUIET: Duration = Duration::from_secs(1);

impl Patience {
    /// A description is set.
    pub(crate) const fn handle_description(&mut self, now: Instant) {
        self.last = Some(now);
    }

    /// `negotiationneeded`, with no round under way or in the middle of one; says whether to heed it.
    pub(crate) fn handle_negotiation_needed(&mut self, under_way: bool, now: Instant) -> bool {
        if !under_way && self.last.is_some_and(|last| now - last >= QUIET) {
            self.rounds = 0;
        }
        self.refused = self.rounds >= MAX_ROUNDS;
        if !self.refused {
            self.rounds += 1;
        }
        !self.refused
    }

    /// What is sent has changed. Says whether a round was refused, which may be needed now: the browser says
    /// `negotiationneeded` only once until a round is made.
    pub(crate) fn handle_change(&mut self) -> bool {
        self.rounds = 0;
        core::mem::take(&mut self.refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    fn spent() -> Patience {
        let mut patience = Patience::default();
        for _ in 0..MAX_ROUNDS {
            assert!(patience.handle_negotiation_needed(false, at(0)));
            patience.handle_description(at(0));
        }
        patience
    }

    #[test]
    fn a_browser_that_is_never_content_is_left_until_something_changes() {
        let mut patience = spent();
        assert!(!patience.handle_negotiation_needed(false, at(999)));
        assert!(patience.handle_change());
        assert!(patience.handle_negotiation_needed(false, at(999)));
    }

    #[test]
    fn a_change_makes_up_only_for_what_was_refused() {
        let mut patience = spent();
        assert!(!patience.handle_change());
        assert!(patience.handle_negotiation_needed(false, at(1)));
        assert!(!patience.handle_change());
    }

    #[test]
    fn a_browser_that_was_content_for_a_while_begins_anew() {
        let mut patience = spent();
        assert!(patience.handle_negotiation_needed(false, at(1_000)));
    }

    #[test]
    fn the_time_a_round_takes_is_not_time_without_one() {
        let mut patience = spent();
        assert!(!patience.handle_negotiation_needed(true, at(5_000)));
    }
}
