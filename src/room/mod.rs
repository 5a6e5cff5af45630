//! The public async API that drives the machines of `rejoin-proto`.

pub(crate) mod events;
