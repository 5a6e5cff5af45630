//! WebSockets between pages and server: in order and without loss, until they are cut or stalled.

use std::collections::VecDeque;

use rejoin_proto::relay::{ClientMessage, CloseCode, ServerMessage, Wire};
use rejoin_signaling::hub::{ConnId, Departure};

use super::world::{Thing, World};

/// One WebSocket.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) side: usize,
    /// The page whose it is, in its present life.
    pub(crate) life: u64,
    pub(crate) generation: u32,
    /// As what the server knows it, while it does.
    pub(crate) conn: Option<ConnId>,
    /// When the server last heard of it.
    pub(crate) heard: u64,
    pub(crate) cut: bool,
    stalled_until: u64,
    to_server: VecDeque<ToServer>,
    to_page: VecDeque<ToPage>,
    /// When the last that is on its way arrives: to the server, to the page.
    last: [u64; 2],
}

#[derive(Debug)]
pub(crate) enum ToServer {
    Open,
    Text(String),
    Closed(CloseCode),
}

#[derive(Debug)]
pub(crate) enum ToPage {
    Open,
    Text(String),
    Closed(CloseCode),
}

impl World<'_> {
    /// The page opens a socket.
    pub(super) fn dial(&mut self, side: usize, generation: u32) {
        let life = self.pages[side].life;
        let number = self.sockets.len();
        self.sockets.push(Socket {
            side,
            life,
            generation,
            conn: None,
            heard: self.now,
            cut: false,
            stalled_until: 0,
            to_server: VecDeque::new(),
            to_page: VecDeque::new(),
            last: [0; 2],
        });
        self.pages[side].socket = Some(number);
        if self.pages[side].offline_until <= self.now {
            self.send_to_server(number, ToServer::Open);
        } else if self.rng.bool() {
            self.coverage.add("socket refused by the network");
            self.send_to_page(number, ToPage::Closed(CloseCode::Abnormal));
        } else {
            self.coverage.add("socket that never opens");
        }
    }

    pub(super) fn send_to_server(&mut self, number: usize, what: ToServer) {
        if self.sockets[number].cut {
            return;
        }
        let at = self.arrival(number, 0);
        self.sockets[number].to_server.push_back(what);
        self.agenda.add(at, Thing::ToServer(number));
    }

    pub(super) fn send_to_page(&mut self, number: usize, what: ToPage) {
        let at = self.arrival(number, 1);
        self.sockets[number].to_page.push_back(what);
        self.agenda.add(at, Thing::ToPage(number));
    }

    fn arrival(&mut self, number: usize, direction: usize) -> u64 {
        let (least, most) = self.plan.link.delay;
        let at = self.now + self.rng.u64(least..=most);
        let socket = &mut self.sockets[number];
        socket.last[direction] = at.max(socket.last[direction]).max(socket.stalled_until);
        socket.last[direction]
    }

    /// The first of what is on its way to the server arrives.
    pub(super) fn at_server(&mut self, number: usize) {
        let socket = &mut self.sockets[number];
        if socket.stalled_until > self.now {
            self.agenda.add(socket.stalled_until, Thing::ToServer(number));
            return;
        }
        let Some(what) = socket.to_server.pop_front() else { return };
        socket.heard = self.now;
        match what {
            ToServer::Open => self.accept(number),
            ToServer::Text(text) => {
                let wire: Wire = serde_json::from_str(&text).unwrap();
                self.tell_hub(number, ClientMessage::try_from(wire).unwrap());
            }
            ToServer::Closed(code) => {
                let departure = match code {
                    CloseCode::Normal => Departure::Left,
                    CloseCode::GoingAway => Departure::Away,
                    _ => Departure::Lost,
                };
                self.lose_at_server(number, departure);
            }
        }
    }

    /// The first of what is on its way to the page arrives.
    pub(super) fn at_page(&mut self, number: usize) {
        let socket = &mut self.sockets[number];
        let (side, generation) = (socket.side, socket.generation);
        if socket.stalled_until > self.now {
            self.agenda.add(socket.stalled_until, Thing::ToPage(number));
            return;
        }
        let Some(what) = socket.to_page.pop_front() else { return };
        if self.pages[side].socket != Some(number) || self.pages[side].life != socket.life {
            return;
        }
        let now = self.at();
        if let ToPage::Closed(_) = what {
            self.pages[side].socket = None;
        }
        let page = &mut self.pages[side];
        let Some(session) = &mut page.session else { return };
        match what {
            ToPage::Open => session.handle_open(generation, now),
            ToPage::Text(text) => {
                let wire: Wire = serde_json::from_str(&text).unwrap();
                let message = ServerMessage::try_from(wire).unwrap();
                if let Err(violation) = session.handle_message(generation, message, now) {
                    panic!("the server breaks the protocol: {violation}");
                }
            }
            ToPage::Closed(code) => session.handle_closed(generation, code, now),
        }
        self.drive_session(side);
    }

    /// Nothing passes for a while: all of it comes later.
    pub(super) fn stall(&mut self, side: usize, ms: u64) {
        if let Some(number) = self.pages[side].socket {
            self.sockets[number].stalled_until = self.now + ms;
        }
    }

    /// The socket is dead. Each end sees it soon, or never.
    pub(super) fn cut(&mut self, number: usize) {
        let socket = &mut self.sockets[number];
        if core::mem::replace(&mut socket.cut, true) {
            return;
        }
        socket.to_server.clear();
        socket.to_page.clear();
        socket.stalled_until = 0;
        if self.rng.u8(..4) > 0 {
            let at = self.rng.u64(0..3_000);
            self.add_in(at, Thing::PageSeesCut(number));
        } else {
            self.coverage.add("cut that the page does not see");
        }
        if self.rng.bool() {
            let at = self.rng.u64(0..3_000);
            self.add_in(at, Thing::ServerSeesCut(number));
        } else {
            self.coverage.add("cut that the server does not see");
        }
    }

    pub(super) fn page_sees_cut(&mut self, number: usize) {
        self.sockets[number].to_page.push_back(ToPage::Closed(CloseCode::Abnormal));
        self.at_page(number);
    }

    /// A socket that is cut takes nothing more.
    pub(super) fn is_cut(&self, number: usize) -> bool {
        self.sockets[number].cut
    }
}
