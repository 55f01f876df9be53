//! Replies that come in pages.

use crate::api::request::Call;

/// A call whose reply is one page of several.
pub trait Paged: Call + Clone + PartialEq {
    /// The call for the page behind this one; `None` if this was the last.
    fn behind(&self, reply: &Self::Reply) -> Option<Self>;
}

/// Goes through all pages of a list, one call after the other:
///
/// ```
/// # use qq_proto::api::{Call, ListGuildMembers, Outcome, Pages};
/// # let bodies = [r#"[{"user":{"id":"5"}}]"#, "[]"];
/// # let mut bodies = bodies.into_iter();
/// # let mut bot = |_: &ListGuildMembers| ListGuildMembers::read(&Outcome::new(200, bodies.next().unwrap_or("[]")));
/// let mut ids = Vec::new();
/// let mut pages = Pages::of(ListGuildMembers::new("7").limit(400_u32));
/// while let Some(call) = pages.call() {
///     let page = bot(call)?;
///     pages.turn(&page);
///     ids.extend(page.into_iter().map(|member| member.user.id));
/// }
/// assert_eq!(ids, ["5"]);
/// # Ok::<(), qq_proto::CallError>(())
/// ```
///
/// A call that fails may be made again: nothing is turned until its page is there. It ends also if the platform goes
/// round in circles. Some lists repeat people between pages; that is for the program to see to.
#[derive(Clone, Debug)]
#[must_use]
pub struct Pages<C> {
    call: Option<C>,
    /// A call of some time ago. If it comes again, the platform goes round; it is renewed after 1, 2, 4, .. pages, so
    /// that a circle of any length is found.
    mark: Option<C>,
    turned: u64,
}

impl<C: Paged> Pages<C> {
    /// Begins with this page.
    pub const fn of(first: C) -> Self {
        Self { call: Some(first), mark: None, turned: 0 }
    }

    /// The call for the page that comes now; `None` behind the last.
    pub const fn call(&self) -> Option<&C> {
        self.call.as_ref()
    }

    /// Takes the page that was called for and turns to the next.
    pub fn turn(&mut self, reply: &C::Reply) {
        let Some(call) = self.call.take() else {
            return;
        };
        let next = call.behind(reply);
        if self.turned.is_power_of_two() || self.turned == 0 {
            self.mark = Some(call);
        }
        self.turned += 1;
        self.call = next.filter(|next| Some(next) != self.mark.as_ref());
    }

    /// How many pages were turned.
    pub const fn turned(&self) -> u64 {
        self.turned
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use super::*;
    use crate::api::*;

    /// The queries or bodies of the calls that these replies bring about.
    fn walk<C: Paged>(first: C, replies: &[&str]) -> Vec<String> {
        let mut pages = Pages::of(first);
        let mut calls = Vec::new();
        for reply in replies {
            let call = pages.call().unwrap();
            let request = call.request();
            calls.push(format!("{}{}", request.query, String::from_utf8_lossy(request.body.as_bytes())));
            let page = C::read(&Outcome::new(200, reply.to_string())).unwrap();
            pages.turn(&page);
        }
        assert!(pages.call().is_none(), "more pages than expected");
        assert_eq!(pages.turned(), replies.len() as u64);
        calls
    }

    #[test]
    fn each_list_has_its_way_to_go_on() {
        assert_eq!(
            walk(ListMyGuilds::new().limit(2_u32), &[r#"[{"id":"1"},{"id":"2"}]"#, r#"[{"id":"3"}]"#, "[]"]),
            ["limit=2", "after=2&limit=2", "after=3&limit=2"]
        );
        assert_eq!(
            walk(ListMyGuilds::new().before("9"), &[r#"[{"id":"8"}]"#, "[]"]),
            ["before=9", "before=8"]
        );
        assert_eq!(
            walk(ListGuildMembers::new("7").after("0"), &[r#"[{"user":{"id":"5"}}]"#, "[]"]),
            ["after=0", "after=5"]
        );
        assert_eq!(
            walk(
                ListRoleMembers::new("7", "4"),
                &[r#"{"data":[{}],"next":"3"}"#, r#"{"data":[],"next":"3"}"#]
            ),
            ["", "start_index=3"]
        );
        let first = ListReactionUsers::new("7", "m", Reaction::system(4));
        assert_eq!(
            walk(first, &[r#"{"cookie":"c","is_end":false}"#, r#"{"cookie":"d","is_end":true}"#]),
            ["", "cookie=c"]
        );
        let cursors = [r#"{"next_cursor":"a"}"#, r#"{"next_cursor":"b"}"#, "{}"];
        let expected = ["", "cursor=a", "cursor=b"];
        assert_eq!(walk(ListGroupMembers::new("G"), &cursors), expected);
        assert_eq!(walk(ListBlacklist::new("G"), &cursors), expected);
        assert_eq!(walk(ListJoinRequests::new("G"), &cursors), expected);
        assert_eq!(walk(ListJoinStrategies::new(), &cursors), expected);
        assert_eq!(
            walk(ListPanels::new(PanelScope::Dm), &[cursors[0], r#"{"next_cursor":"b","is_end":true}"#]),
            ["scope=dm", "scope=dm&cursor=a"]
        );
        assert_eq!(
            walk(
                ListGroupMembersLegacy::new("G"),
                &[r#"{"members":[{}],"next_index":5}"#, r#"{"members":[{}]}"#]
            ),
            ["{}", r#"{"start_index":5}"#]
        );
        assert_eq!(walk(ListGroupMembersLegacy::new("G"), &[r#"{"members":[],"next_index":5}"#]), ["{}"]);
    }

    #[test]
    fn a_circle_has_an_end() {
        for length in 1..20_usize {
            let mut pages = Pages::of(ListGroupMembers::new("G"));
            let mut count = 0;
            while pages.call().is_some() {
                let cursor = count % length;
                let reply = format!(r#"{{"next_cursor":"c{cursor}"}}"#);
                pages.turn(&ListGroupMembers::read(&Outcome::new(200, reply)).unwrap());
                count += 1;
                assert!(count < 4 * length + 4, "a circle of {length} is not found");
            }
            assert!(count >= length, "a circle of {length} ended early");
        }
    }

    #[test]
    fn a_failure_turns_nothing() {
        let pages = Pages::of(ListGroupMembers::new("G").cursor("c"));
        assert_eq!(pages.call(), pages.call());
        let mut done = Pages::of(ListGroupMembers::new("G"));
        let empty = ListGroupMembers::read(&Outcome::new(200, "{}")).unwrap();
        done.turn(&empty);
        done.turn(&empty);
        assert_eq!((done.call(), done.turned()), (None, 1));
    }
}
