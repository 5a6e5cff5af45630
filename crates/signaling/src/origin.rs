//! Pages of which origins may connect.
//!
//! A browser names the page's origin in every WebSocket handshake and does not stop the page from connecting:
//! that is the server's to decide ([RFC 6455, 10.2](https://www.rfc-editor.org/rfc/rfc6455#section-10.2)).

/// Pages of which origins may connect: those of this server always, others where they are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    any: bool,
    listed: Vec<String>,
}

/// A text that is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an origin is scheme://host or scheme://host:port without a path, or *; this is {0:?}")]
pub struct InvalidOrigin(String);

impl Origins {
    /// Pages of this server only: the origin's host and port are those the request asked for.
    pub const fn same() -> Self {
        Self { any: false, listed: Vec::new() }
    }

    /// Also pages of `origin`, such as `https://app.example.org`; `*` is every page there is.
    ///
    /// # Errors
    /// [`InvalidOrigin`] where the text is not one.
    pub fn and(mut self, origin: &str) -> Result<Self, InvalidOrigin> {
        if origin == "*" {
            self.any = true;
            return Ok(self);
        }
        let origin = normal(origin).ok_or_else(|| InvalidOrigin(origin.to_owned()))?;
        self.listed.push(origin);
        Ok(self)
    }

    /// Whether a request with these headers may connect. Without an `Origin` it does not come from a page in
    /// a browser, and the page's origin is no protection against such a client anyway.
    pub(crate) fn allow(&self, origin: Option<&str>, host: Option<&str>) -> bool {
        let Some(origin) = origin else { return true };
        if self.any {
            return true;
        }
        // "null" (a sandboxed frame, a file) is no origin that could be the same as another.
        let Some(origin) = normal(origin) else { return false };
        self.listed.contains(&origin) || is_same(&origin, host)
    }
}

fn is_same(origin: &str, host: Option<&str>) -> bool {
    // The request does not say its scheme (a proxy may have ended TLS), so the host with its port decides.
    let (Some((scheme, _)), Some(host)) = (origin.split_once("://"), host) else { return false };
    normal(&format!("{scheme}://{host}")).is_some_and(|host| host == origin)
}

/// Lower case, and without the port that the scheme implies.
fn normal(origin: &str) -> Option<String> {
    let origin = origin.to_ascii_lowercase();
    let (scheme, authority) = origin.split_once("://")?;
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let is_authority = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'?' | b'#' | b'@' | b'*');
    if scheme.is_empty()
        || authority.is_empty()
        || !scheme.bytes().all(is_scheme)
        || !authority.bytes().all(is_authority)
    {
        return None;
    }
    let authority = match scheme {
        "http" | "ws" => authority.strip_suffix(":80").unwrap_or(authority),
        "https" | "wss" => authority.strip_suffix(":443").unwrap_or(authority),
        _ => authority,
    };
    Some(format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_this_server_is_allowed() {
        let origins = Origins::same();
        for (origin, host) in [
            ("http://localhost:8080", "localhost:8080"),
            ("https://example.org", "example.org"),
            ("https://Example.org", "example.org:443"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            assert!(origins.allow(Some(origin), Some(host)), "{origin} at {host}");
        }
    }

    #[test]
    fn a_page_of_another_server_is_refused() {
        let origins = Origins::same();
        for (origin, host) in [
            ("http://localhost:3000", "localhost:8080"),
            ("http://evil.example", "localhost:8080"),
            ("https://example.org.evil.example", "example.org"),
            ("https://example.org", "example.org:80"),
            ("null", "localhost:8080"),
            ("", "localhost:8080"),
        ] {
            assert!(!origins.allow(Some(origin), Some(host)), "{origin} at {host}");
        }
        assert!(!origins.allow(Some("http://localhost:8080"), None));
    }

    #[test]
    fn a_client_that_is_no_browser_is_allowed() {
        assert!(Origins::same().allow(None, Some("localhost:8080")));
    }

    #[test]
    fn a_listed_origin_is_allowed_and_only_that() {
        let origins = Origins::same().and("https://App.example.org:443").unwrap();
        assert!(origins.allow(Some("https://app.example.org"), Some("signal.example.org")));
        assert!(!origins.allow(Some("http://app.example.org"), Some("signal.example.org")));
        assert!(!origins.allow(Some("https://other.example.org"), Some("signal.example.org")));
    }

    #[test]
    fn a_star_allows_every_page() {
        let origins = Origins::same().and("*").unwrap();
        assert!(origins.allow(Some("https://anywhere.example"), Some("localhost:8080")));
        assert!(origins.allow(Some("null"), None));
    }

    #[test]
    fn what_is_no_origin_cannot_be_listed() {
        for text in ["example.org", "https://", "https://example.org/", "https://*.example.org", "https://a@b", ""] {
            assert!(Origins::same().and(text).is_err(), "{text}");
        }
    }
}
