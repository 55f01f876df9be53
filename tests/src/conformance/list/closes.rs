//! Every close code, by what has to follow it.

use super::story;
use crate::conformance::scenario::{Count, Fact, Scenario};
use crate::platform::Incident;

/// The session goes on: what the documents say, and what nobody documented.
const RESUMED: [u16; 10] = [1000, 1001, 1011, 4000, 4003, 4005, 4009, 4015, 4899, 4999];

/// The session is void.
const BEGUN_ANEW: std::ops::RangeInclusive<u16> = 4900..=4913;

/// It cannot ever work like this.
const FINAL: [u16; 7] = [4010, 4011, 4012, 4013, 4014, 4914, 4915];

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for code in RESUMED {
        all.push(story(format!("close {code}: resume")).play(close(code)).resumes(1));
    }
    all.push(story("close 4008: resume after a while").slow().play(close(4008)).resumes(1));
    all.push(
        story("close 4004: another token, then resume")
            .play(Incident::ExpireTokens)
            .play(close(4004))
            .resumes(1)
            .expect(Fact::Exactly(Count::Tokens, 2)),
    );
    // The platform still hands out the token that it has just called dead.
    all.push(story("close 4004, and the same token again").play(close(4004)).resumes(1));
    for code in [4006, 4007].into_iter().chain(BEGUN_ANEW) {
        all.push(story(format!("close {code}: identify")).play(close(code)).begins_anew(0));
    }
    for code in [4001, 4002] {
        all.push(story(format!("close {code}: identify once")).play(close(code)).begins_anew(0));
        all.push(
            story(format!("close {code}, twice: halt"))
                .play(close(code))
                .wait(Fact::Exactly(Count::Identifies, 2))
                .wait(Fact::Live(1))
                .play(close(code))
                .wait(Fact::Halted)
                .expect(Fact::Exactly(Count::Identifies, 2)),
        );
    }
    for code in FINAL {
        all.push(
            story(format!("close {code}: halt"))
                .play(close(code))
                .wait(Fact::Halted)
                .expect(Fact::Exactly(Count::Identifies, 1))
                .expect(Fact::Exactly(Count::Resumes, 0)),
        );
    }
    all
}

fn close(code: u16) -> Incident {
    Incident::Close { shard: 0, code }
}
