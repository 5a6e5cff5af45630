//! The loop of one socket: what is read goes to the switchboard, what is queued is written.

use std::error::Error;
use std::future::pending;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use rejoin_proto::relay::{ClientMessage, CloseCode, Malformed, Wire};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout, timeout_at};
use tungstenite::error::CapacityError;

use crate::bucket::Bucket;
use crate::hub::{ConnId, Departure, Fault, Standing};
use crate::outbox::{End, Inbox};
use crate::switchboard::Switchboard;

type Sink = SplitSink<WebSocket, Message>;
type Stream = SplitStream<WebSocket>;

/// How long a client may take to read what is queued for it once it is to be closed.
const DRAIN: Duration = Duration::from_secs(2);
/// How long a client may take to answer a close frame.
const CLOSE: Duration = Duration::from_secs(1);

/// Serves one socket until it is closed, by either side.
pub(crate) async fn serve(socket: WebSocket, switchboard: &Switchboard) {
    let (mut sink, mut stream) = socket.split();
    let Some((conn, inbox, end)) = switchboard.connect() else {
        return close(sink, stream, CloseCode::Restart).await;
    };
    // Reading goes on while a write waits for the client: two who both wait to write would wait for ever.
    let ended = tokio::select! {
        departure = read(&mut stream, conn, switchboard) => Err(departure),
        written = write(&mut sink, inbox, end, switchboard.config.heartbeat) => written,
    };
    match ended {
        Ok(code) => close(sink, stream, code).await,
        Err(departure) => {
            switchboard.handle_disconnected(conn, departure);
            // Lets the answer to the client's close frame out.
            let _ = timeout(CLOSE, sink.close()).await;
        }
    }
}

/// Reads until the client ends the socket; what else ends it, the switchboard hears of and the writer sees.
async fn read(stream: &mut Stream, conn: ConnId, switchboard: &Switchboard) -> Departure {
    let config = &switchboard.config;
    let hello_by = Instant::now() + config.hello_timeout;
    let mut bucket = Bucket::full(config.rate, config.burst, switchboard.clock.now());
    let mut standing = Standing::Greeting;
    loop {
        let deadline = match standing {
            Standing::Greeting => hello_by,
            Standing::Member => Instant::now() + config.silent_after,
            Standing::Gone => pending().await,
        };
        let fault = match timeout_at(deadline, stream.next()).await {
            Err(_) if standing == Standing::Greeting => Fault::HelloTimeout,
            Err(_) => Fault::Silent,
            Ok(None) => return Departure::Lost,
            Ok(Some(Err(error))) => match fault(&error, config.message_bytes) {
                Some(fault) => fault,
                None => return Departure::Lost,
            },
            Ok(Some(Ok(Message::Close(frame)))) => return departure(frame.as_ref()),
            Ok(Some(Ok(message))) => match check(message, config.message_bytes, &mut bucket, switchboard) {
                Ok(None) => continue,
                Ok(Some(text)) => {
                    standing = switchboard.handle_message(conn, parse(&text));
                    continue;
                }
                Err(fault) => fault,
            },
        };
        switchboard.handle_fault(conn, fault);
        standing = Standing::Gone;
    }
}

/// The text of a message that the limits allow; none in a ping or a pong.
fn check(
    message: Message,
    max: usize,
    bucket: &mut Bucket,
    switchboard: &Switchboard,
) -> Result<Option<Utf8Bytes>, Fault> {
    let text = match message {
        Message::Text(text) if text.len() > max => return Err(Fault::TooLarge { max }),
        Message::Text(text) => Some(text),
        Message::Binary(_) => return Err(Fault::NotText),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
    };
    let bytes = text.as_ref().map_or(0, |text| text.len());
    bucket.take(bytes, switchboard.clock.now()).map_err(|retry_after| Fault::TooFast { retry_after })?;
    Ok(text)
}

fn parse(text: &str) -> Result<ClientMessage, Malformed> {
    let wire: Wire = serde_json::from_str(text).map_err(|error| Malformed::Unreadable(error.to_string()))?;
    ClientMessage::try_from(wire)
}

/// Writes what is queued, and a ping now and then; the code to close with once all is written.
async fn write(sink: &mut Sink, mut inbox: Inbox, mut end: End, heartbeat: Duration) -> Result<CloseCode, Departure> {
    let mut late = end.clone();
    let writing = async {
        // The browser answers these even where it holds back the timers of a hidden page.
        let mut pings = interval_at(Instant::now() + heartbeat, heartbeat.max(Duration::from_millis(1)));
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let message = tokio::select! {
                frame = inbox.next() => match frame {
                    Some(frame) => Message::Text(frame),
                    None => return Ok(end.reached().await),
                },
                _ = pings.tick() => Message::Ping(Default::default()),
            };
            sink.send(message).await.map_err(|_| Departure::Lost)?;
        }
    };
    let too_late = async {
        let code = late.reached().await;
        sleep(DRAIN).await;
        code
    };
    tokio::select! {
        written = writing => written,
        // What was not read by now is given up; so is, most likely, the close frame.
        code = too_late => Ok(code),
    }
}

async fn close(mut sink: Sink, mut stream: Stream, code: CloseCode) {
    let frame = CloseFrame { code: code.as_u16(), reason: code.as_str().into() };
    let closing = async {
        if sink.send(Message::Close(Some(frame))).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = stream.next().await {
            if matches!(message, Message::Close(_)) {
                let _ = sink.close().await;
                return;
            }
        }
        // A socket with bytes nobody reads is reset when it is dropped, and the close frame lost with it:
        // leave the client the time to read it.
        pending().await
    };
    let _ = timeout(CLOSE, closing).await;
}

fn departure(frame: Option<&CloseFrame>) -> Departure {
    match frame.map(|frame| CloseCode::from_u16(frame.code)) {
        Some(CloseCode::Normal) => Departure::Left,
        Some(CloseCode::GoingAway) => Departure::Away,
        _ => Departure::Lost,
    }
}

/// What the client did, where the socket did not just end.
fn fault(error: &axum::Error, max: usize) -> Option<Fault> {
    match error.source()?.downcast_ref::<tungstenite::Error>()? {
        tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }) => Some(Fault::TooLarge { max }),
        tungstenite::Error::Utf8(_) => Some(Fault::NotText),
        _ => None,
    }
}
