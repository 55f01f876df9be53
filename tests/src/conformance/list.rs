//! The scenarios, written from the platform's documents and from what was seen to go wrong.

mod closes;
mod frames;
mod intents;
mod links;
mod sends;
mod starts;
mod tokens;

use super::scenario::{Count, Fact, Scenario};

/// Everything a bot has to survive.
pub fn all() -> Vec<Scenario> {
    [tokens::all(), starts::all(), links::all(), closes::all(), frames::all(), sends::all(), intents::all()]
        .concat()
}

/// A story in which a message is received and answered before it begins.
fn story(name: impl Into<String>) -> Scenario {
    Scenario::new(name).live().push("before").settled()
}

impl Scenario {
    /// The end of a story in which the session goes on, after so many resumes: what came meanwhile is not lost.
    fn resumes(self, times: usize) -> Self {
        self.push("meanwhile")
            .wait(Fact::AtLeast(Count::Resumes, times))
            .settled()
            .push("after")
            .settled()
            .expect(Fact::Exactly(Count::Resumes, times))
            .expect(Fact::Exactly(Count::Identifies, 1))
    }

    /// The end of a story in which a new session is begun.
    fn begins_anew(self, resumes: usize) -> Self {
        self.wait(Fact::Exactly(Count::Identifies, 2))
            .wait(Fact::Live(1))
            .push("after")
            .settled()
            .expect(Fact::Exactly(Count::Resumes, resumes))
            .expect(Fact::Exactly(Count::Identifies, 2))
    }

    /// The end of a story in which nothing may happen to the connection.
    fn goes_on(self) -> Self {
        self.push("after")
            .settled()
            .expect(Fact::Exactly(Count::Resumes, 0))
            .expect(Fact::Exactly(Count::Identifies, 1))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::scenario::Step;
    use super::*;

    #[test]
    fn names_are_unique_and_every_bot_is_started() {
        let mut names = HashSet::new();
        for scenario in all() {
            assert!(names.insert(scenario.name.clone()), "{} twice", scenario.name);
            let starts = scenario.steps.iter().filter(|step| **step == Step::Start).count();
            assert_eq!(starts, 1, "{}", scenario.name);
        }
    }
}
