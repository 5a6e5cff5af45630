//! A stream shown in a `<video>` or heard from an `<audio>`.

use core::future::Future;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Promise;
#[cfg(doc)]
use rejoin_proto::media::MediaErrorKind;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlMediaElement, MediaStream};

use super::{LocalStream, MediaError, same};
use crate::browser::listener::Listener;
use crate::room::events::{Events, Publisher};

/// Shows `stream` in `element` until the attachment is dropped.
///
/// The element plays by itself, and inline on phones; a [`LocalStream`] is played without sound, so that nobody
/// hears himself. Where the browser refuses to play before the user has clicked, the attachment says so by
/// [`AttachmentEvent::Blocked`]: show a button, and call [`Attachment::retry`] from its click.
///
/// One stream at a time: another that is attached to the element takes its place, and the attachment before it is over.
/// The attachment does not keep a `LocalStream` alive: its last handle still stops the camera.
pub fn attach(element: &HtmlMediaElement, stream: &impl Attachable) -> Attachment {
    let attachment = Attachment { inner: Inner::new(element, stream.media_stream(), stream.is_local()) };
    let first = attachment.retry();
    spawn_local(async move { drop(first.await) });
    attachment
}

/// What can be attached to an element: a [`LocalStream`], or a stream from the other side.
pub trait Attachable {
    /// The browser's stream.
    fn media_stream(&self) -> &MediaStream;

    /// Whether it comes from this page, and so is played without sound.
    fn is_local(&self) -> bool;
}

impl Attachable for LocalStream {
    fn media_stream(&self) -> &MediaStream {
        self.as_raw()
    }

    fn is_local(&self) -> bool {
        true
    }
}

impl Attachable for MediaStream {
    fn media_stream(&self) -> &MediaStream {
        self
    }

    fn is_local(&self) -> bool {
        false
    }
}

/// Whether an attached stream is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttachmentState {
    /// The browser waits for pictures or sound.
    Waiting,
    /// It plays.
    Playing,
    /// The browser refuses to play before the user has clicked: call [`Attachment::retry`] from a click.
    Blocked,
}

impl AttachmentState {
    /// The state as TypeScript sees it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Playing => "playing",
            Self::Blocked => "blocked",
        }
    }
}

/// What happens to an [`Attachment`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttachmentEvent {
    /// It plays.
    Playing,
    /// The browser refuses to play before the user has clicked: call [`Attachment::retry`] from a click.
    Blocked,
}

/// The hold of a stream on an element; dropping it takes the stream out and leaves the element as it was found.
#[derive(Debug)]
#[must_use = "dropping it takes the stream out of the element"]
pub struct Attachment {
    inner: Rc<Inner>,
}

impl Attachment {
    /// Whether the stream is seen.
    pub fn state(&self) -> AttachmentState {
        self.inner.state.get()
    }

    /// What happens to it from now on; a refusal that came before is in [`state`](Self::state).
    pub fn events(&self) -> Events<AttachmentEvent> {
        self.inner.events.subscribe()
    }

    /// Plays, from a click or a key: the browser is asked in the call itself, not when the future is awaited.
    ///
    /// # Errors
    /// [`MediaErrorKind::NotAllowed`] where the browser still refuses.
    ///
    /// # Cancellation
    /// Dropping the future changes nothing.
    pub fn retry(&self) -> impl Future<Output = Result<(), MediaError>> + 'static {
        outcome(Rc::downgrade(&self.inner), self.inner.element.play())
    }
}

/// Waits for the outcome of `element.play()` and tells it.
async fn outcome(inner: Weak<Inner>, started: Result<Promise, JsValue>) -> Result<(), MediaError> {
    let refused = match started {
        // Older browsers give no promise.
        Ok(promise) => JsFuture::from(Promise::resolve(&promise)).await.err(),
        Err(thrown) => Some(thrown),
    };
    let Some(error) = refused.map(MediaError::from) else {
        Inner::set(&inner, AttachmentState::Playing);
        return Ok(());
    };
    // Any other refusal is a pause, or another stream that came in between.
    if error.is_permission_denied() {
        Inner::set(&inner, AttachmentState::Blocked);
    }
    Err(error)
}

#[derive(Debug)]
struct Inner {
    // First, so that nothing is heard of the element once it is let go.
    _playing: Listener,
    element: HtmlMediaElement,
    stream: MediaStream,
    /// `None` where another has taken its place.
    found: Cell<Option<Found>>,
    state: Cell<AttachmentState>,
    events: Publisher<AttachmentEvent>,
}

/// How the element was before.
#[derive(Debug, Clone, Copy)]
struct Found {
    autoplay: bool,
    muted: bool,
    plays_inline: bool,
}

thread_local! {
    /// The attachments there are.
    static ATTACHED: RefCell<Vec<Weak<Inner>>> = const { RefCell::new(Vec::new()) };
}

impl Found {
    /// How the element was before anything was attached to it.
    fn of(element: &HtmlMediaElement) -> Self {
        let before = ATTACHED.with_borrow_mut(|attached| {
            attached.retain(|attachment| attachment.strong_count() > 0);
            attached
                .iter()
                .filter_map(Weak::upgrade)
                .find_map(|other| (other.element == *element).then(|| other.found.take()).flatten())
        });
        before.unwrap_or_else(|| Self {
            autoplay: element.autoplay(),
            muted: element.muted(),
            plays_inline: element.has_attribute(PLAYS_INLINE),
        })
    }
}

impl Inner {
    fn new(element: &HtmlMediaElement, stream: &MediaStream, is_local: bool) -> Rc<Self> {
        let found = Found::of(element);
        element.set_muted(is_local || found.muted);
        element.set_autoplay(true);
        // The attribute, since not every browser has the property. It throws only for names that are none.
        let _ = element.set_attribute(PLAYS_INLINE, "");
        element.set_src_object(Some(stream));
        let attachment = Rc::new_cyclic(|this: &Weak<Self>| {
            let this = Weak::clone(this);
            let playing = Listener::new(element, &["playing"], move |_| Self::set(&this, AttachmentState::Playing));
            Self {
                _playing: playing,
                element: element.clone(),
                stream: same(stream),
                found: Cell::new(Some(found)),
                state: Cell::new(AttachmentState::Waiting),
                events: Publisher::default(),
            }
        });
        ATTACHED.with_borrow_mut(|attached| attached.push(Rc::downgrade(&attachment)));
        attachment
    }

    fn set(this: &Weak<Self>, state: AttachmentState) {
        let Some(this) = this.upgrade() else { return };
        if this.found.get().is_none() || this.state.replace(state) == state {
            return;
        }
        match state {
            AttachmentState::Playing => this.events.publish(AttachmentEvent::Playing),
            AttachmentState::Blocked => this.events.publish(AttachmentEvent::Blocked),
            AttachmentState::Waiting => {}
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // An element that shows something else by now is no longer ours.
        if let Some(found) = self.found.take()
            && self.element.src_object().is_some_and(|now| now == self.stream)
        {
            self.element.set_src_object(None);
            self.element.set_autoplay(found.autoplay);
            self.element.set_muted(found.muted);
            if !found.plays_inline {
                // Throws as little as setting it.
                let _ = self.element.remove_attribute(PLAYS_INLINE);
            }
        }
    }
}

const PLAYS_INLINE: &str = "playsinline";
