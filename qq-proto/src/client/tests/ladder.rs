//! Refused intents of a whole client: one value for all shards, and who begins at the top again.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Bot, fixed, has, limits, with_session};
use crate::client::Restart;
use crate::config::Config;
use crate::event::PhaseName;
use crate::intents::Intents;

fn asking(shards: u32) -> Config {
    fixed(shards).with_intents(Intents::GUILDS | Intents::GROUP_AND_C2C).with_intents_ladder(true)
}

const ALL: &str = r#""intents":100663297,"#;
const ORDINARY: &str = r#""intents":33554433,"#;
const GROUPS: &str = r#""intents":33554432,"#;
const OP_9: &str = r#"{"op":9,"d":false}"#;

impl Bot {
    /// Lets time pass until the shard has identified; gives what was said meanwhile.
    fn until_identified(&mut self, shard: u32) -> Vec<String> {
        let mut lines = Vec::new();
        while self.phase(shard) != PhaseName::Joining {
            lines.extend(match self.phase(shard) {
                PhaseName::Dialing => self.open(shard),
                PhaseName::Greeting => self.hello(shard),
                PhaseName::Queued | PhaseName::Greeted | PhaseName::Resting => self.wake(),
                other @ (PhaseName::Joining | PhaseName::Live | PhaseName::Halted) => {
                    panic!("shard {shard} is {other} and will not identify")
                }
            });
        }
        lines
    }
}

#[test]
fn all_shards_ask_for_what_is_left() {
    let mut bot = Bot::found(asking(2), &limits(2, 100, 60_000, 2));
    for shard in 0..2 {
        assert!(has(&bot.until_identified(shard), ALL), "{shard}");
    }
    let lines = bot.frame(0, OP_9);
    assert!(has(&lines, "fault: shard 0: refused: the intents INTERACTION"), "{lines:?}");
    assert_eq!(bot.client.intents(), Intents::GUILDS | Intents::GROUP_AND_C2C_EVENT);
    // The other one had asked for the same, which is one refusal more and no step more.
    let lines = bot.close(1, 4014);
    assert!(!has(&lines, "goes on with") && !has(&lines, "halted"), "{lines:?}");
    for shard in 0..2 {
        assert!(has(&bot.until_identified(shard), ORDINARY), "{shard}");
        bot.ready(shard);
    }
    assert_eq!(bot.phases(), [PhaseName::Live; 2]);
    // What is live is not touched, and what follows does not begin at the top.
    bot.close(1, 4006);
    assert!(has(&bot.until_identified(1), ORDINARY));
}

#[test]
fn op_9_and_the_close_after_it_are_one_refusal() {
    let mut bot = Bot::found(asking(1), &limits(1, 100, 60_000, 9));
    bot.until_identified(0);
    let conn = bot.conns[&0];
    bot.frame(0, OP_9);
    let close = crate::io::Signal::Closed { code: Some(4903) };
    assert!(bot.handle(crate::io::Input::Conn { conn, signal: close }).is_empty());
    assert!(has(&bot.until_identified(0), ORDINARY));
}

#[test]
fn a_restart_asks_for_everything_again() {
    for how in [Restart::Resume, Restart::Fresh] {
        let mut bot = Bot::found(asking(1), &limits(1, 100, 60_000, 9));
        bot.until_identified(0);
        bot.close(0, 4014);
        bot.until_identified(0);
        bot.close(0, 4014);
        assert!(has(&bot.until_identified(0), GROUPS));
        // Nothing is left to give up.
        bot.close(0, 4014);
        assert_eq!(bot.phase(0), PhaseName::Halted);
        bot.restart(0, how);
        assert!(has(&bot.until_identified(0), ALL), "{how:?}");
    }
}

#[test]
fn a_resume_that_fails_leaves_the_intents_alone() {
    for refusal in [OP_9, "close"] {
        let mut bot = Bot::found(asking(1).with_sessions([with_session(0, 1)]), &limits(1, 100, 60_000, 9));
        assert!(has(&bot.until_identified(0), r#""op":6"#));
        if refusal == OP_9 {
            bot.frame(0, OP_9)
        } else {
            bot.close(0, 4903)
        };
        assert!(has(&bot.until_identified(0), ALL), "{refusal}");
    }
}

#[test]
fn another_secret_is_no_reason_to_ask_for_more() {
    let mut bot = Bot::found(asking(1), &limits(1, 100, 60_000, 9));
    bot.until_identified(0);
    bot.close(0, 4014);
    bot.client.set_secret(super::at(bot.now), "other");
    assert_eq!(bot.client.intents(), Intents::GUILDS | Intents::GROUP_AND_C2C_EVENT);
}
