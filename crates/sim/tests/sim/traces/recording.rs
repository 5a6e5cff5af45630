//! What a browser said in a call, and what rejoin asked of it.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use rejoin_proto::ice::IceCandidate;
use rejoin_proto::link::{Action, Beat, BrowserEvent, InternalChannel, Need, SdpType, SessionDescription};
use rejoin_proto::state::ConnectionState;
use serde_json::Value;

use crate::coverage::said;

/// A connection: of which side, and the how manieth there.
pub(crate) type Of = (usize, u64);

/// One line of a recording.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) at: u64,
    pub(crate) what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    /// rejoin asked the browser for it.
    Asked(String),
    /// The browser said it.
    Said(BrowserEvent),
}

/// A recording.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) connections: BTreeMap<Of, VecDeque<Entry>>,
    /// What persons did: when, on which side, what.
    pub(crate) persons: VecDeque<(u64, usize, String)>,
    /// How many bytes a connection had received by then.
    pub(crate) bytes: BTreeMap<Of, Vec<(u64, u64)>>,
    /// All that each side asked, of whichever connection, in its order.
    pub(crate) asked: [Vec<(u64, String)>; 2],
    pub(crate) need: Need,
    pub(crate) begin: u64,
    pub(crate) end: [String; 2],
}

pub(crate) const SIDES: [&str; 2] = ["offerer", "answerer"];

fn side(name: &Value) -> usize {
    SIDES.iter().position(|side| *side == name.as_str().unwrap()).unwrap()
}

impl Trace {
    pub(crate) fn read(path: &Path) -> Self {
        let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let entries = json["entries"].as_array().unwrap();
        let mut trace = Self {
            connections: BTreeMap::new(),
            persons: VecDeque::new(),
            bytes: BTreeMap::new(),
            asked: Default::default(),
            need: Need::default(),
            begin: entries[0][0].as_u64().unwrap(),
            end: SIDES.map(|side| json["end"][side].as_str().unwrap().to_owned()),
        };
        entries.iter().for_each(|entry| trace.add(entry.as_array().unwrap()));
        trace
    }

    fn add(&mut self, entry: &[Value]) {
        let (at, of, what) =
            (entry[0].as_u64().unwrap(), (side(&entry[1]), entry[2].as_u64().unwrap()), text(&entry[3]));
        let word = |place: usize| entry.get(place).and_then(Value::as_str).unwrap_or_default();
        let said = match what {
            _ if of.1 == 0 => return self.persons.push_back((at, of.0, what.to_owned())),
            "bytes" => return self.bytes.entry(of).or_default().push((at, entry[4].as_u64().unwrap())),
            "local" => {
                self.need = Need::new(u8::from(word(6).contains("audio")), u8::from(word(6).contains("video")));
                let kind = if word(4) == "offer" { SdpType::Offer } else { SdpType::Answer };
                Some(BrowserEvent::LocalDescription(SessionDescription { kind, sdp: sdp(word(5), word(6)) }))
            }
            "remoteSet" => Some(BrowserEvent::RemoteDescriptionSet),
            "candidate" => Some(BrowserEvent::Candidate(entry.get(4).map(|text| IceCandidate {
                candidate: text.as_str().unwrap().to_owned(),
                sdp_mid: Some("0".to_owned()),
                sdp_m_line_index: Some(0),
                username_fragment: Some(word(5).to_owned()),
            }))),
            "needed" => Some(BrowserEvent::NegotiationNeeded),
            "state" => Some(BrowserEvent::ConnectionState(ConnectionState::from_name(word(4)))),
            "channel" if word(4) == "open" => Some(BrowserEvent::InternalChannel(InternalChannel::Open)),
            "channel" => Some(BrowserEvent::InternalChannel(InternalChannel::Closed)),
            "beat" => Some(BrowserEvent::Beat(if word(4) == "ping" { Beat::Ping } else { Beat::Pong })),
            "failed" => Some(BrowserEvent::ActionFailed { action: action(word(4)), error: word(5).to_owned() }),
            _ => None,
        };
        let what = said.map_or_else(|| What::Asked(what.to_owned()), What::Said);
        if let What::Asked(what) = &what {
            self.asked[of.0].push((of.1, what.clone()));
        }
        self.connections.entry(of).or_default().push_back(Entry { at, what });
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn action(name: &str) -> Action {
    match name {
        "setLocalDescription" => Action::SetLocalDescription,
        "setRemoteDescription" => Action::SetRemoteDescription,
        "addIceCandidate" => Action::AddCandidate,
        other => panic!("no action {other}"),
    }
}

/// As much of a description as the machine reads.
fn sdp(ufrag: &str, kinds: &str) -> String {
    let lines: String = kinds.split(' ').map(|kind| format!("m={kind} 9 x\r\n")).collect();
    format!("v=0\r\na=ice-ufrag:{ufrag}\r\n{lines}")
}

/// What real connections were seen to say one after the other.
pub(crate) fn said_in_order() -> Vec<(&'static str, &'static str)> {
    let mut pairs = Vec::new();
    for trace in paths().iter().map(|path| Trace::read(path)) {
        for queue in trace.connections.values() {
            let open = queue.iter().take_while(|entry| !matches!(&entry.what, What::Asked(what) if what == "close"));
            let mut last = "opened";
            for entry in open {
                if let What::Said(event) = &entry.what
                    && let Some(said) = said(event)
                {
                    pairs.push((core::mem::replace(&mut last, said), said));
                }
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

pub(crate) fn paths() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 8, "both browsers, four calls each");
    paths
}
