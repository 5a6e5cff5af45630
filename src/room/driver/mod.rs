//! Joins one link machine to the browser: carries out what the machine asks, tells it what came of it.

mod actions;

use core::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use rejoin_proto::id::Epoch;
use rejoin_proto::link::{
    BrowserEvent, Carrier, CloseReason, InternalChannel, Link, LinkConfig, LinkEvent, LinkMessage, LinkState, Presence,
    RetiredIncarnations, TimelineEntry, Wire,
};
use rejoin_proto::relay::limits::MAX_MESSAGE_BYTES;
use rejoin_proto::time::Instant;

use crate::browser::network::NetworkWatcher;
use crate::browser::peer_connection::{Certificate, Configuration};
use crate::browser::timer::Timer;
use crate::browser::{clock, json};
use crate::media::LocalStream;
use crate::room::channels::Channels;
use crate::room::connection::{Connection, ConnectionEvent, Encodings};
use crate::room::events::Publisher;
use crate::room::peer::{PeerCounters, PeerEvent};
use crate::room::published::Published;
use crate::room::remote_media::RemoteMedia;

/// Takes one message for the other side; false where it surely will not arrive.
pub(crate) type Send = Box<dyn Fn(String) -> bool>;

/// One link and everything that belongs to it. Owned by its [`Peer`](crate::room::peer::Peer) handles;
/// whatever waits for the browser holds it weakly.
pub(crate) struct Driver {
    link: RefCell<Link>,
    send: Send,
    timer: RefCell<Timer>,
    configuration: RefCell<Configuration>,
    /// The connection in use and, while it is replaced, its successor.
    connections: RefCell<Vec<Rc<Connection>>>,
    /// How the tracks were encoded last.
    encodings: RefCell<Vec<Encodings>>,
    pub(crate) channels: Channels,
    pub(crate) remote: RemoteMedia,
    published: Published,
    pub(crate) events: Publisher<PeerEvent>,
    pumping: Cell<bool>,
    /// Until the link is over.
    network: RefCell<Option<NetworkWatcher>>,
    this: Weak<Self>,
}

impl Driver {
    pub(crate) fn new(config: LinkConfig, configuration: Configuration, send: Send) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            link: RefCell::new(Link::new(config, clock::now())),
            send,
            timer: RefCell::default(),
            configuration: RefCell::new(configuration),
            connections: RefCell::default(),
            encodings: RefCell::default(),
            channels: Channels::new(this.clone()),
            remote: RemoteMedia::default(),
            published: Published::default(),
            events: Publisher::default(),
            pumping: Cell::new(false),
            network: RefCell::new(Some(watch_network(this.clone()))),
            this: this.clone(),
        })
    }

    /// Changes the machine, then does what it asks for.
    pub(crate) fn with_link<T>(&self, change: impl FnOnce(&mut Link, Instant) -> T) -> T {
        let replaceable = self.channels.are_replaceable();
        let mut link = self.link.borrow_mut();
        link.set_replaceable(replaceable);
        let result = change(&mut link, clock::now());
        drop(link);
        self.pump();
        result
    }

    pub(crate) fn state(&self) -> LinkState {
        *self.link.borrow().state()
    }

    pub(crate) fn timeline(&self) -> Vec<TimelineEntry> {
        self.link.borrow().timeline().entries().cloned().collect()
    }

    pub(crate) fn counters(&self) -> PeerCounters {
        *self.link.borrow().counters()
    }

    /// Whether nothing is left to be said to the other side.
    pub(crate) fn is_drained(&self) -> bool {
        self.link.borrow().is_drained()
    }

    /// A text from the other side.
    pub(crate) fn receive(&self, text: &str) {
        let message = read(text);
        self.with_link(|link, now| match message {
            Some(message) => link.handle_message(message, now),
            None => link.handle_malformed(now),
        });
    }

    /// A message that has been read already.
    pub(crate) fn receive_message(&self, message: LinkMessage) {
        self.with_link(|link, now| link.handle_message(message, now));
    }

    pub(crate) fn carrier(&self, carrier: Carrier) {
        self.with_link(|link, now| link.handle_carrier(carrier, now));
    }

    pub(crate) fn presence(&self, presence: Presence) {
        self.with_link(|link, now| link.handle_presence(presence, now));
    }

    /// Whether a message is for this link, closed or not.
    pub(crate) fn is_for(&self, message: &LinkMessage) -> bool {
        self.link.borrow().is_for(message)
    }

    /// The link is over: no message of it makes another.
    pub(crate) fn retire(&self, retired: &mut RetiredIncarnations) {
        retired.retire_link(&self.link.borrow());
    }

    pub(crate) fn close(&self, reason: CloseReason) {
        self.with_link(|link, now| link.close(reason, now));
    }

    /// The connection that is used: the newest.
    pub(crate) fn current(&self) -> Option<Rc<Connection>> {
        self.connections.borrow().last().cloned()
    }

    pub(crate) fn set_configuration(&self, configuration: Configuration) {
        let mut held = self.configuration.borrow_mut();
        let identity = held.certificates.pop();
        *held = configuration;
        held.identify(identity);
        let relay = held.relay();
        drop(held);
        self.with_link(|link, _| link.set_relay(relay));
    }

    /// The certificate of this and every later connection, where the configuration has none: the other side knows them
    /// as one.
    pub(crate) fn identify(&self, identity: Option<Certificate>) {
        self.configuration.borrow_mut().identify(identity);
    }

    /// Sends `stream` on this and every later connection.
    pub(crate) fn publish(&self, stream: &LocalStream) {
        let this = self.this.clone();
        if self.published.add(stream, move || {
            if let Some(driver) = this.upgrade() {
                driver.announce();
            }
        }) {
            self.publication_changed();
        }
    }

    pub(crate) fn unpublish(&self, stream: &LocalStream) {
        if self.published.remove(stream) {
            self.publication_changed();
        }
    }

    pub(crate) fn published(&self) -> Vec<LocalStream> {
        self.published.streams()
    }

    fn publication_changed(&self) {
        // The other side learns what it will get before the tracks come.
        self.announce();
        self.with_link(|link, now| link.set_need(self.published.need(), now));
        for connection in self.connections() {
            connection.send_tracks(&self.published.carried());
        }
    }

    fn announce(&self) {
        self.with_link(|link, now| link.set_sources(self.published.sources(), now));
    }

    pub(crate) fn connections(&self) -> Vec<Rc<Connection>> {
        self.connections.borrow().clone()
    }

    fn connection(&self, epoch: Epoch) -> Option<Rc<Connection>> {
        self.connections.borrow().iter().find(|connection| connection.epoch == epoch).cloned()
    }

    fn pump(&self) {
        // A carrier or a browser call that comes back at once finds the outer loop running: it will see to it.
        if self.pumping.replace(true) {
            return;
        }
        loop {
            let Some(output) = self.link.borrow_mut().poll_output() else { break };
            self.carry_out(output);
        }
        self.pumping.set(false);
        let at = self.link.borrow().poll_timeout();
        let this = self.this.clone();
        self.timer.borrow_mut().set(at, move || {
            if let Some(driver) = this.upgrade() {
                driver.timer.borrow_mut().fired();
                driver.with_link(Link::handle_timeout);
            }
        });
    }

    fn handle_connection(&self, epoch: Epoch, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Link(event) => self.with_link(|link, now| link.handle_browser(epoch, event, now)),
            ConnectionEvent::Internal(state) => {
                let open = self.connection(epoch).filter(|_| state == InternalChannel::Open);
                if let Some(connection) = open {
                    self.channels.tell(&connection);
                }
                self.with_link(|link, now| link.handle_browser(epoch, BrowserEvent::InternalChannel(state), now));
            }
            ConnectionEvent::InBand(text) => self.receive(&text),
            ConnectionEvent::Track(track) => self.remote.add(epoch, &track),
            ConnectionEvent::Channel(channel) => {
                if let Some(channel) = self.channels.accept(epoch, channel) {
                    self.events.publish(PeerEvent::Channel(channel));
                }
            }
        }
    }

    fn close_connection(&self, epoch: Epoch) {
        let closed = {
            let mut connections = self.connections.borrow_mut();
            let at = connections.iter().position(|connection| connection.epoch == epoch);
            at.map(|at| connections.remove(at))
        };
        if let Some(connection) = closed {
            if self.current().is_none_or(|newest| newest.epoch < epoch) {
                self.keep_encodings(&connection);
            }
            self.channels.lose(epoch);
            self.publish_removed(self.remote.close(connection, self.state()));
        }
    }

    /// Keeps how the connection encodes its tracks, for the next.
    fn keep_encodings(&self, connection: &Connection) {
        let encodings = connection.encodings();
        if !encodings.is_empty() {
            self.encodings.replace(encodings);
        }
    }

    fn report(&self, event: LinkEvent) {
        match event {
            LinkEvent::StateChanged(state) => {
                if matches!(state, LinkState::Connected | LinkState::Failed { .. }) {
                    self.publish_removed(self.remote.settle());
                }
                self.events.publish(PeerEvent::StateChanged(state));
            }
            LinkEvent::RemoteSources(sources) => {
                self.remote.set_sources(sources.clone());
                self.events.publish(PeerEvent::Media(sources));
                self.publish_removed(self.remote.sweep());
            }
            LinkEvent::RemoteReplaced => {
                self.remote.replaced();
                self.channels.remote_replaced();
                self.events.publish(PeerEvent::Replaced);
            }
            LinkEvent::Closed(reason) => {
                self.publish_removed(self.remote.clear());
                self.channels.close_all();
                // Releases the camera and the microphone where nobody else holds them.
                self.published.clear();
                self.network.take();
                self.events.publish(PeerEvent::Closed(reason));
                self.events.close();
            }
            _ => {}
        }
    }

    fn publish_removed(&self, removed: Vec<web_sys::MediaStream>) {
        for stream in removed {
            self.events.publish(PeerEvent::StreamRemoved(stream));
        }
    }
}

/// Tells the machine what the browser says of the network and the page.
fn watch_network(driver: Weak<Driver>) -> NetworkWatcher {
    let network = NetworkWatcher::new();
    network.on_event(Rc::new(move |event| {
        if let (Some(driver), Some(change)) = (driver.upgrade(), event.change()) {
            driver.with_link(|link, now| link.handle_network(change, now));
        }
    }));
    network
}

/// Reads a message of the other side's link. What no server would relay is not parsed: in band, and over signaling of
/// the user's own, nobody else bounds it.
pub(crate) fn read(text: &str) -> Option<LinkMessage> {
    if text.len() > MAX_MESSAGE_BYTES {
        return None;
    }
    LinkMessage::try_from(json::read::<Wire>(text).ok()?).ok()
}
