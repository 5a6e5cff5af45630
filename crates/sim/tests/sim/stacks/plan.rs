//! What goes wrong with two stacks in one schedule.

use core::time::Duration;

use fastrand::Rng;
use rejoin_proto::channel::Order;

use crate::plan::Plan as LinkPlan;

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Of browsers and connections; loss, doubles and stragglers are those of signals that the server relays.
    pub(crate) link: LinkPlan,
    /// Whether the durable channel keeps the order.
    pub(crate) order: Order,
    /// How long the application takes to read a message, at most, in ms.
    pub(crate) read: u64,
    /// How many connections to the server in a row may fail, for each page.
    pub(crate) session_attempts: [Option<u32>; 2],
    /// For how long the others wait for a page that is loaded anew; it keeps whom it is only where they do.
    pub(crate) reload: [Option<Duration>; 2],
    /// What it kept is there when it is loaded.
    pub(crate) keeps: f64,
}

impl Plan {
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let link = LinkPlan::draw(rng);
        Self {
            link,
            order: if rng.u8(..3) == 0 { Order::Unordered } else { Order::Ordered },
            read: [0, 20, 5_000][rng.usize(..3)],
            session_attempts: [0; 2].map(|_| if rng.u8(..6) == 0 { Some(rng.u32(1..4)) } else { None }),
            reload: [0; 2].map(|_| [None, Some(1_000), Some(10_000)][rng.usize(..3)].map(Duration::from_millis)),
            keeps: [0.7, 1.0][rng.usize(..2)],
        }
    }
}
