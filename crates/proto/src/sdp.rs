//! What can be read from a session description.
