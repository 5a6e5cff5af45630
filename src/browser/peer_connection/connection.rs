//! RTCPeerConnection: its life, its states and its events.

use core::fmt;
use core::panic::AssertUnwindSafe;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use rejoin_proto::channel::ChannelOptions;
use rejoin_proto::state::{ConnectionState, IceConnectionState, IceGatheringState, SignalingState};
use wasm_bindgen::JsCast;

use super::call::Calls;
use super::callback::Callback;
use super::data_channel::Children;
use super::error::{PeerConnectionError, thrown};
use super::event::{IceCandidateError, PeerConnectionEvent, TrackEvent};
use super::{Configuration, DataChannel, RtpReceiver, Transceiver, candidate, sys};
use crate::browser::emitter::Emitter;
use crate::browser::listener::Listener;
use crate::room::events::Events;

/// A connection to one other side: negotiates, sends and receives tracks, opens channels.
///
/// It lives while you hold it: dropping it takes its handlers off, closes the connection and its channels, and
/// frees what they held. It is thin: it does what the browser's object does, makes no decision, and needs you to
/// carry the descriptions and candidates to the other side.
///
/// ```no_run
/// # use rejoin::{Configuration, PeerConnection, ChannelOptions};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let connection = PeerConnection::new(&Configuration::new())?;
/// let chat = connection.create_data_channel("chat", &ChannelOptions::new())?;
/// let offer = connection.set_local_description().await?;
/// # Ok(()) }
/// ```
pub struct PeerConnection {
    pub(super) raw: sys::PeerConnection,
    pub(super) shared: Rc<Shared>,
    listener: Listener,
    /// For what only streams tell.
    more: OnceCell<Listener>,
}

/// What the connection and its handlers both hold.
pub(super) struct Shared {
    closed: Cell<bool>,
    pub(super) calls: Rc<Calls>,
    children: Children,
    events: Emitter<PeerConnectionEvent>,
}

impl PeerConnection {
    /// Makes a connection; nothing is sent before the first description is set.
    ///
    /// # Errors
    /// [`PeerConnectionError::Configuration`] for what cannot be right, [`PeerConnectionError::Unsupported`] where
    /// there is no WebRTC, else what the browser throws (an expired certificate is
    /// [`InvalidAccess`](PeerConnectionError::InvalidAccess)).
    pub fn new(configuration: &Configuration) -> Result<Self, PeerConnectionError> {
        configuration.validate()?;
        sys::PeerConnection::new(&configuration.to_js()).map(Self::wrap).map_err(thrown)
    }

    /// Takes over a connection of the browser's, and closes it when dropped. What it reported before is not known.
    pub fn from_raw(raw: web_sys::RtcPeerConnection) -> Self {
        Self::wrap(raw.unchecked_into())
    }

    /// The browser's own object. Close the connection by [`close`](Self::close), else its channels notice late.
    pub fn as_raw(&self) -> &web_sys::RtcPeerConnection {
        &self.raw
    }

    /// The browser's own object, with our handlers taken off and not closed. Calls under way end with
    /// [`PeerConnectionError::Closed`]; channels live on.
    pub fn into_raw(self) -> web_sys::RtcPeerConnection {
        let raw = self.raw.clone();
        // Marked as closed, so that the drop of `self` leaves the browser's object alone.
        self.shared.closed.set(true);
        self.detach();
        self.shared.calls.end();
        self.shared.events.close_streams();
        raw.into()
    }

    /// Replaces the servers and policies, from the next ICE restart on; TURN credentials that ran out, for instance.
    ///
    /// # Errors
    /// [`PeerConnectionError::InvalidModification`] for what may not change: certificates, bundle policy, and the
    /// pool size after the first description.
    pub fn set_configuration(&self, configuration: &Configuration) -> Result<(), PeerConnectionError> {
        self.live()?;
        configuration.validate()?;
        self.raw.set_configuration_checked(&configuration.to_js()).map_err(thrown)
    }

    /// Opens a channel to the other side, on the next negotiation where it is the first. It may be written to once
    /// it is [`ready`](DataChannel::ready).
    ///
    /// # Errors
    /// [`PeerConnectionError::Channel`] for options that cannot be right, [`PeerConnectionError::Operation`] where
    /// the id is taken or there are too many channels, [`PeerConnectionError::Closed`] after
    /// [`close`](Self::close).
    pub fn create_data_channel(
        &self,
        label: &str,
        options: &ChannelOptions,
    ) -> Result<DataChannel, PeerConnectionError> {
        self.live()?;
        options.validate(label)?;
        let raw = self.raw.create_channel(label, &DataChannel::init(options)).map_err(thrown)?;
        Ok(self.shared.children.adopt(raw, &self.raw))
    }

    /// The largest message the other side takes, in bytes; `None` before that is negotiated.
    pub fn max_message_size(&self) -> Option<u32> {
        max_message_size(&self.raw)
    }

    /// So many bytes came by all candidate pairs; `None` where the browser does not say, or the connection is closed.
    pub(crate) fn bytes_received(&self) -> impl Future<Output = Option<u64>> + use<> {
        let answer = self.shared.calls.run(self.raw.stats());
        async move {
            let report = answer.await.ok()?;
            let mut sum = None;
            let mut total = AssertUnwindSafe(&mut sum);
            report.unchecked_ref::<sys::StatsReport>().each(&mut move |stats| {
                if let (Some("candidate-pair"), Some(bytes)) =
                    (stats.kind().as_string().as_deref(), stats.bytes_received())
                {
                    **total = Some(total.unwrap_or(0_u64).saturating_add(bytes as u64));
                }
            });
            sum
        }
    }

    /// ICE and DTLS together; closed at once after [`close`](Self::close).
    pub fn connection_state(&self) -> ConnectionState {
        if self.is_closed() { ConnectionState::Closed } else { connection_state(&self.raw) }
    }

    /// The state of ICE.
    pub fn ice_connection_state(&self) -> IceConnectionState {
        if self.is_closed() { IceConnectionState::Closed } else { ice_connection_state(&self.raw) }
    }

    /// How far the search for candidates is.
    pub fn ice_gathering_state(&self) -> IceGatheringState {
        ice_gathering_state(&self.raw)
    }

    /// Where offer and answer are.
    pub fn signaling_state(&self) -> SignalingState {
        if self.is_closed() { SignalingState::Closed } else { signaling_state(&self.raw) }
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.shared.closed.get()
    }

    /// What happens from now on, as a stream that ends with the connection; each reader gets everything.
    pub fn events(&self) -> Events<PeerConnectionEvent> {
        let events = self.shared.events.subscribe();
        if self.is_closed() {
            self.shared.events.close_streams();
        } else {
            // In a WebAssembly without streams none of this is there.
            self.more.get_or_init(|| listen(&self.raw, &self.shared, MORE_EVENTS, Shared::read_more));
        }
        events
    }

    /// Sets who is told of each event inside the browser's callback, after the streams; with no borrow held, and
    /// never from within a call of ours, so that it may do anything, also drop the connection.
    pub(crate) fn on_event(&self, sink: Callback<PeerConnectionEvent>) {
        // After the end it would only keep alive what it holds.
        if !self.is_closed() {
            self.shared.events.set_sink(sink);
        }
    }

    /// Ends the connection and, at once, its channels; the other side notices within seconds. Twice is as good as
    /// once. Streams of events get [`Closed`](ConnectionState::Closed) and end.
    pub fn close(&self) {
        if self.shared.closed.replace(true) {
            return;
        }
        self.detach();
        self.raw.close();
        self.shared.children.close();
        self.shared.calls.end();
        self.shared.events.publish(PeerConnectionEvent::ConnectionState(ConnectionState::Closed));
        self.shared.events.close();
    }

    /// Refuses what may not be done after the end.
    pub(super) fn live(&self) -> Result<(), PeerConnectionError> {
        if self.is_closed() { Err(PeerConnectionError::Closed) } else { Ok(()) }
    }

    fn wrap(raw: sys::PeerConnection) -> Self {
        let shared = Rc::new(Shared {
            closed: Cell::new(false),
            calls: Calls::new(),
            children: Children::default(),
            events: Emitter::default(),
        });
        let listener = listen(&raw, &shared, EVENTS, Shared::read);
        Self { raw, shared, listener, more: OnceCell::new() }
    }

    fn detach(&self) {
        self.listener.detach();
        if let Some(more) = self.more.get() {
            more.detach();
        }
    }
}

impl Drop for PeerConnection {
    /// Detaches, closes, and only then lets the fields free the closure.
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for PeerConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerConnection").field("state", &self.connection_state()).finish_non_exhaustive()
    }
}

/// Tells what `read` makes of the browser's events of these `types`.
fn listen(
    raw: &sys::PeerConnection,
    shared: &Rc<Shared>,
    types: &'static [&'static str],
    read: impl Fn(&Shared, &sys::PeerConnection, &sys::RtcEvent, &str) -> Option<PeerConnectionEvent> + 'static,
) -> Listener {
    let (target, shared) = (raw.clone(), shared.clone());
    Listener::new(raw, types, move |event| {
        if let Some(event) = read(&shared, &target, event.unchecked_ref(), &event.type_()) {
            shared.events.emit(event);
        }
    })
}

impl Shared {
    fn read(&self, raw: &sys::PeerConnection, event: &sys::RtcEvent, name: &str) -> Option<PeerConnectionEvent> {
        Some(match name {
            "negotiationneeded" => PeerConnectionEvent::NegotiationNeeded,
            "icecandidate" => PeerConnectionEvent::IceCandidate(event.candidate().as_ref().map(candidate::from_js)),
            "connectionstatechange" => PeerConnectionEvent::ConnectionState(connection_state(raw)),
            "track" => PeerConnectionEvent::Track(TrackEvent {
                track: event.track(),
                streams: event.streams().iter().map(JsCast::unchecked_into).collect(),
                receiver: RtpReceiver::from_raw(event.receiver()),
                transceiver: Transceiver::new(event.transceiver(), self.calls.clone()),
            }),
            "datachannel" => PeerConnectionEvent::DataChannel(self.children.adopt(event.channel(), raw)),
            _ => return None,
        })
    }

    fn read_more(&self, raw: &sys::PeerConnection, event: &sys::RtcEvent, name: &str) -> Option<PeerConnectionEvent> {
        Some(match name {
            "icecandidateerror" => PeerConnectionEvent::IceCandidateError(IceCandidateError {
                address: event.address().as_string(),
                port: event.port(),
                url: event.url().as_string().unwrap_or_default(),
                code: event.error_code().unwrap_or_default(),
                text: event.error_text().as_string().unwrap_or_default(),
            }),
            "iceconnectionstatechange" => PeerConnectionEvent::IceConnectionState(ice_connection_state(raw)),
            "icegatheringstatechange" => PeerConnectionEvent::IceGatheringState(ice_gathering_state(raw)),
            "signalingstatechange" => PeerConnectionEvent::SignalingState(signaling_state(raw)),
            _ => return None,
        })
    }
}

/// What is negotiated, where anything is; the specification's "no limit" is 4 GiB here.
pub(super) fn max_message_size(raw: &sys::PeerConnection) -> Option<u32> {
    // A float's `as` saturates: infinity is the largest number.
    raw.sctp().and_then(|sctp| sctp.max_message_size()).map(|bytes| bytes as u32)
}

fn connection_state(raw: &sys::PeerConnection) -> ConnectionState {
    ConnectionState::from_name(&raw.connection_state_name().as_string().unwrap_or_default())
}

fn ice_connection_state(raw: &sys::PeerConnection) -> IceConnectionState {
    IceConnectionState::from_name(&raw.ice_connection_state_name().as_string().unwrap_or_default())
}

fn ice_gathering_state(raw: &sys::PeerConnection) -> IceGatheringState {
    IceGatheringState::from_name(&raw.ice_gathering_state_name().as_string().unwrap_or_default())
}

fn signaling_state(raw: &sys::PeerConnection) -> SignalingState {
    SignalingState::from_name(&raw.signaling_state_name().as_string().unwrap_or_default())
}

const EVENTS: &[&str] = &["negotiationneeded", "icecandidate", "connectionstatechange", "track", "datachannel"];

const MORE_EVENTS: &[&str] =
    &["icecandidateerror", "iceconnectionstatechange", "icegatheringstatechange", "signalingstatechange"];
