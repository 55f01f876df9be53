//! The view over the samples of all scenes, and over the project's fixtures where `QQ_FIXTURES` names them.

extern crate std;

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};

use proptest::prelude::*;

use super::text::{unescaped, without};
use super::{Addressed, AttachmentKind, MessageView, Role};
use crate::api::{Scene, Trigger};
use crate::dispatch::Dispatch;
use crate::id::ShardIndex;
use crate::samples;
use crate::wire::{self, Incoming};

/// The bot of the samples, in the guild system.
const ME: &str = "9120000000000000007";

fn dispatch(frame: &str) -> Dispatch {
    match wire::decode(&frame.to_string().into()) {
        Ok(Incoming::Dispatch(parts)) => Dispatch::new(ShardIndex::new(0), 0, parts),
        other => panic!("{other:?}"),
    }
}

fn sample(label: &str) -> Dispatch {
    dispatch(samples::get(label).unwrap_or_else(|| panic!("{label}")).frame)
}

fn with<R>(label: &str, look: impl FnOnce(MessageView<'_>) -> R) -> R {
    look(sample(label).message().unwrap().unwrap().seen_by(ME))
}

#[test]
fn each_scene_says_who_where_and_what() {
    use Addressed as A;
    use Scene as S;
    for (label, scene, addressed, role, text) in [
        ("C2C_MESSAGE_CREATE/text", S::C2c, A::Direct, None, "今晚有空吗？"),
        ("C2C_MESSAGE_CREATE/image", S::C2c, A::Direct, None, ""),
        ("C2C_MESSAGE_CREATE/image_without_scheme", S::C2c, A::Direct, None, ""),
        ("C2C_MESSAGE_CREATE/parallel", S::C2c, A::Direct, None, "one\ntwo"),
        ("C2C_MESSAGE_CREATE/quote", S::C2c, A::Direct, None, "就按这个来"),
        ("GROUP_AT_MESSAGE_CREATE/text", S::Group, A::Mention, Some(Role::Member), "提醒我八点开会"),
        ("GROUP_AT_MESSAGE_CREATE/author_2023", S::Group, A::Mention, None, "/today"),
        ("GROUP_AT_MESSAGE_CREATE/full", S::Group, A::Mention, Some(Role::Admin), "明天几点集合"),
        ("GROUP_AT_MESSAGE_CREATE/mentioned_twice", S::Group, A::Mention, Some(Role::Member), "请 回答"),
        ("GROUP_AT_MESSAGE_CREATE/mention_kept", S::Group, A::Mention, Some(Role::Member), "天气"),
        ("GROUP_AT_MESSAGE_CREATE/image", S::Group, A::Mention, Some(Role::Member), ""),
        ("GROUP_MESSAGE_CREATE/text", S::Group, A::No, Some(Role::Member), "大家早"),
        ("GROUP_MESSAGE_CREATE/author_owner", S::Group, A::No, Some(Role::Owner), "hi"),
        ("GROUP_MESSAGE_CREATE/author_admin", S::Group, A::No, Some(Role::Admin), "hi"),
        ("GROUP_MESSAGE_CREATE/author_without_role", S::Group, A::No, None, "hi"),
        ("GROUP_MESSAGE_CREATE/mention_of_the_bot", S::Group, A::Mention, Some(Role::Member), "状态"),
        ("GROUP_MESSAGE_CREATE/mention_of_all", S::Group, A::Everyone, Some(Role::Member), "@everyone 开会"),
        ("GROUP_MESSAGE_CREATE/quote_of_the_bot", S::Group, A::No, Some(Role::Member), "再说一遍"),
        ("GROUP_MESSAGE_CREATE/lists_are_null", S::Group, A::No, Some(Role::Member), "早"),
        ("AT_MESSAGE_CREATE/text", S::Channel, A::Mention, Some(Role::Member), "1 < 2 & 3"),
        ("AT_MESSAGE_CREATE/mention_of_old", S::Channel, A::Mention, Some(Role::Member), "今天"),
        ("AT_MESSAGE_CREATE/mention_in_the_middle", S::Channel, A::Mention, Some(Role::Member), "请问 几点"),
        ("AT_MESSAGE_CREATE/without_mentions", S::Channel, A::Mention, Some(Role::Member), "hi"),
        ("AT_MESSAGE_CREATE/reply", S::Channel, A::Reply, Some(Role::Member), "再说一遍"),
        ("MESSAGE_CREATE/twin", S::Channel, A::Mention, Some(Role::Member), "谁有票"),
        ("MESSAGE_CREATE/author_owner", S::Channel, A::No, Some(Role::Owner), "hi"),
        ("MESSAGE_CREATE/author_admin", S::Channel, A::No, Some(Role::Admin), "hi"),
        ("MESSAGE_CREATE/author_channel_admin", S::Channel, A::No, Some(Role::ChannelAdmin), "hi"),
        ("MESSAGE_CREATE/everyone", S::Channel, A::Everyone, Some(Role::Member), "@everyone 开会"),
        ("DIRECT_MESSAGE_CREATE/text", S::Dm, A::Direct, None, "悄悄问一下"),
    ] {
        with(label, |message| {
            let found = (message.scene(), message.addressed(), message.sender().role);
            assert_eq!(found, (scene, addressed, role), "{label}");
            assert_eq!(message.text(), text, "{label}");
        });
    }
}

#[test]
fn empty_messages_are_no_lines() {
    let frame = samples::get("C2C_MESSAGE_CREATE/parallel").unwrap().frame;
    let dispatch = dispatch(&frame.replace("\"content\":\"two\"", "\"content\":\" \""));
    assert_eq!(dispatch.message().unwrap().unwrap().text(), "one");
}

#[test]
fn what_others_say_keeps_its_tags() {
    with("GROUP_MESSAGE_CREATE/mention_of_another", |message| {
        let text = message.text();
        assert!(text.starts_with("<@") && text.contains("faceType"), "{text}");
        assert!(matches!(text, Cow::Borrowed(_)));
        assert_eq!(message.content(), &*text);
        let who: Vec<_> = message.mentions().collect();
        assert_eq!((who.len(), &*who[0].name, who[0].is_you, who[0].everyone), (1, "小周", false, false));
    });
    with("GROUP_MESSAGE_CREATE/mention_of_everyone", |message| {
        assert!(message.mentions().all(|mention| mention.everyone && mention.is_you));
        assert!(!message.addressed().personally());
    });
}

#[test]
fn a_guild_bot_is_found_by_its_id_or_by_being_alone() {
    let at = sample("AT_MESSAGE_CREATE/text");
    let unseen = at.message().unwrap().unwrap();
    assert_eq!((unseen.addressed(), &*unseen.text()), (Addressed::Mention, "1 < 2 & 3"));
    assert!(unseen.mentions().all(|mention| mention.is_you));
    // Another bot's eyes: the event's name still says that it is meant, and the tag is somebody else's.
    let other = unseen.clone().seen_by("1");
    assert_eq!(
        (other.addressed(), &*other.text()),
        (Addressed::Mention, "<@!9120000000000000007>\u{a0}1 < 2 & 3")
    );
    // Without its id a bot cannot tell that a message of a private-domain channel is for it.
    let plain = sample("MESSAGE_CREATE/twin");
    assert_eq!(plain.message().unwrap().unwrap().addressed(), Addressed::No);
}

#[test]
fn a_reply_to_the_bot_is_known_by_what_it_sent() {
    with("GROUP_MESSAGE_CREATE/quote_of_the_bot", |message| {
        let quoted = message.quoted().unwrap();
        assert_eq!((&*quoted.text, &*quoted.author, quoted.by_bot), ("八点开会", "日程助手", true));
        assert!(quoted.id.is_empty() && quoted.index.starts_with("REFIDX_"));
        let sent = quoted.index.clone();
        assert_eq!(message.addressed_or(|quoted| quoted.index == sent), Addressed::Reply);
        assert_eq!(message.addressed_or(|quoted| quoted.index == *"REFIDX_other"), Addressed::No);
        assert_eq!(quoted.clone().into_owned(), quoted);
    });
}

#[test]
fn quotes_of_all_kinds() {
    for (label, index, text, files) in [
        ("C2C_MESSAGE_CREATE/quote", "REFIDX_", "八点在东门见", 0),
        ("C2C_MESSAGE_CREATE/quote_of_a_bot", "REFIDX_", "已提醒", 1),
        (
            "C2C_MESSAGE_CREATE/quote_of_a_forward",
            "TMP_",
            "=== 消息 1 ===\n[消息内容] 你好\n\n=== 消息 2 ===\n[消息内容] 再见",
            0,
        ),
        ("C2C_MESSAGE_CREATE/quote_of_a_quote", "REFIDX_", "outer", 0),
        ("GROUP_AT_MESSAGE_CREATE/quote", "REFIDX_", "周六爬山", 0),
    ] {
        with(label, |message| {
            let quoted = message.quoted().unwrap();
            assert!(quoted.index.starts_with(index), "{label}");
            assert_eq!((&*quoted.text, quoted.attachments().count()), (text, files), "{label}");
        });
    }
    with("AT_MESSAGE_CREATE/reply", |message| {
        let quoted = message.quoted().unwrap();
        assert!(quoted.id.starts_with("08") && quoted.text.is_empty() && quoted.index.is_empty());
    });
    for label in ["C2C_MESSAGE_CREATE/forward", "C2C_MESSAGE_CREATE/text", "MESSAGE_CREATE/least"] {
        assert!(with(label, |message| message.quoted().is_none()), "{label}");
    }
}

#[test]
fn attachments_have_one_shape() {
    use AttachmentKind as K;
    for (label, expected) in [
        (
            "C2C_MESSAGE_CREATE/image",
            vec![(K::Image, "https://files.example/get?id=tea&rkey=do-not-show-this&spec=0")],
        ),
        (
            "C2C_MESSAGE_CREATE/image_without_scheme",
            vec![
                (K::Image, "https://files.example/get?id=a&rkey=do-not-show-this"),
                (K::Image, "https://files.example/get?id=b&rkey=do-not-show-this"),
            ],
        ),
        (
            "C2C_MESSAGE_CREATE/video",
            vec![(K::Video, "https://files.example/get?id=v&rkey=do-not-show-this")],
        ),
        (
            "C2C_MESSAGE_CREATE/file",
            vec![(K::File, "https://files.example/get?id=plan&rkey=do-not-show-this")],
        ),
        (
            "C2C_MESSAGE_CREATE/voice",
            vec![(K::Voice, "https://files.example/get?id=voice&rkey=do-not-show-this")],
        ),
        (
            "MESSAGE_CREATE/image",
            vec![
                (K::Image, "https://pic.example/get/70?rkey=do-not-show-this"),
                (K::Unknown, "https://pic.example/get/71"),
            ],
        ),
    ] {
        with(label, |message| {
            let found: Vec<_> =
                message.attachments().map(|file| (file.kind(), file.url().into_owned())).collect();
            let expected: Vec<_> =
                expected.into_iter().map(|(kind, url)| (kind, String::from(url))).collect();
            assert_eq!(found, expected, "{label}");
        });
    }
    with("C2C_MESSAGE_CREATE/voice", |message| {
        let voice = message.attachments().next().unwrap();
        assert_eq!((&*voice.transcript, voice.size, &*voice.name), ("明天下雨吗", Some(4096), "v.amr"));
        assert_eq!(voice.wav.absolute(), "https://files.example/wav?id=voice&rkey=do-not-show-this");
        assert!(!format!("{voice:?}").contains("do-not-show-this"));
        assert_eq!(voice.clone().into_owned(), voice);
    });
}

#[test]
fn places_and_people() {
    with("DIRECT_MESSAGE_CREATE/text", |message| {
        let place = message.conversation();
        assert_eq!((place.id, place.guild_id), ("5120000000000000009", "7310000000000000001"));
        assert_eq!(place.to_string(), "dm/5120000000000000009");
    });
    with("AT_MESSAGE_CREATE/text", |message| {
        assert_eq!(message.conversation().to_string(), "channel/5120001");
        assert_eq!(message.conversation().guild_id, "7310000000000000001");
        assert_eq!((message.sender().name, message.sender().id), ("周周", "1440000000000000001"));
    });
    with("MESSAGE_CREATE/author_by_number", |message| assert_eq!(message.sender().id, "1440000000000000001"));
    with("GROUP_MESSAGE_CREATE/author_is_a_bot", |message| assert!(message.sender().is_bot));
    with("C2C_MESSAGE_CREATE/author_by_id_only", |message| {
        assert_eq!(message.conversation().id, message.sender().id);
        assert_eq!(message.sender().id.len(), 32);
    });
}

/// Frames of the fixtures whose events are messages.
fn fixtures() -> Vec<String> {
    let Some(dir) = std::env::var_os("QQ_FIXTURES") else {
        return Vec::new();
    };
    let dir = std::path::Path::new(&dir).join("gateway");
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let messages = files.filter(|path| path.to_str().unwrap().contains("_message_create"));
    messages.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn every_message_has_its_view() {
    let (mut messages, mut others) = (0, 0);
    for frame in samples::all().map(|sample| sample.frame.to_string()).chain(fixtures()) {
        let dispatch = dispatch(&frame);
        let Some(message) = dispatch.message().unwrap() else {
            assert!(!dispatch.name().ends_with("MESSAGE_CREATE"), "{}", dispatch.name());
            others += 1;
            continue;
        };
        messages += 1;
        assert_eq!(message.reply_to(), dispatch.reply_to());
        let reply_to = message.reply_to().unwrap();
        assert_eq!(reply_to.trigger(), &Trigger::Message(message.id().to_string()));
        assert!(!message.sender().id.is_empty());
        assert!(message.time().is_empty() || message.time().unix_ms().is_some());
        assert!(message.attachments().all(|file| file.url().starts_with("http")));
        let joined = message.content().is_empty();
        assert!(joined || message.text().len() <= message.content().len(), "{}", message.text());
        assert_eq!(message.text().trim(), message.text());
        let owned = message.clone().into_owned();
        assert_eq!((owned.text(), owned.addressed()), (message.text(), message.addressed()));
        assert_eq!(owned, message);
        assert_eq!(message.into_payload(), dispatch.event().unwrap());
    }
    assert!(messages > 60 && others > 60, "{messages} {others}");
}

#[test]
fn own_mentions_are_cut_wherever_they_stand() {
    for (text, expected, copied) in [
        ("", "", false),
        (" hi ", "hi", false),
        ("<@7>", "", false),
        ("<@!7> hi", "hi", false),
        ("<@!7>\u{a0}\u{a0}hi", "hi", false),
        ("<@7><@!7>  hi", "hi", false),
        ("hi <@7>", "hi", false),
        ("<@7> hi <@7>", "hi", false),
        ("a <@7> b", "a b", true),
        ("a<@7>b", "ab", true),
        ("a\n<@7> b", "a\nb", true),
        ("a <@7> b <@7>", "a b", true),
        ("<qqbot-at-user id=\"7\" /> hi", "hi", false),
        ("<qqbot-at-user id=\"8\" /> hi", "<qqbot-at-user id=\"8\" /> hi", false),
        ("<@8> hi", "<@8> hi", false),
        ("<@> <@ 7> <@7 <#7> <emoji:7>", "<@> <@ 7> <@7 <#7> <emoji:7>", false),
        ("<@<@7> x", "<@ x", true),
    ] {
        let found = without(text, |id| id == "7");
        assert_eq!((&*found, matches!(found, Cow::Owned(_))), (expected, copied), "{text:?}");
    }
}

#[test]
fn escapes_are_undone_once() {
    for (text, expected) in [
        ("&lt;@!7&gt; &amp; &amp;lt; &quot; &", "<@!7> & &lt; &quot; &"),
        ("&&lt;", "&<"),
        ("& plain", "& plain"),
        ("中&amp;文", "中&文"),
    ] {
        assert_eq!(unescaped(Cow::Borrowed(text)), expected);
    }
}

proptest! {
    #[test]
    fn cutting_survives_anything(text in "[<@!7> &;ltgamp\u{a0}中q\"/-]{0,60}") {
        let cut = without(&text, |id| id == "7");
        prop_assert_eq!(cut.trim(), &*cut);
        prop_assert!(cut.len() <= text.len());
        let _ = unescaped(cut);
    }
}

mod twins {
    use super::*;
    use crate::twins::{Half, Twins};

    fn look(twins: &mut Twins, label: &str) -> Half {
        with(label, |message| twins.look(&message))
    }

    #[test]
    fn either_half_may_come_first() {
        for (at, plain) in [
            ("GROUP_AT_MESSAGE_CREATE/twin", "GROUP_MESSAGE_CREATE/twin"),
            ("AT_MESSAGE_CREATE/twin", "MESSAGE_CREATE/twin"),
        ] {
            for (one, two) in [(at, plain), (plain, at), (at, at), (plain, plain)] {
                let mut twins = Twins::new(7);
                assert_eq!(look(&mut twins, one), Half::First, "{one} {two}");
                assert_eq!(look(&mut twins, two), Half::Repeat, "{one} {two}");
                assert_eq!(look(&mut twins, one), Half::Repeat, "{one} {two}");
            }
        }
    }

    /// The half that is not marked as meant for the bot, whichever way.
    fn unmarked() -> Dispatch {
        let frame = samples::get("GROUP_MESSAGE_CREATE/twin").unwrap().frame;
        dispatch(&frame.replace("\"is_you\":true", "\"is_you\":false"))
    }

    #[test]
    fn who_acts_on_messages_to_the_bot_acts_once() {
        for (first, second) in [(true, false), (false, true)] {
            let (mut twins, mut acted) = (Twins::new(7), 0);
            let mut halves = Vec::new();
            for marked in [first, second, first, second] {
                let dispatch = if marked { sample("GROUP_AT_MESSAGE_CREATE/twin") } else { unmarked() };
                let message = dispatch.message().unwrap().unwrap();
                let half = twins.look(&message);
                acted += u32::from(half != Half::Repeat && message.addressed().personally());
                halves.push(half);
            }
            assert_eq!(acted, 1);
            let second = if first { Half::Repeat } else { Half::Meant };
            assert_eq!(halves, [Half::First, second, Half::Repeat, Half::Repeat]);
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut twins = Twins::with_capacity(7, 10);
        let frame = samples::get("GROUP_AT_MESSAGE_CREATE/twin").unwrap().frame;
        let id = "\"id\":\"ROBOT1.0_";
        let numbered = |n: u32| dispatch(&frame.replacen(id, &format!("{id}{n}"), 1));
        for n in 0..30 {
            let dispatch = numbered(n);
            assert_eq!(twins.look(&dispatch.message().unwrap().unwrap()), Half::First);
        }
        for (n, half) in [(29, Half::Repeat), (20, Half::Repeat), (19, Half::First)] {
            let dispatch = numbered(n);
            assert_eq!(twins.look(&dispatch.message().unwrap().unwrap()), half, "{n}");
        }
        let mut none = Twins::with_capacity(7, 0);
        assert_eq!(
            (look(&mut none, "MESSAGE_CREATE/twin"), look(&mut none, "MESSAGE_CREATE/twin")),
            (Half::First, Half::First)
        );
    }
}
