//! Answers each message with its own text.
//!
//! ```sh
//! QQ_APP_ID=.. QQ_APP_SECRET=.. cargo run -p qq-smol --example echo
//! ```

use async_signal::{Signal, Signals};
use qq_smol::{Bot, Config, Leave, Options};
use smol::future::FutureExt as _;
use smol::stream::StreamExt as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    smol::block_on(async {
        let config = Config::from_vars(|name| std::env::var(name).ok())?;
        let options = Options::from_env()?.on_notice(|at, notice| eprintln!("{at}: {notice}"));
        let (bot, mut events) = Bot::start(config, options).await?;
        let mut signals = Signals::new([Signal::Term, Signal::Int])?;
        let asked = async {
            signals.next().await;
        };
        let serving = events.serve(async |event| {
            if event.reply_to().is_none() {
                return;
            }
            let body = event.json().map(serde_json::from_str::<serde_json::Value>);
            let body = body.ok().and_then(Result::ok).unwrap_or_default();
            let text = body.get("content").and_then(|text| text.as_str()).unwrap_or("?");
            if let Err(error) = bot.reply(&event, text).await {
                eprintln!("not answered: {error}");
            }
        });
        serving.or(asked).await;
        bot.stop(Leave::Final).await;
        Ok(())
    })
}
