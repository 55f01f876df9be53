//! Passive replies: repeated where that is safe, never twice, in order, within their time.

use std::time::Duration;

use qq_testkit::platform::{Endpoint, Failure, Incident};
use qq_testkit::world::{Plan, Scenario};

/// A message at 10 s, with what happens to the sends before it.
fn answered(sentences: &[&str]) -> Scenario {
    let mut play = Scenario::new(Plan::calm());
    play.at(10_000);
    for sentence in sentences {
        play.happens(sentence);
    }
    play.message();
    play
}

fn failures(play: &mut Scenario) -> usize {
    play.told().iter().filter(|line| line.contains("a reply failed")).count()
}

#[test]
fn a_reply_is_sent_at_once() {
    let mut play = answered(&[]);
    play.at(10_100);
    let sent = play.platform().sent();
    assert_eq!((sent.len(), sent[0].msg_seq, sent[0].at), (1, 1, Duration::from_millis(10_040)));
    assert_eq!(failures(&mut play), 0);
    play.ends_well();
}

#[test]
fn a_dead_token_is_replaced_once() {
    let mut play = answered(&["server withdraws all tokens"]);
    play.at(12_000);
    assert_eq!(play.platform().tokens_issued(), 2);
    assert_eq!(play.platform().sent().len(), 1);
    assert_eq!(play.client().calls().repeats, 1);
    play.ends_well();
}

#[test]
fn a_second_401_is_final() {
    let mut play = answered(&["the next 2 send requests are answered with 401"]);
    play.at(40_000);
    assert_eq!(play.platform().sent().len(), 0);
    assert_eq!(failures(&mut play), 1);
    play.ends_well();
}

#[test]
fn refusals_that_pass_are_repeated() {
    for how in [
        "are answered with 500",
        "are answered with 429",
        "are answered with a page of HTML",
        "are answered with 200 and an error inside",
        "do nothing and lose their connection",
    ] {
        let mut play = answered(&[&format!("the next 2 send requests {how}")]);
        play.at(26_000);
        assert_eq!(play.platform().sent().len(), 1, "{how}");
        assert_eq!(play.client().calls().repeats, 2, "{how}");
        assert_eq!(failures(&mut play), 0, "{how}");
        play.ends_well();
    }
}

#[test]
fn a_cut_reply_is_recognised_as_delivered() {
    for how in ["are done and lose their connection", "are left hanging"] {
        let mut play = answered(&[&format!("the next 1 send requests {how}")]);
        play.at(26_000);
        let sent = play.platform().sent();
        assert_eq!((sent.len(), sent[0].msg_seq), (1, 1), "{how}");
        assert_eq!(failures(&mut play), 0, "{how}");
        assert_eq!(play.client().calls().done, 1, "{how}");
        play.ends_well();
    }
}

#[test]
fn a_final_refusal_is_not_repeated() {
    let mut play = answered(&[]);
    let refusal = Incident::FailNext {
        endpoint: Endpoint::Send,
        how: Failure::Error { status: 400, code: 40_034_005 },
        times: 1,
    };
    let now = Duration::from_secs(10);
    play.platform_mut().apply(now, refusal);
    play.at(30_000);
    assert_eq!(play.platform().sent().len(), 0);
    assert_eq!((failures(&mut play), play.client().calls().repeats), (1, 0));
    play.ends_well();
}

#[test]
fn replies_of_one_conversation_keep_their_order() {
    let mut play = answered(&["the next 2 send requests are answered with 500"]);
    play.at(10_010).message().at(10_020).message().at(30_000);
    let sent: Vec<_> = play.platform().sent().iter().map(|sent| sent.msg_id.clone()).collect();
    let pushed: Vec<String> = play.platform().log().map(|row| row.id.to_string()).collect();
    let answered: Vec<String> = play
        .platform()
        .sent()
        .iter()
        .map(|sent| sent.content.trim_start_matches("once ").to_owned())
        .collect();
    assert_eq!(sent.len(), 3);
    assert_eq!(answered, pushed);
    play.ends_well();
}

#[test]
fn all_within_fifteen_seconds() {
    let mut play = answered(&["the next 9 send requests are left hanging"]);
    play.at(25_000);
    assert_eq!(play.client().calls().failed, 0);
    play.at(25_100);
    assert_eq!(play.client().calls().failed, 1);
    assert_eq!(failures(&mut play), 1);
    play.ends_well();
}

#[test]
fn one_operation_fails_and_nobody_sees_a_message_twice() {
    for how in [
        "are answered with 500",
        "are answered with 429 and a page of HTML",
        "do nothing and lose their connection",
        "are done and lose their connection",
        "are left hanging",
    ] {
        let mut play = answered(&[&format!("the next 1 calls of c2c_message_send {how}")]);
        play.at(26_000);
        let platform = play.platform();
        assert_eq!(platform.seen().len(), 1, "{how}");
        assert!(platform.seen_twice().is_empty(), "{how}");
        play.ends_well();
    }
}

#[test]
fn a_failure_of_another_operation_is_none_of_a_reply() {
    let mut play = answered(&["the next 1 calls of group_message_send are answered with 500"]);
    play.at(10_100);
    assert_eq!(play.platform().sent().len(), 1);
    play.ends_well();
}
