//! Groups and who is in them.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::api::body::{Ids, written};
use crate::api::invalid::{Flaw, Invalid, some, unless, within};
use crate::api::operation::operations;
use crate::api::pages::Paged;
use crate::model::record::{record, words};
use crate::model::{List, MemberRole, Str, Time};

/// How many members one call may name.
const MEMBERS_PER_CALL: u32 = 20;

words! {
    /// Which messages of a group the bot gets.
    ReceiveSetting {
        /// All.
        "all" => All,
        /// Those that mention it.
        "only_mention" => OnlyMention,
        /// Those that mention it, and what was said around them.
        "mention_and_context" => MentionAndContext,
    }

    /// When nobody may speak in a group.
    MuteMode {
        /// Never.
        "none" => Never,
        /// Always.
        "always" => Always,
        /// At the times of its rules.
        "schedule" => Schedule,
    }

    /// What to do with those who are named.
    ListOp {
        /// Put them in.
        "add" => Add,
        /// Take them out.
        "del" => Delete,
    }
}

record! {
    /// A group as everyone sees it.
    GroupInfo {
        /// The group.
        "group_openid" => group_openid: Str<'a>,
        /// Its name.
        "group_name" => group_name: Str<'a>,
        /// What it says about itself.
        "group_finger_memo" => group_finger_memo: Str<'a>,
        /// What kind of group it is.
        "group_class_text" => group_class_text: Str<'a>,
        /// Words that describe it.
        "group_tags" => group_tags: List<'a, Str<'a>>,
        /// How many are in it.
        "group_member_num" => group_member_num: Option<u64>,
    }

    /// The bot as a member of a group.
    BotState {
        /// The bot's openid in the group.
        "member_openid" => member_openid: Str<'a>,
        /// Since when.
        "joined_at" => joined_at: Time<'a>,
        /// Whether it may send unasked.
        "allow_proactive_msg" => allow_proactive_msg: bool,
        /// Which messages it gets.
        "recv_msg_setting" => recv_msg_setting: Option<ReceiveSetting<'a>>,
        /// Its rank.
        "member_role" => member_role: Option<MemberRole<'a>>,
    }

    /// Someone in a group.
    GroupUser {
        /// Who.
        "member_openid" => member_openid: Str<'a>,
        /// Name in the group.
        "username" => username: Str<'a>,
        /// Rank.
        "member_role" => member_role: Option<MemberRole<'a>>,
        /// Is a bot.
        "bot" => bot: bool,
        /// Since when.
        "joined_at" => joined_at: Time<'a>,
        /// The user across the bots of one application.
        "union_openid" => union_openid: Str<'a>,
    }

    /// Members of a group, at most 30 of them.
    GroupUsers {
        /// The members.
        "members" => members: List<'a, GroupUser<'a>>,
        /// Where the next page begins; empty on the last.
        "next_cursor" => next_cursor: Str<'a>,
    }

    /// Someone in a group, as the older call tells.
    LegacyGroupUser {
        /// Who.
        "member_openid" => member_openid: Str<'a>,
        /// Since when: seconds.
        "join_timestamp" => join_timestamp: Time<'a>,
    }

    /// Members of a group, as the older call tells.
    LegacyGroupUsers {
        /// The members.
        "members" => members: List<'a, LegacyGroupUser<'a>>,
        /// Where the next page begins; missing on the last.
        "next_index" => next_index: Option<u64>,
    }

    /// What became of taking members out.
    RemovedMembers {
        /// `success`.
        "remove_members_result" => remove_members_result: Str<'a>,
        /// Those who are out but can come back.
        "add_to_member_blacklist_fail_openids" => add_to_member_blacklist_fail_openids: List<'a, Str<'a>>,
    }

    /// Someone who cannot come in.
    BannedUser {
        /// The user across the bots of one application.
        "union_openid" => union_openid: Str<'a>,
        /// Who.
        "member_openid" => member_openid: Str<'a>,
        /// His name.
        "username" => username: Str<'a>,
        /// Since when.
        "banned_at" => banned_at: Time<'a>,
        /// Is a bot.
        "bot" => bot: bool,
    }

    /// Those who cannot come in, a page of them.
    Blacklist {
        /// Who.
        "users" => users: List<'a, BannedUser<'a>>,
        /// Where the next page begins; empty on the last.
        "next_cursor" => next_cursor: Str<'a>,
    }

    /// Those for whom it did not work.
    FailedMembers {
        /// Their openids.
        "fail_openids" => fail_openids: List<'a, Str<'a>>,
    }

    /// Who may not speak in a group, and when.
    GroupMute {
        /// When nobody may.
        "global_rule" => global_rule: GlobalMute<'a>,
        /// Members who may not.
        "members" => members: List<'a, MutedMember<'a>>,
    }

    /// When nobody may speak.
    GlobalMute {
        /// Whether, and how it is decided.
        "mode" => mode: Option<MuteMode<'a>>,
        /// Spans of time.
        "schedule_rules" => schedule_rules: List<'a, MuteSpan<'a>>,
        /// Spans that come again each week.
        "recurring_rules" => recurring_rules: List<'a, WeeklyMute<'a>>,
    }

    /// A span of time in which nobody may speak.
    MuteSpan {
        /// Its id.
        "task_id" => task_id: Str<'a>,
        /// From when.
        "start_at" => start_at: Time<'a>,
        /// Until when.
        "end_at" => end_at: Time<'a>,
        /// Whether it holds.
        "enabled" => enabled: bool,
    }

    /// A span of time in which nobody may speak, on certain days of the week.
    WeeklyMute {
        /// Its id.
        "task_id" => task_id: Str<'a>,
        /// Days: 1 is Monday, 7 is Sunday.
        "weekdays" => weekdays: List<'a, Option<u32>>,
        /// From when: `HH:mm` in Beijing.
        "start_time" => start_time: Str<'a>,
        /// Until when: `HH:mm` in Beijing; of the next day if it is smaller.
        "end_time" => end_time: Str<'a>,
        /// Whether it holds.
        "enabled" => enabled: bool,
    }

    /// A member who may not speak.
    MutedMember {
        /// Who.
        "member_openid" => member_openid: Str<'a>,
        /// Until when.
        "mute_expire_at" => mute_expire_at: Time<'a>,
        /// Name in the group.
        "username" => username: Str<'a>,
        /// The user across the bots of one application.
        "union_openid" => union_openid: Str<'a>,
    }
}

written! {
    /// A member who shall not speak, or may again.
    MemberMute needs {
        "op" => op: &'static str,
        "member_openid" => member_openid: String,
        "mute_expire_at" => until: String,
    };
}

impl MemberMute {
    /// He shall not speak until this moment: RFC 3339, at most 30 days ahead.
    pub fn until(member_openid: impl Into<String>, until: impl Into<String>) -> Self {
        Self::new("add", member_openid, until)
    }

    /// He is silenced and shall be so until another moment: RFC 3339, at most 30 days ahead.
    pub fn change(member_openid: impl Into<String>, until: impl Into<String>) -> Self {
        Self::new("update", member_openid, until)
    }

    /// He may speak again.
    pub fn off(member_openid: impl Into<String>) -> Self {
        Self::new("del", member_openid, "")
    }
}

operations! { Groups;
    /// Reads what everyone sees of a group.
    24 GetGroupInfo Get ["v2", "groups" group_openid, "info"] => one GroupInfo {
        limit: 30 per 60,
        flags: InviteOnly,
    }

    /// Reads what the bot is in a group.
    25 GetBotState Get ["v2", "groups" group_openid, "bot_state"] => one BotState {
        limit: 30 per 60,
        flags: InviteOnly,
    }

    /// Reads the members of a group, at most 30 a page. See [`Pages`](crate::api::Pages).
    26 ListGroupMembers Get ["v2", "groups" group_openid, "members"] => one GroupUsers {
        limit: 60 per 60,
        flags: InviteOnly,
        query {
            /// `next_cursor` of the page before; empty for the first.
            "cursor" => cursor: String,
        }
    }

    /// Reads a member of a group.
    27 GetGroupMember Get ["v2", "groups" group_openid, "members" member_openid] => one GroupUser {
        limit: 30 per 60,
        flags: InviteOnly,
    }

    /// Reads the members of a group the older way. See [`Pages`](crate::api::Pages).
    28 ListGroupMembersLegacy Post ["v2", "groups" group_openid, "members"] => one LegacyGroupUsers {
        flags: Undocumented,
        repeat: Idempotent,
        check: legacy,
        body {
            /// How many, 1 to 500.
            "limit" => limit: u32,
            /// `next_index` of the page before; 0 for the first.
            "start_index" => start_index: u64,
        }
        always object
    }

    /// Takes members out of a group, at most 20.
    29 RemoveGroupMembers Post ["v2", "groups" group_openid, "batch_remove_members"] => one RemovedMembers {
        limit: 30 per 60,
        flags: InviteOnly,
        check: removed,
        needs {
            "member_openids" => member_openids: Ids,
        }
        body {
            /// Whether they cannot come back.
            "add_to_member_blacklist" => add_to_member_blacklist: bool,
        }
    }

    /// Reads who cannot come into a group, a page of them. See [`Pages`](crate::api::Pages).
    30 ListBlacklist Get ["v2", "groups" group_openid, "member_blacklist"] => one Blacklist {
        limit: 30 per 60,
        flags: InviteOnly,
        check: listed,
        query {
            /// `next_cursor` of the page before; empty for the first.
            "cursor" => cursor: String,
            /// How many, 1 to 100; 20 unless told.
            "limit" => limit: u32,
        }
    }

    /// Keeps people out of a group or lets them in again, at most 20. Only those can be kept out who are not in it.
    31 UpdateBlacklist Post ["v2", "groups" group_openid, "member_blacklist"] => one FailedMembers {
        limit: 60 per 60,
        flags: InviteOnly,
        check: banned,
        needs {
            "op" => op: ListOp<'static>,
            "member_openids" => member_openids: Ids,
        }
    }

    /// Reads who may not speak in a group.
    32 GetGroupMute Get ["v2", "groups" group_openid, "restrict_chat_setting"] => one GroupMute {
        limit: 30 per 60,
        flags: Admin,
    }

    /// Silences members of a group, at most 20 and at most for 30 days. Admins cannot be silenced, nor can everyone.
    33 MuteGroupMembers Post ["v2", "groups" group_openid, "restrict_chat_setting"] => none {
        limit: 60 per 60,
        flags: Admin,
        check: muted,
        needs {
            "members" => members: Vec<MemberMute>,
        }
    }
}

fn legacy(call: &ListGroupMembersLegacy) -> Result<(), Invalid> {
    within(call.limit, 1, 500, "limit")
}

fn removed(call: &RemoveGroupMembers) -> Result<(), Invalid> {
    some(call.member_openids.len(), MEMBERS_PER_CALL, "member_openids")
}

fn listed(call: &ListBlacklist) -> Result<(), Invalid> {
    within(call.limit, 1, 100, "limit")
}

fn banned(call: &UpdateBlacklist) -> Result<(), Invalid> {
    some(call.member_openids.len(), MEMBERS_PER_CALL, "member_openids")
}

fn muted(call: &MuteGroupMembers) -> Result<(), Invalid> {
    some(call.members.len(), MEMBERS_PER_CALL, "members")?;
    let endless = |member: &MemberMute| member.op != "del" && member.until.is_empty();
    unless(call.members.iter().any(endless), "mute_expire_at", Flaw::Missing)
}

impl Paged for ListGroupMembers {
    fn behind(&self, reply: &Self::Reply) -> Option<Self> {
        (!reply.next_cursor.is_empty()).then(|| self.clone().cursor(reply.next_cursor.to_string()))
    }
}

impl Paged for ListBlacklist {
    fn behind(&self, reply: &Self::Reply) -> Option<Self> {
        (!reply.next_cursor.is_empty()).then(|| self.clone().cursor(reply.next_cursor.to_string()))
    }
}

impl Paged for ListGroupMembersLegacy {
    fn behind(&self, reply: &Self::Reply) -> Option<Self> {
        let next = reply.next_index.filter(|_| !reply.members.is_empty())?;
        Some(self.clone().start_index(next))
    }
}
