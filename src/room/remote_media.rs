//! The other side's streams: one MediaStream each, the same object over all connections.

use core::mem;
use std::cell::RefCell;
use std::rc::Rc;

use rejoin_proto::id::Epoch;
use rejoin_proto::link::{LinkState, Place, Sources};
use web_sys::{MediaStream, MediaStreamTrack};

use super::connection::Connection;
use crate::browser::media::same;
use crate::browser::peer_connection::TrackEvent;

/// What arrived, by the id its sender gave the stream.
#[derive(Default)]
pub(crate) struct RemoteMedia {
    streams: RefCell<Vec<Remote>>,
    /// What the other side says it sends; `None` until it has said so.
    sources: RefCell<Option<Sources>>,
    /// Connections that are over, but shown until there is another.
    held: RefCell<Vec<Rc<Connection>>>,
}

struct Remote {
    id: String,
    /// Where it was among the sources of the other side's life before this one; `None` once it has its successor.
    place: Option<Place>,
    stream: MediaStream,
    tracks: Vec<Arrived>,
    /// Whether the application knows of it: it learns of a stream when all tracks of its description are in it.
    announced: bool,
}

struct Arrived {
    epoch: Epoch,
    track: MediaStreamTrack,
    /// The browser's own stream, which has the track as long as the other side sends it.
    within: Option<MediaStream>,
}

impl RemoteMedia {
    /// Puts a track into its stream; one of a new connection only when those of the old one leave.
    pub(crate) fn add(&self, epoch: Epoch, event: &TrackEvent) {
        let id = event.streams.first().map(MediaStream::id).unwrap_or_default();
        let mut streams = self.streams.borrow_mut();
        let place = self.sources.borrow().as_ref().and_then(|sources| sources.place(&id));
        let is_it = |remote: &Remote| remote.id == id || (remote.place.is_some() && remote.place == place);
        let known = streams.iter().position(is_it);
        let at = match known {
            Some(at) => at,
            None => {
                // The constructor throws only where there is no WebRTC at all.
                let Ok(stream) = MediaStream::new() else { return };
                streams.push(Remote { id: id.clone(), place: None, stream, tracks: Vec::new(), announced: false });
                streams.len() - 1
            }
        };
        let Some(remote) = streams.get_mut(at) else { return };
        (remote.id, remote.place) = (id, None);
        remote.tracks.retain(|arrived| arrived.track != event.track);
        remote.tracks.push(Arrived { epoch, track: same(&event.track), within: event.streams.first().map(same) });
        if remote.tracks.iter().all(|arrived| arrived.epoch == epoch) {
            remote.stream.add_track(&event.track);
        }
    }

    /// The streams that are new since the last time: a description has been applied, and its tracks have come.
    pub(crate) fn announce(&self) -> Vec<MediaStream> {
        let mut streams = self.streams.borrow_mut();
        let new = streams.iter_mut().filter(|remote| !remote.announced);
        new.map(|remote| {
            remote.announced = true;
            same(&remote.stream)
        })
        .collect()
    }

    /// The other side begins anew: until it is [connected](Self::settle) its streams wait for what it publishes in their
    /// places.
    pub(crate) fn replaced(&self) {
        if let Some(sources) = self.sources.borrow_mut().as_mut() {
            let before = mem::take(sources);
            for remote in self.streams.borrow_mut().iter_mut() {
                remote.place = before.place(&remote.id).or(remote.place.take());
            }
        }
    }

    /// Closes a connection, but one that is shown while there is to be another: that stays, as it is, until that
    /// [is there](Self::settle), also where it never came up: Firefox pauses the element of a stream that runs out of
    /// tracks, and does not play it again. The streams that are over.
    pub(crate) fn close(&self, connection: Rc<Connection>, state: LinkState) -> Vec<MediaStream> {
        let epoch = connection.epoch;
        let is_shown = |remote: &Remote| remote.tracks.first().is_some_and(|shown| shown.epoch == epoch);
        let next = matches!(state, LinkState::Connecting { .. } | LinkState::Reconnecting { .. });
        if next && self.streams.borrow().iter().any(is_shown) {
            self.held.borrow_mut().push(connection);
            return Vec::new();
        }
        let over = self.forget(epoch);
        connection.pc.close();
        over
    }

    /// There is a connection, or will be none: what was held is closed; the streams that are over.
    pub(crate) fn settle(&self) -> Vec<MediaStream> {
        self.streams.borrow_mut().iter_mut().for_each(|remote| remote.place = None);
        let mut over = Vec::new();
        for connection in self.held.take() {
            over.extend(self.forget(connection.epoch));
            connection.pc.close();
        }
        over
    }

    /// Takes note of what the other side sends.
    pub(crate) fn set_sources(&self, sources: Sources) {
        *self.sources.borrow_mut() = Some(sources);
    }

    /// Takes out the streams that are over: the other side says so, and no connection has a track of theirs any more.
    ///
    /// One that is published again before the connection has changed goes on: the browser would not tell of it.
    pub(crate) fn sweep(&self) -> Vec<MediaStream> {
        self.take(|remote| {
            remote.place.is_none() && !self.is_source(&remote.id) && !remote.tracks.iter().any(Arrived::is_there)
        })
    }

    /// Puts the tracks of the next connection in the place of those of `epoch`, which is about to be closed; the streams
    /// that are over with it.
    ///
    /// One after the other in one turn, so that an element that shows the stream neither pauses nor ends. The old one
    /// goes first: Firefox shows what it showed until that leaves, and then takes the next that joins, not one that is
    /// there; Chromium adds no track with the id of another, and may give the new one the id of the old. A clone of a
    /// stream's last track stays in it meanwhile: Firefox's element begins anew (`emptied`) where the stream was empty.
    fn forget(&self, epoch: Epoch) -> Vec<MediaStream> {
        for Remote { stream, tracks, .. } in self.streams.borrow_mut().iter_mut() {
            let (old, new): (Vec<_>, Vec<_>) =
                mem::take(tracks).into_iter().partition(|arrived| arrived.epoch == epoch);
            #[expect(clippy::disallowed_methods, reason = "another track is what is wanted, and it is stopped")]
            let keeper = (!new.is_empty()).then(|| Some(old.last()?.track.clone())).flatten();
            if let Some(keeper) = &keeper {
                stream.add_track(keeper);
            }
            for Arrived { track: old, .. } in &old {
                stream.remove_track(old);
                let next = new.iter().filter(|new| new.track.kind() == old.kind());
                next.for_each(|new| stream.add_track(&new.track));
            }
            new.iter().for_each(|new| stream.add_track(&new.track));
            if let Some(keeper) = keeper {
                stream.remove_track(&keeper);
                keeper.stop();
            }
            *tracks = new;
        }
        self.sweep()
    }

    /// Takes everything out: the link is over.
    pub(crate) fn clear(&self) -> Vec<MediaStream> {
        self.settle();
        *self.sources.borrow_mut() = None;
        self.take(|_| true)
    }

    pub(crate) fn streams(&self) -> Vec<MediaStream> {
        self.streams.borrow().iter().filter(|remote| remote.announced).map(|remote| same(&remote.stream)).collect()
    }

    pub(crate) fn sources(&self) -> Sources {
        self.sources.borrow().clone().unwrap_or_default()
    }

    fn is_source(&self, id: &str) -> bool {
        // Who never said what it sends (a peer that is not rejoin) is believed by its tracks.
        self.sources.borrow().as_ref().is_none_or(|sources| sources.0.iter().any(|source| source.stream == id))
    }

    fn take(&self, over: impl Fn(&Remote) -> bool) -> Vec<MediaStream> {
        let mut removed = Vec::new();
        self.streams.borrow_mut().retain(|remote| {
            let over = over(remote);
            if over {
                for Arrived { track, .. } in &remote.tracks {
                    remote.stream.remove_track(track);
                }
                if remote.announced {
                    removed.push(same(&remote.stream));
                }
            }
            !over
        });
        removed
    }
}

impl Arrived {
    fn is_there(&self) -> bool {
        self.within.as_ref().is_some_and(|stream| stream.get_track_by_id(&self.track.id()).is_some())
    }
}
