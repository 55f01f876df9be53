//! Events that are pushed to a real address: the core's webhook behind a small server of the test's own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use qq_proto::webhook::{Head, Received, Settings, Webhook};
use serde_json::{Value, json};

use crate::client::{agent, control, http, server};

/// One request, as it stands in a buffer that holds the whole of it.
fn read(stream: &mut TcpStream) -> (Vec<(String, String)>, Bytes) {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).unwrap();
        bytes.extend_from_slice(&chunk[..count]);
        let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let headers: Vec<(String, String)> = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length: usize = length.unwrap().1.parse().unwrap();
        while bytes.len() < end + 4 + length {
            let count = stream.read(&mut chunk).unwrap();
            bytes.extend_from_slice(&chunk[..count]);
        }
        return (headers, Bytes::copy_from_slice(&bytes[end + 4..]));
    }
}

/// Serves `count` requests; gives the names of the events that were delivered.
fn serve(listener: &TcpListener, count: usize, delivered: &Sender<String>) {
    let config = qq_testkit::platform::PlatformConfig::default();
    let mut webhook = Webhook::new(Settings::new(config.app_id, config.secret.expose())).unwrap();
    let start = Instant::now();
    for _ in 0..count {
        let (mut stream, _) = listener.accept().unwrap();
        let (headers, body) = read(&mut stream);
        let head = Head::read(headers.iter().map(|(name, value)| (name.as_str(), value)));
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let answer = match webhook.handle(start.elapsed().into(), unix, &head, &body) {
            Received::Done(answer) => answer,
            Received::Event(event) => {
                delivered.send(event.dispatch.name().to_owned()).unwrap();
                webhook.accepted(event.receipt)
            }
        };
        let (status, body) = (answer.response.status, &answer.response.body);
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    }
}

#[test]
fn events_are_pushed_to_an_address_that_was_validated() {
    let server = server();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/webhook", listener.local_addr().unwrap());
    let (sender, delivered) = channel();
    let bot = thread::spawn(move || serve(&listener, 4, &sender));
    control(&server, "callback", Some(&json!({"url": url})));
    assert_eq!(control(&server, "callback?wait_ms=20000", None)["standing"], "valid");
    let pushed = control(&server, "message", Some(&json!({"scene": "group", "text": "hi"})));
    assert_eq!(pushed["session"], Value::Null);
    let state = control(&server, "callback?pushed=1&wait_ms=20000", None);
    let expected = json!([{
        "event_id": pushed["event_id"], "name": "GROUP_AT_MESSAGE_CREATE", "attempts": 1, "end": "received",
    }]);
    assert_eq!(state["pushes"], expected);
    for how in ["repeat", "other_body"] {
        assert_eq!(control(&server, "forge", Some(&json!({"how": how})))["done"], true);
    }
    bot.join().unwrap();
    assert_eq!(delivered.iter().collect::<Vec<_>>(), ["GROUP_AT_MESSAGE_CREATE"]);
    assert_eq!(control(&server, "violations", None)["violations"], json!([]));
}

#[test]
fn an_address_that_is_not_there_fails_and_others_are_refused() {
    let server = server();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    control(&server, "callback", Some(&json!({"url": format!("http://{nobody}/")})));
    assert_eq!(control(&server, "callback?wait_ms=20000", None)["standing"], "failed");
    for url in ["http://192.0.2.1/", "ws://127.0.0.1/", "nonsense"] {
        let path = format!("{}/_control/callback", server.base_url());
        let (status, answer) = http(&agent(), &path, "", Some(&json!({"url": url})));
        assert_eq!((status, answer["error"].is_string()), (400, true), "{answer}");
    }
    control(&server, "callback", Some(&json!({"url": null})));
    assert_eq!(control(&server, "callback", None), json!({"standing": null, "pushes": []}));
}
