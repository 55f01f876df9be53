//! When a session is resumed, when it is given up, and what is handed out.

use alloc::string::String;

use super::{Bench, HELLO, Phase, ShardInput, event, input, parts, phase, ready};
use crate::event::{Cause, PhaseName};
use crate::io::TransportError;
use alloc::format;
use core::time::Duration;

/// What it is called, and how it is made.
type Named = (&'static str, fn() -> ShardInput);

const FAILED: ShardInput = ShardInput::Failed(TransportError::Broken);

#[test]
fn three_resumes_unconfirmed_drop_the_session() {
    let ends: [Named; 4] = [
        ("cut", || FAILED),
        ("closed", || ShardInput::Closed { code: Some(4009) }),
        ("op 7", || ShardInput::ReconnectAsked),
        ("op 9 true", || ShardInput::Invalid { resumable: true }),
    ];
    for (what, end) in ends {
        let mut bench = Bench::at("Queued+");
        for round in 1..=3 {
            bench.rejoin();
            bench.step(end());
            assert_eq!(bench.session(), if round < 3 { "S@7" } else { "-" }, "{what} {round}");
            assert_eq!(bench.totals.sessions_lost, u64::from(round == 3), "{what} {round}");
        }
        // The counter starts anew with the next session.
        bench.rejoin();
        bench.step(ready("N"));
        for _ in 0..2 {
            bench.step(FAILED);
            bench.rejoin();
        }
        assert_eq!(bench.session(), "N@3", "{what}");
    }
}

#[test]
fn a_silent_resume_counts_as_well() {
    let mut bench = Bench::at("Queued+");
    for round in 1..=3 {
        bench.rejoin();
        while bench.name() == PhaseName::Joining {
            bench.wait(1000);
        }
        assert_eq!(bench.session(), if round < 3 { "S@7" } else { "-" }, "{round}");
    }
}

#[test]
fn a_resume_that_dies_before_its_deadline_counts_as_well() {
    let mut bench = Bench::at("Queued+");
    for round in 1..=3 {
        if let Some(until) = bench.shard.phase.rests_until() {
            bench.now = until;
            bench.step(ShardInput::Timer);
        }
        bench.step(input("Admit"));
        bench.step(ShardInput::Opened);
        bench.step(ShardInput::Hello { every: Duration::from_secs(1) });
        while bench.name() == PhaseName::Joining {
            bench.wait(100);
        }
        assert_eq!(bench.moved.unwrap().1, Cause::DeadLink);
        assert_eq!(bench.session(), if round < 3 { "S@7" } else { "-" }, "{round}");
    }
}

#[test]
fn a_replay_that_ends_in_op_9_true_counts_as_a_replay() {
    let mut bench = Bench::at("Queued+");
    for round in 0..9_u64 {
        bench.rejoin();
        bench.step(event(8 + round, &format!("E{round}")));
        bench.step(ShardInput::Invalid { resumable: true });
        assert_eq!(bench.session(), format!("S@{}", 8 + round));
    }
}

#[test]
fn a_replay_that_is_not_read_is_not_late() {
    let mut bench = Bench::at("Queued+");
    bench.join();
    bench.step(event(8, "E8"));
    bench.step(ShardInput::Paused(true));
    for _ in 0..600 {
        bench.wait(1000);
        assert_eq!(bench.name(), PhaseName::Joining);
    }
    // It reads again: the usual time from now on.
    bench.step(ShardInput::Paused(false));
    bench.wait(14_999);
    assert_eq!(bench.name(), PhaseName::Joining);
    bench.wait(1);
    assert_eq!(bench.moved.unwrap().1, Cause::TimedOut);
    assert_eq!(bench.session(), "S@8");
}

#[test]
fn a_replay_shows_that_the_session_lives() {
    let mut bench = Bench::at("Queued+");
    for round in 0..20_u64 {
        bench.rejoin();
        let seq = 8 + round;
        bench.step(event(seq, &format!("E{seq}")));
        bench.step(FAILED);
        assert_eq!(bench.session(), format!("S@{seq}"));
    }
    // What was replayed before does not count.
    for _ in 0..3 {
        bench.rejoin();
        bench.step(event(9, "E9"));
        bench.step(FAILED);
    }
    assert_eq!(bench.session(), "-");
    assert_eq!(bench.totals.duplicates, 3);
}

#[test]
fn dials_and_hellos_that_fail_say_nothing_about_the_session() {
    let mut bench = Bench::at("Queued+");
    for _ in 0..20 {
        if let Some(until) = bench.shard.phase.rests_until() {
            bench.now = until;
            bench.step(ShardInput::Timer);
        }
        bench.step(input("Admit"));
        bench.step(FAILED);
        bench.now = bench.shard.phase.rests_until().unwrap_or(bench.now);
        bench.step(ShardInput::Timer);
        bench.step(input("Admit"));
        bench.step(ShardInput::Opened);
        bench.wait(10_000);
    }
    assert_eq!(bench.session(), "S@7");
    assert_eq!(bench.totals.sessions_lost, 0);
}

#[test]
fn six_confirmed_and_lost_at_once_drop_the_session() {
    let ends: [fn() -> ShardInput; 4] = [
        || FAILED,
        || ShardInput::Closed { code: Some(4009) },
        || ShardInput::ReconnectAsked,
        || ShardInput::Invalid { resumable: true },
    ];
    for (lived, dropped, end) in
        ends.map(|end| (9_999, true, end)).into_iter().chain(ends.map(|end| (10_000, false, end)))
    {
        let mut bench = Bench::at("Queued+");
        for round in 1..=6 {
            bench.rejoin();
            bench.step(ShardInput::Resumed { seq: None });
            bench.now = bench.now.after(Duration::from_millis(lived));
            bench.step(end());
            let expected = if dropped && round == 6 { "-" } else { "S@7" };
            assert_eq!(bench.session(), expected, "{lived} {round}");
        }
    }
}

/// A session that carries events is a good one, however short each of its links is.
#[test]
fn one_that_carries_an_event_starts_the_count_anew() {
    for replayed in [true, false] {
        let mut bench = Bench::at("Queued+");
        for round in 1..=20_u64 {
            bench.rejoin();
            let event = event(100 + round, &format!("E{round}"));
            if replayed {
                bench.step(event);
                bench.step(ShardInput::Resumed { seq: None });
            } else {
                bench.step(ShardInput::Resumed { seq: None });
                bench.step(event);
            }
            bench.step(FAILED);
            assert_eq!(bench.session(), format!("S@{}", 100 + round));
        }
    }
}

#[test]
fn one_that_lasts_starts_the_count_anew() {
    let mut bench = Bench::at("Queued+");
    for lived in [1, 1, 1, 1, 1, 10_000, 1, 1, 1, 1, 1] {
        bench.rejoin();
        bench.step(ShardInput::Resumed { seq: None });
        bench.now = bench.now.after(Duration::from_millis(lived));
        bench.step(FAILED);
        assert_eq!(bench.session(), "S@7");
    }
    bench.rejoin();
    bench.step(ShardInput::Resumed { seq: None });
    bench.step(FAILED);
    assert_eq!(bench.session(), "-");
}

#[test]
fn fresh_sessions_lost_at_once_are_kept() {
    let mut bench = Bench::at("Queued");
    bench.join();
    bench.step(ready("N"));
    for _ in 0..3 {
        bench.step(ready("N"));
        bench.step(FAILED);
        assert_eq!(bench.session(), "N@3");
        bench.rejoin();
    }
}

#[test]
fn identifies_refused_are_counted_and_the_token_is_suspected_once() {
    let ends: [fn() -> ShardInput; 3] = [
        || ShardInput::Invalid { resumable: false },
        || ShardInput::Invalid { resumable: true },
        || ShardInput::Closed { code: Some(4903) },
    ];
    for end in ends {
        let mut bench = Bench::at("Queued");
        for (times, pauses) in [(1, 1000..=3000), (2, 1000..=3000), (3, 1600..=3000), (4, 4000..=6000)] {
            bench.rejoin();
            bench.dead_token = None;
            let outputs = bench.step(end());
            let fault = outputs.iter().find(|output| output.starts_with("fault")).unwrap();
            assert!(fault.contains(&format!("refused {times} times")), "{fault}");
            assert_eq!(bench.dead_token, (times == 2).then_some(1), "{times}");
            assert!(pauses.contains(&bench.rests()), "{times}: {} ms", bench.rests());
        }
        // READY forgives.
        bench.rejoin();
        bench.step(ready("N"));
        bench.step(ShardInput::Closed { code: Some(4006) });
        bench.rejoin();
        let outputs = bench.step(end());
        assert!(outputs.iter().any(|output| output.contains("refused 1 times")), "{outputs:?}");
    }
}

#[test]
fn a_resume_that_is_refused_is_no_refused_identify() {
    for end in [ShardInput::Invalid { resumable: false }, ShardInput::Closed { code: Some(4902) }] {
        let mut bench = Bench::at("Joining+");
        let outputs = bench.step(end);
        assert!(outputs.iter().all(|output| !output.contains("refused")), "{outputs:?}");
        assert_eq!(bench.session(), "-");
        assert_eq!(bench.totals.sessions_lost, 1);
    }
}

#[test]
fn what_comes_twice_is_handed_out_once() {
    let mut bench = Bench::at("Live");
    // Number, id, handed out, number of the session afterwards.
    for (seq, id, out, kept) in [
        (8, "E8", true, 8),
        (8, "E8", false, 8),
        (7, "E7", false, 8),
        (1, "E1", false, 8),
        // A gap is legal.
        (20, "E20", true, 20),
        // The same event under another number.
        (21, "E20", false, 21),
        // No id: by its number alone.
        (22, "", true, 22),
        (22, "", false, 22),
        (0xFFFF_FFFF, "last", true, 0xFFFF_FFFF_u64),
    ] {
        let outputs = bench.step(event(seq, id));
        assert_eq!(outputs.len(), usize::from(out), "{seq} {id}: {outputs:?}");
        assert_eq!(bench.session(), format!("S@{kept}"), "{seq} {id}");
    }
    assert_eq!((bench.totals.events, bench.totals.duplicates), (4, 5));
}

#[test]
fn a_number_that_cannot_be_is_not_believed() {
    let mut bench = Bench::at("Live");
    for seq in [0x1_0000_0000, u64::MAX] {
        assert_eq!(bench.step(event(seq, &format!("E{seq}"))).len(), 1);
        assert_eq!(bench.session(), "S@7");
    }
    assert_eq!(bench.step(event(8, "E8")), ["event 8 E8"]);

    let mut bench = Bench::at("Joining+");
    bench.step(ShardInput::Resumed { seq: Some(u64::MAX) });
    assert_eq!(bench.session(), "S@7");
    let mut bench = Bench::at("Joining");
    bench.step(ShardInput::Ready {
        session: "N".into(),
        seq: Some(u64::MAX),
        user_id: String::new(),
        username: String::new(),
    });
    assert_eq!(bench.session(), "N@0");
}

#[test]
fn an_event_without_a_number_is_handed_out() {
    let mut bench = Bench::at("Live");
    for _ in 0..2 {
        let frame = parts(r#"{"op":0,"t":"X","d":{}}"#);
        assert_eq!(bench.step(ShardInput::Dispatch(frame)), ["event 0 -"]);
    }
    assert_eq!(bench.session(), "S@7");
}

#[test]
fn resumed_never_takes_the_number_back() {
    for (seq, kept) in [(Some(3), "S@7"), (Some(7), "S@7"), (Some(2002), "S@2002"), (None, "S@7")] {
        let mut bench = Bench::at("Joining+");
        bench.step(ShardInput::Resumed { seq });
        assert_eq!(bench.session(), kept, "{seq:?}");
    }
}

#[test]
fn a_replay_is_counted_and_keeps_the_handshake_open() {
    let mut bench = Bench::at("Queued+");
    bench.join();
    for seq in 8..28 {
        // Longer than any handshake may take.
        bench.now = bench.now.after(Duration::from_secs(14));
        bench.step(event(seq, &format!("E{seq}")));
    }
    assert_eq!(bench.step(ShardInput::Resumed { seq: Some(28) }), ["resumed, 20 replayed"]);
    assert_eq!(bench.session(), "S@28");
}

#[test]
fn a_new_session_starts_its_own_numbers() {
    let mut bench = Bench::at("Live");
    bench.step(event(500, "E500"));
    // Op 9, then identify: numbers begin again, ids are still known.
    bench.step(ShardInput::Invalid { resumable: false });
    bench.rejoin();
    assert_eq!(bench.step(ready("N")), ["ready N@3 77 bot #1"]);
    assert_eq!(bench.step(event(4, "E4")), ["event 4 E4"]);
    assert!(bench.step(event(5, "E500")).is_empty());
    // READY while it is live: the same.
    let outputs = bench.step(ready("M"));
    assert_eq!(outputs[1], "ready M@3 77 bot #2");
    assert_eq!(bench.step(event(4, "E4b")), ["event 4 E4b"]);
}

#[test]
fn a_session_without_an_id_is_not_resumed() {
    let mut bench = Bench::at("Live");
    bench.step(ShardInput::Ready {
        session: String::new(),
        seq: Some(1),
        user_id: String::new(),
        username: String::new(),
    });
    bench.step(FAILED);
    assert_eq!(bench.session(), "-");
    // It was none, so none was lost.
    assert_eq!(bench.totals.sessions_lost, 0);
}

#[test]
fn identify_and_resume_are_counted() {
    let mut bench = Bench::at("Queued+");
    bench.join();
    assert_eq!((bench.totals.identifies, bench.totals.resumes, bench.identified), (0, 1, false));
    let mut bench = Bench::at("Queued");
    bench.join();
    assert_eq!((bench.totals.identifies, bench.totals.resumes, bench.identified), (1, 0, true));
}

#[test]
fn a_connection_is_never_named_twice() {
    let mut bench = Bench::at("Queued");
    let mut last = bench.shard.kept.epoch;
    for _ in 0..50 {
        bench.rejoin();
        let epoch = bench.shard.phase.conn().unwrap().epoch;
        assert!(epoch > last);
        last = epoch;
        bench.step(FAILED);
    }
}

#[test]
fn what_hello_says_is_what_is_beaten() {
    let mut bench = Bench::new(phase("Greeting+"));
    bench.step(ShardInput::Hello { every: Duration::from_secs(20) });
    let first = bench.shard.phase.beat().unwrap().due.since(bench.now);
    assert!(first >= Duration::from_secs(2) && first <= Duration::from_secs(20), "{first:?}");
    bench.step(ShardInput::Resumed { seq: None });
    bench.now = bench.shard.phase.beat().unwrap().due;
    bench.step(ShardInput::Timer);
    assert_eq!(bench.shard.phase.beat().unwrap().due.since(bench.now), Duration::from_secs(20));
    // A second Hello on the same socket changes nothing.
    bench.step(HELLO);
    assert_eq!(bench.shard.phase.beat().unwrap().due.since(bench.now), Duration::from_secs(20));
}

#[test]
fn a_round_trip_is_measured_from_beat_to_answer() {
    let mut bench = Bench::at("Live");
    bench.step(ShardInput::Timer);
    bench.now = bench.now.after(Duration::from_millis(123));
    bench.step(ShardInput::BeatAcked);
    assert_eq!(bench.shard.kept.round_trip, Some(Duration::from_millis(123)));
    // An answer that nobody asked for says nothing.
    bench.now = bench.now.after(Duration::from_secs(9));
    bench.step(ShardInput::BeatAcked);
    assert_eq!(bench.shard.kept.round_trip, Some(Duration::from_millis(123)));
}

#[test]
fn a_link_without_answers_is_dead_when_the_third_beat_is_due() {
    let mut bench = Bench::at("Live");
    let mut sent = 0;
    while matches!(bench.shard.phase, Phase::Live { .. }) {
        sent += bench.wait(1000).iter().filter(|output| output.contains(r#""op":1"#)).count();
    }
    assert_eq!(sent, 2);
    // The first was due at once, so two intervals have passed.
    assert_eq!(bench.now.since(super::NOW), Duration::from_secs(81));
    assert_eq!(bench.session(), "S@7");
}

#[test]
fn a_reader_that_pauses_is_no_dead_link() {
    let mut bench = Bench::at("Live");
    bench.step(ShardInput::Paused(true));
    for _ in 0..600 {
        bench.wait(1000);
        assert_eq!(bench.name(), PhaseName::Live);
    }
    bench.step(ShardInput::Paused(false));
    for _ in 0..130 {
        bench.wait(1000);
    }
    assert_ne!(bench.name(), PhaseName::Live, "it reads again and hears nothing");
}
