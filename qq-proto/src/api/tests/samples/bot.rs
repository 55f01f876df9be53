use qq_proto::api::*;
use qq_proto::model::ShardPair;

super::samples! {
    2 "gateway" = GetGateway::new();
    GET "/gateway" "" "" => 200 r#"{"url":"wss://g.example/ws"}"#

    3 "gateway_bot" = GetGatewayBot::new();
    GET "/gateway/bot" "" "" => 200 r#"{"url":"wss://g.example/ws","shards":"4",
        "session_start_limit":{"total":1000,"remaining":"998","reset_after":3600000,"max_concurrency":2}}"#

    6 "share_link" = CreateShareLink::new().callback_data("from-poster");
    POST "/v2/generate_url_link" "" r#"{"callback_data":"from-poster"}"# => 200
        r#"{"data":{"url":"https://q.example/1"}}"#

    6 "share_link_older" = CreateShareLink::new();
    POST "/v2/generate_url_link" "" "{}" => 200 r#"{"url_link":"https://q.example/2"}"#

    7 "webhook_session" = CreateWebhookSession::new(1_u64 << 30, ShardPair { index: 1, count: 4 }, "https://b.example/");
    POST "/gateway/webhook/sessions" "" r#"{"intents":1073741824,"shards":[1,4],"callback_url":"https://b.example/"}"#
        => 200 r#"{"version":1,"session_id":"S-1","bot":{"id":"9","username":"b"},"shard":[1,4]}"#

    8 "webhook_sessions" = ListWebhookSessions::new();
    GET "/gateway/webhook/sessions" "" "" => 200 r#"[{"app_id":102,"session_id":"S-1","env":"formal","intents":5,
        "callback_url":"https://b.example/","last_heartbeat_time":"2026-01-02T03:04:05+08:00","state":"active",
        "shards":[0,1]}]"#

    9 "webhook_check" = CheckWebhookSessions::new();
    PATCH "/gateway/webhook/sessions" "action=check" "" => 200 "[]"

    10 "webhook_delete" = DeleteWebhookSession::new("S-1");
    DELETE "/gateway/webhook/sessions/S-1" "" "" => 204 ""

    16 "c2c_file_by_link" = UploadC2cFile::new("U", FileSource::url(FileKind::Image, "https://p.example/1.png"))
        .send_at_once(false);
    POST "/v2/users/U/files" "" r#"{"file_type":1,"url":"https://p.example/1.png","srv_send_msg":false}"# => 200
        r#"{"file_uuid":"f-1","file_info":"b3BhcXVl","ttl":3600}"#

    16 "c2c_file_by_bytes" = UploadC2cFile::new("U", FileSource::bytes(FileKind::File, b"foob")).name("a.zip");
    POST "/v2/users/U/files" "" r#"{"file_type":4,"file_data":"Zm9vYg==","file_name":"a.zip"}"# => 200
        r#"{"file_uuid":"f-2","file_info":"b3BhcXVl","ttl":0,"id":"ROBOT1.0_x","raw_url":"https://c.example/?s=1"}"#

    17 "group_file" = UploadGroupFile::new("G", FileSource::upload("up-1"));
    POST "/v2/groups/G/files" "" r#"{"upload_id":"up-1"}"# => 200 r#"{"file_info":"b3BhcXVl"}"#

    17 "group_file_told_again" = UploadGroupFile::new("G", FileSource::upload("up-1").of_kind(FileKind::Video))
        .name("v.mp4").send_at_once(true);
    POST "/v2/groups/G/files" "" r#"{"file_type":2,"upload_id":"up-1","srv_send_msg":true,"file_name":"v.mp4"}"# => 200
        r#"{"file_uuid":"f-3","file_info":"b3BhcXVl","ttl":"60"}"#

    18 "c2c_prepare" = PrepareC2cUpload::new("U", file(false));
    POST "/v2/users/U/upload_prepare" "" r#"{"file_type":4,"file_size":"31457280","file_name":"密.pdf",
        "md5":"00112233445566778899aabbccddeeff","sha1":"00112233445566778899aabbccddeeff00112233",
        "md5_10m":"ffeeddccbbaa99887766554433221100"}"# => 200 r#"{"upload_id":"up-1","block_size":"10485760",
        "parts":[{"index":0,"presigned_url":"https://c.example/?s=2","block_size":"10485760"},{"index":1}],
        "upload_config":{"concurrency":1,"retry_timeout":300,"retry_delay":1}}"#

    19 "group_prepare" = PrepareGroupUpload::new("G", file(true));
    POST "/v2/groups/G/upload_prepare" "" r#"{"file_type":4,"file_size":31457280,"file_name":"密.pdf",
        "md5":"00112233445566778899aabbccddeeff","sha1":"00112233445566778899aabbccddeeff00112233",
        "md5_10m":"ffeeddccbbaa99887766554433221100"}"# => 200 r#"{"upload_id":"up-1","block_size":5242880,
        "parts":[{"index":1,"presigned_url":"https://c.example/?s=2"}],"concurrency":2,"retry_timeout":120,
        "retry_delay":3}"#

    21 "c2c_part" = FinishC2cPart::new("U", "up-1", 1_u64, 5_u64, "ffeeddccbbaa99887766554433221100");
    POST "/v2/users/U/upload_part_finish" "" r#"{"upload_id":"up-1","part_index":1,"block_size":"5",
        "md5":"ffeeddccbbaa99887766554433221100"}"# => 200 "{}"

    22 "group_part" = FinishGroupPart::new("G", "up-1", 0_u64, 5_u64, "ffeeddccbbaa99887766554433221100");
    POST "/v2/groups/G/upload_part_finish" "" r#"{"upload_id":"up-1","part_index":0,"block_size":"5",
        "md5":"ffeeddccbbaa99887766554433221100"}"# => 200 ""

    23 "ack" = AckInteraction::new("INTERACTION_CREATE:0a1b", AckCode::AdminsOnly);
    PUT "/interactions/0a1b" "" r#"{"code":5}"# => 200 "ok"

    23 "ack_with_data" = AckInteraction::new("0a1b", AckCode::Done).data(AckData::new(&["天气"]).unwrap());
    PUT "/interactions/0a1b" "" r#"{"code":0,"data":["天气"]}"# => 200 "{}"

    42 "menu" = GetMenu::new();
    GET "/v2/menu" "" "" => 200 r#"{"version":3,"menu":{"items":[{"type":"send_message","name":"help",
        "send_message":"/help"},{"type":"switch","name":"net","switch":{"switch_id":"s","default":true}},
        {"type":"link","name":"home","link":"https://h.example"},{"type":"menu","name":"more","sub_menu_items":
        [{"type":"send_message","name":"a","send_message":"/a"},{"type":"link","name":"b","link":"https://b"}]},
        {"type":"hologram","name":"new"}]}}"#

    42 "menu_unset" = GetMenu::new();
    GET "/v2/menu" "" "" => 200 r#"{"version":0,"menu":null}"#

    43 "put_menu" = PutMenu::new([
        NewMenuItem::says("天气", "/天气"),
        NewMenuItem::opens("home", "https://h.example"),
        NewMenuItem::switches("net", "s", false),
        NewMenuItem::unfolds("more", [NewSubMenuItem::says("a", "/a"), NewSubMenuItem::opens("b", "https://b.example")]),
    ]);
    PUT "/v2/menu" "" r#"{"menu":{"items":[{"type":"send_message","name":"天气","send_message":"/天气"},
        {"type":"link","name":"home","link":"https://h.example"},{"type":"switch","name":"net",
        "switch":{"switch_id":"s","default":false}},{"type":"menu","name":"more","sub_menu_items":[
        {"type":"send_message","name":"a","send_message":"/a"},{"type":"link","name":"b","link":"https://b.example"}]}]}}"#
        => 200 r#"{"version":4}"#

    44 "panels" = ListPanels::new(PanelScope::C2c).cursor("c1").limit(50_u32);
    GET "/v2/panels" "scope=c2c&cursor=c1&limit=50" "" => 200 r#"{"records":[{"panel_id":"p_1","scope":"c2c",
        "target_type":"all","panel":{"items":[{"type":"command","name":"w","desc":"d","only_admin":true},
        {"type":"link","name":"l","link":"https://l.example"}],"remark":"r","version":2},
        "created_at":"2026-01-02T03:04:05+08:00","updated_at":"2026-01-02T03:04:05+08:00","version":1}],
        "next_cursor":"c2","is_end":false}"#

    45 "create_panel" = CreatePanel::new(PanelScope::Group, NewPanel::of([NewPanelItem::command("天气", "查天气")])
        .remark("r")).target_type(PanelTarget::Specific).group_openids(["G"]);
    POST "/v2/panels" "" r#"{"scope":"group","panel":{"items":[{"type":"command","name":"天气","desc":"查天气"}],
        "remark":"r"},"target_type":"specific","group_openids":["G"]}"# => 200 r#"{"panel_id":"p_1"}"#

    45 "create_panel_for_users" = CreatePanel::new(PanelScope::C2c, NewPanel::of([NewPanelItem::opens("l",
        "https://l.example").only_admin(false)])).user_openids(["U"]);
    POST "/v2/panels" "" r#"{"scope":"c2c","panel":{"items":[{"type":"link","name":"l","only_admin":false,
        "link":"https://l.example"}]},"user_openids":["U"]}"# => 200 r#"{"panel_id":"p_2"}"#

    46 "panel" = GetPanel::new("p_1");
    GET "/v2/panels/p_1" "" "" => 200 r#"{"panel_id":"p_1","scope":"dm","target_type":"specific","panel":{"items":[]},
        "version":1,"user_openids":["U"],"group_openids":[]}"#

    47 "put_panel" = PutPanel::new("p_1", NewPanel::of([NewPanelItem::command("w", "d")]).version(7_u64));
    PUT "/v2/panels/p_1" "" r#"{"panel":{"items":[{"type":"command","name":"w","desc":"d"}],"version":7}}"# => 200
        r#"{"version":8}"#

    48 "delete_panel" = DeletePanel::new("p_1");
    DELETE "/v2/panels/p_1" "" "" => 200 "{}"

    49 "panel_users" = PutPanelTarget::new("p_1", ListOp::Add).user_openids(["U"]);
    PUT "/v2/panels/p_1/target" "" r#"{"op":"add","user_openids":["U"]}"# => 200 "{}"

    49 "panel_groups" = PutPanelTarget::new("p_1", ListOp::Delete).group_openids(["G"]);
    PUT "/v2/panels/p_1/target" "" r#"{"op":"del","group_openids":["G"]}"# => 200 "{}"
}

fn file(numeric_size: bool) -> FileToUpload {
    FileToUpload {
        kind: FileKind::File,
        size: 31_457_280,
        name: "密.pdf".into(),
        md5: "00112233445566778899aabbccddeeff".into(),
        sha1: "00112233445566778899aabbccddeeff00112233".into(),
        md5_10m: "ffeeddccbbaa99887766554433221100".into(),
        numeric_size,
    }
}
