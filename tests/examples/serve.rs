//! The platform in a box, on a port. Point any bot's base URLs at it.
//!
//! ```sh
//! cargo run -p qq-testkit --features serve --example serve -- --port 8080
//! curl -s -d '{"scene":"c2c","text":"hello"}' http://127.0.0.1:8080/_control/message
//! curl -s http://127.0.0.1:8080/_control/state
//! ```

use std::error::Error;

use qq_testkit::serve::{ServeOptions, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = ServeOptions::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--port" => options.port = arguments.next().ok_or("--port wants a number")?.parse()?,
            "--shards" => {
                options.platform.shards = arguments.next().ok_or("--shards wants a number")?.parse()?;
            }
            other => {
                return Err(format!("unknown argument {other}; there are --port N and --shards N").into());
            }
        }
    }
    let server = Server::start(options)?;
    println!("base URL   {}", server.base_url());
    println!("gateway    {}", server.ws_url());
    println!("app id     {}", server.platform().config().app_id);
    println!("app secret {}", server.platform().config().secret.expose());
    // Until it is killed; the server's own threads do the work.
    loop {
        std::thread::park();
    }
}
