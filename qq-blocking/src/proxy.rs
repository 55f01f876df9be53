//! The way out of networks that have only one.

use std::fmt;
use std::str::FromStr;

use qq_proto::Secret;

use crate::error::ProxyError;

/// The longest user name and password that SOCKS5 can carry.
const LONGEST: usize = 255;

/// A proxy that both HTTP and WebSocket connections go through: `http://[user:password@]host:port` (by CONNECT) or
/// `socks5://[user:password@]host:port` (the proxy resolves names).
///
/// Requests in the clear, which go to this machine only, use it only if the proxy is on this machine too.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    pub(crate) kind: Kind,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) login: Option<(String, Secret)>,
}

/// How the proxy is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// HTTP CONNECT.
    Connect,
    /// SOCKS5, RFC 1928 and 1929.
    Socks5,
}

impl Proxy {
    /// Reads the proxy from the variable `QQ_PROXY`, usually of the environment. Unset or empty: none.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ProxyError> {
        var("QQ_PROXY")
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
            .map(|text| text.parse())
            .transpose()
    }

    /// Whether the proxy runs on this machine.
    pub(crate) fn is_local(&self) -> bool {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        qq_proto::may_carry_secret(&format!("http://{host}/"))
    }
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let (scheme, rest) = text.split_once("://").ok_or(ProxyError::Scheme)?;
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "http" => Kind::Connect,
            "socks5" | "socks5h" => Kind::Socks5,
            _ => return Err(ProxyError::Scheme),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (login, address) = match authority.rsplit_once('@') {
            Some((login, address)) => (Some(login), address),
            None => (None, authority),
        };
        let (host, port) = address.rsplit_once(':').ok_or(ProxyError::Address)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() || host.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(ProxyError::Address);
        }
        let login = login
            .map(|login| {
                let (user, password) = login.split_once(':').unwrap_or((login, ""));
                Ok((decoded(user)?, Secret::new(decoded(password)?)))
            })
            .transpose()?;
        Ok(Self { kind, host: host.to_owned(), port: port.parse().map_err(|_| ProxyError::Address)?, login })
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("kind", &self.kind)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("login", &self.login.as_ref().map(|_| ".."))
            .finish()
    }
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> Result<String, ProxyError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || {
                let digit = rest.next().and_then(|byte| char::from(byte).to_digit(16));
                digit.and_then(|digit| u8::try_from(digit).ok()).ok_or(ProxyError::Credentials)
            };
            bytes.push(digit()? << 4 | digit()?);
        } else {
            bytes.push(byte);
        }
    }
    if bytes.len() > LONGEST {
        return Err(ProxyError::Credentials);
    }
    String::from_utf8(bytes).map_err(|_| ProxyError::Credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_passwords_are_not_shown() {
        let proxy: Proxy = "http://me:p%40ss%3A@proxy.example:3128/".parse().unwrap();
        assert_eq!((proxy.kind, proxy.host.as_str(), proxy.port), (Kind::Connect, "proxy.example", 3128));
        let (user, password) = proxy.login.clone().unwrap();
        assert_eq!((user.as_str(), password.expose()), ("me", "p@ss:"));
        let shown = format!("{proxy:?} {proxy:#?}");
        assert!(!shown.contains("p@ss") && !shown.contains("me\""), "{shown}");
        assert!(!proxy.is_local());

        let proxy: Proxy = "SOCKS5://[::1]:1080".parse().unwrap();
        assert_eq!((proxy.kind, proxy.host.as_str()), (Kind::Socks5, "::1"));
        assert!(proxy.is_local());
    }

    #[test]
    fn what_is_wrong_is_named_and_never_quoted() {
        for (text, error) in [
            ("proxy:3128", ProxyError::Scheme),
            ("ftp://proxy:3128", ProxyError::Scheme),
            ("http://proxy", ProxyError::Address),
            ("http://proxy:secret", ProxyError::Address),
            ("http://:1", ProxyError::Address),
            ("http://a:%zz@b:1", ProxyError::Credentials),
        ] {
            assert_eq!(text.parse::<Proxy>(), Err(error), "{text}");
            assert!(!error.to_string().contains("secret"));
        }
        assert_eq!(Proxy::from_vars(|_| Some(" ".into())), Ok(None));
        assert!(Proxy::from_vars(|name| (name == "QQ_PROXY").then(|| "http://a:1".into())).is_ok());
    }
}
