//! JSON text becomes a message or is refused, and what was written is read again as the same.

use std::fmt::Debug;

use rejoin_proto::fields::{Fields, to_json};
use rejoin_proto::link::{self, LinkMessage};
use rejoin_proto::negotiation::foreign;
use rejoin_proto::relay::{self, ClientMessage, ServerMessage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{from_str, to_string};

/// What a client sends to the server.
pub fn relay_client(text: &str) {
    let Ok(wire) = from_str::<relay::Wire>(text) else { return };
    let Ok(message) = ClientMessage::try_from(wire) else { return };
    // The client has a writer of its own.
    let written = from_str::<relay::Wire>(&message.to_json()).expect("what was written can be read");
    assert_eq!(written, through_json(&relay::Wire::from(message.clone())));
    assert_eq!(ClientMessage::try_from(written), Ok(message));
}

/// What the server sends to a client.
pub fn relay_server(text: &str) {
    let Ok(wire) = from_str::<relay::Wire>(text) else { return };
    let Ok(message) = ServerMessage::try_from(wire) else { return };
    assert_eq!(ServerMessage::try_from(through_json(&relay::Wire::from(message.clone()))), Ok(message));
}

/// What one side of a link sends to the other.
pub fn link(text: &str) {
    let Ok(wire) = from_str::<link::Wire>(text) else { return };
    writers_agree(wire.clone());
    let Ok(message) = LinkMessage::try_from(wire) else { return };
    link_is_read_as_written(&message);
}

/// A message that a link takes or sends.
pub fn link_is_read_as_written(message: &LinkMessage) {
    let written = link::Wire::from(message);
    writers_agree(written.clone());
    assert_eq!(LinkMessage::try_from(written).as_ref(), Ok(message));
}

/// What a peer sends that is not rejoin.
pub fn foreign(text: &str) {
    let Ok(wire) = from_str::<foreign::Wire>(text) else { return };
    let Ok(message) = foreign::Message::try_from(wire) else { return };
    assert_eq!(foreign::Message::try_from(through_json(&foreign::Wire::from(message.clone()))), Ok(message));
}

/// Written and read again by serde.
fn through_json<W: Serialize + DeserializeOwned>(wire: &W) -> W {
    let written = to_string(wire).expect("a message can be written");
    from_str(&written).expect("what was written can be read")
}

/// Both writers of JSON, serde's and our own, write what is read as the same, and change nothing.
fn writers_agree<W: Fields + Clone + PartialEq + Debug + Serialize + DeserializeOwned>(wire: W) {
    let mut visited = wire.clone();
    for text in [to_json(&mut visited), to_string(&wire).expect("a message can be written")] {
        assert_eq!(from_str::<W>(&text).expect("what was written can be read"), wire, "{text}");
    }
    assert_eq!(visited, wire);
}
