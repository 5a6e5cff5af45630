//! Peers by the name of a room: who is there, a connection to each, local media and channels to all.

mod channel;
mod links;
mod options;

use std::rc::Rc;

use rejoin_proto::channel::ChannelOptions;
use rejoin_proto::display_words;
use rejoin_proto::id::PeerId;
use rejoin_proto::link::{CloseReason, Link};
use rejoin_proto::relay::{ErrorMessage, LeaveReason};
use rejoin_proto::session::SessionState;
use rejoin_proto::text::Words;

pub use self::channel::{RoomChannel, RoomChannelEvent};
use self::links::{Inner, member};
use self::options::RoomInfo;
pub use self::options::{ConnectMode, RoomOptions};
use super::channel::ChannelError;
use super::channels::check;
use super::events::Events;
use super::peer::Peer;
use super::signaling_client::{SignalingClient, SignalingError};
use crate::browser::peer_connection::{Certificate, Configuration, InvalidConfiguration};
use crate::media::LocalStream;

/// A room of a signaling server, and a [`Peer`] for each member this side is connected with.
///
/// Cloning gives another handle on the same room; dropping the last leaves it, and so does the page that is closed or
/// left: the others are told at once.
#[derive(Clone)]
pub struct Room {
    inner: Rc<Inner>,
}

/// Somebody in the room, connected or not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// Who it is.
    pub id: PeerId,
    /// What it tells about itself.
    pub info: Option<String>,
    /// Its signaling connection is lost for the moment; it has the server's resume window to come back.
    pub suspended: bool,
}

/// What happens in a room.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RoomEvent {
    /// A connection to this peer begins, from either side: publish to it, open channels, listen.
    Peer(Peer),
    /// The connection to this peer is over.
    PeerClosed(Peer, CloseReason),
    /// Somebody came into the room.
    MemberJoined(Member),
    /// Somebody's info has changed, or whether it is suspended.
    MemberChanged(Member),
    /// Somebody left the room. A live connection to it goes on until it ends by itself; a peer that only lost its place, and
    /// may come back, is closed after [`RecoveryConfig::absence_timeout`](crate::RecoveryConfig::absence_timeout).
    MemberLeft(PeerId, LeaveReason),
    /// The state of the signaling connection has changed.
    Signaling(SessionState),
    /// The server refused something, in its words.
    Server(ErrorMessage),
}

/// Why a member cannot be connected with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nobody of this id is in the room.
    UnknownMember,
    /// The room has not been joined, or has been left.
    NotJoined,
}

impl Words for ConnectError {
    fn words(&self, text: &mut String) {
        text.push_str(match self {
            Self::UnknownMember => "nobody of this id is in the room",
            Self::NotJoined => "the room is not joined",
        });
    }
}

display_words!(ConnectError);

impl Room {
    /// Joins a room: done when the server has let this side in.
    ///
    /// # Errors
    /// [`SignalingError`] where the server refuses for good (the room is full, a bad token) or the page may not
    /// connect at all. A server that is away is waited for, as long as the options' backoff allows.
    ///
    /// # Cancellation
    /// Dropping the future leaves the room again.
    pub async fn join(mut options: RoomOptions) -> Result<Self, SignalingError> {
        // One for all connections of this membership, however often they are made anew.
        if options.configuration.certificates.is_empty() {
            options.configuration.identify(Certificate::generate().await.ok());
        }
        let app = options.signaling.info.clone();
        let mut signaling = options.signaling.clone();
        signaling.info = RoomInfo::new(app.clone(), &options.media).text();
        let client = SignalingClient::connect(signaling)?;
        let room = Self { inner: Inner::start(client, options, app) };
        room.inner.client.joined().await?;
        Ok(room)
    }

    /// The id of this side in the room.
    pub fn peer_id(&self) -> Option<PeerId> {
        self.inner.client.peer_id()
    }

    /// Everybody else in the room.
    pub fn members(&self) -> Vec<Member> {
        self.inner.client.peers().iter().map(member).collect()
    }

    /// Those this side is connected with, or is connecting to.
    pub fn peers(&self) -> Vec<Peer> {
        self.inner.peers()
    }

    /// The state of the connection to the signaling server.
    pub fn signaling_state(&self) -> SessionState {
        self.inner.client.state()
    }

    /// What happens from now on; the first caller also gets what happened since the room was joined, such as the
    /// peers that were connected with at once.
    pub fn events(&self) -> Events<RoomEvent> {
        self.inner.first.take().unwrap_or_else(|| self.inner.events.subscribe())
    }

    /// Connects with a member, or gives the connection there is.
    ///
    /// # Errors
    /// [`ConnectError`] where it is not in the room, or this side is not.
    pub fn connect(&self, member: &PeerId) -> Result<Peer, ConnectError> {
        if let Some(peer) = self.inner.peer(member) {
            return Ok(peer);
        }
        if self.signaling_state() == SessionState::Closed {
            return Err(ConnectError::NotJoined);
        }
        if self.inner.remote(member).is_none() {
            return Err(ConnectError::UnknownMember);
        }
        let peer = self.inner.create(member).ok_or(ConnectError::NotJoined)?;
        peer.driver().with_link(Link::connect);
        Ok(peer)
    }

    /// Sends `stream` to every peer, also to those that come later.
    pub fn publish(&self, stream: &LocalStream) {
        self.inner.media.borrow_mut().push(stream.clone());
        self.inner.announce();
        self.peers().iter().for_each(|peer| peer.publish(stream));
    }

    /// No longer sends `stream` to anybody.
    pub fn unpublish(&self, stream: &LocalStream) {
        self.inner.media.borrow_mut().retain(|published| published.id() != stream.id());
        self.inner.announce();
        self.peers().iter().for_each(|peer| peer.unpublish(stream));
    }

    /// One channel of this label to every peer, also to those that come later.
    ///
    /// # Errors
    /// [`ChannelError::CannotOpen`] where the label or the options do not do; [`ChannelError::Mismatch`] where the room has
    /// a channel of this label of another kind.
    pub fn channel(&self, label: &str, options: ChannelOptions) -> Result<RoomChannel, ChannelError> {
        check(label, &options)?;
        // Before the borrow: peers that are closed are taken out of the channels.
        let peers = self.peers();
        let mut channels = self.inner.channels.borrow_mut();
        channels.retain(|channel| !channel.is_closed());
        if let Some(channel) = channels.iter().find(|channel| channel.label() == label) {
            return if channel.options().can_be(&options) { Ok(channel.clone()) } else { Err(ChannelError::Mismatch) };
        }
        let channel = RoomChannel::new(label.to_owned(), options);
        for peer in peers {
            match channel.add(&peer) {
                // Of another kind with this peer, which may be its doing: as with those that come later.
                Ok(()) | Err(ChannelError::Mismatch | ChannelError::Closed) => {}
                Err(error) => {
                    channel.close();
                    return Err(error);
                }
            }
        }
        channels.push(channel.clone());
        Ok(channel)
    }

    /// Tells everybody something about this side.
    ///
    /// # Errors
    /// [`SignalingError::InvalidOption`] where it has more than about 4,000 bytes; nothing is changed then.
    pub fn set_info(&self, info: Option<String>) -> Result<(), SignalingError> {
        self.inner.client.set_info(RoomInfo::new(info.clone(), &self.inner.media.borrow()).text())?;
        *self.inner.app.borrow_mut() = info;
        Ok(())
    }

    /// Takes these servers and policies for every peer, those there are too: from the next connection, or restart of ICE, on.
    /// For credentials of TURN that expire; those of the signaling server come anew with each join by themselves.
    ///
    /// # Errors
    /// [`InvalidConfiguration`], with the server in question; nothing is changed then.
    pub fn set_configuration(&self, configuration: Configuration) -> Result<(), InvalidConfiguration> {
        configuration.validate()?;
        self.inner.set_configuration(configuration);
        Ok(())
    }

    /// Connects to the signaling server now instead of later, also after it has given up. Joined, or left, it does nothing.
    pub fn reconnect(&self) {
        self.inner.client.reconnect();
    }

    /// Hangs up on everybody and leaves the room. Twice is fine.
    pub fn leave(&self) {
        self.inner.leave();
    }
}

/// Handles are equal where they are on the same room.
impl PartialEq for Room {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl core::fmt::Debug for Room {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Room").field("signaling", &self.signaling_state()).finish_non_exhaustive()
    }
}
