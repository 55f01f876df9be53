//! The control interface; the table is in the documentation of [`super`].

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use qq_proto::may_carry_secret;

use crate::platform::{Forgery, Inbound, Incident, Platform, PushEnd, Pushed, ROUTES, Scene, Standing};

use super::fault::SocketFault;
use super::shared::Shared;

/// A long poll ends after this time whatever was asked for.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// A burst is held in memory as a whole.
const LARGEST_BURST: u32 = 1_000_000;

#[derive(Deserialize)]
struct Event {
    t: String,
    #[serde(default)]
    d: Value,
}

#[derive(Deserialize)]
struct Raw {
    shard: u32,
    text: String,
}

#[derive(Deserialize)]
struct Burst {
    count: u32,
    scene: Option<Scene>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    url: Option<String>,
}

#[derive(Deserialize)]
struct Forge {
    how: Forgery,
}

type Answer = (u16, Value);

pub(crate) fn answer(shared: &Shared, method: &str, path: &str, body: &[u8]) -> Answer {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    match (method, path) {
        ("GET", "state") => state(shared),
        ("GET", "sent") => sent(shared, query),
        ("GET", "live") => live(shared, query),
        ("GET", "seen") => seen(shared, query),
        ("GET", "files") => {
            let platform = shared.lock();
            (200, json!({"files": platform.files().collect::<Vec<_>>()}))
        }
        ("GET", "operations") => (200, operations()),
        ("GET", "violations") => (200, json!({"violations": shared.lock().violations()})),
        ("GET", "callback") => callback(shared, query),
        ("POST", "callback") => with(body, |address: Address| set_callback(shared, address.url.as_deref())),
        ("POST", "forge") => with(body, |order: Forge| {
            let mut platform = shared.lock();
            let now = platform.now();
            done(platform.forge(now, order.how))
        }),
        ("POST", "message") => with(body, |inbound: Inbound| {
            pushed(shared, |platform, now| platform.push_message(now, &inbound))
        }),
        ("POST", "event") => {
            with(body, |event: Event| pushed(shared, |platform, now| platform.push(now, &event.t, &event.d)))
        }
        ("POST", "raw") => with(body, |raw: Raw| {
            let mut platform = shared.lock();
            let now = platform.now();
            done(platform.push_raw(now, raw.shard, &raw.text))
        }),
        ("POST", "burst") => with(body, |order: Burst| burst(shared, &order)),
        // The field that names the kind tells which of the two lists it is from.
        ("POST", "incident") => with(body, |order: Value| {
            if order.get("fault").is_some() { fault(shared, order) } else { incident(shared, order) }
        }),
        ("POST", "reset") => {
            shared.reset();
            done(true)
        }
        _ => (404, json!({"error": format!("there is no {method} /_control/{path}")})),
    }
}

fn incident(shared: &Shared, order: Value) -> Answer {
    read(serde_json::from_value(order), |incident: Incident| {
        let mut platform = shared.lock();
        let now = platform.now();
        done(platform.apply(now, incident))
    })
}

fn fault(shared: &Shared, order: Value) -> Answer {
    read(serde_json::from_value(order), |fault: SocketFault| done(shared.fault(&fault)))
}

fn with<T: DeserializeOwned>(body: &[u8], act: impl FnOnce(T) -> Answer) -> Answer {
    read(serde_json::from_slice(body), act)
}

fn read<T>(order: serde_json::Result<T>, act: impl FnOnce(T) -> Answer) -> Answer {
    match order {
        Ok(order) => act(order),
        Err(error) => (400, json!({"error": error.to_string()})),
    }
}

fn done(done: bool) -> Answer {
    (200, json!({"done": done}))
}

fn pushed(shared: &Shared, act: impl FnOnce(&mut Platform, Duration) -> Pushed) -> Answer {
    let mut platform = shared.lock();
    let now = platform.now();
    (200, json!(act(&mut platform, now)))
}

fn burst(shared: &Shared, order: &Burst) -> Answer {
    if order.count > LARGEST_BURST {
        return (400, json!({"error": format!("count is at most {LARGEST_BURST}")}));
    }
    let text = order.text.as_deref().unwrap_or("burst");
    let mut inbound = Inbound::new(order.scene.unwrap_or(Scene::C2c), "");
    let (mut first, mut last) = (None, None);
    let mut platform = shared.lock();
    for number in 0..order.count {
        inbound.text = format!("{text} {number}");
        let now = platform.now();
        last = platform.push_message(now, &inbound).session;
        first = first.or_else(|| last.clone());
    }
    (200, json!({"pushed": order.count, "first": first, "last": last}))
}

fn state(shared: &Shared) -> Answer {
    let platform = shared.lock();
    let state = json!({
        "now": platform.now().as_secs_f64(),
        "links": platform.links(),
        "sessions": platform.sessions(),
        "attempts": platform.attempts(),
        "live_shards": platform.live_shards(),
        "sent": platform.sent(),
        "violations": platform.violations(),
        "over_limits": platform.over_limits().collect::<std::collections::BTreeMap<_, _>>(),
    });
    (200, state)
}

fn sent(shared: &Shared, query: &str) -> Answer {
    let after = usize::try_from(number(query, "after").unwrap_or(0)).unwrap_or(usize::MAX);
    wait(shared, query, |platform| platform.sent().len() > after);
    let platform = shared.lock();
    let sent = platform.sent();
    (200, json!({"next": sent.len(), "sent": sent.get(after..).unwrap_or_default()}))
}

/// What people see, in order; of one place if a `target` is named.
fn seen(shared: &Shared, query: &str) -> Answer {
    let target = query.split('&').find_map(|pair| pair.strip_prefix("target="));
    let platform = shared.lock();
    let seen: Vec<_> =
        platform.seen().iter().filter(|seen| target.is_none_or(|target| seen.target == target)).collect();
    (200, json!({"seen": seen, "twice": platform.seen_twice()}))
}

/// The operations whose failure can be ordered.
fn operations() -> Value {
    let rows: Vec<Value> = ROUTES
        .iter()
        .map(|route| {
            json!({"number": route.number, "name": route.name, "method": route.method, "path": route.path})
        })
        .collect();
    json!({"operations": rows})
}

fn set_callback(shared: &Shared, url: Option<&str>) -> Answer {
    if let Some(url) = url.filter(|url| !url.starts_with("http") || !may_carry_secret(url)) {
        return (400, json!({"error": format!("{url} is neither https nor http on this machine")}));
    }
    let mut platform = shared.lock();
    let now = platform.now();
    platform.set_callback(now, url);
    done(true)
}

fn callback(shared: &Shared, query: &str) -> Answer {
    let at_least = usize::try_from(number(query, "pushed").unwrap_or(0)).unwrap_or(usize::MAX);
    wait(shared, query, |platform| {
        let over = platform.pushes().filter(|push| push.end != PushEnd::Open).count();
        platform.callback() != Some(Standing::Validating) && over >= at_least
    });
    let platform = shared.lock();
    let pushes: Vec<_> = platform.pushes().collect();
    (200, json!({"standing": platform.callback(), "pushes": pushes}))
}

fn live(shared: &Shared, query: &str) -> Answer {
    let shards = usize::try_from(number(query, "shards").unwrap_or(1)).unwrap_or(usize::MAX);
    wait(shared, query, |platform| platform.live_shards().len() >= shards);
    (200, json!({"live_shards": shared.lock().live_shards()}))
}

fn wait(shared: &Shared, query: &str, condition: impl Fn(&Platform) -> bool) {
    let at_most = Duration::from_millis(number(query, "wait_ms").unwrap_or(0)).min(LONGEST_WAIT);
    shared.wait_for(at_most, condition);
}

fn number(query: &str, name: &str) -> Option<u64> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(known, _)| *known == name).find_map(|(_, value)| value.parse().ok())
}
