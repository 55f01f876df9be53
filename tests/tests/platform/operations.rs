//! The table of operations against a list that was written from the documents, and failures of each of them.

use std::time::Duration;

use qq_testkit::platform::{Effect, Failure, Host, Incident, PlatformConfig, ROUTES, RestConfig, Scene};
use serde_json::{Value, json};

use crate::api::{Api, GUILD, read};

/// Number, method, path, documented limit. The paths of numbers 1 and 20 are at hosts of their own.
#[rustfmt::skip]
const DOCUMENTED: [(u16, &str, &str, &str); 111] = [
    (1, "POST", "/app/getAppAccessToken", ""),
    (2, "GET", "/gateway", "2/min, 10 at once"),
    (3, "GET", "/gateway/bot", ""),
    (4, "GET", "/users/@me", "50/s"),
    (5, "GET", "/users/@me/guilds", "50/s"),
    (6, "POST", "/v2/generate_url_link", "50/s"),
    (7, "POST", "/gateway/webhook/sessions", ""),
    (8, "GET", "/gateway/webhook/sessions", ""),
    (9, "PATCH", "/gateway/webhook/sessions", ""),
    (10, "DELETE", "/gateway/webhook/sessions/{session_id}", ""),
    (11, "POST", "/v2/users/{user_openid}/messages", "100/s"),
    (12, "POST", "/v2/groups/{group_openid}/messages", "100/s"),
    (13, "POST", "/v2/users/{user_openid}/stream_messages", "50/s"),
    (14, "DELETE", "/v2/users/{user_openid}/messages/{message_id}", "10/s"),
    (15, "DELETE", "/v2/groups/{group_openid}/messages/{message_id}", "10/s"),
    (16, "POST", "/v2/users/{user_openid}/files", "50/s"),
    (17, "POST", "/v2/groups/{group_openid}/files", "50/s"),
    (18, "POST", "/v2/users/{user_id}/upload_prepare", "10/s"),
    (19, "POST", "/v2/groups/{group_id}/upload_prepare", "10/s"),
    (20, "PUT", "/_store/{upload_id}/{part}", ""),
    (21, "POST", "/v2/users/{user_id}/upload_part_finish", "10/s"),
    (22, "POST", "/v2/groups/{group_id}/upload_part_finish", "10/s"),
    (23, "PUT", "/interactions/{interaction_id}", "50/s"),
    (24, "GET", "/v2/groups/{group_openid}/info", "30/min"),
    (25, "GET", "/v2/groups/{group_openid}/bot_state", "30/min"),
    (26, "GET", "/v2/groups/{group_openid}/members", "60/min"),
    (27, "GET", "/v2/groups/{group_openid}/members/{member_openid}", "30/min"),
    (28, "POST", "/v2/groups/{group_openid}/members", ""),
    (29, "POST", "/v2/groups/{group_openid}/batch_remove_members", "30/min"),
    (30, "GET", "/v2/groups/{group_openid}/member_blacklist", "30/min"),
    (31, "POST", "/v2/groups/{group_openid}/member_blacklist", "60/min"),
    (32, "GET", "/v2/groups/{group_openid}/restrict_chat_setting", "30/min"),
    (33, "POST", "/v2/groups/{group_openid}/restrict_chat_setting", "60/min"),
    (34, "GET", "/v2/groups/{group_openid}/join_request_list", "30/min"),
    (35, "POST", "/v2/groups/{group_openid}/approval_join_request/{member_openid}", "60/min"),
    (36, "POST", "/v2/groups/join_approval_strategy", "60/min"),
    (37, "GET", "/v2/groups/join_approval_strategy", "60/min"),
    (38, "PATCH", "/v2/groups/join_approval_strategy/{strategy_id}", "60/min"),
    (39, "DELETE", "/v2/groups/join_approval_strategy/{strategy_id}", "60/min"),
    (40, "POST", "/v2/groups/join_approval_strategy/{strategy_id}/execute", "60/min"),
    (41, "POST", "/v2/groups/join_approval_strategy/{strategy_id}/whitelist_users", "60/min"),
    (42, "GET", "/v2/menu", "30/min"),
    (43, "PUT", "/v2/menu", "5/min"),
    (44, "GET", "/v2/panels", "30/min"),
    (45, "POST", "/v2/panels", "10/min"),
    (46, "GET", "/v2/panels/{panel_id}", "30/min"),
    (47, "PUT", "/v2/panels/{panel_id}", "10/min"),
    (48, "DELETE", "/v2/panels/{panel_id}", "10/min"),
    (49, "PUT", "/v2/panels/{panel_id}/target", "60/min"),
    (50, "GET", "/guilds/{guild_id}", "50/s"),
    (51, "GET", "/guilds/{guild_id}/channels", "50/s"),
    (52, "POST", "/guilds/{guild_id}/channels", "50/s"),
    (53, "GET", "/channels/{channel_id}", "50/s"),
    (54, "PATCH", "/channels/{channel_id}", "50/s"),
    (55, "DELETE", "/channels/{channel_id}", "50/s"),
    (56, "GET", "/channels/{channel_id}/online_nums", ""),
    (57, "GET", "/channels/{channel_id}/voice/members", ""),
    (58, "GET", "/guilds/{guild_id}/members", ""),
    (59, "GET", "/guilds/{guild_id}/members/{user_id}", ""),
    (60, "DELETE", "/guilds/{guild_id}/members/{user_id}", ""),
    (61, "GET", "/guilds/{guild_id}/roles/{role_id}/members", ""),
    (62, "GET", "/guilds/{guild_id}/roles", ""),
    (63, "POST", "/guilds/{guild_id}/roles", ""),
    (64, "PATCH", "/guilds/{guild_id}/roles/{role_id}", ""),
    (65, "DELETE", "/guilds/{guild_id}/roles/{role_id}", ""),
    (66, "PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", ""),
    (67, "DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", ""),
    (68, "GET", "/channels/{channel_id}/members/{user_id}/permissions", ""),
    (69, "PUT", "/channels/{channel_id}/members/{user_id}/permissions", ""),
    (70, "GET", "/channels/{channel_id}/roles/{role_id}/permissions", ""),
    (71, "PUT", "/channels/{channel_id}/roles/{role_id}/permissions", ""),
    (72, "PUT", "/channels/{channel_id}/permissions", ""),
    (73, "POST", "/channels/{channel_id}/messages", ""),
    (74, "GET", "/channels/{channel_id}/messages", ""),
    (75, "GET", "/channels/{channel_id}/messages/{message_id}", ""),
    (76, "PATCH", "/channels/{channel_id}/messages/{message_id}", ""),
    (77, "DELETE", "/channels/{channel_id}/messages/{message_id}", ""),
    (78, "POST", "/users/@me/dms", ""),
    (79, "POST", "/dms/{guild_id}/messages", ""),
    (80, "DELETE", "/dms/{guild_id}/messages/{message_id}", ""),
    (81, "POST", "/channels/{channel_id}/settingguide", ""),
    (82, "POST", "/dms/{guild_id}/settingguide", ""),
    (83, "PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{type}/{id}", ""),
    (84, "DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{type}/{id}", ""),
    (85, "GET", "/channels/{channel_id}/messages/{message_id}/reactions/{type}/{id}", ""),
    (86, "GET", "/channels/{channel_id}/pins", ""),
    (87, "PUT", "/channels/{channel_id}/pins/{message_id}", ""),
    (88, "DELETE", "/channels/{channel_id}/pins/{message_id}", ""),
    (89, "POST", "/guilds/{guild_id}/announces", ""),
    (90, "DELETE", "/guilds/{guild_id}/announces/{message_id}", ""),
    (91, "POST", "/channels/{channel_id}/announces", ""),
    (92, "DELETE", "/channels/{channel_id}/announces/{message_id}", ""),
    (93, "PATCH", "/guilds/{guild_id}/mute", ""),
    (94, "PATCH", "/guilds/{guild_id}/mute", ""),
    (95, "PATCH", "/guilds/{guild_id}/members/{user_id}/mute", ""),
    (96, "GET", "/guilds/{guild_id}/message/setting", ""),
    (97, "GET", "/channels/{channel_id}/schedules", ""),
    (98, "GET", "/channels/{channel_id}/schedules/{schedule_id}", ""),
    (99, "POST", "/channels/{channel_id}/schedules", ""),
    (100, "PATCH", "/channels/{channel_id}/schedules/{schedule_id}", ""),
    (101, "DELETE", "/channels/{channel_id}/schedules/{schedule_id}", ""),
    (102, "POST", "/channels/{channel_id}/audio", ""),
    (103, "PUT", "/channels/{channel_id}/mic", ""),
    (104, "DELETE", "/channels/{channel_id}/mic", ""),
    (105, "GET", "/channels/{channel_id}/threads", ""),
    (106, "GET", "/channels/{channel_id}/threads/{thread_id}", ""),
    (107, "PUT", "/channels/{channel_id}/threads", ""),
    (108, "DELETE", "/channels/{channel_id}/threads/{thread_id}", ""),
    (109, "POST", "/channels/{channel_id}/threads/{thread_id}/comment", ""),
    (110, "GET", "/guilds/{guild_id}/api_permission", ""),
    (111, "POST", "/guilds/{guild_id}/api_permission/demand", ""),
];

#[test]
fn the_table_has_every_operation() {
    assert_eq!(ROUTES.len(), DOCUMENTED.len());
    for (route, (number, method, path, limit)) in ROUTES.iter().zip(DOCUMENTED) {
        assert_eq!((route.number, route.method, route.path), (number, method, path));
        let written = route.limit.map_or(String::new(), |limit| {
            let span = if limit.per == Duration::from_secs(1) { "s" } else { "min" };
            let burst = limit.burst.map(|burst| format!(", {burst} at once")).unwrap_or_default();
            format!("{}/{span}{burst}", limit.calls)
        });
        assert_eq!(written, limit, "{route:?}");
        let host = match number {
            1 => Host::Token,
            20 => Host::Store,
            _ => Host::Api,
        };
        assert_eq!(route.host, host, "{route:?}");
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = ROUTES.iter().map(|route| route.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 111);
}

/// A path of an operation with something in every variable part, and a body that chooses the operation.
fn example(path: &str, with: Option<&str>) -> (String, Value) {
    let parts: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
    (parts.join("/"), with.map_or(json!({}), |field| json!({field: ["1"]})))
}

#[test]
fn every_operation_is_served() {
    for route in ROUTES {
        let mut api = Api::new();
        let (path, body) = example(route.path, route.with);
        let (status, answer) = api.call(route.method, &path, &body);
        assert!(!matches!(status, 404 | 405), "{route:?}: {status} {answer}");
        if route.host != Host::Store {
            let rules = api.bot.rules();
            assert!(!rules.contains(&qq_testkit::platform::Rule::NoSuchEndpoint), "{route:?}");
        }
    }
}

#[test]
fn every_operation_can_be_told_to_fail() {
    for route in ROUTES {
        let mut api = Api::new();
        let (path, body) = example(route.path, route.with);
        let other = if route.name == "users_me_get" { "gateway_bot_get" } else { "users_me_get" };
        let order = |operation: &str| Incident::FailOperation {
            operation: operation.to_owned(),
            how: Failure::ErrorPair { status: 418, code: 7, err_code: 8 },
            times: 1,
        };
        assert!(api.bot.platform.apply(api.bot.now, order(other)));
        assert_ne!(api.call(route.method, &path, &body).0, 418, "{route:?} fails for {other}");
        assert!(api.bot.platform.apply(api.bot.now, order(route.name)));
        let (status, answer) = api.call(route.method, &path, &body);
        assert_eq!((status, &answer["code"], &answer["err_code"]), (418, &json!(7), &json!(8)), "{route:?}");
        assert_ne!(api.call(route.method, &path, &body).0, 418, "{route:?} fails twice");
    }
    let unknown = Incident::FailOperation { operation: "no_such".to_owned(), how: Failure::Hang, times: 1 };
    assert!(!Api::new().bot.platform.apply(Duration::ZERO, unknown));
}

#[test]
fn a_failure_comes_in_many_ways() {
    let order = |how| Incident::FailOperation { operation: "guild_get".to_owned(), how, times: 1 };
    for (how, expected, part) in [
        (Failure::Html502, 502, "502 Bad Gateway"),
        (Failure::Html { status: 429 }, 429, "429 Too Many Requests"),
        (Failure::Html { status: 413 }, 413, "413 Request Entity Too Large"),
        (Failure::ErrorIn200 { code: 11_253 }, 200, "11253"),
    ] {
        let mut api = Api::new();
        api.bot.platform.apply(api.bot.now, order(how));
        let (status, body) = read(&api.raw("GET", GUILD, ""));
        assert!(status == expected && body.to_string().contains(part), "{status} {body}");
    }
    let mut api = Api::new();
    api.bot.platform.apply(api.bot.now, order(Failure::Hang));
    assert_eq!(api.raw("GET", GUILD, ""), []);
    assert_eq!(api.bot.platform.hanging(), 1);
    for how in [Failure::LostRequest, Failure::LostReply] {
        let mut api = Api::new();
        let done = how == Failure::LostReply;
        let operation = "role_create".to_owned();
        api.bot.platform.apply(api.bot.now, Incident::FailOperation { operation, how, times: 1 });
        let path = format!("{GUILD}/roles");
        let before = api.get(&path)["roles"].as_array().unwrap().len();
        let lost = api.raw("POST", &path, &json!({"name": "x"}).to_string());
        assert!(matches!(lost.as_slice(), [Effect::DropHttp { .. }]));
        assert_eq!(api.get(&path)["roles"].as_array().unwrap().len(), before + usize::from(done));
    }
}

#[test]
fn a_review_is_told_of_later() {
    for scene in [Scene::Guild, Scene::Dm, Scene::Group, Scene::C2c] {
        for (pass, reply) in [(true, true), (true, false), (false, true), (false, false)] {
            let mut api = Api::active();
            let (place, id) = api.asked(scene);
            let operation = match scene {
                Scene::Guild => "channel_message_send",
                Scene::Dm => "dm_message_send",
                Scene::Group => "group_message_send",
                Scene::C2c => "c2c_message_send",
            };
            let how = Failure::Audit { pass, after_millis: 20_000 };
            let order = Incident::FailOperation { operation: operation.to_owned(), how, times: 1 };
            api.bot.platform.apply(api.bot.now, order);
            let path = format!("{place}/messages");
            let body =
                if reply { json!({"content": "held", "msg_id": id}) } else { json!({"content": "held"}) };
            let (status, answer) = api.call("POST", &path, &body);
            assert_eq!((status, &answer["code"]), (202, &json!(if reply { 304_024 } else { 304_023 })));
            let audit = answer["data"]["message_audit"]["audit_id"].as_str().unwrap().to_owned();
            api.bot.wait_millis(19_999);
            assert_eq!(api.events(), []);
            assert!(api.bot.platform.seen().is_empty() && api.bot.platform.sent().is_empty());
            api.bot.wait_millis(1);
            let events = api.events();
            let [(name, d)] = events.as_slice() else { panic!("{events:?}") };
            assert_eq!(name, if pass { "MESSAGE_AUDIT_PASS" } else { "MESSAGE_AUDIT_REJECT" });
            assert_eq!(d["audit_id"], audit.as_str());
            assert_eq!(d.get("message_id").is_some(), pass);
            assert_eq!(api.bot.platform.seen().len(), usize::from(pass));
            assert_eq!(api.bot.platform.sent().len(), usize::from(pass));
        }
    }
}

#[test]
fn every_documented_limit_is_enforced() {
    for route in ROUTES {
        let Some(limit) = route.limit else { continue };
        let mut api = Api::new();
        let (path, body) = example(route.path, route.with);
        let granted = limit.burst.unwrap_or(limit.calls);
        let too_many = |api: &mut Api| {
            let (status, answer) = api.call(route.method, &path, &body);
            let of_limits =
                [22_009, 50_002, 100_017, 1_100_308].contains(&answer["code"].as_i64().unwrap_or(0));
            (status == 429 || route.name == "gateway_get" && status == 400) && of_limits
        };
        for call in 0..granted {
            assert!(!too_many(&mut api), "{route:?} call {call}");
        }
        assert!(too_many(&mut api), "{route:?}");
        // A bucket has one more after one share of the time, a window all of it after all of the time.
        let next = if limit.burst.is_some() { limit.per / limit.calls } else { limit.per };
        api.bot.wait_millis(u64::try_from(next.as_millis()).unwrap() - 1);
        assert!(too_many(&mut api), "{route:?} before the time");
        api.bot.wait_millis(1);
        assert!(!too_many(&mut api), "{route:?} after the time");
        let rest = RestConfig { enforce_limits: false, ..RestConfig::default() };
        let mut api = Api::with(PlatformConfig { rest, ..PlatformConfig::default() });
        for _ in 0..=granted {
            assert!(!too_many(&mut api), "{route:?} without limits");
        }
    }
}

#[test]
fn the_refusal_of_discovery_has_its_own_form() {
    let mut api = Api::new();
    for _ in 0..10 {
        api.get("/gateway");
    }
    let (status, answer) = api.call("GET", "/gateway", &Value::Null);
    assert_eq!((status, &answer["code"], &answer["err_code"]), (400, &json!(100_017), &json!(40_023_001)));
    assert!(api.get("/gateway/bot")["url"].is_string(), "the other one has no limit");
}

#[test]
fn rights_can_be_missing() {
    let refused = |rest: RestConfig, method: &str, path: &str, body: &Value, code: i64| {
        Api::rest(rest).no(method, path, body, code);
    };
    let usual = RestConfig::default;
    let group = "/v2/groups/G";
    let none = Value::Null;
    let public = || RestConfig { private_bot: false, ..usual() };
    refused(public(), "GET", &format!("{GUILD}/members"), &none, 11_253);
    refused(public(), "POST", &format!("{GUILD}/channels"), &json!({"name": "x"}), 11_253);
    refused(public(), "DELETE", "/dms/1/messages/2", &none, 11_253);
    let guest = || RestConfig { guild_admin: false, ..usual() };
    refused(guest(), "POST", &format!("{GUILD}/roles"), &json!({"name": "x"}), 11_282);
    refused(guest(), "POST", &format!("{GUILD}/channels"), &json!({"name": "x"}), 11_282);
    refused(guest(), "PATCH", &format!("{GUILD}/mute"), &json!({"mute_seconds": "1"}), 11_282);
    refused(
        RestConfig { group_rights: false, ..usual() },
        "GET",
        &format!("{group}/info"),
        &none,
        40_012_010,
    );
    let member = RestConfig { group_admin: false, ..usual() };
    refused(member, "GET", &format!("{group}/join_request_list"), &none, 40_012_010);
    refused(RestConfig { audio_bot: false, ..usual() }, "PUT", "/channels/70010003/mic", &none, 11_253);
    let withheld = RestConfig { withheld: vec!["guild_get".to_owned()], ..usual() };
    refused(withheld.clone(), "GET", GUILD, &none, 11_253);
    Api::rest(withheld).get(&format!("{GUILD}/roles"));
}

#[test]
fn bodies_of_32_mb_do_not_pass_the_edge() {
    let mut api = Api::new();
    let body = format!("{{\"file_data\":\"{}\"}}", "A".repeat(32_000_000));
    let (status, page) = read(&api.raw("POST", "/v2/users/U/files", &body));
    assert_eq!(status, 413);
    assert!(page.as_str().unwrap().starts_with("<html>"));
}
