//! `qq listen` where intents are refused: it goes on with fewer and says so, unless it is told to keep them.
#![cfg(unix)]

mod cli_process;

use std::time::{Duration, Instant};

use cli_process::{LONG, qq, simulate};
use serde_json::json;

const ALL: &str = "guilds,group_and_c2c,interaction";
const LEFT: u32 = 1 | 1 << 25;

#[test]
fn fewer_intents_are_better_than_none() {
    let platform = simulate(&["--max-concurrency", "9"]);
    platform.post("incident", &json!({"incident": "grant", "intents": LEFT}));
    let listen = qq(&["listen", "--intents", ALL], &platform.bot());
    platform.wait_for_bot();
    assert_eq!(platform.get("state")["sessions"][0]["intents"], LEFT);
    platform.post("message", &json!({"scene": "c2c", "text": "hello"}));
    assert!(listen.line().contains("C2C_MESSAGE_CREATE"));
    listen.signal("-TERM");
    let ended = listen.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.err.contains("refused: the intents INTERACTION,"), "{ended:?}");
    assert!(ended.err.contains("it goes on with GUILDS|GROUP_AND_C2C_EVENT"), "{ended:?}");
}

#[test]
fn who_wants_all_of_them_can_say_so() {
    let platform = simulate(&["--max-concurrency", "9"]);
    platform.post("incident", &json!({"incident": "grant", "intents": LEFT}));
    for (arguments, variable) in [
        (&["listen", "--intents", ALL, "--keep-intents"][..], ("QQ_INTENTS_LADDER", "on")),
        (&["listen", "--intents", ALL], ("QQ_INTENTS_LADDER", "off")),
    ] {
        let before = platform.get("state")["attempts"].as_array().map_or(0, Vec::len);
        let listen = qq(arguments, &[&platform.bot()[..], &[variable]].concat());
        let deadline = Instant::now() + LONG;
        let asked = loop {
            let attempts = platform.get("state")["attempts"].as_array().cloned().unwrap_or_default();
            if attempts.len() >= before + 2 {
                break attempts;
            }
            assert!(Instant::now() < deadline, "{attempts:?}");
            std::thread::park_timeout(Duration::from_millis(20));
        };
        for attempt in &asked[before..] {
            assert_eq!(attempt["intents"], LEFT | 1 << 26, "{arguments:?}");
        }
        listen.signal("-TERM");
        let ended = listen.end();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.err.contains("identify refused 1 times in a row"), "{ended:?}");
        assert!(!ended.err.contains("goes on with"), "{ended:?}");
    }
}
