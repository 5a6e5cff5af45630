//! The side that answers, and asks where it would offer.
//!
//! ```text
//!           offer            remote description set             local description
//!   idle ----------> applying ----------------------> answering -----------------> idle
//! ```

use super::offerer::Unexpected;

/// The rounds of one connection, seen by the side that answers. It is made by the first offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answerer {
    state: State,
    /// A round was asked for, and no offer has come since.
    asked: bool,
    /// A round is to be asked for when this one is over.
    again: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is under way.
    Idle,
    /// The browser takes the offer.
    Applying,
    /// The browser makes the answer.
    Answering,
}

impl Answerer {
    /// idle --the first offer--> applying
    pub(crate) const fn new() -> Self {
        Self { state: State::Applying, asked: false, again: false }
    }

    pub(crate) const fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// idle --offer--> applying
    pub(crate) fn handle_offer(&mut self) -> Result<(), Unexpected> {
        self.step(State::Idle, State::Applying)?;
        self.asked = false;
        Ok(())
    }

    /// applying --the browser took the offer--> answering
    pub(crate) fn handle_remote_description_set(&mut self) -> Result<(), Unexpected> {
        self.step(State::Applying, State::Answering)
    }

    /// answering --the browser made the answer--> idle; says whether to ask for another round.
    pub(crate) fn handle_local_description(&mut self) -> Result<bool, Unexpected> {
        self.step(State::Answering, State::Idle)?;
        let again = core::mem::take(&mut self.again);
        Ok(again && self.ask())
    }

    /// `negotiationneeded`; says whether to ask for a round.
    pub(crate) fn handle_negotiation_needed(&mut self) -> bool {
        match self.state {
            State::Idle => self.ask(),
            // The answer may settle it, and the browser says it again if it does not
            // (https://www.w3.org/TR/webrtc/#dfn-update-the-negotiation-needed-flag).
            State::Applying => false,
            State::Answering => {
                self.again = true;
                false
            }
        }
    }

    /// A round was asked for by other means.
    pub(crate) const fn handle_asked(&mut self) {
        self.asked = true;
    }

    fn ask(&mut self) -> bool {
        !core::mem::replace(&mut self.asked, true)
    }

    fn step(&mut self, from: State, to: State) -> Result<(), Unexpected> {
        if self.state != from {
            return Err(Unexpected);
        }
        self.state = to;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle() -> Answerer {
        let mut answerer = Answerer::new();
        answerer.handle_remote_description_set().unwrap();
        assert_eq!(answerer.handle_local_description(), Ok(false));
        answerer
    }

    #[test]
    fn a_round_goes_from_idle_to_idle() {
        let mut answerer = idle();
        assert_eq!(answerer.handle_offer(), Ok(()));
        assert_eq!(answerer.handle_remote_description_set(), Ok(()));
        assert_eq!(answerer.handle_local_description(), Ok(false));
    }

    #[test]
    fn a_round_is_asked_for_once_until_an_offer_comes() {
        let mut answerer = idle();
        assert!(answerer.handle_negotiation_needed());
        assert!(!answerer.handle_negotiation_needed());
        answerer.handle_offer().unwrap();
        answerer.handle_remote_description_set().unwrap();
        answerer.handle_local_description().unwrap();
        assert!(answerer.handle_negotiation_needed());
    }

    #[test]
    fn what_was_asked_for_by_other_means_is_not_asked_for_again() {
        let mut answerer = idle();
        answerer.handle_asked();
        assert!(!answerer.handle_negotiation_needed());
    }

    #[test]
    fn a_change_while_the_offer_is_taken_is_left_to_the_browser() {
        let mut answerer = Answerer::new();
        assert!(!answerer.handle_negotiation_needed());
        answerer.handle_remote_description_set().unwrap();
        assert_eq!(answerer.handle_local_description(), Ok(false));
    }

    #[test]
    fn a_change_while_the_answer_is_made_is_asked_for_after_it() {
        let mut answerer = Answerer::new();
        answerer.handle_remote_description_set().unwrap();
        assert!(!answerer.handle_negotiation_needed());
        assert_eq!(answerer.handle_local_description(), Ok(true));
        assert!(!answerer.handle_negotiation_needed());
    }

    #[test]
    fn what_comes_out_of_turn_is_refused() {
        let mut answerer = Answerer::new();
        assert_eq!(answerer.handle_offer(), Err(Unexpected));
        assert_eq!(answerer.handle_local_description(), Err(Unexpected));
        let mut answerer = idle();
        assert_eq!(answerer.handle_remote_description_set(), Err(Unexpected));
        assert_eq!(answerer.handle_local_description(), Err(Unexpected));
    }
}
