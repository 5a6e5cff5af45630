//! The options of a data channel, as data.
