//! Groups: what they are, who is in them, who must not be, who must not speak.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::http::Answer;
use super::super::push::Form;
use super::super::{Platform, clock};
use super::{Ask, bad_param, page_of, settle};

/// Who owns every group of the model.
const OWNER: &str = "00C0FFEE00C0FFEE00C0FFEE00C0FFEE";
/// Members on one page.
const PAGE: usize = 30;
/// The older way has larger ones.
const OLD_PAGE: u64 = 500;
/// People in one call.
const BATCH: usize = 20;
/// The longest mute.
const LONGEST_MUTE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Somebody in a group.
#[derive(Clone, Debug)]
pub(crate) struct GroupMember {
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) bot: bool,
    pub(crate) joined: Duration,
    pub(crate) muted_until: Option<Duration>,
}

impl GroupMember {
    pub(crate) fn new(name: &str, role: &'static str, joined: Duration) -> Self {
        Self { name: name.to_owned(), role, bot: false, joined, muted_until: None }
    }
}

/// A request to join.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    pub(crate) id: String,
    pub(crate) value: Value,
}

/// A group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) bot: String,
    pub(crate) joined: Duration,
    /// Whether the bot is in it.
    pub(crate) member: bool,
    /// Whether the group takes messages nobody asked for.
    pub(crate) active: bool,
    /// When the bot itself may speak again.
    pub(crate) bot_muted_until: Option<Duration>,
    pub(crate) members: BTreeMap<String, GroupMember>,
    /// Who is not let in, and since when.
    pub(crate) banned: BTreeMap<String, Duration>,
    pub(crate) joins: BTreeMap<String, Join>,
}

impl Group {
    pub(crate) fn new(bot: &str, member: &str) -> Self {
        let mut members = BTreeMap::new();
        members.insert(member.to_owned(), GroupMember::new("someone", "member", Duration::ZERO));
        members.insert(OWNER.to_owned(), GroupMember::new("the owner", "owner", Duration::ZERO));
        let me = GroupMember { bot: true, ..GroupMember::new("model bot", "admin", Duration::ZERO) };
        members.insert(bot.to_owned(), me);
        Self::empty(bot, members, Duration::ZERO)
    }

    pub(crate) fn empty(bot: &str, members: BTreeMap<String, GroupMember>, joined: Duration) -> Self {
        Self {
            bot: bot.to_owned(),
            joined,
            member: true,
            active: true,
            bot_muted_until: None,
            members,
            banned: BTreeMap::new(),
            joins: BTreeMap::new(),
        }
    }
}

pub(super) fn no_member() -> Answer {
    Answer::error(400, 12_001, "no such member")
}

impl Platform {
    pub(super) fn group_of(&self, id: &str) -> Result<&Group, Answer> {
        self.rest.groups.get(id).filter(|group| group.member).ok_or_else(not_in_group)
    }

    pub(super) fn group_mut(&mut self, id: &str) -> Result<&mut Group, Answer> {
        self.rest.groups.get_mut(id).filter(|group| group.member).ok_or_else(not_in_group)
    }

    fn group_member_value(&self, id: &str, member: &GroupMember) -> Value {
        json!({
            "member_openid": id,
            "username": member.name,
            "member_role": member.role,
            "bot": member.bot,
            "joined_at": self.stamp(member.joined),
            "union_openid": "",
        })
    }

    pub(super) fn group_info_get(&mut self, ask: &Ask) -> Answer {
        settle(self.group_of(ask.param(0)).map(|group| {
            Answer::ok(json!({
                "group_openid": ask.param(0),
                "group_name": "model group",
                "group_finger_memo": "a group of the model",
                "group_class_text": "testing",
                "group_tags": ["model"],
                "group_member_num": group.members.len(),
            }))
        }))
    }

    pub(super) fn group_bot_state_get(&mut self, ask: &Ask) -> Answer {
        settle(self.group_of(ask.param(0)).map(|group| {
            let role = if self.config.rest.group_admin { "admin" } else { "member" };
            Answer::ok(json!({
                "member_openid": group.bot,
                "joined_at": self.stamp(group.joined),
                "allow_proactive_msg": group.active && self.config.allow_active,
                "recv_msg_setting": "only_mention",
                "member_role": role,
            }))
        }))
    }

    pub(super) fn group_members_list(&mut self, ask: &Ask) -> Answer {
        settle(self.group_of(ask.param(0)).and_then(|group| {
            let all: Vec<Value> =
                group.members.iter().map(|(id, member)| self.group_member_value(id, member)).collect();
            let (page, next) = page_of(&all, ask, PAGE, PAGE)?;
            Ok(Answer::ok(json!({"members": page, "next_cursor": next})))
        }))
    }

    pub(super) fn group_member_get(&mut self, ask: &Ask) -> Answer {
        settle(self.group_of(ask.param(0)).and_then(|group| {
            let member = group.members.get(ask.param(1)).ok_or_else(no_member)?;
            Ok(Answer::ok(self.group_member_value(ask.param(1), member)))
        }))
    }

    /// Nobody documents it; clients send limit and start in the body or in the query.
    pub(super) fn group_members_list_legacy(&mut self, ask: &Ask) -> Answer {
        let field = |name: &str, usual: u64| match ask.query(name) {
            Some(text) => text.parse::<u64>().ok(),
            None if ask.has(name) => ask.number(name),
            None => Some(usual),
        };
        let limit = field("limit", OLD_PAGE).filter(|limit| (1..=OLD_PAGE).contains(limit));
        let (Some(limit), Some(start)) = (limit, field("start_index", 0)) else {
            return bad_param("limit or start_index is out of range");
        };
        settle(self.group_of(ask.param(0)).map(|group| {
            let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
            let page: Vec<Value> = group
                .members
                .iter()
                .skip(place(start))
                .take(place(limit))
                .map(|(id, member)| {
                    let joined = self.config.epoch.saturating_add(member.joined).as_secs();
                    json!({"member_openid": id, "join_timestamp": joined})
                })
                .collect();
            let next = start.saturating_add(page.len() as u64);
            let mut answer = json!({"members": page});
            if let Some(answer) = answer.as_object_mut().filter(|_| place(next) < group.members.len()) {
                answer.insert("next_index".to_owned(), json!(next));
            }
            Answer::ok(answer)
        }))
    }

    pub(super) fn group_members_remove(&mut self, ask: &Ask) -> Answer {
        let (now, ban) = (self.now, ask.flag("add_to_member_blacklist"));
        let removed = batch(ask, "member_openids").and_then(|people| {
            let group = self.group_mut(ask.param(0))?;
            for person in &people {
                match group.members.get(person) {
                    None => return Err(no_member()),
                    Some(member) if member.role != "member" => {
                        return Err(Answer::error(400, 11_282, "admins are not removed"));
                    }
                    Some(_) => {}
                }
            }
            for person in &people {
                group.members.remove(person);
                if ban {
                    group.banned.insert(person.clone(), now);
                }
            }
            Ok(people)
        });
        settle(removed.map(|people| {
            for person in people {
                let d = json!({
                    "group_openid": ask.param(0),
                    "member_openid": person,
                    "timestamp": self.unix_time().as_secs(),
                });
                self.put("GROUP_MEMBER_REMOVE", &d, Form::Text);
            }
            Answer::ok(
                json!({"remove_members_result": "success", "add_to_member_blacklist_fail_openids": []}),
            )
        }))
    }

    pub(super) fn group_blacklist_list(&mut self, ask: &Ask) -> Answer {
        settle(self.group_of(ask.param(0)).and_then(|group| {
            let all: Vec<Value> = group
                .banned
                .iter()
                .map(|(id, at)| {
                    json!({
                        "union_openid": "",
                        "member_openid": id,
                        "username": "someone",
                        "banned_at": self.stamp(*at),
                        "bot": false,
                    })
                })
                .collect();
            let (page, next) = page_of(&all, ask, 20, 100)?;
            Ok(Answer::ok(json!({"users": page, "next_cursor": next})))
        }))
    }

    pub(super) fn group_blacklist_update(&mut self, ask: &Ask) -> Answer {
        let now = self.now;
        settle(batch(ask, "member_openids").and_then(|people| {
            let add = op(ask, "add", "del")?;
            let group = self.group_mut(ask.param(0))?;
            let mut failed = Vec::new();
            for person in people {
                // Whoever is inside has to be removed first.
                let done = if add {
                    let outside = !group.members.contains_key(&person);
                    if outside {
                        group.banned.insert(person.clone(), now);
                    }
                    outside
                } else {
                    group.banned.remove(&person).is_some()
                };
                if !done {
                    failed.push(person);
                }
            }
            Ok(Answer::ok(json!({"fail_openids": failed})))
        }))
    }

    pub(super) fn group_mute_get(&mut self, ask: &Ask) -> Answer {
        settle(self.group_of(ask.param(0)).map(|group| {
            let muted: Vec<Value> = group
                .members
                .iter()
                .filter_map(|(id, member)| {
                    let until = member.muted_until.filter(|until| *until > self.now)?;
                    Some(json!({
                        "member_openid": id,
                        "mute_expire_at": self.stamp(until),
                        "username": member.name,
                        "union_openid": "",
                    }))
                })
                .collect();
            let rule = json!({"mode": "none", "schedule_rules": [], "recurring_rules": []});
            Answer::ok(json!({"global_rule": rule, "members": muted}))
        }))
    }

    /// All of the changes or none.
    pub(super) fn group_mute_set(&mut self, ask: &Ask) -> Answer {
        let (now, epoch) = (self.now, self.config.epoch);
        settle(self.group_mut(ask.param(0)).and_then(|group| {
            let orders = ask.body.get("members").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            if orders.len() > BATCH {
                return Err(bad_param("more than 20 members"));
            }
            let mut changes = Vec::new();
            for order in orders {
                let text = |name: &str| order.get(name).and_then(Value::as_str).unwrap_or_default();
                let until = match text("op") {
                    "del" => None,
                    "add" | "update" => {
                        let until = clock::parse(text("mute_expire_at")).and_then(|at| at.checked_sub(epoch));
                        let until = until.filter(|at| *at > now && *at <= now + LONGEST_MUTE);
                        Some(until.ok_or_else(|| bad_param("mute_expire_at is not within 30 days"))?)
                    }
                    _ => return Err(bad_param("op")),
                };
                let member = group.members.get(text("member_openid")).ok_or_else(no_member)?;
                if member.role != "member" {
                    return Err(Answer::error(400, 11_282, "admins are not muted"));
                }
                changes.push((text("member_openid").to_owned(), until));
            }
            for (person, until) in changes {
                if let Some(member) = group.members.get_mut(&person) {
                    member.muted_until = until;
                }
            }
            Ok(Answer::done())
        }))
    }
}

fn not_in_group() -> Answer {
    Answer::error(400, 40_054_003, "the bot is not in the group")
}

/// One to twenty people.
pub(super) fn batch(ask: &Ask, name: &str) -> Result<Vec<String>, Answer> {
    ask.texts(name)
        .filter(|people| (1..=BATCH).contains(&people.len()))
        .ok_or_else(|| bad_param("one to 20 openids are needed"))
}

/// Which of the two things `op` says.
pub(super) fn op(ask: &Ask, yes: &str, no: &str) -> Result<bool, Answer> {
    match ask.text("op") {
        Some(op) if op == yes => Ok(true),
        Some(op) if op == no => Ok(false),
        Some(_) | None => Err(bad_param("op")),
    }
}
