//! What can go wrong with a connection, by the name the browser gives it.

use rejoin_proto::channel::InvalidChannel;

use rejoin_proto::display_words;
use rejoin_proto::text::Words;

use super::configuration::InvalidConfiguration;
use crate::browser::error::BrowserError;

/// Why a connection, or something that hangs on it, could not do what was asked; the browser's words are the source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerConnectionError {
    /// There is no WebRTC here: an old browser, a worker, or it was switched off. Nothing helps but another browser.
    Unsupported(#[source] BrowserError),
    /// The connection was closed here. Make a new one.
    Closed,
    /// The configuration was refused before the browser saw it. Correct it.
    Configuration(#[from] InvalidConfiguration),
    /// The options of a channel were refused before the browser saw them. Correct them.
    Channel(#[from] InvalidChannel),
    /// Not in this state: an answer without an offer, a candidate before the description. Wait for the right one.
    InvalidState(#[source] BrowserError),
    /// Not with this object or these credentials. Check the arguments.
    InvalidAccess(#[source] BrowserError),
    /// The browser failed at it; a description that does not parse, for one. Rebuild the connection.
    Operation(#[source] BrowserError),
    /// The text could not be read. Check what the other side sent.
    Syntax(#[source] BrowserError),
    /// The description or configuration changes what may not be changed. Rebuild the connection.
    InvalidModification(#[source] BrowserError),
    /// A value is of the wrong type or out of range. Correct it.
    Type(#[source] BrowserError),
    /// The browser cannot do it.
    NotSupported(#[source] BrowserError),
    /// Something the specification does not name.
    Other(#[source] BrowserError),
}

impl Words for PeerConnectionError {
    fn words(&self, text: &mut String) {
        text.push_str(match self {
            Self::Unsupported(_) => "this environment has no WebRTC",
            Self::Closed => "the connection is closed",
            Self::Configuration(_) => "the configuration is not valid",
            Self::Channel(_) => "the options of the channel are not valid",
            Self::InvalidState(_) => "not possible in this state",
            Self::InvalidAccess(_) => "not allowed with these arguments",
            Self::Operation(_) => "the operation failed",
            Self::Syntax(_) => "the text could not be read",
            Self::InvalidModification(_) => "this may not be changed",
            Self::Type(_) => "a value is of the wrong type",
            Self::NotSupported(_) => "the browser does not support this",
            Self::Other(_) => "the browser refused",
        });
    }
}

display_words!(PeerConnectionError);

impl PeerConnectionError {
    /// The browser's own error, where it was the browser that refused.
    pub fn browser_error(&self) -> Option<&BrowserError> {
        match self {
            Self::Closed | Self::Configuration(_) | Self::Channel(_) => None,
            Self::Unsupported(error)
            | Self::InvalidState(error)
            | Self::InvalidAccess(error)
            | Self::Operation(error)
            | Self::Syntax(error)
            | Self::InvalidModification(error)
            | Self::Type(error)
            | Self::NotSupported(error)
            | Self::Other(error) => Some(error),
        }
    }
}

impl From<BrowserError> for PeerConnectionError {
    fn from(error: BrowserError) -> Self {
        match error.name() {
            "InvalidStateError" => Self::InvalidState(error),
            "InvalidAccessError" => Self::InvalidAccess(error),
            "OperationError" => Self::Operation(error),
            // The second is Firefox's own, for a description that is not ASCII.
            "SyntaxError" | "InvalidParameterError" => Self::Syntax(error),
            "InvalidModificationError" => Self::InvalidModification(error),
            "TypeError" | "RangeError" => Self::Type(error),
            "NotSupportedError" => Self::NotSupported(error),
            "ReferenceError" => Self::Unsupported(error),
            _ => Self::Other(error),
        }
    }
}

/// What the browser threw, by its name.
pub(super) fn thrown(value: wasm_bindgen::JsValue) -> PeerConnectionError {
    BrowserError::from(value).into()
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn an_exception_is_known_by_its_name_and_keeps_its_words() {
        let error = PeerConnectionError::from(BrowserError::new("OperationError", "Failed to parse"));
        assert!(matches!(error, PeerConnectionError::Operation(_)));
        assert_eq!(error.source().map(ToString::to_string), Some("OperationError: Failed to parse".to_owned()));
        assert!(matches!(PeerConnectionError::from(BrowserError::new("NewError", "")), PeerConnectionError::Other(_)));
    }
}
