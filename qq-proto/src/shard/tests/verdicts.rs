//! Close codes: the verdict of each, and what each verdict does in each phase.

use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

use super::{Bench, ShardInput, line};
use crate::event::{Cause, PhaseName};
use crate::shard::{Verdict, verdict};

/// All codes there can be, in ranges of one verdict.
const SNAPSHOT: &str = "\
none: Resume
0..=4000: Resume
4001..=4002: IdentifyOnce
4003..=4003: Resume
4004..=4004: NewToken
4005..=4005: Resume
4006..=4007: Identify
4008..=4008: ResumeLater
4009..=4009: Resume
4010..=4014: Halt
4015..=4899: Resume
4900..=4913: Identify
4914..=4915: Halt
4916..=65535: Resume
";

#[test]
fn each_close_code_has_its_verdict() {
    let mut shown = format!("none: {:?}\n", verdict(None));
    let mut from = 0;
    for code in 0..=u16::MAX {
        let this = verdict(Some(code));
        if code == u16::MAX || verdict(Some(code + 1)) != this {
            writeln!(shown, "{from}..={code}: {this:?}").unwrap();
            from = code.saturating_add(1);
        }
    }
    assert_eq!(shown, SNAPSHOT);
}

/// The session afterwards, and the phase with the bounds of the rest in ms.
fn after(from: &str, code: u16) -> (Bench, String) {
    let mut bench = Bench::at(from);
    let outputs = bench.step(ShardInput::Closed { code: Some(code) });
    // Nobody is left to hang up on.
    assert!(!outputs.iter().any(|output| output.starts_with("disconnect")), "{from} {code}: {outputs:?}");
    assert_eq!(bench.moved.map(|(_, why, _)| why), Some(Cause::Closed { code: Some(code) }), "{from} {code}");
    let fault = bench.shard.kept.last_fault.unwrap();
    assert_eq!((fault.cause, fault.at), (Cause::Closed { code: Some(code) }, bench.now));
    let shown = line(&bench.shard.phase);
    (bench, shown)
}

#[test]
fn each_verdict_in_each_phase() {
    let with_session = ["Dialing+", "Greeting+", "Joining+", "Live"];
    let without = ["Dialing", "Greeting", "Greeted", "Joining"];
    // Code, what is left of a session, bounds of the rest, sessions lost.
    for (code, kept, rest, lost) in [
        (4009, "S@7", 0..=0, 0),
        (1000, "S@7", 0..=0, 0),
        (4008, "S@7", 5000..=10_000, 0),
        (4004, "S@7", 0..=0, 0),
        (4006, "-", 0..=0, 1),
        (4913, "-", 0..=0, 1),
        (4001, "-", 1000..=3000, 1),
    ] {
        for from in with_session {
            let (bench, _) = after(from, code);
            assert_eq!(bench.session(), kept, "{from} {code}");
            assert!(rest.contains(&bench.rests()), "{from} {code}: {} ms", bench.rests());
            assert_eq!(bench.totals.sessions_lost, lost, "{from} {code}");
        }
        for from in without {
            let (bench, _) = after(from, code);
            assert_eq!(bench.session(), "-", "{from} {code}");
            assert_eq!(bench.totals.sessions_lost, 0, "{from} {code}");
        }
    }
    for code in [4010, 4011, 4012, 4013, 4014, 4914, 4915] {
        for from in with_session.into_iter().chain(without) {
            assert_eq!(after(from, code).1, format!("Halted -: the gateway closed with {code}"), "{from}");
        }
    }
}

#[test]
fn a_dead_token_is_named_only_where_it_was_used() {
    for (from, named) in [("Live", Some(1)), ("Joining", Some(1)), ("Joining+", Some(1)), ("Greeting", None)]
    {
        assert_eq!(after(from, 4004).0.dead_token, named, "{from}");
    }
    // Other codes blame no token.
    for code in [4009, 4006, 4001, 4008] {
        assert_eq!(after("Live", code).0.dead_token, None, "{code}");
    }
}

#[test]
fn a_token_called_dead_twice_in_a_row_drops_the_session() {
    let mut bench = Bench::at("Live");
    bench.step(ShardInput::Closed { code: Some(4004) });
    assert_eq!(bench.session(), "S@7");
    bench.rejoin();
    bench.step(ShardInput::Closed { code: Some(4004) });
    assert_eq!(bench.session(), "-");
    assert_eq!(bench.totals.sessions_lost, 1);

    // Let in meanwhile: not in a row.
    let mut bench = Bench::at("Live");
    for _ in 0..5 {
        bench.step(ShardInput::Closed { code: Some(4004) });
        assert_eq!(bench.session(), "S@7");
        bench.rejoin();
        bench.step(ShardInput::Resumed { seq: None });
    }
}

#[test]
fn a_dead_token_that_was_not_sent_yet_does_not_count() {
    for from in ["Greeting+", "Dialing+"] {
        let mut bench = Bench::at(from);
        for _ in 0..5 {
            bench.step(ShardInput::Closed { code: Some(4004) });
            assert_eq!(bench.session(), "S@7", "{from}");
            bench.shard.phase = super::phase(from);
        }
    }
}

#[test]
fn our_own_bug_is_tried_once_more() {
    for second in [4001, 4002] {
        let mut bench = Bench::at("Live");
        bench.step(ShardInput::Closed { code: Some(4002) });
        assert_eq!((bench.name(), bench.session().as_str()), (PhaseName::Resting, "-"));
        bench.rejoin();
        bench.step(ShardInput::Closed { code: Some(second) });
        assert_eq!(line(&bench.shard.phase), format!("Halted -: the gateway closed with {second}"));
        assert!(bench.shard.phase.deadline(super::SHARD).is_none());
    }
}

#[test]
fn our_own_bug_is_forgotten_after_a_minute() {
    for (lived, next) in [(59_999, PhaseName::Halted), (60_000, PhaseName::Resting)] {
        let mut bench = Bench::at("Live");
        bench.step(ShardInput::Closed { code: Some(4002) });
        bench.rejoin();
        bench.step(super::ready("N"));
        bench.now = bench.now.after(core::time::Duration::from_millis(lived));
        bench.step(ShardInput::Closed { code: Some(4002) });
        assert_eq!(bench.name(), next, "{lived}");
    }
}

#[test]
fn the_table_can_be_replaced() {
    let mut bench = Bench::at("Live");
    bench.config.verdict = |code| if code == Some(4009) { Verdict::Halt } else { Verdict::Identify };
    bench.step(ShardInput::Closed { code: Some(4009) });
    assert_eq!(line(&bench.shard.phase), "Halted -: the gateway closed with 4009");
    let mut bench = Bench::at("Joining");
    bench.config.verdict = |_| Verdict::Identify;
    let outputs = bench.step(ShardInput::Closed { code: None });
    assert!(outputs[0].contains("identify refused 1 times"), "{outputs:?}");
}

#[test]
fn every_halt_says_what_to_do() {
    use crate::event::Halt;
    let mut seen = alloc::vec::Vec::new();
    for code in [4010, 4011, 4012, 4013, 4014, 4914, 4915, 4001, 4777] {
        let advice = Halt::Close { code }.advice();
        assert!(!advice.is_empty() && !seen.contains(&advice), "{code}: {advice}");
        seen.push(advice);
    }
    assert_ne!(Halt::Credentials { code: 100_016 }.advice(), Halt::Credentials { code: 100_007 }.advice());
}
