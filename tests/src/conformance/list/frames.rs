//! Frames that are odd, large, slow, many, or come twice.

use super::story;
use crate::conformance::scenario::{Count, Fact, Scenario, Step};
use crate::platform::{Garbage, Incident, KeyOrder};
use crate::serve::SocketFault;

/// What a bot in many groups gets within a busy minute, at once.
const BURST: u32 = 50_000;

pub(crate) fn all() -> Vec<Scenario> {
    let shard = 0;
    let mut all = Vec::new();
    for (what, kind) in [
        ("text that is no JSON", Garbage::Junk),
        ("JSON that is no frame", Garbage::NotAFrame),
        ("an unknown op", Garbage::UnknownOp),
        ("half an event", Garbage::Truncated),
        ("an event as binary", Garbage::Binary),
        ("an event of 5 MiB", Garbage::Huge),
    ] {
        let garbage = story(format!("frames: {what}")).play(Incident::Garbage { shard, kind });
        all.push(garbage.goes_on());
    }
    all.extend([
        story("frames: one that trickles in")
            .fault(SocketFault::Trickle { shard, bytes: 400, pause_micros: 1000 })
            .goes_on(),
        story("frames: half an event, brought whole by a resume")
            .play(Incident::Garbage { shard, kind: Garbage::Truncated })
            .play(Incident::Cut { shard })
            .resumes(1)
            .expect(Fact::Exactly(Count::Received, 4)),
        story("frames: numbers are left out").play(Incident::SkipSeq { shard, by: 1000 }).goes_on(),
        story("frames: the payload comes first")
            .on(|platform| platform.key_order = KeyOrder::PayloadFirst)
            .goes_on(),
        story("frames: an event twice, under its old number")
            .play(Incident::DuplicateLast { shard, renumbered: false })
            .play(Incident::DuplicateLast { shard, renumbered: false })
            .goes_on()
            .expect(Fact::Exactly(Count::Received, 2))
            .expect(Fact::Exactly(Count::Sent, 2)),
        story("frames: an event twice, under a new number")
            .play(Incident::DuplicateLast { shard, renumbered: true })
            .goes_on()
            .expect(Fact::Exactly(Count::Received, 2))
            .expect(Fact::Exactly(Count::Sent, 2)),
        Scenario::new("frames: 50,000 events in a burst")
            .quiet()
            .slow()
            .live()
            .then(Step::Burst(BURST))
            .settled()
            .expect(Fact::Exactly(Count::Received, BURST as usize))
            .goes_on(),
        Scenario::new("frames: 200 messages at once, each answered")
            .slow()
            .live()
            .then(Step::Burst(200))
            .settled()
            .expect(Fact::Exactly(Count::Sent, 200)),
    ]);
    all
}
