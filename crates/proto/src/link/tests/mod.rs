//! Stories of two links with a carrier and browsers that do as they are told.

mod pair;

mod connecting;
