//! What has to hold for every input, however strange. A target each; they panic where it does not.

pub mod durable;
pub mod link;
pub mod messages;
pub mod session;
pub mod texts;
pub mod word;
