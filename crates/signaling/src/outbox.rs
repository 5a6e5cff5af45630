//! What waits for a client to read it: bounded, so that a slow client costs itself only.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::ws::Utf8Bytes;
use rejoin_proto::relay::CloseCode;
use tokio::sync::{mpsc, watch};

/// The queue's end at the switchboard.
#[derive(Debug)]
pub(crate) struct Outbox {
    frames: mpsc::Sender<Utf8Bytes>,
    waiting: Arc<AtomicUsize>,
    max_bytes: usize,
    end: watch::Sender<Option<CloseCode>>,
}

/// The queue's end at the socket.
#[derive(Debug)]
pub(crate) struct Inbox {
    frames: mpsc::Receiver<Utf8Bytes>,
    waiting: Arc<AtomicUsize>,
}

/// Says when the switchboard is done with the socket, before the queue has been written out.
#[derive(Debug, Clone)]
pub(crate) struct End(watch::Receiver<Option<CloseCode>>);

/// The queue holds as much as it may.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// A queue of at most so many messages and bytes.
pub(crate) fn outbox(max_messages: usize, max_bytes: usize) -> (Outbox, Inbox, End) {
    // A channel of no places is no channel.
    let (sender, frames) = mpsc::channel(max_messages.max(1));
    let (end, ended) = watch::channel(None);
    let waiting = Arc::new(AtomicUsize::new(0));
    let inbox = Inbox { frames, waiting: Arc::clone(&waiting) };
    (Outbox { frames: sender, waiting, max_bytes, end }, inbox, End(ended))
}

impl Outbox {
    /// Queues a frame; never waits. A frame larger than the whole queue is taken by an empty one.
    pub(crate) fn push(&self, frame: Utf8Bytes) -> Result<(), Full> {
        let bytes = frame.len();
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        if before > 0 && before.saturating_add(bytes) > self.max_bytes {
            return Err(Full);
        }
        match self.frames.try_send(frame) {
            // A socket that is gone takes everything: its end is reported by its own loop.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Full),
        }
    }

    /// Nothing more will come: write what is queued, then close with `code`.
    pub(crate) fn close(self, code: CloseCode) {
        self.end.send_replace(Some(code));
    }
}

impl Inbox {
    /// The next frame to write; `None` after the last.
    pub(crate) async fn next(&mut self) -> Option<Utf8Bytes> {
        let frame = self.frames.recv().await?;
        self.waiting.fetch_sub(frame.len(), Ordering::Relaxed);
        Some(frame)
    }
}

impl End {
    /// Waits until the switchboard is done with the socket.
    pub(crate) async fn reached(&mut self) -> CloseCode {
        let code = self.0.wait_for(Option::is_some).await.ok().and_then(|code| *code);
        code.unwrap_or(CloseCode::GoingAway)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_come_out_in_order_and_then_the_end() {
        let (outbox, mut inbox, mut end) = outbox(4, 100);
        outbox.push("a".into()).unwrap();
        outbox.push("b".into()).unwrap();
        outbox.close(CloseCode::Replaced);
        assert_eq!(end.reached().await, CloseCode::Replaced);
        assert_eq!(inbox.next().await.unwrap(), "a");
        assert_eq!(inbox.next().await.unwrap(), "b");
        assert_eq!(inbox.next().await, None);
    }

    #[tokio::test]
    async fn a_queue_is_full_by_messages_or_by_bytes_and_has_room_again_once_read() {
        let (few, _inbox, _end) = outbox(1, 100);
        few.push("a".into()).unwrap();
        assert_eq!(few.push("b".into()), Err(Full));

        let (small, mut inbox, _end) = outbox(10, 4);
        small.push("abc".into()).unwrap();
        inbox.next().await.unwrap();
        small.push("defg".into()).unwrap();
        assert_eq!(small.push("h".into()), Err(Full));
    }

    #[test]
    fn a_frame_larger_than_the_queue_is_taken_by_an_empty_one() {
        let (small, _inbox, _end) = outbox(10, 4);
        assert_eq!(small.push("a long frame".into()), Ok(()));
    }
}
