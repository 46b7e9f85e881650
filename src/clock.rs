//! How long the stages of a run take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Measures stages that follow each other.
pub struct Clock {
    last: Instant,
    laps: Vec<(&'static str, Duration)>,
}

impl Clock {
    /// A clock that begins now and has seen these stages before.
    pub fn after(laps: Vec<(&'static str, Duration)>) -> Self {
        Clock { last: Instant::now(), laps }
    }

    /// A stage ends here.
    pub fn lap(&mut self, stage: &'static str) {
        let took = self.since_last();
        self.laps.push((stage, took));
    }

    /// Two stages end here that went on at the same time: each gets its share of what passed, by how long all
    /// threads together were busy with it.
    pub fn lap_shared(
        &mut self,
        one: &'static str,
        busy: Duration,
        other: &'static str,
        other_busy: Duration,
    ) {
        let took = self.since_last();
        let all = (busy + other_busy).as_secs_f64();
        let own = took.mul_f64(if all > 0.0 { busy.as_secs_f64() / all } else { 0.5 });
        self.laps.extend([(one, own), (other, took.saturating_sub(own))]);
    }

    /// The stages in their order.
    pub fn into_laps(self) -> Vec<(&'static str, Duration)> {
        self.laps
    }

    fn since_last(&mut self) -> Duration {
        let now = Instant::now();
        let took = now - self.last;
        self.last = now;
        took
    }
}

/// Time that any number of threads spent on one thing.
#[derive(Debug, Default)]
pub struct Busy(AtomicU64);

impl Busy {
    /// Does some work and adds its time.
    pub fn with<T>(&self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.0.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        result
    }

    /// All of it.
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_what_passed() {
        let mut clock = Clock::after(vec![("read", Duration::from_secs(1))]);
        clock.lap_shared("one", Duration::from_secs(3), "other", Duration::from_secs(1));
        let laps = clock.into_laps();
        assert_eq!(laps.iter().map(|lap| lap.0).collect::<Vec<_>>(), ["read", "one", "other"]);
        assert!(laps[1].1 >= laps[2].1);
    }
}
