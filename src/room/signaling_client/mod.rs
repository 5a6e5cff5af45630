//! A place in a room of a `rejoin-signaling` server, kept whatever happens to the connection.

mod driver;
mod error;
mod keeper;
mod options;

use core::fmt;
use std::rc::Rc;

use rejoin_proto::id::PeerId;
use rejoin_proto::relay::{IceServer, RemotePeer};
use rejoin_proto::session::{SessionEvent, SessionState};

use self::driver::Driver;
pub use self::error::SignalingError;
pub use self::options::{SignalingOptions, default_url};
use super::events::Events;

/// A member of a room: knows who is there, sends texts to them and gets theirs.
///
/// It comes back by itself when the connection is lost or the server restarts, under the same id, and
/// dials at once when the network is back or the page is seen again. What is sent arrives at most once.
/// Clones are handles on the same membership; dropping the last one leaves the room.
///
/// ```no_run
/// # use futures_util::StreamExt;
/// use rejoin::signaling::{SignalingClientEvent, SignalingOptions};
/// use rejoin::{RoomId, SignalingClient};
///
/// # async fn example() -> Result<(), Box<dyn core::error::Error>> {
/// let client = SignalingClient::connect(SignalingOptions::new("wss://example.org/ws", RoomId::new("lobby")?))?;
/// let mut events = client.events();
/// while let Some(event) = events.next().await {
///     match event {
///         SignalingClientEvent::PeerJoined(remote) => client.send(&remote.peer, "hello".into())?,
///         SignalingClientEvent::Signal { from, data } => println!("{from}: {data}"),
///         _ => {}
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SignalingClient {
    driver: Rc<Driver>,
}

impl SignalingClient {
    /// Starts to connect, and returns at once; see [`state`](Self::state) and [`joined`](Self::joined).
    ///
    /// # Errors
    /// [`SignalingError::Address`] and [`SignalingError::InvalidOption`]. A server that is away is none: it is waited for.
    pub fn connect(options: SignalingOptions) -> Result<Self, SignalingError> {
        Ok(Self { driver: Driver::start(options)? })
    }

    /// Where the membership stands.
    pub fn state(&self) -> SessionState {
        self.driver.session().state()
    }

    /// Waits until this client is in the room; at once where it is.
    ///
    /// # Errors
    /// What it failed of for good: [`SignalingError::Refused`], [`SignalingError::ClosedByServer`],
    /// [`SignalingError::GaveUp`], [`SignalingError::Closed`]. A server that is away is waited for, without end
    /// unless the backoff has one: show the user the [`state`](Self::state) meanwhile.
    ///
    /// # Cancellation
    /// Dropping the future stops only the waiting.
    pub async fn joined(&self) -> Result<(), SignalingError> {
        let mut events = self.events();
        loop {
            match self.state() {
                SessionState::Joined => return Ok(()),
                SessionState::Failed { reason } => return Err(reason.into()),
                SessionState::Closed => return Err(SignalingError::Closed),
                // Connecting, Waiting
                _ => {}
            }
            if !events.more().await {
                return Err(SignalingError::Closed);
            }
        }
    }

    /// The id the server gave this client, from the first join on; also while the connection is lost.
    pub fn peer_id(&self) -> Option<PeerId> {
        self.driver.session().peer_id().cloned()
    }

    /// The others in the room, by id, as far as the server has told; while the connection is lost, as it was then.
    pub fn peers(&self) -> Vec<RemotePeer> {
        self.driver.session().peers().to_vec()
    }

    /// The STUN and TURN servers that the server named at the newest join.
    pub fn ice_servers(&self) -> Option<Vec<IceServer>> {
        self.driver.session().ice_servers().map(<[IceServer]>::to_vec)
    }

    /// How many frames of the server were ignored, for they were no messages or not in order. Not 0: a broken server.
    pub fn violations(&self) -> u32 {
        self.driver.session().violations()
    }

    /// Sends `data` to a peer of the room, at most once; where it is not there the server says so by an event.
    ///
    /// # Errors
    /// [`SignalingError::NotJoined`], [`SignalingError::TooLarge`], [`SignalingError::Busy`], [`SignalingError::Closed`].
    pub fn send(&self, to: &PeerId, data: String) -> Result<(), SignalingError> {
        self.driver.send(to.clone(), data)
    }

    /// Changes what the other peers are told about this one, now or at the next join.
    ///
    /// # Errors
    /// [`SignalingError::InvalidOption`] for more than 4096 bytes; nothing is changed then.
    pub fn set_info(&self, info: Option<String>) -> Result<(), SignalingError> {
        options::check_info(info.as_ref())?;
        self.driver.with(|session, _| session.set_info(info));
        Ok(())
    }

    /// What happens from now on; ends when the client is closed.
    pub fn events(&self) -> Events<SessionEvent> {
        self.driver.subscribe()
    }

    /// Tries now instead of later, also after a failure. In the room, or closed, it does nothing.
    pub fn reconnect(&self) {
        self.driver.with(|session, now| session.reconnect(now));
    }

    /// Leaves the room for good; again it does nothing.
    pub fn close(&self) {
        self.driver.with(|session, _| session.close());
    }
}

impl fmt::Debug for SignalingClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalingClient").field("state", &self.state()).finish_non_exhaustive()
    }
}
