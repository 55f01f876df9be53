//! The API behind the authorization: every operation of the documents, as a table and one file per family.

use serde_json::{Value, json};

use super::http::{Answer, Call};
use super::{Platform, Rule};

mod active;
mod ask;
mod audio;
mod audit;
mod channels;
mod config;
mod content;
mod conversations;
mod files;
mod forum;
mod groups;
mod guilds;
mod interactions;
mod joins;
mod limits;
mod members;
mod menus;
mod mutes;
mod observe;
mod own;
mod panels;
mod permissions;
mod pins;
mod reactions;
mod rights;
mod roles;
mod schedules;
mod seen;
mod state;
mod store;
mod strategies;
mod streams;
mod table;

pub use config::RestConfig;
pub use files::StoredFile;
pub use limits::Limit;
pub use seen::{Seen, SeenKind};
pub use table::{Host, Needs, ROUTES, Route};

pub(crate) use ask::Ask;
pub(super) use seen::Shown;
pub(super) use state::State;
pub(crate) use table::NAMES as OPERATION_NAMES;

/// The name of the operation with this name; a way to get one that lives long.
pub(super) fn name(operation: &str) -> Option<&'static str> {
    ROUTES.iter().map(|route| route.name).find(|known| *known == operation)
}

/// The operation a request is for.
pub(super) fn name_of(call: &Call) -> Option<&'static str> {
    let (candidates, _) = table::find(&call.method, call.route())?;
    if candidates.iter().all(|route| route.with.is_none()) {
        return candidates.first().map(|route| route.name);
    }
    let body = serde_json::from_slice(&call.body).unwrap_or_default();
    table::choose(&candidates, &body).map(|route| route.name)
}

impl Platform {
    pub(super) fn rest(&mut self, call: &Call) -> Answer {
        let path = call.route().to_owned();
        let Some((candidates, params)) = table::find(&call.method, &path) else {
            self.violate(Rule::NoSuchEndpoint, None, format!("{} {path}", call.method));
            return Answer::error(404, 404, "api not found");
        };
        let read = ask::read_body(call);
        // A call that cannot be read counts as well.
        let body = read.as_ref().map_or(&Value::Null, |(body, _)| body);
        let Some(route) = table::choose(&candidates, body) else {
            return Answer::error(404, 404, "api not found");
        };
        if let Some(refused) = self.over_limit(route) {
            return refused;
        }
        let Some((body, image)) = read else {
            self.violate(Rule::BadBody, None, format!("the body for {path} is no JSON object"));
            return Answer::error(400, 40_011_000, "request param invalid");
        };
        if let Some(refused) = self.lacks(route) {
            return refused;
        }
        let ask = Ask { params, query: ask::pairs(&call.path), body, image };
        match route.handler {
            Some(handler) => handler(self, &ask),
            None => Answer::error(404, 404, "api not found"),
        }
    }

    /// The refusal of an operation the bot has no right to.
    fn lacks(&self, route: &Route) -> Option<Answer> {
        let config = &self.config.rest;
        if config.withheld.iter().any(|name| name == route.name) {
            return Some(no_privilege());
        }
        let unprivileged = || Answer::refused(11_253, "check app privilege not pass");
        let no_admin = || Answer::refused(11_282, "check admin not pass");
        match route.needs {
            Needs::Nothing => None,
            Needs::PrivateBot => (!config.private_bot).then(unprivileged),
            Needs::Admin => (!config.guild_admin).then(no_admin),
            Needs::PrivateBotAndAdmin if config.private_bot => (!config.guild_admin).then(no_admin),
            Needs::PrivateBotAndAdmin => Some(unprivileged()),
            Needs::GroupRight => (!config.group_rights).then(no_privilege),
            Needs::GroupAdmin => (!config.group_admin).then(no_privilege),
            Needs::AudioBot => (!config.audio_bot).then(unprivileged),
        }
    }
}

fn no_privilege() -> Answer {
    Answer::pair(400, 11_253, 40_012_010, "no api privilege")
}

/// A body the endpoint understands as JSON and not as a request.
fn bad_param(what: &str) -> Answer {
    Answer::error(400, 40_011_000, what)
}

/// A page of a list: what starts at the cursor, and the cursor of the rest, empty at the end.
fn page_of<T>(all: &[T], ask: &Ask, usual: usize, most: usize) -> Result<(Vec<T>, String), Answer>
where
    T: Clone,
{
    let start = match ask.query("cursor").as_deref() {
        None | Some("") => 0,
        Some(cursor) => cursor.parse().map_err(|_| bad_param("cursor is none of ours"))?,
    };
    let limit = match ask.query("limit") {
        None => usual,
        Some(limit) => limit
            .parse()
            .ok()
            .filter(|limit| (1..=most).contains(limit))
            .ok_or_else(|| bad_param("limit is out of range"))?,
    };
    let page: Vec<T> = all.iter().skip(start).take(limit).cloned().collect();
    let end = start.saturating_add(page.len());
    let next = if end < all.len() { end.to_string() } else { String::new() };
    Ok((page, next))
}

/// The answer of a handler that stops at the first refusal.
fn settle(result: Result<Answer, Answer>) -> Answer {
    match result {
        Ok(answer) | Err(answer) => answer,
    }
}

/// An object with the values of these names that are there.
fn picked(from: &Value, names: &[&str]) -> Value {
    let mut out = json!({});
    if let (Some(from), Some(out)) = (from.as_object(), out.as_object_mut()) {
        for name in names {
            if let Some(value) = from.get(*name).filter(|value| !value.is_null()) {
                out.insert((*name).to_owned(), value.clone());
            }
        }
    }
    out
}
