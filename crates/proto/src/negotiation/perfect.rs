//! [Perfect negotiation](https://www.w3.org/TR/webrtc/#perfect-negotiation-example), for peers that are not rejoin:
//! either side may offer at any time; where both do, the polite side gives way.
//!
//! ```text
//!            negotiationneeded        made                 answer              set
//!   stable ───────────────> offering ──────> have-offer ────────> applying-answer ──> stable
//!     │ offer                  │ offer, polite   │ offer, polite
//!     └───────────────────────>┴────────────────>┴───> applying-offer ──set──> answering ──made──> stable
//! ```
//!
//! Where this leaves the example:
//! - A first offer is never rolled back: that wedges Chromium about half the time (`iceGatheringState` stays
//!   `gathering` and nothing ever comes). The polite side has told nobody anything yet that counts, so it makes a
//!   new connection and answers on that.
//! - Candidates wait for the description with their ufrag, and those of an ignored offer are dropped by the next.
//! - An answer that the browser refuses is rolled back and offered anew, a few times.
//! - What cannot be mended ends in [`PerfectOutput::Failed`]: with a peer that is not rejoin only its owner can make
//!   a new connection, for both sides.

use std::collections::VecDeque;

use crate::ice::{CandidateQueue, IceCandidate, Queued};
use crate::id::Epoch;
use crate::link::{Action, BrowserEvent, SdpType, SessionDescription};
use crate::sdp::Sdp;

use super::foreign::Message;

/// Which side gives way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Politeness {
    /// This side gives way.
    Polite,
    /// The other side gives way.
    Impolite,
}

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PerfectOutput {
    /// Hand this to the other side; it must arrive, in order.
    Send(Message),
    /// Make an RTCPeerConnection with the tracks and channels of this side; the one before it was closed.
    Open {
        /// Its number.
        epoch: Epoch,
    },
    /// Call `setLocalDescription()`; answer with [`BrowserEvent::LocalDescription`].
    SetLocalDescription {
        /// On this connection.
        epoch: Epoch,
    },
    /// Call `setRemoteDescription()`; answer with [`BrowserEvent::RemoteDescriptionSet`].
    SetRemoteDescription {
        /// On this connection.
        epoch: Epoch,
        /// What the other side sent.
        description: SessionDescription,
    },
    /// Call `addIceCandidate()`.
    AddCandidate {
        /// On this connection.
        epoch: Epoch,
        /// What the other side found; `None` is the end of them.
        candidate: Option<IceCandidate>,
    },
    /// Call `setLocalDescription({type: "rollback"})`.
    Rollback {
        /// On this connection.
        epoch: Epoch,
    },
    /// Close the connection.
    Close {
        /// This one.
        epoch: Epoch,
    },
    /// The browser refused what has to be: make a new connection on both sides.
    Failed {
        /// On this connection.
        epoch: Epoch,
        /// What was refused.
        action: Action,
        /// The browser's words.
        error: String,
    },
}

/// What was dropped or ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PerfectCounters {
    /// Offers of the other side that gave way to ours.
    pub ignored_offers: u32,
    /// Offers of ours that gave way.
    pub yielded_offers: u32,
    /// Descriptions and browser events that have no place in the state they came in.
    pub unexpected: u32,
    /// Candidates dropped.
    pub candidates_dropped: u32,
}

/// One connection with a peer that is not rejoin. The contract is that of [`crate::link::Link`], without time.
#[derive(Debug)]
pub struct Perfect {
    politeness: Politeness,
    state: State,
    epoch: Epoch,
    /// A description of each side has been agreed on at least once.
    settled: bool,
    /// Another round is wanted after this one.
    again: bool,
    /// An offer that came in the middle of a round that it does not collide with.
    pending: Option<SessionDescription>,
    refused_answers: u8,
    candidates: CandidateQueue,
    applying: Vec<String>,
    outputs: VecDeque<PerfectOutput>,
    counters: PerfectCounters,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Stable,
    Offering,
    HaveOffer,
    ApplyingAnswer,
    ApplyingOffer,
    Answering,
    Failed,
}

/// How many answers in a row the browser may refuse.
const MAX_REFUSED_ANSWERS: u8 = 3;

impl Perfect {
    /// Opens the connection; offers follow `negotiationneeded`.
    pub fn new(politeness: Politeness) -> Self {
        let mut perfect = Self {
            politeness,
            state: State::Stable,
            epoch: Epoch::NONE,
            settled: false,
            again: false,
            pending: None,
            refused_answers: 0,
            candidates: CandidateQueue::new(),
            applying: Vec::new(),
            outputs: VecDeque::new(),
            counters: PerfectCounters::default(),
        };
        perfect.open();
        perfect
    }

    /// The other side says this.
    pub fn handle_message(&mut self, message: Message) {
        match message {
            Message::Description(description) => match description.kind {
                SdpType::Offer => self.offer(description),
                SdpType::Answer if self.state == State::HaveOffer => {
                    self.state = State::ApplyingAnswer;
                    self.apply(description);
                }
                // The answer to an offer that has given way, or nothing we know.
                SdpType::Answer | SdpType::Pranswer | SdpType::Rollback => self.unexpected(),
            },
            Message::Candidate(candidate) => match self.candidates.push(candidate) {
                Queued::Ready(candidate) => {
                    self.outputs.push_back(PerfectOutput::AddCandidate { epoch: self.epoch, candidate });
                }
                Queued::Waiting => {}
                Queued::Dropped => self.count_candidates(1),
            },
        }
    }

    /// The connection of `epoch` did this.
    pub fn handle_browser(&mut self, epoch: Epoch, event: BrowserEvent) {
        if epoch != self.epoch {
            return;
        }
        match event {
            BrowserEvent::NegotiationNeeded => self.negotiation_needed(),
            BrowserEvent::LocalDescription(description) => self.local_description(description),
            BrowserEvent::RemoteDescriptionSet => self.remote_description_set(),
            BrowserEvent::Candidate(candidate) => self.send(Message::Candidate(candidate)),
            BrowserEvent::ActionFailed { action, error } => self.action_failed(action, error),
            // Whether the connection is any good is for its owner to judge.
            BrowserEvent::ConnectionState(_) | BrowserEvent::InternalChannel(_) => {}
        }
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<PerfectOutput> {
        self.outputs.pop_front()
    }

    /// The number of the connection.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// What was dropped or ignored.
    pub const fn counters(&self) -> &PerfectCounters {
        &self.counters
    }

    fn offer(&mut self, offer: SessionDescription) {
        match (self.state, self.politeness) {
            (State::Stable, _) => self.take_offer(offer),
            (State::Offering | State::HaveOffer, Politeness::Impolite) => {
                self.counters.ignored_offers = self.counters.ignored_offers.saturating_add(1);
                self.candidates.ignore(ufrags(&offer).unwrap_or_default());
            }
            (State::Offering | State::HaveOffer, Politeness::Polite) => {
                self.counters.yielded_offers = self.counters.yielded_offers.saturating_add(1);
                if !self.settled {
                    self.outputs.push_back(PerfectOutput::Close { epoch: self.epoch });
                    self.open();
                }
                self.take_offer(offer);
            }
            // A newer offer replaces one that has not been taken.
            (State::ApplyingAnswer | State::ApplyingOffer | State::Answering, _) => self.pending = Some(offer),
            (State::Failed, _) => {}
        }
    }

    /// stable, offering, have-offer --offer--> applying-offer
    fn take_offer(&mut self, offer: SessionDescription) {
        self.state = State::ApplyingOffer;
        self.apply(offer);
    }

    fn apply(&mut self, description: SessionDescription) {
        // What cannot be read has no ufrags; the browser will say what is wrong with it.
        self.applying = ufrags(&description).unwrap_or_default();
        self.outputs.push_back(PerfectOutput::SetRemoteDescription { epoch: self.epoch, description });
    }

    fn negotiation_needed(&mut self) {
        match self.state {
            State::Stable => self.make_offer(),
            // The browser is stable already, and has not come to say that it took or made the description.
            State::ApplyingAnswer | State::Answering => self.again = true,
            // It says it again where the round does not settle it.
            State::Offering | State::HaveOffer | State::ApplyingOffer | State::Failed => {}
        }
    }

    /// stable --wanted--> offering
    fn make_offer(&mut self) {
        self.state = State::Offering;
        self.outputs.push_back(PerfectOutput::SetLocalDescription { epoch: self.epoch });
    }

    fn local_description(&mut self, description: SessionDescription) {
        match (self.state, description.kind) {
            // offering --made--> have-offer
            (State::Offering, SdpType::Offer) => {
                self.state = State::HaveOffer;
                self.send(Message::Description(description));
            }
            // answering --made--> stable
            (State::Answering, SdpType::Answer) => {
                self.send(Message::Description(description));
                self.settle();
            }
            // An offer that was being made when it had to give way.
            (State::ApplyingOffer | State::Answering, SdpType::Offer) => {}
            _ => self.unexpected(),
        }
    }

    fn remote_description_set(&mut self) {
        let answering = match self.state {
            State::ApplyingOffer => true,
            State::ApplyingAnswer => false,
            State::Stable | State::Offering | State::HaveOffer | State::Answering | State::Failed => {
                return self.unexpected();
            }
        };
        let epoch = self.epoch;
        let before = self.candidates.dropped();
        let ready = self.candidates.handle_description(core::mem::take(&mut self.applying));
        self.count_candidates(self.candidates.dropped() - before);
        if answering {
            // applying-offer --set--> answering
            self.state = State::Answering;
            self.outputs.push_back(PerfectOutput::SetLocalDescription { epoch });
        }
        self.outputs.extend(ready.into_iter().map(|candidate| PerfectOutput::AddCandidate { epoch, candidate }));
        if !answering {
            self.refused_answers = 0;
            self.settle();
        }
    }

    /// answering, applying-answer --done--> stable, or the next round
    fn settle(&mut self) {
        self.state = State::Stable;
        self.settled = true;
        if let Some(offer) = self.pending.take() {
            // What is wanted here is said again after it.
            self.again = false;
            self.take_offer(offer);
        } else if core::mem::take(&mut self.again) {
            self.make_offer();
        }
    }

    fn action_failed(&mut self, action: Action, error: String) {
        match (action, self.state) {
            (Action::AddCandidate, _) => self.count_candidates(1),
            (_, State::Failed) => {}
            // applying-answer --refused--> offering, or applying-offer: the other side is stable already, or offers.
            (Action::SetRemoteDescription, State::ApplyingAnswer) if self.refused_answers < MAX_REFUSED_ANSWERS => {
                self.refused_answers += 1;
                self.outputs.push_back(PerfectOutput::Rollback { epoch: self.epoch });
                match self.pending.take() {
                    Some(offer) => self.take_offer(offer),
                    None => self.make_offer(),
                }
            }
            _ => {
                self.state = State::Failed;
                self.outputs.push_back(PerfectOutput::Failed { epoch: self.epoch, action, error });
            }
        }
    }

    fn open(&mut self) {
        self.epoch = self.epoch.next();
        self.state = State::Stable;
        self.outputs.push_back(PerfectOutput::Open { epoch: self.epoch });
    }

    fn send(&mut self, message: Message) {
        self.outputs.push_back(PerfectOutput::Send(message));
    }

    fn unexpected(&mut self) {
        self.counters.unexpected = self.counters.unexpected.saturating_add(1);
    }

    fn count_candidates(&mut self, dropped: u32) {
        self.counters.candidates_dropped = self.counters.candidates_dropped.saturating_add(dropped);
    }
}

fn ufrags(description: &SessionDescription) -> Option<Vec<String>> {
    let sdp = Sdp::parse(&description.sdp).ok()?;
    Some(sdp.ufrags().into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERROR: &str = "the browser's words";

    fn candidate(ufrag: &str) -> Option<IceCandidate> {
        let username_fragment = Some(ufrag.to_owned());
        Some(IceCandidate { candidate: "c".to_owned(), username_fragment, ..IceCandidate::default() })
    }

    fn sdp(ufrag: &str) -> String {
        ["v=0\na=ice-ufrag:", ufrag, "\n"].concat()
    }

    fn offer(ufrag: &str) -> Message {
        Message::Description(SessionDescription::offer(sdp(ufrag)))
    }

    fn answer() -> Message {
        Message::Description(SessionDescription::answer(sdp("them")))
    }

    fn local(kind: SdpType) -> BrowserEvent {
        BrowserEvent::LocalDescription(SessionDescription { kind, sdp: sdp("us") })
    }

    fn refused(action: Action) -> BrowserEvent {
        BrowserEvent::ActionFailed { action, error: ERROR.to_owned() }
    }

    /// What is to be done, in a short form.
    fn outputs(perfect: &mut Perfect) -> Vec<String> {
        let short = |output| match output {
            PerfectOutput::Send(Message::Description(description)) => format!("send {}", description.kind.as_str()),
            PerfectOutput::Send(Message::Candidate(_)) => "send candidate".to_owned(),
            PerfectOutput::Open { epoch } => format!("open {epoch}"),
            PerfectOutput::SetLocalDescription { epoch } => format!("local {epoch}"),
            PerfectOutput::SetRemoteDescription { epoch, description } => {
                format!("remote {epoch} {}", description.kind.as_str())
            }
            PerfectOutput::AddCandidate { epoch, .. } => format!("add {epoch}"),
            PerfectOutput::Rollback { epoch } => format!("rollback {epoch}"),
            PerfectOutput::Close { epoch } => format!("close {epoch}"),
            PerfectOutput::Failed { epoch, action, error } => {
                assert_eq!(error, ERROR);
                format!("failed {epoch} {action:?}")
            }
        };
        core::iter::from_fn(|| perfect.poll_output()).map(short).collect()
    }

    /// Does `events` on the newest connection.
    fn browser(perfect: &mut Perfect, events: &[BrowserEvent]) -> Vec<String> {
        for event in events {
            let epoch = perfect.epoch();
            perfect.handle_browser(epoch, event.clone());
        }
        outputs(perfect)
    }

    /// One round is over.
    fn settled(politeness: Politeness) -> Perfect {
        let mut perfect = Perfect::new(politeness);
        assert_eq!(browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]), ["open 1", "local 1"]);
        assert_eq!(browser(&mut perfect, &[local(SdpType::Offer)]), ["send offer"]);
        perfect.handle_message(answer());
        assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["remote 1 answer"]);
        perfect
    }

    #[test]
    fn an_offer_is_answered() {
        let mut perfect = Perfect::new(Politeness::Impolite);
        perfect.handle_message(Message::Candidate(candidate("them")));
        perfect.handle_message(offer("them"));
        assert_eq!(outputs(&mut perfect), ["open 1", "remote 1 offer"]);
        assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["local 1", "add 1"]);
        assert_eq!(browser(&mut perfect, &[local(SdpType::Answer)]), ["send answer"]);
        perfect.handle_message(Message::Candidate(None));
        assert_eq!(outputs(&mut perfect), ["add 1"]);
        assert_eq!(browser(&mut perfect, &[BrowserEvent::Candidate(None)]), ["send candidate"]);
        assert_eq!(*perfect.counters(), PerfectCounters::default());
    }

    #[test]
    fn the_impolite_side_ignores_an_offer_that_collides_and_its_candidates() {
        for made in [false, true] {
            let mut perfect = settled(Politeness::Impolite);
            browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]);
            if made {
                browser(&mut perfect, &[local(SdpType::Offer)]);
            }
            perfect.handle_message(offer("ignored"));
            perfect.handle_message(Message::Candidate(candidate("ignored")));
            assert_eq!(outputs(&mut perfect), [""; 0]);
            if !made {
                browser(&mut perfect, &[local(SdpType::Offer)]);
            }
            perfect.handle_message(answer());
            assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["remote 1 answer"]);
            assert_eq!((perfect.counters().ignored_offers, perfect.counters().candidates_dropped), (1, 1));
            // The next round drops no more, and counts none twice.
            perfect.handle_message(offer("them"));
            browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet, local(SdpType::Answer)]);
            assert_eq!(perfect.counters().candidates_dropped, 1);
        }
    }

    #[test]
    fn the_polite_side_gives_way() {
        let mut perfect = settled(Politeness::Polite);
        browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]);
        perfect.handle_message(offer("them"));
        assert_eq!(outputs(&mut perfect), ["remote 1 offer"]);
        assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["local 1"]);
        assert_eq!(browser(&mut perfect, &[local(SdpType::Answer)]), ["send answer"]);
        // What it wanted is wanted again, says the browser.
        assert_eq!(browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]), ["local 1"]);
        assert_eq!(perfect.counters().yielded_offers, 1);
    }

    #[test]
    fn an_offer_that_was_being_made_when_it_gave_way_is_not_sent() {
        let mut perfect = settled(Politeness::Polite);
        browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]);
        perfect.handle_message(offer("them"));
        assert_eq!(browser(&mut perfect, &[local(SdpType::Offer)]), ["remote 1 offer"]);
        assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["local 1"]);
        assert_eq!(browser(&mut perfect, &[local(SdpType::Offer)]), [""; 0]);
        assert_eq!(browser(&mut perfect, &[local(SdpType::Answer)]), ["send answer"]);
        assert_eq!(perfect.counters().unexpected, 0);
    }

    #[test]
    fn a_first_offer_gives_way_with_its_connection() {
        let mut perfect = Perfect::new(Politeness::Polite);
        browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]);
        perfect.handle_message(offer("them"));
        assert_eq!(outputs(&mut perfect), ["close 1", "open 2", "remote 2 offer"]);
        // What the closed one says late means nothing.
        perfect.handle_browser(Epoch(1), BrowserEvent::Candidate(None));
        perfect.handle_browser(Epoch(1), BrowserEvent::RemoteDescriptionSet);
        assert_eq!(outputs(&mut perfect), [""; 0]);
    }

    #[test]
    fn an_offer_in_the_middle_of_a_round_it_does_not_collide_with_waits() {
        let mut perfect = settled(Politeness::Impolite);
        browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]);
        perfect.handle_message(answer());
        perfect.handle_message(offer("older"));
        perfect.handle_message(offer("them"));
        assert_eq!(outputs(&mut perfect), ["remote 1 answer"]);
        // The browser wants a round too: it says so again after theirs.
        browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]);
        assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["remote 1 offer"]);
        assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["local 1"]);
        assert_eq!(browser(&mut perfect, &[local(SdpType::Answer)]), ["send answer"]);
    }

    #[test]
    fn what_is_wanted_while_the_browser_comes_to_an_end_is_offered_then() {
        let mut perfect = settled(Politeness::Polite);
        perfect.handle_message(offer("them"));
        browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet, BrowserEvent::NegotiationNeeded]);
        assert_eq!(browser(&mut perfect, &[local(SdpType::Answer)]), ["send answer", "local 1"]);
        // In the other states the browser says it again.
        assert_eq!(browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]), ["send offer"]);
        assert_eq!(browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]), [""; 0]);
        perfect.handle_message(answer());
        assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["remote 1 answer"]);
    }

    #[test]
    fn a_refused_answer_is_offered_anew_a_few_times() {
        let mut perfect = settled(Politeness::Impolite);
        browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]);
        for _ in 0..3 {
            assert_eq!(browser(&mut perfect, &[local(SdpType::Offer)]), ["send offer"]);
            perfect.handle_message(answer());
            let done = browser(&mut perfect, &[refused(Action::SetRemoteDescription)]);
            assert_eq!(done, ["remote 1 answer", "rollback 1", "local 1"]);
        }
        browser(&mut perfect, &[local(SdpType::Offer)]);
        perfect.handle_message(answer());
        let done = browser(&mut perfect, &[refused(Action::SetRemoteDescription)]);
        assert_eq!(done, ["remote 1 answer", "failed 1 SetRemoteDescription"]);
        // It is over: nothing more is done or said.
        perfect.handle_message(offer("them"));
        let more = [BrowserEvent::NegotiationNeeded, refused(Action::SetRemoteDescription)];
        assert_eq!(browser(&mut perfect, &more), [""; 0]);
    }

    #[test]
    fn an_answer_that_is_taken_makes_the_count_of_refused_ones_start_over() {
        let mut perfect = settled(Politeness::Impolite);
        for _ in 0..3 {
            browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]);
            perfect.handle_message(answer());
            browser(&mut perfect, &[refused(Action::SetRemoteDescription), local(SdpType::Offer)]);
            perfect.handle_message(answer());
            let done = browser(&mut perfect, &[refused(Action::SetRemoteDescription), local(SdpType::Offer)]);
            assert_eq!(done, ["remote 1 answer", "rollback 1", "local 1", "send offer"]);
            perfect.handle_message(answer());
            browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]);
        }
    }

    #[test]
    fn after_a_refused_answer_an_offer_that_waits_goes_first() {
        let mut perfect = settled(Politeness::Impolite);
        browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]);
        perfect.handle_message(answer());
        perfect.handle_message(offer("them"));
        let done = browser(&mut perfect, &[refused(Action::SetRemoteDescription)]);
        assert_eq!(done, ["remote 1 answer", "rollback 1", "remote 1 offer"]);
    }

    #[test]
    fn what_cannot_be_mended_is_told() {
        let mut perfect = settled(Politeness::Polite);
        let done = browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, refused(Action::SetLocalDescription)]);
        assert_eq!(done, ["local 1", "failed 1 SetLocalDescription"]);
        let mut perfect = settled(Politeness::Polite);
        perfect.handle_message(offer("them"));
        let done = browser(&mut perfect, &[refused(Action::SetRemoteDescription)]);
        assert_eq!(done, ["remote 1 offer", "failed 1 SetRemoteDescription"]);
        let mut perfect = settled(Politeness::Polite);
        assert_eq!(browser(&mut perfect, &[refused(Action::AddCandidate)]), [""; 0]);
        assert_eq!(perfect.counters().candidates_dropped, 1);
    }

    #[test]
    fn what_has_no_place_is_counted() {
        let mut perfect = settled(Politeness::Polite);
        perfect.handle_message(answer());
        let kind = SdpType::Rollback;
        perfect.handle_message(Message::Description(SessionDescription { kind, sdp: String::new() }));
        let events = [BrowserEvent::RemoteDescriptionSet, local(SdpType::Offer), local(SdpType::Answer)];
        assert_eq!(browser(&mut perfect, &events), [""; 0]);
        assert_eq!(perfect.counters().unexpected, 5);
    }
}
