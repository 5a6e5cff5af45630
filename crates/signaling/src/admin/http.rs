//! The same over HTTP, for whoever is on this machine.
//!
//! | request | answer |
//! |---|---|
//! | `GET /rooms` | `[{"room": "kitchen", "peers": [{"peer": "2f6c…", "subject": "ada", "suspended": false}]}]` |
//! | `DELETE /rooms/kitchen/peers/2f6c…` | `{"kicked": 1}`, 0 where it was not there; its tokens are revoked in any case |
//! | `DELETE /rooms/kitchen` | `{"kicked": 2}`: everybody in the room |
//! | `DELETE /subjects/ada` | `{"kicked": 1}`: everybody with this `sub` in its access token, wherever |

use std::io;

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Router, serve};
use rejoin_proto::id::{PeerId, RoomId};
use serde::Serialize;
use tokio::net::TcpListener;

use super::Admin;
use crate::hub::Kick;

/// Answers the requests above, for ever. Who can reach `listener` may do all of this, so it has to listen on loopback.
///
/// # Errors
/// The listener has no address, or one that others can reach.
pub async fn run_admin(listener: TcpListener, admin: Admin) -> io::Result<()> {
    if !listener.local_addr()?.ip().is_loopback() {
        let why = "who reaches the admin interface may do everything: it listens on a loopback address only";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    let router = Router::new()
        .route("/rooms", get(rooms))
        .route("/rooms/{room}", delete(kick_room))
        .route("/rooms/{room}/peers/{peer}", delete(kick_peer))
        .route("/subjects/{subject}", delete(kick_subject))
        .layer(middleware::from_fn(no_pages))
        .with_state(admin);
    serve(listener, router).await
}

/// A page in a browser of this machine reaches loopback too, by a name of its own if need be.
async fn no_pages(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site") || !is_loopback(host) {
        return (StatusCode::FORBIDDEN, "this is not for pages\n").into_response();
    }
    next.run(request).await
}

fn is_loopback(host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = without_port.trim_start_matches('[').trim_end_matches(']');
    without_port.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

async fn rooms(State(admin): State<Admin>) -> Response {
    json(&admin.rooms())
}

async fn kick_room(State(admin): State<Admin>, Path(room): Path<String>) -> Response {
    match RoomId::new(room) {
        Ok(room) => kicked(&admin, &Kick::Room { room }),
        Err(error) => bad(&error.to_string()),
    }
}

async fn kick_peer(State(admin): State<Admin>, Path((room, peer)): Path<(String, String)>) -> Response {
    match (RoomId::new(room), PeerId::new(peer)) {
        (Ok(room), Ok(peer)) => kicked(&admin, &Kick::Peer { room, peer }),
        (Err(error), _) | (_, Err(error)) => bad(&error.to_string()),
    }
}

async fn kick_subject(State(admin): State<Admin>, Path(subject): Path<String>) -> Response {
    kicked(&admin, &Kick::Subject { subject })
}

#[derive(Serialize)]
struct Kicked {
    kicked: usize,
}

fn kicked(admin: &Admin, kick: &Kick) -> Response {
    json(&Kicked { kicked: admin.kick(kick) })
}

fn json(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text + "\n").into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn bad(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_heard() {
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.2:9090", "[::1]", "[::1]:9090"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "example.org", "example.org:80", "192.0.2.1", "localhost.example.org", "127.0.0.1.example.org"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
