//! The access token: the same one until its last minute, then a new one beside it.

use std::time::Duration;

use super::ids::Ids;

/// Inside this last part of a token's life the endpoint issues its successor.
const OVERLAP: Duration = Duration::from_secs(60);

/// What a token that is presented turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Valid,
    /// It was valid once; how long ago it ran out by itself, or nothing if the platform withdrew it.
    Expired(Option<Duration>),
    Unknown,
}

#[derive(Clone, Debug)]
struct Token {
    value: String,
    expires: Duration,
    withdrawn: bool,
}

/// Every token that was ever issued, the newest last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens {
    issued: Vec<Token>,
}

impl Tokens {
    /// The token to hand out, with the whole seconds it has left.
    pub(crate) fn current(&mut self, now: Duration, lifetime: Duration, ids: &mut Ids) -> (String, u64) {
        // Lives shorter than two minutes would otherwise be renewed with every request.
        let overlap = OVERLAP.min(lifetime / 2);
        let reusable = self
            .issued
            .last()
            .filter(|token| !token.withdrawn && token.expires > now.saturating_add(overlap));
        if let Some(token) = reusable {
            return (token.value.clone(), token.expires.saturating_sub(now).as_secs().max(1));
        }
        let token = Token { value: ids.token(), expires: now.saturating_add(lifetime), withdrawn: false };
        let answer = (token.value.clone(), lifetime.as_secs().max(1));
        self.issued.push(token);
        answer
    }

    pub(crate) fn standing(&self, value: &str, now: Duration) -> Standing {
        match self.issued.iter().rev().find(|token| token.value == value) {
            None => Standing::Unknown,
            Some(token) if token.withdrawn => Standing::Expired(None),
            Some(token) if token.expires <= now => Standing::Expired(Some(now.saturating_sub(token.expires))),
            Some(_) => Standing::Valid,
        }
    }

    pub(crate) fn withdraw_all(&mut self) {
        for token in &mut self.issued {
            token.withdrawn = true;
        }
    }

    /// How many were issued so far.
    pub(crate) fn count(&self) -> usize {
        self.issued.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(7200);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_same_token_until_the_last_minute() {
        let (mut tokens, mut ids) = (Tokens::default(), Ids::new(1));
        let (first, left) = tokens.current(at(10), LIFE, &mut ids);
        assert_eq!(left, 7200);
        assert_eq!(tokens.current(at(7149), LIFE, &mut ids), (first.clone(), 61));
        let (second, left) = tokens.current(at(7150), LIFE, &mut ids);
        assert_ne!(first, second);
        assert_eq!(left, 7200);
        assert_eq!(tokens.standing(&first, at(7209)), Standing::Valid);
        assert_eq!(tokens.standing(&first, at(7211)), Standing::Expired(Some(at(1))));
        assert_eq!(tokens.standing("other", at(7211)), Standing::Unknown);
    }

    #[test]
    fn withdrawn_tokens_are_replaced() {
        let (mut tokens, mut ids) = (Tokens::default(), Ids::new(1));
        let (first, _) = tokens.current(at(0), LIFE, &mut ids);
        tokens.withdraw_all();
        assert_eq!(tokens.standing(&first, at(1)), Standing::Expired(None));
        assert_ne!(tokens.current(at(1), LIFE, &mut ids).0, first);
    }
}
