//! What the hub is told of connections and what it wants done with them.

use std::fmt;

use rejoin_proto::relay::{CloseCode, ServerMessage};

/// One socket of one client; a number is never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// What to do with a connection.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Queue this message for it.
    Send(ServerMessage),
    /// Write what is queued for it, then close it with this code.
    Close(CloseCode),
}

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its hello is awaited.
    Greeting,
    /// It is in a room.
    Member,
    /// The hub has closed it, or never heard of it.
    Gone,
}

/// How a socket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// The client closed it with 1000: it is done.
    Left,
    /// The client closed it with 1001, as a browser does for a page that goes: it may be loaded anew.
    Away,
    /// Any other way: it may come back.
    Lost,
}

/// Collects commands.
#[derive(Debug, Default)]
pub(super) struct Out(pub(super) Vec<(ConnId, Command)>);

impl Out {
    pub(super) fn send(&mut self, conn: ConnId, message: ServerMessage) {
        self.0.push((conn, Command::Send(message)));
    }

    pub(super) fn close(&mut self, conn: ConnId, code: CloseCode) {
        self.0.push((conn, Command::Close(code)));
    }
}
