//! Answers that one run keeps for the next, each under a hash of all that it depends on.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard};

use foldhash::quality::FixedState;
use foldhash::{HashMap, HashMapExt};

/// The hash of what is written into it.
pub fn hash_of(write: impl FnOnce(&mut dyn Hasher)) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    write(&mut hasher);
    hasher.finish()
}

/// The hash of some things in any order.
pub fn unordered<T: Hash>(things: impl Iterator<Item = T>) -> u64 {
    let state = FixedState::default();
    let (count, sum) =
        things.fold((0_u64, 0_u64), |(count, sum), one| (count + 1, sum.wrapping_add(state.hash_one(one))));
    state.hash_one((count, sum))
}

/// Answers by the hashes of what they depend on. Whatever a run does not ask for is gone after it, so that there are
/// never more than two runs ask for.
#[derive(Debug)]
pub struct Recall<V> {
    before: HashMap<u64, Arc<V>>,
    now: Mutex<HashMap<u64, Arc<V>>>,
}

impl<V> Default for Recall<V> {
    fn default() -> Self {
        Recall { before: HashMap::new(), now: Mutex::new(HashMap::new()) }
    }
}

impl<V> Recall<V> {
    /// The answer of the run before to this question.
    pub fn get(&self, key: u64) -> Option<Arc<V>> {
        let known = Arc::clone(self.before.get(&key)?);
        self.now().insert(key, Arc::clone(&known));
        Some(known)
    }

    /// Keeps an answer for the next run.
    pub fn put(&self, key: u64, answer: V) {
        self.now().insert(key, Arc::new(answer));
    }

    /// The run is over: the next one finds what this one asked for.
    pub fn turn(&mut self) {
        let now = std::mem::take(&mut *self.now());
        self.before = now;
    }

    fn now(&self) -> MutexGuard<'_, HashMap<u64, Arc<V>>> {
        self.now.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

impl<V: Clone> Recall<V> {
    /// The answer of the run before, or the one that is worked out now.
    pub fn or_else(&self, key: u64, work: impl FnOnce() -> V) -> V {
        if let Some(known) = self.get(key) {
            return V::clone(&known);
        }
        let answer = work();
        self.put(key, answer.clone());
        answer
    }
}

/// Hashes of what many share, each taken once. By address: it must be gone before what it has seen.
#[derive(Debug, Default)]
pub struct Once(Mutex<HashMap<usize, u64>>);

impl Once {
    /// The hash of something that is shared.
    pub fn of<T: ?Sized>(&self, shared: &Arc<T>, hash: impl FnOnce(&T) -> u64) -> u64 {
        let address = Arc::as_ptr(shared).cast::<()>() as usize;
        let mut known = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        *known.entry(address).or_insert_with(|| hash(shared))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asks_for_is_forgotten() {
        let mut answers: Recall<u32> = Recall::default();
        let ask = |answers: &Recall<u32>, key, now| answers.or_else(key, || now);
        assert_eq!((ask(&answers, 1, 10), ask(&answers, 2, 20)), (10, 20));
        answers.turn();
        assert_eq!(ask(&answers, 1, 11), 10);
        answers.turn();
        assert_eq!((ask(&answers, 1, 12), ask(&answers, 2, 21)), (10, 21));
    }

    #[test]
    fn the_order_does_not_count_and_how_many_there_are_does() {
        let hash = |things: &[u32]| unordered(things.iter());
        assert_eq!(hash(&[1, 2, 3]), hash(&[3, 1, 2]));
        assert_ne!(hash(&[1, 2]), hash(&[1, 2, 2]));
        assert_ne!(hash(&[]), hash(&[0]));
    }
}
