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
            BrowserEvent::ConnectionState(_)
            | BrowserEvent::InternalChannel(_)
            | BrowserEvent::Beat(_)
            | BrowserEvent::BytesReceived(_) => {}
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
mod tests;
