//! One connection of HTTP/1.1 as its server sees it, without input, output and clock: bytes go in, requests come out,
//! answers go in, bytes come out. The protocol itself is `ureq-proto`'s.
//!
//! Both adapters have this file, byte for byte; a test compares them.

#[cfg(test)]
mod tests;

use std::mem;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ureq_proto::http::{HeaderMap, Method, Request, Response, StatusCode, Version, header};
use ureq_proto::server::state::{ProvideResponse, RecvBody};
use ureq_proto::server::{RecvRequestResult, Reply, SendResponseResult};
use ureq_proto::{Error, http};

/// Parts of a chunked body that are no content yet (a length, a trailer) are not longer than this.
const LONGEST_FRAMING: usize = 4 * 1024;

/// Room for the head of an answer; ours have four short headers at most.
const ANSWER_HEAD: usize = 1024;

/// A request that is on its way when the server stops has this long to come.
const GRACE: Duration = Duration::from_millis(300);

/// What is accepted.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The path of what is served; everything else is not found.
    pub(crate) path: String,
    /// The largest request line with its headers.
    pub(crate) head_bytes: usize,
    /// The largest body.
    pub(crate) body_bytes: usize,
    /// How long a request may take to come.
    pub(crate) request_timeout: Duration,
    /// How long the connection may wait for its next request.
    pub(crate) keep_alive: Duration,
}

/// A whole request to the path that is served. It has no `Debug`: headers may hold a signature.
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What is said to a request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Bytes,
}

/// What comes next on a connection.
pub(crate) enum Step {
    /// Read; [`Connection::timed_out`] if nothing has come by then. Nobody waits for an `idle` one, so it may be closed.
    Read { until: Instant, idle: bool },
    /// A request has come: [`Connection::answer`] it.
    Answer(Received),
    /// Close.
    End,
}

/// The server's side of one connection.
pub(crate) struct Connection<'a> {
    rules: &'a Rules,
    /// Received and not yet understood.
    input: Vec<u8>,
    /// An incomplete head is looked at again when this much of it is there, or its end: not for each byte.
    look_at: usize,
    /// No head ends before this.
    searched: usize,
    output: Vec<u8>,
    state: State,
    /// When the request must have come.
    until: Instant,
    /// A request has been answered, and nothing of the next one has come.
    idle: bool,
    /// No request is taken after this one.
    leaving: bool,
}

enum State {
    Head,
    Body(Box<Body>),
    Answering(Box<Reply<ProvideResponse>>),
    Ended,
}

/// A request whose body is on its way.
struct Body {
    reply: Reply<RecvBody>,
    headers: HeaderMap,
    content: Vec<u8>,
    /// Bytes that were spent on the form of a chunked body.
    framing: usize,
}

impl<'a> Connection<'a> {
    /// A connection that was accepted then.
    pub(crate) fn new(accepted: Instant, rules: &'a Rules) -> Self {
        Self {
            rules,
            input: Vec::new(),
            look_at: 1,
            searched: 0,
            output: Vec::new(),
            state: State::Head,
            until: accepted + rules.request_timeout,
            idle: false,
            leaving: rules.keep_alive.is_zero(),
        }
    }

    /// Takes in what was read.
    pub(crate) fn received(&mut self, now: Instant, bytes: &[u8]) {
        if mem::take(&mut self.idle) {
            self.until = now + self.rules.request_timeout;
        }
        self.input.extend_from_slice(bytes);
    }

    /// What there is to send. It is handed out once.
    pub(crate) fn output(&mut self) -> Vec<u8> {
        mem::take(&mut self.output)
    }

    /// Says that the server stops: the request that is on its way is the last one, and has little time left.
    pub(crate) fn leave(&mut self, now: Instant) {
        if !mem::replace(&mut self.leaving, true) {
            self.until = self.until.min(now + GRACE);
        }
        if self.idle {
            self.state = State::Ended;
        }
    }

    /// Says that the time is over.
    pub(crate) fn timed_out(&mut self) {
        if matches!(self.state, State::Head) && self.input.is_empty() {
            self.state = State::Ended;
        } else {
            self.refuse(StatusCode::REQUEST_TIMEOUT);
        }
    }

    /// Goes as far as it can with what has come.
    pub(crate) fn step(&mut self) -> Step {
        match mem::replace(&mut self.state, State::Ended) {
            State::Head => self.head(),
            State::Body(body) => self.body(body),
            // Asked twice for the same request: there is no second one before the answer to the first.
            State::Answering(reply) => self.read(State::Answering(reply)),
            State::Ended => Step::End,
        }
    }

    /// Answers the request that was handed out.
    pub(crate) fn answer(&mut self, now: Instant, answer: &Answer) {
        let State::Answering(reply) = mem::replace(&mut self.state, State::Ended) else {
            return;
        };
        match write(*reply, answer, self.leaving, &mut self.output) {
            Ok(true) => {
                self.state = State::Head;
                self.idle = self.input.is_empty();
                let wait = if self.idle { self.rules.keep_alive } else { self.rules.request_timeout };
                self.until = now + wait;
            }
            Ok(false) => {}
            Err(_) => {
                self.refuse(StatusCode::INTERNAL_SERVER_ERROR);
            }
        }
    }

    fn read(&mut self, state: State) -> Step {
        self.state = state;
        Step::Read { until: self.until, idle: self.idle }
    }

    fn head(&mut self) -> Step {
        let most = self.rules.head_bytes;
        let ended = self.has_empty_line();
        if self.input.is_empty() || (self.input.len() < self.look_at && !ended) {
            return self.read(State::Head);
        }
        let Ok(mut reply) = Reply::new() else {
            return self.refuse(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let (used, request) = match reply.try_request(&self.input) {
            Ok((used, Some(request))) if used <= most => (used, request),
            Ok((_, None)) if self.input.len() < most => {
                self.look_at = (self.input.len() * 2).min(most);
                return self.read(State::Head);
            }
            Ok(_) | Err(Error::HttpParseTooManyHeaders) => {
                return self.refuse(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
            }
            Err(Error::UnsupportedVersion) => return self.refuse(StatusCode::HTTP_VERSION_NOT_SUPPORTED),
            Err(_) => return self.refuse(StatusCode::BAD_REQUEST),
        };
        self.input.drain(..used);
        (self.look_at, self.searched) = (1, 0);
        if let Err(status) = self.admit(&request) {
            return self.refuse(status);
        }
        let (parts, ()) = request.into_parts();
        let headers = parts.headers;
        let reply = match reply.proceed() {
            Some(RecvRequestResult::Send100(reply)) => {
                let mut go_on = [0; 64];
                match reply.accept(&mut go_on) {
                    Ok((len, reply)) => {
                        // A client of HTTP/1.0 knows no such answer.
                        if parts.version == Version::HTTP_11 {
                            self.output.extend(go_on.iter().take(len));
                        }
                        reply
                    }
                    Err(_) => return self.refuse(StatusCode::INTERNAL_SERVER_ERROR),
                }
            }
            Some(RecvRequestResult::RecvBody(reply)) => reply,
            Some(RecvRequestResult::ProvideResponse(reply)) => {
                self.state = State::Answering(Box::new(reply));
                return Step::Answer(Received { headers, body: Bytes::new() });
            }
            None => return self.refuse(StatusCode::INTERNAL_SERVER_ERROR),
        };
        self.body(Box::new(Body { reply, headers, content: Vec::new(), framing: 0 }))
    }

    /// Whether an empty line has come: the end of a head. Each byte is searched once.
    fn has_empty_line(&mut self) -> bool {
        let new = self.input.get(self.searched..).unwrap_or_default();
        // Lines may end with a bare line feed.
        let found =
            new.windows(2).any(|two| two == b"\n\n") || new.windows(3).any(|three| three == b"\n\r\n");
        self.searched = self.input.len().saturating_sub(2);
        found
    }

    /// Whether the body of this request shall come.
    fn admit(&self, request: &Request<()>) -> Result<(), StatusCode> {
        if request.uri().path() != self.rules.path {
            return Err(StatusCode::NOT_FOUND);
        }
        if request.method() != Method::POST {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        let headers = request.headers();
        let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
        match (codings.next(), headers.get(header::CONTENT_LENGTH)) {
            (Some(coding), length) => {
                // A length beside a coding, or a coding in HTTP/1.0: two servers in a row may read two requests in it.
                if length.is_some() || request.version() != Version::HTTP_11 {
                    return Err(StatusCode::BAD_REQUEST);
                }
                if codings.next().is_some() || !coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
                    return Err(StatusCode::NOT_IMPLEMENTED);
                }
                Ok(())
            }
            (None, Some(length)) => {
                // What is not a number has been refused before.
                let length = length.to_str().ok().and_then(|text| text.split(',').next());
                let length = length.and_then(|text| text.trim().parse::<u64>().ok());
                let fits = length.is_some_and(|length| length <= self.rules.body_bytes as u64);
                if fits { Ok(()) } else { Err(StatusCode::PAYLOAD_TOO_LARGE) }
            }
            (None, None) => Err(StatusCode::LENGTH_REQUIRED),
        }
    }

    fn body(&mut self, mut body: Box<Body>) -> Step {
        while !body.reply.is_ended() {
            let before = body.content.len();
            body.content.resize(before + self.input.len(), 0);
            let room = body.content.get_mut(before..).unwrap_or_default();
            let Ok((used, made)) = body.reply.read(&self.input, room) else {
                return self.refuse(StatusCode::BAD_REQUEST);
            };
            body.content.truncate(before + made);
            body.framing += used - made;
            self.input.drain(..used);
            if body.content.len() > self.rules.body_bytes || body.framing > self.rules.body_bytes {
                return self.refuse(StatusCode::PAYLOAD_TOO_LARGE);
            }
            if used == 0 {
                if self.input.len() > LONGEST_FRAMING {
                    return self.refuse(StatusCode::BAD_REQUEST);
                }
                return self.read(State::Body(body));
            }
        }
        let Body { reply, headers, content, .. } = *body;
        match reply.proceed() {
            Ok(reply) => {
                self.state = State::Answering(Box::new(reply));
                Step::Answer(Received { headers, body: content.into() })
            }
            Err(_) => self.refuse(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// Refuses what cannot be taken, whose rest is not read.
    fn refuse(&mut self, status: StatusCode) -> Step {
        let line = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n");
        self.output.extend_from_slice(line.as_bytes());
        if status == StatusCode::METHOD_NOT_ALLOWED {
            self.output.extend_from_slice(b"Allow: POST\r\n");
        }
        self.output.extend_from_slice(b"\r\n");
        self.input.clear();
        self.state = State::Ended;
        Step::End
    }
}

/// Writes an answer. Whether the connection can carry another request.
fn write(
    reply: Reply<ProvideResponse>,
    answer: &Answer,
    last: bool,
    output: &mut Vec<u8>,
) -> Result<bool, Error> {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status).header(header::CONTENT_LENGTH, answer.body.len());
    if let Some(content_type) = answer.content_type {
        response = response.header(header::CONTENT_TYPE, content_type);
    }
    if last {
        response = response.header(header::CONNECTION, "close");
    }
    let bad = |error: http::Error| Error::BadHeader(error.to_string());
    let mut reply = reply.provide(response.body(()).map_err(bad)?)?;
    let mut head = [0; ANSWER_HEAD];
    while !reply.is_finished() {
        let len = reply.write(&mut head)?;
        output.extend(head.iter().take(len));
    }
    let reply = match reply.proceed() {
        SendResponseResult::SendBody(mut reply) => {
            output.extend_from_slice(&answer.body);
            reply.consume_direct_write(answer.body.len())?;
            reply.proceed()
        }
        SendResponseResult::Cleanup(reply) => reply,
    };
    Ok(!reply.must_close_connection())
}
