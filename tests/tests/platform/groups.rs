//! Groups and what belongs to them: members, blacklist, mutes, joins, strategies; menus and panels.

use qq_testkit::platform::Scene;
use serde_json::{Value, json};

use crate::api::{Api, target};

const NONE: Value = Value::Null;

/// A group with some more people in it: its path, and one of them.
fn group(api: &mut Api, people: usize) -> (String, String) {
    let (place, _) = api.asked(Scene::Group);
    for number in 0..people {
        let d = json!({"group_openid": target(&place), "member_openid": format!("P{number:03}")});
        api.event("GROUP_MEMBER_ADD", &d);
    }
    api.events();
    (place, "P000".to_owned())
}

#[test]
fn a_group_is_known() {
    let mut api = Api::new();
    let (place, _) = group(&mut api, 0);
    let info = api.get(&format!("{place}/info"));
    assert_eq!((&info["group_openid"], &info["group_member_num"]), (&json!(target(&place)), &json!(3)));
    let state = api.get(&format!("{place}/bot_state"));
    assert_eq!((&state["allow_proactive_msg"], &state["member_role"]), (&json!(false), &json!("admin")));
    api.no("GET", "/v2/groups/NOWHERE/info", &NONE, 40_054_003);
    let mut api = Api::active();
    let (place, _) = group(&mut api, 0);
    assert_eq!(api.get(&format!("{place}/bot_state"))["allow_proactive_msg"], true);
    api.event("GROUP_MSG_REJECT", &json!({"group_openid": target(&place)}));
    assert_eq!(api.get(&format!("{place}/bot_state"))["allow_proactive_msg"], false);
    api.event("GROUP_DEL_ROBOT", &json!({"group_openid": target(&place)}));
    api.no("GET", &format!("{place}/bot_state"), &NONE, 40_054_003);
}

#[test]
fn members_come_in_pages_of_thirty() {
    let mut api = Api::new();
    let (place, person) = group(&mut api, 40);
    let first = api.get(&format!("{place}/members"));
    assert_eq!(first["members"].as_array().unwrap().len(), 30);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = api.get(&format!("{place}/members?cursor={cursor}"));
    assert_eq!((second["members"].as_array().unwrap().len(), &second["next_cursor"]), (13, &json!("")));
    api.no("GET", &format!("{place}/members?cursor=x"), &NONE, 40_011_000);
    assert_eq!(api.get(&format!("{place}/members/{person}"))["member_role"], "member");
    api.no("GET", &format!("{place}/members/404"), &NONE, 12_001);

    let path = format!("{place}/members");
    let old = api.ok("POST", &path, &json!({"limit": 40, "start_index": 0}));
    assert_eq!((old["members"].as_array().unwrap().len(), &old["next_index"]), (40, &json!(40)));
    let old = api.ok("POST", &format!("{path}?limit=40&start_index=40"), &NONE);
    assert_eq!((old["members"].as_array().unwrap().len(), old.get("next_index")), (3, None));
    api.no("POST", &path, &json!({"limit": 501}), 40_011_000);
}

#[test]
fn people_are_removed_and_kept_out() {
    let mut api = Api::new();
    let (place, person) = group(&mut api, 2);
    let (remove, list) = (format!("{place}/batch_remove_members"), format!("{place}/member_blacklist"));
    api.no("POST", &remove, &json!({"member_openids": []}), 40_011_000);
    api.no("POST", &remove, &json!({"member_openids": vec!["x"; 21]}), 40_011_000);
    api.no("POST", &remove, &json!({"member_openids": ["404"]}), 12_001);
    let body = json!({"op": "add", "member_openids": [person, "OUTSIDE"]});
    assert_eq!(api.ok("POST", &list, &body), json!({"fail_openids": [person]}), "not while they are inside");
    let body = json!({"member_openids": [person], "add_to_member_blacklist": true});
    let done = api.ok("POST", &remove, &body);
    assert_eq!(done, json!({"remove_members_result": "success", "add_to_member_blacklist_fail_openids": []}));
    assert_eq!(api.events().remove(0).0, "GROUP_MEMBER_REMOVE");
    api.no("GET", &format!("{place}/members/{person}"), &NONE, 12_001);
    let page = api.get(&format!("{list}?limit=1"));
    assert_eq!((&page["users"][0]["member_openid"], &page["next_cursor"]), (&json!("OUTSIDE"), &json!("1")));
    assert_eq!(api.get(&format!("{list}?cursor=1"))["users"][0]["member_openid"], person.as_str());
    let body = json!({"op": "del", "member_openids": [person, "404"]});
    assert_eq!(api.ok("POST", &list, &body), json!({"fail_openids": ["404"]}));
    api.no("POST", &list, &json!({"op": "put", "member_openids": [person]}), 40_011_000);
    api.no("GET", &format!("{list}?limit=101"), &NONE, 40_011_000);
}

#[test]
fn people_are_muted_for_up_to_thirty_days() {
    let mut api = Api::new();
    let (place, person) = group(&mut api, 1);
    let path = format!("{place}/restrict_chat_setting");
    let order =
        |op: &str, at: &str| json!({"members": [{"op": op, "member_openid": person, "mute_expire_at": at}]});
    // The platform's time is 2026-09-21T22:13:20+08:00.
    assert_eq!(api.ok("POST", &path, &order("add", "2026-09-21T22:14:20+08:00")), json!({}));
    let state = api.get(&path);
    assert_eq!(state["global_rule"]["mode"], "none");
    assert_eq!(state["members"][0]["mute_expire_at"], "2026-09-21T22:14:20+08:00");
    api.wait(60);
    assert_eq!(api.get(&path)["members"], json!([]));
    api.ok("POST", &path, &order("update", "2026-10-21T14:13:20Z"));
    api.ok("POST", &path, &order("del", ""));
    assert_eq!(api.get(&path)["members"], json!([]));
    for at in ["2026-10-21T22:14:21+08:00", "2026-09-21T22:13:20+08:00", "soon", ""] {
        api.no("POST", &path, &order("add", at), 40_011_000);
    }
    let owner = json!({"members": [{"op": "del", "member_openid": "00C0FFEE00C0FFEE00C0FFEE00C0FFEE"}]});
    api.no("POST", &path, &owner, 11_282);
    api.no(
        "POST",
        &path,
        &json!({"members": vec![json!({"op": "del", "member_openid": person}); 21]}),
        40_011_000,
    );
}

#[test]
fn requests_to_join_are_decided_once() {
    let mut api = Api::new();
    let (place, _) = group(&mut api, 0);
    for person in ["A", "B", "C"] {
        let d = json!({"group_openid": target(&place), "member_openid": person, "join_request_id": format!("J{person}")});
        api.event("GROUP_JOIN_REQUEST", &d);
    }
    let list = format!("{place}/join_request_list");
    assert_eq!(api.get(&format!("{list}?limit=2"))["list"].as_array().unwrap().len(), 2);
    let decide = |person: &str| format!("{place}/approval_join_request/{person}");
    api.no("POST", &decide("A"), &json!({"op": "approve", "join_request_id": "JB"}), 40_011_000);
    api.no("POST", &decide("A"), &json!({"op": "approve", "add_to_member_blacklist": true}), 40_011_000);
    api.no("POST", &decide("A"), &json!({"op": "maybe"}), 40_011_000);
    assert_eq!(api.ok("POST", &decide("A"), &json!({"op": "approve", "join_request_id": "JA"})), json!({}));
    api.no("POST", &decide("A"), &json!({"op": "approve"}), 40_011_000);
    assert_eq!(api.get(&format!("{place}/members/A"))["bot"], false);
    let body = json!({"op": "decline", "reject_reason": "no", "add_to_member_blacklist": true});
    api.ok("POST", &decide("B"), &body);
    api.no("GET", &format!("{place}/members/B"), &NONE, 12_001);
    assert_eq!(api.get(&format!("{place}/member_blacklist"))["users"][0]["member_openid"], "B");
    assert_eq!(api.get(&list)["list"][0]["join_request_id"], "JC");
}

#[test]
fn a_strategy_is_made_changed_and_deleted() {
    let mut api = Api::new();
    let path = "/v2/groups/join_approval_strategy";
    let made = api.ok("POST", path, &json!({"group_openids": ["G"], "remark": "readers"}));
    assert_eq!((&made["is_enable"], &made["expire_at"]), (&json!("on"), &json!("2027-09-21T22:13:20+08:00")));
    let id = made["strategy_id"].as_str().unwrap();
    assert!(id.starts_with("st_"));
    let own = format!("{path}/{id}");
    let changed = api.ok(
        "PATCH",
        &own,
        &json!({"is_enable": "off", "group_action": {"op": "add", "group_openids": ["H"]}}),
    );
    assert_eq!(changed["is_enable"], "off");
    let users = format!("{own}/whitelist_users");
    let edited =
        api.ok("POST", &users, &json!({"op": "add", "whitelist_users": ["12345", "12346", "12345"]}));
    assert_eq!(edited["whitelist_user_count"], 2);
    assert_eq!(
        api.ok("POST", &users, &json!({"op": "del", "whitelist_users": ["12345"]}))["whitelist_user_count"],
        1
    );
    let row = api.get(path)["strategies"][0].clone();
    assert_eq!((&row["group_openids"], &row["group_ids"]), (&json!(["G", "H"]), &json!([])));
    assert_eq!((&row["whitelist_user_count"], &row["remark"]), (&json!(1), &json!("readers")));
    assert_eq!(api.ok("POST", &format!("{own}/execute"), &json!({})), json!({}));
    api.no("PATCH", &own, &json!({"group_action": {"op": "add", "group_ids": [1]}}), 40_011_000);
    api.no("PATCH", &own, &json!({"expire_at": "2020-01-01T00:00:00Z"}), 40_011_000);
    api.no("POST", &users, &json!({"op": "add", "whitelist_users": ["letters"]}), 40_011_000);
    api.no("POST", &users, &json!({"op": "add", "whitelist_users": vec!["1"; 10_001]}), 40_011_000);
    assert_eq!(api.ok("DELETE", &own, &NONE), json!({}));
    for (method, path) in
        [("DELETE", own.clone()), ("PATCH", own.clone()), ("POST", format!("{own}/execute"))]
    {
        api.no(method, &path, &NONE, 40_011_000);
    }
    for body in [
        json!({}),
        json!({"group_openids": ["G"], "group_ids": [1]}),
        json!({"group_openids": vec!["G"; 101]}),
        json!({"group_openids": ["G"], "is_enable": true, "remark": "x".repeat(256)}),
        json!({"group_openids": ["G"], "is_enable": "yes"}),
    ] {
        api.no("POST", path, &body, 40_011_000);
    }
    for _ in 0..20 {
        api.ok("POST", path, &json!({"group_ids": [12_345_678]}));
    }
    api.no("POST", path, &json!({"group_ids": [12_345_678]}), 40_011_000);
}

#[test]
fn the_menu_is_replaced_as_a_whole() {
    let mut api = Api::new();
    assert_eq!(api.get("/v2/menu"), json!({"version": 0}));
    let item = |name: &str| json!({"type": "send_message", "name": name, "send_message": "/help"});
    let menu = |items: Value| json!({"menu": {"items": items}});
    let body = menu(json!([
        item("帮助文档页"),
        {"type": "switch", "name": "net", "switch": {"switch_id": "net", "default": false}},
        {"type": "link", "name": "home", "link": "https://bot.example"},
        {"type": "menu", "name": "more", "sub_menu_items": [item("fourteen units")]},
    ]));
    assert_eq!(api.ok("PUT", "/v2/menu", &body), json!({"version": 1}));
    assert_eq!(api.get("/v2/menu"), json!({"version": 1, "menu": body["menu"]}));
    for (items, code) in [
        (json!([item("帮助文档页们")]), 40_030_013),
        (json!(vec![item("x"); 11]), 40_030_013),
        (json!([item("")]), 40_030_016),
        (json!([{"type": "link", "name": "x", "link": "http://bot.example"}]), 40_030_008),
        (json!([{"type": "other", "name": "x"}]), 40_030_014),
        (json!([{"type": "menu", "name": "x", "sub_menu_items": vec![item("x"); 6]}]), 40_030_013),
        (
            json!([{"type": "menu", "name": "x", "sub_menu_items": [{"type": "menu", "name": "x"}]}]),
            40_030_014,
        ),
    ] {
        api.wait(60);
        let (status, answer) = api.call("PUT", "/v2/menu", &menu(items));
        let numbers = (status, answer["err_code"].as_i64(), answer["code"].as_i64());
        assert_eq!(numbers, (400, Some(code), Some(code % 100_000)), "the shorter number as well");
    }
}

#[test]
fn a_panel_is_made_shown_changed_and_deleted() {
    let mut api = Api::new();
    let panel =
        json!({"items": [{"type": "command", "name": "weather", "desc": "of today"}], "remark": "usual"});
    let body = json!({"scope": "group", "target_type": "specific", "group_openids": ["G"], "panel": panel});
    let id = api.ok("POST", "/v2/panels", &body)["panel_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("p_"));
    let own = format!("/v2/panels/{id}");
    let read = api.get(&own);
    assert_eq!(
        (&read["panel"], &read["version"], &read["group_openids"]),
        (&panel, &json!(1), &json!(["G"]))
    );
    let list = api.get("/v2/panels?scope=group");
    assert_eq!((&list["records"][0]["panel_id"], &list["is_end"]), (&json!(id), &json!(true)));
    assert_eq!(api.get("/v2/panels?scope=c2c")["records"], json!([]));
    api.no("GET", "/v2/panels", &NONE, 40_030_011);
    assert_eq!(api.ok("PUT", &own, &json!({"panel": {"items": []}})), json!({"version": 2}));
    let targets = format!("{own}/target");
    assert_eq!(api.ok("PUT", &targets, &json!({"op": "add", "group_openids": ["H", "G"]})), json!({}));
    assert_eq!(api.get(&own)["group_openids"], json!(["G", "H"]));
    api.ok("PUT", &targets, &json!({"op": "del", "group_openids": ["G"]}));
    assert_eq!(api.get(&own)["group_openids"], json!(["H"]));
    api.no("PUT", &targets, &json!({"op": "set", "group_openids": ["G"]}), 40_030_017);
    api.no("PUT", &targets, &json!({"op": "add", "user_openids": ["U"]}), 40_030_018);
    api.no("PUT", &targets, &json!({"op": "add", "group_openids": vec!["G"; 21]}), 40_030_013);
    assert_eq!(api.ok("DELETE", &own, &NONE), json!({}));
    api.no("GET", &own, &NONE, 40_030_006);
}

#[test]
fn panels_have_rules() {
    let mut api = Api::new();
    let item = |desc: &str| json!({"type": "command", "name": "x", "desc": desc});
    let body = |items: Value| json!({"scope": "c2c", "panel": {"items": items}});
    let mut rows = vec![
        (body(json!([item(&"汉".repeat(16))])), 40_030_013),
        (body(json!(vec![item(""); 21])), 40_030_013),
        (body(json!([{"type": "link", "name": "x", "link": "http://x.example"}])), 40_030_008),
        (body(json!([{"type": "menu", "name": "x"}])), 40_030_015),
        (json!({"scope": "c2c"}), 40_030_016),
        (json!({"scope": "all", "panel": {"items": []}}), 40_030_011),
        (json!({"scope": "c2c", "target_type": "some", "panel": {"items": []}}), 40_030_012),
        (json!({"scope": "dm", "target_type": "specific", "panel": {"items": []}}), 40_030_018),
        (json!({"scope": "c2c", "user_openids": ["U"], "panel": {"items": []}}), 40_030_021),
    ];
    rows.push((json!({"scope": "c2c", "panel": {"items": [], "remark": "x".repeat(256)}}), 40_030_013));
    for (body, code) in rows {
        api.no("POST", "/v2/panels", &body, code);
        api.wait(10);
    }
    for _ in 0..20 {
        api.ok("POST", "/v2/panels", &body(json!([item(&"汉".repeat(15))])));
        api.wait(10);
    }
    api.no("POST", "/v2/panels", &body(json!([])), 40_030_013);
    let all = api.get("/v2/panels?scope=c2c&limit=15");
    assert_eq!((all["records"].as_array().unwrap().len(), &all["is_end"]), (15, &json!(false)));
    let id = all["records"][0]["panel_id"].as_str().unwrap().to_owned();
    api.no(
        "PUT",
        &format!("/v2/panels/{id}/target"),
        &json!({"op": "add", "user_openids": ["U"]}),
        40_030_021,
    );
}
