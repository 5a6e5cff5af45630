//! What `Fields` reads and writes is what serde reads and writes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Debug;
use std::path::Path;

use proptest::prelude::*;
use rejoin_proto::fields::{Fields, Items, Read, Visit, VisitItem, to_json};
use rejoin_proto::ice::IceCandidate;
use rejoin_proto::{link, relay};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Fills messages in from a value, as the browser's reader does from a JavaScript value.
struct Reader<'a>(&'a Value, Option<&'static str>);

impl Visit for Reader<'_> {
    fn text(&mut self, name: &'static str, value: &mut Option<String>) {
        *value = self.0[name].as_str().map(str::to_owned);
    }

    fn number(&mut self, name: &'static str, value: &mut Option<u32>) {
        *value = self.0[name].as_u64().map(|number| number.try_into().unwrap());
    }

    fn flag(&mut self, name: &'static str, value: &mut Option<bool>) {
        *value = self.0[name].as_bool();
    }

    fn list(&mut self, name: &'static str, max: usize, items: &mut dyn Items) {
        let Some(list) = self.0[name].as_array() else { return };
        if list.len() > max {
            return self.refuse(name);
        }
        items.clear();
        for value in list {
            let mut reader = Reader(value, None);
            items.add(&mut reader);
            self.1 = self.1.or(reader.1);
        }
    }

    fn refuse(&mut self, name: &'static str) {
        self.1 = Some(name);
    }
}

impl VisitItem for Reader<'_> {
    fn text(&mut self, value: &mut String) {
        *value = self.0.as_str().unwrap().to_owned();
    }

    fn message(&mut self, value: &mut dyn Fields) {
        value.fields(self);
    }

    fn present(&mut self, _: bool) -> bool {
        !self.0.is_null()
    }
}

fn reads_and_writes_as_serde<T>(json: &Value)
where
    T: Fields + Default + Clone + PartialEq + Debug + DeserializeOwned + serde::Serialize,
{
    let by_serde: T = serde_json::from_value(json.clone()).unwrap();
    let mut by_fields = T::default();
    let mut reader = Reader(json, None);
    by_fields.fields(&mut reader);
    assert_eq!(reader.1, None);
    assert_eq!(by_fields, by_serde);
    let written: Value = serde_json::from_str(&to_json(&mut by_fields)).unwrap();
    assert_eq!(written, serde_json::to_value(by_serde).unwrap());
}

/// As the browser's reader reads a relay message from a JavaScript value.
impl Read for Reader<'_> {
    fn text(&mut self, name: &'static str) -> Option<String> {
        self.0[name].as_str().map(str::to_owned)
    }

    fn number(&mut self, name: &'static str) -> Option<u32> {
        self.0[name].as_u64().map(|number| number.try_into().unwrap())
    }

    fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.0[name].as_bool()
    }

    fn texts(&mut self, name: &'static str, _: usize) -> Option<Vec<String>> {
        Some(self.0[name].as_array()?.iter().map(|text| text.as_str().unwrap().to_owned()).collect())
    }

    fn messages(&mut self, name: &'static str, _: usize, item: &mut dyn FnMut(&mut dyn Read)) -> bool {
        let Some(list) = self.0[name].as_array() else { return false };
        list.iter().for_each(|value| item(&mut Reader(value, None)));
        true
    }
}

#[test]
fn every_golden_relay_message_is_the_same_field_by_field_and_by_serde() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/relay");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let json: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let wire: relay::Wire = serde_json::from_value(json.clone()).unwrap();
        if path.file_name().unwrap().to_str().unwrap().starts_with("client-") {
            let message = relay::ClientMessage::read(&mut Reader(&json, None)).unwrap();
            assert_eq!(relay::ClientMessage::try_from(wire), Ok(message.clone()));
            assert_eq!(serde_json::from_str::<Value>(&message.to_json()).unwrap(), json);
        } else {
            let message = relay::ServerMessage::read(&mut Reader(&json, None));
            assert_eq!(relay::ServerMessage::try_from(wire), message);
        }
        files += 1;
    }
    assert!(files > 10);
}

#[test]
fn every_field_of_a_link_message_is_the_same_by_both() {
    reads_and_writes_as_serde::<link::Wire>(&json!({
        "type": "description", "from": "a", "to": "b", "epoch": 1, "base": 2, "number": 3, "ack": 4, "wanted": true,
        "sdpType": "offer", "sdp": "v=0\r\n\"\\\u{1}ü\u{1F600}", "needAudio": 0, "needVideo": 255, "reason": "replaced",
        "answer": false, "probe": 4_294_967_295_u32, "proof": 0,
        "candidates": [
            {"candidate": "candidate:1", "sdpMid": "0", "sdpMLineIndex": 65_535, "usernameFragment": "u"},
            {"candidate": ""}, null
        ],
        "sources": [
            {"stream": "s", "name": "", "audioMuted": true, "videoMuted": false},
            {"stream": "t", "name": "screen", "audioMuted": false, "videoMuted": true}
        ]
    }));
    reads_and_writes_as_serde::<link::Wire>(&json!({"type": "ack", "candidates": [], "sources": []}));
    reads_and_writes_as_serde::<link::Wire>(&json!({}));
}

#[test]
fn what_no_candidate_may_be_is_refused_by_both() {
    let refused = |candidate: Value| {
        let mut reader = Reader(&candidate, None);
        IceCandidate::default().fields(&mut reader);
        assert_eq!(
            serde_json::from_value::<IceCandidate>(candidate.clone()).is_err(),
            reader.1.is_some(),
            "{candidate}"
        );
        reader.1
    };
    assert_eq!(refused(json!({})), Some("candidate"));
    assert_eq!(refused(json!({"sdpMid": "0", "sdpMLineIndex": 0})), Some("candidate"));
    assert_eq!(refused(json!({"candidate": null})), Some("candidate"));
    assert_eq!(refused(json!({"candidate": "c", "sdpMLineIndex": 65_536})), Some("sdpMLineIndex"));
    assert_eq!(refused(json!({"candidate": "c", "sdpMLineIndex": 65_535})), None);
    assert_eq!(refused(json!({"candidate": "c", "sdpMid": "0", "sdpMLineIndex": null})), None);
    assert_eq!(refused(json!({"candidate": "", "sdpMid": "0"})), None);
}

#[test]
fn a_list_of_more_than_there_may_be_is_refused_before_it_is_made() {
    for (name, max, item) in
        [("candidates", link::MAX_CANDIDATES, Value::Null), ("sources", link::Sources::MAX, json!({}))]
    {
        for (count, refused) in [(max, None), (max + 1, Some(name))] {
            let list = json!({ "type": name, name: vec![item.clone(); count] });
            let (mut wire, mut reader) = (link::Wire::default(), Reader(&list, None));
            wire.fields(&mut reader);
            assert_eq!(reader.1, refused);
            let made = wire.candidates.map_or(0, |list| list.len()) + wire.sources.map_or(0, |list| list.len());
            assert_eq!(made, if refused.is_some() { 0 } else { count });
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_written_as_json(text in any::<String>()) {
        let mut candidate = IceCandidate { candidate: text.clone(), ..IceCandidate::default() };
        let written: Value = serde_json::from_str(&to_json(&mut candidate)).unwrap();
        prop_assert_eq!(&written["candidate"], &Value::String(text));
    }
}
