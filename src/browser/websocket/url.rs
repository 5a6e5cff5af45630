//! Which addresses a WebSocket may be opened to from this page.

use rejoin_proto::text::cut;

use super::WebSocketError;

/// Refuses `url` where it is not a WebSocket's, or where a page of `page_protocol` may not use it.
///
/// The browsers differ in how and when they say so (Chromium throws, Firefox throws or fails later):
/// asked beforehand the answer is the same in all, and says what to do.
pub(super) fn check(url: &str, page_protocol: Option<&str>) -> Result<(), WebSocketError> {
    // One copy in small letters: comparisons without regard to case are several times the code.
    let lower = url.to_ascii_lowercase();
    let (secure, rest) = match (lower.strip_prefix("wss://"), lower.strip_prefix("ws://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(bad(url)),
    };
    let host = host(rest);
    if host.is_empty() || url.bytes().any(|byte| byte == b'#' || byte.is_ascii_whitespace()) {
        return Err(bad(url));
    }
    if !secure && page_protocol == Some("https:") && !is_loopback(host) {
        return Err(WebSocketError::Insecure { url: url.to_owned() });
    }
    Ok(())
}

fn bad(url: &str) -> WebSocketError {
    WebSocketError::BadUrl { url: url.chars().take(200).collect() }
}

fn host(rest: &str) -> &str {
    let end = rest.bytes().position(|byte| b"/?#\\".contains(&byte)).unwrap_or(rest.len());
    let mut host_port = rest.get(..end).unwrap_or_default();
    while let Some((_, host)) = cut(host_port, b'@') {
        host_port = host;
    }
    match host_port.strip_prefix("[") {
        Some(v6) => cut(v6, b']').map_or(v6, |(host, _)| host),
        None => cut(host_port, b':').map_or(host_port, |(host, _)| host),
    }
}

/// Hosts that browsers take as secure without TLS:
/// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>.
fn is_loopback(host: &str) -> bool {
    let host = host.strip_suffix(".").unwrap_or(host);
    let v4 = host.starts_with("127.") && host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    v4 || host == "::1" || host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_websocket_addresses_with_a_host_are_taken() {
        for good in ["ws://host", "wss://host:1/ws?a=b", "WSS://[::1]:80/", "ws://user@host/"] {
            assert!(check(good, None).is_ok(), "{good} was refused");
        }
        for bad in
            ["", "/ws", "http://host", "ws:host", "ws://", "ws:///ws", "ws://:80/", "ws://host/#a", "ws://ho st/"]
        {
            assert!(matches!(check(bad, None), Err(WebSocketError::BadUrl { .. })), "{bad} was taken");
        }
    }

    #[test]
    fn a_secure_page_may_use_plain_sockets_to_itself_only() {
        let https = Some("https:");
        for good in ["wss://host/", "ws://localhost:80/ws", "ws://a.LOCALHOST/", "ws://127.0.0.1/", "ws://[::1]/"] {
            assert!(check(good, https).is_ok(), "{good} was refused");
        }
        for bad in [
            "ws://host/",
            "ws://127.evil.com/",
            "ws://localhost.evil.com/",
            "ws://xlocalhost/",
            "ws://localhost@evil.com/",
        ] {
            assert!(matches!(check(bad, https), Err(WebSocketError::Insecure { .. })), "{bad} was taken");
            assert!(check(bad, Some("http:")).is_ok());
        }
    }
}
