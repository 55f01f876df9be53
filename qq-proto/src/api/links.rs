//! Links that bring people to the bot.

use alloc::string::String;

use crate::api::invalid::{Invalid, short};
use crate::api::operation::operations;
use crate::model::Str;
use crate::model::record::record;

record! {
    /// A link that was made.
    ShareLink {
        /// The link. Has been `url_link` for some weeks of 2026; [`as_str`](Self::as_str) reads either.
        "url" => url: Str<'a>,
        /// The link under its older name.
        "url_link" => url_link: Str<'a>,
    }
}

impl ShareLink<'_> {
    /// The link, whichever of its names it came under.
    pub fn as_str(&self) -> &str {
        if self.url.is_empty() { &self.url_link } else { &self.url }
    }
}

operations! { Links;
    /// Makes a link from which people add the bot as a friend or into a group.
    6 CreateShareLink Post ["v2", "generate_url_link"] => inside ShareLink ("data") {
        limit: 50 per 1,
        check: link,
        body {
            /// Comes back in `FRIEND_ADD`: at most 32 characters.
            "callback_data" => callback_data: String,
        }
        always object
    }
}

fn link(call: &CreateShareLink) -> Result<(), Invalid> {
    short(call.callback_data.as_deref().unwrap_or_default(), 32, "callback_data")
}
