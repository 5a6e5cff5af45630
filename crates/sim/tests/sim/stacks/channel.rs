//! A durable channel on each link, as an application and the shell use it.

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
    pub(super) legs: Vec<(Epoch, usize)>,
    pub(super) reads: bool,
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
    pub(super) fn hear(&mut self, of: Option<StreamId>, own: Option<StreamId>) {
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
    pub(super) fn channel(&mut self, side: usize, owner: u64) -> Option<&mut Channel> {
        self.pages[side].peer(owner).map(|peer| &mut peer.channel)
    }

    /// The application sends some messages.
    pub(super) fn say(&mut self, side: usize, owner: u64, count: usize) {
        if let Some(channel) = self.channel(side, owner) {
            (0..count).all(|_| channel.push());
        }
        self.flush(side, owner);
    }

    /// What the shell does after each call: events, and the timers.
    pub(super) fn hear_channel(&mut self, side: usize, owner: u64) {
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

    pub(super) fn read_soon(&mut self, side: usize, owner: u64) {
        let Some(channel) = self.channel(side, owner) else { return };
        if !core::mem::replace(&mut channel.reads, true) {
            let at = self.rng.u64(0..=self.plan.read);
            self.add_in(at, Thing::Read(side, owner));
        }
    }

    pub(super) fn flush_soon(&mut self, side: usize, owner: u64) {
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
