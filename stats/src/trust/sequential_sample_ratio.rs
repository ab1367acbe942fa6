//! The sample-ratio test that may be watched daily.

use std::num::NonZeroU64;

use serde::Serialize;

use super::{Arm, SampleRatio, sample_ratio};
use crate::{
    Absent, Alpha, Estimate, Interval, Positive,
    estimate::finite,
    moments::count,
    numeric::logit,
    sequential::anytime::{
        bound::{Sides, best_rho},
        dirichlet, stirling,
    },
};

/// How the sequential sample-ratio test is made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SequentialSampleRatioOptions {
    /// The level of the shares' intervals, and that of the alarm of a [`watch`](super::watch_sample_ratio).
    pub alpha: Alpha,
    /// How strong the prior about the allocation is.
    pub concentration: Concentration,
}

/// How many units the Dirichlet prior about the allocation is worth. The test is valid with any that was fixed before
/// the data were seen; a strong prior looks for small imbalances in many units, a weak one for large ones in few.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Concentration {
    /// So many that an imbalance at the edge of what can be seen is seen soonest at this number of units: N/C − 1 (at
    /// least 1) with C = −2·ln α + ln(1 − 2·ln α), the tuning of Howard et al. (2021), section 3.5.
    TunedFor(NonZeroU64),
    /// This many.
    Units(Positive),
}

impl Default for Concentration {
    /// Tuned for 10,000 units: at α = 0.05 a prior worth 1,259 units. This crate's choice; the test is not sensitive to
    /// it (its power changes like that of one more factor of √10 in the Bayes factor per factor of 10 here).
    fn default() -> Self {
        const UNITS: NonZeroU64 = match NonZeroU64::new(10_000) {
            Some(units) => units,
            None => NonZeroU64::MIN,
        };
        Self::TunedFor(UNITS)
    }
}

impl Concentration {
    /// In units.
    fn units(self, alpha: Alpha) -> Estimate<f64> {
        match self {
            Self::Units(units) => Ok(units.get()),
            Self::TunedFor(units) => {
                let n = Positive::new(count(units.get())).map_err(|_| Absent::OutOfRange)?;
                Ok((best_rho(n, alpha, Sides::Two)?.get() - 1.0).max(1.0))
            }
        }
    }
}

/// What the sequential sample-ratio test found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SequentialSampleRatio {
    /// The test was made over the arms that expect units.
    Tested {
        /// The logarithm of the Bayes factor against the allocation; finite, of either sign.
        ln_bayes_factor: f64,
        /// min(1, 1/Bayes factor): valid whenever and however often it is looked at.
        p: f64,
        /// The natural logarithm of p; finite, at most 0.
        ln_p: f64,
        /// The arms that expect units, each with its share.
        shares: Vec<ArmShare>,
    },
    /// Units in arms that expect none: no chance explains them, and no p value is needed.
    Impossible {
        /// The places of these arms in the given list, from 0.
        arms: Vec<usize>,
        /// How many units are in them.
        units: u64,
    },
    /// There is nothing to test.
    Untestable(Absent),
}

/// The share of the units that an arm has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ArmShare {
    /// The arm's place in the given list, from 0.
    pub arm: usize,
    /// The share that the allocation expects, in (0, 1).
    pub expected: f64,
    /// The share that it has, in [0, 1].
    pub observed: f64,
    /// The confidence sequence's interval: all arms' intervals cover their true shares at all looks at once with
    /// probability 1 − α.
    pub interval: Interval,
}

/// Tests the units so far against the allocation, at any time and as often as wanted.
///
/// ```text
/// θ_i = expected_i / Σ expected      α_i = concentration · θ_i      over the arms that expect units
/// Bayes factor = B(α + n) / ( B(α) · Π θ_i^n_i )      B(a) = Π Γ(a_i) / Γ(Σ a_i)      p = min(1, 1/Bayes factor)
/// shares: all θ' with B(α + n) / ( B(α) · Π θ'_i^n_i ) < 1/α
/// ```
///
/// The Bayes factor is a martingale if the allocation holds, so that it ever exceeds 1/α with probability at most α: the
/// test may be looked at after every unit, where a chi-square test that is watched daily would cry wolf. Only the counts
/// so far are needed, not their order. The allocation must have been one and the same for all units; for allocations
/// that change see [`watch_sample_ratio`](super::watch_sample_ratio). Arms that expect no units are left out. An arm's
/// interval is the projection of the set of allocations that the data do not contradict.
///
/// The outcome is [`SequentialSampleRatio::Impossible`] if an arm that expects none has units, and
/// [`SequentialSampleRatio::Untestable`] with [`Absent::NoUnits`], [`Absent::TooFewArms`] or [`Absent::OutOfRange`].
///
/// Source: Lindon & Malek (2022), "Anytime-valid inference for multinomial count data", NeurIPS 35.
///
/// ```
/// use edgewise_stats::{Positive, trust::{
///     Arm, Concentration, SequentialSampleRatio, SequentialSampleRatioOptions, sequential_sample_ratio,
/// }};
///
/// let arms = [Arm::new(50_000, 0.5)?, Arm::new(51_000, 0.5)?];
/// let options = SequentialSampleRatioOptions {
///     concentration: Concentration::Units(Positive::new(100.0)?),
///     ..SequentialSampleRatioOptions::default()
/// };
/// let SequentialSampleRatio::Tested { p, shares, .. } = sequential_sample_ratio(&arms, &options) else {
///     panic!("both arms expect units")
/// };
/// // mpmath, 50 digits. Chi-square at one look: p = 0.0017.
/// assert!((p - 0.226_755_510_347_355).abs() < 1e-12);
/// assert!(shares[0].interval.contains(0.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sequential_sample_ratio(
    arms: &[Arm],
    options: &SequentialSampleRatioOptions,
) -> SequentialSampleRatio {
    match sample_ratio(arms) {
        SampleRatio::Impossible { arms, units } => SequentialSampleRatio::Impossible { arms, units },
        SampleRatio::Untestable(reason @ (Absent::NoUnits | Absent::TooFewArms)) => {
            SequentialSampleRatio::Untestable(reason)
        }
        // A χ² out of range need not be a Bayes factor out of range.
        SampleRatio::Tested { .. } | SampleRatio::Untestable(_) => {
            tested(arms, options).unwrap_or_else(SequentialSampleRatio::Untestable)
        }
    }
}

fn tested(arms: &[Arm], options: &SequentialSampleRatioOptions) -> Estimate<SequentialSampleRatio> {
    let strength = options.concentration.units(options.alpha)?;
    let counts = against_shares(arms)?;
    let ln_bayes_factor = finite(dirichlet::ln_mixture(&counts, strength))?;
    // Adding 0 turns −0 into 0.
    let ln_p = (-ln_bayes_factor).min(0.0) + 0.0;

    let n: f64 = counts.iter().map(|(count, _)| count).sum();
    let divergence: f64 = counts.iter().map(|&(count, share)| divergence(count, n, share)).sum();
    // ln(1/α) less the (negative) logarithm of the Bayes factor against the observed shares themselves.
    let room = (divergence - ln_bayes_factor).max(0.0) - libm::log(options.alpha.get());
    let shares = arms
        .iter()
        .enumerate()
        .filter(|(_, arm)| arm.expected() > 0.0)
        .zip(&counts)
        .map(|((arm, _), &(count, share))| {
            Ok(ArmShare { arm, expected: share, observed: count / n, interval: interval(count, n, room)? })
        })
        .collect::<Estimate<Vec<_>>>()?;
    Ok(SequentialSampleRatio::Tested { ln_bayes_factor, p: libm::exp(ln_p), ln_p, shares })
}

/// ln of the Bayes factor of these arms; those that expect no units are left out.
pub(super) fn ln_bayes_factor(arms: &[Arm], options: &SequentialSampleRatioOptions) -> Estimate<f64> {
    finite(dirichlet::ln_mixture(&against_shares(arms)?, options.concentration.units(options.alpha)?))
}

/// The counts of the arms that expect units, with the shares that they expect.
fn against_shares(arms: &[Arm]) -> Estimate<Vec<(f64, f64)>> {
    let largest = arms.iter().map(Arm::expected).fold(0.0, f64::max);
    // Scaled first, so that the sum cannot overflow.
    let total: f64 = arms.iter().map(|arm| arm.expected() / largest).sum();
    let counts: Vec<_> = arms
        .iter()
        .filter(|arm| arm.expected() > 0.0)
        .map(|arm| (count(arm.observed()), arm.expected() / largest / total))
        .collect();
    // A weight that underflows beside the others is no weight.
    if counts.iter().all(|(_, share)| *share >= f64::MIN_POSITIVE) {
        Ok(counts)
    } else {
        Err(Absent::OutOfRange)
    }
}

/// n_i·ln(p_i/θ_i) − (n_i − n·θ_i) ≥ 0, whose sum over the arms is n times the divergence of the shares.
fn divergence(count: f64, n: f64, share: f64) -> f64 {
    let expected = n * share;
    expected * stirling::divergence((count - expected) / expected)
}

/// The shares whose likelihood is within `room` of that of the observed share.
fn interval(count: f64, n: f64, room: f64) -> Estimate<Interval> {
    let (lower, upper) = (lower_logit(count, n - count, room)?, -lower_logit(n - count, count, room)?);
    Interval::new(logit::share(lower).min(count / n), logit::share(upper).max(count / n))
}

/// The logit of the θ below p = x/(x + y) at which x·ln(p/θ) + y·ln((1 − p)/(1 − θ)) is `room`; minus infinity if no θ is
/// that unlikely.
fn lower_logit(x: f64, y: f64, room: f64) -> Estimate<f64> {
    if x <= 0.0 {
        return Ok(f64::NEG_INFINITY);
    }
    let n = x + y;
    let miss = |at: f64| divergence(x, n, logit::share(at)) + divergence(y, n, logit::share(-at)) - room;
    logit::zero_below(logit::of(x, y), miss)
}
