//! `qq listen`: the same as the example `listen`.

use std::env;

use qq_proto::Config;
use qq_smol::listen::{Ended, Listen, Source, listen};
use qq_smol::{Options, OptionsError};

use crate::args::ListenArgs;
use crate::environment::var;
use crate::failure::Failure;
use crate::signals::EndAsked;

pub(crate) fn run(args: &ListenArgs) -> Result<(), Failure> {
    let mut config = Config::from_vars(|name| match (name, args.intents) {
        ("QQ_INTENTS", Some(intents)) => Some(intents.to_string()),
        _ => var(name, args.keep_intents),
    })?;
    if let Some(intents) = args.intents {
        config = config.with_intents(intents);
    }
    let options = Options::from_vars(|name| {
        // What the command line says goes before the environment.
        let given = given(args, name).map(|(_, value)| value.to_owned());
        given.or_else(|| env::var(name).ok())
    });
    let options = options.map_err(|error| {
        if let OptionsError::Webhook { variable, error } = &error {
            if let Some((flag, _)) = given(args, variable) {
                return Failure::Usage(format!("{flag}: {error}"));
            }
        }
        error.into()
    })?;
    let reply = args.reply.clone().or_else(|| env::var("QQ_REPLY").ok());
    let what = Listen::default().with_reply(reply.filter(|template| !template.is_empty()));
    let what = if args.gateway { what.with_source(Source::WebhookAndGateway) } else { what };
    let mut end = EndAsked::listen()?;
    match smol::block_on(listen(config, options, what, end.wait()))? {
        Ended::Halted(_) => Err(Failure::Told),
        Ended::Asked | _ => Ok(()),
    }
}

/// The option of the command line that stands for a variable, with its value, if it was given.
fn given<'a>(args: &'a ListenArgs, variable: &str) -> Option<(&'static str, &'a str)> {
    let (flag, value) = match variable {
        "QQ_WEBHOOK" => ("--webhook", &args.webhook),
        "QQ_WEBHOOK_CERT" => ("--webhook-cert", &args.webhook_cert),
        "QQ_WEBHOOK_KEY" => ("--webhook-key", &args.webhook_key),
        _ => return None,
    };
    value.as_deref().map(|value| (flag, value))
}
