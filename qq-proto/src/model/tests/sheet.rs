//! What the platform's documents and its SDKs say there is, written down once more and compared with the types.

use super::super::{Payload, Shape};
use alloc::collections::BTreeSet;
use alloc::{format, string::String, vec::Vec};

const USER: &str = "id username avatar bot union_openid union_user_account";
const GUILD_ATTACHMENT: &str = "url content_type filename id size width height";
const AUTHOR: &str =
    "id user_openid union_openid union_user_account username bot member_openid member_role avatar";
const ATTACHMENT: &str = "content_type url filename size width height content voice_wav_url asr_refer_text";
const MENTION: &str = "scope id member_openid username bot is_you user_openid nickname";
const ARK: &str = "prompt ark_type ark_name fields";
const FORUM: &str = "guild_id channel_id author_id";

/// Events, and their fields: on the first level; below one of them, behind its name and a colon.
const SHEET: &[(&str, &[&str])] = &[
    ("READY", &["version session_id shard", "user: id username bot status avatar"]),
    ("RESUMED", &[]),
    (
        "GUILD_CREATE GUILD_UPDATE GUILD_DELETE",
        &[
            "id name icon description owner_id owner member_count max_members joined_at op_user_id",
            "channels union_world_id union_org_id",
        ],
    ),
    (
        "CHANNEL_CREATE CHANNEL_UPDATE CHANNEL_DELETE",
        &[
            "id guild_id name type sub_type owner_id op_user_id position parent_id private_type",
            "speak_permission application_id permissions",
        ],
    ),
    (
        "GUILD_MEMBER_ADD GUILD_MEMBER_UPDATE GUILD_MEMBER_REMOVE",
        &["guild_id joined_at nick op_user_id roles", "user:", USER],
    ),
    (
        "MESSAGE_CREATE AT_MESSAGE_CREATE DIRECT_MESSAGE_CREATE",
        &[
            "id channel_id guild_id src_guild_id direct_message content timestamp edited_timestamp",
            "mention_everyone embeds ark seq seq_in_channel",
            "author:",
            USER,
            "member: joined_at roles nick",
            "attachments:",
            GUILD_ATTACHMENT,
            "mentions:",
            USER,
            "message_reference: message_id ignore_get_message_error",
        ],
    ),
    (
        "MESSAGE_DELETE PUBLIC_MESSAGE_DELETE DIRECT_MESSAGE_DELETE",
        &[
            "message: id guild_id channel_id direct_message src_guild_id",
            "message.author:",
            USER,
            "op_user:",
            USER,
        ],
    ),
    (
        "C2C_MESSAGE_CREATE GROUP_AT_MESSAGE_CREATE GROUP_MESSAGE_CREATE",
        &[
            "id content timestamp group_openid group_id message_type msg_seq",
            "author:",
            AUTHOR,
            "message_scene: source ext callback_data",
            "attachments:",
            ATTACHMENT,
            "mentions:",
            MENTION,
            "ark_data:",
            ARK,
            "msg_elements: msg_idx message_type content msg_elements",
            "msg_elements.author:",
            AUTHOR,
            "msg_elements.attachments:",
            ATTACHMENT,
            "msg_elements.ark_data:",
            ARK,
            "parallel_message.msg_nodes: message_type content",
        ],
    ),
    (
        "MESSAGE_REACTION_ADD MESSAGE_REACTION_REMOVE",
        &["user_id guild_id channel_id", "emoji: id type", "target: id type"],
    ),
    (
        "MESSAGE_AUDIT_PASS MESSAGE_AUDIT_REJECT",
        &[
            "audit_id message_id guild_id channel_id audit_time create_time seq_in_channel user_openid",
            "group_openid",
        ],
    ),
    (
        "FORUM_THREAD_CREATE FORUM_THREAD_UPDATE FORUM_THREAD_DELETE",
        &[FORUM, "thread_info: thread_id title content date_time"],
    ),
    ("FORUM_POST_CREATE FORUM_POST_DELETE", &[FORUM, "post_info: thread_id post_id content date_time"]),
    (
        "FORUM_REPLY_CREATE FORUM_REPLY_DELETE",
        &[FORUM, "reply_info: thread_id post_id reply_id content date_time"],
    ),
    (
        "FORUM_PUBLISH_AUDIT_RESULT",
        &[FORUM, "type result err_msg thread_id post_id reply_id task_id date_time"],
    ),
    ("OPEN_FORUM_THREAD_CREATE OPEN_FORUM_THREAD_UPDATE OPEN_FORUM_THREAD_DELETE", &[FORUM]),
    (
        "OPEN_FORUM_POST_CREATE OPEN_FORUM_POST_DELETE OPEN_FORUM_REPLY_CREATE OPEN_FORUM_REPLY_DELETE",
        &[FORUM],
    ),
    ("AUDIO_START AUDIO_FINISH AUDIO_ON_MIC AUDIO_OFF_MIC", &["guild_id channel_id audio_url text"]),
    (
        "AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT",
        &["guild_id channel_id user_id channel_type"],
    ),
    (
        "GROUP_ADD_ROBOT GROUP_DEL_ROBOT GROUP_MSG_REJECT GROUP_MSG_RECEIVE",
        &["timestamp group_openid op_member_openid"],
    ),
    ("GROUP_MEMBER_ADD GROUP_MEMBER_REMOVE", &["timestamp group_openid member_openid user_openid"]),
    (
        "GROUP_JOIN_REQUEST",
        &[
            "group_openid join_request_id member_openid username apply_at apply_source risk_tips union_openid",
            "invited_by bot",
            "verify_info: method verify_message",
            "verify_info.review_qa_list: question answer",
            "auto_approved: strategy_id",
        ],
    ),
    (
        "FRIEND_ADD FRIEND_DEL C2C_MSG_REJECT C2C_MSG_RECEIVE",
        &["timestamp openid scene scene_param short_code nick avatar", "author: union_openid"],
    ),
    ("ENTER_AIO", &["user_openid from_source"]),
    (
        "SUBSCRIBE_MESSAGE_STATUS",
        &[
            "group_openid openid",
            "result: template_id custom_template_id op subscribe_id subscribe_ts update_ts",
        ],
    ),
    (
        "INTERACTION_CREATE",
        &[
            "id application_id type scene chat_type timestamp guild_id channel_id user_openid union_openid",
            "group_openid group_member_openid version",
            "data: type",
            "data.resolved: button_data button_id user_id feature_id message_id feedback_opt checked action",
            "claw_cfg keyword request member_nick",
            "data.resolved.message_scene: source ext callback_data",
            "data.resolved.authorize_data: opt_scene scope switch",
        ],
    ),
];

/// The paths of a type; what holds itself is not followed again.
fn paths(shape: Shape, above: &str, all: &mut BTreeSet<String>) {
    for (key, inner) in shape.fields() {
        let path = if above.is_empty() { String::from(*key) } else { format!("{above}.{key}") };
        if inner.fields().is_empty() || above.ends_with("msg_elements") && *key == "msg_elements" {
            all.insert(path);
        } else {
            paths(*inner, &path, all);
        }
    }
}

#[test]
fn the_types_are_those_of_the_sheet() {
    let mut names = Vec::new();
    for (events, lines) in SHEET {
        let mut expected = BTreeSet::new();
        let mut above = "";
        for word in lines.iter().flat_map(|line| line.split(' ')) {
            match word.strip_suffix(':') {
                Some(path) => above = path,
                None if above.is_empty() => drop(expected.insert(String::from(word))),
                None => drop(expected.insert(format!("{above}.{word}"))),
            }
        }
        for name in events.split(' ') {
            let mut found = BTreeSet::new();
            paths(Payload::shape(name).unwrap(), "", &mut found);
            assert_eq!(found, expected, "{name}");
            names.push(name);
        }
    }
    names.sort_unstable();
    let mut known = Payload::NAMES.to_vec();
    known.sort_unstable();
    assert_eq!(known, names);
    assert!(Payload::shape("SOMETHING_NEW").is_none());
}
