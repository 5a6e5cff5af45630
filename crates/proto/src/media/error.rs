//! Why a camera or microphone was refused, by the name of the browser's exception.

/// What went wrong with a camera or microphone, and so what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaErrorKind {
    /// The user, the browser's settings or the embedding page refused. Ask the user to allow it, then try again.
    NotAllowed,
    /// There is no such device. Ask for less, or wait for one to be plugged in.
    NotFound,
    /// The device is there but does not deliver: in use elsewhere, or faulty. Trying again may help.
    NotReadable,
    /// No device satisfies what is required. Ask for less of the constraint that is named.
    Overconstrained {
        /// The constraint that no device satisfies, such as `width`; empty where the browser does not tell.
        constraint: String,
    },
    /// Something else kept the device from starting. Trying again may help.
    Abort,
    /// Media is switched off for this page.
    Security,
    /// The page is not served over https or from localhost, and browsers offer no devices to such pages.
    InsecureContext,
    /// This browser, or this place in it, has no such API.
    Unsupported,
    /// The request itself is not valid.
    Type,
    /// An error this version of rejoin does not know: see the browser's name and message.
    Unknown,
}

impl MediaErrorKind {
    /// The kind by the exception's name; `constraint` is the member of that name, where it has one.
    ///
    /// Names of older browsers are understood too.
    pub fn from_name(name: &str, constraint: Option<String>) -> Self {
        match name {
            "NotAllowedError" | "PermissionDeniedError" | "PermissionDismissedError" => Self::NotAllowed,
            "NotFoundError" | "DevicesNotFoundError" => Self::NotFound,
            "NotReadableError" | "TrackStartError" | "SourceUnavailableError" => Self::NotReadable,
            "OverconstrainedError" | "ConstraintNotSatisfiedError" => {
                Self::Overconstrained { constraint: constraint.unwrap_or_default() }
            }
            "AbortError" => Self::Abort,
            "SecurityError" => Self::Security,
            "NotSupportedError" => Self::Unsupported,
            "TypeError" => Self::Type,
            _ => Self::Unknown,
        }
    }

    /// A short name for the kind, the same for every browser: what TypeScript sees as `kind`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotAllowed => "notAllowed",
            Self::NotFound => "notFound",
            Self::NotReadable => "notReadable",
            Self::Overconstrained { .. } => "overconstrained",
            Self::Abort => "abort",
            Self::Security => "security",
            Self::InsecureContext => "insecureContext",
            Self::Unsupported => "unsupported",
            Self::Type => "type",
            Self::Unknown => "unknown",
        }
    }

    /// What the user can do about it, in words to show to a person.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::NotAllowed => {
                "The camera or microphone was not allowed. Click the camera or lock symbol beside the page's address, \
                 allow both, and try again. Also look whether the system's privacy settings allow this browser to use them."
            }
            Self::NotFound => "No camera or microphone was found. Plug one in or switch it on, and try again.",
            Self::NotReadable => {
                "The camera or microphone does not answer. Close other programs and tabs that use it, \
                 or plug it out and in, and try again."
            }
            Self::Overconstrained { .. } => {
                "Your camera or microphone cannot do what this page asks for. Choose another one."
            }
            Self::Abort => "The camera or microphone could not be started. Try again.",
            Self::Security => {
                "The browser has switched cameras and microphones off for this page. Look into its settings."
            }
            Self::InsecureContext => {
                "Browsers give cameras and microphones only to secure pages. Open this page by an address that \
                 begins with https:// or with http://localhost."
            }
            Self::Unsupported => {
                "This browser cannot use a camera or microphone here. Open the page in a current Chrome, Edge, Firefox or Safari."
            }
            Self::Type => "This page asks for the camera or microphone in a wrong way. Tell the people who made it.",
            Self::Unknown => "The camera or microphone could not be used. Reload the page and try again.",
        }
    }

    /// Whether the very same request may succeed if it is simply made again.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NotReadable | Self::Abort => true,
            Self::NotAllowed
            | Self::NotFound
            | Self::Overconstrained { .. }
            | Self::Security
            | Self::InsecureContext
            | Self::Unsupported
            | Self::Type
            | Self::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_specification_and_of_older_browsers_are_known() {
        assert_eq!(MediaErrorKind::from_name("NotAllowedError", None), MediaErrorKind::NotAllowed);
        assert_eq!(MediaErrorKind::from_name("DevicesNotFoundError", None), MediaErrorKind::NotFound);
        assert_eq!(MediaErrorKind::from_name("TrackStartError", None), MediaErrorKind::NotReadable);
        assert_eq!(MediaErrorKind::from_name("InvalidStateError", None), MediaErrorKind::Unknown);
    }

    #[test]
    fn an_overconstrained_error_names_its_constraint() {
        let error = MediaErrorKind::from_name("OverconstrainedError", Some("width".into()));
        assert_eq!(error, MediaErrorKind::Overconstrained { constraint: "width".into() });
    }

    #[test]
    fn every_kind_has_advice_that_ends_as_a_sentence_does() {
        let names = ["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError", "AbortError"];
        for name in names.into_iter().chain(["SecurityError", "NotSupportedError", "TypeError", "?"]) {
            assert!(MediaErrorKind::from_name(name, None).advice().ends_with('.'), "{name}");
        }
    }
}
