//! Two whole stacks: on each page a session, links and a durable channel on each link; between them the server's real hub,
//! sockets, connections, and all that fails.

mod channel;
mod check;
mod ending;
mod network;
mod page;
mod plan;
mod room;
mod schedule;
mod server;
mod shell;
mod world;

pub(crate) use schedule::run;
