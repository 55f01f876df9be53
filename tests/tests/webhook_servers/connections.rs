//! HTTP as it comes: wrong, slow, too much, too many.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::bots::{Bot, LONG, Setup, wait_until};
use crate::client::{SECRET, TAKEN, answer, connect, is_over, message, now, post, push, read, send, signed};

pub(crate) fn what_is_no_request_of_the_platform_is_refused<B: Bot>() {
    let bot = B::start(&Setup::new(SECRET));
    let whole = push(&message("1", "hi"));
    for (request, status) in [
        (whole.replace("/qq ", "/ "), 404),
        (whole.replace("/qq ", "/qq/ "), 404),
        (whole.replace("POST", "GET"), 405),
        (whole.replace("POST", "PUT"), 405),
        (whole.replace("Content-Length", "X-Length"), 411),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned(), 400),
        ("hello, is this the bot?\r\n\r\n".to_owned(), 400),
        ("\0".repeat(10_000), 400),
    ] {
        let response = send(bot.address(), &request);
        assert_eq!((response.status, response.body.as_str()), (status, ""), "{request:?}");
    }
    assert!(send(bot.address(), &whole.replace("POST", "GET")).head.contains("Allow: POST\r\n"));
    bot.assert_nothing();
    assert_eq!(answer(bot.address(), &whole), (200, TAKEN.to_owned()));
    bot.next();
}

pub(crate) fn what_is_too_large_is_refused<B: Bot>() {
    let bot = B::start(&Setup { sizes: (1024, 2048), ..Setup::new(SECRET) });
    let large = push(&message("1", &"x".repeat(3000)));
    assert_eq!(answer(bot.address(), &large), (413, String::new()));
    // A client that asks first is spared sending it.
    let mut stream = connect(bot.address());
    let head = large.replace("Content-Length", "Expect: 100-continue\r\nContent-Length");
    let end = head.find("\r\n\r\n").unwrap() + 4;
    stream.write_all(&head.as_bytes()[..end]).unwrap();
    assert_eq!(read(&mut stream).unwrap().status, 413);
    // Nobody says how long this is.
    let body = message("1", &"x".repeat(3000));
    let headers = signed(SECRET, &now().to_string(), &body);
    let chunked = format!(
        "POST /qq HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    assert_eq!(answer(bot.address(), &chunked).0, 413);
    let small = message("2", "hi");
    let wide = format!("{}X: {}\r\n", signed(SECRET, &now().to_string(), &small), "y".repeat(1024));
    assert_eq!(answer(bot.address(), &post(&wide, &small)).0, 431);
    bot.assert_nothing();
    assert_eq!(answer(bot.address(), &push(&small)).0, 200);
    bot.next();
}

pub(crate) fn all_ways_to_send_a_body_are_understood<B: Bot>() {
    let bot = B::start(&Setup::new(SECRET));
    let body = message("1", "one");
    let headers = signed(SECRET, &now().to_string(), &body);
    let (first, second) = body.split_at(10);
    let chunked = format!(
        "POST /qq?from=proxy HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\n{:X}\r\n{first}\r\n{:x};x=1\r\n{second}\r\n0\r\nT: x\r\n\r\n",
        first.len(),
        second.len()
    );
    let mut stream = connect(bot.address());
    for piece in chunked.as_bytes().chunks(7) {
        stream.write_all(piece).unwrap();
    }
    assert_eq!(read(&mut stream).unwrap().body, TAKEN);
    assert_eq!(bot.next().id(), Some("C2C_MESSAGE_CREATE:1"));
    // On the same connection: a client that waits to be told to go on.
    let waits =
        push(&message("2", "two")).replace("Content-Length", "Expect: 100-continue\r\nContent-Length");
    let end = waits.find("\r\n\r\n").unwrap() + 4;
    stream.write_all(&waits.as_bytes()[..end]).unwrap();
    assert_eq!(read(&mut stream).unwrap().status, 100);
    stream.write_all(&waits.as_bytes()[end..]).unwrap();
    assert_eq!(read(&mut stream).unwrap().body, TAKEN);
    assert_eq!(bot.next().id(), Some("C2C_MESSAGE_CREATE:2"));
    // An old proxy: HTTP/1.0, lower-case names, and the end of the connection is the end of the answer.
    let old =
        push(&message("3", "three")).replace("HTTP/1.1", "HTTP/1.0").replace("X-Signature", "x-signature");
    stream.write_all(old.as_bytes()).unwrap();
    assert_eq!(read(&mut stream).unwrap().body, TAKEN);
    assert!(is_over(&mut stream));
    assert_eq!(bot.next().id(), Some("C2C_MESSAGE_CREATE:3"));
    // A client that says that it will say no more still gets its answer.
    let mut stream = connect(bot.address());
    stream.write_all(push(&message("4", "four")).as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read(&mut stream).unwrap().body, TAKEN);
    assert!(is_over(&mut stream));
    // So does one that asks for the end.
    let last = push(&message("5", "five")).replace("Host", "Connection: close\r\nHost");
    let mut stream = connect(bot.address());
    stream.write_all(last.as_bytes()).unwrap();
    assert_eq!(read(&mut stream).unwrap().body, TAKEN);
    assert!(is_over(&mut stream));
}

pub(crate) fn who_trickles_is_cut_and_holds_nobody_up<B: Bot>() {
    let bot = B::start(&Setup { request_timeout: Duration::from_secs(1), ..Setup::new(SECRET) });
    let address = bot.address();
    let open = AtomicBool::new(true);
    thread::scope(|scope| {
        // A byte at a time, head or body, each long before anybody would call the connection dead.
        let trickle = |request: String, fast: usize| {
            let mut stream = connect(address);
            stream.write_all(&request.as_bytes()[..fast]).unwrap();
            let mut sending = stream.try_clone().unwrap();
            let open = &open;
            scope.spawn(move || {
                for byte in request.as_bytes()[fast..].chunks(1) {
                    if !open.load(Ordering::SeqCst) || sending.write_all(byte).is_err() {
                        return;
                    }
                    thread::park_timeout(Duration::from_millis(20));
                }
            });
            stream
        };
        let request = push(&message("slow", "hi"));
        let body = request.find("\r\n\r\n").unwrap() + 4;
        let mut slow = [trickle(request.clone(), 0), trickle(request, body)];
        for id in 0..20 {
            assert_eq!(answer(address, &push(&message(&id.to_string(), "hi"))).1, TAKEN);
            bot.next();
        }
        for stream in &mut slow {
            assert_eq!(read(stream).unwrap().status, 408);
            assert!(is_over(stream));
        }
        open.store(false, Ordering::SeqCst);
    });
    bot.assert_nothing();
}

pub(crate) fn an_idle_connection_makes_room<B: Bot>() {
    let bot = B::start(&Setup { connections: 2, ..Setup::new(SECRET) });
    // Each stays open for its next request, which does not come.
    let mut kept: Vec<TcpStream> = Vec::new();
    for id in 0..10 {
        let mut stream = connect(bot.address());
        stream.write_all(push(&message(&id.to_string(), "hi")).as_bytes()).unwrap();
        assert_eq!(read(&mut stream).unwrap().body, TAKEN);
        kept.push(stream);
    }
    // Which of the idle ones goes is not said.
    for stream in &kept {
        stream.set_nonblocking(true).unwrap();
    }
    wait_until("all but two have made room", || {
        kept.iter().filter(|stream| is_over(&mut &**stream)).count() >= 8
    });
}

pub(crate) fn silent_connections_make_room_when_their_time_is_over<B: Bot>() {
    let bot =
        B::start(&Setup { connections: 2, request_timeout: Duration::from_secs(1), ..Setup::new(SECRET) });
    let mut silent = [connect(bot.address()), connect(bot.address())];
    assert_eq!(answer(bot.address(), &push(&message("1", "hi"))).1, TAKEN);
    // Nothing is said to who has said nothing.
    assert!(silent.iter_mut().any(is_over));
}

pub(crate) fn more_connections_than_there_are_places_are_all_served<B: Bot>() {
    let bot = B::start(&Setup { connections: 3, ..Setup::new(SECRET) });
    let address = bot.address();
    let mut streams: Vec<TcpStream> = (0..60).map(|_| connect(address)).collect();
    for (id, stream) in streams.iter_mut().enumerate() {
        stream.write_all(push(&message(&id.to_string(), "hi")).as_bytes()).unwrap();
    }
    for stream in &mut streams {
        assert_eq!(read(stream).unwrap().body, TAKEN);
    }
    assert_eq!(std::iter::from_fn(|| bot.try_next()).count(), 60);
}

pub(crate) fn a_stop_answers_what_is_under_way_and_leaves_no_door<B: Bot>() {
    let bot = B::start(&Setup::new(SECRET));
    let address = bot.address();
    let mut idle = connect(address);
    idle.write_all(push(&message("1", "hi")).as_bytes()).unwrap();
    assert_eq!(read(&mut idle).unwrap().body, TAKEN);
    let mut stuck = connect(address);
    stuck.write_all(b"POST /qq HTTP/1.1\r\nContent-Le").unwrap();
    // Its head has been read: it was told to go on.
    let mut under_way = connect(address);
    let request =
        push(&message("2", "hi")).replace("Content-Length", "Expect: 100-continue\r\nContent-Length");
    let end = request.find("\r\n\r\n").unwrap() + 4;
    under_way.write_all(&request.as_bytes()[..end]).unwrap();
    assert_eq!(read(&mut under_way).unwrap().status, 100);
    thread::scope(|scope| {
        let stopping = scope.spawn(|| bot.stop());
        // It has begun when the idle one is closed.
        assert!(is_over(&mut idle));
        under_way.write_all(&request.as_bytes()[end..]).unwrap();
        assert_eq!(read(&mut under_way).unwrap().body, TAKEN);
        assert!(is_over(&mut under_way));
        stopping.join().unwrap();
    });
    // It was cut off, or told that its time is over.
    let mut rest = Vec::new();
    let _ = stuck.read_to_end(&mut rest);
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408 "));
    // What was acknowledged is delivered.
    let ids: Vec<String> =
        std::iter::from_fn(|| bot.try_next()).map(|event| event.id().unwrap().into()).collect();
    assert_eq!(ids, ["C2C_MESSAGE_CREATE:1", "C2C_MESSAGE_CREATE:2"]);
    // Nobody listens any more, and somebody else may at once.
    assert!(TcpStream::connect(address).is_err());
    let again = B::start(&Setup { address, ..Setup::new(SECRET) });
    assert_eq!(answer(address, &push(&message("3", "hi"))).1, TAKEN);
    again.next();
}

pub(crate) fn an_address_that_is_taken_is_an_error_at_the_start<B: Bot>() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let Err(error) = B::try_start(&Setup { address, ..Setup::new(SECRET) }) else {
        panic!("two listen at {address}");
    };
    assert_eq!(error, format!("the webhook cannot listen at {address}: address in use"));
}

/// A connection of TLS from somebody who trusts this certificate.
fn secured(address: SocketAddr, certificate: &str) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("bot.example").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), connect(address))
}

pub(crate) fn tls_with_a_certificate_of_its_own<B: Bot>() {
    let made = rcgen::generate_simple_self_signed(["bot.example".to_owned()]).unwrap();
    let certificate = made.cert.pem();
    let pair = Some((certificate.clone(), made.signing_key.serialize_pem()));
    let setup = Setup { certificate: pair, request_timeout: Duration::from_secs(2), ..Setup::new(SECRET) };
    let bot = B::start(&setup);
    let mut stream = secured(bot.address(), &certificate);
    for id in ["1", "2"] {
        stream.write_all(push(&message(id, "hi")).as_bytes()).unwrap();
        assert_eq!(read(&mut stream).unwrap().body, TAKEN);
        assert_eq!(bot.next().id(), Some(format!("C2C_MESSAGE_CREATE:{id}").as_str()));
    }
    // A refusal arrives as well, and the end is one that was said.
    stream.write_all(b"GET /qq HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(read(&mut stream).unwrap().status, 405);
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    // Who does not speak it, and who begins and falls silent, are cut off.
    let mut plain = connect(bot.address());
    plain.write_all(push(&message("3", "hi")).as_bytes()).unwrap();
    let mut rest = Vec::new();
    let _ = plain.read_to_end(&mut rest);
    assert!(!rest.starts_with(b"HTTP"));
    let mut silent = connect(bot.address());
    silent.set_read_timeout(Some(LONG)).unwrap();
    silent.write_all(&[0x16, 3, 1, 2, 0]).unwrap();
    let _ = silent.read_to_end(&mut Vec::new());
    bot.assert_nothing();
    let mut stream = secured(bot.address(), &certificate);
    stream.write_all(push(&message("4", "hi")).as_bytes()).unwrap();
    assert_eq!(read(&mut stream).unwrap().body, TAKEN);
    bot.stop();
}
