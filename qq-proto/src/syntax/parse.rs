//! Reads texts.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::escape::unescape;
use super::{Dialect, Face, Piece};

/// Bytes that a value between quotes may have. Without a limit a text full of beginnings would be read again and again.
const LONGEST_VALUE: usize = 2048;
/// Bytes that an id may have.
const LONGEST_ID: usize = 128;

/// Reads a text, piece by piece. Total: what is not understood is text.
pub fn parse(dialect: Dialect, text: &str) -> Pieces<'_> {
    Pieces { dialect, rest: text, next: None }
}

/// What is left of a text for a person: text, and of commands what is shown.
pub fn plain(dialect: Dialect, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in parse(dialect, text) {
        match piece {
            Piece::Text(text)
            | Piece::Enter { text }
            | Piece::Input { text: _, show: Some(text), .. }
            | Piece::Input { text, show: None, .. } => out.push_str(&text),
            Piece::User(_) | Piece::Everyone | Piece::Channel(_) | Piece::Emoji(_) | Piece::Face(_) => {}
        }
    }
    out
}

/// The pieces of a text. No two texts follow each other, and none is empty.
#[derive(Clone, Debug)]
#[must_use = "nothing is read until it is asked"]
pub struct Pieces<'a> {
    dialect: Dialect,
    rest: &'a str,
    /// Found behind the text that was given last.
    next: Option<Piece<'a>>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(piece) = self.next.take() {
            return Some(piece);
        }
        let starts = |c| c == '<' || (c == '@' && self.dialect == Dialect::Guild);
        let whole = self.rest;
        for (at, _) in whole.match_indices(starts) {
            let (before, from) = whole.split_at_checked(at)?;
            if let Some((piece, rest)) = piece(self.dialect, from) {
                self.rest = rest;
                if before.is_empty() {
                    return Some(piece);
                }
                self.next = Some(piece);
                return Some(Piece::Text(unescape(self.dialect, before)));
            }
        }
        self.rest = "";
        (!whole.is_empty()).then(|| Piece::Text(unescape(self.dialect, whole)))
    }
}

/// The piece with which a text begins, if it is more than text, and what follows it.
fn piece(dialect: Dialect, text: &str) -> Option<(Piece<'_>, &str)> {
    if let Some(rest) = text.strip_prefix('@') {
        return Some((Piece::Everyone, rest.strip_prefix("everyone")?));
    }
    let inside = text.strip_prefix('<')?;
    if let Some(named) = inside.strip_prefix("qqbot-") {
        return tag(named);
    }
    if let Some(fields) = inside.strip_prefix("faceType=") {
        return face(fields);
    }
    if let Some(rest) = inside.strip_prefix('@') {
        let (id, rest) = id(rest.strip_prefix('!').unwrap_or(rest))?;
        return Some((Piece::User(id), rest));
    }
    if dialect == Dialect::Chat {
        return None;
    }
    if let Some(rest) = inside.strip_prefix('#') {
        let (id, rest) = id(rest)?;
        return Some((Piece::Channel(id), rest));
    }
    let (id, rest) = id(inside.strip_prefix("emoji:")?)?;
    Some((Piece::Emoji(id), rest))
}

/// An id and its `>`.
fn id(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().take(LONGEST_ID + 1).position(|byte| byte == b'>')?;
    let (id, rest) = text.split_at_checked(end)?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (!id.is_empty() && id.bytes().all(fits)).then_some((id, rest.strip_prefix('>')?))
}

/// A value between quotes, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('"')?;
    let end = text.bytes().take(LONGEST_VALUE + 1).position(|byte| byte == b'"')?;
    let (value, rest) = text.split_at_checked(end)?;
    Some((value, rest.strip_prefix('"')?))
}

/// `at-user id="1" />` and the like, behind `<qqbot-`.
fn tag(text: &str) -> Option<(Piece<'_>, &str)> {
    let names = ["at-user", "at-everyone", "cmd-enter", "cmd-input"];
    let (name, mut rest) = names.into_iter().find_map(|name| Some((name, text.strip_prefix(name)?)))?;
    let [mut id, mut command, mut show, mut reference] = [None; 4];
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if let Some(behind) = rest.strip_prefix("/>") {
            rest = behind;
            break;
        }
        let keys = ["id=", "text=", "show=", "reference="];
        let (key, behind) = keys.into_iter().find_map(|key| Some((key, rest.strip_prefix(key)?)))?;
        let (value, behind) = quoted(behind)?;
        rest = behind;
        *match key {
            "id=" => &mut id,
            "text=" => &mut command,
            "show=" => &mut show,
            _ => &mut reference,
        } = Some(value);
    }
    let piece = match name {
        "at-user" => Piece::User(id.filter(|id| !id.is_empty())?),
        "at-everyone" => Piece::Everyone,
        "cmd-enter" => Piece::Enter { text: decoded(command?) },
        _ => Piece::Input {
            text: decoded(command?),
            show: show.map(decoded),
            reference: reference == Some("true"),
        },
    };
    Some((piece, rest))
}

/// `1,faceId="13",ext="..">`, behind `<faceType=`.
fn face(text: &str) -> Option<(Piece<'_>, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (kind, mut rest) = text.split_at_checked(digits)?;
    let mut face = Face { kind, id: "", ext: "" };
    while let Some(more) = rest.strip_prefix(',') {
        let (field, behind) = match more.strip_prefix("faceId=") {
            Some(behind) => (&mut face.id, behind),
            None => (&mut face.ext, more.strip_prefix("ext=")?),
        };
        (*field, rest) = quoted(behind)?;
    }
    Some((Piece::Face(face), rest.strip_prefix('>')?))
}

/// What a URL-encoded value says. What is not encoded properly stays as it is.
fn decoded(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let escaped = match (first, behind) {
            (b'%', [high, low, behind @ ..]) => {
                hex(high).zip(hex(low)).map(|(high, low)| (high << 4 | low, behind))
            }
            _ => None,
        };
        let (byte, behind) = escaped.unwrap_or((*first, behind));
        bytes.push(byte);
        rest = behind;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Borrowed(value),
    }
}
