//! The frames: own samples with made-up values, in the shapes that the platforms send.

use bytes::Bytes;
use serde_json::Value;

/// A frame, shared as a socket of ours gives it, and as the text that other libraries are given: theirs was checked to
/// be UTF-8 before the clock starts, ours is checked while it runs.
pub struct Frame {
    pub bytes: Bytes,
    pub text: String,
}

/// One kind of frame.
pub struct Row {
    pub name: &'static str,
    sample: &'static str,
    discord: &'static str,
}

const ACK: &str = r#"{"op":11}"#;

pub const ROWS: [Row; 6] = [
    Row {
        name: "C2C message",
        sample: include_str!("../samples/c2c_message_create.json"),
        discord: include_str!("../samples/discord_c2c.json"),
    },
    Row {
        name: "group message that mentions the bot",
        sample: include_str!("../samples/group_at_message_create.json"),
        discord: include_str!("../samples/discord_group.json"),
    },
    Row {
        name: "guild message",
        sample: include_str!("../samples/at_message_create.json"),
        discord: include_str!("../samples/discord_guild.json"),
    },
    Row {
        name: "long guild message in Chinese",
        sample: include_str!("../samples/at_message_create_long.json"),
        discord: include_str!("../samples/discord_long.json"),
    },
    Row {
        name: "GUILD_CREATE",
        sample: include_str!("../samples/guild_create.json"),
        discord: include_str!("../samples/discord_guild_create.json"),
    },
    Row { name: "heartbeat ACK", sample: ACK, discord: ACK },
];

impl Row {
    /// What a decoder that reads the payload has to give: how long the text, or the guild's name, is; 0 for an
    /// acknowledgement.
    pub fn expected(&self) -> usize {
        let frame: Value = serde_json::from_str(self.sample).expect("JSON");
        let text = frame["d"]["content"].as_str().or_else(|| frame["d"]["name"].as_str());
        text.map_or(0, str::len)
    }

    /// The sample `count` times, with numbers from `first` on and ids of one length.
    pub fn frames(&self, discord: bool, count: usize, first: usize) -> Vec<Frame> {
        let sample = (if discord { self.discord } else { self.sample }).trim_end();
        let frame = |text: String| {
            let bytes = Bytes::from(text.clone().into_bytes());
            // As a socket gives it: already shared with its buffer. The first reference costs an allocation.
            drop(bytes.clone());
            Frame { bytes, text }
        };
        if sample == ACK {
            return (0..count).map(|_| frame(ACK.to_string())).collect();
        }
        let name = serde_json::from_str::<Value>(sample).expect("JSON")["t"].as_str().expect("t").to_string();
        // The payload keeps its order of keys.
        let (_, d) = sample.split_once(r#","d":"#).expect("d");
        (first..first + count)
            .map(|n| {
                let id = if discord {
                    String::new()
                } else {
                    format!(r#","id":"{name}:kx3vq81mtw5zj7ygc2hbn9rse4ulp6odia{n:08}""#)
                };
                frame(format!(r#"{{"op":0,"s":{n},"t":"{name}"{id},"d":{d}"#))
            })
            .collect()
    }
}
