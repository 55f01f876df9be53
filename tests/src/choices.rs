//! Where chance comes from: one source of choices for soak tests, fuzzers and replays.
//!
//! Everything in the [`world`](crate::world) that could go one way or the other is asked from [`Choices::pick`]. So a
//! finding of a soak test, a fuzzer's input and a bug report are the same thing: a list of [`Pick`]s. By convention 0 is
//! the tamest answer (no fault, no delay), so that lowering numbers makes a run simpler.

/// Answers questions of the kind "which of these?".
pub trait Choices {
    /// A number below `n` (0 if `n` is 0 or 1). `what` says what the number decides, in one or two words.
    fn pick(&mut self, what: &'static str, n: u32) -> u32;

    /// Why the list that is replayed does not fit the run any more, if it does not.
    fn mismatch(&self) -> Option<String> {
        None
    }
}

/// A seeded generator, for soak tests: the same seed gives the same answers for ever.
#[derive(Clone, Debug)]
pub struct Seeded {
    state: u64,
}

impl Seeded {
    /// Every seed is a good seed.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

impl Choices for Seeded {
    fn pick(&mut self, _what: &'static str, n: u32) -> u32 {
        let wide = u128::from(self.next()) * u128::from(n.max(1));
        u32::try_from(wide >> 64).unwrap_or(0)
    }
}

/// A fuzzer's bytes: one for a question with up to 256 answers, more for larger ones. When they are used up every answer
/// is 0, so that a prefix of a find is a milder find.
#[derive(Clone, Debug)]
pub struct FromBytes<'a> {
    bytes: &'a [u8],
}

impl<'a> FromBytes<'a> {
    /// Takes its answers from these bytes, in their order.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether every byte has been used.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes that were not used yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// Takes up to `n` bytes away as they are.
    pub fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, tail) = self.bytes.split_at(n.min(self.bytes.len()));
        self.bytes = tail;
        head
    }
}

impl Choices for FromBytes<'_> {
    fn pick(&mut self, _what: &'static str, n: u32) -> u32 {
        if n <= 1 {
            return 0;
        }
        let mut number = 0_u32;
        let mut range = 1_u64;
        while range < u64::from(n) {
            let Some((&byte, rest)) = self.bytes.split_first() else {
                break;
            };
            self.bytes = rest;
            number = (number << 8) | u32::from(byte);
            range <<= 8;
        }
        number % n
    }
}

/// One answer, with the question it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// What was decided.
    pub what: String,
    /// The answer.
    pub value: u32,
    /// How many answers there were.
    pub of: u32,
}

/// Passes questions on and writes the answers down.
#[derive(Clone, Debug)]
pub struct Recorder<C> {
    inner: C,
    picks: Vec<Pick>,
}

impl<C: Choices> Recorder<C> {
    /// Records what `inner` answers.
    pub const fn new(inner: C) -> Self {
        Self { inner, picks: Vec::new() }
    }

    /// The answers so far.
    pub fn into_picks(self) -> Vec<Pick> {
        self.picks
    }
}

impl<C: Choices> Choices for Recorder<C> {
    fn pick(&mut self, what: &'static str, n: u32) -> u32 {
        let value = self.inner.pick(what, n);
        self.picks.push(Pick { what: what.to_owned(), value, of: n });
        value
    }

    fn mismatch(&self) -> Option<String> {
        self.inner.mismatch()
    }
}

/// How a list is replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    /// Each answer must belong to the question that is asked; the first one that does not is remembered.
    Strict,
    /// Answers are taken as they come, as a shrunk list needs it.
    Loose,
}

/// A recorded list. Beyond its end every answer is 0.
#[derive(Clone, Debug)]
pub struct Replay {
    picks: std::vec::IntoIter<Pick>,
    fit: Fit,
    asked: usize,
    mismatch: Option<String>,
}

impl Replay {
    /// A list that must fit question by question; see [`Choices::mismatch`]. Answers of 0 fit every question.
    pub fn strict(picks: Vec<Pick>) -> Self {
        Self::of(picks, Fit::Strict)
    }

    /// A list that has been changed, so that its answers may meet other questions; too large ones are cut down.
    pub fn loose(picks: Vec<Pick>) -> Self {
        Self::of(picks, Fit::Loose)
    }

    fn of(picks: Vec<Pick>, fit: Fit) -> Self {
        Self { picks: picks.into_iter(), fit, asked: 0, mismatch: None }
    }
}

impl Choices for Replay {
    fn pick(&mut self, what: &'static str, n: u32) -> u32 {
        self.asked += 1;
        let Some(pick) = self.picks.next() else {
            return 0;
        };
        if self.fit == Fit::Strict && pick.value > 0 && (pick.what != what || pick.of != n) {
            self.mismatch.get_or_insert_with(|| {
                format!(
                    "choice {} was `{} {} of {}`, now `{what} of {n}` is asked",
                    self.asked, pick.what, pick.value, pick.of
                )
            });
        }
        if n <= 1 { 0 } else { pick.value.min(n - 1) }
    }

    fn mismatch(&self) -> Option<String> {
        self.mismatch.clone()
    }
}

/// Makes a failing list simpler: cuts spans to 0, lowers numbers, runs again, keeps what still fails. `budget` is the
/// number of runs that may be spent.
pub fn shrink(
    mut picks: Vec<Pick>,
    mut budget: u32,
    mut still_fails: impl FnMut(Vec<Pick>) -> bool,
) -> Vec<Pick> {
    let mut attempt = |candidate: &Vec<Pick>, budget: &mut u32| {
        *budget = budget.saturating_sub(1);
        still_fails(candidate.clone())
    };
    let mut span = picks.len();
    while span > 0 && budget > 0 {
        let mut from = 0;
        while from < picks.len() && budget > 0 {
            let end = (from + span).min(picks.len());
            let lively = picks.get(from..end).is_some_and(|span| span.iter().any(|pick| pick.value > 0));
            if lively {
                let mut candidate = picks.clone();
                for pick in candidate.iter_mut().take(end).skip(from) {
                    pick.value = 0;
                }
                if attempt(&candidate, &mut budget) {
                    picks = candidate;
                }
            }
            from = end;
        }
        span /= 2;
    }
    for at in 0..picks.len() {
        while budget > 0 && picks.get(at).is_some_and(|pick| pick.value > 1) {
            let mut candidate = picks.clone();
            if let Some(pick) = candidate.get_mut(at) {
                pick.value /= 2;
            }
            if !attempt(&candidate, &mut budget) {
                break;
            }
            picks = candidate;
        }
    }
    while picks.last().is_some_and(|pick| pick.value == 0) {
        picks.pop();
    }
    picks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_repeat_and_stay_in_range() {
        let draw = |seed| {
            let mut choices = Seeded::new(seed);
            (0..1000).map(|_| choices.pick("x", 7)).collect::<Vec<_>>()
        };
        assert_eq!(draw(5), draw(5));
        assert_ne!(draw(5), draw(6));
        assert!(draw(5).iter().all(|pick| *pick < 7));
        assert_eq!(Seeded::new(1).pick("x", 0), 0);
    }

    #[test]
    fn bytes_run_out_tamely() {
        let mut choices = FromBytes::new(&[9, 1, 2]);
        assert_eq!(choices.pick("small", 7), 2);
        assert_eq!(choices.pick("large", 1000), 258);
        assert_eq!(choices.pick("none left", 1000), 0);
    }

    #[test]
    fn a_list_that_does_not_fit_says_so() {
        let mut recorder = Recorder::new(Seeded::new(3));
        for _ in 0..9 {
            recorder.pick("delay", 100);
        }
        let picks = recorder.into_picks();
        let mut replay = Replay::strict(picks.clone());
        assert!((0..9).all(|at| replay.pick("delay", 100) == picks[at].value));
        assert_eq!(replay.mismatch(), None);
        let mut other = Replay::strict(picks);
        other.pick("fault", 100);
        assert!(other.mismatch().unwrap().contains("`fault of 100` is asked"));
    }

    #[test]
    fn shrinking_keeps_what_matters() {
        let picks = (0..200).map(|value| Pick { what: "x".into(), value, of: 500 }).collect();
        let small = shrink(picks, 2000, |list| list.iter().any(|pick| pick.value >= 70));
        assert_eq!(small.iter().filter(|pick| pick.value > 0).count(), 1);
        assert!((70..140).contains(&small.last().unwrap().value));
    }
}
