//! Panels of commands.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::api::body::{Ids, written};
use crate::api::groups::ListOp;
use crate::api::invalid::{Flaw, Invalid, at_most, https, narrow, short, some, unless, within};
use crate::api::operation::{Pair, operations};
use crate::api::pages::Paged;
use crate::model::record::{record, words};
use crate::model::{List, Str, Time};

/// How many targets one call may name.
const TARGETS_PER_CALL: u32 = 20;

words! {
    /// Where a panel is shown.
    PanelScope {
        /// In one-to-one chats.
        "c2c" => C2c,
        /// In groups.
        "group" => Group,
        /// In channels of guilds.
        "channel" => Channel,
        /// In private sessions of guilds.
        "dm" => Dm,
    }

    /// For whom a panel is.
    PanelTarget {
        /// For everyone.
        "all" => All,
        /// For users or groups that are named.
        "specific" => Specific,
    }

    /// What an entry of a panel is.
    PanelKind {
        /// A command.
        "command" => Command,
        /// A link.
        "link" => Link,
    }
}

impl Pair for PanelScope<'static> {
    fn text<R>(&self, use_it: impl FnOnce(&str) -> R) -> R {
        use_it(self.as_str())
    }
}

record! {
    /// An entry of a panel.
    PanelItem {
        /// What it is.
        "type" => kind: Option<PanelKind<'a>>,
        /// Its name.
        "name" => name: Str<'a>,
        /// What it does, for people.
        "desc" => desc: Str<'a>,
        /// Only admins may use it.
        "only_admin" => only_admin: bool,
        /// The link it opens.
        "link" => link: Str<'a>,
    }

    /// A panel.
    Panel {
        /// Its entries.
        "items" => items: List<'a, PanelItem<'a>>,
        /// What it is for.
        "remark" => remark: Str<'a>,
        /// Rises with every change.
        "version" => version: Option<u64>,
    }

    /// A panel, where it is shown and for whom.
    PanelRecord {
        /// Its id.
        "panel_id" => panel_id: Str<'a>,
        /// Where it is shown.
        "scope" => scope: Option<PanelScope<'a>>,
        /// For whom it is.
        "target_type" => target_type: Option<PanelTarget<'a>>,
        /// The panel.
        "panel" => panel: Panel<'a>,
        /// Since when.
        "created_at" => created_at: Time<'a>,
        /// When it was last changed.
        "updated_at" => updated_at: Time<'a>,
        /// Rises with every change.
        "version" => version: Option<u64>,
        /// Users it is for; only of a single panel that is asked for.
        "user_openids" => user_openids: List<'a, Str<'a>>,
        /// Groups it is for; only of a single panel that is asked for.
        "group_openids" => group_openids: List<'a, Str<'a>>,
    }

    /// Panels, a page of them.
    PanelRecords {
        /// The panels.
        "records" => records: List<'a, PanelRecord<'a>>,
        /// Where the next page begins; empty on the last.
        "next_cursor" => next_cursor: Str<'a>,
        /// This is the last page.
        "is_end" => is_end: bool,
    }

    /// A panel that was made.
    PanelCreated {
        /// Its id.
        "panel_id" => panel_id: Str<'a>,
    }
}

written! {
    /// An entry that a panel is to have.
    NewPanelItem needs {
        "type" => kind: PanelKind<'static>,
        "name" => name: String,
    } may {
        /// What it does, for people: at most 30 half-width characters wide.
        "desc" => desc: String,
        /// Whether only admins may use it.
        "only_admin" => only_admin: bool,
        /// The link it opens.
        "link" => link: String,
    };

    /// A panel with at most 20 entries.
    NewPanel needs {
        "items" => items: Vec<NewPanelItem>,
    } may {
        /// What it is for: at most 255 characters.
        "remark" => remark: String,
        /// The version it takes the place of.
        "version" => version: u64,
    };
}

impl NewPanelItem {
    /// A command. The name is at most 14 half-width characters wide.
    pub fn command(name: impl Into<String>, desc: impl Into<String>) -> Self {
        Self::new(PanelKind::Command, name).desc(desc)
    }

    /// A link, which begins with `https://`. The name is at most 14 half-width characters wide.
    pub fn opens(name: impl Into<String>, link: impl Into<String>) -> Self {
        Self::new(PanelKind::Link, name).link(link)
    }

    fn check(&self) -> Result<(), Invalid> {
        unless(self.name.is_empty(), "name", Flaw::Empty)?;
        narrow(&self.name, 14, "name")?;
        narrow(self.desc.as_deref().unwrap_or_default(), 30, "desc")?;
        unless(self.kind == PanelKind::Link && self.link.is_none(), "link", Flaw::Missing)?;
        self.link.as_deref().map_or(Ok(()), |link| https(link, "link"))
    }
}

impl NewPanel {
    /// A panel of these entries.
    pub fn of(items: impl IntoIterator<Item = NewPanelItem>) -> Self {
        Self::new(items.into_iter().collect::<Vec<_>>())
    }

    fn check(&self) -> Result<(), Invalid> {
        some(self.items.len(), 20, "items")?;
        short(self.remark.as_deref().unwrap_or_default(), 255, "remark")?;
        self.items.iter().try_for_each(NewPanelItem::check)
    }
}

operations! { Panels;
    /// Reads the panels of a scope, a page of them. See [`Pages`](crate::api::Pages).
    44 ListPanels Get ["v2", "panels"] => one PanelRecords {
        limit: 30 per 60,
        check: listed,
        asks {
            "scope" => scope: PanelScope<'static>,
        }
        query {
            /// `next_cursor` of the page before; empty for the first.
            "cursor" => cursor: String,
            /// How many, 1 to 50; 20 unless told.
            "limit" => limit: u32,
        }
    }

    /// Makes a panel. A bot has at most 20.
    45 CreatePanel Post ["v2", "panels"] => one PanelCreated {
        limit: 10 per 60,
        check: created,
        needs {
            "scope" => scope: PanelScope<'static>,
            "panel" => panel: NewPanel,
        }
        body {
            /// For whom it is; for everyone unless told. Users and groups can be named in their own scopes alone.
            "target_type" => target_type: PanelTarget<'static>,
            /// The users it is for, at most 20; in the scope of one-to-one chats.
            "user_openids" => user_openids: Ids,
            /// The groups it is for, at most 20; in the scope of groups.
            "group_openids" => group_openids: Ids,
        }
    }

    /// Reads a panel and for whom it is.
    46 GetPanel Get ["v2", "panels" panel_id] => one PanelRecord {
        limit: 30 per 60,
    }

    /// Changes a panel; for whom it is remains. Gives its version.
    47 PutPanel Put ["v2", "panels" panel_id] => number ("version") {
        limit: 10 per 60,
        repeat: Idempotent,
        check: changed,
        needs {
            "panel" => panel: NewPanel,
        }
    }

    /// Deletes a panel.
    48 DeletePanel Delete ["v2", "panels" panel_id] => none {
        limit: 10 per 60,
    }

    /// Changes for whom a panel is, at most 20 at once.
    49 PutPanelTarget Put ["v2", "panels" panel_id, "target"] => none {
        limit: 60 per 60,
        repeat: Idempotent,
        check: targets,
        needs {
            "op" => op: ListOp<'static>,
        }
        body {
            /// Users, for a panel of one-to-one chats.
            "user_openids" => user_openids: Ids,
            /// Groups, for a panel of groups.
            "group_openids" => group_openids: Ids,
        }
    }
}

fn listed(call: &ListPanels) -> Result<(), Invalid> {
    within(call.limit, 1, 50, "limit")
}

fn created(call: &CreatePanel) -> Result<(), Invalid> {
    call.panel.check()?;
    let users = call.user_openids.as_ref().map_or(0, Ids::len);
    let groups = call.group_openids.as_ref().map_or(0, Ids::len);
    at_most(users, TARGETS_PER_CALL, "user_openids")?;
    at_most(groups, TARGETS_PER_CALL, "group_openids")?;
    unless(users > 0 && call.scope != PanelScope::C2c, "user_openids", Flaw::OutOfPlace)?;
    unless(groups > 0 && call.scope != PanelScope::Group, "group_openids", Flaw::OutOfPlace)?;
    let specific = call.target_type == Some(PanelTarget::Specific);
    let named = matches!(call.scope, PanelScope::C2c | PanelScope::Group);
    unless(specific && !named, "target_type", Flaw::OutOfPlace)
}

fn changed(call: &PutPanel) -> Result<(), Invalid> {
    call.panel.check()
}

fn targets(call: &PutPanelTarget) -> Result<(), Invalid> {
    let users = call.user_openids.as_ref().map_or(0, Ids::len);
    let groups = call.group_openids.as_ref().map_or(0, Ids::len);
    unless(users > 0 && groups > 0, "user_openids", Flaw::Conflict { with: "group_openids" })?;
    some(users + groups, TARGETS_PER_CALL, "user_openids")
}

impl Paged for ListPanels {
    fn behind(&self, reply: &Self::Reply) -> Option<Self> {
        let more = !reply.is_end && !reply.next_cursor.is_empty();
        more.then(|| self.clone().cursor(reply.next_cursor.to_string()))
    }
}
