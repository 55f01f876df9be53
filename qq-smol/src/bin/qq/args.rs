//! The command line.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use qq_proto::Intents;

const ABOUT: &str = "\
Try a QQ bot, print its events, or play the platform for bots in any language.";

const ENVIRONMENT: &str = "\
Environment:
  QQ_APP_ID, QQ_APP_SECRET  the bot (also QQ_BOT_ID, QQ_BOT_SECRET)
  QQ_API_BASE               base URL of the REST API, e.g. of `qq simulate`
  QQ_TOKEN_URL              token endpoint, if it is elsewhere
  QQ_INTENTS                events to ask for: names such as group_and_c2c,guilds or a number
  QQ_INTENTS_LADDER         off: do not go on with fewer events when some are refused
  QQ_SANDBOX                1 for the sandbox
  QQ_PROXY                  http://[user:password@]host:port or socks5://..
  QQ_WEBHOOK                take events by webhook: ip:port or ip:port/path to listen at
  QQ_WEBHOOK_CERT           its certificate and
  QQ_WEBHOOK_KEY            its private key, PEM files; without them a reverse proxy does TLS
  QQ_LOG, RUST_LOG          logs on the standard error output, e.g. info or qq_smol=debug

Exit codes: 0 fine, 1 wrong usage, 2 can never work like this, 3 may work later.";

/// The command line of `qq`.
#[derive(Debug, Parser)]
#[command(name = "qq", version, about = ABOUT, after_help = ENVIRONMENT)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Talk to an echo bot, on a platform in this process or on the real one
    #[command(after_help = CHAT)]
    Chat(ChatArgs),
    /// Print each event as one line of JSON
    #[command(after_help = LISTEN)]
    Listen(ListenArgs),
    /// Serve a platform on a loopback port, for bots in any language
    #[command(after_help = SIMULATE)]
    Simulate(SimulateArgs),
}

const CHAT: &str = "\
Without QQ_APP_ID the platform runs in this process, on a free loopback port, and the bot is
connected to it over real sockets. What you type arrives as a message and the bot's answer is
printed. Commands such as /drop and /silence play incidents, so that you see the link recover;
/help lists them all. Lines can be piped in as well: each is answered before the next is read,
and the command ends with the input.

With QQ_APP_ID and QQ_APP_SECRET the same bot runs on the real platform, or wherever
QQ_API_BASE points, and the conversation is printed until Ctrl-C.

Examples:
  qq chat
  printf 'hello\\n/drop are you there?\\n' | qq chat";

/// Arguments of `qq chat`.
#[derive(Args, Debug)]
pub(crate) struct ChatArgs {
    /// What the bot answers
    #[arg(long, value_name = "TEMPLATE", default_value = "echo: {content}")]
    pub(crate) reply: String,
    /// Take the platform in this process even if the environment names a bot
    #[arg(long)]
    pub(crate) embedded: bool,
    /// No ladder.
    #[arg(long, help = "Do not go on with fewer intents when some are refused [env: QQ_INTENTS_LADDER=off]")]
    pub(crate) keep_intents: bool,
    /// Print each line as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const LISTEN: &str = "\
Each event is one line on the standard output:
  {\"t\": \"C2C_MESSAGE_CREATE\", \"id\": \"..\", \"s\": 42, \"d\": {..}}
`d` is exactly what the platform sent, absent parts are null, and types that nobody knows are
printed too. What there is to say about the link goes to the standard error output.

With --webhook (or QQ_WEBHOOK) the platform calls this command by HTTP, and no connection to the
gateway is made: in the platform's console a bot has one or the other, and switching takes effect
at once. The platform calls https on port 80, 443, 8080 or 8443 of a public name. Put a reverse
proxy with TLS in front, or give a certificate. The address is printed when it listens, so port 0
will do.

Examples:
  qq listen --reply 'pong: {content}'
  qq listen --webhook 127.0.0.1:8080/qq
  qq listen --webhook 0.0.0.0:8443/qq --webhook-cert fullchain.pem --webhook-key privkey.pem

Ends with 0 at Ctrl-C or SIGTERM, and with 2 if the platform refuses the bot for good.
`qq --help` lists the variables that name the bot.";

/// Arguments of `qq listen`.
#[derive(Args, Debug)]
pub(crate) struct ListenArgs {
    /// The text of the answers.
    #[arg(
        long,
        value_name = "TEMPLATE",
        help = "Answer each message with this text, e.g. 'pong: {content}' [env: QQ_REPLY]"
    )]
    pub(crate) reply: Option<String>,
    /// The events.
    #[arg(
        long,
        value_name = "INTENTS",
        help = "Events to ask for: names such as group_and_c2c,guilds or a number [env: QQ_INTENTS]"
    )]
    pub(crate) intents: Option<Intents>,
    /// No ladder.
    #[arg(long, help = "Do not go on with fewer intents when some are refused [env: QQ_INTENTS_LADDER=off]")]
    pub(crate) keep_intents: bool,
    /// Where to listen.
    #[arg(
        long,
        value_name = "IP:PORT/PATH",
        help = "Take events by webhook, served here, instead of from the gateway [env: QQ_WEBHOOK]"
    )]
    pub(crate) webhook: Option<String>,
    /// The webhook's certificate.
    #[arg(
        long,
        value_name = "FILE",
        requires = "webhook_key",
        help = "The webhook's certificate and those it was signed with, PEM [env: QQ_WEBHOOK_CERT]"
    )]
    pub(crate) webhook_cert: Option<String>,
    /// The webhook's key.
    #[arg(
        long,
        value_name = "FILE",
        requires = "webhook_cert",
        help = "The private key of that certificate, PEM [env: QQ_WEBHOOK_KEY]"
    )]
    pub(crate) webhook_key: Option<String>,
    /// Both ways.
    #[arg(long, help = "Connect to the gateway as well when there is a webhook")]
    pub(crate) gateway: bool,
}

const SIMULATE: &str = "\
Token endpoint, REST API, gateway and a control interface share the port. A bot in any language
works against it once its base URLs point there; the lines to export are printed.

Control interface (JSON, below /_control on the same port):
  POST /_control/message    {\"scene\": \"c2c\", \"text\": \"hello\"}; scenes: c2c, group, guild, dm
  POST /_control/event      {\"t\": \"GROUP_ADD_ROBOT\", \"d\": {..}}
  POST /_control/burst      {\"count\": 1000, \"scene\": \"group\"}
  POST /_control/callback   {\"url\": \"http://127.0.0.1:3000/webhook\"}: events go there from now on
  GET  /_control/callback?pushed=1&wait_ms=5000  whether it was validated, what became of the events
  POST /_control/forge      {\"how\": \"other_body\"}: a request that is none of the platform's
  POST /_control/incident   {\"incident\": \"close\", \"shard\": 0, \"code\": 4009}
                            also cut, reconnect_request, invalid_session, silence, expire_tokens, ..
                            or a fault of the network: {\"fault\": \"reset\", \"shard\": 0}
  GET  /_control/live?shards=1&wait_ms=5000    waits until so many shards are connected
  GET  /_control/sent?after=0&wait_ms=5000     what the bot sent, from that number on
  GET  /_control/state                         connections, sessions, messages
  GET  /_control/violations                    the platform's rules that the bot broke
  POST /_control/reset                         everything starts anew
The whole list is in the documentation of qq_testkit::serve.

Example:
  qq simulate --port 8080 &
  curl -d '{\"scene\":\"c2c\",\"text\":\"hello\"}' http://127.0.0.1:8080/_control/message

Ends with 0 at Ctrl-C or SIGTERM, and with 3 if the port is in use.";

/// Arguments of `qq simulate`.
#[derive(Args, Debug)]
pub(crate) struct SimulateArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N")]
    pub(crate) port: u16,
    /// App id of the one bot it knows
    #[arg(long, value_name = "ID", default_value = "102030405")]
    pub(crate) app_id: String,
    /// The bot's secret: made up, never a real one
    #[arg(long, value_name = "SECRET", default_value = "model-platform-secret")]
    pub(crate) secret: String,
    /// Shards that it advises
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) shards: NonZeroU32,
    /// Sessions that may be started per 5 seconds
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) max_concurrency: NonZeroU32,
    /// Session starts that are left for today
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) remaining: u32,
    /// Heartbeat interval it asks for, e.g. 45s or 500ms
    #[arg(long, value_name = "TIME", default_value = "45s", value_parser = duration)]
    pub(crate) heartbeat: Duration,
    /// How long a token is valid
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = duration)]
    pub(crate) token_lifetime: Duration,
    /// Close each connection with 4009 after so long, e.g. 30m as the real platform does
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) connection_lifetime: Option<Duration>,
    /// Accept messages that answer nothing
    #[arg(long)]
    pub(crate) allow_active: bool,
    /// Print the addresses as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not print what the bots do
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// A century in milliseconds. Far beyond it sums of times would overflow; no test is that patient.
const LONGEST: u64 = 100 * 365 * 24 * 3_600_000;

/// A number with `ms`, `s`, `m` or `h`; seconds if there is no unit.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let number: u64 = digits.parse().map_err(|_| "give a number and a unit, e.g. 45s or 500ms".to_owned())?;
    let millis = match unit {
        "ms" => Some(number),
        "" | "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => return Err(format!("unknown unit {unit}: there are ms, s, m and h")),
    };
    match millis.filter(|&millis| (1..=LONGEST).contains(&millis)) {
        Some(millis) => Ok(Duration::from_millis(millis)),
        None => Err("it must be more than nothing and less than a century".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_have_units() {
        for (text, millis) in
            [("45s", 45_000), ("45", 45_000), ("500ms", 500), ("30m", 1_800_000), ("2h", 7_200_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "0", "-1s", "1.5s", "3d", "18446744073709551615h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
