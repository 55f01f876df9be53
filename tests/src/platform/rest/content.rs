//! What a message may consist of, by scene.

use serde_json::Value;

use super::super::Platform;
use super::super::chats::Scene;
use super::super::http::Answer;
use super::super::sends::refused_body;

const ROWS: usize = 5;
const BUTTONS: usize = 5;
const LABEL: usize = 10;
/// A dialog's text and its two buttons.
const DIALOG: usize = 40;
const DIALOG_BUTTON: usize = 4;
const CALLBACK_DATA: usize = 128;
/// Seconds somebody may be shown as typing.
const TYPING: std::ops::RangeInclusive<u64> = 1..=60;
/// Where the button may lead, and who may press it.
const ACTIONS: std::ops::RangeInclusive<u64> = 0..=4;
const PERMISSIONS: std::ops::RangeInclusive<u64> = 0..=3;

type Checked = Result<(), Answer>;

fn object<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| value.is_object())
}

fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

impl Platform {
    /// Whether a message that has what its type needs has nothing else that is wrong.
    pub(in super::super) fn check_content(&self, scene: Scene, target: &str, body: &Value) -> Checked {
        let no = |code, what| Err(refused_body(scene, code, what));
        if scene.is_v2() {
            self.check_v2(scene, body)?;
        } else {
            self.check_guild(target, scene, body)?;
        }
        if let Some(markdown) = object(body, "markdown") {
            self.check_markdown(scene, markdown)?;
        }
        if let Some(keyboard) = object(body, "keyboard") {
            if object(body, "markdown").is_none() {
                return no(304_040, "a keyboard goes with markdown");
            }
            check_keyboard(scene, keyboard)?;
        }
        if let Some(ark) = object(body, "ark") {
            if !self.config.rest.cards {
                return no(304_004, "no ark permission");
            }
            if ark.get("template_id").and_then(Value::as_u64).is_none()
                || !ark.get("kv").is_some_and(Value::is_array)
            {
                return no(304_011, "no such template");
            }
        }
        self.check_addresses(scene, body)
    }

    fn check_v2(&self, scene: Scene, body: &Value) -> Checked {
        let no = |code, what| Err(refused_body(scene, code, what));
        let kind = body.get("msg_type").and_then(Value::as_u64).unwrap_or(0);
        // What guilds have and users and groups have not.
        if object(body, "embed").is_some() || text(body, "image").is_some() {
            return no(22_006, "msg_type does not match the content");
        }
        let fields = [(2, "markdown"), (3, "ark"), (6, "input_notify"), (7, "media")];
        if fields.iter().any(|&(of, name)| of != kind && object(body, name).is_some()) {
            return no(22_006, "msg_type does not match the content");
        }
        let limit = self.config.rest.text_limit;
        let long = |text: Option<&str>| text.is_some_and(|text| text.chars().count() > limit);
        let markdown = body.pointer("/markdown/content").and_then(Value::as_str);
        if long(text(body, "content")) || long(markdown) {
            return no(40_054_007, "message is too long");
        }
        if let Some(notify) = object(body, "input_notify") {
            let number = |name: &str| notify.get(name).and_then(Value::as_u64);
            if number("input_type") != Some(1)
                || !number("input_second").is_some_and(|it| TYPING.contains(&it))
            {
                return no(304_061, "input_type is 1, input_second 1 to 60");
            }
        }
        if let Some(info) = body.pointer("/media/file_info").and_then(Value::as_str) {
            if !self.rest.files.sendable(scene, info, self.now) {
                return no(304_080, "file_info is invalid");
            }
        }
        if let Some(id) = body.pointer("/message_reference/message_id") {
            // The documents name an index and show an id once.
            let quotable =
                id.as_str().is_some_and(|id| id.starts_with("REFIDX_") || id.starts_with("ROBOT1.0_"));
            if !quotable {
                return no(304_061, "message_reference names no message");
            }
        }
        if scene == Scene::Group {
            if body.get("is_wakeup").and_then(Value::as_bool) == Some(true) {
                return no(40_034_123, "only users are called back");
            }
            if object(body, "stream").is_some() {
                return no(304_061, "no streams in groups");
            }
        }
        let data = body.pointer("/action_button/callback_data").and_then(Value::as_str).unwrap_or_default();
        if data.chars().count() > CALLBACK_DATA { no(304_061, "callback_data is too long") } else { Ok(()) }
    }

    fn check_guild(&self, target: &str, scene: Scene, body: &Value) -> Checked {
        let no = |code, what| Err(refused_body(scene, code, what));
        let others = ["content", "image"].iter().any(|name| text(body, name).is_some())
            || ["ark", "embed", "file_image"].iter().any(|name| object(body, name).is_some());
        if object(body, "markdown").is_some() && others {
            return no(50_037, "markdown goes with a keyboard and nothing else");
        }
        let Some(quoted) = object(body, "message_reference") else {
            return Ok(());
        };
        if quoted.get("ignore_get_message_error").and_then(Value::as_bool) == Some(true) {
            return Ok(());
        }
        let id = quoted.get("message_id").and_then(Value::as_str).unwrap_or_default();
        let here = match scene {
            Scene::Guild => {
                self.rest.channels.get(target).is_some_and(|channel| channel.message(id).is_some())
            }
            Scene::C2c | Scene::Group | Scene::Dm => {
                self.chats.messages.contains_key(id) || self.rest.posted.contains_key(id)
            }
        };
        if here { Ok(()) } else { no(50_039, "the quoted message cannot be fetched") }
    }

    fn check_markdown(&self, scene: Scene, markdown: &Value) -> Checked {
        let no = |v2, guild, what| Err(refused_body(scene, if scene.is_v2() { v2 } else { guild }, what));
        // A line break alone is a fragment of a stream.
        let own = markdown.get("content").and_then(Value::as_str).is_some_and(|content| !content.is_empty());
        let template = text(markdown, "custom_template_id").is_some()
            || markdown.get("template_id").and_then(Value::as_u64).is_some_and(|id| id != 0);
        if own == template {
            return no(40_034_011, 50_057, "either content or a template");
        }
        if own && !scene.is_v2() && !self.config.rest.guild_markdown {
            return no(40_034_127, 50_056, "custom content is not allowed");
        }
        let params = markdown.get("params").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if own && !params.is_empty() {
            return no(40_034_124, 50_054, "params go with a template");
        }
        for param in params {
            let values = param.get("values").and_then(Value::as_array).filter(|values| !values.is_empty());
            let (Some(_), Some(values)) = (text(param, "key"), values) else {
                return no(40_034_124, 50_054, "params have a key and values");
            };
            for value in values {
                match value.as_str() {
                    None | Some("") => return no(40_034_008, 50_041, "a value is empty"),
                    Some(value) if value.contains(['\n', '\r']) => {
                        return no(40_034_009, 50_055, "a value has more than one line");
                    }
                    Some(value) if ["**", "__", "~~", "]("].iter().any(|mark| value.contains(mark)) => {
                        return no(40_034_010, 50_055, "a value has markdown in it");
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Hosts that are named must be registered, where that is checked.
    fn check_addresses(&self, scene: Scene, body: &Value) -> Checked {
        let Some(allowed) = &self.config.rest.allowed_hosts else {
            return Ok(());
        };
        let texts = ["/content", "/markdown/content"];
        let foreign =
            texts.iter().filter_map(|path| body.pointer(path).and_then(Value::as_str)).any(|text| {
                text.split("://").skip(1).any(|rest| {
                    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-'));
                    let host = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                    !allowed.iter().any(|known| known == host)
                })
            });
        let code = match scene {
            _ if !foreign => return Ok(()),
            Scene::Guild | Scene::Dm => 304_003,
            Scene::Group => 40_054_010,
            Scene::C2c => 40_034_028,
        };
        Err(refused_body(scene, code, "url not allowed"))
    }
}

fn check_keyboard(scene: Scene, keyboard: &Value) -> Checked {
    let wrong = if scene.is_v2() { 305_007 } else { 304_040 };
    let no = |code, what| Err(refused_body(scene, code, what));
    let rows = match (text(keyboard, "id"), object(keyboard, "content")) {
        (Some(_), None) => return Ok(()),
        (None, Some(content)) => content.get("rows").and_then(Value::as_array),
        (Some(_), Some(_)) | (None, None) => return no(wrong, "either an id or content"),
    };
    let Some(rows) = rows.filter(|rows| !rows.is_empty()) else {
        return no(wrong, "no rows");
    };
    let too_many = if scene.is_v2() { 40_034_029 } else { 304_040 };
    if rows.len() > ROWS {
        return no(too_many, "too many rows");
    }
    for row in rows {
        let Some(buttons) = row.get("buttons").and_then(Value::as_array).filter(|it| !it.is_empty()) else {
            return no(wrong, "no buttons");
        };
        if buttons.len() > BUTTONS {
            return no(too_many, "too many buttons");
        }
        if !buttons.iter().all(button_fits) {
            return no(wrong, "a button is incomplete or too long");
        }
    }
    Ok(())
}

fn button_fits(button: &Value) -> bool {
    let length =
        |path: &str| button.pointer(path).and_then(Value::as_str).unwrap_or_default().chars().count();
    let number = |path: &str| button.pointer(path).and_then(Value::as_u64);
    let permission = number("/action/permission/type");
    let listed = |name: &str| {
        let list = button.pointer("/action/permission").and_then(|permission| permission.get(name));
        list.and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    };
    let people = match permission {
        Some(0) => listed("specify_user_ids"),
        Some(3) => listed("specify_role_ids"),
        Some(_) | None => true,
    };
    (1..=LABEL).contains(&length("/render_data/label"))
        && number("/action/type").is_some_and(|kind| ACTIONS.contains(&kind))
        && permission.is_some_and(|kind| PERMISSIONS.contains(&kind))
        && people
        && length("/action/modal/content") <= DIALOG
        && length("/action/modal/confirm_text") <= DIALOG_BUTTON
        && length("/action/modal/cancel_text") <= DIALOG_BUTTON
}
