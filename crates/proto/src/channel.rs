//! The options of a data channel and what travels through it, as data.

use core::time::Duration;

use crate::display_words;
use crate::durable::PROTOCOL_BYTES;
use crate::names::named;
use crate::text::Words;

/// How a data channel treats its messages; [`new`](Self::new) is ordered and reliable.
///
/// ```
/// use rejoin_proto::channel::ChannelOptions;
///
/// let positions = ChannelOptions::new().unordered().with_max_retransmits(0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ChannelOptions {
    /// Whether messages arrive in the order they were sent in. Default: they do.
    pub order: Order,
    /// How long a lost message is sent again. Default: until it arrives, or the connection is lost.
    pub reliability: Reliability,
    /// A name for what is spoken on the channel, at most 65,535 bytes; on a durable one 64 less. Default: empty.
    pub protocol: String,
    /// The id both sides agreed on beforehand, 0 to 65,534 (Chromium: to 1,023); each side then creates the channel
    /// itself. Default: none, the browser announces the channel to the other side.
    pub id: Option<u16>,
    /// How much the channel counts beside the others of its connection. Default: low, as in the specification.
    pub priority: Priority,
}

impl ChannelOptions {
    /// An ordered, reliable channel that the browser announces to the other side.
    #[must_use = "options do nothing until a channel is created with them"]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets messages arrive as they come: one that was lost does not hold up the next.
    #[must_use = "options do not change in place"]
    pub fn unordered(mut self) -> Self {
        self.order = Order::Unordered;
        self
    }

    /// Lets messages arrive exactly once, whatever becomes of the connection: see [`Reliability::Durable`].
    #[must_use = "options do not change in place"]
    pub fn durable(mut self) -> Self {
        self.reliability = Reliability::Durable;
        self
    }

    /// Whether messages outlive the connection.
    pub fn is_durable(&self) -> bool {
        self.reliability == Reliability::Durable
    }

    /// Gives a message up after it was sent again `times`; 0 means that it is sent once and *never* again.
    #[must_use = "options do not change in place"]
    pub fn with_max_retransmits(mut self, times: u16) -> Self {
        self.reliability = Reliability::MaxRetransmits(times);
        self
    }

    /// Gives a message up this long after it was sent first: whole milliseconds, rounded up, at most 65,535.
    #[must_use = "options do not change in place"]
    pub fn with_max_packet_life_time(mut self, life_time: Duration) -> Self {
        self.reliability = Reliability::MaxPacketLifeTime(life_time);
        self
    }

    /// Names what is spoken on the channel.
    #[must_use = "options do not change in place"]
    pub fn with_protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocol = protocol.into();
        self
    }

    /// Takes the id both sides agreed on; nothing is announced, so the other side must do the same.
    #[must_use = "options do not change in place"]
    pub fn with_id(mut self, id: u16) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets how much the channel counts beside the others.
    #[must_use = "options do not change in place"]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Whether a channel with `other` options can be the same channel: both are plain, or durable with the same order.
    pub fn can_be(&self, other: &Self) -> bool {
        self.is_durable() == other.is_durable() && (!self.is_durable() || self.order == other.order)
    }

    /// Checks what every browser would refuse for a channel of this `label`.
    ///
    /// # Errors
    /// [`InvalidChannel`], with what is wrong.
    pub fn validate(&self, label: &str) -> Result<(), InvalidChannel> {
        if label.len() > MAX_NAME_BYTES {
            return Err(InvalidChannel::LabelTooLong);
        }
        let max_protocol = if self.is_durable() { MAX_NAME_BYTES - PROTOCOL_BYTES } else { MAX_NAME_BYTES };
        if self.protocol.len() > max_protocol {
            return Err(InvalidChannel::ProtocolTooLong);
        }
        if self.id == Some(u16::MAX) {
            return Err(InvalidChannel::IdOutOfRange);
        }
        if self.is_durable() && self.id.is_some() {
            return Err(InvalidChannel::DurableWithId);
        }
        if let Reliability::MaxPacketLifeTime(life_time) = self.reliability
            && whole_millis(life_time) > u64::from(u16::MAX)
        {
            return Err(InvalidChannel::LifeTimeTooLong);
        }
        Ok(())
    }
}

/// Whether a channel keeps the order of its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// Messages arrive in the order they were sent in.
    #[default]
    Ordered,
    /// A lost message does not hold up the next.
    Unordered,
}

/// How long a lost message is sent again. The limits exclude each other, and what is durable has none: so neither two
/// limits nor a limit on what is durable can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reliability {
    /// Until it arrives. What was given to a connection that is lost then is lost with it.
    #[default]
    Reliable,
    /// Until it arrives, over as many connections as that takes, exactly once: on a channel of a
    /// `Peer` or a room, where the other side is rejoin too. On a bare connection the same as [`Reliable`](Self::Reliable).
    Durable,
    /// At most so many times; 0 means never.
    MaxRetransmits(u16),
    /// At most so long after it was sent first: whole milliseconds, rounded up, at most 65,535.
    MaxPacketLifeTime(Duration),
}

impl Reliability {
    /// The limit in milliseconds, where there is one that a browser takes.
    pub fn max_packet_life_time_ms(self) -> Option<u16> {
        match self {
            Self::MaxPacketLifeTime(life_time) => u16::try_from(whole_millis(life_time)).ok(),
            Self::Reliable | Self::Durable | Self::MaxRetransmits(_) => None,
        }
    }
}

/// [RTCPriorityType](https://www.w3.org/TR/webrtc-priority/#rtc-priority-type): how much a channel counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Priority {
    /// Half of [`Low`](Self::Low).
    VeryLow,
    /// What a channel has by default.
    #[default]
    Low,
    /// Twice [`Low`](Self::Low).
    Medium,
    /// Four times [`Low`](Self::Low).
    High,
    /// A priority this version of rejoin does not know; as an option it leaves the choice to the browser.
    Unknown,
}

impl Priority {
    /// The priority of this name.
    pub fn from_name(name: &str) -> Self {
        let known = &[("very-low", Self::VeryLow), ("low", Self::Low), ("medium", Self::Medium), ("high", Self::High)];
        named(known, name, Self::Unknown)
    }

    /// The name in the specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VeryLow => "very-low",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Unknown => "unknown",
        }
    }
}

/// One message of a data channel: text stays text, bytes stay bytes, an empty one is a message too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text; it travels as UTF-8.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Message {
    /// How many bytes it has on the wire, headers apart.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text, where it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// The bytes; of a text, its UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(bytes.to_vec())
    }
}

/// Options that every browser would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidChannel {
    /// The label is too long: shorten it.
    LabelTooLong,
    /// The protocol is too long: shorten it.
    ProtocolTooLong,
    /// 65,535 is not an id: take a smaller one.
    IdOutOfRange,
    /// A durable channel is announced, always: leave the id out.
    DurableWithId,
    /// The life time does not fit: shorten it, or make the channel reliable.
    LifeTimeTooLong,
}

impl Words for InvalidChannel {
    fn words(&self, text: &mut String) {
        text.push_str(match self {
            Self::LabelTooLong => "a label has at most 65535 bytes",
            Self::ProtocolTooLong => "a protocol has at most 65535 bytes",
            Self::IdOutOfRange => "an id is 0 to 65534",
            Self::DurableWithId => "a durable channel has no id of its own",
            Self::LifeTimeTooLong => "a packet lives at most 65535 ms",
        });
    }
}

display_words!(InvalidChannel);

/// Rounded up. In 64 bits: a division of 128 is a kilobyte of WebAssembly.
fn whole_millis(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1_000).saturating_add(time.subsec_nanos().div_ceil(1_000_000).into())
}

/// The most bytes of a label or a protocol ([W3C](https://www.w3.org/TR/webrtc/#dom-peerconnection-createdatachannel)).
const MAX_NAME_BYTES: usize = 65_535;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_ordered_and_reliable_unless_told_otherwise() {
        let options = ChannelOptions::new();
        assert_eq!(options.order, Order::Ordered);
        assert_eq!(options.reliability, Reliability::Reliable);
        assert_eq!(options.validate(""), Ok(()));
    }

    #[test]
    fn the_later_limit_replaces_the_earlier() {
        let options = ChannelOptions::new().with_max_packet_life_time(Duration::from_secs(1)).with_max_retransmits(0);
        assert_eq!(options.reliability, Reliability::MaxRetransmits(0));
    }

    #[test]
    fn a_life_time_is_rounded_up_to_whole_milliseconds() {
        let ms = |nanos| Reliability::MaxPacketLifeTime(Duration::from_nanos(nanos)).max_packet_life_time_ms();
        assert_eq!(ms(0), Some(0));
        assert_eq!(ms(1), Some(1));
        assert_eq!(ms(1_000_000), Some(1));
        assert_eq!(ms(65_535_000_000), Some(65_535));
        assert_eq!(ms(65_535_000_001), None);
    }

    #[test]
    fn what_every_browser_refuses_is_refused_with_the_reason() {
        let options = ChannelOptions::new;
        assert_eq!(options().validate(&"x".repeat(65_536)), Err(InvalidChannel::LabelTooLong));
        assert_eq!(options().with_protocol("x".repeat(65_536)).validate(""), Err(InvalidChannel::ProtocolTooLong));
        assert_eq!(options().with_id(65_535).validate(""), Err(InvalidChannel::IdOutOfRange));
        let long = options().with_max_packet_life_time(Duration::from_secs(66));
        assert_eq!(long.validate(""), Err(InvalidChannel::LifeTimeTooLong));
        assert_eq!(options().with_id(65_534).validate(&"x".repeat(65_535)), Ok(()));
    }

    #[test]
    fn a_durable_channel_is_announced_and_says_so_in_its_protocol() {
        let options = || ChannelOptions::new().unordered().durable();
        assert_eq!(options().validate("x"), Ok(()));
        assert_eq!(options().with_id(7).validate("x"), Err(InvalidChannel::DurableWithId));
        assert_eq!(options().with_protocol("x".repeat(65_471)).validate(""), Ok(()));
        assert_eq!(options().with_protocol("x".repeat(65_472)).validate(""), Err(InvalidChannel::ProtocolTooLong));
        assert!(!options().with_max_retransmits(1).is_durable());
    }

    #[test]
    fn a_priority_is_known_by_its_name_and_a_new_name_is_unknown() {
        for priority in [Priority::VeryLow, Priority::Low, Priority::Medium, Priority::High] {
            assert_eq!(Priority::from_name(priority.as_str()), priority);
        }
        assert_eq!(Priority::from_name("urgent"), Priority::Unknown);
    }

    #[test]
    fn a_message_counts_its_bytes_on_the_wire() {
        assert_eq!(Message::from("é").len(), 2);
        assert!(Message::from(Vec::new()).is_empty());
        assert_eq!(Message::from("a").as_bytes(), b"a");
        assert_eq!(Message::from(&b"a"[..]).as_text(), None);
    }
}
