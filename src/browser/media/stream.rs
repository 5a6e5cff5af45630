//! What this page sends: its own camera and microphone.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use rejoin_proto::media::MediaKind;
use wasm_bindgen::JsCast;
use web_sys::{MediaStream, MediaStreamTrack};

use super::MediaError;
use super::track::{LocalTrack, LocalTrackEvent};
use crate::room::events::{Events, Publisher};

/// What happens to a [`LocalStream`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalStreamEvent {
    /// The application muted or unmuted a kind of media.
    MutedChanged {
        /// What it muted.
        kind: MediaKind,
        /// As [`LocalStream::is_muted`] says now.
        muted: bool,
    },
    /// A track delivers no more: the device is gone, the permission was taken back, or it was stopped here.
    TrackEnded {
        /// What the track carried.
        kind: MediaKind,
    },
}

/// Camera and microphone, or any other tracks of this page, with their owner: clones are handles on the same,
/// and the last of them stops the tracks, so that the light goes off.
#[derive(Debug, Clone)]
pub struct LocalStream {
    inner: Rc<StreamInner>,
}

impl LocalStream {
    /// Takes over a stream of the browser's, from wherever: its tracks are stopped with the last handle.
    pub fn from_raw(raw: MediaStream) -> Self {
        let tracks = raw.get_tracks().iter().map(|track| LocalTrack::from_raw(track.unchecked_into())).collect();
        Self::build(raw, tracks)
    }

    /// A stream of its own for one track of the browser's, such as a canvas or a processed camera.
    ///
    /// # Errors
    /// [`MediaError`] where there is no `MediaStream` here.
    pub fn from_raw_track(raw: MediaStreamTrack) -> Result<Self, MediaError> {
        let stream = MediaStream::new()?;
        stream.add_track(&raw);
        Ok(Self::from_raw(stream))
    }

    fn build(raw: MediaStream, tracks: Vec<LocalTrack>) -> Self {
        let inner = Rc::new(StreamInner { raw, tracks: RefCell::new(tracks), events: Publisher::default() });
        for track in &*inner.tracks.borrow() {
            track.inner.streams.borrow_mut().push(Rc::downgrade(&inner));
        }
        Self { inner }
    }

    /// The browser's stream, still owned by this handle.
    pub fn as_raw(&self) -> &MediaStream {
        &self.inner.raw
    }

    /// The browser's id for the stream, which the other side sees too.
    pub fn id(&self) -> String {
        self.inner.raw.id()
    }

    /// Its tracks.
    pub fn tracks(&self) -> Vec<LocalTrack> {
        self.inner.tracks.borrow().clone()
    }

    /// Its tracks of one kind.
    pub fn tracks_of(&self, kind: MediaKind) -> Vec<LocalTrack> {
        self.inner.tracks_of(kind)
    }

    /// Whether nothing of this kind is seen or heard: every such track is switched off, has ended, or there is none.
    pub fn is_muted(&self, kind: MediaKind) -> bool {
        self.inner.is_muted(kind)
    }

    /// Mutes or unmutes a kind of media; the device stays open. Peers it is published to are told.
    pub fn set_muted(&self, kind: MediaKind, muted: bool) {
        for track in self.tracks_of(kind) {
            track.set_enabled(!muted);
        }
    }

    /// What happens to it from now on; over with the end of the last track.
    pub fn events(&self) -> Events<LocalStreamEvent> {
        let events = self.inner.events.subscribe();
        if self.inner.is_over() {
            self.inner.events.close();
        }
        events
    }

    /// Gives camera and microphone back, for all handles: the light goes off. Calling it again does nothing.
    pub fn stop(&self) {
        for track in self.tracks() {
            track.stop();
        }
    }

    /// Whether no track delivers any more.
    pub fn is_ended(&self) -> bool {
        self.inner.tracks.borrow().iter().all(LocalTrack::is_ended)
    }
}

impl PartialEq for LocalStream {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

#[derive(Debug)]
pub(super) struct StreamInner {
    raw: MediaStream,
    tracks: RefCell<Vec<LocalTrack>>,
    events: Publisher<LocalStreamEvent>,
}

impl StreamInner {
    pub(super) fn track_event(&self, kind: MediaKind, event: LocalTrackEvent) {
        match event {
            LocalTrackEvent::Ended => {
                self.events.publish(LocalStreamEvent::TrackEnded { kind });
                if self.is_over() {
                    self.events.close();
                }
            }
            LocalTrackEvent::EnabledChanged { .. } => {
                let muted = self.is_muted(kind);
                self.events.publish(LocalStreamEvent::MutedChanged { kind, muted });
            }
            LocalTrackEvent::Muted | LocalTrackEvent::Unmuted => {}
        }
    }

    fn tracks_of(&self, kind: MediaKind) -> Vec<LocalTrack> {
        self.tracks.borrow().iter().filter(|track| track.kind() == kind).cloned().collect()
    }

    /// Whether the end of every track has been told.
    fn is_over(&self) -> bool {
        self.tracks.borrow().iter().all(|track| track.inner.over.get())
    }

    fn is_muted(&self, kind: MediaKind) -> bool {
        !self.tracks_of(kind).iter().any(|track| track.enabled() && !track.is_ended())
    }
}

impl Drop for StreamInner {
    fn drop(&mut self) {
        // A track that lives on in another stream forgets this one.
        for track in self.tracks.get_mut() {
            track.inner.streams.borrow_mut().retain(|stream| Weak::strong_count(stream) > 0);
        }
    }
}
