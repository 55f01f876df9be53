//! Answers to buttons and menus.

use alloc::string::String;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::api::operation::operations;
use crate::model::record::codes;

codes! {
    /// What someone who pressed a button is told.
    AckCode {
        /// It worked.
        0 => Done,
        /// It failed.
        1 => Failed,
        /// It is pressed too often.
        2 => TooOften,
        /// It was pressed before.
        3 => Repeated,
        /// He may not.
        4 => Forbidden,
        /// Only admins may.
        5 => AdminsOnly,
    }
}

/// The id of an interaction. The id of its event, which has a prefix, serves as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InteractionId(String);

impl<T: Into<String>> From<T> for InteractionId {
    fn from(id: T) -> Self {
        let id = id.into();
        match id.strip_prefix("INTERACTION_CREATE:") {
            Some(bare) => Self(bare.into()),
            None => Self(id),
        }
    }
}

impl crate::api::operation::Segments for InteractionId {
    fn append(&self, path: &mut String) {
        self.0.append(path);
    }
}

/// JSON that the platform does not describe.
#[derive(Clone, Debug)]
pub struct AckData(alloc::boxed::Box<RawValue>);

impl AckData {
    /// From the JSON of anything; `None` if it has none.
    pub fn new(value: &impl Serialize) -> Option<Self> {
        serde_json::value::to_raw_value(value).ok().map(Self)
    }
}

impl PartialEq for AckData {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Serialize for AckData {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

operations! { Interactions;
    /// Answers a button or a menu, once and within about 3 s. Needed for messages' buttons (11) and the quick menu of
    /// one-to-one chats (12), harmless for others; for a cleared conversation (14) it shows a hint.
    23 AckInteraction Put ["interactions" interaction_id = InteractionId] => none {
        limit: 50 per 1,
        needs {
            "code" => code: AckCode,
        }
        body {
            /// More. Undocumented; known from one SDK.
            "data" => data: AckData,
        }
    }
}
