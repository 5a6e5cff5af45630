//! What `Fields` reads and writes is what serde reads and writes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Debug;
use std::path::Path;

use proptest::prelude::*;
use rejoin_proto::fields::{Fields, Items, Visit, VisitItem, to_json};
use rejoin_proto::ice::IceCandidate;
use rejoin_proto::{link, relay};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Fills messages in from a value, as the browser's reader does from a JavaScript value.
struct Reader<'a>(&'a Value);

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

    fn list(&mut self, name: &'static str, items: &mut dyn Items) {
        let Some(list) = self.0[name].as_array() else { return };
        items.clear();
        for value in list {
            items.add(&mut Reader(value));
        }
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
    by_fields.fields(&mut Reader(json));
    assert_eq!(by_fields, by_serde);
    let written: Value = serde_json::from_str(&to_json(&mut by_fields)).unwrap();
    assert_eq!(written, serde_json::to_value(by_serde).unwrap());
}

#[test]
fn every_golden_relay_message_is_the_same_by_both() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/relay");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        reads_and_writes_as_serde::<relay::Wire>(&serde_json::from_str(&text).unwrap());
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

proptest! {
    #[test]
    fn any_text_is_written_as_json(text in any::<String>()) {
        let mut candidate = IceCandidate { candidate: text.clone(), ..IceCandidate::default() };
        let written: Value = serde_json::from_str(&to_json(&mut candidate)).unwrap();
        prop_assert_eq!(&written["candidate"], &Value::String(text));
    }
}
