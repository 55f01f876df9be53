//! Which intent an event needs, which shard it goes to, and how it is written.

use bytes::Bytes;
use serde_json::Value;

use super::config::KeyOrder;

/// The intents that let an event through; zero for events that need none.
pub(crate) fn intents(name: &str) -> u32 {
    match name {
        "GUILD_CREATE" | "GUILD_UPDATE" | "GUILD_DELETE" | "CHANNEL_CREATE" | "CHANNEL_UPDATE"
        | "CHANNEL_DELETE" => 1,
        "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" | "GUILD_MEMBER_REMOVE" => 1 << 1,
        "MESSAGE_CREATE" | "MESSAGE_DELETE" => 1 << 9,
        "MESSAGE_REACTION_ADD" | "MESSAGE_REACTION_REMOVE" => 1 << 10,
        "DIRECT_MESSAGE_CREATE" | "DIRECT_MESSAGE_DELETE" => 1 << 12,
        "AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER" | "AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT" => 1 << 19,
        "ENTER_AIO" => 1 << 23,
        "GROUP_MEMBER_ADD" | "GROUP_MEMBER_REMOVE" => 1 << 24,
        // The documents changed their mind about this one; either bit lets it through.
        "GROUP_JOIN_REQUEST" => 1 << 24 | 1 << 25,
        "C2C_MESSAGE_CREATE"
        | "GROUP_AT_MESSAGE_CREATE"
        | "GROUP_MESSAGE_CREATE"
        | "GROUP_ADD_ROBOT"
        | "GROUP_DEL_ROBOT"
        | "GROUP_MSG_REJECT"
        | "GROUP_MSG_RECEIVE"
        | "FRIEND_ADD"
        | "FRIEND_DEL"
        | "C2C_MSG_REJECT"
        | "C2C_MSG_RECEIVE"
        | "SUBSCRIBE_MESSAGE_STATUS" => 1 << 25,
        "INTERACTION_CREATE" => 1 << 26,
        "MESSAGE_AUDIT_PASS" | "MESSAGE_AUDIT_REJECT" => 1 << 27,
        "AUDIO_START" | "AUDIO_FINISH" | "AUDIO_ON_MIC" | "AUDIO_OFF_MIC" => 1 << 29,
        "AT_MESSAGE_CREATE" | "PUBLIC_MESSAGE_DELETE" => 1 << 30,
        other if other.starts_with("OPEN_FORUM_") => 1 << 18,
        other if other.starts_with("FORUM_") => 1 << 28,
        _ => 0,
    }
}

/// Every intent that exists.
pub(crate) const EXISTING: u32 =
    0b11 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 18 | 1 << 19 | 1 << 23 | 0xff << 24 & !(1 << 31);

/// Events of a guild go to `(guild_id >> 22) % count`; where the rest goes is not documented.
pub(crate) fn shard(d: &Value, count: u32, open_shard: u32) -> u32 {
    let count = count.max(1);
    let guild = match d.get("guild_id") {
        Some(Value::String(text)) => text.parse::<u64>().ok(),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
    };
    match guild {
        Some(id) => u32::try_from((id >> 22) % u64::from(count)).unwrap_or(0),
        None => open_shard % count,
    }
}

/// Writes an event as the platform does.
pub(crate) fn dispatch(order: KeyOrder, seq: u64, name: &str, id: Option<&str>, d: &Value) -> Bytes {
    let name = Value::from(name);
    let id = id.map(|id| format!(r#""id":{},"#, Value::from(id))).unwrap_or_default();
    let text = match order {
        KeyOrder::PayloadLast => format!(r#"{{"op":0,"s":{seq},"t":{name},{id}"d":{d}}}"#),
        KeyOrder::PayloadFirst => format!(r#"{{"d":{d},{id}"op":0,"s":{seq},"t":{name}}}"#),
    };
    Bytes::from(escaped(text))
}

/// The platform's encoder is Go's, which escapes three characters that JSON does not ask for. Outside of
/// strings they do not occur.
fn escaped(text: String) -> String {
    if text.contains(['<', '>', '&']) {
        text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_orders_read_back_alike() {
        let d = json!({"content": "<a> & \"b\""});
        for order in [KeyOrder::PayloadLast, KeyOrder::PayloadFirst] {
            let bytes = dispatch(order, 7, "X", Some("X:1"), &d);
            assert!(!bytes.contains(&b'<'));
            let frame: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(frame, json!({"op": 0, "s": 7, "t": "X", "id": "X:1", "d": d}));
        }
    }

    #[test]
    fn guilds_are_spread_and_the_rest_is_not() {
        assert_eq!(shard(&json!({"guild_id": (5_u64 << 22).to_string()}), 4, 0), 1);
        assert_eq!(shard(&json!({"guild_id": 6_u64 << 22}), 4, 0), 2);
        assert_eq!(shard(&json!({"group_openid": "G"}), 4, 3), 3);
        assert_eq!(shard(&json!({"guild_id": "opaque"}), 4, 0), 0);
    }
}
