//! Groups and the bot's life in them: `GROUP_ADD_ROBOT`, `GROUP_DEL_ROBOT`, `GROUP_MSG_REJECT`,
//! `GROUP_MSG_RECEIVE`, `GROUP_MEMBER_ADD`, `GROUP_MEMBER_REMOVE`, `GROUP_JOIN_REQUEST`.

use super::list::List;
use super::record::{record, words};
use super::text::Str;
use super::time::Time;

record! {
    /// The bot was put into a group or taken out, or may or may not send there unasked from now on.
    GroupRobot {
        /// When. Documented as seconds; seen as text and as RFC 3339.
        "timestamp" => timestamp: Time<'a>,
        /// The group.
        "group_openid" => group_openid: Str<'a>,
        /// The member who did it; may be empty.
        "op_member_openid" => op_member_openid: Str<'a>,
    }

    /// Someone came into a group or left it. Nobody says who let him, or why.
    GroupMember {
        /// When.
        "timestamp" => timestamp: Time<'a>,
        /// The group.
        "group_openid" => group_openid: Str<'a>,
        /// Who.
        "member_openid" => member_openid: Str<'a>,
        /// Documented, and missing where it was measured.
        "user_openid" => user_openid: Str<'a>,
    }

    /// Someone asks to be let into a group whose admin the bot is. Since August 2026.
    GroupJoinRequest {
        /// The group.
        "group_openid" => group_openid: Str<'a>,
        /// The request: what the answer has to name.
        "join_request_id" => join_request_id: Str<'a>,
        /// Who asks.
        "member_openid" => member_openid: Str<'a>,
        /// His name.
        "username" => username: Str<'a>,
        /// When.
        "apply_at" => apply_at: Time<'a>,
        /// By himself, or asked to.
        "apply_source" => apply_source: Option<ApplySource<'a>>,
        /// What the platform thinks of him.
        "risk_tips" => risk_tips: Str<'a>,
        /// The user across the bots of one application.
        "union_openid" => union_openid: Str<'a>,
        /// Who asked him to.
        "invited_by" => invited_by: Str<'a>,
        /// He is a bot.
        "bot" => bot: bool,
        /// What he answered to the group's question.
        "verify_info" => verify_info: Option<VerifyInfo<'a>>,
        /// Let in by a rule: no answer is needed.
        "auto_approved" => auto_approved: Option<AutoApproved<'a>>,
    }

    /// What someone said who wants to be let in.
    VerifyInfo {
        /// How the group asks.
        "method" => method: Option<VerifyMethod<'a>>,
        /// What he wrote.
        "verify_message" => verify_message: Str<'a>,
        /// Questions and his answers.
        "review_qa_list" => review_qa_list: List<'a, ReviewQa<'a>>,
    }

    /// A question of the group and an answer to it.
    ReviewQa {
        /// The group's.
        "question" => question: Str<'a>,
        /// The applicant's.
        "answer" => answer: Str<'a>,
    }

    /// A rule that let someone in.
    AutoApproved {
        /// Its id.
        "strategy_id" => strategy_id: Str<'a>,
    }
}

words! {
    /// How someone came to ask to be let in.
    ApplySource {
        /// By himself.
        "self_apply" => SelfApply,
        /// A member asked him to.
        "invited" => Invited,
    }

    /// How a group asks those who want in.
    VerifyMethod {
        /// For a message.
        "verify_message" => Message,
        /// With questions whose answers an admin reads.
        "admin_review_qa" => Questions,
    }
}
