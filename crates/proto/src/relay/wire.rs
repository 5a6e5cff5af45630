//! A relay message as it is on the wire: one flat object, every field optional but `type`.
//!
//! One struct instead of an enum per direction, because what serde generates for a tagged enum
//! costs tens of kilobytes in a WebAssembly module.

use core::mem;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fields::Read;

/// A message of either direction as JSON has it.
///
/// Made from, and turned into, [`ClientMessage`](super::ClientMessage) or [`ServerMessage`](super::ServerMessage),
/// which document the fields. `Debug` shows what the fields hold, tokens and descriptions too: do not log it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are documented where they get their meaning, in the message enums")]
pub struct Wire {
    pub r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reload_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peers: Option<Vec<WirePeer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume_window_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_message_bytes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ice_servers: Option<Vec<WireIceServer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconnect_after_ms: Option<u32>,
}

/// One peer of `welcome.peers`; see [`RemotePeer`](super::RemotePeer).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are documented in RemotePeer")]
pub struct WirePeer {
    pub peer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
}

/// One server of `welcome.iceServers`; see [`IceServer`](super::IceServer).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are documented in IceServer")]
pub struct WireIceServer {
    pub urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

impl Read for Wire {
    fn text(&mut self, name: &'static str) -> Option<String> {
        match name {
            "type" => Some(mem::take(&mut self.r#type)),
            "room" => self.room.take(),
            "token" => self.token.take(),
            "peer" => self.peer.take(),
            "resume" => self.resume.take(),
            "info" => self.info.take(),
            "to" => self.to.take(),
            "from" => self.from.take(),
            "data" => self.data.take(),
            "reason" => self.reason.take(),
            "code" => self.code.take(),
            "message" => self.message.take(),
            _ => None,
        }
    }

    fn number(&mut self, name: &'static str) -> Option<u32> {
        match name {
            "capacity" => self.capacity,
            "reloadMs" => self.reload_ms,
            "heartbeatMs" => self.heartbeat_ms,
            "resumeWindowMs" => self.resume_window_ms,
            "maxMessageBytes" => self.max_message_bytes,
            "retryAfterMs" => self.retry_after_ms,
            "reconnectAfterMs" => self.reconnect_after_ms,
            _ => None,
        }
    }

    fn flag(&mut self, name: &'static str) -> Option<bool> {
        if name == "retryable" { self.retryable } else { None }
    }

    fn texts(&mut self, _: &'static str, _: usize) -> Option<Vec<String>> {
        None
    }

    fn messages(&mut self, name: &'static str, max: usize, item: &mut dyn FnMut(&mut dyn Read)) -> bool {
        match name {
            "peers" => each(self.peers.take(), max, item),
            "iceServers" => each(self.ice_servers.take(), max, item),
            _ => false,
        }
    }
}

fn each<T: Read>(list: Option<Vec<T>>, max: usize, item: &mut dyn FnMut(&mut dyn Read)) -> bool {
    let there = list.is_some();
    list.into_iter().flatten().take(max).for_each(|mut message| item(&mut message));
    there
}

impl Read for WirePeer {
    fn text(&mut self, name: &'static str) -> Option<String> {
        if name == "peer" { Some(mem::take(&mut self.peer)) } else { self.info.take() }
    }

    fn number(&mut self, _: &'static str) -> Option<u32> {
        None
    }

    fn flag(&mut self, _: &'static str) -> Option<bool> {
        self.suspended
    }

    fn texts(&mut self, _: &'static str, _: usize) -> Option<Vec<String>> {
        None
    }

    fn messages(&mut self, _: &'static str, _: usize, _: &mut dyn FnMut(&mut dyn Read)) -> bool {
        false
    }
}

impl Read for WireIceServer {
    fn text(&mut self, name: &'static str) -> Option<String> {
        if name == "username" { self.username.take() } else { self.credential.take() }
    }

    fn number(&mut self, _: &'static str) -> Option<u32> {
        None
    }

    fn flag(&mut self, _: &'static str) -> Option<bool> {
        None
    }

    fn texts(&mut self, _: &'static str, max: usize) -> Option<Vec<String>> {
        self.urls.truncate(max);
        Some(mem::take(&mut self.urls))
    }

    fn messages(&mut self, _: &'static str, _: usize, _: &mut dyn FnMut(&mut dyn Read)) -> bool {
        false
    }
}

impl Wire {
    pub(super) fn of_type(name: &str) -> Self {
        Self { r#type: name.to_owned(), ..Self::default() }
    }
}

pub(super) fn from_ms(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

pub(super) fn to_ms(duration: Duration) -> u32 {
    // Seconds cut off where the product is too large anyway: to check it takes 128 bits, which cost code.
    let ms = duration.as_secs().min(u64::from(u32::MAX)) * 1000 + u64::from(duration.subsec_millis());
    u32::try_from(ms).unwrap_or(u32::MAX)
}
