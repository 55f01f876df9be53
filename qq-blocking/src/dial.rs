//! From a host name to a connected socket, with a deadline, through a proxy if there is one.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use mio::net::TcpStream;
use qq_proto::TransportError;

use crate::lock;
use crate::proxy::{Kind, Proxy};
use crate::wait::{Until, Wait, wake};

/// The longest reply to CONNECT that is read.
const LONGEST_REPLY: usize = 8 * 1024;

/// Where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: bool,
}

impl Target {
    /// Reads host and port of a URL that may carry a secret.
    pub(crate) fn of(url: &str) -> Result<Self, TransportError> {
        if !qq_proto::may_carry_secret(url) {
            return Err(TransportError::Url);
        }
        let (scheme, rest) = url.split_once("://").ok_or(TransportError::Url)?;
        let tls = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss");
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = match authority.strip_prefix('[') {
            Some(inside) => inside.split_once(']').ok_or(TransportError::Url)?,
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| TransportError::Url)?,
            None if port.is_empty() => {
                if tls {
                    443
                } else {
                    80
                }
            }
            None => return Err(TransportError::Url),
        };
        if host.is_empty() {
            return Err(TransportError::Url);
        }
        Ok(Self { host: host.to_owned(), port, tls })
    }
}

/// Connects, non-blocking. The socket is registered with `wait`.
pub(crate) fn dial(
    target: &Target,
    proxy: Option<&Proxy>,
    wait: &mut Wait,
    until: Until<'_>,
) -> Result<TcpStream, TransportError> {
    // What goes in the clear goes to this machine, so it must not leave it on the way.
    let Some(proxy) = proxy.filter(|proxy| target.tls || proxy.is_local()) else {
        return connect(&target.host, target.port, wait, until);
    };
    let blame = |error| {
        if error == TransportError::Timeout { error } else { TransportError::Proxy }
    };
    let stream = connect(&proxy.host, proxy.port, wait, until).map_err(blame)?;
    let mut talk = Talk { stream, wait, until };
    match proxy.kind {
        Kind::Connect => talk.connect(target, proxy),
        Kind::Socks5 => talk.socks5(target, proxy),
    }
    .map_err(blame)?;
    Ok(talk.stream)
}

/// Tries the addresses of a name one after the other; each gets half of the time that is left, the last one all.
fn connect(host: &str, port: u16, wait: &mut Wait, until: Until<'_>) -> Result<TcpStream, TransportError> {
    let addresses = resolve(host, port, wait, until)?;
    let mut last = TransportError::Connect;
    let mut left = addresses.len();
    for address in addresses {
        left -= 1;
        let mut deadline = until.deadline;
        if left > 0 {
            let now = Instant::now();
            deadline = now + until.deadline.saturating_duration_since(now) / 2;
        }
        match connect_to(address, wait, Until { deadline, ..until }) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
        until.check()?;
    }
    Err(last)
}

fn connect_to(address: SocketAddr, wait: &mut Wait, until: Until<'_>) -> Result<TcpStream, TransportError> {
    let mut stream = TcpStream::connect(address).map_err(|_| TransportError::Connect)?;
    wait.add(&mut stream).map_err(|_| TransportError::Connect)?;
    loop {
        match connected(&stream) {
            Ok(true) => break,
            Ok(false) => {}
            Err(_) => return Err(TransportError::Connect),
        }
        until.sleep(wait)?;
    }
    // A heartbeat must not wait for the acknowledgement of the frame before. Without it, it merely does.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

fn connected(stream: &TcpStream) -> io::Result<bool> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    // The one question whose answer changes when the handshake is done.
    Ok(stream.peer_addr().is_ok())
}

/// Asks the system for the addresses of a name. It cannot be interrupted, so it runs on a thread that is left behind
/// when the time is over; it ends when the system gives up.
fn resolve(
    host: &str,
    port: u16,
    wait: &mut Wait,
    until: Until<'_>,
) -> Result<Vec<SocketAddr>, TransportError> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let answer = Arc::new(Mutex::new(None));
    let job = {
        let (answer, waker, host) = (Arc::clone(&answer), Arc::clone(wait.waker()), host.to_owned());
        move || {
            let found: io::Result<Vec<_>> = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
            *lock(&answer) = Some(found);
            wake(Some(&waker));
        }
    };
    thread::Builder::new().name("qq-dns".into()).spawn(job).map_err(|_| TransportError::Dns)?;
    loop {
        if let Some(found) = lock(&answer).take() {
            return found.ok().filter(|found| !found.is_empty()).ok_or(TransportError::Dns);
        }
        until.sleep(wait)?;
    }
}

/// A conversation with a proxy.
struct Talk<'a> {
    stream: TcpStream,
    wait: &'a mut Wait,
    until: Until<'a>,
}

impl Talk<'_> {
    /// HTTP CONNECT, RFC 9110 section 9.3.6.
    fn connect(&mut self, target: &Target, proxy: &Proxy) -> Result<(), TransportError> {
        let host = if target.host.contains(':') { format!("[{}]", target.host) } else { target.host.clone() };
        let address = format!("{host}:{}", target.port);
        let mut request = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n");
        if let Some((user, password)) = &proxy.login {
            let login = base64(format!("{user}:{}", password.expose()).as_bytes());
            request.push_str("Proxy-Authorization: Basic ");
            request.push_str(&login);
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        self.send(request.as_bytes())?;
        // Byte by byte, so that nothing of what follows is taken away.
        let mut reply = Vec::new();
        while !reply.ends_with(b"\r\n\r\n") {
            if reply.len() >= LONGEST_REPLY {
                return Err(TransportError::Proxy);
            }
            reply.extend(self.receive::<1>()?);
        }
        let status = reply.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        let fine = reply.starts_with(b"HTTP/1.") && matches!(status, [b'2', _, _]);
        fine.then_some(()).ok_or(TransportError::Proxy)
    }

    /// RFC 1928, with RFC 1929 if there is a login. The proxy resolves the name.
    fn socks5(&mut self, target: &Target, proxy: &Proxy) -> Result<(), TransportError> {
        const NO_LOGIN: u8 = 0;
        const LOGIN: u8 = 2;
        let method = if proxy.login.is_some() { LOGIN } else { NO_LOGIN };
        self.send(&[5, 1, method])?;
        if self.receive::<2>()? != [5, method] {
            return Err(TransportError::Proxy);
        }
        if let Some((user, password)) = &proxy.login {
            let mut login = vec![1];
            for part in [user.as_str(), password.expose()] {
                login.push(u8::try_from(part.len()).map_err(|_| TransportError::Proxy)?);
                login.extend_from_slice(part.as_bytes());
            }
            self.send(&login)?;
            let [_, status] = self.receive::<2>()?;
            if status != 0 {
                return Err(TransportError::Proxy);
            }
        }
        let mut request = vec![5, 1, 0];
        match target.host.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => {
                request.push(1);
                request.extend(ip.octets());
            }
            Ok(IpAddr::V6(ip)) => {
                request.push(4);
                request.extend(ip.octets());
            }
            Err(_) => {
                request.push(3);
                request.push(u8::try_from(target.host.len()).map_err(|_| TransportError::Proxy)?);
                request.extend_from_slice(target.host.as_bytes());
            }
        }
        request.extend(target.port.to_be_bytes());
        self.send(&request)?;
        let [version, status, _, kind] = self.receive::<4>()?;
        if version != 5 || status != 0 {
            return Err(TransportError::Proxy);
        }
        // The address that the proxy connects from, which nobody needs.
        let length = match kind {
            1 => 4,
            3 => usize::from(self.receive::<1>()?[0]),
            4 => 16,
            _ => return Err(TransportError::Proxy),
        };
        for _ in 0..length + 2 {
            self.receive::<1>()?;
        }
        Ok(())
    }

    fn send(&mut self, mut bytes: &[u8]) -> Result<(), TransportError> {
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(0) => return Err(TransportError::Broken),
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(error) => self.pause(&error)?,
            }
        }
        Ok(())
    }

    fn receive<const N: usize>(&mut self) -> Result<[u8; N], TransportError> {
        let mut bytes = [0; N];
        let mut filled = 0;
        while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.stream.read(room) {
                Ok(0) => return Err(TransportError::Broken),
                Ok(read) => filled += read,
                Err(error) => self.pause(&error)?,
            }
        }
        Ok(bytes)
    }

    fn pause(&mut self, error: &io::Error) -> Result<(), TransportError> {
        if error.kind() == io::ErrorKind::WouldBlock {
            self.until.sleep(self.wait)
        } else if error.kind() == io::ErrorKind::Interrupted {
            Ok(())
        } else {
            Err(TransportError::Broken)
        }
    }
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = usize::try_from(group >> (18 - 6 * place) & 63).unwrap_or(0);
            let padding = place > chunk.len();
            text.push(match DIGITS.get(digit) {
                Some(digit) if !padding => char::from(*digit),
                Some(_) | None => '=',
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_from_urls() {
        let target = |host: &str, port, tls| Ok(Target { host: host.to_owned(), port, tls });
        assert_eq!(Target::of("wss://api.example/ws?x=1"), target("api.example", 443, true));
        assert_eq!(Target::of("https://api.example:8443"), target("api.example", 8443, true));
        assert_eq!(Target::of("ws://[::1]:9/ws"), target("::1", 9, false));
        assert_eq!(Target::of("http://127.0.0.1/"), target("127.0.0.1", 80, false));
        for bad in ["ws://api.example/", "wss://a:x/", "wss://[::1]x/", "nonsense", "wss://:1/"] {
            assert_eq!(Target::of(bad), Err(TransportError::Url), "{bad}");
        }
    }

    #[test]
    fn base64_is_the_usual_one() {
        for (text, code) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("me:p@ss", "bWU6cEBzcw==")]
        {
            assert_eq!(base64(text.as_bytes()), code);
        }
    }
}
