//! The token: fetched once for all, refreshed in time, replaced when it is dead.

use std::time::Duration;

use qq_proto::PhaseName;
use qq_testkit::world::{Plan, Scenario};

fn plan(lifetime: u64) -> Plan {
    Plan { token_lifetime: Duration::from_secs(lifetime), ..Plan::calm() }
}

#[test]
fn refreshed_45_seconds_before_it_expires() {
    let mut play = Scenario::new(plan(7200));
    play.at(7_155_000);
    assert_eq!((play.client().totals().token_requests, play.platform().tokens_issued()), (1, 1));
    play.at(7_155_100);
    assert_eq!((play.client().totals().token_requests, play.platform().tokens_issued()), (2, 2));
    play.at(14_400_000);
    assert_eq!(play.platform().tokens_issued(), 3);
    assert_eq!(play.shakes(), ["0.140 identify"]);
    play.ends_well();
}

#[test]
fn a_short_one_is_refreshed_after_two_thirds() {
    let mut play = Scenario::new(plan(90));
    play.at(60_000);
    assert_eq!(play.client().totals().token_requests, 1);
    play.at(60_100);
    assert_eq!(play.client().totals().token_requests, 2);
    play.ends_well();
}

#[test]
fn four_shards_share_one_request() {
    let mut play = Scenario::new(Plan { shards: 4, ..plan(7200) });
    play.at(30_000);
    assert_eq!(play.client().totals().token_requests, 1);
    assert_eq!(play.attempts().len(), 4);
    play.ends_well();
}

#[test]
fn failures_are_repeated_a_second_later() {
    for how in [
        "are answered with 500",
        "are answered with 200 and an error inside",
        "are answered with a page of HTML",
        "are answered with 429",
        "do nothing and lose their connection",
    ] {
        let mut play = Scenario::new(plan(7200));
        play.happens(&format!("the next 1 token requests {how}")).at(5_000);
        assert_eq!(play.client().totals().token_requests, 2, "{how}");
        assert_eq!(play.phase(0), Some(PhaseName::Live), "{how}");
        let at = play.attempts()[0].at.as_millis();
        assert!((900..1_600).contains(&at), "{how}: {at} ms");
        play.ends_well();
    }
}

#[test]
fn a_hanging_endpoint_is_given_up_after_10_seconds() {
    let mut play = Scenario::new(plan(7200));
    play.happens("the next 1 token requests are left hanging").at(10_500);
    assert_eq!(play.client().totals().token_requests, 1, "never two at once");
    play.at(12_000);
    assert_eq!(play.client().totals().token_requests, 2);
    assert_eq!(play.phase(0), Some(PhaseName::Live));
    play.ends_well();
}

#[test]
fn the_same_bad_token_is_no_storm() {
    let mut play = Scenario::new(plan(7200));
    play.happens("the next 3 token requests bring a token that is valid nowhere").at(120_000);
    assert_eq!(play.phase(0), Some(PhaseName::Live));
    let asked = play.client().totals().token_requests;
    assert!((4..12).contains(&asked), "{asked} requests");
    play.ends_well();
}

#[test]
fn the_old_one_serves_while_a_new_one_cannot_be_had() {
    let mut play = Scenario::new(plan(300));
    // The refresh at 255 s fails; the connection ends and comes back on the old token.
    play.at(250_000).happens("the next 4 token requests are answered with 500");
    play.at(260_000).happens("server cuts shard 0").at(265_000);
    assert_eq!(play.shakes(), ["0.140 identify", "260.080 resume"]);
    assert_eq!(play.platform().tokens_issued(), 1);
    play.at(400_000);
    assert_eq!(play.platform().tokens_issued(), 2);
    play.ends_well();
}

#[test]
fn a_changed_secret_halts_until_it_is_mended() {
    let mut play = Scenario::new(plan(300));
    play.at(20_000).happens("the secret is changed to number 1");
    // The refresh at 255 s is refused; the link lives on the old token.
    play.at(280_000);
    assert_eq!(play.phase(0), Some(PhaseName::Live));
    assert_eq!(play.client().token().refused, Some(100_016));
    // The next handshake needs a token that nobody gives any more.
    play.at(310_000).happens("server cuts shard 0").at(320_000);
    assert_eq!(play.phase(0), Some(PhaseName::Halted));
    // Someone gives the client the new secret half a minute later.
    play.at(345_000);
    assert_eq!(play.phase(0), Some(PhaseName::Live));
    assert_eq!(play.attempts().len(), 2, "the session was kept");
    play.ends_well();
}
