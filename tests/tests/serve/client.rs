//! A bot over real sockets that does what a test says. Every wait has a limit.

use std::io::{self, Read};
use std::net::TcpStream;
use std::time::Duration;

use qq_testkit::platform::Rule;
use qq_testkit::serve::{ServeOptions, Server};
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// Far beyond anything that happens in these tests.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn server() -> Server {
    Server::start(ServeOptions::default()).unwrap()
}

pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(LIMIT))
        .proxy(None)
        .build()
        .into()
}

/// A request and its answer.
pub(crate) fn http(agent: &ureq::Agent, url: &str, token: &str, body: Option<&Value>) -> (u16, Value) {
    let authorization = format!("QQBot {token}");
    let mut response = match body {
        Some(body) => agent
            .post(url)
            .header("Authorization", &authorization)
            .header("Content-Type", "application/json")
            .send(body.to_string())
            .unwrap(),
        None => agent.get(url).header("Authorization", &authorization).call().unwrap(),
    };
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::from(text)))
}

pub(crate) fn control(server: &Server, path: &str, body: Option<&Value>) -> Value {
    let (status, answer) = http(&agent(), &format!("{}/_control/{path}", server.base_url()), "", body);
    assert_eq!(status, 200, "{answer}");
    answer
}

pub(crate) fn token(server: &Server) -> String {
    let body = json!({"appId": "102030405", "clientSecret": "model-platform-secret"});
    let url = format!("{}/app/getAppAccessToken", server.base_url());
    let (_, answer) = http(&agent(), &url, "", Some(&body));
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Whether no rule was broken, but for the pause between token requests, which these tests do not keep.
pub(crate) fn behaved(server: &Server) -> bool {
    server.platform().violations().iter().all(|violation| violation.rule == Rule::TokenTooSoon)
}

pub(crate) type Socket = WebSocket<TcpStream>;

pub(crate) fn dial(server: &Server) -> Result<Socket, tungstenite::Error> {
    let stream = TcpStream::connect(server.address())?;
    stream.set_read_timeout(Some(LIMIT))?;
    match tungstenite::client(server.ws_url(), stream) {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::HandshakeError::Failure(error)) => Err(error),
        Err(tungstenite::HandshakeError::Interrupted(_)) => panic!("no answer to the upgrade"),
    }
}

pub(crate) fn say(socket: &mut Socket, frame: &Value) {
    socket.send(Message::text(frame.to_string())).unwrap();
}

pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// Whether a connection ends, in whatever manner, before anything more is said.
pub(crate) fn ends(mut stream: impl Read) -> bool {
    match stream.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => {
            assert!(!is_timeout(&error), "the connection did not end within the limit");
            true
        }
    }
}

/// The next message, as JSON if it is.
pub(crate) fn hear(socket: &mut Socket) -> Value {
    match socket.read() {
        Ok(Message::Text(text)) => serde_json::from_str(&text).unwrap_or(Value::from(text.as_str())),
        Ok(Message::Binary(bytes)) => json!({"binary": serde_json::from_slice::<Value>(&bytes).unwrap()}),
        Ok(Message::Close(frame)) => json!({"close": frame.map(|frame| u16::from(frame.code))}),
        Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => hear(socket),
        Err(tungstenite::Error::Io(error)) => {
            assert!(!is_timeout(&error), "nothing was heard within the limit");
            Value::from(format!("error: {error}"))
        }
        Err(error) => Value::from(format!("error: {error}")),
    }
}

/// A live session: its socket and its id.
pub(crate) fn live(server: &Server) -> (Socket, String) {
    let token = format!("QQBot {}", token(server));
    let mut socket = dial(server).unwrap();
    assert_eq!(hear(&mut socket)["op"], 10);
    say(&mut socket, &json!({"op": 2, "d": {"token": token, "intents": 1 << 25, "shard": [0, 1]}}));
    let ready = hear(&mut socket);
    assert_eq!(ready["t"], "READY", "{ready}");
    let session = ready["d"]["session_id"].as_str().unwrap().to_owned();
    (socket, session)
}

pub(crate) fn resume(server: &Server, session: &str, seq: u64) -> Socket {
    let token = format!("QQBot {}", token(server));
    let mut socket = dial(server).unwrap();
    assert_eq!(hear(&mut socket)["op"], 10);
    say(&mut socket, &json!({"op": 6, "d": {"token": token, "session_id": session, "seq": seq}}));
    socket
}
