//! The menu of one-to-one chats, the same for all users.

use alloc::string::String;
use alloc::vec::Vec;

use crate::api::body::written;
use crate::api::invalid::{Flaw, Invalid, at_most, https, narrow, some, unless};
use crate::api::operation::operations;
use crate::model::record::{record, words};
use crate::model::{List, Str};

words! {
    /// What an entry of a menu does.
    MenuKind {
        /// Can be switched on; later messages say so.
        "switch" => Switch,
        /// Sends a text.
        "send_message" => SendMessage,
        /// Opens a link.
        "link" => Link,
        /// Opens entries of its own.
        "menu" => Menu,
    }
}

record! {
    /// The menu as it is set.
    MenuReply {
        /// Rises with every change.
        "version" => version: Option<u64>,
        /// The menu; nothing if none was ever set.
        "menu" => menu: Option<Menu<'a>>,
    }

    /// A menu.
    Menu {
        /// Its entries, at most 10.
        "items" => items: List<'a, MenuItem<'a>>,
    }

    /// An entry of a menu.
    MenuItem {
        /// What it does.
        "type" => kind: Option<MenuKind<'a>>,
        /// Its name.
        "name" => name: Str<'a>,
        /// The text it sends.
        "send_message" => send_message: Str<'a>,
        /// The link it opens.
        "link" => link: Str<'a>,
        /// The switch it is.
        "switch" => switch: Option<MenuSwitch<'a>>,
        /// The entries it opens. They have none of their own.
        "sub_menu_items" => sub_menu_items: List<'a, SubMenuItem<'a>>,
    }

    /// A switch.
    MenuSwitch {
        /// Its name in later messages: `<switch_id>=1` while it is on.
        "switch_id" => switch_id: Str<'a>,
        /// Whether it is on at first.
        "default" => default: bool,
    }

    /// An entry of an entry.
    SubMenuItem {
        /// What it does.
        "type" => kind: Option<MenuKind<'a>>,
        /// Its name.
        "name" => name: Str<'a>,
        /// The text it sends.
        "send_message" => send_message: Str<'a>,
        /// The link it opens.
        "link" => link: Str<'a>,
    }
}

written! {
    /// An entry that a menu is to have.
    NewMenuItem needs {
        "type" => kind: MenuKind<'static>,
        "name" => name: String,
    } may {
        /// The text it sends.
        "send_message" => send_message: String,
        /// The link it opens.
        "link" => link: String,
        /// The switch it is.
        "switch" => switch: NewMenuSwitch,
        /// The entries it opens.
        "sub_menu_items" => sub_menu_items: Vec<NewSubMenuItem>,
    };

    /// A switch that a menu is to have.
    NewMenuSwitch needs {
        "switch_id" => switch_id: String,
        "default" => default: bool,
    };

    /// An entry that an entry is to have.
    NewSubMenuItem needs {
        "type" => kind: MenuKind<'static>,
        "name" => name: String,
    } may {
        /// The text it sends.
        "send_message" => send_message: String,
        /// The link it opens.
        "link" => link: String,
    };

    /// A whole menu.
    NewMenu needs {
        "items" => items: Vec<NewMenuItem>,
    };
}

impl NewMenuItem {
    /// Sends a text. The name is at most 10 half-width characters wide, as those of all entries.
    pub fn says(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(MenuKind::SendMessage, name).send_message(text)
    }

    /// Opens a link, which begins with `https://`.
    pub fn opens(name: impl Into<String>, link: impl Into<String>) -> Self {
        Self::new(MenuKind::Link, name).link(link)
    }

    /// Can be switched on: `id=1` then comes with later messages.
    pub fn switches(name: impl Into<String>, id: impl Into<String>, on: bool) -> Self {
        Self::new(MenuKind::Switch, name).switch(NewMenuSwitch::new(id, on))
    }

    /// Opens at most 5 entries.
    pub fn unfolds(name: impl Into<String>, items: impl IntoIterator<Item = NewSubMenuItem>) -> Self {
        Self::new(MenuKind::Menu, name).sub_menu_items(items.into_iter().collect::<Vec<_>>())
    }

    fn check(&self) -> Result<(), Invalid> {
        unless(self.name.is_empty(), "name", Flaw::Empty)?;
        narrow(&self.name, 10, "name")?;
        let missing = match self.kind {
            MenuKind::Switch => ("switch", self.switch.is_none()),
            MenuKind::SendMessage => ("send_message", self.send_message.is_none()),
            MenuKind::Link => ("link", self.link.is_none()),
            MenuKind::Menu => ("sub_menu_items", self.sub_menu_items.is_none()),
            MenuKind::Other(_) => ("", false),
        };
        unless(missing.1, missing.0, Flaw::Missing)?;
        if let Some(link) = &self.link {
            https(link, "link")?;
        }
        let items = self.sub_menu_items.as_deref().unwrap_or_default();
        at_most(items.len(), 5, "sub_menu_items")?;
        items.iter().try_for_each(NewSubMenuItem::check)
    }
}

impl NewSubMenuItem {
    /// Sends a text. The name is at most 14 half-width characters wide.
    pub fn says(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(MenuKind::SendMessage, name).send_message(text)
    }

    /// Opens a link, which begins with `https://`. The name is at most 14 half-width characters wide.
    pub fn opens(name: impl Into<String>, link: impl Into<String>) -> Self {
        Self::new(MenuKind::Link, name).link(link)
    }

    fn check(&self) -> Result<(), Invalid> {
        unless(self.name.is_empty(), "name", Flaw::Empty)?;
        narrow(&self.name, 14, "name")?;
        unless(matches!(self.kind, MenuKind::Switch | MenuKind::Menu), "sub_menu_items", Flaw::OutOfPlace)?;
        self.link.as_deref().map_or(Ok(()), |link| https(link, "link"))
    }
}

impl<T: IntoIterator<Item = NewMenuItem>> From<T> for NewMenu {
    fn from(items: T) -> Self {
        Self::new(items.into_iter().collect::<Vec<_>>())
    }
}

operations! { Menu;
    /// Reads the menu.
    42 GetMenu Get ["v2", "menu"] => one MenuReply {
        limit: 30 per 60,
    }

    /// Puts another menu in the place of the one there is. Gives its version.
    43 PutMenu Put ["v2", "menu"] => number ("version") {
        limit: 5 per 60,
        repeat: Idempotent,
        check: menu,
        needs {
            "menu" => menu: NewMenu,
        }
    }
}

fn menu(call: &PutMenu) -> Result<(), Invalid> {
    some(call.menu.items.len(), 10, "items")?;
    call.menu.items.iter().try_for_each(NewMenuItem::check)
}
