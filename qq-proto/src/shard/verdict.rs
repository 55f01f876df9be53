//! What each close code means, as data.

/// What to do when the gateway closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Keep the session and resume it: at once the first time, with backoff after that.
    Resume,
    /// Keep the session and resume it, but wait 5 to 10 s first: we sent too fast.
    ResumeLater,
    /// The session is void: identify.
    Identify,
    /// The token is dead: fetch another, then resume. Twice in a row drops the session.
    NewToken,
    /// What we sent was wrong, which is our own bug: one fresh identify after a backoff, a second time in a row halts.
    IdentifyOnce,
    /// Do not come back like this.
    Halt,
}

/// The verdict on a close code; `None` is a connection that ended without one.
///
/// From the platform's table, whose own footnote ("everything else: identify") contradicts its rows; the rows are
/// followed. 4000, 4003 and 4005 are known from the official Go SDK only and are treated like everything that is not
/// in the table: a resume is the cheaper try, and resumes that fail turn into an identify by themselves.
pub const fn verdict(code: Option<u16>) -> Verdict {
    let Some(code) = code else {
        return Verdict::Resume;
    };
    match code {
        // "invalid opcode", "invalid payload"
        4001 | 4002 => Verdict::IdentifyOnce,
        // "authentication failed": not in the table, but official SDKs handle it, and so must we
        4004 => Verdict::NewToken,
        // "invalid session id", "seq error"; "internal error" (4903 follows a refused identify)
        4006 | 4007 | 4900..=4913 => Verdict::Identify,
        // "payloads sent too fast"
        4008 => Verdict::ResumeLater,
        // "invalid shard", "too many guilds for one connection", "invalid version", "invalid intent", "intent not
        // permitted"; "delisted, sandbox only", "banned"
        4010..=4014 | 4914 | 4915 => Verdict::Halt,
        // 4009 "connection expired" every half hour, 4015, 1000, 1001, 1006 and whatever comes
        _ => Verdict::Resume,
    }
}
