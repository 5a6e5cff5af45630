//! The local streams a peer is sent, the same over all of its connections.

use std::cell::RefCell;

use rejoin_proto::link::{Need, Source, Sources};
use wasm_bindgen_futures::spawn_local;

use super::events::ReadGuard;
use crate::media::{LocalStream, MediaKind};

/// The streams in the order they were published.
#[derive(Default)]
pub(crate) struct Published {
    streams: RefCell<Vec<Entry>>,
}

struct Entry {
    stream: LocalStream,
    _watch: ReadGuard,
}

impl Published {
    /// Adds `stream` and calls `on_change` when it is muted or a track of it ends; false where it is there already.
    pub(crate) fn add(&self, stream: &LocalStream, on_change: impl Fn() + 'static) -> bool {
        let id = stream.id();
        if self.streams.borrow().iter().any(|entry| entry.stream.id() == id) {
            return false;
        }
        let events = stream.events();
        let watch = events.guard();
        spawn_local(events.for_each_ref(move |event| {
            if event.is_some() {
                on_change();
            }
        }));
        self.streams.borrow_mut().push(Entry { stream: stream.clone(), _watch: watch });
        true
    }

    /// Takes `stream` out; false where it is not there.
    pub(crate) fn remove(&self, stream: &LocalStream) -> bool {
        let id = stream.id();
        let removed = {
            let mut streams = self.streams.borrow_mut();
            let at = streams.iter().position(|entry| entry.stream.id() == id);
            at.map(|at| streams.remove(at))
        };
        removed.is_some()
    }

    pub(crate) fn clear(&self) {
        let streams = self.streams.take();
        drop(streams);
    }

    pub(crate) fn streams(&self) -> Vec<LocalStream> {
        self.streams.borrow().iter().map(|entry| entry.stream.clone()).collect()
    }

    /// How many lines of each kind it takes to send all this.
    pub(crate) fn need(&self) -> Need {
        need_of(&self.streams())
    }

    /// What the other side is told of the streams.
    pub(crate) fn sources(&self) -> Sources {
        let source = |entry: &Entry| Source {
            stream: entry.stream.id(),
            name: String::new(),
            audio_muted: entry.stream.is_muted(MediaKind::Audio),
            video_muted: entry.stream.is_muted(MediaKind::Video),
        };
        Sources(self.streams.borrow().iter().map(source).collect())
    }
}

/// How many lines of each kind it takes to send `streams`.
pub(super) fn need_of(streams: &[LocalStream]) -> Need {
    let mut need = Need::default();
    for track in streams.iter().flat_map(LocalStream::tracks) {
        match track.kind() {
            MediaKind::Audio => need.audio = need.audio.saturating_add(1).min(Need::MAX),
            MediaKind::Video => need.video = need.video.saturating_add(1).min(Need::MAX),
        }
    }
    need
}
