//! What to ask of cameras and microphones, and why they may refuse: constraints and errors as data.
//!
//! The types let nobody write a request that the specification rejects or silently ignores:
//! neither audio nor video, `exact` next to `ideal`, `min` above `max`, `ideal` within `advanced`.
//! They serialize to the dictionaries of [Media Capture and Streams](https://www.w3.org/TR/mediacapture-streams/).
//!
//! ```
//! use rejoin_proto::media::{FacingMode, MediaConstraints, VideoConstraints, exact, range};
//!
//! let video = VideoConstraints::new()
//!     .with_width(1280)
//!     .with_frame_rate(range(24.0..=60.0)?.with_ideal(30.0))
//!     .with_facing_mode(exact(FacingMode::User));
//! let constraints = MediaConstraints::video(video);
//! # Ok::<(), rejoin_proto::media::InvalidRange>(())
//! ```
//!
//! These do not compile: an exact value has nothing beside it, and an ideal means nothing within `advanced`.
//! ```compile_fail
//! # use rejoin_proto::media::*;
//! VideoConstraints::new().with_width(exact(1280).with_ideal(640));
//! ```
//! ```compile_fail
//! # use rejoin_proto::media::*;
//! VideoAdvanced::new().with_width(ideal(1280));
//! ```

mod audio;
mod constraint;
mod error;
mod kind;
mod request;
mod value;
mod video;

pub use audio::{AudioAdvanced, AudioConstraints};
pub use constraint::{
    Bounds, Exact, Ideal, InvalidRange, NumberConstraint, OneOrMore, RequiredNumber, RequiredValue, ValueConstraint,
    any_of, at_least, at_most, exact, ideal, range,
};
pub use error::MediaErrorKind;
pub use kind::MediaKind;
pub use request::{MediaConstraints, TrackConstraints};
pub use value::{ContentHint, EchoCancellation, FacingMode, ResizeMode};
pub use video::{VideoAdvanced, VideoConstraints};
