//! The WebRTC interfaces as the browsers have them today, every throwing call with `catch`.
//!
//! web-sys binds createDataChannel, addTrack, addTransceiver, removeTrack, setCodecPreferences, the direction setter
//! and stop without `catch`, and an exception through such an import skips Rust's destructors. It lacks restartIce,
//! the argument-less setLocalDescription, sctp, most of the candidate and channel members, and turns a new enum
//! string into `__Invalid`: enums are read as strings here, and strings as values: what a page has put in the place of
//! one reads as none, where wasm-bindgen's own conversion would take it for a string.

use js_sys::{Array, Object, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{EventTarget, MediaStreamTrack};

pub(crate) use crate::browser::sys::{Dict, promise_race};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = web_sys::RtcPeerConnection, extends = EventTarget, js_name = RTCPeerConnection)]
    #[derive(Debug, Clone)]
    pub(crate) type PeerConnection;
    #[wasm_bindgen(constructor, catch, js_class = "RTCPeerConnection")]
    pub(crate) fn new(configuration: &JsValue) -> Result<PeerConnection, JsValue>;
    #[wasm_bindgen(catch, static_method_of = PeerConnection, js_class = "RTCPeerConnection", js_name = generateCertificate)]
    pub(crate) fn generate_certificate(algorithm: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, method, js_name = setConfiguration)]
    pub(crate) fn set_configuration_checked(this: &PeerConnection, configuration: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, method, js_name = setLocalDescription)]
    pub(crate) fn set_implicit_local_description(this: &PeerConnection) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, method, js_name = setLocalDescription)]
    pub(crate) fn set_this_local_description(this: &PeerConnection, description: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, method, js_name = setRemoteDescription)]
    pub(crate) fn set_this_remote_description(this: &PeerConnection, description: &JsValue)
    -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, method, js_name = addIceCandidate)]
    pub(crate) fn add_candidate(this: &PeerConnection, candidate: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, method, js_name = restartIce)]
    pub(crate) fn restart_ice(this: &PeerConnection) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, method, js_name = getStats)]
    pub(crate) fn stats(this: &PeerConnection) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = RTCStatsReport)]
    pub(crate) type StatsReport;
    #[wasm_bindgen(method, js_name = forEach)]
    pub(crate) fn each(this: &StatsReport, read: &mut dyn FnMut(Stats));

    /// One of a report's dictionaries.
    #[wasm_bindgen(typescript_type = "RTCStats")]
    pub(crate) type Stats;
    #[wasm_bindgen(method, getter, js_name = type)]
    pub(crate) fn kind(this: &Stats) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = bytesReceived)]
    pub(crate) fn bytes_received(this: &Stats) -> Option<f64>;

    #[wasm_bindgen(catch, method, variadic, js_name = addTrack)]
    pub(crate) fn add_track_to(
        this: &PeerConnection,
        track: &MediaStreamTrack,
        streams: &Array,
    ) -> Result<RtpSender, JsValue>;
    #[wasm_bindgen(catch, method, js_name = removeTrack)]
    pub(crate) fn remove_sender(this: &PeerConnection, sender: &RtpSender) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method, js_name = addTransceiver)]
    pub(crate) fn add_transceiver_for(
        this: &PeerConnection,
        track_or_kind: &JsValue,
        init: &JsValue,
    ) -> Result<RtpTransceiver, JsValue>;
    #[wasm_bindgen(catch, method, js_name = createDataChannel)]
    pub(crate) fn create_channel(this: &PeerConnection, label: &str, init: &JsValue) -> Result<DataChannel, JsValue>;

    #[wasm_bindgen(method, getter, js_name = connectionState)]
    pub(crate) fn connection_state_name(this: &PeerConnection) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = iceConnectionState)]
    pub(crate) fn ice_connection_state_name(this: &PeerConnection) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = iceGatheringState)]
    pub(crate) fn ice_gathering_state_name(this: &PeerConnection) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = signalingState)]
    pub(crate) fn signaling_state_name(this: &PeerConnection) -> JsValue;
    // Firefox throws where the connection is closed.
    #[wasm_bindgen(catch, method, getter, js_name = localDescription)]
    pub(crate) fn local(this: &PeerConnection) -> Result<Option<Description>, JsValue>;
    #[wasm_bindgen(catch, method, getter, js_name = remoteDescription)]
    pub(crate) fn remote(this: &PeerConnection) -> Result<Option<Description>, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn sctp(this: &PeerConnection) -> Option<SctpTransport>;

    #[wasm_bindgen(js_name = RTCSctpTransport)]
    pub(crate) type SctpTransport;
    #[wasm_bindgen(method, getter, js_name = maxMessageSize)]
    pub(crate) fn max_message_size(this: &SctpTransport) -> Option<f64>;

    #[wasm_bindgen(js_name = RTCSessionDescription)]
    pub(crate) type Description;
    #[wasm_bindgen(method, getter, js_name = type)]
    pub(crate) fn kind(this: &Description) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn sdp(this: &Description) -> JsValue;

    #[wasm_bindgen(js_name = RTCIceCandidate)]
    pub(crate) type IceCandidate;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn candidate(this: &IceCandidate) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = sdpMid)]
    pub(crate) fn sdp_mid(this: &IceCandidate) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = sdpMLineIndex)]
    pub(crate) fn sdp_m_line_index(this: &IceCandidate) -> Option<u16>;
    #[wasm_bindgen(method, getter, js_name = usernameFragment)]
    pub(crate) fn username_fragment(this: &IceCandidate) -> JsValue;

    #[wasm_bindgen(extends = web_sys::RtcCertificate, js_name = RTCCertificate)]
    #[derive(Debug, Clone)]
    pub(crate) type Certificate;
    #[wasm_bindgen(method, getter, js_name = expires)]
    pub(crate) fn expires_ms(this: &Certificate) -> f64;
    #[wasm_bindgen(catch, method, js_name = getFingerprints)]
    pub(crate) fn get_fingerprints(this: &Certificate) -> Result<Array, JsValue>;
    #[wasm_bindgen(js_name = Object)]
    pub(crate) type Fingerprint;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn algorithm(this: &Fingerprint) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn value(this: &Fingerprint) -> JsValue;

    #[wasm_bindgen(extends = web_sys::RtcRtpTransceiver, js_name = RTCRtpTransceiver)]
    #[derive(Debug, Clone)]
    pub(crate) type RtpTransceiver;
    #[wasm_bindgen(method, getter, js_name = direction)]
    pub(crate) fn direction_name(this: &RtpTransceiver) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = currentDirection)]
    pub(crate) fn current_direction_name(this: &RtpTransceiver) -> JsValue;
    #[wasm_bindgen(catch, method, setter, js_name = direction)]
    pub(crate) fn set_direction_name(this: &RtpTransceiver, direction: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method, js_name = stop)]
    pub(crate) fn stop_checked(this: &RtpTransceiver) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method, js_name = setCodecPreferences)]
    pub(crate) fn set_codec_preferences_checked(this: &RtpTransceiver, codecs: &Array) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, js_name = sender)]
    pub(crate) fn its_sender(this: &RtpTransceiver) -> RtpSender;

    #[wasm_bindgen(extends = web_sys::RtcRtpSender, js_name = RTCRtpSender)]
    #[derive(Debug, Clone)]
    pub(crate) type RtpSender;
    #[wasm_bindgen(catch, method, js_name = replaceTrack)]
    pub(crate) fn replace_track_checked(this: &RtpSender, track: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, method, variadic, js_name = setStreams)]
    pub(crate) fn set_streams(this: &RtpSender, streams: &Array) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method, js_name = getParameters)]
    pub(crate) fn get_parameters_checked(this: &RtpSender) -> Result<Object, JsValue>;
    #[wasm_bindgen(catch, method, js_name = setParameters)]
    pub(crate) fn set_parameters_checked(this: &RtpSender, parameters: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = Object, typescript_type = "object")]
    pub(crate) type SendParameters;
    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn encodings(this: &SendParameters) -> Option<Array>;

    #[wasm_bindgen(extends = web_sys::RtcDataChannel, extends = EventTarget, js_name = RTCDataChannel)]
    #[derive(Debug, Clone)]
    pub(crate) type DataChannel;
    #[wasm_bindgen(method, getter, js_name = readyState)]
    pub(crate) fn ready_state_name(this: &DataChannel) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = id)]
    pub(crate) fn its_id(this: &DataChannel) -> Option<u16>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn ordered(this: &DataChannel) -> Option<bool>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn protocol(this: &DataChannel) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn negotiated(this: &DataChannel) -> Option<bool>;
    #[wasm_bindgen(method, getter, js_name = maxRetransmits)]
    pub(crate) fn its_max_retransmits(this: &DataChannel) -> Option<u16>;
    #[wasm_bindgen(method, getter, js_name = maxPacketLifeTime)]
    pub(crate) fn its_max_packet_life_time(this: &DataChannel) -> Option<u16>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn priority(this: &DataChannel) -> JsValue;
    #[wasm_bindgen(method, setter, js_name = binaryType)]
    pub(crate) fn set_binary_type_name(this: &DataChannel, name: &str);
    #[wasm_bindgen(catch, method, js_name = send)]
    pub(crate) fn send_text(this: &DataChannel, text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method, js_name = send)]
    pub(crate) fn send_bytes(this: &DataChannel, bytes: &[u8]) -> Result<(), JsValue>;

    /// Any event of a connection or channel; a member that the event has not is `None`.
    #[wasm_bindgen(extends = web_sys::Event, js_name = Event)]
    pub(crate) type RtcEvent;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn candidate(this: &RtcEvent) -> Option<IceCandidate>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn address(this: &RtcEvent) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn port(this: &RtcEvent) -> Option<u16>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn url(this: &RtcEvent) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = errorCode)]
    pub(crate) fn error_code(this: &RtcEvent) -> Option<u16>;
    #[wasm_bindgen(method, getter, js_name = errorText)]
    pub(crate) fn error_text(this: &RtcEvent) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn track(this: &RtcEvent) -> MediaStreamTrack;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn streams(this: &RtcEvent) -> Array;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn receiver(this: &RtcEvent) -> web_sys::RtcRtpReceiver;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn transceiver(this: &RtcEvent) -> RtpTransceiver;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn channel(this: &RtcEvent) -> DataChannel;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn data(this: &RtcEvent) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn error(this: &RtcEvent) -> Option<RtcError>;

    #[wasm_bindgen(js_name = RTCError)]
    pub(crate) type RtcError;
    #[wasm_bindgen(method, getter, js_name = errorDetail)]
    pub(crate) fn error_detail(this: &RtcError) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = sctpCauseCode)]
    pub(crate) fn sctp_cause_code(this: &RtcError) -> Option<u16>;
}
