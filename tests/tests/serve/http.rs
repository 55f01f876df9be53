//! HTTP: what a client sends in its own manner, and how connections are kept or ended.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use qq_testkit::platform::{Endpoint, Failure, Incident};
use serde_json::json;

use crate::client::{LIMIT, agent, ends, http, server, token};

/// One answer on a connection: status and body.
fn answer(reader: &mut BufReader<TcpStream>) -> (u16, String) {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("{line:?}")).parse().unwrap();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (status, String::from_utf8(body).unwrap())
}

fn connect(server: &qq_testkit::serve::Server) -> (TcpStream, BufReader<TcpStream>) {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    (stream.try_clone().unwrap(), BufReader::new(stream))
}

#[test]
fn token_discovery_and_self() {
    let server = server();
    let (agent, token) = (agent(), token(&server));
    let get = |path: &str| http(&agent, &format!("{}{path}", server.base_url()), &token, None);
    assert_eq!(get("/gateway"), (200, json!({"url": server.ws_url()})));
    assert_eq!(get("/gateway/bot").1["url"], server.ws_url());
    assert_eq!(get("/users/@me").1["bot"], true);
    assert_eq!(get("/nothing").0, 404);
    assert_eq!(http(&agent, &format!("{}/gateway", server.base_url()), "x", None).0, 401);
}

#[test]
fn one_connection_serves_many_requests_however_they_are_cut() {
    let server = server();
    let (mut stream, mut reader) = connect(&server);
    let request = "GET /gateway HTTP/1.1\r\nHost: x\r\n\r\n";
    for byte in request.bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    assert_eq!(answer(&mut reader).0, 401);
    stream.write_all(request.repeat(3).as_bytes()).unwrap();
    for _ in 0..3 {
        assert_eq!(answer(&mut reader).0, 401);
    }
    stream.write_all(b"GET /gateway HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(answer(&mut reader).0, 401);
    assert_eq!(reader.read(&mut [0]).unwrap(), 0, "closed as asked");
}

#[test]
fn bodies_come_chunked_or_after_a_question() {
    let server = server();
    let body = json!({"appId": "102030405", "clientSecret": "model-platform-secret"}).to_string();
    let head = "POST /app/getAppAccessToken HTTP/1.1\r\ncontent-type: application/json\r\n";
    let (first, second) = body.split_at(10);
    let (mut stream, mut reader) = connect(&server);
    let chunks = format!("A\r\n{first}\r\n{:x};x=y\r\n{second}\r\n0\r\n\r\n", second.len());
    stream.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}").as_bytes()).unwrap();
    assert!(answer(&mut reader).1.contains("access_token"));
    let length = body.len();
    stream
        .write_all(format!("{head}Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n").as_bytes())
        .unwrap();
    assert_eq!(answer(&mut reader).0, 100);
    stream.write_all(body.as_bytes()).unwrap();
    assert!(answer(&mut reader).1.contains("access_token"));
}

#[test]
fn what_is_no_http_ends_the_connection() {
    let server = server();
    for junk in ["\u{1}\u{2}\r\n\r\n", "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"] {
        let (mut stream, mut reader) = connect(&server);
        stream.write_all(junk.as_bytes()).unwrap();
        assert!(ends(&mut reader), "{junk:?}");
    }
    assert_eq!(token(&server).len(), 65, "and nobody else is harmed");
}

#[test]
fn hanging_and_dropped_requests() {
    let server = server();
    let order = |how| server.apply(Incident::FailNext { endpoint: Endpoint::Discovery, how, times: 1 });
    order(Failure::Hang);
    let first = connect(&server);
    (&first.0).write_all(b"GET /gateway HTTP/1.1\r\n\r\n").unwrap();
    assert!(server.wait_for(LIMIT, |platform| platform.hanging() == 1));
    // It is still open when another one has long been answered.
    token(&server);
    first.0.set_nonblocking(true).unwrap();
    assert_eq!(first.0.peek(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    order(Failure::LostReply);
    let (mut stream, mut reader) = connect(&server);
    stream.write_all(b"GET /gateway HTTP/1.1\r\n\r\n").unwrap();
    assert!(ends(&mut reader));
    drop(first);
    assert!(server.wait_for(LIMIT, |platform| platform.hanging() == 0), "who leaves is forgotten");
}

#[test]
fn stopping_ends_what_hangs() {
    let server = server();
    server.apply(Incident::FailNext { endpoint: Endpoint::Discovery, how: Failure::Hang, times: 1 });
    let (mut stream, mut reader) = connect(&server);
    stream.write_all(b"GET /gateway HTTP/1.1\r\n\r\n").unwrap();
    let (_idle, mut idle_reader) = connect(&server);
    assert!(server.wait_for(LIMIT, |platform| platform.hanging() == 1));
    token(&server);
    let address = server.address();
    server.stop();
    assert!(ends(&mut reader));
    assert!(ends(&mut idle_reader));
    assert!(TcpStream::connect(address).is_err(), "the port is free");
}
