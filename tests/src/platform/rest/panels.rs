//! Command panels.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Platform;
use super::super::http::Answer;
use super::menus::{check_link, check_name, refused, width};
use super::{Ask, page_of, picked, settle};

const MOST: usize = 20;
const ITEMS: usize = 20;
const REMARK: usize = 255;
const NAME: usize = 14;
const DESC: usize = 30;
const BATCH: usize = 20;
const TARGETS: usize = 1000;
const SCOPES: [&str; 4] = ["c2c", "group", "channel", "dm"];

/// A panel.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    scope: String,
    specific: bool,
    shown: Value,
    version: u64,
    created: Duration,
    updated: Duration,
    users: Vec<String>,
    groups: Vec<String>,
}

fn no_panel() -> Answer {
    refused(40_030_006, "no such panel")
}

fn check_panel(panel: Option<&Value>) -> Result<Value, Answer> {
    let missing = || refused(40_030_016, "panel.items are missing");
    let panel = panel.ok_or_else(missing)?;
    let items = panel.get("items").and_then(Value::as_array).ok_or_else(missing)?;
    if items.len() > ITEMS {
        return Err(refused(40_030_013, "too many items"));
    }
    if panel.get("remark").and_then(Value::as_str).is_some_and(|remark| remark.chars().count() > REMARK) {
        return Err(refused(40_030_013, "remark is too long"));
    }
    for item in items {
        check_name(item, NAME)?;
        if item.get("desc").and_then(Value::as_str).is_some_and(|desc| width(desc) > DESC) {
            return Err(refused(40_030_013, "desc is too long"));
        }
        match item.get("type").and_then(Value::as_str) {
            Some("command") => {}
            Some("link") => check_link(item)?,
            Some(_) | None => return Err(refused(40_030_015, "type of a panel item")),
        }
    }
    Ok(picked(panel, &["items", "remark"]))
}

/// The targets a body names: users for private chats, groups for groups, and neither of the other kind.
fn targets(ask: &Ask, scope: &str) -> Result<Vec<String>, Answer> {
    let (own, other) = match scope {
        "c2c" => ("user_openids", "group_openids"),
        "group" => ("group_openids", "user_openids"),
        _ => return Err(refused(40_030_018, "the scope has no targets")),
    };
    let of_other = ask.body.get(other).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let list = if ask.has(own) { ask.texts(own) } else { Some(Vec::new()) };
    match list {
        _ if of_other => Err(refused(40_030_018, "targets of another scope")),
        None => Err(refused(40_030_001, "targets are texts")),
        Some(list) if list.len() > BATCH => Err(refused(40_030_013, "too many targets")),
        Some(list) => Ok(list),
    }
}

impl Platform {
    fn panel_value(&self, id: &str, panel: &Panel) -> Value {
        json!({
            "panel_id": id,
            "scope": panel.scope,
            "target_type": if panel.specific { "specific" } else { "all" },
            "panel": panel.shown,
            "created_at": self.stamp(panel.created),
            "updated_at": self.stamp(panel.updated),
            "version": panel.version,
        })
    }

    pub(super) fn panels_list(&mut self, ask: &Ask) -> Answer {
        let scope = ask.query("scope").filter(|scope| SCOPES.contains(&scope.as_str()));
        let Some(scope) = scope else {
            return refused(40_030_011, "scope");
        };
        let all: Vec<Value> = self
            .rest
            .panels
            .iter()
            .filter(|(_, panel)| panel.scope == scope)
            .map(|(id, panel)| self.panel_value(id, panel))
            .collect();
        settle(page_of(&all, ask, 20, 50).map(|(records, next)| {
            let is_end = next.is_empty();
            Answer::ok(json!({"records": records, "next_cursor": next, "is_end": is_end}))
        }))
    }

    pub(super) fn panel_create(&mut self, ask: &Ask) -> Answer {
        let now = self.now;
        let made = check_panel(ask.body.get("panel")).and_then(|shown| {
            let scope = ask.text("scope").filter(|scope| SCOPES.contains(scope));
            let scope = scope.ok_or_else(|| refused(40_030_011, "scope"))?;
            let specific = match ask.text("target_type") {
                None | Some("all") => false,
                Some("specific") => true,
                Some(_) => return Err(refused(40_030_012, "target_type")),
            };
            let named = ask.has("user_openids") || ask.has("group_openids");
            let targets = match (specific, named) {
                (true, _) => targets(ask, scope)?,
                (false, true) => return Err(refused(40_030_021, "a panel for all has no targets")),
                (false, false) => Vec::new(),
            };
            if self.rest.panels.len() >= MOST {
                return Err(refused(40_030_013, "too many panels"));
            }
            let (users, groups) = if scope == "c2c" { (targets, Vec::new()) } else { (Vec::new(), targets) };
            let scope = scope.to_owned();
            Ok(Panel { scope, specific, shown, version: 1, created: now, updated: now, users, groups })
        });
        settle(made.map(|panel| {
            let id = format!("p_{}", self.rest.next_id());
            self.rest.panels.insert(id.clone(), panel);
            Answer::ok(json!({"panel_id": id}))
        }))
    }

    pub(super) fn panel_get(&mut self, ask: &Ask) -> Answer {
        settle(self.rest.panels.get(ask.param(0)).ok_or_else(no_panel).map(|panel| {
            let mut value = self.panel_value(ask.param(0), panel);
            if let Some(value) = value.as_object_mut() {
                value.insert("user_openids".to_owned(), json!(panel.users));
                value.insert("group_openids".to_owned(), json!(panel.groups));
            }
            Answer::ok(value)
        }))
    }

    /// Replaces what is shown; the targets stay.
    pub(super) fn panel_put(&mut self, ask: &Ask) -> Answer {
        let now = self.now;
        settle(check_panel(ask.body.get("panel")).and_then(|new| {
            let panel = self.rest.panels.get_mut(ask.param(0)).ok_or_else(no_panel)?;
            panel.shown = new;
            panel.version += 1;
            panel.updated = now;
            Ok(Answer::ok(json!({"version": panel.version})))
        }))
    }

    pub(super) fn panel_delete(&mut self, ask: &Ask) -> Answer {
        settle(self.rest.panels.remove(ask.param(0)).map(|_| Answer::done()).ok_or_else(no_panel))
    }

    pub(super) fn panel_target_put(&mut self, ask: &Ask) -> Answer {
        let now = self.now;
        settle(self.rest.panels.get_mut(ask.param(0)).ok_or_else(no_panel).and_then(|panel| {
            if !panel.specific {
                return Err(refused(40_030_021, "a panel for all has no targets"));
            }
            let changed = targets(ask, &panel.scope)?;
            let list = if panel.scope == "c2c" { &mut panel.users } else { &mut panel.groups };
            match ask.text("op") {
                Some("add") => {
                    let new: Vec<String> =
                        changed.into_iter().filter(|target| !list.contains(target)).collect();
                    if list.len().saturating_add(new.len()) > TARGETS {
                        return Err(refused(40_030_013, "too many targets"));
                    }
                    list.extend(new);
                }
                Some("del") => list.retain(|target| !changed.contains(target)),
                Some(_) | None => return Err(refused(40_030_017, "op")),
            }
            panel.updated = now;
            Ok(Answer::done())
        }))
    }
}
