//! What a session tells: its state, who is there, what they say.

use core::fmt;
use core::time::Duration;

use crate::display_words;
use crate::id::PeerId;
use crate::relay::{CloseCode, ErrorMessage, LeaveReason, Malformed, RemotePeer};
use crate::text::Words;

/// Where a session stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionState {
    /// A socket is being opened, or the server's welcome is awaited.
    Connecting {
        /// Counted from 1; it starts over once a connection has proved stable.
        attempt: u32,
    },
    /// In the room.
    Joined,
    /// Waiting for the next attempt, which comes by itself.
    Waiting {
        /// The number of the attempt that will come.
        attempt: u32,
        /// The whole of the wait.
        delay: Duration,
        /// Why there is no connection.
        reason: Loss,
    },
    /// Given up; only the user's word starts it again.
    Failed {
        /// Why.
        reason: Failure,
    },
    /// Left the room, as was asked for.
    Closed,
}

/// Why a connection to the server was lost, or did not come about; the session tries again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// The server could not be reached: it is away, there is no network, or the address is wrong.
    Unreachable,
    /// The socket opened, but the server did not answer the hello in time.
    NoWelcome,
    /// The server did not answer a ping in time.
    NoPong,
    /// The socket was closed by the server, or lost.
    Closed(CloseCode),
    /// The server had said that it goes away for a while.
    GoingAway,
    /// The page was put into the back/forward cache; it is in the room again when the user comes back to it.
    PageHidden,
    /// The server refused for now.
    Refused(ErrorMessage),
}

impl Words for Loss {
    fn words(&self, text: &mut String) {
        text.push_str(match self {
            Self::Unreachable => "the server cannot be reached",
            Self::NoWelcome => "the server did not answer the hello",
            Self::NoPong => "the server stopped answering",
            Self::Closed(code) => return code.words(text),
            Self::GoingAway => "the server is being restarted",
            Self::PageHidden => "the page was put away",
            Self::Refused(error) => return error.words(text),
        });
    }
}

display_words!(Loss);

/// Why a session does not try again by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The attempts are used up.
    GaveUp(Loss),
    /// The server refused, and would refuse again.
    Refused(ErrorMessage),
    /// The server closed the socket with a code that is final.
    Closed(CloseCode),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GaveUp(loss) => loss.fmt(f),
            Self::Refused(error) => error.fmt(f),
            Self::Closed(code) => code.fmt(f),
        }
    }
}

/// What happened in a session.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// The session is in another state.
    StateChanged(SessionState),
    /// In the room, for the first time or again.
    Joined {
        /// The id of this peer.
        peer: PeerId,
        /// Whether this id is a new one: at the first join, but of a page that was loaded anew and is who it was; and where
        /// the server did not take the old one back.
        fresh: bool,
    },
    /// A peer is in the room that was not there before. Told of each peer of the room after the first join too.
    PeerJoined(RemotePeer),
    /// A peer is not in the room any more. But for [`LeaveReason::Kicked`] this ends no connection to it that works.
    PeerLeft {
        /// Who.
        peer: PeerId,
        /// How that came, as the server says.
        reason: LeaveReason,
    },
    /// The server lost the socket of a peer and keeps its place for a while; or the peer was not there when this session
    /// came back, which after a restart of the server can mean that it is not back *yet*. Where it does not come within
    /// the server's resume window, [`PeerLeft`](Self::PeerLeft) follows.
    PeerSuspended(RemotePeer),
    /// A peer has a socket again, or a new one.
    PeerResumed(RemotePeer),
    /// What a peer says about itself changed.
    PeerInfo(RemotePeer),
    /// A text from another peer.
    Signal {
        /// Who sent it, as the server vouches.
        from: PeerId,
        /// The text.
        data: String,
    },
    /// The server did not do something it was asked for.
    ServerError(ErrorMessage),
    /// The server will soon close the socket; the session comes back by itself.
    GoingAway {
        /// How long after the close.
        reconnect_after: Duration,
    },
}

/// What the browser said about the network and the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NetworkChange {
    /// There is a network again, or another one.
    Online,
    /// There is no network.
    Offline,
    /// The page can be seen again.
    Visible,
    /// The page goes into the back/forward cache. (For one that goes for good there is [`handle_page_gone`](super::Session::handle_page_gone).)
    PageHide,
    /// The page came back from the back/forward cache, where its socket has died.
    PageShow,
}

impl NetworkChange {
    /// The name of the browser's event; `visible` for that of `visibilitychange`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Visible => "visible",
            Self::PageHide => "pagehide",
            Self::PageShow => "pageshow",
        }
    }
}

/// A frame of the server that does not belong where it came; it was ignored and counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The frame is no message of the protocol.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The frame is binary; the protocol has none.
    #[error("a binary frame")]
    Binary,
    /// The frame is larger than any message may be.
    #[error("a frame of {0} bytes")]
    TooLarge(usize),
    /// The message came before the welcome.
    #[error("a message before the welcome")]
    BeforeWelcome,
    /// A second welcome on one socket.
    #[error("a second welcome")]
    SecondWelcome,
    /// More peers than are kept; those past the bound are not told of.
    #[error("more peers than are kept")]
    RosterFull,
}
