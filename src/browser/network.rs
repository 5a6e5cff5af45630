//! What the browser says about the network and the page: online, visible, put away, brought back.

use core::fmt;
use std::rc::Rc;

use rejoin_proto::session::NetworkChange;
use wasm_bindgen::JsCast;
use web_sys::EventTarget;

use super::emitter::Emitter;
use super::listener::Listener;
use crate::room::events::Events;

/// What the browser said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkEvent {
    /// The machine has a network again (or another one).
    Online,
    /// The machine has no network.
    Offline,
    /// The page can be seen again; its timers run as they should.
    Visible,
    /// The page cannot be seen; the browser may slow its timers down to one a minute.
    Hidden,
    /// The page came back from the back/forward cache: what it had open is gone.
    PageShow,
    /// The page is being left.
    PageHide {
        /// Whether it may come back from the back/forward cache.
        persisted: bool,
    },
}

impl NetworkEvent {
    /// What the machines make of it; that a page goes, or is hidden, is no change of the network.
    pub(crate) const fn change(self) -> Option<NetworkChange> {
        match self {
            Self::Online => Some(NetworkChange::Online),
            Self::Offline => Some(NetworkChange::Offline),
            Self::Visible => Some(NetworkChange::Visible),
            Self::PageShow => Some(NetworkChange::PageShow),
            Self::PageHide { persisted: true } => Some(NetworkChange::PageHide),
            Self::PageHide { persisted: false } | Self::Hidden => None,
        }
    }
}

/// Listens to the browser as long as it lives. Outside of a page (a worker, Node) it hears what there is, or nothing.
#[must_use = "dropping it stops the listening"]
pub struct NetworkWatcher {
    emitter: Rc<Emitter<NetworkEvent>>,
    listeners: Vec<Listener>,
}

impl NetworkWatcher {
    /// Starts to listen.
    pub fn new() -> Self {
        let emitter = Rc::new(Emitter::default());
        let listen = |target: &EventTarget, types| {
            let told = Rc::clone(&emitter);
            Listener::new(target, types, move |event| {
                if let Some(event) = read(&event) {
                    told.emit(event);
                }
            })
        };
        let mut listeners = Vec::new();
        // The global object: a window, or a worker's, which has the first two events.
        if let Ok(global) = js_sys::global().dyn_into::<EventTarget>() {
            listeners.push(listen(&global, &["online", "offline", "pageshow", "pagehide"]));
        }
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            listeners.push(listen(&document, &["visibilitychange"]));
        }
        Self { emitter, listeners }
    }

    /// What the browser says from now on, as a stream that ends when the watcher is dropped.
    pub fn events(&self) -> Events<NetworkEvent> {
        self.emitter.subscribe()
    }

    /// Calls `sink` for each event, inside the browser's callback: what is sent on `pagehide` must go out there.
    pub(crate) fn on_event(&self, sink: Rc<dyn Fn(NetworkEvent)>) {
        self.emitter.set_sink(sink);
    }
}

/// Calls `leave` when the page goes for good, inside the browser's callback: what is to be said must be said there.
///
/// Of several the first that was made is called first. `None` where there is no page, in a worker.
pub(crate) fn on_page_gone(leave: impl Fn() + 'static) -> Option<Listener> {
    let window = web_sys::window()?;
    Some(Listener::new(&window, &["pagehide"], move |event| {
        if !persisted(&event) {
            leave();
        }
    }))
}

impl Default for NetworkWatcher {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for NetworkWatcher {
    fn drop(&mut self) {
        self.listeners.clear();
        self.emitter.close();
    }
}

impl fmt::Debug for NetworkWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkWatcher").finish_non_exhaustive()
    }
}

fn read(event: &web_sys::Event) -> Option<NetworkEvent> {
    match event.type_().as_str() {
        "online" => Some(NetworkEvent::Online),
        "offline" => Some(NetworkEvent::Offline),
        // The first pageshow of a page is not a return.
        "pageshow" => persisted(event).then_some(NetworkEvent::PageShow),
        "pagehide" => Some(NetworkEvent::PageHide { persisted: persisted(event) }),
        "visibilitychange" => {
            let document = event.target()?.dyn_into::<web_sys::Document>().ok()?;
            Some(if document.hidden() { NetworkEvent::Hidden } else { NetworkEvent::Visible })
        }
        _ => None,
    }
}

fn persisted(event: &web_sys::Event) -> bool {
    event.dyn_ref::<web_sys::PageTransitionEvent>().is_some_and(web_sys::PageTransitionEvent::persisted)
}
