use qq_proto::api::*;

super::samples! {
    61 "role_members" = ListRoleMembers::new("7", "4").start_index("0").limit(2_u32);
    GET "/guilds/7/roles/4/members" "start_index=0&limit=2" "" => 200 r#"{"data":[{"user":{"id":"1","username":"a"},
        "nick":"n","joined_at":"2026-01-02T03:04:05+08:00"}],"next":"5"}"#

    62 "roles" = ListRoles::new("7");
    GET "/guilds/7/roles" "" "" => 200 r#"{"guild_id":"7","roles":[{"id":"4","name":"o","color":4294927682,"hoist":1,
        "number":1,"member_limit":1}],"role_num_limit":"30"}"#

    63 "create_role" = CreateRole::new("7", RoleChange::new().name("r").color(4_294_927_682).hoist(true));
    POST "/guilds/7/roles" "" r#"{"name":"r","color":4294927682,"hoist":1}"# => 200
        r#"{"role_id":"11","role":{"id":"11","name":"r","color":4294927682,"hoist":"1","number":0,"member_limit":5}}"#

    63 "create_role_older" = CreateRole::new("7", RoleChange::new().name("r").hoist(false).older_form("7"));
    POST "/guilds/7/roles" "" r#"{"guild_id":"7","filter":{"name":1,"hoist":1},"info":{"name":"r","hoist":0}}"# => 200
        r#"{"role_id":"11","guild_id":"7","role":{"id":"11"}}"#

    64 "patch_role" = PatchRole::new("7", "11", RoleChange::new().color(99_999));
    PATCH "/guilds/7/roles/11" "" r#"{"color":99999}"# => 200
        r#"{"guild_id":"7","role_id":"11","role":{"id":"11","color":99999}}"#

    65 "delete_role" = DeleteRole::new("7", "11");
    DELETE "/guilds/7/roles/11" "" "" => 204 ""

    66 "give_role" = AddMemberRole::new("7", "1", "11");
    PUT "/guilds/7/members/1/roles/11" "" "" => 204 ""

    66 "give_channel_admin" = AddMemberRole::new("7", "1", "5").channel("71");
    PUT "/guilds/7/members/1/roles/5" "" r#"{"channel":{"id":"71"}}"# => 204 ""

    67 "take_role" = RemoveMemberRole::new("7", "1", "11");
    DELETE "/guilds/7/members/1/roles/11" "" "" => 204 ""

    67 "take_channel_admin" = RemoveMemberRole::new("7", "1", "5").channel("71");
    DELETE "/guilds/7/members/1/roles/5" "" r#"{"channel":{"id":"71"}}"# => 204 ""

    68 "user_permissions" = GetUserPermissions::new("71", "1");
    GET "/channels/71/members/1/permissions" "" "" => 200 r#"{"channel_id":"71","user_id":"1","permissions":"28671"}"#

    69 "set_user_permissions" = SetUserPermissions::new("71", "1").grant(ChannelBits::VIEW | ChannelBits::SPEAK)
        .revoke(ChannelBits::LIVE);
    PUT "/channels/71/members/1/permissions" "" r#"{"add":"5","remove":"8"}"# => 204 ""

    70 "role_permissions" = GetRolePermissions::new("71", "11");
    GET "/channels/71/roles/11/permissions" "" "" => 200 r#"{"channel_id":"71","role_id":"11","permissions":5}"#

    71 "set_role_permissions" = SetRolePermissions::new("71", "11").grant(ChannelBits::SPEAK)
        .revoke(ChannelBits::empty());
    PUT "/channels/71/roles/11/permissions" "" r#"{"add":"4","remove":"0"}"# => 204 ""

    72 "set_permissions_of_many" = SetPermissionsOfMany::new("71", ["1", "2"]).revoke(ChannelBits::VIEW);
    PUT "/channels/71/permissions" "" r#"{"user_ids":["1","2"],"remove":"1"}"# => 204 ""

    89 "announce_message" = CreateGuildAnnounce::new("7", NewAnnounce::message("71", "m1"));
    POST "/guilds/7/announces" "" r#"{"channel_id":"71","message_id":"m1"}"# => 200
        r#"{"guild_id":"7","channel_id":"71","message_id":"m1","announces_type":0,"recommend_channels":[]}"#

    89 "announce_channels" = CreateGuildAnnounce::new("7", NewAnnounce::channels(AnnounceKind::Welcome,
        [Recommendation::new("71", "天气")]));
    POST "/guilds/7/announces" "" r#"{"announces_type":1,"recommend_channels":[{"channel_id":"71",
        "introduce":"天气"}]}"# => 200 r#"{"guild_id":"7","channel_id":"0","message_id":"","announces_type":1,
        "recommend_channels":[{"channel_id":"71","introduce":"天气"}]}"#

    90 "delete_announce" = DeleteGuildAnnounce::new("7", "m1");
    DELETE "/guilds/7/announces/m1" "" "" => 204 ""

    90 "delete_announces" = DeleteGuildAnnounce::all("7");
    DELETE "/guilds/7/announces/all" "" "" => 204 ""

    91 "channel_announce" = CreateChannelAnnounce::new("71", "m1");
    POST "/channels/71/announces" "" r#"{"message_id":"m1"}"# => 200
        r#"{"guild_id":"7","channel_id":"71","message_id":"m1"}"#

    92 "delete_channel_announce" = DeleteChannelAnnounce::new("71", "m1");
    DELETE "/channels/71/announces/m1" "" "" => 204 ""

    93 "mute_guild" = MuteGuild::new("7", MuteTime::until(1_784_599_200).or_seconds(60));
    PATCH "/guilds/7/mute" "" r#"{"mute_end_timestamp":"1784599200","mute_seconds":"60"}"# => 204 ""

    94 "mute_guild_members" = MuteGuildMembers::new("7", ["1", "2"], MuteTime::seconds(60));
    PATCH "/guilds/7/mute" "" r#"{"user_ids":["1","2"],"mute_seconds":"60"}"# => 200 r#"{"user_ids":["2"]}"#

    95 "unmute" = MuteGuildMember::new("7", "1", MuteTime::off());
    PATCH "/guilds/7/members/1/mute" "" r#"{"mute_seconds":"0"}"# => 204 ""

    97 "schedules" = ListSchedules::new("71").since(1_784_599_200_000_u64);
    GET "/channels/71/schedules" "since=1784599200000" "" => 200 r#"[{"id":"8","name":"n","description":"d",
        "start_timestamp":"1784599200000","end_timestamp":"1784602800000","creator":{"user":{"id":"1","username":"a",
        "bot":true},"nick":"","joined_at":"2026-01-02T03:04:05+08:00"},"jump_channel_id":"0","remind_type":"5"}]"#

    98 "schedule" = GetSchedule::new("71", "8");
    GET "/channels/71/schedules/8" "" "" => 200 r#"{"id":"8","name":"n","remind_type":9}"#

    99 "create_schedule" = CreateSchedule::new("71", NewSchedule::new("天气", 1_784_599_200_000_u64,
        1_784_602_800_000_u64).description("d").jump_channel_id("72").remind(Remind::QuarterHour));
    POST "/channels/71/schedules" "" r#"{"schedule":{"name":"天气","start_timestamp":"1784599200000",
        "end_timestamp":"1784602800000","description":"d","jump_channel_id":"72","remind_type":"3"}}"# => 200
        r#"{"id":"8","name":"天气"}"#

    100 "patch_schedule" = PatchSchedule::new("71", "8", NewSchedule::new("n", 1_u64, 2_u64));
    PATCH "/channels/71/schedules/8" "" r#"{"schedule":{"name":"n","start_timestamp":"1","end_timestamp":"2"}}"# => 200
        r#"{"id":"8"}"#

    101 "delete_schedule" = DeleteSchedule::new("71", "8");
    DELETE "/channels/71/schedules/8" "" "" => 204 ""

    102 "audio_start" = ControlAudio::new("71", AudioControl::start_with_text("https://s.example/1.mp3", "天气"));
    POST "/channels/71/audio" "" r#"{"audio_url":"https://s.example/1.mp3","text":"天气","status":0}"# => 200 "{}"

    102 "audio_start_plainly" = ControlAudio::new("71", AudioControl::start("https://s.example/1.mp3"));
    POST "/channels/71/audio" "" r#"{"audio_url":"https://s.example/1.mp3","status":0}"# => 200 "{}"

    102 "audio_pause" = ControlAudio::new("71", AudioControl::Pause);
    POST "/channels/71/audio" "" r#"{"status":1}"# => 200 "{}"

    102 "audio_resume" = ControlAudio::new("71", AudioControl::Resume);
    POST "/channels/71/audio" "" r#"{"status":2}"# => 200 "{}"

    102 "audio_stop" = ControlAudio::new("71", AudioControl::Stop);
    POST "/channels/71/audio" "" r#"{"status":3}"# => 200 "{}"

    103 "take_mic" = TakeMic::new("71");
    PUT "/channels/71/mic" "" "{}" => 200 "{}"

    104 "leave_mic" = LeaveMic::new("71");
    DELETE "/channels/71/mic" "" "" => 200 ""

    105 "threads" = ListThreads::new("71");
    GET "/channels/71/threads" "" "" => 200 r#"{"threads":[{"guild_id":"7","channel_id":"71","author_id":1,
        "thread_info":{"thread_id":"t1","title":"n","content":"{\"paragraphs\":[{\"elems\":[{\"type\":1,\"text\":{\"text\":\"a\"}}]}]}","date_time":"2026-01-02T03:04:05+08:00"}}],"is_finish":1}"#

    106 "thread" = GetThread::new("71", "t1");
    GET "/channels/71/threads/t1" "" "" => 200 r#"{"thread":{"guild_id":"7","channel_id":"71","author_id":"1",
        "thread_info":{"thread_id":"t1","title":"n","date_time":"2026-01-02T03:04:05+08:00"}}}"#

    107 "create_thread" = CreateThread::new("71", "天气", ThreadContent::markdown("# 天气"));
    PUT "/channels/71/threads" "" r##"{"title":"天气","content":"# 天气","format":3}"## => 200
        r#"{"task_id":"9","create_time":"1784599200"}"#

    107 "create_thread_text" = CreateThread::new("71", "n", ThreadContent::text("t"));
    PUT "/channels/71/threads" "" r#"{"title":"n","content":"t","format":1}"# => 200 r#"{"task_id":9}"#

    107 "create_thread_html" = CreateThread::new("71", "n", ThreadContent::html("<b>t</b>"));
    PUT "/channels/71/threads" "" r#"{"title":"n","content":"<b>t</b>","format":2}"# => 200 r#"{"task_id":"9"}"#

    107 "create_thread_json" = CreateThread::new("71", "n", ThreadContent::json(r#"{"paragraphs":[]}"#));
    PUT "/channels/71/threads" "" r#"{"title":"n","content":"{\"paragraphs\":[]}","format":4}"# => 200
        r#"{"task_id":"9"}"#

    108 "delete_thread" = DeleteThread::new("71", "t1");
    DELETE "/channels/71/threads/t1" "" "" => 204 ""

    109 "comment" = CommentThread::new("71", "t1", "1", "天气").thread_create_time("1784599200")
        .image("https://p.example/1.png");
    POST "/channels/71/threads/t1/comment" "" r#"{"thread_author":"1","content":"天气",
        "thread_create_time":"1784599200","image":"https://p.example/1.png"}"# => 200
        r#"{"task_id":"10","create_time":1784599200}"#

    110 "api_permissions" = ListApiPermissions::new("7");
    GET "/guilds/7/api_permission" "" "" => 200 r#"{"apis":[{"path":"/guilds/{guild_id}","method":"GET","desc":"d",
        "auth_status":1}]}"#

    111 "demand" = DemandApiPermission::new("7", "71", ApiIdentify::new("/guilds/{guild_id}", "GET"), "天气");
    POST "/guilds/7/api_permission/demand" "" r#"{"channel_id":"71","api_identify":{"path":"/guilds/{guild_id}",
        "method":"GET"},"desc":"天气"}"# => 200 r#"{"guild_id":"7","channel_id":"71","api_identify":
        {"path":"/guilds/{guild_id}","method":"GET"},"title":"t","desc":"天气"}"#
}
