//! What a link asks for, done: each action begun in the order asked, and its answer told to the machine when it comes.

use core::pin::Pin;
use std::rc::Rc;

use rejoin_proto::fields::to_json;
use rejoin_proto::id::Epoch;
use rejoin_proto::link::{Action, BrowserEvent, IceRestart, Need, Output, SdpType, SessionDescription, Wire};
use rejoin_proto::text::say;
use wasm_bindgen_futures::spawn_local;

use super::Driver;
use crate::browser::peer_connection::PeerConnectionError;
use crate::room::connection::Connection;
use crate::room::peer::PeerEvent;

/// What the browser answers to an action that has begun: what the machine is told, if anything.
type BrowserAnswer = Pin<Box<dyn Future<Output = Result<Option<BrowserEvent>, PeerConnectionError>>>>;

impl Driver {
    pub(super) fn carry_out(&self, output: Output) {
        match output {
            Output::Send(message) => {
                let text = to_json(&mut Wire::from(&message));
                if let Some(connection) = self.current() {
                    connection.send_in_band(text.as_str());
                }
                // What is not carried is not acknowledged, and sent again.
                (self.send)(text);
            }
            Output::Open { epoch, .. } => self.open(epoch),
            Output::SetLocalDescription { epoch, kind, need, ice_restart } => {
                self.set_local_description(epoch, kind, need, ice_restart);
            }
            Output::Beat { epoch, beat } => {
                if let Some(connection) = self.connection(epoch) {
                    connection.send_in_band(&beat.bytes()[..]);
                }
            }
            Output::CountBytes { epoch } => self.count_bytes(epoch),
            Output::SetRemoteDescription { epoch, description } => self.set_remote_description(epoch, &description),
            Output::AddCandidate { epoch, candidate } => {
                let Some(connection) = self.connection(epoch) else { return };
                let added = connection.pc.add_ice_candidate(candidate.as_ref());
                self.act(epoch, Action::AddCandidate, done(added, None));
            }
            Output::Rollback { epoch } => {
                let Some(connection) = self.connection(epoch) else { return };
                self.act(epoch, Action::Rollback, done(connection.pc.rollback(), None));
            }
            Output::Close { epoch } => self.close_connection(epoch),
            Output::Event(event) => self.report(event),
            _ => {}
        }
    }

    fn open(&self, epoch: Epoch) {
        let this = self.this.clone();
        let opened = Connection::open(epoch, &self.configuration.borrow(), move |event| {
            if let Some(driver) = this.upgrade() {
                driver.handle_connection(epoch, event);
            }
        });
        match opened {
            Ok(connection) => {
                let connection = Rc::new(connection);
                connection.send_tracks(&self.published.carried());
                if let Some(before) = self.current() {
                    self.keep_encodings(&before);
                }
                connection.adopt_encodings(&self.encodings.borrow());
                self.connections.borrow_mut().push(connection.clone());
                self.channels.open_on(&connection);
            }
            Err(error) => self.failed(epoch, Action::Open, said(&error)),
        }
    }

    fn set_local_description(&self, epoch: Epoch, kind: SdpType, need: Need, ice_restart: IceRestart) {
        let Some(connection) = self.connection(epoch) else { return };
        if kind == SdpType::Offer {
            let configuration = self.configuration.borrow();
            let prepared = connection.receive(need).and_then(|()| connection.restart_ice(&configuration, ice_restart));
            drop(configuration);
            if let Err(error) = prepared {
                return self.failed(epoch, Action::SetLocalDescription, said(&error));
            }
        }
        let made = connection.pc.set_local_description();
        let answer =
            Box::pin(async { made.await.map(|description| Some(BrowserEvent::LocalDescription(description))) });
        self.act(epoch, Action::SetLocalDescription, answer);
    }

    fn set_remote_description(&self, epoch: Epoch, description: &SessionDescription) {
        let Some(connection) = self.connection(epoch) else { return };
        if description.kind == SdpType::Offer {
            // Where it restarts ICE, this side gathers with the servers of now. What a connection cannot change any more,
            // the next one has.
            let _ = connection.pc.set_configuration(&self.configuration.borrow());
        }
        let set = connection.pc.set_remote_description(description);
        self.act(epoch, Action::SetRemoteDescription, done(set, Some(BrowserEvent::RemoteDescriptionSet)));
    }

    fn count_bytes(&self, epoch: Epoch) {
        let Some(connection) = self.connection(epoch) else { return };
        // A count that the browser refuses is none: no action fails by it.
        let count = connection.pc.bytes_received();
        self.act(epoch, Action::Open, Box::pin(async { Ok(Some(BrowserEvent::BytesReceived(count.await))) }));
    }

    /// Tells the machine the result of an action that has begun, or its failure, when it is there.
    fn act(&self, epoch: Epoch, action: Action, answer: BrowserAnswer) {
        let this = self.this.clone();
        spawn_local(async move {
            let event = match answer.await {
                Ok(event) => event,
                Err(error) => Some(BrowserEvent::ActionFailed { action, error: said(&error) }),
            };
            if let (Some(driver), Some(event)) = (this.upgrade(), event) {
                driver.publish_removed(driver.remote.sweep());
                for stream in driver.remote.announce() {
                    driver.events.publish(PeerEvent::StreamAdded(stream));
                }
                driver.with_link(|link, now| link.handle_browser(epoch, event, now));
            }
        });
    }

    fn failed(&self, epoch: Epoch, action: Action, error: String) {
        self.with_link(|link, now| link.handle_browser(epoch, BrowserEvent::ActionFailed { action, error }, now));
    }
}

/// What went wrong, in the browser's words where there are some.
fn said(error: &PeerConnectionError) -> String {
    error.browser_error().map_or_else(|| say(error), |error| say(error))
}

/// Tells the machine `event` when the browser is done.
fn done(
    answer: impl Future<Output = Result<(), PeerConnectionError>> + 'static,
    event: Option<BrowserEvent>,
) -> BrowserAnswer {
    Box::pin(async { answer.await.map(|()| event) })
}
