//! Answers each message with its own text:
//!
//! ```text
//! QQ_APP_ID=.. QQ_APP_SECRET=.. cargo run -p qq-blocking --example echo
//! ```

use qq_blocking::{Bot, Options, StartError};
use qq_proto::model::Payload;
use qq_proto::{Config, Dispatch, Leave};

fn main() -> Result<(), StartError> {
    let config = Config::from_vars(|name| std::env::var(name).ok())?;
    let options = Options::from_env()?.on_notice(|at, notice| eprintln!("{at}: {notice}"));
    let (bot, mut events) = Bot::start(config, options)?;
    println!("ready; write to the bot");

    // One at a time. A bot that answers slowly hands events to threads of its own; replies may be sent from any.
    events.serve(|event| {
        if let Some(text) = text(&event) {
            match bot.reply(&event, text) {
                Ok(sent) => println!("answered: {:?}", sent.id),
                Err(error) => eprintln!("not answered: {error}"),
            }
        }
    });
    bot.stop(Leave::Resumable);
    Ok(())
}

/// The text of a message.
fn text(event: &Dispatch) -> Option<String> {
    match event.event() {
        Ok(
            Payload::C2cMessageCreate(message)
            | Payload::GroupAtMessageCreate(message)
            | Payload::GroupMessageCreate(message),
        ) => Some(message.content.trim().to_owned()),
        Ok(
            Payload::AtMessageCreate(message)
            | Payload::MessageCreate(message)
            | Payload::DirectMessageCreate(message),
        ) => Some(message.content.trim().to_owned()),
        _ => None,
    }
}
