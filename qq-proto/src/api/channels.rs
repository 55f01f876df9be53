//! Channels of guilds.

use alloc::string::String;

use crate::api::body::Ids;
use crate::api::invalid::{Flaw, Invalid, unless};
use crate::api::operation::operations;
use crate::model::record::codes;
use crate::model::{Channel, ChannelKind, ChannelSubKind, GuildMember};

codes! {
    /// Who sees a channel.
    ChannelPrivacy {
        /// Everyone.
        0 => Public,
        /// Owner and admins.
        1 => Admins,
        /// Owner, admins, and members who are named.
        2 => Chosen,
    }

    /// Who may speak in a channel.
    SpeakPermission {
        /// Nobody, as it seems: called invalid by the documents, seen on announcements.
        0 => Nobody,
        /// Everyone.
        1 => Everyone,
        /// Owner, admins, and members who are named.
        2 => Chosen,
    }
}

operations! { Channels;
    /// Reads the channels of a guild.
    51 ListChannels Get ["guilds" guild_id, "channels"] => list Channel {
        limit: 50 per 1,
    }

    /// Makes a channel. `CHANNEL_CREATE` follows.
    52 CreateChannel Post ["guilds" guild_id, "channels"] => one Channel {
        limit: 50 per 1,
        flags: PrivateDomain Admin,
        check: created,
        needs {
            "name" => name: String,
            "type" => kind: ChannelKind,
        }
        body {
            /// What a text channel is for.
            "sub_type" => sub_kind: ChannelSubKind,
            /// Its place from 1 on, from 2 on for categories; at the end unless told.
            "position" => position: u32,
            /// The category it lies in.
            "parent_id" => parent_id: String,
            /// Who sees it.
            "private_type" => private_type: ChannelPrivacy,
            /// Who else sees it, with [`ChannelPrivacy::Chosen`].
            "private_user_ids" => private_user_ids: Ids,
            /// Who may speak.
            "speak_permission" => speak_permission: SpeakPermission,
            /// The application of an application channel.
            "application_id" => application_id: String,
        }
    }

    /// Reads a channel.
    53 GetChannel Get ["channels" channel_id] => one Channel {
        limit: 50 per 1,
    }

    /// Changes a channel: what is given, and nothing else. `CHANNEL_UPDATE` follows.
    54 PatchChannel Patch ["channels" channel_id] => one Channel {
        limit: 50 per 1,
        flags: PrivateDomain Admin,
        body {
            /// Its name.
            "name" => name: String,
            /// Its place.
            "position" => position: u32,
            /// The category it lies in.
            "parent_id" => parent_id: String,
            /// Who sees it.
            "private_type" => private_type: ChannelPrivacy,
            /// Who may speak.
            "speak_permission" => speak_permission: SpeakPermission,
        }
        always object
    }

    /// Deletes a channel. Nothing brings it back.
    55 DeleteChannel Delete ["channels" channel_id] => none {
        limit: 50 per 1,
        flags: PrivateDomain Admin,
    }

    /// Reads how many are in a voice or live channel.
    56 GetOnlineNums Get ["channels" channel_id, "online_nums"] => number ("online_nums") {}

    /// Reads who is in a voice channel. HTTP 400 for other channels.
    57 ListVoiceMembers Get ["channels" channel_id, "voice", "members"] => list GuildMember {
        flags: Undocumented,
    }
}

fn created(call: &CreateChannel) -> Result<(), Invalid> {
    unless(call.name.is_empty(), "name", Flaw::Empty)?;
    let category = call.kind == ChannelKind::Category;
    unless(category && call.position.is_some_and(|place| place < 2), "position", Flaw::OutOfRange)
}
