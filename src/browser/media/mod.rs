//! Camera, microphone and what shows them: getUserMedia, tracks and streams of this page, elements.

mod attachment;
mod error;
mod settings;
mod stream;
mod sys;
mod track;
mod user_media;

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
