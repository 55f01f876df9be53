//! Refused intents: loud and final without the ladder, one step down for each refusal with it, and never because of a
//! resume.

use qq_proto::PhaseName;
use qq_testkit::choices::Seeded;
use qq_testkit::oracle::honest;
use qq_testkit::platform::{Handshake, Incident, IntentRefusal};
use qq_testkit::world::{Figures, Plan, Scenario, World, find};

/// What the world's bots ask for.
const ALL: u64 = ORDINARY | 1 << 12 | 1 << 26;
/// The same without what needs a grant.
const ORDINARY: u64 = 1 | 1 << 25 | 1 << 30;
const GROUPS: u64 = 1 << 25;

const STYLES: [IntentRefusal; 3] =
    [IntentRefusal::InvalidSession, IntentRefusal::Close, IntentRefusal::SessionError];

fn bits(intents: u64) -> u32 {
    u32::try_from(intents).unwrap_or(u32::MAX)
}

fn bot(granted: u64, refusal: IntentRefusal, ladder: bool) -> Scenario {
    Scenario::new(Plan { granted: bits(granted), refusal, ladder, ..Plan::calm() })
}

/// What the bot's story says was refused, step by step.
fn steps(play: &mut Scenario) -> Vec<String> {
    let told = play.told();
    let steps = told.iter().filter(|line| line.contains("it goes on with"));
    steps
        .map(|line| {
            let named = line.split_once("the intents ").and_then(|(_, rest)| rest.split_once(", not"));
            named.map_or_else(|| format!("no intents in: {line}"), |(named, _)| named.to_owned())
        })
        .collect()
}

#[test]
fn with_the_ladder_each_style_of_refusal_is_one_step() {
    for refusal in STYLES {
        // Granted, asked for one after the other, refused as it is told.
        for (granted, asked, refused) in [
            (ALL, &[ALL][..], &[][..]),
            (ORDINARY | 1 << 26, &[ALL, ORDINARY], &["DIRECT_MESSAGE|INTERACTION"]),
            (ORDINARY, &[ALL, ORDINARY], &["DIRECT_MESSAGE|INTERACTION"]),
            (
                GROUPS | 1,
                &[ALL, ORDINARY, GROUPS],
                &["DIRECT_MESSAGE|INTERACTION", "GUILDS|PUBLIC_GUILD_MESSAGES"],
            ),
        ] {
            let mut play = bot(granted, refusal, true);
            play.at(60_000);
            assert_eq!(play.intents(), asked, "{refusal:?} {granted:#x}");
            assert_eq!(steps(&mut play), refused, "{refusal:?} {granted:#x}");
            assert_eq!(play.phase(0), Some(PhaseName::Live), "{refusal:?} {granted:#x}");
            assert_eq!(u64::from(play.client().intents().bits()), asked[asked.len() - 1]);
            // Its events arrive.
            play.message().at(61_000);
            assert_eq!(play.client().totals().events, 1);
            play.ends_well();
        }
    }
}

#[test]
fn without_the_ladder_nothing_is_given_up() {
    for refusal in STYLES {
        let mut play = bot(ORDINARY, refusal, false);
        play.at(29_000);
        let asked = play.intents();
        assert!(asked.iter().all(|intents| *intents == ALL), "{refusal:?}: {asked:?}");
        assert_eq!(steps(&mut play), [""; 0]);
        if refusal == IntentRefusal::Close {
            assert_eq!((play.phase(0), asked.len()), (Some(PhaseName::Halted), 1));
        } else {
            // It may be the token: tried again, and again.
            assert!(asked.len() > 2 && play.phase(0) != Some(PhaseName::Halted), "{refusal:?}");
            // Whoever grants them in the console finds the bot there.
            play.plays(Incident::Grant { intents: u32::MAX }).at(200_000);
            assert_eq!(play.phase(0), Some(PhaseName::Live), "{refusal:?}");
            play.ends_well();
        }
    }
}

#[test]
fn at_its_end_the_ladder_changes_nothing() {
    for refusal in STYLES {
        let mut play = bot(1 << 26, refusal, true);
        play.at(40_000);
        let asked = play.intents();
        assert_eq!(asked[..3], [ALL, ORDINARY, GROUPS], "{refusal:?}");
        assert!(asked[3..].iter().all(|intents| *intents == GROUPS), "{refusal:?}: {asked:?}");
        assert_eq!(play.phase(0) == Some(PhaseName::Halted), refusal == IntentRefusal::Close, "{refusal:?}");
    }
}

#[test]
fn a_resume_that_fails_never_steps() {
    for sentence in [
        "the next 1 resumes are answered with op 9",
        "the next 1 resumes are closed with 4903",
        "the next 3 resumes are ignored",
        "the next 3 resumes are cut",
    ] {
        let mut play = bot(ALL, IntentRefusal::InvalidSession, true);
        play.at(10_000).happens(sentence).happens("server cuts shard 0").at(120_000);
        assert!(play.attempts().iter().any(|attempt| attempt.what == Handshake::Resume), "{sentence}");
        assert_eq!(play.intents(), [ALL, ALL], "{sentence}");
        assert_eq!(steps(&mut play), [""; 0], "{sentence}");
        play.ends_well();
    }
    // Nor does one that names the intents: the identify that follows tells.
    let mut play = bot(ALL, IntentRefusal::Close, true);
    play.at(10_000).happens("client 0 stops and is back after 6 s").at(20_000);
    play.happens("server closes shard 0 with 4014").at(60_000);
    assert_eq!(play.intents(), [ALL, ALL]);
    play.ends_well();
}

#[test]
fn a_grant_that_is_withdrawn_is_found_at_the_next_identify() {
    for refusal in STYLES {
        let mut play = bot(ALL, refusal, true);
        play.at(10_000).plays(Incident::Grant { intents: bits(ORDINARY) });
        // Nothing tells of it, and a resume goes well.
        play.at(100_000).happens("server cuts shard 0").at(110_000);
        assert_eq!(play.intents(), [ALL], "{refusal:?}");
        play.happens("server restarts and forgets its sessions").at(300_000);
        let asked = play.intents();
        // What was granted before is doubted twice, unless the server names it.
        let doubts = if refusal == IntentRefusal::Close { 1 } else { 3 };
        assert_eq!(asked.iter().filter(|intents| **intents == ALL).count(), 1 + doubts, "{refusal:?}");
        assert_eq!(asked.last(), Some(&ORDINARY), "{refusal:?}");
        assert_eq!(play.phase(0), Some(PhaseName::Live), "{refusal:?}");
        play.ends_well();
    }
}

#[test]
fn a_token_that_is_refused_like_intents_costs_none_of_them() {
    let mut play = bot(ALL, IntentRefusal::InvalidSession, true);
    // Both are answered with op 9 here; after the second another token is fetched.
    play.at(10_000).happens("the next 2 identifies are answered with op 9");
    play.happens("server restarts and forgets its sessions").at(200_000);
    assert_eq!(play.intents(), [ALL; 4]);
    assert_eq!(play.phase(0), Some(PhaseName::Live));
    play.ends_well();
}

#[test]
fn all_shards_share_the_step() {
    for refusal in STYLES {
        let granted = bits(ORDINARY);
        let four = Plan { shards: 4, concurrency: 4, granted, refusal, ladder: true, ..Plan::calm() };
        let mut play = Scenario::new(four);
        play.at(120_000);
        let asked = play.intents();
        assert!(asked.iter().all(|intents| [ALL, ORDINARY].contains(intents)), "{refusal:?}: {asked:?}");
        assert_eq!(steps(&mut play), ["DIRECT_MESSAGE|INTERACTION"], "{refusal:?}");
        for shard in 0..4 {
            assert_eq!(play.phase(shard), Some(PhaseName::Live), "{refusal:?}");
        }
        play.ends_well();
    }
}

#[test]
fn the_next_process_and_a_restart_ask_for_everything_again() {
    let mut play = bot(ORDINARY, IntentRefusal::Close, true);
    play.at(30_000).happens("client 0 stops and is back after 6 s").at(60_000);
    // The session is resumed, so nothing had to be asked for.
    assert_eq!(play.intents(), [ALL, ORDINARY]);
    play.happens("server restarts and forgets its sessions").at(120_000);
    assert_eq!(play.intents(), [ALL, ORDINARY, ALL, ORDINARY]);
    play.plays(Incident::Grant { intents: u32::MAX });
    play.happens("shard 0 is restarted afresh").at(180_000);
    assert_eq!(play.intents(), [ALL, ORDINARY, ALL, ORDINARY, ALL]);
    assert_eq!(play.phase(0), Some(PhaseName::Live));
    play.ends_well();
}

#[test]
fn all_properties_hold_in_a_storm_that_refuses() {
    let mut figures = Figures::default();
    let mut stepped = 0_u64;
    let seeds = std::env::var("QQ_WORLD_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    for seed in 0..seeds {
        let report = find(Plan::refusing(seed), seed, &honest, 200);
        let trace = &report.trace;
        assert!(trace.findings.is_empty(), "seed {seed}\n{trace}\n{}", trace.store(true));
        stepped += trace.story.iter().filter(|line| line.text.contains("it goes on with")).count() as u64;
        figures.add(&report.figures);
    }
    // Otherwise nothing was tested.
    assert!(stepped > seeds && figures.faults > figures.runs * 10, "{stepped} steps\n{figures}");
}

#[test]
fn a_refusing_world_without_the_ladder_never_comes_up() {
    let plan = Plan { ladder: false, ..Plan::refusing(0) };
    let trace = World::run(plan, &mut Seeded::new(0), &honest).trace;
    let stuck = trace.findings.iter().any(|finding| finding.property == qq_testkit::oracle::Property::P12);
    assert!(stuck, "the storm above would prove nothing");
}
