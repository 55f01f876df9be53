//! What the application holds: calls, state, stop.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use qq_proto::media::Uploaded;
use qq_proto::{
    Call, CallCounts, CallError, Config, Dispatch, Input, LastFault, Leave, PhaseName, Refused, Reply,
    ReplyTo, Restart, Secret, Sent, Session, ShardIndex, ShardView, TextReply, Ticket, Timestamp, TokenView,
    Totals, Why, webhook,
};

use crate::driver;
use crate::error::{CallFailed, StartError};
use crate::events::Events;
use crate::options::Options;
use crate::shared::{Lease, Shared, Waiter};
use crate::upload::{self, Upload, UploadFailed};

/// A running bot. Cheap to clone; all clones are the same bot.
///
/// It runs on threads of its own until [`stop`](Self::stop) is called, or until the last `Bot` and its [`Events`] are
/// dropped.
#[derive(Clone)]
pub struct Bot {
    shared: Arc<Shared>,
    #[expect(dead_code, reason = "its drop is what counts")]
    lease: Arc<Lease>,
}

/// What a reply can be addressed to: an event, or the address taken from one.
pub trait Answerable {
    /// Where a passive reply to it goes; `None` if it cannot be answered.
    fn address(&self) -> Option<ReplyTo>;
}

impl Answerable for ReplyTo {
    fn address(&self) -> Option<ReplyTo> {
        Some(self.clone())
    }
}

impl Answerable for Dispatch {
    fn address(&self) -> Option<ReplyTo> {
        self.reply_to()
    }
}

impl Bot {
    /// Starts a bot and waits until every shard of this process has been connected once, or until it is clear that
    /// one will not be. Events that come meanwhile wait in [`Events`].
    ///
    /// Failures that may pass (no network, no token) are tried again for as long as it takes; to wait no longer than
    /// you like, use [`launch`](Self::launch) and look at [`state`](Self::state).
    pub fn start(config: Config, options: Options) -> Result<(Self, Events), StartError> {
        let (sender, started) = sync_channel(1);
        let finish = options.finish;
        let (bot, events) = Self::around(driver::launch(config, options, Some(sender))?, finish);
        match started.recv().unwrap_or(Err(StartError::Stopped)) {
            Ok(()) => Ok((bot, events)),
            Err(error) => {
                bot.stop(Leave::Resumable);
                Err(error)
            }
        }
    }

    /// Starts a bot without waiting for anything.
    pub fn launch(config: Config, options: Options) -> Result<(Self, Events), StartError> {
        let finish = options.finish;
        Ok(Self::around(driver::launch(config, options, None)?, finish))
    }

    fn around(shared: Arc<Shared>, finish: crate::Finish) -> (Self, Events) {
        let lease = Arc::new(Lease(Arc::clone(&shared)));
        let events = Events::new(Arc::clone(&shared.queue), Arc::clone(&lease), finish);
        (Self { shared, lease }, events)
    }

    /// Answers an event, or the address taken from one, with a text, and waits for the outcome.
    ///
    /// Replies to different conversations do not wait for each other; those within one keep their order. The core
    /// repeats it where that is safe. To answer without waiting, [`submit`](Self::submit) a [`TextReply`].
    pub fn reply(
        &self,
        to: &impl Answerable,
        text: impl Into<String>,
    ) -> Result<Sent, CallFailed<TextReply>> {
        let to = to.address().ok_or(CallFailed::NotAnswerable)?;
        self.call(TextReply::new(to, text))
    }

    /// Makes a call to the REST API and waits for its outcome. A call that cannot be taken, because too many are open
    /// or the bot is stopping, is given back.
    pub fn call<C: Call>(&self, call: C) -> Result<C::Reply, CallFailed<C>> {
        let pending = self.submit(call).map_err(CallFailed::Refused)?;
        Ok(pending.wait()?)
    }

    /// The same in two steps: the call is taken or given back, and its outcome is waited for or not.
    pub fn submit<C: Call>(&self, call: C) -> Result<Pending<C>, Refused<C>> {
        self.shared.with_core(|core, now| {
            if core.ended {
                let why = Why::Stopping;
                return Err(Refused { call, why });
            }
            let ticket = core.client.call(now, call)?;
            let (sender, reply) = sync_channel(1);
            core.waiting.insert(ticket.id(), Waiter::Caller(sender));
            Ok(Pending { ticket, reply })
        })
    }

    /// Uploads a file for messages to a person or a group and waits for the outcome, which goes into the message
    /// ([`C2cMedia`](qq_proto::api::C2cMedia), [`GroupMedia`](qq_proto::api::GroupMedia)).
    ///
    /// A file that was uploaded before is not uploaded again while it is valid. [`Upload::canceller`] ends it from another
    /// thread, and so does [`stop`](Self::stop).
    pub fn upload(&self, upload: Upload) -> Result<Uploaded, UploadFailed> {
        upload::run(&self.shared, upload)
    }

    /// The state of everything, as it is now.
    pub fn state(&self) -> State {
        let (waiting_events, unfinished_events) = self.shared.queue.counts();
        let webhook = self.shared.webhook.as_ref().map(|webhook| webhook.desk.totals());
        self.shared.look(|core, now| {
            let token = core.client.token();
            State {
                now,
                shards: core.client.shards().map(ShardState::new).collect(),
                token,
                token_age: token.since.map(|since| now.since(since)),
                can_send: core.client.can_send(),
                calls: core.client.calls(),
                totals: core.client.totals(),
                waiting_events,
                unfinished_events,
                capacity: self.shared.capacity,
                webhook,
            }
        })
    }

    /// Where the webhook listens; the port that the system chose if none was given. `None` without a webhook.
    pub fn webhook_addr(&self) -> Option<SocketAddr> {
        self.shared.webhook.as_ref().map(|webhook| webhook.door.address())
    }

    /// The sessions to store, with the numbers of what the application has **finished**: given to
    /// [`Config::with_sessions`] at the next start, they let the server replay the rest, and no identify is spent.
    pub fn sessions(&self) -> Vec<Session> {
        self.shared.queue.sessions()
    }

    /// Says that an event is finished, with [`Finish::Manual`](crate::Finish::Manual); in any order, on any thread.
    pub fn finished(&self, event: &Dispatch) {
        self.shared.queue.finished(event);
    }

    /// Takes a shard out of whatever it does, also after it has halted, and lets it begin anew.
    pub fn restart(&self, shard: ShardIndex, how: Restart) {
        self.shared.with_core(|core, now| core.client.restart(now, shard, how));
    }

    /// Takes a new app secret, for one that was rotated. What comes to the webhook may be signed with the one before for
    /// ten minutes more.
    pub fn set_secret(&self, secret: impl Into<Secret>) {
        let secret = secret.into();
        if let Some(webhook) = &self.shared.webhook {
            webhook.desk.set_secret(&self.shared.app_id, &secret, self.shared.clock.now());
        }
        self.shared.with_core(|core, now| core.client.set_secret(now, secret));
    }

    /// Grants a shard the right to identify, with
    /// [`IdentifySlots::Granted`](qq_proto::IdentifySlots::Granted).
    pub fn grant_slot(&self, shard: ShardIndex) {
        self.shared.with_core(|core, now| core.client.handle(now, Input::IdentifySlot { shard }));
    }

    /// Leaves: closes the connections, gives calls that are under way a moment, and waits until no thread, socket or
    /// exchange is left. Gives the sessions to store, see [`sessions`](Self::sessions). Events that wait can still be
    /// read; those handled after this are not in what it gives.
    ///
    /// The one thing that it cannot end is a question to the system's name resolver; such a thread ends with it.
    pub fn stop(&self, how: Leave) -> Vec<Session> {
        self.shared.stop(how);
        self.shared.join();
        self.sessions()
    }
}

impl fmt::Debug for Bot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bot").field("app_id", &self.shared.app_id).finish_non_exhaustive()
    }
}

/// A call that was taken. Dropping it does not take the call back.
#[must_use = "without it the outcome of the call is not known"]
pub struct Pending<C> {
    ticket: Ticket<C>,
    reply: Receiver<Reply>,
}

impl<C: Call> Pending<C> {
    /// Waits for the outcome. It comes within the core's limits for calls.
    pub fn wait(self) -> Result<C::Reply, CallError> {
        let reply = self.reply.recv().map_err(|_| CallError::Stopped)?;
        reply.claim(&self.ticket).unwrap_or(Err(CallError::Stopped))
    }
}

impl<C> fmt::Debug for Pending<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pending").field(&self.ticket).finish()
    }
}

/// Everything about a bot at one moment. Times are distances from its start, as in [`Timestamp`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct State {
    /// When this was taken.
    pub now: Timestamp,
    /// The shards of this process; none until their number is known.
    pub shards: Vec<ShardState>,
    /// The access token, without its value.
    pub token: TokenView,
    /// How old the token is.
    pub token_age: Option<Duration>,
    /// Whether a call would be sent now.
    pub can_send: bool,
    /// Calls, open and done.
    pub calls: CallCounts,
    /// Counts since the start.
    pub totals: Totals,
    /// Events that wait for the application.
    pub waiting_events: usize,
    /// Events that the application has not finished, waiting ones included.
    pub unfinished_events: usize,
    /// How many events may wait.
    pub capacity: usize,
    /// What came to the webhook, if there is one.
    pub webhook: Option<webhook::Totals>,
}

/// One shard at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardState {
    /// Which shard.
    pub shard: ShardIndex,
    /// Its phase.
    pub phase: PhaseName,
    /// Since when it is in that phase.
    pub since: Timestamp,
    /// Attempts that failed since it was last live for a minute.
    pub attempts: u32,
    /// When it tries again, while it rests.
    pub next_try: Option<Timestamp>,
    /// What made it lose its connection last, and when.
    pub last_fault: Option<LastFault>,
    /// Heartbeats that are not answered yet.
    pub unanswered_beats: u32,
    /// The last round trip of a heartbeat.
    pub last_round_trip: Option<Duration>,
    /// Whether there is an open socket to the gateway.
    pub link_up: bool,
    /// Whether events arrive.
    pub can_receive: bool,
}

impl ShardState {
    fn new(view: ShardView<'_>) -> Self {
        Self {
            shard: view.index(),
            phase: view.phase(),
            since: view.since(),
            attempts: view.attempts(),
            next_try: view.next_try(),
            last_fault: view.last_fault(),
            unanswered_beats: view.unanswered_beats(),
            last_round_trip: view.last_round_trip(),
            link_up: view.link_up(),
            can_receive: view.can_receive(),
        }
    }
}
