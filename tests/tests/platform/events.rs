//! Events: who gets them, in which form, and what a session is owed.

use qq_testkit::platform::{Inbound, KeyOrder, PlatformConfig, Scene, StartLimit};
use serde_json::{Value, json};

use crate::bot::{Bot, identify, short};

#[test]
fn messages_have_the_shape_of_their_scene() {
    let mut bot = Bot::new(PlatformConfig::default());
    bot.live();
    for (scene, event, name, pointer) in [
        (Scene::C2c, None, "C2C_MESSAGE_CREATE", "/author/user_openid"),
        (Scene::Group, None, "GROUP_AT_MESSAGE_CREATE", "/author/member_openid"),
        (Scene::Group, Some("GROUP_MESSAGE_CREATE"), "GROUP_MESSAGE_CREATE", "/group_openid"),
        (Scene::Guild, None, "AT_MESSAGE_CREATE", "/channel_id"),
    ] {
        let inbound = Inbound { event: event.map(str::to_owned), ..Inbound::new(scene, "a < b & <c>") };
        let pushed = bot.platform.push_message(bot.now, &inbound);
        let frames = bot.frames();
        let [frame] = frames.as_slice() else { panic!("{frames:?}") };
        assert_eq!(frame["t"], name);
        assert_eq!(frame["id"], pushed.event_id.as_str());
        assert!(pushed.event_id.starts_with(&format!("{name}:")));
        assert_eq!(frame["d"]["id"].as_str(), pushed.message_id.as_deref());
        assert!(frame["d"].pointer(pointer).is_some_and(Value::is_string), "{name}");
        assert!(frame["d"]["timestamp"].as_str().unwrap().ends_with("+08:00"));
    }
}

#[test]
fn group_text_begins_with_a_space_and_guild_text_with_the_mention() {
    let mut bot = Bot::new(PlatformConfig::default());
    bot.live();
    bot.platform.push_group_at(bot.now, "hi");
    bot.platform.push_group(bot.now, "hi");
    bot.platform.push_guild(bot.now, "1 < 2");
    let frames = bot.frames();
    assert_eq!(frames[0]["d"]["content"], " hi");
    assert_eq!(frames[1]["d"]["mentions"][0]["is_you"], true);
    let me = frames[2]["d"]["mentions"][0]["id"].as_str().unwrap();
    assert_eq!(frames[2]["d"]["content"], format!("<@!{me}>\u{a0}1 &lt; 2"));
}

#[test]
fn intents_filter_and_unknown_names_pass() {
    let mut bot = Bot::new(PlatformConfig::default());
    let token = bot.token();
    let link = bot.dial();
    let mut frame = identify(&token, [0, 1]);
    frame["d"]["intents"] = json!(1 << 25);
    bot.say(link, &frame);
    bot.frames();
    for (name, arrives) in [
        ("C2C_MESSAGE_CREATE", true),
        ("GROUP_ADD_ROBOT", true),
        ("GROUP_JOIN_REQUEST", true),
        ("GROUP_MEMBER_ADD", false),
        ("GUILD_CREATE", false),
        ("AT_MESSAGE_CREATE", false),
        ("MESSAGE_CREATE", false),
        ("DIRECT_MESSAGE_CREATE", false),
        ("INTERACTION_CREATE", false),
        ("FORUM_THREAD_CREATE", false),
        ("OPEN_FORUM_THREAD_CREATE", false),
        ("NEW_THING_OF_NEXT_YEAR", true),
    ] {
        let pushed = bot.platform.push(bot.now, name, &json!({}));
        assert_eq!(pushed.session.is_some(), arrives, "{name}");
        assert_eq!(bot.frames().len(), usize::from(arrives), "{name}");
    }
}

#[test]
fn guilds_are_spread_over_the_shards() {
    let starts = StartLimit { max_concurrency: 4, ..PlatformConfig::default().starts };
    let mut bot = Bot::new(PlatformConfig { shards: 4, open_shard: 2, starts, ..PlatformConfig::default() });
    let token = bot.token();
    for shard in 0..4 {
        let link = bot.dial();
        bot.say(link, &identify(&token, [shard, 4]));
    }
    bot.frames();
    for (number, shard) in [(0_u64, 0), (5, 1), (6, 2), (7, 3)] {
        let guild = ((number << 22) | 0x3039).to_string();
        let pushed = bot.platform.push(bot.now, "GUILD_CREATE", &json!({"guild_id": guild}));
        assert_eq!(pushed.shard, shard);
        assert!(pushed.session.is_some());
    }
    assert_eq!(bot.platform.push_c2c(bot.now, "x").shard, 2);
    assert_eq!(bot.platform.live_shards(), [0, 1, 2, 3]);
}

#[test]
fn an_interaction_keeps_its_id() {
    let mut bot = Bot::new(PlatformConfig::default());
    let pushed = bot.platform.push(bot.now, "INTERACTION_CREATE", &json!({"id": "abc"}));
    assert_eq!(pushed.event_id, "INTERACTION_CREATE:abc");
    assert_eq!(pushed.session, None, "nobody has a session");
}

#[test]
fn the_log_knows_every_event_of_every_session() {
    let mut bot = Bot::new(PlatformConfig { key_order: KeyOrder::PayloadFirst, ..PlatformConfig::default() });
    let (link, session) = bot.live();
    let pushed = bot.platform.push_c2c(bot.now, "connected");
    bot.hang_up(link);
    bot.wait(60);
    bot.platform.push_c2c(bot.now, "away");
    let rows: Vec<(u64, u64)> = bot.platform.log().map(|row| (row.seq, row.at.as_secs())).collect();
    assert_eq!(rows, [(2, 0), (3, 60)]);
    let first = bot.platform.log().next().unwrap();
    assert_eq!((&*first.session, &*first.id), (session.as_str(), pushed.event_id.as_str()));
    assert_eq!(bot.platform.owed(&session).count(), 2);
    assert_eq!(bot.platform.owed("another").count(), 0);
}

#[test]
fn raw_text_goes_past_everything() {
    let mut bot = Bot::new(PlatformConfig::default());
    assert!(!bot.platform.push_raw(bot.now, 0, "x"));
    bot.live();
    assert!(bot.platform.push_raw(bot.now, 0, r#"{"op":0,"s":1,"t":"READY","d":{}}"#));
    assert_eq!(short(&bot.frames()), ["READY 1"]);
    assert_eq!(bot.platform.log().count(), 0);
}

#[test]
fn the_same_inputs_give_the_same_effects() {
    let run = || {
        let mut bot = Bot::new(PlatformConfig { seed: 77, ..PlatformConfig::default() });
        bot.live();
        bot.platform.push_c2c(bot.now, "text");
        bot.frames()
    };
    assert_eq!(run(), run());
}
