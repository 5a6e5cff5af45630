//! A whole request: microphone, camera or both, and the macro that writes their members.

use serde::{Serialize, Serializer};

use super::{AudioConstraints, MediaKind, VideoConstraints};

/// What to ask getUserMedia for: audio, video or both, never neither.
///
/// The default asks for both, as the browser likes them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MediaConstraints {
    // One of the two is always there: no constructor leaves both out, and nothing takes one away.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "audio_or_true")]
    audio: Option<AudioConstraints>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "video_or_true")]
    video: Option<VideoConstraints>,
}

impl MediaConstraints {
    /// Audio only.
    pub const fn audio(audio: AudioConstraints) -> Self {
        Self { audio: Some(audio), video: None }
    }

    /// Video only.
    pub const fn video(video: VideoConstraints) -> Self {
        Self { audio: None, video: Some(video) }
    }

    /// Audio and video.
    pub const fn both(audio: AudioConstraints, video: VideoConstraints) -> Self {
        Self { audio: Some(audio), video: Some(video) }
    }

    /// With this audio besides what is asked for already.
    pub fn with_audio(self, audio: AudioConstraints) -> Self {
        Self { audio: Some(audio), ..self }
    }

    /// With this video besides what is asked for already.
    pub fn with_video(self, video: VideoConstraints) -> Self {
        Self { video: Some(video), ..self }
    }

    /// Whether this kind is asked for.
    pub const fn asks_for(&self, kind: MediaKind) -> bool {
        match kind {
            MediaKind::Audio => self.audio.is_some(),
            MediaKind::Video => self.video.is_some(),
        }
    }
}

impl Default for MediaConstraints {
    fn default() -> Self {
        Self::both(AudioConstraints::new(), VideoConstraints::new())
    }
}

/// Constraints on a track that is there already.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum TrackConstraints {
    /// On an audio track.
    Audio(AudioConstraints),
    /// On a video track.
    Video(VideoConstraints),
}

impl TrackConstraints {
    /// The kind of track these are for.
    pub const fn kind(&self) -> MediaKind {
        match self {
            Self::Audio(_) => MediaKind::Audio,
            Self::Video(_) => MediaKind::Video,
        }
    }
}

impl From<AudioConstraints> for TrackConstraints {
    fn from(audio: AudioConstraints) -> Self {
        Self::Audio(audio)
    }
}

impl From<VideoConstraints> for TrackConstraints {
    fn from(video: VideoConstraints) -> Self {
        Self::Video(video)
    }
}

fn audio_or_true<S: Serializer>(audio: &Option<AudioConstraints>, serializer: S) -> Result<S::Ok, S::Error> {
    or_true(audio.as_ref().filter(|audio| !audio.is_empty()), serializer)
}

fn video_or_true<S: Serializer>(video: &Option<VideoConstraints>, serializer: S) -> Result<S::Ok, S::Error> {
    or_true(video.as_ref().filter(|video| !video.is_empty()), serializer)
}

fn or_true<T: Serialize, S: Serializer>(constraints: Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match constraints {
        Some(constraints) => constraints.serialize(serializer),
        None => serializer.serialize_bool(true),
    }
}

/// Writes the constraints of one kind of device and the sets for their `advanced`.
macro_rules! constraint_sets {
    (
        $(#[$doc:meta])* $name:ident,
        $(#[$advanced_doc:meta])* $advanced:ident {
            $($(#[$field_doc:meta])* $field:ident, $with:ident: $type:ty | $required:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $(#[serde(skip_serializing_if = "Option::is_none")] $field: Option<$type>,)*
            #[serde(skip_serializing_if = "Vec::is_empty")]
            advanced: Vec<$advanced>,
        }

        impl $name {
            /// Nothing asked for.
            pub const fn new() -> Self {
                Self { $($field: None,)* advanced: Vec::new() }
            }

            $(
                $(#[$field_doc])*
                pub fn $with(mut self, value: impl Into<$type>) -> Self {
                    self.$field = Some(value.into());
                    self
                }
            )*

            /// Then, in the order they are added, these sets: one that cannot be met is passed over.
            pub fn with_advanced(mut self, set: $advanced) -> Self {
                self.advanced.push(set);
                self
            }

            /// Whether nothing is asked for.
            pub fn is_empty(&self) -> bool {
                *self == Self::new()
            }
        }

        $(#[$advanced_doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $advanced {
            $(#[serde(skip_serializing_if = "Option::is_none")] $field: Option<$required>,)*
        }

        impl $advanced {
            /// Nothing required.
            pub const fn new() -> Self {
                Self { $($field: None,)* }
            }

            $(
                $(#[$field_doc])*
                pub fn $with(mut self, value: impl Into<$required>) -> Self {
                    self.$field = Some(value.into());
                    self
                }
            )*
        }
    };
}
pub(super) use constraint_sets;

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn the_default_is_the_simple_request() {
        assert_eq!(to_value(MediaConstraints::default()).unwrap(), json!({"audio": true, "video": true}));
    }

    #[test]
    fn what_is_not_asked_for_is_left_out() {
        let video = MediaConstraints::video(VideoConstraints::new().with_width(640));
        assert_eq!(to_value(&video).unwrap(), json!({"video": {"width": {"ideal": 640}}}));
        assert!(!video.asks_for(MediaKind::Audio) && video.asks_for(MediaKind::Video));
        let both = video.with_audio(AudioConstraints::new());
        assert_eq!(to_value(both).unwrap(), json!({"audio": true, "video": {"width": {"ideal": 640}}}));
    }

    #[test]
    fn track_constraints_are_the_members_alone() {
        let audio = TrackConstraints::from(AudioConstraints::new().with_noise_suppression(false));
        assert_eq!(to_value(audio).unwrap(), json!({"noiseSuppression": {"ideal": false}}));
    }
}
