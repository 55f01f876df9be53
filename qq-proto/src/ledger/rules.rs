//! What the platform allows, as data: windows, counts and quotas by scene.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::Scene;

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

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// The platform counts by its own calendar day, whose beginning is not documented; any 24 hours are at least as strict.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The platform's rules for a scene as documented in 2026.
///
/// The documentation contradicts itself for one-to-one chats: 4 answers (newer) or 5, 60 minutes (in three places) or
/// 5 (in one). Taken: 4 and 60; a refusal is believed at once in any case.
pub const fn rules(scene: Scene, owner: Owner) -> SceneRules {
    let certified = matches!(owner, Owner::Certified);
    match scene {
        Scene::C2c => SceneRules {
            window: HOUR,
            replies: Some(4),
            pace: None,
            opt_in: true,
            active: [Some(Rate::new(20, MINUTE)), Some(Rate::new(1000, DAY))],
            active_bot: if certified {
                [Some(Rate::new(10, SECOND)), None]
            } else {
                [Some(Rate::new(5, SECOND)), Some(Rate::new(30, MINUTE))]
            },
            active_places: None,
        },
        Scene::Group => SceneRules {
            window: Duration::from_secs(5 * 60),
            replies: Some(5),
            pace: None,
            opt_in: true,
            active: [Some(Rate::new(20, MINUTE)), Some(Rate::new(1000, DAY))],
            active_bot: [Some(Rate::new(if certified { 60 } else { 30 }, MINUTE)), None],
            active_places: None,
        },
        Scene::Channel => SceneRules {
            window: Duration::from_secs(5 * 60),
            replies: None,
            pace: Some(Rate::new(5, SECOND)),
            opt_in: false,
            active: [Some(Rate::new(20, DAY)), None],
            active_bot: [None, None],
            active_places: Some(Rate::new(2, DAY)),
        },
        Scene::Dm => SceneRules {
            window: Duration::from_secs(5 * 60),
            replies: None,
            pace: None,
            opt_in: false,
            active: [Some(Rate::new(2, DAY)), None],
            active_bot: [Some(Rate::new(200, DAY)), None],
            active_places: None,
        },
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
            quota_rest: HOUR,
            conversations: 10_000,
            triggers: 16,
            held_each: 8,
            held: 1000,
            open: 2000,
        }
    }
}
