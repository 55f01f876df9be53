//! The platform's limits as data: how often, how many, how long.

use core::time::Duration;

use crate::api::operation::CallLimit;
use crate::api::reply::Scene;

/// Whose messages are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum QuotaScope {
    /// All that the bot sends in this scene.
    Bot,
    /// Those to one user, group, channel or private session.
    Target,
    /// Those in all channels of a guild: how many of them may be written to.
    Guild,
}

/// Which messages are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum QuotaKind {
    /// Those that answer nothing.
    Active,
    /// All.
    Any,
}

/// Which bots are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum QuotaBots {
    /// Those whose owner, a company or a person, is certified.
    Certified,
    /// Those whose owner is not.
    Uncertified,
    /// All.
    All,
}

/// How much is known about a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Certainty {
    /// The platform's documents say so.
    Documented,
    /// Nobody does; keeping it does no harm.
    Assumed,
}

/// How many messages may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// Where.
    pub scene: Scene,
    /// Which of them.
    pub kind: QuotaKind,
    /// Counted how.
    pub counted: QuotaScope,
    /// For whom.
    pub bots: QuotaBots,
    /// How many.
    pub limit: CallLimit,
    /// Whether that is sure.
    pub certainty: Certainty,
}

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * 60;

const fn row(
    scene: Scene,
    kind: QuotaKind,
    counted: QuotaScope,
    bots: QuotaBots,
    count: u32,
    seconds: u64,
) -> Quota {
    let limit = CallLimit::new(count, seconds);
    Quota { scene, kind, counted, bots, limit, certainty: Certainty::Documented }
}

/// How many messages may be sent, by the documents of September 2026. Whether a bot may send unasked at all differs from
/// bot to bot: errors 40034102 and 40034105 are normal.
pub const QUOTAS: &[Quota] = &[
    row(Scene::C2c, QuotaKind::Active, QuotaScope::Bot, QuotaBots::Certified, 10, 1),
    row(Scene::C2c, QuotaKind::Active, QuotaScope::Bot, QuotaBots::Uncertified, 5, 1),
    row(Scene::C2c, QuotaKind::Active, QuotaScope::Bot, QuotaBots::Uncertified, 30, MINUTE),
    row(Scene::C2c, QuotaKind::Active, QuotaScope::Target, QuotaBots::All, 20, MINUTE),
    row(Scene::C2c, QuotaKind::Active, QuotaScope::Target, QuotaBots::All, 1000, DAY),
    row(Scene::Group, QuotaKind::Active, QuotaScope::Bot, QuotaBots::Certified, 60, MINUTE),
    row(Scene::Group, QuotaKind::Active, QuotaScope::Bot, QuotaBots::Uncertified, 30, MINUTE),
    row(Scene::Group, QuotaKind::Active, QuotaScope::Target, QuotaBots::All, 20, MINUTE),
    row(Scene::Group, QuotaKind::Active, QuotaScope::Target, QuotaBots::All, 1000, DAY),
    row(Scene::Channel, QuotaKind::Any, QuotaScope::Target, QuotaBots::All, 5, 1),
    row(Scene::Channel, QuotaKind::Active, QuotaScope::Target, QuotaBots::All, 20, DAY),
    // Channels in which it may be done, unless the owner has decided otherwise.
    row(Scene::Channel, QuotaKind::Active, QuotaScope::Guild, QuotaBots::All, 2, DAY),
    row(Scene::Dm, QuotaKind::Active, QuotaScope::Target, QuotaBots::All, 2, DAY),
    row(Scene::Dm, QuotaKind::Active, QuotaScope::Bot, QuotaBots::All, 200, DAY),
    // Told without a source.
    Quota {
        scene: Scene::Dm,
        kind: QuotaKind::Any,
        counted: QuotaScope::Target,
        bots: QuotaBots::All,
        limit: CallLimit::new(2, 1),
        certainty: Certainty::Assumed,
    },
];

/// How long and how often a message or an event can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyWindow {
    /// Where.
    pub scene: Scene,
    /// For how long.
    pub open: Duration,
    /// How many answers; `None` if there is no limit, or none is told.
    pub replies: Option<u32>,
}

/// How long and how often messages and events can be answered. Of one-to-one chats older documents say five, and one table
/// of the newer ones says five minutes; an hour and four are what is repeated everywhere else.
pub const REPLY_WINDOWS: &[ReplyWindow] = &[
    ReplyWindow { scene: Scene::C2c, open: Duration::from_secs(60 * 60), replies: Some(4) },
    ReplyWindow { scene: Scene::Group, open: Duration::from_secs(5 * 60), replies: Some(5) },
    ReplyWindow { scene: Scene::Channel, open: Duration::from_secs(5 * 60), replies: None },
    ReplyWindow { scene: Scene::Dm, open: Duration::from_secs(5 * 60), replies: None },
];

/// What a size is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Characters.
    Characters,
    /// Half-width characters: a wide one counts two.
    HalfWidths,
    /// Elements.
    Elements,
    /// Bytes.
    Bytes,
}

/// The most that something may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SizeLimit {
    /// What.
    pub what: &'static str,
    /// The most.
    pub most: u32,
    /// Of these.
    pub unit: Unit,
    /// Whether a call that has more is given back with [`Invalid`](crate::api::Invalid). What nobody is sure about is left to
    /// the platform.
    pub checked: bool,
}

const fn size(what: &'static str, most: u32, unit: Unit) -> SizeLimit {
    SizeLimit { what, most, unit, checked: true }
}

const fn unsure(what: &'static str, most: u32, unit: Unit) -> SizeLimit {
    SizeLimit { what, most, unit, checked: false }
}

/// The sizes that are known.
pub const SIZES: &[SizeLimit] = &[
    // One source says 2048 without saying why; a bot that splits at 5000 works. Errors 40054007 and 40054018.
    unsure("text of a message", 2048, Unit::Characters),
    size("rows of a keyboard", 5, Unit::Elements),
    size("buttons of a row", 5, Unit::Elements),
    size("label of a button", 10, Unit::Characters),
    size("text of a modal", 40, Unit::Characters),
    size("yes and no of a modal", 4, Unit::Characters),
    size("text and show of a command", 100, Unit::Characters),
    size("callback data of AI buttons", 128, Unit::Characters),
    size("callback data of a share link", 32, Unit::Characters),
    size("recommended channels", 3, Unit::Elements),
    unsure("pinned messages of a channel", 20, Unit::Elements),
    size("members of one call about a group", 20, Unit::Elements),
    size("members of one call about permissions", 50, Unit::Elements),
    size("groups of a rule for joining", 100, Unit::Elements),
    size("people of one call about an allow-list", 10_000, Unit::Elements),
    unsure("people of an allow-list", 100_000, Unit::Elements),
    size("entries of a menu", 10, Unit::Elements),
    size("entries of an entry of a menu", 5, Unit::Elements),
    size("name of an entry of a menu", 10, Unit::HalfWidths),
    size("name of an entry of an entry of a menu", 14, Unit::HalfWidths),
    size("entries of a panel", 20, Unit::Elements),
    size("name of an entry of a panel", 14, Unit::HalfWidths),
    size("description of an entry of a panel", 30, Unit::HalfWidths),
    size("remark", 255, Unit::Characters),
    size("targets of one call about a panel", 20, Unit::Elements),
    size("seconds of typing", 60, Unit::Elements),
    size("file", 200 * 1024 * 1024, Unit::Bytes),
    unsure("body of one request", 32 * 1024 * 1024, Unit::Bytes),
];

/// The most bytes that may be uploaded in a day. Known from one source; error 40093002.
pub const UPLOADS_PER_DAY: u64 = 2 * 1024 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;
    use crate::api::*;

    #[test]
    fn each_scene_has_its_quotas() {
        for scene in [Scene::C2c, Scene::Group, Scene::Channel, Scene::Dm] {
            let own = QUOTAS.iter().filter(|quota| quota.scene == scene);
            assert!(own.clone().any(|quota| quota.counted == QuotaScope::Target), "{scene:?}");
            assert!(own.clone().all(|quota| quota.limit.count > 0 && !quota.limit.per.is_zero()));
            assert_eq!(REPLY_WINDOWS.iter().filter(|window| window.scene == scene).count(), 1);
        }
        // A bot is certified or not, and both have a limit where one has.
        for scene in [Scene::C2c, Scene::Group] {
            let of = |bots| QUOTAS.iter().any(|quota| quota.scene == scene && quota.bots == bots);
            assert!(of(QuotaBots::Certified) && of(QuotaBots::Uncertified), "{scene:?}");
        }
    }

    /// A call that has so much of something.
    fn with(what: &str, count: usize) -> Option<Result<(), Invalid>> {
        let text = || "x".repeat(count);
        let ids = || (0..count).map(|_| "1").collect::<Ids>();
        let keyed = |button: Button| {
            SendGroup::new("G", Markdown::new("a").keyboard(Keyboard::from([[button]]))).check()
        };
        let button = || Button::callback("a", "d");
        let item = || NewMenuItem::says("a", "b");
        let panel = |item: NewPanelItem| PutPanel::new("p", NewPanel::of([item])).check();
        let file = |size| FileToUpload {
            kind: FileKind::File,
            size,
            name: "a".into(),
            md5: "0".repeat(32),
            sha1: "0".repeat(40),
            md5_10m: "0".repeat(32),
            numeric_size: false,
        };
        Some(match what {
            "rows of a keyboard" => {
                let rows = Keyboard::rows((0..count).map(|_| [button()]));
                SendC2c::new("U", Markdown::new("a").keyboard(rows)).check()
            }
            "buttons of a row" => {
                let row = Keyboard::rows([(0..count).map(|_| button()).collect::<Vec<_>>()]);
                SendChannel::new("71", Markdown::new("a").keyboard(row)).check()
            }
            "label of a button" => keyed(Button::callback(text(), "d")),
            "text of a modal" => keyed(button().modal(Modal::new(text()))),
            "yes and no of a modal" => keyed(button().modal(Modal::new("a").cancel_text(text()))),
            "text and show of a command" => return None,
            "callback data of AI buttons" => {
                let message =
                    GroupMessage::text("a").action_button(ActionButton::new().callback_data(text()));
                SendGroup::new("G", message).check()
            }
            "callback data of a share link" => CreateShareLink::new().callback_data(text()).check(),
            "recommended channels" => {
                let channels = (0..count).map(|_| Recommendation::new("71", "a"));
                CreateGuildAnnounce::new("7", NewAnnounce::channels(AnnounceKind::Member, channels)).check()
            }
            "members of one call about a group" => RemoveGroupMembers::new("G", ids()).check(),
            "members of one call about permissions" => {
                SetPermissionsOfMany::new("71", ids()).grant(ChannelBits::VIEW).check()
            }
            "groups of a rule for joining" => CreateJoinStrategy::new(StrategyGroups::openids(ids())).check(),
            "people of one call about an allow-list" => {
                UpdateJoinWhitelist::new("s", ListOp::Add, ids()).check()
            }
            "entries of a menu" => PutMenu::new((0..count).map(|_| item()).collect::<Vec<_>>()).check(),
            "entries of an entry of a menu" => {
                let inner = (0..count).map(|_| NewSubMenuItem::says("a", "b"));
                PutMenu::new([NewMenuItem::unfolds("a", inner)]).check()
            }
            "name of an entry of a menu" => PutMenu::new([NewMenuItem::says(text(), "b")]).check(),
            "name of an entry of an entry of a menu" => {
                PutMenu::new([NewMenuItem::unfolds("a", [NewSubMenuItem::says(text(), "b")])]).check()
            }
            "entries of a panel" => {
                PutPanel::new("p", NewPanel::of((0..count).map(|_| NewPanelItem::command("a", "b")))).check()
            }
            "name of an entry of a panel" => panel(NewPanelItem::command(text(), "b")),
            "description of an entry of a panel" => panel(NewPanelItem::command("a", text())),
            "remark" => {
                PutPanel::new("p", NewPanel::of([NewPanelItem::command("a", "b")]).remark(text())).check()
            }
            "targets of one call about a panel" => {
                PutPanelTarget::new("p", ListOp::Add).user_openids(ids()).check()
            }
            "seconds of typing" => {
                SendC2c::new("U", C2cMessage::typing(u32::try_from(count).unwrap())).check()
            }
            "file" => PrepareC2cUpload::new("U", file(count as u64)).check(),
            other => panic!("{other} is checked and has no test"),
        })
    }

    #[test]
    fn what_is_checked_is_checked_to_the_last_one() {
        for size in SIZES.iter().filter(|size| size.checked) {
            let most = size.most as usize;
            let (fits, exceeds) = (with(size.what, most), with(size.what, most + 1));
            assert!(fits.is_none_or(|result| result.is_ok()), "{} of {most}", size.what);
            assert!(exceeds.is_none_or(|result| result.is_err()), "{} of {}", size.what, most + 1);
        }
    }

    #[test]
    fn what_is_said_of_a_size_names_it_once() {
        let mut names: Vec<_> = SIZES.iter().map(|size| String::from(size.what)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), SIZES.len());
    }
}
