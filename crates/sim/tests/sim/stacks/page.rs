//! A page: its session with the server, its links, and how it is loaded and left.

use rejoin_proto::backoff::BackoffConfig;
use rejoin_proto::id::{Incarnation, PeerId, RoomId};
use rejoin_proto::link::{CloseReason, Link, LinkState, Need, RetiredIncarnations};
use rejoin_proto::relay::{ClientMessage, CloseCode};
use rejoin_proto::session::{Claim, Identity, NetworkChange, Output, Session, SessionConfig, SessionState};

use super::channel::Channel;
use super::network::ToServer;
use super::world::World;
use crate::connections::Connections;

/// A link to one member of the room.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The number of this link in its world.
    pub(crate) owner: u64,
    pub(crate) id: PeerId,
    pub(crate) link: Link,
    pub(crate) pcs: Connections,
    pub(crate) shown: LinkState,
    pub(crate) over: bool,
    /// Its place with the server was given up.
    pub(crate) expired: bool,
    pub(crate) channel: Channel,
    pub(crate) sent: u64,
    /// The incarnations of the other side that it has known.
    pub(crate) met: Vec<Incarnation>,
}

#[derive(Debug)]
pub(crate) struct Page {
    /// How often it was loaded.
    pub(crate) life: u64,
    pub(crate) session: Option<Session>,
    pub(crate) socket: Option<usize>,
    pub(crate) peers: Vec<Peer>,
    /// Links that are over and have yet to say so.
    pub(crate) closing: Vec<Peer>,
    pub(crate) retired: RetiredIncarnations,
    pub(crate) tracks: Need,
    /// What the page keeps over a reload: its identity. The server may have another key by then.
    pub(crate) kept: Option<String>,
    /// There is no network until then.
    pub(crate) offline_until: u64,
    /// Its timers stand still until then.
    pub(crate) sleeps_until: u64,
    /// All of it stands still until then.
    pub(crate) frozen_until: u64,
    pub(crate) shown: &'static str,
    driving: bool,
}

impl Page {
    pub(crate) fn new() -> Self {
        Self {
            life: 0,
            session: None,
            socket: None,
            peers: Vec::new(),
            closing: Vec::new(),
            retired: RetiredIncarnations::new(),
            tracks: Need::default(),
            kept: None,
            offline_until: 0,
            sleeps_until: 0,
            frozen_until: 0,
            shown: "session connecting",
            driving: false,
        }
    }

    pub(crate) fn links(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter().chain(&self.closing)
    }

    pub(crate) fn peer(&mut self, owner: u64) -> Option<&mut Peer> {
        self.peers.iter_mut().chain(&mut self.closing).find(|peer| peer.owner == owner)
    }

    pub(crate) fn id(&self) -> Option<&PeerId> {
        self.session.as_ref()?.peer_id()
    }

    pub(crate) fn peer_named(&mut self, id: &PeerId) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|peer| peer.id == *id)
    }

    pub(crate) fn is_joined(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.state() == SessionState::Joined)
    }
}

impl World<'_> {
    /// The page is loaded, and joins the room.
    pub(super) fn load(&mut self, side: usize) {
        if self.pages[side].session.is_some() {
            return;
        }
        let backoff = BackoffConfig::new().with_max_attempts(self.plan.session_attempts[side]);
        let backoff = backoff.with_max(core::time::Duration::from_secs(10));
        let keeps = self.rng.f64() < self.plan.keeps;
        let (seed, now) = (self.rng.u64(..), self.at());
        let page = &mut self.pages[side];
        let identity = page.kept.take().filter(|_| keeps).and_then(|kept| Identity::read(&kept));
        let is_known = identity.is_some();
        let config = SessionConfig::new(RoomId::new("room").unwrap()).with_backoff(backoff);
        let config = config.with_reload(self.plan.reload[side], identity);
        page.life += 1;
        page.session = Some(Session::new(config, seed, now));
        page.shown = "session connecting";
        if page.life > 1 {
            self.coverage.add(if is_known { "loaded with its identity" } else { "loaded as somebody new" });
        }
        self.drive_session(side);
    }

    /// The session wants something, or says something.
    pub(super) fn drive_session(&mut self, side: usize) {
        if core::mem::replace(&mut self.pages[side].driving, true) {
            return;
        }
        loop {
            self.count_step();
            let Some(session) = &mut self.pages[side].session else { break };
            let Some(output) = session.poll_output() else { break };
            match output {
                Output::Dial { generation } => self.dial(side, generation),
                Output::Send { message, .. } => self.transmit(side, message),
                Output::CloseSocket { code, .. } => {
                    if let Some(number) = self.pages[side].socket.take() {
                        self.send_to_server(number, ToServer::Closed(code));
                    }
                }
                Output::Claim => {
                    // Refused to a duplicate of the tab; and some answers do not come.
                    let claim = [Some(Claim::Held), Some(Claim::Held), Some(Claim::Refused), None][self.rng.usize(..4)];
                    let now = self.at();
                    if let Some((claim, session)) = claim.zip(self.pages[side].session.as_mut()) {
                        session.handle_claim(claim, now);
                    }
                }
                Output::Keep => {
                    let identity = session.identity();
                    self.pages[side].kept = identity;
                }
                Output::Forget => self.pages[side].kept = None,
                Output::Event(event) => self.hear(side, event),
            }
        }
        self.pages[side].driving = false;
    }

    fn transmit(&mut self, side: usize, message: ClientMessage) {
        if let Some(number) = self.pages[side].socket {
            self.send_to_server(number, ToServer::Text(message.to_json()));
        }
    }

    /// The page is gone: its memory, its connections, its socket.
    pub(super) fn unload(&mut self, side: usize, goodbye: Goodbye) {
        if goodbye == Goodbye::Said {
            self.close_links(side, CloseReason::HungUp);
            if let Some(session) = &mut self.pages[side].session {
                session.close();
            }
        } else if let Some(session) = &mut self.pages[side].session
            && self.rng.bool()
        {
            // Not where it crashes.
            session.handle_page_gone();
        }
        self.drive_session(side);
        let page = &mut self.pages[side];
        page.session = None;
        let socket = page.socket.take();
        let links: Vec<_> = page.peers.drain(..).chain(page.closing.drain(..)).collect();
        page.retired = RetiredIncarnations::new();
        for peer in links {
            for pc in peer.pcs.pcs() {
                self.close_connection(pc);
            }
            self.keep(side, peer);
        }
        if let Some(number) = socket {
            if self.rng.bool() {
                // As browsers do it where nobody else has.
                self.send_to_server(number, ToServer::Closed(CloseCode::GoingAway));
            } else {
                self.cut(number);
            }
        }
    }

    /// The browser says something of the network or the page.
    pub(super) fn network_change(&mut self, side: usize, change: NetworkChange) {
        self.coverage.add(change.as_str());
        let now = self.at();
        if let Some(session) = &mut self.pages[side].session {
            session.handle_network(change, now);
        }
        self.drive_session(side);
        self.each_link(side, |link, now| link.handle_network(change, now));
    }
}

/// How a page goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goodbye {
    Said,
    Unsaid,
}
