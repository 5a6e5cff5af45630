//! What joins session and links: which message belongs to whom, who is connected with whom. As `src/room/room/links.rs`.

use rejoin_proto::backoff::BackoffConfig;
use rejoin_proto::id::{Incarnation, PeerId};
use rejoin_proto::link::{
    Admission, Carrier, CloseReason, Link, LinkConfig, LinkMessage, LinkState, Need, Presence, RecoveryConfig, Relay,
    Role, RoleRule, Wire, admit, farewell,
};
use rejoin_proto::relay::RemotePeer;
use rejoin_proto::session::{SessionEvent, SessionState};

use super::channel::Channel;
use super::page::Peer;
use super::world::World;
use crate::connections::Connections;

impl World<'_> {
    pub(super) fn hear(&mut self, side: usize, event: SessionEvent) {
        self.log(|| format!("{side} {event:?}"));
        self.coverage.session(&mut self.pages[side].shown, &event);
        match event {
            SessionEvent::StateChanged(state) => {
                if state != SessionState::Joined {
                    self.carrier(side, Carrier::Down);
                }
            }
            SessionEvent::Joined { fresh, .. } => self.joined(side, fresh),
            SessionEvent::PeerJoined(remote) | SessionEvent::PeerResumed(remote) => {
                let known = self.pages[side].peer_named(&remote.peer);
                if known.is_some_and(|peer| peer.expired && matches!(peer.shown, LinkState::Reconnecting { .. })) {
                    self.coverage.add("back after its place was given up");
                }
                self.presence(side, &remote.peer, Presence::Present);
                self.connect_to(side, &remote);
            }
            SessionEvent::PeerSuspended(remote) => self.presence(side, &remote.peer, Presence::Suspended),
            SessionEvent::PeerLeft { peer, reason } => self.presence(side, &peer, Presence::from(reason)),
            SessionEvent::Signal { from, data } => self.receive(side, &from, &data),
            SessionEvent::ServerError(_) | SessionEvent::GoingAway { .. } | SessionEvent::PeerInfo(_) => {}
            other => panic!("unknown event {other:?}"),
        }
    }

    fn joined(&mut self, side: usize, fresh: bool) {
        if fresh {
            // Under another id the other sides cannot know these links for the same.
            self.close_links(side, CloseReason::PeerGone);
        }
        self.carrier(side, Carrier::Up);
        let remotes = self.pages[side].session.as_ref().map(|session| session.peers().to_vec());
        for remote in remotes.into_iter().flatten() {
            self.connect_to(side, &remote);
        }
    }

    fn carrier(&mut self, side: usize, carrier: Carrier) {
        self.each_link(side, |link, now| link.handle_carrier(carrier, now));
    }

    /// Does this with every link of a page, those that are over too.
    pub(super) fn each_link(&mut self, side: usize, act: impl Fn(&mut Link, rejoin_proto::time::Instant)) {
        let now = self.at();
        let owners: Vec<_> = self.pages[side].links().map(|peer| peer.owner).collect();
        for owner in owners {
            if let Some(peer) = self.pages[side].peer(owner) {
                act(&mut peer.link, now);
            }
            self.drive(side, owner);
        }
    }

    pub(super) fn close_links(&mut self, side: usize, reason: CloseReason) {
        let owners: Vec<_> = self.pages[side].peers.iter().map(|peer| peer.owner).collect();
        for owner in owners {
            self.close_link(side, owner, reason);
        }
    }

    pub(super) fn close_link(&mut self, side: usize, owner: u64, reason: CloseReason) {
        let now = self.at();
        if let Some(peer) = self.pages[side].peer(owner) {
            peer.link.close(reason, now);
        }
        self.drive(side, owner);
    }

    fn presence(&mut self, side: usize, id: &PeerId, presence: Presence) {
        let now = self.at();
        let Some(peer) = self.pages[side].peer_named(id) else { return };
        peer.expired = presence == Presence::Expired;
        let owner = peer.owner;
        peer.link.handle_presence(presence, now);
        self.drive(side, owner);
    }

    /// A room connects with everybody by itself.
    fn connect_to(&mut self, side: usize, remote: &RemotePeer) {
        if !remote.suspended {
            self.connect(side, &remote.peer);
        }
    }

    pub(super) fn connect(&mut self, side: usize, id: &PeerId) {
        if self.pages[side].peer_named(id).is_some() {
            return;
        }
        let Some(owner) = self.create(side, id) else { return };
        let now = self.at();
        if let Some(peer) = self.pages[side].peer(owner) {
            peer.link.connect(now);
        }
        self.drive(side, owner);
    }

    fn receive(&mut self, side: usize, from: &PeerId, data: &str) {
        let wire: Wire = serde_json::from_str(data).unwrap();
        let message = LinkMessage::try_from(wire).unwrap();
        let now = self.at();
        let page = &mut self.pages[side];
        let is_for = |peer: &&mut Peer| peer.id == *from && !peer.link.is_drained() && peer.link.is_for(&message);
        let known = match page.closing.iter_mut().find(is_for) {
            Some(peer) => Some(peer),
            None => page.peers.iter_mut().find(|peer| peer.id == *from),
        };
        let owner = match known {
            Some(peer) => {
                peer.link.handle_message(message, now);
                peer.owner
            }
            None => match admit(&message, &page.retired) {
                Admission::Create => {
                    let members = page.session.as_ref().map(|session| session.peers()).unwrap_or_default();
                    if !members.iter().any(|remote| remote.peer == *from) {
                        self.coverage.add("late words of who has left");
                        return;
                    }
                    self.coverage.add("admission: create");
                    let Some(owner) = self.create(side, from) else { return };
                    if let Some(peer) = self.pages[side].peer(owner) {
                        peer.link.handle_message(message, now);
                    }
                    owner
                }
                Admission::ReplyBye => {
                    self.coverage.add("admission: reply");
                    if let Some(bye) = farewell(&message) {
                        self.signal(side, from, &bye);
                        self.drive_session(side);
                    }
                    return;
                }
                Admission::Ignore => {
                    self.coverage.add("admission: ignore");
                    return;
                }
            },
        };
        self.drive(side, owner);
    }

    /// By the server, to another member.
    pub(super) fn signal(&mut self, side: usize, to: &PeerId, message: &LinkMessage) {
        let data = serde_json::to_string(&Wire::from(message)).unwrap();
        // What is not carried is not acknowledged, and sent again.
        if let Some(session) = &mut self.pages[side].session {
            let _ = session.signal(to.clone(), data);
        }
    }

    fn create(&mut self, side: usize, id: &PeerId) -> Option<u64> {
        let me = self.pages[side].id()?.clone();
        let role = if me < *id { Role::Offerer } else { Role::Answerer };
        let backoff = BackoffConfig::new().with_max_attempts(self.plan.link.max_attempts[side]);
        // Presence may know what the other side wants to send, and may be wrong.
        let remote_need = if self.rng.bool() { self.pages[1 - side].tracks } else { Need::default() };
        let config = LinkConfig {
            local: Incarnation::from_random(self.rng.u64(..)),
            role: RoleRule::Fixed(role),
            remote_need,
            seed: self.rng.u64(..),
            relay: if self.rng.bool() { Relay::Available } else { Relay::Unavailable },
            recovery: RecoveryConfig::new().with_backoff(backoff),
        };
        let channel = Channel::new(self.rng.u64(..), self.plan.order);
        self.owners += 1;
        let (owner, now) = (self.owners, self.at());
        self.log(|| format!("{side}.{owner} new link {} to {id}", config.local));
        let mut link = Link::new(config, now);
        let page = &mut self.pages[side];
        let remote = page.session.as_ref()?.peers().iter().find(|remote| remote.peer == *id);
        link.handle_presence(
            if remote.is_some_and(|remote| remote.suspended) { Presence::Suspended } else { Presence::Present },
            now,
        );
        if page.is_joined() {
            link.handle_carrier(Carrier::Up, now);
        }
        link.set_need(page.tracks, now);
        // The one channel is durable; an application may have others.
        link.set_replaceable(self.plan.link.replaceable[side]);
        let shown = *link.state();
        page.peers.push(Peer {
            owner,
            id: id.clone(),
            link,
            pcs: Connections::new(side, owner),
            shown,
            over: false,
            expired: false,
            channel,
            sent: 0,
            met: Vec::new(),
        });
        self.coverage.add("link made");
        self.drive(side, owner);
        Some(owner)
    }
}
