//! Push settings of a guild, and what the bot may call there.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::http::Answer;
use super::table::{Host, ROUTES};
use super::{Ask, settle};

/// Rights that may be asked for in a guild on one day.
const DEMANDS: usize = 3;

impl Platform {
    pub(super) fn message_setting_get(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_of(ask.param(0)).map(|_| {
            let rooms: Vec<&String> = self
                .rest
                .channels
                .iter()
                .filter(|(_, channel)| channel.guild == ask.param(0) && channel.kind() == 0)
                .map(|(id, _)| id)
                .collect();
            Answer::ok(json!({
                "disable_create_dm": false,
                "disable_push_msg": !self.config.allow_active,
                "channel_ids": rooms,
                "channel_push_max_num": super::active::CHANNEL_A_DAY,
            }))
        }))
    }

    pub(super) fn api_permission_list(&mut self, ask: &Ask) -> Answer {
        settle(self.guild_of(ask.param(0)).map(|_| {
            let apis: Vec<Value> = ROUTES
                .iter()
                .filter(|route| route.host == Host::Api && !route.path.starts_with("/v2/"))
                .map(|route| {
                    json!({
                        "path": route.path,
                        "method": route.method,
                        "desc": route.name,
                        "auth_status": u8::from(self.lacks(route).is_none()),
                    })
                })
                .collect();
            Answer::ok(json!({"apis": apis}))
        }))
    }

    pub(super) fn api_permission_demand(&mut self, ask: &Ask) -> Answer {
        let field = |path: &str| ask.body.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let (path, method) = (field("/api_identify/path"), field("/api_identify/method"));
        let Some(route) = ROUTES.iter().find(|route| route.path == path && route.method == method) else {
            return Answer::refused(610_009, "no such api");
        };
        if self.lacks(route).is_none() {
            return Answer::refused(610_010, "already granted");
        }
        let (now, today) = (self.now, self.day(self.now));
        let of_today = self
            .guild_of(ask.param(0))
            .map(|guild| guild.demands.iter().filter(|&&at| self.day(at) == today).count());
        settle(of_today.and_then(|of_today| {
            let channel = self.channel_of(field("/channel_id"));
            if !channel.is_ok_and(|channel| channel.guild == ask.param(0)) {
                return Err(Answer::refused(610_008, "the channel is none of this guild"));
            }
            if of_today >= DEMANDS {
                return Err(Answer::refused(610_013, "too many demands today"));
            }
            self.guild_mut(ask.param(0))?.demands.push(now);
            Ok(Answer::ok(json!({
                "guild_id": ask.param(0),
                "channel_id": field("/channel_id"),
                "api_identify": {"path": path, "method": method},
                "title": format!("model bot asks for {}", route.name),
                "desc": field("/desc"),
            })))
        }))
    }
}
