//! The verbs of the transition table: what an arm does, and the phase it leads to.

use alloc::collections::VecDeque;
use alloc::string::String;
use core::time::Duration;

use crate::backoff::pause;
use crate::client::Totals;
use crate::config::{Config, IdentifySlots};
use crate::dispatch::Dispatch;
use crate::event::{Cause, Event, Fault, Halt, LastFault, Ready};
use crate::id::{ConnId, ShardIndex};
use crate::io::{Action, Output};
use crate::ladder::Ladder;
use crate::recent::Recent;
use crate::rng::Rng;
use crate::secret::Frame;
use crate::session::{LARGEST_SEQ, Session};
use crate::shard::beat::{Beat, Pulse};
use crate::shard::{Kept, Life, Phase, Verdict, frames};
use crate::time::Timestamp;
use crate::token::Token;
use crate::wire::Parts;

/// A resume that fails this often in a row, unconfirmed and without a replay, is given up. A socket that dies says
/// little about the session, so it is more than one or two.
const RESUMES_FAILED: u32 = 3;

/// A resume that is confirmed and lost again within [`AT_ONCE`], without having carried an event, this often in a row is
/// given up: the session is one that the server accepts and then chokes on.
const RESUMES_LOST: u32 = 6;

const AT_ONCE: Duration = Duration::from_secs(10);

/// Failed attempts that still count when the server has answered a resume with op 9: the pause is 5 s at most.
const ANSWERED: u32 = 3;

/// Close code for a connection whose session is to be resumed. 1000 and 1001 may end the session at the server.
pub(super) const CLOSE_TO_RESUME: u16 = 4000;

/// What all shards share, lent for one step.
pub(crate) struct Shared<'a> {
    pub(crate) now: Timestamp,
    pub(crate) config: &'a Config,
    /// The number of shards in all processes.
    pub(crate) shards: u32,
    pub(crate) out: &'a mut VecDeque<Output>,
    pub(crate) rng: &'a mut Rng,
    pub(crate) token: &'a Token,
    pub(crate) recent: &'a mut Recent,
    pub(crate) totals: &'a mut Totals,
    /// Dials that failed in a row, of any shard.
    pub(crate) dials_failed: &'a mut u32,
    /// Set to the generation of a token that the platform has called dead.
    pub(crate) dead_token: Option<u64>,
    /// What identifies ask for.
    pub(crate) ladder: &'a mut Ladder,
    /// Set when an identify leaves.
    pub(crate) identified: bool,
}

/// The only door of a transition to the world.
pub(crate) struct Cx<'a, 's> {
    pub(crate) shared: &'a mut Shared<'s>,
    pub(crate) kept: &'a mut Kept,
    /// What makes the shard move.
    pub(crate) why: Option<Cause>,
}

impl Cx<'_, '_> {
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.now
    }

    pub(super) fn act(&mut self, action: Action) {
        self.shared.out.push_back(Output::Action(action));
    }

    fn tell(&mut self, event: Event) {
        self.shared.out.push_back(Output::Event(event));
    }

    pub(crate) fn fault(&mut self, fault: impl FnOnce(ShardIndex) -> Fault) {
        self.shared.totals.faults += 1;
        let event = Event::Fault(fault(self.kept.index));
        self.tell(event);
    }

    pub(crate) fn queue(&mut self, resume: Option<Session>, why: Cause) -> Phase {
        self.why = Some(why);
        Phase::Queued { resume }
    }

    pub(crate) fn dial(&mut self, url: String, resume: Option<Session>) -> Phase {
        self.why = Some(Cause::Turn);
        self.kept.epoch = self.kept.epoch.wrapping_add(1);
        let conn = ConnId { shard: self.kept.index, epoch: self.kept.epoch };
        let timeout = self.shared.config.limits.dial_timeout;
        self.act(Action::Connect { conn, url, timeout });
        Phase::Dialing { conn, resume, give_up: self.now().after(timeout) }
    }

    pub(crate) fn opened(&mut self, conn: ConnId, resume: Option<Session>) -> Phase {
        self.why = Some(Cause::Opened);
        *self.shared.dials_failed = 0;
        Phase::Greeting { conn, resume, give_up: self.now().after(self.shared.config.limits.hello_timeout) }
    }

    /// A slot came while there was no socket to use it: it is kept for the next one.
    pub(crate) fn remember_grant(&mut self) {
        self.kept.granted = true;
    }

    pub(crate) fn greeted(&mut self, conn: ConnId, every: Duration) -> Phase {
        self.why = Some(Cause::Hello);
        let granted = core::mem::take(&mut self.kept.granted);
        if self.shared.config.identify_slots == IdentifySlots::Granted && !granted {
            self.tell(Event::IdentifySlotWanted { shard: self.kept.index });
        }
        let give_up = self.now().after(self.shared.config.limits.slot_timeout);
        Phase::Greeted { conn, every, granted, give_up }
    }

    pub(crate) fn identify(&mut self, conn: ConnId, every: Duration) -> Phase {
        let Some(token) = self.shared.token.usable(self.now()) else {
            return self.hang_up(conn, None, Cause::NoToken);
        };
        self.why = Some(Cause::Slot);
        self.shared.identified = true;
        self.shared.totals.identifies += 1;
        let intents = self.shared.ladder.intents();
        self.kept.asked = Some(intents);
        let frame = frames::identify(&token.header, intents, self.kept.index.get(), self.shared.shards);
        let token = token.generation;
        self.join(conn, None, token, every, frame)
    }

    pub(crate) fn resume(&mut self, conn: ConnId, session: Session, every: Duration) -> Phase {
        let Some(token) = self.shared.token.usable(self.now()) else {
            // It expired while the socket opened: come back when there is a new one.
            return self.hang_up(conn, Some(session), Cause::NoToken);
        };
        self.why = Some(Cause::Hello);
        self.shared.totals.resumes += 1;
        self.kept.asked = None;
        let frame = frames::resume(&token.header, &session);
        let token = token.generation;
        self.join(conn, Some(session), token, every, frame)
    }

    fn join(
        &mut self,
        conn: ConnId,
        resume: Option<Session>,
        token: u64,
        every: Duration,
        frame: Frame,
    ) -> Phase {
        self.act(Action::Send { conn, frame });
        let beat = Beat::start(self.now(), every, self.shared.rng);
        Phase::Joining { conn, resume, token, replayed: 0, beat, give_up: self.join_deadline() }
    }

    pub(crate) fn join_deadline(&self) -> Timestamp {
        self.now().after(self.shared.config.limits.join_timeout)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a phase and of READY, moved from one to the other"
    )]
    pub(crate) fn ready(
        &mut self,
        conn: ConnId,
        token: u64,
        beat: Beat,
        id: String,
        seq: Option<u64>,
        user_id: String,
        username: String,
    ) -> Phase {
        self.why = Some(Cause::Ready);
        self.joined();
        if let Some(asked) = self.kept.asked {
            self.shared.ladder.granted(asked);
        }
        self.kept.generation = self.kept.generation.wrapping_add(1);
        let seq = seq.filter(|seq| *seq <= LARGEST_SEQ).unwrap_or(0);
        let session = Session::new(self.kept.index.get(), self.shared.shards, id, seq);
        self.tell(Event::Ready(Ready {
            shard: self.kept.index,
            session: session.clone(),
            user_id,
            username,
            generation: self.kept.generation,
        }));
        let life = Life { since: self.now(), resumed: false, carried: false };
        Phase::Live { conn, session, token, beat, life }
    }

    pub(crate) fn replay(
        &mut self,
        conn: ConnId,
        mut session: Session,
        token: u64,
        replayed: u64,
        beat: Beat,
        parts: Parts,
    ) -> Phase {
        let delivered = self.deliver(Some(&mut session), parts);
        let replayed = replayed.saturating_add(u64::from(delivered));
        Phase::Joining { conn, resume: Some(session), token, replayed, beat, give_up: self.join_deadline() }
    }

    pub(crate) fn resumed(
        &mut self,
        conn: ConnId,
        mut session: Session,
        token: u64,
        replayed: u64,
        beat: Beat,
        seq: Option<u64>,
    ) -> Phase {
        self.why = Some(Cause::Resumed);
        self.joined();
        if let Some(seq) = seq.filter(|seq| *seq <= LARGEST_SEQ) {
            session.seq = session.seq.max(seq);
        }
        self.tell(Event::Resumed { shard: self.kept.index, replayed });
        let life = Life { since: self.now(), resumed: true, carried: replayed > 0 };
        Phase::Live { conn, session, token, beat, life }
    }

    /// The server let us in, so what it held against us is over. Attempts are not forgotten here: links that are
    /// accepted and closed at once are a known failure.
    fn joined(&mut self) {
        self.kept.refusals = 0;
        // What was granted for this time is not kept for another: the limiter has forgotten it.
        self.kept.granted = false;
        self.kept.dead_tokens = 0;
        self.kept.resumes_failed = 0;
    }

    /// Passes an event on, unless it was before. Tells whether it was passed on.
    pub(crate) fn deliver(&mut self, session: Option<&mut Session>, parts: Parts) -> bool {
        // Without a session it belongs to the one that READY has yet to name.
        let generation = self.kept.generation.wrapping_add(u32::from(session.is_none()));
        if let (Some(session), Some(seq)) = (session, parts.seq()) {
            if seq <= session.seq {
                self.shared.totals.duplicates += 1;
                return false;
            }
            if seq <= LARGEST_SEQ {
                session.seq = seq;
            }
        }
        let id = parts.id_bytes();
        if !id.is_empty() && !self.shared.recent.insert(id) {
            self.shared.totals.duplicates += 1;
            return false;
        }
        self.shared.totals.events += 1;
        let dispatch = Dispatch::new(self.kept.index, generation, parts);
        self.tell(Event::Dispatch(dispatch));
        true
    }

    pub(crate) fn send_beat(&mut self, conn: ConnId, session: Option<&Session>) {
        self.shared.out.push_back(frames::beat(conn, session));
    }

    pub(crate) fn acked(&mut self, beat: &mut Beat) {
        self.kept.acked(beat, self.now());
    }

    /// Serves a beat that may be due. `false` if the link is dead.
    pub(crate) fn pulse(&mut self, conn: ConnId, beat: &mut Beat, session: Option<&Session>) -> bool {
        match beat.pulse(self.now()) {
            Pulse::Early => true,
            Pulse::Send => {
                self.send_beat(conn, session);
                true
            }
            Pulse::Dead => false,
        }
    }

    /// READY came where RESUMED was asked for: the old session is gone.
    pub(crate) fn replaced(&mut self, resume: Option<&Session>) {
        if resume.is_some() {
            self.drop_session();
        }
    }

    pub(crate) fn dead_link(&mut self, conn: ConnId, resume: Option<Session>) -> Phase {
        self.hang_up(conn, resume, Cause::DeadLink)
    }

    pub(crate) fn dial_failed(&mut self) {
        *self.shared.dials_failed = self.shared.dials_failed.saturating_add(1);
    }

    /// Gives a connection up from our side.
    pub(crate) fn hang_up(&mut self, conn: ConnId, resume: Option<Session>, why: Cause) -> Phase {
        self.act(Action::Disconnect { conn, code: CLOSE_TO_RESUME });
        self.lost(resume, why)
    }

    /// A connection is gone: come back at once the first time, later and later after that.
    pub(crate) fn lost(&mut self, resume: Option<Session>, why: Cause) -> Phase {
        self.rest(resume, why, Duration::ZERO)
    }

    pub(super) fn rest(&mut self, resume: Option<Session>, why: Cause, at_least: Duration) -> Phase {
        let wait = pause(self.kept.attempts, self.shared.rng).max(at_least);
        self.kept.attempts = self.kept.attempts.saturating_add(1);
        self.kept.last_fault = Some(LastFault { cause: why, at: self.now() });
        self.why = Some(why);
        let resume = self.worth_resuming(resume);
        if wait.is_zero() {
            return Phase::Queued { resume };
        }
        Phase::Resting { resume, until: self.now().after(wait) }
    }

    /// A little while, so that a server that refuses is not asked again in the same moment.
    pub(super) fn moment(&mut self) -> Duration {
        self.shared.rng.between(Duration::from_secs(1), Duration::from_secs(3))
    }

    /// Leaving Live: what the time there says about the link and the session. One that has carried events is neither a
    /// link that is accepted and closed at once, nor a session that the server chokes on, however short it was: many
    /// incidents in a row are then met with a second's pause, not with the whole ladder, and not with an identify.
    pub(crate) fn was_live(&mut self, life: Life) {
        let lived = self.now().since(life.since);
        if lived >= self.shared.config.limits.stable_after {
            self.kept.attempts = 0;
            self.kept.bugs = 0;
        } else if life.carried {
            self.kept.attempts = self.kept.attempts.min(1);
        }
        let choked = life.resumed && !life.carried && lived < AT_ONCE;
        self.kept.resumes_lost = if choked { self.kept.resumes_lost.saturating_add(1) } else { 0 };
    }

    /// A resume ended unconfirmed: whether the session is still worth another.
    pub(crate) fn unconfirmed(&mut self, resume: Option<Session>, replayed: u64) -> Option<Session> {
        resume.as_ref()?;
        self.kept.resumes_failed = if replayed > 0 { 0 } else { self.kept.resumes_failed.saturating_add(1) };
        resume
    }

    /// The session, unless it has failed too often (then its loss is told) or never had an id.
    fn worth_resuming(&mut self, resume: Option<Session>) -> Option<Session> {
        let session = resume.filter(|session| !session.id.is_empty())?;
        if self.kept.resumes_failed >= RESUMES_FAILED || self.kept.resumes_lost >= RESUMES_LOST {
            return self.drop_session();
        }
        Some(session)
    }

    pub(super) fn drop_session(&mut self) -> Option<Session> {
        self.kept.resumes_failed = 0;
        self.kept.resumes_lost = 0;
        self.shared.totals.sessions_lost += 1;
        self.fault(|shard| Fault::SessionLost { shard });
        None
    }

    pub(crate) fn join_timed_out(&mut self, conn: ConnId, resume: Option<Session>, replayed: u64) -> Phase {
        let resume = self.unconfirmed(resume, replayed);
        self.hang_up(conn, resume, Cause::TimedOut)
    }

    /// Op 9 about a session that exists.
    pub(crate) fn invalid(&mut self, conn: ConnId, session: Option<Session>, resumable: bool) -> Phase {
        self.act(Action::Disconnect { conn, code: CLOSE_TO_RESUME });
        let resume = if resumable { session } else { self.drop_session() };
        // The server is there and has answered, so many failures to reach it say little about the next attempt. Not
        // nothing, though: a server that refuses each resume must not be given all identifies of the day at once.
        self.kept.attempts = self.kept.attempts.min(ANSWERED);
        let wait = self.moment();
        self.rest(resume, Cause::SessionInvalid { resumable }, wait)
    }

    /// The peer closed: by the verdict table. `token` is the generation that was sent on this connection.
    pub(crate) fn closed(&mut self, resume: Option<Session>, token: Option<u64>, code: Option<u16>) -> Phase {
        let why = Cause::Closed { code };
        let had_session = resume.is_some();
        let verdict = (self.shared.config.verdict)(code);
        let code = code.unwrap_or_default();
        match verdict {
            Verdict::Resume => self.rest(resume, why, Duration::ZERO),
            Verdict::ResumeLater => {
                let wait = self.shared.rng.between(Duration::from_secs(5), Duration::from_secs(10));
                self.rest(resume, why, wait)
            }
            Verdict::Identify => {
                if had_session {
                    self.drop_session();
                }
                self.rest(None, why, Duration::ZERO)
            }
            Verdict::NewToken => {
                self.shared.dead_token = token;
                // Before a token was sent on this connection, it says nothing about one.
                let blamed = u32::from(token.is_some());
                self.kept.dead_tokens = self.kept.dead_tokens.saturating_add(blamed);
                let resume = if had_session && self.kept.dead_tokens >= 2 {
                    self.kept.dead_tokens = 0;
                    self.drop_session()
                } else {
                    resume
                };
                self.rest(resume, why, Duration::ZERO)
            }
            Verdict::IdentifyOnce => {
                self.kept.bugs = self.kept.bugs.saturating_add(1);
                if self.kept.bugs >= 2 {
                    return self.halt(None, why, Halt::Close { code });
                }
                if had_session {
                    self.drop_session();
                }
                let wait = self.moment();
                self.rest(None, why, wait)
            }
            Verdict::Halt => {
                // Before anything was sent on this connection, it says nothing about what was asked for.
                let lower = token.and_then(|_| self.intents_closed(had_session, code));
                lower.unwrap_or_else(|| self.halt(None, why, Halt::Close { code }))
            }
        }
    }

    fn halt(&mut self, resume: Option<Session>, why: Cause, reason: Halt) -> Phase {
        self.why = Some(why);
        self.kept.last_fault = Some(LastFault { cause: why, at: self.now() });
        Phase::Halted { reason, resume }
    }

    pub(crate) fn stop(&mut self, phase: &Phase, code: u16) -> Phase {
        if let Some(conn) = phase.conn() {
            self.act(Action::Disconnect { conn, code });
        }
        self.why = Some(Cause::Stop);
        Phase::Halted { reason: Halt::Stopped, resume: phase.session().cloned() }
    }

    pub(crate) fn restart(&mut self, phase: &Phase, fresh: bool) -> Phase {
        if let Some(conn) = phase.conn() {
            self.act(Action::Disconnect { conn, code: CLOSE_TO_RESUME });
        }
        self.kept.attempts = 0;
        self.kept.bugs = 0;
        self.kept.refusals = 0;
        let resume = phase.session().filter(|_| !fresh).cloned();
        self.queue(resume, Cause::Restart)
    }

    pub(crate) fn no_credentials(&mut self, resume: Option<Session>, code: i64) -> Phase {
        self.halt(resume, Cause::Credentials, Halt::Credentials { code })
    }
}
