//! From nothing to live: token, discovery, shards, identify slots.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Bot, FREE, TOKEN, at, config, count, fixed, has, limits, with_session};
use crate::config::{IdentifySlots, Shards};
use crate::event::PhaseName;
use crate::id::ShardIndex;
use crate::io::{Input, TransportError};
use crate::session::Session;
use crate::time::Wake;

const IDENTIFY: &str = r#""op":2"#;
const RESUME: &str = r#""op":6"#;

#[test]
fn the_way_up_in_order() {
    let mut bot = Bot::new(config());
    assert_eq!(bot.drain(), ["http POST https://api.bot.qq.com/app/getAppAccessToken"]);
    assert_eq!(bot.token("T"), ["http GET https://api.bot.qq.com/gateway/bot QQBot T-token"]);
    assert_eq!(
        bot.gateway(&limits(1, 10, 1000, 1)),
        ["connect 0.1 wss://gw", "0 is dialing: it is its turn"]
    );
    assert_eq!(bot.open(0), ["0 is greeting: the socket is open"]);
    let identify = concat!(
        r#"send 0.1 {"op":2,"d":{"token":"QQBot T-token","intents":1,"shard":[0,1],"properties":"#,
        r#"{"$os":"qq-proto","$browser":"qq-proto","$device":"qq-proto"}}}"#
    );
    let joined = ["0 is greeted: hello came", identify, "0 is joining: an identify slot is free"];
    assert_eq!(bot.hello(0), joined);
    assert_eq!(bot.ready(0), ["0 ready S0", "0 is live: a new session began"]);
    assert_eq!(bot.event(0, 2), ["0 event 2"]);
    assert_eq!(bot.client.totals().identifies, 1);
}

#[test]
fn many_shards_one_token_one_discovery() {
    let mut bot = Bot::found(fixed(50), &limits(1, 1000, 60_000, 50));
    assert_eq!(count(&bot.drain(), "http"), 0);
    assert_eq!(bot.https_seen.len(), 2);
    assert_eq!(bot.conns.len(), 50);
}

#[test]
fn as_many_shards_as_are_advised() {
    // Advised, used.
    for (advised, used) in [("3", 3), (r#""2""#, 2), ("0", 1), ("null", 1), ("-1", 1)] {
        let mut bot = Bot::found(config(), &format!(r#"{{"url":"wss://gw","shards":{advised}}}"#));
        bot.drain();
        assert_eq!(bot.phases().len(), used, "{advised}");
        bot.open(0);
        let sent = bot.hello(0);
        assert!(has(&sent, &format!(r#""shard":[0,{used}]"#)), "{sent:?}");
    }
    // More than the limit: told, and cut.
    let mut config = config();
    config.limits.shards = 2;
    let mut bot = Bot::new(config);
    bot.drain();
    bot.token("T");
    let lines = bot.gateway(&limits(9, 100, 1000, 1));
    assert!(has(&lines, "fault: the platform advises 9 shards, 2 are used"), "{lines:?}");
    assert_eq!(bot.phases().len(), 2);
}

#[test]
fn the_number_of_shards_is_kept_once_it_is_in_use() {
    let mut bot = Bot::found(config(), &limits(2, 100, 1000, 9));
    bot.fail(0);
    bot.fail(1);
    // Two dials failed: it asks again, and is told another number.
    bot.gateway(&limits(5, 100, 1000, 9));
    assert_eq!(bot.phases().len(), 2);
}

#[test]
fn a_range_is_laid_out_at_once_and_says_its_place() {
    let range = Shards::Range { first: 6, count: 2, total: 9 };
    let mut bot = Bot::found(config().with_shards(range), &limits(1, 100, 1000, 9));
    let indexes: Vec<u32> = bot.shards.iter().map(|shard| shard.get()).collect();
    assert_eq!(indexes, [6, 7]);
    bot.open(7);
    assert!(has(&bot.hello(7), r#""shard":[7,9]"#));
    // Inputs for others are ignored.
    for shard in [0, 5, 8, u32::MAX] {
        assert!(bot.handle(Input::IdentifySlot { shard: ShardIndex::new(shard) }).is_empty());
        assert!(bot.restart(shard, crate::Restart::Fresh).is_empty());
    }
}

#[test]
fn without_shards_there_is_no_gateway() {
    let mut bot = Bot::new(config().with_shards(Shards::None));
    bot.drain();
    assert!(bot.token("T").is_empty());
    assert_eq!(bot.client.shards().count(), 0);
    assert_eq!(bot.client.next_deadline().unwrap().why, Wake::Token);
}

#[test]
fn a_fixed_address_and_number_need_no_discovery() {
    let mut config = fixed(1);
    config.hosts.gateway = Some("wss://mine".into());
    let mut bot = Bot::new(config);
    bot.drain();
    assert_eq!(bot.token("T"), ["connect 0.1 wss://mine", "0 is dialing: it is its turn"]);
    // Dials that fail change nothing about it.
    for _ in 0..5 {
        bot.fail(0);
        while bot.conns.is_empty() {
            bot.wake();
        }
    }
    assert_eq!(bot.https_seen.len(), 1);
}

/// Brings up shards one after the other and gives the times of their identifies.
fn identify_times(bot: &mut Bot, shards: u32) -> Vec<u64> {
    let mut times = Vec::new();
    let mut greeted = alloc::collections::BTreeSet::new();
    while times.len() < usize::try_from(shards).unwrap() {
        let ready: Vec<u32> = bot.conns.keys().copied().filter(|shard| greeted.insert(*shard)).collect();
        let mut lines: Vec<String> = Vec::new();
        for shard in ready {
            lines.extend(bot.open(shard));
            lines.extend(bot.hello(shard));
        }
        if lines.is_empty() {
            lines = bot.wake();
        }
        times.extend(lines.iter().filter(|line| line.contains(IDENTIFY)).map(|_| bot.now));
        let joining: Vec<u32> =
            bot.shards.iter().map(|s| s.get()).filter(|s| bot.phase(*s) == PhaseName::Joining).collect();
        for shard in joining {
            bot.ready(shard);
        }
    }
    times
}

#[test]
fn identifies_are_paced_when_they_are_sent() {
    for (max_concurrency, interval) in [(1, 5250), (2, 2750), (5, 1250), (50, 350)] {
        let mut bot = Bot::found(fixed(6), &limits(6, 100, 3_600_000, max_concurrency));
        let times = identify_times(&mut bot, 6);
        let expected: Vec<u64> = (0..6).map(|n| 1000 + n * interval).collect();
        assert_eq!(times, expected, "{max_concurrency}");
    }
}

#[test]
fn no_more_sockets_than_slots_wait_open() {
    for (max_concurrency, most) in [(1, 1), (3, 3)] {
        let bot = Bot::found(fixed(8), &limits(8, 100, 3_600_000, max_concurrency));
        assert_eq!(bot.conns.len(), most);
    }
}

#[test]
fn a_slot_is_served_in_time_amid_the_traffic_of_others() {
    let mut bot = Bot::found(fixed(2), &limits(2, 100, 3_600_000, 1));
    bot.open(0);
    bot.hello(0);
    bot.ready(0);
    // The second dials two seconds ahead of its slot at 6.25 s.
    assert_eq!(bot.client.next_deadline().unwrap().at, at(4250));
    bot.now = 4300;
    let lines = bot.event(0, 2);
    assert!(has(&lines, "connect 1.1"), "an event came before the tick: {lines:?}");
    bot.open(1);
    bot.hello(1);
    bot.now = 6249;
    assert!(!has(&bot.event(0, 3), IDENTIFY));
    bot.now = 6250;
    let lines = bot.event(0, 4);
    assert!(has(&lines, IDENTIFY), "an event came before the tick: {lines:?}");
}

#[test]
fn short_windows_do_not_forget_a_queued_shard() {
    let mut config = fixed(3);
    config.limits.identify_window = core::time::Duration::from_millis(500);
    config.limits.identify_margin = core::time::Duration::from_millis(50);
    let mut bot = Bot::found(config, &limits(3, 100, 3_600_000, 1));
    bot.open(0);
    // The place is free as soon as the first has sent its identify.
    assert!(has(&bot.hello(0), "connect 1.1"));
}

#[test]
fn none_left_waits_for_the_reset_and_asks_again() {
    let mut bot = Bot::new(fixed(1));
    bot.drain();
    bot.token("T");
    let lines = bot.gateway(&limits(1, 0, 100_000, 1));
    assert_eq!(lines, ["fault: no identify is left; the count resets at 101.000 s"]);
    assert_eq!(bot.phase(0), PhaseName::Queued);
    // It dials a little ahead, asks again at the reset, and identifies with the answer in hand.
    assert!(!has(&bot.run_until(98_999), "connect"));
    assert!(has(&bot.run_until(99_000), "connect"));
    bot.open(0);
    assert!(!has(&bot.hello(0), IDENTIFY));
    let lines = bot.run_until(101_000);
    assert_eq!(lines, ["http GET https://api.bot.qq.com/gateway/bot QQBot T-token"]);
    let lines = bot.gateway(&limits(1, 1000, 86_400_000, 1));
    assert!(has(&lines, IDENTIFY), "{lines:?}");
}

#[test]
fn stale_limits_are_asked_for_before_the_next_identify() {
    let mut bot = Bot::found(fixed(1), &limits(1, 5, 10_000, 1));
    bot.open(0);
    bot.hello(0);
    bot.ready(0);
    assert_eq!(count(&bot.run_until(30_000), "http"), 0, "a live shard needs no identify");
    let lines = bot.close(0, 4006);
    assert!(has(&lines, "/gateway/bot") && !has(&lines, "connect"), "{lines:?}");
    assert!(has(&bot.gateway(&limits(1, 0, 10_000, 1)), "no identify is left"));
}

#[test]
fn no_identify_leaves_on_stale_limits_while_nobody_tells_new_ones() {
    let mut bot = Bot::found(fixed(1), &limits(1, 5, 10_000, 1));
    bot.run_until(10_500);
    bot.open(0);
    // The reset passes while the shard waits for Hello, and discovery is down.
    bot.run_until(11_000);
    bot.answer("/gateway/bot", 500, "");
    let lines = bot.hello(0);
    assert_eq!(lines, ["0 is greeted: hello came"]);
    let lines = bot.run_until(12_500);
    assert!(has(&lines, "/gateway/bot") && !has(&lines, IDENTIFY), "{lines:?}");
    assert!(has(&bot.gateway(&limits(1, 5, 10_000, 1)), IDENTIFY));
}

#[test]
fn limits_that_go_stale_while_a_shard_waits_are_asked_for_at_once() {
    let config = fixed(1).with_identify_slots(IdentifySlots::Granted);
    let mut bot = Bot::found(config, &limits(1, 5, 10_000, 1));
    bot.open(0);
    bot.hello(0);
    assert_eq!(count(&bot.run_until(10_999), "http"), 0);
    assert_eq!(bot.client.next_deadline().unwrap().at, at(11_000));
    assert!(has(&bot.wake(), "/gateway/bot"));
}

#[test]
fn after_the_reset_a_reply_without_a_count_is_enough() {
    let mut bot = Bot::found(fixed(1), &limits(1, 0, 10_000, 1));
    bot.run_until(11_000);
    while !bot.exchanges.values().any(|request| request.url.ends_with("/gateway")) {
        if bot.exchanges.is_empty() {
            bot.wake();
        } else {
            bot.answer("/gateway/bot", 403, "{}");
        }
    }
    bot.answer("/gateway", 200, FREE);
    while bot.phase(0) != PhaseName::Dialing {
        bot.wake();
    }
    bot.open(0);
    assert!(has(&bot.hello(0), IDENTIFY));
    assert_eq!(bot.exchanges.len(), 0, "nothing is asked again and again");
}

#[test]
fn resumes_need_no_slot_and_no_wait() {
    let sessions = (0..4).map(|shard| with_session(shard, 4));
    let config = fixed(4).with_sessions(sessions);
    let mut bot = Bot::found(config, &limits(4, 0, 1_000_000, 1));
    assert_eq!(bot.conns.len(), 4);
    for shard in 0..4 {
        bot.open(shard);
        let lines = bot.hello(shard);
        assert!(has(&lines, &format!(r#""session_id":"S{shard}","seq":10"#)), "{lines:?}");
        let lines = bot.frame(shard, r#"{"op":0,"s":12,"t":"RESUMED","d":""}"#);
        assert_eq!(
            lines,
            [format!("{shard} resumed, 0 replayed"), format!("{shard} is live: the session continues")]
        );
    }
    let totals = bot.client.totals();
    assert_eq!((totals.identifies, totals.resumes), (0, 4));
}

#[test]
fn sessions_of_another_number_of_shards_are_dropped_and_told() {
    let sessions = [with_session(0, 2), with_session(1, 3), Session::new(1, 2, "", 5), with_session(1, 2)];
    let mut bot = Bot::new(config().with_sessions(sessions.clone()));
    bot.drain();
    // Until the number is known they are kept.
    assert_eq!(bot.client.sessions(), sessions);
    bot.token("T");
    let lines = bot.gateway(&limits(2, 100, 1000, 9));
    assert_eq!(lines[0], "fault: 2 stored sessions do not belong to a bot of 2 shards");
    assert_eq!(bot.client.sessions(), [with_session(0, 2), with_session(1, 2)]);
}

#[test]
fn of_two_sessions_the_one_that_is_further_on_is_taken() {
    let sessions = [Session::new(0, 1, "A", 5), Session::new(0, 1, "B", 9), Session::new(0, 1, "C", 7)];
    let bot = Bot::new(fixed(1).with_sessions(sessions));
    assert_eq!(bot.client.sessions()[0].id, "B");
}

#[test]
fn slots_can_be_granted_from_outside() {
    let mut bot =
        Bot::found(fixed(2).with_identify_slots(IdentifySlots::Granted), &limits(2, 100, 3_600_000, 2));
    for shard in [0, 1] {
        bot.open(shard);
        assert!(has(&bot.hello(shard), &format!("{shard} wants a slot")));
    }
    assert!(!has(&bot.run_until(20_000), IDENTIFY));
    let grant = |shard| Input::IdentifySlot { shard: ShardIndex::new(shard) };
    assert!(has(&bot.handle(grant(1)), IDENTIFY));
    // Our own pacing still holds.
    assert!(!has(&bot.handle(grant(0)), IDENTIFY));
    assert_eq!(bot.client.next_deadline().unwrap().why, Wake::IdentifySlot);
    assert!(has(&bot.wake(), IDENTIFY));
    assert_eq!(bot.now, 22_750);
    // What nobody asked for is told.
    assert!(has(&bot.handle(grant(0)), "fault"));
}

#[test]
fn a_slot_that_is_not_granted_is_asked_for_again() {
    let mut bot = Bot::found(fixed(1).with_identify_slots(IdentifySlots::Granted), FREE);
    bot.open(0);
    bot.hello(0);
    let lines = bot.run_until(61_000);
    assert!(has(&lines, "disconnect 0.1 4000") && has(&lines, "the handshake took too long"), "{lines:?}");
    bot.run_until(63_000);
    bot.open(0);
    assert!(has(&bot.hello(0), "0 wants a slot"));
}

#[test]
fn nothing_starts_without_a_token_or_an_address() {
    let mut bot = Bot::new(fixed(3));
    bot.drain();
    let lines = bot.fail_exchange(TOKEN, TransportError::Dns);
    assert!(has(&lines, "fault: no access token: the host name could not be resolved"), "{lines:?}");
    assert!(has(&bot.run_until(3000), "http POST"));
    bot.token("T");
    let lines = bot.answer("/gateway/bot", 500, "");
    assert!(has(&lines, "fault: no gateway address"), "{lines:?}");
    assert_eq!(bot.phases(), [PhaseName::Queued; 3]);
    let lines = bot.run_until(6000);
    assert_eq!(count(&lines, "/gateway/bot"), 1, "{lines:?}");
    bot.gateway(&limits(3, 10, 1000, 1));
    assert_eq!(bot.phase(0), PhaseName::Dialing);
}

#[test]
fn discovery_that_blames_the_token_gets_another() {
    let mut bot = Bot::new(fixed(1));
    bot.drain();
    bot.token("T");
    bot.answer("/gateway/bot", 401, "{}");
    let lines = bot.run_until(2000);
    assert!(has(&lines, "http POST"), "{lines:?}");
    bot.token("U");
    bot.run_until(4000);
    assert!(
        bot.exchanges
            .values()
            .any(|request| request.authorization.as_ref().unwrap().expose() == "QQBot U-token")
    );
}

#[test]
fn a_lost_action_is_given_up_and_tried_again() {
    // Nobody ever answers anything: it keeps trying, with pauses, and does not spin.
    let mut bot = Bot::found(fixed(1), FREE);
    let lines = bot.run_until(3_600_000);
    // It asks for the address again, too, and dials the old one while it is not told a new one.
    let (dials, asked) = (count(&lines, "wss://"), count(&lines, "/gateway/bot"));
    assert!((20..80).contains(&dials) && (10..80).contains(&asked), "{dials} {asked}");
    assert!(count(&lines, "disconnect") >= dials, "each is given up");
    assert!(lines.len() < 500, "{}", lines.len());
    assert!(!has(&lines, RESUME));
}

#[test]
fn a_session_with_a_number_that_cannot_be_drops_no_events() {
    let huge = Session::new(0, 1, "S", u64::MAX);
    let mut bot = Bot::found(fixed(1).with_sessions([huge]), FREE);
    bot.open(0);
    bot.hello(0);
    if bot.phase(0) == PhaseName::Greeted {
        bot.wake();
    }
    assert!(has(&bot.event(0, 5), "0 event 5"), "{:?}", bot.client);
}

#[test]
fn the_last_one_left_is_spent_once() {
    let mut bot = Bot::found(fixed(2), &limits(2, 1, 1_000_000, 2));
    for shard in [0, 1] {
        bot.open(shard);
    }
    let lines = bot.hello(0);
    assert!(has(&lines, IDENTIFY) && has(&lines, "fault: no identify is left"), "{lines:?}");
    assert!(!has(&bot.hello(1), IDENTIFY));
    bot.ready(0);
    let lines = bot.run_until(1_000_999);
    assert_eq!((count(&lines, IDENTIFY), count(&lines, "no identify is left")), (0, 0));
}

#[test]
fn n1_single_failures_days_apart_do_not_change_the_host() {
    let mut bot = Bot::new(config().with_shards(Shards::None));
    bot.drain();
    bot.token("T");
    let call = || {
        crate::RawCall(crate::ApiRequest::new(crate::Method::Get, &["x"]).with_repeat(crate::Repeat::Refused))
    };
    for _ in 0..5 {
        let _ = bot.client.call(at(bot.now), call()).unwrap();
        bot.drain();
        let lines = bot.fail_exchange("/x", TransportError::Dns);
        assert!(has(&lines, "https://api.bot.qq.com/x"), "{lines:?}");
        bot.answer("/x", 200, "{}");
        bot.run_until(bot.now + 1000);
    }
}

#[test]
fn n3_a_grant_that_was_not_needed_is_not_kept_for_hours() {
    let config = fixed(1).with_identify_slots(IdentifySlots::Granted).with_sessions([with_session(0, 1)]);
    let mut bot = Bot::found(config, FREE);
    bot.handle(Input::IdentifySlot { shard: ShardIndex::new(0) });
    bot.open(0);
    bot.hello(0);
    bot.frame(0, r#"{"op":0,"s":11,"t":"RESUMED","d":""}"#);
    bot.now += 3_600_000;
    bot.close(0, 4006);
    bot.open(0);
    assert!(has(&bot.hello(0), "wants a slot"), "an hour later the limiter knows nothing of it");
}

#[test]
fn n12_the_plain_reply_does_not_make_identifies() {
    let mut config = fixed(2).with_sessions([with_session(1, 2)]);
    config.hosts.fallback = None;
    let mut bot = Bot::found(config, &limits(2, 0, 10_000_000, 1));
    // Shard 1 resumes, shard 0 waits for the reset at 10,001 s.
    bot.fail(1);
    bot.fail(1);
    while bot.exchanges.is_empty() {
        if bot.conns.contains_key(&1) {
            bot.fail(1);
        } else {
            bot.wake();
        }
    }
    for _ in 0..4 {
        bot.answer("/gateway/bot", 500, "");
        while bot.exchanges.is_empty() {
            if bot.conns.contains_key(&1) {
                bot.open(1);
                bot.fail(1);
            } else {
                bot.wake();
            }
        }
    }
    bot.answer("/gateway", 200, FREE);
    let lines = bot.run_until(bot.now + 1000);
    assert!(!bot.conns.contains_key(&0), "no identify is left until 10,001 s, now {}: {lines:?}", bot.now);
}

#[test]
fn the_plain_reply_does_not_drop_sessions() {
    // It says nothing about the number of shards; the sessions do.
    let sessions = [with_session(0, 2), with_session(1, 2)];
    let mut bot = Bot::new(config().with_sessions(sessions));
    bot.drain();
    bot.token("T");
    for _ in 0..4 {
        bot.answer("/gateway/bot", 500, "");
        while bot.exchanges.is_empty() {
            bot.wake();
        }
    }
    bot.answer("/gateway", 200, r#"{"url":"wss://g.example"}"#);
    assert_eq!(bot.conns.len(), 2, "both are dialled at once, to be resumed");
}
