//! `qq listen`: the same as the example `listen`.

use std::env;

use qq_proto::Config;
use qq_smol::Options;
use qq_smol::listen::{Ended, Listen, listen};

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
    let options = Options::from_env()?;
    let reply = args.reply.clone().or_else(|| env::var("QQ_REPLY").ok());
    let what = Listen::default().with_reply(reply.filter(|template| !template.is_empty()));
    let mut end = EndAsked::listen()?;
    match smol::block_on(listen(config, options, what, end.wait()))? {
        Ended::Halted(_) => Err(Failure::Told),
        Ended::Asked | _ => Ok(()),
    }
}
