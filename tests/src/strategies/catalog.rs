//! What the platform says, well and badly: short samples written for this purpose.

use std::sync::LazyLock;

/// Events with a payload of a form that the platform sends: the names and payloads of [all samples](crate::samples),
/// without those that begin a session.
pub fn events() -> &'static [(&'static str, &'static str)] {
    static EVENTS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
        let samples = crate::samples::all().filter(|sample| !matches!(sample.name(), "READY" | "RESUMED"));
        samples.map(|sample| (sample.name(), sample.payload())).collect()
    });
    &EVENTS
}

/// Payloads that fit no event, for any name.
pub const ODD_PAYLOADS: &[&str] = &[
    "null",
    "\"\"",
    "[]",
    "{}",
    "0",
    "true",
    r#"{"id":1,"author":[]}"#,
    r#"{"id":"x","id":"y"}"#,
    r#"{"author":{"user_openid":null},"content":{"a":1},"id":"\ud83d\ude00"}"#,
];

/// Whole frames that are JSON and still not what anyone expects.
pub const ODD_FRAMES: &[&str] = &[
    "{}",
    "[]",
    "null",
    "7",
    r#"{"op":99}"#,
    r#"{"op":-1,"d":{}}"#,
    r#"{"op":"11"}"#,
    r#"{"op":11,"d":null,"s":null,"t":null}"#,
    r#"{"op":0}"#,
    r#"{"op":0,"s":"7","t":"FRIEND_ADD","d":{"openid":"U1"}}"#,
    r#"{"op":0,"s":18446744073709551615,"t":"FRIEND_ADD","id":"FRIEND_ADD:big","d":{"openid":"U1"}}"#,
    r#"{"op":0,"s":-3,"t":7,"id":7,"d":[]}"#,
    r#"{"d":{"openid":"U1"},"t":"FRIEND_ADD","s":5,"op":0}"#,
    r#"{"op":0,"s":1,"t":"READY","d":{}}"#,
    r#"{"op":0,"s":1,"t":"READY","d":{"session_id":""}}"#,
    r#"{"op":0,"s":1,"t":"READY","d":""}"#,
    r#"{"op":0,"t":"RESUMED","d":null}"#,
    r#"{"op":9,"d":{"resumable":true}}"#,
    r#"{"op":9}"#,
    r#"{"op":10}"#,
    r#"{"op":10,"d":{"heartbeat_interval":0}}"#,
    r#"{"op":10,"d":{"heartbeat_interval":"41250"}}"#,
    r#"{"op":10,"d":{"heartbeat_interval":1e99}}"#,
    r#"{"op":10,"d":{"heartbeat_interval":-5}}"#,
    r#"{"op":2,"d":{}}"#,
    "\u{feff}{\"op\":11}",
];

/// Frames that cannot be read at all.
pub const BROKEN_FRAMES: &[&[u8]] = &[
    b"",
    b" ",
    b"{",
    b"}",
    b"{\"op\":",
    b"{\"op\":0,\"s\":1,\"t\":\"FRIEND_ADD\",\"d\":{\"openid\":",
    b"{\"op\":0,\"s\":2,\"t\":\"FRIEND_ADD\",\"id\":\"x\",\"d\":{\"a\":}}",
    b"{\"op\":11}{\"op\":11}",
    b"{\"op\":11,}",
    b"{\"op\":11,\"op\":7}",
    b"{\"op\":0,\"s\":3,\"t\":\"\xff\xfe\",\"d\":{}}",
    b"\x78\x9c\x00\x00",
    b"<html><body>502 Bad Gateway</body></html>",
    b"{\"op\":1e400}",
    b"{\"op\":0,\"s\":4,\"t\":\"T\",\"id\":\"\\ud800\",\"d\":{}}",
];

/// Good, odd and broken replies of the token endpoint. `%` stands for a number that makes the token a new one.
pub const TOKEN_REPLIES: &[(u16, &str)] = &[
    (200, r#"{"access_token":"sample-token-%","expires_in":"7200"}"#),
    (200, r#"{"access_token":"sample-token-%","expires_in":7200}"#),
    (200, r#"{"access_token":"sample-token-%","expires_in":"61"}"#),
    (200, r#"{"access_token":"sample-token-%","expires_in":3}"#),
    (200, r#"{"access_token":"sample-token-same","expires_in":"7200"}"#),
    (200, r#"{"access_token":"sample-token-%"}"#),
    (200, r#"{"access_token":"sample-token-%","expires_in":0}"#),
    (200, r#"{"access_token":"sample-token-%","expires_in":-1}"#),
    (200, r#"{"access_token":"sample-token-%","expires_in":99999999999999999999}"#),
    (200, r#"{"access_token":"sample-token-%","expires_in":"soon"}"#),
    (200, r#"{"access_token":""}"#),
    (200, r#"{"access_token":"sample token\r\nwith a line break %"}"#),
    (200, r#"{"access_token":null,"expires_in":null}"#),
    (200, r#"{"code":100007,"message":"appid invalid"}"#),
    (200, r#"{"code":100016,"message":"invalid appid or secret"}"#),
    (200, r#"{"code":10004,"message":"no such bot"}"#),
    (200, r#"{"code":100001,"message":"busy"}"#),
    (200, "{}"),
    (200, "[]"),
    (401, r#"{"code":11244,"message":"no"}"#),
    (429, r#"{"code":22009,"message":"slow down"}"#),
    (500, ""),
];

/// Good, odd and broken replies of `GET /gateway/bot`.
pub const DISCOVERY_REPLIES: &[(u16, &str)] = &[
    (
        200,
        r#"{"url":"wss://gateway.example/ws","shards":2,"session_start_limit":{"total":1000,"remaining":999,"reset_after":86400000,"max_concurrency":1}}"#,
    ),
    (200, r#"{"url":"wss://gateway.example/ws"}"#),
    (
        200,
        r#"{"url":"wss://gateway.example/ws","shards":"1","session_start_limit":{"total":"2","remaining":"1","reset_after":"5000","max_concurrency":"2"}}"#,
    ),
    (
        200,
        r#"{"url":"wss://gateway.example/ws","shards":1,"session_start_limit":{"total":1000,"remaining":0,"reset_after":60000,"max_concurrency":1}}"#,
    ),
    (
        200,
        r#"{"url":"wss://gateway.example/ws","shards":1,"session_start_limit":{"remaining":0,"reset_after":0,"max_concurrency":0}}"#,
    ),
    (
        200,
        r#"{"url":"wss://gateway.example/ws","shards":1,"session_start_limit":{"remaining":0,"reset_after":18446744073709551615}}"#,
    ),
    (200, r#"{"url":"wss://gateway.example/ws","shards":0,"session_start_limit":null}"#),
    (200, r#"{"url":"wss://gateway.example/ws","shards":-1,"session_start_limit":[]}"#),
    (200, r#"{"url":"ws://gateway.example/clear"}"#),
    (200, r#"{"url":""}"#),
    (200, r#"{"url":null,"shards":1}"#),
    (200, "{}"),
    (200, ""),
    (401, r#"{"code":11244,"message":"token"}"#),
    (401, "{}"),
    (400, r#"{"code":11298,"message":"ip"}"#),
    (403, r#"{"code":11253,"message":"not for you"}"#),
    (429, r#"{"code":22009,"message":"slow down"}"#),
    (500, r#"{"code":850018,"message":"oops"}"#),
];

/// Good, odd and broken replies to a message that was sent.
pub const SEND_REPLIES: &[(u16, &str)] = &[
    (200, r#"{"id":"ROBOT1.0_sent","timestamp":"2026-01-02T03:04:05+08:00"}"#),
    (200, "{}"),
    (200, "[]"),
    (200, r#"{"id":17,"timestamp":1785670205}"#),
    (201, r#"{"id":"x"}"#),
    (202, r#"{"code":304023,"message":"audit","data":{"message_audit":{"audit_id":"a1"}}}"#),
    (204, ""),
    (400, r#"{"code":40034005,"err_code":40034005,"message":"late","trace_id":"t1"}"#),
    (400, r#"{"code":40054005,"err_code":40054005,"message":"twice"}"#),
    (400, r#"{"err_code":"40054005","code":"7"}"#),
    (401, r#"{"code":11244,"message":"token"}"#),
    (401, ""),
    (403, r#"{"code":304018,"message":"no link"}"#),
    (404, ""),
    (429, r#"{"code":22009,"message":"slow down"}"#),
    (500, r#"{"code":850018}"#),
    (504, ""),
];

/// What a proxy, a login page or chance answers to anything.
pub const STRAY_REPLIES: &[(u16, &str)] = &[
    (200, "<!DOCTYPE html><html><title>Log in to the network</title></html>"),
    (502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
    (301, ""),
    (100, "{"),
    (0, "null"),
    (999, "\"text\""),
    (200, "7"),
    (200, "{\"code\":0}"),
    (200, "{\"code\":"),
    (418, "{\"code\":1e99,\"message\":[],\"trace_id\":{}}"),
];

/// Close codes with a meaning, and some without.
pub const CLOSE_CODES: &[u16] = &[
    1000, 1001, 1005, 1006, 1009, 1011, 1012, 1015, 4000, 4001, 4002, 4004, 4006, 4007, 4008, 4009, 4010,
    4011, 4012, 4013, 4014, 4900, 4901, 4902, 4905, 4910, 4913, 4914, 4915, 0, 3000, 4999, 65535,
];
