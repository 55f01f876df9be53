//! The sentences of the contract that a single client can show. `drain` checks "timely" and "patient" in every test.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::{Bot, FREE, at, config, count, fixed, has};
use crate::client::Client;
use crate::config::ConfigError;
use crate::event::PhaseName;
use crate::io::{Input, Output};
use crate::time::{Timestamp, Wake};

#[test]
fn while_outputs_wait_the_deadline_is_now() {
    let mut client = Client::new(config(), at(5)).unwrap();
    let deadline = client.next_deadline().unwrap();
    assert_eq!((deadline.at, deadline.why), (at(5), Wake::Outputs));
    let _ = client.poll_output();
    assert_ne!(client.next_deadline().unwrap().why, Wake::Outputs);
}

#[test]
fn time_does_not_go_back() {
    let mut bot = Bot::live(1);
    bot.run_until(100_000);
    let before = format!("{:?}", bot.client);
    bot.now = 5;
    // The deadline is still the one of the time before.
    assert!(bot.client.next_deadline().unwrap().at > at(100_000));
    bot.client.handle(at(5), Input::Tick);
    assert!(bot.client.poll_output().is_none());
    assert_eq!(before, format!("{:?}", bot.client));
    // An input counts as one of the last time.
    let conn = bot.conns[&0];
    let signal = crate::io::Signal::Closed { code: None };
    bot.client.handle(at(5), Input::Conn { conn, signal });
    let view = bot.client.shards().next().unwrap();
    assert_eq!(view.last_fault().unwrap().at, at(100_000));
}

#[test]
fn a_late_tick_makes_one_beat_for_each_shard() {
    let mut bot = Bot::live(3);
    bot.now += 86_400_000;
    let lines = bot.handle(Input::Tick);
    for shard in 0..3 {
        assert_eq!(count(&lines, &format!("send {shard}.1 {{\"op\":1")), 1, "{lines:?}");
    }
    // The link is not dead because nobody was awake.
    assert_eq!(bot.phases(), [PhaseName::Live; 3]);
}

#[test]
fn an_input_comes_before_timers_of_the_same_moment() {
    // The acknowledgement arrives together with the beat that would find the link dead.
    let mut bot = Bot::live(1);
    while bot.client.shards().next().unwrap().unanswered_beats() < 2 {
        bot.wake();
    }
    let due = bot.client.next_deadline().unwrap();
    assert_eq!(due.why, Wake::Heartbeat(bot.shards[0]));
    bot.now = u64::try_from(due.at.since_start().as_millis()).unwrap();
    let lines = bot.frame(0, r#"{"op":11}"#);
    assert!(has(&lines, r#""op":1"#) && !has(&lines, "disconnect"), "{lines:?}");

    // The token comes together with its deadline.
    let mut bot = Bot::new(fixed(1));
    bot.drain();
    bot.now = 11_000;
    assert!(has(&bot.token("T"), "/gateway/bot"));
    // The address, too.
    bot.now = 21_000;
    assert!(has(&bot.gateway(FREE), "connect"));
    // The socket, Hello, READY.
    bot.now = 31_000;
    assert_eq!(bot.open(0), ["0 is greeting: the socket is open"]);
    bot.now = 41_000;
    bot.hello(0);
    assert_eq!(bot.phase(0), PhaseName::Joining);
    bot.now = 56_000;
    assert!(has(&bot.ready(0), "0 is live"));
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    let run = |seed: u64| -> Vec<String> {
        let mut bot = Bot::found(fixed(3).with_seed(seed), FREE);
        let mut lines = Vec::new();
        for _ in 0..60 {
            for shard in 0..3 {
                if bot.conns.contains_key(&shard) {
                    lines.extend(bot.open(shard));
                    lines.extend(bot.fail(shard));
                }
            }
            lines.extend(bot.wake());
            lines.push(format!("{}", bot.now));
        }
        lines
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2), "the seed decides nothing");
}

#[test]
fn the_end_of_time_is_survived() {
    for now in [u64::MAX, 1 << 60] {
        let mut client = Client::new(fixed(2), Timestamp::from_millis(now)).unwrap();
        for _ in 0..20 {
            client.handle(Timestamp::from(Duration::MAX), Input::Tick);
            while client.poll_output().is_some() {}
        }
        // It does not ask to be woken for ever in the same moment.
        let first = client.next_deadline().unwrap().at;
        client.handle(Timestamp::from(Duration::MAX), Input::Tick);
        while client.poll_output().is_some() {}
        assert!(client.next_deadline().unwrap().at >= first);
    }
}

#[test]
fn limits_without_time_are_refused() {
    type Set = fn(&mut crate::Limits) -> &mut Duration;
    let fields: [Set; 8] = [
        |limits| &mut limits.exchange_timeout,
        |limits| &mut limits.call_timeout,
        |limits| &mut limits.attempt_timeout,
        |limits| &mut limits.dial_timeout,
        |limits| &mut limits.hello_timeout,
        |limits| &mut limits.join_timeout,
        |limits| &mut limits.slot_timeout,
        |limits| &mut limits.usual_interval,
    ];
    for (at_field, field) in fields.into_iter().enumerate() {
        let mut config = config();
        *field(&mut config.limits) = Duration::ZERO;
        assert_eq!(Client::new(config, at(0)).err(), Some(ConfigError::NoTime), "field {at_field}");
        // As much as there is does no harm.
        let mut config = fixed(1);
        *field(&mut config.limits) = Duration::MAX;
        let mut bot = Bot::found(config, FREE);
        bot.open(0);
        bot.hello(0);
        bot.ready(0);
        assert_eq!(bot.phase(0), PhaseName::Live, "field {at_field}");
    }
    // Those that may be nothing.
    let mut config = fixed(2);
    config.limits.identify_window = Duration::ZERO;
    config.limits.identify_margin = Duration::ZERO;
    config.limits.stable_after = Duration::ZERO;
    config.limits.token_margin = Duration::ZERO;
    config.limits.stop_grace = Duration::ZERO;
    config.limits.calls_in_flight = 0;
    config.limits.remembered_events = 0;
    let mut bot = Bot::found(config, FREE);
    bot.open(0);
    assert!(has(&bot.hello(0), r#""op":2"#));
    bot.open(1);
    assert!(has(&bot.hello(1), r#""op":2"#));
}

#[test]
fn poll_only_pops() {
    let mut bot = Bot::live(2);
    bot.client.stop(at(bot.now), crate::Leave::Final);
    let phases = bot.phases();
    let mut kinds = Vec::new();
    while let Some(output) = bot.client.poll_output() {
        assert_eq!(bot.phases(), phases);
        kinds.push(matches!(output, Output::Action(_)));
    }
    assert_eq!(kinds, [true, false, false, true, false, false, false]);
}

#[test]
fn facts_are_read_from_the_state() {
    let mut bot = Bot::live(1);
    let view = bot.client.shards().next().unwrap();
    assert!(view.link_up() && view.can_receive() && bot.client.can_send());
    assert_eq!((view.attempts(), view.next_try(), view.last_fault()), (0, None, None));
    assert_eq!(view.session().unwrap().id, "S0");
    bot.wake();
    bot.now += 77;
    bot.frame(0, r#"{"op":11}"#);
    let view = bot.client.shards().next().unwrap();
    assert_eq!(view.last_round_trip(), Some(Duration::from_millis(77)));
    bot.frame(0, r#"{"op":9,"d":true}"#);
    let view = bot.client.shards().next().unwrap();
    assert_eq!((view.phase(), view.since()), (PhaseName::Resting, at(bot.now)));
    assert!(!view.link_up() && !view.can_receive() && bot.client.can_send());
    assert!(view.next_try().unwrap() > at(bot.now));
    let token = bot.client.token();
    assert!(token.usable && !token.fetching && token.refused.is_none());
    assert_eq!((token.since, token.expires_at), (Some(at(1000)), Some(at(7_201_000))));
}
