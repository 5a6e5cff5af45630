//! How a schedule must end: both connected or both without a link, by the state or with the reason, and nothing left over.

use rejoin_proto::link::{CloseReason, LinkState};
use rejoin_proto::session::SessionState;

use super::page::{Goodbye, Peer};
use super::world::World;

impl World<'_> {
    /// Both pages are there and in the room; what was hung up is called again.
    fn come_together(&mut self) {
        // The places of those who went without a word are given up, and the links to them.
        self.run_on(90_000);
        for _ in 0..4 {
            (0..2).for_each(|side| self.join(side));
            self.run_on(30_000);
        }
        for side in 0..2 {
            let state = self.pages[side].session.as_ref().map(|session| session.state());
            assert_eq!(state, Some(SessionState::Joined), "side {side} is not in the room");
            self.call_up(side);
        }
    }

    /// The person loads the page, and has it try again.
    fn join(&mut self, side: usize) {
        self.load(side);
        let now = self.at();
        let Some(session) = &mut self.pages[side].session else { return };
        if let SessionState::Failed { reason } = session.state() {
            assert!(self.plan.session_attempts[side].is_some(), "failed with attempts left: {reason}");
            self.coverage.add("session: attempts used up");
            let Some(session) = &mut self.pages[side].session else { return };
            session.reconnect(now);
            self.drive_session(side);
        }
    }

    /// The link of a page to the other page as it is now.
    fn link(&mut self, side: usize) -> Option<&mut Peer> {
        let other = self.pages[1 - side].id()?.clone();
        self.pages[side].peer_named(&other)
    }

    fn owner(&mut self, side: usize) -> u64 {
        self.link(side).map(|peer| peer.owner).unwrap_or_else(|| panic!("side {side} has no link"))
    }

    fn are_connected(&mut self) -> bool {
        (0..2).all(|side| self.link(side).is_some_and(|peer| *peer.link.state() == LinkState::Connected))
    }

    fn is_reading(&mut self) -> bool {
        (0..2).any(|side| self.link(side).is_some_and(|peer| peer.channel.reads))
    }

    /// Runs on until both are connected, for at most so long.
    fn run_until_connected(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.now < end && !self.are_connected() {
            self.run_on(2_000);
        }
    }

    pub(super) fn end_connected(&mut self) {
        self.connect_for_good();
        for side in 0..2 {
            let owner = self.owner(side);
            self.say(side, owner, 3);
        }
        self.run_on(120_000);
        // An application that takes its time has that.
        for _ in 0..100 {
            if self.is_reading() {
                self.run_on(10_000);
            }
        }
        assert!(self.are_connected(), "they do not stay connected");
        for side in 0..2 {
            assert_eq!(self.pages[side].peers.len(), 1, "side {side} has a link to nobody");
            let channel = &self.link(side).unwrap().channel;
            assert_eq!(channel.end.unacknowledged_bytes(), 0, "side {side} waits for an acknowledgement");
            assert!(!channel.closed);
        }
        let before = self.messages_sent();
        self.run_on(60_000);
        assert_eq!(self.messages_sent(), before, "something is left to say");
        self.agree();
        self.check_messages();
        self.coverage.add("ended connected");
    }

    /// Long enough for the deadlines of both sides to have grown to their ends.
    fn connect_for_good(&mut self) {
        self.come_together();
        self.run_until_connected(400_000);
        for side in 0..2 {
            let Some(peer) = self.link(side) else { continue };
            if let LinkState::Failed { reason } = *peer.link.state() {
                let owner = peer.owner;
                assert!(
                    self.plan.link.max_attempts.iter().any(Option::is_some),
                    "failed with attempts left: {reason:?}"
                );
                self.coverage.add("attempts used up");
                let now = self.at();
                if let Some(peer) = self.pages[side].peer(owner) {
                    peer.link.reconnect(now);
                }
                self.drive(side, owner);
            }
        }
        self.run_until_connected(400_000);
        let states = [0, 1].map(|side| self.link(side).map(|peer| *peer.link.state()));
        assert!(self.are_connected(), "not connected at the end: {states:?}");
        // The links to those who are gone have ended by then.
        self.run_on(60_000);
    }

    fn agree(&mut self) {
        let [a, b] = [0, 1].map(|side| &self.pages[side].peers[0].link);
        assert_eq!(a.epoch(), b.epoch(), "epochs");
        assert_ne!(a.role(), b.role(), "roles");
        assert_eq!((a.remote(), b.remote()), (Some(b.local()), Some(a.local())), "incarnations");
        for page in &self.pages {
            let peer = &page.peers[0];
            assert_eq!(peer.pcs.count(), 1, "one connection");
            let pc = &self.engine.pcs[peer.pcs.newest().unwrap().1];
            assert_eq!(pc.lines, self.engine.pcs[pc.remote.unwrap()].lines, "m-lines");
            let sent = crate::browser::sent(&pc.lines, pc.side);
            assert_eq!(sent, (page.tracks.audio, page.tracks.video), "a side cannot send what it wants to");
        }
    }

    /// One side hangs up, or both at about the same time; in some schedules the channel is closed before.
    pub(super) fn end_closed(&mut self, how_many: usize) {
        self.connect_for_good();
        let first = self.rng.usize(..2);
        let owners = [self.owner(0), self.owner(1)];
        for (side, owner) in owners.into_iter().enumerate() {
            self.say(side, owner, 3);
        }
        if self.rng.bool() {
            self.close_channel(first, owners[first]);
            self.run_on(40_000);
            for side in 0..2 {
                assert!(
                    self.link(side).unwrap().channel.closed,
                    "side {side} does not know that the channel is closed"
                );
            }
            self.coverage.add("channel closed by both");
        }
        for turn in 0..how_many {
            let side = (first + turn) % 2;
            self.close_link(side, owners[side], CloseReason::HungUp);
            let wait = self.rng.u64(0..100);
            self.run_on(wait);
        }
        self.run_on(1_000);
        for side in 0..2 {
            assert!(self.link(side).is_none(), "side {side} does not know of the hang-up after a second");
        }
        self.run_on(60_000);
        self.assert_nothing_is_left();
        self.check_messages();
        self.coverage.add("ended closed");
    }

    /// One page goes, with or without a word: the other must see it.
    pub(super) fn end_gone(&mut self) {
        self.connect_for_good();
        let gone = self.rng.usize(..2);
        let goodbye = if self.rng.bool() { Goodbye::Said } else { Goodbye::Unsaid };
        let owner = self.owner(1 - gone);
        self.say(1 - gone, owner, 3);
        self.unload(gone, goodbye);
        self.run_on(400_000);
        assert!(self.pages[1 - gone].peers.is_empty(), "a link to nobody");
        self.assert_nothing_is_left();
        self.check_messages();
        self.coverage.add("ended gone");
    }

    fn messages_sent(&self) -> u64 {
        self.pages.iter().flat_map(|page| page.links()).map(|peer| peer.sent).sum()
    }

    fn assert_nothing_is_left(&self) {
        for (side, page) in self.pages.iter().enumerate() {
            assert!(page.peers.is_empty(), "side {side} has a ghost");
            assert!(page.closing.is_empty(), "side {side} does not come to rest");
        }
        assert!(self.engine.pcs.iter().all(|pc| !pc.open), "a connection is open that nobody has");
    }

    pub(super) fn count(&mut self) {
        for side in 0..2 {
            for peer in core::mem::take(&mut self.pages[side].peers) {
                self.keep(side, peer);
            }
        }
        for ended in core::mem::take(&mut self.ended) {
            self.count_channel(&ended.channel);
        }
    }
}
