//! Where the gateway is, and the platform's first attempt at events over HTTP.

use alloc::string::String;

use crate::api::operation::{member, operations};
use crate::model::record::record;
use crate::model::{BotUser, Raw, ShardPair, Str, Time};

record! {
    /// Where the gateway is.
    GatewayUrl {
        /// A `wss://` address.
        "url" => url: Str<'a>,
    }

    /// Where the gateway is, and how it wants to be used.
    GatewayBot {
        /// A `wss://` address.
        "url" => url: Str<'a>,
        /// How many shards it advises.
        "shards" => shards: Option<u32>,
        /// How many sessions may be begun; see [`start_limit`](Self::start_limit).
        "session_start_limit" => session_start_limit: Raw<'a>,
    }

    /// A session for events over HTTP that was begun.
    WebhookReady {
        /// Version of the interface.
        "version" => version: Option<i64>,
        /// Its id.
        "session_id" => session_id: Str<'a>,
        /// The bot itself.
        "bot" => bot: BotUser<'a>,
        /// Which shard of how many.
        "shard" => shard: Option<ShardPair>,
    }

    /// A session for events over HTTP.
    WebhookSession {
        /// The app.
        "app_id" => app_id: Str<'a>,
        /// Its id.
        "session_id" => session_id: Str<'a>,
        /// Where events go.
        "callback_url" => callback_url: Str<'a>,
        /// `formal` or a sandbox.
        "env" => env: Str<'a>,
        /// Bits of the events that are wanted.
        "intents" => intents: Option<u64>,
        /// When it was last alive.
        "last_heartbeat_time" => last_heartbeat_time: Time<'a>,
        /// How it is.
        "state" => state: Str<'a>,
        /// Which shard of how many.
        "shards" => shards: Option<ShardPair>,
    }
}

/// How many sessions may be begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionStartLimit {
    /// In 24 hours.
    pub total: Option<u64>,
    /// Left of them.
    pub remaining: Option<u64>,
    /// Milliseconds until all are there again.
    pub reset_after: Option<u64>,
    /// How many in five seconds.
    pub max_concurrency: Option<u64>,
}

impl GatewayBot<'_> {
    /// How many sessions may be begun; `None` if the platform did not say. Numbers that are none are missing.
    pub fn start_limit(&self) -> Option<SessionStartLimit> {
        let json = self.session_start_limit.as_str().as_bytes();
        let number = |key| member::<Option<u64>>(json, key).unwrap_or_default();
        (!json.is_empty()).then(|| SessionStartLimit {
            total: number("total"),
            remaining: number("remaining"),
            reset_after: number("reset_after"),
            max_concurrency: number("max_concurrency"),
        })
    }
}

operations! { Gateway;
    /// Reads where the gateway is.
    2 GetGateway Get ["gateway"] => one GatewayUrl {
        limit: 2 per 60 burst 10,
        flags: Core,
    }

    /// Reads where the gateway is, how many shards it advises and how many sessions may be begun.
    3 GetGatewayBot Get ["gateway", "bot"] => one GatewayBot {
        flags: Core,
    }

    /// Begins a session for events over HTTP. Today an address is entered in the console instead.
    7 CreateWebhookSession Post ["gateway", "webhook", "sessions"] => one WebhookReady {
        flags: Deprecated SingleSource,
        needs {
            "intents" => intents: u64,
            "shards" => shards: ShardPair,
            "callback_url" => callback_url: String,
        }
    }

    /// Reads the sessions for events over HTTP.
    8 ListWebhookSessions Get ["gateway", "webhook", "sessions"] => list WebhookSession {
        flags: Deprecated SingleSource,
    }

    /// Lets the platform try whether the sessions for events over HTTP are alive.
    9 CheckWebhookSessions Patch ["gateway", "webhook", "sessions"] => list WebhookSession {
        flags: Deprecated SingleSource,
        repeat: Idempotent,
        fixed { "action" = "check" }
    }

    /// Ends a session for events over HTTP.
    10 DeleteWebhookSession Delete ["gateway", "webhook", "sessions" session_id] => none {
        flags: Deprecated SingleSource,
    }
}
