//! The table of faults: a sentence, its holes, and what it does.

use serde_json::{Value, json};

use super::{Class, Deed, Lost};
use crate::platform::{
    Endpoint, Failure, Garbage, Handshake, HandshakeFailure, Hidden, Incident, OPERATION_NAMES,
};

/// What fills a hole of a sentence.
#[derive(Debug)]
pub(super) enum Hole {
    Shard,
    Client,
    /// A number, drawn from these.
    From(&'static [u32]),
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A row.
pub(super) struct Kind {
    pub(super) class: Class,
    pub(super) text: &'static str,
    pub(super) holes: &'static [Hole],
    pub(super) deed: fn([u32; 3]) -> Deed,
}

impl Kind {
    /// Reads a sentence of this kind.
    pub(super) fn read(&self, text: &str) -> Option<[u32; 3]> {
        let mut parts = self.text.split("{}");
        let mut rest = text.strip_prefix(parts.next()?)?;
        let mut args = [0; 3];
        for ((part, hole), arg) in parts.zip(self.holes).zip(&mut args) {
            let (value, left) = match hole {
                Hole::Shard | Hole::Client | Hole::From(_) => {
                    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                    let (digits, left) = rest.split_at(end);
                    (digits.parse().ok()?, left)
                }
                Hole::Word(words) => {
                    // The longest that fits: one word may begin with another.
                    let (at, word) = words
                        .iter()
                        .enumerate()
                        .filter(|(_, word)| rest.starts_with(**word))
                        .max_by_key(|(_, word)| word.len())?;
                    (u32::try_from(at).ok()?, rest.strip_prefix(word)?)
                }
            };
            *arg = value;
            rest = left.strip_prefix(part)?;
        }
        rest.is_empty().then_some(args)
    }
}

const TIMES: Hole = Hole::From(&[1, 2, 3, 4]);
const DOWN: Hole = Hole::From(&[6, 15, 40, 120]);

/// Every documented close code that does not end a bot for good, those known from the field, and some that nobody has
/// described. Codes that halt stand at the end, so that they are rare enough.
const CODES: Hole = Hole::From(&[
    4009, 4009, 4009, 1000, 1001, 1006, 4000, 4003, 4004, 4005, 4006, 4007, 4008, 4015, 4900, 4902, 4903,
    4908, 4913, 4999, 3000, 4001, 4002, 4914,
]);

const ENDPOINTS: &[&str] = &["token", "discovery", "send", "other"];
const FAILURES: &[&str] = &[
    "are answered with 500",
    "are answered with 200 and an error inside",
    "are answered with a page of HTML",
    "are answered with 429",
    "are answered with 401",
    "are left hanging",
    "do nothing and lose their connection",
    "are done and lose their connection",
    "bring a token that is valid nowhere",
];
const OPERATION_FAILURES: &[&str] = &[
    "are answered with 500",
    "are answered with 200 and an error inside",
    "are answered with a page of HTML",
    "are answered with 429 and a page of HTML",
    "are answered with 401",
    "are left hanging",
    "do nothing and lose their connection",
    "are done and lose their connection",
    "are answered with a refusal whose numbers differ",
    "are held for review and pass",
    "are held for review and fail",
];
const HANDSHAKES: &[&str] = &["identifies", "resumes"];
const HANDSHAKE_FAILURES: &[&str] = &[
    "are answered with op 9",
    "are answered with a resumable op 9",
    "are closed with 4903",
    "are closed with 4009",
    "are cut",
    "are ignored",
    "are accepted and closed with 4009",
    "are accepted and followed by silence",
];
const GARBAGE: &[&str] = &[
    "something that is not JSON",
    "JSON that is no frame",
    "an unknown op",
    "half an event",
    "an event as a binary message",
];
const HELLOS: &[&str] = &[
    "no interval",
    "an interval of 0",
    "an interval of -5",
    "an interval of 99",
    "an interval of 20000",
    "an interval as text",
    "a huge interval",
];

fn failure(endpoint: Endpoint, how: u32) -> Failure {
    match how {
        0 => Failure::Error { status: 500, code: 0 },
        1 => Failure::ErrorIn200 { code: 100_001 },
        2 => Failure::Html502,
        3 => Failure::Status429,
        4 => Failure::Error { status: 401, code: 11_244 },
        5 => Failure::Hang,
        6 => Failure::LostRequest,
        8 if endpoint == Endpoint::Token => Failure::BadToken,
        _ => Failure::LostReply,
    }
}

/// How long a review takes.
const REVIEW_MILLIS: u64 = 20_000;

fn operation_failure(how: u32) -> Failure {
    match how {
        0 => Failure::Error { status: 500, code: 0 },
        1 => Failure::ErrorIn200 { code: 50_055_001 },
        2 => Failure::Html502,
        3 => Failure::Html { status: 429 },
        4 => Failure::Error { status: 401, code: 11_244 },
        5 => Failure::Hang,
        6 => Failure::LostRequest,
        7 => Failure::LostReply,
        8 => Failure::ErrorPair { status: 400, code: 850_026, err_code: 40_034_001 },
        other => Failure::Audit { pass: other == 9, after_millis: REVIEW_MILLIS },
    }
}

fn operation(number: u32) -> String {
    let name = usize::try_from(number).ok().and_then(|number| OPERATION_NAMES.get(number));
    name.copied().unwrap_or_default().to_owned()
}

fn endpoint(which: u32) -> Endpoint {
    match which {
        0 => Endpoint::Token,
        1 => Endpoint::Discovery,
        2 => Endpoint::Send,
        _ => Endpoint::Other,
    }
}

fn handshake_failure(how: u32) -> HandshakeFailure {
    match how {
        0 => HandshakeFailure::InvalidSession { resumable: false },
        1 => HandshakeFailure::InvalidSession { resumable: true },
        2 => HandshakeFailure::Close { code: 4903 },
        3 => HandshakeFailure::Close { code: 4009 },
        4 => HandshakeFailure::Cut,
        5 => HandshakeFailure::Ignore,
        6 => HandshakeFailure::AcceptThenClose { code: 4009 },
        _ => HandshakeFailure::AcceptThenSilence,
    }
}

fn garbage(kind: u32) -> Garbage {
    match kind {
        0 => Garbage::Junk,
        1 => Garbage::NotAFrame,
        2 => Garbage::UnknownOp,
        3 => Garbage::Truncated,
        _ => Garbage::Binary,
    }
}

fn hello(kind: u32) -> Value {
    match kind {
        0 => Value::Null,
        1 => json!(0),
        2 => json!(-5),
        3 => json!(99),
        4 => json!(20_000),
        5 => json!("41250"),
        _ => json!(18_446_744_073_709_551_615_u64),
    }
}

/// The secret with this number; 0 is the one the platform starts with.
pub(crate) fn secret(number: u32) -> Hidden {
    Hidden::from(format!("changed-secret-no-{number}-of-the-model"))
}

const fn platform(text: &'static str, holes: &'static [Hole], deed: fn([u32; 3]) -> Deed) -> Kind {
    Kind { class: Class::Platform, text, holes, deed }
}

const fn network(text: &'static str, holes: &'static [Hole], deed: fn([u32; 3]) -> Deed) -> Kind {
    Kind { class: Class::Network, text, holes, deed }
}

const fn application(text: &'static str, holes: &'static [Hole], deed: fn([u32; 3]) -> Deed) -> Kind {
    Kind { class: Class::Application, text, holes, deed }
}

fn code(number: u32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

pub(super) const KINDS: &[Kind] = &[
    network("network cuts shard {}", &[Hole::Shard], |[shard, ..]| Deed::Cut { shard }),
    network(
        "network makes shard {} half-open, losing {}",
        &[Hole::Shard, Hole::Word(&["everything", "what the bot sends", "what the server sends"])],
        |[shard, lost, _]| Deed::HalfOpen {
            shard,
            lost: match lost {
                0 => Lost::Both,
                1 => Lost::FromBot,
                _ => Lost::ToBot,
            },
        },
    ),
    network("network breaks shard {} at the bot's end only", &[Hole::Shard], |[shard, ..]| {
        Deed::BreakBotEnd { shard }
    }),
    network(
        "network stalls shard {} for {} ms",
        &[Hole::Shard, Hole::From(&[500, 2_000, 7_000, 20_000])],
        |[shard, millis, _]| Deed::Stall { shard, millis },
    ),
    network(
        "network loses the next {} HTTP {}",
        &[TIMES, Hole::Word(&["requests", "replies"])],
        |[times, what, _]| Deed::LoseHttp { times, acted: what == 1 },
    ),
    network(
        "network {} the next {} dials",
        &[Hole::Word(&["fails", "swallows"]), TIMES],
        |[how, times, _]| Deed::LoseDials { times, told: how == 0 },
    ),
    platform("server closes shard {} with {}", &[Hole::Shard, CODES], |[shard, number, _]| {
        Deed::Platform(Incident::Close { shard, code: code(number) })
    }),
    platform("server cuts shard {}", &[Hole::Shard], |[shard, ..]| Deed::Platform(Incident::Cut { shard })),
    platform("server asks shard {} to reconnect", &[Hole::Shard], |[shard, ..]| {
        Deed::Platform(Incident::ReconnectRequest { shard })
    }),
    platform(
        "server calls the session of shard {} invalid{}",
        &[Hole::Shard, Hole::Word(&["", " but resumable"])],
        |[shard, how, _]| Deed::Platform(Incident::InvalidSession { shard, resumable: how == 1 }),
    ),
    platform("server withholds acknowledgements from shard {}", &[Hole::Shard], |[shard, ..]| {
        Deed::Platform(Incident::WithholdAcks { shard, on: true })
    }),
    platform("server falls silent on shard {}", &[Hole::Shard], |[shard, ..]| {
        Deed::Platform(Incident::Silence { shard })
    }),
    platform("server asks shard {} for a beat", &[Hole::Shard], |[shard, ..]| {
        Deed::Platform(Incident::ServerHeartbeat { shard })
    }),
    platform("server sends shard {} {}", &[Hole::Shard, Hole::Word(GARBAGE)], |[shard, kind, _]| {
        Deed::Platform(Incident::Garbage { shard, kind: garbage(kind) })
    }),
    platform(
        "server repeats the last event of shard {}{}",
        &[Hole::Shard, Hole::Word(&["", " under a new number"])],
        |[shard, how, _]| Deed::Platform(Incident::DuplicateLast { shard, renumbered: how == 1 }),
    ),
    platform(
        "server leaves out {} numbers of shard {}",
        &[Hole::From(&[1, 5, 1000]), Hole::Shard],
        |[by, shard, _]| Deed::Platform(Incident::SkipSeq { shard, by }),
    ),
    platform("server withdraws all tokens", &[], |_| Deed::Platform(Incident::ExpireTokens)),
    platform("server restarts and forgets its sessions", &[], |_| Deed::Platform(Incident::ForgetSessions)),
    platform("server greets the next {} dials not at all", &[TIMES], |[dials, ..]| {
        Deed::Platform(Incident::NoHello { dials })
    }),
    platform("server greets the next {} dials with {}", &[TIMES, Hole::Word(HELLOS)], |[dials, kind, _]| {
        Deed::Platform(Incident::OddHello { dials, interval: hello(kind) })
    }),
    platform("server refuses the next {} dials", &[TIMES], |[dials, ..]| {
        Deed::Platform(Incident::RefuseDials { dials })
    }),
    platform("server refuses dials for {} ms", &[Hole::From(&[1_000, 10_000, 60_000])], |[millis, ..]| {
        Deed::Platform(Incident::RefuseDialsFor { millis: u64::from(millis) })
    }),
    platform("server leaves the next {} dials hanging", &[TIMES], |[dials, ..]| {
        Deed::Platform(Incident::HangDials { dials })
    }),
    platform(
        "the next {} {} requests {}",
        &[TIMES, Hole::Word(ENDPOINTS), Hole::Word(FAILURES)],
        |[times, which, how]| {
            let endpoint = endpoint(which);
            Deed::Platform(Incident::FailNext { endpoint, how: failure(endpoint, how), times })
        },
    ),
    platform(
        "the next {} {} {}",
        &[TIMES, Hole::Word(HANDSHAKES), Hole::Word(HANDSHAKE_FAILURES)],
        |[times, what, how]| {
            Deed::Platform(Incident::FailHandshake {
                what: if what == 0 { Handshake::Identify } else { Handshake::Resume },
                how: handshake_failure(how),
                times,
            })
        },
    ),
    Kind {
        class: Class::Operation,
        text: "the next {} calls of {} {}",
        holes: &[TIMES, Hole::Word(OPERATION_NAMES), Hole::Word(OPERATION_FAILURES)],
        deed: |[times, which, how]| {
            let operation = operation(which);
            Deed::Platform(Incident::FailOperation { operation, how: operation_failure(how), times })
        },
    },
    platform("the secret is changed to number {}", &[Hole::From(&[1, 2, 3])], |[number, ..]| {
        Deed::Platform(Incident::RotateSecret { secret: secret(number) })
    }),
    application("client {} crashes and is back after {} s", &[Hole::Client, DOWN], |[client, seconds, _]| {
        Deed::Crash { client, seconds }
    }),
    application("client {} stops and is back after {} s", &[Hole::Client, DOWN], |[client, seconds, _]| {
        Deed::Stop { client, seconds }
    }),
    application(
        "client {} stops reading for {} s",
        &[Hole::Client, Hole::From(&[1, 10, 60, 200])],
        |[client, seconds, _]| Deed::Pause { client, seconds },
    ),
    application(
        "shard {} is restarted{}",
        &[Hole::Shard, Hole::Word(&["", " afresh"])],
        |[shard, how, _]| Deed::Restart { shard, fresh: how == 1 },
    ),
];
