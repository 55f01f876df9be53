//! The bot: it answers each message with its text.

use std::sync::Arc;

use qq_proto::model::Payload;
use qq_proto::{Dispatch, ReplyTo, Scene};
use qq_smol::{Bot, Events};
use smol::channel::Sender;

use super::Happening;
use crate::news::Watch;

/// A message to the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) scene: &'static str,
    /// Who wrote it, shortened.
    pub(crate) who: String,
    pub(crate) text: String,
}

/// What became of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// The id of the message that was answered.
    pub(crate) message: String,
    pub(crate) scene: &'static str,
    pub(crate) text: String,
    /// Why it was not sent.
    pub(crate) error: Option<String>,
}

/// Answers until the bot has stopped. Answers do not wait for each other here; the core keeps their order. The
/// news of the platform come before the bot's own word, which they are the cause of.
pub(crate) async fn run(
    bot: Bot,
    mut events: Events,
    template: String,
    inbox: Sender<Happening>,
    watch: Option<Arc<Watch>>,
) {
    while let Some(event) = events.next().await {
        let Some((to, message, heard)) = read(&event) else {
            continue;
        };
        let text = template.replace("{content}", &heard.text);
        let scene = heard.scene;
        let _ = inbox.try_send(Happening::Heard(heard));
        let answer = bot.reply(&to, text.clone());
        let (inbox, watch) = (inbox.clone(), watch.clone());
        smol::spawn(async move {
            let error = answer.await.err().map(|error| error.to_string());
            if let Some(watch) = watch {
                watch.and_then(|| ());
            }
            let _ = inbox.try_send(Happening::Answered(Answered { message, scene, text, error }));
        })
        .detach();
    }
}

/// Where an answer goes, the id of the message, and who said what; if it was said to this bot by a person. Two
/// bots that echo each other would never end.
#[expect(clippy::wildcard_enum_match_arm, reason = "of all events these are the messages to a bot")]
fn read(event: &Dispatch) -> Option<(ReplyTo, String, Heard)> {
    let to = event.reply_to()?;
    let (message, who, text) = match event.event().ok()? {
        Payload::C2cMessageCreate(said) | Payload::GroupAtMessageCreate(said) if !said.author.bot => {
            (said.id.to_string(), said.author.openid().to_string(), said.text().to_owned())
        }
        Payload::GroupMessageCreate(said) if !said.author.bot && said.mentions_bot() => {
            (said.id.to_string(), said.author.openid().to_string(), said.text().to_owned())
        }
        Payload::AtMessageCreate(said) | Payload::DirectMessageCreate(said) if !said.author.bot => {
            (said.id.to_string(), said.author.username.to_string(), plain(&said.content))
        }
        _ => return None,
    };
    let scene = match to.scene() {
        Scene::C2c => "c2c",
        Scene::Group => "group",
        Scene::Channel => "guild",
        Scene::Dm => "dm",
        _ => return None,
    };
    let who = who.chars().take(8).collect();
    Some((to, message, Heard { scene, who, text }))
}

/// A text of the guild system as it was typed: without mentions in front, and with its characters back.
fn plain(content: &str) -> String {
    let mut text = content.trim();
    while let Some((_, rest)) = text.strip_prefix("<@").and_then(|mention| mention.split_once('>')) {
        text = rest.trim_start();
    }
    // The ampersand comes last, lest `&amp;lt;` become `<`.
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn guild_texts_become_what_was_typed() {
        for (content, text) in [
            ("<@!123>\u{a0}hello", "hello"),
            ("<@123> <@!4> /menu", "/menu"),
            ("a &lt;b&gt; &amp;amp; &amp;lt;", "a <b> &amp; &lt;"),
            (" <@ ", "<@"),
            ("", ""),
        ] {
            assert_eq!(plain(content), text, "{content}");
        }
    }
}
