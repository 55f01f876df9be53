//! Which events have been delivered lately.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;

/// The newest so many event ids, as keyed 64-bit hashes in an open table that grows with use.
///
/// No allocation once it has its size. Two of 10,000 ids fall together once in 10¹¹ events or so; a counted duplicate is
/// then one event too many.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    key: u64,
    capacity: usize,
    /// Hashes by their place, 0 for a free one; its length is a power of two and at least twice the number held.
    table: Vec<u64>,
    order: VecDeque<u64>,
}

const SMALLEST: usize = 64;

impl Recent {
    pub(crate) fn new(key: u64, capacity: u32) -> Self {
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX).min(1 << 24);
        Self { key, capacity, table: Vec::new(), order: VecDeque::new() }
    }

    /// Remembers `id`. `false` if it was already there.
    pub(crate) fn insert(&mut self, id: &[u8]) -> bool {
        self.insert_hash(hash(self.key, id))
    }

    /// The same for a [`hash`] that the caller has.
    pub(crate) fn insert_hash(&mut self, hash: u64) -> bool {
        if self.capacity == 0 {
            return true;
        }
        let hash = hash.max(1);
        if self.find(hash) {
            return false;
        }
        if self.order.len() >= self.capacity {
            if let Some(oldest) = self.order.pop_front() {
                self.remove(oldest);
            }
        }
        if self.table.len() < 2 * (self.order.len() + 1) {
            self.grow();
        }
        self.order.push_back(hash);
        self.place(hash);
        true
    }

    /// Whether this [`hash`] is there.
    #[cfg(feature = "webhook")]
    pub(crate) fn contains(&self, hash: u64) -> bool {
        self.find(hash.max(1))
    }

    /// How many it holds at most.
    #[cfg(feature = "webhook")]
    pub(crate) const fn capacity(&self) -> usize {
        self.capacity
    }

    fn mask(&self) -> usize {
        self.table.len().wrapping_sub(1)
    }

    fn home(&self, hash: u64) -> usize {
        // The upper bits are the better mixed ones.
        usize::try_from(hash >> 20).unwrap_or(0) & self.mask()
    }

    fn at(&self, place: usize) -> u64 {
        self.table.get(place).copied().unwrap_or(0)
    }

    fn set(&mut self, place: usize, hash: u64) {
        if let Some(slot) = self.table.get_mut(place) {
            *slot = hash;
        }
    }

    fn find(&self, hash: u64) -> bool {
        if self.table.is_empty() {
            return false;
        }
        let mut place = self.home(hash);
        loop {
            match self.at(place) {
                0 => return false,
                found if found == hash => return true,
                _ => place = (place + 1) & self.mask(),
            }
        }
    }

    fn place(&mut self, hash: u64) {
        let mut place = self.home(hash);
        while self.at(place) != 0 {
            place = (place + 1) & self.mask();
        }
        self.set(place, hash);
    }

    /// Frees the place of `hash` and closes the gap, so that no search stops too early.
    fn remove(&mut self, hash: u64) {
        let mut gap = self.home(hash);
        loop {
            match self.at(gap) {
                0 => return,
                found if found == hash => break,
                _ => gap = (gap + 1) & self.mask(),
            }
        }
        let mut next = gap;
        loop {
            next = (next + 1) & self.mask();
            let moved = self.at(next);
            if moved == 0 {
                break;
            }
            let from_home = next.wrapping_sub(self.home(moved)) & self.mask();
            let from_gap = next.wrapping_sub(gap) & self.mask();
            if from_home >= from_gap {
                self.set(gap, moved);
                gap = next;
            }
        }
        self.set(gap, 0);
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(SMALLEST);
        self.table = vec![0; size];
        self.order.reserve(size / 2 - self.order.len());
        for at in 0..self.order.len() {
            if let Some(hash) = self.order.get(at).copied() {
                self.place(hash);
            }
        }
    }
}

/// Eight bytes at a time through a multiplication whose upper half is folded in.
pub(crate) fn hash(key: u64, bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9FB2_1C65_1E98_DF25;
    let fold = |a: u64, b: u64| {
        let wide = u128::from(a) * u128::from(b);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are wanted")]
        let (low, high) = (wide as u64, (wide >> 64) as u64);
        low ^ high
    };
    let mut state = key ^ u64::try_from(bytes.len()).unwrap_or(0).wrapping_mul(ODD);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        state = fold(state ^ word, ODD);
    }
    let mut last = 0;
    for byte in chunks.remainder() {
        last = (last << 8) | u64::from(*byte);
    }
    fold(fold(state ^ last, ODD), key | 1)
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn remembers_exactly_the_newest() {
        let mut recent = Recent::new(5, 100);
        let events = if cfg!(miri) { 150 } else { 1000_u32 };
        for n in 0..events {
            assert!(recent.insert(format!("EVENT:{n}").as_bytes()), "{n}");
            // The last hundred are known, and knowing them changes nothing.
            for back in 0..100.min(n + 1) {
                assert!(!recent.insert(format!("EVENT:{}", n - back).as_bytes()), "{n} {back}");
            }
        }
        assert!(recent.insert(b"EVENT:899"));
        assert_eq!(recent.order.len(), 100);
        assert_eq!(recent.table.len(), 256);
    }

    #[test]
    fn ids_of_one_form_do_not_fall_together() {
        let mut recent = Recent::new(0, 200_000);
        for n in 0..if cfg!(miri) { 1000 } else { 200_000 } {
            assert!(recent.insert(format!("C2C_MESSAGE_CREATE:tq7hwbxz1rk5undyplsn{n}").as_bytes()), "{n}");
        }
        assert!(Recent::new(1, 0).insert(b"x"));
    }
}
