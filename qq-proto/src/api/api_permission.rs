//! Which operations a guild lets the bot call.

use alloc::string::String;

use crate::api::body::written;
use crate::api::operation::operations;
use crate::model::record::record;
use crate::model::{List, Str};

record! {
    /// Which operations a guild lets the bot call.
    ApiPermissions {
        /// The operations.
        "apis" => apis: List<'a, ApiPermission<'a>>,
    }

    /// Whether a guild lets the bot call an operation.
    ApiPermission {
        /// Its path, with the names of its variable parts in braces.
        "path" => path: Str<'a>,
        /// Its method.
        "method" => method: Str<'a>,
        /// What it does, for people.
        "desc" => desc: Str<'a>,
        /// 1 if it may be called.
        "auth_status" => auth_status: Option<i64>,
    }

    /// An admin of the guild is asked to let the bot call an operation.
    ApiPermissionDemand {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel of the message that asks.
        "channel_id" => channel_id: Str<'a>,
        /// The operation.
        "api_identify" => api_identify: ApiPermission<'a>,
        /// Heading of the message.
        "title" => title: Str<'a>,
        /// What it would be good for.
        "desc" => desc: Str<'a>,
    }
}

impl ApiPermission<'_> {
    /// Whether it may be called.
    pub fn is_granted(&self) -> bool {
        self.auth_status == Some(1)
    }
}

written! {
    /// Names an operation by its path, with the names of its variable parts in braces, and its method.
    ApiIdentify needs {
        "path" => path: String,
        "method" => method: String,
    };
}

impl From<&crate::api::OperationInfo> for ApiIdentify {
    fn from(operation: &crate::api::OperationInfo) -> Self {
        Self::new(operation.path, operation.method.as_str())
    }
}

operations! { ApiPermission;
    /// Reads which operations a guild lets the bot call.
    110 ListApiPermissions Get ["guilds" guild_id, "api_permission"] => one ApiPermissions {}

    /// Asks the admins of a guild, with a message in a channel, to let the bot call an operation. Three times a day.
    111 DemandApiPermission Post ["guilds" guild_id, "api_permission", "demand"] => one ApiPermissionDemand {
        needs {
            "channel_id" => channel_id: String,
            "api_identify" => api: ApiIdentify,
            "desc" => desc: String,
        }
    }
}
