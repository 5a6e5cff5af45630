//! The link protocol, peer to peer, and the machine that keeps one link alive.
//!
//! A [`Link`] joins these parts; each is a file:
//!
//! ```text
//!   carrier ──> identity ──> inbox ──> receive ──> negotiation ──> browser
//!   carrier <── transport <── outbox <──┘   epochs <── recovery <──┘
//! ```
//!
//! - `identity`: which incarnation of the other side is the live one.
//! - `outbox`, `inbox`, `transport`: each message delivered once and in order over a carrier that loses,
//!   doubles and reorders. Numbers never start over; `base` skips what was given up.
//! - `connection`, [`crate::negotiation`]: one RTCPeerConnection, an *epoch*. Only the offerer opens epochs, and
//!   epochs only go up, also when a side was loaded anew: an answerer that has seen a higher one says so
//!   in its header, and the offerer goes on from there.
//! - `recovery`: deadlines, attempts, backoff.
//! - [`admit`]: messages for which there is no link.
//!
//! The bytes are [`Wire`], the protocol is written down in `docs/protocol.md`.

mod admission;
mod config;
mod connection;
mod contact;
mod countdown;
mod counters;
mod epochs;
mod event;
mod identity;
mod inbox;
mod liveness;
mod message;
mod outbox;
mod receive;
mod recovery;
#[cfg(test)]
mod tests;
mod timeline;
mod transport;
mod wire;

use core::time::Duration;
use std::collections::VecDeque;

use crate::id::{Epoch, Incarnation};
use crate::session::NetworkChange;
use crate::time::Instant;

use connection::Connection;
use countdown::Countdown;
use counters::count;
use recovery::{Phase, Recovery};
use transport::Transport;

pub use admission::{Admission, RetiredIncarnations, admit, farewell};
pub use config::{LinkConfig, RecoveryConfig, Relay, Role, RoleRule};
pub use counters::Counters;
pub use event::{
    Action, Beat, BrowserEvent, Carrier, CloseReason, IceRestart, InternalChannel, LinkEvent, LinkState, Output,
    Presence, Step, Trouble,
};
pub use message::{Body, LinkMessage, Need, Place, SdpType, SessionDescription, Source, Sources, Sync};
pub use timeline::{Happening, Timeline, TimelineEntry};
pub use wire::{MAX_CANDIDATES, Malformed, Wire, WireSource};

/// How far ahead of what was seen an epoch of the other side may be.
pub const MAX_EPOCH_JUMP: u32 = 65_536;

/// A timer that is so late tells of a page that slept. A busy one is late by less.
const LATE: Duration = Duration::from_millis(1_500);

/// How long a closed link goes on trying to say so.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// One link to one other side: it decides, the shell acts.
///
/// [`Output::Send`] goes by the carrier and, where it is open, by the internal channel of the newest connection:
/// what comes twice is taken once.
///
/// The contract: after every call, take [`poll_output`](Self::poll_output) until it gives `None`, start
/// the actions in that order, and do not wait for one before the next; then arrange for
/// [`handle_timeout`](Self::handle_timeout) at [`poll_timeout`](Self::poll_timeout). What an action led
/// to comes back by [`handle_browser`](Self::handle_browser), failures too. Give every message of the
/// other side to [`handle_message`](Self::handle_message); where there is no link, ask [`admit`].
///
/// ```text
///   New ──connect, or a message──> Connecting ──> Connected <──> Reconnecting
///                                      └────────────┬───────────────┘  │
///                                        Failed <───┘   (attempts used up; a new attempt of either side leads out)
///   any ──close, bye, gone──> Closed
/// ```
///
/// A closed link still has to say so: keep it until [`is_drained`](Self::is_drained), and give it the
/// messages to its incarnation until then.
#[derive(Debug)]
pub struct Link {
    rule: RoleRule,
    role: Option<Role>,
    transport: Transport,
    recovery: Recovery,
    replaceable: bool,
    need: Need,
    sources: Option<Sources>,
    remote_need: Need,
    remote_need_was_told: bool,
    remote_sources: Sources,
    /// The newest connection.
    current: Option<Connection>,
    /// The last that was up, until the current one is.
    previous: Option<Epoch>,
    epoch: Epoch,
    /// The highest epoch the other side has seen.
    seen: Epoch,
    opened: Option<Instant>,
    carrier: Carrier,
    presence: Presence,
    /// While it is waited for a side that has lost its place: until its end.
    absence: Option<Countdown>,
    outputs: VecDeque<Output>,
    state: LinkState,
    counters: Counters,
    timeline: Timeline,
    now: Instant,
    drain_until: Option<Instant>,
}

impl Link {
    /// A link nobody has asked for yet. The carrier is down and the other side is present until told otherwise.
    pub fn new(config: LinkConfig, now: Instant) -> Self {
        Self {
            rule: config.role,
            role: match config.role {
                RoleRule::Fixed(role) => Some(role),
                RoleRule::ByIncarnation => None,
            },
            transport: Transport::new(config.local, config.seed),
            recovery: Recovery::new(config.recovery, config.relay, config.seed),
            replaceable: false,
            need: Need::default(),
            sources: None,
            remote_need: config.remote_need,
            remote_need_was_told: false,
            remote_sources: Sources::default(),
            current: None,
            previous: None,
            epoch: Epoch::NONE,
            seen: Epoch::NONE,
            opened: None,
            carrier: Carrier::Down,
            presence: Presence::Present,
            absence: None,
            outputs: VecDeque::new(),
            state: LinkState::New,
            counters: Counters::default(),
            timeline: Timeline::default(),
            now,
            drain_until: None,
        }
    }

    /// This link is wanted: the offerer offers, the answerer shows itself. More than once is as once.
    ///
    /// A link that was made for a message of the other side needs no such call: the other side wants it, and once that
    /// is proved to be no leftover, so does this one.
    pub fn connect(&mut self, now: Instant) {
        self.at(now);
        self.transport.wanted = true;
        self.activate();
        self.settle();
    }

    /// The carrier brought this.
    pub fn handle_message(&mut self, message: LinkMessage, now: Instant) {
        self.at(now);
        count(&mut self.counters.received);
        if self.is_closed() {
            self.transport.handle_after_end(&message, self.now);
        } else {
            self.receive(message);
        }
        self.settle();
    }

    /// The carrier brought a text that is no link message. It is counted.
    pub fn handle_malformed(&mut self, now: Instant) {
        self.at(now);
        count(&mut self.counters.malformed);
    }

    /// The carrier comes or goes.
    pub fn handle_carrier(&mut self, carrier: Carrier, now: Instant) {
        self.at(now);
        if core::mem::replace(&mut self.carrier, carrier) != carrier {
            self.record(Happening::Carrier(carrier));
            if carrier == Carrier::Up {
                self.recovery.wake(self.now);
            }
        }
        self.settle();
    }

    /// The carrier knows this of the other side.
    ///
    /// That it is gone ends a link that is not connected, or no more; a live one it leaves alone. One whose place has
    /// expired is waited for, see [`RecoveryConfig::absence_timeout`].
    pub fn handle_presence(&mut self, presence: Presence, now: Instant) {
        self.at(now);
        if core::mem::replace(&mut self.presence, presence) != presence {
            self.record(Happening::Presence(presence));
        }
        let live = self.recovery.is_live();
        if presence == Presence::Gone && !live && !self.is_closed() {
            self.shut(CloseReason::PeerGone);
        }
        self.settle();
    }

    /// The RTCPeerConnection of `epoch` did this.
    pub fn handle_browser(&mut self, epoch: Epoch, event: BrowserEvent, now: Instant) {
        self.at(now);
        self.browser(epoch, event);
        self.settle();
    }

    /// The time that [`poll_timeout`](Self::poll_timeout) gave has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(due) = self.poll_timeout().filter(|due| now - *due > LATE) {
            self.wake_up(due, now);
        }
        self.at(now);
        self.transport.handle_timeout(self.now);
        self.settle();
    }

    /// The browser said something about the network or the page: whether the connection lives is looked at now, and
    /// what waits is tried now.
    pub fn handle_network(&mut self, change: NetworkChange, now: Instant) {
        self.at(now);
        self.record(Happening::Network(change));
        match change {
            NetworkChange::Online | NetworkChange::Visible | NetworkChange::PageShow => self.recovery.wake(self.now),
            NetworkChange::Offline | NetworkChange::PageHide => {}
        }
        self.look();
        self.settle();
    }

    /// This side wants to send on so many m-lines.
    pub fn set_need(&mut self, need: Need, now: Instant) {
        self.at(now);
        if self.need != need {
            self.need = need;
            if self.is_active() {
                self.tell_need();
            }
            self.handle_change();
        }
        self.settle();
    }

    /// This is what this side sends. More than [`Sources::MAX`] are cut off.
    pub fn set_sources(&mut self, mut sources: Sources, now: Instant) {
        self.at(now);
        sources.0.truncate(Sources::MAX);
        if self.sources.as_ref() != Some(&sources) {
            if self.is_active() {
                self.push(Body::Sources(sources.clone()));
            }
            self.sources = Some(sources);
            self.handle_change();
        }
        self.settle();
    }

    /// A person asks for a new connection, now; also where all attempts are used up. With who is gone there can be none: it
    /// goes on with the one there is.
    pub fn reconnect(&mut self, now: Instant) {
        self.at(now);
        self.transport.wanted = true;
        if !self.is_active() {
            self.activate();
        } else if self.presence != Presence::Gone {
            self.rebuild(Trouble::Requested);
        }
        self.settle();
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        if self.outputs.is_empty() {
            self.send_candidates();
        }
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        self.transport.poll(self.epoch, self.need, self.now, &mut self.counters).map(Output::Send)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); `None` while only another input can change anything.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let own = if self.is_closed() {
            self.drain_until.filter(|_| !self.is_drained())
        } else {
            let liveness = self.current.as_ref().and_then(|current| current.liveness.poll_timeout());
            let absence = self.absence.as_ref().and_then(Countdown::ends);
            [self.recovery.poll_timeout(), liveness, absence].into_iter().flatten().min()
        };
        [own, self.transport.poll_timeout().filter(|_| !self.is_drained())].into_iter().flatten().min()
    }

    /// The state, to show.
    pub const fn state(&self) -> &LinkState {
        &self.state
    }

    /// Whether this side offers; `None` while that is not known.
    pub const fn role(&self) -> Option<Role> {
        self.role
    }

    /// The epoch of the newest connection.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// What was dropped, repeated or refused.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What it did, and why.
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The incarnation of this side.
    pub const fn local(&self) -> &Incarnation {
        self.transport.identity().local()
    }

    /// The incarnation of the other side, once heard of.
    pub const fn remote(&self) -> Option<&Incarnation> {
        self.transport.identity().remote()
    }

    /// What the other side sends.
    pub const fn remote_sources(&self) -> &Sources {
        &self.remote_sources
    }

    /// Whether the link is closed and has nothing more to say.
    pub fn is_drained(&self) -> bool {
        self.is_closed() && (self.transport.is_idle() || self.drain_until.is_none_or(|until| until <= self.now))
    }

    /// Whether a message is for this link, closed or not. While a closed link is kept, messages for which this
    /// is `false` are for the next link to the same side, or for [`admit`].
    pub fn is_for(&self, message: &LinkMessage) -> bool {
        match &message.to {
            Some(to) => to == self.local(),
            None => self.remote() == Some(&message.from),
        }
    }

    /// The incarnations of both sides that this link has known.
    pub(super) fn lives(&self) -> impl Iterator<Item = &Incarnation> {
        self.transport.identity().lives()
    }

    pub(super) const fn is_wanted(&self) -> bool {
        self.transport.wanted
    }

    const fn is_closed(&self) -> bool {
        matches!(self.state, LinkState::Closed { .. })
    }

    /// Wanted, by this side or the other, and not over.
    fn is_active(&self) -> bool {
        !self.is_closed() && self.recovery.phase() != Phase::Idle
    }

    pub(super) fn record(&mut self, what: Happening) {
        self.timeline.add(self.now, self.epoch, what);
    }

    /// Time never goes back, whatever the clock says.
    fn at(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }
}
