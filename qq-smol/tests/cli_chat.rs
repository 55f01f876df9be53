//! `qq chat`, with its input piped in.
#![cfg(unix)]

mod cli_process;

use std::io::Write as _;
use std::process::{Command, Stdio};

use cli_process::{Ended, qq, run, simulate};
use serde_json::{Value, json};

fn chat(input: &str) -> Ended {
    run(&["chat"], &[], input)
}

/// The lines that were said, without news.
fn said(ended: &Ended) -> Vec<&str> {
    let scenes = ["[c2c] ", "[group] ", "[guild] ", "[dm] "];
    let lines = ended.out.iter().map(String::as_str);
    lines.filter(|line| scenes.iter().any(|scene| line.starts_with(scene))).collect()
}

#[test]
fn hello_is_answered() {
    let ended = chat("hello\n");
    assert_eq!(ended.out, ["[c2c] you: hello", "[c2c] bot: echo: hello"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.err.contains("in this process (http://127.0.0.1:"), "{}", ended.err);
    assert!(!ended.err.contains("secret"), "{}", ended.err);
}

#[test]
fn no_input_is_no_conversation() {
    for input in ["", "\n\n", "/quit\nnever said\n"] {
        let ended = chat(input);
        assert_eq!((ended.code, ended.out.len()), (Some(0), 0), "{input:?} {ended:?}");
    }
}

#[test]
fn every_scene_has_its_answer() {
    // The last line has no line feed.
    let ended = chat("1\n/group 2 \"quoted\"\n3\n/guild\n4 <b> & co\n/dm 你好\n/c2c\n//menu");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let expected = [
        "[c2c] you: 1",
        "[c2c] bot: echo: 1",
        "[group] you: 2 \"quoted\"",
        "[group] bot: echo: 2 \"quoted\"",
        "[group] you: 3",
        "[group] bot: echo: 3",
        "[guild] you: 4 <b> & co",
        "[guild] bot: echo: 4 <b> & co",
        "[dm] you: 你好",
        "[dm] bot: echo: 你好",
        "[c2c] you: /menu",
        "[c2c] bot: echo: /menu",
    ];
    assert_eq!(ended.out, expected);
}

/// The incident is played, the link comes back, and what is said before, meanwhile and after is answered.
fn recovers(incident: &str, platform: &[&str], link: &[&str]) {
    let ended = chat(&format!("before\n/{incident} meanwhile\nafter\n/{incident}\n/group at last\n"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let expected = [
        "[c2c] you: before",
        "[c2c] bot: echo: before",
        "[c2c] you: meanwhile",
        "[c2c] bot: echo: meanwhile",
        "[c2c] you: after",
        "[c2c] bot: echo: after",
        "[group] you: at last",
        "[group] bot: echo: at last",
    ];
    assert_eq!(said(&ended), expected, "{ended:#?}");
    for (side, parts) in [("[platform] ", platform), ("[link] ", link)] {
        for part in parts {
            let found = ended.out.iter().filter(|line| line.starts_with(side) && line.contains(part));
            assert_eq!(found.count(), 2, "{side}{part}: {ended:#?}");
        }
    }
    let broken = ended.out.iter().find(|line| line.contains("broke a rule"));
    assert_eq!(broken, None, "{ended:#?}");
}

#[test]
fn a_dropped_connection_is_resumed() {
    recovers(
        "drop",
        &["the connection breaks", "resumed its session after event"],
        &["the session continues", "back after"],
    );
}

#[test]
fn a_reconnect_that_was_asked_for_is_made() {
    recovers(
        "reconnect",
        &["op 7", "resumed its session after event"],
        &["the server asked for a reconnect", "the session continues", "back after"],
    );
}

#[test]
fn an_invalid_session_is_replaced() {
    recovers("invalid", &["op 9", "shard 0 identified"], &["a new session began", "back after"]);
}

#[test]
fn a_silent_connection_is_noticed() {
    recovers(
        "silence",
        &["the connection is dead", "resumed its session after event"],
        &["heartbeats stayed unanswered", "the session continues", "back after"],
    );
}

#[test]
fn an_expired_token_is_replaced_when_it_is_refused() {
    recovers("expire", &["every token has expired", "a token was issued"], &[]);
}

#[test]
fn the_state_is_told_as_facts() {
    let ended = chat("hello\n/drop\n/state\n");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let facts: Vec<&str> = ended.out.iter().filter_map(|line| line.strip_prefix("[state] ")).collect();
    let facts = facts.join("\n");
    for part in [
        "shard 0: live for ",
        "attempts ",
        "next try -",
        "link: up yes, can receive yes, can send yes",
        "heartbeat: unanswered 0, last round trip ",
        "last lost: the connection ended",
        "token: ",
        "sends: 1 done, 0 failed",
        "totals: events 1, duplicates 0, faults 0, identifies 1, resumes 1",
        "session of shard 0/1: ",
    ] {
        assert!(facts.contains(part), "{part}: {facts}");
    }
}

#[test]
fn logs_are_asked_for_and_hold_no_secret() {
    let ended = run(&["chat"], &[("QQ_LOG", "trace")], "hello\n/expire again\n");
    assert_eq!((ended.code, ended.out.len()), (Some(0), 6), "{ended:?}");
    assert!(ended.err.contains("shard 0 is live"), "{}", ended.err);
    for secret in ["model-platform-secret", "QQBot", "access_token", "clientSecret"] {
        assert!(!ended.err.contains(secret), "{secret}: {}", ended.err);
    }
    let silent = run(&["chat"], &[("RUST_LOG", "off")], "hello\n");
    assert_eq!(silent.err.lines().count(), 1, "{silent:?}");
}

#[test]
fn machines_read_objects() {
    let ended = run(&["chat", "--json", "--reply", "<{content}>"], &[], "/group hi\n/drop\n/state\n");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let lines: Vec<Value> = ended.out.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({"at": "group", "from": "you", "text": "hi"}));
    assert_eq!(lines[1], json!({"at": "group", "from": "bot", "text": "<hi>"}));
    assert_eq!(lines[2], json!({"at": "platform", "text": "the connection breaks"}));
    let state = &lines.last().unwrap()["state"];
    let shard = &state["shards"][0];
    assert_eq!((&shard["phase"], &shard["link_up"]), (&json!("live"), &json!(true)), "{state}");
    assert_eq!((&state["totals"]["resumes"], &state["can_send"]), (&json!(1), &json!(true)), "{state}");
}

#[test]
fn a_mistyped_command_shows_in_the_exit_code_and_stops_nothing() {
    let ended = chat("/dorp\nhello\n");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("/dorp is no command"), "{ended:?}");
    assert_eq!(said(&ended), ["[c2c] you: hello", "[c2c] bot: echo: hello"]);
    assert_eq!(chat("/dorp\n/quit\n").code, Some(1));
}

#[test]
fn help_names_the_commands() {
    let ended = chat("/help\n");
    let help = ended.out.join("\n");
    for command in
        ["/c2c", "/group", "/guild", "/dm", "/drop", "/reconnect", "/invalid", "/expire", "/silence"]
    {
        assert!(help.contains(command), "{command}: {help}");
    }
    assert_eq!(ended.code, Some(0));
}

#[test]
fn sigterm_ends_it_while_it_waits() {
    for signal in ["-TERM", "-INT"] {
        let mut chat = qq(&["chat"], &[]);
        chat.write("hello\n");
        assert_eq!(chat.line_with("bot"), "[c2c] bot: echo: hello");
        chat.signal(signal);
        assert_eq!(chat.end().code, Some(0), "{signal}");
    }
}

/// As in `qq chat | head -n 1`.
#[test]
fn an_output_that_nobody_reads_is_no_failure() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qq"));
    command.arg("chat").env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(b"hello\nagain\n").unwrap();
    let ended = child.wait_with_output().unwrap();
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), err.lines().count()), (Some(0), 1), "{err}");
}

#[test]
fn with_credentials_it_is_the_same_bot_elsewhere() {
    let platform = simulate(&[]);
    let mut chat = qq(&["chat"], &platform.bot());
    platform.wait_for_bot();
    platform.post("message", &json!({"scene": "group", "text": "who are you"}));
    let heard = chat.line_with("[group]");
    assert!(heard.ends_with(": who are you") && !heard.contains("you: "), "{heard}");
    assert_eq!(chat.line(), "[group] bot: echo: who are you");
    assert_eq!(platform.get("sent")["sent"][0]["content"], "echo: who are you");
    // What needs the platform in this process says so; the facts do not need it.
    chat.write("/drop\nhello\n/state\n");
    assert!(chat.line().contains("--embedded"));
    assert!(chat.line().contains("--embedded"));
    assert!(chat.line().starts_with("[state] shard 0: live"));
    chat.signal("-INT");
    assert_eq!(chat.end().code, Some(0));
}

#[test]
fn embedded_means_embedded() {
    let platform = simulate(&[]);
    let ended = run(&["chat", "--embedded"], &platform.bot(), "hello\n");
    assert_eq!((ended.code, said(&ended).len()), (Some(0), 2), "{ended:?}");
    assert_eq!(platform.get("state")["attempts"], json!([]));
}

#[test]
fn a_refused_bot_ends_with_2_and_advice() {
    let platform = simulate(&[]);
    let mut bot = platform.bot();
    bot[1].1 = "a-wrong-value";
    for arguments in [["chat"], ["listen"]] {
        let ended = qq(&arguments, &bot).end();
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains("check the app secret"), "{ended:?}");
        assert!(!ended.err.contains("a-wrong-value"), "{ended:?}");
    }
}
