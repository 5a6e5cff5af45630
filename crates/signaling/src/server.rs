//! Accepts connections until it is told to stop, and then sees everybody off.

use std::future::Future;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};
use tower::ServiceExt;
use tracing::{debug, info, warn};

use crate::http::{Connection, Shared, router};
use crate::places::{NoPlace, Places};
use crate::switchboard::Switchboard;
use crate::{Config, Listener};

/// Serves `listener` until `shutdown` is ready; then sends every client `goingAway`, closes the sockets with
/// 1012, and returns when all are closed or the shutdown timeout is over.
///
/// # Errors
/// The system has no randomness to give, or the file of what is revoked cannot be read. What happens to a single connection ends that connection only.
///
/// # Cancellation
/// Dropping the future drops the listener; sockets that are open live on until their clients end them.
pub async fn run(listener: impl Into<Listener>, config: Config, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let listener = listener.into();
    let config = Arc::new(config);
    let seed = getrandom::u64().map_err(io::Error::other)?;
    let switchboard = Arc::new(Switchboard::new(Arc::clone(&config), seed)?);
    if let Some(admin) = &config.admin {
        admin.attach(&switchboard);
    }
    let (running, mut all_closed) = mpsc::channel(1);
    let shared = Shared {
        switchboard: Arc::clone(&switchboard),
        behind_proxy: Places::new(usize::MAX, config.connections_per_address),
        running,
    };
    let acceptor = Acceptor {
        router: router(shared),
        places: Places::new(config.connections, config.connections_per_address),
        connections: GracefulShutdown::new(),
        config: Arc::clone(&config),
    };

    tokio::select! {
        () = shutdown => {}
        () = acceptor.run(&listener) => {}
        () = switchboard.run_timer() => {}
    }

    let deadline = Instant::now() + config.shutdown_timeout;
    info!("stopping");
    drop(listener);
    switchboard.shut_down();
    let connections = acceptor.connections;
    drop(acceptor.router);
    let closed = async {
        connections.shutdown().await;
        // Nobody sends: this ends when the last socket has dropped its sender.
        while all_closed.recv().await.is_some() {}
    };
    if timeout_at(deadline, closed).await.is_err() {
        warn!("stopped before every connection was closed");
    }
    Ok(())
}

struct Acceptor {
    router: Router,
    places: Places,
    connections: GracefulShutdown,
    config: Arc<Config>,
}

impl Acceptor {
    /// Accepts for ever.
    async fn run(&self, listener: &Listener) {
        loop {
            match listener.accept().await {
                Ok((stream, address)) => self.serve(stream, address),
                Err(error) => {
                    // Too many open files, or the client was gone before it was accepted: go on, but not in a
                    // tight loop.
                    warn!(%error, "accept failed");
                    sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn serve(&self, stream: TcpStream, address: SocketAddr) {
        // Signals are small and somebody waits for each.
        let _ = stream.set_nodelay(true);
        let address = if self.config.trust_proxy { None } else { Some(address.ip()) };
        let connection = match self.places.take(address) {
            Ok(place) => Connection(Arc::new(place)),
            Err(why) => return refuse(stream, why),
        };
        let router = self.router.clone();
        let service = tower::service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(connection.clone());
            router.clone().oneshot(request)
        });
        let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
        builder.http1().timer(TokioTimer::new()).header_read_timeout(self.config.hello_timeout);
        let service = TowerToHyperService::new(service);
        let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        let serving = self.connections.watch(serving);
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                debug!(%error, "connection ended");
            }
        });
    }
}

/// Answers without reading the request or waiting: this is said to those who are too many already.
fn refuse(stream: TcpStream, why: NoPlace) {
    let status = match why {
        NoPlace::Server => "503 Service Unavailable",
        NoPlace::Address => "429 Too Many Requests",
    };
    let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    debug!(?why, "refused a connection");
    // It does not block: the socket is non-blocking still, and its buffer empty.
    let _ = stream.into_std().and_then(|mut stream| stream.write_all(answer.as_bytes()));
}
