//! A frame for every event and for every form in which the platform sends it, for tests.
//!
//! Whole frames, in the words of the platform and with made-up names and ids, written from its documents and from what
//! bots have reported. Files are `host.example`; whatever must not be shown in a log says `do-not-show-this`.

use crate::model::field_of;

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// The event, a slash and what is special about this one: `GROUP_MESSAGE_CREATE/quote_of_the_bot`.
    pub label: &'static str,
    /// The frame.
    pub frame: &'static str,
}

impl Sample {
    /// The name of the event.
    pub fn name(&self) -> &'static str {
        self.label.split_once('/').map_or(self.label, |(name, _)| name)
    }

    /// The payload (`d`) as it stands in the frame.
    pub fn payload(&self) -> &'static str {
        field_of(self.frame, "d").unwrap_or("null")
    }
}

/// Those that the benchmarks know by their names.
const SINGLE: &[Sample] = &[
    Sample { label: "READY/full", frame: include_str!("model/samples/ready.json") },
    Sample { label: "RESUMED/text", frame: include_str!("model/samples/resumed.json") },
    Sample {
        label: "C2C_MESSAGE_CREATE/least",
        frame: include_str!("model/samples/c2c_message_create.json"),
    },
    Sample {
        label: "GROUP_AT_MESSAGE_CREATE/full",
        frame: include_str!("model/samples/group_at_message_create.json"),
    },
    Sample {
        label: "GROUP_MESSAGE_CREATE/everything",
        frame: include_str!("model/samples/group_message_create.json"),
    },
    Sample { label: "MESSAGE_CREATE/least", frame: include_str!("model/samples/message_create.json") },
    Sample { label: "AT_MESSAGE_CREATE/full", frame: include_str!("model/samples/at_message_create.json") },
    Sample {
        label: "DIRECT_MESSAGE_CREATE/full",
        frame: include_str!("model/samples/direct_message_create.json"),
    },
];

/// Families of events, a frame on each line, behind its label.
const FAMILIES: [&str; 4] = [
    include_str!("model/samples/chat.txt"),
    include_str!("model/samples/guild.txt"),
    include_str!("model/samples/forum.txt"),
    include_str!("model/samples/life.txt"),
];

/// All samples: each event with a type at least once, READY and RESUMED included, and one event without a type.
pub fn all() -> impl Iterator<Item = Sample> + Clone {
    let lines = FAMILIES.into_iter().flat_map(str::lines);
    let families =
        lines.filter_map(|line| line.split_once(' ')).map(|(label, frame)| Sample { label, frame });
    SINGLE.iter().copied().chain(families)
}

/// The sample with this label.
pub fn get(label: &str) -> Option<Sample> {
    all().find(|sample| sample.label == label)
}
