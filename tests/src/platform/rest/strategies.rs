//! Rules that let people into groups by themselves.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::http::Answer;
use super::super::{Platform, clock};
use super::groups::op;
use super::{Ask, bad_param, page_of, settle};

const MOST: usize = 20;
const GROUPS: usize = 100;
const REMARK: usize = 255;
/// People in one call, and in all.
const BATCH: usize = 10_000;
const MOST_USERS: usize = 100_000;
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// A rule.
#[derive(Clone, Debug)]
pub(crate) struct Strategy {
    /// Which of the two names of groups it was made with; the other cannot be added.
    by: &'static str,
    groups: Vec<Value>,
    users: BTreeSet<String>,
    on: bool,
    expires: Duration,
    created: Duration,
    updated: Duration,
    remark: Option<String>,
}

impl Strategy {
    fn word(&self) -> &'static str {
        if self.on { "on" } else { "off" }
    }
}

fn no_strategy() -> Answer {
    bad_param("no such strategy")
}

/// The groups a body names, and by which of the two kinds of names.
fn groups(from: &Value) -> Result<(&'static str, Vec<Value>), Answer> {
    let list = |name: &str| from.get(name).and_then(Value::as_array).filter(|list| !list.is_empty()).cloned();
    let (by, list) = match (list("group_openids"), list("group_ids")) {
        (Some(list), None) => ("group_openids", list),
        (None, Some(list)) => ("group_ids", list),
        (Some(_), Some(_)) | (None, None) => {
            return Err(bad_param("exactly one of group_openids and group_ids is needed"));
        }
    };
    if list.len() > GROUPS { Err(bad_param("more than 100 groups")) } else { Ok((by, list)) }
}

fn on(ask: &Ask) -> Result<Option<bool>, Answer> {
    match ask.text("is_enable") {
        None => Ok(None),
        Some("on") => Ok(Some(true)),
        Some("off") => Ok(Some(false)),
        Some(_) => Err(bad_param("is_enable is on or off")),
    }
}

fn remark(ask: &Ask) -> Result<Option<String>, Answer> {
    match ask.text("remark") {
        Some(remark) if remark.chars().count() > REMARK => Err(bad_param("remark is too long")),
        remark => Ok(remark.map(str::to_owned)),
    }
}

impl Platform {
    fn strategy_mut(&mut self, ask: &Ask) -> Result<&mut Strategy, Answer> {
        self.rest.strategies.get_mut(ask.param(0)).ok_or_else(no_strategy)
    }

    /// The end of a rule, on the platform's own time.
    fn expiry(&self, ask: &Ask) -> Result<Option<Duration>, Answer> {
        let Some(text) = ask.text("expire_at") else {
            return Ok(None);
        };
        let at = clock::parse(text).and_then(|at| at.checked_sub(self.config.epoch));
        at.filter(|at| *at > self.now).map(Some).ok_or_else(|| bad_param("expire_at"))
    }

    pub(super) fn join_strategy_create(&mut self, ask: &Ask) -> Answer {
        let now = self.now;
        let made = groups(&ask.body).and_then(|(by, groups)| {
            if self.rest.strategies.len() >= MOST {
                return Err(bad_param("more than 20 strategies"));
            }
            Ok(Strategy {
                by,
                groups,
                users: BTreeSet::new(),
                on: on(ask)?.unwrap_or(true),
                expires: self.expiry(ask)?.unwrap_or(now + YEAR),
                created: now,
                updated: now,
                remark: remark(ask)?,
            })
        });
        settle(made.map(|strategy| {
            let id = format!("st_{}", self.rest.next_id());
            let answer = json!({
                "strategy_id": id,
                "is_enable": strategy.word(),
                "expire_at": self.stamp(strategy.expires),
            });
            self.rest.strategies.insert(id, strategy);
            Answer::ok(answer)
        }))
    }

    pub(super) fn join_strategy_list(&mut self, ask: &Ask) -> Answer {
        let all: Vec<Value> = self
            .rest
            .strategies
            .iter()
            .map(|(id, strategy)| {
                let mut value = json!({
                    "strategy_id": id,
                    "group_openids": [],
                    "group_ids": [],
                    "whitelist_user_count": strategy.users.len(),
                    "is_enable": strategy.word(),
                    "expire_at": self.stamp(strategy.expires),
                    "created_at": self.stamp(strategy.created),
                    "updated_at": self.stamp(strategy.updated),
                });
                if let Some(value) = value.as_object_mut() {
                    value.insert(strategy.by.to_owned(), json!(strategy.groups));
                    if let Some(remark) = &strategy.remark {
                        value.insert("remark".to_owned(), Value::from(remark.as_str()));
                    }
                }
                value
            })
            .collect();
        settle(
            page_of(&all, ask, 20, 50)
                .map(|(page, next)| Answer::ok(json!({"strategies": page, "next_cursor": next}))),
        )
    }

    pub(super) fn join_strategy_patch(&mut self, ask: &Ask) -> Answer {
        let now = self.now;
        let patched = self.expiry(ask).and_then(|expires| {
            let (on, remark) = (on(ask)?, remark(ask)?);
            let strategy = self.strategy_mut(ask)?;
            if let Some(action) = ask.body.get("group_action").filter(|action| action.is_object()) {
                let (by, list) = groups(action)?;
                if by != strategy.by {
                    return Err(bad_param("the other kind of names"));
                }
                match action.get("op").and_then(Value::as_str) {
                    Some("add") => {
                        let new = list.into_iter().filter(|group| !strategy.groups.contains(group));
                        let all: Vec<Value> = strategy.groups.iter().cloned().chain(new).collect();
                        if all.len() > GROUPS {
                            return Err(bad_param("more than 100 groups"));
                        }
                        strategy.groups = all;
                    }
                    Some("del") => strategy.groups.retain(|group| !list.contains(group)),
                    Some(_) | None => return Err(bad_param("op")),
                }
            }
            strategy.on = on.unwrap_or(strategy.on);
            strategy.expires = expires.unwrap_or(strategy.expires);
            strategy.remark = remark.or(strategy.remark.take());
            strategy.updated = now;
            Ok((strategy.word(), strategy.expires))
        });
        settle(
            patched.map(|(word, expires)| {
                Answer::ok(json!({"is_enable": word, "expire_at": self.stamp(expires)}))
            }),
        )
    }

    pub(super) fn join_strategy_delete(&mut self, ask: &Ask) -> Answer {
        settle(self.rest.strategies.remove(ask.param(0)).map(|_| Answer::done()).ok_or_else(no_strategy))
    }

    pub(super) fn join_strategy_execute(&mut self, ask: &Ask) -> Answer {
        // It runs for minutes, and nothing tells that it is done.
        settle(self.strategy_mut(ask).map(|_| Answer::done()))
    }

    pub(super) fn join_strategy_whitelist(&mut self, ask: &Ask) -> Answer {
        let now = self.now;
        let edited = op(ask, "add", "del").and_then(|add| {
            let users = ask.texts("whitelist_users").filter(|users| (1..=BATCH).contains(&users.len()));
            let users = users.ok_or_else(|| bad_param("one to 10000 users are needed"))?;
            if users.iter().any(|user| user.is_empty() || !user.bytes().all(|byte| byte.is_ascii_digit())) {
                return Err(bad_param("users are decimal numbers as text"));
            }
            let strategy = self.strategy_mut(ask)?;
            if add {
                let new = users.iter().filter(|user| !strategy.users.contains(*user)).count();
                if strategy.users.len().saturating_add(new) > MOST_USERS {
                    return Err(bad_param("more than 100000 users"));
                }
                strategy.users.extend(users);
            } else {
                for user in &users {
                    strategy.users.remove(user);
                }
            }
            strategy.updated = now;
            Ok(strategy.users.len())
        });
        settle(edited.map(|count| {
            Answer::ok(json!({
                "strategy_id": ask.param(0),
                "whitelist_user_count": count,
                "updated_at": self.timestamp(),
            }))
        }))
    }
}
