//! The embedder's side: it hands inputs over, carries outputs out and wakes the client, well or badly.

use std::time::Duration;

use qq_proto::{Input, Output, Timestamp};

use super::{Address, Happening, World};
use crate::oracle::Driven;

impl World<'_> {
    /// Hands an input to a client, as well or badly as the plan has it.
    pub(super) fn feed(&mut self, at: Address, input: Input) {
        if self.alive(at).is_none() {
            return;
        }
        match self.unlucky(self.plan.host, "host", 40) {
            1 => {
                self.note(format!("embedder {} says something twice", at.client));
                self.hand_over(at, self.now, input.clone());
                self.hand_over(at, self.now, input);
            }
            2 => self.note(format!("embedder {} swallows something", at.client)),
            3 => {
                let late = [70, 1_500, 30_000]
                    .get(usize::try_from(self.pick("late", 3)).unwrap_or(0))
                    .copied()
                    .unwrap_or(70);
                self.note(format!("embedder {} says something {late} ms late", at.client));
                let due = self.now + Duration::from_millis(late);
                self.schedule(due, Happening::ToBot { at, input, link: None });
            }
            4 => {
                let stale = self.alive(at).and_then(|process| process.stale.clone());
                if let Some(stale) = stale {
                    self.note(format!("embedder {} says something old", at.client));
                    self.hand_over(at, self.now, stale);
                }
                self.hand_over(at, self.now, input);
            }
            5 => {
                self.note(format!("embedder {} has a clock that goes back", at.client));
                let back = self.now.saturating_sub(Duration::from_secs(7));
                self.hand_over(at, back, input);
            }
            6 => {
                self.note(format!("embedder {} oversleeps", at.client));
                let until = self.now + Duration::from_secs(100);
                if let Some(process) = self.alive(at) {
                    process.asleep_until = until;
                }
                self.hand_over(at, self.now, input);
            }
            7 => {
                if let Some(process) = self.alive(at) {
                    process.stale = Some(input.clone());
                }
                self.hand_over(at, self.now, input);
            }
            _ => self.hand_over(at, self.now, input),
        }
    }

    fn hand_over(&mut self, at: Address, now: Duration, input: Input) {
        let Some(driven) = self.alive(at).and_then(|process| process.driven.as_mut()) else {
            return;
        };
        let outputs = driven.handle(Timestamp::from(now), input);
        self.carry_out(at, outputs);
    }

    /// Carries the outputs of one step out, and looks at what the oracle found.
    pub(super) fn carry_out(&mut self, at: Address, outputs: Vec<Output>) {
        self.steps += 1;
        for output in outputs {
            self.perform(at, output);
        }
        if let Some(driven) = self.alive(at).and_then(|process| process.driven.as_mut()) {
            let findings = driven.take_findings();
            self.findings.extend(findings);
        }
    }

    /// Takes over what a client that ends has to say.
    pub(super) fn collect(&mut self, driven: &mut Driven) {
        let totals = driven.totals();
        self.figures.identifies += totals.identifies;
        self.figures.resumes += totals.resumes;
        self.figures.duplicates += totals.duplicates;
        self.findings.extend(driven.take_findings());
    }

    /// When a client is woken next, and which.
    pub(super) fn next_wake(&self) -> Option<(Duration, usize)> {
        self.processes
            .iter()
            .enumerate()
            .filter_map(|(client, process)| {
                let deadline = process.driven.as_ref()?.next_deadline()?;
                let due = deadline.at.since_start().max(process.asleep_until);
                Some((due.max(self.now), client))
            })
            .min()
    }

    pub(super) fn wake(&mut self, client: usize) {
        self.hand_over(self.address(client), self.now, Input::Tick);
    }
}
