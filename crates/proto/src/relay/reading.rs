//! Reads the fields of one relay message, within their bounds.

use super::limits::{MAX_INFO_BYTES, MAX_MESSAGE_BYTES};
use super::{Malformed, Token};
use crate::fields::Read;
use crate::id::{InvalidId, PeerId};

/// Reads fields of one message, and keeps what is wrong with one: `None` is then on its way to [`finish`](Self::finish).
///
/// A `Result` of every field, with the error in it, is twice the code in a WebAssembly module.
pub(super) struct Reading<'a> {
    pub(super) from: &'a mut dyn Read,
    /// The type of the message, for errors.
    message: &'static str,
    wrong: Option<Malformed>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(message: &'static str, from: &'a mut dyn Read) -> Self {
        Self { from, message, wrong: None }
    }

    /// What was read, or why it could not be.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Malformed> {
        match (read, self.wrong) {
            (Some(read), None) => Ok(read),
            (_, Some(wrong)) => Err(wrong),
            (None, None) => Err(Malformed::Missing { message: self.message, field: "type" }),
        }
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, field: &'static str) -> Option<String> {
        let text = self.from.text(field);
        if text.is_none() {
            self.missing(field);
        }
        text
    }

    /// An id that must be there.
    pub(super) fn id<T: TryFrom<String, Error = InvalidId>>(&mut self, field: &'static str) -> Option<T> {
        let read = T::try_from(self.text(field)?);
        read.map_err(|source| self.wrong = Some(Malformed::InvalidId { message: self.message, field, source })).ok()
    }

    pub(super) fn peer(&mut self) -> Option<PeerId> {
        self.id("peer")
    }

    /// What a peer says about itself, if anything.
    pub(super) fn info(&mut self) -> Option<String> {
        let info = self.from.text("info")?;
        self.bounded("info", info, MAX_INFO_BYTES)
    }

    pub(super) fn data(&mut self) -> Option<String> {
        let data = self.text("data")?;
        self.bounded("data", data, MAX_MESSAGE_BYTES)
    }

    /// A token, if there is one.
    pub(super) fn token(&mut self, field: &'static str) -> Option<Token> {
        let token = Token::new(self.from.text(field)?).ok();
        if token.is_none() {
            self.out_of_range(field);
        }
        token
    }

    /// What is wrong within the message, if anything.
    pub(super) fn wrong(&mut self, wrong: Option<Malformed>) {
        self.wrong = wrong.or_else(|| self.wrong.take());
    }

    pub(super) fn missing(&mut self, field: &'static str) {
        self.wrong = Some(Malformed::Missing { message: self.message, field });
    }

    pub(super) fn out_of_range(&mut self, field: &'static str) {
        self.wrong = Some(Malformed::OutOfRange { message: self.message, field });
    }

    fn bounded(&mut self, field: &'static str, text: String, max: usize) -> Option<String> {
        if text.len() > max {
            self.wrong = Some(Malformed::TooLong { message: self.message, field, max });
            return None;
        }
        Some(text)
    }
}
