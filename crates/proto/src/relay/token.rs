//! A secret text that logs do not show.

use core::fmt;

use super::limits::MAX_TOKEN_BYTES;

/// A secret: the application's access token, or the resume token by which a peer proves its id.
///
/// Opaque to a client. `Debug` shows its length only, so that it does not end in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes `text` as a token; gives it back where it is empty or has more than
    /// [`MAX_TOKEN_BYTES`] bytes.
    ///
    /// # Errors
    /// The text itself.
    pub fn new(text: impl Into<String>) -> Result<Self, String> {
        let text = text.into();
        if text.is_empty() || text.len() > MAX_TOKEN_BYTES { Err(text) } else { Ok(Self(text)) }
    }

    /// The secret itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        token.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_secret() {
        assert_eq!(format!("{:?}", Token::new("hunter2").unwrap()), "Token(7 bytes)");
    }

    #[test]
    fn an_empty_or_overlong_text_is_given_back() {
        assert_eq!(Token::new(""), Err(String::new()));
        let long = "x".repeat(MAX_TOKEN_BYTES + 1);
        assert_eq!(Token::new(long.clone()), Err(long));
    }
}
