//! The platform's side of a webhook: it signs, sends, and reads the answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

use ed25519_dalek::{Signer as _, SigningKey};

use crate::bots::LONG;

pub(crate) const APP_ID: &str = "11111111";
pub(crate) const SECRET: &str = "secret_12_chars";

/// What everything is fine is answered with.
pub(crate) const TAKEN: &str = r#"{"op":12,"d":0}"#;
/// What "try again later" is answered with.
pub(crate) const AGAIN: &str = r#"{"op":12,"d":1}"#;

/// Signs as the platform does: the seed is the secret, repeated and cut to 32 bytes.
pub(crate) fn sign(secret: &str, timestamp: &str, body: &str) -> String {
    let seed: Vec<u8> = secret.bytes().cycle().take(32).collect();
    let key = SigningKey::from_bytes(&seed.try_into().unwrap());
    let signature = key.sign(format!("{timestamp}{body}").as_bytes());
    format!("{signature:x}")
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// An event that somebody wrote `text` to the bot.
pub(crate) fn message(id: &str, text: &str) -> String {
    format!(
        r#"{{"id":"C2C_MESSAGE_CREATE:{id}","op":0,"t":"C2C_MESSAGE_CREATE","d":{{"id":"m-{id}","author":{{"user_openid":"person"}},"content":"{text}","timestamp":"2026-11-24T10:00:00+08:00"}}}}"#
    )
}

/// The headers of a signed request.
pub(crate) fn signed(secret: &str, timestamp: &str, body: &str) -> String {
    let signature = sign(secret, timestamp, body);
    format!(
        "User-Agent: QQBot-Callback\r\nX-Bot-Appid: {APP_ID}\r\nX-Signature-Method: Ed25519\r\n\
         X-Signature-Ed25519: {signature}\r\nX-Signature-Timestamp: {timestamp}\r\n"
    )
}

/// A request to the path of the scenarios.
pub(crate) fn post(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /qq HTTP/1.1\r\nHost: bot.example\r\nContent-Type: application/json\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

/// A push of this event, signed now.
pub(crate) fn push(body: &str) -> String {
    post(&signed(SECRET, &now().to_string(), body), body)
}

/// What the server said.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.set_write_timeout(Some(LONG)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads one answer; `None` if the connection ends before one begins.
pub(crate) fn read(stream: &mut impl Read) -> Option<Response> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ if head.is_empty() => return None,
            other => panic!("{other:?} after {:?}", String::from_utf8_lossy(&head)),
        }
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    };
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    // An interim answer has no body.
    let length = header("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    Some(Response { status, body: String::from_utf8(body).unwrap(), head })
}

/// Whether nothing more comes.
pub(crate) fn is_over(stream: &mut impl Read) -> bool {
    // Closed over unread bytes it ends with a reset.
    stream
        .read(&mut [0])
        .map_or_else(|error| error.kind() == std::io::ErrorKind::ConnectionReset, |len| len == 0)
}

/// Sends on a connection of its own and reads the answer.
pub(crate) fn send(address: SocketAddr, request: &str) -> Response {
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).unwrap();
    read(&mut stream).expect("an answer")
}

/// Sends, and gives the answer's status and body.
pub(crate) fn answer(address: SocketAddr, request: &str) -> (u16, String) {
    let response = send(address, request);
    (response.status, response.body)
}
