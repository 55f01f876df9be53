//! Messages nobody asked for: who may get them, and how many.

use std::time::Duration;

use super::super::Platform;
use super::super::chats::Scene;
use super::super::http::Answer;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// To one user, or to one group.
const TARGET_A_MINUTE: usize = 20;
const TARGET_A_DAY: usize = 1000;
/// To one channel, and how many channels of one guild.
pub(super) const CHANNEL_A_DAY: usize = 20;
const CHANNELS_A_DAY: usize = 2;
/// Private messages of guilds, to one user and in all.
const DM_A_DAY: usize = 2;
const DMS_A_DAY: usize = 200;
/// Messages of any kind to one channel.
const CHANNEL_A_SECOND: usize = 5;

/// One message nobody asked for.
#[derive(Clone, Debug)]
struct Row {
    at: Duration,
    scene: Scene,
    target: String,
    /// The guild of a channel.
    guild: String,
}

/// What was said unasked, and to channels at all, as long as it counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spoken {
    active: Vec<Row>,
    channels: Vec<(Duration, String)>,
}

impl Platform {
    /// Whether the platform lets the bot speak at this place at all. A place that was answered is known.
    pub(in super::super) fn check_place(
        &self,
        scene: Scene,
        target: &str,
        active: bool,
    ) -> Result<(), Answer> {
        match scene {
            Scene::C2c => match self.rest.users.get(target) {
                Some(user) if !user.friend => Err(Answer::error(400, 40_054_004, "no friend relation")),
                Some(user) if active && !user.active => Err(no_permission()),
                None if active => Err(Answer::error(400, 40_054_004, "no friend relation")),
                Some(_) | None => Ok(()),
            },
            Scene::Group => match self.rest.groups.get(target) {
                Some(group) if !group.member => {
                    Err(Answer::error(400, 40_054_003, "the bot is not in the group"))
                }
                Some(group) if group.bot_muted_until.is_some_and(|until| until > self.now) => {
                    Err(Answer::error(400, 40_054_002, "the bot is muted"))
                }
                Some(group) if active && !group.active => Err(no_permission()),
                None if active => Err(Answer::error(400, 40_034_101, "the bot is not in the group")),
                Some(_) | None => Ok(()),
            },
            Scene::Guild if active => self.channel_of(target).map(|_| ()),
            Scene::Dm if active && !self.rest.dms.contains_key(target) => {
                Err(Answer::guild_error(304_032, "no such session"))
            }
            Scene::Guild | Scene::Dm => Ok(()),
        }
    }

    /// Counts a message to a channel, whether it answers something or not.
    pub(in super::super) fn check_channel_rate(&mut self, scene: Scene, target: &str) -> Result<(), Answer> {
        if scene != Scene::Guild || !self.config.rest.enforce_limits {
            return Ok(());
        }
        let (now, margin) = (self.now, self.config.arrival_margin);
        let rows = &mut self.rest.spoken.channels;
        rows.retain(|(at, _)| now.saturating_sub(*at) < SECOND.saturating_sub(margin));
        if rows.iter().filter(|(_, known)| known == target).count() >= CHANNEL_A_SECOND {
            self.count_refused("channel_message_send");
            return Err(Answer::old(429, 1_100_308, "too many requests"));
        }
        self.rest.spoken.channels.push((now, target.to_owned()));
        Ok(())
    }

    /// Counts a message nobody asked for, or refuses it.
    pub(in super::super) fn check_active(&mut self, scene: Scene, target: &str) -> Result<(), Answer> {
        let guild = self.rest.channels.get(target).map(|channel| channel.guild.clone()).unwrap_or_default();
        if let Some(code) = self.over_quota(scene, target, &guild).filter(|_| self.config.rest.enforce_limits)
        {
            return Err(if scene.is_v2() {
                Answer::error(400, code, "active messages over their limit")
            } else {
                Answer::guild_error(code, "active messages over their limit")
            });
        }
        let (now, today) = (self.now, self.day(self.now));
        let keep: Vec<bool> = self
            .rest
            .spoken
            .active
            .iter()
            .map(|row| now.saturating_sub(row.at) < DAY || self.day(row.at) == today)
            .collect();
        let mut keep = keep.into_iter();
        self.rest.spoken.active.retain(|_| keep.next().unwrap_or(false));
        self.rest.spoken.active.push(Row { at: now, scene, target: target.to_owned(), guild });
        Ok(())
    }

    /// The number of the quota that is used up.
    fn over_quota(&self, scene: Scene, target: &str, guild: &str) -> Option<i64> {
        let margin = self.config.arrival_margin;
        let rows = || self.rest.spoken.active.iter().filter(move |row| row.scene == scene);
        let lately =
            |row: &&Row, span: Duration| self.now.saturating_sub(row.at) < span.saturating_sub(margin);
        let within = |span: Duration| rows().filter(|row| lately(row, span)).count();
        let to = |span: Duration| rows().filter(|row| row.target == target && lately(row, span)).count();
        let today = self.day(self.now);
        let day = || rows().filter(|row| self.day(row.at) == today);
        let to_today = day().filter(|row| row.target == target).count();
        let certified = self.config.rest.certified;
        match scene {
            Scene::C2c | Scene::Group => {
                let bot = match (scene, certified) {
                    (Scene::C2c, true) => within(SECOND) >= 10,
                    (Scene::C2c, false) => within(SECOND) >= 5 || within(MINUTE) >= 30,
                    (_, true) => within(MINUTE) >= 60,
                    (_, false) => within(MINUTE) >= 30,
                };
                let full = bot || to(MINUTE) >= TARGET_A_MINUTE || to_today >= TARGET_A_DAY;
                full.then_some(40_034_100)
            }
            Scene::Guild => {
                let mut channels: Vec<&str> =
                    day().filter(|row| row.guild == guild).map(|row| row.target.as_str()).collect();
                channels.sort_unstable();
                channels.dedup();
                if to_today >= CHANNEL_A_DAY {
                    Some(304_045)
                } else if channels.len() >= CHANNELS_A_DAY && !channels.contains(&target) {
                    Some(304_047)
                } else {
                    None
                }
            }
            Scene::Dm => {
                if to_today >= DM_A_DAY {
                    Some(304_049)
                } else {
                    (day().count() >= DMS_A_DAY).then_some(304_050)
                }
            }
        }
    }

    /// Whether a user may be called back: once in each of four spans after their last word.
    pub(in super::super) fn check_wakeup(&mut self, target: &str) -> Result<(), Answer> {
        let (now, today) = (self.now, self.day(self.now));
        let never = || Answer::error(400, 40_034_123, "the user cannot be called back");
        let last = self.rest.users.get(target).and_then(|user| user.last_word).ok_or_else(never)?;
        let days = now.saturating_sub(last).as_secs() / DAY.as_secs();
        let span = match days {
            _ if self.day(last) == today => 0,
            0..3 => 1,
            3..7 => 2,
            7..30 => 3,
            _ => return Err(never()),
        };
        let user = self.rest.users.get_mut(target).ok_or_else(never)?;
        if user.woken.contains(&span) {
            return Err(Answer::error(400, 40_034_122, "the user was called back before"));
        }
        user.woken.push(span);
        Ok(())
    }
}

fn no_permission() -> Answer {
    Answer::error(400, 40_034_105, "active message refused, no permission")
}
