//! Small proxies of both kinds, and bots that go through them.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use qq_blocking::{Bot, Notice, Options, Proxy};
use qq_proto::{ExchangeError, Fault, Leave, TransportError};

use crate::support::{assert_polite, await_notice, config, noticed, platform, push};

/// Serves on a thread for the rest of the process. Gives its address and the number of tunnels it has opened.
fn serve(
    negotiate: impl Fn(&mut TcpStream) -> io::Result<TcpStream> + Send + Sync + 'static,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let tunnels = Arc::new(AtomicUsize::new(0));
    let opened = Arc::clone(&tunnels);
    let negotiate = Arc::new(negotiate);
    thread::spawn(move || {
        for client in listener.incoming() {
            let (negotiate, opened) = (Arc::clone(&negotiate), Arc::clone(&opened));
            thread::spawn(move || {
                let mut client = client.unwrap();
                if let Ok(server) = negotiate(&mut client) {
                    opened.fetch_add(1, Ordering::SeqCst);
                    tunnel(client, server);
                }
            });
        }
    });
    (address, tunnels)
}

fn tunnel(mut client: TcpStream, mut server: TcpStream) {
    let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Write);
    });
    let _ = io::copy(&mut client, &mut server);
    let _ = server.shutdown(Shutdown::Write);
}

fn bytes<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn refused() -> io::Error {
    io::ErrorKind::PermissionDenied.into()
}

/// CONNECT, with the login `me:p@ss`.
fn connect(client: &mut TcpStream) -> io::Result<TcpStream> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(bytes::<1>(client)?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    if !head.contains("\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n") {
        client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")?;
        return Err(refused());
    }
    let address = head.split(' ').nth(1).ok_or_else(refused)?;
    let server = TcpStream::connect(address)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")?;
    Ok(server)
}

/// SOCKS5, with the login `me:p@ss`.
fn socks5(client: &mut TcpStream) -> io::Result<TcpStream> {
    let [5, count] = bytes::<2>(client)? else {
        return Err(refused());
    };
    let mut methods = vec![0; usize::from(count)];
    client.read_exact(&mut methods)?;
    if !methods.contains(&2) {
        client.write_all(&[5, 0xFF])?;
        return Err(refused());
    }
    client.write_all(&[5, 2])?;
    let mut login = Vec::new();
    let [1] = bytes::<1>(client)? else { return Err(refused()) };
    for _ in 0..2 {
        let [length] = bytes::<1>(client)?;
        let mut part = vec![0; usize::from(length)];
        client.read_exact(&mut part)?;
        login.push(part);
    }
    let fine = login == [b"me".to_vec(), b"p@ss".to_vec()];
    client.write_all(&[1, u8::from(!fine)])?;
    if !fine {
        return Err(refused());
    }
    let [5, 1, 0, kind] = bytes::<4>(client)? else {
        return Err(refused());
    };
    let host = match kind {
        1 => std::net::Ipv4Addr::from(bytes::<4>(client)?).to_string(),
        3 => {
            let [length] = bytes::<1>(client)?;
            let mut name = vec![0; usize::from(length)];
            client.read_exact(&mut name)?;
            String::from_utf8(name).map_err(|_| refused())?
        }
        _ => return Err(refused()),
    };
    let port = u16::from_be_bytes(bytes::<2>(client)?);
    let server = TcpStream::connect((host.as_str(), port))?;
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])?;
    Ok(server)
}

/// A whole conversation through a proxy, with the name of this machine and with its address.
fn works(scheme: &str, negotiate: fn(&mut TcpStream) -> io::Result<TcpStream>) {
    for name in ["127.0.0.1", "localhost"] {
        let server = platform();
        let (address, tunnels) = serve(negotiate);
        let proxy: Proxy = format!("{scheme}://me:p%40ss@{address}").parse().unwrap();
        let mut config = config(&server);
        config.hosts = qq_proto::Hosts::custom(server.base_url().replace("127.0.0.1", name));
        let (bot, mut events) = Bot::start(config, Options::default().with_proxy(proxy)).unwrap();
        push(&server, "hello");
        assert!(bot.reply(&events.next().unwrap(), "hello yourself").is_ok());
        // One for HTTP at least, one for the gateway.
        assert!(tunnels.load(Ordering::SeqCst) >= 2);
        bot.stop(Leave::Final);
        assert_polite(&server);
    }
}

#[test]
fn http_connect_carries_everything() {
    works("http", connect);
}

#[test]
fn socks5_carries_everything() {
    works("socks5", socks5);
}

#[test]
fn a_proxy_that_refuses_is_named() {
    for (scheme, negotiate) in [("http", connect as fn(&mut TcpStream) -> _), ("socks5", socks5)] {
        let server = platform();
        let (address, tunnels) = serve(negotiate);
        let proxy: Proxy = format!("{scheme}://me:wrong@{address}").parse().unwrap();
        let (options, notices) = noticed(Options::default().with_proxy(proxy));
        let (bot, _events) = Bot::launch(config(&server), options).unwrap();
        await_notice(&notices, |notice| {
            matches!(
                notice,
                Notice::Fault(Fault::Token { error: ExchangeError::Transport(TransportError::Proxy), .. })
            )
        });
        bot.stop(Leave::Final);
        assert_eq!(tunnels.load(Ordering::SeqCst), 0);
    }
}
