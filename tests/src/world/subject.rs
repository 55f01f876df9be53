//! What a world is driven with.

use qq_proto::{Client, Deadline, Input, Output, Timestamp};

/// The methods of a [`Client`] that a world uses. The client itself is one; [`saboteurs`](crate::saboteur) are others,
/// which prove that the oracle catches what it should.
pub trait Subject {
    /// As [`Client::handle`].
    fn handle(&mut self, now: Timestamp, input: Input);

    /// As [`Client::poll_output`].
    fn poll_output(&mut self) -> Option<Output>;

    /// As [`Client::next_deadline`].
    fn next_deadline(&self) -> Option<Deadline>;

    /// The client, for its views.
    fn client(&self) -> &Client;

    /// The client, for calls, restarts and stops.
    fn client_mut(&mut self) -> &mut Client;

    /// Its state as text, in which no secret may show.
    fn show(&self) -> String {
        format!("{:?}", self.client())
    }
}

impl Subject for Client {
    fn handle(&mut self, now: Timestamp, input: Input) {
        Self::handle(self, now, input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        Self::poll_output(self)
    }

    fn next_deadline(&self) -> Option<Deadline> {
        Self::next_deadline(self)
    }

    fn client(&self) -> &Client {
        self
    }

    fn client_mut(&mut self) -> &mut Client {
        self
    }
}
