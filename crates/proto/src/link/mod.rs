//! The link protocol, peer to peer, and the machine that keeps one link alive.

mod admission;
mod config;
mod counters;
mod event;
mod message;
mod wire;

use crate::id::{Epoch, Incarnation};
use crate::time::Instant;

pub use admission::{Admission, RetiredIncarnations, admit, farewell};
pub use config::{LinkConfig, RecoveryConfig, Role, RoleRule};
pub use counters::Counters;
pub use event::{
    Action, BrowserEvent, Carrier, CloseReason, InternalChannel, LinkEvent, LinkState, Output, Presence, Trouble,
};
pub use message::{Body, LinkMessage, Need, SdpType, SessionDescription, Source, Sources, Sync};
pub use wire::{MAX_CANDIDATES, Malformed, Wire, WireSource};

/// One link to one other side.
#[derive(Debug)]
pub struct Link {
    config: LinkConfig,
    state: LinkState,
    counters: Counters,
}

impl Link {
    /// A link nobody has asked for yet.
    pub fn new(config: LinkConfig, _now: Instant) -> Self {
        Self { config, state: LinkState::New, counters: Counters::default() }
    }

    /// This link is wanted.
    pub fn connect(&mut self, _now: Instant) {}

    /// The carrier brought this.
    pub fn handle_message(&mut self, _message: LinkMessage, _now: Instant) {}

    /// The carrier brought a text that is no link message.
    pub fn handle_malformed(&mut self, _now: Instant) {
        counters::count(&mut self.counters.malformed);
    }

    /// The carrier comes or goes. A link starts with it down.
    pub fn handle_carrier(&mut self, _carrier: Carrier, _now: Instant) {}

    /// The carrier knows this of the other side. A link starts with it present.
    pub fn handle_presence(&mut self, _presence: Presence, _now: Instant) {}

    /// The RTCPeerConnection of `epoch` did this.
    pub fn handle_browser(&mut self, _epoch: Epoch, _event: BrowserEvent, _now: Instant) {}

    /// The time [`poll_timeout`](Self::poll_timeout) gave has come.
    pub fn handle_timeout(&mut self, _now: Instant) {}

    /// This side wants to send on so many m-lines.
    pub fn set_need(&mut self, _need: Need, _now: Instant) {}

    /// This is what this side sends.
    pub fn set_sources(&mut self, _sources: Sources, _now: Instant) {}

    /// A person asks for a new connection, now; also where all tries are used up.
    pub fn reconnect(&mut self, _now: Instant) {}

    /// Ends the link and says so to the other side.
    pub fn close(&mut self, _reason: CloseReason, _now: Instant) {}

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        None
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// The state, to show.
    pub const fn state(&self) -> &LinkState {
        &self.state
    }

    /// Whether this side offers; `None` while that is not known.
    pub const fn role(&self) -> Option<Role> {
        None
    }

    /// The epoch of the newest connection.
    pub const fn epoch(&self) -> Epoch {
        Epoch::NONE
    }

    /// What was dropped, repeated or refused.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The incarnation of this side.
    pub const fn local(&self) -> &Incarnation {
        &self.config.local
    }

    /// The incarnation of the other side, once heard of.
    pub const fn remote(&self) -> Option<&Incarnation> {
        None
    }

    /// Whether a closed link has nothing more to say and can be dropped.
    pub const fn is_drained(&self) -> bool {
        matches!(self.state, LinkState::Closed { .. })
    }
}
