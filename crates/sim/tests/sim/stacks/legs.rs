//! The legs of durable channels: data channels that are reliable for as long as both ends are there.

use std::collections::{HashMap, HashSet, VecDeque};

use rejoin_proto::channel::Order;
use rejoin_proto::durable::StreamId;
use rejoin_proto::id::Epoch;

use super::world::{Thing, World};

#[derive(Debug)]
enum Sent {
    /// The leg itself.
    Leg(StreamId),
    Frame(StreamId, Vec<u8>),
}

/// What is on its way by legs, to each connection; and the connections whose legs are closed at their end.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    to: HashMap<usize, VecDeque<Sent>>,
    closed: HashSet<usize>,
}

impl World<'_> {
    pub(super) fn leg_opens(&mut self, pc: usize) {
        let connection = &self.engine.pcs[pc];
        let (side, owner, epoch) = (connection.side, connection.owner, connection.epoch);
        if !connection.open || self.legs.closed.contains(&pc) {
            return;
        }
        let Some(channel) = self.channel(side, owner).filter(|channel| !channel.end.is_closed()) else { return };
        channel.legs.push((epoch, pc));
        let stream = channel.end.stream();
        self.send_by_leg(pc, Sent::Leg(stream));
        self.choose_leg(side, owner);
    }

    fn send_by_leg(&mut self, pc: usize, what: Sent) {
        match self.engine.opposite(pc).filter(|other| !self.legs.closed.contains(other)) {
            Some(other) => {
                self.legs.to.entry(other).or_default().push_back(what);
                let takes = self.rng.u64(0..20);
                self.add_in(takes, Thing::Leg(other));
            }
            None => self.coverage.add("lost: nobody at the other end of the leg"),
        }
    }

    fn choose_leg(&mut self, side: usize, owner: u64) {
        if let Some(channel) = self.channel(side, owner) {
            let newest = channel.legs.iter().map(|(epoch, _)| *epoch).max();
            channel.end.handle_leg(newest);
        }
        self.flush(side, owner);
    }

    /// The data channels of a connection are closed at this end.
    pub(super) fn legs_close(&mut self, pc: usize) {
        self.legs.closed.insert(pc);
        self.legs.to.remove(&pc);
        let (side, owner) = (self.engine.pcs[pc].side, self.engine.pcs[pc].owner);
        if let Some(channel) = self.channel(side, owner) {
            channel.legs.retain(|(_, of)| *of != pc);
        }
        self.choose_leg(side, owner);
    }

    /// The link has closed this connection.
    pub(super) fn legs_lost(&mut self, side: usize, owner: u64, epoch: Epoch) {
        if let Some(channel) = self.channel(side, owner) {
            channel.legs.retain(|(of, _)| *of != epoch);
        }
        self.choose_leg(side, owner);
    }

    /// This end closes: what was on its way to it is lost, and what was on its way from it may be.
    pub(super) fn lose_in_flight(&mut self, pc: usize) {
        self.legs.to.remove(&pc);
        let Some(remote) = self.engine.pcs[pc].remote else { return };
        if self.rng.bool() && self.legs.to.remove(&remote).is_some_and(|flight| !flight.is_empty()) {
            self.coverage.add("lost: in flight when it was closed");
        }
    }

    /// The next of what is on its way to this end.
    pub(super) fn leg_brings(&mut self, pc: usize) {
        let connection = &self.engine.pcs[pc];
        let (side, owner, epoch) = (connection.side, connection.owner, connection.epoch);
        let (deaf_until, remote) = (connection.path.deaf_until, connection.remote);
        if !connection.open || self.legs.closed.contains(&pc) {
            return;
        }
        if deaf_until > self.now {
            // SCTP sends it again, when the path is back.
            self.coverage.add("held up: a silent path");
            self.agenda.add(deaf_until + 20, Thing::Leg(pc));
            return;
        }
        let Some(flight) = self.legs.to.get_mut(&pc) else { return };
        let frames = flight.iter().take_while(|sent| matches!(sent, Sent::Frame(..))).count();
        let pick = if self.plan.order == Order::Unordered && frames > 1 { self.rng.usize(..frames) } else { 0 };
        let Some(sent) = flight.remove(pick) else { return };
        if pick > 0 {
            self.coverage.add("frame out of order");
        }
        let Some(channel) = self.channel(side, owner) else { return };
        let former = channel.end.other();
        match sent {
            Sent::Leg(stream) => {
                if channel.knew.last() != Some(&stream) {
                    channel.knew.push(stream);
                }
                channel.end.handle_other(epoch, stream);
                channel.hear(former, None);
            }
            Sent::Frame(stream, bytes) => {
                channel.end.handle_frame(stream, bytes);
                channel.hear(former, None);
                self.read_soon(side, owner);
            }
        }
        self.flush(side, owner);
        if let Some(remote) = remote {
            // The sender's buffer has room again.
            self.flush(self.engine.pcs[remote].side, self.engine.pcs[remote].owner);
        }
    }

    /// Sends what the leg takes.
    pub(super) fn flush(&mut self, side: usize, owner: u64) {
        loop {
            let Some(channel) = self.channel(side, owner) else { return };
            let Some(pc) = channel.legs.iter().max().map(|(_, pc)| *pc) else { break };
            let full = |other| self.legs.to.get(&other).is_some_and(|flight| flight.len() >= ROOM);
            if self.engine.opposite(pc).is_some_and(full) {
                self.coverage.add("leg is full");
                break;
            }
            let refused = self.rng.f64() < self.plan.link.refuse;
            let Some(channel) = self.channel(side, owner) else { return };
            let Some(frame) = channel.end.poll_frame() else { break };
            if refused {
                channel.end.handle_unsent(frame);
                self.coverage.add("frame refused by the leg");
                self.flush_soon(side, owner);
                break;
            }
            let sent = Sent::Frame(channel.end.stream(), frame.bytes.clone());
            channel.end.handle_sent(frame);
            self.send_by_leg(pc, sent);
        }
        self.hear_channel(side, owner);
    }
}

/// How many frames a leg takes before it is full.
const ROOM: usize = 32;
