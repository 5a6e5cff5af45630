//! A channel as `Stream` and `Sink`: reading, and writing that waits for room.

use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;
use rejoin_proto::channel::Message;
use rejoin_proto::state::DataChannelState;

use super::{DataChannel, DataChannelError, SendError, SendErrorKind};

/// How full the send buffer of a channel may become before a writer waits, and how empty before it goes on.
///
/// A higher mark gives a little more throughput, at the price of latency: what is sent next waits behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaterMarks {
    high: u32,
    low: u32,
}

impl WaterMarks {
    /// The highest mark there is: above it Chromium's own limit (16 MiB) comes near.
    pub const MAX: u32 = 8 * 1024 * 1024;

    /// Waits while more than `high` bytes are buffered, until `low` or fewer are. `high` is cut to
    /// [`MAX`](Self::MAX), `low` to `high`.
    #[must_use = "marks do nothing until they are set"]
    pub const fn new(high: u32, low: u32) -> Self {
        let high = if high < Self::MAX { high } else { Self::MAX };
        Self { high, low: if low < high { low } else { high } }
    }

    /// Above it a writer waits, in bytes.
    pub const fn high(self) -> u32 {
        self.high
    }

    /// At it a waiting writer goes on, in bytes.
    pub const fn low(self) -> u32 {
        self.low
    }
}

impl Default for WaterMarks {
    /// 256 KiB, one message of the largest size between all browsers; and half of it.
    fn default() -> Self {
        Self::new(256 * 1024, 128 * 1024)
    }
}

impl DataChannel {
    /// Waits until the channel may be written to.
    ///
    /// # Errors
    /// The reason, where the channel is closed before.
    ///
    /// # Cancellation
    /// Dropping the future changes nothing.
    pub fn ready(&self) -> impl Future<Output = Result<(), DataChannelError>> + use<> {
        let channel = self.clone();
        poll_fn(move |cx| match channel.state() {
            DataChannelState::Open => Poll::Ready(Ok(())),
            DataChannelState::Connecting => {
                channel.0.writers.register(cx);
                Poll::Pending
            }
            _ => Poll::Ready(Err(channel.reason())),
        })
    }

    /// Waits for room in the send buffer, and for the channel to open, then sends: a full buffer is never an error.
    ///
    /// # Errors
    /// [`SendError`] with the message, where the channel is closed or the message too large.
    ///
    /// # Cancellation
    /// Dropping the future before it is done drops the message unsent.
    pub async fn send_when_ready(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let message = message.into();
        match poll_fn(|cx| self.poll_room(cx)).await {
            Ok(()) => self.send_now(message),
            Err(state) => Err(SendError { message, kind: SendErrorKind::NotOpen { state } }),
        }
    }

    /// Waits until the browser has handed everything over to the network.
    ///
    /// Messages may still be under way then, and closing a channel can discard those: an answer of the other side is
    /// the only proof that one has arrived.
    ///
    /// # Errors
    /// The reason, where the channel is closed before.
    pub fn drained(&self) -> impl Future<Output = Result<(), DataChannelError>> + use<> {
        let channel = self.clone();
        poll_fn(move |cx| channel.poll_buffered(cx, 0, 0).map_err(|_| channel.reason()))
    }

    fn poll_room(&self, cx: &Context<'_>) -> Poll<Result<(), DataChannelState>> {
        let marks = self.water_marks();
        self.poll_buffered(cx, marks.high, marks.low)
    }

    /// Ready while at most `enough` bytes are buffered, else woken at `wake_at`.
    fn poll_buffered(&self, cx: &Context<'_>, enough: u32, wake_at: u32) -> Poll<Result<(), DataChannelState>> {
        if self.0.is_writable() && self.buffered_amount() <= enough {
            return Poll::Ready(Ok(()));
        }
        match self.state() {
            DataChannelState::Open if self.buffered_amount() <= enough => return Poll::Ready(Ok(())),
            DataChannelState::Open => self.as_raw().set_buffered_amount_low_threshold(wake_at),
            DataChannelState::Connecting => {}
            state => return Poll::Ready(Err(state)),
        }
        self.0.writers.register(cx);
        Poll::Pending
    }
}

/// The messages of the other side, in the order they came; ends when the channel is closed, for the reason that
/// [`error`](DataChannel::error) tells.
///
/// Handles on one channel read from one queue: each message goes to one reader. A browser cannot be told to wait, so
/// what is not read lies in memory; past [`max_unread`](DataChannel::set_max_unread) the channel is closed with
/// [`DataChannelError::Unread`], because to leave a message out in silence is worse.
impl Stream for DataChannel {
    type Item = Message;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        if let Some(message) = self.0.read() {
            return Poll::Ready(Some(message));
        }
        if self.0.is_over() {
            return Poll::Ready(None);
        }
        self.0.readers.register(cx);
        Poll::Pending
    }
}

/// Writing with backpressure: waits for the channel to open, and for room by its
/// [`water_marks`](DataChannel::water_marks).
///
/// `start_send` gives the message to the browser, so there is never anything to flush; `close` waits until the
/// browser has handed everything over (see [`drained`](DataChannel::drained)) and closes the channel for all handles.
///
/// The channel's own `send` and `close` do not wait. Through a `&mut DataChannel` the methods of `SinkExt` come first:
/// they return futures, which the compiler tells you to await.
impl Sink<Message> for DataChannel {
    type Error = DataChannelError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), DataChannelError>> {
        self.poll_room(cx).map_err(|_| self.reason())
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), DataChannelError> {
        self.send_now(message).map_err(DataChannelError::Send)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), DataChannelError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), DataChannelError>> {
        if self.poll_buffered(cx, 0, 0).is_pending() && self.state() == DataChannelState::Open {
            return Poll::Pending;
        }
        self.close();
        Poll::Ready(Ok(()))
    }
}
