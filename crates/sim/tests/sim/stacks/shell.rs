//! What a link asks for is done; as `src/room/driver` does it.

use rejoin_proto::link::{CloseReason, LinkEvent, LinkMessage, Output};

use super::page::Peer;
use super::world::{Thing, World};
use crate::connections::Browsers;

impl World<'_> {
    pub(super) fn drive(&mut self, side: usize, owner: u64) {
        loop {
            self.count_step();
            let Some(peer) = self.pages[side].peer(owner) else { return };
            let Some(output) = peer.link.poll_output() else { break };
            self.act(side, owner, output);
        }
        if let Some(peer) = self.pages[side].peer(owner)
            && let Some(remote) = peer.link.remote()
            && !peer.met.contains(remote)
        {
            peer.met.push(remote.clone());
        }
        self.drop_drained(side);
        self.drive_session(side);
    }

    fn act(&mut self, side: usize, owner: u64, output: Output) {
        if !matches!(output, Output::Beat { .. } | Output::CountBytes { .. }) {
            self.log(|| format!("{side}.{owner} {output:?}"));
        }
        let Some(peer) = self.pages[side].peer(owner) else { return };
        match output {
            Output::Send(message) => {
                peer.sent += 1;
                let to = peer.id.clone();
                self.send_in_band(side, owner, &message);
                self.signal(side, &to, &message);
            }
            Output::Beat { epoch, beat } => {
                let other = self.engine.opposite(peer.pcs.pc(epoch));
                if let Some(other) = other.filter(|other| self.engine.hears(*other)) {
                    self.add_in(1, Thing::Beat(other, beat));
                }
            }
            Output::CountBytes { epoch } => {
                let (pc, takes) = (peer.pcs.pc(epoch), self.rng.u64(1..20));
                self.add_in(takes, Thing::Bytes(pc));
            }
            Output::Event(event) => self.event(side, owner, event),
            other => self.carry_out(side, owner, other),
        }
    }

    /// The internal channel of the newest connection: reliable and in order, for as long as both ends are there.
    fn send_in_band(&mut self, side: usize, owner: u64, message: &LinkMessage) {
        let newest = self.pages[side].peer(owner).and_then(|peer| peer.pcs.newest());
        if let Some(other) = newest.and_then(|(_, pc)| self.engine.opposite(pc)) {
            self.add_in(1, Thing::InBand(other, Box::new(message.clone())));
        }
    }

    fn carry_out(&mut self, side: usize, owner: u64, output: Output) {
        let (tracks, now) = (self.pages[side].tracks, self.at());
        let Some(peer) = self.pages[side].peer(owner) else { return };
        let closes = match &output {
            Output::Close { epoch } => Some((*epoch, peer.pcs.pc(*epoch))),
            _ => None,
        };
        if let Some((_, pc)) = closes {
            self.lose_in_flight(pc);
        }
        let Some(peer) = self.pages[side].peer(owner) else { return };
        let mut browsers =
            Browsers { engine: &mut self.engine, plan: &self.plan.link, rng: &mut self.rng, coverage: self.coverage };
        let (due, failed) = peer.pcs.carry_out(output, peer.link.role(), tracks, &mut browsers);
        if let Some((epoch, event)) = failed {
            peer.link.handle_browser(epoch, event, now);
        }
        self.add_due(due);
        if let Some((epoch, _)) = closes {
            self.legs_lost(side, owner, epoch);
        }
    }

    /// A connection of a page that is gone.
    pub(super) fn close_connection(&mut self, pc: usize) {
        self.lose_in_flight(pc);
        let due = self.engine.close(pc, &mut self.rng, self.coverage);
        self.add_due(due);
    }

    fn event(&mut self, side: usize, owner: u64, event: LinkEvent) {
        let Some(peer) = self.pages[side].peer(owner) else { return };
        assert!(!peer.over, "an event after the end: {event:?}");
        match event {
            LinkEvent::StateChanged(state) => {
                let from = core::mem::replace(&mut peer.shown, state);
                self.coverage.transition(&from, &state);
            }
            LinkEvent::Trouble { reason, .. } => self.coverage.add(reason.as_str()),
            LinkEvent::RemoteReplaced => self.coverage.add("other side loaded anew"),
            LinkEvent::RemoteSources(_) => {}
            LinkEvent::Closed(reason) => {
                peer.over = true;
                assert_eq!(peer.pcs.count(), 0, "closed with connections open");
                self.coverage.add(match reason {
                    CloseReason::HungUp => "closed: hung up",
                    CloseReason::RemoteHungUp => "closed: the other side hung up",
                    CloseReason::PeerGone => "closed: gone",
                    other => panic!("closed for {other:?}"),
                });
                self.link_over(side, owner, reason);
            }
            other => panic!("unknown event {other:?}"),
        }
    }

    fn link_over(&mut self, side: usize, owner: u64, reason: CloseReason) {
        self.channel_over(side, owner, reason);
        let page = &mut self.pages[side];
        let Some(at) = page.peers.iter().position(|peer| peer.owner == owner) else { panic!("closed twice") };
        let peer = page.peers.remove(at);
        page.retired.retire_link(&peer.link);
        page.closing.push(peer);
    }

    fn drop_drained(&mut self, side: usize) {
        let closing = core::mem::take(&mut self.pages[side].closing);
        let (drained, rest): (Vec<Peer>, _) = closing.into_iter().partition(|peer| peer.link.is_drained());
        self.pages[side].closing = rest;
        for peer in drained {
            self.keep(side, peer);
        }
    }
}
