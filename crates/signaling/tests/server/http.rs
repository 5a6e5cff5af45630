//! What the server says before there is a WebSocket, and what else it serves.

use std::fs;

use rejoin_signaling::Origins;

use crate::support::{Server, config};

#[tokio::test]
async fn a_client_that_does_not_offer_the_subprotocol_is_told_to() {
    let server = Server::start(config()).await;
    for offered in [None, Some("chat, rejoin.v0")] {
        let mut request = server.upgrade();
        request.headers_mut().remove("Sec-WebSocket-Protocol");
        if let Some(offered) = offered {
            request.headers_mut().insert("Sec-WebSocket-Protocol", offered.parse().unwrap());
        }
        let refused = server.request(request).await.err().unwrap();
        assert_eq!(refused, (400, "offer the WebSocket subprotocol rejoin.v1\n".to_owned()));
    }
    let mut request = server.upgrade();
    request.headers_mut().insert("Sec-WebSocket-Protocol", "chat, rejoin.v1".parse().unwrap());
    assert!(server.request(request).await.is_ok());
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused_unless_it_is_listed() {
    let listed = Origins::same().and("https://app.example.org").unwrap();
    let server = Server::start(config().with_origins(listed)).await;
    let own = format!("http://{}", server.address);
    for (origin, allowed) in [
        (own.as_str(), true),
        ("https://app.example.org", true),
        ("https://evil.example", false),
        ("http://127.0.0.1:1", false),
        ("null", false),
    ] {
        let mut request = server.upgrade();
        request.headers_mut().insert("Origin", origin.parse().unwrap());
        match server.request(request).await {
            Ok(_) => assert!(allowed, "{origin}"),
            Err((status, _)) => assert!(!allowed && status == 403, "{origin}: {status}"),
        }
    }
}

#[tokio::test]
async fn health_says_ok() {
    let server = Server::start(config()).await;
    let answer = server.get("/health").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nok\n"), "{answer}");
}

#[tokio::test]
async fn a_folder_is_served_with_types_and_headers_a_page_needs() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("call")).unwrap();
    fs::write(folder.path().join("call/index.html"), "<p>call").unwrap();
    fs::write(folder.path().join("a.wasm"), "\0asm").unwrap();
    fs::write(folder.path().join("a.js"), "export {}").unwrap();
    fs::write(folder.path().parent().unwrap().join("outside"), "secret").unwrap();
    let server = Server::start(config().with_assets(Some(folder.path().to_owned()))).await;

    for (path, parts) in [
        ("/call/", ["200", "text/html", "<p>call"]),
        ("/call/?room=abc", ["200", "text/html", "<p>call"]),
        ("/a.wasm", ["200", "application/wasm", "\0asm"]),
        ("/a.js", ["200", "text/javascript", "export {}"]),
        ("/call", ["307", "location: /call/", ""]),
        ("/nowhere", ["404", "", ""]),
        ("/../outside", ["404", "", ""]),
        ("/%2e%2e/outside", ["404", "", ""]),
    ] {
        let answer = server.get(path).await;
        assert!(parts.iter().all(|part| answer.contains(part)), "{path}: {answer}");
        assert!(answer.contains("cache-control: no-cache"), "{path}: {answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{path}: {answer}");
        assert!(!answer.to_lowercase().contains("permissions-policy"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn without_a_folder_a_visitor_is_told_where_the_socket_is() {
    let server = Server::start(config()).await;
    let answer = server.get("/").await;
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("/ws"), "{answer}");
}
