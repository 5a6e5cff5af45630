//! What goes into a link and what comes out of it.

use core::time::Duration;

use crate::ice::IceCandidate;
use crate::id::Epoch;
use crate::names::named;
use crate::relay::LeaveReason;
use crate::state::ConnectionState;

use super::config::Role;
use super::message::{LinkMessage, Need, SdpType, SessionDescription, Sources};

/// What the shell is to do; see [`super::Link`] for the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Hand this to the carrier; it may get lost.
    Send(LinkMessage),
    /// Make the RTCPeerConnection of this epoch, with the tracks and channels of this side.
    Open {
        /// The epoch it is.
        epoch: Epoch,
        /// Whether this side offers.
        role: Role,
    },
    /// Call `setLocalDescription()`; answer with [`BrowserEvent::LocalDescription`].
    SetLocalDescription {
        /// In this epoch.
        epoch: Epoch,
        /// Offer or answer.
        kind: SdpType,
        /// Before an offer: add recvonly transceivers until it has so many m-lines of each kind to receive on.
        need: Need,
        /// Before an offer: restart ICE, with these candidates.
        ice_restart: IceRestart,
    },
    /// Call `setRemoteDescription()`; answer with [`BrowserEvent::RemoteDescriptionSet`].
    SetRemoteDescription {
        /// In this epoch.
        epoch: Epoch,
        /// What the other side sent.
        description: SessionDescription,
    },
    /// Call `addIceCandidate()`.
    AddCandidate {
        /// In this epoch.
        epoch: Epoch,
        /// What the other side found; `None` is the end of them.
        candidate: Option<IceCandidate>,
    },
    /// Call `setLocalDescription({type: "rollback"})`.
    Rollback {
        /// In this epoch.
        epoch: Epoch,
    },
    /// Send this on the internal channel of this epoch, where that is open; it may get lost.
    Beat {
        /// The epoch it is about.
        epoch: Epoch,
        /// What is sent.
        beat: Beat,
    },
    /// Count the bytes that this connection has received; answer with [`BrowserEvent::BytesReceived`].
    CountBytes {
        /// In this epoch.
        epoch: Epoch,
    },
    /// Close the RTCPeerConnection of this epoch; nothing more comes for it.
    Close {
        /// The epoch to close.
        epoch: Epoch,
    },
    /// Tell the application.
    Event(LinkEvent),
}

/// Whether an offer restarts ICE, and with which candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IceRestart {
    /// It does not.
    #[default]
    No,
    /// With all that the configuration allows.
    All,
    /// With relayed candidates only: `iceTransportPolicy` is `relay` until the next restart.
    Relay,
}

/// What says on the internal channel that a side is there: one binary message of one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Are you there?
    Ping,
    /// I am, in answer to a ping.
    Pong,
}

impl Beat {
    /// The beat of this message; `None` where it is something else, of a later version perhaps.
    pub const fn read(message: &[u8]) -> Option<Self> {
        match message {
            [0] => Some(Self::Ping),
            [1] => Some(Self::Pong),
            _ => None,
        }
    }

    /// The message.
    pub const fn bytes(self) -> [u8; 1] {
        match self {
            Self::Ping => [0],
            Self::Pong => [1],
        }
    }
}

/// What the application is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkEvent {
    /// The link is in another state now.
    StateChanged(LinkState),
    /// What the other side sends, or what of it is muted, has changed.
    RemoteSources(Sources),
    /// The other side was loaded anew; what it had told before is void.
    RemoteReplaced,
    /// The connection of this epoch cannot be used; what follows is told by the state.
    Trouble {
        /// The epoch that has it.
        epoch: Epoch,
        /// What it is.
        reason: Trouble,
        /// The browser's own words, where it was the browser that said so.
        detail: Option<String>,
    },
    /// The link has ended. Always the last event.
    Closed(CloseReason),
}

/// What the RTCPeerConnection of an epoch did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BrowserEvent {
    /// `setLocalDescription()` has set this.
    LocalDescription(SessionDescription),
    /// `setRemoteDescription()` is done.
    RemoteDescriptionSet,
    /// An action was refused.
    ActionFailed {
        /// Which.
        action: Action,
        /// The browser's words.
        error: String,
    },
    /// `icecandidate`; `None` is the end of them.
    Candidate(Option<IceCandidate>),
    /// `negotiationneeded`.
    NegotiationNeeded,
    /// `connectionstatechange`.
    ConnectionState(ConnectionState),
    /// The channel of label "rejoin" and id 0 did this.
    InternalChannel(InternalChannel),
    /// This came by that channel.
    Beat(Beat),
    /// So many bytes came by the connection so far; `None` where the browser does not say.
    BytesReceived(Option<u64>),
}

/// The actions that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// [`Output::Open`].
    Open,
    /// [`Output::SetLocalDescription`].
    SetLocalDescription,
    /// [`Output::SetRemoteDescription`].
    SetRemoteDescription,
    /// [`Output::AddCandidate`]; it is counted and otherwise ignored.
    AddCandidate,
    /// [`Output::Rollback`].
    Rollback,
}

/// What the internal channel did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InternalChannel {
    /// It is open.
    Open,
    /// It was closed, by whomever.
    Closed,
}

/// Whether messages can be handed over now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// They can.
    Up,
    /// They would be lost.
    Down,
}

/// What the carrier knows about the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is there.
    Present,
    /// It has lost its own carrier and may come back.
    Suspended,
    /// It has not come back within the time for which its place is kept: it is no more, or cut off for long.
    Expired,
    /// It has left.
    Gone,
}

impl From<LeaveReason> for Presence {
    fn from(reason: LeaveReason) -> Self {
        match reason {
            LeaveReason::Expired => Self::Expired,
            LeaveReason::Left | LeaveReason::Removed | LeaveReason::Kicked | LeaveReason::Unknown => Self::Gone,
        }
    }
}

/// The state of a link, to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkState {
    /// Nobody has asked for it yet.
    New,
    /// The first connection is being set up.
    Connecting {
        /// Which try this is, from 1.
        attempt: u32,
    },
    /// Media and data flow.
    Connected,
    /// It was connected, and contact is lost.
    Reconnecting {
        /// What is done about it.
        step: Step,
        /// Which try this is, from 1; 0 while the old connection may still come back by itself.
        attempt: u32,
        /// Why.
        reason: Trouble,
        /// How long it waits before the next try, from the moment of this state; `None` while a try is under way.
        next: Option<Duration>,
    },
    /// All tries are used up. `reconnect()` starts anew.
    Failed {
        /// What the last try failed of.
        reason: Trouble,
    },
    /// The link has ended for good.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

impl LinkState {
    /// Its name: `new`, `connecting`, `connected`, `reconnecting`, `failed`, `closed`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Connecting { .. } => "connecting",
            Self::Connected => "connected",
            Self::Reconnecting { .. } => "reconnecting",
            Self::Failed { .. } => "failed",
            Self::Closed { .. } => "closed",
        }
    }
}

/// How a lost connection is brought back: the steps of the ladder, from the mildest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// It may come back by itself.
    Grace,
    /// ICE is restarted on the connection there is.
    Restart,
    /// ICE is restarted with relayed candidates only.
    Relay,
    /// A new connection takes the place of the old one.
    Rebuild,
}

impl Step {
    /// Its name: `grace`, `restart`, `relay`, `rebuild`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grace => "grace",
            Self::Restart => "restart",
            Self::Relay => "relay",
            Self::Rebuild => "rebuild",
        }
    }
}

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// A reason this version of rejoin does not know.
            Unknown,
        }

        impl $name {
            /// The reason of this name on the wire.
            pub fn from_name(name: &str) -> Self {
                named(&[$(($text, Self::$variant),)*], name, Self::Unknown)
            }

            /// Its name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown => "unknown",
                }
            }
        }
    };
}

reasons!(
    /// Why a connection is of no use.
    Trouble {
        /// It was not connected by its deadline.
        ConnectTimeout = "connectTimeout",
        /// A round of negotiation on a live connection did not end by its deadline.
        NegotiationTimeout = "negotiationTimeout",
        /// `connectionState` said `failed`.
        ConnectionFailed = "connectionFailed",
        /// `connectionState` said `disconnected` for too long.
        Disconnected = "disconnected",
        /// Nothing was heard of the other side: no answer, no bytes.
        Silent = "silent",
        /// The internal channel was closed.
        ChannelClosed = "channelClosed",
        /// The browser refused an action.
        ActionFailed = "actionFailed",
        /// More was to be said than is kept.
        Overflow = "overflow",
        /// The other side was further than this connection.
        OldEpoch = "oldEpoch",
        /// The other side said something that has no place here.
        Unexpected = "unexpected",
        /// A person asked for a new connection.
        Requested = "requested",
        /// The other side was loaded anew.
        Replaced = "replaced",
        /// The other side made a new connection.
        RemoteAsked = "remoteAsked",
    }
);

reasons!(
    /// Why a link has ended.
    CloseReason {
        /// This side closed it.
        HungUp = "hungUp",
        /// The other side closed it.
        RemoteHungUp = "remoteHungUp",
        /// The other side has left.
        PeerGone = "peerGone",
        /// The application has shown one of the two the door.
        Kicked = "kicked",
        /// The link was not wanted, because the call is full for instance.
        Declined = "declined",
        /// The two sides do not agree on the protocol, for instance on who offers.
        Protocol = "protocol",
    }
);
