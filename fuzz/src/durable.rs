//! The end of a durable channel, and an other side that says anything, from one page after another.

use std::collections::HashSet;

use arbitrary::Arbitrary;
use rejoin_proto::channel::{Message, Order};
use rejoin_proto::durable::{Durable, DurableEvent, Lost, MAX_BYTES, MAX_MESSAGES, Refusal, StreamId};
use rejoin_proto::id::Epoch;

/// A life of an end.
#[derive(Debug, Arbitrary)]
pub struct Story {
    unordered: bool,
    steps: Vec<Step>,
}

#[derive(Debug, Arbitrary)]
enum Step {
    Push(Size),
    Take(u8),
    Leg(Option<u8>),
    Other(u8, Stream),
    MaxFrame(u32),
    Hear(Stream, Said),
    Answer(Said),
    Flush(Leg),
    AckDelay,
    Close,
    Deadline,
    Abort,
    Aborted,
}

/// One of a few, so that they meet.
#[derive(Debug, Clone, Copy, Arbitrary)]
struct Stream(u8);

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Size {
    Small(u8),
    Large(u16),
    Huge,
}

/// What the leg does with the frames it is given.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Leg {
    Takes,
    TakesSome(u8),
    IsFull,
    FindsThemTooLarge,
}

#[derive(Debug, Arbitrary)]
enum Said {
    Data { number: u32, ack: Option<(Stream, u32)>, large: bool },
    Resume { to: Stream, received: u64, above: Vec<u16>, base: u16, ask: bool },
    Void(u32),
    Fin { last: u64, got: bool },
    Gone { to: Stream, received: u64 },
    Raw(Vec<u8>),
}

impl Stream {
    fn id(self) -> StreamId {
        StreamId::from_random(u64::from(self.0 % 4))
    }
}

impl Said {
    /// As bytes; a message says of which life of the other side it is, and its number.
    fn bytes(self, life: u32) -> Vec<u8> {
        match self {
            Self::Data { number, ack, large } => {
                let mut bytes = [life.to_be_bytes(), number.to_be_bytes()].concat();
                bytes.resize(if large { 1 << 20 } else { TAG }, 0);
                if let Some((to, number)) = ack {
                    bytes.extend((to.id().0 as u32).to_be_bytes());
                    bytes.extend(number.to_be_bytes());
                }
                bytes.extend(number.to_be_bytes());
                bytes.push(if ack.is_some() { 0x81 } else { 1 });
                bytes
            }
            Self::Resume { to, received, above, base, ask } => {
                let mut bytes: Vec<u8> = above.iter().flat_map(|part| part.to_be_bytes()).collect();
                bytes.push(above.len() as u8 / 8);
                bytes.extend(u64::from(base).to_be_bytes());
                bytes.extend(received.to_be_bytes());
                bytes.extend(to.id().0.to_be_bytes());
                bytes.push(if ask { 0x84 } else { 4 });
                bytes
            }
            Self::Void(number) => [&number.to_be_bytes()[..], &[2]].concat(),
            Self::Fin { last, got } => [&last.to_be_bytes()[..], &[if got { 0x85 } else { 5 }]].concat(),
            Self::Gone { to, received } => [&received.to_be_bytes()[..], &to.id().0.to_be_bytes(), &[6]].concat(),
            Self::Raw(mut bytes) => {
                // Messages without a tag could not be told apart, nor those beyond a jump of 2^32.
                if let Some(kind) = bytes.last_mut().filter(|kind| matches!(**kind & 0x7f, 0 | 1 | 4)) {
                    *kind = 7;
                }
                bytes
            }
        }
    }
}

const TAG: usize = 8;

/// A flush sends the messages there are, and a few words besides.
const MAX_FRAMES: usize = MAX_MESSAGES + 16;

struct World {
    end: Durable,
    order: Order,
    /// How many ends the other side has had.
    life: u32,
    got: HashSet<(u32, u32)>,
    last: (u32, u32),
    closed: bool,
}

impl Story {
    pub fn run(self) {
        let order = if self.unordered { Order::Unordered } else { Order::Ordered };
        let end = Durable::new(StreamId::from_random(1), order);
        let mut world = World { end, order, life: 0, got: HashSet::new(), last: (0, 0), closed: false };
        for step in self.steps {
            world.step(step);
        }
        world.step(Step::Abort);
        while world.take() {}
        assert!(world.closed, "an abort is the end");
    }
}

impl World {
    fn step(&mut self, step: Step) {
        match step {
            Step::Push(size) => self.push(size),
            Step::Take(count) => drop((0..count).all(|_| self.take())),
            Step::Leg(epoch) => self.end.handle_leg(epoch.map(|epoch| Epoch(epoch.into()))),
            Step::Other(epoch, stream) => {
                let before = self.end.other();
                self.end.handle_other(Epoch(epoch.into()), stream.id());
                self.life += u32::from(self.end.other() != before);
            }
            Step::MaxFrame(bytes) => self.end.set_max_frame(bytes as usize),
            Step::Hear(stream, said) => self.end.handle_frame(stream.id(), said.bytes(self.life)),
            Step::Answer(said) => drop(self.end.handle_answer(said.bytes(self.life))),
            Step::Flush(leg) => self.flush(leg),
            Step::AckDelay => self.end.handle_ack_delay(),
            Step::Close => self.end.close(),
            Step::Deadline => self.end.handle_deadline(),
            Step::Abort => self.end.abort(),
            Step::Aborted => self.end.handle_aborted(),
        }
        self.hear();
    }

    fn push(&mut self, size: Size) {
        let bytes = match size {
            Size::Small(bytes) => bytes.into(),
            Size::Large(bytes) => usize::from(bytes) << 4,
            Size::Huge => MAX_BYTES / 2 + 1,
        };
        let (refusal, before) = (self.end.refusal(bytes), self.end.unacknowledged_bytes());
        let pushed = self.end.push(Message::Binary(vec![7; bytes])).is_ok();
        assert_eq!(pushed, refusal.is_none(), "what is refused is said before");
        let after = self.end.unacknowledged_bytes();
        assert_eq!(after - before, if pushed { bytes } else { 0 });
        assert!(after <= MAX_BYTES || before == 0, "more is on its way than may be");
        if let Some(Refusal::TooLarge { max }) = refusal {
            assert!(bytes > max);
        }
        assert!(!self.closed || refusal.is_some(), "a channel that is over takes a message");
    }

    /// The application takes a message: each of a life of the other side once, and in order where there is one.
    fn take(&mut self) -> bool {
        let Some(message) = self.end.take() else { return false };
        let bytes = message.as_bytes();
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        let tag = (number(0), number(4));
        assert!(self.got.insert(tag), "{tag:?} comes twice");
        assert!(self.order == Order::Unordered || tag > self.last, "{tag:?} comes after {:?}", self.last);
        self.last = tag;
        true
    }

    fn flush(&mut self, leg: Leg) {
        for count in 0.. {
            assert!(count <= MAX_FRAMES, "it does not come to rest");
            let before = self.end.unacknowledged_bytes();
            let Some(frame) = self.end.poll_frame() else { break };
            assert!(!self.closed, "a channel that is over says something");
            match leg {
                Leg::Takes => self.end.handle_sent(frame),
                Leg::TakesSome(some) if count < some.into() => self.end.handle_sent(frame),
                Leg::TakesSome(_) | Leg::IsFull => {
                    self.end.handle_unsent(frame);
                    assert_eq!(
                        self.end.unacknowledged_bytes(),
                        before,
                        "a frame that was given back is a message still"
                    );
                    break;
                }
                Leg::FindsThemTooLarge => self.end.handle_too_large(frame),
            }
            self.hear();
        }
    }

    fn hear(&mut self) {
        while let Some(event) = self.end.poll_event() {
            assert!(!self.closed, "{event:?} after the end");
            match event {
                DurableEvent::Lost(Lost { from, to, .. }) => {
                    assert!(to.is_none_or(|to| from <= to), "a loss of nothing: {from} to {to:?}");
                }
                DurableEvent::Closed => self.closed = true,
                _ => {}
            }
        }
        assert_eq!(self.closed, self.end.is_closed());
        assert!(!self.closed || !self.end.owes(), "a timer for a channel that is over");
    }
}
