//! Who is in which room, and who is told what: a machine without I/O, clock or randomness.
//!
//! ```text
//!               hello ok                 socket lost
//!   greeting ------------> connected ----------------> suspended --- resume window ---> gone (expired)
//!      |                     |    ^                        |
//!      | refused      leave, |    |     hello with the     |
//!      v           removed   v    |     resume token       |
//!    gone                  gone   +------------------------+
//! ```
//!
//! Inputs are `handle_…`; each gives back what is to be sent and closed, in order. After a
//! [`Command::Close`] the hub has forgotten the connection and ignores whatever else comes from it.
//! [`Hub::handle_kick`] makes a member gone too, and keeps it out.
//! The caller runs [`Hub::handle_time`] when [`Hub::poll_deadline`] is reached.

mod admit;
mod command;
mod fault;
mod kick;
mod room;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rejoin_proto::id::{PeerId, RoomId};
use rejoin_proto::relay::{ClientMessage, CloseCode, ErrorCode, LeaveReason, Malformed, ServerMessage, Token};
use rejoin_proto::time::Instant;

pub use command::{Command, ConnId, Departure, Standing};
pub use fault::Fault;
pub use kick::{Kick, PeerView, RoomView};

use crate::revoked::{Revocation, Revoked};
use crate::{Config, token};
use command::Out;
use fault::{error, retryable};
use room::{Member, Presence, Room};

/// All rooms of a server.
pub struct Hub {
    config: Arc<Config>,
    random: fastrand::Rng,
    rooms: HashMap<RoomId, Room>,
    /// Every open connection, and where it sits once its hello was accepted.
    connections: HashMap<ConnId, Option<Seat>>,
    /// When the places of the suspended end.
    expiries: BTreeSet<(Instant, Seat)>,
    /// Who is not let in again.
    revoked: Revoked,
    /// What of that is new, for the file.
    news: Vec<Revocation>,
}

/// A member of a room.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Seat {
    room: RoomId,
    peer: PeerId,
}

impl Hub {
    /// A hub without rooms. From `seed` come the ids of new peers, so no two hubs may have the same; that
    /// they can be foretold does no harm, because an id is proven by its token.
    pub fn new(config: Arc<Config>, seed: u64) -> Self {
        Self {
            config,
            random: fastrand::Rng::with_seed(seed),
            rooms: HashMap::new(),
            connections: HashMap::new(),
            expiries: BTreeSet::new(),
            revoked: Revoked::default(),
            news: Vec::new(),
        }
    }

    /// Where a connection stands.
    pub fn standing(&self, conn: ConnId) -> Standing {
        match self.connections.get(&conn) {
            None => Standing::Gone,
            Some(None) => Standing::Greeting,
            Some(Some(_)) => Standing::Member,
        }
    }

    /// The peer a connection is, once it is in a room.
    pub fn peer(&self, conn: ConnId) -> Option<&PeerId> {
        Some(&self.connections.get(&conn)?.as_ref()?.peer)
    }

    /// How many rooms there are.
    pub fn room_count(&self) -> usize {
        self.rooms.len()
    }

    /// When [`Hub::handle_time`] has something to do next.
    pub fn poll_deadline(&self) -> Option<Instant> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// A connection is open. It must say `hello` first.
    pub fn handle_connected(&mut self, conn: ConnId) {
        self.connections.insert(conn, None);
    }

    /// A connection sent a message.
    #[must_use = "what is to be sent and closed"]
    pub fn handle_message(&mut self, conn: ConnId, message: ClientMessage, now: Instant) -> Vec<(ConnId, Command)> {
        let mut out = Out::default();
        match (self.connections.get(&conn).cloned(), message) {
            (None, _) | (Some(_), ClientMessage::Unknown { .. }) => {}
            (Some(None), ClientMessage::Hello(hello)) => self.admit(conn, hello, now, &mut out),
            (Some(None), ClientMessage::Leave) => self.forget(conn, CloseCode::Normal, &mut out),
            (Some(None), _) => self.fault(conn, Fault::NotHello, now, &mut out),
            (Some(Some(_)), ClientMessage::Hello(_)) => self.fault(conn, Fault::SecondHello, now, &mut out),
            (Some(Some(seat)), ClientMessage::Leave) => {
                self.forget(conn, CloseCode::Normal, &mut out);
                self.remove(&seat, LeaveReason::Left, &mut out);
            }
            (Some(Some(seat)), ClientMessage::Signal { to, data }) => self.relay(conn, seat, to, data, &mut out),
            (Some(Some(seat)), ClientMessage::Info { info }) => self.set_info(conn, seat, info, &mut out),
            (Some(Some(seat)), ClientMessage::Ping) => {
                let resume = self.renew_token(&seat, now);
                out.send(conn, ServerMessage::Pong { resume });
            }
            // A message this server does not know yet; the protocol crate may gain some.
            (Some(Some(_)), _) => {}
        }
        out.0
    }

    /// A connection sent a text that is no message.
    #[must_use = "what is to be sent and closed"]
    pub fn handle_malformed(&mut self, conn: ConnId, why: &Malformed, now: Instant) -> Vec<(ConnId, Command)> {
        let mut out = Out::default();
        match self.connections.get(&conn) {
            None => {}
            Some(None) => self.fault(conn, Fault::BadHello(why.to_string()), now, &mut out),
            Some(Some(_)) => {
                let code = match why {
                    Malformed::TooLong { .. } => ErrorCode::TooLarge,
                    _ => ErrorCode::BadMessage,
                };
                out.send(conn, error(code, &why.to_string()));
            }
        }
        out.0
    }

    /// A connection did what closes it.
    #[must_use = "what is to be sent and closed"]
    pub fn handle_fault(&mut self, conn: ConnId, fault: Fault, now: Instant) -> Vec<(ConnId, Command)> {
        let mut out = Out::default();
        if self.connections.contains_key(&conn) {
            self.fault(conn, fault, now, &mut out);
        }
        out.0
    }

    /// The socket of a connection ended.
    #[must_use = "what is to be sent and closed"]
    pub fn handle_disconnected(&mut self, conn: ConnId, departure: Departure, now: Instant) -> Vec<(ConnId, Command)> {
        let mut out = Out::default();
        if let Some(Some(seat)) = self.connections.remove(&conn) {
            match departure {
                Departure::Left => self.remove(&seat, LeaveReason::Left, &mut out),
                Departure::Away => match self.member(&seat).and_then(|member| member.reload) {
                    None => self.remove(&seat, LeaveReason::Left, &mut out),
                    Some(reload) => self.suspend(seat, reload, true, now, &mut out),
                },
                Departure::Lost => self.suspend(seat, self.config.resume_window, false, now, &mut out),
            }
        }
        out.0
    }

    /// Time has passed: places that nobody came back for end.
    #[must_use = "what is to be sent and closed"]
    pub fn handle_time(&mut self, now: Instant) -> Vec<(ConnId, Command)> {
        let mut out = Out::default();
        while self.poll_deadline().is_some_and(|at| at <= now) {
            self.expire_first(&mut out);
        }
        out.0
    }

    /// The server stops: everybody is closed, and told to come back at a random time of the spread.
    #[must_use = "what is to be sent and closed"]
    pub fn handle_shutdown(&mut self) -> Vec<(ConnId, Command)> {
        let mut out = Out::default();
        // In an order of their own, so that the same inputs always lead to the same outputs.
        let mut connections: Vec<_> = self.connections.drain().map(|(conn, _)| conn).collect();
        connections.sort_unstable();
        for conn in connections {
            let reconnect_after = self.config.reconnect_spread.mul_f64(self.random.f64());
            out.send(conn, ServerMessage::GoingAway { reconnect_after });
            out.close(conn, CloseCode::Restart);
        }
        self.rooms.clear();
        self.expiries.clear();
        out.0
    }

    fn relay(&self, conn: ConnId, from: Seat, to: PeerId, data: String, out: &mut Out) {
        let member = self.rooms.get(&from.room).and_then(|room| room.members.get(&to)).filter(|_| to != from.peer);
        match member.map(|member| member.presence) {
            Some(Presence::Connected(other)) => out.send(other, ServerMessage::Signal { from: from.peer, data }),
            Some(Presence::Suspended { .. }) => {
                out.send(conn, retryable(ErrorCode::UnknownPeer, &format!("{to} is suspended"), None));
            }
            None => out.send(conn, error(ErrorCode::UnknownPeer, &format!("{to} is not in the room"))),
        }
    }

    fn set_info(&mut self, conn: ConnId, seat: Seat, info: Option<String>, out: &mut Out) {
        if self.is_too_large(info.as_deref()) {
            let text = format!("info has more than {} bytes", self.config.info_bytes);
            return out.send(conn, error(ErrorCode::TooLarge, &text));
        }
        let Some(room) = self.rooms.get_mut(&seat.room) else { return };
        if let Some(member) = room.members.get_mut(&seat.peer) {
            member.info.clone_from(&info);
        }
        room.tell_others(&seat.peer, &ServerMessage::PeerInfo { peer: seat.peer.clone(), info }, out);
    }

    fn is_too_large(&self, info: Option<&str>) -> bool {
        info.is_some_and(|info| info.len() > self.config.info_bytes)
    }

    /// A new resume token where the member's is past half of its life.
    fn renew_token(&mut self, seat: &Seat, now: Instant) -> Option<Token> {
        let lifetime = self.config.token_lifetime;
        let member = self.member(seat)?;
        if now.saturating_since(member.token_issued) < lifetime / 2 {
            return None;
        }
        member.token_issued = now;
        token::issue(&self.config.key, &seat.room, &seat.peer, now + lifetime)
    }

    fn member(&mut self, seat: &Seat) -> Option<&mut Member> {
        self.rooms.get_mut(&seat.room)?.members.get_mut(&seat.peer)
    }

    // connected --fault--> gone, or suspended
    fn fault(&mut self, conn: ConnId, fault: Fault, now: Instant, out: &mut Out) {
        let seat = self.connections.get(&conn).cloned().flatten();
        let code = fault.close_code();
        if let Some(message) = fault.into_message() {
            out.send(conn, message);
        }
        self.forget(conn, code, out);
        match seat {
            Some(seat) if code.is_final() => self.remove(&seat, LeaveReason::Removed, out),
            Some(seat) => self.suspend(seat, self.config.resume_window, false, now, out),
            None => {}
        }
    }

    fn forget(&mut self, conn: ConnId, code: CloseCode, out: &mut Out) {
        self.connections.remove(&conn);
        out.close(conn, code);
    }

    // connected --socket lost--> suspended
    fn suspend(&mut self, seat: Seat, time: Duration, away: bool, now: Instant, out: &mut Out) {
        let until = now + time.min(self.config.resume_window);
        let Some(member) = self.member(&seat) else { return };
        member.presence = Presence::Suspended { until, away };
        let Some(room) = self.rooms.get(&seat.room) else { return };
        room.tell_others(&seat.peer, &ServerMessage::PeerSuspended { peer: seat.peer.clone() }, out);
        self.expiries.insert((until, seat));
        // Connections are counted, and the suspended have none: so they have a bound of their own, and the
        // one who has been away longest makes room.
        if self.expiries.len() > self.config.connections {
            self.expire_first(out);
        }
    }

    // suspended --resume window--> gone
    fn expire_first(&mut self, out: &mut Out) {
        if let Some((_, seat)) = self.expiries.pop_first() {
            let away = self
                .member(&seat)
                .is_some_and(|member| matches!(member.presence, Presence::Suspended { away: true, .. }));
            self.remove(&seat, if away { LeaveReason::Left } else { LeaveReason::Expired }, out);
        }
    }

    fn remove(&mut self, seat: &Seat, reason: LeaveReason, out: &mut Out) {
        let Some(room) = self.rooms.get_mut(&seat.room) else { return };
        if room.members.remove(&seat.peer).is_none() {
            return;
        }
        room.tell_others(&seat.peer, &ServerMessage::PeerLeft { peer: seat.peer.clone(), reason }, out);
        if room.members.is_empty() {
            self.rooms.remove(&seat.room);
        }
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("rooms", &self.rooms.len())
            .field("connections", &self.connections.len())
            .field("suspended", &self.expiries.len())
            .finish_non_exhaustive()
    }
}
