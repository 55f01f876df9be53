//! Those who want to be let into groups, and rules that let them in.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Serialize, Serializer};

use crate::api::body::{Ids, Members, Object};
use crate::api::groups::ListOp;
use crate::api::invalid::{Flaw, Invalid, at_most, short, some, unless, within};
use crate::api::operation::operations;
use crate::api::pages::Paged;
use crate::model::record::{record, words};
use crate::model::{ApplySource, List, Str, Time, VerifyInfo};

/// How many groups one rule may be for.
const GROUPS_PER_STRATEGY: u32 = 100;
/// How many people may be put on an allow-list at once.
const WHITELIST_PER_CALL: u32 = 10_000;

words! {
    /// What is decided about someone who asks.
    JoinDecision {
        /// He is let in.
        "approve" => Approve,
        /// He is not.
        "decline" => Decline,
    }

    /// Whether a rule holds.
    OnOff {
        /// It does.
        "on" => On,
        /// It does not.
        "off" => Off,
    }
}

record! {
    /// Someone who asks to be let in.
    JoinRequest {
        /// The request: what the answer may name.
        "join_request_id" => join_request_id: Str<'a>,
        /// What the platform thinks of him.
        "risk_tips" => risk_tips: Str<'a>,
        /// The user across the bots of one application.
        "union_openid" => union_openid: Str<'a>,
        /// Who asks.
        "member_openid" => member_openid: Str<'a>,
        /// His name.
        "username" => username: Str<'a>,
        /// When.
        "apply_at" => apply_at: Time<'a>,
        /// By himself, or asked to.
        "apply_source" => apply_source: Option<ApplySource<'a>>,
        /// Who asked him to.
        "invited_by" => invited_by: Str<'a>,
        /// Is a bot.
        "bot" => bot: bool,
        /// What he answered to the group's question.
        "verify_info" => verify_info: Option<VerifyInfo<'a>>,
    }

    /// Those who ask to be let in, a page of them.
    JoinRequests {
        /// Who.
        "list" => list: List<'a, JoinRequest<'a>>,
        /// Where the next page begins; empty on the last.
        "next_cursor" => next_cursor: Str<'a>,
    }

    /// A rule that lets people in.
    JoinStrategy {
        /// Its id.
        "strategy_id" => strategy_id: Str<'a>,
        /// Its groups, by openid.
        "group_openids" => group_openids: List<'a, Str<'a>>,
        /// Its groups, by number. Partly hidden in the documents' sample.
        "group_ids" => group_ids: List<'a, Str<'a>>,
        /// How many are on its allow-list; an estimate.
        "whitelist_user_count" => whitelist_user_count: Option<u64>,
        /// Whether it holds.
        "is_enable" => is_enable: Option<OnOff<'a>>,
        /// Until when.
        "expire_at" => expire_at: Time<'a>,
        /// Since when.
        "created_at" => created_at: Time<'a>,
        /// When it was last changed.
        "updated_at" => updated_at: Time<'a>,
        /// What it is for.
        "remark" => remark: Str<'a>,
    }

    /// Rules that let people in, a page of them.
    JoinStrategies {
        /// The rules.
        "strategies" => strategies: List<'a, JoinStrategy<'a>>,
        /// Where the next page begins; empty on the last.
        "next_cursor" => next_cursor: Str<'a>,
    }
}

/// The groups that a rule is for: named all by openid or all by number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StrategyGroups {
    /// By openid.
    Openids(Ids),
    /// By the numbers that people see.
    Numbers(Vec<u64>),
}

impl StrategyGroups {
    /// Groups by openid.
    pub fn openids(ids: impl Into<Ids>) -> Self {
        Self::Openids(ids.into())
    }

    /// Groups by the numbers that people see.
    pub fn numbers(numbers: impl Into<Vec<u64>>) -> Self {
        Self::Numbers(numbers.into())
    }

    fn len(&self) -> usize {
        match self {
            Self::Openids(ids) => ids.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }
}

impl Members for StrategyGroups {
    fn put(&self, object: &mut Object) {
        match self {
            Self::Openids(ids) => object.put("group_openids", ids),
            Self::Numbers(numbers) => object.put("group_ids", numbers),
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        some(self.len(), GROUPS_PER_STRATEGY, "group_openids")
    }
}

/// Groups that shall belong to a rule, or no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupAction {
    op: ListOp<'static>,
    groups: StrategyGroups,
}

impl GroupAction {
    /// Puts groups in or takes them out. They are named the same way as when the rule was made.
    pub const fn new(op: ListOp<'static>, groups: StrategyGroups) -> Self {
        Self { op, groups }
    }
}

impl Serialize for GroupAction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("op", &self.op)?;
        match &self.groups {
            StrategyGroups::Openids(ids) => map.serialize_entry("group_openids", ids)?,
            StrategyGroups::Numbers(numbers) => map.serialize_entry("group_ids", numbers)?,
        }
        map.end()
    }
}

operations! { Join;
    /// Reads who asks to be let into a group, a page of them. See [`Pages`](crate::api::Pages).
    34 ListJoinRequests Get ["v2", "groups" group_openid, "join_request_list"] => one JoinRequests {
        limit: 30 per 60,
        flags: Admin,
        check: requests,
        query {
            /// `next_cursor` of the page before; empty for the first.
            "cursor" => cursor: String,
            /// How many, 1 to 50; 20 unless told.
            "limit" => limit: u32,
        }
    }

    /// Decides about someone who asks to be let into a group.
    35 DecideJoinRequest Post ["v2", "groups" group_openid, "approval_join_request" member_openid] => none {
        limit: 60 per 60,
        flags: Admin,
        check: decided,
        needs {
            "op" => op: JoinDecision<'static>,
        }
        body {
            /// Which of his requests; the newest unless told.
            "join_request_id" => join_request_id: String,
            /// What he is told when he is not let in.
            "reject_reason" => reject_reason: String,
            /// Whether he cannot ask again, when he is not let in.
            "add_to_member_blacklist" => add_to_member_blacklist: bool,
        }
    }

    /// Makes a rule that lets people into groups. A bot has at most 20.
    36 CreateJoinStrategy Post ["v2", "groups", "join_approval_strategy"] => one JoinStrategy {
        limit: 60 per 60,
        check: created,
        parts {
            groups: StrategyGroups
        }
        body {
            /// Whether it holds; it does unless told.
            "is_enable" => is_enable: OnOff<'static>,
            /// Until when: RFC 3339; for a year unless told.
            "expire_at" => expire_at: String,
            /// What it is for: at most 255 characters.
            "remark" => remark: String,
        }
    }

    /// Reads the rules that let people into groups, a page of them. See [`Pages`](crate::api::Pages).
    37 ListJoinStrategies Get ["v2", "groups", "join_approval_strategy"] => one JoinStrategies {
        limit: 60 per 60,
        check: strategies,
        query {
            /// `next_cursor` of the page before; empty for the first.
            "cursor" => cursor: String,
            /// How many, 1 to 50; 20 unless told.
            "limit" => limit: u32,
        }
    }

    /// Changes a rule that lets people into groups: what is given, and nothing else.
    38 PatchJoinStrategy Patch ["v2", "groups", "join_approval_strategy" strategy_id] => one JoinStrategy {
        limit: 60 per 60,
        check: changed,
        body {
            /// Whether it holds.
            "is_enable" => is_enable: OnOff<'static>,
            /// Until when: RFC 3339.
            "expire_at" => expire_at: String,
            /// What it is for: at most 255 characters.
            "remark" => remark: String,
            /// Groups that shall belong to it, or no longer.
            "group_action" => group_action: GroupAction,
        }
        always object
    }

    /// Deletes a rule that lets people into groups.
    39 DeleteJoinStrategy Delete ["v2", "groups", "join_approval_strategy" strategy_id] => none {
        limit: 60 per 60,
    }

    /// Applies a rule to those who are asking now. Takes about ten minutes after the reply.
    40 ExecuteJoinStrategy Post ["v2", "groups", "join_approval_strategy" strategy_id, "execute"] => none {
        limit: 60 per 60,
        always object
    }

    /// Puts people on the allow-list of a rule or takes them off, by their QQ numbers: at most 10,000 at once and
    /// 100,000 in all.
    41 UpdateJoinWhitelist Post ["v2", "groups", "join_approval_strategy" strategy_id, "whitelist_users"]
        => one JoinStrategy
    {
        limit: 60 per 60,
        check: whitelisted,
        needs {
            "op" => op: ListOp<'static>,
            "whitelist_users" => whitelist_users: Ids,
        }
    }
}

fn requests(call: &ListJoinRequests) -> Result<(), Invalid> {
    within(call.limit, 1, 50, "limit")
}

fn decided(call: &DecideJoinRequest) -> Result<(), Invalid> {
    let approved = call.op == JoinDecision::Approve;
    let banned = call.add_to_member_blacklist == Some(true);
    unless(approved && banned, "add_to_member_blacklist", Flaw::Conflict { with: "op" })
}

fn created(call: &CreateJoinStrategy) -> Result<(), Invalid> {
    call.groups.check()?;
    short(call.remark.as_deref().unwrap_or_default(), 255, "remark")
}

fn strategies(call: &ListJoinStrategies) -> Result<(), Invalid> {
    within(call.limit, 1, 50, "limit")
}

fn changed(call: &PatchJoinStrategy) -> Result<(), Invalid> {
    if let Some(action) = &call.group_action {
        at_most(action.groups.len(), GROUPS_PER_STRATEGY, "group_action")?;
    }
    short(call.remark.as_deref().unwrap_or_default(), 255, "remark")
}

fn whitelisted(call: &UpdateJoinWhitelist) -> Result<(), Invalid> {
    some(call.whitelist_users.len(), WHITELIST_PER_CALL, "whitelist_users")
}

impl Paged for ListJoinRequests {
    fn behind(&self, reply: &Self::Reply) -> Option<Self> {
        (!reply.next_cursor.is_empty()).then(|| self.clone().cursor(reply.next_cursor.to_string()))
    }
}

impl Paged for ListJoinStrategies {
    fn behind(&self, reply: &Self::Reply) -> Option<Self> {
        (!reply.next_cursor.is_empty()).then(|| self.clone().cursor(reply.next_cursor.to_string()))
    }
}
