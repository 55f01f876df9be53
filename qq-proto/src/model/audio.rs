//! Voice in guild channels: `AUDIO_START`, `AUDIO_FINISH`, `AUDIO_ON_MIC`, `AUDIO_OFF_MIC`, and who comes and
//! goes: `AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER`, `AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT`.

use super::record::{codes, record};
use super::text::{Str, Url};

record! {
    /// The bot plays, stops playing, takes the microphone or leaves it.
    AudioAction {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// What is played; starting and finishing only.
        "audio_url" => audio_url: Url<'a>,
        /// What it is called; starting and finishing only.
        "text" => text: Str<'a>,
    }

    /// Someone came into a voice or live channel, or left it.
    AudioOrLiveChannelMember {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// Who.
        "user_id" => user_id: Str<'a>,
        /// Which of the two. Not the numbers of a channel's own kind.
        "channel_type" => channel_type: Option<AudioChannelKind>,
    }
}

codes! {
    /// Kind of a channel in which people are heard.
    AudioChannelKind {
        /// Voice or video.
        2 => Voice,
        /// Live broadcast.
        5 => Live,
    }
}
