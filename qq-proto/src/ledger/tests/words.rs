//! What people read.

use super::*;

#[test]
fn every_way_is_explained() {
    let mut desk = Desk::usual();
    let chat = person("U");
    let to = message_in(&chat, "M");
    let ask = |desk: &Desk, kind, part| desk.ledger.can_send(ms(desk.now), &to, kind, part);
    desk.came(&chat, "M");
    assert_eq!(
        ask(&desk, Kind::Text, Part::Final).to_string(),
        "sent as an answer to a message, 3 more possible within 59 min"
    );
    for _ in 0..3 {
        desk.answer(&to, "x");
    }
    let typing = ask(&desk, Kind::Typing, Part::Interim);
    assert_eq!(
        typing.to_string(),
        "not sent: the last answer is kept for the final one; this kind of message can only be an answer; \
         this kind of message cannot be a wake-up"
    );
    assert_eq!(typing.verdict(), Verdict::No);
    desk.answer(&to, "x");
    assert_eq!(
        ask(&desk, Kind::Text, Part::Final).to_string(),
        "sent as a wake-up, 0 more possible within 24 h: all answers to the last message are used; whether messages \
         that answer nothing are allowed here is not known"
    );
    desk.tell(Input::Consent { conversation: &chat, consent: Consent::Given });
    assert_eq!(
        ask(&desk, Kind::Text, Part::Final).to_string(),
        "sent by itself, answering nothing, 4 more possible: all answers to the last message are used"
    );
    desk.at(3600);
    let typing = ask(&desk, Kind::Typing, Part::Interim);
    assert_eq!(typing.no_answer, Some(NoAnswer::WindowOver));
    let group = desk.ledger.can_send_to(ms(desk.now), &group("G"), Kind::Stream, Part::Final);
    assert_eq!(group.to_string(), "not sent: this kind of message exists in one-to-one chats alone");
    let held = Route { wait: Some(Duration::from_secs(90)), after: Some(ms(1)), ..Route::new(Way::Held) };
    assert_eq!(held.to_string(), "not now, possible in 90 s");
    assert_eq!(held.verdict(), Verdict::After(ms(1)));
}

#[test]
fn asking_and_sending_agree() {
    let mut desk = Desk::usual();
    desk.came(&group("G"), "M");
    for (to, kind) in [
        (message_in(&group("G"), "M"), Kind::Text),
        (message_in(&group("G"), "M"), Kind::Typing),
        (message_in(&person("U"), "never seen"), Kind::Stream),
        (message_in(&person("U"), "never seen"), Kind::Media),
    ] {
        let foreseen = desk.ledger.can_send(ms(desk.now), &to, kind, Part::Final);
        desk.ledger.send(ms(desk.now), Message::answer(&to, kind, "x")).unwrap();
        let came = match desk.ledger.poll_output().unwrap() {
            Output::Go(grant) => grant.route,
            Output::Held { route, .. } | Output::Back { route, .. } | Output::Done { route, .. } => route,
        };
        // A typing is an interim message by nature.
        assert_eq!(came, foreseen, "{kind:?}");
    }
}

#[test]
fn nothing_prints_what_people_write() {
    let mut desk = Desk::usual();
    let to = message_in(&person("U"), "M");
    let message = Message::answer(&to, Kind::Text, "private words");
    let before = format!("{message:?}");
    desk.ledger.send(ms(0), message).unwrap();
    let output = desk.ledger.poll_output().unwrap();
    let sent = format!("{output:?} {:?} {:?}", desk.ledger, desk.ledger.save(ms(0)));
    desk.ledger.handle(ms(0), Input::Outcome { id: SendId(1), outcome: Outcome::Unknown });
    let shown = format!("{before} {sent} {:?}", desk.ledger.poll_output().unwrap());
    assert!(!shown.contains("private"), "{shown}");
}
