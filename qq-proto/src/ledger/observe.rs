//! What events say: what can be answered, who has consented, who has gone.

use super::chat::Budget;
use super::message::{Back, Consent, Conversation, SendId};
use super::{Ledger, is_message};
use crate::api::{ReplyTo, Scene};
use crate::dispatch::Dispatch;
use crate::model::{Interaction, InteractionKind, Payload};

impl<P: Clone> Ledger<P> {
    /// Reads an event. What can be answered is entered even if it says that the bot was added; consent comes after,
    /// so that the news of the event is what stays.
    #[expect(clippy::wildcard_enum_match_arm, reason = "forty events say nothing about sending")]
    pub(super) fn observe(&mut self, dispatch: &Dispatch) {
        use Payload as P;
        // One that cannot be read cannot be answered either.
        let Ok(event) = dispatch.event() else {
            return;
        };
        if let Some(reply_to) = dispatch.reply_to() {
            let guild = match &event {
                P::AtMessageCreate(message) | P::MessageCreate(message) => Some(&*message.guild_id),
                _ => None,
            };
            self.arrived(&reply_to, guild, is_message(&reply_to));
        }
        let friend = |openid: &str| Conversation::new(Scene::C2c, openid);
        let group = |openid: &str| Conversation::new(Scene::Group, openid);
        match &event {
            P::C2cMsgReceive(it) => self.consent(&friend(&it.openid), Consent::Given),
            P::C2cMsgReject(it) => self.consent(&friend(&it.openid), Consent::Refused),
            P::GroupMsgReceive(it) => self.consent(&group(&it.group_openid), Consent::Given),
            P::GroupMsgReject(it) => self.consent(&group(&it.group_openid), Consent::Refused),
            P::FriendDel(it) => self.consent(&friend(&it.openid), Consent::Gone),
            P::GroupDelRobot(it) => self.consent(&group(&it.group_openid), Consent::Gone),
            // A new beginning: what was consented to before is not known to hold.
            P::FriendAdd(it) => self.consent(&friend(&it.openid), Consent::Unknown),
            P::GroupAddRobot(it) => self.consent(&group(&it.group_openid), Consent::Unknown),
            P::InteractionCreate(it) => self.authorized(it),
            _ => {}
        }
    }

    /// The newer form of the same news: the switch is `true` for on and absent for off.
    fn authorized(&mut self, it: &Interaction<'_>) {
        let data = it.data.resolved.authorize_data.as_ref();
        let (Some(data), Some(kind)) = (data, it.kind) else {
            return;
        };
        let conversation = match kind {
            InteractionKind::UserAuthorize => Conversation::new(Scene::C2c, &*it.user_openid),
            InteractionKind::GroupAuthorize | InteractionKind::GroupAuthorizeStatus => {
                Conversation::new(Scene::Group, &*it.group_openid)
            }
            InteractionKind::Ping
            | InteractionKind::Command
            | InteractionKind::Search
            | InteractionKind::Button
            | InteractionKind::Menu
            | InteractionKind::Feedback
            | InteractionKind::ClearSession
            | InteractionKind::Story
            | InteractionKind::SwitchModel
            | InteractionKind::Other(_) => return,
        };
        // A scope of its own for each scene; another one is about something else.
        let ours = match conversation.scene() {
            Scene::C2c => "c2c_push",
            Scene::Group | Scene::Channel | Scene::Dm => "group_push",
        };
        let scope: &str = &data.scope;
        if conversation.target().is_empty() || !(scope.is_empty() || scope == ours) {
            return;
        }
        let consent = if &*data.opt_scene == "friend_del" {
            Consent::Gone
        } else if data.switch {
            Consent::Given
        } else {
            Consent::Refused
        };
        self.consent(&conversation, consent);
    }

    /// Something came that can be answered; what is held goes out with it.
    pub(super) fn arrived(&mut self, reply_to: &ReplyTo, guild: Option<&str>, by_person: bool) {
        let conversation = Conversation::of(reply_to);
        let rules = self.rules(conversation.scene());
        let (now, expires, most) = (self.now, self.window_end(&rules), self.settings.triggers);
        let chat = self.chat(&conversation);
        if chat.consent == Consent::Gone {
            chat.consent = Consent::Unknown;
        }
        if let Some(guild) = guild.filter(|guild| !guild.is_empty()) {
            chat.guild = Some(guild.into());
        }
        // The same message may come under two names, or be pushed again.
        if chat.knows(reply_to.trigger()) {
            return;
        }
        chat.remember(now, Budget::new(reply_to.trigger().clone(), expires), most);
        if by_person {
            chat.contacted(now);
        }
        self.release(&conversation);
    }

    /// Lets held messages of a conversation go, the oldest first, as far as there is a way for them.
    fn release(&mut self, conversation: &Conversation) {
        let held: alloc::vec::Vec<SendId> =
            self.chats.get(conversation).map(|chat| chat.held.iter().copied().collect()).unwrap_or_default();
        for id in held {
            let Some(entry) = self.open.get(&id) else {
                continue;
            };
            let message = &entry.message;
            if !self.would_go(conversation, message) {
                return;
            }
            if let Some(entry) = self.close(id) {
                self.route(id, entry.message, entry.past, true);
            }
        }
    }

    pub(super) fn consent(&mut self, conversation: &Conversation, consent: Consent) {
        let chat = self.chat(conversation);
        chat.consent = consent;
        match consent {
            Consent::Given => {
                chat.active_rest = None;
                self.release(conversation);
            }
            Consent::Gone => {
                let held = chat.held.clone();
                for id in held {
                    self.give_back(id, Back::Gone);
                }
            }
            Consent::Unknown | Consent::Refused => {}
        }
    }

    /// A message went out without the ledger.
    pub(super) fn bypassed(&mut self, reply_to: &ReplyTo, seq: Option<u32>) {
        let conversation = Conversation::of(reply_to);
        let rules = self.rules(conversation.scene());
        let (now, settings) = (self.now, self.settings);
        let chat = self.chat(&conversation);
        chat.trust(now, reply_to.trigger(), &rules, &settings);
        if let Some(rate) = rules.pace {
            chat.pace.take(now, rate);
        }
        if let Some(budget) = chat.budget(reply_to.trigger()) {
            budget.used = budget.used.saturating_add(1);
            // Without a number the platform takes it for the first.
            budget.numbers.note(seq.unwrap_or(1));
        }
    }
}
