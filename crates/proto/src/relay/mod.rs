//! The relay protocol between a client and the signaling server.
