//! What a session makes of the server's messages.

use core::time::Duration;

use super::Session;
use crate::relay::{CloseCode, ErrorCode, ErrorMessage, RemotePeer, ServerMessage, Welcome};
use crate::session::phase::Phase;
use crate::session::{Failure, Loss, Output, SessionEvent, Violation};
use crate::time::Instant;

/// A server's odd number does not keep those who have left for ever.
const LONGEST_WINDOW: Duration = Duration::from_secs(600);

impl Session {
    #[inline(never)]
    pub(super) fn greeted(&mut self, message: ServerMessage, now: Instant) -> Result<(), Violation> {
        match message {
            // Greeting --welcome--> Joined
            ServerMessage::Welcome(welcome) => self.welcomed(welcome, now),
            ServerMessage::Error(error) => {
                self.refused(error, now);
                Ok(())
            }
            ServerMessage::GoingAway { reconnect_after } => {
                self.goes_away(reconnect_after);
                Ok(())
            }
            ServerMessage::Pong { .. } | ServerMessage::Unknown { .. } => Ok(()),
            ServerMessage::PeerJoined { .. }
            | ServerMessage::PeerLeft { .. }
            | ServerMessage::PeerSuspended { .. }
            | ServerMessage::PeerResumed { .. }
            | ServerMessage::PeerInfo { .. }
            | ServerMessage::Signal { .. } => Err(Violation::BeforeWelcome),
        }
    }

    #[inline(never)]
    fn welcomed(&mut self, mut welcome: Welcome, now: Instant) -> Result<(), Violation> {
        let fresh = self.peer.as_ref() != Some(&welcome.peer);
        // A server's odd number neither floods it with pings nor leaves its death unnoticed.
        self.heartbeat = welcome.heartbeat.clamp(Duration::from_secs(1), Duration::from_secs(60));
        self.resume = Some(welcome.resume);
        self.ice_servers = welcome.ice_servers;
        self.max_message_bytes = welcome.max_message_bytes;
        self.peer = Some(welcome.peer.clone());
        if fresh {
            self.for_reload(Output::Claim);
        }
        self.for_reload(Output::Keep);
        self.backoff.handle_up(now);
        self.enter(Phase::Joined { ping_at: now + self.heartbeat, pong: None });
        welcome.peers.retain(|peer| peer.peer != welcome.peer);
        self.tell(SessionEvent::Joined { peer: welcome.peer, fresh });
        let outputs = &mut self.outputs;
        // As long as a server would keep their places.
        let give_up = now + welcome.resume_window.min(LONGEST_WINDOW);
        self.roster.reconcile(welcome.peers, give_up, &mut |event| outputs.push_back(Output::Event(event)))
    }

    /// Greeting --error--> Dialing without the token, Waiting, or Failed
    fn refused(&mut self, error: ErrorMessage, now: Instant) {
        if error.code == ErrorCode::BadResume && self.resume.take().is_some() {
            self.close_socket(CloseCode::Silent);
            self.dial(now);
        } else if error.retryable {
            self.floor = self.floor.max(error.retry_after.unwrap_or_default());
            self.abandon(Loss::Refused(error), now);
        } else {
            self.close_socket(CloseCode::Silent);
            self.fail(Failure::Refused(error));
        }
    }

    #[inline(never)]
    pub(super) fn heard(&mut self, message: ServerMessage) -> Result<(), Violation> {
        let outputs = &mut self.outputs;
        let mut tell = |event| outputs.push_back(Output::Event(event));
        let me = self.peer.as_ref();
        match message {
            ServerMessage::Welcome(_) => return Err(Violation::SecondWelcome),
            ServerMessage::PeerJoined { peer, info } if me != Some(&peer) => {
                return self.roster.put(RemotePeer { peer, info, suspended: false }, &mut tell);
            }
            ServerMessage::PeerResumed { peer, info } if me != Some(&peer) => {
                return self.roster.resume(RemotePeer { peer, info, suspended: false }, &mut tell);
            }
            ServerMessage::PeerJoined { .. } | ServerMessage::PeerResumed { .. } => {}
            ServerMessage::PeerLeft { peer, reason } => self.roster.leave(&peer, reason, &mut tell),
            ServerMessage::PeerSuspended { peer } => {
                return self.roster.change(&peer, |peer| peer.suspended = true, &mut tell);
            }
            ServerMessage::PeerInfo { peer, info } => {
                return self.roster.change(&peer, |peer| peer.info = info, &mut tell);
            }
            ServerMessage::Signal { from, data } => tell(SessionEvent::Signal { from, data }),
            ServerMessage::Error(error) => {
                self.floor = self.floor.max(error.retry_after.unwrap_or_default());
                tell(SessionEvent::ServerError(error));
            }
            ServerMessage::GoingAway { reconnect_after } => self.goes_away(reconnect_after),
            ServerMessage::Pong { resume: Some(resume) } => {
                self.resume = Some(resume);
                self.for_reload(Output::Keep);
            }
            ServerMessage::Pong { resume: None } => {}
            ServerMessage::Unknown { .. } => {}
        }
        Ok(())
    }

    fn goes_away(&mut self, reconnect_after: Duration) {
        self.floor = self.floor.max(reconnect_after);
        self.going_away = true;
        self.tell(SessionEvent::GoingAway { reconnect_after });
    }
}
