//! Two pages with one durable channel, and the connections between them.

use std::collections::{BTreeMap, VecDeque};

use rejoin_proto::channel::{Message, Order};
use rejoin_proto::durable::{Direction, Durable, DurableEvent, Lost, StreamId};
use rejoin_proto::id::Epoch;

/// Who pushed a message and which of its own it is, from 1.
pub(crate) type Token = (u64, u64);

/// One page.
pub(crate) struct Side {
    pub(crate) end: Durable,
    pub(crate) pushed: u64,
    /// What this page's application took.
    pub(crate) got: Vec<Token>,
    pub(crate) lost: Vec<Lost>,
    pub(crate) closed: bool,
}

/// What travels over the leg of one side.
enum Sent {
    /// The other side hears that the leg is there.
    Leg(StreamId),
    Frame(StreamId, Vec<u8>),
    /// The leg is closed: by the application, at once.
    Closed,
}

/// One RTCPeerConnection, with a leg of each side.
pub(crate) struct Connection {
    pub(crate) epoch: Epoch,
    open: [bool; 2],
    flight: [VecDeque<Sent>; 2],
    /// What is answered on the leg of the other side.
    answers: [Vec<Vec<u8>>; 2],
}

pub(crate) struct World {
    pub(crate) order: Order,
    pub(crate) sides: [Side; 2],
    /// Pages that are gone.
    pub(crate) former: [Vec<Side>; 2],
    /// Ends of channels that are over, by what the other side calls itself there.
    retired: [BTreeMap<u64, Vec<u8>>; 2],
    pub(crate) connections: Vec<Connection>,
    epochs: u32,
    streams: u64,
}

impl World {
    pub(crate) fn new(order: Order) -> Self {
        let side = |stream| Side::new(stream, order);
        Self {
            order,
            sides: [side(1), side(2)],
            former: Default::default(),
            retired: Default::default(),
            connections: Vec::new(),
            epochs: 0,
            streams: 2,
        }
    }

    /// A new connection begins; its legs open later.
    pub(crate) fn connect(&mut self) {
        self.epochs += 1;
        self.connections.push(Connection {
            epoch: Epoch(self.epochs),
            open: [false; 2],
            flight: Default::default(),
            answers: Default::default(),
        });
    }

    /// A connection with its legs open.
    pub(crate) fn connect_now(&mut self) {
        self.connect();
        let at = self.connections.len() - 1;
        (0..2).for_each(|side| self.open(at, side));
    }

    pub(crate) fn open(&mut self, at: usize, side: usize) {
        let connection = &mut self.connections[at];
        if self.sides[side].end.is_closed() || core::mem::replace(&mut connection.open[side], true) {
            return;
        }
        connection.flight[side].push_back(Sent::Leg(self.sides[side].end.stream()));
        self.choose_leg(side);
    }

    /// A connection is gone, with all that was on its way.
    pub(crate) fn lose(&mut self, at: usize) {
        self.connections.remove(at);
        (0..2).for_each(|side| self.choose_leg(side));
    }

    fn choose_leg(&mut self, side: usize) {
        let newest = self.connections.iter().filter(|connection| connection.open[side]).map(|one| one.epoch).max();
        self.sides[side].end.handle_leg(newest);
    }

    /// The page is loaded anew: its connections go with it.
    pub(crate) fn reload(&mut self, side: usize) {
        self.begin_anew(side);
        self.retired[side].clear();
        self.connections.clear();
        (0..2).for_each(|side| self.choose_leg(side));
    }

    fn begin_anew(&mut self, side: usize) {
        self.streams += 1;
        let new = Side::new(self.streams, self.order);
        let former = core::mem::replace(&mut self.sides[side], new);
        self.former[side].push(former);
        self.connections.iter_mut().for_each(|connection| connection.open[side] = false);
    }

    pub(crate) fn push(&mut self, side: usize) -> bool {
        let page = &mut self.sides[side];
        let token = page.end.stream().0 << 32 | (page.pushed + 1);
        let text = token.to_string();
        // Both kinds, and of different lengths.
        let message = if token.is_multiple_of(3) { Message::Text(text) } else { Message::Binary(text.into_bytes()) };
        let pushed = page.end.push(message).is_ok();
        page.pushed += u64::from(pushed);
        pushed
    }

    pub(crate) fn take(&mut self, side: usize) -> bool {
        let page = &mut self.sides[side];
        let Some(message) = page.end.take() else { return false };
        let token: u64 = std::str::from_utf8(message.as_bytes()).unwrap().parse().unwrap();
        assert_eq!(message.as_text().is_some(), token.is_multiple_of(3), "text stays text, and bytes bytes");
        page.got.push((token >> 32, token & 0xffff_ffff));
        true
    }

    /// Sends up to `room` frames; the one after them is refused, if `refuse`.
    pub(crate) fn flush(&mut self, side: usize, room: usize, refuse: bool) -> bool {
        let page = &mut self.sides[side];
        let leg = self.connections.iter_mut().filter(|connection| connection.open[side]).max_by_key(|one| one.epoch);
        let Some(leg) = leg else { return false };
        let mut sent = false;
        for _ in 0..room {
            let Some(frame) = page.end.poll_frame() else { break };
            leg.flight[side].push_back(Sent::Frame(page.end.stream(), frame.bytes.clone()));
            page.end.handle_sent(frame);
            sent = true;
        }
        if refuse && let Some(frame) = page.end.poll_frame() {
            page.end.handle_unsent(frame);
        }
        self.hear(side);
        sent
    }

    /// What `side` sent over this connection arrives: the frame at `pick`, where the channel keeps no order.
    pub(crate) fn deliver(&mut self, at: usize, side: usize, pick: usize) -> bool {
        let connection = &mut self.connections[at];
        let (epoch, other) = (connection.epoch, 1 - side);
        if let Some(answer) = connection.answers[side].pop() {
            assert!(self.sides[other].end.handle_answer(answer));
            self.hear(other);
            return true;
        }
        let flight = &mut connection.flight[side];
        let first_is_frame = matches!(flight.front(), Some(Sent::Frame(..)));
        let last = flight.iter().take_while(|sent| matches!(sent, Sent::Frame(..))).count();
        let pick = if self.order == Order::Unordered && first_is_frame { pick % last } else { 0 };
        let Some(sent) = flight.remove(pick) else { return false };
        if let Sent::Leg(stream) = &sent {
            match self.retired[other].get(&stream.0) {
                Some(gone) => connection.answers[other].push(gone.clone()),
                None => {
                    // It was over before it had heard of the other: the label is a new channel.
                    if self.sides[other].closed {
                        self.begin_anew(other);
                    }
                    self.sides[other].end.handle_other(epoch, *stream);
                }
            }
            return true;
        }
        let page = &mut self.sides[other];
        match sent {
            Sent::Leg(_) => unreachable!("see above"),
            Sent::Frame(stream, bytes) => page.end.handle_frame(stream, bytes),
            Sent::Closed => page.end.handle_aborted(),
        }
        self.hear(other);
        true
    }

    /// Closes it here at once; the other side sees its legs close, where there are any.
    pub(crate) fn abort(&mut self, side: usize) {
        self.sides[side].end.abort();
        for connection in self.connections.iter_mut().filter(|connection| connection.open[side]) {
            // What is in flight may go with it.
            connection.flight[side].clear();
            connection.flight[side].push_back(Sent::Closed);
        }
        self.hear(side);
    }

    pub(crate) fn hear(&mut self, side: usize) {
        let page = &mut self.sides[side];
        while let Some(event) = page.end.poll_event() {
            assert!(!page.closed, "{event:?} after the end");
            match event {
                DurableEvent::Lost(lost) => page.lost.push(lost),
                DurableEvent::Closed => {
                    page.closed = true;
                    if let Some(other) = page.end.other() {
                        self.retired[side].insert(other.0, page.end.gone(other));
                    }
                }
                _ => unreachable!("no other event"),
            }
        }
    }

    /// Everything arrives, everything is read, until nothing moves; on connections that hold.
    pub(crate) fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 10_000, "it does not come to rest");
            let mut moved = false;
            for side in 0..2 {
                for at in 0..self.connections.len() {
                    self.open(at, side);
                }
                moved |= self.flush(side, 100, false);
                while self.take(side) {
                    moved = true;
                }
                if self.sides[side].end.owes() {
                    self.sides[side].end.handle_ack_delay();
                    moved = true;
                }
                for at in 0..self.connections.len() {
                    while self.deliver(at, side, 0) {
                        moved = true;
                    }
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// Every message of every page was taken exactly once by a page of the other side, or is told lost.
    pub(crate) fn check(&self) {
        for to in 0..2 {
            let from = 1 - to;
            let pages = || self.former[to].iter().chain([&self.sides[to]]);
            for page in pages() {
                for sender in self.former[from].iter().chain([&self.sides[from]]) {
                    let stream = sender.end.stream().0;
                    let got: Vec<_> = page.got.iter().filter(|token| token.0 == stream).map(|token| token.1).collect();
                    let mut sorted = got.clone();
                    sorted.sort_unstable();
                    sorted.dedup();
                    assert_eq!(sorted.len(), got.len(), "a message came twice: {got:?}");
                    if self.order == Order::Ordered {
                        assert_eq!(sorted, got, "out of order");
                    }
                }
            }
            // The page that sends now: what it had accepted.
            let sender = &self.sides[from];
            for number in 1..=sender.pushed {
                let taken = pages().any(|page| page.got.contains(&(sender.end.stream().0, number)));
                let told =
                    told(sender, Direction::Sent, number) || pages().any(|p| told(p, Direction::Received, number));
                assert!(taken || told, "{number} of {from} is lost and nobody was told: {:?}", sender.lost);
            }
        }
    }
}

impl Side {
    fn new(stream: u64, order: Order) -> Self {
        let end = Durable::new(StreamId::from_random(stream), order);
        Self { end, pushed: 0, got: Vec::new(), lost: Vec::new(), closed: false }
    }
}

fn told(side: &Side, direction: Direction, number: u64) -> bool {
    side.lost
        .iter()
        .any(|lost| lost.direction == direction && lost.from <= number && lost.to.is_none_or(|to| to >= number))
}
