//! The checks themselves.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use qq_proto::{
    Action, Config, ConnId, Event, Hosts, HttpId, HttpResponse, IdentifySlots, Input, Output, PhaseName,
    ShardIndex, Shards, Signal, Timestamp, TransportError,
};
use qq_testkit::oracle::{Make, Property, honest};
use qq_testkit::strategies::{Deed, Move, Stage, Step};
use qq_testkit::world::Subject;

use super::Chance;

type Checked = Result<(), String>;

/// An output to the last byte.
fn print(output: &Output) -> String {
    let more = match output {
        Output::Action(Action::Send { frame, .. }) => frame.as_str().to_owned(),
        Output::Action(Action::Http { request, .. }) => {
            let headers: Vec<_> = request.headers().collect();
            format!("{headers:?} {}", String::from_utf8_lossy(request.body.as_bytes()))
        }
        Output::Event(Event::Dispatch(dispatch)) => dispatch.json().unwrap_or("broken").to_owned(),
        Output::Action(_) | Output::Event(_) => String::new(),
    };
    format!("{output:?} {more}")
}

fn drain(subject: &mut dyn Subject) -> Vec<String> {
    std::iter::from_fn(|| subject.poll_output()).map(|output| print(&output)).collect()
}

/// What the moves come to for the real client: its ids are those of every other client that does the same.
fn script(config: &Config, moves: &[Move]) -> Vec<Step> {
    let mut stage = Stage::new(config);
    for happening in moves {
        stage.play(happening);
    }
    stage.trace().script.clone()
}

fn same(what: &str, one: &[String], other: &[String]) -> Checked {
    match one.iter().zip(other).find(|(one, other)| one != other) {
        Some((one, other)) => Err(format!("{what}:\n  {one}\n  {other}")),
        None if one.len() != other.len() => Err(format!("{what}: {} outputs or {}", one.len(), other.len())),
        None => Ok(()),
    }
}

fn run(make: Make<'_>, config: &Config, script: &[Step]) -> Vec<String> {
    let mut subject = make(config.clone(), Timestamp::ZERO);
    let mut outputs = drain(subject.as_mut());
    for step in script {
        step.apply(subject.as_mut());
        outputs.extend(drain(subject.as_mut()));
    }
    outputs
}

/// `handle` accepts every input in every state; unknown and outdated ids are ignored.
pub(crate) fn total(make: Make<'_>, config: &Config, moves: &[Move], _: &Chance) -> Checked {
    // Ids that this client has never given out, of another one that has lived longer.
    let (strange_conn, strange_http) = strangers();
    let mut subject = make(config.clone(), Timestamp::ZERO);
    let mut now = Timestamp::ZERO;
    drain(subject.as_mut());
    let mut over: Vec<Input> = Vec::new();
    for step in script(config, moves) {
        now = now.max(step.now);
        let applied = catch_unwind(AssertUnwindSafe(|| step.apply(subject.as_mut())));
        applied.map_err(|_| format!("a panic at {:?}", step.deed))?;
        for output in std::iter::from_fn(|| subject.poll_output()) {
            if let Output::Action(Action::Disconnect { conn, .. }) = output {
                over.push(Input::Conn { conn, signal: Signal::Closed { code: Some(4009) } });
            }
        }
        if let Deed::Input(Input::Conn { conn, signal: Signal::Closed { .. } | Signal::Failed(_) }) =
            step.deed
        {
            over.push(Input::Conn { conn, signal: Signal::Opened });
        } else if let Deed::Input(Input::Http { id, .. }) = step.deed {
            over.push(Input::Http { id, result: Ok(HttpResponse::new(200, "{}")) });
        }
        let before = (subject.show(), subject.next_deadline());
        let strange = [
            Input::Conn { conn: strange_conn, signal: Signal::Closed { code: None } },
            Input::Conn { conn: strange_conn, signal: Signal::Text(Bytes::from_static(b"{\"op\":7}")) },
            Input::Http { id: strange_http, result: Err(TransportError::Broken) },
        ];
        for input in strange.into_iter().chain(over.iter().rev().take(3).cloned()) {
            let shown = format!("{input:?}");
            let ignored = catch_unwind(AssertUnwindSafe(|| subject.handle(now, input)));
            ignored.map_err(|_| format!("a panic at {shown}"))?;
            same("an outdated id is not ignored", &drain(subject.as_mut()), &[])?;
            if before != (subject.show(), subject.next_deadline()) {
                return Err(format!("{shown} is not ignored"));
            }
        }
    }
    Ok(())
}

/// Ids beyond all that a short run gives out.
fn strangers() -> (ConnId, HttpId) {
    thread_local! {
        static IDS: (ConnId, HttpId) = make_strangers();
    }
    IDS.with(|ids| *ids)
}

fn make_strangers() -> (ConnId, HttpId) {
    let config = Config::new("1", "another-secret").with_shards(Shards::all(1));
    let mut client = qq_proto::Client::new(config, Timestamp::ZERO).unwrap();
    let mut now = Timestamp::ZERO;
    let (mut conns, mut exchanges) = (Vec::new(), Vec::new());
    while conns.len() < 400 {
        let mut inputs = Vec::new();
        while let Some(output) = client.poll_output() {
            match output {
                Output::Action(Action::Http { id, request }) => {
                    exchanges.push(id);
                    let body = if request.url.contains("Token") {
                        r#"{"access_token":"a-token-of-another","expires_in":7200}"#
                    } else {
                        r#"{"url":"wss://gateway.example/ws"}"#
                    };
                    inputs.push(Input::Http { id, result: Ok(HttpResponse::new(200, body)) });
                }
                Output::Action(Action::Connect { conn, .. }) => {
                    conns.push(conn);
                    let signal = Signal::Failed(TransportError::Broken);
                    inputs.push(Input::Conn { conn, signal });
                }
                Output::Action(Action::Send { .. } | Action::Disconnect { .. }) | Output::Event(_) => {}
            }
        }
        if inputs.is_empty() {
            now = client.next_deadline().expect("it tries again").at;
            inputs.push(Input::Tick);
        }
        for input in inputs {
            client.handle(now, input);
        }
    }
    (*conns.last().unwrap(), *exchanges.last().unwrap())
}

/// Outputs leave in the order in which they were decided; popping only pops. So it does not matter when they are popped.
pub(crate) fn causal(make: Make<'_>, config: &Config, moves: &[Move], chance: &Chance) -> Checked {
    let script = script(config, moves);
    let at_once = run(&honest, config, &script);
    let mut subject = make(config.clone(), Timestamp::ZERO);
    let mut outputs = Vec::new();
    let mut numbers = chance.numbers.iter().cycle();
    let mut now = Timestamp::ZERO;
    for step in &script {
        let pops = numbers.next().map_or(0, |number| number % 4);
        outputs.extend((0..pops).map_while(|_| subject.poll_output()).map(|output| print(&output)));
        step.apply(subject.as_mut());
        now = now.max(step.now);
    }
    let waiting = subject.next_deadline();
    let before = outputs.len();
    outputs.extend(drain(subject.as_mut()));
    if outputs.len() > before && waiting.is_none_or(|deadline| deadline.at > now) {
        return Err("outputs are waiting, and the deadline is not now".into());
    }
    same("outputs popped late differ", &at_once, &outputs)
}

/// After a full drain the deadline is strictly later than now, or there is none.
pub(crate) fn timely(make: Make<'_>, config: &Config, moves: &[Move], _: &Chance) -> Checked {
    let mut stage = Stage::with(make, config, |_, _| {});
    for happening in moves {
        stage.play(happening);
        if let Some(found) = stage.findings().iter().find(|finding| finding.property == Property::P2) {
            return Err(found.to_string());
        }
    }
    Ok(())
}

/// A tick too early changes nothing; one too late makes at most one beat per shard, and it is served then.
pub(crate) fn patient(make: Make<'_>, config: &Config, moves: &[Move], chance: &Chance) -> Checked {
    let script = script(config, moves);
    let quiet = run(&honest, config, &script);
    let mut subject = make(config.clone(), Timestamp::ZERO);
    let mut outputs = drain(subject.as_mut());
    let mut now = Timestamp::ZERO;
    let mut numbers = chance.numbers.iter().cycle();
    for (at, step) in script.iter().enumerate() {
        step.apply(subject.as_mut());
        outputs.extend(drain(subject.as_mut()));
        now = now.max(step.now);
        // Somewhere before the deadline, and before the next step.
        let next = script.get(at + 1).map_or(now, |next| next.now.max(now));
        let limit = subject.next_deadline().map_or(next, |deadline| deadline.at.min(next));
        let share = u32::from(numbers.next().copied().unwrap_or_default());
        let early = now.after(limit.since(now) * share / 256);
        let before = (subject.show(), subject.next_deadline());
        subject.handle(early, Input::Tick);
        same("an early tick does something", &drain(subject.as_mut()), &[])?;
        let after = (subject.show(), subject.next_deadline());
        if before != after {
            return Err(format!("a tick at {early} changes the state\n  {before:?}\n  {after:?}"));
        }
        now = now.max(early);
    }
    same("early ticks change what comes later", &quiet, &outputs)?;
    // Nobody wakes it for a long time.
    let late = now.after(chance.time).after(Duration::from_secs(3600));
    for _ in 0..2 {
        subject.handle(late, Input::Tick);
        let mut beats: BTreeMap<ShardIndex, u32> = BTreeMap::new();
        for output in std::iter::from_fn(|| subject.poll_output()) {
            if let Output::Action(Action::Send { conn, frame }) = output {
                if frame.as_str().starts_with(r#"{"op":1,"#) {
                    *beats.entry(conn.shard()).or_default() += 1;
                }
            }
        }
        if let Some((shard, count)) = beats.iter().find(|(_, count)| **count > 1) {
            return Err(format!("one late tick makes {count} beats for shard {shard}"));
        }
    }
    Ok(())
}

/// A `now` smaller than the last one counts as the last one.
pub(crate) fn monotonic(make: Make<'_>, config: &Config, moves: &[Move], chance: &Chance) -> Checked {
    let mut script = script(config, moves);
    let mut numbers = chance.numbers.iter().cycle();
    let mut latest = Timestamp::ZERO;
    for step in &mut script {
        latest = latest.max(step.now);
        step.now = latest;
    }
    let straight = run(make, config, &script);
    let mut before = Timestamp::ZERO;
    for step in &mut script {
        if step.now == before {
            let back = chance.time * u32::from(numbers.next().copied().unwrap_or_default()) / 64;
            step.now = Timestamp::from(step.now.since_start().saturating_sub(back));
        } else {
            before = step.now;
        }
    }
    same("a clock that goes back is believed", &straight, &run(make, config, &script))
}

/// An input is applied before timers that are due at the same moment, or that have been due for a while.
pub(crate) fn input_first(make: Make<'_>, config: &Config, _: &[Move], chance: &Chance) -> Checked {
    // One shard that does everything by itself.
    let config = config
        .clone()
        .with_shards(Shards::all(1))
        .with_sessions([])
        .with_hosts(Hosts::current())
        .with_identify_slots(IdentifySlots::Own);
    let config = &config;
    let late = chance.time.min(Duration::from_secs(20));
    let phase = |stage: &Stage<'_>| stage.client().shards().next().map(|view| view.phase());
    // How far the handshake goes before the embedder is late with the next answer.
    for answered in 0..5 {
        let mut stage = Stage::with(make, config, |_, _| {});
        for _ in 0..answered {
            stage.play(&Move::Serve { which: 0 });
        }
        let (before, told) = (phase(&stage), stage.trace().events.len());
        let waits = stage.trace().story.iter().filter(|line| line.text.contains("->")).count();
        let Some(deadline) = stage.client().next_deadline() else {
            return Err("nothing is awaited".into());
        };
        late_answer(&mut stage, deadline.at.after(late));
        let (after, faults) = (phase(&stage), faults(&stage, told));
        let news = stage.trace().story.iter().filter(|line| line.text.contains("->")).count();
        if faults > 0 || after < before || (after == before && news == waits) {
            return Err(format!(
                "step {answered}: {before:?} became {after:?}, {faults} faults\n{}",
                stage.trace()
            ));
        }
    }
    acknowledged_in_time(make, config, late)
}

/// Two beats are unanswered and the third is due when an acknowledgement comes.
fn acknowledged_in_time(make: Make<'_>, config: &Config, late: Duration) -> Checked {
    let mut stage = Stage::with(make, config, |_, _| {});
    if !stage.settle(200) {
        return Err(format!("it never goes live\n{}", stage.trace()));
    }
    let open = |stage: &Stage<'_>| stage.client().shards().next().map_or(0, |view| view.unanswered_beats());
    for _ in 0..20 {
        if open(&stage) == 2 {
            break;
        }
        stage.play(&Move::Wake);
    }
    // The deadline may be another's: go on until it is the beat's.
    while let Some(deadline) = stage.client().next_deadline() {
        if matches!(deadline.why, qq_proto::Wake::Heartbeat(_)) {
            let frame = qq_testkit::strategies::Said::Ack;
            let wait = deadline.at.after(late).since(stage.now());
            stage.play_after(wait, &Move::Frame { which: 0, frame });
            break;
        }
        stage.play(&Move::Wake);
    }
    if stage.client().shards().all(|view| view.phase() == PhaseName::Live) {
        Ok(())
    } else {
        Err(format!("an acknowledgement at the deadline came too late\n{}", stage.trace()))
    }
}

fn late_answer(stage: &mut Stage<'_>, at: Timestamp) {
    let wait = at.since(stage.now());
    stage.play_after(wait, &Move::Serve { which: 0 });
}

fn faults(stage: &Stage<'_>, from: usize) -> usize {
    let told = stage.trace().events.get(from..).unwrap_or_default();
    told.iter().filter(|event| matches!(event, Event::Fault(_))).count()
}

/// Whatever was lost: without any answer the client keeps trying, and with answers it goes live.
pub(crate) fn never_stuck(make: Make<'_>, config: &Config, moves: &[Move], chance: &Chance) -> Checked {
    let mut stage = Stage::with(make, config, |_, _| {});
    for happening in moves.iter().filter(|happening| !matches!(happening, Move::Stop(_))) {
        stage.play(happening);
    }
    // The embedder loses all it was to do, and for a while everything else as well.
    let silence = chance.numbers.len();
    for _ in 0..silence {
        lose_all(&mut stage);
        if stage.client().next_deadline().is_none() && !given_up(&stage) {
            return Err(format!("nothing is awaited\n{}", stage.trace()));
        }
        stage.play(&Move::Wake);
    }
    lose_all(&mut stage);
    if stage.settle(STEPS) { Ok(()) } else { Err(format!("it stays stuck\n{}", stage.trace())) }
}

/// Enough for any pause of the client's own; the longest is a day until identifies are counted anew.
const STEPS: u32 = 5_000;

fn lose_all(stage: &mut Stage<'_>) {
    // Twice, because one that is paused is read again first.
    for _ in 0..16 {
        stage.play(&Move::Lose { which: 0 });
    }
}

/// All shards wait for a person, or there are none and nothing to do.
fn given_up(stage: &Stage<'_>) -> bool {
    stage.client().token().refused.is_some()
        || stage.client().shards().all(|view| view.phase() == PhaseName::Halted)
}

/// Same configuration, same inputs, same times: same outputs, byte for byte.
pub(crate) fn repeatable(make: Make<'_>, config: &Config, moves: &[Move], _: &Chance) -> Checked {
    let script = script(config, moves);
    let (once, twice) = (run(make, config, &script), run(make, config, &script));
    same("the second life differs", &once, &twice)
}
