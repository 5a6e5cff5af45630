//! Descriptions and candidates of a connection.

use rejoin_proto::ice::IceCandidate;
use rejoin_proto::link::SessionDescription;
use rejoin_proto::state::SignalingState;
use wasm_bindgen::JsValue;

use super::error::{PeerConnectionError, thrown};
use super::{BrowserError, PeerConnection, candidate, description};

/// Every call begins at once, in the order it was made (the browser has a queue of its own); its future only tells
/// the outcome. Dropping the future stops the telling, not the call. All end with [`PeerConnectionError::Closed`]
/// when the connection is closed.
impl PeerConnection {
    /// Makes and sets the description that is due: an offer, or the answer to theirs. Send it to the other side.
    ///
    /// # Errors
    /// What the browser rejects with, by name.
    pub fn set_local_description(
        &self,
    ) -> impl Future<Output = Result<SessionDescription, PeerConnectionError>> + use<> {
        let raw = self.raw.clone();
        let answer = self.shared.calls.run(self.raw.set_implicit_local_description());
        async move {
            answer.await?;
            let description = description::from_js(raw.local());
            // Rolled back, or closed by someone else, between the browser's answer and ours.
            description.ok_or_else(|| PeerConnectionError::InvalidState(no_description()))
        }
    }

    /// Sets what the other side sent.
    ///
    /// # Errors
    /// [`PeerConnectionError::Operation`] or another, by browser, where it does not parse or cannot be applied (two
    /// sides that added different kinds at once, in Chromium); [`PeerConnectionError::InvalidState`] for an answer
    /// without an offer; [`PeerConnectionError::InvalidAccess`] where it contradicts what was negotiated.
    pub fn set_remote_description(
        &self,
        description: &SessionDescription,
    ) -> impl Future<Output = Result<(), PeerConnectionError>> + use<> {
        let answer = self.shared.calls.run(self.raw.set_this_remote_description(&description::to_js(description)));
        done(answer)
    }

    /// Adds a candidate of the other side; `None` says that there are no more.
    ///
    /// # Errors
    /// [`PeerConnectionError::InvalidState`] before there is a remote description (queue candidates until there
    /// is), [`PeerConnectionError::Operation`] for one that does not parse or belongs to no m-line,
    /// [`PeerConnectionError::Type`] for one that does not say its m-line.
    pub fn add_ice_candidate(
        &self,
        candidate: Option<&IceCandidate>,
    ) -> impl Future<Output = Result<(), PeerConnectionError>> + use<> {
        let candidate = candidate.map_or(JsValue::UNDEFINED, candidate::to_js);
        let answer = self.shared.calls.run(self.raw.add_candidate(&candidate));
        done(answer)
    }

    /// Takes back the offer under way, ours or theirs, to the last stable state.
    ///
    /// Where the first offer with data channels is rolled back, ours or theirs, on request or by an offer of the other
    /// side that has none, Chromium (156) leaves data channels out of every later offer of ours, also new ones: they
    /// open only by an offer of the other side. Make a new connection then.
    ///
    /// # Errors
    /// [`PeerConnectionError::InvalidState`] where no offer is under way.
    pub fn rollback(&self) -> impl Future<Output = Result<(), PeerConnectionError>> + use<> {
        let started = match self.signaling_state() {
            SignalingState::HaveRemoteOffer | SignalingState::HaveLocalPranswer => {
                self.raw.set_this_remote_description(&description::rollback())
            }
            // Also where there is nothing to roll back: the browser then says so.
            _ => self.raw.set_this_local_description(&description::rollback()),
        };
        let answer = self.shared.calls.run(started);
        done(answer)
    }

    /// Lets the next offer look for a new path; [`NegotiationNeeded`](super::PeerConnectionEvent::NegotiationNeeded)
    /// follows.
    ///
    /// # Errors
    /// [`PeerConnectionError::Closed`] after [`close`](Self::close).
    pub fn restart_ice(&self) -> Result<(), PeerConnectionError> {
        self.live()?;
        self.raw.restart_ice().map_err(thrown)
    }

    /// Our description, the pending one where there is one, with the candidates found so far.
    pub fn local_description(&self) -> Option<SessionDescription> {
        description::from_js(self.raw.local())
    }

    /// Their description, the pending one where there is one, with the candidates added so far.
    pub fn remote_description(&self) -> Option<SessionDescription> {
        description::from_js(self.raw.remote())
    }
}

/// One for all: each `async` block is code of its own.
async fn done(answer: impl Future<Output = Result<JsValue, PeerConnectionError>>) -> Result<(), PeerConnectionError> {
    answer.await.map(drop)
}

fn no_description() -> BrowserError {
    BrowserError::new("InvalidStateError", "the description was taken back meanwhile")
}
