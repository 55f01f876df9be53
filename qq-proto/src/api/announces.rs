//! Announcements of guilds.

use alloc::string::String;
use alloc::vec::Vec;

use crate::api::body::{Members, Object, written};
use crate::api::invalid::{Invalid, some};
use crate::api::operation::operations;
use crate::model::record::{codes, record};
use crate::model::{List, Str};

codes! {
    /// Kind of an announcement.
    AnnounceKind {
        /// For members.
        0 => Member,
        /// For those who come in.
        1 => Welcome,
    }
}

record! {
    /// An announcement.
    Announce {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel of its message.
        "channel_id" => channel_id: Str<'a>,
        /// Its message; empty if it recommends channels.
        "message_id" => message_id: Str<'a>,
        /// Whom it is for; not sent for announcements of channels.
        "announces_type" => kind: Option<AnnounceKind>,
        /// Recommended channels.
        "recommend_channels" => recommend_channels: List<'a, RecommendedChannel<'a>>,
    }

    /// A channel that is recommended.
    RecommendedChannel {
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// What is said about it.
        "introduce" => introduce: Str<'a>,
    }
}

written! {
    /// A channel to recommend. Everyone must be able to see it.
    Recommendation needs {
        "channel_id" => channel_id: String,
        "introduce" => introduce: String,
    };
}

/// What to announce. The two kinds take each other's place.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NewAnnounce {
    /// A message.
    Message {
        /// Its channel.
        channel_id: String,
        /// The message.
        message_id: String,
    },
    /// One to three channels.
    Channels {
        /// Whom it is for.
        kind: AnnounceKind,
        /// The channels.
        channels: Vec<Recommendation>,
    },
}

impl NewAnnounce {
    /// Announces a message.
    pub fn message(channel_id: impl Into<String>, message_id: impl Into<String>) -> Self {
        Self::Message { channel_id: channel_id.into(), message_id: message_id.into() }
    }

    /// Recommends one to three channels.
    pub fn channels(kind: AnnounceKind, channels: impl IntoIterator<Item = Recommendation>) -> Self {
        Self::Channels { kind, channels: channels.into_iter().collect() }
    }
}

impl Members for NewAnnounce {
    fn put(&self, object: &mut Object) {
        match self {
            Self::Message { channel_id, message_id } => {
                object.put("channel_id", channel_id);
                object.put("message_id", message_id);
            }
            Self::Channels { kind, channels } => {
                object.put("announces_type", kind);
                object.put("recommend_channels", channels);
            }
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Message { .. } => Ok(()),
            // From the documents: at most three.
            Self::Channels { channels, .. } => some(channels.len(), 3, "recommend_channels"),
        }
    }
}

operations! { Announces;
    /// Announces something to a guild.
    89 CreateGuildAnnounce Post ["guilds" guild_id, "announces"] => one Announce {
        check: announce,
        parts {
            what: NewAnnounce
        }
    }

    /// Takes an announcement of a guild back; see [`all`](Self::all) for all of them.
    90 DeleteGuildAnnounce Delete ["guilds" guild_id, "announces" message_id] => none {}

    /// Announces a message in its channel. Out of service since March 2022.
    91 CreateChannelAnnounce Post ["channels" channel_id, "announces"] => one Announce {
        flags: Retired,
        needs {
            "message_id" => message_id: String,
        }
    }

    /// Takes an announcement of a channel back. Out of service since March 2022.
    92 DeleteChannelAnnounce Delete ["channels" channel_id, "announces" message_id] => none {
        flags: Retired,
    }
}

impl DeleteGuildAnnounce {
    /// Takes all announcements of a guild back.
    pub fn all(guild_id: impl Into<String>) -> Self {
        Self::new(guild_id, "all")
    }
}

fn announce(call: &CreateGuildAnnounce) -> Result<(), Invalid> {
    call.what.check()
}
