//! The frames of a durable channel: what is sent, and behind it in a few bytes what it is.
//!
//! A frame is read from its end. So a message gets its trailer where it lies and loses it where it arrives, and is never
//! moved; and a later version may put more in front of what this one reads.

use crate::channel::Message;

use super::StreamId;

/// One frame, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    /// A message, by the low 32 bits of its number; `None` for one that was given up.
    Data { number: u32, ack: Option<Ack>, message: Option<Message> },
    /// What the application has taken.
    Ack(Ack),
    /// Where the sender stands.
    Resume(Resume),
    /// No message after `last` comes; `got` tells that all of the receiver's are there too.
    Fin { last: u64, got: bool },
    /// To a stream whose other end is over: what that had got of it.
    Gone { to: StreamId, received: u64 },
}

/// An acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ack {
    /// The low 32 bits of the stream it is about: a leg that keeps no order may bring it to the page that took the place of
    /// that stream's.
    pub(super) to: u32,
    /// The low 32 bits of the number up to which the application has taken all.
    pub(super) number: u32,
}

impl Ack {
    pub(super) const fn new(to: StreamId, number: u64) -> Self {
        Self { to: to.low(), number: number as u32 }
    }

    fn put(self, bytes: &mut Vec<u8>) {
        put_low(bytes, self.to.into());
        put_low(bytes, self.number.into());
    }

    fn take(bytes: &mut Vec<u8>) -> Option<Self> {
        let number = take_low(bytes)?;
        Some(Self { to: take_low(bytes)?, number })
    }
}

/// Where a side stands: what it has of the other's stream, and where its own goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resume {
    /// Whose messages `received` and `above` are about; 0 while none is known.
    pub(super) to: StreamId,
    /// All up to this number are there.
    pub(super) received: u64,
    /// These are there too, each `start..end`.
    pub(super) above: Vec<(u64, u64)>,
    /// No number below this comes again.
    pub(super) base: u64,
    /// The sender waits for the same from the other side.
    pub(super) ask: bool,
}

pub(super) const TEXT: u8 = 0;
pub(super) const BINARY: u8 = 1;
pub(super) const VOID: u8 = 2;
const ACK: u8 = 3;
const RESUME: u8 = 4;
const FIN: u8 = 5;
const GONE: u8 = 6;
/// On data: an acknowledgement comes with it. On a resume: asks. On a fin: has got all.
const FLAG: u8 = 0x80;

/// How many ranges a resume tells; what is left out comes once more, and is dropped there.
const MAX_RANGES: usize = 64;
/// The most bytes behind a message.
pub(super) const TRAILER: usize = 13;

/// Puts the trailer of a message behind its `bytes`.
pub(super) fn seal(bytes: &mut Vec<u8>, kind: u8, number: u64, ack: Option<Ack>) {
    bytes.reserve_exact(TRAILER);
    if let Some(ack) = ack {
        ack.put(bytes);
    }
    put_low(bytes, number);
    bytes.push(if ack.is_some() { kind | FLAG } else { kind });
}

/// How long the trailer of a message's frame is.
pub(super) fn trailer(bytes: &[u8]) -> usize {
    if bytes.last().is_some_and(|kind| kind & FLAG != 0) { TRAILER } else { TRAILER - 8 }
}

/// Whether it is that of a message that was given up.
pub(super) fn is_void(bytes: &[u8]) -> bool {
    bytes.last().is_some_and(|kind| kind & !FLAG == VOID)
}

pub(super) fn ack(ack: Ack) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(9);
    ack.put(&mut bytes);
    bytes.push(ACK);
    bytes
}

impl Resume {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let ranges = self.above.get(..MAX_RANGES).unwrap_or(&self.above);
        for (start, end) in ranges {
            put_low(&mut bytes, *start);
            put_low(&mut bytes, *end);
        }
        // At most MAX_RANGES.
        bytes.push(ranges.len() as u8);
        put(&mut bytes, self.base);
        put(&mut bytes, self.received);
        put(&mut bytes, self.to.0);
        bytes.push(if self.ask { RESUME | FLAG } else { RESUME });
        bytes
    }
}

pub(super) fn fin(last: u64, got: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(9);
    put(&mut bytes, last);
    bytes.push(if got { FIN | FLAG } else { FIN });
    bytes
}

pub(super) fn gone(to: StreamId, received: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(17);
    put(&mut bytes, received);
    put(&mut bytes, to.0);
    bytes.push(GONE);
    bytes
}

/// Reads a frame; `None` for what is none.
pub(super) fn read(mut bytes: Vec<u8>) -> Option<Frame> {
    let last = bytes.pop()?;
    let flag = last & FLAG != 0;
    Some(match last & !FLAG {
        kind @ (TEXT | BINARY | VOID) => {
            let number = take_low(&mut bytes)?;
            let ack = if flag { Some(Ack::take(&mut bytes)?) } else { None };
            let message = match kind {
                TEXT => Some(Message::Text(String::from_utf8(bytes).ok()?)),
                BINARY => Some(Message::Binary(bytes)),
                _ => None,
            };
            Frame::Data { number, ack, message }
        }
        ACK => Frame::Ack(Ack::take(&mut bytes)?),
        RESUME => {
            let to = StreamId(take(&mut bytes)?);
            let received = take(&mut bytes)?;
            let base = take(&mut bytes)?;
            let mut above = Vec::new();
            for _ in 0..bytes.pop()? {
                let end = expand(take_low(&mut bytes)?, received)?;
                let start = expand(take_low(&mut bytes)?, received)?;
                above.push((start, end));
            }
            above.reverse();
            Frame::Resume(Resume { to, received, above, base, ask: flag })
        }
        FIN => Frame::Fin { last: take(&mut bytes)?, got: flag },
        GONE => Frame::Gone { to: StreamId(take(&mut bytes)?), received: take(&mut bytes)? },
        _ => return None,
    })
}

/// The number with these low bits that is nearest to `near`.
pub(super) fn expand(low: u32, near: u64) -> Option<u64> {
    // The difference in 32 bits, with its sign.
    near.checked_add_signed(i64::from(low.wrapping_sub(near as u32).cast_signed()))
}

fn put_low(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend_from_slice(&(number as u32).to_be_bytes());
}

fn put(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend_from_slice(&number.to_be_bytes());
}

fn take_low(bytes: &mut Vec<u8>) -> Option<u32> {
    let (_, end) = bytes.split_last_chunk::<4>()?;
    let number = u32::from_be_bytes(*end);
    bytes.truncate(bytes.len() - 4);
    Some(number)
}

fn take(bytes: &mut Vec<u8>) -> Option<u64> {
    let low = take_low(bytes)?;
    Some(u64::from(take_low(bytes)?) << 32 | u64::from(low))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn golden(bytes: Vec<u8>, text: &str, frame: Frame) {
        assert_eq!(hex(&bytes), text.replace(' ', ""));
        assert_eq!(read(bytes.clone()).as_ref(), Some(&frame));
        if !matches!(frame, Frame::Data { .. }) {
            let later_version = [b"more".as_slice(), &bytes].concat();
            assert_eq!(read(later_version), Some(frame), "with more in front");
        }
    }

    fn data(message: &str, kind: u8, number: u64, ack: Option<Ack>) -> Vec<u8> {
        let mut bytes = message.as_bytes().to_vec();
        seal(&mut bytes, kind, number, ack);
        bytes
    }

    /// Golden: a change here is another version of the protocol.
    #[test]
    fn frames_are_as_in_the_documentation() {
        let text = Some(Message::from("hi"));
        golden(data("hi", TEXT, 7, None), "6869 00000007 00", Frame::Data { number: 7, ack: None, message: text });
        let bytes = Some(Message::Binary(b"hi".to_vec()));
        let three = Ack::new(StreamId(0xcafe_0000_0000_00fe), 3);
        let frame = Frame::Data { number: 8, ack: Some(three), message: bytes };
        golden(data("hi", BINARY, (5 << 32) + 8, Some(three)), "6869 000000fe 00000003 00000008 81", frame);
        golden(data("", VOID, 9, None), "00000009 02", Frame::Data { number: 9, ack: None, message: None });
        let two = Ack::new(StreamId(1), (1 << 32) + 2);
        golden(ack(two), "00000001 00000002 03", Frame::Ack(two));
        let resume = Resume {
            to: StreamId(0x0123_4567_89ab_cdef),
            received: 4,
            above: vec![(6, 8), (9, 10)],
            base: 2,
            ask: true,
        };
        golden(
            resume.write(),
            "00000006 00000008 00000009 0000000a 02 0000000000000002 0000000000000004 0123456789abcdef 84",
            Frame::Resume(resume),
        );
        golden(fin(12, false), "000000000000000c 05", Frame::Fin { last: 12, got: false });
        golden(fin(12, true), "000000000000000c 85", Frame::Fin { last: 12, got: true });
        let frame = Frame::Gone { to: StreamId(1), received: 5 };
        golden(gone(StreamId(1), 5), "0000000000000005 0000000000000001 06", frame);
    }

    #[test]
    fn what_is_no_frame_is_not_read() {
        for junk in ["", "\x00", "123\x00", "1234567\u{0}", "123\x03", "1234567\x05", "hello", "\x01\x04"] {
            let read = read(junk.as_bytes().to_vec());
            assert!(read.is_none() || junk == "1234567\u{0}", "{junk:?} is {read:?}");
        }
        let mut no_text = vec![0xff];
        seal(&mut no_text, TEXT, 1, None);
        assert_eq!(read(no_text), None);
    }

    #[test]
    fn a_resume_tells_of_so_many_ranges_and_no_more() {
        let above: Vec<_> = (1..=100).map(|n| (10 * n, 10 * n + 1)).collect();
        let resume = Resume { to: StreamId(1), received: 4, above: above.clone(), base: 2, ask: false };
        let Some(Frame::Resume(read)) = read(resume.write()) else { panic!("no resume") };
        assert_eq!(read.above, above[..MAX_RANGES]);
    }

    #[test]
    fn a_number_is_the_nearest_with_its_low_bits() {
        let wrap = 1 << 32;
        assert_eq!(expand(5, 3), Some(5));
        assert_eq!(expand(2, wrap - 1), Some(wrap + 2));
        assert_eq!(expand(u32::MAX, wrap + 1), Some(wrap - 1));
        assert_eq!(expand(u32::MAX, 1), None, "below zero there is none");
        assert_eq!(expand(1, u64::MAX), None, "and none above the last");
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64), kind in 0_u8..8) {
            let _ = read(bytes.clone());
            let mut bytes = bytes;
            bytes.push(kind | 0x80);
            let _ = read(bytes);
        }
    }
}
