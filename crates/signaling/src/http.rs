//! What is served at which path: `/ws`, `/health`, and the files.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use rejoin_proto::relay::SUBPROTOCOL;
use tokio::sync::mpsc;
use tracing::{debug, warn};

use crate::places::{NoPlace, Place, Places};
use crate::switchboard::Switchboard;
use crate::{assets, socket};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) switchboard: Arc<Switchboard>,
    /// Places by the address a proxy names.
    pub(crate) behind_proxy: Places,
    /// Held by every socket, so that the server knows when the last is closed.
    pub(crate) running: mpsc::Sender<()>,
}

/// The TCP connection a request came by: its place, kept for as long as anything of it lives.
#[derive(Clone)]
pub(crate) struct Connection(#[expect(dead_code, reason = "held for its Drop")] pub(crate) Arc<Place>);

pub(crate) fn router(shared: Shared) -> Router {
    let assets = shared.switchboard.config.assets.clone();
    let router = Router::new().route("/ws", get(upgrade)).route("/health", get(health)).with_state(shared);
    match assets {
        Some(folder) => router.fallback_service(assets::service(folder)),
        None => router.fallback(get(nothing_here)),
    }
    .layer(middleware::map_response(assets::secure))
}

async fn upgrade(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let config = &shared.switchboard.config;
    let origin = header_text(&headers, header::ORIGIN);
    if !config.origins.allow(origin, header_text(&headers, header::HOST)) {
        let origin = origin.unwrap_or_default();
        warn!(origin, "refused a page of another origin; to let it in: --allow-origin {origin}");
        return refuse(StatusCode::FORBIDDEN, "pages of this origin may not connect; see --allow-origin\n");
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.protocols([SUBPROTOCOL]),
        Err(rejection) => return rejection.into_response(),
    };
    if upgrade.selected_protocol().is_none() {
        return refuse(StatusCode::BAD_REQUEST, "offer the WebSocket subprotocol rejoin.v1\n");
    }
    let place = match proxied_address(config.trust_proxy, &headers) {
        None => None,
        address => match shared.behind_proxy.take(address) {
            Ok(place) => Some(place),
            Err(why) => return no_place(why),
        },
    };
    let max = config.message_bytes;
    upgrade
        // The default is 128 KiB for every idle socket.
        .read_buffer_size(8 * 1024)
        // A frame somewhat too large is read to its end, so that the client can be told.
        .max_message_size(max.saturating_mul(2))
        .max_frame_size(max.saturating_mul(2))
        .on_failed_upgrade(|error| debug!(%error, "upgrade failed"))
        .on_upgrade(move |socket| async move {
            socket::serve(socket, &shared.switchboard).await;
            drop((place, connection, shared.running));
        })
}

async fn health(State(shared): State<Shared>) -> (StatusCode, &'static str) {
    if shared.switchboard.is_open() {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    }
}

async fn nothing_here() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "rejoin-signaling: the WebSocket is at /ws\n")
}

fn no_place(why: NoPlace) -> Response {
    match why {
        NoPlace::Server => refuse(StatusCode::SERVICE_UNAVAILABLE, "too many connections\n"),
        NoPlace::Address => refuse(StatusCode::TOO_MANY_REQUESTS, "too many connections from this address\n"),
    }
}

fn refuse(status: StatusCode, why: &'static str) -> Response {
    (status, [(header::CONNECTION, "close"), (header::CONTENT_TYPE, "text/plain; charset=utf-8")], why).into_response()
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    // A value that is no text is none that could be allowed.
    headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

/// The client's address as the proxy right in front of this server saw it: the last one, as a client can
/// write any before.
fn proxied_address(trust_proxy: bool, headers: &HeaderMap) -> Option<IpAddr> {
    if !trust_proxy {
        return None;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_forwarded_addresses_only_the_last_is_believed_and_only_behind_a_proxy() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "192.0.2.1, 192.0.2.2".parse().unwrap());
        headers.append("x-forwarded-for", "192.0.2.3,192.0.2.4".parse().unwrap());
        assert_eq!(proxied_address(true, &headers), "192.0.2.4".parse().ok());
        assert_eq!(proxied_address(false, &headers), None);
        headers.append("x-forwarded-for", "unknown".parse().unwrap());
        assert_eq!(proxied_address(true, &headers), None);
    }
}
