//! The words a constraint, a setting or a hint may have.

use serde::{Serialize, Serializer};

use super::constraint::{OneOrMore, ValueConstraint};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// A word of the browser's that this version of rejoin does not know.
            Other(String),
        }

        impl $name {
            /// The word as the specification writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::Other(text.to_owned()),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl From<$name> for ValueConstraint<OneOrMore<$name>> {
            fn from(word: $name) -> Self {
                Self::Ideal(word.into())
            }
        }
    };
}

words!(
    /// Which way a camera looks, [VideoFacingModeEnum](https://www.w3.org/TR/mediacapture-streams/#dom-videofacingmodeenum).
    FacingMode {
        /// At the user: the front camera of a phone.
        User = "user",
        /// Away from the user: the back camera of a phone.
        Environment = "environment",
        /// To the left of the user.
        Left = "left",
        /// To the right of the user.
        Right = "right",
    }
);

words!(
    /// How the browser may reach a size the camera does not have,
    /// [VideoResizeModeEnum](https://www.w3.org/TR/mediacapture-streams/#dom-videoresizemodeenum).
    ResizeMode {
        /// Only sizes the camera itself delivers.
        None = "none",
        /// The browser may crop and scale the picture.
        CropAndScale = "crop-and-scale",
    }
);

words!(
    /// What matters in a track, for the encoder: [mst-content-hints](https://www.w3.org/TR/mst-content-hint/).
    ContentHint {
        /// The browser decides.
        None = "",
        /// Audio: speech, for people.
        Speech = "speech",
        /// Audio: speech, for a machine.
        SpeechRecognition = "speech-recognition",
        /// Audio: music; nothing is taken out of it.
        Music = "music",
        /// Video: movement is kept, sharpness given up.
        Motion = "motion",
        /// Video: sharpness is kept, frames given up.
        Detail = "detail",
        /// Video: sharp edges, as of text.
        Text = "text",
    }
);

/// What is taken out of the microphone's sound: `true` or `false` for the browser's choice of method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EchoCancellation {
    /// Nothing is taken out.
    Off,
    /// The browser decides what is taken out.
    On,
    /// All that the machine plays. Browsers without this mode take it as [`On`](Self::On).
    All,
    /// Only what the other side of a call sent. Browsers without this mode take it as [`On`](Self::On).
    RemoteOnly,
}

impl From<bool> for EchoCancellation {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

impl From<bool> for ValueConstraint<EchoCancellation> {
    fn from(on: bool) -> Self {
        Self::Ideal(on.into())
    }
}

impl From<EchoCancellation> for ValueConstraint<EchoCancellation> {
    fn from(mode: EchoCancellation) -> Self {
        Self::Ideal(mode)
    }
}

impl Serialize for EchoCancellation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_bool(false),
            Self::On => serializer.serialize_bool(true),
            Self::All => serializer.serialize_str("all"),
            Self::RemoteOnly => serializer.serialize_str("remote-only"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_by_its_text_and_a_new_one_is_kept() {
        assert_eq!(FacingMode::from("environment"), FacingMode::Environment);
        assert_eq!(FacingMode::from("upwards").as_str(), "upwards");
        assert_eq!(ContentHint::from(""), ContentHint::None);
    }
}
