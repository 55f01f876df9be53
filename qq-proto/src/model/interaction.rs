//! Buttons, menus and switches: `INTERACTION_CREATE`.

use super::record::{codes, record, words};
use super::scene::MessageScene;
use super::text::{Raw, Str};
use super::time::Time;

record! {
    /// Someone pressed a button, chose from a menu, or changed a setting. Buttons and menus wait for an
    /// answer.
    Interaction {
        /// Names the interaction in the answer to it. Not what a passive reply quotes: that is the id of the
        /// event.
        "id" => id: Str<'a>,
        /// App id of the bot.
        "application_id" => application_id: Str<'a>,
        /// What was done.
        "type" => kind: Option<InteractionKind>,
        /// Where. Not sent in 2023.
        "scene" => scene: Option<InteractionScene<'a>>,
        /// Where, as a number. Missing for some kinds; the platform's Go SDK leaves out its zero.
        "chat_type" => chat_type: Option<ChatKind>,
        /// When.
        "timestamp" => timestamp: Time<'a>,
        /// The guild, in one.
        "guild_id" => guild_id: Str<'a>,
        /// The channel, in a guild.
        "channel_id" => channel_id: Str<'a>,
        /// The user, in C2C.
        "user_openid" => user_openid: Str<'a>,
        /// The user across the bots of one application.
        "union_openid" => union_openid: Str<'a>,
        /// The group, in one.
        "group_openid" => group_openid: Str<'a>,
        /// The member, in a group; may be missing.
        "group_member_openid" => group_member_openid: Str<'a>,
        /// 1.
        "version" => version: Option<i64>,
        /// The rest.
        "data" => data: InteractionData<'a>,
    }

    /// What an interaction carries.
    InteractionData {
        /// Mostly the same number as the interaction's own kind; 2001 and 2002 ask for and change the
        /// configuration of one family of bots.
        "type" => kind: Option<i64>,
        /// What was chosen.
        "resolved" => resolved: Resolved<'a>,
    }

    /// What was chosen. Which parts are there depends on the kind.
    Resolved {
        /// What the button carries.
        "button_data" => button_data: Str<'a>,
        /// The button.
        "button_id" => button_id: Str<'a>,
        /// The user, in a guild.
        "user_id" => user_id: Str<'a>,
        /// The menu entry.
        "feature_id" => feature_id: Str<'a>,
        /// The message the button is on, or the one that is judged.
        "message_id" => message_id: Str<'a>,
        /// The judgement.
        "feedback_opt" => feedback_opt: Option<Feedback<'a>>,
        /// 1 if the judgement was set, 0 if it was taken back, it seems.
        "checked" => checked: Option<i64>,
        /// `ENTER_STORY`, `QUIT_STORY`, or what to do with the model.
        "action" => action: Str<'a>,
        /// Circumstances of the message that is judged.
        "message_scene" => message_scene: MessageScene<'a>,
        /// What was allowed or forbidden.
        "authorize_data" => authorize_data: Option<AuthorizeData<'a>>,
        /// Configuration of one family of bots.
        "claw_cfg" => claw_cfg: Raw<'a>,
        /// Search. Known from the platform's Go SDK.
        "keyword" => keyword: Str<'a>,
        /// Search. Known from the platform's Go SDK.
        "request" => request: Raw<'a>,
        /// Search. Known from the platform's Go SDK.
        "member_nick" => member_nick: Str<'a>,
    }

    /// What was allowed or forbidden.
    AuthorizeData {
        /// Where: `setting`, `dialog`, or `friend_del` when the user removed the bot.
        "opt_scene" => opt_scene: Str<'a>,
        /// What: `c2c_push` or `group_push`, writing unasked.
        "scope" => scope: Str<'a>,
        /// Allowed. Off is sent as nothing.
        "switch" => switch: bool,
    }
}

codes! {
    /// What was done.
    InteractionKind {
        /// A test. Known from the platform's Go SDK.
        1 => Ping,
        /// A command. Known from the platform's Go SDK.
        2 => Command,
        /// A search. Known from the platform's Go SDK.
        9 => Search,
        /// A button of a message. Waits for an answer.
        11 => Button,
        /// The quick menu of a C2C conversation. Waits for an answer. Rare: mostly it writes a message.
        12 => Menu,
        /// An answer was judged.
        13 => Feedback,
        /// The conversation shall be forgotten.
        14 => ClearSession,
        /// A story begins or ends.
        15 => Story,
        /// Another model.
        16 => SwitchModel,
        /// A user allows or forbids the bot to write unasked.
        18 => UserAuthorize,
        /// A group allows or forbids the bot to write unasked.
        19 => GroupAuthorize,
        /// A group's settings of the bot were opened.
        20 => GroupAuthorizeStatus,
    }

    /// Where people talk, as a number.
    ChatKind {
        /// In a guild.
        0 => Guild,
        /// In a group.
        1 => Group,
        /// With one user.
        2 => C2c,
    }
}

words! {
    /// Where an interaction happened.
    InteractionScene {
        /// With one user.
        "c2c" => C2c,
        /// In a group.
        "group" => Group,
        /// In a guild.
        "guild" => Guild,
    }

    /// A judgement.
    Feedback {
        /// Good.
        "LIKE" => Like,
        /// Bad.
        "UNLIKE" => Unlike,
    }
}
