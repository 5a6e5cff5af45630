//! A server on a free port, and clients that wait for what they are sent, with a deadline.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rejoin_proto::id::{PeerId, RoomId};
use rejoin_proto::relay::{ClientMessage, CloseCode, ErrorMessage, Hello, ServerMessage, Token, Welcome, Wire};
use rejoin_signaling::{Config, Key, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as FrameCode;
use tokio_tungstenite::tungstenite::{self, Message, protocol::CloseFrame};
use tokio_tungstenite::{WebSocketStream, client_async};

/// No wait of a test is longer.
const DEADLINE: Duration = Duration::from_secs(20);

/// Waits for `what`, or fails the test.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what).await.expect("nothing came in time")
}

/// The key of all servers that do not bring their own.
pub fn key() -> Key {
    Key::from_text("the key of the tests, and of those only").unwrap()
}

pub fn config() -> Config {
    Config::new(key())
}

pub struct Server {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        Self { address, stop: Some(stop), running: tokio::spawn(run(listener, config, shutdown)) }
    }

    /// Asks it to stop.
    pub fn begin_stop(&mut self) {
        self.stop.take();
    }

    /// Waits until it has stopped.
    pub async fn stopped(self) {
        soon(self.running).await.unwrap().unwrap();
    }

    pub async fn client(&self) -> Client {
        self.request(self.upgrade()).await.expect("the handshake was refused")
    }

    /// A client that is in `room`, and its welcome.
    pub async fn join(&self, room: &str) -> (Client, Welcome) {
        self.enter(hello(room)).await
    }

    pub async fn enter(&self, hello: Hello) -> (Client, Welcome) {
        let mut client = self.client().await;
        client.say(ClientMessage::Hello(hello)).await;
        let ServerMessage::Welcome(welcome) = client.next().await else { panic!("no welcome") };
        (client, welcome)
    }

    /// The handshake of a browser-less client.
    pub fn upgrade(&self) -> Request {
        let mut request = format!("ws://{}/ws", self.address).into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", "rejoin.v1".parse().unwrap());
        request
    }

    /// Tries a handshake; the status and body of the answer where it is refused.
    pub async fn request(&self, request: Request) -> Result<Client, (u16, String)> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        match soon(client_async(request, stream)).await {
            Ok((socket, _)) => Ok(Client(socket)),
            Err(tungstenite::Error::Http(answer)) => {
                let body = answer.body().clone().unwrap_or_default();
                Err((answer.status().as_u16(), String::from_utf8(body).unwrap()))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// The whole answer to a GET, as text.
    pub async fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        soon(stream.read_to_string(&mut answer)).await.unwrap();
        answer
    }
}

pub fn hello(room: &str) -> Hello {
    Hello::new(RoomId::new(room).unwrap())
}

pub fn back(room: &str, resume: &Token) -> Hello {
    Hello { resume: Some(resume.clone()), ..hello(room) }
}

pub struct Client(pub WebSocketStream<TcpStream>);

impl Client {
    pub async fn say(&mut self, message: ClientMessage) {
        self.say_text(&serde_json::to_string(&Wire::from(message)).unwrap()).await;
    }

    pub async fn say_text(&mut self, text: &str) {
        soon(self.0.send(Message::text(text))).await.unwrap();
    }

    pub async fn signal(&mut self, to: &PeerId, data: &str) {
        self.say(ClientMessage::Signal { to: to.clone(), data: data.to_owned() }).await;
    }

    /// The next message of the server.
    pub async fn next(&mut self) -> ServerMessage {
        match self.receive().await {
            Ok(message) => message,
            Err(code) => panic!("closed: {code}"),
        }
    }

    /// The next message, or the code the server closed with.
    pub async fn receive(&mut self) -> Result<ServerMessage, CloseCode> {
        loop {
            match soon(self.0.next()).await {
                Some(Ok(Message::Text(text))) => {
                    let wire: Wire = serde_json::from_str(&text).unwrap();
                    return Ok(ServerMessage::try_from(wire).unwrap());
                }
                Some(Ok(Message::Close(Some(frame)))) => return Err(CloseCode::from_u16(frame.code.into())),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("{other:?}"),
                None | Some(Err(_)) => return Err(CloseCode::Abnormal),
            }
        }
    }

    /// The next message, which is an error.
    pub async fn error(&mut self) -> ErrorMessage {
        match self.next().await {
            ServerMessage::Error(error) => error,
            other => panic!("{other:?}"),
        }
    }

    /// The code the server closes with, which it does before it says anything.
    pub async fn closed(&mut self) -> CloseCode {
        self.receive().await.expect_err("a message came instead of the close")
    }

    /// Everything it is sent until the server answers this ping; proves that nothing else is under way.
    pub async fn heard_so_far(&mut self) -> Vec<ServerMessage> {
        self.say(ClientMessage::Ping).await;
        let mut heard = Vec::new();
        loop {
            match self.next().await {
                ServerMessage::Pong { .. } => return heard,
                other => heard.push(other),
            }
        }
    }

    /// Closes as a page does that is left.
    pub async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: FrameCode::from(code), reason: "".into() };
        soon(self.0.close(Some(frame))).await.unwrap();
        while soon(self.0.next()).await.is_some_and(|message| message.is_ok()) {}
    }

    /// Loses the socket without a word.
    pub fn lose(self) {
        drop(self);
    }
}
