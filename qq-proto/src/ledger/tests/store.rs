//! Restarts.

use super::*;

fn restart(desk: &Desk, away: u64) -> Desk {
    let saved = desk.ledger.save(ms(desk.now));
    let text = serde_json::to_string(&saved).unwrap();
    let saved: Saved<String> = serde_json::from_str(&text).unwrap();
    // Payloads of the tests are `&'static str`.
    let saved: Saved<&'static str> =
        serde_json::from_str(String::leak(serde_json::to_string(&saved).unwrap())).unwrap();
    let mut next = Desk::usual();
    next.now = 0;
    next.ledger = Ledger::load(Settings::default(), ms(0), saved, Duration::from_secs(away));
    next
}

#[test]
fn a_restart_keeps_budgets_numbers_consent_quotas_and_held_messages() {
    let mut desk = Desk::usual();
    let to = message_in(&person("U"), "M");
    desk.came(&person("U"), "M");
    desk.answer(&to, "x");
    desk.ended(1, Outcome::Delivered);
    desk.answer(&to, "on its way");
    desk.tell(Input::Consent { conversation: &group("G"), consent: Consent::Given });
    for _ in 0..20 {
        desk.send(Message::to(group("G"), Kind::Text, "x"));
    }
    desk.send(Message::to(group("H"), Kind::Text, "held"));

    let mut next = restart(&desk, 30);
    let lines = next.drain();
    // What was on its way: number 2 and the twenty of the group.
    let unknown = (2..=22).map(|id| format!("back {id} Unknown"));
    let expected: Vec<_> = unknown.chain(["held 23 WhenTheyWrite".to_string()]).collect();
    assert_eq!(lines, expected);
    // The number of the one that was on its way is kept, and the next is new.
    assert_eq!(next.answer(&to, "y"), ["go y Message M 3"]);
    let route = next.ledger.can_send(ms(0), &to, Kind::Text, Part::Final);
    assert_eq!(route.window_left, Some(Duration::from_secs(3600 - 2 - 30)));
    assert_eq!(route.left, Some(0));
    assert_eq!(next.ledger.consent_of(&group("G")), Consent::Given);
    let waits = next.ledger.can_send_to(ms(0), &group("G"), Kind::Text, Part::Final);
    assert_eq!(waits.after, Some(ms(35_000)));
    assert_eq!(next.came(&group("H"), "N"), ["go held Message N 1"]);
}

#[test]
fn what_is_over_stays_over() {
    let mut desk = Desk::usual();
    let to = message_in(&group("G"), "M");
    desk.came(&group("G"), "M");
    let mut next = restart(&desk, 400);
    assert_eq!(next.answer(&to, "late"), ["held 1 AskOptIn"]);
    let mut later = restart(&next, 7 * 3600);
    assert_eq!(later.at(1), ["back 1 TooOld"]);
}

#[test]
fn what_waited_for_a_time_that_has_passed_goes_at_once() {
    let mut desk = Desk::usual();
    let to = message_in(&Conversation::new(Scene::Channel, "C"), "M");
    for _ in 0..6 {
        desk.answer(&to, "x");
    }
    assert_eq!(desk.ledger.held(), 1);
    let mut next = restart(&desk, 5);
    let lines = next.drain();
    assert_eq!(lines[5..], ["held 6 After(0.000 s)", "go x Message M -"]);
}

#[test]
fn a_made_up_store_is_survived() {
    let text = r#"{"last_id":0,"chats":[],"bot":[],"places":[["g",[]]],"messages":[
        {"id":7,"grants":9,"message":{"conversation":{"scene":"group","target":"G"},"answers":null,"kind":"Text",
        "part":"Final","otherwise":"Hold","again":null,"payload":"x"},
        "state":{"Held":{"left":{"secs":18446744073709551615,"nanos":0},"wait":null}}}]}"#;
    let (head, tail) = text.split_once(r#"{"id":7"#).unwrap();
    let entry = ["{\"id\":7", tail.strip_suffix("]}").unwrap()].concat();
    let twice = String::leak(format!("{head}{entry},{entry}]}}"));
    let twice: Saved<&'static str> = serde_json::from_str(twice).unwrap();
    let mut ledger = Ledger::load(Settings::default(), ms(0), twice, Duration::MAX);
    let outputs: Vec<_> = core::iter::from_fn(|| ledger.poll_output()).collect();
    assert_eq!(outputs.len(), 2);
    assert_eq!(ledger.send(ms(0), Message::to(group("G"), Kind::Text, "y")).unwrap(), SendId(8));
}
