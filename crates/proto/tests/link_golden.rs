//! Holds the link protocol to its golden files, and its reader to taking anything.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;

use proptest::prelude::*;
use rejoin_proto::ice::IceCandidate;
use rejoin_proto::id::{Epoch, Incarnation};
use rejoin_proto::link::{
    Body, CloseReason, LinkMessage, MAX_CANDIDATES, Malformed, Need, SdpType, SessionDescription, Source, Sources,
    Sync, Trouble, Wire, WireSource,
};
use serde_json::{Value, json};

fn incarnation(name: &str) -> Incarnation {
    Incarnation::new(name).unwrap()
}

/// A numbered message in the middle of a link.
fn numbered(number: u32, body: Body) -> LinkMessage {
    LinkMessage {
        from: incarnation("00c0ffee00c0ffee"),
        to: Some(incarnation("5eed5eed5eed5eed")),
        epoch: Epoch(2),
        base: 7,
        number: Some(number),
        ack: 4,
        wanted: true,
        body,
    }
}

fn decode(json: &Value) -> Result<LinkMessage, Malformed> {
    LinkMessage::try_from(serde_json::from_value::<Wire>(json.clone()).unwrap())
}

/// The golden file of this name means `expected`, and `expected` is written as the golden file.
fn golden(name: &str, expected: &LinkMessage) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/link").join(name).with_extension("json");
    let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(decode(&json).as_ref(), Ok(expected), "{name} decodes to another value");
    assert_eq!(serde_json::to_value(Wire::from(expected)).unwrap(), json, "{name} is written in another way");

    let mut later_version = json;
    later_version.as_object_mut().unwrap().insert("fieldOfALaterVersion".into(), json!({"a": [1, null]}));
    assert_eq!(decode(&later_version).as_ref(), Ok(expected), "{name} with an unknown field");
}

#[test]
fn messages_are_as_in_their_golden_files() {
    golden("description", &numbered(8, Body::Description(SessionDescription::offer("v=0\r\n"))));
    let candidate = IceCandidate {
        candidate: "candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host".to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: Some("EsAw".to_owned()),
    };
    golden("candidates", &numbered(9, Body::Candidates(vec![Some(candidate), None])));
    golden("negotiate", &numbered(10, Body::Negotiate { need: Need::new(1, 2) }));
    golden("rebuild", &numbered(11, Body::Rebuild { reason: Trouble::ConnectionFailed }));
    let source = Source { stream: "5f4d".to_owned(), name: "camera".to_owned(), audio_muted: true, video_muted: false };
    golden("sources", &numbered(12, Body::Sources(Sources(vec![source]))));
    golden("bye", &numbered(13, Body::Bye { reason: CloseReason::HungUp }));
    golden("restart", &numbered(14, Body::Restart { reason: Trouble::Silent }));
    golden("ack", &LinkMessage { number: None, ..numbered(0, Body::Ack) });
    let hello = LinkMessage {
        to: None,
        epoch: Epoch::NONE,
        base: 1,
        number: None,
        ack: 0,
        ..numbered(0, Body::Sync(Sync { need: Need::new(1, 1), answer: true, probe: None, proof: None }))
    };
    golden("sync", &hello);
    let sync = Sync { need: Need::default(), answer: false, probe: Some(4_294_967_295), proof: Some(17) };
    golden("sync-probe", &LinkMessage { number: None, wanted: false, ..numbered(0, Body::Sync(sync)) });
}

#[test]
fn a_type_of_a_later_version_is_unknown_and_keeps_its_number() {
    let json = json!({"type": "migrate", "from": "a", "to": "b", "epoch": 3, "base": 2, "number": 5, "ack": 1});
    let message = decode(&json).unwrap();
    assert_eq!((message.body, message.number), (Body::Unknown, Some(5)));
}

#[test]
fn names_of_a_later_version_are_unknown() {
    let read = |json| decode(&json).unwrap().body;
    let bye = json!({"type": "bye", "from": "a", "reason": "bored"});
    assert_eq!(read(bye), Body::Bye { reason: CloseReason::Unknown });
    let rebuild = json!({"type": "rebuild", "from": "a"});
    assert_eq!(read(rebuild), Body::Rebuild { reason: Trouble::Unknown });
}

#[test]
fn a_header_without_numbers_is_that_of_a_first_message() {
    let message = decode(&json!({"type": "ack", "from": "a"})).unwrap();
    assert_eq!((message.epoch, message.base, message.number, message.ack), (Epoch::NONE, 1, None, 0));
    assert_eq!((message.to, message.wanted), (None, false));
    assert_eq!(decode(&json!({"type": "ack", "from": "a", "base": 0})).unwrap().base, 1);
}

#[test]
fn a_need_out_of_bounds_is_the_most_there_is() {
    let json = json!({"type": "negotiate", "from": "a", "needAudio": 4_000_000_000_u32, "needVideo": 17});
    assert_eq!(decode(&json).unwrap().body, Body::Negotiate { need: Need::new(Need::MAX, Need::MAX) });
}

#[test]
fn what_lacks_a_field_or_exceeds_a_bound_is_malformed() {
    let missing = |field| Err(Malformed::Missing { field });
    let out_of_range = |field| Err(Malformed::OutOfRange { field });
    assert_eq!(decode(&json!({"type": "ack"})), missing("from"));
    assert_eq!(decode(&json!({"from": "a"})), missing("type"));
    assert_eq!(decode(&json!({"type": "ack", "from": "a b"})), out_of_range("from"));
    assert_eq!(decode(&json!({"type": "ack", "from": "a", "to": "x".repeat(33)})), out_of_range("to"));
    assert_eq!(decode(&json!({"type": "ack", "from": "a", "number": 0})), out_of_range("number"));
    assert_eq!(decode(&json!({"type": "ack", "from": "a", "number": u32::MAX})), out_of_range("number"));
    assert!(decode(&json!({"type": "ack", "from": "a", "number": u32::MAX - 1})).is_ok());
    assert_eq!(decode(&json!({"type": "description", "from": "a", "sdp": ""})), missing("sdpType"));
    assert_eq!(decode(&json!({"type": "description", "from": "a", "sdpType": "offer"})), missing("sdp"));
    assert_eq!(
        decode(&json!({"type": "description", "from": "a", "sdpType": "bid", "sdp": ""})),
        out_of_range("sdpType")
    );
    assert_eq!(decode(&json!({"type": "candidates", "from": "a"})), missing("candidates"));
    assert_eq!(decode(&json!({"type": "sources", "from": "a"})), missing("sources"));
}

#[test]
fn the_bounds_are_what_they_say() {
    let description = |length| {
        let body = Body::Description(SessionDescription { kind: SdpType::Answer, sdp: "x".repeat(length) });
        LinkMessage::try_from(Wire::from(&numbered(1, body))).is_ok()
    };
    assert!(description(SessionDescription::MAX_LENGTH) && !description(SessionDescription::MAX_LENGTH + 1));

    let candidates = |count, candidate: IceCandidate| {
        let body = Body::Candidates(vec![Some(candidate); count]);
        LinkMessage::try_from(Wire::from(&numbered(1, body))).is_ok()
    };
    assert!(candidates(MAX_CANDIDATES, IceCandidate::default()));
    assert!(!candidates(MAX_CANDIDATES + 1, IceCandidate::default()));
    let line = |length| IceCandidate { candidate: "x".repeat(length), ..IceCandidate::default() };
    assert!(candidates(1, line(IceCandidate::MAX_LENGTH)) && !candidates(1, line(IceCandidate::MAX_LENGTH + 1)));
    let mid = |length| IceCandidate { sdp_mid: Some("x".repeat(length)), ..IceCandidate::default() };
    assert!(
        candidates(1, mid(IceCandidate::MAX_NAME_LENGTH)) && !candidates(1, mid(IceCandidate::MAX_NAME_LENGTH + 1))
    );
    let ufrag = |length| IceCandidate { username_fragment: Some("x".repeat(length)), ..IceCandidate::default() };
    assert!(candidates(1, ufrag(IceCandidate::MAX_NAME_LENGTH)));
    assert!(!candidates(1, ufrag(IceCandidate::MAX_NAME_LENGTH + 1)));

    let sources = |count, source: WireSource| {
        let mut wire = Wire::from(&numbered(1, Body::Sources(Sources::default())));
        wire.sources = Some(vec![source; count]);
        LinkMessage::try_from(wire).is_ok()
    };
    assert!(sources(Sources::MAX, WireSource::default()) && !sources(Sources::MAX + 1, WireSource::default()));
    let stream = |length| WireSource { stream: "x".repeat(length), ..WireSource::default() };
    assert!(sources(1, stream(Source::MAX_LENGTH)) && !sources(1, stream(Source::MAX_LENGTH + 1)));
    let name = |length| WireSource { name: "x".repeat(length), ..WireSource::default() };
    assert!(sources(1, name(Source::MAX_LENGTH)) && !sources(1, name(Source::MAX_LENGTH + 1)));
}

#[test]
fn errors_name_the_field() {
    assert_eq!(Malformed::Missing { field: "sdp" }.to_string(), "sdp is missing");
    assert_eq!(Malformed::OutOfRange { field: "sdp" }.to_string(), "sdp is out of range");
}

#[test]
fn every_reason_is_read_as_it_is_written() {
    let troubles = [
        Trouble::ConnectTimeout,
        Trouble::NegotiationTimeout,
        Trouble::ConnectionFailed,
        Trouble::Disconnected,
        Trouble::ChannelClosed,
        Trouble::ActionFailed,
        Trouble::Overflow,
        Trouble::OldEpoch,
        Trouble::Unexpected,
        Trouble::Requested,
        Trouble::Replaced,
        Trouble::RemoteAsked,
        Trouble::Unknown,
    ];
    for reason in troubles {
        assert_eq!(Trouble::from_name(reason.as_str()), reason);
    }
    let ends = [
        CloseReason::HungUp,
        CloseReason::RemoteHungUp,
        CloseReason::PeerGone,
        CloseReason::Declined,
        CloseReason::Protocol,
        CloseReason::Unknown,
    ];
    for reason in ends {
        assert_eq!(CloseReason::from_name(reason.as_str()), reason);
    }
    for kind in [SdpType::Offer, SdpType::Answer, SdpType::Pranswer, SdpType::Rollback] {
        assert_eq!(SdpType::from_name(kind.as_str()), Some(kind));
    }
}

/// JSON of any shape under the names the protocol uses.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,8}".prop_map(Value::from),
    ];
    let names = prop_oneof![
        Just("type"),
        Just("from"),
        Just("to"),
        Just("epoch"),
        Just("base"),
        Just("number"),
        Just("ack"),
        Just("wanted"),
        Just("sdp"),
        Just("sdpType"),
        Just("candidates"),
        Just("candidate"),
        Just("sources"),
        Just("needAudio"),
        Just("probe"),
        Just("reason"),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(json in any_json()) {
        if let Ok(wire) = serde_json::from_value::<Wire>(json)
            && let Ok(message) = LinkMessage::try_from(wire)
        {
            let again = LinkMessage::try_from(Wire::from(&message));
            prop_assert_eq!(again, Ok(message));
        }
    }
}
