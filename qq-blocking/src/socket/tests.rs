//! Connections with odd servers, and with TLS.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use qq_proto::{Action, Client, Config, Hosts, HttpResponse, Input, Output, Shards, Timestamp};
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::*;

/// The name of a connection, from the only one who makes them.
fn conn(url: &str) -> ConnId {
    let hosts = Hosts::custom("http://127.0.0.1:1").with_gateway(url);
    let config = Config::new("1", "s").with_hosts(hosts).with_shards(Shards::all(1));
    let mut client = Client::new(config, Timestamp::ZERO).unwrap();
    while let Some(output) = client.poll_output() {
        match output {
            Output::Action(Action::Http { id, .. }) => {
                let token = r#"{"access_token":"t","expires_in":7200}"#;
                let result = Ok(HttpResponse::new(200, token));
                client.handle(Timestamp::ZERO, Input::Http { id, result });
            }
            Output::Action(Action::Connect { conn, .. }) => return conn,
            Output::Action(_) | Output::Event(_) => {}
        }
    }
    panic!("it does not want to connect");
}

fn open_to(url: &str, tls: Option<Arc<ClientConfig>>, timeout: Duration) -> (Socket, Receiver<Woken>) {
    let (driver, woken) = channel();
    let dial = Dial {
        conn: conn(url),
        url: url.to_owned(),
        timeout,
        proxy: None,
        tls,
        largest: 1 << 20,
        gate: Arc::new(Gate::new(1024)),
        driver,
    };
    (Socket::open(dial).unwrap(), woken)
}

/// What the driver is told first.
fn first(url: &str, timeout: Duration) -> Signal {
    let (socket, woken) = open_to(url, tls::config(), timeout);
    let Ok(Woken::Link { mut batch, .. }) = woken.recv() else {
        panic!("nothing was told");
    };
    let _ = socket.abandon().join();
    batch.remove(0)
}

fn serve(server: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || server(listener.accept().unwrap().0));
    address.to_string()
}

#[test]
fn dials_that_fail_are_named() {
    let soon = Duration::from_secs(10);
    let short = Duration::from_millis(50);
    let answers = |answer: &'static [u8]| {
        serve(move |mut socket| {
            let _ = socket.read(&mut [0; 4096]);
            let _ = socket.write_all(answer);
            let _ = socket.read(&mut [0; 4096]);
        })
    };
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, timeout, error) in [
        (format!("ws://{closed}/"), soon, TransportError::Connect),
        (format!("ws://{}/", answers(b"")), short, TransportError::Timeout),
        (format!("wss://{}/", answers(b"")), short, TransportError::Timeout),
        (
            format!("ws://{}/", answers(b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")),
            soon,
            TransportError::Status(503),
        ),
        (format!("ws://{}/", answers(b"SSH-2.0-x\r\n\r\n")), soon, TransportError::Protocol),
        (format!("wss://{}/", answers(b"HTTP/1.1 400 X\r\n\r\n")), soon, TransportError::Tls),
        (format!("ws://{}/", serve(drop)), soon, TransportError::Broken),
        ("wss://no-such-host.invalid/".to_owned(), soon, TransportError::Dns),
    ] {
        let told = first(&url, timeout);
        assert!(matches!(told, Signal::Failed(named) if named == error), "{url}: {told:?}");
    }
}

/// A certificate for this machine, and a client that trusts it and nothing else.
fn certified() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
}

#[test]
fn tls_carries_small_and_large_messages_both_ways() {
    const LARGE: usize = 700_000;
    let (server, client) = certified();
    let listener = TcpListener::bind("localhost:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let session = ServerConnection::new(server).unwrap();
        let mut socket = tungstenite::accept(StreamOwned::new(session, socket)).unwrap();
        for number in 0..1000 {
            socket.send(Message::text(number.to_string())).unwrap();
        }
        socket.send(Message::Ping(Bytes::from_static(b"are you there"))).unwrap();
        socket.send(Message::binary("x".repeat(LARGE))).unwrap();
        let mut heard = Vec::new();
        loop {
            match socket.read() {
                Ok(message @ (Message::Pong(_) | Message::Close(_))) => heard.push(message),
                Ok(_) => {}
                Err(_) => return heard,
            }
        }
    });
    let url = format!("wss://localhost:{port}/");
    let (socket, woken) = open_to(&url, Some(client), Duration::from_secs(30));
    let mut sizes = Vec::new();
    while sizes.last() != Some(&LARGE) {
        let Woken::Link { batch, .. } = woken.recv().unwrap() else {
            panic!("not a connection's word");
        };
        for signal in batch {
            if let Signal::Text(text) = signal {
                sizes.push(text.len());
            } else {
                assert!(matches!(signal, Signal::Opened), "{signal:?}");
            }
        }
    }
    assert_eq!(sizes.len(), 1001);
    socket.hang_up(4321).join().unwrap();
    let heard = serving.join().unwrap();
    assert!(matches!(heard.first(), Some(Message::Pong(_))), "{heard:?}");
    let closed = heard
        .iter()
        .any(|message| matches!(message, Message::Close(Some(frame)) if u16::from(frame.code) == 4321));
    assert!(closed, "{heard:?}");
}

#[test]
fn a_certificate_of_a_stranger_is_refused() {
    let (server, _) = certified();
    let listener = TcpListener::bind("localhost:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut session = ServerConnection::new(server).unwrap();
        while session.complete_io(&mut socket).is_ok() {}
    });
    let told = first(&format!("wss://localhost:{port}/"), Duration::from_secs(30));
    assert!(matches!(told, Signal::Failed(TransportError::Tls)), "{told:?}");
}
