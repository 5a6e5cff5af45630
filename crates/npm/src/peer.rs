//! A connection to one other side.

use js_sys::{Array, Function, Promise};
use rejoin::{Peer, PeerEvent, PeerId, PeerOptions, PeerState, Sources};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, RtcPeerConnection};

use crate::abort::abortable;
use crate::channel::{ChannelHandle, channel_options};
use crate::configuration::configuration;
use crate::failure;
use crate::forward::{event, forward};
use crate::local_stream::LocalStreamHandle;
use crate::port::PortHandle;
use crate::value::{Options, array, object};

/// A handle on a [`Peer`].
#[wasm_bindgen]
pub struct PeerHandle(pub(crate) Peer);

#[wasm_bindgen]
impl PeerHandle {
    /// Connects to whoever is at the other end of `port`.
    pub fn connect(port: &PortHandle, options: JsValue) -> Result<Self, JsValue> {
        let options = PeerOptions::new().with_configuration(configuration(&Options(options))?);
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
    let (phase, step, attempt, reason, next) = match state {
        PeerState::New => ("new", None, None, None, None),
        PeerState::Connecting { attempt } => ("connecting", None, Some(*attempt), None, None),
        PeerState::Connected => ("connected", None, None, None, None),
        PeerState::Reconnecting { step, attempt, reason, next } => {
            ("reconnecting", Some(step.as_str()), Some(*attempt), Some(reason.as_str()), *next)
        }
        PeerState::Failed { reason } => ("failed", None, None, Some(reason.as_str()), None),
        PeerState::Closed { reason } => ("closed", None, None, Some(reason.as_str()), None),
        _ => ("unknown", None, None, None, None),
    };
    object(&[
        ("phase", phase.into()),
        ("step", step.into()),
        ("attempt", attempt.into()),
        ("reason", reason.into()),
        ("retryInMs", next.map(|next| next.as_secs_f64() * 1000.0).into()),
    ])
}

/// A kind is muted where no source of the other side sends it.
fn muted(sources: &Sources) -> JsValue {
    let audio = sources.0.iter().all(|source| source.audio_muted);
    let video = sources.0.iter().all(|source| source.video_muted);
    object(&[("audio", audio.into()), ("video", video.into())])
}
