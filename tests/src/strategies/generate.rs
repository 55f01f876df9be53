//! Generators for proptest.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use qq_proto::{Config, HttpResponse, Leave, Restart, Session, TransportError};

use super::moves::{Answer, ERRORS, Move, Said, WAITS};
use super::{catalog, pick_config};
use crate::choices::FromBytes;

/// Frames as the platform sends them: every op, many events.
pub fn valid_frames() -> impl Strategy<Value = Said> + Clone {
    prop_oneof![
        3 => Just(Said::Ack),
        1 => Just(Said::Hello(41_250)),
        1 => (100_u64..300_000).prop_map(Said::Hello),
        1 => Just(Said::Ready),
        1 => Just(Said::Resumed),
        1 => Just(Said::Beat),
        1 => Just(Said::Reconnect),
        1 => any::<bool>().prop_map(|resumable| Said::Invalid { resumable }),
        6 => event_frames(),
        1 => Just(Said::Again),
    ]
}

/// Events of every family.
pub fn event_frames() -> impl Strategy<Value = Said> + Clone {
    (0..catalog::events().len()).prop_map(Said::sample)
}

/// Frames that are JSON and still not what anyone expects.
pub fn odd_frames() -> impl Strategy<Value = Said> + Clone {
    let payload = (select(catalog::events()), select(catalog::ODD_PAYLOADS))
        .prop_map(|((name, _), d)| Said::Event { name: name.into(), d: d.into() });
    prop_oneof![
        payload,
        select(catalog::ODD_FRAMES).prop_map(|text| Said::Raw(Bytes::from_static(text.as_bytes()))),
        any::<u64>().prop_map(Said::Hello),
    ]
}

/// Frames that cannot be read.
pub fn broken_frames() -> impl Strategy<Value = Said> + Clone {
    prop_oneof![
        select(catalog::BROKEN_FRAMES).prop_map(|bytes| Said::Raw(Bytes::from_static(bytes))),
        vec(any::<u8>(), 0..64).prop_map(|bytes| Said::Raw(bytes.into())),
        (select(catalog::events()), 0_usize..100).prop_map(|((name, d), cut)| {
            let frame = format!(r#"{{"op":0,"s":9,"t":"{name}","id":"cut","d":{d}}}"#);
            let cut = frame.len() * cut / 100;
            Said::Raw(frame.into_bytes().into_iter().take(cut).collect())
        }),
    ]
}

/// All of them.
pub fn frames() -> impl Strategy<Value = Said> + Clone {
    prop_oneof![8 => valid_frames(), 2 => odd_frames(), 1 => broken_frames()]
}

/// Close codes, with and without a meaning; `None` for a connection that just ended.
pub fn close_codes() -> impl Strategy<Value = Option<u16>> + Clone {
    prop_oneof![
        1 => Just(None),
        6 => select(catalog::CLOSE_CODES).prop_map(Some),
        1 => any::<u16>().prop_map(Some),
    ]
}

/// Ways in which an exchange or a connection fails.
pub fn transport_errors() -> impl Strategy<Value = TransportError> + Clone {
    select(&ERRORS[..])
}

/// Stored sessions of a bot with so many shards; some belong to another number of shards.
pub fn sessions(shards: u32) -> impl Strategy<Value = Vec<Session>> + Clone {
    let total = prop_oneof![8 => Just(shards), 1 => 1_u32..9];
    let seq = prop_oneof![4 => 0_u64..1000, 1 => any::<u64>()];
    let session = (0..shards.max(1), total, "[a-z0-9-]{0,24}", seq)
        .prop_map(|(shard, total, id, seq)| Session::new(shard, total, id, seq));
    vec(session, 0..4)
}

fn replies(table: &'static [(u16, &'static str)]) -> impl Strategy<Value = Answer> + Clone {
    (select(table), 0_u64..100).prop_map(|(sample, number)| Answer::sample(sample, number))
}

fn responses(answer: Answer) -> Option<HttpResponse> {
    match answer {
        Answer::Reply { status, body } => Some(HttpResponse::new(status, body)),
        Answer::Proper | Answer::Failed(_) => None,
    }
}

/// Replies of the token endpoint: good, odd, broken.
pub fn token_replies() -> impl Strategy<Value = HttpResponse> + Clone {
    replies(catalog::TOKEN_REPLIES).prop_filter_map("a reply", responses)
}

/// Replies of `GET /gateway/bot`: good, odd, broken.
pub fn discovery_replies() -> impl Strategy<Value = HttpResponse> + Clone {
    replies(catalog::DISCOVERY_REPLIES).prop_filter_map("a reply", responses)
}

/// Replies to a message: good, odd, broken.
pub fn send_replies() -> impl Strategy<Value = HttpResponse> + Clone {
    replies(catalog::SEND_REPLIES).prop_filter_map("a reply", responses)
}

/// What a proxy, a login page or chance answers.
pub fn stray_replies() -> impl Strategy<Value = HttpResponse> + Clone {
    replies(catalog::STRAY_REPLIES).prop_filter_map("a reply", responses)
}

/// How an HTTP exchange ends, whatever it was.
pub fn answers() -> impl Strategy<Value = Answer> + Clone {
    prop_oneof![
        4 => Just(Answer::Proper),
        2 => replies(catalog::TOKEN_REPLIES),
        2 => replies(catalog::DISCOVERY_REPLIES),
        2 => replies(catalog::SEND_REPLIES),
        1 => replies(catalog::STRAY_REPLIES),
        1 => (any::<u16>(), vec(any::<u8>(), 0..64))
            .prop_map(|(status, body)| Answer::Reply { status, body: body.into() }),
        2 => transport_errors().prop_map(Answer::Failed),
    ]
}

/// How long things take: times at whose ends something is due, and times in between.
pub fn waits() -> impl Strategy<Value = Duration> + Clone {
    prop_oneof![select(&WAITS[..]), (0_u64..120_000).prop_map(Duration::from_millis)]
}

/// Configurations of which a client can be made.
pub fn configs() -> impl Strategy<Value = Config> + Clone {
    (vec(any::<u8>(), 8), any::<u64>()).prop_flat_map(|(bytes, seed)| {
        let config = pick_config(&mut FromBytes::new(&bytes)).with_seed(seed);
        let total = if let qq_proto::Shards::Range { total, .. } = config.shards { total } else { 1 };
        sessions(total).prop_map(move |stored| config.clone().with_sessions(stored))
    })
}

/// One move.
pub fn moves() -> impl Strategy<Value = Move> + Clone {
    let which = 0_usize..8;
    let text = prop_oneof![Just("hello".to_owned()), ".{0,12}"];
    let how = prop_oneof![Just(Restart::Resume), Just(Restart::Fresh)];
    let leave = prop_oneof![Just(Leave::Resumable), Just(Leave::Final)];
    let network = prop_oneof![
        4 => (which.clone(), answers()).prop_map(|(which, outcome)| Move::Answer { which, outcome }),
        2 => which.clone().prop_map(|which| Move::Open { which }),
        8 => (which.clone(), frames()).prop_map(|(which, frame)| Move::Frame { which, frame }),
        2 => (which.clone(), close_codes()).prop_map(|(which, code)| Move::Close { which, code }),
        1 => (which.clone(), transport_errors()).prop_map(|(which, error)| Move::Fail { which, error }),
        1 => which.clone().prop_map(|which| Move::Lose { which }),
        1 => (which.clone(), frames()).prop_map(|(which, frame)| Move::Late { which, frame }),
    ];
    let application = prop_oneof![
        2 => which.clone().prop_map(|which| Move::Pause { which }),
        2 => which.clone().prop_map(|which| Move::Resume { which }),
        4 => (which.clone(), text).prop_map(|(which, text)| Move::Call { which, text }),
        1 => (which.clone(), how).prop_map(|(which, how)| Move::Restart { which, how }),
        2 => which.clone().prop_map(|which| Move::Grant { which }),
        1 => Just(Move::SetSecret),
        1 => leave.prop_map(Move::Stop),
    ];
    prop_oneof![
        20 => which.prop_map(|which| Move::Serve { which }),
        5 => Just(Move::Wake),
        2 => waits().prop_map(Move::Wait),
        2 => waits().prop_map(Move::Oversleep),
        1 => Just(Move::Tick),
        1 => waits().prop_map(Move::ClockBack),
        16 => network,
        4 => application,
    ]
}

/// Lists of moves of a length in this range.
pub fn move_lists(length: Range<usize>) -> impl Strategy<Value = Vec<Move>> + Clone {
    vec(moves(), length)
}
