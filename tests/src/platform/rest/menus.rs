//! The menu of private chats.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::http::Answer;
use super::{Ask, settle};

const ITEMS: usize = 10;
const SUB_ITEMS: usize = 5;
/// Widths: a Han character counts two.
const NAME: usize = 10;
const SUB_NAME: usize = 14;

/// An error of menus and panels: `code` may be the last five digits of the other number.
pub(super) fn refused(err_code: i64, what: &str) -> Answer {
    Answer::pair(400, err_code % 100_000, err_code, what)
}

/// The width of a text in half-width units.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// A name that is there and not too wide.
pub(super) fn check_name(item: &Value, most: usize) -> Result<(), Answer> {
    match item.get("name").and_then(Value::as_str) {
        None | Some("") => Err(refused(40_030_016, "name is missing")),
        Some(name) if width(name) > most => Err(refused(40_030_013, "name is too long")),
        Some(_) => Ok(()),
    }
}

pub(super) fn check_link(item: &Value) -> Result<(), Answer> {
    match item.get("link").and_then(Value::as_str) {
        None | Some("") => Err(refused(40_030_016, "link is missing")),
        Some(link) if !link.starts_with("https://") => Err(refused(40_030_008, "link needs https://")),
        Some(_) => Ok(()),
    }
}

fn check_item(item: &Value, inside: bool) -> Result<(), Answer> {
    check_name(item, if inside { SUB_NAME } else { NAME })?;
    let missing = |what| Err(refused(40_030_016, what));
    match item.get("type").and_then(Value::as_str) {
        Some("link") => check_link(item),
        Some("send_message") => match item.get("send_message").and_then(Value::as_str) {
            None | Some("") => missing("send_message is missing"),
            Some(_) => Ok(()),
        },
        Some("switch") if !inside => {
            let id = item.pointer("/switch/switch_id").and_then(Value::as_str);
            if id.is_none_or(str::is_empty) { missing("switch_id is missing") } else { Ok(()) }
        }
        Some("menu") if !inside => {
            let items =
                item.get("sub_menu_items").and_then(Value::as_array).filter(|items| !items.is_empty());
            let Some(items) = items else {
                return missing("sub_menu_items are missing");
            };
            if items.len() > SUB_ITEMS {
                return Err(refused(40_030_013, "too many items"));
            }
            items.iter().try_for_each(|item| check_item(item, true))
        }
        Some(_) | None => Err(refused(40_030_014, "type of a menu item")),
    }
}

impl Platform {
    pub(super) fn menu_get(&mut self, _: &Ask) -> Answer {
        match &self.rest.menu {
            (version, Some(menu)) => Answer::ok(json!({"version": version, "menu": menu})),
            (version, None) => Answer::ok(json!({"version": version})),
        }
    }

    pub(super) fn menu_put(&mut self, ask: &Ask) -> Answer {
        let items = ask.body.pointer("/menu/items").and_then(Value::as_array);
        let checked = match items {
            None => Err(refused(40_030_016, "menu.items are missing")),
            Some(items) if items.len() > ITEMS => Err(refused(40_030_013, "too many items")),
            Some(items) => items.iter().try_for_each(|item| check_item(item, false)),
        };
        settle(checked.map(|()| {
            self.rest.menu.0 += 1;
            self.rest.menu.1 = ask.body.get("menu").cloned();
            Answer::ok(json!({"version": self.rest.menu.0}))
        }))
    }
}
