//! One TCP connection: requests one after another, until it ends or becomes a WebSocket.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::platform::Request;

use super::outbox::reset;
use super::shared::Shared;
use super::state::{Answer, HttpPace};
use super::{control, upgrade};

/// More than any bot sends; a head beyond this is a mistake.
const MAX_HEAD: usize = 64 * 1024;
/// The platform itself stops at about 32 MB.
const MAX_BODY: usize = 64 * 1024 * 1024;
const MAX_HEADERS: usize = 100;

/// The start of a request.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    keep_alive: bool,
}

impl Head {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.header(name)
            .is_some_and(|list| list.split(',').any(|item| item.trim().eq_ignore_ascii_case(value)))
    }
}

/// Whether anybody answers on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attention {
    Full,
    None,
}

/// Serves a connection on a thread of its own.
pub(crate) fn spawn(shared: &Arc<Shared>, stream: TcpStream, attention: Attention) {
    let stream = Arc::new(stream);
    // Small frames must not wait for each other.
    let _ = stream.set_nodelay(true);
    let Some(socket) = shared.enter(&stream) else {
        return;
    };
    let theirs = Arc::clone(shared);
    let spawned = std::thread::Builder::new().name("platform connection".to_owned()).spawn(move || {
        serve(&theirs, stream, attention);
        theirs.leave(socket);
    });
    match spawned {
        Ok(thread) => shared.state().threads.push(thread),
        Err(_) => shared.leave(socket),
    }
}

fn serve(shared: &Arc<Shared>, stream: Arc<TcpStream>, attention: Attention) {
    if attention == Attention::None {
        let _ = io::copy(&mut &*stream, &mut io::sink());
        return;
    }
    let mut buffer = Vec::new();
    while let Ok(Some(head)) = read_head(&stream, &mut buffer) {
        if head.has("upgrade", "websocket") {
            upgrade::serve(shared, stream, &head, buffer);
            return;
        }
        let Ok(body) = read_body(&stream, &head, &mut buffer) else {
            break;
        };
        let keep_alive = head.keep_alive;
        if !respond(shared, &stream, head, body) || !keep_alive {
            break;
        }
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Reads more into the buffer; an error at the end of the stream.
fn more(mut stream: &TcpStream, buffer: &mut Vec<u8>) -> io::Result<()> {
    let mut chunk = [0; 16 * 1024];
    let count = stream.read(&mut chunk)?;
    if count == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    buffer.extend_from_slice(chunk.get(..count).unwrap_or_default());
    Ok(())
}

/// The head of the next request; nothing if the connection ended between two requests.
fn read_head(stream: &TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Head>> {
    loop {
        if let Some((head, length)) = parse_head(buffer)? {
            buffer.drain(..length);
            return Ok(Some(head));
        }
        if buffer.len() > MAX_HEAD {
            return Err(bad("the head is too long"));
        }
        match more(stream, buffer) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && buffer.is_empty() => {
                return Ok(None);
            }
            read => read?,
        }
    }
}

fn parse_head(buffer: &[u8]) -> io::Result<Option<(Head, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(length)) = request.parse(buffer).map_err(|_| ()) else {
        return if request.parse(buffer).is_err() { Err(bad("not HTTP")) } else { Ok(None) };
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let mut head = Head {
        method: request.method.unwrap_or_default().to_owned(),
        path: request.path.unwrap_or_default().to_owned(),
        headers: request.headers.iter().map(|row| (row.name.to_owned(), text(row.value))).collect(),
        keep_alive: false,
    };
    head.keep_alive = request.version == Some(1) && !head.has("connection", "close");
    Ok(Some((head, length)))
}

fn read_body(mut stream: &TcpStream, head: &Head, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    if head.has("expect", "100-continue") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if head.has("transfer-encoding", "chunked") {
        return read_chunks(stream, buffer);
    }
    let length = head.header("content-length").map_or(Ok(0), str::parse).map_err(|_| bad("length"))?;
    take(stream, buffer, length)
}

/// The next `length` bytes.
fn take(stream: &TcpStream, buffer: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    if length > MAX_BODY {
        return Err(bad("the body is too long"));
    }
    while buffer.len() < length {
        more(stream, buffer)?;
    }
    Ok(buffer.drain(..length).collect())
}

fn read_chunks(stream: &TcpStream, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let (start, size) = match httparse::parse_chunk_size(buffer).map_err(|_| bad("chunk"))? {
            httparse::Status::Complete(parsed) => parsed,
            httparse::Status::Partial => {
                more(stream, buffer)?;
                continue;
            }
        };
        buffer.drain(..start);
        let size = usize::try_from(size).map_err(|_| bad("chunk"))?;
        if body.len().saturating_add(size) > MAX_BODY {
            return Err(bad("the body is too long"));
        }
        body.extend(take(stream, buffer, size)?);
        // The line break after each chunk; trailers are not used by any client.
        take(stream, buffer, 2)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// Answers a request; false if the connection is over.
fn respond(shared: &Shared, stream: &TcpStream, head: Head, body: Vec<u8>) -> bool {
    if let Some(path) = head.path.strip_prefix("/_control/") {
        let (status, value) = control::answer(shared, &head.method, path, &body);
        return write_json(stream, status, &value).is_ok();
    }
    let (answer, answered) = mpsc::channel();
    let exchange = shared.exchange(answer, |exchange| Request::Http {
        exchange,
        method: head.method,
        path: head.path,
        headers: head.headers,
        body,
    });
    // The model answers at once or never.
    match answered.try_recv() {
        Ok(Answer::Reply { status, headers, body }) => {
            write_reply(shared, stream, status, &headers, &body).is_ok()
        }
        Ok(Answer::Dropped) => {
            reset(stream);
            false
        }
        Err(_) => {
            let _ = io::copy(&mut &*stream, &mut io::sink());
            shared.abandon(exchange);
            false
        }
    }
}

fn write_json(mut stream: &TcpStream, status: u16, value: &Value) -> io::Result<()> {
    let headers = [("Content-Type".to_owned(), "application/json".to_owned())];
    stream.write_all(&rendered(status, &headers, value.to_string().as_bytes()))
}

fn write_reply(
    shared: &Shared,
    mut stream: &TcpStream,
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) -> io::Result<()> {
    let bytes = rendered(status, headers, body);
    match shared.next_http_pace() {
        None => stream.write_all(&bytes),
        Some(HttpPace::Trickle(pause)) => {
            for byte in &bytes {
                stream.write_all(std::slice::from_ref(byte))?;
                std::thread::sleep(pause.min(Duration::from_millis(100)));
            }
            Ok(())
        }
        Some(HttpPace::CutAfter(count)) => {
            stream.write_all(bytes.get(..count).unwrap_or(&bytes))?;
            stream.shutdown(Shutdown::Both)?;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
    }
}

fn rendered(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let phrase = tungstenite::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Unknown");
    let mut bytes = format!("HTTP/1.1 {status} {phrase}\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}
