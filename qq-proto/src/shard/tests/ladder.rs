//! Refused intents: one test for each row of the ladder's table.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Bench, INPUTS, ShardInput, input, ready};
use crate::event::PhaseName;
use crate::intents::Intents;
use crate::io::TransportError;
use crate::ladder::Ladder;

const OP_9: ShardInput = ShardInput::Invalid { resumable: false };

const fn close(code: u16) -> ShardInput {
    ShardInput::Closed { code: Some(code) }
}

const STEPPED: &str = "fault shard 0: refused: the intents INTERACTION, not all of which are granted to this bot (apply for \
                       them in the platform's console); it goes on with GUILDS|GROUP_AND_C2C_EVENT";
const LOST: &str = "fault shard 0: the session could not be resumed, a new one begins";

/// A shard that waits for its turn and asks for the usual intents, with the ladder on or off.
fn bench(phase: &str, on: bool) -> Bench {
    let mut bench = Bench::at(phase);
    bench.config.intents = Intents::GUILDS | Intents::GROUP_AND_C2C;
    bench.ladder = Ladder::new(bench.config.intents, on);
    bench
}

/// The same after an identify.
fn identified(on: bool) -> Bench {
    let mut bench = bench("Queued", on);
    bench.join();
    bench
}

/// What is asked for, as bits of the default set that are left.
fn left(bench: &Bench) -> u32 {
    bench.ladder.intents().bits()
}

const ALL: u32 = 1 | 1 << 25 | 1 << 26;
const ORDINARY: u32 = 1 | 1 << 25;
const GROUPS: u32 = 1 << 25;

#[test]
fn an_identify_that_is_refused_steps_down() {
    for answer in [OP_9, close(4903), close(4013), close(4014)] {
        let shown = format!("{answer:?}");
        let mut bench = identified(true);
        let outputs = bench.step(answer);
        let told: Vec<&String> = outputs.iter().filter(|line| line.starts_with("fault")).collect();
        assert_eq!(told, [STEPPED], "{shown}");
        assert_eq!((left(&bench), bench.name()), (ORDINARY, PhaseName::Resting), "{shown}");
        assert!((1000..=3000).contains(&bench.rests()), "{shown}");
        // The next identify says so.
        bench.now = bench.shard.phase.rests_until().unwrap();
        bench.step(ShardInput::Timer);
        bench.step(input("Admit"));
        bench.step(ShardInput::Opened);
        bench.step(super::HELLO);
        let sent = bench.step(ShardInput::Permit);
        assert!(sent[0].contains(&format!(r#""intents":{ORDINARY},"#)), "{sent:?}");
    }
}

#[test]
fn off_everything_is_as_before() {
    for answer in [OP_9, close(4903), close(4013), close(4014)] {
        let shown = format!("{answer:?}");
        let halts = shown.contains("401");
        let mut bench = identified(false);
        let outputs = bench.step(answer).concat();
        assert_eq!(outputs.contains("identify refused 1 times"), !halts, "{shown}: {outputs}");
        assert!(!outputs.contains("goes on with"), "{shown}: {outputs}");
        assert_eq!(bench.name() == PhaseName::Halted, halts, "{shown}");
        assert_eq!(left(&bench), ALL, "{shown}");
    }
}

#[test]
fn at_the_end_of_the_ladder_everything_is_as_without_it() {
    let end = || {
        let mut bench = identified(true);
        for set in [ORDINARY, GROUPS] {
            bench.step(close(4014));
            assert_eq!(left(&bench), set);
            bench.rejoin();
        }
        bench
    };
    for code in [4013, 4014] {
        let mut bench = end();
        let outputs = bench.step(close(code));
        assert_eq!(outputs, [format!("halted the gateway closed with {code}")]);
        assert_eq!((bench.name(), left(&bench)), (PhaseName::Halted, GROUPS));
    }
    for answer in [|| OP_9, || close(4903)] {
        let mut bench = end();
        for times in 1..4 {
            let outputs = bench.step(answer()).concat();
            assert!(outputs.contains(&format!("refused {times} times")), "{outputs}");
            assert!(outputs.contains("are the intents GROUP_AND_C2C_EVENT granted"), "{outputs}");
            // Both kinds of refusal are tried again, and the token is suspected at the second.
            assert_eq!((bench.name(), left(&bench)), (PhaseName::Resting, GROUPS));
            assert_eq!(bench.dead_token.take(), (times == 2).then_some(1), "{times}");
            bench.rejoin();
        }
    }
}

#[test]
fn what_was_granted_before_is_doubted_twice() {
    for answer in [|| OP_9, || close(4903)] {
        let mut bench = identified(true);
        bench.step(ready("N"));
        bench.step(close(4006));
        for times in 1..3 {
            bench.rejoin();
            let outputs = bench.step(answer()).concat();
            assert!(outputs.contains(&format!("refused {times} times")), "{outputs}");
            assert_eq!(left(&bench), ALL);
        }
        assert_eq!(bench.dead_token, Some(1), "a bad token is answered in the same way");
        bench.rejoin();
        assert!(bench.step(answer()).concat().contains("goes on with"));
        assert_eq!(left(&bench), ORDINARY);
    }
    // The server names the intents: a grant was withdrawn.
    let mut bench = identified(true);
    bench.step(ready("N"));
    bench.step(close(4006));
    bench.rejoin();
    bench.step(close(4014));
    assert_eq!(left(&bench), ORDINARY);
}

#[test]
fn a_live_link_that_is_closed_for_its_intents_steps_down() {
    for code in [4013, 4014] {
        let mut bench = identified(true);
        bench.step(ready("N"));
        assert_eq!(bench.step(close(code)), [STEPPED, LOST]);
        assert_eq!(
            (bench.name(), bench.session().as_str(), left(&bench)),
            (PhaseName::Resting, "-", ORDINARY)
        );
    }
}

#[test]
fn a_step_that_another_shard_has_taken_is_not_taken_twice() {
    for answer in [OP_9, close(4903), close(4014)] {
        let shown = format!("{answer:?}");
        let mut bench = identified(true);
        // Another shard's identify was refused meanwhile.
        let set = bench.ladder.intents();
        let _ = bench.ladder.refused(Some(set), crate::ladder::Sign::Named);
        let outputs = bench.step(answer).concat();
        assert!(!outputs.contains("goes on with"), "{shown}: {outputs}");
        assert_eq!((bench.name(), left(&bench)), (PhaseName::Resting, ORDINARY), "{shown}");
    }
}

#[test]
fn a_resume_that_fails_takes_no_step() {
    for from in ["Joining+", "Live"] {
        for on in [true, false] {
            for what in INPUTS {
                let mut bench = bench(from, on);
                bench.step(input(what));
                assert_eq!(left(&bench), ALL, "{from} {what}");
            }
            for code in (4000..=4020).chain(4900..=4915) {
                let mut bench = bench(from, on);
                bench.step(close(code));
                assert_eq!(left(&bench), ALL, "{from} {code}");
            }
        }
    }
    // Named, it costs the session, and the identify will tell.
    for from in ["Joining+", "Live"] {
        for code in [4013, 4014] {
            let mut bench = bench(from, true);
            assert_eq!(bench.step(close(code)), [LOST], "{from}");
            assert_eq!((bench.name(), bench.session().as_str()), (PhaseName::Resting, "-"), "{from}");
            bench.rejoin();
            assert_eq!(bench.step(close(code)), [STEPPED], "{from}");
            let mut off = self::bench(from, false);
            off.step(close(code));
            assert_eq!(off.name(), PhaseName::Halted, "{from}");
        }
    }
    // Also after the session it belongs to was begun here, and after it went on.
    for (resumed, answer) in [(false, OP_9), (false, close(4014)), (true, close(4014))] {
        let shown = format!("{resumed} {answer:?}");
        let mut bench = identified(true);
        bench.step(ready("N"));
        bench.step(close(4009));
        bench.join();
        if resumed {
            bench.step(ShardInput::Resumed { seq: None });
        }
        bench.step(answer);
        assert_eq!((bench.session().as_str(), left(&bench)), ("-", ALL), "{shown}");
    }
}

#[test]
fn what_says_nothing_about_intents_takes_no_step() {
    let others = [
        ShardInput::Closed { code: None },
        ShardInput::Failed(TransportError::Broken),
        ShardInput::ReconnectAsked,
    ];
    let codes = [1000, 4001, 4004, 4006, 4007, 4008, 4009, 4900, 4902, 4904, 4913].map(close);
    for answer in others.into_iter().chain(codes) {
        let shown = format!("{answer:?}");
        let mut bench = identified(true);
        bench.step(answer);
        assert_eq!(left(&bench), ALL, "{shown}");
        assert_ne!(bench.name(), PhaseName::Halted, "{shown}");
    }
    let mut silent = identified(true);
    silent.wait(15_000);
    assert_eq!((silent.name(), left(&silent)), (PhaseName::Queued, ALL));
}

#[test]
fn before_anything_was_asked_a_close_is_as_without_the_ladder() {
    for from in ["Dialing", "Dialing+", "Greeting", "Greeting+", "Greeted"] {
        for code in [4013, 4014, 4903] {
            let (mut with, mut without) = (bench(from, true), bench(from, false));
            assert_eq!(with.step(close(code)), without.step(close(code)), "{from} {code}");
            assert_eq!((with.name(), left(&with)), (without.name(), ALL), "{from} {code}");
        }
    }
}
