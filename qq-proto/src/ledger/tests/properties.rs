//! Whatever happens in whatever order.

use alloc::collections::BTreeSet;
use alloc::vec;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Move {
    Wait(u64),
    Came(usize, u8),
    Send { chat: usize, trigger: u8, kind: Kind, interim: bool, hold: bool },
    Ended(usize, Outcome),
    Consent(usize, Consent),
    Again,
    Restart(u64),
}

fn chats() -> [Conversation; 4] {
    [person("U"), group("G"), Conversation::new(Scene::Channel, "C"), Conversation::new(Scene::Dm, "D")]
}

fn moves() -> impl Strategy<Value = Move> {
    let outcome = prop_oneof![
        4 => Just(Outcome::Delivered),
        1 => Just(Outcome::Unknown),
        1 => Just(Outcome::NotSent),
        1 => Just(Outcome::UnderAudit),
        3 => prop::sample::select(vec![
            40_034_005, 40_034_105, 40_034_100, 40_034_122, 40_034_123, 40_054_005, 40_034_101, 40_034_006, 0, 1,
        ]).prop_map(Outcome::Refused),
    ];
    let consent =
        prop::sample::select(vec![Consent::Unknown, Consent::Given, Consent::Refused, Consent::Gone]);
    let kind = prop::sample::select(vec![Kind::Text, Kind::Media, Kind::Typing, Kind::Stream]);
    prop_oneof![
        2 => prop_oneof![0_u64..5000, 0_u64..400_000, 0_u64..90_000_000].prop_map(Move::Wait),
        3 => (0_usize..4, any::<u8>()).prop_map(|(chat, id)| Move::Came(chat, id % 6)),
        6 => (0_usize..4, any::<u8>(), kind, any::<bool>(), any::<bool>()).prop_map(
            |(chat, trigger, kind, interim, hold)| Move::Send { chat, trigger: trigger % 8, kind, interim, hold }
        ),
        5 => (0_usize..8, outcome).prop_map(|(which, outcome)| Move::Ended(which, outcome)),
        1 => (0_usize..4, consent).prop_map(|(chat, consent)| Move::Consent(chat, consent)),
        1 => Just(Move::Again),
        1 => (0_u64..10_000).prop_map(Move::Restart),
    ]
}

#[derive(Default)]
struct Books {
    taken: BTreeSet<SendId>,
    flying: Vec<SendId>,
    ended: BTreeSet<SendId>,
    backs: Vec<Message<String>>,
    /// Numbers used: for each thing answered, and which message had each.
    numbers: BTreeMap<(ReplyTo, u32), String>,
}

fn drain(ledger: &mut Ledger<String>, books: &mut Books, repeated: &BTreeSet<String>) {
    while let Some(output) = ledger.poll_output() {
        match output {
            Output::Go(grant) => {
                assert!(grant.route.goes());
                assert!(!books.ended.contains(&grant.id));
                books.flying.push(grant.id);
                if let Some(to) = grant.reply_to {
                    let v2 = matches!(to.scene(), Scene::C2c | Scene::Group);
                    assert_eq!(grant.seq.is_some(), v2);
                    if let Some(seq) = grant.seq {
                        let before = books.numbers.insert((to.clone(), seq), grant.payload.clone());
                        // A number comes twice only for the same message.
                        let same = before.is_none_or(|before| {
                            before == grant.payload && repeated.contains(&grant.payload)
                        });
                        assert!(same, "{to:?} {seq}");
                    }
                }
            }
            Output::Held { id, route } => {
                assert_eq!(route.way, Way::Held);
                assert!(!books.ended.contains(&id));
            }
            Output::Done { id, .. } => assert!(books.ended.insert(id)),
            Output::Back { id, message, .. } => {
                assert!(books.ended.insert(id));
                books.backs.push(*message);
            }
        }
    }
    if let Some(deadline) = ledger.next_deadline() {
        assert!(deadline.at > ledger.now);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 256 }))]

    /// Every message ends exactly once; a number is never given to two messages; nothing is answered more often than
    /// allowed; the deadline lies ahead; an early tick changes nothing; time going back harms nothing.
    #[test]
    fn nothing_is_lost_and_no_budget_is_exceeded(moves in prop::collection::vec(moves(), 1..80)) {
        let settings = Settings { held_each: 3, held: 5, triggers: 8, open: 12, ..Settings::default() };
        let mut ledger: Ledger<String> = Ledger::new(settings);
        let (mut books, mut now, mut made) = (Books::default(), 0_u64, 0);
        let mut repeated = BTreeSet::new();
        for step in moves {
            match step {
                Move::Wait(millis) => {
                    now += millis;
                    ledger.handle(ms(now), Input::Tick);
                }
                Move::Came(chat, id) => {
                    let to = message_in(&chats()[chat], &format!("m{id}"));
                    ledger.handle(ms(now), Input::Arrived(&to));
                }
                Move::Send { chat, trigger, kind, interim, hold } => {
                    let chat = chats()[chat].clone();
                    let text = format!("text {made}");
                    made += 1;
                    let message = if trigger < 6 {
                        Message::answer(&message_in(&chat, &format!("m{trigger}")), kind, text)
                    } else {
                        Message::to(chat, kind, text)
                    };
                    let message = if interim { message.interim() } else { message };
                    let message = message.or(if hold { Otherwise::Hold } else { Otherwise::GiveBack });
                    if let Ok(id) = ledger.send(ms(now), message) {
                        prop_assert!(books.taken.insert(id));
                    }
                }
                Move::Ended(which, outcome) => {
                    if !books.flying.is_empty() {
                        let id = books.flying.remove(which % books.flying.len());
                        ledger.handle(ms(now), Input::Outcome { id, outcome });
                    }
                }
                Move::Consent(chat, consent) => {
                    ledger.handle(ms(now), Input::Consent { conversation: &chats()[chat], consent });
                }
                Move::Again => {
                    if let Some(message) = books.backs.pop() {
                        repeated.insert(message.payload.clone());
                        if let Ok(id) = ledger.send(ms(now), message) {
                            prop_assert!(books.taken.insert(id));
                        }
                    }
                }
                Move::Restart(away) => {
                    drain(&mut ledger, &mut books, &repeated);
                    let saved = ledger.save(ms(now));
                    now = 0;
                    ledger = Ledger::load(settings, ms(0), saved, Duration::from_millis(away));
                    books.flying.clear();
                }
            }
            drain(&mut ledger, &mut books, &repeated);
            prop_assert!(ledger.open() <= 12 && ledger.held() <= 5);
            for (conversation, chat) in &ledger.chats {
                prop_assert!(chat.budgets.len() <= 8);
                if let Some(most) = rules(conversation.scene(), Owner::Uncertified).replies {
                    prop_assert!(chat.budgets.iter().all(|budget| budget.used <= most));
                }
            }
            // Early ticks and a clock that goes back.
            let before = format!("{ledger:?} {:?}", ledger.next_deadline());
            ledger.handle(ms(now / 2), Input::Tick);
            prop_assert_eq!(before, format!("{ledger:?} {:?}", ledger.next_deadline()));
        }
        // In the end all are given back or done.
        for _ in 0..3 {
            now += 8 * 3600 * 1000;
            ledger.handle(ms(now), Input::Tick);
            drain(&mut ledger, &mut books, &repeated);
        }
        prop_assert_eq!(ledger.open(), 0);
        prop_assert_eq!(&books.taken, &books.ended);
    }

    /// Against a platform that counts: whoever asks the ledger is never refused for window or count, and never for a
    /// number, as long as nobody sends past it.
    #[test]
    fn a_strict_platform_refuses_nothing(
        steps in prop::collection::vec((0_usize..2, 0_u8..4, 0_u64..200_000, 0_u8..4, any::<bool>()), 1..120),
    ) {
        let mut ledger: Ledger<String> = Ledger::new(Settings::default());
        let mut platform: BTreeMap<ReplyTo, (u64, BTreeSet<u32>)> = BTreeMap::new();
        let (mut now, mut names) = (1000, 0);
        let mut newest: Vec<Option<ReplyTo>> = vec![None, None];
        for (chat, what, wait, kind, interim) in steps {
            now += wait;
            let conversation = &chats()[chat];
            if what == 0 {
                names += 1;
                let to = message_in(conversation, &format!("m{names}"));
                platform.insert(to.clone(), (now, BTreeSet::new()));
                ledger.handle(ms(now), Input::Arrived(&to));
                newest[chat] = Some(to);
            } else if let Some(to) = &newest[chat] {
                let kind = [Kind::Text, Kind::Media, Kind::Typing, Kind::Stream][usize::from(kind)];
                let message = Message::answer(to, kind, String::new());
                let message = if interim { message.interim() } else { message };
                let _ = ledger.send(ms(now), message);
            }
            while let Some(output) = ledger.poll_output() {
                let Output::Go(grant) = output else { continue };
                if let Some(to) = &grant.reply_to {
                    let (came, used) = platform.get_mut(to).unwrap();
                    let (window, most) = if chat == 0 { (3_600_000, 4) } else { (300_000, 5) };
                    prop_assert!(now - *came <= window, "{to:?} after {}", now - *came);
                    prop_assert!(used.insert(grant.seq.unwrap()), "{to:?} {:?}", grant.seq);
                    prop_assert!(used.len() <= most, "{to:?}");
                }
                ledger.handle(ms(now), Input::Outcome { id: grant.id, outcome: Outcome::Delivered });
            }
        }
    }
}
