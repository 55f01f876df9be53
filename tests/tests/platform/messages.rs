//! Messages after and around the sending: what may be in them, quotas, recalls, history, edits, what people see.

use std::time::Duration;

use qq_testkit::platform::{Inbound, Incident, PlatformConfig, RestConfig, Scene, SeenKind};
use serde_json::{Value, json};

use crate::api::{Api, CHANNEL, GUILD_ID, OWNER, USER, escaped, read, target};

const NONE: Value = Value::Null;
const SCENES: [Scene; 4] = [Scene::C2c, Scene::Group, Scene::Guild, Scene::Dm];

fn seen(api: &Api, scene: Scene, place: &str) -> Vec<String> {
    api.bot.platform.seen_in(scene, target(place)).map(|seen| seen.text.clone()).collect()
}

#[test]
fn people_see_messages_in_order_until_they_are_taken_back() {
    for scene in SCENES {
        let mut api = Api::new();
        let (place, id) = api.asked(scene);
        let path = format!("{place}/messages");
        let mut ids = Vec::new();
        for (seq, text) in ["one", "two", "three"].into_iter().enumerate() {
            let body = json!({"content": text, "msg_id": id, "msg_seq": seq + 1});
            ids.push(api.ok("POST", &path, &body)["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(seen(&api, scene, &place), ["one", "two", "three"]);
        let recall = format!("{path}/{}?hidetip=false", escaped(&ids[1]));
        let expected = if matches!(scene, Scene::C2c | Scene::Group) { json!({}) } else { NONE };
        assert_eq!(api.call("DELETE", &recall, &NONE), (200, expected), "{scene:?}");
        assert_eq!(seen(&api, scene, &place), ["one", "three"]);
        let gone = if matches!(scene, Scene::C2c | Scene::Group) { 40_061_002 } else { 306_002 };
        api.no("DELETE", &recall, &NONE, gone);
        assert!(api.bot.platform.seen_twice().is_empty());
        assert!(api.bot.rules().is_empty());
    }
}

#[test]
fn a_message_that_is_seen_twice_is_found() {
    let mut api = Api::new();
    let (place, id) = api.asked(Scene::Group);
    let path = format!("{place}/messages");
    for seq in 1..=2 {
        api.ok("POST", &path, &json!({"content": "again", "msg_id": id, "msg_seq": seq}));
    }
    let twice: Vec<&str> = api.bot.platform.seen_twice().iter().map(|seen| seen.text.as_str()).collect();
    assert_eq!(twice, ["again"]);
}

#[test]
fn recalls_have_two_minutes_with_users_and_groups() {
    for (scene, limited) in
        [(Scene::C2c, true), (Scene::Group, true), (Scene::Guild, false), (Scene::Dm, false)]
    {
        for (seconds, late) in [(120, false), (121, limited)] {
            let mut api = Api::new();
            let (place, id) = api.asked(scene);
            let path = format!("{place}/messages");
            let sent = api.ok("POST", &path, &json!({"content": "x", "msg_id": id}));
            let recall = format!("{path}/{}", escaped(sent["id"].as_str().unwrap()));
            api.wait(seconds);
            if late {
                api.no("DELETE", &recall, &NONE, 40_064_004);
            } else {
                api.ok("DELETE", &recall, &NONE);
            }
        }
    }
}

#[test]
fn only_admins_take_back_what_others_wrote() {
    for admin in [true, false] {
        let rest = RestConfig { group_admin: admin, guild_admin: admin, ..RestConfig::default() };
        let mut api = Api::rest(rest);
        let (place, id) = api.asked(Scene::Group);
        let path = format!("{place}/messages/{}", escaped(&id));
        if admin {
            api.ok("DELETE", &path, &NONE);
        } else {
            api.no("DELETE", &path, &NONE, 40_062_003);
        }
        let (place, id) = api.asked(Scene::Guild);
        let path = format!("{place}/messages/{id}");
        api.no("DELETE", &format!("{path}?hidetip=True"), &NONE, 306_001);
        if admin {
            api.ok("DELETE", &path, &NONE);
            api.no("GET", &path, &NONE, 50_039);
        } else {
            api.no("DELETE", &path, &NONE, 306_004);
        }
        let (place, id) = api.asked(Scene::Dm);
        api.no("DELETE", &format!("{place}/messages/{id}"), &NONE, 306_002);
    }
}

#[test]
fn the_history_of_a_channel_is_read_in_pages() {
    let mut api = Api::new();
    let ids: Vec<String> = (0..25).map(|_| api.asked(Scene::Guild).1).collect();
    let path = format!("{CHANNEL}/messages");
    let mut page = |query: &str| -> Vec<String> {
        let page = api.get(&format!("{path}{query}"));
        page.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(page(""), ids[5..]);
    assert_eq!(page("?limit=2"), ids[23..]);
    assert_eq!(page(&format!("?before={}&limit=3", ids[10])), ids[7..10]);
    assert_eq!(page(&format!("?before={}&limit=3", ids[1])), ids[..1]);
    assert_eq!(page(&format!("?after={}&limit=3", ids[10])), ids[11..14]);
    assert_eq!(page(&format!("?around={}&limit=4", ids[10])), ids[8..12]);
    api.no("GET", &format!("{path}?limit=21"), &NONE, 12_002);
    api.no("GET", &format!("{path}?before=x"), &NONE, 50_039);
    api.no("GET", &format!("{path}?before={}&after={}", ids[0], ids[1]), &NONE, 12_002);
    assert_eq!(api.get(&format!("{path}/{}", ids[3]))["message"]["author"]["id"], USER);
    let mut api = Api::rest(RestConfig { wrapped_message: false, ..RestConfig::default() });
    let (_, id) = api.asked(Scene::Guild);
    assert_eq!(api.get(&format!("{path}/{id}"))["id"], id.as_str());
}

#[test]
fn messages_with_buttons_are_edited() {
    let mut api = Api::new();
    let (place, id) = api.asked(Scene::Guild);
    let path = format!("{place}/messages");
    let body = json!({"markdown": {"content": "old"}, "keyboard": {"id": "k"}, "msg_id": id});
    let sent = api.ok("POST", &path, &body);
    let own = format!("{path}/{}", sent["id"].as_str().unwrap());
    let edit = json!({"markdown": {"content": "new"}, "keyboard": {"id": "k"}, "msg_id": id});
    assert!(api.ok("PATCH", &own, &edit)["edited_timestamp"].is_string());
    assert!(api.get(&own)["message"]["edited_timestamp"].is_string());
    assert_eq!(seen(&api, Scene::Guild, &place), ["new"]);
    api.no("PATCH", &own, &json!({"keyboard": {}}), 50_050);
    api.no("PATCH", &format!("{path}/{id}"), &edit, 50_051);
    let plain = api.ok("POST", &path, &json!({"content": "plain", "msg_id": id}));
    api.no("PATCH", &format!("{path}/{}", plain["id"].as_str().unwrap()), &edit, 50_049);
}

#[test]
fn private_sessions_are_opened_once() {
    let mut api = Api::active();
    let body = json!({"recipient_id": OWNER, "source_guild_id": GUILD_ID});
    let opened = api.ok("POST", "/users/@me/dms", &body);
    assert_eq!(opened["create_time"], "1790000000");
    api.wait(5);
    assert_eq!(api.ok("POST", "/users/@me/dms", &body), opened);
    api.no("POST", "/users/@me/dms", &json!({"recipient_id": "404", "source_guild_id": GUILD_ID}), 304_034);
    api.no("POST", "/users/@me/dms", &json!({"recipient_id": OWNER, "source_guild_id": "404"}), 11_264);
    api.no("POST", "/users/@me/dms", &json!({}), 12_002);
    let place = format!("/dms/{}", opened["guild_id"].as_str().unwrap());
    let sent = api.ok("POST", &format!("{place}/messages"), &json!({"content": "hi"}));
    assert_eq!((&sent["channel_id"], &sent["src_guild_id"]), (&opened["channel_id"], &json!(GUILD_ID)));
    let guide =
        api.ok("POST", &format!("{place}/settingguide"), &json!({"setting_guide": {"guild_id": GUILD_ID}}));
    assert_eq!(guide["guild_id"], opened["guild_id"]);
    api.no("POST", &format!("{place}/settingguide"), &json!({}), 304_051);
    api.no("POST", "/dms/404/settingguide", &json!({}), 304_032);
    let guide = api.ok("POST", &format!("{CHANNEL}/settingguide"), &json!({"content": format!("<@{USER}>")}));
    assert_eq!(guide["channel_id"], "70010001");
    api.no("POST", &format!("{CHANNEL}/settingguide"), &json!({"content": "hello"}), 304_051);
    api.no("POST", "/dms/404/messages", &json!({"content": "hi"}), 304_032);
}

#[test]
fn a_form_carries_a_picture() {
    let mut api = Api::new();
    let (place, id) = api.asked(Scene::Guild);
    let token = format!("QQBot {}", {
        api.wait(1);
        api.bot.token()
    });
    let headers = [("Authorization", token.as_str()), ("Content-Type", "multipart/form-data; boundary=B")];
    let field = |name: &str, value: &str| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!(
        "{}{}--B\r\nContent-Disposition: form-data; name=\"file_image\"; filename=\"a.png\"\r\n\r\nPNG\r\n--B--\r\n",
        field("content", "look"),
        field("msg_id", &id)
    );
    let (status, answer) = read(&api.bot.raw_http("POST", &format!("{place}/messages"), &headers, &body));
    assert_eq!((status, &answer["content"]), (200, &json!("look")));
    assert!(answer["attachments"][0]["url"].is_string());
    let (status, answer) = read(&api.bot.raw_http("POST", &format!("{place}/messages"), &headers, "--C--"));
    assert_eq!((status, &answer["code"]), (400, &json!(40_011_000)));
}

#[test]
fn what_is_valid_depends_on_the_scene() {
    let button = |label: &str| {
        json!({"id": "b", "render_data": {"label": label, "style": 1},
        "action": {"type": 2, "permission": {"type": 2}, "data": "/x"}})
    };
    let keyboard = |rows: usize, buttons: usize| json!({"content": {"rows": vec![json!({"buttons": vec![button("ten letter"); buttons]}); rows]}});
    let markdown =
        |keyboard: Value| json!({"msg_type": 2, "markdown": {"content": "# x"}, "keyboard": keyboard});
    let params = |value: &str| json!({"msg_type": 2, "markdown": {"custom_template_id": "1_2", "params": [{"key": "k", "values": [value]}]}});
    // The body, and the number it is refused with in c2c, group, channel, DM; zero where it is fine.
    let rows: Vec<(Value, [i64; 4])> = vec![
        (markdown(keyboard(5, 5)), [0, 0, 0, 0]),
        (markdown(keyboard(6, 1)), [40_034_029, 40_034_029, 304_040, 304_040]),
        (markdown(keyboard(1, 6)), [40_034_029, 40_034_029, 304_040, 304_040]),
        (
            markdown(json!({"content": {"rows": [{"buttons": [button("eleven char")]}]}})),
            [305_007, 305_007, 304_040, 304_040],
        ),
        (markdown(json!({"id": "k", "content": {"rows": []}})), [305_007, 305_007, 304_040, 304_040]),
        (markdown(json!({"id": "k"})), [0, 0, 0, 0]),
        (params("fine"), [0, 0, 0, 0]),
        (params(""), [40_034_008, 40_034_008, 50_041, 50_041]),
        (params("two\nlines"), [40_034_009, 40_034_009, 50_055, 50_055]),
        (params("**bold**"), [40_034_010, 40_034_010, 50_055, 50_055]),
        (json!({"msg_type": 2, "markdown": {}}), [40_034_011, 40_034_011, 50_057, 50_057]),
        (
            json!({"msg_type": 2, "markdown": {"content": "x", "custom_template_id": "1"}}),
            [40_034_011, 40_034_011, 50_057, 50_057],
        ),
        (json!({"content": "x", "embed": {"title": "t"}}), [22_006, 22_006, 0, 0]),
        (json!({"content": "x", "image": "https://p.example/a.png"}), [22_006, 22_006, 0, 0]),
        (json!({"content": "x", "keyboard": {"id": "k"}}), [304_040, 304_040, 304_040, 304_040]),
        (json!({"content": "x", "markdown": {"content": "y"}}), [22_006, 22_006, 50_037, 50_037]),
        (json!({"msg_type": 3, "ark": {"template_id": 23, "kv": []}}), [0, 0, 0, 0]),
        (json!({"msg_type": 3, "ark": {"kv": []}}), [304_011, 304_011, 304_011, 304_011]),
        (
            json!({"msg_type": 6, "input_notify": {"input_type": 1, "input_second": 60}}),
            [0, 50_006, 50_006, 50_006],
        ),
        (
            json!({"msg_type": 6, "input_notify": {"input_type": 1, "input_second": 61}}),
            [304_061, 50_006, 50_006, 50_006],
        ),
        (
            json!({"msg_type": 7, "media": {"file_info": "never uploaded"}}),
            [304_080, 304_080, 50_006, 50_006],
        ),
        (json!({"content": "x", "message_reference": {"message_id": "REFIDX_x=="}}), [0, 0, 50_039, 50_039]),
        (
            json!({"content": "x", "message_reference": {"message_id": "x", "ignore_get_message_error": true}}),
            [304_061, 304_061, 0, 0],
        ),
        (json!({"content": "x".repeat(5000)}), [0, 0, 0, 0]),
        (json!({"content": "x".repeat(5001)}), [40_054_007, 40_054_007, 0, 0]),
        (json!({"msg_type": 2, "markdown": {"content": "汉".repeat(5001)}}), [40_054_007, 40_054_007, 0, 0]),
        (
            json!({"content": "x", "action_button": {"callback_data": "x".repeat(129)}}),
            [304_061, 304_061, 0, 0],
        ),
        (
            json!({"msg_type": 2, "markdown": {"content": "x\n"}, "stream": {"state": 1, "index": 0}}),
            [0, 304_061, 0, 0],
        ),
    ];
    for (body, codes) in rows {
        for (scene, code) in SCENES.into_iter().zip(codes) {
            if matches!(scene, Scene::Guild | Scene::Dm) && body.get("stream").is_some() {
                continue;
            }
            let mut api = Api::new();
            let (place, id) = api.asked(scene);
            let mut body = body.clone();
            body["msg_id"] = json!(id);
            let (status, answer) = api.call("POST", &format!("{place}/messages"), &body);
            let found = (status, answer["code"].as_i64().unwrap_or(0));
            let status = match (code, scene) {
                (0, _) => 200,
                (_, Scene::C2c | Scene::Group) => 400,
                (_, Scene::Guild | Scene::Dm) => 403,
            };
            assert_eq!(
                found,
                (status, code),
                "{scene:?} {}",
                &body.to_string()[..body.to_string().len().min(200)]
            );
        }
    }
}

#[test]
fn approvals_and_addresses_can_be_missing() {
    let rest = RestConfig {
        cards: false,
        guild_markdown: false,
        allowed_hosts: Some(vec!["ok.example".to_owned()]),
        ..RestConfig::default()
    };
    let mut api = Api::rest(rest);
    for (scene, code) in
        [(Scene::C2c, 40_034_028), (Scene::Group, 40_054_010), (Scene::Guild, 304_003), (Scene::Dm, 304_003)]
    {
        let (place, id) = api.asked(scene);
        let path = format!("{place}/messages");
        api.no("POST", &path, &json!({"content": "see https://bad.example/x", "msg_id": id}), code);
        api.no("POST", &path, &json!({"content": "https://ok.example.bad.example", "msg_id": id}), code);
        api.no(
            "POST",
            &path,
            &json!({"msg_type": 3, "ark": {"template_id": 23, "kv": []}, "msg_id": id}),
            304_004,
        );
        api.ok("POST", &path, &json!({"content": "see https://ok.example/x.", "msg_id": id}));
    }
    let (place, id) = api.asked(Scene::Guild);
    api.no(
        "POST",
        &format!("{place}/messages"),
        &json!({"markdown": {"content": "x"}, "msg_id": id}),
        50_056,
    );
}

#[test]
fn places_that_do_not_want_the_bot_say_so() {
    let mut api = Api::active();
    let hello = json!({"content": "hello"});
    api.no("POST", "/v2/users/NOBODY/messages", &hello, 40_054_004);
    api.no("POST", "/v2/groups/NOWHERE/messages", &hello, 40_034_101);
    api.no("POST", "/channels/404/messages", &hello, 10_003);
    let (place, id) = api.asked(Scene::C2c);
    let path = format!("{place}/messages");
    api.event("C2C_MSG_REJECT", &json!({"openid": target(&place)}));
    api.no("POST", &path, &hello, 40_034_105);
    api.ok("POST", &path, &json!({"content": "a reply", "msg_id": id}));
    api.event("C2C_MSG_RECEIVE", &json!({"openid": target(&place)}));
    api.ok("POST", &path, &hello);
    api.event("FRIEND_DEL", &json!({"openid": target(&place)}));
    api.no("POST", &path, &json!({"content": "a reply", "msg_id": id, "msg_seq": 2}), 40_054_004);
    let (place, id) = api.asked(Scene::Group);
    let path = format!("{place}/messages");
    api.event("GROUP_MSG_REJECT", &json!({"group_openid": target(&place)}));
    api.no("POST", &path, &hello, 40_034_105);
    api.event("GROUP_MSG_RECEIVE", &json!({"group_openid": target(&place)}));
    api.ok("POST", &path, &hello);
    api.event("GROUP_DEL_ROBOT", &json!({"group_openid": target(&place)}));
    api.no("POST", &path, &json!({"content": "a reply", "msg_id": id}), 40_054_003);
}

#[test]
fn a_muted_bot_says_nothing() {
    let mut api = Api::new();
    let (place, id) = api.asked(Scene::Group);
    let mute = |group: &str| Incident::MuteBot { group: group.to_owned(), seconds: 60 };
    assert!(api.bot.platform.apply(api.bot.now, mute(target(&place))));
    assert!(!api.bot.platform.apply(api.bot.now, mute("NOWHERE")));
    let body = json!({"content": "x", "msg_id": id});
    api.no("POST", &format!("{place}/messages"), &body, 40_054_002);
    let file = json!({"file_type": 1, "url": "https://p.example/a.png"});
    api.no("POST", &format!("{place}/files"), &file, 850_018);
    api.wait(60);
    api.ok("POST", &format!("{place}/messages"), &body);
    api.ok("POST", &format!("{place}/files"), &file);
}

/// Sends until it is refused; how many were accepted.
fn until(api: &mut Api, paths: &[String], gap_millis: u64, most: usize, code: i64) -> usize {
    let hello = json!({"content": "hello"});
    for number in 0..most {
        let (status, answer) = api.call("POST", &paths[number % paths.len()], &hello);
        if status != 200 {
            assert_eq!(answer["code"], code, "{answer}");
            return number;
        }
        api.bot.wait_millis(gap_millis);
    }
    most
}

#[test]
fn unasked_messages_have_quotas() {
    let rest = |certified| RestConfig { certified, ..RestConfig::default() };
    let active = |certified| {
        Api::with(PlatformConfig { allow_active: true, rest: rest(certified), ..PlatformConfig::default() })
    };
    let places = |api: &mut Api, scene: Scene, count: usize| -> Vec<String> {
        (0..count)
            .map(|number| {
                let name = Some(format!("{:032X}", number + 1));
                let (author, target) = if scene == Scene::C2c { (name, None) } else { (None, name) };
                let inbound = Inbound { author, target, ..Inbound::new(scene, "hi") };
                api.bot.platform.push_message(api.bot.now, &inbound);
                let kind = if scene == Scene::C2c { "users" } else { "groups" };
                format!("/v2/{kind}/{:032X}/messages", number + 1)
            })
            .collect()
    };
    // Scene, certified, places, the gap in ms, how many pass.
    for (scene, certified, count, gap, passed) in [
        (Scene::C2c, true, 20, 0, 10),
        (Scene::C2c, false, 20, 0, 5),
        (Scene::C2c, false, 20, 300, 30),
        (Scene::C2c, true, 1, 200, 20),
        (Scene::Group, true, 20, 100, 60),
        (Scene::Group, false, 20, 100, 30),
        (Scene::Group, true, 1, 100, 20),
    ] {
        let mut api = active(certified);
        let paths = places(&mut api, scene, count);
        assert_eq!(
            until(&mut api, &paths, gap, 200, 40_034_100),
            passed,
            "{scene:?} {certified} {count} {gap}"
        );
        api.wait(60);
        assert_eq!(until(&mut api, &paths, gap, 1, 40_034_100), 1, "a minute later");
    }
    let mut api = active(true);
    let paths = places(&mut api, Scene::C2c, 1);
    assert_eq!(until(&mut api, &paths, 4000, 2000, 40_034_100), 1000, "a day");
}

#[test]
fn unasked_messages_in_guilds_have_quotas() {
    let mut api = Api::active();
    let paths: Vec<String> = ["1001", "1002", "1003"]
        .into_iter()
        .map(|id| {
            api.event("CHANNEL_CREATE", &json!({"id": id, "guild_id": GUILD_ID, "name": id, "type": 0}));
            format!("/channels/{id}/messages")
        })
        .collect();
    assert_eq!(until(&mut api, &paths[..2], 500, 100, 304_045), 40);
    api.no("POST", &paths[2], &json!({"content": "x"}), 304_047);
    let mut api = Api::active();
    let (place, _) = api.asked(Scene::Dm);
    let path = format!("{place}/messages");
    assert_eq!(until(&mut api, std::slice::from_ref(&path), 500, 100, 304_049), 2);
    api.wait(24 * 3600);
    api.ok("POST", &path, &json!({"content": "tomorrow"}));
}

#[test]
fn five_messages_a_second_to_one_channel() {
    let mut api = Api::new();
    let (place, id) = api.asked(Scene::Guild);
    let (path, body) = (format!("{place}/messages"), json!({"content": "x", "msg_id": id}));
    for _ in 0..5 {
        api.ok("POST", &path, &body);
        api.bot.wait_millis(100);
    }
    assert_eq!(api.no("POST", &path, &body, 1_100_308), 429);
    assert_eq!(api.bot.platform.over_limits().collect::<Vec<_>>(), [("channel_message_send", 1)]);
    assert!(api.bot.rules().is_empty(), "it is refused, and no crime");
    api.bot.wait_millis(500);
    api.ok("POST", &path, &body);
}

#[test]
fn users_are_called_back_once_in_each_span() {
    let mut api = Api::new();
    let wake = json!({"content": "long time no see", "is_wakeup": true});
    let place = api.asked(Scene::C2c).0;
    let path = format!("{place}/messages");
    api.ok("POST", &path, &wake);
    api.no("POST", &path, &wake, 40_034_122);
    for days in [2, 3, 4] {
        api.wait(days * 24 * 3600);
        api.ok("POST", &path, &wake);
        api.no("POST", &path, &wake, 40_034_122);
    }
    api.wait(22 * 24 * 3600);
    api.no("POST", &path, &wake, 40_034_123);
    let (_, id) = api.asked(Scene::C2c);
    api.ok("POST", &path, &wake);
    api.no("POST", &path, &json!({"content": "x", "is_wakeup": true, "msg_id": id}), 40_011_000);
    let (group, _) = api.asked(Scene::Group);
    api.no("POST", &format!("{group}/messages"), &wake, 40_034_123);
}

#[test]
fn typing_is_no_message_and_counts_as_a_reply() {
    let mut api = Api::new();
    let (place, id) = api.asked(Scene::C2c);
    let path = format!("{place}/messages");
    let typing = |seq: u32| json!({"msg_type": 6, "input_notify": {"input_type": 1, "input_second": 60}, "msg_id": id, "msg_seq": seq});
    for seq in 1..=4 {
        api.ok("POST", &path, &typing(seq));
    }
    api.no("POST", &path, &json!({"content": "x", "msg_id": id, "msg_seq": 5}), 40_034_128);
    assert_eq!(seen(&api, Scene::C2c, &place), [""; 0]);
    assert!(api.bot.platform.seen().iter().all(|seen| seen.kind == SeenKind::Typing));
    assert_eq!(api.bot.platform.seen()[0].at, Duration::ZERO);
}
