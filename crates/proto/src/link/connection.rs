//! What a link knows of one RTCPeerConnection, its epoch.

use crate::ice::{CandidateQueue, IceCandidate};
use crate::id::Epoch;
use crate::negotiation::{Answerer, MakeOffer, Offerer, Patience};
use crate::sdp::{self, SdpError};
use crate::state::ConnectionState;
use crate::time::Instant;

use super::config::RecoveryConfig;
use super::event::InternalChannel;
use super::liveness::Liveness;
use super::message::{Need, SessionDescription};

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) epoch: Epoch,
    pub(super) negotiation: Negotiation,
    pub(super) patience: Patience,
    pub(super) candidates: CandidateQueue,
    pub(super) liveness: Liveness,
    found: Vec<Option<IceCandidate>>,
    described: bool,
    applying: Vec<String>,
    state: ConnectionState,
    channel: Option<InternalChannel>,
    pub(super) was_up: bool,
    condemned: bool,
}

#[derive(Debug)]
pub(super) enum Negotiation {
    Offerer(Offerer),
    Answerer(Answerer),
}

/// The most candidates of ours that wait to be sent.
const MAX_FOUND: usize = 512;

impl Connection {
    pub(super) fn offerer(epoch: Epoch, need: Need, config: &RecoveryConfig) -> (Self, MakeOffer) {
        let (offerer, make_offer) = Offerer::new(need);
        (Self::new(epoch, Negotiation::Offerer(offerer), config), make_offer)
    }

    pub(super) fn answerer(epoch: Epoch, config: &RecoveryConfig) -> Self {
        Self::new(epoch, Negotiation::Answerer(Answerer::new()), config)
    }

    fn new(epoch: Epoch, negotiation: Negotiation, config: &RecoveryConfig) -> Self {
        Self {
            epoch,
            negotiation,
            patience: Patience::default(),
            candidates: CandidateQueue::new(),
            liveness: Liveness::new(config),
            found: Vec::new(),
            described: false,
            applying: Vec::new(),
            state: ConnectionState::New,
            channel: None,
            was_up: false,
            condemned: false,
        }
    }

    /// Whether media and data can flow.
    pub(super) fn is_up(&self) -> bool {
        self.says_connected() && !self.liveness.is_silent()
    }

    /// Whether media and data can flow, as far as the browser knows.
    fn says_connected(&self) -> bool {
        !self.condemned && self.state == ConnectionState::Connected && self.channel == Some(InternalChannel::Open)
    }

    /// Whether it cannot come up any more.
    pub(super) fn is_dead(&self) -> bool {
        self.condemned || self.channel_is_closed() || self.has_failed()
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.state, ConnectionState::Failed | ConnectionState::Closed)
    }

    pub(super) fn channel_is_closed(&self) -> bool {
        self.channel == Some(InternalChannel::Closed)
    }

    pub(super) fn handle_state(&mut self, state: ConnectionState, now: Instant) {
        let before = self.says_connected();
        match (self.state, state) {
            // A state that is not known says nothing: the deadline outranks it.
            (_, ConnectionState::Unknown) => {}
            // Firefox says so when a later round brings it new candidates to check; what holds is not lost by that.
            (ConnectionState::Connected, ConnectionState::Connecting) => {}
            _ => self.state = state,
        }
        self.hear(before, now);
    }

    pub(super) fn handle_channel(&mut self, channel: InternalChannel, now: Instant) {
        let before = self.says_connected();
        // A channel does not open again.
        if !self.channel_is_closed() {
            self.channel = Some(channel);
        }
        self.hear(before, now);
    }

    /// That it is connected now, or again, is as good as a word of the other side.
    fn hear(&mut self, before: bool, now: Instant) {
        if self.says_connected() && !before {
            self.liveness.handle_up(now);
        }
    }

    pub(super) const fn is_condemned(&self) -> bool {
        self.condemned
    }

    /// It was given up for good: that it says `connected` counts no more.
    pub(super) const fn condemn(&mut self) {
        self.condemned = true;
        self.liveness.stop();
    }

    /// Reads the description that is about to be set.
    pub(super) fn apply(&mut self, description: &SessionDescription) -> Result<(), SdpError> {
        self.applying = sdp::ufrags(&description.sdp)?;
        Ok(())
    }

    /// Whether no round is under way.
    pub(super) const fn is_settled(&self) -> bool {
        match &self.negotiation {
            Negotiation::Offerer(offerer) => offerer.is_stable(),
            Negotiation::Answerer(answerer) => answerer.is_idle(),
        }
    }

    /// The description is set. Returns the candidates that waited for it.
    pub(super) fn handle_applied(&mut self, now: Instant) -> Vec<Option<IceCandidate>> {
        self.patience.handle_description(now);
        self.candidates.handle_description(core::mem::take(&mut self.applying))
    }

    /// Our description is on its way: candidates may follow it.
    pub(super) const fn handle_described(&mut self, now: Instant) {
        self.patience.handle_description(now);
        self.described = true;
    }

    /// We found a candidate; `false` where it is one too many.
    pub(super) fn find(&mut self, candidate: Option<IceCandidate>) -> bool {
        let room = self.found.len() < MAX_FOUND;
        if room {
            self.found.push(candidate);
        }
        room
    }

    /// The candidates that can be sent now.
    pub(super) fn take_found(&mut self) -> Vec<Option<IceCandidate>> {
        if self.described { core::mem::take(&mut self.found) } else { Vec::new() }
    }
}
