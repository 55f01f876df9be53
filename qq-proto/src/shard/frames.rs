//! The frames we send.

use serde::Serialize;

use crate::id::ConnId;
use crate::intents::Intents;
use crate::io::{Action, Output};
use crate::secret::{Frame, Secret};
use crate::session::Session;

#[derive(Serialize)]
struct Out<D> {
    op: u8,
    d: D,
}

#[derive(Serialize)]
struct Identify<'a> {
    token: &'a str,
    intents: u32,
    shard: [u32; 2],
    properties: Properties,
}

/// Free text without effect; sent because one set of docs calls it mandatory.
#[derive(Serialize)]
struct Properties {
    #[serde(rename = "$os")]
    os: &'static str,
    #[serde(rename = "$browser")]
    browser: &'static str,
    #[serde(rename = "$device")]
    device: &'static str,
}

#[derive(Serialize)]
struct Resume<'a> {
    // The Go SDK leaves the prefix "QQBot " out here and gets away with it; everybody else sends it.
    token: &'a str,
    session_id: &'a str,
    seq: u64,
}

/// Op 2.
pub(crate) fn identify(token: &Secret, intents: Intents, shard: u32, shards: u32) -> Frame {
    let name = "qq-proto";
    let properties = Properties { os: name, browser: name, device: name };
    let d = Identify { token: token.expose(), intents: intents.bits(), shard: [shard, shards], properties };
    json(&Out { op: 2, d })
}

/// Op 6.
pub(crate) fn resume(token: &Secret, session: &Session) -> Frame {
    let d = Resume { token: token.expose(), session_id: &session.id, seq: session.seq };
    json(&Out { op: 6, d })
}

fn json(frame: &impl Serialize) -> Frame {
    // Strings and numbers always serialise.
    Frame::large(serde_json::to_string(frame).unwrap_or_default())
}

/// Sends op 1 with the newest number of the session.
pub(crate) fn beat(conn: ConnId, session: Option<&Session>) -> Output {
    let seq = session.map(|session| session.seq).filter(|seq| *seq > 0);
    Output::Action(Action::Send { conn, frame: heartbeat(seq) })
}

/// Op 1: `d` is the newest sequence number, null if there is none.
fn heartbeat(seq: Option<u64>) -> Frame {
    seq.map_or_else(|| Frame::small(&[r#"{"op":1,"d":null}"#]), Frame::beat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_as_documented() {
        let token = Secret::new("QQBot T\"1");
        assert_eq!(
            identify(&token, Intents::GUILDS, 1, 4).as_str(),
            concat!(
                r#"{"op":2,"d":{"token":"QQBot T\"1","intents":1,"shard":[1,4],"#,
                r#""properties":{"$os":"qq-proto","$browser":"qq-proto","$device":"qq-proto"}}}"#
            )
        );
        let session = Session::new(0, 1, "s-1", 1337);
        assert_eq!(
            resume(&token, &session).as_str(),
            r#"{"op":6,"d":{"token":"QQBot T\"1","session_id":"s-1","seq":1337}}"#
        );
        for (seq, text) in [
            (None, r#"{"op":1,"d":null}"#),
            (Some(0), r#"{"op":1,"d":0}"#),
            (Some(251), r#"{"op":1,"d":251}"#),
            (Some(u64::MAX), r#"{"op":1,"d":18446744073709551615}"#),
        ] {
            assert_eq!(heartbeat(seq).as_str(), text);
        }
    }
}
