//! Through an HTTP proxy and a SOCKS5 proxy: the token, the API and the gateway.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, reason = "a test may fail")]

mod fake;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fake::{fake, wait_for};
use qq_smol::qq_proto::{Fault, TransportError};
use qq_smol::{Bot, Leave, Notice, Options, Proxy};

/// A proxy that speaks to one client after the other; `ask` gives the target that it was asked for.
fn proxy(ask: fn(&mut TcpStream) -> io::Result<String>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&served);
    thread::spawn(move || {
        for client in listener.incoming() {
            let count = Arc::clone(&count);
            thread::spawn(move || -> io::Result<()> {
                let mut client = client?;
                let target = ask(&mut client)?;
                let platform = TcpStream::connect(target)?;
                count.fetch_add(1, Ordering::SeqCst);
                let (mut from, mut to) = (client.try_clone()?, platform.try_clone()?);
                thread::spawn(move || {
                    let _ = io::copy(&mut from, &mut to);
                    to.shutdown(std::net::Shutdown::Both)
                });
                io::copy(&mut &platform, &mut &client)?;
                client.shutdown(std::net::Shutdown::Both)
            });
        }
    });
    (port, served)
}

fn http(client: &mut TcpStream) -> io::Result<String> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head)?;
    }
    // us:p@w
    let known = head.contains("Proxy-Authorization: Basic dXM6cEB3\r\n");
    if !known {
        client.write_all(b"HTTP/1.1 407 Who are you\r\n\r\n")?;
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    client.write_all(b"HTTP/1.1 200 Go ahead\r\nVia: test\r\n\r\n")?;
    Ok(head.split(' ').nth(1).unwrap().into())
}

fn socks(client: &mut TcpStream) -> io::Result<String> {
    let read = |count: usize| {
        let mut bytes = vec![0; count];
        client.try_clone()?.read_exact(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    assert_eq!(read(3)?, [5, 1, 2]);
    client.try_clone()?.write_all(&[5, 2])?;
    assert_eq!(read(2 + 2 + 1 + 3)?, b"\x01\x02us\x03p@w");
    client.try_clone()?.write_all(&[1, 0])?;
    let head = read(4)?;
    assert_eq!(head[..3], [5, 1, 0]);
    let host = match head[3] {
        1 => read(4)?.iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        3 => {
            let length = read(1)?[0];
            String::from_utf8(read(length.into())?).unwrap()
        }
        other => panic!("{other}"),
    };
    let port = read(2)?;
    client.write_all(&[5, 0, 0, 3, 1, b'x', 0, 80])?;
    Ok(format!("{host}:{}", u16::from_be_bytes([port[0], port[1]])))
}

fn through(url: &str, served: &AtomicUsize) {
    let fake = fake(1);
    let options = Options::default().with_proxy(url.parse().unwrap());
    assert!(!format!("{options:?}").contains("p@w"));
    let config = fake.config();
    let (bot, mut events, mut link) = thread::scope(|scope| {
        let link = scope.spawn(|| fake.accept_ready("session-1"));
        let (bot, events) = smol::block_on(Bot::start(config, options)).unwrap();
        (bot, events, link.join().unwrap())
    });
    link.c2c(2, "hi");
    let event = smol::block_on(events.next()).unwrap();
    smol::block_on(bot.reply(&event, "hello")).unwrap();
    // One for HTTP, or more; one for the gateway.
    assert!(served.load(Ordering::SeqCst) >= 2);
    let closing = thread::spawn(move || link.until_closed());
    smol::block_on(bot.stop(Leave::Final));
    closing.join().unwrap();
}

#[test]
fn http_connect() {
    let (port, served) = proxy(http);
    through(&format!("http://us:p%40w@127.0.0.1:{port}"), &served);
}

#[test]
fn socks5() {
    let (port, served) = proxy(socks);
    through(&format!("socks5://us:p%40w@localhost:{port}"), &served);
}

#[test]
fn a_proxy_that_refuses_is_told_as_that() {
    let (port, _) = proxy(http);
    let fake = fake(1);
    let proxy: Proxy = format!("http://127.0.0.1:{port}").parse().unwrap();
    let (told, faults) = std::sync::mpsc::channel();
    let options = Options::default().with_proxy(proxy).on_notice(move |_, notice| {
        if let Notice::Fault(Fault::Token { error, .. }) = notice {
            let _ = told.send(error.clone());
        }
    });
    let (_bot, _events) = Bot::launch(fake.config(), options).unwrap();
    let error = faults.recv_timeout(fake::LONG).unwrap();
    assert_eq!(error, TransportError::Proxy.into());
    wait_for("nothing got through", || fake.count("") == 0);
}
