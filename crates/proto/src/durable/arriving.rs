//! What a durable channel does with the frames that come.

use super::counters::count;
use super::frame::{self, Ack, Frame, Resume};
use super::{Direction, Due, Durable, MAX_BYTES, MAX_MESSAGES, Phase, StreamId};

impl Durable {
    /// A frame came over a leg of the other side, for the stream of that leg's protocol.
    pub fn handle_frame(&mut self, stream: StreamId, bytes: Vec<u8>) {
        if self.other != Some(stream) || self.phase == Phase::Closed {
            return count(&mut self.counters.stale);
        }
        match frame::read(bytes) {
            None | Some(Frame::Gone { .. }) => count(&mut self.counters.malformed),
            Some(Frame::Resume(resume)) => self.handle_resume(&resume),
            Some(frame) => self.place(frame),
        }
    }

    fn place(&mut self, frame: Frame) {
        let known = match frame {
            Frame::Data { .. } => self.receiver.has_begun(),
            Frame::Fin { .. } => self.named,
            Frame::Ack(_) | Frame::Resume(_) | Frame::Gone { .. } => true,
        };
        if known { self.handle_placed(frame) } else { self.keep_early(frame) }
    }

    /// Where the leg keeps no order, a frame may come before the word that tells what it is about.
    fn keep_early(&mut self, frame: Frame) {
        let bytes = match &frame {
            Frame::Data { message: Some(message), .. } => message.len(),
            _ => 0,
        };
        self.early_bytes = self.early_bytes.saturating_add(bytes);
        if self.early_bytes > MAX_BYTES.max(bytes) || self.early.len() > MAX_MESSAGES {
            return count(&mut self.counters.overrun);
        }
        self.early.push_back(frame);
    }

    fn handle_resume(&mut self, resume: &Resume) {
        if resume.ask {
            self.resume = Due::Yes;
        }
        if resume.to == self.stream {
            self.named = true;
            self.sender.handle_resume(resume, &mut self.counters);
        } else if resume.to.0 != 0 && !core::mem::replace(&mut self.former_told, true) {
            self.lose(Direction::Sent, Some((resume.received.saturating_add(1), None)));
        }
        let lost = self.receiver.handle_base(resume.base);
        self.lose(Direction::Received, lost.map(|(from, to)| (from, Some(to))));
        self.early_bytes = 0;
        for frame in core::mem::take(&mut self.early) {
            self.place(frame);
        }
    }

    fn handle_placed(&mut self, frame: Frame) {
        match frame {
            Frame::Data { number, ack, message } => {
                if let Some(ack) = ack {
                    self.handle_ack(ack);
                }
                let lost = self.receiver.handle_data(number, message, &mut self.counters);
                self.lose(Direction::Received, lost.map(|number| (number, Some(number))));
                self.settle();
            }
            Frame::Ack(ack) => self.handle_ack(ack),
            Frame::Fin { last, got } => {
                // open --fin--> closing
                if self.phase == Phase::Open {
                    self.phase = Phase::Closing;
                }
                self.other_last = Some(last);
                // It can have no more than was sent.
                self.other_got = got && self.sender.is_through();
                self.settle();
            }
            Frame::Resume(_) | Frame::Gone { .. } => {}
        }
    }

    fn handle_ack(&mut self, ack: Ack) {
        if ack.to == self.stream.low() {
            self.sender.handle_ack(ack.number, &mut self.counters);
        } else {
            count(&mut self.counters.stale);
        }
    }
}
