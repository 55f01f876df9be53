//! Guilds: channels, members, roles, permissions.

use qq_testkit::platform::Rule;
use serde_json::{Value, json};

use crate::api::{Api, CHANNEL, FORUM, GUILD, GUILD_ID, OWNER, USER, VOICE};

const NONE: Value = Value::Null;

#[test]
fn guilds_are_listed_in_pages() {
    let mut api = Api::new();
    for number in 1..=3 {
        let d = json!({"id": format!("{number}00"), "name": format!("guild {number}"), "owner_id": "1"});
        api.event("GUILD_CREATE", &d);
    }
    let ids = |answer: &Value| -> Vec<String> {
        let list = answer.as_array().unwrap().iter();
        list.map(|guild| guild["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&api.get("/users/@me/guilds")), ["100", "200", "300", GUILD_ID]);
    assert_eq!(ids(&api.get("/users/@me/guilds?limit=2")), ["100", "200"]);
    assert_eq!(ids(&api.get("/users/@me/guilds?limit=2&after=200")), ["300", GUILD_ID]);
    assert_eq!(ids(&api.get("/users/@me/guilds?limit=2&before=300")), ["200", "100"]);
    assert_eq!(ids(&api.get(&format!("/users/@me/guilds?after={GUILD_ID}"))), [""; 0]);
    api.no("GET", "/users/@me/guilds?limit=101", &NONE, 12_002);
    let guild = api.get("/guilds/100");
    assert_eq!(
        (&guild["name"], &guild["member_count"], &guild["owner"]),
        (&json!("guild 1"), &json!(1), &json!(false))
    );
    api.event("GUILD_DELETE", &json!({"id": "100"}));
    api.no("GET", "/guilds/100", &NONE, 11_264);
}

#[test]
fn a_channel_is_made_changed_and_deleted() {
    let mut api = Api::new();
    let path = format!("{GUILD}/channels");
    let made = api.ok("POST", &path, &json!({"name": "news", "type": 0, "sub_type": 1, "position": 99}));
    assert_eq!((&made["name"], &made["sub_type"], &made["position"]), (&json!("news"), &json!(1), &json!(6)));
    let own = format!("/channels/{}", made["id"].as_str().unwrap());
    let read = api.get(&own);
    assert_eq!((&read["name"], &read["permissions"]), (&json!("news"), &json!("7")));
    assert_eq!(api.get(&path).as_array().unwrap().len(), 6);
    assert_eq!(api.ok("PATCH", &own, &json!({"name": "olds"}))["name"], "olds");
    assert_eq!(api.get(&own)["name"], "olds");
    assert_eq!(api.call("DELETE", &own, &NONE), (200, json!({})));
    api.no("GET", &own, &NONE, 10_003);
    api.no("DELETE", &own, &NONE, 10_003);
    let events: Vec<String> = api.events().into_iter().map(|(name, _)| name).collect();
    assert_eq!(events, ["CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"]);
    api.no("POST", &path, &json!({"type": 0}), 12_002);
    api.no("POST", &path, &json!({"name": "x", "type": 3}), 12_002);
    api.no("POST", &path, &json!({"name": "x", "type": 4, "position": 1}), 12_002);
    api.no("PATCH", CHANNEL, &json!({"owner_id": "1"}), 12_002);
}

#[test]
fn voice_rooms_know_who_is_there() {
    let mut api = Api::new();
    assert_eq!(api.get(&format!("{VOICE}/online_nums")), json!({"online_nums": 1}));
    let d = json!({"guild_id": GUILD_ID, "channel_id": "70010003", "user_id": OWNER});
    api.event("AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER", &d);
    let people = api.get(&format!("{VOICE}/voice/members"));
    assert_eq!((&people[0]["user"]["id"], &people[1]["user"]["id"]), (&json!(USER), &json!(OWNER)));
    api.event("AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT", &d);
    assert_eq!(api.get(&format!("{VOICE}/online_nums")), json!({"online_nums": 1}));
    assert_eq!(api.no("GET", &format!("{CHANNEL}/voice/members"), &NONE, 10_003), 400);
    api.no("GET", &format!("{FORUM}/online_nums"), &NONE, 10_003);
}

#[test]
fn members_come_in_pages_and_can_be_removed() {
    let mut api = Api::new();
    let path = format!("{GUILD}/members");
    let mut ids = Vec::new();
    let mut after = "0".to_owned();
    loop {
        let page = api.get(&format!("{path}?after={after}&limit=2"));
        let Some(last) = page.as_array().unwrap().last() else { break };
        after = last["user"]["id"].as_str().unwrap().to_owned();
        ids.extend(page.as_array().unwrap().iter().map(|row| row["user"]["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(ids, [OWNER, USER, "8001002003004005006"]);
    assert_eq!(api.get(&path).as_array().unwrap().len(), 1, "one unless told");
    api.no("GET", &format!("{path}?limit=401"), &NONE, 12_002);
    let one = format!("{path}/{USER}");
    let member = api.get(&one);
    assert_eq!((&member["roles"], &member["user"]["union_openid"]), (&json!(["1"]), &json!("")));

    let (_, message) = api.asked(qq_testkit::platform::Scene::Guild);
    api.no("DELETE", &one, &json!({"delete_history_msg_days": 5}), 12_002);
    api.no("DELETE", &format!("{path}/{OWNER}"), &NONE, 11_282);
    let body = json!({"add_blacklist": true, "delete_history_msg_days": -1});
    assert_eq!(api.call("DELETE", &one, &body), (204, NONE));
    api.no("GET", &one, &NONE, 12_001);
    api.no("GET", &format!("{CHANNEL}/messages/{message}"), &NONE, 50_039);
    assert_eq!(api.events().remove(0).0, "GUILD_MEMBER_REMOVE");
}

#[test]
fn messages_of_removed_people_go_as_far_back_as_was_said() {
    let mut api = Api::new();
    let (_, old) = api.asked(qq_testkit::platform::Scene::Guild);
    api.wait(4 * 24 * 3600);
    let (_, new) = api.asked(qq_testkit::platform::Scene::Guild);
    api.ok("DELETE", &format!("{GUILD}/members/{USER}"), &json!({"delete_history_msg_days": 3}));
    api.get(&format!("{CHANNEL}/messages/{old}"));
    api.no("GET", &format!("{CHANNEL}/messages/{new}"), &NONE, 50_039);
}

#[test]
fn a_role_is_made_given_taken_and_deleted() {
    let mut api = Api::new();
    let path = format!("{GUILD}/roles");
    let list = api.get(&path);
    assert_eq!((&list["role_num_limit"], list["roles"].as_array().unwrap().len()), (&json!("30"), 4));
    let made = api.ok("POST", &path, &json!({"name": "owls", "color": 4_294_927_682_u64, "hoist": "1"}));
    let id = made["role_id"].as_str().unwrap().to_owned();
    assert_eq!((&made["role"]["hoist"], &made["role"]["number"]), (&json!(1), &json!(0)));
    let own = format!("{path}/{id}");
    let given = format!("{GUILD}/members/{USER}/roles/{id}");
    assert_eq!(api.call("PUT", &given, &NONE), (204, NONE));
    let changed = api.ok("PATCH", &own, &json!({"name": "larks"}));
    assert_eq!((&changed["role"]["name"], &changed["role"]["number"]), (&json!("larks"), &json!(1)));
    assert_eq!(changed["role"]["color"], 4_294_927_682_u64);
    let page = api.get(&format!("{own}/members?limit=5"));
    assert_eq!((&page["data"][0]["user"]["id"], &page["next"]), (&json!(USER), &json!("1")));
    assert!(page["data"][0].get("roles").is_none());
    assert_eq!(api.get(&format!("{own}/members?start_index=1"))["data"], json!([]));
    assert_eq!(api.call("DELETE", &given, &NONE), (204, NONE));
    assert_eq!(api.get(&format!("{own}/members"))["data"], json!([]));
    let older = json!({"guild_id": GUILD_ID, "filter": {"name": 0, "color": 1, "hoist": 0}, "info": {"name": "no", "color": 5}});
    let changed = api.ok("PATCH", &own, &older);
    assert_eq!((&changed["role"]["name"], &changed["role"]["color"]), (&json!("larks"), &json!(5)));
    assert_eq!(api.call("DELETE", &own, &NONE), (204, NONE));
    api.no("DELETE", &own, &NONE, 12_001);
    api.no("DELETE", &format!("{path}/1"), &NONE, 12_001);
    api.no("POST", &path, &json!({}), 12_002);
    api.no("POST", &path, &json!({"color": 4_294_967_296_u64}), 12_002);
    for _ in 0..26 {
        api.ok("POST", &path, &json!({"name": "more"}));
    }
    api.no("POST", &path, &json!({"name": "too many"}), 12_002);
}

#[test]
fn a_channel_admin_needs_a_channel() {
    let mut api = Api::new();
    let path = format!("{GUILD}/members/{USER}/roles/5");
    api.no("PUT", &path, &NONE, 12_002);
    api.no("PUT", &path, &json!({"channel": {"id": "404"}}), 12_002);
    assert_eq!(api.call("PUT", &path, &json!({"channel": {"id": "70010001"}})), (204, NONE));
    api.no("PUT", &format!("{GUILD}/members/404/roles/2"), &NONE, 12_001);
}

#[test]
fn permissions_are_bits_as_text() {
    let mut api = Api::new();
    let user = format!("{CHANNEL}/members/{USER}/permissions");
    assert_eq!(api.get(&user), json!({"channel_id": "70010001", "user_id": USER, "permissions": "5"}));
    assert_eq!(api.call("PUT", &user, &json!({"add": "8", "remove": "4"})), (204, NONE));
    assert_eq!(api.get(&user)["permissions"], "9");
    api.ok("PUT", &user, &json!({"add": "4", "remove": "4"}));
    assert_eq!(api.get(&user)["permissions"], "9", "a bit in both is removed");
    api.no("PUT", &user, &json!({"add": "2"}), 301_000);
    api.no("PUT", &user, &json!({"add": 8}), 301_000);
    api.no("GET", &format!("{CHANNEL}/members/404/permissions"), &NONE, 301_006);

    let role = format!("{CHANNEL}/roles/2/permissions");
    api.ok("PUT", &role, &json!({"add": "28664"}));
    assert_eq!(api.get(&role)["permissions"], "28669");
    api.no("PUT", &format!("{CHANNEL}/roles/1/permissions"), &json!({"add": "4"}), 301_000);
    api.no("GET", &format!("{CHANNEL}/roles/404/permissions"), &NONE, 301_000);

    let all = format!("{CHANNEL}/permissions");
    assert_eq!(api.call("PUT", &all, &json!({"remove": "1", "user_ids": [USER, OWNER]})), (204, NONE));
    assert_eq!(api.get(&user)["permissions"], "8");
    api.no("PUT", &all, &json!({"add": "1", "user_ids": [USER, "404"]}), 301_006);
    assert_eq!(api.get(&user)["permissions"], "8", "all or none");
    api.no("PUT", &all, &json!({"add": "1", "user_ids": vec![USER; 51]}), 301_007);
    assert!(!api.bot.rules().contains(&Rule::NoSuchEndpoint));
}
