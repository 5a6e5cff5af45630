//! Shows peers the door: out of the room, and not in again.

use rejoin_proto::id::{PeerId, RoomId};
use rejoin_proto::relay::{CloseCode, LeaveReason};
use rejoin_proto::time::Instant;
use serde::Serialize;

use super::command::{Command, ConnId, Out};
use super::room::Presence;
use super::{Hub, Seat};
use crate::revoked::{Mark, Revocation};

/// Who has to go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kick {
    /// One peer. Its resume tokens, and the access token it came by, are revoked, also where it is not in the room now.
    Peer {
        /// The room it is in.
        room: RoomId,
        /// Who.
        peer: PeerId,
    },
    /// Everybody in a room, each as by [`Kick::Peer`].
    Room {
        /// The room.
        room: RoomId,
    },
    /// Every peer, in whatever room, that came by an access token with this `sub`, each as by [`Kick::Peer`]; and all of
    /// its access tokens that were made until now are revoked.
    Subject {
        /// The subject.
        subject: String,
    },
}

/// A room, to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RoomView {
    /// Its name.
    pub room: String,
    /// Who is in it, in the order of their ids.
    pub peers: Vec<PeerView>,
}

/// A peer in a room, to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PeerView {
    /// Its id.
    pub peer: String,
    /// The `sub` of the access token it came by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Whether its socket is lost just now.
    pub suspended: bool,
}

impl Hub {
    /// Somebody has to go: how many peers that are, and what is to be sent and closed.
    #[must_use = "what is to be sent and closed"]
    pub fn handle_kick(&mut self, kick: &Kick, now: Instant) -> (usize, Vec<(ConnId, Command)>) {
        let mut out = Out::default();
        let seats = self.seats_of(kick);
        match kick {
            // Also who is not there: it may hold a resume token.
            Kick::Peer { room, peer } => self.revoke(Mark::Peer { room: room.clone(), peer: peer.clone() }, now),
            Kick::Subject { subject } => self.revoke(Mark::Subject(subject.clone()), now),
            Kick::Room { .. } => {}
        }
        for seat in &seats {
            self.kick(seat, now, &mut out);
        }
        (seats.len(), out.0)
    }

    /// All rooms and who is in them, in the order of their names.
    pub fn view(&self) -> Vec<RoomView> {
        let mut rooms: Vec<_> = self.rooms.iter().collect();
        rooms.sort_by_key(|(id, _)| *id);
        let peers = |room: &super::Room| {
            let peer = |(id, member): (&PeerId, &super::room::Member)| PeerView {
                peer: id.as_str().to_owned(),
                subject: member.pass.as_ref().and_then(|pass| pass.subject.clone()),
                suspended: member.suspended_until().is_some(),
            };
            room.members.iter().map(peer).collect()
        };
        rooms.into_iter().map(|(id, room)| RoomView { room: id.as_str().to_owned(), peers: peers(room) }).collect()
    }

    /// An earlier process revoked this.
    pub(crate) fn handle_revoked(&mut self, revocation: Revocation) {
        self.revoked.revoke(revocation);
    }

    /// What was revoked since this was last asked.
    pub(crate) fn take_revoked(&mut self) -> Vec<Revocation> {
        std::mem::take(&mut self.news)
    }

    fn seats_of(&self, kick: &Kick) -> Vec<Seat> {
        let has_to_go = |room: &RoomId, peer: &PeerId, subject: Option<&String>| match kick {
            Kick::Peer { room: its, peer: who } => room == its && peer == who,
            Kick::Room { room: its } => room == its,
            Kick::Subject { subject: who } => subject == Some(who),
        };
        let mut seats = Vec::new();
        for (id, room) in &self.rooms {
            for (peer, member) in &room.members {
                let subject = member.pass.as_ref().and_then(|pass| pass.subject.as_ref());
                if has_to_go(id, peer, subject) {
                    seats.push(Seat { room: id.clone(), peer: peer.clone() });
                }
            }
        }
        seats
    }

    // connected, suspended --kick--> gone
    fn kick(&mut self, seat: &Seat, now: Instant, out: &mut Out) {
        let Some(member) = self.rooms.get(&seat.room).and_then(|room| room.members.get(&seat.peer)) else { return };
        let (presence, pass) = (member.presence, member.pass.clone());
        match presence {
            Presence::Connected(conn) => self.forget(conn, CloseCode::Kicked, out),
            Presence::Suspended { until, .. } => drop(self.expiries.remove(&(until, seat.clone()))),
        }
        self.revoke(Mark::Peer { room: seat.room.clone(), peer: seat.peer.clone() }, now);
        if let Some(pass) = pass {
            self.revoke(Mark::Token(pass.fingerprint), now);
        }
        self.remove(seat, LeaveReason::Kicked, out);
    }

    /// For as long as a token may live that is revoked by it.
    fn revoke(&mut self, mark: Mark, now: Instant) {
        let revocation = Revocation { mark, at: now, until: now + self.config.token_lifetime + SKEW };
        self.news.push(revocation.clone());
        self.revoked.revoke(revocation);
    }
}

/// By how much longer, for the clock that an access token was made by.
const SKEW: std::time::Duration = std::time::Duration::from_secs(60);
