//! The signaling server of rejoin: rooms, presence and an at-most-once relay over WebSocket.
