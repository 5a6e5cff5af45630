//! A relay message as it is on the wire: one flat object, every field optional but `type`.
//!
//! One struct instead of an enum per direction, because what serde generates for a tagged enum
//! costs tens of kilobytes in a WebAssembly module.

use core::mem;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::Malformed;
use super::limits::{MAX_CAPACITY, MAX_INFO_BYTES, MAX_MESSAGE_BYTES};
use super::token::Token;
use crate::fields::{self, Visit};
use crate::id::{InvalidId, PeerId};

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

/// The most items of a list: no room has more peers.
const MAX_ITEMS: usize = MAX_CAPACITY as usize;

impl fields::Fields for Wire {
    fn fields(&mut self, visit: &mut dyn Visit) {
        visit.string("type", &mut self.r#type);
        visit.text("room", &mut self.room);
        visit.text("token", &mut self.token);
        visit.text("peer", &mut self.peer);
        visit.text("resume", &mut self.resume);
        visit.text("info", &mut self.info);
        visit.number("capacity", &mut self.capacity);
        visit.text("to", &mut self.to);
        visit.text("from", &mut self.from);
        visit.text("data", &mut self.data);
        visit.list("peers", MAX_ITEMS, &mut self.peers);
        visit.number("heartbeatMs", &mut self.heartbeat_ms);
        visit.number("resumeWindowMs", &mut self.resume_window_ms);
        visit.number("maxMessageBytes", &mut self.max_message_bytes);
        visit.list("iceServers", MAX_ITEMS, &mut self.ice_servers);
        visit.text("reason", &mut self.reason);
        visit.text("code", &mut self.code);
        visit.text("message", &mut self.message);
        visit.flag("retryable", &mut self.retryable);
        visit.number("retryAfterMs", &mut self.retry_after_ms);
        visit.number("reconnectAfterMs", &mut self.reconnect_after_ms);
    }
}

impl fields::Fields for WirePeer {
    fn fields(&mut self, visit: &mut dyn Visit) {
        visit.string("peer", &mut self.peer);
        visit.text("info", &mut self.info);
        visit.flag("suspended", &mut self.suspended);
    }
}

impl fields::Fields for WireIceServer {
    fn fields(&mut self, visit: &mut dyn Visit) {
        let mut urls = Some(mem::take(&mut self.urls));
        visit.list("urls", MAX_ITEMS, &mut urls);
        self.urls = urls.unwrap_or_default();
        visit.text("username", &mut self.username);
        visit.text("credential", &mut self.credential);
    }
}

impl Wire {
    pub(super) fn of_type(name: &str) -> Self {
        Self { r#type: name.to_owned(), ..Self::default() }
    }
}

/// Reads fields of one message, so that an error can name both.
#[derive(Clone, Copy)]
pub(super) struct Fields(pub(super) &'static str);

impl Fields {
    pub(super) fn text(self, field: &'static str, value: Option<String>) -> Result<String, Malformed> {
        value.ok_or(Malformed::Missing { message: self.0, field })
    }

    pub(super) fn id<T: TryFrom<String, Error = InvalidId>>(
        self,
        field: &'static str,
        value: Option<String>,
    ) -> Result<T, Malformed> {
        let text = self.text(field, value)?;
        T::try_from(text).map_err(|source| Malformed::InvalidId { message: self.0, field, source })
    }

    pub(super) fn peer(self, value: Option<String>) -> Result<PeerId, Malformed> {
        self.id("peer", value)
    }

    pub(super) fn info(self, value: Option<String>) -> Result<Option<String>, Malformed> {
        match value {
            Some(info) => self.bounded("info", info, MAX_INFO_BYTES).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn data(self, value: Option<String>) -> Result<String, Malformed> {
        let data = self.text("data", value)?;
        self.bounded("data", data, MAX_MESSAGE_BYTES)
    }

    pub(super) fn token(self, field: &'static str, value: Option<String>) -> Result<Option<Token>, Malformed> {
        let Some(text) = value else { return Ok(None) };
        Token::new(text).map(Some).map_err(|_| Malformed::OutOfRange { message: self.0, field })
    }

    fn bounded(self, field: &'static str, text: String, max: usize) -> Result<String, Malformed> {
        if text.len() > max { Err(Malformed::TooLong { message: self.0, field, max }) } else { Ok(text) }
    }
}

pub(super) fn from_ms(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

pub(super) fn to_ms(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
