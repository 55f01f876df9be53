//! Where a group or C2C message comes from, and the loose `key=value` texts that travel with it.

use super::cursor::{Cursor, Fill};
use super::error::DecodeError;
use super::field::{Field, Shape};
use super::list::List;
use super::record::{record, words};
use super::text::Str;
use core::fmt;
use serde::{Serialize, Serializer};

record! {
    /// Circumstances of a message.
    MessageScene {
        /// Where in QQ it was written.
        "source" => source: Option<SceneSource<'a>>,
        /// What the link or button that led here carries. Undocumented; known from the platform's Go SDK.
        "callback_data" => callback_data: Str<'a>,
        /// Loose facts.
        "ext" => ext: SceneExt<'a>,
    }
}

words! {
    /// Where in QQ a message was written.
    SceneSource {
        /// An ordinary conversation.
        "default" => Default,
        /// A voice call; the text is what was understood. Known from the platform's Go SDK.
        "realtime_voice" => RealtimeVoice,
        /// A search answered by a model. Known from the platform's Go SDK.
        "ai_search" => AiSearch,
    }
}

/// Facts about a message as `key=value` texts. Values contain `=` themselves.
///
/// One of the keys is `auth_token`, whose purpose nobody documents; `Debug` never shows its value.
#[derive(Clone, Default, PartialEq)]
pub struct SceneExt<'a>(List<'a, Str<'a>>);

impl<'a> SceneExt<'a> {
    /// The value of a key, the first if there are several.
    pub fn get(&self, key: &str) -> Option<Str<'a>> {
        self.0.iter().flatten().find_map(|text| match text.split_once('=') {
            Some((found, value)) if found == key => Some(value),
            _ => None,
        })
    }

    /// `msg_idx`: the name under which this message can be quoted (`REFIDX_..`). The documents also advise
    /// telling repeated messages by it.
    pub fn msg_idx(&self) -> Option<Str<'a>> {
        self.get("msg_idx")
    }

    /// `ref_msg_idx`: the name of the message that is quoted: `REFIDX_..`, or `TMP_..` for one that cannot be
    /// found again.
    pub fn ref_msg_idx(&self) -> Option<Str<'a>> {
        self.get("ref_msg_idx")
    }

    /// The texts as they came. Contains secrets: not for logs.
    pub const fn texts(&self) -> &List<'a, Str<'a>> {
        &self.0
    }

    /// The same facts without the payload.
    pub fn into_owned(self) -> SceneExt<'static> {
        SceneExt(self.0.into_owned())
    }
}

/// All of it, secrets included.
impl Serialize for SceneExt<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'a> Field for SceneExt<'a> {
    type Owned = SceneExt<'static>;
    const SHAPE: Shape = <List<'a, Str<'a>> as Field>::SHAPE;

    fn into_owned(self) -> SceneExt<'static> {
        Self::into_owned(self)
    }

    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SceneExt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for text in self.0.iter().flatten() {
            match text.split_once('=') {
                // Whatever only looks like the secret is hidden as well.
                Some((key, _)) if key.to_ascii_lowercase().contains("token") => map.entry(&key, &"..."),
                Some((key, value)) => map.entry(&key, &value),
                // Without a key nobody can say what it is.
                None => map.entry(&"", &"..."),
            };
        }
        map.finish()
    }
}

impl<'a> Fill<'a> for SceneExt<'a> {
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        self.0.fill(cursor, field)
    }
}

#[cfg(test)]
impl super::check::Check for SceneExt<'_> {
    fn check(&self, json: &serde_json::Value, path: &str) {
        self.0.check(json, path);
    }
}
