//! Answers that are refused, lost, or late.

use crate::conformance::scenario::{Count, Fact, Scenario};
use crate::platform::{Endpoint, Failure, Incident, Scene};

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = vec![
        Scenario::new("sends: all four scenes")
            .live()
            .push("to one")
            .push_to(Scene::Group, "to a group")
            .push_to(Scene::Guild, "to a channel")
            .push_to(Scene::Dm, "to one in a guild")
            .settled()
            .expect(Fact::Exactly(Count::Sent, 4)),
        Scenario::new("sends: 401, the token was withdrawn")
            .live()
            .play(Incident::ExpireTokens)
            .push("hello")
            .settled()
            .goes_on()
            .expect(Fact::Exactly(Count::Sent, 2)),
        failing(
            "sends: 401, and the same token again",
            Scene::C2c,
            Failure::Error { status: 401, code: 11_244 },
            1,
        ),
        failing("sends: no answer ever", Scene::C2c, Failure::Hang, 1).slow(),
        // Nothing tells whether the first one was done, and the number makes the second one harmless.
        failing("sends: the answer is lost in a group", Scene::Group, Failure::LostReply, 1),
    ];
    for (scene, name) in [
        (Scene::C2c, "one"),
        (Scene::Group, "a group"),
        (Scene::Guild, "a channel"),
        (Scene::Dm, "a guild's one"),
    ] {
        all.push(failing(&format!("sends: 429 for {name}"), scene, Failure::Status429, 1));
        let broken = Failure::Error { status: 500, code: 500 };
        all.push(failing(&format!("sends: 500 for {name}"), scene, broken, 1));
    }
    for (what, how) in [
        ("an HTML page, twice", (Failure::Html502, 2)),
        ("the request is lost", (Failure::LostRequest, 1)),
        ("the answer is lost", (Failure::LostReply, 1)),
        ("the answer is lost, twice", (Failure::LostReply, 2)),
    ] {
        all.push(failing(&format!("sends: {what}"), Scene::C2c, how.0, how.1));
    }
    all
}

/// One answer fails at first, and arrives once in the end.
fn failing(name: &str, scene: Scene, how: Failure, times: u32) -> Scenario {
    Scenario::new(name)
        .live()
        .play(Incident::FailNext { endpoint: Endpoint::Send, how, times })
        .push_to(scene, "hello")
        .settled()
        .expect(Fact::Exactly(Count::Sent, 1))
        .goes_on()
        .expect(Fact::Exactly(Count::Sent, 2))
}
