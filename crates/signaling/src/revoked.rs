//! What is not let in any more, although its token is right: bounded, and forgotten when the token is over.

use std::collections::{BTreeSet, HashMap};

use rejoin_proto::id::{PeerId, RoomId};
use rejoin_proto::time::Instant;

/// The most that is remembered; of more, what would end first is forgotten.
const MAX: usize = 65_536;
/// The most peers of a room that one who comes back is told of.
const MAX_TOLD: usize = 64;

/// What is revoked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Mark {
    /// The resume tokens of a peer.
    Peer { room: RoomId, peer: PeerId },
    /// An access token, by its fingerprint.
    Token(String),
    /// The access tokens of a subject that were made by then.
    Subject(String),
}

/// Something revoked, and for how long that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revocation {
    pub(crate) mark: Mark,
    pub(crate) at: Instant,
    pub(crate) until: Instant,
}

/// All that is revoked.
#[derive(Debug, Default)]
pub(crate) struct Revoked {
    marks: HashMap<Mark, Term>,
    /// The same peers, by room.
    peers: HashMap<RoomId, BTreeSet<PeerId>>,
    ends: BTreeSet<(Instant, Mark)>,
}

#[derive(Debug, Clone, Copy)]
struct Term {
    at: Instant,
    until: Instant,
}

impl Revoked {
    /// Again, it counts from now on.
    pub(crate) fn revoke(&mut self, revocation: Revocation) {
        let Revocation { mark, at, until } = revocation;
        while self.ends.first().is_some_and(|(end, _)| *end <= at) {
            self.forget_first();
        }
        let before = self.marks.insert(mark.clone(), Term { at, until });
        if let Some(before) = before {
            self.ends.remove(&(before.until, mark.clone()));
        }
        if let Mark::Peer { room, peer } = &mark {
            self.peers.entry(room.clone()).or_default().insert(peer.clone());
        }
        self.ends.insert((until, mark));
        if self.marks.len() > MAX {
            self.forget_first();
        }
    }

    /// When this was revoked, where that still counts.
    pub(crate) fn since(&self, mark: &Mark, now: Instant) -> Option<Instant> {
        self.marks.get(mark).filter(|term| term.until > now).map(|term| term.at)
    }

    /// Peers that were kicked out of a room.
    pub(crate) fn kicked(&self, room: &RoomId, now: Instant) -> Vec<PeerId> {
        let counts =
            |peer: &&PeerId| self.since(&Mark::Peer { room: room.clone(), peer: (*peer).clone() }, now).is_some();
        self.peers.get(room).into_iter().flatten().filter(counts).take(MAX_TOLD).cloned().collect()
    }

    fn forget_first(&mut self) {
        let Some((_, mark)) = self.ends.pop_first() else { return };
        self.marks.remove(&mark);
        if let Mark::Peer { room, peer } = &mark
            && let Some(peers) = self.peers.get_mut(room)
        {
            peers.remove(peer);
            if peers.is_empty() {
                self.peers.remove(room);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    fn peer(room: &str, peer: &str) -> Mark {
        Mark::Peer { room: RoomId::new(room).unwrap(), peer: PeerId::new(peer).unwrap() }
    }

    fn revoke(revoked: &mut Revoked, mark: Mark, from: u64, until: u64) {
        revoked.revoke(Revocation { mark, at: at(from), until: at(until) });
    }

    #[test]
    fn what_is_revoked_is_so_until_its_end() {
        let mut revoked = Revoked::default();
        let mark = Mark::Subject("ada".to_owned());
        revoke(&mut revoked, mark.clone(), 1, 10);
        assert_eq!(revoked.since(&mark, at(9)), Some(at(1)));
        assert_eq!(revoked.since(&mark, at(10)), None);
        assert_eq!(revoked.since(&Mark::Token("ada".to_owned()), at(5)), None);
        // Again: from now on, and longer.
        revoke(&mut revoked, mark.clone(), 5, 20);
        assert_eq!(revoked.since(&mark, at(15)), Some(at(5)));
        assert_eq!((revoked.marks.len(), revoked.ends.len()), (1, 1));
    }

    #[test]
    fn a_room_knows_whom_it_was_rid_of() {
        let mut revoked = Revoked::default();
        revoke(&mut revoked, peer("r", "b"), 1, 10);
        revoke(&mut revoked, peer("r", "a"), 1, 20);
        revoke(&mut revoked, peer("q", "c"), 1, 20);
        let room = RoomId::new("r").unwrap();
        let names = |revoked: &Revoked, now| {
            revoked.kicked(&room, at(now)).iter().map(|peer| peer.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&revoked, 5), ["a", "b"]);
        assert_eq!(names(&revoked, 15), ["a"]);
        // What is over goes with the next.
        revoke(&mut revoked, peer("q", "d"), 30, 40);
        assert_eq!((revoked.marks.len(), revoked.peers.len(), revoked.ends.len()), (1, 1, 1));
    }

    #[test]
    fn of_too_much_what_ends_first_is_forgotten() {
        let mut revoked = Revoked::default();
        for number in 0..=MAX as u64 {
            revoke(&mut revoked, Mark::Token(number.to_string()), 0, 1000 + number);
        }
        assert_eq!(revoked.since(&Mark::Token("0".to_owned()), at(1)), None);
        assert!(revoked.since(&Mark::Token("1".to_owned()), at(1)).is_some());
        assert_eq!((revoked.marks.len(), revoked.ends.len()), (MAX, MAX));
    }
}
