//! A place in a room of a signaling server.

use js_sys::{Array, Function, Promise};
use rejoin::signaling::{Loss, RemotePeer, SignalingClientEvent, SignalingOptions, SignalingState, default_url};
use rejoin::{PeerId, RoomId, SignalingClient};
use rejoin_proto::text::say;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::abort::abortable;
use crate::failure;
use crate::forward::{event, forward};
use crate::recovery::milliseconds;
use crate::value::{Options, array, object};

/// A handle on a [`SignalingClient`].
#[wasm_bindgen]
pub struct SignalingClientHandle(SignalingClient);

#[wasm_bindgen]
impl SignalingClientHandle {
    /// Starts to connect.
    pub fn connect(options: JsValue) -> Result<Self, JsValue> {
        let options = signaling_options(&Options(options))?;
        SignalingClient::connect(options).map(Self).map_err(|error| failure::signaling(&error))
    }

    /// Where the membership stands.
    #[wasm_bindgen(unchecked_return_type = "object")]
    pub fn state(&self) -> JsValue {
        state(&self.0.state())
    }

    /// Waits until this client is in the room.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn joined(&self, signal: Option<AbortSignal>) -> Promise {
        let client = self.0.clone();
        abortable(signal, async move {
            client.joined().await.map_err(|error| failure::signaling(&error))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The id the server gave this client.
    #[wasm_bindgen(js_name = peerId, unchecked_return_type = "string | undefined")]
    pub fn peer_id(&self) -> JsValue {
        self.0.peer_id().as_ref().map(PeerId::as_str).into()
    }

    /// The others in the room.
    #[wasm_bindgen(unchecked_return_type = "object[]")]
    pub fn members(&self) -> Array {
        array(self.0.peers().iter().map(member))
    }

    /// Sends a text to a peer of the room.
    pub fn send(&self, to: &str, data: String) -> Result<(), JsValue> {
        self.0.send(&peer_id(to)?, data).map_err(|error| failure::signaling(&error))
    }

    /// Changes what the others are told.
    #[wasm_bindgen(js_name = setInfo)]
    pub fn set_info(&self, info: Option<String>) -> Result<(), JsValue> {
        self.0.set_info(info).map_err(|error| failure::signaling(&error))
    }

    /// Tries now instead of later.
    pub fn reconnect(&self) {
        self.0.reconnect();
    }

    /// Leaves the room for good.
    pub fn close(&self) {
        self.0.close();
    }

    /// Tells what happens.
    pub fn listen(
        &self,
        #[wasm_bindgen(
            unchecked_param_type = "(name?: \"statechange\" | \"joined\" | \"memberjoin\" | \"memberleave\" | \"memberchange\" | \"message\" | \"error\", values?: object) => void"
        )]
        listener: Function,
    ) {
        forward(self.0.events(), listener, |happened| match happened {
            SignalingClientEvent::StateChanged(now) => event("statechange", &[("state", state(now))]),
            SignalingClientEvent::Joined { peer, fresh } => {
                event("joined", &[("peerId", peer.as_str().into()), ("fresh", (*fresh).into())])
            }
            SignalingClientEvent::PeerJoined(remote) => event("memberjoin", &[("member", member(remote))]),
            SignalingClientEvent::PeerLeft { peer, reason } => {
                event("memberleave", &[("memberId", peer.as_str().into()), ("reason", reason.as_str().into())])
            }
            SignalingClientEvent::PeerSuspended(remote)
            | SignalingClientEvent::PeerResumed(remote)
            | SignalingClientEvent::PeerInfo(remote) => event("memberchange", &[("member", member(remote))]),
            SignalingClientEvent::Signal { from, data } => {
                event("message", &[("from", from.as_str().into()), ("data", data.as_str().into())])
            }
            SignalingClientEvent::ServerError(error) => event("error", &[("error", failure::server(error))]),
            _ => None,
        });
    }
}

/// The signaling options that a user gave.
pub(crate) fn signaling_options(given: &Options) -> Result<SignalingOptions, JsValue> {
    let url = given.text("url")?.or_else(default_url);
    let url =
        url.ok_or_else(|| failure::option("the option url is missing, and this page has no server of its own"))?;
    let room = RoomId::new(given.text("room")?.unwrap_or_default());
    let room = room.map_err(|error| failure::option(&["room: ", &say(&error)].concat()))?;
    // The bound of 65,535 is checked.
    let capacity = given.number("capacity", 65_535)?.map(|capacity| capacity as u16);
    let mut options = SignalingOptions::new(url, room);
    options.token = given.text("token")?;
    options.info = given.text("info")?;
    options.capacity = capacity;
    options.reload = milliseconds(given, "reloadMs")?;
    options.backoff.max_attempts = given.number("maxAttempts", u32::MAX)?;
    Ok(options)
}

/// The id of a peer as the user gave it.
pub(crate) fn peer_id(text: &str) -> Result<PeerId, JsValue> {
    PeerId::new(text).map_err(|error| failure::option(&say(&error)))
}

/// A state as JavaScript sees it.
pub(crate) fn state(state: &SignalingState) -> JsValue {
    let (phase, attempt, delay, reason, error) = match state {
        SignalingState::Connecting { attempt } => ("connecting", Some(*attempt), None, None, None),
        SignalingState::Joined => ("joined", None, None, None, None),
        SignalingState::Waiting { attempt, delay, reason } => {
            ("waiting", Some(*attempt), Some(*delay), Some(loss(reason)), None)
        }
        SignalingState::Failed { reason } => ("failed", None, None, None, Some(failure::final_failure(reason.clone()))),
        SignalingState::Closed => ("closed", None, None, None, None),
        _ => ("unknown", None, None, None, None),
    };
    object(&[
        ("phase", phase.into()),
        ("attempt", attempt.into()),
        ("retryInMs", delay.map(|delay| delay.as_secs_f64() * 1000.0).into()),
        ("reason", reason.into()),
        ("error", error.into()),
    ])
}

fn loss(loss: &Loss) -> &'static str {
    match loss {
        Loss::Unreachable => "unreachable",
        Loss::NoWelcome => "noWelcome",
        Loss::NoPong => "noPong",
        Loss::Closed(_) => "closed",
        Loss::GoingAway => "goingAway",
        Loss::Refused(error) => error.code.as_str(),
        _ => "unknown",
    }
}

fn member(remote: &RemotePeer) -> JsValue {
    object(&[
        ("id", remote.peer.as_str().into()),
        ("info", remote.info.as_deref().into()),
        ("suspended", remote.suspended.into()),
    ])
}
