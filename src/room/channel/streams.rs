//! A channel as `Stream` and `Sink`.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;
use rejoin_proto::channel::Message;

use super::{Channel, ChannelError};

impl Stream for Channel {
    type Item = Message;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        self.inner.poll_receive(cx)
    }
}

impl Sink<Message> for Channel {
    type Error = ChannelError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        if self.inner.is_ending() { Poll::Ready(Err(ChannelError::Closed)) } else { self.poll_flush(cx) }
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), ChannelError> {
        self.inner.send(message).refusal().map_or(Ok(()), Err)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        if self.inner.outbox.is_empty() {
            Poll::Ready(if self.is_closed() { Err(ChannelError::Closed) } else { Ok(()) })
        } else {
            self.inner.wait(cx);
            Poll::Pending
        }
    }

    /// Closes it when all is sent; a durable channel is then waited for.
    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        let this = self.get_mut();
        if Pin::new(&mut *this).poll_flush(cx).is_ready() {
            this.close();
        }
        this.inner.poll_closed(cx).map(Ok)
    }
}
