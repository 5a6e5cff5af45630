//! Camera, microphone and what shows them: getUserMedia, tracks and streams of this page, elements.

mod attachment;
mod error;
mod settings;
mod stream;
mod sys;
mod track;
mod user_media;

/// Another handle on the same object of the browser's.
///
/// On a `MediaStream` or `MediaStreamTrack` of web-sys `.clone()` is the browser's method of that name, which makes
/// a *new* stream or track; a new track keeps its device open on its own.
pub(crate) fn same<T: Clone>(object: &T) -> T {
    object.clone()
}

pub use attachment::{Attachable, Attachment, AttachmentEvent, AttachmentState, attach};
pub use error::MediaError;
pub use settings::TrackSettings;
pub use stream::{LocalStream, LocalStreamEvent};
pub use track::{LocalTrack, LocalTrackEvent};
pub use user_media::{get_user_media, get_user_media_with};

pub use rejoin_proto::media::{
    AudioAdvanced, AudioConstraints, Bounds, ContentHint, EchoCancellation, Exact, FacingMode, Ideal, InvalidRange,
    MediaConstraints, MediaErrorKind, MediaKind, NumberConstraint, OneOrMore, RequiredNumber, RequiredValue,
    ResizeMode, TrackConstraints, ValueConstraint, VideoAdvanced, VideoConstraints, any_of, at_least, at_most, exact,
    ideal, range,
};
