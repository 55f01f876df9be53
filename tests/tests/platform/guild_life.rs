//! Guilds: mutes, schedules, audio, forum, settings, rights.

use qq_testkit::platform::{PlatformConfig, RestConfig};
use serde_json::{Value, json};

use crate::api::{Api, CHANNEL, FORUM, GUILD, GUILD_ID, OWNER, SCHEDULES, USER, VOICE};

const NONE: Value = Value::Null;
const EPOCH: u64 = 1_790_000_000;

fn muted(api: &mut Api) -> bool {
    let members = api.get(&format!("{GUILD}/members?limit=9"));
    let members = members.as_array().unwrap().clone();
    members.into_iter().find(|row| row["user"]["id"] == USER).unwrap()["mute"] == true
}

#[test]
fn people_are_muted_and_speak_again() {
    let mut api = Api::new();
    let one = format!("{GUILD}/members/{USER}/mute");
    assert_eq!(api.call("PATCH", &one, &json!({"mute_seconds": "60"})), (204, NONE));
    assert!(muted(&mut api));
    api.wait(60);
    assert!(!muted(&mut api));
    let absolute = json!({"mute_end_timestamp": (EPOCH + 100).to_string(), "mute_seconds": "1"});
    api.ok("PATCH", &one, &absolute);
    api.wait(39);
    assert!(muted(&mut api), "the absolute time wins");
    api.ok("PATCH", &one, &json!({"mute_seconds": "0"}));
    assert!(!muted(&mut api));
    api.no("PATCH", &one, &json!({}), 502_005);
    api.no("PATCH", &one, &json!({"mute_seconds": 60}), 502_006);
    api.no("PATCH", &one, &json!({"mute_end_timestamp": EPOCH.to_string()}), 502_006);
    api.no("PATCH", &format!("{GUILD}/members/{OWNER}/mute"), &json!({"mute_seconds": "1"}), 502_003);

    let all = format!("{GUILD}/mute");
    let many = json!({"mute_seconds": "60", "user_ids": [USER, OWNER, "404"]});
    assert_eq!(api.call("PATCH", &all, &many), (200, json!({"user_ids": [USER]})));
    assert!(muted(&mut api));
    api.no("PATCH", &all, &json!({"mute_seconds": "60", "user_ids": []}), 502_004);
    api.wait(60);
    assert!(!muted(&mut api));
    assert_eq!(api.call("PATCH", &all, &json!({"mute_seconds": "60"})), (204, NONE));
    assert!(muted(&mut api));
    api.ok("PATCH", &all, &json!({"mute_seconds": "0"}));
    assert!(!muted(&mut api));
    api.no("PATCH", "/guilds/404/mute", &json!({"mute_seconds": "60"}), 11_264);
}

fn schedule(start: u64, end: u64) -> Value {
    let millis = |at: u64| ((EPOCH + at) * 1000).to_string();
    json!({"schedule": {"name": "run", "description": "3 km", "start_timestamp": millis(start),
        "end_timestamp": millis(end), "jump_channel_id": "0", "remind_type": "2"}})
}

#[test]
fn a_schedule_is_made_changed_and_deleted() {
    let mut api = Api::new();
    let path = format!("{SCHEDULES}/schedules");
    let made = api.ok("POST", &path, &schedule(600, 1200));
    let own = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(made["creator"]["user"]["bot"], true);
    assert_eq!(api.get(&own), made);
    assert_eq!(api.get(&path), json!([made]));
    assert_eq!(api.get(&format!("{path}?since={}", (EPOCH + 1200) * 1000)), json!([]));
    let changed = api.ok("PATCH", &own, &json!({"schedule": {"name": "walk", "remind_type": "0"}}));
    assert_eq!((&changed["name"], &changed["description"]), (&json!("walk"), &json!("3 km")));
    assert_eq!(api.get(&own)["name"], "walk");
    assert_eq!(api.call("DELETE", &own, &NONE), (204, NONE));
    api.no("DELETE", &own, &NONE, 302_011);
    api.no("GET", &own, &NONE, 302_003);
}

#[test]
fn schedules_have_rules() {
    let mut api = Api::new();
    let path = format!("{SCHEDULES}/schedules");
    let with = |name: &str, value: Value| {
        let mut body = schedule(600, 1200);
        body["schedule"][name] = value;
        body
    };
    for (body, code) in [
        (json!({}), 302_017),
        (with("start_timestamp", json!(1)), 302_018),
        (with("start_timestamp", json!("soon")), 302_018),
        (schedule(0, 100), 302_015),
        (schedule(600, 600), 302_016),
        (schedule(600, 601 + 7 * 24 * 3600), 302_014),
        (with("jump_channel_id", json!("404")), 302_024),
        (with("jump_channel_id", json!("70010005")), 302_023),
        (with("remind_type", json!("6")), 302_000),
        (with("name", json!("")), 302_000),
    ] {
        api.no("POST", &path, &body, code);
    }
    api.no("POST", &format!("{CHANNEL}/schedules"), &schedule(600, 1200), 302_000);
    api.ok("POST", &path, &with("jump_channel_id", json!("70010001")));
    for _ in 1..10 {
        api.ok("POST", &path, &schedule(600, 1200));
    }
    api.no("POST", &path, &schedule(600, 1200), 302_012);
    // The next day in Beijing.
    api.wait(24 * 3600 - (EPOCH + 8 * 3600) % (24 * 3600));
    api.ok("POST", &path, &schedule(90_000, 91_000));
}

#[test]
fn audio_plays_in_voice_rooms() {
    let mut api = Api::new();
    let (audio, mic) = (format!("{VOICE}/audio"), format!("{VOICE}/mic"));
    api.no("POST", &audio, &json!({"status": 1}), 12_002);
    api.ok("POST", &audio, &json!({"status": 0, "audio_url": "https://a.example/1.mp3", "text": "song"}));
    assert_eq!(api.ok("POST", &audio, &json!({"status": 1})), json!({}));
    api.no("POST", &audio, &json!({"status": 2, "text": "x"}), 12_002);
    api.no("POST", &audio, &json!({"status": 0}), 12_002);
    api.no("POST", &audio, &json!({"status": 4}), 12_002);
    api.ok("POST", &audio, &json!({"status": 3}));
    assert_eq!(api.ok("PUT", &mic, &json!({})), json!({}));
    api.ok("PUT", &mic, &NONE);
    api.ok("DELETE", &mic, &NONE);
    let names: Vec<String> = api.events().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["AUDIO_START", "AUDIO_FINISH", "AUDIO_ON_MIC", "AUDIO_OFF_MIC"]);
    api.no("PUT", &format!("{CHANNEL}/mic"), &NONE, 10_003);
    api.no("POST", &format!("{FORUM}/audio"), &json!({"status": 3}), 10_003);
}

#[test]
fn a_thread_is_published_commented_and_deleted() {
    let mut api = Api::new();
    let path = format!("{FORUM}/threads");
    assert_eq!(api.get(&path), json!({"threads": [], "is_finish": 1}));
    let made = api.ok("PUT", &path, &json!({"title": "t", "content": "# hello", "format": 3}));
    assert!(made["create_time"].is_string());
    let events = api.events();
    let [(name, d)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(
        (name.as_str(), &d["result"], &d["task_id"]),
        ("FORUM_PUBLISH_AUDIT_RESULT", &json!(0), &made["task_id"])
    );
    let own = format!("{path}/{}", d["thread_id"].as_str().unwrap());
    let read = api.get(&own);
    let content = read["thread"]["thread_info"]["content"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(content).unwrap()["paragraphs"].is_array());
    let commented =
        api.ok("POST", &format!("{own}/comment"), &json!({"thread_author": "1", "content": "well"}));
    assert!(commented["create_time"].is_u64(), "a number here");
    api.no("POST", &format!("{own}/comment"), &json!({"thread_author": "1"}), 503_006);
    assert_eq!(api.call("DELETE", &own, &NONE), (204, NONE));
    api.no("DELETE", &own, &NONE, 503_012);
    api.no("GET", &own, &NONE, 503_012);
    let rich = json!({"paragraphs": [{"elems": []}]}).to_string();
    api.ok("PUT", &path, &json!({"title": "t", "content": rich, "format": 4}));
    for (body, code) in [
        (json!({"content": "x", "format": 1}), 503_005),
        (json!({"title": "x", "format": 1}), 503_006),
        (json!({"title": "x", "content": "no JSON", "format": 4}), 503_014),
        (json!({"title": "x", "content": "x", "format": 5}), 12_002),
    ] {
        api.no("PUT", &path, &body, code);
    }
    api.no("GET", &format!("{CHANNEL}/threads"), &NONE, 503_003);
}

#[test]
fn settings_and_rights_can_be_read_and_asked_for() {
    let mut api = Api::new();
    let setting = api.get(&format!("{GUILD}/message/setting"));
    assert_eq!((&setting["disable_push_msg"], &setting["channel_push_max_num"]), (&json!(true), &json!(20)));
    assert_eq!(setting["channel_ids"], json!(["70010001"]));

    let rest = RestConfig { private_bot: false, ..RestConfig::default() };
    let mut api = Api::with(PlatformConfig { rest, ..PlatformConfig::default() });
    let apis = api.get(&format!("{GUILD}/api_permission"))["apis"].as_array().unwrap().clone();
    let status = |path: &str, method: &str| {
        apis.iter().find(|row| row["path"] == path && row["method"] == method).unwrap()["auth_status"].clone()
    };
    assert_eq!(status("/guilds/{guild_id}/members", "GET"), 0);
    assert_eq!(status("/guilds/{guild_id}", "GET"), 1);
    let demand = format!("{GUILD}/api_permission/demand");
    let body = |path: &str| json!({"channel_id": "70010001", "api_identify": {"path": path, "method": "GET"}, "desc": "to see"});
    api.no("POST", &demand, &body("/guilds/{guild_id}"), 610_010);
    api.no("POST", &demand, &body("/no/such"), 610_009);
    let mut lost = body("/guilds/{guild_id}/members");
    lost["channel_id"] = json!("404");
    api.no("POST", &demand, &lost, 610_008);
    for _ in 0..3 {
        let asked = api.ok("POST", &demand, &body("/guilds/{guild_id}/members"));
        assert_eq!((&asked["guild_id"], &asked["desc"]), (&json!(GUILD_ID), &json!("to see")));
    }
    api.no("POST", &demand, &body("/guilds/{guild_id}/members"), 610_013);
    api.wait(24 * 3600);
    api.ok("POST", &demand, &body("/guilds/{guild_id}/members"));
}
