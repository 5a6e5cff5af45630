//! The link protocol, peer to peer, and the machine that keeps one link alive.
