//! Odd servers, one exchange each.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use qq_proto::{Action, Client, Config, Hosts, Output, Timestamp};

use super::*;

/// Answers one request with these bytes and then closes, or keeps silent.
fn server(answer: Option<Vec<u8>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = socket.read(&mut request);
        match answer {
            Some(answer) => {
                let _ = socket.write_all(&answer);
                // Closing with something unread would take back what was said.
                let _ = socket.shutdown(std::net::Shutdown::Write);
                let _ = socket.read_to_end(&mut Vec::new());
            }
            None => {
                let _ = socket.read_to_end(&mut Vec::new());
            }
        }
    });
    address
}

/// A request as the core makes them: the one for a token.
fn request(base: &str, timeout: Duration) -> (HttpId, HttpRequest) {
    let mut config = Config::new("1", "s").with_hosts(Hosts::custom(base));
    config.limits.exchange_timeout = timeout;
    let mut client = Client::new(config, Timestamp::ZERO).unwrap();
    match client.poll_output() {
        Some(Output::Action(Action::Http { id, request })) => (id, request),
        other => panic!("{other:?}"),
    }
}

fn outcome(base: &str, timeout: Duration) -> Result<HttpResponse, TransportError> {
    let (sender, woken) = channel();
    let mut http = Http::new(None, sender);
    let (id, request) = request(base, timeout);
    http.begin(id, request);
    let Woken::Http { result, .. } = woken.recv().unwrap() else {
        panic!("not an answer");
    };
    http.stop();
    result
}

fn answered(answer: &[u8]) -> Result<HttpResponse, TransportError> {
    let address = server(Some(answer.to_vec()));
    outcome(&format!("http://{address}"), Duration::from_secs(10))
}

#[test]
fn any_status_is_an_answer() {
    for status in [200, 302, 401, 429, 500, 504] {
        let answer = format!(
            "HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:1/\r\nX-TPS-Trace-ID: t1\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        let response = answered(answer.as_bytes()).unwrap();
        assert_eq!((response.status, &*response.body), (status, &b"{}"[..]));
        assert_eq!(response.trace_id.as_deref(), Some("t1"));
    }
    assert_eq!(answered(b"HTTP/1.1 204 X\r\n\r\n").unwrap().status, 204);
}

#[test]
fn what_is_no_answer_is_named() {
    let truncated = b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nab";
    let chunk = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let long = b"HTTP/1.1 200 X\r\nContent-Length: 4194305\r\n\r\n".to_vec();
    let long = [long, vec![b'x'; 4_194_305]].concat();
    assert_eq!(answered(b"").unwrap_err(), TransportError::Broken);
    assert_eq!(answered(truncated).unwrap_err(), TransportError::Broken);
    assert_eq!(answered(b"SSH-2.0-x\r\n\r\n").unwrap_err(), TransportError::Protocol);
    assert_eq!(answered(chunk).unwrap_err(), TransportError::Protocol);
    assert_eq!(answered(&long).unwrap_err(), TransportError::TooLarge);
}

#[test]
fn what_cannot_be_reached_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let soon = Duration::from_secs(10);
    assert_eq!(outcome(&format!("http://{closed}"), soon).unwrap_err(), TransportError::Connect);
    let https = server(Some(b"HTTP/1.1 400 X\r\n\r\n".to_vec()));
    assert_eq!(outcome(&format!("https://{https}"), soon).unwrap_err(), TransportError::Tls);
    let silent = server(None);
    let short = Duration::from_millis(50);
    assert_eq!(outcome(&format!("http://{silent}"), short).unwrap_err(), TransportError::Timeout);
    let silent = server(None);
    assert_eq!(outcome(&format!("https://{silent}"), short).unwrap_err(), TransportError::Timeout);
    assert_eq!(outcome("https://no-such-host.invalid", soon).unwrap_err(), TransportError::Dns);
}

#[test]
fn stopping_waits_for_nobody() {
    let (sender, _woken) = channel();
    let mut http = Http::new(None, sender);
    for _ in 0..5 {
        let silent = server(None);
        let (id, request) = request(&format!("http://{silent}"), Duration::from_secs(60));
        http.begin(id, request);
    }
    assert_eq!(http.threads.len(), 5);
    let began = Instant::now();
    http.stop();
    assert!(began.elapsed() < Duration::from_secs(5));
}
