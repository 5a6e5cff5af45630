//! A connection to one other side.

use js_sys::{Array, Function, Promise};
use rejoin::{Happening, Peer, PeerEvent, PeerId, PeerOptions, PeerState, Sources, TimelineEntry};
use rejoin_proto::text::say;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, RtcPeerConnection};

use crate::abort::abortable;
use crate::channel::{ChannelHandle, channel_options};
use crate::configuration::configuration;
use crate::failure;
use crate::forward::{event, forward};
use crate::local_stream::LocalStreamHandle;
use crate::port::PortHandle;
use crate::recovery::recovery;
use crate::value::{Options, array, object};

/// A handle on a [`Peer`].
#[wasm_bindgen]
pub struct PeerHandle(pub(crate) Peer);

#[wasm_bindgen]
impl PeerHandle {
    /// Connects to whoever is at the other end of `port`.
    pub fn connect(port: &PortHandle, options: JsValue) -> Result<Self, JsValue> {
        let given = Options(options);
        let options = PeerOptions::new().with_configuration(configuration(&given)?).with_recovery(recovery(&given)?);
        Ok(Self(Peer::connect(port.open(), options)))
    }

    /// Its id in the room.
    #[wasm_bindgen(unchecked_return_type = "string | undefined")]
    pub fn id(&self) -> JsValue {
        self.0.id().map(PeerId::as_str).into()
    }

    /// Whether both are handles on the same peer.
    pub fn is(&self, other: &PeerHandle) -> bool {
        self.0 == other.0
    }

    /// The state now.
    #[wasm_bindgen(unchecked_return_type = "object")]
    pub fn state(&self) -> JsValue {
        state(&self.0.state())
    }

    /// What the connection did, and why.
    #[wasm_bindgen(unchecked_return_type = "object[]")]
    pub fn timeline(&self) -> Array {
        array(self.0.timeline().iter().map(timeline_entry))
    }

    /// Waits until it is connected.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn connected(&self, signal: Option<AbortSignal>) -> Promise {
        let peer = self.0.clone();
        abortable(signal, async move {
            peer.connected().await.map_err(|error| failure::peer(&error))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The other side's streams.
    #[wasm_bindgen(unchecked_return_type = "MediaStream[]")]
    pub fn streams(&self) -> Array {
        array(self.0.streams())
    }

    /// What the other side has muted.
    #[wasm_bindgen(unchecked_return_type = "{ audio: boolean, video: boolean }")]
    pub fn muted(&self) -> JsValue {
        muted(&self.0.sources())
    }

    /// Sends a stream.
    pub fn publish(&self, stream: &LocalStreamHandle) {
        self.0.publish(&stream.0);
    }

    /// No longer sends a stream.
    pub fn unpublish(&self, stream: &LocalStreamHandle) {
        self.0.unpublish(&stream.0);
    }

    /// The channel of this label.
    pub fn channel(&self, label: &str, options: JsValue) -> Result<ChannelHandle, JsValue> {
        let options = channel_options(options)?;
        self.0.channel(label, options).map(ChannelHandle).map_err(|error| failure::channel(&error))
    }

    /// The RTCPeerConnection in use.
    pub fn connection(&self) -> Option<RtcPeerConnection> {
        self.0.peer_connection()
    }

    /// Takes other servers and policies.
    #[wasm_bindgen(js_name = setConfiguration)]
    pub fn set_configuration(&self, options: JsValue) -> Result<(), JsValue> {
        let set = self.0.set_configuration(configuration(&Options(options))?);
        set.map_err(|error| failure::option(&say(&error)))
    }

    /// Makes a new connection now.
    pub fn reconnect(&self) {
        self.0.reconnect();
    }

    /// Hangs up.
    pub fn close(&self) {
        self.0.close();
    }

    /// Tells what happens.
    pub fn listen(
        &self,
        #[wasm_bindgen(
            unchecked_param_type = "(name?: \"statechange\" | \"stream\" | \"streamremoved\" | \"channel\" | \"media\" | \"replaced\" | \"close\", values?: object) => void"
        )]
        listener: Function,
    ) {
        forward(self.0.events(), listener, |happened| match happened {
            PeerEvent::StateChanged(now) => event("statechange", &[("state", state(now))]),
            PeerEvent::StreamAdded(stream) => event("stream", &[("stream", stream.into())]),
            PeerEvent::StreamRemoved(stream) => event("streamremoved", &[("stream", stream.into())]),
            PeerEvent::Channel(channel) => event("channel", &[("channel", ChannelHandle(channel.clone()).into())]),
            PeerEvent::Media(sources) => event("media", &[("muted", muted(sources))]),
            PeerEvent::Replaced => event("replaced", &[]),
            PeerEvent::Closed(reason) => event("close", &[("reason", reason.as_str().into())]),
            _ => None,
        });
    }
}

fn state(state: &PeerState) -> JsValue {
    let mut members = vec![("phase", state.as_str().into())];
    state_members(state, &mut members);
    object(&members)
}

/// What a state has besides its phase.
fn state_members(state: &PeerState, members: &mut Vec<(&str, JsValue)>) {
    let (attempt, reason, next) = match state {
        PeerState::Connecting { attempt } => (Some(*attempt), None, None),
        PeerState::Reconnecting { step, attempt, reason, next } => {
            members.push(("step", step.as_str().into()));
            (Some(*attempt), Some(reason.as_str()), *next)
        }
        PeerState::Failed { reason } => (None, Some(reason.as_str()), None),
        PeerState::Closed { reason } => (None, Some(reason.as_str()), None),
        _ => return,
    };
    members.extend([
        ("attempt", attempt.into()),
        ("reason", reason.into()),
        ("retryInMs", next.map(|next| next.as_secs_f64() * 1000.0).into()),
    ]);
}

fn timeline_entry(entry: &TimelineEntry) -> JsValue {
    let (topic, value) = entry.what.as_str();
    let mut members = vec![
        ("atMs", (entry.at.since_origin().as_secs_f64() * 1000.0).into()),
        ("connection", entry.epoch.0.into()),
        ("topic", topic.into()),
        ("value", value.into()),
    ];
    match &entry.what {
        Happening::State(state) => state_members(state, &mut members),
        Happening::Trouble(_, detail) => members.push(("detail", detail.as_deref().into())),
        Happening::Asked(_, reason) => members.push(("reason", reason.as_str().into())),
        _ => {}
    }
    object(&members)
}

/// A kind is muted where no source of the other side sends it.
fn muted(sources: &Sources) -> JsValue {
    let audio = sources.0.iter().all(|source| source.audio_muted);
    let video = sources.0.iter().all(|source| source.video_muted);
    object(&[("audio", audio.into()), ("video", video.into())])
}
