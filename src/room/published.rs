//! The local streams a peer is sent, the same over all of its connections.

use std::cell::RefCell;

use rejoin_proto::link::{Need, Source, Sources};
use wasm_bindgen_futures::spawn_local;
use web_sys::MediaStream;

use super::events::ReadGuard;
use crate::browser::media::same;
use crate::media::{LocalStream, MediaKind};

/// The streams, each in a slot.
#[derive(Default)]
pub(crate) struct Published {
    slots: RefCell<Vec<Slot>>,
}

/// What takes one stream at a time, and the next of as many tracks of each kind when that is gone.
///
/// An m-line keeps the id (msid) of its first stream for good ([RFC 8829](https://www.rfc-editor.org/rfc/rfc8829#section-5.2.2);
/// after `setStreams`, Chromium says the new id once and then the old one again, and wants another round each time). As
/// m-lines are used again, the other side gets the id of the slot, never that of a stream.
struct Slot {
    /// Has the id; there is nothing in it.
    carrier: MediaStream,
    /// The lines its streams take. They stay on the connection, and no other slot can use them.
    need: Need,
    entry: Option<Entry>,
}

struct Entry {
    stream: LocalStream,
    _watch: ReadGuard,
}

impl Published {
    /// Adds `stream` and calls `on_change` when it is muted or a track of it ends; false where it is there already.
    pub(crate) fn add(&self, stream: &LocalStream, on_change: impl Fn() + 'static) -> bool {
        let mut slots = self.slots.borrow_mut();
        if slots.iter().any(|slot| slot.has(stream)) {
            return false;
        }
        let need = need_of(core::slice::from_ref(stream));
        let free = slots.iter().position(|slot| slot.entry.is_none() && slot.need == need);
        let at = free.unwrap_or(slots.len());
        if free.is_none() {
            // The constructor throws only where there is no WebRTC at all.
            let Ok(carrier) = MediaStream::new() else { return false };
            slots.push(Slot { carrier, need, entry: None });
        }
        let Some(slot) = slots.get_mut(at) else { return false };
        let events = stream.events();
        let watch = events.guard();
        spawn_local(events.for_each_ref(move |event| {
            if event.is_some() {
                on_change();
            }
        }));
        slot.entry = Some(Entry { stream: stream.clone(), _watch: watch });
        true
    }

    /// Takes `stream` out; false where it is not there.
    pub(crate) fn remove(&self, stream: &LocalStream) -> bool {
        let mut slots = self.slots.borrow_mut();
        let removed = slots.iter_mut().find(|slot| slot.has(stream)).and_then(|slot| slot.entry.take());
        drop(slots);
        removed.is_some()
    }

    pub(crate) fn clear(&self) {
        let slots = self.slots.take();
        drop(slots);
    }

    pub(crate) fn streams(&self) -> Vec<LocalStream> {
        self.carried().into_iter().map(|(_, stream)| stream).collect()
    }

    /// The streams, each with what has the id that the other side gets.
    pub(crate) fn carried(&self) -> Vec<(MediaStream, LocalStream)> {
        let slots = self.slots.borrow();
        let carried = |slot: &Slot| slot.entry.as_ref().map(|entry| (same(&slot.carrier), entry.stream.clone()));
        slots.iter().filter_map(carried).collect()
    }

    /// How many lines of each kind it takes to send all this.
    pub(crate) fn need(&self) -> Need {
        self.slots.borrow().iter().fold(Need::default(), |sum, slot| {
            let add = |a: u8, b: u8| a.saturating_add(b).min(Need::MAX);
            Need::new(add(sum.audio, slot.need.audio), add(sum.video, slot.need.video))
        })
    }

    /// What the other side is told of the streams.
    pub(crate) fn sources(&self) -> Sources {
        let source = |(carrier, stream): (MediaStream, LocalStream)| Source {
            stream: carrier.id(),
            name: String::new(),
            audio_muted: stream.is_muted(MediaKind::Audio),
            video_muted: stream.is_muted(MediaKind::Video),
        };
        Sources(self.carried().into_iter().map(source).collect())
    }
}

impl Slot {
    fn has(&self, stream: &LocalStream) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.stream.id() == stream.id())
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
