//! Files: at once, in parts, and sent.

use std::fmt::Write as _;
use std::time::Duration;

use md5::{Digest, Md5};
use qq_testkit::platform::{Effect, PlatformConfig, RestConfig, Rule, Scene};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::api::{Api, read, target};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// A platform whose parts are small.
fn small() -> Api {
    Api::rest(RestConfig { block_size: 4, ..RestConfig::default() })
}

fn announced(text: &str, name: &str) -> Value {
    let (md5, sha1) = (hex(&Md5::digest(text)), hex(&Sha1::digest(text)));
    let kind = if name.contains("mp4") { 2 } else { 4 };
    json!({"file_type": kind, "file_size": text.len().to_string(), "file_name": name,
        "md5": md5, "sha1": sha1, "md5_10m": md5})
}

/// Puts a part, as a client does that follows the address.
fn put(api: &mut Api, part: &Value, text: &str) -> u16 {
    let url = part["presigned_url"].as_str().unwrap();
    let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
    let effects = api.bot.raw_http("PUT", path, &[], text);
    if let [Effect::Http { status: 200, headers, .. }] = effects.as_slice() {
        assert_eq!(headers[0].1, format!("\"{}\"", hex(&Md5::digest(text))));
    }
    read(&effects).0
}

fn finished(plan: &Value, part: &Value, text: &str) -> Value {
    json!({"upload_id": plan["upload_id"], "part_index": part["index"], "block_size": text.len(),
        "md5": hex(&Md5::digest(text))})
}

fn upload(api: &mut Api, place: &str, text: &str, name: &str) -> Value {
    let plan = api.ok("POST", &format!("{place}/upload_prepare"), &announced(text, name));
    for (part, bytes) in plan["parts"].as_array().unwrap().iter().zip(text.as_bytes().chunks(4)) {
        let bytes = std::str::from_utf8(bytes).unwrap();
        assert_eq!(part["block_size"], bytes.len().to_string());
        assert_eq!(put(api, part, bytes), 200);
        assert_eq!(
            api.ok("POST", &format!("{place}/upload_part_finish"), &finished(&plan, part, bytes)),
            json!({})
        );
    }
    plan
}

#[test]
fn a_file_is_uploaded_at_once_and_sent() {
    for scene in [Scene::C2c, Scene::Group] {
        let mut api = Api::new();
        let (place, id) = api.asked(scene);
        let files = format!("{place}/files");
        let body = json!({"file_type": 1, "file_data": "aGVsbG8=", "srv_send_msg": false});
        let stored = api.ok("POST", &files, &body);
        assert_eq!(stored["ttl"], 259_200);
        let file = api.bot.platform.files().next().unwrap().clone();
        assert_eq!((file.size, file.md5.as_str()), (5, "5d41402abc4b2a76b9719d911017c592"));
        let media = |seq: u32| json!({"msg_type": 7, "media": {"file_info": stored["file_info"]}, "msg_id": id, "msg_seq": seq});
        api.ok("POST", &format!("{place}/messages"), &media(1));
        api.ok("POST", &format!("{place}/messages"), &media(2));
        let (other, asked) = api.asked(if scene == Scene::C2c { Scene::Group } else { Scene::C2c });
        let mut foreign = media(1);
        foreign["msg_id"] = json!(asked);
        api.no("POST", &format!("{other}/messages"), &foreign, 304_080);
        api.wait(259_200);
        let (_, asked) = api.asked(scene);
        let mut late = media(1);
        late["msg_id"] = json!(asked);
        api.no("POST", &format!("{place}/messages"), &late, 304_080);
    }
}

#[test]
fn a_file_without_an_end_stays() {
    let mut api = Api::rest(RestConfig { file_ttl: Duration::ZERO, ..RestConfig::default() });
    let (place, _) = api.asked(Scene::C2c);
    let stored =
        api.ok("POST", &format!("{place}/files"), &json!({"file_type": 1, "url": "https://p.example/a.png"}));
    assert_eq!(stored["ttl"], 0);
    api.wait(365 * 24 * 3600);
    let (_, id) = api.asked(Scene::C2c);
    let body = json!({"msg_type": 7, "media": {"file_info": stored["file_info"]}, "msg_id": id});
    api.ok("POST", &format!("{place}/messages"), &body);
}

#[test]
fn uploads_have_rules() {
    let mut api = Api::new();
    let (place, _) = api.asked(Scene::C2c);
    let files = format!("{place}/files");
    for (body, code) in [
        (json!({"file_type": 0, "url": "https://p.example/a"}), 850_019),
        (json!({"file_type": 1}), 40_011_000),
        (json!({"file_type": 1, "url": "https://p.example/a.png", "file_data": "aGVsbG8="}), 40_011_000),
        (json!({"file_type": 1, "url": "ftp://p.example/a.png"}), 40_011_000),
        (json!({"file_type": 1, "url": "https://p.example/a.pdf"}), 850_019),
        (json!({"file_type": 2, "url": "https://p.example/a.avi?x=.mp4"}), 850_019),
        (json!({"file_type": 3, "url": "https://p.example/a.flac"}), 850_019),
        (json!({"file_type": 1, "url": "https://gone.invalid/a.png"}), 850_026),
        (json!({"file_type": 1, "file_data": "no base64!"}), 850_019),
        (json!({"upload_id": "404"}), 40_011_000),
    ] {
        api.no("POST", &files, &body, code);
    }
    let (_, answer) = api.call("POST", &files, &json!({"file_type": 1, "url": "https://gone.invalid/a.png"}));
    assert_eq!((&answer["code"], &answer["err_code"]), (&json!(850_026), &json!(40_034_001)));
    for url in ["https://p.example/a", "https://p.example/a.WEBP", "http://p.example/a.jpg#x"] {
        api.ok("POST", &files, &json!({"file_type": 1, "url": url}));
    }
}

#[test]
fn sizes_decide_what_a_file_counts_as() {
    let mut api = Api::new();
    let (place, _) = api.asked(Scene::C2c);
    let data = "A".repeat(28 * 1024 * 1024);
    api.ok("POST", &format!("{place}/files"), &json!({"file_type": 1, "file_data": data}));
    assert_eq!(api.bot.platform.files().next().unwrap().kind, 4, "21 MiB of a picture are a file");
    let mut large = announced("x", "a.zip");
    large["file_size"] = json!((200_u64 * 1024 * 1024 + 1).to_string());
    api.no("POST", &format!("{place}/upload_prepare"), &large, 850_031);
    large["file_size"] = json!(200 * 1024 * 1024);
    let plan = api.ok("POST", &format!("{place}/upload_prepare"), &large);
    assert_eq!(plan["parts"].as_array().unwrap().len(), 40);
    for _ in 0..9 {
        api.ok("POST", &format!("{place}/upload_prepare"), &large);
        api.wait(1);
    }
    api.no("POST", &format!("{place}/upload_prepare"), &large, 40_093_002);
    api.wait(24 * 3600);
    api.ok("POST", &format!("{place}/upload_prepare"), &large);
}

#[test]
fn an_upload_can_send_by_itself() {
    let mut api = Api::new();
    let (place, _) = api.asked(Scene::Group);
    let files = format!("{place}/files");
    let body = json!({"file_type": 3, "url": "https://v.example/a.silk", "srv_send_msg": true});
    api.no("POST", &files, &body, 40_034_102);
    let mut api = Api::active();
    let (place, id) = api.asked(Scene::Group);
    let stored = api.ok("POST", &files, &body);
    assert!(stored["id"].is_string());
    assert_eq!(api.bot.platform.seen_in(Scene::Group, target(&place)).count(), 1);
    let again = json!({"msg_type": 7, "media": {"file_info": stored["file_info"]}, "msg_id": id});
    api.no("POST", &format!("{place}/messages"), &again, 304_080);
    for _ in 1..20 {
        api.ok("POST", &files, &body);
    }
    api.no("POST", &files, &body, 40_034_100);
}

#[test]
fn a_file_comes_in_parts() {
    for (scene, first) in [(Scene::C2c, 0), (Scene::Group, 1)] {
        let rest = RestConfig { block_size: 4, first_part: first, ..RestConfig::default() };
        let mut api = Api::rest(rest);
        let (place, id) = api.asked(scene);
        let plan = upload(&mut api, &place, "ten bytes!", "a.mp4");
        assert_eq!((&plan["block_size"], &plan["parts"][2]["index"]), (&json!("4"), &json!(first + 2)));
        assert_eq!(plan["upload_config"], json!({"concurrency": 1, "retry_timeout": 300, "retry_delay": 1}));
        let files = format!("{place}/files");
        let complete = json!({"upload_id": plan["upload_id"]});
        let stored = api.ok("POST", &files, &complete);
        assert!(stored["raw_url"].is_string());
        assert_eq!(api.ok("POST", &files, &complete), stored, "asked again it says the same");
        let file = api.bot.platform.files().next().unwrap().clone();
        assert_eq!((file.size, file.kind, file.name.as_str()), (10, 2, "a.mp4"));
        let media = json!({"msg_type": 7, "media": {"file_info": stored["file_info"]}, "msg_id": id});
        api.ok("POST", &format!("{place}/messages"), &media);
        let other = if scene == Scene::C2c { "groups" } else { "users" };
        api.no("POST", &format!("/v2/{other}/X/files"), &complete, 40_011_000);
        assert!(api.bot.rules().is_empty());
    }
}

#[test]
fn parts_come_in_any_order_and_twice() {
    let mut api = small();
    let (place, _) = api.asked(Scene::C2c);
    let plan = api.ok("POST", &format!("{place}/upload_prepare"), &announced("ten bytes!", "a.zip"));
    let parts = plan["parts"].as_array().unwrap().clone();
    let finish = format!("{place}/upload_part_finish");
    for (part, text) in [(2, "s!"), (0, "ten "), (0, "ten "), (1, "byte")] {
        assert_eq!(put(&mut api, &parts[part], text), 200);
        api.ok("POST", &finish, &finished(&plan, &parts[part], text));
        api.ok("POST", &finish, &finished(&plan, &parts[part], text));
    }
    let stored = api.ok("POST", &format!("{place}/files"), &json!({"upload_id": plan["upload_id"]}));
    assert!(stored.get("raw_url").is_none(), "not for plain files");
    assert!(api.bot.rules().is_empty());
}

#[test]
fn parts_and_announcements_must_agree() {
    let mut api = small();
    let (place, _) = api.asked(Scene::C2c);
    let prepare = format!("{place}/upload_prepare");
    let (finish, files) = (format!("{place}/upload_part_finish"), format!("{place}/files"));
    for field in ["file_size", "file_name", "md5", "sha1", "md5_10m"] {
        let mut body = announced("ten bytes!", "a.zip");
        body[field] = json!("");
        api.no("POST", &prepare, &body, 40_011_000);
        api.wait(1);
    }
    let plan = api.ok("POST", &prepare, &announced("ten bytes!", "a.zip"));
    let parts = plan["parts"].as_array().unwrap().clone();
    let complete = json!({"upload_id": plan["upload_id"]});
    api.no("POST", &finish, &finished(&plan, &parts[0], "ten "), 40_093_001);
    api.no("POST", &files, &complete, 40_093_001);
    assert!(api.bot.rules().is_empty(), "early is no mismatch");
    put(&mut api, &parts[0], "ten ");
    api.no("POST", &finish, &finished(&plan, &parts[0], "TEN "), 40_093_001);
    api.ok("POST", &finish, &finished(&plan, &parts[0], "ten "));
    put(&mut api, &parts[1], "byt");
    api.no("POST", &finish, &finished(&plan, &parts[1], "byt"), 40_093_001);
    assert_eq!(api.bot.rules(), [Rule::UploadMismatch; 2]);
    let mut unknown = finished(&plan, &parts[0], "ten ");
    unknown["part_index"] = json!(3);
    api.no("POST", &finish, &unknown, 40_011_000);

    // Every part is as it is said to be, and the whole is not.
    api.wait(1);
    let plan = api.ok("POST", &prepare, &announced("ten bytes!", "a.zip"));
    let parts = plan["parts"].as_array().unwrap().clone();
    for (part, text) in parts.iter().zip(["TEN ", "byte", "s!"]) {
        put(&mut api, part, text);
        api.ok("POST", &finish, &finished(&plan, part, text));
    }
    api.no("POST", &files, &json!({"upload_id": plan["upload_id"]}), 40_093_001);
    assert_eq!(api.bot.rules().len(), 3);
}

#[test]
fn the_store_is_a_foreign_host() {
    let config = PlatformConfig::default();
    let mut api =
        Api::with(PlatformConfig { gateway_url: "wss://gate.example/websocket".to_owned(), ..config });
    let (place, _) = api.asked(Scene::C2c);
    let plan = api.ok("POST", &format!("{place}/upload_prepare"), &announced("text", "a.zip"));
    let url = plan["parts"][0]["presigned_url"].as_str().unwrap();
    let path = url.strip_prefix("https://gate.example").unwrap().to_owned();
    let (status, _) = read(&api.raw("PUT", &path, "text"));
    assert_eq!((status, api.bot.rules()), (403, vec![Rule::TokenToForeignHost]));
    let (wrong, _) = path.rsplit_once('=').unwrap();
    assert_eq!(read(&api.bot.raw_http("PUT", &format!("{wrong}=0"), &[], "text")).0, 403);
    assert_eq!(read(&api.bot.raw_http("GET", &path, &[], "")).0, 405);
    assert_eq!(read(&api.bot.raw_http("PUT", &path, &[], "text")).0, 200);
    let store_url = Some("https://store.example".to_owned());
    let mut api = Api::rest(RestConfig { store_url, ..RestConfig::default() });
    let plan = api.ok("POST", &format!("{place}/upload_prepare"), &announced("text", "a.zip"));
    assert!(plan["parts"][0]["presigned_url"].as_str().unwrap().starts_with("https://store.example/"));
}
