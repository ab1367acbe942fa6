//! How many resamples, from which seed, on how many threads.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    ops::Range,
    thread,
};

use serde::Serialize;

/// How many resamples are drawn, from which seed, on how many threads.
///
/// The result is a function of the data, the number of resamples and the seed alone: it has the same bits on every
/// platform, on any run and at any number of threads. One thread is the caller's own, so that it works where there are no
/// threads (WebAssembly).
///
/// ```
/// use std::num::NonZeroUsize;
/// use edgewise_stats::resample::Resampling;
///
/// let plan = Resampling { seed: 7, threads: NonZeroUsize::new(2).unwrap(), ..Resampling::default() };
/// assert_eq!((plan.resamples.get(), plan.threads.get()), (10_000, 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Resampling {
    /// How many resamples; 10,000 by default, which leaves the ends of a 95 % interval a Monte-Carlo error of about 2 %
    /// of its half-width. Source: Efron & Tibshirani (1993), "An Introduction to the Bootstrap", section 14.3, asks for
    /// at least 1,000 (percentile) to 2,000 (BCa).
    pub resamples: NonZeroU32,
    /// Where the random numbers start; 0 by default. Another seed gives other resamples, and the two results tell how
    /// large the Monte-Carlo error is.
    pub seed: u64,
    /// How many threads draw; 1 by default.
    pub threads: NonZeroUsize,
}

const DEFAULT_RESAMPLES: NonZeroU32 = match NonZeroU32::new(10_000) {
    Some(resamples) => resamples,
    None => NonZeroU32::MIN,
};

impl Default for Resampling {
    fn default() -> Self {
        Self { resamples: DEFAULT_RESAMPLES, seed: 0, threads: NonZeroUsize::MIN }
    }
}

impl Resampling {
    /// How many resamples, as a length.
    pub(super) fn count(&self) -> usize {
        usize::try_from(self.resamples.get()).unwrap_or(usize::MAX)
    }

    /// `work` on consecutive ranges of the resamples, one a thread, put together in order.
    pub(super) fn spread<T: Send>(&self, work: impl Fn(Range<u64>) -> Vec<T> + Sync) -> Vec<T> {
        let resamples = u64::from(self.resamples.get());
        let threads = u64::try_from(self.threads.get()).unwrap_or(u64::MAX).min(resamples);
        if threads <= 1 {
            return work(0..resamples);
        }
        let each = resamples.div_ceil(threads);
        let ranges: Vec<Range<u64>> = (0..threads)
            .map(|i| (i * each).min(resamples)..((i + 1) * each).min(resamples))
            .filter(|range| !range.is_empty())
            .collect();
        let work = &work;
        thread::scope(|scope| {
            let running: Vec<_> = ranges
                .iter()
                .map(|range| {
                    let own = range.clone();
                    // Where the system refuses a thread, the caller's own does its work.
                    (range.clone(), thread::Builder::new().spawn_scoped(scope, move || work(own)))
                })
                .collect();
            let mut all = Vec::with_capacity(self.count());
            for (range, thread) in running {
                let part = match thread {
                    Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                    Err(_) => work(range),
                };
                all.extend(part);
            }
            all
        })
    }
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroU32, NonZeroUsize};

    use super::Resampling;

    #[test]
    fn every_resample_is_done_once_in_order() {
        for (resamples, threads) in [(1, 1), (1, 8), (10, 3), (7, 7), (100, 1_000)] {
            let plan = Resampling {
                resamples: NonZeroU32::new(resamples).unwrap_or(NonZeroU32::MIN),
                seed: 0,
                threads: NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN),
            };
            let done = plan.spread(Iterator::collect);
            assert_eq!(done, (0..u64::from(resamples)).collect::<Vec<_>>());
        }
    }
}
