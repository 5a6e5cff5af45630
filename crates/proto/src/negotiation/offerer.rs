//! The side that offers.
//!
//! ```text
//!              want                local description            answer
//!   stable ------------> offering ------------------> waiting ----------> applying
//!     ^                                                                      |
//!     +----------------------------------------------------------------------+
//!                     remote description set; again, where more is wanted
//! ```

use crate::link::{IceRestart, Need};

/// The rounds of one connection, seen by the side that offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offerer {
    state: State,
    /// Another round is wanted after this one.
    again: bool,
    /// What the last offer had room for.
    offered: Need,
    /// The next offer restarts ICE.
    restart: IceRestart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is under way.
    Stable,
    /// The browser makes the offer.
    Offering,
    /// The offer is with the other side (`have-local-offer`).
    Waiting,
    /// The browser takes the answer.
    Applying,
}

/// It has no place in this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unexpected;

/// Make an offer with room for this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the machine waits for the offer"]
pub(crate) struct MakeOffer(pub(crate) Need);

impl Offerer {
    /// The first round begins with the connection.
    pub(crate) const fn new(need: Need) -> (Self, MakeOffer) {
        (Self { state: State::Offering, again: false, offered: need, restart: IceRestart::No }, MakeOffer(need))
    }

    pub(crate) const fn is_stable(&self) -> bool {
        matches!(self.state, State::Stable)
    }

    /// The other side wants to send `need`; `round`: it asks for a round whether there is room for that or not.
    pub(crate) fn handle_need(&mut self, need: Need, round: bool) -> Option<MakeOffer> {
        if round || !need.is_met_by(self.offered) { self.want(need) } else { None }
    }

    /// ICE is to be restarted, by the next offer there can be.
    pub(crate) fn handle_restart(&mut self, need: Need, restart: IceRestart) -> Option<MakeOffer> {
        self.restart = restart;
        self.want(need)
    }

    /// What the offer that is made now does with ICE.
    pub(crate) const fn take_restart(&mut self) -> IceRestart {
        core::mem::replace(&mut self.restart, IceRestart::No)
    }

    /// `negotiationneeded`
    pub(crate) fn handle_negotiation_needed(&mut self, need: Need) -> Option<MakeOffer> {
        match self.state {
            // What changed is in the offer that is being made, or the browser says it again when that is settled
            // (https://www.w3.org/TR/webrtc/#dfn-update-the-negotiation-needed-flag).
            State::Offering => None,
            State::Stable | State::Waiting | State::Applying => self.want(need),
        }
    }

    /// offering --the browser made the offer--> waiting
    pub(crate) fn handle_local_description(&mut self) -> Result<(), Unexpected> {
        self.step(State::Offering, State::Waiting)
    }

    /// waiting --answer--> applying
    pub(crate) fn handle_answer(&mut self) -> Result<(), Unexpected> {
        self.step(State::Waiting, State::Applying)
    }

    /// applying --the browser took the answer--> stable
    pub(crate) fn handle_remote_description_set(&mut self, need: Need) -> Result<Option<MakeOffer>, Unexpected> {
        self.step(State::Applying, State::Stable)?;
        Ok(if core::mem::take(&mut self.again) { self.want(need) } else { None })
    }

    fn want(&mut self, need: Need) -> Option<MakeOffer> {
        if self.is_stable() {
            self.state = State::Offering;
            self.offered = need;
            Some(MakeOffer(need))
        } else {
            self.again = true;
            None
        }
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

    const VIDEO: Need = Need::new(0, 1);

    fn stable() -> Offerer {
        let (mut offerer, _) = Offerer::new(Need::default());
        offerer.handle_local_description().unwrap();
        offerer.handle_answer().unwrap();
        assert_eq!(offerer.handle_remote_description_set(Need::default()), Ok(None));
        assert!(offerer.is_stable());
        offerer
    }

    #[test]
    fn a_round_goes_from_stable_to_stable() {
        let mut offerer = stable();
        assert_eq!(offerer.handle_negotiation_needed(VIDEO), Some(MakeOffer(VIDEO)));
        assert!(!offerer.is_stable());
        assert_eq!(offerer.handle_local_description(), Ok(()));
        assert_eq!(offerer.handle_answer(), Ok(()));
        assert_eq!(offerer.handle_remote_description_set(VIDEO), Ok(None));
    }

    #[test]
    fn what_is_wanted_in_a_round_is_offered_after_it_once() {
        let mut offerer = stable();
        assert!(offerer.handle_need(VIDEO, false).is_some());
        offerer.handle_local_description().unwrap();
        assert_eq!(offerer.handle_negotiation_needed(VIDEO), None);
        offerer.handle_answer().unwrap();
        assert_eq!(offerer.handle_need(Need::new(1, 1), false), None);
        let next = Need::new(1, 1);
        assert_eq!(offerer.handle_remote_description_set(next), Ok(Some(MakeOffer(next))));
        offerer.handle_local_description().unwrap();
        offerer.handle_answer().unwrap();
        assert_eq!(offerer.handle_remote_description_set(next), Ok(None));
    }

    #[test]
    fn a_change_while_the_offer_is_made_is_left_to_the_browser() {
        let (mut offerer, _) = Offerer::new(Need::default());
        assert_eq!(offerer.handle_negotiation_needed(Need::default()), None);
        offerer.handle_local_description().unwrap();
        offerer.handle_answer().unwrap();
        assert_eq!(offerer.handle_remote_description_set(Need::default()), Ok(None));
    }

    #[test]
    fn a_need_there_is_room_for_makes_a_round_only_where_one_is_asked_for() {
        let mut offerer = stable();
        assert_eq!(offerer.handle_need(Need::default(), false), None);
        assert_eq!(offerer.handle_need(Need::default(), true), Some(MakeOffer(Need::default())));
    }

    #[test]
    fn what_comes_out_of_turn_is_refused() {
        let mut offerer = stable();
        assert_eq!(offerer.handle_local_description(), Err(Unexpected));
        assert_eq!(offerer.handle_answer(), Err(Unexpected));
        assert_eq!(offerer.handle_remote_description_set(VIDEO), Err(Unexpected));
        let (mut offerer, _) = Offerer::new(VIDEO);
        assert_eq!(offerer.handle_answer(), Err(Unexpected));
    }
}
