//! The randomisation test: how unusual is the statistic among the assignments that could have come about?

use serde::Serialize;

use super::{Resampling, stream::Stream};
use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Proportion,
    compare::{RateIntervalMethod, rate_interval},
    estimate::finite,
    moments::count,
};

/// Statistics that differ by less than this part of their size count as equal: what rounding makes of equal ones.
const EQUAL: f64 = 1e-12;

/// The random numbers that one assignment is drawn from.
pub struct Draws(Stream);

impl Draws {
    /// Uniform on 0, …, `n` − 1, exactly; 0 for `n` = 0.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }
}

/// What a randomisation test found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RandomisationTest {
    /// The statistic of the assignment as it was.
    pub statistic: f64,
    /// The two-sided p value, in (0, 1].
    pub p: f64,
    /// How many assignments were drawn.
    pub redraws: u64,
    /// How many of these have a statistic at least as far from 0, those without one among them.
    pub at_least_as_extreme: u64,
    /// How many of these have no statistic, because a variant came out empty or without variance.
    pub without_statistic: u64,
    /// The interval of the p value that all assignments together would give: Clopper and Pearson's of the share of the
    /// assignments drawn that are at least as extreme, at one minus alpha.
    pub p_interval: Interval,
}

/// Tests the sharp null hypothesis that no unit's number depends on its variant, by drawing the assignment again as it
/// was drawn.
///
/// ```text
/// p = (1 + #{|T*| ≥ |T|}) / (1 + R)
/// ```
///
/// `redraw` draws one assignment of all units by the design that assigned them and answers its statistic, whose sign is
/// its direction. It is called once a redraw, each time with random numbers of its own, so that the result depends on
/// neither the threads nor their order. A redraw without a statistic counts as extreme: p is then too large, never too
/// small.
///
/// Where the redraws follow the design, the level is exact for any statistic and any number of units; a studentised
/// statistic is in large samples also right where only the means are equal (Wu & Ding 2021, "Randomization tests for
/// weak null hypotheses in randomized experiments", JASA 116(536)).
///
/// Absent: [`Absent::OutOfRange`] where `observed` is not finite.
///
/// Source: Fisher (1935), "The Design of Experiments", section 21; Phipson & Smyth (2010), "Permutation p-values should
/// never be zero", Statistical Applications in Genetics and Molecular Biology 9(1), for the count of the assignment as
/// it was.
///
/// ```
/// use edgewise_stats::{Alpha, resample::{Resampling, randomise}};
///
/// // Each of five units was drawn by a fair coin; all five got the treatment, or none, in 2 of 32 assignments.
/// let test = randomise(
///     5.0,
///     |draws| Ok((0..5).map(|_| if draws.below(2) == 1 { 1.0 } else { -1.0 }).sum()),
///     &Resampling::default(),
///     Alpha::default(),
/// )?;
/// assert!((test.p - 2.0 / 32.0).abs() < 0.01);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn randomise(
    observed: f64,
    redraw: impl Fn(&mut Draws) -> Estimate<f64> + Sync,
    resampling: &Resampling,
    alpha: Alpha,
) -> Estimate<RandomisationTest> {
    let statistic = finite(observed)?;
    let least = statistic.abs() * (1.0 - EQUAL);
    let outcomes = resampling.spread(|redraws| {
        let outcome = |number| {
            let mut draws = Draws(Stream::new(resampling.seed, [0, number, 0]));
            redraw(&mut draws).ok().filter(|drawn| !drawn.is_nan()).map(|drawn| drawn.abs() >= least)
        };
        redraws.map(outcome).collect()
    });
    let of = |wanted: fn(&Option<bool>) -> bool| outcomes.iter().filter(|one| wanted(one)).count() as u64;
    let redraws = outcomes.len() as u64;
    let at_least_as_extreme = of(|outcome| *outcome != Some(false));
    let share = Proportion::new(at_least_as_extreme, redraws).map_err(|_| Absent::OutOfRange)?;
    Ok(RandomisationTest {
        statistic,
        p: (1.0 + count(at_least_as_extreme)) / (1.0 + count(redraws)),
        redraws,
        at_least_as_extreme,
        without_statistic: of(Option::is_none),
        p_interval: rate_interval(&share, RateIntervalMethod::ClopperPearson, alpha, Alternative::TwoSided)?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unnecessary_wraps,
        clippy::float_cmp,
        reason = "a statistic may be absent; some numbers are exact"
    )]

    use std::num::{NonZeroU32, NonZeroUsize};

    use super::*;

    fn plan(resamples: u32, threads: usize) -> Resampling {
        Resampling {
            resamples: NonZeroU32::new(resamples).unwrap_or(NonZeroU32::MIN),
            seed: 7,
            threads: NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN),
        }
    }

    fn sum_of_coins(draws: &mut Draws) -> Estimate<f64> {
        Ok((0..10).map(|_| if draws.below(2) == 1 { 1.0 } else { -1.0 }).sum())
    }

    #[test]
    fn the_share_is_that_of_the_binomial_distribution() {
        // Ten fair coins: |sum| ≥ 6 where at most 2 or at least 8 show heads, 2·(1 + 10 + 45) of 1024.
        let expected = 112.0 / 1024.0;
        let test = randomise(-6.0, sum_of_coins, &plan(40_000, 2), Alpha::default()).unwrap();
        assert!(
            (test.p - expected).abs() < 4.0 * (expected * (1.0 - expected) / 40_000.0).sqrt(),
            "{test:?}"
        );
        assert!(test.p_interval.contains(expected));
        assert_eq!(test.without_statistic, 0);
    }

    #[test]
    fn threads_change_no_bit() {
        let on = |threads| randomise(4.0, sum_of_coins, &plan(1_001, threads), Alpha::default());
        assert_eq!(on(1), on(2));
        assert_eq!(on(1), on(4));
    }

    #[test]
    fn a_redraw_without_statistic_counts_as_extreme() {
        let none = |_: &mut Draws| Err(Absent::ZeroVariance);
        let test = randomise(1.0, none, &plan(19, 1), Alpha::default()).unwrap();
        assert_eq!((test.p, test.without_statistic, test.at_least_as_extreme), (1.0, 19, 19));
        let nan = randomise(1.0, |_| Ok(f64::NAN), &plan(19, 1), Alpha::default()).unwrap();
        assert_eq!(nan.without_statistic, 19);
        assert_eq!(randomise(f64::INFINITY, none, &plan(19, 1), Alpha::default()), Err(Absent::OutOfRange));
    }

    #[test]
    fn p_is_never_zero() {
        let test = randomise(11.0, sum_of_coins, &plan(999, 1), Alpha::default()).unwrap();
        assert_eq!((test.p, test.at_least_as_extreme), (0.001, 0));
        assert_eq!(test.p_interval.lower(), 0.0);
    }
}
