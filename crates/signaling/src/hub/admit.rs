//! The hello: who comes in, as whom, and in whose place.

use rejoin_proto::id::{PeerId, RoomId};
use rejoin_proto::relay::{CloseCode, Hello, LeaveReason, ServerMessage, Token, Welcome};
use rejoin_proto::time::Instant;

use super::command::{ConnId, Out};
use super::fault::Fault;
use super::room::{Member, Pass, Presence, Room};
use super::{Hub, Seat};
use crate::access::{Access, fingerprint};
use crate::revoked::Mark;
use crate::token;

/// How a peer comes to its seat.
enum Arrival {
    /// It was in the room; its connection, if that is still open.
    Back { older: Option<ConnId> },
    /// It was not.
    New,
}

impl Hub {
    // greeting --hello--> connected
    pub(super) fn admit(&mut self, conn: ConnId, hello: Hello, now: Instant, out: &mut Out) {
        match self.seat(conn, &hello, now) {
            Err(fault) => self.fault(conn, fault, now, out),
            Ok((seat, token, arrival)) => {
                if let Arrival::Back { older: Some(older) } = arrival {
                    self.forget(older, CloseCode::Replaced, out);
                }
                self.welcome(conn, &seat, token, out);
                if hello.resume.is_some() {
                    self.tell_of_kicked(conn, &seat.room, now, out);
                }
                let Some(room) = self.rooms.get(&seat.room) else { return };
                let peer = seat.peer.clone();
                let news = match arrival {
                    Arrival::Back { .. } => ServerMessage::PeerResumed { peer, info: hello.info },
                    Arrival::New => ServerMessage::PeerJoined { peer, info: hello.info },
                };
                room.tell_others(&seat.peer, &news, out);
            }
        }
    }

    /// Finds the seat, and takes it; where there is none, nothing has changed.
    fn seat(&mut self, conn: ConnId, hello: &Hello, now: Instant) -> Result<(Seat, Token, Arrival), Fault> {
        if self.is_too_large(hello.info.as_deref()) {
            return Err(Fault::InfoTooLarge { max: self.config.info_bytes });
        }
        let pass = self.pass(hello, now)?;
        let peer = match &hello.resume {
            Some(resume) => self.proven(&hello.room, resume, now)?,
            None => PeerId::from_random(self.random.u128(..)),
        };
        let present = match self.rooms.get(&hello.room) {
            None if self.rooms.len() >= self.config.rooms => return Err(Fault::ServerFull),
            None => None,
            Some(room) => {
                let present = room.members.get(&peer).map(|member| member.presence);
                if let Some(Presence::Connected(other)) = present
                    && other > conn
                {
                    return Err(Fault::Outdated);
                }
                if present.is_none() && room.is_full() {
                    let retry_after = room.next_expiry().map(|at| at.saturating_since(now));
                    return Err(Fault::RoomFull { capacity: room.capacity, retry_after });
                }
                present
            }
        };
        let seat = Seat { room: hello.room.clone(), peer };
        let token = token::issue(&self.config.key, &seat.room, &seat.peer, now + self.config.token_lifetime)
            .ok_or_else(|| Fault::BadHello("there can be no resume token for this".to_owned()))?;

        let arrival = match present {
            None => Arrival::New,
            Some(Presence::Connected(older)) => Arrival::Back { older: Some(older) },
            Some(Presence::Suspended { until, .. }) => {
                self.expiries.remove(&(until, seat.clone()));
                Arrival::Back { older: None }
            }
        };
        let most = self.config.peers_per_room.max(1);
        let capacity = hello.capacity.map_or(most, |asked| asked.min(most));
        let room = self.rooms.entry(seat.room.clone()).or_insert(Room { capacity, members: Default::default() });
        let presence = Presence::Connected(conn);
        let (info, reload) = (hello.info.clone(), hello.reload);
        room.members.insert(seat.peer.clone(), Member { info, presence, reload, token_issued: now, pass });
        self.connections.insert(conn, Some(seat.clone()));
        Ok((seat, token, arrival))
    }

    /// What lets it in; none is needed where the server asks for no access token.
    fn pass(&self, hello: &Hello, now: Instant) -> Result<Option<Pass>, Fault> {
        let Some(key) = &self.config.access_key else { return Ok(None) };
        let refused = |why: &str| Fault::NotAllowed(why.to_owned());
        let token =
            hello.token.as_ref().ok_or_else(|| refused("this server lets nobody in without an access token"))?;
        let (longest, is_back) = (self.config.token_lifetime, hello.resume.is_some());
        let access =
            Access::check(key, &hello.room, token, now, longest, is_back).map_err(|why| refused(&why.to_string()))?;
        let fingerprint = fingerprint(token);
        // Made by the second in which its subject was kicked, or nobody knows when.
        let is_old = |at: Instant| access.issued.is_none_or(|issued| issued <= at.since_origin().as_secs_f64());
        let subject = access.subject.clone().map(Mark::Subject);
        let kicked = subject.and_then(|subject| self.revoked.since(&subject, now)).is_some_and(is_old);
        if kicked || self.revoked.since(&Mark::Token(fingerprint.clone()), now).is_some() {
            return Err(refused("the access token was revoked"));
        }
        Ok(Some(Pass { subject: access.subject, fingerprint }))
    }

    /// The id that a resume token proves.
    fn proven(&self, room: &RoomId, resume: &Token, now: Instant) -> Result<PeerId, Fault> {
        let peer =
            token::check(&self.config.key, room, resume, now).map_err(|why| Fault::BadResume(why.to_string()))?;
        match self.revoked.since(&Mark::Peer { room: room.clone(), peer: peer.clone() }, now) {
            // Final, unlike a token that is just not good: it is not to come back as somebody else.
            Some(_) => Err(Fault::NotAllowed("the peer was kicked out of this room".to_owned())),
            None => Ok(peer),
        }
    }

    fn welcome(&self, conn: ConnId, seat: &Seat, resume: Token, out: &mut Out) {
        let roster = self.rooms.get(&seat.room).map(|room| room.roster_for(&seat.peer));
        out.send(
            conn,
            ServerMessage::Welcome(Welcome {
                peer: seat.peer.clone(),
                resume,
                peers: roster.unwrap_or_default(),
                heartbeat: self.config.heartbeat,
                resume_window: self.config.resume_window,
                max_message_bytes: self.config.message_bytes,
                ice_servers: self.config.ice_servers.clone(),
            }),
        );
    }

    /// Who was away when a peer was kicked believes in it still; who never knew it makes nothing of this.
    fn tell_of_kicked(&self, conn: ConnId, room: &RoomId, now: Instant, out: &mut Out) {
        for peer in self.revoked.kicked(room, now) {
            out.send(conn, ServerMessage::PeerLeft { peer, reason: LeaveReason::Kicked });
        }
    }
}
