//! The table of operations: the documents' own, row by row.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::super::Platform;
use super::super::http::Answer;
use super::ask::{Ask, unescaped};
use super::limits::Limit;

/// What the platform does with a call.
pub(crate) type Handler = fn(&mut Platform, &Ask) -> Answer;

/// What a bot must have been granted before it may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// To be a private-domain bot.
    PrivateBot,
    /// To be an admin of the guild.
    Admin,
    /// Both.
    PrivateBotAndAdmin,
    /// To be on the platform's list for reading and managing groups.
    GroupRight,
    /// To be an admin of the group.
    GroupAdmin,
    /// To be an audio bot.
    AudioBot,
}

/// Which host an operation is at. The model has one port for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Host {
    /// The API.
    Api,
    /// The token endpoint.
    Token,
    /// Where presigned addresses lead: a host that must not be shown the bot's token.
    Store,
}

/// An operation the platform serves.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Route {
    /// Its number in the list of operations, 1 to 111.
    pub number: u16,
    /// Its name; failures are ordered by it.
    pub name: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path, with the names of its variable parts in braces.
    pub path: &'static str,
    /// A field of the body that tells it from another operation at the same place.
    pub with: Option<&'static str>,
    /// How often one bot may call it.
    pub limit: Option<Limit>,
    /// What it takes to be allowed to.
    pub needs: Needs,
    /// At which host it is.
    pub host: Host,
    /// What answers, at the API.
    pub(crate) handler: Option<Handler>,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.number, self.name, self.method, self.path)
    }
}

impl Route {
    const fn with(mut self, field: &'static str) -> Self {
        self.with = Some(field);
        self
    }
}

const fn row(
    number: u16,
    method: &'static str,
    path: &'static str,
    name: &'static str,
    limit: Option<Limit>,
    needs: Needs,
    handler: Handler,
) -> Route {
    Route { number, name, method, path, with: None, limit, needs, host: Host::Api, handler: Some(handler) }
}

/// A row that is no part of the API.
const fn elsewhere(
    number: u16,
    method: &'static str,
    path: &'static str,
    name: &'static str,
    host: Host,
) -> Route {
    let needs = Needs::Nothing;
    Route { number, name, method, path, with: None, limit: None, needs, host, handler: None }
}

/// Two calls a minute, ten at once.
const GATEWAY: Option<Limit> = Some(Limit { calls: 2, per: Duration::from_secs(60), burst: Some(10) });

/// Every operation the platform has.
pub const ROUTES: &[Route] = &TABLE;

#[rustfmt::skip]
const TABLE: [Route; 111] = [
    elsewhere(1, "POST", "/app/getAppAccessToken", "token_get", Host::Token),
    row(2, "GET", "/gateway", "gateway_get", GATEWAY, Needs::Nothing, Platform::gateway_get),
    row(3, "GET", "/gateway/bot", "gateway_bot_get", None, Needs::Nothing, Platform::gateway_bot_get),
    row(4, "GET", "/users/@me", "users_me_get", Some(Limit::second(50)), Needs::Nothing, Platform::users_me_get),
    row(5, "GET", "/users/@me/guilds", "users_me_guilds_list", Some(Limit::second(50)), Needs::Nothing, Platform::users_me_guilds_list),
    row(6, "POST", "/v2/generate_url_link", "share_link_create", Some(Limit::second(50)), Needs::Nothing, Platform::share_link_create),
    row(7, "POST", "/gateway/webhook/sessions", "webhook_session_create", None, Needs::Nothing, Platform::webhook_session_create),
    row(8, "GET", "/gateway/webhook/sessions", "webhook_session_list", None, Needs::Nothing, Platform::webhook_session_list),
    row(9, "PATCH", "/gateway/webhook/sessions", "webhook_session_check", None, Needs::Nothing, Platform::webhook_session_check),
    row(10, "DELETE", "/gateway/webhook/sessions/{session_id}", "webhook_session_delete", None, Needs::Nothing, Platform::webhook_session_delete),
    row(11, "POST", "/v2/users/{user_openid}/messages", "c2c_message_send", Some(Limit::second(100)), Needs::Nothing, Platform::c2c_message_send),
    row(12, "POST", "/v2/groups/{group_openid}/messages", "group_message_send", Some(Limit::second(100)), Needs::Nothing, Platform::group_message_send),
    row(13, "POST", "/v2/users/{user_openid}/stream_messages", "c2c_stream_send", Some(Limit::second(50)), Needs::Nothing, Platform::c2c_stream_send),
    row(14, "DELETE", "/v2/users/{user_openid}/messages/{message_id}", "c2c_message_delete", Some(Limit::second(10)), Needs::Nothing, Platform::c2c_message_delete),
    row(15, "DELETE", "/v2/groups/{group_openid}/messages/{message_id}", "group_message_delete", Some(Limit::second(10)), Needs::Nothing, Platform::group_message_delete),
    row(16, "POST", "/v2/users/{user_openid}/files", "c2c_file_upload", Some(Limit::second(50)), Needs::Nothing, Platform::c2c_file_upload),
    row(17, "POST", "/v2/groups/{group_openid}/files", "group_file_upload", Some(Limit::second(50)), Needs::Nothing, Platform::group_file_upload),
    row(18, "POST", "/v2/users/{user_id}/upload_prepare", "c2c_upload_prepare", Some(Limit::second(10)), Needs::Nothing, Platform::c2c_upload_prepare),
    row(19, "POST", "/v2/groups/{group_id}/upload_prepare", "group_upload_prepare", Some(Limit::second(10)), Needs::Nothing, Platform::group_upload_prepare),
    elsewhere(20, "PUT", "/_store/{upload_id}/{part}", "upload_part_put", Host::Store),
    row(21, "POST", "/v2/users/{user_id}/upload_part_finish", "c2c_upload_part_finish", Some(Limit::second(10)), Needs::Nothing, Platform::c2c_upload_part_finish),
    row(22, "POST", "/v2/groups/{group_id}/upload_part_finish", "group_upload_part_finish", Some(Limit::second(10)), Needs::Nothing, Platform::group_upload_part_finish),
    row(23, "PUT", "/interactions/{interaction_id}", "interaction_ack", Some(Limit::second(50)), Needs::Nothing, Platform::interaction_ack),
    row(24, "GET", "/v2/groups/{group_openid}/info", "group_info_get", Some(Limit::minute(30)), Needs::GroupRight, Platform::group_info_get),
    row(25, "GET", "/v2/groups/{group_openid}/bot_state", "group_bot_state_get", Some(Limit::minute(30)), Needs::GroupRight, Platform::group_bot_state_get),
    row(26, "GET", "/v2/groups/{group_openid}/members", "group_members_list", Some(Limit::minute(60)), Needs::GroupRight, Platform::group_members_list),
    row(27, "GET", "/v2/groups/{group_openid}/members/{member_openid}", "group_member_get", Some(Limit::minute(30)), Needs::GroupRight, Platform::group_member_get),
    row(28, "POST", "/v2/groups/{group_openid}/members", "group_members_list_legacy", None, Needs::GroupRight, Platform::group_members_list_legacy),
    row(29, "POST", "/v2/groups/{group_openid}/batch_remove_members", "group_members_remove", Some(Limit::minute(30)), Needs::GroupRight, Platform::group_members_remove),
    row(30, "GET", "/v2/groups/{group_openid}/member_blacklist", "group_blacklist_list", Some(Limit::minute(30)), Needs::GroupRight, Platform::group_blacklist_list),
    row(31, "POST", "/v2/groups/{group_openid}/member_blacklist", "group_blacklist_update", Some(Limit::minute(60)), Needs::GroupRight, Platform::group_blacklist_update),
    row(32, "GET", "/v2/groups/{group_openid}/restrict_chat_setting", "group_mute_get", Some(Limit::minute(30)), Needs::GroupAdmin, Platform::group_mute_get),
    row(33, "POST", "/v2/groups/{group_openid}/restrict_chat_setting", "group_mute_set", Some(Limit::minute(60)), Needs::GroupAdmin, Platform::group_mute_set),
    row(34, "GET", "/v2/groups/{group_openid}/join_request_list", "group_join_requests_list", Some(Limit::minute(30)), Needs::GroupAdmin, Platform::group_join_requests_list),
    row(35, "POST", "/v2/groups/{group_openid}/approval_join_request/{member_openid}", "group_join_request_decide", Some(Limit::minute(60)), Needs::GroupAdmin, Platform::group_join_request_decide),
    row(36, "POST", "/v2/groups/join_approval_strategy", "join_strategy_create", Some(Limit::minute(60)), Needs::Nothing, Platform::join_strategy_create),
    row(37, "GET", "/v2/groups/join_approval_strategy", "join_strategy_list", Some(Limit::minute(60)), Needs::Nothing, Platform::join_strategy_list),
    row(38, "PATCH", "/v2/groups/join_approval_strategy/{strategy_id}", "join_strategy_patch", Some(Limit::minute(60)), Needs::Nothing, Platform::join_strategy_patch),
    row(39, "DELETE", "/v2/groups/join_approval_strategy/{strategy_id}", "join_strategy_delete", Some(Limit::minute(60)), Needs::Nothing, Platform::join_strategy_delete),
    row(40, "POST", "/v2/groups/join_approval_strategy/{strategy_id}/execute", "join_strategy_execute", Some(Limit::minute(60)), Needs::Nothing, Platform::join_strategy_execute),
    row(41, "POST", "/v2/groups/join_approval_strategy/{strategy_id}/whitelist_users", "join_strategy_whitelist", Some(Limit::minute(60)), Needs::Nothing, Platform::join_strategy_whitelist),
    row(42, "GET", "/v2/menu", "menu_get", Some(Limit::minute(30)), Needs::Nothing, Platform::menu_get),
    row(43, "PUT", "/v2/menu", "menu_put", Some(Limit::minute(5)), Needs::Nothing, Platform::menu_put),
    row(44, "GET", "/v2/panels", "panels_list", Some(Limit::minute(30)), Needs::Nothing, Platform::panels_list),
    row(45, "POST", "/v2/panels", "panel_create", Some(Limit::minute(10)), Needs::Nothing, Platform::panel_create),
    row(46, "GET", "/v2/panels/{panel_id}", "panel_get", Some(Limit::minute(30)), Needs::Nothing, Platform::panel_get),
    row(47, "PUT", "/v2/panels/{panel_id}", "panel_put", Some(Limit::minute(10)), Needs::Nothing, Platform::panel_put),
    row(48, "DELETE", "/v2/panels/{panel_id}", "panel_delete", Some(Limit::minute(10)), Needs::Nothing, Platform::panel_delete),
    row(49, "PUT", "/v2/panels/{panel_id}/target", "panel_target_put", Some(Limit::minute(60)), Needs::Nothing, Platform::panel_target_put),
    row(50, "GET", "/guilds/{guild_id}", "guild_get", Some(Limit::second(50)), Needs::Nothing, Platform::guild_get),
    row(51, "GET", "/guilds/{guild_id}/channels", "guild_channels_list", Some(Limit::second(50)), Needs::Nothing, Platform::guild_channels_list),
    row(52, "POST", "/guilds/{guild_id}/channels", "channel_create", Some(Limit::second(50)), Needs::PrivateBotAndAdmin, Platform::channel_create),
    row(53, "GET", "/channels/{channel_id}", "channel_get", Some(Limit::second(50)), Needs::Nothing, Platform::channel_get),
    row(54, "PATCH", "/channels/{channel_id}", "channel_patch", Some(Limit::second(50)), Needs::PrivateBotAndAdmin, Platform::channel_patch),
    row(55, "DELETE", "/channels/{channel_id}", "channel_delete", Some(Limit::second(50)), Needs::PrivateBotAndAdmin, Platform::channel_delete),
    row(56, "GET", "/channels/{channel_id}/online_nums", "channel_online_nums", None, Needs::Nothing, Platform::channel_online_nums),
    row(57, "GET", "/channels/{channel_id}/voice/members", "channel_voice_members", None, Needs::Nothing, Platform::channel_voice_members),
    row(58, "GET", "/guilds/{guild_id}/members", "guild_members_list", None, Needs::PrivateBot, Platform::guild_members_list),
    row(59, "GET", "/guilds/{guild_id}/members/{user_id}", "guild_member_get", None, Needs::Nothing, Platform::guild_member_get),
    row(60, "DELETE", "/guilds/{guild_id}/members/{user_id}", "guild_member_delete", None, Needs::PrivateBotAndAdmin, Platform::guild_member_delete),
    row(61, "GET", "/guilds/{guild_id}/roles/{role_id}/members", "role_members_list", None, Needs::PrivateBot, Platform::role_members_list),
    row(62, "GET", "/guilds/{guild_id}/roles", "roles_list", None, Needs::Nothing, Platform::roles_list),
    row(63, "POST", "/guilds/{guild_id}/roles", "role_create", None, Needs::Admin, Platform::role_create),
    row(64, "PATCH", "/guilds/{guild_id}/roles/{role_id}", "role_patch", None, Needs::Admin, Platform::role_patch),
    row(65, "DELETE", "/guilds/{guild_id}/roles/{role_id}", "role_delete", None, Needs::Admin, Platform::role_delete),
    row(66, "PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", "member_role_put", None, Needs::Admin, Platform::member_role_put),
    row(67, "DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", "member_role_delete", None, Needs::Admin, Platform::member_role_delete),
    row(68, "GET", "/channels/{channel_id}/members/{user_id}/permissions", "channel_user_permissions_get", None, Needs::Admin, Platform::channel_user_permissions_get),
    row(69, "PUT", "/channels/{channel_id}/members/{user_id}/permissions", "channel_user_permissions_put", None, Needs::Admin, Platform::channel_user_permissions_put),
    row(70, "GET", "/channels/{channel_id}/roles/{role_id}/permissions", "channel_role_permissions_get", None, Needs::Admin, Platform::channel_role_permissions_get),
    row(71, "PUT", "/channels/{channel_id}/roles/{role_id}/permissions", "channel_role_permissions_put", None, Needs::Admin, Platform::channel_role_permissions_put),
    row(72, "PUT", "/channels/{channel_id}/permissions", "channel_permissions_batch_put", None, Needs::Admin, Platform::channel_permissions_batch_put),
    row(73, "POST", "/channels/{channel_id}/messages", "channel_message_send", None, Needs::Nothing, Platform::channel_message_send),
    row(74, "GET", "/channels/{channel_id}/messages", "channel_messages_list", None, Needs::Nothing, Platform::channel_messages_list),
    row(75, "GET", "/channels/{channel_id}/messages/{message_id}", "channel_message_get", None, Needs::Nothing, Platform::channel_message_get),
    row(76, "PATCH", "/channels/{channel_id}/messages/{message_id}", "channel_message_patch", None, Needs::Nothing, Platform::channel_message_patch),
    row(77, "DELETE", "/channels/{channel_id}/messages/{message_id}", "channel_message_delete", None, Needs::PrivateBot, Platform::channel_message_delete),
    row(78, "POST", "/users/@me/dms", "dm_create", None, Needs::Nothing, Platform::dm_create),
    row(79, "POST", "/dms/{guild_id}/messages", "dm_message_send", None, Needs::Nothing, Platform::dm_message_send),
    row(80, "DELETE", "/dms/{guild_id}/messages/{message_id}", "dm_message_delete", None, Needs::PrivateBot, Platform::dm_message_delete),
    row(81, "POST", "/channels/{channel_id}/settingguide", "channel_setting_guide", None, Needs::Nothing, Platform::channel_setting_guide),
    row(82, "POST", "/dms/{guild_id}/settingguide", "dm_setting_guide", None, Needs::Nothing, Platform::dm_setting_guide),
    row(83, "PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{type}/{id}", "reaction_put", None, Needs::Nothing, Platform::reaction_put),
    row(84, "DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{type}/{id}", "reaction_delete", None, Needs::Nothing, Platform::reaction_delete),
    row(85, "GET", "/channels/{channel_id}/messages/{message_id}/reactions/{type}/{id}", "reaction_users_list", None, Needs::Nothing, Platform::reaction_users_list),
    row(86, "GET", "/channels/{channel_id}/pins", "pins_get", None, Needs::Nothing, Platform::pins_get),
    row(87, "PUT", "/channels/{channel_id}/pins/{message_id}", "pin_put", None, Needs::Nothing, Platform::pin_put),
    row(88, "DELETE", "/channels/{channel_id}/pins/{message_id}", "pin_delete", None, Needs::Nothing, Platform::pin_delete),
    row(89, "POST", "/guilds/{guild_id}/announces", "guild_announce_create", None, Needs::Nothing, Platform::guild_announce_create),
    row(90, "DELETE", "/guilds/{guild_id}/announces/{message_id}", "guild_announce_delete", None, Needs::Nothing, Platform::guild_announce_delete),
    row(91, "POST", "/channels/{channel_id}/announces", "channel_announce_create", None, Needs::Nothing, Platform::channel_announce_create),
    row(92, "DELETE", "/channels/{channel_id}/announces/{message_id}", "channel_announce_delete", None, Needs::Nothing, Platform::channel_announce_delete),
    row(93, "PATCH", "/guilds/{guild_id}/mute", "guild_mute_all", None, Needs::Admin, Platform::guild_mute_all),
    row(94, "PATCH", "/guilds/{guild_id}/mute", "guild_mute_many", None, Needs::Admin, Platform::guild_mute_many).with("user_ids"),
    row(95, "PATCH", "/guilds/{guild_id}/members/{user_id}/mute", "guild_mute_member", None, Needs::Admin, Platform::guild_mute_member),
    row(96, "GET", "/guilds/{guild_id}/message/setting", "message_setting_get", None, Needs::Nothing, Platform::message_setting_get),
    row(97, "GET", "/channels/{channel_id}/schedules", "schedules_list", None, Needs::Nothing, Platform::schedules_list),
    row(98, "GET", "/channels/{channel_id}/schedules/{schedule_id}", "schedule_get", None, Needs::Nothing, Platform::schedule_get),
    row(99, "POST", "/channels/{channel_id}/schedules", "schedule_create", None, Needs::Admin, Platform::schedule_create),
    row(100, "PATCH", "/channels/{channel_id}/schedules/{schedule_id}", "schedule_patch", None, Needs::Admin, Platform::schedule_patch),
    row(101, "DELETE", "/channels/{channel_id}/schedules/{schedule_id}", "schedule_delete", None, Needs::Admin, Platform::schedule_delete),
    row(102, "POST", "/channels/{channel_id}/audio", "audio_control", None, Needs::AudioBot, Platform::audio_control),
    row(103, "PUT", "/channels/{channel_id}/mic", "mic_put", None, Needs::AudioBot, Platform::mic_put),
    row(104, "DELETE", "/channels/{channel_id}/mic", "mic_delete", None, Needs::AudioBot, Platform::mic_delete),
    row(105, "GET", "/channels/{channel_id}/threads", "threads_list", None, Needs::PrivateBot, Platform::threads_list),
    row(106, "GET", "/channels/{channel_id}/threads/{thread_id}", "thread_get", None, Needs::PrivateBot, Platform::thread_get),
    row(107, "PUT", "/channels/{channel_id}/threads", "thread_create", None, Needs::PrivateBot, Platform::thread_create),
    row(108, "DELETE", "/channels/{channel_id}/threads/{thread_id}", "thread_delete", None, Needs::PrivateBot, Platform::thread_delete),
    row(109, "POST", "/channels/{channel_id}/threads/{thread_id}/comment", "thread_comment", None, Needs::PrivateBot, Platform::thread_comment),
    row(110, "GET", "/guilds/{guild_id}/api_permission", "api_permission_list", None, Needs::Nothing, Platform::api_permission_list),
    row(111, "POST", "/guilds/{guild_id}/api_permission/demand", "api_permission_demand", None, Needs::Nothing, Platform::api_permission_demand),
];

/// The names alone.
pub(crate) const NAMES: &[&str] = &COLLECTED;
const COLLECTED: [&str; TABLE.len()] = names();

#[expect(clippy::indexing_slicing, reason = "no iterators in const; a wrong index does not compile")]
const fn names() -> [&'static str; TABLE.len()] {
    let mut out = [""; TABLE.len()];
    let mut at = 0;
    while at < TABLE.len() {
        out[at] = TABLE[at].name;
        at += 1;
    }
    out
}

/// The operations at a place, with the variable parts of the path. Fixed parts win over variable ones.
pub(crate) fn find(method: &str, path: &str) -> Option<(Vec<&'static Route>, Vec<String>)> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let fits = |route: &&Route| route.method == method && params(route.path, &parts).is_some();
    let variable = |route: &&Route| route.path.matches('{').count();
    let best = ROUTES.iter().filter(fits).min_by_key(variable)?;
    let here = ROUTES.iter().filter(|route| route.method == method && route.path == best.path).collect();
    Some((here, params(best.path, &parts)?))
}

fn params(template: &str, parts: &[&str]) -> Option<Vec<String>> {
    let names: Vec<&str> = template.trim_matches('/').split('/').collect();
    if names.len() != parts.len() {
        return None;
    }
    let mut params = Vec::new();
    for (name, part) in names.into_iter().zip(parts) {
        if name.starts_with('{') {
            params.push(Some(unescaped(part)).filter(|part| !part.is_empty())?);
        } else if name != *part {
            return None;
        }
    }
    Some(params)
}

/// The operation a body is for.
pub(crate) fn choose(candidates: &[&'static Route], body: &Value) -> Option<&'static Route> {
    let named = candidates.iter().find(|route| route.with.is_some_and(|field| body.get(field).is_some()));
    named.or_else(|| candidates.iter().find(|route| route.with.is_none())).copied()
}
