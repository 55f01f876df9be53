//! A connection that becomes a WebSocket: this thread reads it, another one writes it.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use bytes::Bytes;
use tungstenite::handshake::server::create_response;
use tungstenite::http::Request as HttpRequest;
use tungstenite::protocol::{Message, Role, WebSocket, WebSocketConfig};

use crate::platform::Request;

use super::connection::Head;
use super::outbox::{Ending, Outbox};
use super::shared::Shared;
use super::state::Port;

/// What the WebSocket library reads from and writes to: its own answers (pong, close) take the same way as
/// everything else, so that no frame is put into the middle of another one.
struct Pipe {
    stream: Arc<TcpStream>,
    port: Arc<Port>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.stream).read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.port.outbox.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn serve(shared: &Arc<Shared>, stream: Arc<TcpStream>, head: &Head, read_ahead: Vec<u8>) {
    let Some(welcome) = welcome(head) else {
        let _ = (&*stream).write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        return;
    };
    let port = Arc::new(Port { outbox: Outbox::default(), stream: Arc::clone(&stream), welcome });
    let theirs = Arc::clone(&port);
    let writer = std::thread::Builder::new()
        .name("platform writer".to_owned())
        .spawn(move || theirs.outbox.write_to(&theirs.stream));
    let Ok(writer) = writer else { return };
    let link = shared.dial(&port);
    let pipe = Pipe { stream, port: Arc::clone(&port) };
    let config = WebSocketConfig::default().read_buffer_size(16 * 1024);
    let socket = WebSocket::from_partially_read(pipe, read_ahead, Role::Server, Some(config));
    let code = read(shared, link, socket);
    shared.hang_up(link, code);
    port.outbox.end(Ending::Closed);
    let _ = writer.join();
}

/// The answer to the upgrade, made by the library.
fn welcome(head: &Head) -> Option<Vec<u8>> {
    let mut request = HttpRequest::builder().method(head.method.as_str()).uri(head.path.as_str());
    for (name, value) in &head.headers {
        request = request.header(name, value);
    }
    let response = create_response(&request.body(()).ok()?).ok()?;
    let mut bytes = Vec::new();
    tungstenite::handshake::server::write_response(&mut bytes, &response).ok()?;
    Some(bytes)
}

/// Reads until the end; the code of the bot's close frame, if there was one.
fn read(shared: &Shared, link: u64, mut socket: WebSocket<Pipe>) -> Option<u16> {
    let mut code = None;
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => {
                shared.handle(Request::Text { link, text: Bytes::from(text) });
            }
            Ok(Message::Binary(bytes)) => shared.handle(Request::Binary { link, bytes }),
            Ok(Message::Close(frame)) => {
                code = frame.map(|frame| u16::from(frame.code));
                // The platform learns it now; the socket may take its time.
                shared.handle(Request::HangUp { link, code });
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {
                let _ = socket.flush();
            }
            Err(_) => return code,
        }
    }
}
