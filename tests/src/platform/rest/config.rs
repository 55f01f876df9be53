//! What the API allows the bot, and how much.

use std::time::Duration;

/// Rights, quotas and limits of the API.
///
/// The default is a bot that was granted everything, so that every operation can be tried; what a test is about
/// is taken away from it. Whether the bot may speak unasked is [`allow_active`](super::super::PlatformConfig),
/// which is off.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right of its own")]
pub struct RestConfig {
    /// Whether the bot is a private-domain bot.
    pub private_bot: bool,
    /// Whether the bot is an admin of its guilds.
    pub guild_admin: bool,
    /// Whether the platform's staff granted reading and managing groups.
    pub group_rights: bool,
    /// Whether the bot is an admin of its groups.
    pub group_admin: bool,
    /// Whether the bot may play audio.
    pub audio_bot: bool,
    /// Whether cards (ark) were approved.
    pub cards: bool,
    /// Whether the bot may write its own markdown in guilds.
    pub guild_markdown: bool,
    /// Whether the bot's owner is certified, which raises the quotas of active messages.
    pub certified: bool,
    /// Operations that are refused for lack of a right, by name.
    pub withheld: Vec<String>,
    /// Whether the documented call limits are enforced.
    pub enforce_limits: bool,
    /// Hosts that may be named in texts; all if not set.
    pub allowed_hosts: Option<Vec<String>>,
    /// Characters in one text. The documents name no number; clients in use send 5000.
    pub text_limit: usize,
    /// The least time between two fragments of a stream that is not finished with the second. The documents
    /// name no number; clients in use keep 300 ms.
    pub stream_spacing: Duration,
    /// Bytes in one part of an upload.
    pub block_size: u64,
    /// The number of an upload's first part: 0 in the documents, 1 in clients in use.
    pub first_part: u64,
    /// Bytes that may be uploaded in a day.
    pub upload_volume: u64,
    /// How long an uploaded file can be sent; zero for ever.
    pub file_ttl: Duration,
    /// Where parts are put; below the host of the gateway if not set.
    pub store_url: Option<String>,
    /// Whether a single message of a channel comes inside of `{"message": ..}`.
    pub wrapped_message: bool,
}

impl Default for RestConfig {
    fn default() -> Self {
        Self {
            private_bot: true,
            guild_admin: true,
            group_rights: true,
            group_admin: true,
            audio_bot: true,
            cards: true,
            guild_markdown: true,
            certified: true,
            withheld: Vec::new(),
            enforce_limits: true,
            allowed_hosts: None,
            text_limit: 5000,
            stream_spacing: Duration::from_millis(300),
            block_size: 5 * 1024 * 1024,
            first_part: 0,
            upload_volume: 2 * 1024 * 1024 * 1024,
            file_ttl: Duration::from_secs(3 * 24 * 3600),
            store_url: None,
            wrapped_message: true,
        }
    }
}
