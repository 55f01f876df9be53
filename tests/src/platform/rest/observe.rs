//! What events change: people come and go, write, press, let the bot in and throw it out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Platform;
use super::super::chats::ME;
use super::channels::Channel;
use super::conversations::Dm;
use super::groups::{Group, GroupMember, Join};
use super::guilds::Guild;
use super::interactions::Interaction;
use super::members::Member;

/// How far back a message is looked for that comes under two names.
const RECENT: usize = 20;

/// The texts of an event.
fn text<'a>(d: &'a Value, path: &str) -> Option<&'a str> {
    d.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

impl Platform {
    /// Keeps the state in step with what is told. An event that lacks something changes nothing.
    pub(in super::super) fn observe(&mut self, name: &str, d: &Value) {
        match name {
            "INTERACTION_CREATE" => {
                if let Some(id) = text(d, "/id") {
                    let press = Interaction { at: self.now, acknowledged: None };
                    self.rest.interactions.entry(id.to_owned()).or_insert(press);
                }
            }
            "C2C_MESSAGE_CREATE" | "FRIEND_ADD" | "FRIEND_DEL" | "C2C_MSG_REJECT" | "C2C_MSG_RECEIVE" => {
                self.observe_user(name, d);
            }
            _ if d.get("group_openid").is_some() => self.observe_group(name, d),
            _ if d.get("guild_id").is_some() || name.starts_with("GUILD_") => self.observe_guild(name, d),
            _ => {}
        }
    }

    fn observe_user(&mut self, name: &str, d: &Value) {
        let id =
            text(d, "/author/user_openid").or_else(|| text(d, "/openid")).or_else(|| text(d, "/user_openid"));
        let Some(id) = id else {
            return;
        };
        let now = self.now;
        let user = self.rest.users.entry(id.to_owned()).or_default();
        match name {
            "C2C_MESSAGE_CREATE" => {
                user.last_word = Some(now);
                user.woken.clear();
            }
            "FRIEND_ADD" => (user.friend, user.active) = (true, true),
            "FRIEND_DEL" => user.friend = false,
            "C2C_MSG_REJECT" => user.active = false,
            _ => user.active = true,
        }
    }

    fn observe_group(&mut self, name: &str, d: &Value) {
        let Some(id) = text(d, "/group_openid") else {
            return;
        };
        let (now, bot) = (self.now, self.chats.bot.clone());
        let me = GroupMember { bot: true, ..GroupMember::new("model bot", "admin", now) };
        let alone = BTreeMap::from([(bot.clone(), me)]);
        let group = self.rest.groups.entry(id.to_owned()).or_insert_with(|| Group::empty(&bot, alone, now));
        let person = text(d, "/author/member_openid").or_else(|| text(d, "/member_openid"));
        match (name, person) {
            ("GROUP_ADD_ROBOT", _) => group.member = true,
            ("GROUP_DEL_ROBOT", _) => group.member = false,
            ("GROUP_MSG_REJECT", _) => group.active = false,
            ("GROUP_MSG_RECEIVE", _) => group.active = true,
            ("GROUP_MEMBER_REMOVE", Some(person)) => drop(group.members.remove(person)),
            ("GROUP_JOIN_REQUEST", Some(person)) => {
                let request = text(d, "/join_request_id").unwrap_or(person).to_owned();
                let mut value = json!({
                    "join_request_id": request,
                    "risk_tips": "",
                    "union_openid": "",
                    "member_openid": person,
                    "username": "someone new",
                    "apply_at": text(d, "/apply_at").unwrap_or_default(),
                    "apply_source": "self_apply",
                    "invited_by": "",
                    "bot": false,
                    "verify_info": {"method": "verify_message", "verify_message": "", "review_qa_list": []},
                });
                if let (Some(value), Some(given)) = (value.as_object_mut(), d.as_object()) {
                    for (name, field) in value.iter_mut() {
                        if let Some(given) = given.get(name) {
                            *field = given.clone();
                        }
                    }
                }
                group.joins.insert(person.to_owned(), Join { id: request, value });
            }
            ("GROUP_MEMBER_ADD" | "GROUP_AT_MESSAGE_CREATE" | "GROUP_MESSAGE_CREATE", Some(person)) => {
                let member = || GroupMember::new("someone", "member", now);
                group.members.entry(person.to_owned()).or_insert_with(member);
                group.member = true;
            }
            _ => {}
        }
    }

    fn observe_guild(&mut self, name: &str, d: &Value) {
        if let Some(id) = text(d, "/id").filter(|_| matches!(name, "GUILD_CREATE" | "GUILD_UPDATE")) {
            let owner = text(d, "/owner_id").unwrap_or_default();
            let title = text(d, "/name").unwrap_or("a guild");
            title.clone_into(&mut self.know_guild(id, owner).name);
            return;
        }
        if name == "GUILD_DELETE" {
            if let Some(id) = text(d, "/id") {
                self.rest.guilds.remove(id);
                self.rest.channels.retain(|_, channel| channel.guild != id);
            }
            return;
        }
        let Some(guild) = text(d, "/guild_id").map(str::to_owned) else {
            return;
        };
        match name {
            "DIRECT_MESSAGE_CREATE" => {
                if let (Some(channel), Some(user)) = (text(d, "/channel_id"), text(d, "/author/id")) {
                    let source = text(d, "/src_guild_id").unwrap_or_default();
                    let dm = Dm::new(channel, user, source, self.now);
                    self.rest.dms.entry(guild).or_insert(dm);
                }
            }
            "AT_MESSAGE_CREATE" | "MESSAGE_CREATE" => self.observe_message(&guild, d),
            "CHANNEL_CREATE" | "CHANNEL_UPDATE" => {
                if let Some(id) = text(d, "/id") {
                    let kind = d.get("type").and_then(Value::as_u64).unwrap_or_default();
                    self.know_guild(&guild, "");
                    let title = text(d, "/name").unwrap_or("a channel");
                    let new = || Channel::new(&guild, id, title, kind);
                    self.rest.channels.entry(id.to_owned()).or_insert_with(new);
                }
            }
            "CHANNEL_DELETE" => {
                if let Some(id) = text(d, "/id") {
                    self.rest.channels.remove(id);
                }
            }
            "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" => {
                if let Some(id) = text(d, "/user/id") {
                    let title = text(d, "/user/username").unwrap_or("someone").to_owned();
                    let now = self.now;
                    let members = &mut self.know_guild(&guild, "").members;
                    let new = || Member { joined: now, ..Member::new(id, &title, &["1"]) };
                    members.entry(id.to_owned()).or_insert_with(new);
                }
            }
            "GUILD_MEMBER_REMOVE" => {
                if let (Some(id), Some(known)) = (text(d, "/user/id"), self.rest.guilds.get_mut(&guild)) {
                    known.members.remove(id);
                }
            }
            "MESSAGE_REACTION_ADD" | "MESSAGE_REACTION_REMOVE" => self.observe_reaction(name, d),
            "AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER" | "AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT" => {
                let channel = text(d, "/channel_id").and_then(|id| self.rest.channels.get_mut(id));
                if let (Some(channel), Some(user)) = (channel, text(d, "/user_id")) {
                    channel.voice.retain(|known| known != user);
                    if name.ends_with("ENTER") {
                        channel.voice.push(user.to_owned());
                    }
                }
            }
            _ => {}
        }
    }

    fn know_guild(&mut self, id: &str, owner: &str) -> &mut Guild {
        let now = self.now;
        self.rest.guilds.entry(id.to_owned()).or_insert_with(|| {
            let mut guild = Guild { joined: now, ..Guild::new("a guild", owner) };
            guild.members.insert(ME.to_owned(), Member::bot());
            guild
        })
    }

    fn observe_message(&mut self, guild: &str, d: &Value) {
        let (Some(id), Some(channel)) = (text(d, "/id"), text(d, "/channel_id")) else {
            return;
        };
        if let Some(author) = text(d, "/author/id") {
            let now = self.now;
            let members = &mut self.know_guild(guild, "").members;
            let new = || Member { joined: now, ..Member::new(author, "someone", &["1"]) };
            members.entry(author.to_owned()).or_insert_with(new);
        }
        let new = || Channel::new(guild, channel, "a channel", 0);
        let channel = self.rest.channels.entry(channel.to_owned()).or_insert_with(new);
        let is = |message: &Value| message.get("id").and_then(Value::as_str) == Some(id);
        if !channel.history.iter().rev().take(RECENT).any(is) {
            channel.keep(d.clone());
        }
    }

    fn observe_reaction(&mut self, name: &str, d: &Value) {
        let kind = d.pointer("/emoji/type").and_then(super::ask::number).unwrap_or_default().to_string();
        let (Some(channel), Some(user), Some(message), Some(emoji)) =
            (text(d, "/channel_id"), text(d, "/user_id"), text(d, "/target/id"), text(d, "/emoji/id"))
        else {
            return;
        };
        if let Some(channel) = self.rest.channels.get_mut(channel) {
            let key = (message.to_owned(), kind, emoji.to_owned());
            let users = channel.reactions.entry(key).or_default();
            users.retain(|known| known != user);
            if name.ends_with("ADD") {
                users.push(user.to_owned());
            }
        }
    }
}
