//! Peers by the name of a room.

use js_sys::{Array, Function, Promise};
use rejoin::{ConnectError, ConnectMode, Member, PeerId, Room, RoomEvent, RoomOptions};
use rejoin_proto::text::say;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::abort::abortable;
use crate::channel::channel_options;
use crate::configuration::configuration;
use crate::failure;
use crate::forward::{event, forward};
use crate::local_stream::LocalStreamHandle;
use crate::peer::PeerHandle;
use crate::recovery::recovery;
use crate::room_channel::RoomChannelHandle;
use crate::signaling_client::{peer_id, signaling_options, state};
use crate::value::{Options, array, object};

/// A handle on a [`Room`]; `None` once it is left.
#[wasm_bindgen]
pub struct RoomHandle(Option<Room>);

#[wasm_bindgen]
impl RoomHandle {
    /// Joins a room.
    #[wasm_bindgen(unchecked_return_type = "Promise<RoomHandle>")]
    pub fn join(options: JsValue, media: Option<LocalStreamHandle>, signal: Option<AbortSignal>) -> Promise {
        let options = room_options(Options(options), media);
        abortable(signal, async move {
            let room = Room::join(options?).await.map_err(|error| failure::signaling(&error))?;
            Ok(RoomHandle(Some(room)).into())
        })
    }

    /// The id of this side.
    #[wasm_bindgen(js_name = peerId, unchecked_return_type = "string | undefined")]
    pub fn peer_id(&self) -> JsValue {
        let id = self.0.as_ref().and_then(Room::peer_id);
        id.as_ref().map(PeerId::as_str).into()
    }

    /// Everybody else in the room.
    #[wasm_bindgen(unchecked_return_type = "object[]")]
    pub fn members(&self) -> Array {
        array(self.0.as_ref().map(Room::members).unwrap_or_default().iter().map(member))
    }

    /// Those this side is connected with.
    #[wasm_bindgen(unchecked_return_type = "PeerHandle[]")]
    pub fn peers(&self) -> Array {
        array(self.0.as_ref().map(Room::peers).unwrap_or_default().into_iter().map(PeerHandle))
    }

    /// The state of the connection to the server; undefined once it is left.
    #[wasm_bindgen(js_name = signalingState, unchecked_return_type = "object | undefined")]
    pub fn signaling_state(&self) -> JsValue {
        self.0.as_ref().map_or(JsValue::UNDEFINED, |room| state(&room.signaling_state()))
    }

    /// Connects with a member.
    pub fn connect(&self, member: &str) -> Result<PeerHandle, JsValue> {
        let peer = match &self.0 {
            Some(room) => room.connect(&peer_id(member)?),
            None => Err(ConnectError::NotJoined),
        };
        peer.map(PeerHandle).map_err(|error| failure::connect(&error))
    }

    /// Sends a stream to everybody.
    pub fn publish(&self, stream: &LocalStreamHandle) {
        if let Some(room) = &self.0 {
            room.publish(&stream.0);
        }
    }

    /// No longer sends a stream to anybody.
    pub fn unpublish(&self, stream: &LocalStreamHandle) {
        if let Some(room) = &self.0 {
            room.unpublish(&stream.0);
        }
    }

    /// A channel to everybody; undefined once the room is left.
    pub fn channel(&self, label: &str, options: JsValue) -> Result<Option<RoomChannelHandle>, JsValue> {
        let options = channel_options(options)?;
        let Some(room) = &self.0 else { return Ok(None) };
        let channel = room.channel(label, options).map_err(|error| failure::channel(&error))?;
        Ok(Some(RoomChannelHandle(channel)))
    }

    /// Tells everybody something about this side.
    #[wasm_bindgen(js_name = setInfo)]
    pub fn set_info(&self, info: Option<String>) -> Result<(), JsValue> {
        let set = self.0.as_ref().map_or(Ok(()), |room| room.set_info(info));
        set.map_err(|error| failure::signaling(&error))
    }

    /// Takes other servers and policies.
    #[wasm_bindgen(js_name = setConfiguration)]
    pub fn set_configuration(&self, options: JsValue) -> Result<(), JsValue> {
        let configuration = configuration(&Options(options))?;
        let set = self.0.as_ref().map_or(Ok(()), |room| room.set_configuration(configuration));
        set.map_err(|error| failure::option(&say(&error)))
    }

    /// Connects to the server now.
    pub fn reconnect(&self) {
        if let Some(room) = &self.0 {
            room.reconnect();
        }
    }

    /// Hangs up on everybody and leaves.
    pub fn leave(&mut self) {
        if let Some(room) = self.0.take() {
            room.leave();
        }
    }

    /// Tells what happens, from the join on.
    pub fn listen(
        &self,
        #[wasm_bindgen(
            unchecked_param_type = "(name?: \"peer\" | \"peerclose\" | \"memberjoin\" | \"memberchange\" | \"memberleave\" | \"signalingstate\" | \"error\", values?: object) => void"
        )]
        listener: Function,
    ) {
        let Some(room) = &self.0 else { return };
        forward(room.events(), listener, |happened| match happened {
            RoomEvent::Peer(peer) => event("peer", &[("peer", PeerHandle(peer.clone()).into())]),
            RoomEvent::PeerClosed(peer, reason) => {
                event("peerclose", &[("peer", PeerHandle(peer.clone()).into()), ("reason", reason.as_str().into())])
            }
            RoomEvent::MemberJoined(joined) => event("memberjoin", &[("member", member(joined))]),
            RoomEvent::MemberChanged(changed) => event("memberchange", &[("member", member(changed))]),
            RoomEvent::MemberLeft(id, reason) => {
                event("memberleave", &[("memberId", id.as_str().into()), ("reason", reason.as_str().into())])
            }
            RoomEvent::Signaling(now) => event("signalingstate", &[("state", state(now))]),
            RoomEvent::Server(error) => event("error", &[("error", failure::server(error))]),
            _ => None,
        });
    }
}

fn room_options(given: Options, media: Option<LocalStreamHandle>) -> Result<RoomOptions, JsValue> {
    let signaling = signaling_options(&given)?;
    let mut options = RoomOptions::of(signaling);
    options.configuration = configuration(&given)?;
    options.recovery = recovery(&given)?;
    match given.text("connect")?.as_deref() {
        None | Some("auto") => {}
        Some("manual") => options.connect = ConnectMode::Manual,
        Some(_) => return Err(failure::option("the option connect must be \"auto\" or \"manual\"")),
    }
    options.media.extend(media.map(|media| media.0));
    Ok(options)
}

fn member(member: &Member) -> JsValue {
    object(&[
        ("id", member.id.as_str().into()),
        ("info", member.info.as_deref().into()),
        ("suspended", member.suspended.into()),
    ])
}
