//! Forums of guilds: `FORUM_THREAD_*`, `FORUM_POST_*`, `FORUM_REPLY_*`, `FORUM_PUBLISH_AUDIT_RESULT` for
//! private-domain bots, `OPEN_FORUM_*` for the others. Ids are numbers in the documents and text in live
//! frames.

use super::record::{codes, record};
use super::rich::RichText;
use super::text::Str;
use super::time::Time;

record! {
    /// A thread was opened, changed or deleted.
    ForumThread {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// Who wrote it.
        "author_id" => author_id: Str<'a>,
        /// The thread.
        "thread_info" => thread_info: ThreadInfo<'a>,
    }

    /// A thread.
    ThreadInfo {
        /// Its id.
        "thread_id" => thread_id: Str<'a>,
        /// Its title.
        "title" => title: RichText<'a>,
        /// What was written.
        "content" => content: RichText<'a>,
        /// When.
        "date_time" => date_time: Time<'a>,
    }

    /// A comment on a thread was written or deleted.
    ForumPost {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// Who wrote it.
        "author_id" => author_id: Str<'a>,
        /// The comment.
        "post_info" => post_info: PostInfo<'a>,
    }

    /// A comment on a thread.
    PostInfo {
        /// The thread.
        "thread_id" => thread_id: Str<'a>,
        /// Its id.
        "post_id" => post_id: Str<'a>,
        /// What was written.
        "content" => content: RichText<'a>,
        /// When.
        "date_time" => date_time: Time<'a>,
    }

    /// An answer to a comment was written or deleted.
    ForumReply {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// Who wrote it.
        "author_id" => author_id: Str<'a>,
        /// The answer.
        "reply_info" => reply_info: ReplyInfo<'a>,
    }

    /// An answer to a comment.
    ReplyInfo {
        /// The thread.
        "thread_id" => thread_id: Str<'a>,
        /// The comment.
        "post_id" => post_id: Str<'a>,
        /// Its id.
        "reply_id" => reply_id: Str<'a>,
        /// What was written.
        "content" => content: RichText<'a>,
        /// When.
        "date_time" => date_time: Time<'a>,
    }

    /// Something happened in a forum the bot may not read: nobody says what.
    OpenForum {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// Who did it.
        "author_id" => author_id: Str<'a>,
    }

    /// What became of something the bot published in a forum.
    ForumAuditResult {
        /// The guild.
        "guild_id" => guild_id: Str<'a>,
        /// The channel.
        "channel_id" => channel_id: Str<'a>,
        /// Who published it.
        "author_id" => author_id: Str<'a>,
        /// What it is.
        "type" => kind: Option<ForumItemKind>,
        /// The verdict.
        "result" => result: Option<AuditVerdict>,
        /// Why not.
        "err_msg" => err_msg: Str<'a>,
        /// The thread.
        "thread_id" => thread_id: Str<'a>,
        /// The comment.
        "post_id" => post_id: Str<'a>,
        /// The answer.
        "reply_id" => reply_id: Str<'a>,
        /// The case. Known from the platform's Go SDK.
        "task_id" => task_id: Str<'a>,
        /// When. Known from the platform's Go SDK.
        "date_time" => date_time: Time<'a>,
    }
}

codes! {
    /// A thing in a forum.
    ForumItemKind {
        /// A thread.
        1 => Thread,
        /// A comment on one.
        2 => Post,
        /// An answer to a comment.
        3 => Reply,
    }

    /// Whether something may be published.
    AuditVerdict {
        /// It may.
        0 => Passed,
        /// It may not.
        1 => Refused,
    }
}
