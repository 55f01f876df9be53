//! One shard: its phases, and what moves it from one to the next.

mod beat;
mod context;
mod frames;
mod input;
mod refusal;
mod short;
#[cfg(test)]
mod tests;
mod verdict;

use core::time::Duration;

use crate::event::{Cause, Fault, Halt, LastFault, PhaseName};
use crate::id::{ConnId, ShardIndex};
use crate::intents::Intents;
use crate::io::Output;
use crate::session::Session;
use crate::time::{Deadline, Timestamp, Wake};
use beat::Beat;
pub(crate) use beat::interval;
pub(crate) use context::{Cx, Shared};
pub(crate) use input::ShardInput;
pub use verdict::{Verdict, verdict};

/// Where a shard stands. What belongs to a connection lives in the phases that have one, so it cannot outlive it.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Waits for a turn, with the session to resume if there is one.
    Queued { resume: Option<Session> },
    /// The socket is being opened.
    Dialing { conn: ConnId, resume: Option<Session>, give_up: Timestamp },
    /// The socket is open, Hello is awaited.
    Greeting { conn: ConnId, resume: Option<Session>, give_up: Timestamp },
    /// Hello came, an identify slot is awaited; `granted` if a limiter outside has given it.
    Greeted { conn: ConnId, every: Duration, granted: bool, give_up: Timestamp },
    /// Identify or resume was sent with the token of this generation; READY or RESUMED is awaited.
    Joining {
        conn: ConnId,
        resume: Option<Session>,
        token: u64,
        replayed: u64,
        beat: Beat,
        give_up: Timestamp,
    },
    /// Events flow.
    Live { conn: ConnId, session: Session, token: u64, beat: Beat, life: Life },
    /// Pauses before the next attempt.
    Resting { resume: Option<Session>, until: Timestamp },
    /// Out of service; keeps the session in case it is restarted.
    Halted { reason: Halt, resume: Option<Session> },
}

/// What a live link has shown of itself, by which it is judged when it is lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) since: Timestamp,
    /// It continues a session.
    pub(crate) resumed: bool,
    /// It has carried an event, a replayed one or a new one.
    pub(crate) carried: bool,
}

/// What must outlive a connection: counts of failures, by which later attempts are made differently.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) index: ShardIndex,
    epoch: u32,
    /// Attempts that failed since the shard was last live for a while.
    pub(crate) attempts: u32,
    /// Resumes in a row that were neither confirmed nor replayed anything.
    resumes_failed: u32,
    /// Resumes in a row that were confirmed and lost again at once.
    resumes_lost: u32,
    /// Identifies in a row that were refused.
    refusals: u32,
    /// What the newest identify asked for, until the session it began is resumed: nobody can tell what that one was.
    asked: Option<Intents>,
    /// A slot that a limiter outside has granted while the shard was not there to take it.
    granted: bool,
    /// Closes in a row that blame our own frames.
    bugs: u32,
    /// Closes in a row that blame the token.
    dead_tokens: u32,
    /// Sessions so far.
    generation: u32,
    pub(crate) since: Timestamp,
    pub(crate) last_fault: Option<LastFault>,
    pub(crate) round_trip: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) phase: Phase,
    pub(crate) kept: Kept,
}

impl Phase {
    pub(crate) const fn name(&self) -> PhaseName {
        match self {
            Self::Queued { .. } => PhaseName::Queued,
            Self::Dialing { .. } => PhaseName::Dialing,
            Self::Greeting { .. } => PhaseName::Greeting,
            Self::Greeted { .. } => PhaseName::Greeted,
            Self::Joining { .. } => PhaseName::Joining,
            Self::Live { .. } => PhaseName::Live,
            Self::Resting { .. } => PhaseName::Resting,
            Self::Halted { .. } => PhaseName::Halted,
        }
    }

    /// The connection that this phase owns.
    pub(crate) const fn conn(&self) -> Option<ConnId> {
        match self {
            Self::Dialing { conn, .. }
            | Self::Greeting { conn, .. }
            | Self::Greeted { conn, .. }
            | Self::Joining { conn, .. }
            | Self::Live { conn, .. } => Some(*conn),
            Self::Queued { .. } | Self::Resting { .. } | Self::Halted { .. } => None,
        }
    }

    pub(crate) const fn beat(&self) -> Option<&Beat> {
        match self {
            Self::Joining { beat, .. } | Self::Live { beat, .. } => Some(beat),
            Self::Queued { .. }
            | Self::Dialing { .. }
            | Self::Greeting { .. }
            | Self::Greeted { .. }
            | Self::Resting { .. }
            | Self::Halted { .. } => None,
        }
    }

    /// The session that would be stored now.
    pub(crate) const fn session(&self) -> Option<&Session> {
        match self {
            Self::Live { session, .. } => Some(session),
            Self::Queued { resume }
            | Self::Dialing { resume, .. }
            | Self::Greeting { resume, .. }
            | Self::Joining { resume, .. }
            | Self::Resting { resume, .. }
            | Self::Halted { resume, .. } => resume.as_ref(),
            Self::Greeted { .. } => None,
        }
    }

    /// Whether this phase has begun, or waits for its turn to begin, a connection that will need an identify.
    pub(crate) const fn is_fresh_opening(&self) -> bool {
        matches!(
            self,
            Self::Dialing { resume: None, .. } | Self::Greeting { resume: None, .. } | Self::Greeted { .. }
        )
    }

    /// When the pause ends, if it is one.
    pub(crate) const fn rests_until(&self) -> Option<Timestamp> {
        if let Self::Resting { until, .. } = self { Some(*until) } else { None }
    }

    pub(crate) fn deadline(&self, shard: ShardIndex) -> Option<Deadline> {
        let (at, why) = match self {
            // What is not being read cannot be late.
            Self::Joining { give_up, beat, .. } if beat.due < *give_up || beat.paused => {
                (beat.due, Wake::Heartbeat(shard))
            }
            Self::Dialing { give_up, .. }
            | Self::Greeting { give_up, .. }
            | Self::Greeted { give_up, .. }
            | Self::Joining { give_up, .. } => (*give_up, Wake::Handshake(shard)),
            Self::Live { beat, .. } => (beat.due, Wake::Heartbeat(shard)),
            Self::Resting { until, .. } => (*until, Wake::Backoff(shard)),
            Self::Queued { .. } | Self::Halted { .. } => return None,
        };
        Some(Deadline { at, why })
    }
}

impl Kept {
    /// A beat was answered.
    #[inline]
    fn acked(&mut self, beat: &mut Beat, now: Timestamp) {
        if let Some(round_trip) = beat.answered(now) {
            self.round_trip = Some(round_trip);
        }
    }
}

impl Shard {
    /// A shard that waits for its first turn.
    pub(crate) const fn new(index: ShardIndex, resume: Option<Session>, now: Timestamp) -> Self {
        Self {
            phase: Phase::Queued { resume },
            kept: Kept {
                index,
                epoch: 0,
                attempts: 0,
                resumes_failed: 0,
                resumes_lost: 0,
                refusals: 0,
                asked: None,
                granted: false,
                bugs: 0,
                dead_tokens: 0,
                generation: 0,
                since: now,
                last_fault: None,
                round_trip: None,
            },
        }
    }

    /// Whether events flow.
    pub(crate) const fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live { .. })
    }

    /// Applies one input by the table.
    #[inline(never)]
    fn go(&mut self, shared: &mut Shared<'_>, input: ShardInput) {
        let before = self.phase.name();
        // The only place where a phase is taken out. The placeholder is a terminal phase, so that not even a bug
        // could leave a ghost that looks alive.
        let halted = Phase::Halted { reason: Halt::Stopped, resume: None };
        let phase = core::mem::replace(&mut self.phase, halted);
        let mut cx = Cx { shared, kept: &mut self.kept, why: None };
        self.phase = phase.step(&mut cx, input);
        let after = self.phase.name();
        let why = cx.why;
        if before == after {
            return;
        }
        self.kept.since = shared.now;
        let why = why.unwrap_or(Cause::Turn);
        let next_try = self.phase.rests_until();
        shared.out.push_back(Output::Event(crate::Event::Moved {
            shard: self.kept.index,
            to: after,
            why,
            next_try,
        }));
        if let Phase::Halted { reason, .. } = &self.phase {
            let event = crate::Event::Halted { shard: self.kept.index, reason: *reason };
            shared.out.push_back(Output::Event(event));
        }
    }
}

impl Phase {
    /// One arm per row of the table in ARCHITECTURE.md, in the same order.
    #[expect(clippy::too_many_lines, clippy::match_same_arms, reason = "it is the table")]
    fn step(self, cx: &mut Cx<'_, '_>, input: ShardInput) -> Self {
        use {Phase as P, ShardInput as I};
        match (self, input) {
            // Waiting for a turn.
            (P::Queued { resume }, I::Admit { url }) => cx.dial(url, resume),
            (P::Resting { resume, .. }, I::Timer) => cx.queue(resume, Cause::Rested),

            // Opening. Each step has a deadline of its own.
            (P::Dialing { conn, resume, .. }, I::Opened) => cx.opened(conn, resume),
            (P::Greeting { conn, resume: None, .. }, I::Hello { every }) => cx.greeted(conn, every),
            (P::Greeting { conn, resume: Some(session), .. }, I::Hello { every }) => {
                cx.resume(conn, session, every)
            }
            (
                phase @ (P::Queued { .. } | P::Dialing { .. } | P::Greeting { .. } | P::Resting { .. }),
                I::Granted,
            ) => {
                cx.remember_grant();
                phase
            }
            (P::Greeted { conn, every, give_up, .. }, I::Granted) => {
                P::Greeted { conn, every, granted: true, give_up }
            }
            (P::Greeted { conn, every, .. }, I::Permit) => cx.identify(conn, every),

            // Joining.
            (P::Joining { conn, resume, token, beat, .. }, I::Ready { session, seq, user_id, username }) => {
                cx.replaced(resume.as_ref());
                cx.ready(conn, token, beat, session, seq, user_id, username)
            }
            (P::Joining { conn, resume: Some(session), token, replayed, beat, .. }, I::Dispatch(parts)) => {
                cx.replay(conn, session, token, replayed, beat, parts)
            }
            (P::Joining { conn, resume: Some(session), token, replayed, beat, .. }, I::Resumed { seq }) => {
                cx.resumed(conn, session, token, replayed, beat, seq)
            }
            (P::Joining { conn, resume: None, token, .. }, I::Invalid { .. }) => {
                cx.identify_refused(conn, token)
            }
            (P::Joining { conn, resume: None, token, replayed, beat, give_up }, I::Dispatch(parts)) => {
                // No source has seen an event before READY; it is passed on, since nobody would send it again.
                cx.fault(|shard| Fault::OutOfPlace { shard, what: "an event", phase: PhaseName::Joining });
                cx.deliver(None, parts);
                P::Joining { conn, resume: None, token, replayed, beat, give_up }
            }

            // The session is called invalid.
            (P::Joining { conn, resume: Some(session), replayed, .. }, I::Invalid { resumable }) => {
                let resume = cx.unconfirmed(Some(session), replayed);
                cx.invalid(conn, resume, resumable)
            }
            (P::Live { conn, session, life, .. }, I::Invalid { resumable }) => {
                cx.was_live(life);
                cx.invalid(conn, Some(session), resumable)
            }

            // Live.
            (P::Live { conn, mut session, token, beat, mut life }, I::Dispatch(parts)) => {
                life.carried |= cx.deliver(Some(&mut session), parts);
                P::Live { conn, session, token, beat, life }
            }
            (P::Live { conn, token, beat, .. }, I::Ready { session, seq, user_id, username }) => {
                // Out of place, but it names the session that a resume will need.
                cx.fault(|shard| Fault::OutOfPlace { shard, what: "READY", phase: PhaseName::Live });
                cx.ready(conn, token, beat, session, seq, user_id, username)
            }

            // Heartbeats.
            (P::Joining { conn, resume, token, replayed, mut beat, give_up }, I::BeatAcked) => {
                cx.acked(&mut beat);
                P::Joining { conn, resume, token, replayed, beat, give_up }
            }
            (P::Live { conn, session, token, mut beat, life }, I::BeatAcked) => {
                cx.acked(&mut beat);
                P::Live { conn, session, token, beat, life }
            }
            (P::Joining { conn, resume, token, replayed, beat, give_up }, I::BeatAsked) => {
                cx.send_beat(conn, resume.as_ref());
                P::Joining { conn, resume, token, replayed, beat, give_up }
            }
            (P::Live { conn, session, token, beat, life }, I::BeatAsked) => {
                cx.send_beat(conn, Some(&session));
                P::Live { conn, session, token, beat, life }
            }
            (P::Joining { conn, resume, give_up, replayed, ref beat, .. }, I::Timer)
                if give_up <= cx.now() && !beat.paused =>
            {
                cx.join_timed_out(conn, resume, replayed)
            }
            (P::Joining { conn, resume, token, replayed, mut beat, give_up }, I::Timer) => {
                if cx.pulse(conn, &mut beat, resume.as_ref()) {
                    P::Joining { conn, resume, token, replayed, beat, give_up }
                } else {
                    let resume = cx.unconfirmed(resume, replayed);
                    cx.dead_link(conn, resume)
                }
            }
            (P::Live { conn, session, token, mut beat, life }, I::Timer) => {
                if cx.pulse(conn, &mut beat, Some(&session)) {
                    P::Live { conn, session, token, beat, life }
                } else {
                    cx.was_live(life);
                    cx.dead_link(conn, Some(session))
                }
            }
            (P::Joining { conn, resume, token, replayed, mut beat, .. }, I::Paused(paused)) => {
                beat.pause(paused);
                let give_up = cx.join_deadline();
                P::Joining { conn, resume, token, replayed, beat, give_up }
            }
            (P::Live { conn, session, token, mut beat, life }, I::Paused(paused)) => {
                beat.pause(paused);
                P::Live { conn, session, token, beat, life }
            }

            // The server asks for a reconnect.
            (P::Live { conn, session, life, .. }, I::ReconnectAsked) => {
                cx.was_live(life);
                cx.hang_up(conn, Some(session), Cause::ReconnectAsked)
            }
            (P::Joining { conn, resume, replayed, .. }, I::ReconnectAsked) => {
                let resume = cx.unconfirmed(resume, replayed);
                cx.hang_up(conn, resume, Cause::ReconnectAsked)
            }
            (P::Dialing { conn, resume, .. } | P::Greeting { conn, resume, .. }, I::ReconnectAsked) => {
                cx.hang_up(conn, resume, Cause::ReconnectAsked)
            }
            (P::Greeted { conn, .. }, I::ReconnectAsked) => cx.hang_up(conn, None, Cause::ReconnectAsked),

            // The connection ends: by the verdict table.
            (P::Live { session, token, life, .. }, I::Closed { code }) => {
                cx.was_live(life);
                cx.closed(Some(session), Some(token), code)
            }
            (P::Joining { resume: Some(session), token, replayed, .. }, I::Closed { code }) => {
                let resume = cx.unconfirmed(Some(session), replayed);
                cx.closed(resume, Some(token), code)
            }
            (P::Joining { resume: None, token, .. }, I::Closed { code }) => cx.identify_closed(token, code),
            (P::Greeting { resume, .. }, I::Closed { code }) => cx.closed(resume, None, code),
            (P::Dialing { resume, .. }, I::Closed { code }) => {
                cx.dial_failed();
                cx.closed(resume, None, code)
            }
            (P::Greeted { .. }, I::Closed { code }) => cx.closed(None, None, code),
            (P::Live { session, life, .. }, I::Failed(error)) => {
                cx.was_live(life);
                cx.lost(Some(session), Cause::Failed(error))
            }
            (P::Joining { resume, replayed, .. }, I::Failed(error)) => {
                let resume = cx.unconfirmed(resume, replayed);
                cx.lost(resume, Cause::Failed(error))
            }
            (P::Greeting { resume, .. }, I::Failed(error)) => cx.lost(resume, Cause::Failed(error)),
            (P::Dialing { resume, .. }, I::Failed(error)) => {
                cx.dial_failed();
                cx.lost(resume, Cause::Failed(error))
            }
            (P::Greeted { .. }, I::Failed(error)) => cx.lost(None, Cause::Failed(error)),

            // A step of the handshake took too long.
            (P::Dialing { conn, resume, .. }, I::Timer) => {
                cx.dial_failed();
                cx.hang_up(conn, resume, Cause::TimedOut)
            }
            (P::Greeting { conn, resume, .. }, I::Timer) => cx.hang_up(conn, resume, Cause::TimedOut),
            (P::Greeted { conn, .. }, I::Timer) => cx.hang_up(conn, None, Cause::TimedOut),

            // Leaving and coming back.
            (P::Halted { reason, resume }, I::Stop { .. } | I::NoCredentials { .. }) => {
                P::Halted { reason, resume }
            }
            (phase, I::Stop { code }) => cx.stop(&phase, code),
            (phase, I::Restart { fresh }) => cx.restart(&phase, fresh),
            (P::Queued { resume } | P::Resting { resume, .. }, I::NoCredentials { code }) => {
                cx.no_credentials(resume, code)
            }
            // Those with a socket need no token until they lose it.
            (
                phase @ (P::Dialing { .. }
                | P::Greeting { .. }
                | P::Greeted { .. }
                | P::Joining { .. }
                | P::Live { .. }),
                I::NoCredentials { .. },
            ) => phase,

            // Out of place, harmless: acknowledgements of beats on a socket that was just joined again, pauses before
            // there are beats, timers of phases without any.
            (
                phase @ (P::Queued { .. }
                | P::Dialing { .. }
                | P::Greeting { .. }
                | P::Greeted { .. }
                | P::Resting { .. }
                | P::Halted { .. }),
                I::BeatAcked | I::BeatAsked | I::Paused(_),
            )
            | (phase @ (P::Queued { .. } | P::Halted { .. }), I::Timer) => phase,

            // Out of place: report it, stay; the deadline of the phase decides.
            (
                phase @ P::Queued { .. },
                input @ (I::Permit
                | I::Opened
                | I::Hello { .. }
                | I::Ready { .. }
                | I::Resumed { .. }
                | I::Dispatch(_)
                | I::ReconnectAsked
                | I::Invalid { .. }
                | I::Closed { .. }
                | I::Failed(_)),
            )
            | (
                phase @ (P::Resting { .. } | P::Halted { .. }),
                input @ (I::Admit { .. }
                | I::Permit
                | I::Opened
                | I::Hello { .. }
                | I::Ready { .. }
                | I::Resumed { .. }
                | I::Dispatch(_)
                | I::ReconnectAsked
                | I::Invalid { .. }
                | I::Closed { .. }
                | I::Failed(_)),
            )
            | (
                phase @ P::Dialing { .. },
                input @ (I::Admit { .. }
                | I::Permit
                | I::Hello { .. }
                | I::Ready { .. }
                | I::Resumed { .. }
                | I::Dispatch(_)
                | I::Invalid { .. }),
            )
            | (
                phase @ P::Greeting { .. },
                input @ (I::Admit { .. }
                | I::Permit
                | I::Opened
                | I::Ready { .. }
                | I::Resumed { .. }
                | I::Dispatch(_)
                | I::Invalid { .. }),
            )
            | (
                phase @ P::Greeted { .. },
                input @ (I::Admit { .. }
                | I::Opened
                | I::Hello { .. }
                | I::Ready { .. }
                | I::Resumed { .. }
                | I::Dispatch(_)
                | I::Invalid { .. }),
            )
            | (phase @ P::Halted { .. }, input @ I::Granted)
            | (
                phase @ P::Joining { .. },
                input @ (I::Admit { .. }
                | I::Permit
                | I::Granted
                | I::Opened
                | I::Hello { .. }
                | I::Resumed { .. }),
            )
            | (
                phase @ P::Live { .. },
                input @ (I::Admit { .. }
                | I::Permit
                | I::Granted
                | I::Opened
                | I::Hello { .. }
                | I::Resumed { .. }),
            ) => {
                let (what, name) = (input.what(), phase.name());
                cx.fault(|shard| Fault::OutOfPlace { shard, what, phase: name });
                phase
            }
        }
    }
}
