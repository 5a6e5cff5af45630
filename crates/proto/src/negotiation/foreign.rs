//! What is said with peers that are not rejoin: the messages of the example of
//! [perfect negotiation](https://www.w3.org/TR/webrtc/#perfect-negotiation-example).
//!
//! `{"description": {"type", "sdp"}}` or `{"candidate": {…}}`, where `null` for the candidate is the end of them.
//! Their signaling must deliver in order and without loss: there are no numbers to make up for it.

use serde::{Deserialize, Deserializer, Serialize};

use crate::ice::IceCandidate;
use crate::link::{Malformed, SdpType, SessionDescription};

/// One message of a foreign peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// An offer or an answer.
    Description(SessionDescription),
    /// A candidate; `None` is the end of them.
    Candidate(Option<IceCandidate>),
}

/// A message as JSON has it. `Debug` shows descriptions and addresses: do not log it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Wire {
    /// There in [`Message::Description`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<WireDescription>,
    /// There, and perhaps `null`, in [`Message::Candidate`].
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    pub candidate: Option<Option<IceCandidate>>,
}

/// A description as JSON has it: [RTCSessionDescriptionInit](https://www.w3.org/TR/webrtc/#dom-rtcsessiondescriptioninit).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WireDescription {
    /// `offer` or `answer`.
    pub r#type: String,
    /// The text.
    pub sdp: String,
}

impl From<Message> for Wire {
    fn from(message: Message) -> Self {
        match message {
            Message::Description(SessionDescription { kind, sdp }) => {
                let description = WireDescription { r#type: kind.as_str().to_owned(), sdp };
                Self { description: Some(description), candidate: None }
            }
            Message::Candidate(candidate) => Self { description: None, candidate: Some(candidate) },
        }
    }
}

impl TryFrom<Wire> for Message {
    type Error = Malformed;

    fn try_from(wire: Wire) -> Result<Self, Malformed> {
        match (wire.description, wire.candidate) {
            (Some(WireDescription { r#type, sdp }), _) => {
                let kind = SdpType::from_name(&r#type).ok_or(Malformed::OutOfRange { field: "type" })?;
                if sdp.len() > SessionDescription::MAX_LENGTH {
                    return Err(Malformed::OutOfRange { field: "sdp" });
                }
                Ok(Self::Description(SessionDescription { kind, sdp }))
            }
            (None, Some(candidate)) if candidate.as_ref().is_none_or(IceCandidate::is_bounded) => {
                Ok(Self::Candidate(candidate))
            }
            (None, Some(_)) => Err(Malformed::OutOfRange { field: "candidate" }),
            (None, None) => Err(Malformed::Missing { field: "description" }),
        }
    }
}

/// Tells a field that is `null` from one that is not there.
fn there<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<IceCandidate>>, D::Error> {
    Option::deserialize(value).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Message, Malformed> {
        Message::try_from(serde_json::from_str::<Wire>(json).unwrap())
    }

    fn written(message: Message) -> String {
        serde_json::to_string(&Wire::from(message)).unwrap()
    }

    #[test]
    fn messages_are_those_of_the_example() {
        let offer = Message::Description(SessionDescription::offer("v=0"));
        let json = r#"{"description":{"type":"offer","sdp":"v=0"}}"#;
        assert_eq!((read(json), written(offer.clone())), (Ok(offer), json.to_owned()));
        let candidate = IceCandidate { candidate: "c".into(), sdp_m_line_index: Some(0), ..IceCandidate::default() };
        let candidate = Message::Candidate(Some(candidate));
        let json = r#"{"candidate":{"candidate":"c","sdpMLineIndex":0}}"#;
        assert_eq!((read(json), written(candidate.clone())), (Ok(candidate), json.to_owned()));
        let end = Message::Candidate(None);
        assert_eq!(
            (read(r#"{"candidate":null}"#), written(end.clone())),
            (Ok(end), r#"{"candidate":null}"#.to_owned())
        );
    }

    #[test]
    fn what_is_none_of_them_is_refused() {
        assert_eq!(read("{}"), Err(Malformed::Missing { field: "description" }));
        assert_eq!(read(r#"{"description":{"type":"x","sdp":""}}"#), Err(Malformed::OutOfRange { field: "type" }));
        let longest = Message::Description(SessionDescription::offer("x".repeat(SessionDescription::MAX_LENGTH)));
        assert_eq!(Message::try_from(Wire::from(longest.clone())), Ok(longest));
        let long = "x".repeat(SessionDescription::MAX_LENGTH + 1);
        let long = Wire::from(Message::Description(SessionDescription::offer(long)));
        assert_eq!(Message::try_from(long), Err(Malformed::OutOfRange { field: "sdp" }));
        let long = IceCandidate { candidate: "x".repeat(IceCandidate::MAX_LENGTH + 1), ..IceCandidate::default() };
        let long = Wire::from(Message::Candidate(Some(long)));
        assert_eq!(Message::try_from(long), Err(Malformed::OutOfRange { field: "candidate" }));
    }
}
