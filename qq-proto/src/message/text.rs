//! The words of a message without the tags that mean the bot.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::model::ChatMessage;

/// Ids are far shorter: what is longer is no mention.
const LONGEST_ID: usize = 128;

/// So many tags of a message are looked at: nobody means so many.
const MOST_TAGS: u32 = 64;

/// The id in the mention with which `text` begins, and what follows the mention. `<@!id>`, `<@id>`, and the form for
/// sending, which may be echoed.
fn mention(text: &str) -> Option<(&str, &str)> {
    let until = |text: &'_ str, end: u8| text.bytes().take(LONGEST_ID + 1).position(|byte| byte == end);
    let (id, rest) = if let Some(rest) = text.strip_prefix("<@") {
        let rest = rest.strip_prefix('!').unwrap_or(rest);
        let (id, rest) = rest.split_at_checked(until(rest, b'>')?)?;
        (id, rest.get(1..)?)
    } else {
        let rest = text.strip_prefix("<qqbot-at-user id=\"")?;
        let (id, rest) = rest.split_at_checked(until(rest, b'"')?)?;
        let rest = rest.get(1..)?.trim_start_matches(' ');
        (id, rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>'))?)
    };
    (!id.is_empty() && !id.contains(['<', '>', ' ', '"'])).then_some((id, rest))
}

/// Walks through the mentions that mean the bot.
struct Own<'t, F> {
    rest: &'t str,
    left: u32,
    is_me: F,
}

impl<'t, F: Fn(&str) -> bool> Own<'t, F> {
    const fn new(rest: &'t str, is_me: F) -> Self {
        Self { rest, left: MOST_TAGS, is_me }
    }

    /// What is in front of the next one. `rest` is what is behind it.
    fn next(&mut self) -> Option<&'t str> {
        let text = self.rest;
        let mut from = 0;
        while self.left > 0 {
            let at = from + text.get(from..)?.find('<')?;
            let (before, tag) = text.split_at_checked(at)?;
            from = at + 1;
            if let Some((id, behind)) = mention(tag) {
                self.left -= 1;
                if (self.is_me)(id) {
                    self.rest = behind;
                    return Some(before);
                }
            }
        }
        None
    }
}

/// There is a mention that means the bot.
pub(super) fn mentions(text: &str, is_me: impl Fn(&str) -> bool) -> bool {
    Own::new(text, is_me).next().is_some()
}

/// The text without mentions that mean the bot and without blanks at its ends.
pub(super) fn without(text: &str, is_me: impl Fn(&str) -> bool) -> Cow<'_, str> {
    // U+00A0, which clients put behind a mention, is a blank here.
    let mut own = Own::new(text.trim(), is_me);
    let mut whole = String::new();
    while let Some(before) = own.next() {
        if whole.is_empty() && own.rest.trim_start().is_empty() {
            // It was the last word.
            return Cow::Borrowed(before.trim_end());
        }
        whole.push_str(before);
        if whole.is_empty() || whole.ends_with(char::is_whitespace) {
            // One blank is enough where two stood around it.
            own.rest = own.rest.trim_start();
        }
    }
    if whole.is_empty() {
        return Cow::Borrowed(own.rest);
    }
    whole.push_str(own.rest);
    whole.truncate(whole.trim_end().len());
    Cow::Owned(whole)
}

/// Undoes the three escapes of guild texts.
pub(super) fn unescaped(text: Cow<'_, str>) -> Cow<'_, str> {
    const ESCAPES: [(&str, char); 3] = [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&')];
    if !ESCAPES.iter().any(|(escape, _)| text.contains(escape)) {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some((before, escape)) = rest.find('&').and_then(|at| rest.split_at_checked(at)) {
        plain.push_str(before);
        let known = ESCAPES.iter().find_map(|(name, c)| Some((*c, escape.strip_prefix(name)?)));
        let (c, after) = known.unwrap_or(('&', escape.get(1..).unwrap_or_default()));
        plain.push(c);
        rest = after;
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Several messages sent as one, a line each.
pub(super) fn joined<'m>(message: &'m ChatMessage<'_>) -> Cow<'m, str> {
    let mut lines = String::new();
    let nodes = message.parallel_message.iter().flat_map(|parallel| parallel.msg_nodes.iter().flatten());
    for node in nodes {
        let line = node.content.trim();
        if !lines.is_empty() && !line.is_empty() {
            lines.push('\n');
        }
        lines.push_str(line);
    }
    Cow::Owned(lines)
}
