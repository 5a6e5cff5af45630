//! What a durable channel says of itself in the `protocol` of its RTCDataChannels.

use crate::channel::{ChannelOptions, Reliability};
use crate::text::cut;

use super::{Durable, StreamId};

/// The protocol of a channel's leg: `rejoin.durable.1/<stream>/<to>/<protocol of the application>`, the streams in
/// hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// Whose messages the leg carries.
    pub stream: StreamId,
    /// The end of the other side that it is for, where that is known already: else 0.
    pub to: StreamId,
    /// What the application says is spoken.
    pub own: String,
}

/// What the other side's leg is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoken {
    /// A durable channel as this version knows it.
    Durable(Protocol),
    /// A durable channel of another version.
    Unknown,
    /// No channel: it says that the plain one of this label is closed, see [`CLOSED`].
    Closed,
    /// A plain channel.
    Plain,
}

impl Protocol {
    /// The options of a leg from `end`, of a channel with these options.
    pub fn leg(end: &Durable, channel: &ChannelOptions) -> ChannelOptions {
        let to = end.other().unwrap_or(StreamId(0));
        let protocol = Self { stream: end.stream(), to, own: channel.protocol.clone() }.write();
        ChannelOptions { protocol, reliability: Reliability::Reliable, ..channel.clone() }
    }

    /// The options of the channel that has a leg with these options.
    pub fn channel(self, leg: ChannelOptions) -> ChannelOptions {
        ChannelOptions { protocol: self.own, ..leg }.durable()
    }

    /// As the `protocol` of an RTCDataChannel.
    pub fn write(&self) -> String {
        let mut text = [FAMILY, VERSION].concat();
        for stream in [self.stream, self.to] {
            let digit = |at| char::from_digit((stream.0 >> (4 * at)) as u32 & 15, 16);
            text.push('/');
            text.extend((0..16).rev().filter_map(digit));
        }
        text.push('/');
        text.push_str(&self.own);
        text
    }
}

impl Spoken {
    /// Reads the `protocol` of an RTCDataChannel.
    pub fn read(protocol: &str) -> Self {
        match protocol.strip_prefix(FAMILY) {
            Some(rest) => known(rest).map_or(Self::Unknown, Self::Durable),
            None if protocol == CLOSED => Self::Closed,
            None => Self::Plain,
        }
    }
}

fn known(rest: &str) -> Option<Protocol> {
    let (version, rest) = cut(rest, b'/')?;
    let (stream, rest) = cut(rest, b'/')?;
    let (to, own) = cut(rest, b'/')?;
    let stream = unhex(stream).filter(|stream| *stream != 0 && version == VERSION)?;
    Some(Protocol { stream: StreamId(stream), to: StreamId(unhex(to)?), own: own.to_owned() })
}

fn unhex(text: &str) -> Option<u64> {
    let fits = !text.is_empty() && text.len() <= 16;
    let add = |number, digit: char| Some(number << 4 | u64::from(digit.to_digit(16)?));
    fits.then(|| text.chars().try_fold(0, add))?
}

/// The protocol of the RTCDataChannel by which a side says that it has closed the plain channel of the same label while
/// there was no connection to close it on. The other side closes this one when it has heard.
pub const CLOSED: &str = "rejoin.closed";

const FAMILY: &str = "rejoin.durable.";
const VERSION: &str = "1";

/// How many bytes of the `protocol` are left less for the application's own.
pub(crate) const PROTOCOL_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Order;
    use crate::id::Epoch;

    #[test]
    fn a_protocol_is_read_as_it_is_written() {
        let protocol = Protocol { stream: StreamId(0xabc), to: StreamId(u64::MAX), own: "chat/2".to_owned() };
        let text = protocol.write();
        assert_eq!(text, "rejoin.durable.1/0000000000000abc/ffffffffffffffff/chat/2");
        assert_eq!(Spoken::read(&text), Spoken::Durable(protocol));
        assert!(text.len() - "chat/2".len() <= PROTOCOL_BYTES);
    }

    #[test]
    fn the_options_of_a_channel_are_known_by_those_of_its_leg() {
        let options = ChannelOptions::new().unordered().durable().with_protocol("chat");
        let mut end = Durable::new(StreamId(7), Order::Unordered);
        for to in [0, 9] {
            let leg = Protocol::leg(&end, &options);
            assert!(!leg.is_durable(), "a leg is an RTCDataChannel");
            let Spoken::Durable(protocol) = Spoken::read(&leg.protocol) else { panic!("{leg:?}") };
            assert_eq!((protocol.stream, protocol.to), (StreamId(7), StreamId(to)));
            assert_eq!(protocol.channel(leg), options);
            end.handle_other(Epoch(1), StreamId(9));
        }
    }

    #[test]
    fn another_version_and_what_is_malformed_is_unknown_and_all_else_is_plain() {
        for unknown in [
            "rejoin.durable.2/1/1/",
            "rejoin.durable.1/1/1",
            "rejoin.durable.1/x/1/",
            "rejoin.durable.1/1/x/",
            "rejoin.durable.1//1/",
            "rejoin.durable.1/0/1/",
        ] {
            assert_eq!(Spoken::read(unknown), Spoken::Unknown, "{unknown}");
        }
        assert_eq!(Spoken::read("rejoin.durable.1/10000000000000000/0/"), Spoken::Unknown);
        assert_eq!(Spoken::read("rejoin.closed"), Spoken::Closed);
        for plain in ["", "chat", "rejoin", "rejoin.closed.2"] {
            assert_eq!(Spoken::read(plain), Spoken::Plain);
        }
    }
}
