//! Which addresses a WebSocket may be opened to from this page.

use rejoin_proto::text::cut;

use super::WebSocketError;

/// Refuses `url` where it is not a WebSocket's, or where a page of `page_protocol` may not use it.
///
/// The browsers differ in how and when they say so (Chromium throws, Firefox throws or fails later):
/// asked beforehand the answer is the same in all, and says what to do.
pub(super) fn check(url: &str, page_protocol: Option<&str>) -> Result<(), WebSocketError> {
    let (secure, rest) = match cut(url, b':').and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?))) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ws") => (false, rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("wss") => (true, rest),
        _ => return Err(bad(url)),
    };
    let host = host(rest);
    if host.is_empty() || url.contains(|c: char| c == '#' || c.is_whitespace()) {
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
    v4 || host == "::1"
        || host.eq_ignore_ascii_case("localhost")
        || host.len() > 10 && host.get(host.len() - 10..).is_some_and(|end| end.eq_ignore_ascii_case(".localhost"))
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
