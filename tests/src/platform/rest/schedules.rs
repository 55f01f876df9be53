//! Schedules of a channel.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::chats::ME;
use super::super::http::Answer;
use super::ask::number;
use super::channels::Channel;
use super::{Ask, settle};

const WEEK_MILLIS: u64 = 7 * DAY_MILLIS;
const DAY_MILLIS: u64 = 24 * 3600 * 1000;
/// Schedules one admin may make in a day; the bot is one.
const PER_ADMIN: usize = 10;
/// The only kind of channel that has schedules.
const APPLICATION: u64 = 10_006;
/// A channel that is none.
const NO_CHANNEL: &str = "0";

fn no_schedule() -> Answer {
    Answer::refused(302_003, "no such schedule")
}

fn with_schedules(channel: &Channel) -> Result<(), Answer> {
    if channel.kind() == APPLICATION {
        Ok(())
    } else {
        Err(Answer::refused(302_000, "the channel has no schedules"))
    }
}

impl Platform {
    pub(super) fn schedules_list(&mut self, ask: &Ask) -> Answer {
        let now = self.unix_millis();
        settle(self.channel_of(ask.param(0)).and_then(|channel| {
            with_schedules(channel)?;
            let since = match ask.query("since") {
                Some(since) => since.parse().map_err(|_| Answer::refused(302_018, "since"))?,
                None => now - now % DAY_MILLIS,
            };
            let today_only = ask.query("since").is_none();
            let mut list: Vec<&Value> = channel
                .schedules
                .values()
                .filter(|schedule| {
                    let time = |name: &str| schedule.get(name).and_then(number).unwrap_or_default();
                    time("end_timestamp") > since
                        && (!today_only || time("start_timestamp") < since + DAY_MILLIS)
                })
                .collect();
            list.sort_by_key(|schedule| schedule.get("start_timestamp").and_then(number));
            Ok(Answer::ok(json!(list)))
        }))
    }

    pub(super) fn schedule_get(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_of(ask.param(0)).and_then(|channel| {
            channel.schedules.get(ask.param(1)).cloned().map(Answer::ok).ok_or_else(no_schedule)
        }))
    }

    pub(super) fn schedule_create(&mut self, ask: &Ask) -> Answer {
        let id = self.rest.next_id();
        settle(self.schedule_made(ask, id))
    }

    fn schedule_made(&mut self, ask: &Ask, id: String) -> Result<Answer, Answer> {
        let channel = self.channel_of(ask.param(0))?;
        with_schedules(channel)?;
        let guild_id = channel.guild.clone();
        let mut schedule = self.schedule_checked(ask, &guild_id, &json!({}))?;
        let (now, today) = (self.now, self.day(self.now));
        let days: Vec<u64> =
            self.guild_of(&guild_id)?.schedules_made.iter().map(|&at| self.day(at)).collect();
        if days.into_iter().filter(|&day| day == today).count() >= PER_ADMIN {
            return Err(Answer::refused(302_012, "too many schedules today"));
        }
        if let Some(schedule) = schedule.as_object_mut() {
            let me = json!({"id": ME, "username": "model bot", "bot": true});
            schedule.insert("id".to_owned(), Value::from(id.as_str()));
            let creator = json!({"user": me, "nick": "", "joined_at": self.stamp(now)});
            schedule.insert("creator".to_owned(), creator);
        }
        self.guild_mut(&guild_id)?.schedules_made.push(now);
        self.channel_mut(ask.param(0))?.schedules.insert(id, schedule.clone());
        Ok(Answer::ok(schedule))
    }

    pub(super) fn schedule_patch(&mut self, ask: &Ask) -> Answer {
        let old = self.channel_of(ask.param(0)).and_then(|channel| {
            let old = channel.schedules.get(ask.param(1)).cloned().ok_or_else(no_schedule)?;
            Ok((old, channel.guild.clone()))
        });
        settle(old.and_then(|(old, guild)| {
            let schedule = self.schedule_checked(ask, &guild, &old)?;
            self.channel_mut(ask.param(0))?.schedules.insert(ask.param(1).to_owned(), schedule.clone());
            Ok(Answer::ok(schedule))
        }))
    }

    pub(super) fn schedule_delete(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_mut(ask.param(0)).and_then(|channel| {
            let gone = channel.schedules.remove(ask.param(1));
            gone.map(|_| Answer::no_content()).ok_or_else(|| Answer::refused(302_011, "already deleted"))
        }))
    }

    /// The schedule a body makes out of an older one.
    fn schedule_checked(&self, ask: &Ask, guild: &str, old: &Value) -> Result<Value, Answer> {
        let refused = |code, what| Err(Answer::refused(code, what));
        let Some(given) = ask.body.get("schedule").and_then(Value::as_object) else {
            return refused(302_017, "the schedule is empty");
        };
        let mut schedule = old.as_object().cloned().unwrap_or_default();
        for name in
            ["name", "description", "start_timestamp", "end_timestamp", "jump_channel_id", "remind_type"]
        {
            match given.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => {
                    schedule.insert(name.to_owned(), Value::from(text.as_str()));
                }
                // All of them are text, the numbers as well.
                Some(_) => return refused(302_018, "every field is text"),
            }
        }
        schedule.entry("jump_channel_id").or_insert_with(|| Value::from(NO_CHANNEL));
        schedule.entry("remind_type").or_insert_with(|| Value::from("0"));
        let text = |name: &str| schedule.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("name").is_empty() {
            return refused(302_000, "name is empty");
        }
        let (Some(start), Some(end)) =
            (text("start_timestamp").parse::<u64>().ok(), text("end_timestamp").parse::<u64>().ok())
        else {
            return refused(302_018, "timestamps are milliseconds");
        };
        if start <= self.unix_millis() {
            return refused(302_015, "the start has passed");
        }
        if end <= start {
            return refused(302_016, "the end is not after the start");
        }
        if end - start > WEEK_MILLIS {
            return refused(302_014, "longer than seven days");
        }
        if !matches!(text("remind_type"), "0" | "1" | "2" | "3" | "4" | "5") {
            return refused(302_000, "remind_type");
        }
        let jump = text("jump_channel_id");
        if jump != NO_CHANNEL && !jump.is_empty() {
            match self.channel_of(jump) {
                Err(_) => return refused(302_024, "the channel to jump to is missing"),
                Ok(target) if target.guild != guild => return refused(302_022, "not in this guild"),
                Ok(target) if target.kind() == APPLICATION => return refused(302_023, "a schedule channel"),
                Ok(_) => {}
            }
        }
        Ok(Value::Object(schedule))
    }

    fn unix_millis(&self) -> u64 {
        u64::try_from(self.unix_time().as_millis()).unwrap_or(u64::MAX)
    }
}
