//! WebSocket, typed.
