//! The state of the bot, for people and for machines.

use std::fmt::Write as _;
use std::time::Duration;

use qq_proto::{Session, Timestamp};
use qq_smol::{ShardState, State};
use serde_json::{Value, json};

/// One fact per phrase, one subject per line.
pub(crate) fn text(state: &State, sessions: &[Session]) -> String {
    let mut text = String::new();
    let now = state.now;
    if state.shards.is_empty() {
        text.push_str("no shard yet: their number is not known\n");
    }
    for shard in &state.shards {
        shard_text(&mut text, now, shard, state.can_send);
    }
    let token = &state.token;
    let _ = match (state.token_age, token.expires_at) {
        (Some(age), Some(expires)) if token.usable => {
            writeln!(text, "token: {} old, expires in {}", seconds(age), seconds(expires.since(now)))
        }
        _ if token.refused.is_some() => writeln!(text, "token: refused"),
        _ => writeln!(text, "token: none"),
    };
    if token.fetching {
        text.push_str("token: a new one is being fetched\n");
    }
    let calls = &state.calls;
    let _ = writeln!(
        text,
        "sends: {} done, {} failed, {} repeated, {} under way, {} waiting",
        calls.done, calls.failed, calls.repeats, calls.in_flight, calls.waiting
    );
    let totals = &state.totals;
    let _ = writeln!(
        text,
        "totals: events {}, duplicates {}, faults {}, identifies {}, resumes {}, sessions lost {}, \
         token requests {}",
        totals.events,
        totals.duplicates,
        totals.faults,
        totals.identifies,
        totals.resumes,
        totals.sessions_lost,
        totals.token_requests
    );
    for session in sessions {
        let _ = writeln!(
            text,
            "session of shard {}/{}: {}, finished up to event {}",
            session.shard, session.shards, session.id, session.seq
        );
    }
    text
}

fn shard_text(text: &mut String, now: Timestamp, shard: &ShardState, can_send: bool) {
    let _ = write!(
        text,
        "shard {}: {} for {}, attempts {}, next try ",
        shard.shard,
        shard.phase,
        seconds(now.since(shard.since)),
        shard.attempts
    );
    let _ = match shard.next_try {
        Some(at) => writeln!(text, "in {}", seconds(at.since(now))),
        None => writeln!(text, "-"),
    };
    let _ = writeln!(
        text,
        "link: up {}, can receive {}, can send {}",
        yes(shard.link_up),
        yes(shard.can_receive),
        yes(can_send)
    );
    let _ = write!(text, "heartbeat: unanswered {}, last round trip ", shard.unanswered_beats);
    let _ = match shard.last_round_trip {
        Some(trip) => writeln!(text, "{:.1} ms", trip.as_secs_f64() * 1e3),
        None => writeln!(text, "-"),
    };
    if let Some(fault) = shard.last_fault {
        let _ = writeln!(text, "last lost: {}, {} ago", fault.cause, seconds(now.since(fault.at)));
    }
}

/// The same as data; times in seconds.
pub(crate) fn value(state: &State, sessions: &[Session]) -> Value {
    let now = state.now;
    let shards: Vec<Value> = state
        .shards
        .iter()
        .map(|shard| {
            json!({
                "shard": shard.shard.get(),
                "phase": shard.phase.to_string(),
                "since": shard.since.since_start().as_secs_f64(),
                "attempts": shard.attempts,
                "next_try_in": shard.next_try.map(|at| at.since(now).as_secs_f64()),
                "last_fault": shard.last_fault.map(|fault| fault.cause.to_string()),
                "unanswered_beats": shard.unanswered_beats,
                "round_trip": shard.last_round_trip.map(|trip| trip.as_secs_f64()),
                "link_up": shard.link_up,
                "can_receive": shard.can_receive,
            })
        })
        .collect();
    let (token, calls, totals) = (&state.token, &state.calls, &state.totals);
    json!({
        "now": now.since_start().as_secs_f64(),
        "shards": shards,
        "can_send": state.can_send,
        "token": {
            "usable": token.usable,
            "age": state.token_age.map(|age| age.as_secs_f64()),
            "expires_in": token.expires_at.map(|at| at.since(now).as_secs_f64()),
            "fetching": token.fetching,
            "refused": token.refused,
        },
        "sends": {
            "done": calls.done,
            "failed": calls.failed,
            "repeated": calls.repeats,
            "under_way": calls.in_flight,
            "waiting": calls.waiting,
        },
        "totals": {
            "events": totals.events,
            "duplicates": totals.duplicates,
            "faults": totals.faults,
            "identifies": totals.identifies,
            "resumes": totals.resumes,
            "sessions_lost": totals.sessions_lost,
            "token_requests": totals.token_requests,
        },
        "sessions": sessions,
    })
}

fn yes(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// A time as one says it: tenths of seconds matter only where there are few of them.
fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(100) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} s", time.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_exact_as_one_reads_them() {
        assert_eq!(seconds(Duration::from_millis(2_340)), "2.3 s");
        assert_eq!(seconds(Duration::from_millis(7_199_900)), "7199 s");
    }
}
