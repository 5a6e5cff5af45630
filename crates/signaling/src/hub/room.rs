//! One room and its members.

use std::collections::BTreeMap;
use std::time::Duration;

use rejoin_proto::id::PeerId;
use rejoin_proto::relay::{RemotePeer, ServerMessage};
use rejoin_proto::time::Instant;

use super::command::{ConnId, Out};

/// A room: it exists from its first member to its last.
#[derive(Debug)]
pub(super) struct Room {
    /// How many members it may hold, the suspended counted.
    pub(super) capacity: u16,
    pub(super) members: BTreeMap<PeerId, Member>,
}

/// A peer in a room.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) info: Option<String>,
    pub(super) presence: Presence,
    /// How long its place is kept when its page goes; not at all where it has not asked for that.
    pub(super) reload: Option<Duration>,
    /// When its newest resume token was made.
    pub(super) token_issued: Instant,
    /// By what it was let in, where the server asks for that.
    pub(super) pass: Option<Pass>,
}

/// What is kept of an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) subject: Option<String>,
    /// Of the token.
    pub(super) fingerprint: String,
}

/// Whether a member can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// Over this connection.
    Connected(ConnId),
    /// Not now; its place is kept.
    Suspended {
        /// Until then.
        until: Instant,
        /// Whether it has said that its page goes, and not just lost its socket.
        away: bool,
    },
}

impl Room {
    pub(super) fn is_full(&self) -> bool {
        self.members.len() >= usize::from(self.capacity)
    }

    /// When the place of a suspended member ends, at the earliest.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.members.values().filter_map(Member::suspended_until).min()
    }

    /// Everybody but `peer`, as `welcome` lists them.
    pub(super) fn roster_for(&self, peer: &PeerId) -> Vec<RemotePeer> {
        let others = self.members.iter().filter(|(id, _)| *id != peer);
        others
            .map(|(id, member)| RemotePeer {
                peer: id.clone(),
                info: member.info.clone(),
                suspended: member.suspended_until().is_some(),
            })
            .collect()
    }

    /// Sends `message` to every connected member but `peer`.
    pub(super) fn tell_others(&self, peer: &PeerId, message: &ServerMessage, out: &mut Out) {
        for (id, member) in &self.members {
            if let Presence::Connected(conn) = member.presence
                && id != peer
            {
                out.send(conn, message.clone());
            }
        }
    }
}

impl Member {
    pub(super) const fn suspended_until(&self) -> Option<Instant> {
        match self.presence {
            Presence::Connected(_) => None,
            Presence::Suspended { until, .. } => Some(until),
        }
    }
}
