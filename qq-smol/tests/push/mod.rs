//! The platform's side of a webhook: signed requests.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

use ed25519_dalek::{Signer as _, SigningKey};

/// Pushes a message of one person to `url`, signed with the secret, and gives the whole answer.
pub(crate) fn push(url: &str, app_id: &str, secret: &str, message_id: &str, text: &str) -> String {
    let body = format!(
        r#"{{"id":"C2C_MESSAGE_CREATE:{message_id}","op":0,"t":"C2C_MESSAGE_CREATE","d":{{"id":"{message_id}","author":{{"user_openid":"u1"}},"content":"{text}","timestamp":"2026-01-01T00:00:00+08:00"}}}}"#
    );
    let seed: Vec<u8> = secret.bytes().cycle().take(32).collect();
    let key = SigningKey::from_bytes(&seed.try_into().unwrap());
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let signature = key.sign(format!("{time}{body}").as_bytes());
    let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nX-Bot-Appid: {app_id}\r\nX-Signature-Timestamp: {time}\r\n\
         X-Signature-Ed25519: {signature:x}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The address in what `listen` has said, once it has.
pub(crate) fn address(said: &str) -> Option<String> {
    let line = said.lines().find(|line| line.contains("the webhook listens at "))?;
    Some(line.rsplit(' ').next()?.to_owned())
}
