//! Where the server listens.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::Poll;

use tokio::net::{TcpListener, TcpStream};

/// One port on one or more addresses.
#[derive(Debug)]
pub struct Listener(Vec<TcpListener>);

impl Listener {
    /// Listens on `port` of `host`, a name or an address; port 0 takes a free one.
    ///
    /// `localhost` is 127.0.0.1, and ::1 as well where the machine has it and the port is free there: browsers
    /// try either first.
    ///
    /// # Errors
    /// The port is taken, the host is not of this machine, or the name is unknown.
    pub async fn bind(host: &str, port: u16) -> io::Result<Self> {
        if !host.eq_ignore_ascii_case("localhost") {
            // An IPv6 address may stand in brackets, as in a URL.
            let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            return Ok(Self(vec![TcpListener::bind((host, port)).await?]));
        }
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = first.local_addr()?.port();
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
        Ok(Self(std::iter::once(first).chain(second).collect()))
    }

    /// The port.
    ///
    /// # Errors
    /// The system does not say.
    pub fn port(&self) -> io::Result<u16> {
        let first = self.0.first().ok_or(io::ErrorKind::NotConnected)?;
        Ok(first.local_addr()?.port())
    }

    /// The next connection on any of the addresses.
    pub(crate) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        poll_fn(|context| {
            for listener in &self.0 {
                if let Poll::Ready(accepted) = listener.poll_accept(context) {
                    return Poll::Ready(accepted);
                }
            }
            Poll::Pending
        })
        .await
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self(vec![listener])
    }
}
