//! The contract's eight sentences, each as a property of any client under any moves.

use proptest::prelude::*;
use qq_proto::{
    Action, Client, Config, Event, Input, Output, PhaseName, ShardIndex, Shards, Timestamp, Wake,
};
use qq_testkit::oracle::{Finding, Property};
use qq_testkit::strategies::{Move, moves, run, sessions};
use qq_testkit::trace::Trace;

const SECRET: &str = "a-secret-of-nobody";

fn config(seed: u64, sessions: Vec<qq_proto::Session>) -> Config {
    Config::new("102030405", SECRET).with_seed(seed).with_shards(Shards::all(2)).with_sessions(sessions)
}

fn played(seed: u64, sessions: Vec<qq_proto::Session>, moves: &[Move]) -> Trace {
    run(config(seed, sessions), moves)
}

fn of(trace: &Trace, properties: &[Property]) -> Vec<Finding> {
    let mine = |finding: &&Finding| properties.contains(&finding.property);
    trace.findings.iter().filter(mine).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every input in every state: no panic, and nothing that must not happen.
    #[test]
    fn total(seed: u64, stored in sessions(), moves in moves()) {
        let trace = played(seed, stored, &moves);
        prop_assert!(trace.findings.is_empty(), "{trace}");
    }

    /// Outputs leave in the order in which they were decided: ids rise, and what moves a shard to a phase is told
    /// before what the phase sends.
    #[test]
    fn causal(seed: u64, moves in moves()) {
        let trace = played(seed, Vec::new(), &moves);
        prop_assert_eq!(of(&trace, &[Property::P6, Property::P7, Property::P8]), []);
    }

    /// Popping does nothing else: pop one, pop all, pop later, it is the same queue.
    #[test]
    fn causal_popping_only_pops(seed: u64) {
        let drain = |client: &mut Client| -> Vec<String> {
            std::iter::from_fn(|| client.poll_output()).map(|output| format!("{output:?}")).collect()
        };
        let mut eager = Client::new(config(seed, Vec::new()), Timestamp::ZERO).unwrap();
        let mut lazy = Client::new(config(seed, Vec::new()), Timestamp::ZERO).unwrap();
        let mut popped = Vec::new();
        for second in 0..60 {
            let now = Timestamp::from_millis(second * 1000);
            eager.handle(now, Input::Tick);
            lazy.handle(now, Input::Tick);
            popped.extend(drain(&mut eager));
        }
        prop_assert_eq!(popped, drain(&mut lazy));
    }

    /// After a drain the deadline lies strictly ahead.
    #[test]
    fn timely(seed: u64, stored in sessions(), moves in moves()) {
        let trace = played(seed, stored, &moves);
        prop_assert_eq!(of(&trace, &[Property::P2]), []);
    }

    /// An early tick changes nothing, a late one makes one beat.
    #[test]
    fn patient(seed: u64, moves in moves(), late in 1_u32..4_000_000) {
        let mut moves = moves;
        moves.push(Move::Join);
        moves.push(Move::Oversleep(late));
        let trace = played(seed, Vec::new(), &moves);
        prop_assert_eq!(of(&trace, &[Property::P3, Property::P4]), []);
    }

    /// A time before the last one counts as the last one.
    #[test]
    fn monotonic(seed: u64, back in 0_u64..100_000) {
        let outputs = |second: u64| {
            let mut client = Client::new(config(seed, Vec::new()), Timestamp::from_millis(100_000)).unwrap();
            let mut all = Vec::new();
            client.handle(Timestamp::from_millis(110_000), Input::Tick);
            client.handle(Timestamp::from_millis(second), Input::Tick);
            while let Some(output) = client.poll_output() {
                all.push(format!("{output:?}"));
            }
            (all, client.next_deadline())
        };
        prop_assert_eq!(outputs(back), outputs(110_000));
    }

    /// Same configuration, same inputs: the same outputs, byte for byte.
    #[test]
    fn repeatable(seed: u64, stored in sessions(), moves in moves()) {
        let trace = played(seed, stored.clone(), &moves);
        prop_assert_eq!(of(&trace, &[Property::P5]), []);
        prop_assert_eq!(trace.story, played(seed, stored, &moves).story);
    }

    /// Whatever was before, a platform that behaves gets all shards live, unless one is halted or was refused.
    #[test]
    fn never_stuck(seed: u64, moves in moves()) {
        let mut moves = moves;
        // The longest waits of the core's own one after the other, on a platform that does its part: minutes.
        moves.extend(std::iter::repeat_n(Move::Join, 10));
        let trace = played(seed, Vec::new(), &moves);
        for shard in 0..2 {
            let words = format!("shard {shard} is ");
            let newest = trace.story.iter().rev().find(|line| line.text.starts_with(&words));
            let text = newest.map(|line| line.text.clone()).unwrap_or_default();
            prop_assert!(text.contains("is live") || text.contains("is halted"), "{text}\n{trace}");
        }
    }
}

/// An acknowledgement that arrives together with the deadline wins.
#[test]
fn input_first() {
    let (mut client, conn) = live();
    // Two beats stay open; the third is due. The acknowledgement of the second comes at that very moment.
    let next_beat = |client: &mut Client| loop {
        let deadline = client.next_deadline().unwrap();
        if matches!(deadline.why, Wake::Heartbeat(_)) {
            return deadline.at;
        }
        client.handle(deadline.at, Input::Tick);
        while client.poll_output().is_some() {}
    };
    for _ in 0..2 {
        let due = next_beat(&mut client);
        client.handle(due, Input::Tick);
        while client.poll_output().is_some() {}
    }
    let due = next_beat(&mut client);
    let signal = qq_proto::Signal::Text(r#"{"op":11}"#.into());
    client.handle(due, Input::Conn { conn, signal });
    let outputs: Vec<Output> = std::iter::from_fn(|| client.poll_output()).collect();
    assert!(
        matches!(outputs.as_slice(), [Output::Action(Action::Send { .. })]),
        "a beat, not the end of the link: {outputs:?}"
    );
    assert_eq!(client.shards().next().map(|view| view.phase()), Some(PhaseName::Live));
}

/// A client with one live shard.
fn live() -> (Client, qq_proto::ConnId) {
    let config = Config::new("102030405", SECRET).with_shards(Shards::all(1));
    let mut client = Client::new(config, Timestamp::ZERO).unwrap();
    let mut conn = None;
    let now = Timestamp::from_millis(10);
    let mut ready = false;
    while let Some(output) = client.poll_output() {
        match output {
            Output::Action(Action::Http { id, request }) => {
                let body = if request.url.ends_with("Token") {
                    r#"{"access_token":"token-for-this-test","expires_in":7200}"#
                } else {
                    r#"{"url":"wss://gateway.example/","shards":1}"#
                };
                let result = Ok(qq_proto::HttpResponse::new(200, body));
                client.handle(now, Input::Http { id, result });
            }
            Output::Action(Action::Connect { conn: new, .. }) => {
                conn = Some(new);
                for signal in [
                    qq_proto::Signal::Opened,
                    qq_proto::Signal::Text(r#"{"op":10,"d":{"heartbeat_interval":30000}}"#.into()),
                    qq_proto::Signal::Text(r#"{"op":0,"s":1,"t":"READY","d":{"session_id":"s"}}"#.into()),
                ] {
                    client.handle(now, Input::Conn { conn: new, signal });
                }
            }
            Output::Event(Event::Ready(news)) => ready |= news.shard == ShardIndex::new(0),
            Output::Action(_) | Output::Event(_) => {}
        }
    }
    assert!(ready);
    (client, conn.unwrap())
}
