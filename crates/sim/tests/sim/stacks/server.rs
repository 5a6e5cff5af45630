//! The server: its real hub, and around it what its sockets do: limits of time, and what becomes of it when it is killed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rejoin_proto::relay::{ClientMessage, CloseCode, ServerMessage, Wire};
use rejoin_proto::time::Instant;
use rejoin_signaling::hub::{Command, ConnId, Departure, Fault, Hub, Standing};
use rejoin_signaling::{Config, Key};

use super::network::ToPage;
use super::world::{Thing, World};

pub(crate) struct Server {
    /// `None` while it does not run.
    hub: Option<Hub>,
    config: Arc<Config>,
    /// Which socket a connection is.
    sockets: BTreeMap<ConnId, usize>,
    connected: u64,
    /// Under which its tokens are: a number, for the key that follows from it.
    pub(crate) key: u32,
}

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It says so to everybody.
    Shutdown,
    /// It is killed; the sockets are closed by its system.
    Killed,
    /// Its machine is gone: nobody is told.
    Lost,
}

impl Server {
    pub(crate) fn new(seed: u64) -> Self {
        let config = config(0);
        let hub = Hub::new(Arc::clone(&config), seed);
        Self { hub: Some(hub), config, sockets: BTreeMap::new(), connected: 0, key: 0 }
    }

    /// When the hub wants to be told the time.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.hub.as_ref()?.poll_deadline()
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.hub.is_some()
    }
}

fn config(key: u32) -> Arc<Config> {
    Arc::new(Config::new(Key::from_text(&format!("{key:032}")).unwrap()))
}

impl World<'_> {
    pub(super) fn accept(&mut self, number: usize) {
        let Some(hub) = &mut self.server.hub else {
            self.coverage.add("socket refused by a dead server");
            return self.send_to_page(number, ToPage::Closed(CloseCode::Abnormal));
        };
        self.server.connected += 1;
        let conn = ConnId(self.server.connected);
        hub.handle_connected(conn);
        self.server.sockets.insert(conn, number);
        self.sockets[number].conn = Some(conn);
        self.send_to_page(number, ToPage::Open);
        self.look_in(number, self.server_limit(number));
    }

    pub(super) fn tell_hub(&mut self, number: usize, message: ClientMessage) {
        let now = self.at();
        let (Some(hub), Some(conn)) = (&mut self.server.hub, self.sockets[number].conn) else { return };
        let commands = hub.handle_message(conn, message, now);
        self.obey(commands);
    }

    pub(super) fn lose_at_server(&mut self, number: usize, departure: Departure) {
        let now = self.at();
        let (Some(hub), Some(conn)) = (&mut self.server.hub, self.sockets[number].conn.take()) else { return };
        self.server.sockets.remove(&conn);
        let commands = hub.handle_disconnected(conn, departure, now);
        self.obey(commands);
    }

    /// How long the server waits for a word of this socket.
    fn server_limit(&self, number: usize) -> Duration {
        let standing = self.server.hub.as_ref().zip(self.sockets[number].conn).map(|(hub, conn)| hub.standing(conn));
        let Config { hello_timeout, silent_after, .. } = *self.server.config;
        if standing == Some(Standing::Greeting) { hello_timeout } else { silent_after }
    }

    fn look_in(&mut self, number: usize, time: Duration) {
        self.add_in(time.as_millis() as u64, Thing::ServerLooks(number));
    }

    /// Whether anything was heard of this socket for as long as the server waits.
    pub(super) fn server_looks(&mut self, number: usize) {
        let (heard, limit) = (self.sockets[number].heard, self.server_limit(number));
        let left = limit.saturating_sub(Duration::from_millis(self.now - heard));
        let now = self.at();
        let (Some(hub), Some(conn)) = (&mut self.server.hub, self.sockets[number].conn) else { return };
        if !left.is_zero() {
            return self.look_in(number, left);
        }
        let fault = if hub.standing(conn) == Standing::Greeting { Fault::HelloTimeout } else { Fault::Silent };
        let what = if fault == Fault::Silent { "server hears nothing" } else { "server waits for a hello in vain" };
        self.coverage.add(what);
        let commands = hub.handle_fault(conn, fault, now);
        self.obey(commands);
    }

    pub(super) fn hub_time(&mut self) {
        let now = self.at();
        let Some(hub) = &mut self.server.hub else { return };
        self.coverage.add("place given up");
        let commands = hub.handle_time(now);
        self.obey(commands);
    }

    fn obey(&mut self, commands: Vec<(ConnId, Command)>) {
        for (conn, command) in commands {
            let Some(number) = self.server.sockets.get(&conn).copied() else { continue };
            match command {
                Command::Send(message) => self.deliver(number, message),
                Command::Close(code) => {
                    self.server.sockets.remove(&conn);
                    self.sockets[number].conn = None;
                    if !self.is_cut(number) {
                        self.send_to_page(number, ToPage::Closed(code));
                    }
                }
            }
        }
    }

    /// The network of a page whose socket is good still loses signals, doubles and delays them: other servers may.
    fn deliver(&mut self, number: usize, message: ServerMessage) {
        let is_signal = matches!(message, ServerMessage::Signal { .. });
        let text = serde_json::to_string(&Wire::from(message)).unwrap();
        if self.is_cut(number) {
            if is_signal {
                self.coverage.add("signal into a dead socket");
            }
            return;
        }
        let plan = &self.plan.link;
        if is_signal && self.rng.f64() < plan.loss {
            self.coverage.add("signal lost");
            return;
        }
        if is_signal && self.rng.f64() < plan.double {
            self.coverage.add("signal doubled");
            let at = self.rng.u64(0..2_000);
            self.add_in(at, Thing::Late(number, text.clone()));
        }
        if is_signal && self.rng.f64() < self.plan.link.straggler {
            self.coverage.add("signal overtaken");
            let at = self.rng.u64(100..8_000);
            self.add_in(at, Thing::Late(number, text));
        } else {
            self.send_to_page(number, ToPage::Text(text));
        }
    }

    /// The server is no more, and all it knew of its rooms; it may have its key still.
    pub(super) fn end_server(&mut self, end: End) {
        let Some(mut hub) = self.server.hub.take() else { return };
        if end == End::Shutdown {
            let commands = hub.handle_shutdown();
            self.obey(commands);
        }
        for (_, number) in core::mem::take(&mut self.server.sockets) {
            self.sockets[number].conn = None;
            match end {
                End::Shutdown => {}
                End::Killed => self.send_to_page(number, ToPage::Closed(CloseCode::Abnormal)),
                End::Lost => self.cut(number),
            }
        }
    }

    /// Every socket is lost at once, and the server has its memory: what was between them is replaced.
    pub(super) fn cut_all(&mut self) {
        for number in 0..self.sockets.len() {
            if self.sockets[number].conn.is_some() {
                self.cut(number);
            }
        }
    }

    /// It comes back, with the key it had or another one.
    pub(super) fn start_server(&mut self, key: u32) {
        if self.server.hub.is_none() {
            self.server.key = key;
            self.server.config = config(key);
            self.server.hub = Some(Hub::new(Arc::clone(&self.server.config), self.rng.u64(..)));
        }
    }
}
