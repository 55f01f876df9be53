//! Reactions to messages of channels.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::chats::ME;
use super::super::http::Answer;
use super::{Ask, settle};

/// Kinds of emoji on one message. The documents have a code for too many and no number.
const KINDS: usize = 20;
const PAGE: usize = 20;
const LONGEST_PAGE: usize = 50;

type Key = (String, String, String);

impl Platform {
    /// The reaction a path names, on a message that is there.
    fn reaction(&self, ask: &Ask) -> Result<Key, Answer> {
        let channel = self.channel_of(ask.param(0))?;
        let (message, kind, id) = (ask.param(1), ask.param(2), ask.param(3));
        if !matches!(kind, "1" | "2") || channel.message(message).is_none() {
            return Err(Answer::refused(620_001, "no such message or kind of emoji"));
        }
        // System faces are numbered. Of the others there is a number and the emoji itself, and both are in use.
        if kind == "1" && !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Answer::refused(620_001, "a system face has a number"));
        }
        Ok((message.to_owned(), kind.to_owned(), id.to_owned()))
    }

    pub(super) fn reaction_put(&mut self, ask: &Ask) -> Answer {
        settle(self.reaction(ask).and_then(|key| {
            let channel = self.channel_mut(ask.param(0))?;
            let kinds = channel.reactions.keys().filter(|known| known.0 == key.0 && **known != key).count();
            if kinds >= KINDS {
                return Err(Answer::refused(620_002, "too many kinds"));
            }
            let users = channel.reactions.entry(key).or_default();
            if users.iter().any(|user| user == ME) {
                return Err(Answer::refused(620_003, "already set"));
            }
            users.push(ME.to_owned());
            Ok(Answer::no_content())
        }))
    }

    pub(super) fn reaction_delete(&mut self, ask: &Ask) -> Answer {
        settle(self.reaction(ask).and_then(|key| {
            let channel = self.channel_mut(ask.param(0))?;
            let users = channel.reactions.entry(key.clone()).or_default();
            let before = users.len();
            users.retain(|user| user != ME);
            let removed = users.len() < before;
            if users.is_empty() {
                channel.reactions.remove(&key);
            }
            if removed { Ok(Answer::no_content()) } else { Err(Answer::refused(620_004, "not set")) }
        }))
    }

    pub(super) fn reaction_users_list(&mut self, ask: &Ask) -> Answer {
        settle(self.reaction(ask).and_then(|key| {
            let channel = self.channel_of(ask.param(0))?;
            let guild = self.guild_of(&channel.guild)?;
            let users = channel.reactions.get(&key).map_or(&[][..], Vec::as_slice);
            let (start, limit) = reaction_page(ask)?;
            let page: Vec<Value> = users
                .iter()
                .skip(start)
                .take(limit)
                .map(|id| {
                    let name = guild.members.get(id).map_or("", |member| member.name.as_str());
                    json!({"id": id, "username": name, "avatar": ""})
                })
                .collect();
            let end = start.saturating_add(page.len());
            let is_end = end >= users.len();
            let cookie = if is_end { String::new() } else { format!("{end}_{limit}") };
            Ok(Answer::ok(json!({"users": page, "cookie": cookie, "is_end": is_end})))
        }))
    }
}

/// Where a page begins and how long it is. The cookie keeps the length, which is honoured the first time only.
fn reaction_page(ask: &Ask) -> Result<(usize, usize), Answer> {
    let wrong = || Answer::refused(620_001, "cookie or limit");
    match ask.query("cookie").filter(|cookie| !cookie.is_empty()) {
        Some(cookie) => {
            let (start, limit) = cookie.split_once('_').ok_or_else(wrong)?;
            Ok((start.parse().map_err(|_| wrong())?, limit.parse().map_err(|_| wrong())?))
        }
        None => match ask.query("limit").map(|limit| limit.parse::<usize>()) {
            None => Ok((0, PAGE)),
            Some(Ok(limit)) if (1..=LONGEST_PAGE).contains(&limit) => Ok((0, limit)),
            Some(_) => Err(wrong()),
        },
    }
}
