//! Media constraints and errors, as data.
