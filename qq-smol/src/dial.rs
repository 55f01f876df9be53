//! From a host's name to a connected socket, through a proxy if there is one.

use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::thread;
use std::time::Duration;

use qq_proto::TransportError;
use smol::Async;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::proxy::{Kind, Proxy};
use crate::wait::within;

/// One address of several is given up after this; the last one has all the time that is left.
const PER_ADDRESS: Duration = Duration::from_secs(3);

/// The longest reply to CONNECT that is read: its headers are not for us.
const LONGEST_REPLY: usize = 8 * 1024;

/// Connects to `host`, through the proxy if there is one. `encrypted`: what goes over it will be.
pub(crate) async fn connect(
    proxy: Option<&Proxy>,
    host: &str,
    port: u16,
    encrypted: bool,
) -> Result<Async<TcpStream>, TransportError> {
    match proxy.filter(|proxy| encrypted || is_here(&proxy.host)) {
        None => reach(host, port).await,
        Some(proxy) => {
            let reached = reach(&proxy.host, proxy.port).await;
            // Whatever is wrong with the proxy, it is not the platform.
            let mut stream = reached.map_err(|_| TransportError::Proxy)?;
            match proxy.kind {
                Kind::Http => ask_http(&mut stream, proxy, host, port).await?,
                Kind::Socks5 => ask_socks(&mut stream, proxy, host, port).await?,
            }
            Ok(stream)
        }
    }
}

fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

async fn reach(host: &str, port: u16) -> Result<Async<TcpStream>, TransportError> {
    let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(ip) => vec![SocketAddr::new(ip, port)],
        Err(_) => resolve(host, port).await?,
    };
    let mut left = addresses.len();
    let mut last = TransportError::Dns;
    for address in addresses {
        left -= 1;
        let dial = async { Async::<TcpStream>::connect(address).await.map_err(|_| TransportError::Connect) };
        let reached = if left == 0 { dial.await } else { within(PER_ADDRESS, dial).await };
        match reached {
            Ok(stream) => {
                // Frames are small and wait for no other; without it a beat may wait for an acknowledgement of TCP.
                let _ = stream.get_ref().set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Asks the system for the addresses of a name, on a thread of its own: the answer may take long, and there is no way
/// to stop asking.
async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, TransportError> {
    let (sender, answer) = smol::channel::bounded(1);
    let host = host.to_owned();
    thread::Builder::new()
        .name("qq-dns".into())
        .spawn(move || {
            let addresses = (host.as_str(), port).to_socket_addrs();
            let _ = sender.try_send(addresses.map(Vec::from_iter));
        })
        .map_err(|_| TransportError::Dns)?;
    match answer.recv().await {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(_)) | Err(_) => Err(TransportError::Dns),
    }
}

/// The target as it stands in the request line of CONNECT.
fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

async fn ask_http(
    stream: &mut Async<TcpStream>,
    proxy: &Proxy,
    host: &str,
    port: u16,
) -> Result<(), TransportError> {
    let target = authority(host, port);
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some((user, password)) = &proxy.user {
        let pair = format!("{}:{}", user.expose(), password.expose());
        request.push_str("Proxy-Authorization: Basic ");
        request.push_str(&base64(pair.as_bytes()));
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|_| TransportError::Proxy)?;
    // Byte by byte, because what follows the empty line is no longer the proxy's.
    let mut reply = Vec::new();
    while !reply.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.map_err(|_| TransportError::Proxy)?;
        reply.extend(byte);
        if reply.len() > LONGEST_REPLY {
            return Err(TransportError::Proxy);
        }
    }
    let first = reply.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut words = first.split(|byte| *byte == b' ');
    let http = words.next().is_some_and(|word| word.starts_with(b"HTTP/1."));
    let accepted = words.next().is_some_and(|status| status.len() == 3 && status.starts_with(b"2"));
    if http && accepted { Ok(()) } else { Err(TransportError::Proxy) }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4_usize {
            let index = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or(0);
            let digit = ALPHABET.get(index).copied().unwrap_or(b'=');
            text.push(char::from(if place <= chunk.len() { digit } else { b'=' }));
        }
    }
    text
}

/// RFC 1928, and RFC 1929 for user and password.
async fn ask_socks(
    stream: &mut Async<TcpStream>,
    proxy: &Proxy,
    host: &str,
    port: u16,
) -> Result<(), TransportError> {
    const VERSION: u8 = 5;
    const NO_AUTHENTICATION: u8 = 0;
    const PASSWORD: u8 = 2;
    let wanted = if proxy.user.is_some() { PASSWORD } else { NO_AUTHENTICATION };
    if socks_round(stream, &[VERSION, 1, wanted]).await? != [VERSION, wanted] {
        return Err(TransportError::Proxy);
    }
    if let Some((user, password)) = &proxy.user {
        let mut message = vec![1];
        for part in [user, password] {
            message.push(u8::try_from(part.expose().len()).map_err(|_| TransportError::Proxy)?);
            message.extend(part.expose().as_bytes());
        }
        let [_, status] = socks_round(stream, &message).await?;
        if status != 0 {
            return Err(TransportError::Proxy);
        }
    }
    let mut message = vec![VERSION, 1, 0];
    match host.parse() {
        Ok(IpAddr::V4(ip)) => {
            message.push(1);
            message.extend(ip.octets());
        }
        Ok(IpAddr::V6(ip)) => {
            message.push(4);
            message.extend(ip.octets());
        }
        Err(_) => {
            message.push(3);
            message.push(u8::try_from(host.len()).map_err(|_| TransportError::Url)?);
            message.extend(host.as_bytes());
        }
    }
    message.extend(port.to_be_bytes());
    let [version, status] = socks_round(stream, &message).await?;
    if (version, status) != (VERSION, 0) {
        return Err(TransportError::Proxy);
    }
    // The address that it is bound to: of no use, but it stands in the way.
    let [_, kind] = socks_read(stream).await?;
    let mut left = match kind {
        1 => 4 + 2,
        4 => 16 + 2,
        3 => {
            let [length] = socks_read(stream).await?;
            usize::from(length) + 2
        }
        _ => return Err(TransportError::Proxy),
    };
    while left > 0 {
        let [_] = socks_read(stream).await?;
        left -= 1;
    }
    Ok(())
}

async fn socks_round(stream: &mut Async<TcpStream>, message: &[u8]) -> Result<[u8; 2], TransportError> {
    stream.write_all(message).await.map_err(|_| TransportError::Proxy)?;
    socks_read(stream).await
}

async fn socks_read<const N: usize>(stream: &mut Async<TcpStream>) -> Result<[u8; N], TransportError> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.map_err(|_| TransportError::Proxy)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
