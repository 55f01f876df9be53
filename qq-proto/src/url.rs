//! The little that the core must know about URLs: is this one safe for a secret, and how is a path segment written.

use alloc::string::String;
use core::net::{Ipv4Addr, Ipv6Addr};

/// Whether a secret may be sent to this URL: over TLS (`https`, `wss`) to anybody, in the clear (`http`, `ws`) to
/// this machine alone (`localhost`, 127.0.0.0/8, `[::1]`).
///
/// The core checks every URL that it hands out; an adapter may check again. There is no option to switch it off.
#[must_use]
pub fn may_carry_secret(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let plain = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("ws");
    let tls = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss");
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    // A user name in front of the host is how a URL is made to look like another one; none of ours has it.
    if authority.is_empty() || authority.contains('@') || url.chars().any(|c| c.is_control() || c == ' ') {
        return false;
    }
    tls || (plain && is_loopback(host_of(authority)))
}

/// The host without its port and brackets.
fn host_of(authority: &str) -> &str {
    if let Some(inside) = authority.strip_prefix('[') {
        return inside.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
}

/// Appends `segment` as one path segment: everything but the unreserved characters of RFC 3986 is percent-encoded,
/// so that an id from outside cannot change the path.
pub(crate) fn push_segment(path: &mut String, segment: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            path.push('%');
            for digit in [byte >> 4, byte & 15] {
                path.push(char::from(HEX.get(usize::from(digit)).copied().unwrap_or(b'0')));
            }
        }
    }
}

/// Appends a pair to a query, in front of which the question mark will stand.
pub(crate) fn push_pair(query: &mut String, key: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    push_segment(query, key);
    query.push('=');
    push_segment(query, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_to_tls_or_to_this_machine() {
        for url in [
            "https://api.bot.qq.com/gateway",
            "WSS://api.bot.qq.com",
            "http://127.0.0.1:8080/x",
            "http://127.9.9.9",
            "ws://localhost:1/",
            "ws://[::1]:9/websocket",
        ] {
            assert!(may_carry_secret(url), "{url}");
        }
        for url in [
            "",
            "api.bot.qq.com",
            "http://api.bot.qq.com",
            "ws://10.0.0.1/",
            "http://127.0.0.1@evil.example/",
            "http://evil.example\\@127.0.0.1/",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "ftp://127.0.0.1/",
            "https://",
            "https://user:pw@api.bot.qq.com/",
            "https://a b/",
            "https://a\r\nX: y/",
            "http://[::2]/",
        ] {
            assert!(!may_carry_secret(url), "{url}");
        }
    }

    #[test]
    fn a_segment_stays_one_segment() {
        let mut path = String::from("/v2/users/");
        push_segment(&mut path, "../A?b#中!~");
        assert_eq!(path, "/v2/users/..%2FA%3Fb%23%E4%B8%AD%21~");
    }
}
