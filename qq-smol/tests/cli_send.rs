//! `qq send` as a process: against `qq simulate`, and against an API that takes files.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

mod cli_process;
mod store;

use std::fs;
use std::path::PathBuf;

use cli_process::{Ended, run, simulate};
use serde_json::{Value, json};
use store::{BLOCK, State, Store};

const USER: &str = "5E1F0000000000000000000000000A01";

/// A file that is gone with this.
struct File(PathBuf);

impl File {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("qq-send-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

fn bot(base: &str) -> [(&str, &str); 3] {
    [("QQ_APP_ID", "1024"), ("QQ_APP_SECRET", "s3cret-value"), ("QQ_API_BASE", base)]
}

fn json_of(ended: &Ended) -> Value {
    assert_eq!(ended.out.len(), 1, "{ended:?}");
    serde_json::from_str(&ended.out[0]).unwrap()
}

#[test]
fn an_answer_arrives() {
    let platform = simulate(&[]);
    let inbound = json!({"scene": "c2c", "text": "hello", "author": USER});
    let message = platform.post("message", &inbound)["message_id"].as_str().unwrap().to_owned();
    let send = |more: &[&str], input| {
        let args = ["send", "--user", USER, "--reply-to", &message];
        run(&[&args[..], more].concat(), &platform.bot(), input)
    };
    let ended = send(&["--text", "it's \"done\"", "--seq", "7"], "");
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    assert!(ended.out[0].starts_with("sent, id "), "{ended:?}");
    // Without a number of its own it has another one, and so is not dropped.
    let ended = send(&["--text", "-", "--json"], "line 1\n-- line 2\n");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let receipt = json_of(&ended);
    assert!(receipt["sent"] == true && receipt["id"].is_string(), "{receipt}");
    assert_eq!(send(&["--markdown", "# Title"], "").code, Some(0));
    let got = platform.get("sent");
    assert_eq!(got["next"], 3, "{got}");
    assert_eq!(got["sent"][0]["content"], "it's \"done\"");
    assert_eq!((&got["sent"][0]["msg_id"], &got["sent"][0]["msg_seq"]), (&json!(message), &json!(7)));
    assert_eq!(got["sent"][1]["content"], "line 1\n-- line 2");
    // The same number again is one message to the platform: this one did not arrive.
    let ended = send(&["--text", "another", "--seq", "7"], "");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("40054005"), "{ended:?}");
    assert_eq!(platform.get("live?shards=0")["live_shards"], json!([]));
}

#[test]
fn refusals_say_what_to_do() {
    let platform = simulate(&[]);
    let ended = run(&["send", "--user", USER, "--text", "s0me words"], &platform.bot(), "");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    for part in ["qq: not sent: ", "40034102", "advice: only answers", "status 400", "trace "] {
        assert!(ended.err.contains(part), "{part}: {ended:?}");
    }
    assert!(ended.out.is_empty() && !ended.err.contains("s0me words"), "{ended:?}");
    let args = ["send", "--channel", "C", "--text", "s0me words", "--json"];
    let ended = run(&args, &platform.bot(), "");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let facts = json_of(&ended);
    assert_eq!((&facts["sent"], &facts["error"]["code"]), (&json!(false), &json!(304_018)));
    assert!(facts["error"]["advice"].as_str().unwrap().contains("live gateway connection"), "{facts}");
    let wrong = [platform.bot()[0], ("QQ_APP_SECRET", "sesame"), platform.bot()[2]];
    let ended = run(&["send", "--user", USER, "--text", "x"], &wrong, "");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("QQ_APP_SECRET") && !ended.err.contains("sesame"), "{ended:?}");
}

#[test]
fn what_may_work_later_and_what_is_under_audit() {
    for (status, body, code, words) in [
        // A quota of the day.
        (400, json!({"code": 304_045}), 3, "wait until it resets"),
        (202, json!({"code": 304_023, "data": {"message_audit": {"audit_id": "a1"}}}), 0, "audit a1"),
    ] {
        let store = Store::start(State { refuse: Some((status, body.clone())), ..State::default() });
        let ended = run(&["send", "--group", "G", "--text", "x"], &bot(&store.base), "");
        assert_eq!(ended.code, Some(code), "{body} {ended:?}");
        assert!(format!("{ended:?}").contains(words), "{ended:?}");
    }
}

#[test]
fn a_file_is_uploaded_and_sent() {
    let store = Store::start(State::default());
    let bytes = vec![7; 11 * BLOCK];
    let file = File::new("report.bin", &bytes);
    let args = ["send", "--group", "G", "--file", file.path(), "--name", "report.pdf", "--text", "as asked"];
    let ended = run(&args, &bot(&store.base), "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.out, ["sent, id sent-1"]);
    let size = bytes.len();
    for line in [format!("reading the file: {size} of"), format!("sending the file: {size} of {size} bytes")]
    {
        assert!(ended.err.contains(&line), "{ended:?}");
    }
    store.look(|state| {
        assert_eq!(state.parts.values().flatten().count(), size);
        let (path, message) = state.calls.last().unwrap();
        assert_eq!(path, "/v2/groups/G/messages");
        assert_eq!((&message["msg_type"], &message["content"]), (&json!(7), &json!("as asked")));
        assert_eq!(message["media"]["file_info"], "info-1");
        let prepare = state.calls.iter().find(|(path, _)| path.ends_with("upload_prepare")).unwrap();
        assert_eq!(prepare.1["file_name"], "report.pdf");
    });
    // A small picture travels inside one request, a URL is fetched by the platform.
    let picture = File::new("cat.png", PICTURE);
    let args = ["send", "--user", "U", "--image", picture.path(), "--json"];
    assert_eq!(json_of(&run(&args, &bot(&store.base), ""))["id"], "sent-1");
    let args = ["send", "--user", "U", "--video", "https://media.example/v.mp4"];
    assert_eq!(run(&args, &bot(&store.base), "").code, Some(0));
    // Channels have it in the message.
    let args = ["send", "--channel", "C", "--image", picture.path(), "--text", "a cat"];
    assert_eq!(run(&args, &bot(&store.base), "").code, Some(0));
    let args = ["send", "--dm", "D", "--image", "https://media.example/cat.png"];
    assert_eq!(run(&args, &bot(&store.base), "").code, Some(0));
    store.look(|state| {
        let after = |path: &str| {
            let found = state.calls.iter().filter(|call| call.0 == path);
            found.map(|call| call.1.clone()).collect::<Vec<_>>()
        };
        let files = after("/v2/users/U/files");
        assert_eq!(files[0]["file_data"], "iVBORw0KGgogYW5kIHNvIG9u");
        assert_eq!(
            (&files[1]["url"], &files[1]["file_type"]),
            (&json!("https://media.example/v.mp4"), &json!(2))
        );
        // A form, which is no JSON.
        assert_eq!(after("/channels/C/messages"), [Value::Null]);
        assert_eq!(after("/dms/D/messages"), [json!({"image": "https://media.example/cat.png"})]);
    });
}

/// The strict platform checks hashes, parts and the message, and would note a token shown to the host of the parts.
#[test]
fn the_strict_platform_takes_a_file() {
    let platform = simulate(&[]);
    let inbound = json!({"scene": "c2c", "text": "send it", "author": USER});
    let message = platform.post("message", &inbound)["message_id"].as_str().unwrap().to_owned();
    let file = File::new("three-parts.bin", &vec![3; 11 << 20]);
    let to = ["send", "--user", USER, "--reply-to", &message];
    let ended = run(&[&to[..], &["--file", file.path()]].concat(), &platform.bot(), "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let picture = File::new("small.png", PICTURE);
    let ended = run(&[&to[..], &["--image", picture.path()]].concat(), &platform.bot(), "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(platform.get("sent")["next"], 2);
    let files = platform.get("files");
    assert_eq!(files["files"].as_array().unwrap().len(), 2, "{files}");
    assert!(files.to_string().contains(&(11 << 20).to_string()), "{files}");
    assert_eq!(platform.get("violations")["violations"], json!([]));
}

#[test]
fn a_dry_run_needs_neither_network_nor_bot() {
    let picture = File::new("dry.png", PICTURE);
    let args = ["send", "--group", "G", "--reply-to-event", "E1", "--text", "hi", "--seq", "1", "--dry-run"];
    let ended = run(&args, &[], "");
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    assert_eq!(ended.out[0], "POST https://api.bot.qq.com/v2/groups/G/messages");
    let body: Value = serde_json::from_str(ended.out[1].trim()).unwrap();
    assert_eq!(body, json!({"msg_type": 0, "content": "hi", "event_id": "E1", "msg_seq": 1}));
    assert!(ended.out[2].starts_with("way: sent as an answer to an event"), "{ended:?}");
    assert_eq!(ended.out[3], "nothing was sent");
    // A port that nobody listens at.
    let args = ["send", "--user", "U", "--image", picture.path(), "--dry-run", "--json"];
    let facts = json_of(&run(&args, &[("QQ_API_BASE", "http://127.0.0.1:9")], ""));
    assert_eq!(facts["requests"][0]["url"], "http://127.0.0.1:9/v2/users/U/files");
    assert_eq!(facts["requests"][0]["body"]["file_data"], "<base64 of 18 bytes>");
    assert_eq!(facts["requests"][1]["body"]["media"]["file_info"], "<file_info of the upload>");
    assert_eq!(facts["route"]["goes"], true);
    // One that goes in parts is read for its hashes.
    let large = File::new("large.bin", &vec![1; 4 << 20]);
    let args = ["send", "--user", "U", "--file", large.path(), "--dry-run", "--json"];
    let facts = json_of(&run(&args, &[], ""));
    assert_eq!(facts["requests"].as_array().unwrap().len(), 5);
    assert_eq!(facts["requests"][0]["body"]["file_size"], "4194304");
    assert_eq!(facts["requests"][0]["body"]["md5"].as_str().unwrap().len(), 32);
}

#[test]
fn wrong_usage_is_said_before_anything_happens() {
    let text = File::new("text.txt", b"no picture");
    let empty = File::new("empty.txt", b"");
    let to = ["send", "--user", "U"];
    for (more, code, why) in [
        (&[][..], 1, "--markdown"),
        (&["--text", "x", "--group", "G"], 1, "cannot be used with"),
        (&["--text", "x", "--markdown", "y"], 1, "cannot be used with"),
        (&["--image", "a", "--file", "b"], 1, "cannot be used with"),
        (&["--text", "x", "--reply-to", "a", "--reply-to-event", "b"], 1, "cannot be used with"),
        (&["--text", "x", "--seq", "3"], 1, "--reply-to"),
        (&["--text", "x", "--name", "n"], 1, "--image"),
        (&["--text", ""], 1, "there is no text to send"),
        (&["--text", "-"], 1, "there is no text to send"),
        (&["--file", "/nowhere/at/all"], 1, "qq: --file /nowhere/at/all: No such file"),
        (&["--image", text.path()], 2, "this format is not taken"),
        (&["--file", empty.path()], 2, "the file is empty"),
        (&["--text", "x"], 1, "QQ_APP_ID"),
    ] {
        let ended = run(&[&to[..], more].concat(), &[], "");
        assert_eq!(ended.code, Some(code), "{more:?} {ended:?}");
        assert!(ended.err.contains(why) && ended.out.is_empty(), "{more:?} {ended:?}");
    }
    let ended = run(&["send", "--text", "x"], &[], "");
    assert!(ended.code == Some(1) && ended.err.contains("--channel"), "{ended:?}");
    let ended = run(&["send", "--channel", "C", "--file", text.path()], &[], "");
    assert!(ended.code == Some(1) && ended.err.contains("channels take pictures alone"), "{ended:?}");
    let help = run(&["send", "--help"], &[], "");
    assert!(help.code == Some(0) && help.out.join("\n").contains("qq send --group OPENID"), "{help:?}");
}
