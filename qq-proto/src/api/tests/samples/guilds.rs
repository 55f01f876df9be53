use qq_proto::api::*;
use qq_proto::model::{ChannelKind, ChannelSubKind};

super::samples! {
    4 "me" = GetMe::new();
    GET "/users/@me" "" "" => 200 r#"{"id":"901","username":"天气","avatar":"https://a.example/1?k=2","bot":true,
        "union_openid":"U1","union_user_account":"acc","share_url":"https://s.example/","welcome_msg":"hi"}"#

    5 "my_guilds" = ListMyGuilds::new().after("10").limit(2_u32);
    GET "/users/@me/guilds" "after=10&limit=2" "" => 200 r#"[{"id":"11","name":"A"},{"id":12,"name":"天气",
        "icon":"https://i.example/","owner_id":"5","owner":true,"joined_at":"2026-01-02T03:04:05+08:00",
        "member_count":3,"max_members":"300","description":""}]"#

    50 "guild" = GetGuild::new("70/1");
    GET "/guilds/70%2F1" "" "" => 200 r#"{"id":"70/1","name":"G","icon":"","description":"d","owner_id":"1",
        "owner":false,"member_count":10,"max_members":200,"joined_at":"2026-01-02T03:04:05+08:00"}"#

    96 "message_setting" = GetMessageSetting::new("7");
    GET "/guilds/7/message/setting" "" "" => 200 r#"{"disable_create_dm":"true","disable_push_msg":false,
        "channel_ids":["1","2"],"channel_push_max_num":20}"#

    51 "channels" = ListChannels::new("7");
    GET "/guilds/7/channels" "" "" => 200 r#"[{"id":"71","guild_id":"7","name":"c","type":0,"sub_type":1,
        "position":2,"parent_id":"0","owner_id":"1","private_type":0,"speak_permission":1},
        {"id":"72","guild_id":"7","name":"new kind","type":10099,"application_id":"1000051"}]"#

    52 "create_channel" = CreateChannel::new("7", "密谈", ChannelKind::Text).sub_kind(ChannelSubKind::Notice)
        .position(3_u32).parent_id("70").private_type(ChannelPrivacy::Chosen).private_user_ids(["5", "6"])
        .speak_permission(SpeakPermission::Everyone);
    POST "/guilds/7/channels" "" r#"{"name":"密谈","type":0,"sub_type":1,"position":3,"parent_id":"70",
        "private_type":2,"private_user_ids":["5","6"],"speak_permission":1}"# => 200
        r#"{"id":"73","guild_id":"7","name":"密谈","type":0}"#

    52 "create_application_channel" = CreateChannel::new("7", "app", ChannelKind::Application)
        .application_id("1000010");
    POST "/guilds/7/channels" "" r#"{"name":"app","type":10006,"application_id":"1000010"}"# => 200
        r#"{"id":"74","guild_id":"7","name":"app","type":10006,"application_id":"1000010"}"#

    53 "channel" = GetChannel::new("71");
    GET "/channels/71" "" "" => 200 r#"{"id":"71","guild_id":"7","name":"c","type":2,"permissions":"7",
        "op_user_id":"4"}"#

    54 "patch_channel" = PatchChannel::new("71").name("天气").position(1_u32).parent_id("0")
        .private_type(ChannelPrivacy::Admins).speak_permission(SpeakPermission::Chosen);
    PATCH "/channels/71" "" r#"{"name":"天气","position":1,"parent_id":"0","private_type":1,"speak_permission":2}"#
        => 200 r#"{"id":"71","name":"天气","position":1}"#

    54 "patch_nothing" = PatchChannel::new("71");
    PATCH "/channels/71" "" "{}" => 200 r#"{"id":"71"}"#

    55 "delete_channel" = DeleteChannel::new("71");
    DELETE "/channels/71" "" "" => 200 ""

    56 "online_nums" = GetOnlineNums::new("71");
    GET "/channels/71/online_nums" "" "" => 200 r#"{"online_nums":4}"#

    57 "voice_members" = ListVoiceMembers::new("71");
    GET "/channels/71/voice/members" "" "" => 200 r#"[{"user":{"id":"1","username":"a","bot":false},"nick":"n",
        "roles":["1","11"],"joined_at":"2026-01-02T03:04:05+08:00"}]"#

    58 "guild_members" = ListGuildMembers::new("7").after("0").limit(400_u32);
    GET "/guilds/7/members" "after=0&limit=400" "" => 200 r#"[{"user":{"id":"1","username":"a","bot":false,
        "union_openid":"","union_user_account":""},"nick":"","roles":["4"],"joined_at":"2026-01-02T03:04:05+08:00"}]"#

    59 "guild_member" = GetGuildMember::new("7", "1");
    GET "/guilds/7/members/1" "" "" => 200 r#"{"user":{"id":"1","username":"a","union_openid":"U"},"roles":[]}"#

    60 "kick" = DeleteGuildMember::new("7", "1").add_blacklist(true).delete_history(DeleteHistory::All);
    DELETE "/guilds/7/members/1" "" r#"{"add_blacklist":true,"delete_history_msg_days":-1}"# => 204 ""

    60 "kick_plainly" = DeleteGuildMember::new("7", "1");
    DELETE "/guilds/7/members/1" "" "" => 204 ""
}
