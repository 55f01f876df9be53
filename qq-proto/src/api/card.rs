//! Cards: ark templates and embeds.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::api::body::written;
use crate::api::invalid::{Flaw, Invalid, unless};

/// A card made from a template of the platform. Wants approval everywhere (error 304004).
#[derive(Clone, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Ark {
    template_id: u64,
    kv: Vec<Variable>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Variable {
    key: String,
    #[serde(flatten)]
    value: Value,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Value {
    Value(String),
    Obj(Vec<Line>),
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Line {
    obj_kv: Vec<Pair>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Pair {
    key: String,
    value: String,
}

impl Ark {
    /// A card of any template.
    pub const fn new(template_id: u64) -> Self {
        Self { template_id, kv: Vec::new() }
    }

    /// Template 23: a line of text, then lines with a link or without.
    pub fn link_list<'a>(
        desc: impl Into<String>,
        prompt: impl Into<String>,
        lines: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Self {
        let lines = lines.into_iter().map(|(desc, link)| {
            [Some(("desc", desc)), link.map(|link| ("link", link))].into_iter().flatten()
        });
        Self::new(23).text("#DESC#", desc).text("#PROMPT#", prompt).list("#LIST#", lines)
    }

    /// What stands for a variable such as `#DESC#`.
    pub fn text(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.kv.push(Variable { key: key.into(), value: Value::Value(value.into()) });
        self
    }

    /// Lines that stand for a variable such as `#LIST#`, each of them keys and values.
    pub fn list<L, K, V>(mut self, key: impl Into<String>, lines: impl IntoIterator<Item = L>) -> Self
    where
        L: IntoIterator<Item = (K, V)>,
        K: Into<String>,
        V: Into<String>,
    {
        let pair = |(key, value): (K, V)| Pair { key: key.into(), value: value.into() };
        let lines = lines.into_iter().map(|line| Line { obj_kv: line.into_iter().map(pair).collect() });
        self.kv.push(Variable { key: key.into(), value: Value::Obj(lines.collect()) });
        self
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        unless(self.kv.is_empty(), "ark.kv", Flaw::Empty)
    }
}

/// What is said does not belong into logs.
impl core::fmt::Debug for Ark {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Ark({})", self.template_id)
    }
}

written! {
    /// A card of lines, in channels and private sessions of guilds.
    Embed needs {
        "title" => title: String,
        "prompt" => prompt: String,
    } may {
        /// What is below the title. Known from one SDK.
        "description" => description: String,
        /// A picture.
        "thumbnail" => thumbnail: Thumbnail,
        /// The lines.
        "fields" => fields: Vec<EmbedField>,
    };

    /// A line of an embed.
    EmbedField needs {
        "name" => name: String,
    } may {
        /// What is beside it. Known from one SDK.
        "value" => value: String,
    };
}

/// A picture by its link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Thumbnail {
    url: String,
}

impl<T: Into<String>> From<T> for Thumbnail {
    fn from(url: T) -> Self {
        Self { url: url.into() }
    }
}

impl Embed {
    /// Adds a line.
    #[must_use]
    pub fn line(mut self, text: impl Into<String>) -> Self {
        self.fields.get_or_insert_with(Vec::new).push(EmbedField::new(text));
        self
    }
}
