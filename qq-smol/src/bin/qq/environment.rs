//! The variables that the command reads.

use std::env;

/// The variable that says what happens when intents are refused.
const LADDER: &str = "QQ_INTENTS_LADDER";

/// A variable of the environment. Unlike the library the command goes on with fewer intents when some are refused, unless
/// the variable or the command line (`keep`) says otherwise: who tries a bot wants to see something of it.
pub(crate) fn var(name: &str, keep: bool) -> Option<String> {
    with_ladder(name, keep, env::var(name).ok())
}

fn with_ladder(name: &str, keep: bool, value: Option<String>) -> Option<String> {
    if name != LADDER {
        return value;
    }
    let value = value.filter(|value| !value.trim().is_empty());
    Some(if keep { "off".to_owned() } else { value.unwrap_or_else(|| "on".to_owned()) })
}

#[cfg(test)]
mod tests {
    use qq_proto::Config;

    use super::*;

    #[test]
    fn the_ladder_is_on_unless_somebody_says_otherwise() {
        for (keep, value, on) in [
            (false, None, true),
            (false, Some(" "), true),
            (false, Some("on"), true),
            (false, Some("off"), false),
            (false, Some("0"), false),
            (true, None, false),
            (true, Some("on"), false),
        ] {
            let config = Config::from_vars(|name| {
                let value = match name {
                    LADDER => value,
                    "QQ_APP_ID" | "QQ_APP_SECRET" => Some("1"),
                    _ => None,
                };
                with_ladder(name, keep, value.map(str::to_owned))
            });
            assert_eq!(config.unwrap().intents_ladder, on, "{keep} {value:?}");
        }
    }
}
