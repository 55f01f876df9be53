//! Builds the typed call of any request, by the number of its operation.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::fixtures::{Asked, Made, made};
use crate::api::*;
use crate::model::{ChannelKind, ChannelSubKind, ShardPair};

/// Gives a call what a request has and leaves out what it has not.
macro_rules! with {
    ($call:expr $(, $method:ident = $value:expr)* $(,)?) => {{
        #[allow(unused_mut, reason = "of calls that have nothing more to say")]
        let mut call = $call;
        $( if let Some(value) = $value {
            call = call.$method(value);
        } )*
        call
    }};
}

fn text(json: &Value, key: &str) -> Option<String> {
    json[key].as_str().map(ToString::to_string)
}

fn int(json: &Value, key: &str) -> Option<i64> {
    json[key].as_i64()
}

fn small(json: &Value, key: &str) -> Option<u32> {
    json[key].as_u64().map(|number| number.try_into().unwrap())
}

fn list(json: &Value) -> Vec<Value> {
    json.as_array().cloned().unwrap_or_default()
}

fn strings(json: &Value) -> Vec<String> {
    list(json).iter().map(|text| text.as_str().unwrap().to_string()).collect()
}

fn decimal(json: &Value) -> u64 {
    json.as_str().unwrap().parse().unwrap()
}

fn markdown(body: &Value) -> Markdown {
    let json = &body["markdown"];
    let mut markdown = if let Some(content) = text(json, "content") {
        Markdown::new(content)
    } else {
        let mut template = Template::custom(text(json, "custom_template_id").unwrap());
        for param in list(&json["params"]) {
            template = template.param(text(&param, "key").unwrap(), strings(&param["values"]));
        }
        template.into()
    };
    if !body["keyboard"].is_null() {
        markdown = markdown.keyboard(keyboard(&body["keyboard"]));
    }
    markdown
}

fn keyboard(json: &Value) -> Keyboard {
    if let Some(id) = text(json, "id") {
        return Keyboard::template(id);
    }
    let row = |row: Value| list(&row["buttons"]).iter().map(button).collect::<Vec<_>>();
    Keyboard::rows(list(&json["content"]["rows"]).into_iter().map(row))
}

fn button(json: &Value) -> Button {
    let (look, action) = (&json["render_data"], &json["action"]);
    let (label, data) = (text(look, "label").unwrap(), text(action, "data").unwrap());
    let button = match int(action, "type").unwrap() {
        0 => Button::link(label, data),
        1 => Button::callback(label, data),
        2 => Button::command(label, data),
        other => panic!("button of type {other}"),
    };
    let permission = match int(&action["permission"], "type").unwrap() {
        0 => ButtonPermission::Users(strings(&action["permission"]["specify_user_ids"]).into()),
        2 => ButtonPermission::Everyone,
        other => panic!("permission of type {other}"),
    };
    let modal = Some(&action["modal"]).filter(|modal| !modal.is_null()).map(|modal| {
        with!(
            Modal::new(text(modal, "content").unwrap()),
            confirm_text = text(modal, "confirm_text"),
            cancel_text = text(modal, "cancel_text"),
        )
    });
    with!(
        button.permission(permission),
        id = text(json, "id"),
        group_id = text(json, "group_id"),
        visited_label = text(look, "visited_label"),
        style = int(look, "style").map(ButtonStyle::from),
        reply = action["reply"].as_bool(),
        enter = action["enter"].as_bool(),
        unsupport_tips = text(action, "unsupport_tips"),
        modal = modal,
    )
}

fn ark(json: &Value) -> Ark {
    let mut ark = Ark::new(json["template_id"].as_u64().unwrap());
    for variable in list(&json["kv"]) {
        let key = text(&variable, "key").unwrap();
        let pair = |pair: &Value| (text(pair, "key").unwrap(), text(pair, "value").unwrap());
        let line = |line: &Value| list(&line["obj_kv"]).iter().map(pair).collect::<Vec<_>>();
        ark = if let Some(value) = text(&variable, "value") {
            ark.text(key, value)
        } else {
            ark.list(key, list(&variable["obj"]).iter().map(line).collect::<Vec<_>>())
        };
    }
    ark
}

fn c2c(asked: &Asked) -> C2cMessage {
    let body = &asked.body;
    let stream = Some(&body["stream"]).filter(|stream| !stream.is_null());
    let message = match int(body, "msg_type") {
        Some(2) => C2cMessage::markdown(markdown(body)),
        Some(3) => C2cMessage::ark(ark(&body["ark"])),
        Some(6) => C2cMessage::typing(small(&body["input_notify"], "input_second").unwrap()),
        Some(7) => C2cMessage::media(with!(
            C2cMedia::new(text(&body["media"], "file_info").unwrap()),
            caption = text(body, "content"),
        )),
        _ => C2cMessage::text(text(body, "content").unwrap()),
    };
    let message = with!(
        message,
        msg_id = text(body, "msg_id"),
        event_id = text(body, "event_id"),
        msg_seq = small(body, "msg_seq"),
        quote = text(&body["message_reference"], "message_id"),
        stream =
            stream.map(|json| StreamState::new(small(json, "state").unwrap(), small(json, "index").unwrap())),
    );
    if body["is_wakeup"] == true { message.wake_up() } else { message }
}

fn group(asked: &Asked) -> GroupMessage {
    let body = &asked.body;
    let message = match int(body, "msg_type") {
        Some(2) => GroupMessage::markdown(markdown(body)),
        Some(7) => GroupMessage::media(with!(
            GroupMedia::new(text(&body["media"], "file_info").unwrap()),
            caption = text(body, "content"),
        )),
        _ => GroupMessage::text(text(body, "content").unwrap()),
    };
    with!(
        message,
        msg_id = text(body, "msg_id"),
        event_id = text(body, "event_id"),
        msg_seq = small(body, "msg_seq"),
    )
}

fn channel(asked: &Asked) -> ChannelMessage {
    let body = &asked.body;
    let parts = list(&body["$multipart"]);
    if !parts.is_empty() {
        let part = |name: &str| parts.iter().find(|part| part["name"] == name);
        let value = |name: &str| part(name).and_then(|part| text(part, "value"));
        let file = part("file_image").map(|part| {
            let [name, kind, bytes] =
                ["filename", "content_type", "value"].map(|key| text(part, key).unwrap());
            ImageFile::new(name, kind, bytes)
        });
        return with!(
            ChannelMessage::new(),
            with_text = value("content"),
            msg_id = value("msg_id"),
            with_image_file = file,
        );
    }
    let embed = Some(&body["embed"]).filter(|embed| !embed.is_null()).map(|json| {
        let embed = Embed::new(text(json, "title").unwrap(), text(json, "prompt").unwrap());
        let embed = with!(embed, thumbnail = text(&json["thumbnail"], "url"));
        list(&json["fields"]).iter().fold(embed, |embed, field| embed.line(text(field, "name").unwrap()))
    });
    let message = if body["markdown"].is_null() {
        ChannelMessage::new()
    } else {
        ChannelMessage::markdown(markdown(body))
    };
    let quoted = &body["message_reference"];
    let (quote, if_found) = match quoted["ignore_get_message_error"].as_bool() {
        Some(true) => (None, text(quoted, "message_id")),
        _ => (text(quoted, "message_id"), None),
    };
    with!(
        message,
        with_text = text(body, "content"),
        with_embed = embed,
        with_ark = Some(&body["ark"]).filter(|json| !json.is_null()).map(ark),
        with_image = text(body, "image"),
        quote = quote,
        quote_if_found = if_found,
        msg_id = text(body, "msg_id"),
        event_id = text(body, "event_id"),
    )
}

fn source(body: &Value) -> FileSource {
    let kind = int(body, "file_type").map(FileKind::from);
    if let Some(url) = text(body, "url") {
        return FileSource::url(kind.unwrap(), url);
    }
    if let Some(data) = text(body, "file_data") {
        return FileSource::base64(kind.unwrap(), data);
    }
    with!(FileSource::upload(text(body, "upload_id").unwrap()), of_kind = kind)
}

fn file(body: &Value) -> FileToUpload {
    FileToUpload {
        kind: int(body, "file_type").unwrap().into(),
        size: body["file_size"].as_u64().unwrap_or_else(|| decimal(&body["file_size"])),
        name: text(body, "file_name").unwrap(),
        md5: text(body, "md5").unwrap(),
        sha1: text(body, "sha1").unwrap(),
        md5_10m: text(body, "md5_10m").unwrap(),
        numeric_size: body["file_size"].is_u64(),
    }
}

fn op(body: &Value) -> ListOp<'static> {
    match body["op"].as_str() {
        Some("add") => ListOp::Add,
        Some("del") => ListOp::Delete,
        other => panic!("{other:?}"),
    }
}

fn panel(json: &Value) -> NewPanel {
    let items = list(&json["items"]);
    let item = |json: &Value| {
        let kind = if json["type"] == "link" { PanelKind::Link } else { PanelKind::Command };
        with!(
            NewPanelItem::new(kind, text(json, "name").unwrap()),
            desc = text(json, "desc"),
            link = text(json, "link"),
            only_admin = json["only_admin"].as_bool(),
        )
    };
    with!(NewPanel::of(items.iter().map(item)), remark = text(json, "remark"))
}

fn menu(json: &Value) -> NewMenu {
    let inner = |json: &Value| {
        let kind = if json["type"] == "link" { MenuKind::Link } else { MenuKind::SendMessage };
        with!(
            NewSubMenuItem::new(kind, text(json, "name").unwrap()),
            send_message = text(json, "send_message"),
            link = text(json, "link"),
        )
    };
    let item = |json: &Value| {
        let name = text(json, "name").unwrap();
        match json["type"].as_str() {
            Some("send_message") => NewMenuItem::says(name, text(json, "send_message").unwrap()),
            Some("link") => NewMenuItem::opens(name, text(json, "link").unwrap()),
            Some("switch") => {
                let switch = &json["switch"];
                NewMenuItem::switches(name, text(switch, "switch_id").unwrap(), switch["default"] == true)
            }
            _ => NewMenuItem::unfolds(name, list(&json["sub_menu_items"]).iter().map(inner)),
        }
    };
    NewMenu::from(list(&json["items"]).iter().map(item).collect::<Vec<_>>())
}

fn role(body: &Value) -> RoleChange {
    let values = if body["info"].is_null() { body } else { &body["info"] };
    with!(
        RoleChange::new(),
        name = text(values, "name"),
        color = small(values, "color"),
        hoist = int(values, "hoist").map(|hoist| hoist == 1),
        older_form = text(body, "guild_id"),
    )
}

fn bits(json: &Value) -> Option<ChannelBits> {
    json.as_str().map(|text| ChannelBits::from_bits_retain(text.parse().unwrap()))
}

fn mute(body: &Value) -> MuteTime {
    let seconds = body["mute_seconds"].as_str().map(|text| text.parse().unwrap());
    match (body["mute_end_timestamp"].as_str(), seconds) {
        (Some(until), seconds) => with!(MuteTime::until(until.parse().unwrap()), or_seconds = seconds),
        (None, seconds) => MuteTime::seconds(seconds.unwrap()),
    }
}

fn schedule(body: &Value) -> NewSchedule {
    let json = &body["schedule"];
    with!(
        NewSchedule::new(
            text(json, "name").unwrap(),
            decimal(&json["start_timestamp"]),
            decimal(&json["end_timestamp"]),
        ),
        description = text(json, "description"),
        jump_channel_id = text(json, "jump_channel_id"),
        remind = text(json, "remind_type").map(|text| Remind::from(text.parse::<i64>().unwrap())),
    )
}

fn reaction(asked: &Asked) -> Reaction {
    let number: u32 = asked.at(6).parse().unwrap();
    if asked.at(5) == "1" {
        Reaction::system(number)
    } else {
        Reaction::unicode(char::from_u32(number).unwrap())
    }
}

fn trigger(body: &Value) -> Trigger {
    match text(body, "msg_id") {
        Some(id) => Trigger::Message(id),
        None => Trigger::Event(text(body, "event_id").unwrap()),
    }
}

#[expect(clippy::too_many_lines, reason = "a row for each operation")]
pub(super) fn build(number: u16, asked: &Asked) -> Made {
    let body = &asked.body;
    let at = |place| asked.at(place);
    let say = |key| text(body, key).unwrap();
    match number {
        2 => made(&GetGateway::new()),
        3 => made(&GetGatewayBot::new()),
        4 => made(&GetMe::new()),
        5 => made(&with!(
            ListMyGuilds::new(),
            before = asked.query("before"),
            after = asked.query("after"),
            limit = asked.number("limit"),
        )),
        6 => made(&with!(CreateShareLink::new(), callback_data = asked.text("callback_data"))),
        7 => {
            let [index, count] = [0, 1].map(|n| body["shards"][n].as_u64().unwrap().try_into().unwrap());
            let shard = ShardPair { index, count };
            made(&CreateWebhookSession::new(body["intents"].as_u64().unwrap(), shard, say("callback_url")))
        }
        8 => made(&ListWebhookSessions::new()),
        9 => made(&CheckWebhookSessions::new()),
        10 => made(&DeleteWebhookSession::new(at(3))),
        11 => made(&SendC2c::new(at(2), c2c(asked))),
        12 => made(&SendGroup::new(at(2), group(asked))),
        13 => {
            let mode = if body["input_mode"] == "append" { StreamMode::Append } else { StreamMode::Replace };
            let format =
                if body["content_type"] == "text" { StreamFormat::Text } else { StreamFormat::Markdown };
            let piece = StreamPiece::new(small(body, "index").unwrap(), mode, format, say("content_raw"));
            let piece = if body["input_state"] == 10 { piece.last() } else { piece };
            made(&with!(
                SendStreamPiece::new(at(2), trigger(body), piece),
                stream_msg_id = asked.text("stream_msg_id"),
                msg_seq = small(body, "msg_seq"),
                is_wakeup = asked.flag("is_wakeup"),
            ))
        }
        14 => made(&RecallC2c::new(at(2), at(4))),
        15 => made(&RecallGroup::new(at(2), at(4))),
        16 => made(&with!(
            UploadC2cFile::new(at(2), source(body)),
            send_at_once = asked.flag("srv_send_msg"),
            name = asked.text("file_name"),
        )),
        17 => made(&with!(
            UploadGroupFile::new(at(2), source(body)),
            send_at_once = asked.flag("srv_send_msg"),
            name = asked.text("file_name"),
        )),
        18 => made(&PrepareC2cUpload::new(at(2), file(body))),
        19 => made(&PrepareGroupUpload::new(at(2), file(body))),
        21 => made(&FinishC2cPart::new(
            at(2),
            say("upload_id"),
            body["part_index"].as_u64().unwrap(),
            decimal(&body["block_size"]),
            say("md5"),
        )),
        22 => made(&FinishGroupPart::new(
            at(2),
            say("upload_id"),
            body["part_index"].as_u64().unwrap(),
            decimal(&body["block_size"]),
            say("md5"),
        )),
        23 => made(&AckInteraction::new(at(1), AckCode::from(int(body, "code").unwrap()))),
        24 => made(&GetGroupInfo::new(at(2))),
        25 => made(&GetBotState::new(at(2))),
        26 => made(&with!(ListGroupMembers::new(at(2)), cursor = asked.query("cursor"))),
        27 => made(&GetGroupMember::new(at(2), at(4))),
        28 => made(&with!(
            ListGroupMembersLegacy::new(at(2)),
            limit = small(body, "limit"),
            start_index = body["start_index"].as_u64(),
        )),
        29 => made(&with!(
            RemoveGroupMembers::new(at(2), asked.ids("member_openids").unwrap()),
            add_to_member_blacklist = asked.flag("add_to_member_blacklist"),
        )),
        30 => made(&with!(
            ListBlacklist::new(at(2)),
            cursor = asked.query("cursor"),
            limit = asked.number("limit"),
        )),
        31 => made(&UpdateBlacklist::new(at(2), op(body), asked.ids("member_openids").unwrap())),
        32 => made(&GetGroupMute::new(at(2))),
        33 => {
            let member = |json: &Value| {
                let (who, until) = (text(json, "member_openid").unwrap(), text(json, "mute_expire_at"));
                match json["op"].as_str() {
                    Some("add") => MemberMute::until(who, until.unwrap()),
                    Some("update") => MemberMute::change(who, until.unwrap()),
                    _ => MemberMute::off(who),
                }
            };
            made(&MuteGroupMembers::new(at(2), list(&body["members"]).iter().map(member).collect::<Vec<_>>()))
        }
        34 => made(&with!(
            ListJoinRequests::new(at(2)),
            cursor = asked.query("cursor"),
            limit = asked.number("limit"),
        )),
        35 => {
            let decision =
                if body["op"] == "approve" { JoinDecision::Approve } else { JoinDecision::Decline };
            made(&with!(
                DecideJoinRequest::new(at(2), at(4), decision),
                join_request_id = asked.text("join_request_id"),
                reject_reason = asked.text("reject_reason"),
                add_to_member_blacklist = asked.flag("add_to_member_blacklist"),
            ))
        }
        36 => made(&with!(
            CreateJoinStrategy::new(StrategyGroups::openids(asked.ids("group_openids").unwrap())),
            is_enable = asked.text("is_enable").map(on_off),
            expire_at = asked.text("expire_at"),
            remark = asked.text("remark"),
        )),
        37 => made(&with!(
            ListJoinStrategies::new(),
            cursor = asked.query("cursor"),
            limit = asked.number("limit"),
        )),
        38 => {
            let action = Some(&body["group_action"]).filter(|json| !json.is_null()).map(|json| {
                GroupAction::new(op(json), StrategyGroups::openids(strings(&json["group_openids"])))
            });
            made(&with!(
                PatchJoinStrategy::new(at(3)),
                is_enable = asked.text("is_enable").map(on_off),
                expire_at = asked.text("expire_at"),
                remark = asked.text("remark"),
                group_action = action,
            ))
        }
        39 => made(&DeleteJoinStrategy::new(at(3))),
        40 => made(&ExecuteJoinStrategy::new(at(3))),
        41 => made(&UpdateJoinWhitelist::new(at(3), op(body), asked.ids("whitelist_users").unwrap())),
        42 => made(&GetMenu::new()),
        43 => made(&PutMenu::new(menu(&body["menu"]))),
        44 => made(&with!(
            ListPanels::new(scope(asked.query("scope"))),
            cursor = asked.query("cursor"),
            limit = asked.number("limit"),
        )),
        45 => {
            let target = asked.text("target_type");
            made(&with!(
                CreatePanel::new(scope(asked.text("scope")), panel(&body["panel"])),
                target_type =
                    target.map(|word| if word == "all" { PanelTarget::All } else { PanelTarget::Specific }),
                user_openids = asked.ids("user_openids"),
                group_openids = asked.ids("group_openids"),
            ))
        }
        46 => made(&GetPanel::new(at(2))),
        47 => made(&PutPanel::new(at(2), panel(&body["panel"]))),
        48 => made(&DeletePanel::new(at(2))),
        49 => made(&with!(
            PutPanelTarget::new(at(2), op(body)),
            user_openids = asked.ids("user_openids"),
            group_openids = asked.ids("group_openids"),
        )),
        50 => made(&GetGuild::new(at(1))),
        51 => made(&ListChannels::new(at(1))),
        52 => made(&with!(
            CreateChannel::new(at(1), say("name"), ChannelKind::from(int(body, "type").unwrap())),
            sub_kind = int(body, "sub_type").map(ChannelSubKind::from),
            position = small(body, "position"),
            parent_id = asked.text("parent_id"),
            private_type = int(body, "private_type").map(ChannelPrivacy::from),
            private_user_ids = asked.ids("private_user_ids"),
            speak_permission = int(body, "speak_permission").map(SpeakPermission::from),
            application_id = asked.text("application_id"),
        )),
        53 => made(&GetChannel::new(at(1))),
        54 => made(&with!(
            PatchChannel::new(at(1)),
            name = asked.text("name"),
            position = small(body, "position"),
        )),
        55 => made(&DeleteChannel::new(at(1))),
        56 => made(&GetOnlineNums::new(at(1))),
        57 => made(&ListVoiceMembers::new(at(1))),
        58 => made(&with!(
            ListGuildMembers::new(at(1)),
            after = asked.query("after"),
            limit = asked.number("limit"),
        )),
        59 => made(&GetGuildMember::new(at(1), at(3))),
        60 => made(&with!(
            DeleteGuildMember::new(at(1), at(3)),
            add_blacklist = asked.flag("add_blacklist"),
            delete_history = int(body, "delete_history_msg_days").map(DeleteHistory::from),
        )),
        61 => made(&with!(
            ListRoleMembers::new(at(1), at(3)),
            start_index = asked.query("start_index"),
            limit = asked.number("limit"),
        )),
        62 => made(&ListRoles::new(at(1))),
        63 => made(&CreateRole::new(at(1), role(body))),
        64 => made(&PatchRole::new(at(1), at(3), role(body))),
        65 => made(&DeleteRole::new(at(1), at(3))),
        66 => made(&with!(AddMemberRole::new(at(1), at(3), at(5)), channel = text(&body["channel"], "id"))),
        67 => {
            made(&with!(RemoveMemberRole::new(at(1), at(3), at(5)), channel = text(&body["channel"], "id")))
        }
        68 => made(&GetUserPermissions::new(at(1), at(3))),
        69 => made(&with!(
            SetUserPermissions::new(at(1), at(3)),
            grant = bits(&body["add"]),
            revoke = bits(&body["remove"]),
        )),
        70 => made(&GetRolePermissions::new(at(1), at(3))),
        71 => made(&with!(
            SetRolePermissions::new(at(1), at(3)),
            grant = bits(&body["add"]),
            revoke = bits(&body["remove"]),
        )),
        72 => made(&with!(
            SetPermissionsOfMany::new(at(1), asked.ids("user_ids").unwrap()),
            grant = bits(&body["add"]),
            revoke = bits(&body["remove"]),
        )),
        73 => made(&SendChannel::new(at(1), channel(asked))),
        74 => made(&with!(
            ListMessages::new(at(1)),
            around = asked.query("around"),
            before = asked.query("before"),
            after = asked.query("after"),
            limit = asked.number("limit"),
        )),
        75 => made(&GetMessage::new(at(1), at(3))),
        76 => {
            let mut alone = body.clone();
            alone["keyboard"] = Value::Null;
            made(&with!(
                PatchMessage::new(at(1), at(3), keyboard(&body["keyboard"])),
                msg_id = asked.text("msg_id"),
                event_id = asked.text("event_id"),
                markdown = Some(&alone).filter(|json| !json["markdown"].is_null()).map(markdown),
            ))
        }
        77 => made(&with!(RecallChannel::new(at(1), at(3)), hide_tip = hide_tip(asked))),
        78 => made(&CreateDm::new(say("recipient_id"), say("source_guild_id"))),
        79 => made(&SendDm::new(at(1), channel(asked))),
        80 => made(&with!(RecallDm::new(at(1), at(3)), hide_tip = hide_tip(asked))),
        81 => made(&with!(SendSettingGuide::new(at(1)), content = asked.text("content"))),
        82 => made(&SendDmSettingGuide::new(at(1), text(&body["setting_guide"], "guild_id").unwrap())),
        83 => made(&AddReaction::new(at(1), at(3), reaction(asked))),
        84 => made(&RemoveReaction::new(at(1), at(3), reaction(asked))),
        85 => made(&with!(
            ListReactionUsers::new(at(1), at(3), reaction(asked)),
            cookie = asked.query("cookie"),
            limit = asked.number("limit"),
        )),
        86 => made(&GetPins::new(at(1))),
        87 => made(&AddPin::new(at(1), at(3))),
        88 => made(&RemovePin::new(at(1), at(3))),
        89 => made(&CreateGuildAnnounce::new(
            at(1),
            match text(body, "message_id") {
                Some(id) => NewAnnounce::message(say("channel_id"), id),
                None => NewAnnounce::channels(
                    int(body, "announces_type").unwrap().into(),
                    list(&body["recommend_channels"]).iter().map(|json| {
                        Recommendation::new(
                            text(json, "channel_id").unwrap(),
                            text(json, "introduce").unwrap(),
                        )
                    }),
                ),
            },
        )),
        90 => made(&DeleteGuildAnnounce::new(at(1), at(3))),
        91 => made(&CreateChannelAnnounce::new(at(1), say("message_id"))),
        92 => made(&DeleteChannelAnnounce::new(at(1), at(3))),
        93 => made(&MuteGuild::new(at(1), mute(body))),
        94 => made(&MuteGuildMembers::new(at(1), asked.ids("user_ids").unwrap(), mute(body))),
        95 => made(&MuteGuildMember::new(at(1), at(3), mute(body))),
        96 => made(&GetMessageSetting::new(at(1))),
        97 => made(&with!(
            ListSchedules::new(at(1)),
            since = asked.query("since").map(|text| text.parse::<u64>().unwrap()),
        )),
        98 => made(&GetSchedule::new(at(1), at(3))),
        99 => made(&CreateSchedule::new(at(1), schedule(body))),
        100 => made(&PatchSchedule::new(at(1), at(3), schedule(body))),
        101 => made(&DeleteSchedule::new(at(1), at(3))),
        102 => made(&ControlAudio::new(
            at(1),
            match int(body, "status") {
                Some(0) => AudioControl::start_with_text(say("audio_url"), say("text")),
                Some(1) => AudioControl::Pause,
                Some(2) => AudioControl::Resume,
                _ => AudioControl::Stop,
            },
        )),
        103 => made(&TakeMic::new(at(1))),
        104 => made(&LeaveMic::new(at(1))),
        105 => made(&ListThreads::new(at(1))),
        106 => made(&GetThread::new(at(1), at(3))),
        107 => {
            let content = match int(body, "format") {
                Some(1) => ThreadContent::text(say("content")),
                Some(2) => ThreadContent::html(say("content")),
                Some(3) => ThreadContent::markdown(say("content")),
                _ => ThreadContent::json(say("content")),
            };
            made(&CreateThread::new(at(1), say("title"), content))
        }
        108 => made(&DeleteThread::new(at(1), at(3))),
        109 => made(&with!(
            CommentThread::new(at(1), at(3), say("thread_author"), say("content")),
            thread_create_time = asked.text("thread_create_time"),
            image = asked.text("image"),
        )),
        110 => made(&ListApiPermissions::new(at(1))),
        111 => made(&DemandApiPermission::new(
            at(1),
            say("channel_id"),
            ApiIdentify::new(
                text(&body["api_identify"], "path").unwrap(),
                text(&body["api_identify"], "method").unwrap(),
            ),
            say("desc"),
        )),
        other => panic!("operation {other} cannot be built from a request"),
    }
}

fn on_off(word: &str) -> OnOff<'static> {
    if word == "on" { OnOff::On } else { OnOff::Off }
}

fn scope(word: Option<&str>) -> PanelScope<'static> {
    match word {
        Some("c2c") => PanelScope::C2c,
        Some("group") => PanelScope::Group,
        Some("channel") => PanelScope::Channel,
        Some("dm") => PanelScope::Dm,
        other => panic!("{other:?}"),
    }
}

fn hide_tip(asked: &Asked) -> Option<bool> {
    asked.query("hidetip").map(|word| word == "true")
}
