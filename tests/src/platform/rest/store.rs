//! Where the parts of an upload go: a host of its own, with addresses that are their own permission.

use super::super::http::{Answer, Call, Content};
use super::super::{Platform, Rule};
use super::ask::pairs;

/// What every address at that host begins with.
const STORE: &str = "/_store/";

impl Platform {
    /// The address a part is put to.
    pub(super) fn presigned(&self, upload: &str, part: u64, sign: &str) -> String {
        let base = if let Some(base) = &self.config.rest.store_url {
            base.clone()
        } else {
            let (scheme, rest) = self.config.gateway_url.split_once("://").unwrap_or(("ws", "127.0.0.1"));
            let host = rest.split(['/', '?']).next().unwrap_or_default();
            let scheme = if scheme == "wss" { "https" } else { "http" };
            format!("{scheme}://{host}")
        };
        format!("{base}{STORE}{upload}/{part}?partNumber={}&sign={sign}", part + 1)
    }

    /// Serves the store; nothing if the request is for another host.
    pub(in super::super) fn store(&mut self, call: &Call) -> Option<Answer> {
        let rest = call.route().strip_prefix(STORE)?;
        let refused = |status| Some(Answer { status, content: Content::Nothing });
        if call.method != "PUT" {
            self.violate(Rule::NoSuchEndpoint, None, "the store takes PUT");
            return refused(405);
        }
        // The address is the permission; a token there is a token given away.
        if call.header("authorization").is_some() {
            self.violate(Rule::TokenToForeignHost, None, "an Authorization header for a presigned address");
            return refused(403);
        }
        let sign = pairs(&call.path).into_iter().find(|(name, _)| name == "sign").map(|(_, sign)| sign);
        let (upload, part) = rest.split_once('/')?;
        let put = part.parse().ok().and_then(|part| {
            self.rest.files.put(upload, part, sign.as_deref().unwrap_or_default(), &call.body)
        });
        match put {
            Some(hash) => Some(Answer { status: 200, content: Content::Tag(hash) }),
            None => refused(403),
        }
    }
}
