//! Holds the relay protocol to its golden files, and its readers to taking anything.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use rejoin_proto::id::{PeerId, RoomId};
use rejoin_proto::relay::{
    ClientMessage, ErrorCode, ErrorMessage, Hello, IceServer, LeaveReason, Malformed, RemotePeer, ServerMessage, Token,
    Welcome, Wire,
};
use serde_json::Value;

fn peer(id: &str) -> PeerId {
    PeerId::new(id).unwrap()
}

fn token(text: &str) -> Token {
    Token::new(text).unwrap()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// The golden file of this name means `expected`, and `expected` is written as the golden file.
fn golden<M>(name: &str, expected: M)
where
    M: TryFrom<Wire, Error = Malformed> + Into<Wire> + PartialEq + Debug + Clone,
{
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/relay").join(name).with_extension("json");
    let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let decode = |json: &Value| M::try_from(serde_json::from_value::<Wire>(json.clone()).unwrap()).unwrap();

    assert_eq!(decode(&json), expected, "{name} decodes to another value");
    assert_eq!(serde_json::to_value(expected.clone().into()).unwrap(), json, "{name} is written in another way");

    let mut later_version = json;
    later_version.as_object_mut().unwrap().insert("fieldOfALaterVersion".into(), serde_json::json!({"a": [1, null]}));
    assert_eq!(decode(&later_version), expected, "{name} with an unknown field");
}

#[test]
fn client_messages_are_as_in_their_golden_files() {
    golden(
        "client-hello",
        ClientMessage::Hello(Hello {
            room: RoomId::new("kitchen").unwrap(),
            token: Some(token("access-token")),
            resume: Some(token("resume-token")),
            info: text(r#"{"name":"Ada"}"#),
            capacity: Some(2),
            reload: Some(Duration::from_secs(10)),
        }),
    );
    golden(
        "client-signal",
        ClientMessage::Signal { to: peer("peer-b"), data: r#"{"type":"ack","received":7}"#.to_owned() },
    );
    golden("client-info", ClientMessage::Info { info: text(r#"{"name":"Ada L."}"#) });
    golden("client-ping", ClientMessage::Ping);
    golden("client-leave", ClientMessage::Leave);
}

#[test]
fn server_messages_are_as_in_their_golden_files() {
    golden(
        "server-welcome",
        ServerMessage::Welcome(Welcome {
            peer: peer("peer-a"),
            resume: token("resume-token"),
            peers: vec![
                RemotePeer { peer: peer("peer-b"), info: text(r#"{"name":"Grace"}"#), suspended: false },
                RemotePeer { peer: peer("peer-c"), info: None, suspended: true },
            ],
            heartbeat: Duration::from_secs(10),
            resume_window: Duration::from_secs(30),
            max_message_bytes: 262_144,
            ice_servers: Some(vec![
                IceServer { urls: vec!["stun:stun.example.org".to_owned()], username: None, credential: None },
                IceServer {
                    urls: vec!["turn:turn.example.org".to_owned(), "turns:turn.example.org".to_owned()],
                    username: text("u"),
                    credential: text("c"),
                },
            ]),
        }),
    );
    golden("server-peer-joined", ServerMessage::PeerJoined { peer: peer("peer-b"), info: text(r#"{"name":"Grace"}"#) });
    golden("server-peer-left", ServerMessage::PeerLeft { peer: peer("peer-b"), reason: LeaveReason::Expired });
    golden("server-peer-suspended", ServerMessage::PeerSuspended { peer: peer("peer-b") });
    golden(
        "server-peer-resumed",
        ServerMessage::PeerResumed { peer: peer("peer-b"), info: text(r#"{"name":"Grace"}"#) },
    );
    golden("server-peer-info", ServerMessage::PeerInfo { peer: peer("peer-b"), info: text(r#"{"name":"Grace H."}"#) });
    golden(
        "server-signal",
        ServerMessage::Signal { from: peer("peer-b"), data: r#"{"type":"ack","received":7}"#.to_owned() },
    );
    golden("server-pong", ServerMessage::Pong { resume: Some(token("newer-resume-token")) });
    golden(
        "server-error",
        ServerMessage::Error(ErrorMessage {
            code: ErrorCode::RoomFull,
            message: "the room holds 2 peers, and that is all it may".to_owned(),
            retryable: true,
            retry_after: Some(Duration::from_secs(12)),
        }),
    );
    golden("server-going-away", ServerMessage::GoingAway { reconnect_after: Duration::from_millis(1500) });
}

#[test]
fn every_golden_file_is_of_a_known_type() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/relay");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let wire: Wire = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_known = if name.starts_with("client-") {
            !matches!(ClientMessage::try_from(wire), Ok(ClientMessage::Unknown { .. }) | Err(_))
        } else {
            !matches!(ServerMessage::try_from(wire), Ok(ServerMessage::Unknown { .. }) | Err(_))
        };
        assert!(is_known, "{name}");
    }
}

fn client(json: &str) -> Result<ClientMessage, Malformed> {
    ClientMessage::try_from(serde_json::from_str::<Wire>(json).unwrap())
}

fn server(json: &str) -> Result<ServerMessage, Malformed> {
    ServerMessage::try_from(serde_json::from_str::<Wire>(json).unwrap())
}

#[test]
fn the_optional_fields_may_be_absent_or_null() {
    let hello = ClientMessage::Hello(Hello::new(RoomId::new("r").unwrap()));
    assert_eq!(client(r#"{"type":"hello","room":"r"}"#), Ok(hello.clone()));
    assert_eq!(
        client(r#"{"type":"hello","room":"r","token":null,"resume":null,"info":null,"capacity":null,"reloadMs":null}"#),
        Ok(hello)
    );
    assert_eq!(server(r#"{"type":"pong"}"#), Ok(ServerMessage::Pong { resume: None }));
    let Ok(ServerMessage::Welcome(welcome)) = server(r#"{"type":"welcome","peer":"a","resume":"t"}"#) else {
        panic!("a bare welcome was refused");
    };
    assert_eq!(welcome.heartbeat, Duration::from_secs(10));
    assert_eq!(welcome.ice_servers, None);
}

#[test]
fn a_type_of_a_later_version_is_unknown() {
    assert_eq!(client(r#"{"type":"dance"}"#), Ok(ClientMessage::Unknown { r#type: "dance".to_owned() }));
    assert_eq!(server(r#"{"type":"dance"}"#), Ok(ServerMessage::Unknown { r#type: "dance".to_owned() }));
}

#[test]
fn a_word_of_a_later_version_is_unknown() {
    let left = server(r#"{"type":"peerLeft","peer":"a","reason":"abducted"}"#);
    assert_eq!(left, Ok(ServerMessage::PeerLeft { peer: peer("a"), reason: LeaveReason::Unknown }));
    for reason in [LeaveReason::Left, LeaveReason::Expired, LeaveReason::Removed, LeaveReason::Kicked] {
        assert_eq!(LeaveReason::from_name(reason.as_str()), reason);
    }
    let Ok(ServerMessage::Error(error)) = server(r#"{"type":"error","code":"tired","message":"no"}"#) else {
        panic!("an error with an unknown code was refused");
    };
    assert_eq!((error.code, error.retryable), (ErrorCode::Unknown, false));
}

#[test]
fn what_is_malformed_says_why() {
    let long_info = format!(r#"{{"type":"info","info":"{}"}}"#, "x".repeat(4097));
    for (json, why) in [
        ("{}", "message lacks type"),
        (r#"{"type":"hello"}"#, "hello lacks room"),
        (r#"{"type":"hello","room":"r","capacity":0}"#, "hello.capacity is out of range"),
        (r#"{"type":"hello","room":"r","capacity":65536}"#, "hello.capacity is out of range"),
        (r#"{"type":"hello","room":"r","resume":""}"#, "hello.resume is out of range"),
        (r#"{"type":"signal","data":"d"}"#, "signal lacks to"),
        (r#"{"type":"signal","to":"b"}"#, "signal lacks data"),
        (&long_info, "info.info has more than 4096 bytes"),
    ] {
        assert_eq!(client(json).unwrap_err().to_string(), why, "{json}");
    }
    let bad_room = client(r#"{"type":"hello","room":"a room"}"#).unwrap_err().to_string();
    assert!(bad_room.starts_with("hello.room: an id has 1 to 128 characters"), "{bad_room}");
    for (json, why) in [
        (r#"{"type":"welcome","peer":"a"}"#, "welcome lacks resume"),
        (r#"{"type":"welcome","peer":"a","resume":"t","heartbeatMs":0}"#, "welcome.heartbeatMs is out of range"),
        (r#"{"type":"peerLeft"}"#, "peerLeft lacks peer"),
    ] {
        assert_eq!(server(json).unwrap_err().to_string(), why, "{json}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Mostly the right fields with mostly the right kinds of values, which reaches further than noise does.
fn nearly_a_message() -> impl Strategy<Value = Value> {
    let types = prop::sample::select(vec![
        "hello",
        "signal",
        "info",
        "ping",
        "leave",
        "welcome",
        "peerJoined",
        "peerLeft",
        "peerSuspended",
        "peerResumed",
        "peerInfo",
        "pong",
        "error",
        "goingAway",
        "dance",
        "",
    ]);
    let field = prop::sample::select(vec![
        "room",
        "token",
        "peer",
        "resume",
        "info",
        "capacity",
        "to",
        "from",
        "data",
        "peers",
        "heartbeatMs",
        "resumeWindowMs",
        "maxMessageBytes",
        "iceServers",
        "reason",
        "code",
        "message",
        "retryable",
        "retryAfterMs",
        "reconnectAfterMs",
    ]);
    let value = prop_oneof![
        4 => "[a-z]{0,8}".prop_map(Value::from),
        1 => "\\PC{0,70}".prop_map(Value::from),
        2 => any::<u32>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(serde_json::json!([{"peer": "x", "info": "y"}, {"urls": []}])),
        1 => any_json(),
    ];
    (types, prop::collection::vec((field, value), 0..8)).prop_map(|(r#type, fields)| {
        let mut object: serde_json::Map<String, Value> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        object.insert("type".to_owned(), r#type.into());
        Value::Object(object)
    })
}

fn reading_does_not_panic_and_what_was_read_stays_the_same(json: &Value) {
    let Ok(wire) = serde_json::from_value::<Wire>(json.clone()) else { return };
    if let Ok(message) = ClientMessage::try_from(wire.clone()) {
        assert_eq!(ClientMessage::try_from(Wire::from(message.clone())), Ok(message));
    }
    if let Ok(message) = ServerMessage::try_from(wire) {
        assert_eq!(ServerMessage::try_from(Wire::from(message.clone())), Ok(message));
    }
}

proptest! {
    #[test]
    fn arbitrary_json_never_panics(json in any_json()) {
        reading_does_not_panic_and_what_was_read_stays_the_same(&json);
    }

    #[test]
    fn nearly_messages_never_panic_and_survive_a_round_trip(json in nearly_a_message()) {
        reading_does_not_panic_and_what_was_read_stays_the_same(&json);
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        if let Ok(json) = serde_json::from_str::<Value>(&text) {
            reading_does_not_panic_and_what_was_read_stays_the_same(&json);
        }
    }
}
