//! The platform's plan for the parts of a file.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::UploadPlan;
use crate::api::operation::whole;
use crate::secret::Secret;
use crate::url::may_carry_secret;

/// More parts than this are not believed: the largest file has 200 MB.
const MOST_PARTS: usize = 10_000;

/// One SDK reports a part again for so long at most, whatever the plan says.
const LONGEST_RETRY: Duration = Duration::from_secs(600);
/// A plan that wants no pause, or a very long one, is not meant well.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Where each part goes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) upload_id: String,
    block: u64,
    size: u64,
    places: Vec<Place>,
    /// Parts at once that the platform allows.
    pub(super) parallel: u32,
    /// How long, and with which pauses, a part that the platform is not ready for is reported again.
    pub(super) retry_for: Duration,
    pub(super) retry_pause: Duration,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// Counted from 0 or from 1, depending on whom one asks: it is given back as it came.
    index: u64,
    url: String,
}

impl Plan {
    /// Reads the answer to `upload_prepare` for a file of `size` bytes. `None` if it cannot be followed: parts that do
    /// not cover the file, or places that are not safe.
    pub(super) fn read(body: &[u8], size: u64) -> Option<Self> {
        let plan: UploadPlan<'_> = whole(body).ok()?;
        let (mut places, mut sized) = (Vec::new(), None);
        for part in &plan.parts {
            let part = part.ok().filter(|_| places.len() < MOST_PARTS)?;
            let url = Some(part.presigned_url.as_str()).filter(|url| may_carry_secret(url))?;
            sized = sized.or(part.block_size);
            places.push(Place { index: part.index?, url: url.into() });
        }
        let upload_id = Some(plan.upload_id.as_str()).filter(|id| !id.is_empty())?.into();
        let block = plan.block_size.filter(|block| *block > 0).or(sized)?;
        if block == 0 || size.div_ceil(block) != u64::try_from(places.len()).ok()? {
            return None;
        }
        let config = plan.config();
        Some(Self {
            upload_id,
            block,
            size,
            places,
            parallel: u32::try_from(config.concurrency).unwrap_or(u32::MAX).max(1),
            retry_for: config.retry_timeout.min(LONGEST_RETRY),
            retry_pause: config.retry_delay.clamp(SHORTEST_PAUSE, LONGEST_PAUSE),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The bytes of a part: by its place in the list, whatever its index.
    pub(super) fn range(&self, part: usize) -> Range<u64> {
        let from = u64::try_from(part).unwrap_or(u64::MAX).saturating_mul(self.block).min(self.size);
        from..from.saturating_add(self.block).min(self.size)
    }

    pub(super) fn index(&self, part: usize) -> u64 {
        self.places.get(part).map_or(0, |place| place.index)
    }

    pub(super) fn url(&self, part: usize) -> Secret {
        Secret::new(self.places.get(part).map(|place| place.url.clone()).unwrap_or_default())
    }

    /// Whether a stored plan is one that could have been read.
    pub(super) fn sound(&self, size: u64) -> bool {
        self.size == size
            && self.block > 0
            && self.places.len() <= MOST_PARTS
            && Ok(size.div_ceil(self.block)) == u64::try_from(self.places.len())
            && self.places.iter().all(|place| may_carry_secret(&place.url))
    }
}

/// The addresses carry their own permission.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({} parts of {} bytes)", self.places.len(), self.block)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn plan(body: &str, size: u64) -> Option<Plan> {
        Plan::read(body.as_bytes(), size)
    }

    const TWO: &str = r#"[{"index":0,"presigned_url":"https://store.example/0?sign=x"},
        {"index":1,"presigned_url":"https://store.example/1?sign=x","block_size":"3"}]"#;

    #[test]
    fn all_known_forms_are_read() {
        let forms = [
            format!(
                r#"{{"upload_id":"u","block_size":"5","parts":{TWO},
                "upload_config":{{"concurrency":3,"retry_timeout":30,"retry_delay":2}}}}"#
            ),
            format!(
                r#"{{"upload_id":"u","block_size":5,"parts":{TWO},"concurrency":"3","retry_timeout":30,"retry_delay":2}}"#
            ),
        ];
        for form in forms {
            let plan = plan(&form, 8).unwrap();
            assert_eq!((plan.parallel, plan.retry_for.as_secs(), plan.retry_pause.as_secs()), (3, 30, 2));
            assert_eq!((plan.range(0), plan.range(1), plan.index(1)), (0..5, 5..8, 1));
        }
        let bare = plan(&format!(r#"{{"upload_id":"u","block_size":5,"parts":{TWO}}}"#), 8).unwrap();
        assert_eq!((bare.parallel, bare.retry_for.as_secs(), bare.retry_pause.as_secs()), (1, 300, 1));
        let debug = format!("{bare:?} {:?}", bare.url(0));
        assert!(!debug.contains("sign"), "{debug}");
    }

    #[test]
    fn plans_that_cannot_be_followed_are_refused() {
        let fine = format!(r#"{{"upload_id":"u","block_size":5,"parts":{TWO}}}"#);
        assert!(plan(&fine, 5).is_none());
        assert!(plan(&fine, 11).is_none());
        for (from, to) in [
            (r#""upload_id":"u""#, r#""upload_id":"""#),
            (r#""block_size":5"#, r#""block_size":0"#),
            ("https://store.example/0", "http://store.example/0"),
            ("https://store.example/1", "https://user@store.example/1"),
            (r#""index":1"#, r#""index":null"#),
        ] {
            assert!(plan(&fine.replace(from, to), 8).is_none(), "{to}");
        }
        assert!(plan("<html>", 8).is_none());
        assert!(plan(r#"{"upload_id":"u","block_size":5,"parts":[]}"#, 8).is_none());
    }
}
