//! One side: a page with a person, the links it has, and the shell that drives them.

use rejoin_proto::id::Incarnation;
use rejoin_proto::link::{Carrier, Link, LinkState, Need, Presence, RetiredIncarnations};

use crate::connections::Connections;

/// A link and what its shell keeps for it.
#[derive(Debug)]
pub(crate) struct Agent {
    /// The number of this link in this world.
    pub(crate) id: u64,
    pub(crate) link: Link,
    pub(crate) pcs: Connections,
    pub(crate) shown: LinkState,
    pub(crate) over: bool,
    /// The version of the other side's sources that was told last.
    pub(crate) heard: Option<u32>,
    pub(crate) said: Option<u32>,
    pub(crate) need: Need,
    /// Messages sent.
    pub(crate) sent: u64,
}

#[derive(Debug)]
pub(crate) struct Side {
    /// The page is loaded.
    pub(crate) page: bool,
    pub(crate) live: Option<Agent>,
    /// Links that are closed and have yet to say so.
    pub(crate) draining: Vec<Agent>,
    pub(crate) retired: RetiredIncarnations,
    /// The incarnations this page has had, in its present life.
    pub(crate) lives: Vec<Incarnation>,
    pub(crate) tracks: Need,
    pub(crate) sources: u32,
    /// Messages get through.
    pub(crate) connected: bool,
    /// What the page believes of its carrier.
    pub(crate) carrier: Carrier,
    /// What the page believes of the other side.
    pub(crate) presence: Presence,
}

impl Side {
    pub(crate) fn new() -> Self {
        Self {
            page: true,
            live: None,
            draining: Vec::new(),
            retired: RetiredIncarnations::new(),
            lives: Vec::new(),
            tracks: Need::default(),
            sources: 0,
            connected: true,
            carrier: Carrier::Up,
            presence: Presence::Present,
        }
    }

    pub(crate) fn agent(&mut self, id: u64) -> Option<&mut Agent> {
        self.live.iter_mut().chain(&mut self.draining).find(|agent| agent.id == id)
    }

    pub(crate) fn agents(&self) -> impl Iterator<Item = &Agent> {
        self.live.iter().chain(&self.draining)
    }

    pub(crate) fn state(&self) -> Option<LinkState> {
        self.live.as_ref().map(|agent| *agent.link.state())
    }
}
