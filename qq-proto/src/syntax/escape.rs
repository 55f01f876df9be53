//! Keeps the platform's syntax out of what people typed.

use alloc::borrow::Cow;
use alloc::string::String;

use super::Dialect;

/// Invisible, and takes no room.
const HIDDEN: char = '\u{200b}';

/// What makes a piece of a text in chats more than text, behind its `<`.
const CHAT_MARKS: [&str; 3] = ["@", "qqbot-", "faceType="];

/// What makes a piece of a text in guilds more than text, behind its `@`.
const EVERYONE: &str = "everyone";

/// Writes what a person typed so that all of it is text. [`unescape`] gives it back.
pub fn escape(dialect: Dialect, text: &str) -> Cow<'_, str> {
    let quiet = match dialect {
        Dialect::Guild => !text.contains(['&', '<', '>', '@']),
        Dialect::Chat => !text.contains('<'),
    };
    if quiet {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (dialect, c) {
            (Dialect::Guild, '&') => out.push_str("&amp;"),
            (Dialect::Guild, '<') => out.push_str("&lt;"),
            (Dialect::Guild, '>') => out.push_str("&gt;"),
            _ => {
                out.push(c);
                if begins(dialect, c, chars.as_str()) {
                    out.push(HIDDEN);
                }
            }
        }
    }
    Cow::Owned(out)
}

/// What a person reads: the other way round.
pub fn unescape(dialect: Dialect, text: &str) -> Cow<'_, str> {
    if !text.contains(HIDDEN) && (dialect == Dialect::Chat || !text.contains('&')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if dialect == Dialect::Guild && c == '&' {
            let entities = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];
            if let Some((entity, plain)) = entities.into_iter().find(|(entity, _)| rest.starts_with(entity)) {
                out.push(plain);
                rest = rest.get(entity.len()..).unwrap_or_default();
                continue;
            }
        }
        out.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        if let Some(hidden) = rest.strip_prefix(HIDDEN) {
            if begins(dialect, c, hidden) {
                rest = hidden;
            }
        }
    }
    Cow::Owned(out)
}

/// Whether `c` would begin something, with `rest` behind it: perhaps behind characters that hid it before.
fn begins(dialect: Dialect, c: char, rest: &str) -> bool {
    let rest = rest.trim_start_matches(HIDDEN);
    match (dialect, c) {
        (Dialect::Chat, '<') => CHAT_MARKS.iter().any(|mark| rest.starts_with(mark)),
        (Dialect::Guild, '@') => rest.starts_with(EVERYONE),
        _ => false,
    }
}
