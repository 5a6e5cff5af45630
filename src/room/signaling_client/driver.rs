//! Runs a session on the browser's sockets, timers and events.
//!
//! No borrow is held while the browser or a reader is called: each step takes what it needs out of its cell.

use std::cell::{Ref, RefCell};
use std::rc::{Rc, Weak};

use rejoin_proto::id::PeerId;
use rejoin_proto::relay::{ClientMessage, CloseCode, SUBPROTOCOL, ServerMessage};
use rejoin_proto::session::{CLAIM, Claim, Output, Session, SessionEvent, SessionState};
use rejoin_proto::time::Instant;
use wasm_bindgen_futures::spawn_local;

use super::keeper::Keeper;
use super::{SignalingError, SignalingOptions};
use crate::browser::lock::Lock;
use crate::browser::network::{NetworkEvent, NetworkWatcher};
use crate::browser::timer::Timer;
use crate::browser::websocket::{WebSocket, WebSocketError, WebSocketEvent};
use crate::browser::{clock, json, random};
use crate::room::events::{Events, Publisher};

pub(super) struct Driver {
    url: String,
    keeper: Keeper,
    session: RefCell<Session>,
    socket: RefCell<Option<(u32, WebSocket)>>,
    timer: RefCell<Timer>,
    events: Publisher<SessionEvent>,
    /// Why the browser would not dial, or did not take the last message.
    refused: RefCell<Option<SignalingError>>,
    /// Until the session is over.
    network: RefCell<Option<NetworkWatcher>>,
    this: Weak<Self>,
}

impl Driver {
    pub(super) fn start(options: SignalingOptions) -> Result<Rc<Self>, SignalingError> {
        let url = options.url.clone();
        let keeper = Keeper::new(&options);
        let session = Session::new(options.into_config(|| keeper.identity())?, random::bits(), clock::now());
        let driver = Rc::new_cyclic(|this: &Weak<Self>| {
            let network = NetworkWatcher::new();
            let heard = this.clone();
            network.on_event(Rc::new(move |event| {
                if let Some(driver) = heard.upgrade() {
                    driver.handle_network(event);
                }
            }));
            Self {
                url,
                keeper,
                session: RefCell::new(session),
                socket: RefCell::default(),
                timer: RefCell::default(),
                events: Publisher::default(),
                refused: RefCell::default(),
                network: RefCell::new(Some(network)),
                this: this.clone(),
            }
        });
        driver.drive();
        // The first dial tells whether the page may dial at all.
        match driver.refused.take() {
            Some(error) => Err(error),
            None => Ok(driver),
        }
    }

    pub(super) fn session(&self) -> Ref<'_, Session> {
        self.session.borrow()
    }

    pub(super) fn subscribe(&self) -> Events<SessionEvent> {
        let events = self.events.subscribe();
        if self.session().state() == SessionState::Closed {
            self.events.close();
        }
        events
    }

    /// Gives the session an input, and does what it then wants.
    pub(super) fn with<T>(&self, input: impl FnOnce(&mut Session, Instant) -> T) -> T {
        let now = clock::now();
        let result = input(&mut self.session.borrow_mut(), now);
        self.drive();
        result
    }

    pub(super) fn send(&self, to: PeerId, data: String) -> Result<(), SignalingError> {
        if self.session().state() == SessionState::Closed {
            return Err(SignalingError::Closed);
        }
        self.refused.take();
        self.with(|session, _| session.signal(to, data)).map_err(|_| SignalingError::NotJoined)?;
        self.refused.take().map_or(Ok(()), Err)
    }

    fn drive(&self) {
        loop {
            let output = self.session.borrow_mut().poll_output();
            match output {
                Some(Output::Dial { generation }) => self.dial(generation),
                Some(Output::Send { generation, message }) => self.transmit(generation, &message),
                Some(Output::CloseSocket { generation, code }) => {
                    if let Some(socket) = self.take_socket(generation) {
                        // The codes of the protocol are such as a page may use.
                        let _ = socket.close_with(code.as_u16(), "");
                    }
                }
                Some(Output::Claim) => self.claim(),
                Some(Output::Keep) => self.keeper.keep(self.session().identity()),
                Some(Output::Forget) => self.keeper.forget(),
                Some(Output::Event(event)) => {
                    let over = matches!(event, SessionEvent::StateChanged(SessionState::Closed));
                    self.events.publish(event);
                    if over {
                        self.events.close();
                        self.network.take();
                    }
                }
                None => break,
            }
        }
        let at = self.session().poll_timeout();
        let this = self.this.clone();
        let mut timer = self.timer.take();
        timer.set(at, move || {
            if let Some(driver) = this.upgrade() {
                driver.timer.borrow_mut().fired();
                driver.with(Session::handle_timeout);
            }
        });
        self.timer.replace(timer);
    }

    fn claim(&self) {
        let Some(peer) = self.session().peer_id().cloned() else { return };
        let (this, name) = (self.this.clone(), self.keeper.lock_name(&peer));
        spawn_local(async move {
            let lock = Lock::request(&name, CLAIM).await;
            let Some(driver) = this.upgrade() else { return };
            let claim = if lock.is_some() { Claim::Held } else { Claim::Refused };
            driver.with(|session, now| session.handle_claim(claim, now));
            // One that came too late is given back: this client is somebody else by now, or closed.
            let session = driver.session();
            if session.peer_id() == Some(&peer) && session.state() != SessionState::Closed {
                driver.keeper.hold(lock);
            }
        });
    }

    fn dial(&self, generation: u32) {
        match WebSocket::connect_with(&self.url, SUBPROTOCOL) {
            Ok(socket) => {
                let this = self.this.clone();
                socket.on_event(Rc::new(move |event| {
                    if let Some(driver) = this.upgrade() {
                        driver.handle_socket(generation, event);
                    }
                }));
                self.socket.replace(Some((generation, socket)));
            }
            Err(error) => {
                self.refused.replace(Some(SignalingError::Address(error)));
                self.session.borrow_mut().handle_closed(generation, CloseCode::Abnormal, clock::now());
            }
        }
    }

    /// What is not taken is not tried again: the session learns of it by the missing answer, a sender by the error.
    fn transmit(&self, generation: u32, message: &ClientMessage) {
        let max = self.session().max_message_bytes();
        let text = message.to_json();
        // Taken out, so that nothing is borrowed while the browser sends.
        let Some(socket) = self.take_socket(generation) else { return };
        let result = if text.len() > max {
            Err(SignalingError::TooLarge { length: text.len(), max })
        } else {
            socket.send(&text).map_err(|refused| match refused {
                WebSocketError::Full { .. } => SignalingError::Busy,
                _ => SignalingError::NotJoined,
            })
        };
        self.socket.replace(Some((generation, socket)));
        self.refused.replace(result.err());
    }

    fn take_socket(&self, generation: u32) -> Option<WebSocket> {
        let mut socket = self.socket.borrow_mut();
        match &*socket {
            Some((number, _)) if *number == generation => socket.take().map(|(_, socket)| socket),
            _ => None,
        }
    }

    fn handle_socket(&self, generation: u32, event: WebSocketEvent) {
        match event {
            WebSocketEvent::Open => self.with(|session, now| session.handle_open(generation, now)),
            WebSocketEvent::Text(text) => match read(&text) {
                Some(message) => {
                    // A message that is out of order is counted by the session.
                    let _ = self.with(|session, now| session.handle_message(generation, message, now));
                }
                None => self.with(|session, now| session.handle_junk(generation, now)),
            },
            WebSocketEvent::Binary(_) => self.with(|session, now| session.handle_junk(generation, now)),
            WebSocketEvent::Closed { code, .. } => {
                drop(self.take_socket(generation));
                self.with(|session, now| session.handle_closed(generation, CloseCode::from_u16(code), now));
            }
        }
    }

    fn handle_network(&self, event: NetworkEvent) {
        if let Some(change) = event.change() {
            self.with(|session, now| session.handle_network(change, now));
        } else if event == (NetworkEvent::PageHide { persisted: false }) {
            // Said here and now, for the page has no later.
            self.with(|session, _| session.handle_page_gone());
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.session.borrow_mut().close();
        self.drive();
    }
}

fn read(text: &str) -> Option<ServerMessage> {
    // Before it is parsed: what it would grow to is not known.
    if text.len() > MAX_FRAME_BYTES {
        return None;
    }
    json::read_by(text, ServerMessage::read)
}

/// The most bytes of a frame of the server. The largest is a welcome into a room full of peers with long infos.
const MAX_FRAME_BYTES: usize = 8 * 1024 * 1024;
