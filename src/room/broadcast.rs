//! Signaling between two pages of one origin in one browser.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;

use super::events::Events;
use super::signaling::{NotCarried, Signaling, SignalingEvent};
use crate::browser::broadcast_channel::BroadcastChannel;
use crate::browser::error::BrowserError;

/// Carries a peer's messages over a `BroadcastChannel`: for two tabs, with no server at all.
///
/// A name belongs to two pages: with a third, whichever two find each other first are connected.
pub struct BroadcastSignaling {
    channel: BroadcastChannel,
    messages: Events<String>,
    up: bool,
}

impl BroadcastSignaling {
    /// Opens the channel of this name.
    ///
    /// # Errors
    /// The browser's own, where pages of this origin have no channels.
    pub fn new(name: &str) -> Result<Self, BrowserError> {
        let channel = BroadcastChannel::new(name)?;
        let messages = channel.messages();
        Ok(Self { channel, messages, up: false })
    }
}

impl Signaling for BroadcastSignaling {
    fn send(&mut self, message: String) -> Result<(), NotCarried> {
        self.channel.post(&message).map_err(|_| NotCarried)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalingEvent>> {
        if !self.up {
            self.up = true;
            return Poll::Ready(Some(SignalingEvent::Up));
        }
        Pin::new(&mut self.messages).poll_next(cx).map(|message| message.map(SignalingEvent::Message))
    }
}
