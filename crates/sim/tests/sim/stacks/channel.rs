//! A durable channel on each link, and its legs: data channels that are reliable for as long as both ends are there.

use std::collections::{HashMap, HashSet, VecDeque};

use rejoin_proto::channel::{Message, Order};
use rejoin_proto::durable::{ACK_DELAY, CLOSE_DEADLINE, Durable, DurableEvent, Lost, StreamId};
use rejoin_proto::id::{Epoch, Incarnation};
use rejoin_proto::link::CloseReason;

use super::page::Peer;
use super::world::{Thing, World};

/// This side's end of the channel of one link.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) end: Durable,
    pub(crate) pushed: u64,
    /// What the application read: whose stream, and the number there.
    pub(crate) got: Vec<(StreamId, u64)>,
    pub(crate) lost: Vec<Told>,
    pub(crate) closed: bool,
    /// This side's person hung up.
    pub(crate) hung_up: bool,
    /// The other ends that it has known.
    pub(crate) knew: Vec<StreamId>,
    /// The legs of this side that are open.
    legs: Vec<(Epoch, usize)>,
    reads: bool,
    flushes: bool,
    acks: bool,
    closes: bool,
}

/// A loss that was told, and of whose messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) lost: Lost,
    /// `None`: of an end that was here before this one.
    pub(crate) of: Option<StreamId>,
}

/// A channel whose link is over.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) side: usize,
    pub(crate) channel: Channel,
    pub(crate) local: Incarnation,
    pub(crate) met: Vec<Incarnation>,
}

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

impl Channel {
    pub(super) fn new(stream: u64, order: Order) -> Self {
        Self {
            end: Durable::new(StreamId::from_random(stream), order),
            pushed: 0,
            got: Vec::new(),
            lost: Vec::new(),
            closed: false,
            hung_up: false,
            knew: Vec::new(),
            legs: Vec::new(),
            reads: false,
            flushes: false,
            acks: false,
            closes: false,
        }
    }

    fn push(&mut self) -> bool {
        let number = self.pushed + 1;
        let text = format!("{:x} {number}", self.end.stream().0);
        // Both kinds.
        let message = if number.is_multiple_of(3) { Message::Text(text) } else { Message::Binary(text.into_bytes()) };
        let pushed = self.end.push(message).is_ok();
        self.pushed += u64::from(pushed);
        pushed
    }

    fn take(&mut self) -> bool {
        let Some(message) = self.end.take() else { return false };
        let text = std::str::from_utf8(message.as_bytes()).unwrap();
        let (stream, number) = text.split_once(' ').unwrap();
        let number: u64 = number.parse().unwrap();
        assert_eq!(message.as_text().is_some(), number.is_multiple_of(3), "text stays text, and bytes bytes");
        self.got.push((StreamId(u64::from_str_radix(stream, 16).unwrap()), number));
        true
    }

    /// What the application must hear, of the messages of `of` where they were not this end's own.
    fn hear(&mut self, of: Option<StreamId>, own: Option<StreamId>) {
        use rejoin_proto::durable::Direction::{Received, Sent};
        while let Some(event) = self.end.poll_event() {
            assert!(!self.closed, "{event:?} after the end");
            match event {
                DurableEvent::Lost(lost) => {
                    let of = match lost.direction {
                        Received => of,
                        Sent => own,
                    };
                    self.lost.push(Told { lost, of });
                }
                DurableEvent::Closed => self.closed = true,
                other => panic!("unknown event {other:?}"),
            }
        }
    }
}

impl World<'_> {
    fn channel(&mut self, side: usize, owner: u64) -> Option<&mut Channel> {
        self.pages[side].peer(owner).map(|peer| &mut peer.channel)
    }

    /// The application sends some messages.
    pub(super) fn say(&mut self, side: usize, owner: u64, count: usize) {
        if let Some(channel) = self.channel(side, owner) {
            (0..count).all(|_| channel.push());
        }
        self.flush(side, owner);
    }

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
    fn flush(&mut self, side: usize, owner: u64) {
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

    /// What the shell does after each call: events, and the timers.
    fn hear_channel(&mut self, side: usize, owner: u64) {
        let Some(channel) = self.channel(side, owner) else { return };
        let (other, own) = (channel.end.other(), channel.end.stream());
        channel.hear(other, Some(own));
        let acks = channel.end.owes() && !core::mem::replace(&mut channel.acks, true);
        let closes = channel.end.is_closing() && !core::mem::replace(&mut channel.closes, true);
        if acks {
            self.add_in(ACK_DELAY.as_millis() as u64, Thing::AckDelay(side, owner));
        }
        if closes {
            self.add_in(CLOSE_DEADLINE.as_millis() as u64, Thing::CloseDeadline(side, owner));
        }
    }

    fn read_soon(&mut self, side: usize, owner: u64) {
        let Some(channel) = self.channel(side, owner) else { return };
        if !core::mem::replace(&mut channel.reads, true) {
            let at = self.rng.u64(0..=self.plan.read);
            self.add_in(at, Thing::Read(side, owner));
        }
    }

    fn flush_soon(&mut self, side: usize, owner: u64) {
        let Some(channel) = self.channel(side, owner) else { return };
        if !core::mem::replace(&mut channel.flushes, true) {
            self.add_in(20, Thing::Flush(side, owner));
        }
    }

    pub(super) fn read(&mut self, side: usize, owner: u64) {
        let Some(channel) = self.channel(side, owner) else { return };
        channel.reads = false;
        // Some at a time.
        let more = (0..4).all(|_| channel.take());
        if more {
            self.read_soon(side, owner);
        }
        self.flush(side, owner);
    }

    pub(super) fn flush_again(&mut self, side: usize, owner: u64) {
        let Some(channel) = self.channel(side, owner) else { return };
        channel.flushes = false;
        self.flush(side, owner);
    }

    pub(super) fn ack_delay(&mut self, side: usize, owner: u64) {
        let Some(channel) = self.channel(side, owner) else { return };
        channel.acks = false;
        if channel.end.owes() {
            channel.end.handle_ack_delay();
        }
        self.flush(side, owner);
    }

    pub(super) fn close_channel(&mut self, side: usize, owner: u64) {
        if let Some(channel) = self.channel(side, owner) {
            channel.end.close();
        }
        self.flush(side, owner);
    }

    pub(super) fn close_deadline(&mut self, side: usize, owner: u64) {
        let Some(channel) = self.channel(side, owner) else { return };
        if !channel.end.is_closed() {
            channel.end.handle_deadline();
        }
        self.hear_channel(side, owner);
    }

    /// The link is over: so is its channel. What came is read all the same.
    pub(super) fn channel_over(&mut self, side: usize, owner: u64, reason: CloseReason) {
        let Some(channel) = self.channel(side, owner) else { return };
        match reason {
            CloseReason::HungUp => {
                channel.hung_up = true;
                channel.end.abort();
            }
            _ => channel.end.handle_aborted(),
        }
        while channel.take() {}
        self.hear_channel(side, owner);
    }

    /// What became of the channel of a link that is no more.
    pub(super) fn keep(&mut self, side: usize, peer: Peer) {
        let local = peer.link.local().clone();
        self.count_link(&peer);
        self.ended.push(Ended { side, channel: peer.channel, local, met: peer.met });
    }
}

/// How many frames a leg takes before it is full.
const ROOM: usize = 32;
