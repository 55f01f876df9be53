//! Intents that the bot is not granted, with the ladder and without.

use crate::conformance::scenario::{Count, Fact, Scenario};
use crate::platform::{Incident, IntentRefusal};

/// What is left of everything without what needs a grant: guilds, their members, groups and one-to-one chats, mentions.
const ORDINARY: u32 = 0b11 | 1 << 25 | 1 << 30;
const GROUPS: u32 = 1 << 25;

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (how, refusal) in [
        ("op 9", IntentRefusal::InvalidSession),
        ("close 4013", IntentRefusal::Close),
        ("close 4903", IntentRefusal::SessionError),
    ] {
        for (granted, what, identifies) in [(ORDINARY, "ordinary ones", 2), (GROUPS, "those of groups", 3)] {
            all.push(
                refused(format!("intents: {how}, the ladder goes down to {what}"), refusal, granted)
                    .ladder()
                    .slow()
                    .live()
                    .push("before")
                    .settled()
                    // What a resume is refused for has nothing to do with them.
                    .play(Incident::Cut { shard: 0 })
                    .wait(Fact::AtLeast(Count::Resumes, 1))
                    .push("after")
                    .settled()
                    .expect(Fact::Exactly(Count::Identifies, identifies)),
            );
        }
    }
    all.push(
        refused("intents: close 4013 halts without the ladder".to_owned(), IntentRefusal::Close, ORDINARY)
            .start()
            .wait(Fact::Halted)
            .expect(Fact::Exactly(Count::Identifies, 1)),
    );
    all.push(
        refused(
            "intents: op 9 without the ladder, until they are granted".to_owned(),
            IntentRefusal::InvalidSession,
            ORDINARY,
        )
        .slow()
        .start()
        .wait(Fact::AtLeast(Count::Identifies, 2))
        .play(Incident::Grant { intents: u32::MAX })
        .wait(Fact::Live(1))
        .push("after")
        .settled(),
    );
    all
}

fn refused(name: String, how: IntentRefusal, granted: u32) -> Scenario {
    Scenario::new(name).on(|platform| {
        platform.granted_intents = granted;
        platform.intent_refusal = how;
    })
}
