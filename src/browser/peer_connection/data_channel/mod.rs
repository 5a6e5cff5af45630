//! RTCDataChannel: messages to the other side, in every mode, as `Stream` and `Sink`.

mod children;
mod error;
mod inner;
mod sink;

use core::fmt;
use core::time::Duration;
use std::rc::Rc;

use rejoin_proto::channel::{ChannelOptions, Message, Order, Priority, Reliability};
use rejoin_proto::state::DataChannelState;
use wasm_bindgen::{JsCast, JsValue};

use super::callback::Callback;
use super::connection::max_message_size;
use super::sys::{self, Dict};
use crate::browser::error::BrowserError;
use crate::room::events::Events;
use inner::Inner;

pub(super) use children::Children;
pub use error::{DataChannelError, ErrorDetail, SendError, SendErrorKind};
pub use sink::WaterMarks;

/// A channel for messages. Clones are handles on the same channel; dropping the last closes it.
///
/// ```no_run
/// # use rejoin::{DataChannel, Message};
/// # use futures_util::StreamExt;
/// # async fn example(mut channel: DataChannel) -> Result<(), Box<dyn std::error::Error>> {
/// channel.ready().await?;
/// channel.send("hello")?;
/// while let Some(message) = channel.next().await {
///     channel.send_when_ready(message).await?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct DataChannel(Rc<Inner>);

/// What happened to a channel; its messages come by the `Stream`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DataChannelEvent {
    /// It is open, closing or closed now.
    StateChanged(DataChannelState),
    /// Something failed; where that ended the channel, closed follows.
    Error(DataChannelError),
    /// The send buffer has room again: it fell to the low water mark, or to nothing.
    BufferedAmountLow,
}

impl DataChannel {
    /// Takes over a channel of the browser's, best in the turn in which it appeared: what it reported before is not
    /// known. The size of a message is then checked by the browser alone.
    pub fn from_raw(raw: web_sys::RtcDataChannel) -> Self {
        Self(Inner::new(raw.unchecked_into(), None))
    }

    /// The browser's own object.
    pub fn as_raw(&self) -> &web_sys::RtcDataChannel {
        &self.0.raw
    }

    /// The browser's own object, with our handlers taken off and not closed. Read what is unread before.
    ///
    /// # Errors
    /// This handle, where there are others.
    pub fn into_raw(self) -> Result<web_sys::RtcDataChannel, Self> {
        let inner = Rc::try_unwrap(self.0).map_err(Self)?;
        let raw = inner.raw.clone();
        inner.detach();
        Ok(raw.into())
    }

    /// The name it was opened with.
    pub fn label(&self) -> String {
        self.as_raw().label()
    }

    /// The id of its stream; `None` until one is chosen.
    pub fn id(&self) -> Option<u16> {
        self.0.raw.its_id()
    }

    /// How it treats messages, as the browser reports it.
    pub fn options(&self) -> ChannelOptions {
        let raw = &self.0.raw;
        let mut options = ChannelOptions::new().with_protocol(raw.protocol().as_string().unwrap_or_default());
        options.order = self.order();
        options.reliability = self.reliability();
        options.priority = self.priority().unwrap_or_default();
        options.id = if self.is_negotiated() { self.id() } else { None };
        options
    }

    /// Whether messages arrive in the order they were sent in.
    pub fn order(&self) -> Order {
        if self.0.raw.ordered() == Some(false) { Order::Unordered } else { Order::Ordered }
    }

    /// How long a lost message is sent again.
    pub fn reliability(&self) -> Reliability {
        match (self.0.raw.its_max_retransmits(), self.0.raw.its_max_packet_life_time()) {
            (Some(times), _) => Reliability::MaxRetransmits(times),
            (None, Some(ms)) => Reliability::MaxPacketLifeTime(Duration::from_millis(ms.into())),
            (None, None) => Reliability::Reliable,
        }
    }

    /// What is spoken on it.
    pub fn protocol(&self) -> String {
        self.0.raw.protocol().as_string().unwrap_or_default()
    }

    /// Whether both sides made it by an id they agreed on.
    pub fn is_negotiated(&self) -> bool {
        self.0.raw.negotiated().unwrap_or_default()
    }

    /// How much it counts beside the others; `None` where the browser does not tell.
    pub fn priority(&self) -> Option<Priority> {
        self.0.raw.priority().as_string().map(|name| Priority::from_name(&name))
    }

    /// Whether it may be written to. Closed from the moment its connection was closed here, whatever the browser
    /// says a little longer.
    pub fn state(&self) -> DataChannelState {
        self.0.state()
    }

    /// What made it close, or failed on it first; `None` where nothing did.
    pub fn error(&self) -> Option<DataChannelError> {
        self.0.error.borrow().clone()
    }

    /// How many bytes wait to be sent.
    pub fn buffered_amount(&self) -> u32 {
        self.as_raw().buffered_amount()
    }

    /// The largest message the other side takes, in bytes; `None` before that is negotiated.
    pub fn max_message_size(&self) -> Option<u32> {
        self.0.connection.as_ref().and_then(max_message_size)
    }

    /// When a writer waits, and when it goes on.
    pub fn water_marks(&self) -> WaterMarks {
        self.0.marks.get()
    }

    /// Sets when a writer waits, and when it goes on, for all handles. Default: 256 KiB and 128 KiB.
    pub fn set_water_marks(&self, marks: WaterMarks) {
        self.0.marks.set(marks);
        // Who waits for the old marks asks again.
        self.0.writers.wake();
    }

    /// How much lies unread, in bytes; each message counts 64 bytes more than it has.
    pub fn unread_bytes(&self) -> usize {
        self.0.unread_bytes()
    }

    /// Sets how much may lie unread before the channel is closed with [`DataChannelError::Unread`], in bytes; also
    /// the largest message that is taken. Default: 64 MiB.
    pub fn set_max_unread(&self, bytes: usize) {
        self.0.max_unread.set(bytes);
    }

    /// Sends at once, or not at all.
    ///
    /// # Errors
    /// [`SendError`], with the message, where the channel is not open, the message too large for the other side, or
    /// 16 MiB wait already ([`send_when_ready`](Self::send_when_ready) waits for room instead).
    pub fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let message = message.into();
        let buffered = u64::from(self.buffered_amount());
        // Chromium's limit; Firefox has none and fills the memory. A single larger message still has its chance.
        if buffered > 0 && buffered + message.len() as u64 > MAX_BUFFERED && self.state() == DataChannelState::Open {
            return Err(SendError { message, kind: SendErrorKind::BufferFull });
        }
        self.send_now(message)
    }

    /// Sends bytes that stay with the caller; how much waits is the caller's to know.
    pub(crate) fn send_bytes(&self, bytes: &[u8]) -> Result<(), SendErrorKind> {
        self.refusal(bytes.len(), |raw| raw.send_bytes(bytes)).map_or(Ok(()), Err)
    }

    /// What happens from now on, as a stream that ends when the channel is closed; each reader gets everything.
    pub fn events(&self) -> Events<DataChannelEvent> {
        let events = self.0.events.subscribe();
        if self.0.is_over() {
            self.0.events.close_streams();
        }
        events
    }

    /// Sets who is told of each event inside the browser's callback, after the streams; with no borrow held, and
    /// never from within a call of ours (so not when its connection is closed here).
    pub(crate) fn on_event(&self, sink: Callback<DataChannelEvent>) {
        self.0.set_event_sink(sink);
    }

    /// Sets who gets each message inside the browser's callback instead of the `Stream`; with no borrow held. What
    /// is unread is handed over at once.
    pub(crate) fn on_message(&self, sink: Callback<Message>) {
        self.0.set_message_sink(sink);
    }

    /// Closes the channel, for all handles and the other side. What the browser has not sent yet may be lost: wait
    /// for [`drained`](Self::drained), or better for an answer. Twice is as good as once.
    pub fn close(&self) {
        self.0.close();
    }

    /// As the browser's `RTCDataChannelInit`.
    pub(super) fn init(options: &ChannelOptions) -> JsValue {
        let dict = Dict::new();
        dict.set("ordered", &(options.order == Order::Ordered).into());
        match options.reliability {
            Reliability::Reliable | Reliability::Durable => {}
            Reliability::MaxRetransmits(times) => dict.set("maxRetransmits", &times.into()),
            Reliability::MaxPacketLifeTime(_) => {
                dict.set("maxPacketLifeTime", &options.reliability.max_packet_life_time_ms().into());
            }
        }
        dict.set("protocol", &options.protocol.as_str().into());
        if let Some(id) = options.id {
            dict.set("negotiated", &true.into());
            dict.set("id", &id.into());
        }
        if options.priority != Priority::Unknown {
            dict.set("priority", &options.priority.as_str().into());
        }
        dict.into()
    }

    /// Why it cannot be waited for.
    fn reason(&self) -> DataChannelError {
        self.error().unwrap_or(DataChannelError::Closed)
    }

    fn send_now(&self, message: Message) -> Result<(), SendError> {
        let refusal = self.refusal(message.len(), |raw| match &message {
            Message::Text(text) => raw.send_text(text),
            Message::Binary(bytes) => raw.send_bytes(bytes),
        });
        match refusal {
            None => Ok(()),
            Some(kind) => Err(SendError { message, kind }),
        }
    }

    /// Sends, or says why not.
    fn refusal(
        &self,
        length: usize,
        send: impl FnOnce(&sys::DataChannel) -> Result<(), JsValue>,
    ) -> Option<SendErrorKind> {
        let state = if self.0.is_writable() { DataChannelState::Open } else { self.state() };
        if state != DataChannelState::Open {
            return Some(SendErrorKind::NotOpen { state });
        }
        if length > SMALL
            && let Some(kind) = self.too_large(length)
        {
            return Some(kind);
        }
        let error = BrowserError::from(send(&self.0.raw).err()?);
        Some(match error.name() {
            "InvalidStateError" => SendErrorKind::NotOpen { state: self.state() },
            "OperationError" => SendErrorKind::BufferFull,
            _ => self.too_large(length).unwrap_or(SendErrorKind::Other(error)),
        })
    }

    fn too_large(&self, length: usize) -> Option<SendErrorKind> {
        let max = self.max_message_size()?;
        (length > max as usize).then_some(SendErrorKind::TooLarge { max })
    }
}

impl fmt::Debug for DataChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataChannel")
            .field("label", &self.label())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl PartialEq for DataChannel {
    /// Whether both are handles on the same channel.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Every browser takes this much, so that smaller messages need no look at what was negotiated, in bytes. Another
/// implementation that takes less is still a typed error, by what the browser throws.
const SMALL: usize = 8 * 1024;

/// What may wait in the send buffer of [`DataChannel::send`]: Chromium's own limit.
const MAX_BUFFERED: u64 = 16 * 1024 * 1024;
