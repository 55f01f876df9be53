//! A test for each row of the tables in ARCHITECTURE.md.

use super::*;

/// A long turn: "is typing", six texts of progress, a picture and the answer to one message. The answer arrives, in time
/// and with a number of its own, whatever had to be left out for it.
#[test]
fn a_long_turn_keeps_its_answer() {
    for (chat, before) in [(person("U"), 3), (group("G"), 4)] {
        let mut desk = Desk::usual();
        let to = message_in(&chat, "M");
        desk.came(&chat, "M");
        let mut went = Vec::new();
        let news =
            ["a", "b", "c", "d", "e", "f"].map(|text| Message::answer(&to, Kind::Text, text).interim());
        let typing = Message::answer(&to, Kind::Typing, "typing");
        let picture = Message::answer(&to, Kind::Media, "picture").interim();
        for message in [typing].into_iter().chain(news).chain([picture]) {
            went.extend(desk.send(message).into_iter().filter(|line| line.starts_with("go")));
        }
        assert_eq!(went.len(), before);
        desk.at(200);
        assert_eq!(desk.answer(&to, "answer"), [format!("go answer Message M {}", before + 1)]);
        // Nothing that was left out waits to be sent when nobody wants it any more.
        assert_eq!(desk.ledger.held(), 0);
    }
}

/// The sheet of limits, number by number.
#[test]
fn the_rules_are_those_of_the_platform() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let days = |days: u64| minutes(days * 24 * 60);
    let secs = Duration::from_secs;
    let rows = [
        (Scene::C2c, 60, Some(4), true),
        (Scene::Group, 5, Some(5), true),
        (Scene::Channel, 5, None, false),
        (Scene::Dm, 5, None, false),
    ];
    for (scene, window, replies, opt_in) in rows {
        let rules = rules(scene, Owner::Uncertified);
        assert_eq!(
            (rules.window, rules.replies, rules.opt_in),
            (minutes(window), replies, opt_in),
            "{scene:?}"
        );
    }
    let rates = |rates: [Option<Rate>; RATES]| -> Vec<(u32, Duration)> {
        rates.into_iter().flatten().map(|rate| (rate.count, rate.span)).collect()
    };
    let active = |scene| rates(rules(scene, Owner::Uncertified).active);
    let bot = |scene, owner| rates(rules(scene, owner).active_bot);
    assert_eq!(active(Scene::C2c), [(20, minutes(1)), (1000, days(1))]);
    assert_eq!(active(Scene::Group), [(20, minutes(1)), (1000, days(1))]);
    assert_eq!(active(Scene::Channel), [(20, days(1))]);
    assert_eq!(active(Scene::Dm), [(2, days(1))]);
    assert_eq!(bot(Scene::C2c, Owner::Certified), [(10, secs(1))]);
    assert_eq!(bot(Scene::C2c, Owner::Uncertified), [(5, secs(1)), (30, minutes(1))]);
    assert_eq!(bot(Scene::Group, Owner::Certified), [(60, minutes(1))]);
    assert_eq!(bot(Scene::Group, Owner::Uncertified), [(30, minutes(1))]);
    assert_eq!(bot(Scene::Dm, Owner::Certified), [(200, days(1))]);
    let channel = rules(Scene::Channel, Owner::Uncertified);
    assert_eq!(channel.pace, Some(Rate::new(5, secs(1))));
    assert_eq!(channel.active_places, Some(Rate::new(2, days(1))));
    // Told without a source, and kept all the same.
    assert_eq!(rules(Scene::Dm, Owner::Uncertified).pace, Some(Rate::new(2, secs(1))));
    // No row of the table of quotas is left out.
    let mut counted = 0;
    for scene in [Scene::C2c, Scene::Group, Scene::Channel, Scene::Dm] {
        for owner in [Owner::Certified, Owner::Uncertified] {
            let rules = rules(scene, owner);
            counted += rates(rules.active).len() + rates(rules.active_bot).len();
            counted += usize::from(rules.pace.is_some()) + usize::from(rules.active_places.is_some());
        }
    }
    let for_both = crate::api::QUOTAS.iter().filter(|quota| quota.bots == crate::api::QuotaBots::All).count();
    assert_eq!(counted, crate::api::QUOTAS.len() + for_both);
    assert_eq!(WAKE_UPS, [days(1), days(3), days(7), days(30)]);
}

#[test]
fn text_media_typing_and_streams_share_one_budget() {
    let mut desk = Desk::usual();
    let chat = person("U");
    let to = message_in(&chat, "M");
    desk.came(&chat, "M");
    assert_eq!(desk.send(Message::answer(&to, Kind::Typing, "typing")), ["go typing Message M 1"]);
    assert_eq!(desk.send(Message::answer(&to, Kind::Media, "picture")), ["go picture Message M 2"]);
    assert_eq!(desk.send(Message::answer(&to, Kind::Stream, "stream")), ["go stream Message M 3"]);
    // The last one is kept for the final answer.
    assert_eq!(desk.send(Message::answer(&to, Kind::Typing, "typing")), ["back 4 NoWay"]);
    assert_eq!(desk.send(Message::answer(&to, Kind::Text, "news").interim()), ["back 5 NoWay"]);
    assert_eq!(desk.answer(&to, "answer"), ["go answer Message M 4"]);
    assert_eq!(desk.ended(6, Outcome::Delivered), ["done 6 left Some(0)"]);
    let route = desk.ledger.can_send(ms(2000), &to, Kind::Stream, Part::Final);
    assert_eq!((route.way, route.no_answer), (Way::Nothing, Some(NoAnswer::UsedUp)));
}

#[test]
fn the_window_is_decided_before_the_request() {
    let mut desk = Desk::new(Settings { wake_up: false, ..Settings::default() });
    let chat = group("G");
    let to = message_in(&chat, "M");
    desk.came(&chat, "M");
    // Two seconds earlier than the platform's five minutes.
    desk.at(298);
    assert_eq!(desk.answer(&to, "in time"), ["go in time Message M 1"]);
    desk.at(299);
    assert_eq!(desk.answer(&to, "late"), ["held 2 AskOptIn"]);
    // The newest message of the conversation instead.
    assert_eq!(desk.came(&chat, "N"), ["go late Message N 1"]);
    assert_eq!(desk.answer(&to, "again"), ["go again Message N 2"]);
    // What is kept for N is not for answers to M.
    assert_eq!(desk.answer(&to, "c"), ["go c Message N 3"]);
    assert_eq!(desk.answer(&to, "d"), ["go d Message N 4"]);
    assert_eq!(desk.answer(&to, "e"), ["held 6 AskOptIn"]);
    assert_eq!(desk.answer(&message_in(&chat, "N"), "f"), ["go f Message N 5"]);
}

#[test]
fn guilds_have_no_count_but_a_pace() {
    let mut desk = Desk::usual();
    let chat = Conversation::new(Scene::Channel, "C");
    let to = message_in(&chat, "M");
    desk.came(&chat, "M");
    for _ in 0..5 {
        assert_eq!(desk.answer(&to, "x"), ["go x Message M -"]);
    }
    let held = desk.answer(&to, "y");
    assert!(held[0].starts_with("held 6 After"), "{held:?}");
    assert_eq!(desk.at(3), ["go y Message M -"]);
}

#[test]
fn the_same_message_under_two_names_is_one() {
    let mut desk = Desk::usual();
    let body = r#"{"id":"M","group_openid":"G","author":{"member_openid":"A"},"content":"x"}"#;
    desk.event("GROUP_AT_MESSAGE_CREATE", body);
    assert_eq!(desk.answer(&message_in(&group("G"), "M"), "x"), ["go x Message M 1"]);
    desk.event("GROUP_MESSAGE_CREATE", body);
    assert_eq!(desk.answer(&message_in(&group("G"), "M"), "x"), ["go x Message M 2"]);
}

#[test]
fn events_can_be_answered_by_their_own_id() {
    let mut desk = Desk::usual();
    desk.event("FRIEND_ADD", r#"{"timestamp":1,"openid":"U"}"#);
    let hello = Message::to(person("U"), Kind::Text, "hello");
    assert_eq!(desk.send(hello), ["go hello Event FRIEND_ADD:e1 1"]);
}

#[test]
fn only_known_consent_lets_a_message_go_by_itself() {
    let mut desk = Desk::new(Settings { wake_up: false, ..Settings::default() });
    let say = |chat: Conversation, text| Message::to(chat, Kind::Text, text);
    assert_eq!(desk.send(say(group("G"), "a")), ["held 1 AskOptIn"]);
    let at = r#"{"timestamp":1,"group_openid":"G","op_member_openid":"A"}"#;
    // The event itself can be answered, which is the better way.
    assert_eq!(desk.event("GROUP_MSG_RECEIVE", at), ["go a Event GROUP_MSG_RECEIVE:e1 1"]);
    desk.at(600);
    assert_eq!(desk.send(say(group("G"), "b")), ["go b Active - -"]);
    desk.event("GROUP_MSG_REJECT", at);
    assert_eq!(desk.send(say(group("G"), "c")), ["held 3 AskOptIn"]);
    // One to one, the older and the newer form.
    let user = r#"{"timestamp":1,"openid":"U"}"#;
    for (name, body, consent) in [
        ("C2C_MSG_RECEIVE", user, Consent::Given),
        ("C2C_MSG_REJECT", user, Consent::Refused),
        (
            "INTERACTION_CREATE",
            r#"{"id":"i","type":18,"user_openid":"U","data":{"resolved":{"authorize_data":{"scope":"c2c_push","switch":true}}}}"#,
            Consent::Given,
        ),
        (
            "INTERACTION_CREATE",
            r#"{"id":"i","type":18,"user_openid":"U","data":{"resolved":{"authorize_data":{"scope":"other"}}}}"#,
            Consent::Given,
        ),
        (
            "INTERACTION_CREATE",
            r#"{"id":"i","type":18,"user_openid":"U","data":{"resolved":{"authorize_data":{"scope":"c2c_push"}}}}"#,
            Consent::Refused,
        ),
        ("FRIEND_ADD", user, Consent::Unknown),
        (
            "INTERACTION_CREATE",
            r#"{"id":"i","type":18,"user_openid":"U","data":{"resolved":{"authorize_data":{"opt_scene":"friend_del"}}}}"#,
            Consent::Gone,
        ),
        ("FRIEND_ADD", user, Consent::Unknown),
        ("FRIEND_DEL", user, Consent::Gone),
    ] {
        desk.event(name, body);
        assert_eq!(desk.ledger.consent_of(&person("U")), consent, "{name} {body}");
    }
    let switch = r#"{"id":"i","type":19,"group_openid":"H","data":{"resolved":{"authorize_data":{"scope":"group_push","switch":true}}}}"#;
    desk.event("INTERACTION_CREATE", switch);
    assert_eq!(desk.ledger.consent_of(&group("H")), Consent::Given);
}

#[test]
fn who_has_gone_gets_nothing() {
    let mut desk = Desk::new(Settings { wake_up: false, ..Settings::default() });
    assert_eq!(desk.send(Message::to(group("G"), Kind::Text, "a")), ["held 1 AskOptIn"]);
    let removed = r#"{"timestamp":1,"group_openid":"G"}"#;
    assert_eq!(desk.event("GROUP_DEL_ROBOT", removed), ["back 1 Gone"]);
    assert_eq!(desk.send(Message::to(group("G"), Kind::Text, "b")), ["back 2 NoWay"]);
    desk.event("GROUP_ADD_ROBOT", removed);
    let hello = Message::to(group("G"), Kind::Text, "c");
    assert_eq!(desk.send(hello), ["go c Event GROUP_ADD_ROBOT:e1 1"]);
    // The platform's word counts as well, until somebody writes.
    assert_eq!(desk.refused(3, 40_034_101), ["back 3 Refused(40034101)"]);
    assert_eq!(desk.send(Message::to(group("G"), Kind::Text, "d")), ["back 4 NoWay"]);
    desk.came(&group("G"), "M");
    assert_eq!(desk.send(Message::to(group("G"), Kind::Text, "e")), ["go e Message M 1"]);
}

#[test]
fn quotas_are_counted_and_waited_for() {
    let mut desk = Desk::usual();
    let given = |chat: &Conversation, desk: &mut Desk| {
        desk.tell(Input::Consent { conversation: chat, consent: Consent::Given });
    };
    given(&group("G"), &mut desk);
    for _ in 0..20 {
        assert_eq!(desk.send(Message::to(group("G"), Kind::Text, "x")), ["go x Active - -"]);
    }
    let held = desk.send(Message::to(group("G"), Kind::Text, "y"));
    assert_eq!(held, ["held 21 After(66.000 s)"]);
    // Another group has ten left of the bot's thirty.
    given(&group("H"), &mut desk);
    for _ in 0..10 {
        assert_eq!(desk.send(Message::to(group("H"), Kind::Text, "x")), ["go x Active - -"]);
    }
    assert_eq!(desk.send(Message::to(group("H"), Kind::Text, "z")), ["held 32 After(66.000 s)"]);
    // Those granted a minute ago, of which nobody has told anything, are given up at the same time.
    let lines = desk.at(66);
    let went: Vec<_> = lines.iter().filter(|line| line.starts_with("go")).collect();
    assert_eq!(went, ["go y Active - -", "go z Active - -"]);
}

#[test]
fn two_channels_of_a_guild_a_day() {
    let mut desk = Desk::usual();
    for (channel, id) in [("1", "a"), ("2", "b"), ("3", "c")] {
        desk.event(
            "AT_MESSAGE_CREATE",
            &format!(r#"{{"id":"{id}","channel_id":"{channel}","guild_id":"9","author":{{"id":"7"}}}}"#),
        );
    }
    desk.at(1000);
    let say = |channel: &str| Message::to(Conversation::new(Scene::Channel, channel), Kind::Text, "x");
    assert_eq!(desk.send(say("1")), ["go x Active - -"]);
    assert_eq!(desk.send(say("2")), ["go x Active - -"]);
    assert_eq!(desk.send(say("3")), ["held 3 After(87400.000 s)"]);
    assert_eq!(desk.send(say("1")), ["go x Active - -"]);
}

#[test]
fn one_wake_up_in_each_time() {
    let mut desk = Desk::usual();
    let day = 24 * 3600;
    let chat = person("U");
    let say = || Message::to(person("U"), Kind::Text, "x");
    assert_eq!(desk.send(say()), ["held 1 AskOptIn"]);
    assert_eq!(desk.came(&chat, "M"), ["go x Message M 1"]);
    for (secs, goes) in [
        (2 * 3600, true),
        (3 * 3600, false),
        (day + 60, true),
        (2 * day, false),
        (4 * day, true),
        (8 * day, true),
        (20 * day, false),
        (31 * day, false),
    ] {
        desk.at(secs);
        let lines = desk.send(say().or(Otherwise::GiveBack));
        assert_eq!(lines[0].starts_with("go x WakeUp - -"), goes, "{secs}: {lines:?}");
    }
    // They wrote again: a new beginning.
    desk.came(&chat, "N");
    desk.at(32 * day);
    assert_eq!(desk.send(say()), ["go x WakeUp - -"]);
    // Never left: not used.
    desk.ended(10, Outcome::NotSent);
    assert_eq!(desk.send(say()), ["go x WakeUp - -"]);
    assert_eq!(desk.refused(11, 40_034_123), ["held 11 AskOptIn"]);
}

#[test]
fn every_refusal_has_its_consequence() {
    // What was sent how, the code, what comes of it.
    let rows: [(i64, &[&str]); 8] = [
        (40_034_005, &["go x Message L 1"]),
        (40_034_128, &["go x Message L 1"]),
        (304_103, &["go x Message L 1"]),
        (40_034_024, &["go x Message L 1"]),
        (40_034_105, &["go x Message L 1"]),
        (40_054_005, &["go x Message M 2"]),
        (40_034_006, &["back 1 Refused(40034006)"]),
        (22_009, &["back 1 Refused(22009)"]),
    ];
    for (code, expected) in rows {
        let mut desk = Desk::usual();
        desk.came(&group("G"), "L");
        desk.came(&group("G"), "M");
        assert_eq!(desk.answer(&message_in(&group("G"), "M"), "x"), ["go x Message M 1"]);
        assert_eq!(desk.refused(1, code), expected, "{code}");
    }
    let rows = [
        (40_034_102, Consent::Refused, "held 1 AskOptIn"),
        (40_034_105, Consent::Refused, "held 1 AskOptIn"),
        (40_034_100, Consent::Given, "held 1 After(3601.000 s)"),
        (40_034_006, Consent::Given, "back 1 Refused(40034006)"),
    ];
    for (code, consent, expected) in rows {
        let mut desk = Desk::usual();
        desk.tell(Input::Consent { conversation: &group("G"), consent: Consent::Given });
        assert_eq!(desk.send(Message::to(group("G"), Kind::Text, "x")), ["go x Active - -"]);
        assert_eq!(desk.refused(1, code), [expected], "{code}");
        assert_eq!(desk.ledger.consent_of(&group("G")), consent, "{code}");
    }
}

#[test]
fn a_refused_answer_is_not_counted_and_its_number_not_reused() {
    let mut desk = Desk::usual();
    let to = message_in(&person("U"), "M");
    for id in 1..=6 {
        assert_eq!(desk.answer(&to, "x"), [format!("go x Message M {id}")]);
        assert_eq!(desk.refused(id, 40_034_006), [format!("back {id} Refused(40034006)")]);
    }
    assert_eq!(desk.ledger.room(ms(1000), &to, 99), 4);
}

#[test]
fn a_message_of_unknown_outcome_keeps_its_number() {
    let mut desk = Desk::usual();
    let to = message_in(&person("U"), "M");
    desk.answer(&to, "x");
    assert_eq!(desk.ended(1, Outcome::Unknown), ["back 1 Unknown"]);
    // Another one in between takes the next.
    assert_eq!(desk.answer(&to, "y"), ["go y Message M 2"]);
    let again = desk.backs.pop().unwrap();
    assert_eq!(desk.send(again), ["go x Message M 1"]);
    // "Used before" on a repetition means delivered; its answer was counted once.
    assert_eq!(desk.refused(3, 40_054_005), ["done 3 left Some(2)"]);
    assert_eq!(desk.ledger.room(ms(1000), &to, 99), 2);
    // A repetition that never left says nothing about the first.
    desk.ended(2, Outcome::Unknown);
    let again = desk.backs.pop().unwrap();
    assert_eq!(desk.send(again), ["go y Message M 2"]);
    assert_eq!(desk.ended(4, Outcome::NotSent), ["back 4 Unknown"]);
    let again = desk.backs.pop().unwrap();
    desk.send(again);
    assert_eq!(desk.refused(5, 40_034_005), ["back 5 Unknown"]);
    // After the window it is a new message.
    let again = desk.backs.pop().unwrap();
    assert_eq!(desk.send(again), ["go y WakeUp - -"].map(|_| "held 6 AskOptIn"));
}

#[test]
fn outcomes_that_end_a_message() {
    let mut desk = Desk::usual();
    let to = message_in(&group("G"), "M");
    for (id, outcome, line) in [
        (1, Outcome::Delivered, "done 1 left Some(4)"),
        (2, Outcome::DeliveredBefore, "done 2 left Some(3)"),
        (3, Outcome::UnderAudit, "done 3 left Some(2) audit"),
        (4, Outcome::NotSent, "back 4 NotSent"),
    ] {
        desk.answer(&to, "x");
        assert_eq!(desk.ended(id, outcome), [line]);
        // A second word about it changes nothing.
        assert!(desk.ended(id, Outcome::Unknown).is_empty());
    }
    // Nobody ever tells.
    desk.answer(&to, "x");
    assert_eq!(desk.at(61), ["back 5 Unknown"]);
}

#[test]
fn a_refusal_of_every_way_ends() {
    let mut desk = Desk::usual();
    let chat = person("U");
    for id in ["a", "b", "c", "d", "e", "f"] {
        desk.came(&chat, id);
    }
    desk.answer(&message_in(&chat, "f"), "x");
    for next in ["go x Message e 1", "go x Message d 1", "go x Message c 1", "back 1 Refused(40034005)"] {
        assert_eq!(desk.refused(1, 40_034_005), [next]);
    }
}

#[test]
fn held_ones_are_bounded_and_given_back() {
    let mut desk = Desk::new(Settings { held_each: 2, held: 3, wake_up: false, ..Settings::default() });
    let say = |chat: &str| Message::to(group(chat), Kind::Text, "x");
    assert_eq!(desk.send(say("G")), ["held 1 AskOptIn"]);
    assert_eq!(desk.send(say("G")), ["held 2 AskOptIn"]);
    assert_eq!(desk.send(say("G")), ["held 3 AskOptIn", "back 1 PushedOut"]);
    assert_eq!(desk.send(say("H")), ["held 4 AskOptIn"]);
    assert_eq!(desk.send(say("H")), ["held 5 AskOptIn", "back 2 PushedOut"]);
    assert!(desk.ledger.cancel(SendId(3)));
    assert_eq!(desk.drain(), ["back 3 Taken"]);
    assert_eq!(desk.ledger.take_held(&group("H")).len(), 2);
    assert_eq!((desk.ledger.held(), desk.ledger.open()), (0, 0));
    // Too old.
    desk.send(say("G"));
    assert_eq!(desk.at(6 * 3600 + 1), ["back 6 TooOld"]);
}

#[test]
fn held_ones_leave_the_last_answer_to_the_new_message() {
    let mut desk = Desk::new(Settings { wake_up: false, ..Settings::default() });
    for text in ["a", "b", "c", "d", "e"] {
        desk.send(Message::to(person("U"), Kind::Text, text));
    }
    assert_eq!(desk.came(&person("U"), "M"), ["go a Message M 1", "go b Message M 2", "go c Message M 3"]);
    assert_eq!(desk.answer(&message_in(&person("U"), "M"), "new"), ["go new Message M 4"]);
    assert_eq!(desk.came(&person("U"), "N"), ["go d Message N 1", "go e Message N 2"]);
}

#[test]
fn memory_is_bounded() {
    let mut desk =
        Desk::new(Settings { conversations: 2, triggers: 2, open: 4, wake_up: false, ..Settings::default() });
    desk.send(Message::to(group("A"), Kind::Text, "x"));
    desk.came(&group("B"), "1");
    // A was used least recently.
    assert_eq!(desk.came(&group("C"), "1"), ["back 1 Forgotten"]);
    desk.answer(&message_in(&group("C"), "1"), "x");
    desk.came(&group("C"), "2");
    desk.came(&group("C"), "3");
    // 2 was unanswered, so it went; an answer to it goes to the newest.
    assert_eq!(desk.answer(&message_in(&group("C"), "2"), "y"), ["go y Message 3 1"]);
    assert_eq!(desk.answer(&message_in(&group("C"), "1"), "z"), ["go z Message 1 2"]);
    desk.answer(&message_in(&group("C"), "1"), "z");
    let full = desk.ledger.send(ms(1000), Message::to(group("C"), Kind::Text, "w")).unwrap_err();
    assert_eq!(full.message.payload, "w");
}

#[test]
fn what_went_past_the_ledger_is_counted() {
    let mut desk = Desk::usual();
    let to = message_in(&person("U"), "M");
    desk.tell(Input::Bypassed { reply_to: &to, seq: Some(3) });
    desk.tell(Input::Bypassed { reply_to: &to, seq: None });
    assert_eq!(desk.answer(&to, "x"), ["go x Message M 4"]);
    assert_eq!(desk.ledger.room(ms(1000), &to, 99), 1);
}

#[test]
fn pieces_of_a_stream_take_numbers_and_no_answers() {
    let mut desk = Desk::usual();
    let to = message_in(&person("U"), "M");
    desk.send(Message::answer(&to, Kind::Stream, "s"));
    assert_eq!(desk.ledger.number(ms(1000), &to), Some(2));
    assert_eq!(desk.answer(&to, "x"), ["go x Message M 3"]);
    assert_eq!(desk.ledger.room(ms(1000), &to, 99), 2);
    let channel = message_in(&Conversation::new(Scene::Channel, "C"), "M");
    assert_eq!(desk.ledger.number(ms(1000), &channel), None);
}

#[test]
fn a_grant_numbers_a_call_and_the_client_notes_it() {
    use crate::api::{Call, TextReply};
    let mut desk = Desk::usual();
    let to = message_in(&person("U"), "M");
    desk.answer(&to, "x");
    desk.answer(&to, "y");
    let grant = &desk.grants[&SendId(2)];
    let mut call = TextReply::new(grant.reply_to.clone().unwrap(), grant.payload);
    grant.number(&mut call);
    assert_eq!(call.number(), Some(("M", 2)));
    let body = String::from_utf8(call.request().body.into_bytes()).unwrap();
    assert!(body.contains(r#""msg_seq":2"#), "{body}");
}
