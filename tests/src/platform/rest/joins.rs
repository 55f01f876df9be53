//! Requests to join a group.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::http::Answer;
use super::super::push::Form;
use super::groups::{GroupMember, op};
use super::{Ask, bad_param, page_of, settle};

impl Platform {
    pub(super) fn group_join_requests_list(&mut self, ask: &Ask) -> Answer {
        settle(self.group_of(ask.param(0)).and_then(|group| {
            let all: Vec<Value> = group.joins.values().map(|join| join.value.clone()).collect();
            let (page, next) = page_of(&all, ask, 20, 50)?;
            Ok(Answer::ok(json!({"list": page, "next_cursor": next})))
        }))
    }

    pub(super) fn group_join_request_decide(&mut self, ask: &Ask) -> Answer {
        let (group_id, person, now) = (ask.param(0).to_owned(), ask.param(1).to_owned(), self.now);
        let decided = op(ask, "approve", "decline").and_then(|approve| {
            let ban = ask.flag("add_to_member_blacklist");
            if approve && ban {
                return Err(bad_param("the blacklist goes with a refusal"));
            }
            let group = self.group_mut(&group_id)?;
            let join = group.joins.get(&person).ok_or_else(|| bad_param("no such request"))?;
            if ask.text("join_request_id").is_some_and(|id| id != join.id) {
                return Err(bad_param("another request"));
            }
            group.joins.remove(&person);
            if approve {
                group.members.insert(person.clone(), GroupMember::new("someone new", "member", now));
            } else if ban {
                group.banned.insert(person.clone(), now);
            }
            Ok(approve)
        });
        settle(decided.map(|approve| {
            if approve {
                let d = json!({
                    "group_openid": group_id,
                    "member_openid": person,
                    "timestamp": self.unix_time().as_secs(),
                });
                self.put("GROUP_MEMBER_ADD", &d, Form::Text);
            }
            Answer::done()
        }))
    }
}
