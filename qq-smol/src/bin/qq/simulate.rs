//! `qq simulate`: the model platform on a loopback port.
//!
//! Its HTTP control interface is described in the documentation of [`qq_testkit::serve`].

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use qq_testkit::platform::{Hidden, Lifetime, PlatformConfig};
use qq_testkit::serve::{ServeOptions, Server};
use serde_json::json;

use crate::args::SimulateArgs;
use crate::failure::Failure;
use crate::news::Watch;
use crate::signals::EndAsked;

pub(crate) fn run(args: &SimulateArgs) -> Result<(), Failure> {
    // From here on a signal is an orderly end.
    let mut end = EndAsked::listen()?;
    let options = ServeOptions { port: args.port, platform: platform(args) };
    let server = Arc::new(Server::start(options).map_err(|error| not_served(args.port, &error))?);
    let printed = print_addresses(args, &server);
    printed.map_err(|error| Failure::output(&error))?;
    let start = Instant::now();
    let watch = Watch::new(Arc::clone(&server), move |news| {
        // Nobody may be there to read it.
        let _ = writeln!(io::stderr(), "{:.3} s: {news}", start.elapsed().as_secs_f64());
    });
    let watching = if args.quiet { None } else { watch.start().ok() };
    smol::block_on(end.wait());
    watch.end();
    if let Some(watching) = watching {
        let _ = watching.join();
    }
    Ok(())
}

fn platform(args: &SimulateArgs) -> PlatformConfig {
    let mut config = PlatformConfig::default();
    config.app_id.clone_from(&args.app_id);
    config.secret = Hidden::from(args.secret.as_str());
    config.shards = args.shards.get();
    config.starts.max_concurrency = args.max_concurrency.get();
    config.starts.remaining = args.remaining;
    config.starts.total = config.starts.total.max(args.remaining);
    config.hello_interval = args.heartbeat;
    config.token_lifetime = args.token_lifetime;
    config.lifetime = args.connection_lifetime.map(|after| Lifetime { after, notice: Duration::ZERO });
    config.allow_active = args.allow_active;
    config
}

fn not_served(port: u16, error: &io::Error) -> Failure {
    Failure::Later(if error.kind() == io::ErrorKind::AddrInUse {
        format!("port {port} is in use: end what listens there, or take another one (0 takes a free one)")
    } else {
        format!("port {port} cannot be served: {error}")
    })
}

fn print_addresses(args: &SimulateArgs, server: &Server) -> io::Result<()> {
    let (base, gateway) = (server.base_url(), server.ws_url());
    let environment = [
        ("QQ_APP_ID", args.app_id.as_str()),
        ("QQ_APP_SECRET", args.secret.as_str()),
        ("QQ_API_BASE", base.as_str()),
    ];
    let mut out = io::stdout().lock();
    if args.json {
        let environment: serde_json::Map<_, _> =
            environment.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect();
        let line = json!({
            "port": server.address().port(),
            "base_url": base,
            "gateway_url": gateway,
            "token_url": format!("{base}/app/getAppAccessToken"),
            "control_url": format!("{base}/_control"),
            "environment": environment,
        });
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "REST       {base}")?;
        writeln!(out, "token      {base}/app/getAppAccessToken")?;
        writeln!(out, "gateway    {gateway}")?;
        writeln!(out, "control    {base}/_control  (see qq simulate --help)")?;
        writeln!(out)?;
        for (name, value) in environment {
            writeln!(out, "export {name}={}", quoted(value))?;
        }
    }
    out.flush()
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/".contains(c)) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        assert_eq!(quoted("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
