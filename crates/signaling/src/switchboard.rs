//! Joins the hub to the sockets: one lock, one queue a socket, one timer.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use rejoin_proto::relay::{ClientMessage, Malformed, ServerMessage, Wire};
use rejoin_proto::time::Instant;
use tokio::sync::watch;
use tracing::{debug, error, info};

use crate::Config;
use crate::clock::Clock;
use crate::hub::{Command, ConnId, Departure, Fault, Hub, Kick, RoomView, Standing};
use crate::outbox::{End, Inbox, Outbox, outbox};
use crate::revoked_file;

/// The rooms, and the way to everybody in them.
///
/// The lock is held for one input at a time and never over a wait: what is to be sent goes into queues that
/// take it or are full at once.
#[derive(Debug)]
pub(crate) struct Switchboard {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Clock,
    state: Mutex<State>,
    deadline: watch::Sender<Option<Instant>>,
}

#[derive(Debug)]
struct State {
    hub: Hub,
    outboxes: HashMap<ConnId, Outbox>,
    connected: u64,
    is_open: bool,
}

impl Switchboard {
    /// Nobody is there yet. An error where the file of what is revoked can be neither read nor made.
    pub(crate) fn new(config: Arc<Config>, seed: u64) -> io::Result<Self> {
        let clock = Clock::start();
        let mut hub = Hub::new(Arc::clone(&config), seed);
        if let Some(file) = &config.revoked_file {
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
            revoked_file::load(file, clock.now()).map_err(named)?.into_iter().for_each(|it| hub.handle_revoked(it));
        }
        let state = State { hub, outboxes: HashMap::new(), connected: 0, is_open: true };
        Ok(Self { config, clock, state: Mutex::new(state), deadline: watch::Sender::new(None) })
    }

    /// Takes a new socket in; `None` where the server is stopping.
    pub(crate) fn connect(&self) -> Option<(ConnId, Inbox, End)> {
        let mut state = self.lock();
        if !state.is_open {
            return None;
        }
        state.connected += 1;
        let conn = ConnId(state.connected);
        let (outbox, inbox, end) = outbox(self.config.queue_messages, self.config.queue_bytes);
        state.outboxes.insert(conn, outbox);
        state.hub.handle_connected(conn);
        Some((conn, inbox, end))
    }

    /// A socket received a text; says where it stands now.
    pub(crate) fn handle_message(&self, conn: ConnId, message: Result<ClientMessage, Malformed>) -> Standing {
        let now = self.clock.now();
        self.input(|hub| match message {
            Ok(message) => hub.handle_message(conn, message, now),
            Err(why) => {
                debug!(%conn, %why, "malformed message");
                hub.handle_malformed(conn, &why, now)
            }
        });
        self.lock().hub.standing(conn)
    }

    /// A socket did what closes it.
    pub(crate) fn handle_fault(&self, conn: ConnId, fault: Fault) {
        let now = self.clock.now();
        self.input(|hub| hub.handle_fault(conn, fault, now));
    }

    /// A socket ended.
    pub(crate) fn handle_disconnected(&self, conn: ConnId, departure: Departure) {
        let now = self.clock.now();
        self.input(|hub| {
            if let Some(peer) = hub.peer(conn) {
                info!(%conn, %peer, ?departure, "socket ended");
            }
            hub.handle_disconnected(conn, departure, now)
        });
        self.lock().outboxes.remove(&conn);
    }

    /// Ends the places of those who did not come back, when it is time to; for ever.
    pub(crate) async fn run_timer(&self) {
        let mut deadline = self.deadline.subscribe();
        loop {
            let at = *deadline.borrow_and_update();
            let due = async {
                match at {
                    Some(at) => tokio::time::sleep_until(self.clock.at(at)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {
                    let now = self.clock.now();
                    self.input(|hub| hub.handle_time(now));
                }
                changed = deadline.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Tells everybody to come back later, and takes nobody in any more.
    pub(crate) fn shut_down(&self) {
        self.lock().is_open = false;
        self.input(Hub::handle_shutdown);
    }

    /// Somebody has to go; how many peers that were.
    pub(crate) fn kick(&self, kick: &Kick) -> usize {
        let now = self.clock.now();
        let mut count = 0;
        self.input(|hub| {
            let (peers, commands) = hub.handle_kick(kick, now);
            count = peers;
            commands
        });
        let revoked = self.lock().hub.take_revoked();
        if let Some(file) = &self.config.revoked_file
            && let Err(error) = revoked_file::append(file, &revoked)
        {
            error!(%error, file = %file.display(), "what was revoked is not written down: a restart will forget it");
        }
        info!(count, "kicked");
        count
    }

    /// Who is where.
    pub(crate) fn view(&self) -> Vec<RoomView> {
        self.lock().hub.view()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.lock().is_open
    }

    /// Gives the hub one input and does what it says.
    fn input(&self, input: impl FnOnce(&mut Hub) -> Vec<(ConnId, Command)>) {
        let mut state = self.lock();
        let mut commands = VecDeque::from(input(&mut state.hub));
        while let Some((conn, command)) = commands.pop_front() {
            match command {
                Command::Close(code) => {
                    if let Some(outbox) = state.outboxes.remove(&conn) {
                        info!(%conn, %code, "closing");
                        outbox.close(code);
                    }
                }
                Command::Send(message) => {
                    if let ServerMessage::Welcome(welcome) = &message {
                        info!(%conn, peer = %welcome.peer, others = welcome.peers.len(), "joined");
                    }
                    let Some(outbox) = state.outboxes.get(&conn) else { continue };
                    // A struct of texts and numbers: this cannot fail.
                    let Ok(frame) = serde_json::to_string(&Wire::from(message)) else { continue };
                    if outbox.push(Utf8Bytes::from(frame)).is_err() {
                        // Ends, because each turn takes one connection out of the hub.
                        commands.extend(state.hub.handle_fault(conn, Fault::TooSlow, self.clock.now()));
                    }
                }
            }
        }
        let deadline = state.hub.poll_deadline();
        self.deadline.send_if_modified(|current| std::mem::replace(current, deadline) != deadline);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
