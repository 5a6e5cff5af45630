//! One camera's or microphone's track.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Promise;
use rejoin_proto::media::{ContentHint, MediaErrorKind, MediaKind, TrackConstraints};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStreamTrack, MediaStreamTrackState};

use super::settings::TrackSettings;
use super::stream::StreamInner;
use super::{MediaError, same, sys};
use crate::browser::json;
use crate::browser::listener::Listener;
use crate::room::events::{Events, Publisher};

/// What happens to a [`LocalTrack`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalTrackEvent {
    /// The track delivers no more: the device is gone, the user took the permission back, or it was stopped here. The last event.
    Ended,
    /// The browser interrupted the device: the system's switch, or a phone's screen that went off.
    Muted,
    /// The interruption is over.
    Unmuted,
    /// [`LocalTrack::set_enabled`] switched it.
    EnabledChanged {
        /// Whether it is on now.
        enabled: bool,
    },
}

/// A camera's or microphone's track, with its owner: clones are handles on the same, and the last of them,
/// the streams that hold it counted, stops it.
#[derive(Debug, Clone)]
pub struct LocalTrack {
    pub(super) inner: Rc<TrackInner>,
}

impl LocalTrack {
    /// Takes over a track of the browser's: it is stopped with the last handle.
    pub fn from_raw(raw: MediaStreamTrack) -> Self {
        let inner = Rc::new_cyclic(|this: &Weak<TrackInner>| {
            let this = Weak::clone(this);
            let listener = Listener::new(&raw, &["ended", "mute", "unmute"], move |event| {
                if let Some(track) = this.upgrade() {
                    track.happened(match event.type_().as_str() {
                        "ended" => LocalTrackEvent::Ended,
                        "mute" => LocalTrackEvent::Muted,
                        _ => LocalTrackEvent::Unmuted,
                    });
                }
            });
            // A kind that is not of the specification is treated as video: nothing is heard of it.
            let kind = MediaKind::from_name(&raw.kind()).unwrap_or(MediaKind::Video);
            let over = Cell::new(raw.ready_state() == MediaStreamTrackState::Ended);
            let (events, streams) = (Publisher::default(), RefCell::default());
            TrackInner { kind, over, events, streams, listener: RefCell::new(Some(listener)), raw: same(&raw) }
        });
        Self { inner }
    }

    /// The browser's track, still owned by this handle.
    pub fn as_raw(&self) -> &MediaStreamTrack {
        &self.inner.raw
    }

    /// Audio or video.
    pub fn kind(&self) -> MediaKind {
        self.inner.kind
    }

    /// The browser's id for the track.
    pub fn id(&self) -> String {
        self.inner.raw.id()
    }

    /// The name of the device, as the system shows it.
    pub fn label(&self) -> String {
        self.inner.raw.label()
    }

    /// Whether it delivers pictures or sound; off, it delivers black or silence and the device stays open. Default: on.
    pub fn enabled(&self) -> bool {
        self.inner.raw.enabled()
    }

    /// Switches it on or off.
    pub fn set_enabled(&self, enabled: bool) {
        if self.enabled() != enabled {
            self.inner.raw.set_enabled(enabled);
            self.inner.happened(LocalTrackEvent::EnabledChanged { enabled });
        }
    }

    /// Whether the browser has interrupted the device. Not the application's doing: that is [`enabled`](Self::enabled).
    pub fn muted(&self) -> bool {
        self.inner.raw.muted()
    }

    /// Whether it delivers no more, for good.
    pub fn is_ended(&self) -> bool {
        self.inner.over.get() || self.inner.raw.ready_state() == MediaStreamTrackState::Ended
    }

    /// What the device delivers at the moment.
    pub fn settings(&self) -> TrackSettings {
        TrackSettings::read(&self.inner.sys().settings())
    }

    /// What matters in the track. Default: [`ContentHint::None`], the browser decides.
    pub fn content_hint(&self) -> ContentHint {
        ContentHint::from(&*self.inner.sys().content_hint().as_string().unwrap_or_default())
    }

    /// Says what matters in the track; one the browser does not know, or for the other kind of track, has no effect.
    pub fn set_content_hint(&self, hint: &ContentHint) {
        self.inner.sys().set_content_hint(hint.as_str());
    }

    /// Asks the device for something else; what was asked for before is forgotten.
    ///
    /// # Errors
    /// [`MediaErrorKind::Overconstrained`] where the device cannot, and all stays as it was;
    /// [`MediaErrorKind::Type`] for constraints on the other kind of track.
    ///
    /// # Cancellation
    /// The browser goes on with it.
    pub async fn apply_constraints(&self, constraints: impl Into<TrackConstraints>) -> Result<(), MediaError> {
        let constraints = constraints.into();
        if constraints.kind() != self.kind() {
            let message = "the constraints are for the other kind of track";
            return Err(MediaError::new(MediaErrorKind::Type, "TypeError", message));
        }
        self.apply_constraints_with(&json::to_js(&constraints)?).await
    }

    /// [`apply_constraints`](Self::apply_constraints) with the browser's own dictionary, a `MediaTrackConstraints`.
    ///
    /// # Errors
    /// As [`apply_constraints`](Self::apply_constraints).
    ///
    /// # Cancellation
    /// The browser goes on with it.
    pub async fn apply_constraints_with(&self, constraints: &JsValue) -> Result<(), MediaError> {
        let promise = self.inner.sys().apply_constraints(constraints)?;
        JsFuture::from(Promise::resolve(&promise)).await?;
        Ok(())
    }

    /// What happens to it from now on.
    pub fn events(&self) -> Events<LocalTrackEvent> {
        let events = self.inner.events.subscribe();
        if self.inner.over.get() {
            self.inner.events.close();
        }
        events
    }

    /// Gives the device back, for all handles: the light goes off. Calling it again does nothing.
    pub fn stop(&self) {
        self.inner.raw.stop();
        self.inner.happened(LocalTrackEvent::Ended);
    }
}

impl PartialEq for LocalTrack {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

#[derive(Debug)]
pub(super) struct TrackInner {
    kind: MediaKind,
    /// Whether its end has been told.
    pub(super) over: Cell<bool>,
    events: Publisher<LocalTrackEvent>,
    /// The streams it is in, which tell their readers too.
    pub(super) streams: RefCell<Vec<Weak<StreamInner>>>,
    /// Until its end. Before `raw`: nothing is heard of the track once it goes.
    listener: RefCell<Option<Listener>>,
    raw: MediaStreamTrack,
}

impl TrackInner {
    fn sys(&self) -> &sys::Track {
        self.raw.unchecked_ref()
    }

    fn happened(&self, event: LocalTrackEvent) {
        let ended = event == LocalTrackEvent::Ended;
        // A browser that says `ended` after our own stop() says nothing new.
        if ended && self.over.replace(true) {
            return;
        }
        self.events.publish(event);
        let streams: Vec<_> = self.streams.borrow().iter().filter_map(Weak::upgrade).collect();
        for stream in streams {
            stream.track_event(self.kind, event);
        }
        if ended {
            self.events.close();
            self.listener.take();
        }
    }
}

impl Drop for TrackInner {
    fn drop(&mut self) {
        self.raw.stop();
    }
}
