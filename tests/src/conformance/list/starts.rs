//! Discovery, refused connections, session starts that are used up, many shards.

use std::time::Duration;

use crate::conformance::scenario::{Count, Fact, Scenario, Step};
use crate::platform::{
    Endpoint, Failure, Handshake, HandshakeFailure, Inbound, Incident, NumberAs, Scene, TokenRefusal,
};
use crate::serve::SocketFault;

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = vec![
        discovery("discovery: status 500, twice", Failure::Error { status: 500, code: 500 }, 2),
        discovery("discovery: an HTML page", Failure::Html502, 1),
        discovery("discovery: status 429", Failure::Status429, 1),
        discovery("discovery: an empty object", Failure::Status { status: 200, body: "{}".to_owned() }, 1),
        discovery("discovery: the answer is lost", Failure::LostReply, 1),
        discovery("discovery: no answer ever", Failure::Hang, 1).slow(),
        Scenario::new("start: the port is closed for a while")
            .fault(SocketFault::RefuseConnections { millis: 2500 })
            .live()
            .goes_on(),
        Scenario::new("start: the WebSocket is refused twice")
            .play(Incident::RefuseDials { dials: 2 })
            .live()
            .goes_on(),
        Scenario::new("start: the WebSocket is refused for a while")
            .play(Incident::RefuseDialsFor { millis: 2500 })
            .live()
            .goes_on(),
        Scenario::new("start: the WebSocket is not answered")
            .play(Incident::HangDials { dials: 1 })
            .slow()
            .live()
            .goes_on(),
        Scenario::new("start: nobody reads the first connection")
            .fault(SocketFault::HangConnections { count: 1 })
            .slow()
            .live()
            .goes_on(),
        Scenario::new("start: no Hello").play(Incident::NoHello { dials: 1 }).slow().live().goes_on(),
        Scenario::new("start: expires_in as a number")
            .on(|platform| platform.expires_in = NumberAs::Number)
            .live()
            .goes_on(),
        Scenario::new("start: no session start is left for 5 s")
            .on(|platform| {
                platform.starts.remaining = 0;
                platform.starts.reset_after = Duration::from_secs(5);
            })
            .slow()
            .live()
            .goes_on(),
        Scenario::new("start: a cut when no session start is left needs none")
            .live()
            .play(Incident::SetRemaining { remaining: 0, reset_after_millis: 3_600_000 })
            .play(Incident::Cut { shard: 0 })
            .resumes(1),
        Scenario::new("start: identify is left without an answer")
            .play(identify(HandshakeFailure::Ignore))
            .slow()
            .start()
            .begins_anew(0),
        // A token that is refused as an invalid session is told apart by asking for another one.
        Scenario::new("start: a dead token, refused as an invalid session")
            .on(|platform| platform.token_refusal = TokenRefusal::InvalidSession)
            .live()
            .push("before")
            .settled()
            .play(Incident::ExpireTokens)
            .play(Incident::ForgetSessions)
            .wait(Fact::AtLeast(Count::Tokens, 2))
            .wait(Fact::Live(1))
            .push("after")
            .settled(),
        four_shards(),
    ];
    for (what, how) in [
        ("refused as an invalid session", HandshakeFailure::InvalidSession { resumable: false }),
        (
            "refused as an invalid session that may be resumed",
            HandshakeFailure::InvalidSession { resumable: true },
        ),
        ("closed with 4903", HandshakeFailure::Close { code: 4903 }),
        ("cut", HandshakeFailure::Cut),
    ] {
        all.push(
            Scenario::new(format!("start: identify is {what}")).play(identify(how)).start().begins_anew(0),
        );
    }
    all
}

fn discovery(name: &str, how: Failure, times: u32) -> Scenario {
    Scenario::new(name)
        .play(Incident::FailNext { endpoint: Endpoint::Discovery, how, times })
        .live()
        .goes_on()
}

fn identify(how: HandshakeFailure) -> Incident {
    Incident::FailHandshake { what: Handshake::Identify, how, times: 1 }
}

fn four_shards() -> Scenario {
    let mut scenario = Scenario::new("start: four shards, one identify in 5 s")
        .on(|platform| {
            platform.shards = 4;
            platform.starts.max_concurrency = 1;
        })
        .slow()
        .live()
        .push("whoever has the rest");
    for shard in 0..4_u64 {
        let guild = Some((shard << 22).to_string());
        let text = format!("to shard {shard}");
        scenario = scenario.then(Step::Push(Inbound { guild, ..Inbound::new(Scene::Guild, text) }));
    }
    scenario
        .settled()
        .play(Incident::Cut { shard: 2 })
        .wait(Fact::Exactly(Count::Resumes, 1))
        .settled()
        .expect(Fact::Exactly(Count::Received, 5))
        .expect(Fact::Exactly(Count::Identifies, 4))
}
