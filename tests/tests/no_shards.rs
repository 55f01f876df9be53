//! A bot without shards: its events come to a webhook, it has a token and makes calls, and leaves the gateway alone.

use std::time::Duration;

use qq_testkit::platform::Request;
use qq_testkit::world::{Plan, Scenario};

const HOUR: u64 = 3_600_000;

fn alone() -> Scenario {
    Scenario::new(Plan { shardless: true, ..Plan::calm() })
}

#[test]
fn it_answers_for_a_day_and_never_connects() {
    let mut play = alone();
    for hour in 0..24 {
        play.at(hour * HOUR + 5_000).message_elsewhere().at(hour * HOUR + 6_000);
        assert!(play.client().can_send(), "hour {hour}");
        assert_eq!(play.platform().sent().len() as u64, hour + 1);
    }
    assert_eq!((play.attempts().len(), play.platform().links().len()), (0, 0));
    assert_eq!(play.client().shards().count(), 0);
    // One at the start and one each two hours, in time.
    assert!((12..=14).contains(&play.platform().tokens_issued()), "{}", play.platform().tokens_issued());
    assert_eq!(play.platform().violations(), []);
    play.ends_well();
}

#[test]
fn a_message_before_the_token_is_answered_when_there_is_one() {
    let mut play = alone();
    play.happens("the next 2 token requests are answered with 500");
    play.at(100).message_elsewhere().at(10_000);
    assert_eq!(play.platform().sent().len(), 1);
    play.ends_well();
}

#[test]
fn a_dead_token_is_replaced_for_the_call_that_found_it() {
    let mut play = alone();
    play.at(10_000).happens("server withdraws all tokens").message_elsewhere().at(20_000);
    assert_eq!((play.platform().sent().len(), play.platform().tokens_issued()), (1, 2));
    assert_eq!(play.client().calls().repeats, 1);
    play.ends_well();
}

#[test]
fn a_changed_secret_leaves_it_without_a_token_but_not_stuck() {
    let mut play = alone();
    play.at(10_000).happens("the secret is changed to number 1");
    play.happens("server withdraws all tokens").message_elsewhere().at(30_000);
    // Refused for good: nobody asks again, and the call has its end.
    assert_eq!((play.platform().sent().len(), play.client().calls().waiting), (0, 0));
    assert_eq!(play.client().token().refused, Some(100_016));
    assert!(play.client().next_deadline().is_none());
    play.ends_well();
}

#[test]
fn a_restarted_process_needs_a_token_and_nothing_else() {
    for how in ["crashes", "stops"] {
        let mut play = alone();
        play.at(10_000).happens(&format!("client 0 {how} and is back after 6 s"));
        play.at(30_000).message_elsewhere().at(31_000);
        assert_eq!((play.platform().sent().len(), play.attempts().len()), (1, 0), "{how}");
        play.ends_well();
    }
}

/// The platform would show that somebody asked: discovery is an exchange that it answers.
#[test]
fn the_platform_sees_no_discovery() {
    let mut play = alone();
    // A discovery would use this up, and be seen as an exchange that hangs.
    play.happens("the next 1 discovery requests are left hanging");
    play.at(2 * HOUR);
    assert_eq!(play.platform().hanging(), 0);
    // It would hang, if somebody asked.
    let headers = vec![("Authorization".to_owned(), "QQBot x".to_owned())];
    let (method, path, body) = ("GET".to_owned(), "/gateway/bot".to_owned(), Vec::new());
    let request = Request::Http { exchange: u64::MAX, method, path, headers, body };
    play.platform_mut().handle(Duration::from_millis(2 * HOUR), request);
    assert_eq!(play.platform().hanging(), 1);
}
