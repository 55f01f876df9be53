//! Messages the bot sends.

use qq_testkit::platform::{Endpoint, Failure, Inbound, Incident, PlatformConfig, Rule, Scene};
use serde_json::{Value, json};

use crate::bot::Bot;

/// Where an answer to a message in this scene goes.
fn path(scene: Scene, frame: &Value) -> String {
    let id = |pointer: &str| frame["d"].pointer(pointer).unwrap().as_str().unwrap().to_owned();
    match scene {
        Scene::C2c => format!("/v2/users/{}/messages", id("/author/user_openid")),
        Scene::Group => format!("/v2/groups/{}/messages", id("/group_openid")),
        Scene::Guild => format!("/channels/{}/messages", id("/channel_id")),
        Scene::Dm => format!("/dms/{}/messages", id("/guild_id")),
    }
}

/// A bot that just received a message: the bot, the path for the answer, the message id.
fn asked(config: PlatformConfig, scene: Scene) -> (Bot, String, String) {
    let mut bot = Bot::new(config);
    let token = bot.token();
    let link = bot.dial();
    let mut identify = crate::bot::identify(&token, [0, 1]);
    identify["d"]["intents"] = json!(u32::MAX);
    bot.say(link, &identify);
    bot.frames();
    let pushed = bot.message(scene, "question");
    let frames = bot.frames();
    let path = path(scene, &frames[0]);
    bot.wait(1);
    (bot, path, pushed.message_id.unwrap())
}

/// Sends; the status and the number of the error, zero if there is none.
fn send(bot: &mut Bot, path: &str, body: &Value) -> (u16, i64) {
    let (status, answer) = bot.call("POST", path, body);
    let code = answer["code"].as_i64().unwrap_or(0);
    if let Some(err_code) = answer.get("err_code") {
        assert_eq!(err_code, &json!(code));
    }
    bot.wait(1);
    (status, code)
}

const SCENES: [Scene; 4] = [Scene::C2c, Scene::Group, Scene::Guild, Scene::Dm];

#[test]
fn an_answer_in_every_scene() {
    for scene in SCENES {
        let (mut bot, path, msg_id) = asked(PlatformConfig::default(), scene);
        let (status, answer) = bot.call(
            "POST",
            &path,
            &json!({"content": "answer", "msg_id": msg_id, "msg_seq": 1, "embed": null}),
        );
        assert_eq!(status, 200, "{answer}");
        assert!(answer["timestamp"].as_str().unwrap().ends_with("+08:00"));
        let [sent] = bot.platform.sent() else { panic!() };
        assert_eq!(answer["id"], sent.id.as_str());
        assert_eq!((sent.scene, sent.content.as_str(), sent.msg_seq), (scene, "answer", 1));
        assert_eq!(sent.msg_id.as_deref(), Some(msg_id.as_str()));
        assert!(path.contains(&sent.target));
        assert!(bot.rules().is_empty());
    }
}

#[test]
fn a_number_is_used_once() {
    for scene in [Scene::C2c, Scene::Group] {
        let (mut bot, path, msg_id) = asked(PlatformConfig::default(), scene);
        let body = |text: &str, seq: u32| json!({"content": text, "msg_id": msg_id, "msg_seq": seq});
        assert_eq!(send(&mut bot, &path, &json!({"content": "one", "msg_id": msg_id})), (200, 0));
        assert_eq!(send(&mut bot, &path, &body("two", 2)), (200, 0));
        assert_eq!(send(&mut bot, &path, &body("two", 2)), (400, 40_054_005));
        assert!(bot.rules().is_empty(), "the same again is a repetition, and wise");
        assert_eq!(send(&mut bot, &path, &body("other", 1)), (400, 40_054_005));
        assert_eq!(bot.rules(), [Rule::SeqReused]);
        assert_eq!(bot.platform.sent().len(), 2);
    }
}

#[test]
fn a_repetition_after_a_lost_reply_tells_that_it_arrived() {
    let (mut bot, path, msg_id) = asked(PlatformConfig::default(), Scene::C2c);
    let lost = Incident::FailNext { endpoint: Endpoint::Send, how: Failure::LostReply, times: 1 };
    bot.platform.apply(bot.now, lost);
    let body = json!({"content": "answer", "msg_id": msg_id, "msg_seq": 1});
    let token = format!("QQBot {}", bot.token());
    bot.raw_http("POST", &path, &[("Authorization", &token)], &body.to_string());
    assert_eq!(bot.platform.sent().len(), 1);
    bot.wait(1);
    assert_eq!(send(&mut bot, &path, &body), (400, 40_054_005));
    assert_eq!(bot.platform.sent().len(), 1);
}

#[test]
fn answers_have_their_time_and_number() {
    // Scene, seconds until it is too late, number of answers, the two refusals.
    let cases = [
        (Scene::C2c, 3600, Some(4), (400, 40_034_005)),
        (Scene::Group, 300, Some(5), (400, 40_034_005)),
        (Scene::Guild, 300, None, (403, 304_027)),
        (Scene::Dm, 300, None, (403, 304_027)),
    ];
    for (scene, window, replies, late) in cases {
        let config = || PlatformConfig {
            beat_limit: Some(std::time::Duration::from_secs(9999)),
            ..PlatformConfig::default()
        };
        let (mut bot, path, msg_id) = asked(config(), scene);
        bot.wait(window - 1);
        let body = |seq: usize| json!({"content": "answer", "msg_id": msg_id, "msg_seq": seq});
        assert_eq!(send(&mut bot, &path, &body(1)), (200, 0), "{scene:?}");
        assert_eq!(send(&mut bot, &path, &body(2)), late, "{scene:?}");
        assert_eq!(bot.rules(), [Rule::ReplyTooLate]);

        let (mut bot, path, msg_id) = asked(config(), scene);
        let body = |seq: usize| json!({"content": "answer", "msg_id": msg_id, "msg_seq": seq});
        for seq in 1..=replies.unwrap_or(9) {
            assert_eq!(send(&mut bot, &path, &body(seq)), (200, 0), "{scene:?}");
        }
        if let Some(replies) = replies {
            assert_eq!(send(&mut bot, &path, &body(replies + 1)), (400, 40_034_128));
            assert_eq!(bot.rules(), [Rule::ReplyTooMany]);
        }
        let (mut bot, path, msg_id) = asked(PlatformConfig { enforce_windows: false, ..config() }, scene);
        bot.wait(window * 2);
        let body = json!({"content": "answer", "msg_id": msg_id});
        assert_eq!(send(&mut bot, &path, &body), (200, 0));
    }
}

#[test]
fn ids_belong_to_a_conversation() {
    for scene in SCENES {
        let (mut bot, path, msg_id) = asked(PlatformConfig::default(), scene);
        let v2 = matches!(scene, Scene::C2c | Scene::Group);
        let unknown = if v2 { (400, 40_034_024) } else { (403, 304_026) };
        let elsewhere = path.replace(path.split('/').rev().nth(1).unwrap(), "ELSEWHERE");
        for (path, id) in [(&path, "made-up"), (&elsewhere, msg_id.as_str())] {
            let body = json!({"content": "answer", "msg_id": id});
            assert_eq!(send(&mut bot, path, &body), unknown, "{scene:?} {id}");
        }
        assert_eq!(bot.rules(), [Rule::UnknownReplyId; 2]);
    }
}

#[test]
fn nothing_is_said_unasked() {
    for scene in SCENES {
        let v2 = matches!(scene, Scene::C2c | Scene::Group);
        let (mut bot, path, _) = asked(PlatformConfig::default(), scene);
        let refused = if v2 { (400, 40_034_102) } else { (403, 304_046) };
        assert_eq!(send(&mut bot, &path, &json!({"content": "hello"})), refused);
        let config = PlatformConfig { allow_active: true, ..PlatformConfig::default() };
        let (mut bot, path, _) = asked(config, scene);
        assert_eq!(send(&mut bot, &path, &json!({"content": "hello"})), (200, 0));
        assert!(bot.rules().is_empty());
    }
}

#[test]
fn events_can_be_answered_where_the_platform_says_so() {
    let (mut bot, _, msg_id) = asked(PlatformConfig::default(), Scene::C2c);
    let event = |bot: &mut Bot, name: &str, d: Value| bot.platform.push(bot.now, name, &d).event_id;
    let join = event(&mut bot, "GROUP_ADD_ROBOT", json!({"group_openid": "G"}));
    let leave = event(&mut bot, "GROUP_DEL_ROBOT", json!({"group_openid": "H"}));
    let friend = event(&mut bot, "FRIEND_ADD", json!({"openid": "U"}));
    let body = |id: &str| json!({"content": "welcome", "event_id": id});
    assert_eq!(send(&mut bot, "/v2/groups/G/messages", &body(&join)), (200, 0));
    assert_eq!(send(&mut bot, "/v2/groups/G/messages", &body(&join)), (400, 40_054_005));
    assert_eq!(send(&mut bot, "/v2/groups/H/messages", &body(&leave)), (400, 40_034_027));
    assert_eq!(send(&mut bot, "/v2/users/U/messages", &body(&friend)), (200, 0));
    assert_eq!(send(&mut bot, "/v2/users/U/messages", &body("FRIEND_ADD:x")), (400, 40_034_025));
    assert_eq!(bot.rules(), [Rule::UnknownReplyId]);
    let both = json!({"content": "x", "msg_id": msg_id, "event_id": friend});
    send(&mut bot, "/v2/users/U/messages", &both);
    assert_eq!(bot.rules()[1], Rule::TwoReplyIds);
    bot.wait(3600);
    assert_eq!(
        send(&mut bot, "/v2/users/U/messages", &json!({"content": "x", "event_id": friend, "msg_seq": 2})),
        (400, 40_034_026)
    );
}

#[test]
fn bodies_are_read_before_anything_is_decided() {
    for (scene, body, expected) in [
        (Scene::C2c, json!({"content": ""}), (400, 50_006)),
        (Scene::C2c, json!({"msg_type": 0}), (400, 50_006)),
        (Scene::Group, json!({"msg_type": 2, "content": "x", "markdown": {"content": "y"}}), (400, 50_006)),
        (Scene::Group, json!({"msg_type": 6, "input_notify": {}}), (400, 50_006)),
        (Scene::Group, json!({"msg_type": 42, "content": "x"}), (400, 50_006)),
        (Scene::C2c, json!({"content": "x", "msg_seq": 4_294_967_296_u64}), (400, 40_011_000)),
        (Scene::C2c, json!({"content": "x", "msg_seq": "1"}), (400, 40_011_000)),
        (Scene::C2c, json!([1]), (400, 40_011_000)),
        (Scene::Guild, json!({"content": ""}), (403, 50_006)),
        (Scene::Dm, json!({}), (403, 50_006)),
    ] {
        let (mut bot, path, _) = asked(PlatformConfig::default(), scene);
        assert_eq!(send(&mut bot, &path, &body), expected, "{body}");
        assert_eq!(bot.rules(), [Rule::BadBody], "{body}");
    }
    for body in [
        json!({"msg_type": 2, "markdown": {"content": "y"}}),
        json!({"msg_type": 6, "input_notify": {"input_type": 1, "input_second": 5}}),
    ] {
        let config = PlatformConfig { allow_active: true, ..PlatformConfig::default() };
        let (mut bot, path, _) = asked(config, Scene::C2c);
        assert_eq!(send(&mut bot, &path, &body), (200, 0), "{body}");
    }
}

#[test]
fn channels_need_a_live_connection() {
    let (mut bot, path, msg_id) = asked(PlatformConfig::default(), Scene::Guild);
    bot.platform.apply(bot.now, Incident::Cut { shard: 0 });
    let body = json!({"content": "answer", "msg_id": msg_id});
    assert_eq!(send(&mut bot, &path, &body), (403, 304_018));
}

#[test]
fn people_and_places_can_be_chosen() {
    let (mut bot, _, _) = asked(PlatformConfig::default(), Scene::C2c);
    let inbound = Inbound {
        author: Some("SOMEBODY".to_owned()),
        target: Some("SOMEWHERE".to_owned()),
        ..Inbound::new(Scene::Group, "hi")
    };
    let pushed = bot.platform.push_message(bot.now, &inbound);
    let frames = bot.frames();
    assert_eq!(frames[0]["d"]["author"]["member_openid"], "SOMEBODY");
    let body = json!({"content": "answer", "msg_id": pushed.message_id});
    assert_eq!(send(&mut bot, "/v2/groups/SOME%57HERE/messages", &body), (200, 0));
}
