//! The command line of `qq send`.

use clap::{ArgGroup, Args};
use qq_proto::Scene;

/// What the help says after the options.
pub(crate) const HELP: &str = "\
One message to one place. No connection to the gateway is made, so it can run beside the bot.

Text goes out as it is: the platform's own syntax, such as <@!id> in a channel, works in it.
Pictures and files for people and groups are uploaded first, large ones in parts; channels take
pictures alone, and want the bot to be connected to the gateway meanwhile.

Without --reply-to the message answers nothing. The platform allows few of those, and only where
the person or group has not switched them off; an answer needs the id of a message that came in
the last minutes, as `qq listen` prints it (d.id). --dry-run shows what would be sent, and which
way it would go, without sending it.

Examples:
  qq send --group OPENID --reply-to MSG_ID --text 'done'
  make 2>&1 | tail -n 5 | qq send --user OPENID --text -
  qq send --user OPENID --image cat.png --text 'a cat'
  qq send --channel ID --image https://example.com/cat.png --dry-run

Exit codes: 0 sent, or accepted for review; 1 wrong usage; 2 refused, and would be again;
3 may work later. What went wrong is on the standard error output, with the platform's code.
`qq --help` lists the variables that name the bot.";

/// Arguments of `qq send`.
#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("content").required(true).multiple(true)
        .args(["text", "markdown", "image", "video", "voice", "file"]),
    group = ArgGroup::new("answer").args(["reply_to", "reply_to_event"]),
)]
pub(crate) struct SendArgs {
    #[command(flatten)]
    pub(crate) to: To,
    /// Text, `-` for the standard input; beside a picture or file its caption
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: Option<String>,
    /// Markdown, `-` for the standard input
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with_all = ["text", "image", "video", "voice", "file"])]
    pub(crate) markdown: Option<String>,
    #[command(flatten)]
    pub(crate) attachment: Attachment,
    /// Name that people see of the file
    #[arg(long, value_name = "NAME", requires = "Attachment")]
    pub(crate) name: Option<String>,
    /// Answer this message: its id, d.id of the event
    #[arg(long, value_name = "ID")]
    pub(crate) reply_to: Option<String>,
    /// Answer this event: its id, outside of d
    #[arg(long, value_name = "ID")]
    pub(crate) reply_to_event: Option<String>,
    /// `msg_seq`.
    #[arg(
        long,
        value_name = "N",
        requires = "answer",
        value_parser = clap::value_parser!(u32).range(1..),
        help = "Number of this answer (msg_seq), from the clock if not given: of two with the same one is dropped"
    )]
    pub(crate) seq: Option<u32>,
    /// Show the requests and the way, send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the outcome as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where it goes.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct To {
    /// To a group
    #[arg(long, value_name = "OPENID")]
    group: Option<String>,
    /// To a person
    #[arg(long, value_name = "OPENID")]
    user: Option<String>,
    /// To a channel of a guild
    #[arg(long, value_name = "ID")]
    channel: Option<String>,
    /// To a private session of a guild, by its own guild id
    #[arg(long, value_name = "GUILD_ID")]
    dm: Option<String>,
}

impl To {
    /// Scene and target. Exactly one was given.
    pub(crate) fn place(&self) -> Option<(Scene, &str)> {
        let all = [
            (Scene::Group, &self.group),
            (Scene::C2c, &self.user),
            (Scene::Channel, &self.channel),
            (Scene::Dm, &self.dm),
        ];
        all.into_iter().find_map(|(scene, target)| Some((scene, target.as_deref()?)))
    }
}

/// What is uploaded.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Attachment {
    /// Picture: a file, or an https URL that the platform fetches
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) image: Option<String>,
    /// Video, mp4
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) video: Option<String>,
    /// Voice, silk
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) voice: Option<String>,
    /// Any file
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) file: Option<String>,
}
