//! The program: its one line, its signals, its words when it cannot start.

use std::io::Read;
use std::process::{Command, Stdio};

use rejoin_proto::relay::{CloseCode, ServerMessage};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use crate::support::{Client, hello, soon};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rejoin-signaling"));
    for name in [
        "HOST",
        "PORT",
        "REJOIN_ADMIN",
        "REJOIN_ACCESS_KEY",
        "REJOIN_ACCESS_KEY_FILE",
        "REJOIN_REVOKED_FILE",
        "REJOIN_KEY",
        "REJOIN_KEY_FILE",
        "REJOIN_ASSETS",
        "REJOIN_ALLOW_ORIGIN",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn join(port: u16, room: &str) -> (Client, rejoin_proto::relay::Welcome) {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let mut request = format!("ws://localhost:{port}/ws").into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", "rejoin.v1".parse().unwrap());
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (socket, _) = soon(tokio_tungstenite::client_async(request, stream)).await.unwrap();
    let mut client = Client(socket);
    client.say(rejoin_proto::relay::ClientMessage::Hello(hello(room))).await;
    let ServerMessage::Welcome(welcome) = client.next().await else { panic!("no welcome") };
    (client, welcome)
}

#[cfg(unix)]
#[tokio::test]
async fn it_prints_one_line_serves_and_stops_at_a_signal_leaving_no_secret_in_its_log() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = tokio::process::Command::from(program());
        let mut child = command
            .env("PORT", "0")
            .env("RUST_LOG", "debug")
            .env("XDG_STATE_HOME", folder.path())
            .env_remove("STATE_DIRECTORY")
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        soon(stdout.read_line(&mut line)).await.unwrap();
        let port: u16 = line.trim().strip_prefix("listening on http://localhost:").unwrap().parse().unwrap();
        let key = std::fs::read_to_string(folder.path().join("rejoin/signaling.key")).unwrap();

        let (mut a, first) = join(port, "secret-room").await;
        let (_b, second) = join(port, "secret-room").await;
        a.next().await;
        a.signal(&second.peer, "v=0 secret description").await;
        assert_eq!(a.heard_so_far().await, []);

        let pid = child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        assert!(matches!(a.next().await, ServerMessage::GoingAway { .. }));
        assert_eq!(a.closed().await, CloseCode::Restart);
        drop(_b);
        let status = soon(child.wait()).await.unwrap();
        assert!(status.success(), "{signal}: {status}");

        line.clear();
        soon(stdout.read_line(&mut line)).await.unwrap();
        assert_eq!(line, "", "more than one line on stdout");
        let mut log = String::new();
        soon(child.stderr.take().unwrap().read_to_string(&mut log)).await.unwrap();
        for secret in [key.trim(), first.resume.as_str(), second.resume.as_str(), "secret"] {
            assert!(!log.contains(secret), "{secret} in the log:\n{log}");
        }
    }
}

#[test]
fn it_says_what_to_do_when_it_cannot_start() {
    let key = "k".repeat(32);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let admin = taken.local_addr().unwrap().to_string();
    for (args, words) in [
        (vec!["--key", &key, "--port", &port], "in use"),
        (vec!["--key", &key, "--assets", "/no/such/folder"], "is not a folder"),
        (vec!["--key", "short"], "at least 32 characters"),
        (vec!["--key", &key, "--allow-origin", "example.org"], "an origin is scheme://host"),
        (vec!["--key", &key, "--ice-server", "example.org"], "begins with stun:"),
        (vec!["--key-file", "/dev/null/key"], "key file /dev/null/key"),
        (vec!["--key", &key, "--access-key-file", "/no/such/key"], "key file /no/such/key"),
        (vec!["--key", &key, "--access-key", "short"], "at least 32 characters"),
        (vec!["--key", &key, "--revoked-file", "/no/such/folder/revoked"], "/no/such/folder/revoked"),
        (vec!["--key", &key, "--admin", "0.0.0.0:9090"], "a loopback address"),
        (vec!["--key", &key, "--port", "0", "--admin", &admin], "--admin 127.0.0.1:"),
        (vec!["--port", "eighty"], "invalid value 'eighty'"),
    ] {
        let output = program().args(&args).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(words), "{args:?}: {text}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn help_names_every_default() {
    let mut child = program().arg("--help").spawn().unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    for words in ["--allow-origin", "--key-file", "--assets", "[default: 8080]", "[default: 30000]", "[env: PORT=]"] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
}
