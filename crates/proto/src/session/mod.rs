//! The signaling session: dial, hello, heartbeat, resume, give up.
