use qq_proto::api::*;
use qq_proto::model::{Emoji, EmojiKind};

super::samples! {
    11 "c2c_text" = SendC2c::new("U/1", C2cMessage::text("天气").msg_id("M1").msg_seq(3));
    POST "/v2/users/U%2F1/messages" "" r#"{"msg_type":0,"content":"天气","msg_id":"M1","msg_seq":3}"# => 200
        r#"{"id":"ROBOT1.0_x","timestamp":"2026-01-02T03:04:05+08:00","ext_info":{"ref_idx":"REFIDX_1"}}"#

    11 "c2c_active" = SendC2c::new("U", "天气");
    POST "/v2/users/U/messages" "" r#"{"msg_type":0,"content":"天气"}"# => 200 r#"{"id":"x","timestamp":1784599200}"#

    11 "c2c_wake_up" = SendC2c::new("U", C2cMessage::text("天气").msg_id("M1").wake_up());
    POST "/v2/users/U/messages" "" r#"{"msg_type":0,"content":"天气","is_wakeup":true}"# => 200
        r#"{"id":"x","timestamp":"2026-01-02T03:04:05+08:00","audit_id":"A1","audit_tips":"wait"}"#

    11 "c2c_typing" = SendC2c::new("U", C2cMessage::typing(60).event_id("INTERACTION_CREATE:1"));
    POST "/v2/users/U/messages" "" r#"{"msg_type":6,"input_notify":{"input_type":1,"input_second":60},
        "event_id":"INTERACTION_CREATE:1","msg_seq":1}"# => 200 "{}"

    11 "c2c_media" = SendC2c::new("U", C2cMedia::new("b3BhcXVl").caption("天气"));
    POST "/v2/users/U/messages" "" r#"{"msg_type":7,"content":"天气","media":{"file_info":"b3BhcXVl"}}"# => 200 ""

    11 "c2c_ark" = SendC2c::new("U", C2cMessage::ark(Ark::new(24).text("#TITLE#", "天气")).quote("REFIDX_2"));
    POST "/v2/users/U/messages" "" r##"{"msg_type":3,"ark":{"template_id":24,"kv":[{"key":"#TITLE#","value":"天气"}]},
        "message_reference":{"message_id":"REFIDX_2"}}"## => 200 r#"{"id":"x"}"#

    11 "c2c_stream_older" = SendC2c::new("U", C2cMessage::markdown("天气\n").msg_id("M1").msg_seq(2)
        .stream(StreamState::new(10_u32, 4_u32).id("S1").reset(true)));
    POST "/v2/users/U/messages" "" r#"{"msg_type":2,"markdown":{"content":"天气\n"},"stream":{"state":10,"index":4,
        "id":"S1","reset":true},"msg_id":"M1","msg_seq":2}"# => 200 r#"{"id":"S1"}"#

    12 "group_keyboard" = SendGroup::new("G", GroupMessage::markdown(Markdown::new("# 天气").keyboard([
        [Button::callback("天气", "a:1").id("b1").group_id("g").visited_label("ok").style(ButtonStyle::Solid)
            .permission(ButtonPermission::Users(["M"].into())).unsupport_tips("old")
            .modal(Modal::new("sure").confirm_text("y").cancel_text("n"))],
        [Button::command("c", "/天气").reply(false).enter(true).picks_image().permission(ButtonPermission::Admins)
            .at_bot_show_channel_list(false)],
        [Button::link("l", "https://l.example").style(ButtonStyle::Grey).click_limit(3)
            .permission(ButtonPermission::Roles(["4"].into()))],
        [Button::native_link("n", "mqqapi://x")],
        [Button::subscribe("s", [SubscribeTemplate::TemplateId(7), SubscribeTemplate::CustomTemplateId("c_7".into())])],
    ])).event_id("GROUP_ADD_ROBOT:1").msg_seq(2));
    POST "/v2/groups/G/messages" "" r##"{"msg_type":2,"markdown":{"content":"# 天气"},"keyboard":{"content":{"rows":[
        {"buttons":[{"id":"b1","render_data":{"label":"天气","visited_label":"ok","style":4},"action":{"type":1,
            "permission":{"type":0,"specify_user_ids":["M"]},"data":"a:1","unsupport_tips":"old",
            "modal":{"content":"sure","confirm_text":"y","cancel_text":"n"}},"group_id":"g"}]},
        {"buttons":[{"render_data":{"label":"c","style":1},"action":{"type":2,"permission":{"type":1},"data":"/天气",
            "reply":false,"enter":true,"anchor":1,"at_bot_show_channel_list":false}}]},
        {"buttons":[{"render_data":{"label":"l","style":0},"action":{"type":0,"permission":{"type":3,
            "specify_role_ids":["4"]},"data":"https://l.example","click_limit":3}}]},
        {"buttons":[{"render_data":{"label":"n","style":1},"action":{"type":3,"permission":{"type":2},
            "data":"mqqapi://x"}}]},
        {"buttons":[{"render_data":{"label":"s","style":1},"action":{"type":4,"permission":{"type":2},
            "subscribe_data":{"template_ids":[{"template_id":7},{"custom_template_id":"c_7"}]}}}]}
        ]}},"event_id":"GROUP_ADD_ROBOT:1","msg_seq":2}"## => 200 r#"{"id":"x"}"#

    12 "group_template" = SendGroup::new("G", Markdown::from(Template::custom("102_7").param("t", ["天气"])
        .param("l", ["a", "b"])).keyboard(Keyboard::template("k_1")).force_verify_image_resource(true)
        .font_size(FontSize::Large).centred().process_msg("wait"));
    POST "/v2/groups/G/messages" "" r#"{"msg_type":2,"markdown":{"custom_template_id":"102_7","params":[
        {"key":"t","values":["天气"]},{"key":"l","values":["a","b"]}],"force_verify_image_resource":true,
        "style":{"main_font_size":"large","layout":"hide_avatar_and_center"},"process_msg":"wait"},
        "keyboard":{"id":"k_1"}}"# => 200 r#"{"id":"x"}"#

    12 "group_extras" = SendGroup::new("G", GroupMessage::markdown(Template::platform(5))
        .prompt_keyboard(Keyboard::from([[Button::command("p", "d").style(ButtonStyle::Prompt)]]).font_size("small"))
        .action_button(ActionButton::new().template_id(10_u32).callback_data("d").feedback(true).tts(false)
            .re_generate(true).stop_generate(false)).feature_id(4).subscribe_id("s"));
    POST "/v2/groups/G/messages" "" r#"{"msg_type":2,"markdown":{"template_id":5},"prompt_keyboard":{"keyboard":
        {"content":{"rows":[{"buttons":[{"render_data":{"label":"p","style":2},"action":{"type":2,
        "permission":{"type":2},"data":"d"}}]}],"style":{"font_size":"small"}}}},"action_button":{"template_id":10,
        "callback_data":"d","feedback":true,"tts":false,"re_generate":true,"stop_generate":false},"feature_id":4,
        "subscribe_id":"s"}"# => 200 r#"{"id":"x"}"#

    12 "group_media" = SendGroup::new("G", GroupMessage::media(GroupMedia::new("b3BhcXVl"))
        .answer(Trigger::Message("M1".into())));
    POST "/v2/groups/G/messages" "" r#"{"msg_type":7,"media":{"file_info":"b3BhcXVl"},"msg_id":"M1","msg_seq":1}"# => 200
        r#"{"id":"x"}"#

    13 "stream_first" = SendStreamPiece::new("U", Trigger::Message("M1".into()), StreamPiece::new(0,
        StreamMode::Replace, StreamFormat::Markdown, "天")).msg_seq(4_u32);
    POST "/v2/users/U/stream_messages" "" r#"{"msg_id":"M1","input_mode":"replace","input_state":1,"index":0,
        "content_type":"markdown","content_raw":"天","msg_seq":4}"# => 200 r#"{"id":"S1",
        "timestamp":"2026-01-02T03:04:05+08:00","ext_info":{"ref_idx":"REFIDX_3"},"remain_msg_len":"4980"}"#

    13 "stream_last" = SendStreamPiece::new("U", Trigger::Event("E1".into()), StreamPiece::new(2, StreamMode::Append,
        StreamFormat::Text, "天气").last()).stream_msg_id("S1").is_wakeup(true);
    POST "/v2/users/U/stream_messages" "" r#"{"event_id":"E1","input_mode":"append","input_state":10,"index":2,
        "content_type":"text","content_raw":"天气","stream_msg_id":"S1","is_wakeup":true}"# => 200 r#"{"id":"S1"}"#

    14 "recall_c2c" = RecallC2c::new("U", "ROBOT1.0_a.b-c!+/=");
    DELETE "/v2/users/U/messages/ROBOT1.0_a.b-c%21%2B%2F%3D" "" "" => 200 ""

    15 "recall_group" = RecallGroup::new("G", "m");
    DELETE "/v2/groups/G/messages/m" "" "" => 200 "{}"

    73 "channel_text" = SendChannel::new("71", ChannelMessage::text("天气 &lt;").msg_id("m0").quote("m0"));
    POST "/channels/71/messages" "" r#"{"content":"天气 &lt;","message_reference":{"message_id":"m0"},"msg_id":"m0"}"#
        => 200 r#"{"id":"m1","channel_id":"71","guild_id":"7","content":"天气 &lt;","author":{"id":"9","username":"b",
        "bot":true},"timestamp":"2026-01-02T03:04:05+08:00","mention_everyone":false,"embeds":[{}]}"#

    73 "channel_all_at_once" = SendChannel::new("71", ChannelMessage::embed(Embed::new("天气", "p").description("d")
        .thumbnail("https://t.example/1.png").line("a").line("b")).with_text("天气").with_image("https://p.example/1.png")
        .with_ark(Ark::link_list("d", "p", [("one", None), ("two", Some("https://l.example"))]))
        .quote_if_found("m0").event_id("MESSAGE_REACTION_ADD:1"));
    POST "/channels/71/messages" "" r##"{"content":"天气","embed":{"title":"天气","prompt":"p","description":"d",
        "thumbnail":{"url":"https://t.example/1.png"},"fields":[{"name":"a"},{"name":"b"}]},"ark":{"template_id":23,
        "kv":[{"key":"#DESC#","value":"d"},{"key":"#PROMPT#","value":"p"},{"key":"#LIST#","obj":[
        {"obj_kv":[{"key":"desc","value":"one"}]},
        {"obj_kv":[{"key":"desc","value":"two"},{"key":"link","value":"https://l.example"}]}]}]},
        "image":"https://p.example/1.png","message_reference":{"message_id":"m0","ignore_get_message_error":true},
        "event_id":"MESSAGE_REACTION_ADD:1"}"## => 200 r#"{"id":"m2","attachments":[{"url":"p.example/1"}],
        "message_reference":{"message_id":"m0"},"seq_in_channel":"5"}"#

    73 "channel_form" = SendChannel::new("71", ChannelMessage::image_file(ImageFile::new("a.png", "image/png",
        &b"PNG"[..])).with_text("hello").msg_id("m0"));
    POST "/channels/71/messages" "" "--BOUNDARY\nContent-Disposition: form-data; name=\"content\"\n\nhello\n--BOUNDARY\nContent-Disposition: form-data; name=\"msg_id\"\n\nm0\n--BOUNDARY\nContent-Disposition: form-data; name=\"file_image\"; filename=\"a.png\"\nContent-Type: image/png\n\nPNG\n--BOUNDARY--\n"
        => 200 r#"{"id":"m3"}"#

    73 "channel_markdown" = SendChannel::new("71", ChannelMessage::markdown(Markdown::new("天气")
        .keyboard(Keyboard::template("k"))));
    POST "/channels/71/messages" "" r#"{"markdown":{"content":"天气"},"keyboard":{"id":"k"}}"# => 200 r#"{"id":"m4"}"#

    79 "dm_text" = SendDm::new("99", "天气");
    POST "/dms/99/messages" "" r#"{"content":"天气"}"# => 200 r#"{"id":"m5","channel_id":"33","guild_id":"99",
        "direct_message":true,"src_guild_id":"7","content":"天气"}"#

    79 "dm_unreadable" = SendDm::new("99", ChannelMessage::image("https://p.example/1.png"));
    POST "/dms/99/messages" "" r#"{"image":"https://p.example/1.png"}"# => 200 "sent"

    74 "messages" = ListMessages::new("71").around("m1").limit(20_u32);
    GET "/channels/71/messages" "around=m1&limit=20" "" => 200 r#"[{"id":"m1","content":"a"},{"id":"m2"}]"#

    74 "messages_before" = ListMessages::new("71").before("m1");
    GET "/channels/71/messages" "before=m1" "" => 200 "[]"

    74 "messages_after" = ListMessages::new("71").after("m1");
    GET "/channels/71/messages" "after=m1" "" => 200 "[]"

    75 "message" = GetMessage::new("71", "m1");
    GET "/channels/71/messages/m1" "" "" => 200 r#"{"message":{"id":"m1","content":"a","member":{"roles":["1"],
        "joined_at":"2026-01-02T03:04:05+08:00","nick":"n"}}}"#

    75 "message_bare" = GetMessage::new("71", "m1");
    GET "/channels/71/messages/m1" "" "" => 200 r#"{"id":"m1","mentions":[{"id":"1"}]}"#

    76 "patch_message" = PatchMessage::new("71", "m1", Keyboard::template("k")).msg_id("m0")
        .markdown(Template::custom("102_7").param("t", ["x"]));
    PATCH "/channels/71/messages/m1" "" r#"{"keyboard":{"id":"k"},"msg_id":"m0","markdown":{"custom_template_id":
        "102_7","params":[{"key":"t","values":["x"]}]}}"# => 200
        r#"{"id":"m1","edited_timestamp":"2026-01-02T03:04:05+08:00"}"#

    76 "patch_after_event" = PatchMessage::new("71", "m1", [[Button::callback("a", "d")]]).event_id("E1");
    PATCH "/channels/71/messages/m1" "" r#"{"keyboard":{"content":{"rows":[{"buttons":[{"render_data":{"label":"a",
        "style":1},"action":{"type":1,"permission":{"type":2},"data":"d"}}]}]}},"event_id":"E1"}"# => 200 ""

    77 "recall_channel" = RecallChannel::new("71", "m1").hide_tip(true);
    DELETE "/channels/71/messages/m1" "hidetip=true" "" => 200 ""

    80 "recall_dm" = RecallDm::new("99", "m1").hide_tip(false);
    DELETE "/dms/99/messages/m1" "hidetip=false" "" => 200 ""

    81 "setting_guide" = SendSettingGuide::new("71").content("<@1>");
    POST "/channels/71/settingguide" "" r#"{"content":"<@1>"}"# => 200 r#"{"id":"m6"}"#

    82 "dm_setting_guide" = SendDmSettingGuide::new("99", "7");
    POST "/dms/99/settingguide" "" r#"{"setting_guide":{"guild_id":"7"}}"# => 200 r#"{"id":"m7"}"#

    78 "create_dm" = CreateDm::new("1", "7");
    POST "/users/@me/dms" "" r#"{"recipient_id":"1","source_guild_id":"7"}"# => 200
        r#"{"guild_id":"99","channel_id":"33","create_time":"1784599200"}"#

    83 "react" = AddReaction::new("71", "m1", Reaction::system(203));
    PUT "/channels/71/messages/m1/reactions/1/203" "" "" => 204 ""

    83 "react_unicode" = AddReaction::new("71", "m1", Reaction::unicode('😄'));
    PUT "/channels/71/messages/m1/reactions/2/128516" "" "" => 204 ""

    84 "unreact" = RemoveReaction::new("71", "m1", Reaction::from(&emoji("128516", 2)));
    DELETE "/channels/71/messages/m1/reactions/2/128516" "" "" => 204 ""

    84 "unreact_as_it_came" = RemoveReaction::new("71", "m1", Reaction::from(&emoji("😄", 2)));
    DELETE "/channels/71/messages/m1/reactions/2/128516" "" "" => 204 ""

    85 "reaction_users" = ListReactionUsers::new("71", "m1", Reaction::from(&emoji("4", 1))).cookie("").limit(50_u32);
    GET "/channels/71/messages/m1/reactions/1/4" "cookie=&limit=50" "" => 200 r#"{"users":[{"id":"1","username":"a",
        "avatar":"https://a.example/1"}],"cookie":"c","is_end":true}"#

    86 "pins" = GetPins::new("71");
    GET "/channels/71/pins" "" "" => 200 r#"{"guild_id":"7","channel_id":"71","message_ids":["m1","m2"]}"#

    87 "pin" = AddPin::new("71", "m1");
    PUT "/channels/71/pins/m1" "" "" => 200 r#"{"guild_id":"7","channel_id":"71","message_ids":["m1"]}"#

    88 "unpin" = RemovePin::new("71", "m1");
    DELETE "/channels/71/pins/m1" "" "" => 204 ""

    88 "unpin_all" = RemovePin::all("71");
    DELETE "/channels/71/pins/all" "" "" => 204 ""
}

#[allow(clippy::field_reassign_with_default, reason = "outside of the crate there is no other way")]
fn emoji(id: &'static str, kind: i64) -> Emoji<'static> {
    let mut emoji = Emoji::default();
    emoji.id = id.into();
    emoji.kind = Some(EmojiKind::from(kind));
    emoji
}
