//! Generators for `proptest`.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use qq_proto::{Session, TransportError};

use super::{Move, Outcome, Word};

/// Close codes: those of the documents, those from the field, and any others.
pub fn close_codes() -> impl Strategy<Value = Option<u16>> {
    prop_oneof![
        1 => Just(None),
        4 => (4000_u16..=4016).prop_map(Some),
        2 => (4900_u16..=4916).prop_map(Some),
        1 => (1000_u16..=1015).prop_map(Some),
        1 => any::<u16>().prop_map(Some),
    ]
}

/// Stored sessions, of a bot with up to four shards.
pub fn sessions() -> impl Strategy<Value = Vec<Session>> {
    let session = (0..5_u32, 1..5_u32, "[a-z0-9-]{0,12}", prop_oneof![0..100_u64, any::<u64>()])
        .prop_map(|(shard, shards, id, seq)| Session::new(shard, shards, id, seq));
    vec(session, 0..4)
}

/// Replies of the token endpoint, of discovery and of sends: good ones, refusals, and what is neither.
pub fn http_replies() -> impl Strategy<Value = Outcome> {
    let status = prop_oneof![
        4 => Just(200_u16), 1 => Just(204), 1 => Just(202), 1 => Just(400), 2 => Just(401), 1 => Just(403),
        2 => Just(429), 2 => Just(500), 1 => Just(502), 1 => Just(504), 1 => any::<u16>(),
    ];
    let code = prop_oneof![
        Just(0_i64),
        Just(11_244),
        Just(11_298),
        Just(22_009),
        Just(40_054_005),
        Just(40_034_005),
        Just(100_001),
        Just(100_007),
        Just(100_016),
        Just(304_023),
        any::<i64>(),
    ];
    let error = code.prop_map(|code| format!(r#"{{"code":{code},"err_code":{code},"message":"no"}}"#));
    let grant =
        ("[A-Za-z0-9._-]{0,40}", prop_oneof!["\"[0-9]{0,5}\"", "-?[0-9]{1,5}", Just("null".to_owned())])
            .prop_map(|(token, left)| format!(r#"{{"access_token":"{token}","expires_in":{left}}}"#));
    let gateway = ("(wss|ws|https)://[a-z.]{1,20}/", 0..6_u32, 0..3_u32, 0..100_000_u32, 0..4_u32).prop_map(
        |(url, shards, remaining, reset, most)| {
            format!(
                r#"{{"url":"{url}","shards":{shards},"session_start_limit":{{"remaining":{remaining},"reset_after":{reset},"max_concurrency":{most}}}}}"#
            )
        },
    );
    let body = prop_oneof![
        3 => error, 3 => grant, 3 => gateway, 1 => Just(String::new()), 1 => Just("<html>".to_owned()),
        1 => ".{0,30}",
    ];
    prop_oneof![
        3 => Just(Outcome::Good),
        4 => (status, body).prop_map(|(status, body)| Outcome::Reply { status, body: Bytes::from(body) }),
        1 => prop_oneof![
            Just(TransportError::Dns), Just(TransportError::Connect), Just(TransportError::Tls),
            Just(TransportError::Timeout), Just(TransportError::Broken), Just(TransportError::Protocol),
            any::<u16>().prop_map(TransportError::Status),
        ].prop_map(Outcome::Lost),
    ]
}

/// Whole frames as bytes: valid, odd and broken ones.
pub fn frames() -> impl Strategy<Value = Bytes> {
    let number = prop_oneof![
        Just("null".to_owned()),
        Just("-1".to_owned()),
        Just("1e3".to_owned()),
        Just("\"7\"".to_owned()),
        (0..100_u64).prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| n.to_string()),
    ];
    let d = prop_oneof![
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just("\"\"".to_owned()),
        Just("false".to_owned()),
        Just("true".to_owned()),
        Just(r#"{"heartbeat_interval":41250}"#.to_owned()),
        Just(r#"{"session_id":"s","user":{"id":1}}"#.to_owned()),
        Just(r#"{"id":"m","content":"\u4f60\ud83d\ude00","author":{"user_openid":"U"}}"#.to_owned()),
        "[ -~]{0,12}".prop_map(|text| format!("{text:?}")),
    ];
    let name = prop_oneof![
        Just("READY"),
        Just("RESUMED"),
        Just("C2C_MESSAGE_CREATE"),
        Just("GROUP_AT_MESSAGE_CREATE"),
        Just("AT_MESSAGE_CREATE"),
        Just("DIRECT_MESSAGE_CREATE"),
        Just("SOMETHING_NEW"),
        Just(""),
    ];
    let op = prop_oneof![4 => 0..13_i64, 1 => any::<i64>()];
    let built = (op, number, name, "[ -!#-\\[\\]-~]{0,8}", d, any::<bool>()).prop_map(
        |(op, s, name, id, d, first)| {
            if first {
                format!(r#"{{"d":{d},"id":"{id}","op":{op},"s":{s},"t":"{name}"}}"#)
            } else {
                format!(r#"{{"op":{op},"s":{s},"t":"{name}","id":"{id}","d":{d}}}"#)
            }
        },
    );
    let cut = (built.clone(), any::<prop::sample::Index>()).prop_map(|(text, at)| {
        let bytes = text.into_bytes();
        let end = at.index(bytes.len() + 1);
        Bytes::copy_from_slice(bytes.get(..end).unwrap_or_default())
    });
    prop_oneof![
        5 => built.prop_map(Bytes::from),
        1 => cut,
        1 => vec(any::<u8>(), 0..40).prop_map(Bytes::from),
    ]
}

/// What a server says, mostly in the words that make sense.
pub fn words() -> impl Strategy<Value = Word> {
    prop_oneof![
        4 => prop_oneof![Just(30_000_u32), Just(45_000), Just(0), 90..400_u32, any::<u32>()].prop_map(Word::Hello),
        4 => Just(Word::Ready),
        2 => Just(Word::Resumed),
        6 => (0..4_u8).prop_map(Word::Event),
        4 => Just(Word::Ack),
        1 => Just(Word::Beat),
        1 => Just(Word::Reconnect),
        2 => any::<bool>().prop_map(Word::Invalid),
        2 => frames().prop_map(Word::Raw),
    ]
}

/// One move.
fn any_move() -> impl Strategy<Value = Move> {
    let which = any::<u8>;
    prop_oneof![
        6 => prop_oneof![0..100_u32, 0..10_000_u32, 0..8_000_000_u32].prop_map(Move::Wait),
        1 => (0..400_000_u32).prop_map(Move::Oversleep),
        6 => (which(), http_replies()).prop_map(|(which, outcome)| Move::Answer { which, outcome }),
        4 => which().prop_map(|which| Move::Open { which }),
        10 => (which(), words()).prop_map(|(which, word)| Move::Frame { which, word }),
        2 => (which(), close_codes()).prop_map(|(which, code)| Move::Close { which, code }),
        1 => which().prop_map(|which| Move::Break { which }),
        1 => (which(), any::<bool>()).prop_map(|(which, on)| Move::Pause { which, on }),
        3 => which().prop_map(|which| Move::Reply { which }),
        1 => (which(), any::<bool>()).prop_map(|(which, fresh)| Move::Restart { which, fresh }),
        2 => Just(Move::Join),
    ]
}

/// Lists of moves, shrinking to fewer and milder ones.
pub fn moves() -> impl Strategy<Value = Vec<Move>> {
    vec(any_move(), 0..60)
}
