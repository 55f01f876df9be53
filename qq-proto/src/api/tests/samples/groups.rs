use qq_proto::api::*;

super::samples! {
    24 "group_info" = GetGroupInfo::new("G");
    GET "/v2/groups/G/info" "" "" => 200 r#"{"group_openid":"G","group_name":"n","group_finger_memo":"m",
        "group_class_text":"c","group_tags":["a","b"],"group_member_num":"256"}"#

    25 "bot_state" = GetBotState::new("G");
    GET "/v2/groups/G/bot_state" "" "" => 200 r#"{"member_openid":"B","joined_at":"2026-01-02T03:04:05+08:00",
        "allow_proactive_msg":true,"recv_msg_setting":"mention_and_context","member_role":"admin"}"#

    26 "group_members" = ListGroupMembers::new("G").cursor("c=/1");
    GET "/v2/groups/G/members" "cursor=c%3D%2F1" "" => 200 r#"{"members":[{"member_openid":"M","username":"u",
        "member_role":"owner","bot":false,"joined_at":"2026-01-02T03:04:05+08:00","union_openid":"U"}],
        "next_cursor":"c2"}"#

    27 "group_member" = GetGroupMember::new("G", "M");
    GET "/v2/groups/G/members/M" "" "" => 200 r#"{"member_openid":"M","username":"u","member_role":"emperor",
        "bot":true,"joined_at":"2026-01-02T03:04:05Z"}"#

    28 "group_members_legacy" = ListGroupMembersLegacy::new("G").limit(500_u32).start_index(3_u64);
    POST "/v2/groups/G/members" "" r#"{"limit":500,"start_index":3}"# => 200
        r#"{"members":[{"member_openid":"M","join_timestamp":1784599200}],"next_index":4}"#

    28 "group_members_legacy_plainly" = ListGroupMembersLegacy::new("G");
    POST "/v2/groups/G/members" "" "{}" => 200 r#"{"members":[]}"#

    29 "remove_group_members" = RemoveGroupMembers::new("G", ["M", "N"]).add_to_member_blacklist(true);
    POST "/v2/groups/G/batch_remove_members" "" r#"{"member_openids":["M","N"],"add_to_member_blacklist":true}"# => 200
        r#"{"remove_members_result":"success","add_to_member_blacklist_fail_openids":["N"]}"#

    30 "blacklist" = ListBlacklist::new("G").cursor("").limit(100_u32);
    GET "/v2/groups/G/member_blacklist" "cursor=&limit=100" "" => 200 r#"{"users":[{"union_openid":"U",
        "member_openid":"M","username":"u","banned_at":"2026-01-02T03:04:05+08:00","bot":true}],"next_cursor":""}"#

    31 "update_blacklist" = UpdateBlacklist::new("G", ListOp::Add, ["M"]);
    POST "/v2/groups/G/member_blacklist" "" r#"{"op":"add","member_openids":["M"]}"# => 200 r#"{"fail_openids":["M"]}"#

    32 "group_mute" = GetGroupMute::new("G");
    GET "/v2/groups/G/restrict_chat_setting" "" "" => 200 r#"{"global_rule":{"mode":"schedule","schedule_rules":[
        {"task_id":"t1","start_at":"2026-01-02T03:04:05+08:00","end_at":"2026-01-02T04:04:05+08:00","enabled":true}],
        "recurring_rules":[{"task_id":"t2","weekdays":[1,7],"start_time":"23:00","end_time":"06:00","enabled":false}]},
        "members":[{"member_openid":"M","mute_expire_at":"2026-01-02T03:04:05+08:00","username":"u",
        "union_openid":"U"}]}"#

    33 "mute_group_members" = MuteGroupMembers::new("G", [MemberMute::until("M", "2026-01-02T03:04:05+08:00"),
        MemberMute::change("N", "2026-01-03T03:04:05+08:00"), MemberMute::off("O")]);
    POST "/v2/groups/G/restrict_chat_setting" "" r#"{"members":[
        {"op":"add","member_openid":"M","mute_expire_at":"2026-01-02T03:04:05+08:00"},
        {"op":"update","member_openid":"N","mute_expire_at":"2026-01-03T03:04:05+08:00"},
        {"op":"del","member_openid":"O","mute_expire_at":""}]}"# => 200 "{}"

    34 "join_requests" = ListJoinRequests::new("G").cursor("c").limit(50_u32);
    GET "/v2/groups/G/join_request_list" "cursor=c&limit=50" "" => 200 r#"{"list":[{"join_request_id":"J",
        "risk_tips":"","union_openid":"U","member_openid":"M","username":"u","apply_at":"2026-01-02T03:04:05+08:00",
        "apply_source":"invited","invited_by":"N","bot":false,"verify_info":{"method":"admin_review_qa",
        "verify_message":"","review_qa_list":[{"question":"q","answer":"a"}]}}],"next_cursor":"d"}"#

    35 "approve" = DecideJoinRequest::new("G", "M", JoinDecision::Approve);
    POST "/v2/groups/G/approval_join_request/M" "" r#"{"op":"approve"}"# => 200 "{}"

    35 "decline" = DecideJoinRequest::new("G", "M", JoinDecision::Decline).join_request_id("J").reject_reason("密")
        .add_to_member_blacklist(true);
    POST "/v2/groups/G/approval_join_request/M" "" r#"{"op":"decline","join_request_id":"J","reject_reason":"密",
        "add_to_member_blacklist":true}"# => 200 "{}"

    36 "create_strategy" = CreateJoinStrategy::new(StrategyGroups::openids(["G"])).is_enable(OnOff::Off)
        .expire_at("2027-01-02T03:04:05+08:00").remark("r");
    POST "/v2/groups/join_approval_strategy" "" r#"{"group_openids":["G"],"is_enable":"off",
        "expire_at":"2027-01-02T03:04:05+08:00","remark":"r"}"# => 200
        r#"{"strategy_id":"st_1","is_enable":"off","expire_at":"2027-01-02T03:04:05+08:00"}"#

    36 "create_strategy_by_number" = CreateJoinStrategy::new(StrategyGroups::numbers([12_345_678_901]));
    POST "/v2/groups/join_approval_strategy" "" r#"{"group_ids":[12345678901]}"# => 200 r#"{"strategy_id":"st_2"}"#

    37 "strategies" = ListJoinStrategies::new().cursor("c").limit(1_u32);
    GET "/v2/groups/join_approval_strategy" "cursor=c&limit=1" "" => 200 r#"{"strategies":[{"strategy_id":"st_1",
        "group_openids":["G"],"group_ids":[12,"3****4"],"whitelist_user_count":2,"is_enable":"on",
        "expire_at":"2027-01-02T03:04:05+08:00","created_at":"2026-01-02T03:04:05+08:00",
        "updated_at":"2026-01-02T03:04:05+08:00","remark":"r"}],"next_cursor":""}"#

    38 "patch_strategy" = PatchJoinStrategy::new("st_1").is_enable(OnOff::On).expire_at("2027-01-02T03:04:05+08:00")
        .remark("r").group_action(GroupAction::new(ListOp::Delete, StrategyGroups::openids(["G"])));
    PATCH "/v2/groups/join_approval_strategy/st_1" "" r#"{"is_enable":"on","expire_at":"2027-01-02T03:04:05+08:00",
        "remark":"r","group_action":{"op":"del","group_openids":["G"]}}"# => 200 r#"{"is_enable":"on"}"#

    38 "patch_strategy_by_number" = PatchJoinStrategy::new("st_1")
        .group_action(GroupAction::new(ListOp::Add, StrategyGroups::numbers([7])));
    PATCH "/v2/groups/join_approval_strategy/st_1" "" r#"{"group_action":{"op":"add","group_ids":[7]}}"# => 200
        r#"{"is_enable":"perhaps","expire_at":"2027-01-02T03:04:05+08:00"}"#

    39 "delete_strategy" = DeleteJoinStrategy::new("st_1");
    DELETE "/v2/groups/join_approval_strategy/st_1" "" "" => 200 "{}"

    40 "execute_strategy" = ExecuteJoinStrategy::new("st_1");
    POST "/v2/groups/join_approval_strategy/st_1/execute" "" "{}" => 200 "{}"

    41 "whitelist" = UpdateJoinWhitelist::new("st_1", ListOp::Add, ["10001", "10002"]);
    POST "/v2/groups/join_approval_strategy/st_1/whitelist_users" "" r#"{"op":"add",
        "whitelist_users":["10001","10002"]}"# => 200
        r#"{"strategy_id":"st_1","whitelist_user_count":"2","updated_at":"2026-01-02T03:04:05+08:00"}"#
}
