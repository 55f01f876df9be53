//! The platform's REST API: every operation as a type, what its answers mean, and what is known about each.
//!
//! A call is made with `new`, which takes what it needs, and a method for each thing it may have; it is given to
//! [`Client::call`](crate::Client::call) or to an adapter's `call`. Its reply is of the same types as the payloads of
//! events, and owned: `let guild = bot.call(GetGuild::new(id)).await?; guild.name.as_str()`. Who reads many or large
//! replies takes the `view` of an outcome instead, which copies nothing.
//!
//! A call whose flaws can be seen beforehand is given back with [`Invalid`] and never sent. [`OPERATIONS`] lists all
//! of them with their paths, limits and conditions.

mod announces;
mod api_permission;
mod audio;
mod audit;
pub(crate) mod body;
mod card;
mod channels;
mod chat_message;
mod codes;
mod dms;
mod error;
mod files;
mod forum;
mod gateway;
mod groups;
mod guild_message;
mod guilds;
mod interactions;
mod invalid;
mod join;
mod keyboard;
mod limits;
mod links;
mod markdown;
mod media;
mod members;
mod menu;
mod messages;
mod mute;
pub(crate) mod operation;
mod pages;
mod panels;
mod permissions;
mod pins;
mod reactions;
pub(crate) mod reply;
mod request;
mod roles;
mod schedules;
#[cfg(test)]
mod tests;
mod users;

pub use announces::{
    Announce, AnnounceKind, CreateChannelAnnounce, CreateGuildAnnounce, DeleteChannelAnnounce,
    DeleteGuildAnnounce, NewAnnounce, Recommendation, RecommendedChannel,
};
pub use api_permission::{
    ApiIdentify, ApiPermission, ApiPermissionDemand, ApiPermissions, DemandApiPermission, ListApiPermissions,
};
pub use audio::{AudioControl, ControlAudio, LeaveMic, TakeMic};
pub use audit::{AuditEnd, AuditWatch, Audited};
pub use body::{Decimal, Ids, Part};
pub use card::{Ark, Embed, EmbedField, Thumbnail};
pub use channels::{
    ChannelPrivacy, CreateChannel, DeleteChannel, GetChannel, GetOnlineNums, ListChannels, ListVoiceMembers,
    PatchChannel, SpeakPermission,
};
pub use chat_message::{ActionButton, C2cMessage, GroupMessage, StreamState, TYPING_SECONDS};
pub use codes::{CODES, CodeInfo, ErrorGroup};
pub use dms::{CreateDm, DmSession};
pub(crate) use error::Answer;
pub use error::{ApiError, CallError, ErrorClass};
pub use files::{
    C2cFile, FileKind, FileSource, FileToUpload, FinishC2cPart, FinishGroupPart, GroupFile, MD5_10M_BYTES,
    PrepareC2cUpload, PrepareGroupUpload, PutPart, UploadC2cFile, UploadConfig, UploadGroupFile, UploadPart,
    UploadPlan, UploadedFile,
};
pub use forum::{
    CommentThread, CreateThread, DeleteThread, GetThread, ListThreads, Published, ThreadContent,
    ThreadFormat, Threads,
};
pub use gateway::{
    CheckWebhookSessions, CreateWebhookSession, DeleteWebhookSession, GatewayBot, GatewayUrl, GetGateway,
    GetGatewayBot, ListWebhookSessions, SessionStartLimit, WebhookReady, WebhookSession,
};
pub use groups::{
    BannedUser, Blacklist, BotState, FailedMembers, GetBotState, GetGroupInfo, GetGroupMember, GetGroupMute,
    GlobalMute, GroupInfo, GroupMute, GroupUser, GroupUsers, LegacyGroupUser, LegacyGroupUsers,
    ListBlacklist, ListGroupMembers, ListGroupMembersLegacy, ListOp, MemberMute, MuteGroupMembers, MuteMode,
    MuteSpan, MutedMember, ReceiveSetting, RemoveGroupMembers, RemovedMembers, UpdateBlacklist, WeeklyMute,
};
pub use guild_message::{ChannelMessage, DmMessage, ImageFile};
pub use guilds::{GetGuild, GetMessageSetting, MessageSetting, Switch};
pub use interactions::{AckCode, AckData, AckInteraction, InteractionId};
pub use invalid::{Flaw, Invalid};
pub use join::{
    CreateJoinStrategy, DecideJoinRequest, DeleteJoinStrategy, ExecuteJoinStrategy, GroupAction,
    JoinDecision, JoinRequest, JoinRequests, JoinStrategies, JoinStrategy, ListJoinRequests,
    ListJoinStrategies, OnOff, PatchJoinStrategy, StrategyGroups, UpdateJoinWhitelist,
};
pub use keyboard::{
    BUTTON_LABEL, Button, ButtonPermission, ButtonStyle, KEYBOARD_SIDE, Keyboard, Modal, SubscribeTemplate,
};
pub use limits::{
    Certainty, QUOTAS, Quota, QuotaBots, QuotaKind, QuotaScope, REPLY_WINDOWS, ReplyWindow, SIZES, SizeLimit,
    UPLOADS_PER_DAY, Unit,
};
pub use links::{CreateShareLink, ShareLink};
pub use markdown::{FontSize, Markdown, Template};
pub use media::{C2cMedia, GroupMedia};
pub use members::{DeleteGuildMember, DeleteHistory, GetGuildMember, ListGuildMembers};
pub use menu::{
    GetMenu, Menu, MenuItem, MenuKind, MenuReply, MenuSwitch, NewMenu, NewMenuItem, NewMenuSwitch,
    NewSubMenuItem, PutMenu, SubMenuItem,
};
pub use messages::{
    GetMessage, GuildRef, ListMessages, PatchMessage, RecallC2c, RecallChannel, RecallDm, RecallGroup,
    SendC2c, SendChannel, SendDm, SendDmSettingGuide, SendGroup, SendSettingGuide, SendStreamPiece, SentInfo,
    StreamFormat, StreamMode, StreamPiece, StreamSent,
};
pub use mute::{MuteGuild, MuteGuildMember, MuteGuildMembers, MuteTime, Muted};
pub use operation::{CallLimit, Family, Flag, OperationInfo};
pub use pages::{Paged, Pages};
pub use panels::{
    CreatePanel, DeletePanel, GetPanel, ListPanels, NewPanel, NewPanelItem, Panel, PanelCreated, PanelItem,
    PanelKind, PanelRecord, PanelRecords, PanelScope, PanelTarget, PutPanel, PutPanelTarget,
};
pub use permissions::{
    ChannelBits, ChannelPermissions, GetRolePermissions, GetUserPermissions, SetPermissionsOfMany,
    SetRolePermissions, SetUserPermissions,
};
pub use pins::{AddPin, GetPins, Pins, RemovePin};
pub use reactions::{AddReaction, ListReactionUsers, Reaction, ReactionUsers, RemoveReaction};
pub use reply::{ReplyTo, Scene, Sent, TextReply, Trigger};
pub use request::{ApiRequest, Call, ContentType, Outcome, RawCall, Repeat};
pub use roles::{
    AddMemberRole, ChannelRef, CreateRole, DeleteRole, GuildRoles, ListRoleMembers, ListRoles, PatchRole,
    RemoveMemberRole, Role, RoleChange, RoleChanged, RoleMembers,
};
pub use schedules::{
    CreateSchedule, DeleteSchedule, GetSchedule, ListSchedules, NewSchedule, PatchSchedule, Remind, Schedule,
};
pub use users::{GetMe, ListMyGuilds, Me};

const FAMILIES: &[&[OperationInfo]] = &[
    files::ELSEWHERE,
    gateway::OPERATIONS,
    users::OPERATIONS,
    links::OPERATIONS,
    messages::OPERATIONS,
    files::OPERATIONS,
    interactions::OPERATIONS,
    groups::OPERATIONS,
    join::OPERATIONS,
    menu::OPERATIONS,
    panels::OPERATIONS,
    guilds::OPERATIONS,
    channels::OPERATIONS,
    members::OPERATIONS,
    roles::OPERATIONS,
    permissions::OPERATIONS,
    dms::OPERATIONS,
    reactions::OPERATIONS,
    pins::OPERATIONS,
    announces::OPERATIONS,
    mute::OPERATIONS,
    schedules::OPERATIONS,
    audio::OPERATIONS,
    forum::OPERATIONS,
    api_permission::OPERATIONS,
];

/// All operations of the platform, by their numbers.
pub const OPERATIONS: &[OperationInfo] = &operation::join::<{ operation::count(FAMILIES) }>(FAMILIES);
