//! Faults that only sockets have.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use qq_testkit::platform::{Inbound, Incident, Scene};
use qq_testkit::serve::{Server, SocketFault};
use serde_json::json;

use crate::client::{LIMIT, agent, hear, live, resume, server, token};

fn push(server: &Server, text: &str) {
    let mut platform = server.platform();
    let now = platform.now();
    platform.push_message(now, &Inbound::new(Scene::C2c, text));
}

#[test]
fn trickled_frames_arrive_whole() {
    let server = server();
    let (mut socket, _) = live(&server);
    assert!(server.fault(&SocketFault::Trickle { shard: 0, bytes: 700, pause_micros: 100 }));
    push(&server, "slow");
    push(&server, "still slow, then fast");
    push(&server, "fast");
    for text in ["slow", "still slow, then fast", "fast"] {
        assert_eq!(hear(&mut socket)["d"]["content"], text);
    }
}

#[test]
fn a_frame_is_cut_in_the_middle_and_a_resume_brings_it_back() {
    let server = server();
    let (mut socket, session) = live(&server);
    assert!(server.fault(&SocketFault::CutAfter { shard: 0, bytes: 20 }));
    push(&server, "lost in the middle");
    assert!(hear(&mut socket).as_str().unwrap().starts_with("error"));
    assert!(server.wait_for(LIMIT, |platform| platform.links().is_empty()));
    let mut socket = resume(&server, &session, 1);
    assert_eq!(hear(&mut socket)["d"]["content"], "lost in the middle");
}

#[test]
fn a_reset_is_a_reset() {
    let server = server();
    let (mut socket, _) = live(&server);
    assert!(server.fault(&SocketFault::Reset { shard: 0 }));
    let read = socket.get_mut().read(&mut [0; 16]);
    assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(server.wait_for(LIMIT, |platform| platform.links().is_empty()));
    assert!(!server.fault(&SocketFault::Reset { shard: 0 }), "nobody is there any more");
}

#[test]
fn a_stall_ends() {
    let server = server();
    let (mut socket, _) = live(&server);
    assert!(server.fault(&SocketFault::Stall { shard: 0, millis: 50 }));
    push(&server, "late");
    assert_eq!(hear(&mut socket)["d"]["content"], "late");
}

#[test]
fn the_port_is_closed_for_a_while_and_the_same_again() {
    let server = server();
    let (mut socket, _) = live(&server);
    server.fault(&SocketFault::RefuseConnections { millis: 300 });
    let refused = TcpStream::connect(server.address()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    push(&server, "who is in stays in");
    assert_eq!(hear(&mut socket)["d"]["content"], "who is in stays in");
    let asked = Instant::now();
    while TcpStream::connect(server.address()).is_err() {
        assert!(asked.elapsed() < LIMIT, "the port stays closed");
        std::thread::yield_now();
    }
    assert_eq!(token(&server).len(), 65);
}

#[test]
fn a_connection_nobody_reads() {
    let server = server();
    server.fault(&SocketFault::HangConnections { count: 1 });
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"GET /gateway HTTP/1.1\r\n\r\n").unwrap();
    token(&server);
    stream.set_nonblocking(true).unwrap();
    assert_eq!(stream.peek(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn answers_trickle_or_end_in_the_middle() {
    let server = server();
    server.fault(&SocketFault::TrickleHttp { answers: 1, pause_micros: 10 });
    assert_eq!(token(&server).len(), 65);
    server.fault(&SocketFault::CutHttp { answers: 1, bytes: 150 });
    let body = json!({"appId": "102030405", "clientSecret": "model-platform-secret"}).to_string();
    let url = format!("{}/app/getAppAccessToken", server.base_url());
    let answer = agent().post(&url).header("Content-Type", "application/json").send(body);
    assert!(answer.and_then(|mut answer| answer.body_mut().read_to_string()).is_err());
}

#[test]
fn a_silent_connection_stays_open() {
    let server = server();
    let (mut socket, session) = live(&server);
    server.apply(Incident::Silence { shard: 0 });
    push(&server, "unheard");
    let mut second = resume(&server, &session, 1);
    assert_eq!(hear(&mut second)["d"]["content"], "unheard");
    socket.get_mut().set_nonblocking(true).unwrap();
    assert_eq!(socket.get_mut().peek(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert!(crate::client::behaved(&server));
}
