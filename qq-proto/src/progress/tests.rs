//! What would be stored, after each step.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

use super::Progress;
use crate::dispatch::Dispatch;
use crate::event::Ready;
use crate::id::ShardIndex;
use crate::session::Session;
use crate::wire::{Incoming, decode};

fn dispatch(shard: u32, generation: u32, seq: &str) -> Dispatch {
    let frame = format!(r#"{{"op":0,"s":{seq},"t":"X","d":{{}}}}"#);
    match decode(&Bytes::from(frame)) {
        Ok(Incoming::Dispatch(parts)) => Dispatch::new(ShardIndex::new(shard), generation, parts),
        other => panic!("{other:?}"),
    }
}

fn ready(shard: u32, generation: u32, id: &str) -> Ready {
    Ready {
        shard: ShardIndex::new(shard),
        session: Session::new(shard, 2, id, 1),
        user_id: "77".into(),
        username: "bot".into(),
        generation,
    }
}

fn stored(progress: &Progress) -> Vec<String> {
    progress.sessions().iter().map(|session| format!("{}@{}", session.id, session.seq)).collect()
}

/// A shard with a session of its first generation, at number 1.
fn begun() -> Progress {
    let mut progress = Progress::default();
    progress.ready(&ready(0, 1, "A"));
    progress
}

#[test]
fn the_number_stops_before_the_first_that_is_not_finished() {
    let mut progress = begun();
    assert_eq!(stored(&progress), ["A@1"]);
    for seq in [2, 3, 5, 9] {
        progress.delivered(&dispatch(0, 1, &format!("{seq}")));
    }
    // Finished in any order; gaps are legal.
    for (seq, expected, open) in [(3, "A@1", 3), (9, "A@1", 2), (2, "A@3", 1), (5, "A@9", 0)] {
        progress.finished(&dispatch(0, 1, &format!("{seq}")));
        assert_eq!((stored(&progress)[0].as_str(), progress.unfinished()), (expected, open), "after {seq}");
    }
}

#[test]
fn what_is_finished_twice_or_was_never_handed_out_changes_nothing() {
    let mut progress = begun();
    progress.finished(&dispatch(0, 1, "7"));
    assert_eq!(stored(&progress), ["A@1"]);
    progress.delivered(&dispatch(0, 1, "2"));
    progress.delivered(&dispatch(0, 1, "3"));
    progress.finished(&dispatch(0, 1, "3"));
    progress.finished(&dispatch(0, 1, "3"));
    assert_eq!(stored(&progress), ["A@1"]);
    progress.finished(&dispatch(0, 1, "2"));
    progress.finished(&dispatch(0, 1, "2"));
    assert_eq!((stored(&progress)[0].as_str(), progress.unfinished()), ("A@3", 0));
}

#[test]
fn events_without_a_number_hold_nothing_back() {
    let mut progress = begun();
    for odd in ["null", "-1", "4294967296", "18446744073709551615"] {
        let dispatch = dispatch(0, 1, odd);
        progress.delivered(&dispatch);
        assert_eq!(progress.unfinished(), 0, "{odd}");
        progress.finished(&dispatch);
        assert_eq!(stored(&progress), ["A@1"], "{odd}");
    }
    let largest = dispatch(0, 1, "4294967295");
    progress.delivered(&largest);
    progress.finished(&largest);
    assert_eq!(stored(&progress), ["A@4294967295"]);
}

#[test]
fn a_new_session_begins_new_books() {
    let mut progress = begun();
    let old = dispatch(0, 1, "500");
    progress.delivered(&old);
    progress.ready(&ready(0, 2, "B"));
    assert_eq!((stored(&progress)[0].as_str(), progress.unfinished()), ("B@1", 0));
    // What belongs to the old one does not count any more.
    progress.finished(&old);
    progress.delivered(&old);
    assert_eq!((stored(&progress)[0].as_str(), progress.unfinished()), ("B@1", 0));
    let new = dispatch(0, 2, "2");
    progress.delivered(&new);
    progress.finished(&new);
    assert_eq!(stored(&progress), ["B@2"]);
}

#[test]
fn given_sessions_are_kept_until_they_move() {
    let given = [Session::new(1, 2, "Q", 40), Session::new(0, 2, "P", 7)];
    let mut progress = Progress::new(given);
    assert_eq!(stored(&progress), ["P@7", "Q@40"], "by shard");
    // A resumed session has no generation yet.
    let replayed = dispatch(1, 0, "41");
    progress.delivered(&replayed);
    progress.finished(&replayed);
    assert_eq!(stored(&progress), ["P@7", "Q@41"]);
    // Never back.
    let late = dispatch(1, 0, "12");
    progress.delivered(&late);
    progress.finished(&late);
    assert_eq!(stored(&progress), ["P@7", "Q@41"]);
}

#[test]
fn shards_do_not_mix() {
    let mut progress = begun();
    progress.ready(&ready(1, 1, "B"));
    let (here, there) = (dispatch(0, 1, "9"), dispatch(1, 1, "9"));
    progress.delivered(&here);
    progress.delivered(&there);
    progress.finished(&there);
    assert_eq!(stored(&progress), ["A@1", "B@9"]);
    // One that nobody has told of.
    let stranger = dispatch(7, 1, "3");
    progress.delivered(&stranger);
    progress.finished(&stranger);
    assert_eq!(progress.sessions().len(), 2);
}

#[test]
fn a_session_is_plain_data() {
    let session = Session::new(3, 4, "uuid", 1337);
    let text = serde_json::to_string(&session).unwrap();
    assert_eq!(text, r#"{"shard":3,"shards":4,"id":"uuid","seq":1337}"#);
    assert_eq!(serde_json::from_str::<Session>(&text).unwrap(), session);
}
