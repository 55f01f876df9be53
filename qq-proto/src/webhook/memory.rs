//! Which events were accepted lately, and which are being delivered.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::recent::{Recent, hash};
use crate::time::Timestamp;

/// The events of one bot, each as the keyed hash of what it is recognised by.
///
/// That is its id, or the signature if it has none. An exact copy of a request has the same body, so the same id; a
/// retry has the same id whether it is signed anew or not. Looking at the signature of an event that has an id would
/// add nothing.
#[derive(Debug)]
pub(crate) struct Memory {
    key: u64,
    capacity: usize,
    accepted: Recent,
    /// When each of those was handed out, in the same order.
    since: VecDeque<Timestamp>,
    open: Vec<Open>,
}

/// Handed out, and its receipt has not come back.
#[derive(Debug)]
struct Open {
    serial: u64,
    key: u64,
    since: Timestamp,
}

/// What is known of an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known {
    New,
    Accepted,
    Open,
}

impl Memory {
    pub(crate) fn new(key: u64, remembered: u32) -> Self {
        let accepted = Recent::new(key, remembered);
        Self { key, capacity: accepted.capacity(), accepted, since: VecDeque::new(), open: Vec::new() }
    }

    /// What an event is recognised by.
    pub(crate) fn key(&self, id: &[u8], signature: &[u8; 64]) -> u64 {
        // Another key for signatures, so that no id can look like one.
        if id.is_empty() { hash(!self.key, signature) } else { hash(self.key, id) }
    }

    pub(crate) fn known(&self, key: u64) -> Known {
        if self.accepted.contains(key) {
            Known::Accepted
        } else if self.open.iter().any(|open| open.key == key) {
            Known::Open
        } else {
            Known::New
        }
    }

    /// Forgets receipts that are overdue; gives how many.
    pub(crate) fn give_up(&mut self, now: Timestamp, timeout: Duration) -> usize {
        let before = self.open.len();
        self.open.retain(|open| now.since(open.since) < timeout);
        before - self.open.len()
    }

    pub(crate) fn open(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn hand_out(&mut self, serial: u64, key: u64, since: Timestamp) {
        self.open.push(Open { serial, key, since });
    }

    /// A receipt came back.
    pub(crate) fn close(&mut self, serial: u64) {
        self.open.retain(|open| open.serial != serial);
    }

    /// The event was enqueued: from now on it is known. Gives the time of the one that is forgotten for it.
    pub(crate) fn accept(&mut self, key: u64, since: Timestamp) -> Option<Timestamp> {
        // Another copy may have been handed out after this receipt was given up: no third one.
        if !self.accepted.insert_hash(key) {
            return None;
        }
        self.since.push_back(since);
        if self.since.len() > self.capacity { self.since.pop_front() } else { None }
    }
}
