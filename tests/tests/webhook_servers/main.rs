//! The webhook servers of both adapters over real sockets: one list of scenarios, run for each.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, reason = "a test may fail")]

mod bots;
mod client;
mod connections;
mod platform;
mod requests;

/// Makes each scenario a test of each adapter.
macro_rules! both {
    ($($file:ident: $($scenario:ident)*;)*) => {
        mod smol {
            $($(
                #[test]
                fn $scenario() {
                    crate::$file::$scenario::<crate::bots::Smol>();
                }
            )*)*
        }
        mod blocking {
            $($(
                #[test]
                fn $scenario() {
                    crate::$file::$scenario::<crate::bots::Blocking>();
                }
            )*)*
        }
        /// Every scenario of the list, so that none is written and not run.
        const SCENARIOS: &[(&str, &str)] = &[$($((stringify!($file), stringify!($scenario)),)*)*];
    };
}

both! {
    requests:
        the_published_validation_gets_the_published_answer
        the_published_event_is_taken
        a_forged_signature_is_refused_and_nothing_is_delivered
        a_push_that_comes_again_is_acknowledged_and_delivered_once
        text_that_could_be_an_event_is_not_signed
        an_old_push_is_refused_unless_the_clock_is_known_to_be_bad
        when_the_queue_is_full_the_platform_is_asked_to_try_again
        a_thousand_pushes_at_once_are_delivered_once_each
        when_nobody_wants_events_they_are_acknowledged_all_the_same
        a_new_secret_counts_at_once_and_the_old_one_for_a_while
        what_is_refused_is_counted_and_does_not_flood_the_log
        an_application_that_panics_harms_no_request;
    connections:
        what_is_no_request_of_the_platform_is_refused
        what_is_too_large_is_refused
        all_ways_to_send_a_body_are_understood
        who_trickles_is_cut_and_holds_nobody_up
        an_idle_connection_makes_room
        silent_connections_make_room_when_their_time_is_over
        more_connections_than_there_are_places_are_all_served
        a_stop_answers_what_is_under_way_and_leaves_no_door
        an_address_that_is_taken_is_an_error_at_the_start
        tls_with_a_certificate_of_its_own;
    platform:
        a_bot_without_the_gateway_answers_an_event
        events_come_from_the_gateway_as_well
        the_model_platform_validates_pushes_and_forges_in_vain
        what_was_put_off_comes_again_and_is_delivered_once;
}

#[test]
fn every_scenario_is_run() {
    let sources = [
        ("requests", include_str!("requests.rs")),
        ("connections", include_str!("connections.rs")),
        ("platform", include_str!("platform.rs")),
    ];
    for (file, source) in sources {
        for line in source.lines().filter_map(|line| line.strip_prefix("pub(crate) fn ")) {
            if let Some((name, _)) = line.split_once("<B: Bot>()") {
                assert!(SCENARIOS.contains(&(file, name)), "{file}::{name} is not in the list");
            }
        }
    }
}
