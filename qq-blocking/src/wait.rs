//! Waiting for a socket that can be ended from outside: no thread of ours sleeps where nobody can wake it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token, Waker, event::Source};
use qq_proto::TransportError;

use crate::lock;

const WAKER: Token = Token(0);
const SOCKET: Token = Token(1);

/// Sleeps until its socket or its waker has something to say.
pub(crate) struct Wait {
    poll: Poll,
    events: Events,
    waker: Arc<Waker>,
}

impl Wait {
    pub(crate) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        Ok(Self { poll, events: Events::with_capacity(4), waker })
    }

    pub(crate) fn waker(&self) -> &Arc<Waker> {
        &self.waker
    }

    pub(crate) fn add(&self, socket: &mut impl Source) -> io::Result<()> {
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(socket, SOCKET, both)
    }

    pub(crate) fn remove(&self, socket: &mut impl Source) -> io::Result<()> {
        self.poll.registry().deregister(socket)
    }

    /// Sleeps; may return early.
    pub(crate) fn sleep(&mut self, longest: Option<Duration>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, longest) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Tells many waiting threads to give up.
#[derive(Default)]
pub(crate) struct Cancel {
    on: AtomicBool,
    wakers: Mutex<Vec<Weak<Waker>>>,
}

impl Cancel {
    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Ordering::SeqCst)
    }

    /// From now on everybody gives up.
    pub(crate) fn set(&self) {
        self.on.store(true, Ordering::SeqCst);
        for waker in lock(&self.wakers).drain(..) {
            wake(waker.upgrade().as_deref());
        }
    }

    /// Wakes this one too when it is time.
    pub(crate) fn watch(&self, waker: &Arc<Waker>) {
        let mut wakers = lock(&self.wakers);
        wakers.retain(|waker| waker.strong_count() > 0);
        wakers.push(Arc::downgrade(waker));
        drop(wakers);
        if self.is_on() {
            wake(Some(waker));
        }
    }
}

/// Wakes a thread. It fails only when the system is out of resources, and then the thread is woken by its deadline.
pub(crate) fn wake(waker: Option<&Waker>) {
    if let Some(Err(error)) = waker.map(Waker::wake) {
        tracing::error!(kind = ?error.kind(), "a thread could not be woken");
    }
}

/// How long something may take, and who may end it sooner.
#[derive(Clone, Copy)]
pub(crate) struct Until<'a> {
    pub(crate) deadline: Instant,
    pub(crate) cancel: &'a Cancel,
}

impl Until<'_> {
    /// Sleeps once, until something happens or the time is over.
    pub(crate) fn sleep(&self, wait: &mut Wait) -> Result<(), TransportError> {
        self.check()?;
        let left = self.deadline.saturating_duration_since(Instant::now());
        wait.sleep(Some(left)).map_err(|_| TransportError::Broken)
    }

    pub(crate) fn check(&self) -> Result<(), TransportError> {
        if self.cancel.is_on() {
            return Err(TransportError::Broken);
        }
        if Instant::now() >= self.deadline {
            return Err(TransportError::Timeout);
        }
        Ok(())
    }
}
