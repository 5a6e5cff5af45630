//! Negotiation on one RTCPeerConnection: who offers when, and what follows.
//!
//! Between two rejoin peers one side is the `Offerer` and the other the `Answerer`, so that glare
//! cannot happen ([`crate::link`] runs them). With others it is [`Perfect`] negotiation.

mod answerer;
pub mod foreign;
mod offerer;
mod patience;
mod perfect;

pub(crate) use answerer::Answerer;
pub(crate) use offerer::{MakeOffer, Offerer, Unexpected};
pub(crate) use patience::Patience;
pub use perfect::{Perfect, PerfectCounters, PerfectOutput, Politeness};
