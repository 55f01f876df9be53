//! What the platform allows, as data: windows, counts and quotas by scene.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{QUOTAS, Quota, QuotaBots, QuotaKind, QuotaScope, REPLY_WINDOWS, Scene};

/// So many in such a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In which time.
    pub span: Duration,
}

impl Rate {
    /// `count` in `span`.
    pub const fn new(count: u32, span: Duration) -> Self {
        Self { count, span }
    }
}

/// As many rates as one scene has at most, per conversation or per bot.
pub const RATES: usize = 2;

/// Whether the bot's owner is certified on the platform (a company or a person); certified bots may send more by
/// themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Owner {
    /// Not certified: the smaller quotas.
    #[default]
    Uncertified,
    /// Certified.
    Certified,
}

/// What is allowed in one scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SceneRules {
    /// How long a message or event can be answered.
    pub window: Duration,
    /// How many answers it may have; `None` where the platform names no limit.
    pub replies: Option<u32>,
    /// All messages together, answers included, in one conversation.
    pub pace: Option<Rate>,
    /// Whether messages that answer nothing need the consent of the person or the group.
    pub opt_in: bool,
    /// Messages that answer nothing, in one conversation.
    pub active: [Option<Rate>; RATES],
    /// Messages that answer nothing, of this bot in all conversations of the scene.
    pub active_bot: [Option<Rate>; RATES],
    /// In how many channels of one guild a day messages that answer nothing may be sent.
    pub active_places: Option<Rate>,
}

/// A day. The platform counts by its own calendar day, whose beginning is not documented; any 24 hours are at least as
/// strict.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The platform's rules for a scene, from [`REPLY_WINDOWS`] and [`QUOTAS`]; also those that are not documented, because
/// keeping them does no harm.
///
/// The documentation contradicts itself for one-to-one chats: 4 answers (newer) or 5, 60 minutes (in three places) or
/// 5 (in one). Taken: 4 and 60; a refusal is believed at once in any case.
pub fn rules(scene: Scene, owner: Owner) -> SceneRules {
    let window = REPLY_WINDOWS.iter().find(|window| window.scene == scene);
    // Without consent a person or a group may not be written to; guilds have a setting that only a refusal tells.
    let opt_in = match scene {
        Scene::C2c | Scene::Group => true,
        Scene::Channel | Scene::Dm => false,
    };
    let ours = |quota: &&Quota| {
        quota.scene == scene
            && match quota.bots {
                QuotaBots::All => true,
                QuotaBots::Certified => owner == Owner::Certified,
                QuotaBots::Uncertified => owner == Owner::Uncertified,
            }
    };
    let rates = |kind: QuotaKind, counted: QuotaScope| {
        let fits = move |quota: &&Quota| quota.kind == kind && quota.counted == counted;
        let rate = |quota: &Quota| Rate::new(quota.limit.count, quota.limit.per);
        QUOTAS.iter().filter(ours).filter(fits).map(rate)
    };
    let array = |kind, counted| {
        let mut array = [None; RATES];
        for (place, rate) in array.iter_mut().zip(rates(kind, counted)) {
            *place = Some(rate);
        }
        array
    };
    SceneRules {
        window: window.map_or(Duration::ZERO, |window| window.open),
        replies: window.and_then(|window| window.replies),
        pace: rates(QuotaKind::Any, QuotaScope::Target).next(),
        opt_in,
        active: array(QuotaKind::Active, QuotaScope::Target),
        active_bot: array(QuotaKind::Active, QuotaScope::Bot),
        active_places: rates(QuotaKind::Active, QuotaScope::Guild).next(),
    }
}

/// When a wake-up may be sent: one in each of these times since the person last wrote. Whether "the same day" is the
/// calendar's is not documented; 24 hours are taken.
pub const WAKE_UPS: [Duration; 4] = [
    DAY,
    Duration::from_secs(3 * 24 * 60 * 60),
    Duration::from_secs(7 * 24 * 60 * 60),
    Duration::from_secs(30 * 24 * 60 * 60),
];

/// After the last contact by so much no wake-up is possible: the end of [`WAKE_UPS`].
pub(super) const WAKE_UP_END: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How the ledger behaves: the platform's rules, what is kept back, and how much is remembered.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Whether the bot's owner is certified.
    pub owner: Owner,
    /// What is allowed in each scene. The platform changes it now and then, so it can be replaced.
    pub rules: fn(Scene, Owner) -> SceneRules,
    /// Answers of each message that only a final one may use.
    pub kept: u32,
    /// Whether messages that answer nothing may be sent at all.
    pub active: bool,
    /// Whether wake-ups may be sent at all.
    pub wake_up: bool,
    /// A window is taken as over by so much earlier: the platform measures when the answer arrives.
    pub margin: Duration,
    /// How long an answer is held before it is given back.
    pub hold: Duration,
    /// How long the outcome of a granted message is waited for; after that it counts as unknown.
    pub outcome: Duration,
    /// How long a quota that the platform calls used up is believed to be.
    pub quota_rest: Duration,
    /// Conversations remembered; the one unused for longest is forgotten.
    pub conversations: usize,
    /// Messages and events remembered for each conversation.
    pub triggers: usize,
    /// Answers held for one conversation; the oldest is given back.
    pub held_each: usize,
    /// Answers held in all; the oldest is given back.
    pub held: usize,
    /// Messages without an outcome in all, held ones included; more are refused.
    pub open: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            owner: Owner::Uncertified,
            rules,
            kept: 1,
            active: true,
            wake_up: true,
            margin: Duration::from_secs(2),
            hold: Duration::from_secs(6 * 60 * 60),
            // The core gives a call up after 15 s; a ledger that is never told must not wait for ever.
            outcome: Duration::from_secs(60),
            // A day's quota or a minute's: the code does not say which.
            quota_rest: Duration::from_secs(60 * 60),
            conversations: 10_000,
            triggers: 16,
            held_each: 8,
            held: 1000,
            open: 2000,
        }
    }
}
