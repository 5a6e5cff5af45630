//! The `rejoin-signaling` program.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "tests"))]

mod args;

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use rejoin_signaling::{Admin, Config, Listener, run, run_admin};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let is_terminal = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(is_terminal).with_writer(io::stderr).init();
    let (host, port, admin) = (args.host.clone(), args.port, args.admin);
    let served = args.config().map_err(Box::<dyn Error>::from).and_then(|config| {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(serve(&host, port, admin, config))
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                text = format!("{text}: {error}");
                cause = error.source();
            }
            // Where stderr is closed there is nobody to tell.
            let _ = writeln!(io::stderr(), "rejoin-signaling: {text}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(host: &str, port: u16, admin: Option<SocketAddr>, config: Config) -> Result<(), Box<dyn Error>> {
    // Before the line that says "listening": who reads it may stop the server at once.
    let shutdown = shutdown_signal()?;
    let listener = Listener::bind(host, port).await.map_err(|error| cannot_listen(host, port, &error))?;
    let port = listener.port()?;
    let (config, admin) = match admin {
        None => (config, None),
        Some(address) => {
            let door = TcpListener::bind(address).await.map_err(|error| format!("--admin {address}: {error}"))?;
            writeln!(io::stdout(), "admin on http://{}", door.local_addr()?)?;
            let admin = Admin::new();
            (config.with_admin(Some(admin.clone())), Some(run_admin(door, admin)))
        }
    };
    let in_url = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    writeln!(io::stdout(), "listening on http://{in_url}:{port}")?;
    io::stdout().flush()?;
    let admin = async {
        match admin {
            Some(admin) => admin.await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = run(listener, config, shutdown) => ended?,
        ended = admin => ended?,
    }
    Ok(())
}

fn cannot_listen(host: &str, port: u16, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} of {host} is in use: stop the other program, or choose another with --port or PORT")
        }
        io::ErrorKind::PermissionDenied => format!("may not listen on port {port}: choose one from 1024 up"),
        _ => format!("cannot listen on {host} port {port}: {error}"),
    }
}

#[cfg(unix)]
fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
