//! Where requests meet the core and events meet the queue.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use qq_proto::webhook::{Head, Notice as News, Received as Verified, Settings, SetupError, Totals, Webhook};
use qq_proto::{Secret, Timestamp};

use super::http::{Answer, Received};
use crate::clock::unix_seconds;
use crate::lock;
use crate::options::Notice;
use crate::shared::Shared;

/// Signatures with the secret before count for so long after a new one was given: pushes that were under way, and
/// their repetitions.
const OLD_SECRET: Duration = Duration::from_secs(600);

/// The same news is told at most this often: whoever finds the address can make it happen.
const REPEAT: Duration = Duration::from_secs(10);

/// Answers requests.
pub(crate) struct Desk {
    webhook: Mutex<Webhook>,
    told: Mutex<BTreeMap<&'static str, Told>>,
}

/// When news was told last, and how often it has happened since.
struct Told {
    at: Timestamp,
    since: u64,
}

impl Desk {
    pub(crate) fn new(settings: Settings) -> Result<Self, SetupError> {
        Ok(Self { webhook: Mutex::new(Webhook::new(settings)?), told: Mutex::default() })
    }

    /// Verifies a request, puts its event into the queue, and says what to answer. The application has no part in it.
    pub(crate) fn answer(&self, shared: &Shared, request: &Received) -> Answer {
        let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let head = Head::read(headers);
        let now = shared.clock.now();
        let mut webhook = lock(&self.webhook);
        let answer = match webhook.handle(now, unix_seconds(), &head, &request.body) {
            Verified::Done(answer) => answer,
            Verified::Event(event) => {
                if shared.queue.offer(event.dispatch, shared.capacity) {
                    webhook.accepted(event.receipt)
                } else {
                    webhook.full(event.receipt)
                }
            }
        };
        drop(webhook);
        self.tell(shared, now, answer.notice);
        let response = answer.response;
        let content_type = response.content_type();
        Answer { status: response.status, content_type, body: response.body }
    }

    /// The app secret is another one from now on.
    pub(crate) fn set_secret(&self, app_id: &str, secret: &Secret, now: Timestamp) {
        // An empty one is no key; the core's own refusal of it is told elsewhere.
        let _ = lock(&self.webhook).rotate(app_id, secret, now.after(OLD_SECRET));
    }

    pub(crate) fn totals(&self) -> Totals {
        lock(&self.webhook).totals().clone()
    }

    fn tell(&self, shared: &Shared, now: Timestamp, news: News) {
        let name = match news {
            News::Refused(why) => why.name(),
            News::Full => "full",
            News::Busy => "busy",
            News::Validated { .. } => "validated",
            News::Other { .. } => "other",
            // What happens all the time.
            News::Accepted | News::Duplicate | News::InFlight | News::Heartbeat | _ => return,
        };
        let mut told = lock(&self.told);
        let times = match told.get_mut(name) {
            Some(before) if now.since(before.at) < REPEAT => {
                before.since += 1;
                return;
            }
            Some(before) => std::mem::take(&mut before.since) + 1,
            None => 1,
        };
        told.insert(name, Told { at: now, since: 0 });
        drop(told);
        shared.tell(Notice::Webhook { news, times });
    }
}
