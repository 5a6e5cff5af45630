//! BroadcastChannel: text between the pages of one origin.
