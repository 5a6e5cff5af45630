//! Stories of rooms, told to the hub.

mod kick;
mod limits;
mod presence;
mod random;
mod resume;

use std::sync::Arc;
use std::time::Duration;

use rejoin_proto::id::{PeerId, RoomId};
use rejoin_proto::relay::{ClientMessage, CloseCode, ErrorCode, Hello, ServerMessage, Token, Welcome};
use rejoin_proto::time::Instant;

use super::{Command, ConnId, Departure, Hub, Kick};
use crate::{Config, Key};

/// A hub, its time, and what the connections have been sent and not yet looked at.
struct World {
    hub: Hub,
    now: Instant,
    commands: Vec<(ConnId, Command)>,
    connected: u64,
}

fn config() -> Config {
    Config::new(Key::from_text(&"k".repeat(32)).unwrap())
}

fn hello(room: &str) -> Hello {
    Hello::new(RoomId::new(room).unwrap())
}

fn back(room: &str, resume: &Token) -> Hello {
    Hello { resume: Some(resume.clone()), ..hello(room) }
}

fn small(room: &str, capacity: u16) -> Hello {
    Hello { capacity: Some(capacity), ..hello(room) }
}

impl World {
    fn new(config: Config) -> Self {
        Self::with_seed(config, 1)
    }

    fn with_seed(config: Config, seed: u64) -> Self {
        let now = Instant::from_millis(1_000_000);
        Self { hub: Hub::new(Arc::new(config), seed), now, commands: Vec::new(), connected: 0 }
    }

    fn connect(&mut self) -> ConnId {
        self.connected += 1;
        let conn = ConnId(self.connected);
        self.hub.handle_connected(conn);
        conn
    }

    fn say(&mut self, conn: ConnId, message: ClientMessage) {
        let commands = self.hub.handle_message(conn, message, self.now);
        self.commands.extend(commands);
    }

    fn signal(&mut self, conn: ConnId, to: &PeerId, data: &str) {
        self.say(conn, ClientMessage::Signal { to: to.clone(), data: data.to_owned() });
    }

    fn lose(&mut self, conn: ConnId) {
        self.depart(conn, Departure::Lost);
    }

    fn depart(&mut self, conn: ConnId, departure: Departure) {
        let commands = self.hub.handle_disconnected(conn, departure, self.now);
        self.commands.extend(commands);
    }

    fn kick(&mut self, kick: &Kick) -> usize {
        let (count, commands) = self.hub.handle_kick(kick, self.now);
        self.commands.extend(commands);
        count
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        let commands = self.hub.handle_time(self.now);
        self.commands.extend(commands);
    }

    /// A connection that says `hello`, and its welcome.
    fn join(&mut self, hello: Hello) -> (ConnId, Welcome) {
        let conn = self.connect();
        self.say(conn, ClientMessage::Hello(hello));
        let mut commands = self.commands_for(conn).into_iter();
        let Some(Command::Send(ServerMessage::Welcome(welcome))) = commands.next() else { panic!("no welcome") };
        assert_eq!(commands.next(), None);
        (conn, welcome)
    }

    /// A connection that says `hello` and is refused: the error's code, and the close.
    fn refused(&mut self, hello: Hello) -> (ErrorCode, CloseCode) {
        let conn = self.connect();
        self.say(conn, ClientMessage::Hello(hello));
        self.error_and_close(conn)
    }

    fn error_and_close(&mut self, conn: ConnId) -> (ErrorCode, CloseCode) {
        match &self.commands_for(conn)[..] {
            [Command::Send(ServerMessage::Error(error)), Command::Close(code)] => (error.code, *code),
            other => panic!("{other:?}"),
        }
    }

    /// What `conn` has been sent since it was last looked at.
    fn heard(&mut self, conn: ConnId) -> Vec<ServerMessage> {
        let is_send = |command| match command {
            Command::Send(message) => message,
            Command::Close(code) => panic!("{conn} was closed: {code}"),
        };
        self.commands_for(conn).into_iter().map(is_send).collect()
    }

    fn commands_for(&mut self, conn: ConnId) -> Vec<Command> {
        let (its, others) = self.commands.drain(..).partition(|(to, _)| *to == conn);
        self.commands = others;
        let its: Vec<(ConnId, Command)> = its;
        its.into_iter().map(|(_, command)| command).collect()
    }
}
