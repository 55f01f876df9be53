//! Pinned messages and announcements.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::http::Answer;
use super::{Ask, settle};

const PINS: usize = 20;
const RECOMMENDED: usize = 3;
/// Stands for every message.
const ALL: &str = "all";

impl Platform {
    fn pins_value(&self, id: &str) -> Result<Value, Answer> {
        let channel = self.channel_of(id)?;
        Ok(json!({"guild_id": channel.guild, "channel_id": id, "message_ids": channel.pins}))
    }

    pub(super) fn pins_get(&mut self, ask: &Ask) -> Answer {
        settle(self.pins_value(ask.param(0)).map(Answer::ok))
    }

    pub(super) fn pin_put(&mut self, ask: &Ask) -> Answer {
        let pinned = self.channel_mut(ask.param(0)).and_then(|channel| {
            let message = ask.param(1);
            if channel.message(message).is_none() {
                return Err(Answer::refused(501_010, "the message is none of this channel"));
            }
            if !channel.pins.iter().any(|pin| pin == message) {
                if channel.pins.len() >= PINS {
                    return Err(Answer::refused(501_013, "too many pins"));
                }
                channel.pins.push(message.to_owned());
            }
            Ok(())
        });
        settle(pinned.and_then(|()| self.pins_value(ask.param(0))).map(Answer::ok))
    }

    pub(super) fn pin_delete(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_mut(ask.param(0)).and_then(|channel| {
            let message = ask.param(1);
            if message != ALL && !channel.pins.iter().any(|pin| pin == message) {
                return Err(Answer::refused(501_012, "not pinned"));
            }
            channel.pins.retain(|pin| message != ALL && pin != message);
            Ok(Answer::no_content())
        }))
    }

    /// A message or recommended channels; each replaces the other.
    pub(super) fn guild_announce_create(&mut self, ask: &Ask) -> Answer {
        let made = self.guild_of(ask.param(0)).and_then(|_| match ask.text("message_id") {
            Some(message) => self.announce_of_message(ask, message),
            None => self.announce_of_channels(ask),
        });
        settle(made.and_then(|announce| {
            self.guild_mut(ask.param(0))?.announce = Some(announce.clone());
            Ok(Answer::ok(announce))
        }))
    }

    fn announce_of_message(&self, ask: &Ask, message: &str) -> Result<Value, Answer> {
        let id = ask.text("channel_id").ok_or_else(|| Answer::refused(501_001, "channel_id"))?;
        let channel = self.channel_of(id).map_err(|_| Answer::refused(501_004, "no such channel"))?;
        if channel.guild != ask.param(0) || channel.message(message).is_none() {
            return Err(Answer::refused(501_010, "the message is none of this channel"));
        }
        Ok(json!({
            "guild_id": ask.param(0),
            "channel_id": id,
            "message_id": message,
            "announces_type": 0,
            "recommend_channels": [],
        }))
    }

    fn announce_of_channels(&self, ask: &Ask) -> Result<Value, Answer> {
        let kind = ask.number("announces_type").unwrap_or(0);
        if kind > 1 {
            return Err(Answer::refused(501_019, "announces_type"));
        }
        let channels = ask.body.get("recommend_channels").and_then(Value::as_array);
        let channels = channels.filter(|channels| !channels.is_empty());
        let channels = channels.ok_or_else(|| Answer::refused(501_008, "no message and no channels"))?;
        if channels.len() > RECOMMENDED {
            return Err(Answer::refused(501_016, "too many channels"));
        }
        for channel in channels {
            let id = channel.get("channel_id").and_then(Value::as_str).unwrap_or_default();
            // Everybody must be able to see it.
            let public = self.channel_of(id).is_ok_and(|channel| {
                let private = channel.value.get("private_type").and_then(Value::as_u64).unwrap_or(0);
                channel.guild == ask.param(0) && private == 0
            });
            if !public {
                return Err(Answer::refused(501_018, "the channel cannot be recommended"));
            }
        }
        Ok(json!({
            "guild_id": ask.param(0),
            "channel_id": "0",
            "message_id": "",
            "announces_type": kind,
            "recommend_channels": channels,
        }))
    }

    pub(super) fn guild_announce_delete(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_mut(ask.param(0)).and_then(|guild| {
            let message = guild.announce.as_ref().and_then(|announce| announce.get("message_id"));
            if ask.param(1) != ALL && message.and_then(Value::as_str) != Some(ask.param(1)) {
                return Err(Answer::refused(501_007, "not announced"));
            }
            guild.announce = None;
            Ok(Answer::no_content())
        }))
    }

    /// Retired in the documents; clients that still have it are served.
    pub(super) fn channel_announce_create(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_mut(ask.param(0)).and_then(|channel| {
            let message = ask.text("message_id").ok_or_else(|| Answer::refused(501_008, "no message"))?;
            if channel.message(message).is_none() {
                return Err(Answer::refused(501_010, "the message is none of this channel"));
            }
            channel.announces = vec![message.to_owned()];
            Ok(Answer::ok(json!({
                "guild_id": channel.guild,
                "channel_id": ask.param(0),
                "message_id": message,
            })))
        }))
    }

    pub(super) fn channel_announce_delete(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_mut(ask.param(0)).and_then(|channel| {
            let message = ask.param(1);
            if message != ALL && !channel.announces.iter().any(|known| known == message) {
                return Err(Answer::refused(501_003, "not announced"));
            }
            channel.announces.clear();
            Ok(Answer::no_content())
        }))
    }
}
