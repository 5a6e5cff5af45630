//! What a peer needs of its surroundings in order to find the other side: text messages, however badly carried.

use core::task::{Context, Poll};

/// Carries text messages to one other peer and back.
///
/// It may lose, double and reorder them: the link protocol on top numbers, acknowledges and
/// resends. What it must not do is change them. A WebSocket, a `BroadcastChannel`, an
/// `RTCDataChannel`, e-mail: anything will do.
///
/// Implementations here: [`memory`](super::memory::memory), [`BroadcastSignaling`](super::broadcast::BroadcastSignaling);
/// over `rejoin-signaling`, a [`Room`](crate::Room) does it for every peer in the room.
pub trait Signaling {
    /// Hands over one message. Returning says nothing about its arrival.
    ///
    /// # Errors
    /// [`NotCarried`] where it surely will not arrive, such as on a closed socket; the peer sends it again later.
    fn send(&mut self, message: String) -> Result<(), NotCarried>;

    /// What came, in the way of [`Stream::poll_next`](futures_core::Stream::poll_next); `None` when nothing will come any more.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalingEvent>>;
}

/// What a [`Signaling`] reports.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignalingEvent {
    /// Messages can be carried (again). Until the first one nothing is sent.
    Up,
    /// A message came.
    Message(String),
    /// Messages cannot be carried for now; attempts to reconnect wait for the next [`Up`](Self::Up).
    Down,
}

/// The message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signaling cannot carry a message now")]
pub struct NotCarried;
