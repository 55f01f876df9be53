//! Tokens that run out, and a token endpoint that fails, hangs and lies.

use std::time::Duration;

use super::story;
use crate::conformance::scenario::{Count, Fact, Scenario};
use crate::platform::{Endpoint, Failure, Incident, Rule};
use crate::serve::SocketFault;

/// Long enough for a bot to refresh in time, short enough to wait for.
const SHORT_LIFE: Duration = Duration::from_secs(6);

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = vec![
        Scenario::new("token: runs out mid-connection")
            .on(|platform| platform.token_lifetime = SHORT_LIFE)
            .slow()
            .live()
            .push("before")
            .settled()
            .wait(Fact::AtLeast(Count::Tokens, 2))
            .wait(Fact::AtLeast(Count::Tokens, 3))
            .goes_on(),
        Scenario::new("token: runs out, then the connection is cut")
            .on(|platform| platform.token_lifetime = SHORT_LIFE)
            .slow()
            .live()
            .push("before")
            .settled()
            .wait(Fact::AtLeast(Count::Tokens, 3))
            .play(Incident::Cut { shard: 0 })
            .resumes(1),
        Scenario::new("token: the endpoint fails while it runs out")
            .on(|platform| platform.token_lifetime = SHORT_LIFE)
            .slow()
            .live()
            .push("before")
            .settled()
            .play(fails(&Failure::Html502, 2))
            .wait(Fact::AtLeast(Count::Tokens, 2))
            .goes_on(),
        // Refused while resuming; the next one is another token.
        story("token: withdrawn, then the connection is cut")
            .play(Incident::ExpireTokens)
            .play(Incident::Cut { shard: 0 })
            .resumes(2),
        story("token: withdrawn mid-connection").play(Incident::ExpireTokens).goes_on(),
        at_start("token: an HTML page, twice", &fails(&Failure::Html502, 2)),
        at_start("token: status 500, twice", &fails(&Failure::Error { status: 500, code: 500 }, 2)),
        at_start(
            "token: a passing error inside status 200",
            &fails(&Failure::ErrorIn200 { code: 100_001 }, 2),
        ),
        at_start("token: the request is lost", &fails(&Failure::LostRequest, 1)),
        at_start("token: the answer is lost", &fails(&Failure::LostReply, 1)),
        at_start("token: no answer ever", &fails(&Failure::Hang, 1)).slow(),
        Scenario::new("token: the answer is cut short")
            .fault(SocketFault::CutHttp { answers: 1, bytes: 150 })
            .live()
            .goes_on(),
        Scenario::new("token: the answer trickles in")
            .fault(SocketFault::TrickleHttp { answers: 2, pause_micros: 1000 })
            .live()
            .goes_on(),
        at_start("token: one that is valid nowhere", &fails(&Failure::BadToken, 1))
            .excuse(Rule::UnknownToken),
        Scenario::new("token: the secret is wrong")
            .play(fails(&Failure::ErrorIn200 { code: 100_016 }, 1))
            .start()
            .wait(Fact::Halted)
            .expect(Fact::Exactly(Count::Identifies, 0)),
    ];
    for (what, body) in [
        ("no JSON", "access_token=abc"),
        ("an empty object", "{}"),
        ("an empty token", r#"{"access_token":"","expires_in":"7200"}"#),
        ("a list", "[]"),
        ("a token with a line feed", r#"{"access_token":"a\nb","expires_in":"7200"}"#),
    ] {
        let lie = Failure::Status { status: 200, body: body.to_owned() };
        all.push(at_start(&format!("token: {what}, with status 200"), &fails(&lie, 1)));
    }
    all
}

fn fails(how: &Failure, times: u32) -> Incident {
    Incident::FailNext { endpoint: Endpoint::Token, how: how.clone(), times }
}

fn at_start(name: &str, incident: &Incident) -> Scenario {
    Scenario::new(name).play(incident.clone()).live().goes_on()
}
