//! Stories of two links with a carrier and browsers that do as they are told.

mod absence;
mod attempts;
mod closing;
mod connecting;
mod delivery;
mod hostile;
mod ladder;
mod negotiating;
mod network;
mod pair;
mod parts;
mod recovering;
mod silence;
