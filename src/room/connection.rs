//! One epoch of a link: one RTCPeerConnection with its internal channel and its senders.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use rejoin_proto::channel::{ChannelOptions, Message};
use rejoin_proto::id::Epoch;
use rejoin_proto::link::{Beat, BrowserEvent, IceRestart, InternalChannel, Need};
use rejoin_proto::relay::limits::MAX_MESSAGE_BYTES;
use rejoin_proto::state::DataChannelState;
use web_sys::MediaStream;

use crate::browser::peer_connection::{
    Configuration, DataChannel, DataChannelEvent, IceTransportPolicy, PeerConnection, PeerConnectionError,
    PeerConnectionEvent, TrackEvent, Transceiver, TransceiverDirection,
};
use crate::media::{LocalStream, LocalTrack, MediaKind};

/// The label of the channel that rejoin keeps for itself on every connection.
pub(crate) const INTERNAL_LABEL: &str = "rejoin";

/// The id of that channel, agreed by both sides beforehand.
pub(crate) const INTERNAL_ID: u16 = 0;

/// A connection and what was put on it.
pub(crate) struct Connection {
    pub(crate) epoch: Epoch,
    pub(crate) pc: PeerConnection,
    internal: DataChannel,
    lines: RefCell<Vec<Line>>,
}

/// What sends the tracks of one carrier, one at a time.
///
/// `addTrack` takes only what has never sent ([W3C](https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-addtrack)), and
/// else adds another m-line: one more with each stream that comes and goes, and at the side that answers one for which
/// no offer has room, as the side that offers sees room enough.
struct Line {
    carrier: String,
    transceiver: Transceiver,
    /// The id of the track it sends.
    track: Option<String>,
}

/// How a connection encodes one of its tracks, for the next.
pub(crate) struct Encodings {
    carrier: String,
    track: String,
    layers: Array,
}

/// What a connection reports, sorted by who wants to know.
pub(crate) enum ConnectionEvent {
    Link(BrowserEvent),
    Internal(InternalChannel),
    /// A message of the other side's link, by the internal channel.
    InBand(String),
    Track(TrackEvent),
    Channel(DataChannel),
}

impl Connection {
    pub(crate) fn open(
        epoch: Epoch,
        configuration: &Configuration,
        report: impl Fn(ConnectionEvent) + 'static,
    ) -> Result<Self, PeerConnectionError> {
        let report = Rc::new(report);
        let pc = PeerConnection::new(configuration)?;
        let internal = pc.create_data_channel(INTERNAL_LABEL, &ChannelOptions::new().with_id(INTERNAL_ID))?;
        // Nothing of rejoin's own is longer: a longer message is not copied, and ends the channel.
        internal.set_max_unread(MAX_MESSAGE_BYTES);
        internal.on_event({
            let report = report.clone();
            Rc::new(move |event| match event {
                DataChannelEvent::StateChanged(DataChannelState::Open) => {
                    report(ConnectionEvent::Internal(InternalChannel::Open));
                }
                DataChannelEvent::StateChanged(DataChannelState::Closed) => {
                    report(ConnectionEvent::Internal(InternalChannel::Closed));
                }
                _ => {}
            })
        });
        internal.on_message({
            let report = report.clone();
            Rc::new(move |message| match message {
                Message::Text(text) => report(ConnectionEvent::InBand(text)),
                Message::Binary(bytes) => {
                    if let Some(beat) = Beat::read(&bytes) {
                        report(ConnectionEvent::Link(BrowserEvent::Beat(beat)));
                    }
                }
            })
        });
        pc.on_event(Rc::new(move |event| match event {
            PeerConnectionEvent::NegotiationNeeded => report(ConnectionEvent::Link(BrowserEvent::NegotiationNeeded)),
            PeerConnectionEvent::IceCandidate(candidate) => {
                report(ConnectionEvent::Link(BrowserEvent::Candidate(candidate)));
            }
            PeerConnectionEvent::ConnectionState(state) => {
                report(ConnectionEvent::Link(BrowserEvent::ConnectionState(state)));
            }
            PeerConnectionEvent::Track(track) => report(ConnectionEvent::Track(track)),
            PeerConnectionEvent::DataChannel(channel) => report(ConnectionEvent::Channel(channel)),
            _ => {}
        }));
        Ok(Self { epoch, pc, internal, lines: RefCell::default() })
    }

    /// Whether the connection still carries rejoin's own channel.
    pub(crate) fn is_usable(&self) -> bool {
        self.internal.state() == DataChannelState::Open
    }

    /// Sends `message` by the internal channel, where that is open.
    pub(crate) fn send_in_band(&self, message: impl Into<Message>) {
        if self.is_usable() {
            // Not sent is as good as lost: the link sends it again.
            let _ = self.internal.send(message);
        }
    }

    /// Lets the next offer look for a new path, with what `configuration` has now.
    pub(crate) fn restart_ice(
        &self,
        configuration: &Configuration,
        restart: IceRestart,
    ) -> Result<(), PeerConnectionError> {
        let mut configuration = configuration.clone();
        match restart {
            IceRestart::No => return Ok(()),
            IceRestart::All => {}
            IceRestart::Relay => configuration.ice_transport_policy = IceTransportPolicy::Relay,
        }
        self.pc.set_configuration(&configuration)?;
        self.pc.restart_ice()
    }

    /// Sends exactly the tracks of these streams, each in its carrier: adds what is missing, takes off what is gone.
    ///
    /// A track the browser refuses is left out; the rest of the connection lives.
    pub(crate) fn send_tracks(&self, streams: &[(MediaStream, LocalStream)]) {
        let mut lines = self.lines.borrow_mut();
        let wanted: Vec<_> = streams
            .iter()
            .flat_map(|(carrier, stream)| stream.tracks().into_iter().map(move |track| (carrier, track)))
            .collect();
        for line in lines.iter_mut().filter(|line| line.track.is_some()) {
            if !wanted.iter().any(|(carrier, track)| line.carries(carrier, track)) {
                // Refused on a closed connection only.
                let _ = line.take(None);
            }
        }
        for (carrier, track) in wanted {
            if lines.iter().any(|line| line.carries(carrier, &track))
                || lines.iter_mut().any(|line| line.is_for(carrier, &track) && line.take(Some(&track)).is_ok())
            {
                continue;
            }
            if let Ok(sender) = self.pc.add_track(track.as_raw(), &[carrier])
                && let Some(transceiver) = self.pc.transceivers().into_iter().find(|line| line.sender() == sender)
            {
                lines.push(Line { carrier: carrier.id(), transceiver, track: Some(track.id()) });
            }
        }
    }

    /// How each track is encoded, as far as the browser tells: nothing on a connection that is closed.
    pub(crate) fn encodings(&self) -> Vec<Encodings> {
        let of = |line: &Line| {
            let (carrier, track) = (line.carrier.clone(), line.track.clone()?);
            Some(Encodings { carrier, track, layers: line.transceiver.sender().encodings()? })
        };
        self.lines.borrow().iter().filter_map(of).collect()
    }

    /// Encodes the tracks as a connection before this one did.
    pub(crate) fn adopt_encodings(&self, encodings: &[Encodings]) {
        for line in self.lines.borrow().iter() {
            let same = |of: &&Encodings| of.carrier == line.carrier && line.track.as_ref() == Some(&of.track);
            if let Some(of) = encodings.iter().find(same) {
                line.transceiver.sender().adopt_encodings(&of.layers);
            }
        }
    }

    /// Makes sure that the next offer has room to receive what the other side wants to send.
    pub(crate) fn receive(&self, need: Need) -> Result<(), PeerConnectionError> {
        for (kind, wanted) in [(MediaKind::Audio, need.audio), (MediaKind::Video, need.video)] {
            let there = self.pc.transceivers().iter().filter(|transceiver| transceiver.can_receive(kind)).count();
            for _ in there..usize::from(wanted) {
                self.pc.add_transceiver_of(kind, TransceiverDirection::RecvOnly)?;
            }
        }
        Ok(())
    }
}

impl Line {
    fn carries(&self, carrier: &MediaStream, track: &LocalTrack) -> bool {
        self.carrier == carrier.id() && self.track.as_ref() == Some(&track.id())
    }

    fn is_for(&self, carrier: &MediaStream, track: &LocalTrack) -> bool {
        self.track.is_none() && self.carrier == carrier.id() && self.transceiver.kind() == Some(track.kind())
    }

    fn take(&mut self, track: Option<&LocalTrack>) -> Result<(), PeerConnectionError> {
        use TransceiverDirection::{Inactive, RecvOnly, SendOnly, SendRecv};
        let receives = matches!(self.transceiver.direction(), SendRecv | RecvOnly);
        self.transceiver.set_direction(match (receives, track) {
            (true, Some(_)) => SendRecv,
            (true, None) => RecvOnly,
            (false, Some(_)) => SendOnly,
            (false, None) => Inactive,
        })?;
        self.track = track.map(LocalTrack::id);
        // Never removeTrack, which passes over a sender whose track is still on its way into it.
        drop(self.transceiver.sender().replace_track(track.map(LocalTrack::as_raw)));
        Ok(())
    }
}
