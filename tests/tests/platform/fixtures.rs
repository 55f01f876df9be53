//! The platform's answers have the form of recorded ones, where a folder of those is given in `QQ_FIXTURES`. Without
//! it there is nothing to compare with, and the test says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use qq_testkit::platform::{PlatformConfig, ROUTES, RestConfig, Route, Scene};
use serde_json::{Value, json};

use crate::api::{Api, GUILD, OWNER, SCHEDULES, USER, escaped};

/// A recorded exchange.
struct Recorded {
    name: String,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Value,
    status: u64,
    answer: Value,
}

fn recorded() -> Vec<Recorded> {
    let Some(folder) = std::env::var_os("QQ_FIXTURES") else {
        println!("QQ_FIXTURES is not set: nothing to compare with");
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(PathBuf::from(folder).join("openapi")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let read: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let text = |pointer: &str| read.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        found.push(Recorded {
            name,
            method: text("/request/method"),
            path: text("/request/path"),
            query: read["request"]["query"].as_object().map_or(Vec::new(), |pairs| {
                pairs.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
            }),
            body: read["request"].get("body").cloned().unwrap_or_default(),
            status: read["response"]["status"].as_u64().unwrap(),
            answer: read["response"]["body"].clone(),
        });
    }
    found
}

/// The operation whose path this is; fixed parts win.
fn route(method: &str, path: &str) -> Option<&'static Route> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |route: &&Route| {
        let names: Vec<&str> = route.path.split('/').collect();
        route.method == method
            && names.len() == parts.len()
            && names.iter().zip(&parts).all(|(name, part)| name.starts_with('{') || name == part)
    };
    ROUTES.iter().filter(fits).min_by_key(|route| route.path.matches('{').count())
}

#[test]
fn every_recorded_request_has_its_operation() {
    let mut met = BTreeSet::new();
    let all = recorded();
    for exchange in &all {
        if exchange.name == "err_not_found_404" {
            assert!(route(&exchange.method, &exchange.path).is_none());
            continue;
        }
        // The address of the store is its own; it has a row and no fixed path.
        if exchange.name == "upload_part_put" {
            continue;
        }
        let found = route(&exchange.method, &exchange.path);
        assert!(found.is_some(), "{}: {} {}", exchange.name, exchange.method, exchange.path);
        met.extend(found.map(|route| route.path));
    }
    let missed: Vec<&str> = ROUTES
        .iter()
        .map(|route| route.path)
        .filter(|path| !met.contains(path) && !path.contains("_store"))
        .collect();
    assert!(all.is_empty() || missed.is_empty(), "{missed:?}");
}

/// What a recorded exchange calls something, by where it stands, and what the platform calls it.
type Names = BTreeMap<String, String>;

/// A platform on which everything exists that a request may be about, with the names it has there. The recorded names
/// are learned from the recordings themselves.
fn populated(name: &str, all: &[Recorded]) -> (Api, Names) {
    let epoch = Duration::from_secs(epoch(name));
    let rest = RestConfig { wrapped_message: name != "channel_message_get_bare", ..RestConfig::default() };
    let mut api = Api::with(PlatformConfig { epoch, allow_active: true, rest, ..PlatformConfig::default() });
    let mut names = Names::new();
    let part = |name: &str, at: usize| {
        let path = &all.iter().find(|exchange| exchange.name == name).unwrap().path;
        path.split('/').nth(at).unwrap().to_owned()
    };
    let field = |name: &str, pointer: &str| {
        let body = &all.iter().find(|exchange| exchange.name == name).unwrap().body;
        body.pointer(pointer).unwrap().as_str().unwrap().to_owned()
    };
    let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let mut learn = |recorded: String, own: &str| names.insert(recorded, own.to_owned());
    for (name, own) in [
        ("channel_get", "70010001"),
        ("channel_delete", "70010001"),
        ("channel_online_nums", "70010003"),
        ("threads_list", "70010004"),
        ("schedules_list", "70010005"),
    ] {
        learn(part(name, 2), own);
    }
    learn(field("guild_announce_recommend", "/recommend_channels/0/channel_id"), "70010001");
    learn(part("guild_get", 2), &last(GUILD));
    learn(part("guild_member_get", 4), USER);
    learn(field("channel_permissions_batch_put", "/user_ids/1"), OWNER);
    let role = api.ok("POST", &format!("{GUILD}/roles"), &json!({"name": "r"}));
    learn(part("role_patch", 4), role["role_id"].as_str().unwrap());
    let millis = |seconds: u64| ((epoch.as_secs() + seconds) * 1000).to_string();
    let schedule = json!({"schedule": {"name": "s", "start_timestamp": millis(80_000), "end_timestamp": millis(80_010)}});
    let schedule = api.ok("POST", &format!("{SCHEDULES}/schedules"), &schedule);
    learn(part("schedule_get", 4), schedule["id"].as_str().unwrap());
    api.ok("PUT", "/channels/70010004/threads", &json!({"title": "t", "content": "c", "format": 1}));
    let threads = api.get("/channels/70010004/threads");
    learn(part("thread_get", 4), threads["threads"][0]["thread_info"]["thread_id"].as_str().unwrap());
    let panel = json!({"scope": "group", "target_type": "specific", "panel": {"items": []}});
    learn(part("panel_get", 3), api.ok("POST", "/v2/panels", &panel)["panel_id"].as_str().unwrap());
    let strategy = api.ok("POST", "/v2/groups/join_approval_strategy", &json!({"group_openids": ["X"]}));
    learn(part("join_strategy_patch", 4), strategy["strategy_id"].as_str().unwrap());
    let session = json!({"intents": 1, "shards": [0, 1], "callback_url": "https://bot.example"});
    let session = api.ok("POST", "/gateway/webhook/sessions", &session);
    learn(part("webhook_session_delete", 4), session["session_id"].as_str().unwrap());
    learn(part("interaction_ack", 2), "press");
    api.event("INTERACTION_CREATE", &json!({"id": "press", "type": 11, "user_openid": "U"}));

    let (channel, asked) = api.asked(Scene::Guild);
    learn(field("channel_message_send_text", "/msg_id"), &asked);
    let body = json!({"markdown": {"content": "m"}, "keyboard": {"id": "k"}, "msg_id": asked});
    let sent = api.ok("POST", &format!("{channel}/messages"), &body);
    learn(part("channel_message_patch", 4), sent["id"].as_str().unwrap());
    let (group, asked) = api.asked(Scene::Group);
    learn(part("group_info_get", 3), &last(&group));
    let sent = api.ok("POST", &format!("{group}/messages"), &json!({"content": "m", "msg_id": asked}));
    learn(part("group_message_delete", 5), &escaped(sent["id"].as_str().unwrap()));
    learn(field("group_message_send_text", "/msg_id"), &asked);
    for (number, person) in ["/members/0/member_openid", "/members/1/member_openid"].iter().enumerate() {
        let recorded = field("group_mute_set", person);
        api.event(
            "GROUP_MEMBER_ADD",
            &json!({"group_openid": last(&group), "member_openid": format!("M{number}")}),
        );
        learn(recorded, &format!("M{number}"));
    }
    (api, names)
}

fn renamed(value: &Value, names: &Names) -> Value {
    let text = |text: &str| names.get(text).cloned().unwrap_or_else(|| text.to_owned());
    match value {
        Value::String(value) => Value::from(text(value)),
        Value::Array(items) => items.iter().map(|item| renamed(item, names)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), renamed(value, names))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The moment at which what a request says about time makes sense.
fn epoch(name: &str) -> u64 {
    match name {
        "guild_mute_all" => 1_641_900_000,
        _ if name.starts_with("schedule") => 1_642_000_000,
        _ => 1_785_600_000,
    }
}

/// Exchanges that need something before them which a single request cannot have, by how their names begin; the other
/// files of this folder play them from their start.
const ELSEWHERE: &[&str] = &[
    "err_",
    "token_",
    "upload_",
    "c2c_",
    "dm_message_",
    "group_message_send_",
    "channel_message_send_ark",
    "channel_message_send_multipart",
    "group_file_complete",
    "group_upload_part",
    "group_upload_prepare_variant",
    "group_join_request_decide",
    "reaction_delete",
    "pin_delete",
    "guild_announce_delete",
    "channel_announce_delete",
    "api_permission_demand",
    "guild_members_list_end",
    "role_members_list",
    "dm_setting_guide",
];

/// Fields that only some answers have.
const SOMETIMES: &[&str] = &["description", "next_index", "guild_id", "raw_url", "public_flags"];

#[test]
fn answers_have_the_recorded_form() {
    let all = recorded();
    let (mut compared, mut offences) = (0, Vec::new());
    for exchange in
        all.iter().filter(|exchange| !ELSEWHERE.iter().any(|name| exchange.name.starts_with(name)))
    {
        let (mut api, names) = populated(&exchange.name, &all);
        let parts: Vec<String> = exchange
            .path
            .split('/')
            .map(|part| names.get(part).cloned().unwrap_or_else(|| part.to_owned()))
            .collect();
        let pairs: Vec<String> = exchange
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", names.get(value).unwrap_or(value)))
            .collect();
        let path = format!("{}?{}", parts.join("/"), pairs.join("&"));
        let (status, answer) = api.call(&exchange.method, &path, &renamed(&exchange.body, &names));
        if u64::from(status) != exchange.status {
            offences.push(format!("{}: {status} for {path}: {answer}", exchange.name));
        }
        let first = |value: &Value| value.as_array().and_then(|list| list.first()).unwrap_or(value).clone();
        let (recorded, own) = (first(&exchange.answer), first(&answer));
        // A body may be missing or be an empty object; so say the documents of the same calls.
        for name in recorded.as_object().map_or(Vec::new(), |fields| fields.keys().collect()) {
            let there = own.get(name).is_some() || SOMETIMES.contains(&name.as_str());
            if !there && exchange.name != "menu_get" {
                offences.push(format!("{}: no {name} in {own}", exchange.name));
            }
        }
        compared += 1;
    }
    assert!(offences.is_empty(), "{offences:#?}");
    assert!(all.is_empty() || compared > 70, "{compared}");
}
