//! Requests to a bot's callback address, over real sockets.

use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use ureq::Agent;

use crate::platform::{Post, Posted};

use super::shared::Shared;

/// A longer answer to a callback is not looked at.
const LONGEST: u64 = 64 * 1024;

/// Makes the requests that the platform wants to make, each on a thread of its own; the platform itself sees to it that
/// they are few at once. Runs on a thread of its own until the server stops.
pub(crate) fn serve(shared: &Arc<Shared>) {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // A loopback address behind a proxy is another machine's.
        .proxy(None)
        .build();
    let agent = Agent::new_with_config(config);
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    while let Some(post) = next(shared) {
        threads.retain(|thread| !thread.is_finished());
        let (theirs, agent, number) = (Arc::clone(shared), agent.clone(), post.number);
        let thread = std::thread::Builder::new().name("platform callback".to_owned()).spawn(move || {
            let answer = exchange(&agent, &post);
            theirs.posted(number, answer.as_ref());
        });
        match thread {
            Ok(thread) => threads.push(thread),
            Err(_) => shared.posted(number, None),
        }
    }
    for thread in threads {
        // A thread that panicked has said so already.
        let _ = thread.join();
    }
}

/// Waits for the next request.
fn next(shared: &Shared) -> Option<Post> {
    let mut state = shared.state();
    loop {
        if state.stopping {
            return None;
        }
        if let Some(post) = state.platform.poll_post() {
            return Some(post);
        }
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

fn exchange(agent: &Agent, post: &Post) -> Option<Posted> {
    let mut request = agent.post(&post.url);
    for (name, value) in &post.headers {
        request = request.header(name, value);
    }
    let request = request.config().timeout_global(Some(post.timeout)).build();
    let mut response = request.send(post.body.as_ref()).ok()?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(LONGEST).read_to_vec().ok()?;
    Some(Posted { status, body })
}
