//! Connections that are cut, fall silent, or are asked to go.

use std::time::Duration;

use super::story;
use crate::conformance::scenario::{Count, Fact, Scenario, Step};
use crate::platform::{Handshake, HandshakeFailure, Incident, Lifetime, Rule};
use crate::serve::SocketFault;

/// Short enough to wait for three of them.
const INTERVAL: Duration = Duration::from_secs(1);

pub(crate) fn all() -> Vec<Scenario> {
    let shard = 0;
    let mut all = vec![
        story("link: cut").play(Incident::Cut { shard }).resumes(1),
        story("link: reset").fault(SocketFault::Reset { shard }).resumes(1),
        // What is pushed next is what breaks it.
        story("link: reset in the middle of a frame")
            .fault(SocketFault::CutAfter { shard, bytes: 60 })
            .resumes(1),
        Scenario::new("link: reset in the middle of a burst")
            .quiet()
            .live()
            .fault(SocketFault::CutAfter { shard, bytes: 300_000 })
            .then(Step::Burst(2000))
            .wait(Fact::Exactly(Count::Resumes, 1))
            .settled()
            .expect(Fact::Exactly(Count::Identifies, 1)),
        story("link: op 7").play(Incident::ReconnectRequest { shard }).resumes(1),
        story("link: op 7, three times in a row")
            .play(Incident::ReconnectRequest { shard })
            .wait(Fact::AtLeast(Count::Resumes, 1))
            .play(Incident::ReconnectRequest { shard })
            .wait(Fact::AtLeast(Count::Resumes, 2))
            .play(Incident::ReconnectRequest { shard })
            .resumes(3),
        story("link: op 9, the session may be resumed")
            .play(Incident::InvalidSession { shard, resumable: true })
            .resumes(1),
        story("link: op 9, the session is void")
            .play(Incident::InvalidSession { shard, resumable: false })
            .begins_anew(0),
        story("link: the platform restarts and forgets sessions")
            .play(Incident::ForgetSessions)
            .begins_anew(1),
        Scenario::new("link: each lives for 2 s")
            .on(|platform| {
                platform.lifetime = Some(Lifetime { after: Duration::from_secs(2), notice: Duration::ZERO });
            })
            .slow()
            .live()
            .push("one")
            .wait(Fact::AtLeast(Count::Resumes, 1))
            .push("two")
            .wait(Fact::AtLeast(Count::Resumes, 2))
            .push("three")
            .settled()
            .expect(Fact::Exactly(Count::Identifies, 1)),
        story("link: the port is closed for a while and the socket reset")
            .fault(SocketFault::RefuseConnections { millis: 2500 })
            .fault(SocketFault::Reset { shard })
            .resumes(1),
        story("link: stalled for 2 s").fault(SocketFault::Stall { shard, millis: 2000 }).goes_on(),
        beating("link: ACKs are withheld").play(Incident::WithholdAcks { shard, on: true }).resumes(1),
        beating("link: half-open").play(Incident::Silence { shard }).resumes(1),
        // A beat of the bot's own may be due at the same time.
        story("link: the server asks for beats")
            .excuse(Rule::BeatFlood)
            .play(Incident::ServerHeartbeat { shard })
            .play(Incident::ServerHeartbeat { shard })
            .goes_on(),
        resuming("cut", HandshakeFailure::Cut).resumes(2),
        resuming("accepted and closed with 4009", HandshakeFailure::AcceptThenClose { code: 4009 })
            .resumes(2),
        resuming("refused for now", HandshakeFailure::InvalidSession { resumable: true }).resumes(2),
        resuming("refused for good", HandshakeFailure::InvalidSession { resumable: false }).begins_anew(1),
        resuming("closed with 4006", HandshakeFailure::Close { code: 4006 }).begins_anew(1),
        resuming("left without an answer", HandshakeFailure::Ignore).slow().resumes(2),
        story("link: cut, and no Hello")
            .play(Incident::NoHello { dials: 1 })
            .play(Incident::Cut { shard })
            .slow()
            .resumes(1),
    ];
    for (what, interval) in
        [("zero", 0.into()), ("missing", serde_json::Value::Null), ("a text", "soon".into())]
    {
        all.push(
            Scenario::new(format!("link: the interval of Hello is {what}"))
                .play(Incident::OddHello { dials: 1, interval })
                .live()
                .goes_on(),
        );
    }
    all
}

/// A story with short beats, on a platform that waits long for them.
fn beating(name: &str) -> Scenario {
    Scenario::new(name)
        .on(|platform| {
            platform.hello_interval = INTERVAL;
            platform.beat_limit = Some(INTERVAL * 20);
        })
        .slow()
        .live()
        .push("before")
        .settled()
}

/// A story in which the first attempt to resume fails.
fn resuming(what: &str, how: HandshakeFailure) -> Scenario {
    story(format!("link: cut, and the resume is {what}"))
        .play(Incident::FailHandshake { what: Handshake::Resume, how, times: 1 })
        .play(Incident::Cut { shard: 0 })
}
