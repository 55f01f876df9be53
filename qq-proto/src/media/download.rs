//! Which URLs may be fetched, for files that strangers sent.

use alloc::string::{String, ToString};
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

/// Limits of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadRules {
    /// More bytes than this are not read, whatever the reply announces.
    pub bytes: u64,
    /// So many redirects are followed.
    pub redirects: u32,
    /// It may take so long in all.
    pub time: Duration,
    /// Whether `http` is allowed beside `https`.
    pub plain: bool,
    /// Whether addresses of private networks and of this machine are allowed: for tests alone.
    pub private: bool,
}

impl Default for DownloadRules {
    fn default() -> Self {
        Self {
            // The largest file the platform takes.
            bytes: 200 * 1024 * 1024,
            redirects: 3,
            time: Duration::from_secs(5 * 60),
            // Guild attachments come without a scheme and are `https`; nothing is known that is not.
            plain: false,
            private: false,
        }
    }
}

impl DownloadRules {
    /// Whether a reply that announces so many bytes, or that has brought so many, is within the limit.
    pub const fn allows(&self, bytes: u64) -> bool {
        bytes <= self.bytes
    }
}

/// Why a URL is not fetched. It never holds the URL: that may carry a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BadUrl {
    /// It is none, or has blanks, control characters or a backslash in it.
    #[error("this is not a URL")]
    Malformed,
    /// Another scheme than `https`, or than `http` where that is allowed.
    #[error("only https is fetched")]
    Scheme,
    /// A user name or password in front of the host.
    #[error("a URL with a user name in it is not fetched")]
    UserName,
    /// The host is this machine or inside a private network.
    #[error("the host is this machine or inside a private network")]
    Private,
    /// The port is not a number, or zero.
    #[error("the port is not valid")]
    Port,
    /// More redirects than allowed.
    #[error("it redirects too often")]
    TooManyRedirects,
    /// A redirect from `https` to `http`.
    #[error("it redirects from https to http")]
    Downgrade,
}

/// Where a URL leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name; each address it resolves to has to pass [`check_address`].
    Name(String),
    /// An address, already judged.
    Address(IpAddr),
}

/// A URL that may be fetched. It may carry a key, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckedUrl {
    /// The whole URL, with its scheme, without a fragment.
    pub url: String,
    /// Its host.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// Whether it is `https`.
    pub tls: bool,
}

impl fmt::Debug for CheckedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedUrl")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// Judges the URL of an attachment. One without a scheme, as guilds send them, is taken as `https`.
///
/// A bot that fetches whatever URL it is given can be made to read the network it runs in. This judges the URL;
/// [`check_address`] judges each address that its name resolves to, **at the moment of connecting**, because a name may
/// resolve to another address the second time; [`redirect`] judges where a reply leads. An adapter fetches without any
/// of the bot's headers, counts bytes against [`DownloadRules::bytes`], and does not let its HTTP library follow
/// redirects by itself.
pub fn check_url(url: &str, rules: &DownloadRules) -> Result<CheckedUrl, BadUrl> {
    let url = url.trim_matches(' ');
    // Characters that programs read in different ways are how one is led to another host than the one that was judged.
    if url.is_empty() || url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(BadUrl::Malformed);
    }
    let url = url.split('#').next().unwrap_or_default();
    let (tls, rest) = match url.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") && rules.plain => (false, rest),
        // `?u=http://..` is no scheme.
        Some((scheme, _)) if !scheme.contains(['/', '?', '.']) => return Err(BadUrl::Scheme),
        Some(_) | None => (true, url.strip_prefix("//").unwrap_or(url)),
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(BadUrl::UserName);
    }
    let (name, port) = host_and_port(authority)?;
    let port = match port {
        None => {
            if tls {
                443
            } else {
                80
            }
        }
        Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or(BadUrl::Port)?,
    };
    let host = judge_host(name, rules)?;
    let scheme = if tls { "https://" } else { "http://" };
    Ok(CheckedUrl { url: [scheme, rest].concat(), host, port, tls })
}

/// Splits `[::1]:80` and `a.example:80`.
fn host_and_port(authority: &str) -> Result<(&str, Option<&str>), BadUrl> {
    if let Some(inside) = authority.strip_prefix('[') {
        let (host, after) = inside.split_once(']').ok_or(BadUrl::Malformed)?;
        let port = match after {
            "" => None,
            after => Some(after.strip_prefix(':').ok_or(BadUrl::Malformed)?),
        };
        // Brackets are for addresses alone.
        return host.parse::<Ipv6Addr>().map(|_| (host, port)).map_err(|_| BadUrl::Malformed);
    }
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    if host.is_empty() || port.is_some_and(|port| port.contains(':')) {
        return Err(BadUrl::Malformed);
    }
    Ok((host, port))
}

fn judge_host(name: &str, rules: &DownloadRules) -> Result<Host, BadUrl> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return check_address(address, rules).map(|()| Host::Address(address));
    }
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    // Letters, digits, hyphens: an escaped or a foreign letter is read in different ways.
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if name.is_empty() || !name.chars().all(fine) {
        return Err(BadUrl::Malformed);
    }
    // The old forms of addresses: `127.1`, `0x7f.1`, `2130706433`. A real name does not end like a number.
    let last = name.rsplit('.').next().unwrap_or_default();
    if last.chars().all(|c| c.is_ascii_digit()) || last.starts_with("0x") {
        return Err(BadUrl::Malformed);
    }
    let inside = ["localhost", "local", "internal", "lan", "home", "intranet", "corp"];
    if !rules.private && (inside.contains(&last) || !name.contains('.')) {
        return Err(BadUrl::Private);
    }
    Ok(Host::Name(name))
}

/// Judges an address that a host name has resolved to, before a connection is made to it.
pub const fn check_address(address: IpAddr, rules: &DownloadRules) -> Result<(), BadUrl> {
    let public = match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    };
    if public || rules.private { Ok(()) } else { Err(BadUrl::Private) }
}

/// The special blocks of RFC 6890 and its successors.
#[expect(clippy::unnested_or_patterns, reason = "one pattern for each block")]
const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        // This network; private; shared by carriers; this machine; link-local, where clouds keep their secrets.
        (0 | 10 | 127, _, _) | (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _)
        // Protocol assignments; documentation; relays; benchmarks; multicast, reserved and broadcast.
        | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113) | (224..=255, _, _)
    )
}

/// Only global unicast is public. Forms that carry an IPv4 address are judged by that one.
#[expect(clippy::many_single_char_names, reason = "the eight groups of an address")]
const fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, high, low] = address.segments();
    match (a, b) {
        // Mapped (`::ffff:1.2.3.4`) and compatible (`::1.2.3.4`) forms; `::` and `::1` are among the latter.
        (0, 0) if c == 0 && d == 0 && (e == 0 && f == 0xffff) => is_public_v4(v4(high, low)),
        (0, 0) if c == 0 && d == 0 && e == 0xffff && f == 0 => is_public_v4(v4(high, low)),
        // Translated (64:ff9b::/96); 64:ff9b:1::/48 is for private use.
        (0x64, 0xff9b) if c == 0 && d == 0 && e == 0 && f == 0 => is_public_v4(v4(high, low)),
        // 6to4: the address of the relay is inside.
        (0x2002, _) => is_public_v4(v4(b, c)),
        // Teredo, ORCHID and the like; documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

const fn v4(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

/// Judges where a redirect leads. `followed` is how many have been followed already; `location` is the header's value,
/// whole or relative to the URL that was fetched.
pub fn redirect(
    from: &CheckedUrl,
    location: &str,
    followed: u32,
    rules: &DownloadRules,
) -> Result<CheckedUrl, BadUrl> {
    if followed >= rules.redirects {
        return Err(BadUrl::TooManyRedirects);
    }
    let scheme = if from.tls { "https:" } else { "http:" };
    let origin = || {
        let rest = from.url.split_once("://").map_or("", |(_, rest)| rest);
        [scheme, "//", rest.split(['/', '?']).next().unwrap_or_default()].concat()
    };
    let absolute = if location.starts_with("//") {
        [scheme, location].concat()
    } else if location.starts_with('/') {
        [origin().as_str(), location].concat()
    } else if location.contains("://") && !location.starts_with(['?', '.']) {
        location.to_string()
    } else {
        let path = from.url.split('?').next().unwrap_or_default();
        let folder = path.rsplit_once('/').filter(|(folder, _)| folder.len() > scheme.len() + 1);
        let base = folder.map_or_else(origin, |(folder, _)| folder.to_string());
        if location.starts_with('?') {
            [path, location].concat()
        } else {
            [base.as_str(), "/", location].concat()
        }
    };
    let plain = DownloadRules { plain: true, ..*rules };
    let to = check_url(&absolute, &plain)?;
    match (from.tls, to.tls) {
        (true, false) => Err(BadUrl::Downgrade),
        (false, false) if !rules.plain => Err(BadUrl::Scheme),
        (true | false, true) | (false, false) => Ok(to),
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use proptest::prelude::*;

    use super::*;

    fn check(url: &str) -> Result<CheckedUrl, BadUrl> {
        check_url(url, &DownloadRules::default())
    }

    #[test]
    fn attachments_of_the_platform_pass() {
        for (url, whole) in [
            ("https://gchat.qpic.cn/a?rkey=1", "https://gchat.qpic.cn/a?rkey=1"),
            ("gchat.qpic.cn/a/b?u=http://x", "https://gchat.qpic.cn/a/b?u=http://x"),
            ("//multimedia.nt.qq.com.cn/download", "https://multimedia.nt.qq.com.cn/download"),
            ("HTTPS://a.example:8443/#part", "https://a.example:8443/"),
            ("https://8.8.8.8/x", "https://8.8.8.8/x"),
            ("https://[2606:4700::1]/x", "https://[2606:4700::1]/x"),
        ] {
            assert_eq!(check(url).unwrap().url, whole);
        }
        assert_eq!(check("https://a.example:8443/").unwrap().port, 8443);
        assert_eq!(check("https://A.Example./").unwrap().host, Host::Name("a.example".into()));
    }

    #[test]
    fn everything_that_leads_inside_is_refused() {
        use BadUrl as B;
        for (url, why) in [
            ("", B::Malformed),
            ("http://a.example/", B::Scheme),
            ("file:///etc/passwd", B::Scheme),
            ("ftp://a.example/", B::Scheme),
            ("gopher://a.example/", B::Scheme),
            ("https://user@a.example/", B::UserName),
            ("https://a.example@127.0.0.1/", B::UserName),
            ("https://127.0.0.1/", B::Private),
            ("https://10.1.2.3/", B::Private),
            ("https://172.31.0.1/", B::Private),
            ("https://192.168.1.1/", B::Private),
            ("https://169.254.169.254/latest/meta-data", B::Private),
            ("https://100.64.0.1/", B::Private),
            ("https://0.0.0.0/", B::Private),
            ("https://255.255.255.255/", B::Private),
            ("https://224.0.0.1/", B::Private),
            ("https://127.1/", B::Malformed),
            ("https://2130706433/", B::Malformed),
            ("https://0x7f.0.0.0x1/", B::Malformed),
            ("https://0177.0.0.1/", B::Malformed),
            ("https://[::1]/", B::Private),
            ("https://[::]/", B::Private),
            ("https://[::ffff:127.0.0.1]/", B::Private),
            ("https://[::ffff:a9fe:a9fe]/", B::Private),
            ("https://[::127.0.0.1]/", B::Private),
            ("https://[64:ff9b::10.0.0.1]/", B::Private),
            ("https://[64:ff9b:1::1]/", B::Private),
            ("https://[2002:7f00:1::]/", B::Private),
            ("https://[2001::1]/", B::Private),
            ("https://[2001:db8::1]/", B::Private),
            ("https://[fe80::1]/", B::Private),
            ("https://[fc00::1]/", B::Private),
            ("https://[ff02::1]/", B::Private),
            ("https://[fe80::1%25eth0]/", B::Malformed),
            ("https://localhost/", B::Private),
            ("https://LOCALHOST./", B::Private),
            ("https://x.localhost/", B::Private),
            ("https://metadata.google.internal/", B::Private),
            ("https://router/", B::Private),
            ("https://a.example\\@127.0.0.1/", B::Malformed),
            ("https://a b/", B::Malformed),
            ("https://a\r\nHost: b/", B::Malformed),
            ("https://a.example:0/", B::Port),
            ("https://a.example:99999/", B::Port),
            ("https://a.example:/", B::Port),
            ("https://a.example:80:80/", B::Malformed),
            ("https://%31%32%37.0.0.1/", B::Malformed),
            ("https://1２7.0.0.1/", B::Malformed),
            ("https://:80/", B::Malformed),
        ] {
            assert_eq!(check(url).map(|url| url.url), Err(why), "{url}");
        }
    }

    #[test]
    fn redirects_are_judged_like_urls_and_counted() {
        let rules = DownloadRules::default();
        let from = check("https://a.example/x/y?z").unwrap();
        let to = |location, followed| redirect(&from, location, followed, &rules).map(|url| url.url);
        assert_eq!(to("https://b.example/", 0).as_deref(), Ok("https://b.example/"));
        assert_eq!(to("//b.example/q", 0).as_deref(), Ok("https://b.example/q"));
        assert_eq!(to("/q", 2).as_deref(), Ok("https://a.example/q"));
        assert_eq!(to("q", 0).as_deref(), Ok("https://a.example/x/q"));
        assert_eq!(to("?q", 0).as_deref(), Ok("https://a.example/x/y?q"));
        assert_eq!(to("/q", 3), Err(BadUrl::TooManyRedirects));
        assert_eq!(to("http://b.example/", 0), Err(BadUrl::Downgrade));
        assert_eq!(to("http://127.0.0.1/", 0), Err(BadUrl::Private));
        assert_eq!(to("https://[::1]/", 0), Err(BadUrl::Private));
        assert_eq!(to("file:///etc/passwd", 0), Err(BadUrl::Scheme));
        assert!(!format!("{from:?}").contains('z'));
    }

    #[test]
    fn limits_are_limits() {
        let rules = DownloadRules::default();
        assert!(rules.allows(rules.bytes) && !rules.allows(rules.bytes + 1));
        let tests = DownloadRules { private: true, plain: true, ..rules };
        assert!(check_url("http://127.0.0.1:9/", &tests).is_ok());
        assert!(check_url("http://localhost:9/", &tests).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 512 }))]

        /// An IPv4 address is judged the same in each of its IPv6 forms.
        #[test]
        fn mapped_forms_are_no_way_around(bits: u32) {
            let rules = DownloadRules::default();
            let plain = Ipv4Addr::from(bits);
            let [a, b, c, d] = plain.octets();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            let judged = check_address(plain.into(), &rules);
            for form in [
                plain.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 0),
            ] {
                prop_assert_eq!(check_address(form.into(), &rules), judged, "{}", form);
            }
            // What the standard library calls inside is inside.
            if plain.is_private() || plain.is_loopback() || plain.is_link_local() || plain.is_multicast() {
                prop_assert_eq!(judged, Err(BadUrl::Private));
            }
        }

        #[test]
        fn any_text_is_survived(text in ".{0,60}", location in ".{0,40}") {
            if let Ok(url) = check(&text) {
                prop_assert!(url.url.starts_with("https://"));
                let _ = redirect(&url, &location, 0, &DownloadRules::default());
            }
        }
    }
}
