//! What can be typed.

use qq_testkit::platform::Scene;

/// One line of input, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// An empty line.
    Nothing,
    /// A message to the bot.
    Say(String),
    /// Another scene from now on, and a message there if there is one.
    Scene(Scene, Option<String>),
    /// Something goes wrong, and a message while it is wrong if there is one.
    Play(Play, Option<String>),
    /// The facts.
    State,
    /// The list of commands.
    Help,
    /// The end.
    Quit,
    /// None of them.
    Unknown(String),
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Play {
    /// The connection breaks.
    Drop,
    /// The server asks for a reconnect.
    Reconnect,
    /// The server ends the session.
    Invalid,
    /// All tokens expire.
    Expire,
    /// Nothing comes through any more, and nothing fails.
    Silence,
}

pub(crate) const HELP: &str = "\
what you type is said to the bot; //word says /word
/c2c /group /guild /dm [TEXT]  change the scene, and say TEXT there
/drop [TEXT]       the connection breaks; TEXT is said while it is down
/reconnect [TEXT]  the server asks for a reconnect (op 7)
/invalid           the server ends the session (op 9), a new one must begin
/expire [TEXT]     every token expires; the next answer needs a new one
/silence [TEXT]    the connection goes dead without a word; missing heartbeat answers tell
/state             shard, link, token, sends, totals, sessions
/help              this
/quit              the end; so are Ctrl-D and Ctrl-C";

impl Command {
    pub(crate) fn read(line: &str) -> Self {
        let line = line.trim();
        if line.is_empty() {
            return Self::Nothing;
        }
        let Some(command) = line.strip_prefix('/') else {
            return Self::Say(line.to_owned());
        };
        if command.starts_with('/') {
            return Self::Say(command.to_owned());
        }
        let (word, text) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let text = Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
        match word {
            "c2c" => Self::Scene(Scene::C2c, text),
            "group" => Self::Scene(Scene::Group, text),
            "guild" => Self::Scene(Scene::Guild, text),
            "dm" => Self::Scene(Scene::Dm, text),
            "drop" => Self::Play(Play::Drop, text),
            "reconnect" => Self::Play(Play::Reconnect, text),
            "invalid" => Self::Play(Play::Invalid, text),
            "expire" => Self::Play(Play::Expire, text),
            "silence" => Self::Play(Play::Silence, text),
            "state" => Self::State,
            "help" | "?" => Self::Help,
            "quit" | "exit" => Self::Quit,
            _ => Self::Unknown(format!("/{word}")),
        }
    }
}

/// The name of a scene, as the commands have it.
pub(crate) fn scene_name(scene: Scene) -> &'static str {
    match scene {
        Scene::C2c => "c2c",
        Scene::Group => "group",
        Scene::Guild => "guild",
        Scene::Dm => "dm",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood() {
        let text = |text: &str| Some(text.to_owned());
        for (line, command) in [
            ("", Command::Nothing),
            ("  \t", Command::Nothing),
            (" hello  you ", Command::Say("hello  you".into())),
            ("//menu 1", Command::Say("/menu 1".into())),
            ("/group", Command::Scene(Scene::Group, None)),
            ("/dm  a  b ", Command::Scene(Scene::Dm, text("a  b"))),
            ("/drop", Command::Play(Play::Drop, None)),
            ("/silence are you there", Command::Play(Play::Silence, text("are you there"))),
            ("/state", Command::State),
            ("/help", Command::Help),
            ("/quit", Command::Quit),
            ("/", Command::Unknown("/".into())),
            ("/Drop it", Command::Unknown("/Drop".into())),
        ] {
            assert_eq!(Command::read(line), command, "{line:?}");
        }
    }

    #[test]
    fn the_help_names_every_command() {
        for line in HELP.lines().skip(1) {
            let words = line.split("  ").next().unwrap_or_default().split_whitespace();
            for word in words.filter(|word| word.starts_with('/')) {
                assert!(!matches!(Command::read(word), Command::Unknown(_)), "{word}");
            }
        }
    }
}
