//! What was sent, what arrived, and whether the two agree.

use std::collections::{HashMap, HashSet};

use crate::platform::{Platform, Pushed};

use super::subject::Received;

/// The books of one run.
#[derive(Debug, Default)]
pub(crate) struct Books {
    received: Vec<Received>,
    ids: HashSet<String>,
    messages: Vec<Message>,
}

/// A message that was pushed.
#[derive(Debug)]
struct Message {
    id: String,
    event: String,
    text: String,
}

/// Where an event stands in the platform's log.
struct Place {
    session: usize,
    at: usize,
    seqs: Vec<u64>,
}

impl Books {
    pub(crate) fn receive(&mut self, event: Received) {
        if let Some(id) = &event.id {
            self.ids.insert(id.clone());
        }
        self.received.push(event);
    }

    pub(crate) fn received(&self) -> usize {
        self.received.len()
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Takes note of a message that wants an answer.
    pub(crate) fn pushed(&mut self, pushed: &Pushed, text: &str) {
        if let Some(id) = &pushed.message_id {
            self.messages.push(Message {
                id: id.clone(),
                event: pushed.event_id.clone(),
                text: text.to_owned(),
            });
        }
    }

    /// The events that are still to be received.
    pub(crate) fn missing(&self, platform: &Platform) -> HashSet<String> {
        let sessions = platform.sessions();
        let lives: HashSet<&str> =
            sessions.iter().filter(|session| session.ended.is_none()).map(|session| &*session.id).collect();
        platform
            .log()
            .filter(|row| row.owed && lives.contains(&*row.session) && !self.ids.contains(&*row.id))
            .map(|row| row.id.to_string())
            .collect()
    }

    /// How often each message that was received has been answered.
    fn answers<'a>(&'a self, platform: &Platform) -> impl Iterator<Item = (&'a str, usize)> {
        let mut counts: HashMap<String, Vec<String>> = HashMap::new();
        for sent in platform.sent() {
            if let Some(id) = &sent.msg_id {
                counts.entry(id.clone()).or_default().push(sent.content.clone());
            }
        }
        self.messages.iter().filter(|message| self.ids.contains(&message.event)).map(move |message| {
            let texts = counts.get(&message.id).map(Vec::as_slice).unwrap_or_default();
            let fitting = texts.iter().filter(|text| text.contains(&message.text)).count();
            // A wrong text counts as one answer too many.
            let wrong = texts.len() - fitting;
            (message.text.as_str(), if wrong > 0 { texts.len() + 1 } else { fitting })
        })
    }

    /// Messages that were received and have no answer yet.
    pub(crate) fn unanswered(&self, platform: &Platform) -> Vec<String> {
        self.answers(platform).filter(|(_, count)| *count == 0).map(|(text, _)| text.to_owned()).collect()
    }

    /// What must be true of every run: once, in order, nothing made up, one answer each.
    pub(crate) fn check(&self, platform: &Platform, echo: bool) -> Result<(), String> {
        self.check_events(platform)?;
        if !echo {
            return Ok(());
        }
        match self.answers(platform).find(|(_, count)| *count != 1) {
            Some((text, 0)) => Err(format!("the message {text:?} was not answered")),
            Some((text, count)) => Err(format!("the message {text:?} was answered wrongly or {count} times")),
            None => Ok(()),
        }
    }

    fn check_events(&self, platform: &Platform) -> Result<(), String> {
        let places = places(platform);
        let mut seen: HashSet<&str> = HashSet::new();
        let mut newest: HashMap<usize, usize> = HashMap::new();
        for event in &self.received {
            // What belongs to the session itself has no id.
            let Some(id) = event.id.as_deref() else { continue };
            let Some(place) = places.get(id) else {
                return Err(format!("{} {id} was never sent", event.name));
            };
            if !seen.insert(id) {
                return Err(format!("{} {id} was received twice", event.name));
            }
            if let Some(seq) = event.seq.filter(|seq| !place.seqs.contains(seq)) {
                return Err(format!(
                    "{} {id} was received as number {seq}, not {:?}",
                    event.name, place.seqs
                ));
            }
            if newest.insert(place.session, place.at).is_some_and(|before| before > place.at) {
                return Err(format!("{} {id} was received out of order", event.name));
            }
        }
        let missing = self.missing(platform);
        match missing.iter().next() {
            Some(id) => Err(format!("{} events were not received, among them {id}", missing.len())),
            None => Ok(()),
        }
    }
}

fn places(platform: &Platform) -> HashMap<String, Place> {
    let mut sessions: HashMap<&str, usize> = HashMap::new();
    let mut places: HashMap<String, Place> = HashMap::new();
    for (at, row) in platform.log().enumerate() {
        let next = sessions.len();
        let session = *sessions.entry(&row.session).or_insert(next);
        let place = places.entry(row.id.to_string());
        place.or_insert_with(|| Place { session, at, seqs: Vec::new() }).seqs.push(row.seq);
    }
    places
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::*;
    use crate::platform::{Effect, PlatformConfig, Request};

    /// A platform with one live session that was sent three messages.
    fn platform() -> (Platform, Books, Vec<Received>) {
        let mut platform = Platform::new(PlatformConfig::default());
        let now = Duration::ZERO;
        let secret = platform.config().secret.expose().to_owned();
        let body = json!({"appId": platform.config().app_id, "clientSecret": secret}).to_string();
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        let (method, path) = ("POST".to_owned(), "/app/getAppAccessToken".to_owned());
        platform.handle(now, Request::Http { exchange: 1, method, path, headers, body: body.into() });
        let Some(Effect::Http { body, .. }) = platform.poll_effect() else { panic!("no answer") };
        let token = serde_json::from_slice::<Value>(&body).unwrap()["access_token"].clone();
        let token = format!("QQBot {}", token.as_str().unwrap());
        platform.handle(now, Request::Dial { link: 2 });
        let d = json!({"token": token, "intents": 1 << 25, "shard": [0, 1]});
        let text = Bytes::from(json!({"op": 2, "d": d}).to_string());
        platform.handle(now, Request::Text { link: 2, text });
        let mut books = Books::default();
        let received = ["a", "b", "c"].map(|text| {
            let pushed = platform.push_c2c(now, text);
            books.pushed(&pushed, text);
            let seq = pushed.session.map(|(_, seq)| seq);
            Received { name: "C2C_MESSAGE_CREATE".to_owned(), id: Some(pushed.event_id), seq }
        });
        (platform, books, received.into())
    }

    fn verdict(order: &[usize], change: impl Fn(&mut Received)) -> Result<(), String> {
        let (platform, mut books, received) = platform();
        for &at in order {
            let mut event = received[at].clone();
            change(&mut event);
            books.receive(event);
        }
        books.check(&platform, false)
    }

    #[test]
    fn the_books_agree_or_say_what_does_not() {
        let says = |order: &[usize], words: &str| {
            let error = verdict(order, |_| ()).unwrap_err();
            assert!(error.contains(words), "{error}");
        };
        assert_eq!(verdict(&[0, 1, 2], |_| ()), Ok(()));
        says(&[0, 1, 1, 2], "twice");
        says(&[0, 2, 1], "out of order");
        says(&[0, 2], "1 events were not received");
        let made_up = verdict(&[0], |event| event.id = Some("X:1".to_owned())).unwrap_err();
        assert!(made_up.contains("never sent"), "{made_up}");
        let renumbered = verdict(&[0], |event| event.seq = Some(77)).unwrap_err();
        assert!(renumbered.contains("number 77"), "{renumbered}");
    }

    #[test]
    fn what_was_received_has_to_be_answered() {
        let (platform, mut books, received) = platform();
        assert_eq!(books.unanswered(&platform), Vec::<String>::new());
        for event in received {
            books.receive(event);
        }
        assert_eq!(books.unanswered(&platform), ["a", "b", "c"]);
        assert!(books.check(&platform, true).unwrap_err().contains("not answered"));
    }
}
