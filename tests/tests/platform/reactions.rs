//! Reactions, pins, announcements, button presses, links and the older sessions.

use qq_testkit::platform::{Rule, Scene};
use serde_json::{Value, json};

use crate::api::{Api, CHANNEL, FORUM, GUILD, GUILD_ID};

const NONE: Value = Value::Null;

#[test]
fn a_reaction_is_set_and_taken_once() {
    let mut api = Api::new();
    let (place, id) = api.asked(Scene::Guild);
    let path = |kind: &str, emoji: &str| format!("{place}/messages/{id}/reactions/{kind}/{emoji}");
    let face = path("1", "14");
    assert_eq!(api.call("PUT", &face, &NONE), (204, NONE));
    api.no("PUT", &face, &NONE, 620_003);
    assert_eq!(api.get(&face)["users"][0]["username"], "model bot");
    assert_eq!(api.call("DELETE", &face, &NONE), (204, NONE));
    api.no("DELETE", &face, &NONE, 620_004);
    assert_eq!(api.get(&face), json!({"users": [], "cookie": "", "is_end": true}));
    api.ok("PUT", &path("2", "%F0%9F%98%80"), &NONE);
    api.no("PUT", &path("2", "\u{1f600}"), &NONE, 620_003);
    api.no("PUT", &path("3", "14"), &NONE, 620_001);
    api.no("PUT", &path("1", "smile"), &NONE, 620_001);
    api.no("PUT", &format!("{place}/messages/404/reactions/1/14"), &NONE, 620_001);
    for number in 0..19 {
        api.ok("PUT", &path("1", &number.to_string()), &NONE);
    }
    api.no("PUT", &path("1", "99"), &NONE, 620_002);
}

#[test]
fn people_who_reacted_come_in_pages() {
    let mut api = Api::new();
    let (place, id) = api.asked(Scene::Guild);
    for number in 0..45 {
        let d = json!({"guild_id": GUILD_ID, "channel_id": "70010001", "user_id": format!("{number}"),
            "target": {"id": id, "type": 0}, "emoji": {"id": "4", "type": 1}});
        api.event("MESSAGE_REACTION_ADD", &d);
    }
    let path = format!("{place}/messages/{id}/reactions/1/4");
    let (mut sizes, mut cookie) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{path}?cookie={cookie}&limit=20"));
        sizes.push(page["users"].as_array().unwrap().len());
        cookie = page["cookie"].as_str().unwrap().to_owned();
        if page["is_end"] == true {
            break;
        }
    }
    assert_eq!(sizes, [20, 20, 5]);
    api.no("GET", &format!("{path}?limit=51"), &NONE, 620_001);
    api.no("GET", &format!("{path}?cookie=x"), &NONE, 620_001);
}

#[test]
fn twenty_messages_are_pinned() {
    let mut api = Api::new();
    let ids: Vec<String> = (0..21).map(|_| api.asked(Scene::Guild).1).collect();
    let path = format!("{CHANNEL}/pins");
    for id in &ids[..20] {
        api.ok("PUT", &format!("{path}/{id}"), &json!({}));
    }
    let pinned = api.ok("PUT", &format!("{path}/{}", ids[0]), &NONE);
    assert_eq!((&pinned["message_ids"], &pinned["guild_id"]), (&json!(ids[..20]), &json!(GUILD_ID)));
    api.no("PUT", &format!("{path}/{}", ids[20]), &NONE, 501_013);
    api.no("PUT", &format!("{path}/404"), &NONE, 501_010);
    assert_eq!(api.call("DELETE", &format!("{path}/{}", ids[0]), &NONE), (204, NONE));
    api.no("DELETE", &format!("{path}/{}", ids[0]), &NONE, 501_012);
    assert_eq!(api.get(&path)["message_ids"], json!(ids[1..20]));
    api.ok("DELETE", &format!("{path}/all"), &NONE);
    assert_eq!(api.get(&path)["message_ids"], json!([]));
}

#[test]
fn announcements_replace_each_other() {
    let mut api = Api::new();
    let (_, id) = api.asked(Scene::Guild);
    let path = format!("{GUILD}/announces");
    let made = api.ok("POST", &path, &json!({"channel_id": "70010001", "message_id": id}));
    assert_eq!((&made["message_id"], &made["announces_type"]), (&json!(id), &json!(0)));
    let rooms = |ids: &[&str]| {
        let rooms: Vec<Value> = ids.iter().map(|id| json!({"channel_id": id, "introduce": "come"})).collect();
        json!({"announces_type": 1, "recommend_channels": rooms})
    };
    let made = api.ok("POST", &path, &rooms(&["70010001", "70010004"]));
    assert_eq!(
        (&made["message_id"], &made["recommend_channels"][1]["channel_id"]),
        (&json!(""), &json!("70010004"))
    );
    api.no("DELETE", &format!("{path}/{id}"), &NONE, 501_007);
    assert_eq!(api.call("DELETE", &format!("{path}/all"), &NONE), (204, NONE));
    api.no("POST", &path, &rooms(&["70010001"; 4]), 501_016);
    api.no("POST", &path, &rooms(&["404"]), 501_018);
    api.no("POST", &path, &json!({}), 501_008);
    api.no("POST", &path, &json!({"announces_type": 2}), 501_019);
    api.no("POST", &path, &json!({"channel_id": "70010001", "message_id": "404"}), 501_010);
    api.no("POST", &path, &json!({"channel_id": "404", "message_id": id}), 501_004);
    api.ok("PATCH", FORUM, &json!({"private_type": 1}));
    api.no("POST", &path, &rooms(&["70010004"]), 501_018);

    let old = format!("{CHANNEL}/announces");
    assert_eq!(api.ok("POST", &old, &json!({"message_id": id}))["message_id"], id.as_str());
    api.no("POST", &old, &json!({}), 501_008);
    api.ok("DELETE", &format!("{old}/{id}"), &NONE);
    api.no("DELETE", &format!("{old}/{id}"), &NONE, 501_003);
}

#[test]
fn a_press_is_acknowledged_once_and_in_time() {
    let mut api = Api::new();
    let press = |api: &mut Api, id: &str| {
        api.event("INTERACTION_CREATE", &json!({"id": id, "type": 11, "user_openid": "U"}))
    };
    let event = press(&mut api, "p1");
    api.no("PUT", &format!("/interactions/{event}"), &json!({"code": 0}), 630_001);
    api.no("PUT", "/interactions/p1", &json!({"code": 6}), 630_001);
    api.no("PUT", "/interactions/p1", &json!({}), 630_001);
    assert_eq!(api.ok("PUT", "/interactions/p1", &json!({"code": 3})), json!({}));
    assert_eq!(api.bot.platform.acknowledged("p1"), Some(3));
    api.no("PUT", "/interactions/p1", &json!({"code": 0}), 630_005);
    assert_eq!(api.bot.platform.acknowledged("p1"), Some(3));
    api.no("PUT", "/interactions/never", &json!({"code": 0}), 630_005);
    press(&mut api, "p2");
    api.wait(3);
    api.ok("PUT", "/interactions/p2", &json!({"code": 0}));
    press(&mut api, "p3");
    api.bot.wait_millis(3001);
    api.no("PUT", "/interactions/p3", &json!({"code": 0}), 630_005);
    assert_eq!(api.bot.platform.acknowledged("p3"), None);
    assert_eq!(api.bot.rules(), [Rule::Acknowledgement; 4]);
}

#[test]
fn links_and_older_sessions() {
    let mut api = Api::new();
    let link = api.ok("POST", "/v2/generate_url_link", &json!({"callback_data": "x".repeat(32)}));
    assert!(link["data"]["url"].as_str().unwrap().ends_with(&"x".repeat(32)));
    api.ok("POST", "/v2/generate_url_link", &NONE);
    api.no("POST", "/v2/generate_url_link", &json!({"callback_data": "x".repeat(33)}), 10_001);
    let me = api.get("/users/@me");
    assert!(me["bot"] == true && me["share_url"].is_string());

    let path = "/gateway/webhook/sessions";
    let body = json!({"intents": 1 << 30, "shards": [0, 1], "callback_url": "https://bot.example/qq"});
    let made = api.ok("POST", path, &body);
    let id = made["session_id"].as_str().unwrap().to_owned();
    assert_eq!(api.get(path)[0]["callback_url"], "https://bot.example/qq");
    api.wait(60);
    let checked = api.ok("PATCH", &format!("{path}?action=check"), &NONE);
    assert_eq!(checked[0]["last_heartbeat_time"], "2026-09-21T22:14:20+08:00");
    api.no("PATCH", path, &NONE, 40_011_000);
    api.no("POST", path, &json!({"intents": 1}), 40_011_000);
    assert_eq!(api.call("DELETE", &format!("{path}/{id}"), &NONE), (204, NONE));
    api.no("DELETE", &format!("{path}/{id}"), &NONE, 40_011_000);
    assert_eq!(api.get(path), json!([]));
}
