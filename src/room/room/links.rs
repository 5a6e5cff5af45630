//! The links of a room: which message belongs to whom, who is connected with whom.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use rejoin_proto::fields::to_json;
use rejoin_proto::id::PeerId;
use rejoin_proto::link::{
    Admission, Carrier, CloseReason, Link, LinkMessage, Presence, RetiredIncarnations, Role, RoleRule, Wire, admit,
    farewell,
};
use rejoin_proto::relay::{CloseCode, ErrorCode, LeaveReason, RemotePeer};
use rejoin_proto::session::{Failure, SessionEvent, SessionState};
use wasm_bindgen_futures::spawn_local;

use super::super::driver::{Driver, read};
use super::super::events::{Events, Publisher, ReadGuard};
use super::super::peer::{Peer, PeerEvent, PeerState, link_config};
use super::super::signaling_client::SignalingClient;
use super::options::RoomInfo;
use super::{ConnectMode, Member, RoomChannel, RoomEvent, RoomOptions};
use crate::browser::listener::Listener;
use crate::browser::network::on_page_gone;
use crate::browser::peer_connection::{Configuration, IceServer};
use crate::media::LocalStream;

/// What the handles on a room share.
pub(super) struct Inner {
    pub(super) client: SignalingClient,
    options: RoomOptions,
    configuration: RefCell<Configuration>,
    pub(super) media: RefCell<Vec<LocalStream>>,
    pub(super) app: RefCell<Option<String>>,
    peers: RefCell<Vec<Peer>>,
    /// Over, but the other side has not yet confirmed that it knows.
    closing: RefCell<Vec<Peer>>,
    pub(super) channels: RefCell<Vec<RoomChannel>>,
    retired: RefCell<RetiredIncarnations>,
    pub(super) events: Publisher<RoomEvent>,
    /// Reads from the very start, for whoever asks first: while joining nobody else can.
    pub(super) first: RefCell<Option<Events<RoomEvent>>>,
    _watch: ReadGuard,
    _page: Option<Listener>,
    this: Weak<Self>,
}

impl Inner {
    pub(super) fn start(client: SignalingClient, options: RoomOptions, app: Option<String>) -> Rc<Self> {
        let events = client.events();
        let watch = events.guard();
        let room = Rc::new_cyclic(|this| Self {
            client,
            media: RefCell::new(options.media.clone()),
            app: RefCell::new(app),
            configuration: RefCell::new(options.configuration.clone()),
            options,
            peers: RefCell::default(),
            closing: RefCell::default(),
            channels: RefCell::default(),
            retired: RefCell::default(),
            events: Publisher::default(),
            first: RefCell::default(),
            _watch: watch,
            _page: leave_with_page(this.clone()),
            this: this.clone(),
        });
        room.first.replace(Some(room.events.subscribe()));
        let weak = Rc::downgrade(&room);
        spawn_local(events.for_each_ref(move |event| {
            if let (Some(room), Some(event)) = (weak.upgrade(), event) {
                room.handle_signaling(event);
            }
        }));
        room
    }

    fn handle_signaling(&self, event: &SessionEvent) {
        match event {
            SessionEvent::StateChanged(state) => {
                if *state != SessionState::Joined {
                    self.each_driver(|driver| driver.carrier(Carrier::Down));
                }
                if let SessionState::Failed { reason: Failure::Closed(CloseCode::Kicked) } = state {
                    self.close_all(CloseReason::Kicked);
                }
                self.events.publish(RoomEvent::Signaling(state.clone()));
            }
            SessionEvent::Joined { fresh, .. } => self.joined(*fresh),
            SessionEvent::PeerJoined(remote) => {
                self.presence(&remote.peer, Presence::Present);
                self.events.publish(RoomEvent::MemberJoined(member(remote)));
                self.connect_automatically(remote);
            }
            SessionEvent::PeerSuspended(remote) => {
                self.presence(&remote.peer, Presence::Suspended);
                self.events.publish(RoomEvent::MemberChanged(member(remote)));
            }
            SessionEvent::PeerResumed(remote) => {
                self.presence(&remote.peer, Presence::Present);
                self.events.publish(RoomEvent::MemberChanged(member(remote)));
                self.connect_automatically(remote);
            }
            SessionEvent::PeerInfo(remote) => self.events.publish(RoomEvent::MemberChanged(member(remote))),
            SessionEvent::PeerLeft { peer, reason } => {
                match self.peer(peer) {
                    // Who was shown the door is not to be talked to, and may not say so itself.
                    Some(peer) if *reason == LeaveReason::Kicked => peer.driver().close(CloseReason::Kicked),
                    _ => self.presence(peer, Presence::from(*reason)),
                }
                self.events.publish(RoomEvent::MemberLeft(peer.clone(), *reason));
            }
            SessionEvent::Signal { from, data } => self.receive(from, data),
            // Not there is what presence says too, and what is lost is sent again.
            SessionEvent::ServerError(error) if error.code == ErrorCode::UnknownPeer => {}
            SessionEvent::ServerError(error) => self.events.publish(RoomEvent::Server(error.clone())),
            _ => {}
        }
    }

    fn joined(&self, fresh: bool) {
        if fresh {
            // Under another id the other sides cannot know these links for the same.
            self.close_all(CloseReason::PeerGone);
        }
        // The server's, whose credentials expire, come anew with each join.
        self.configure();
        self.each_driver(|driver| driver.carrier(Carrier::Up));
        for remote in self.client.peers() {
            self.connect_automatically(&remote);
        }
    }

    fn connect_automatically(&self, remote: &RemotePeer) {
        let wanted = self.options.connect == ConnectMode::Auto && !remote.suspended;
        if wanted
            && self.peer(&remote.peer).is_none()
            && let Some(peer) = self.create(&remote.peer)
        {
            peer.driver().with_link(Link::connect);
        }
    }

    fn receive(&self, from: &PeerId, data: &str) {
        let Some(message) = read(data) else {
            if let Some(peer) = self.peer(from) {
                peer.driver().with_link(Link::handle_malformed);
            }
            return;
        };
        if let Some(peer) = self.closing_for(from, &message).or_else(|| self.peer(from)) {
            return peer.driver().receive_message(message);
        }
        let admission = admit(&message, &self.retired.borrow());
        match admission {
            Admission::Create => {
                // Late words of who has left would make a link to nobody.
                if self.remote(from).is_some()
                    && let Some(peer) = self.create(from)
                {
                    peer.driver().receive_message(message);
                }
            }
            Admission::ReplyBye => self.say_farewell(from, &message),
            Admission::Ignore => {}
        }
    }

    fn say_farewell(&self, to: &PeerId, message: &LinkMessage) {
        let text = farewell(message).map(|bye| to_json(&mut Wire::from(&bye)));
        if let Some(text) = text {
            // Not sent is as good as lost: the other side asks again.
            let _ = self.client.send(to, text);
        }
    }

    /// The link that is over but still says goodbye, where `message` belongs to it.
    fn closing_for(&self, from: &PeerId, message: &LinkMessage) -> Option<Peer> {
        let belongs =
            |peer: &&Peer| peer.id() == Some(from) && !peer.driver().is_drained() && peer.driver().is_for(message);
        self.closing.borrow().iter().find(belongs).cloned()
    }

    pub(super) fn create(&self, id: &PeerId) -> Option<Peer> {
        let me = self.client.peer_id()?;
        let role = if me < *id { Role::Offerer } else { Role::Answerer };
        let remote = self.remote(id);
        let need = RoomInfo::read(remote.as_ref().and_then(|remote| remote.info.as_deref())).need();
        let configuration = self.configuration();
        let config = link_config(RoleRule::Fixed(role), need, configuration.relay(), self.options.recovery);
        let (client, to) = (self.client.clone(), id.clone());
        let send = Box::new(move |text| client.send(&to, text).is_ok());
        let driver = Driver::new(config, configuration, send);
        let peer = Peer::in_room(id.clone(), driver.clone());
        self.watch(&peer);
        self.peers.borrow_mut().push(peer.clone());
        self.media.borrow().iter().for_each(|stream| peer.publish(stream));
        for channel in self.channels.borrow().iter() {
            // The label did when the channel was made; the peer is new and not closed.
            let _ = channel.add(&peer);
        }
        driver.presence(if remote.is_some_and(|remote| remote.suspended) {
            Presence::Suspended
        } else {
            Presence::Present
        });
        if self.client.state() == SessionState::Joined {
            driver.carrier(Carrier::Up);
        }
        self.events.publish(RoomEvent::Peer(peer.clone()));
        Some(peer)
    }

    fn configuration(&self) -> Configuration {
        let mut configuration = self.configuration.borrow().clone();
        // One bad entry of the server's must not spoil the rest.
        let offered = self.client.ice_servers().into_iter().flatten().map(IceServer::from);
        configuration.ice_servers.extend(offered.filter(|server| server.validate().is_ok()));
        configuration
    }

    pub(super) fn set_configuration(&self, configuration: Configuration) {
        let identity = self.configuration.borrow_mut().certificates.pop();
        let mut held = self.configuration.borrow_mut();
        *held = configuration;
        held.identify(identity);
        drop(held);
        self.configure();
    }

    fn configure(&self) {
        let configuration = self.configuration();
        self.each_driver(|driver| driver.set_configuration(configuration.clone()));
    }

    /// Takes the peer out of the room when its link is over, and a channel that it has opened anew into the room's.
    fn watch(&self, peer: &Peer) {
        let (room, id) = (self.this.clone(), peer.id().cloned());
        spawn_local(peer.events().for_each_ref(move |event| {
            let (Some(room), Some(id)) = (room.upgrade(), &id) else { return };
            match event {
                Some(PeerEvent::Closed(_)) => room.sort_out(),
                Some(PeerEvent::Channel(channel)) => room.take_in(id, channel.label()),
                _ => {}
            }
        }));
    }

    fn take_in(&self, id: &PeerId, label: &str) {
        let known = self.channels.borrow().iter().find(|known| known.label() == label && !known.is_closed()).cloned();
        if let (Some(channel), Some(peer)) = (known, self.peer(id)) {
            // Another kind of channel under this label is the application's.
            let _ = channel.add(&peer);
        }
    }

    /// Takes out those whose link is over: at once for whoever looks, their own event comes later.
    fn sort_out(&self) {
        while let Some(peer) = self.take_closed() {
            if let (Some(id), PeerState::Closed { reason }) = (peer.id(), peer.state()) {
                self.channels.borrow().iter().for_each(|channel| channel.remove(id));
                peer.driver().retire(&mut self.retired.borrow_mut());
                let mut closing = self.closing.borrow_mut();
                closing.retain(|peer| !peer.driver().is_drained());
                closing.push(peer.clone());
                drop(closing);
                self.events.publish(RoomEvent::PeerClosed(peer, reason));
            }
        }
    }

    fn take_closed(&self) -> Option<Peer> {
        let mut peers = self.peers.borrow_mut();
        let at = peers.iter().position(Peer::is_closed)?;
        Some(peers.remove(at))
    }

    pub(super) fn peers(&self) -> Vec<Peer> {
        self.sort_out();
        self.peers.borrow().clone()
    }

    pub(super) fn remote(&self, id: &PeerId) -> Option<RemotePeer> {
        self.client.peers().into_iter().find(|remote| remote.peer == *id)
    }

    fn presence(&self, id: &PeerId, presence: Presence) {
        if let Some(peer) = self.peer(id) {
            peer.driver().presence(presence);
        }
    }

    pub(super) fn peer(&self, id: &PeerId) -> Option<Peer> {
        self.peers().into_iter().find(|peer| peer.id() == Some(id))
    }

    fn close_all(&self, reason: CloseReason) {
        self.peers().iter().for_each(|peer| peer.driver().close(reason));
    }

    fn each_driver(&self, act: impl Fn(&Driver)) {
        let mut peers = self.peers();
        peers.extend(self.closing.borrow().iter().cloned());
        peers.iter().for_each(|peer| act(peer.driver()));
    }

    pub(super) fn announce(&self) {
        // The application's part was taken once, and the numbers of tracks are as long as they were.
        let _ = self.client.set_info(RoomInfo::new(self.app.borrow().clone(), &self.media.borrow()).text());
    }

    pub(super) fn leave(&self) {
        self.close_all(CloseReason::HungUp);
        self.channels.take().iter().for_each(RoomChannel::close);
        self.media.take();
        self.client.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.leave();
    }
}

/// What a page says when it goes is not sure to get out, and the first of it has the best chance. So the server hears
/// first, by the client's own listener, which is older: while it keeps our place, the page that is loaded next may find
/// the room full. The peers hear it in band.
fn leave_with_page(room: Weak<Inner>) -> Option<Listener> {
    on_page_gone(move || {
        // Where the others are to wait for the page that comes next, they hear nothing.
        if let Some(room) = room.upgrade().filter(|room| room.options.signaling.reload.is_none()) {
            room.leave();
        }
    })
}

pub(super) fn member(remote: &RemotePeer) -> Member {
    let info = RoomInfo::read(remote.info.as_deref()).app;
    Member { id: remote.peer.clone(), info, suspended: remote.suspended }
}
