//! HTTP: routing, authorization, the token endpoint, discovery.

use std::time::Duration;

use serde_json::{Value, json};

use super::config::NumberAs;
use super::incident::{Endpoint, Failure};
use super::io::Effect;
use super::tokens::Standing;
use super::{Platform, Rule, rest};

/// Token requests closer together than this are counted against the bot.
const TOKEN_SPACING: Duration = Duration::from_secs(1);
/// As on the gateway: a token that ran out this recently may have been on its way.
const EXPIRY_GRACE: Duration = Duration::from_secs(10);
/// The edge refuses bodies of about this size and more.
const EDGE_LIMIT: usize = 32_000_000;
const TOKEN_PATH: &str = "/app/getAppAccessToken";

/// The page an edge server sends instead of the platform's answer.
fn page(status: u16) -> String {
    let title = match status {
        413 => "413 Request Entity Too Large".to_owned(),
        429 => "429 Too Many Requests".to_owned(),
        502 => "502 Bad Gateway".to_owned(),
        503 => "503 Service Unavailable".to_owned(),
        504 => "504 Gateway Time-out".to_owned(),
        other => other.to_string(),
    };
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>stgw</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// A request.
pub(crate) struct Call {
    pub(crate) exchange: u64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The path without its query.
    pub(crate) fn route(&self) -> &str {
        self.path.split(['?', '#']).next().unwrap_or_default()
    }

    fn endpoint(&self) -> Endpoint {
        let parts: Vec<&str> = self.route().trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["app", "getAppAccessToken"] => Endpoint::Token,
            ["gateway"] | ["gateway", "bot"] => Endpoint::Discovery,
            ["v2", "users" | "groups", _, "messages"] | ["channels" | "dms", _, "messages"] => Endpoint::Send,
            _ => Endpoint::Other,
        }
    }
}

/// What an answer carries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Json(Value),
    /// No body at all.
    Nothing,
    /// A page of HTML from the servers in front of the platform.
    Page,
    /// No body, and the hash of what was stored.
    Tag(String),
}

/// An answer in the making.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content: Content,
}

impl Answer {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self { status, content: Content::Json(body) }
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    /// Success with an empty object, as most of the newer endpoints say it.
    pub(crate) fn done() -> Self {
        Self::ok(json!({}))
    }

    /// Success without a body, as most of the guild endpoints say it.
    pub(crate) fn no_content() -> Self {
        Self { status: 204, content: Content::Nothing }
    }

    /// Status 200 without a body, as recalls say it.
    pub(crate) fn empty() -> Self {
        Self { status: 200, content: Content::Nothing }
    }

    /// A page from the edge.
    pub(crate) fn page(status: u16) -> Self {
        Self { status, content: Content::Page }
    }

    /// The error body of the v2 endpoints: the number twice.
    pub(crate) fn error(status: u16, code: i64, message: &str) -> Self {
        Self::pair(status, code, code, message)
    }

    /// The error body of the v2 endpoints where the two numbers differ.
    pub(crate) fn pair(status: u16, code: i64, err_code: i64, message: &str) -> Self {
        Self::new(status, json!({"message": message, "code": code, "err_code": err_code}))
    }

    /// The error body of the older guild endpoints, for sends.
    pub(crate) fn guild_error(code: i64, message: &str) -> Self {
        Self::old(403, code, message)
    }

    /// The error body of the older guild endpoints: one number.
    pub(crate) fn old(status: u16, code: i64, message: &str) -> Self {
        Self::new(status, json!({"message": message, "code": code}))
    }

    /// A refusal by one of the older guild endpoints.
    pub(crate) fn refused(code: i64, message: &str) -> Self {
        Self::old(400, code, message)
    }
}

impl Platform {
    pub(super) fn http(&mut self, call: &Call) {
        let endpoint = call.endpoint();
        if endpoint == Endpoint::Token {
            self.check_token_spacing();
        }
        let Some(failure) = self.next_failure(endpoint, rest::name_of(call)) else {
            let answer = self.answer(call);
            self.reply(call.exchange, answer);
            return;
        };
        match failure {
            Failure::Status { status, body } => {
                self.respond(call.exchange, status, "application/json", body.into_bytes());
            }
            Failure::Error { status, code } => {
                self.reply(call.exchange, Answer::error(status, code, "ordered"));
            }
            Failure::ErrorPair { status, code, err_code } => {
                self.reply(call.exchange, Answer::pair(status, code, err_code, "ordered"));
            }
            Failure::ErrorIn200 { code } => {
                self.reply(call.exchange, Answer::ok(json!({"code": code, "message": "ordered"})));
            }
            Failure::Html502 => self.reply(call.exchange, Answer::page(502)),
            Failure::Html { status } => self.reply(call.exchange, Answer::page(status)),
            Failure::Status429 => {
                self.reply(call.exchange, Answer::error(429, 22009, "msg limit exceed"));
            }
            Failure::Audit { pass, after_millis } => {
                let answer = self.answer_audited(call, pass, Duration::from_millis(after_millis));
                self.reply(call.exchange, answer);
            }
            Failure::Hang => {
                self.hanging.insert(call.exchange, endpoint);
            }
            Failure::LostRequest => self.effects.push_back(Effect::DropHttp { exchange: call.exchange }),
            Failure::LostReply => {
                let _ = self.answer(call);
                self.effects.push_back(Effect::DropHttp { exchange: call.exchange });
            }
            Failure::BadToken => {
                let body = json!({"access_token": "never-issued-by-anyone", "expires_in": "7200"});
                self.reply(call.exchange, Answer::ok(body));
            }
        }
    }

    /// What was ordered for this very operation goes before what was ordered for its kind.
    fn next_failure(&mut self, endpoint: Endpoint, operation: Option<&'static str>) -> Option<Failure> {
        let named = self.operation_failures.iter_mut().find(|row| Some(row.0) == operation);
        let (failure, left) = if let Some(row) = named {
            (&row.1, &mut row.2)
        } else {
            let row = self.failures.iter_mut().find(|row| row.0 == endpoint)?;
            (&row.1, &mut row.2)
        };
        *left = left.saturating_sub(1);
        let failure = failure.clone();
        self.failures.retain(|row| row.2 > 0);
        self.operation_failures.retain(|row| row.2 > 0);
        Some(failure)
    }

    fn reply(&mut self, exchange: u64, answer: Answer) {
        match answer.content {
            Content::Json(mut body) => {
                let trace = self.ids.hex32();
                // The v2 shape repeats the trace id in the body.
                if let Some(body) = body.as_object_mut().filter(|body| body.contains_key("err_code")) {
                    body.insert("trace_id".to_owned(), Value::from(trace.as_str()));
                }
                let body = body.to_string().into();
                self.respond_traced(exchange, answer.status, "application/json", body, trace);
            }
            Content::Nothing => self.respond(exchange, answer.status, "application/json", Vec::new()),
            Content::Page => {
                self.respond(exchange, answer.status, "text/html", page(answer.status).into_bytes());
            }
            Content::Tag(hash) => {
                let headers = vec![("ETag".to_owned(), format!("\"{hash}\""))];
                let status = answer.status;
                self.effects.push_back(Effect::Http { exchange, status, headers, body: Vec::new() });
            }
        }
    }

    fn respond(&mut self, exchange: u64, status: u16, kind: &str, body: Vec<u8>) {
        let trace = self.ids.hex32();
        self.respond_traced(exchange, status, kind, body, trace);
    }

    fn respond_traced(&mut self, exchange: u64, status: u16, kind: &str, body: Vec<u8>, trace: String) {
        let headers = vec![
            ("Content-Type".to_owned(), kind.to_owned()),
            ("X-Tps-trace-ID".to_owned(), trace),
            ("Server".to_owned(), "TAPISIX/2.2.2".to_owned()),
        ];
        self.effects.push_back(Effect::Http { exchange, status, headers, body });
    }

    /// Answers with the first message that is accepted held for review.
    fn answer_audited(&mut self, call: &Call, pass: bool, after: Duration) -> Answer {
        self.rest.hold_next = Some((pass, after));
        let answer = self.answer(call);
        // A call that sends nothing is answered as ever.
        self.rest.hold_next = None;
        answer
    }

    fn answer(&mut self, call: &Call) -> Answer {
        if call.route() == TOKEN_PATH {
            return self.issue_token(call);
        }
        if let Some(answer) = self.store(call) {
            return answer;
        }
        if call.body.len() >= EDGE_LIMIT {
            self.violate(Rule::BadBody, None, format!("{} bytes for {}", call.body.len(), call.route()));
            return Answer::page(413);
        }
        if let Err(refused) = self.authorize(call) {
            return refused;
        }
        self.rest(call)
    }

    fn check_token_spacing(&mut self) {
        if self.hanging.values().any(|&endpoint| endpoint == Endpoint::Token) {
            self.violate(Rule::TokenInParallel, None, "a token request while another is open");
        }
        let spacing = TOKEN_SPACING.saturating_sub(self.config.arrival_margin);
        if let Some(gap) =
            self.asked_for_token.map(|before| self.now.saturating_sub(before)).filter(|gap| *gap < spacing)
        {
            let text = format!("a token request {} ms after the one before", gap.as_millis());
            self.violate(Rule::TokenTooSoon, None, text);
        }
        self.asked_for_token = Some(self.now);
    }

    /// The token endpoint answers 200 whatever happens; the error is inside.
    fn issue_token(&mut self, call: &Call) -> Answer {
        let refuse = |code: i64, message: &str| Answer::ok(json!({"code": code, "message": message}));
        if call.method != "POST" {
            self.violate(Rule::NoSuchEndpoint, None, "the token endpoint takes POST");
            return Answer::error(405, 405, "method not allowed");
        }
        let json_type =
            call.header("content-type").is_some_and(|kind| kind.trim_start().starts_with("application/json"));
        let body: Option<Value> = serde_json::from_slice(&call.body).ok();
        let field = |name: &str| body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str);
        let (true, Some(app_id), Some(secret)) = (json_type, field("appId"), field("clientSecret")) else {
            self.violate(Rule::TokenRequest, None, "not JSON with the texts appId and clientSecret");
            return refuse(100_007, "appid invalid");
        };
        if app_id.is_empty() || !app_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return refuse(100_007, "appid invalid");
        }
        if app_id != self.config.app_id {
            return refuse(10_004, "bot not exist");
        }
        if secret != self.config.secret.expose() {
            return refuse(100_016, "invalid appid or secret");
        }
        let (token, left) = self.tokens.current(self.now, self.config.token_lifetime, &mut self.ids);
        let left = match self.config.expires_in {
            NumberAs::Text => Value::from(left.to_string()),
            NumberAs::Number => Value::from(left),
        };
        Answer::ok(json!({"access_token": token, "expires_in": left}))
    }

    fn authorize(&mut self, call: &Call) -> Result<(), Answer> {
        let refuse = |code: i64, message: &str| Err(Answer::error(401, code, message));
        let path = call.route();
        let Some(header) = call.header("authorization") else {
            self.violate(Rule::Authorization, None, format!("no Authorization header for {path}"));
            return refuse(11_241, "token not exist");
        };
        let Some(token) = header.strip_prefix("QQBot ") else {
            self.violate(Rule::Authorization, None, format!("not `QQBot <token>` for {path}"));
            let fixed = header.starts_with("Bot ");
            return if fixed {
                refuse(11_245, "fixed token disabled")
            } else {
                refuse(11_243, "token wrong")
            };
        };
        match self.tokens.standing(token, self.now) {
            Standing::Valid => Ok(()),
            Standing::Unknown => {
                self.violate(Rule::UnknownToken, None, format!("a token that was not issued for {path}"));
                refuse(11_243, "token wrong")
            }
            Standing::Expired(ago) => {
                if let Some(ago) = ago.filter(|ago| *ago > EXPIRY_GRACE) {
                    let text = format!("the token for {path} ran out {} s ago", ago.as_secs());
                    self.violate(Rule::ExpiredToken, None, text);
                }
                refuse(11_244, "token not exist or expire")
            }
        }
    }
}
