//! A proxy's address.

use std::fmt;
use std::str::FromStr;

use qq_proto::Secret;

use crate::error::ProxyError;

/// A proxy for HTTP and WebSocket: `http://[user:password@]host[:port]` (asked with CONNECT) or
/// `socks5://[user:password@]host[:port]` (names are resolved by the proxy). Reserved characters in user and password
/// are percent-encoded.
///
/// Connections to this machine go through it only if it is on this machine itself: what is not encrypted must not
/// leave it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    pub(crate) kind: Kind,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: Option<(Secret, Secret)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Http,
    Socks5,
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(url: &str) -> Result<Self, ProxyError> {
        let (scheme, rest) = url.trim().split_once("://").ok_or(ProxyError::Scheme)?;
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "http" => Kind::Http,
            "socks5" | "socks5h" => Kind::Socks5,
            _ => return Err(ProxyError::Scheme),
        };
        let (user, address) = match rest.trim_end_matches('/').rsplit_once('@') {
            Some((user, address)) => (Some(credentials(user)?), address),
            None => (None, rest.trim_end_matches('/')),
        };
        let usual = match kind {
            Kind::Http => 80,
            Kind::Socks5 => 1080,
        };
        let (host, port) = host_and_port(address, usual).ok_or(ProxyError::Address)?;
        Ok(Self { kind, host, port, user })
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("kind", &self.kind)
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

fn credentials(text: &str) -> Result<(Secret, Secret), ProxyError> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let part = |text: &str| {
        decoded(text)
            // SOCKS5 gives each of them one byte of length.
            .filter(|part| part.len() <= 255)
            .map(Secret::new)
            .ok_or(ProxyError::Credentials)
    };
    let user = part(user)?;
    if user.is_empty() {
        return Err(ProxyError::Credentials);
    }
    Ok((user, part(password)?))
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let value = digit()? * 16 + digit()?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn host_and_port(address: &str, usual: u16) -> Option<(String, u16)> {
    let (host, port) = if let Some(rest) = address.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        (host, rest.strip_prefix(':').or(rest.is_empty().then_some(""))?)
    } else {
        address.split_once(':').unwrap_or((address, ""))
    };
    let fine = !host.is_empty() && !host.chars().any(|c| c.is_whitespace() || c.is_control() || c == '/');
    let port = if port.is_empty() { usual } else { port.parse().ok()? };
    fine.then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_passwords_are_not_shown() {
        let proxy: Proxy = "http://us%40er:p%3aw@proxy.example:3128/".parse().unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port, proxy.kind), ("proxy.example", 3128, Kind::Http));
        let (user, password) = proxy.user.clone().unwrap();
        assert_eq!((user.expose(), password.expose()), ("us@er", "p:w"));
        let shown = format!("{proxy:?}");
        assert!(!shown.contains("er\"") && !shown.contains("p:w"), "{shown}");
        let proxy: Proxy = "SOCKS5://[::1]".parse().unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port, proxy.kind), ("::1", 1080, Kind::Socks5));
        for (bad, error) in [
            ("proxy.example:3128", ProxyError::Scheme),
            ("https://proxy.example", ProxyError::Scheme),
            ("http://", ProxyError::Address),
            ("http://host:port", ProxyError::Address),
            ("http://[::1]x", ProxyError::Address),
            ("http://a%zz@host", ProxyError::Credentials),
            ("http://:pw@host", ProxyError::Credentials),
        ] {
            assert_eq!(bad.parse::<Proxy>().unwrap_err(), error, "{bad}");
        }
    }
}
