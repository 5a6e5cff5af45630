//! One other side: negotiation, recovery, media and channels over any signaling.

use std::rc::Rc;

use core::cell::RefCell;
use core::task::Poll;
use futures_util::StreamExt;
use futures_util::future::AbortHandle;
use rejoin_proto::channel::ChannelOptions;
use rejoin_proto::display_words;
use rejoin_proto::id::{Incarnation, PeerId};
use rejoin_proto::link::{
    Carrier, CloseReason, Link, LinkConfig, LinkState, Need, RecoveryConfig, Relay, RoleRule, Sources, TimelineEntry,
};
use rejoin_proto::text::{Words, join};
use wasm_bindgen_futures::spawn_local;
use web_sys::MediaStream;

use super::channel::{Channel, ChannelError};
use super::driver::Driver;
use super::events::Events;
use super::signaling::{Signaling, SignalingEvent};
use crate::browser::peer_connection::{Certificate, Configuration, InvalidConfiguration};
use crate::browser::random;
use crate::media::LocalStream;

pub use rejoin_proto::link::{Counters as PeerCounters, LinkState as PeerState};

/// How a peer connects. Options of a room's peers come from [`RoomOptions`](crate::RoomOptions).
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PeerOptions {
    /// Servers and policies for every connection made. Default: none, which connects on one network only.
    pub configuration: Configuration,
    /// When a connection counts as lost, and how often it is tried again.
    pub recovery: RecoveryConfig,
}

impl PeerOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// With these servers and policies.
    #[must_use = "options do not change in place"]
    pub fn with_configuration(mut self, configuration: Configuration) -> Self {
        self.configuration = configuration;
        self
    }

    /// With this recovery.
    #[must_use = "options do not change in place"]
    pub fn with_recovery(mut self, recovery: RecoveryConfig) -> Self {
        self.recovery = recovery;
        self
    }
}

/// What happens to a peer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum PeerEvent {
    /// Its state has changed.
    StateChanged(PeerState),
    /// A stream of the other side's: show it. The object stays the same over all reconnections, and over a reload of the
    /// other side that publishes as many streams of that name, in the same order, before it is connected again.
    StreamAdded(MediaStream),
    /// The other side no longer sends this stream, or the peer is closed.
    StreamRemoved(MediaStream),
    /// The other side opened a channel that this side had not opened.
    Channel(Channel),
    /// What the other side sends and has muted.
    Media(Sources),
    /// The other side began anew (its page was reloaded): what it had opened is gone, what this side opened comes back.
    Replaced,
    /// It is over; the last event.
    Closed(CloseReason),
}

/// A connection to one other side that both keep up.
///
/// Cloning gives another handle; dropping the last closes it, but in a [`Room`](crate::Room), which holds its peers.
/// Outside a room a page that goes without closing it may come back: the other side waits, see [`PeerEvent::Replaced`].
#[derive(Clone)]
pub struct Peer {
    inner: Rc<Inner>,
}

impl Peer {
    /// Connects to whoever is at the other end of `signaling`; both ends call this.
    ///
    /// Which side offers is settled between them. Returns at once: see [`state`](Self::state), [`connected`](Self::connected).
    pub fn connect(signaling: impl Signaling + 'static, options: PeerOptions) -> Self {
        let signaling = Rc::new(RefCell::new(signaling));
        let carrier = signaling.clone();
        let send = Box::new(move |text| carrier.try_borrow_mut().is_ok_and(|mut carrier| carrier.send(text).is_ok()));
        let relay = options.configuration.relay();
        let config = link_config(RoleRule::ByIncarnation, Need::default(), relay, options.recovery);
        let driver = Driver::new(config, options.configuration, send);

        let (watch, registration) = AbortHandle::new_pair();
        let (weak, unnamed) = (Rc::downgrade(&driver), Rc::downgrade(&driver));
        let events = futures_util::stream::poll_fn(move |cx| match signaling.try_borrow_mut() {
            Ok(mut signaling) => signaling.poll_event(cx),
            Err(_) => Poll::Pending,
        });
        let carrying = futures_util::stream::Abortable::new(events, registration).for_each(move |event| {
            if let Some(driver) = weak.upgrade() {
                match event {
                    SignalingEvent::Up => driver.carrier(Carrier::Up),
                    SignalingEvent::Down => driver.carrier(Carrier::Down),
                    SignalingEvent::Message(text) => driver.receive(&text),
                }
            }
            core::future::ready(())
        });
        spawn_local(async move {
            // Before the first connection can be made; what comes meanwhile waits.
            let identity = Certificate::generate().await;
            if let Some(driver) = unnamed.upgrade() {
                driver.identify(identity.ok());
                driver.with_link(Link::connect);
            }
            carrying.await;
        });
        Self { inner: Rc::new(Inner { driver, id: None, watch: Some(watch) }) }
    }

    /// A peer of a room: the room carries its messages.
    pub(super) fn in_room(id: PeerId, driver: Rc<Driver>) -> Self {
        Self { inner: Rc::new(Inner { driver, id: Some(id), watch: None }) }
    }

    /// Its id in the room; `None` for a peer outside a room.
    pub fn id(&self) -> Option<&PeerId> {
        self.inner.id.as_ref()
    }

    /// The state now, in one word for a person, with attempt, reason and delay.
    pub fn state(&self) -> PeerState {
        self.driver().state()
    }

    /// What happens from now on.
    pub fn events(&self) -> Events<PeerEvent> {
        self.driver().events.subscribe()
    }

    /// What the connection did, and why, the oldest first; of more than [`Timeline::MAX`](crate::Timeline::MAX) the oldest are gone.
    pub fn timeline(&self) -> Vec<TimelineEntry> {
        self.driver().timeline()
    }

    /// Waits until it is connected.
    ///
    /// # Errors
    /// [`PeerError`] where it failed, or was closed, first.
    pub async fn connected(&self) -> Result<(), PeerError> {
        let mut events = self.events();
        loop {
            match self.state() {
                LinkState::Connected => return Ok(()),
                LinkState::Failed { reason } => return Err(PeerError::Failed(reason.as_str().to_owned())),
                LinkState::Closed { reason } => return Err(PeerError::Closed(reason)),
                _ => {}
            }
            if !events.more().await {
                return Err(PeerError::Closed(CloseReason::HungUp));
            }
        }
    }

    /// The other side's streams, each the same object over all reconnections.
    ///
    /// For another handle on one write `Clone::clone(&stream)`: `stream.clone()` is the browser's method of that name,
    /// which makes a stream of its own that no reconnection reaches.
    pub fn streams(&self) -> Vec<MediaStream> {
        self.driver().remote.streams()
    }

    /// What the other side says it sends, and has muted.
    pub fn sources(&self) -> Sources {
        self.driver().remote.sources()
    }

    /// Sends `stream`, now and after every reconnection, until it is unpublished.
    pub fn publish(&self, stream: &LocalStream) {
        self.driver().publish(stream);
    }

    /// No longer sends `stream`.
    pub fn unpublish(&self, stream: &LocalStream) {
        self.driver().unpublish(stream);
    }

    /// What is published to it.
    pub fn published(&self) -> Vec<LocalStream> {
        self.driver().published()
    }

    /// The channel of this label: the one there is, else a new one. Both sides may ask for the same label.
    ///
    /// # Errors
    /// [`ChannelError::CannotOpen`] where the label or the options do not do; [`ChannelError::Closed`] where the peer is closed.
    pub fn channel(&self, label: &str, options: ChannelOptions) -> Result<Channel, ChannelError> {
        if self.is_closed() {
            return Err(ChannelError::Closed);
        }
        self.driver().channels.channel(label, options)
    }

    /// Makes a new connection now, whatever the state of the old one; also after `Failed`.
    pub fn reconnect(&self) {
        self.driver().with_link(Link::reconnect);
    }

    /// Takes these servers and policies: from the next connection, or restart of ICE, on. In a room see
    /// [`Room::set_configuration`](crate::Room::set_configuration), which takes the place of this.
    ///
    /// # Errors
    /// [`InvalidConfiguration`], with the server in question; nothing is changed then.
    pub fn set_configuration(&self, configuration: Configuration) -> Result<(), InvalidConfiguration> {
        configuration.validate()?;
        self.driver().set_configuration(configuration);
        Ok(())
    }

    /// The RTCPeerConnection in use, for what rejoin does not wrap. A rebuild makes another; how its senders encode
    /// (`setParameters`) is carried over to that.
    pub fn peer_connection(&self) -> Option<web_sys::RtcPeerConnection> {
        self.driver().current().map(|connection| connection.pc.as_raw().clone())
    }

    /// Messages counted by what became of them, for diagnosis.
    pub fn counters(&self) -> PeerCounters {
        self.driver().counters()
    }

    /// Hangs up: tells the other side, closes everything. Twice is fine.
    pub fn close(&self) {
        self.driver().close(CloseReason::HungUp);
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state(), LinkState::Closed { .. })
    }

    pub(super) fn driver(&self) -> &Rc<Driver> {
        &self.inner.driver
    }
}

/// Handles are equal where they are on the same connection.
impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl core::fmt::Debug for Peer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Peer").field("id", &self.inner.id).field("state", &self.state()).finish_non_exhaustive()
    }
}

/// Why a peer is not connected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// All attempts failed; [`Peer::reconnect`] tries again.
    Failed(String),
    /// It was closed, by either side.
    Closed(CloseReason),
}

impl Words for PeerError {
    fn words(&self, text: &mut String) {
        match self {
            Self::Failed(reason) => join(text, &[&"the connection failed: ", reason]),
            Self::Closed(reason) => join(text, &[&"the peer is closed: ", &reason.as_str()]),
        }
    }
}

display_words!(PeerError);

/// The configuration of a link of this page, with its own incarnation and seed.
pub(super) fn link_config(role: RoleRule, remote_need: Need, relay: Relay, recovery: RecoveryConfig) -> LinkConfig {
    let local = Incarnation::from_random(random::bits());
    LinkConfig { local, role, remote_need, seed: random::bits(), relay, recovery }
}

struct Inner {
    driver: Rc<Driver>,
    id: Option<PeerId>,
    watch: Option<AbortHandle>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // A room drops its handle only when the link is over.
        self.driver.close(CloseReason::HungUp);
        if let Some(watch) = &self.watch {
            watch.abort();
        }
    }
}
