//! Errors on their way to the classes of `ts/errors`: `[area, code, message, retryable, …more]`.

use js_sys::Array;
use rejoin::media::MediaError;
use rejoin::signaling::{ErrorMessage, Failure, SignalingError};
use rejoin::{ChannelError, ConnectError, PeerError};
use rejoin_proto::text::say;
use wasm_bindgen::JsValue;

/// `more`: the browser's name of the error, what the user can do, the constraint.
pub(crate) fn media(error: MediaError) -> JsValue {
    let failure = failure("media", error.kind().as_str(), error.message(), error.is_retryable());
    failure.push(&error.name().into());
    failure.push(&error.advice().into());
    failure.push(&error.constraint().into());
    failure.into()
}

/// An option that is missing or wrong.
pub(crate) fn option(message: &str) -> JsValue {
    failure("option", "invalidOption", message, false).into()
}

/// The server's own codes are passed on by their names on the wire.
pub(crate) fn signaling(error: &SignalingError) -> JsValue {
    let code = match error {
        SignalingError::Address(_) => "address",
        SignalingError::InvalidOption { .. } => return option(&say(error)),
        SignalingError::NotJoined => "notJoined",
        SignalingError::TooLarge { .. } => "tooLarge",
        SignalingError::Busy => "busy",
        SignalingError::Refused(error) => return server(error),
        SignalingError::ClosedByServer(code) => &code.name(),
        SignalingError::GaveUp(_) => "gaveUp",
        SignalingError::Closed => return closed("the signaling client is closed", "hungUp"),
        _ => "unknown",
    };
    failure("signaling", code, &say(error), error.is_retryable()).into()
}

/// What the server did not do.
pub(crate) fn server(error: &ErrorMessage) -> JsValue {
    failure("signaling", error.code.as_str(), &error.message, error.retryable).into()
}

/// Why a membership does not come back by itself.
pub(crate) fn final_failure(failure: Failure) -> JsValue {
    signaling(&SignalingError::from(failure))
}

pub(crate) fn channel(error: &ChannelError) -> JsValue {
    let code = match error {
        ChannelError::Closed => return closed("the channel is closed", "closed"),
        ChannelError::TooLarge { .. } => "tooLarge",
        ChannelError::QueueFull => "queueFull",
        ChannelError::Unread => "unread",
        ChannelError::Json(_) => "json",
        ChannelError::Transport(_) => "transport",
        ChannelError::CannotOpen(_) => "cannotOpen",
        ChannelError::Mismatch => "mismatch",
        _ => "unknown",
    };
    failure("channel", code, &say(error), *error == ChannelError::QueueFull).into()
}

/// `more` of a closed peer: why it is closed.
pub(crate) fn peer(error: &PeerError) -> JsValue {
    match error {
        PeerError::Closed(reason) => closed("the peer is closed", reason.as_str()),
        _ => failure("connection", "failed", &say(error), true).into(),
    }
}

pub(crate) fn connect(error: &ConnectError) -> JsValue {
    let code = match error {
        ConnectError::UnknownMember => "unknownMember",
        ConnectError::NotJoined => "notJoined",
        _ => "unknown",
    };
    failure("connection", code, &say(error), false).into()
}

fn closed(message: &str, reason: &str) -> JsValue {
    let failure = failure("closed", "closed", message, false);
    failure.push(&reason.into());
    failure.into()
}

fn failure(area: &str, code: &str, message: &str, retryable: bool) -> Array {
    Array::of4(&area.into(), &code.into(), &message.into(), &retryable.into())
}
