//! One event rate: its intervals and its exact test.

use serde::Serialize;

use super::super::{
    binomial_test::ExactTest,
    lattice::{LogConcave, Poisson, ln_add, ln_at_least, ln_at_most, tails},
};
use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Positive,
    distribution::gamma,
    estimate::finite,
    moments::count,
    numeric::root::brent,
    side::{self, Null},
};

/// Events over an exposure: how often something happened, and for how long (or in how many units) it could.
///
/// A unit may have many events, so that their number is a Poisson variable and not a proportion. If the units' own counts
/// vary more than their mean (as purchases of buyers do), Poisson intervals are too narrow: compare the means of the
/// counts instead ([`compare_means`](super::super::compare_means)).
///
/// ```
/// use edgewise_stats::{Positive, compare::EventRate};
///
/// let calls = EventRate::new(137, Positive::new(24.19893)?);
/// assert!((calls.rate() - 5.6614).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EventRate {
    events: u64,
    exposure: Positive,
}

impl EventRate {
    /// `events` over an `exposure` in any unit, the same one for all variants.
    pub fn new(events: u64, exposure: Positive) -> Self {
        Self { events, exposure }
    }

    /// How many events.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Over how much exposure.
    pub fn exposure(&self) -> Positive {
        self.exposure
    }

    /// Events per unit of exposure; infinite only if that is beyond the largest float.
    pub fn rate(&self) -> f64 {
        count(self.events) / self.exposure.get()
    }
}

/// Which interval of one event rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventRateIntervalMethod {
    /// The exact one of two one-sided Poisson tests (the default): never below the level. Source: Garwood (1936),
    /// "Fiducial limits for the Poisson distribution", Biometrika 28(3–4).
    #[default]
    Garwood,
    /// The same tests with half of the observed number's own probability.
    MidP,
    /// The score interval, x + z²/2 ± z·√(x + z²/4) events.
    Score,
    /// x ± z·√x events, cut at 0.
    Wald,
    /// x ± z·√(x + ½) events, cut at 0. Source: Barker (2002), "A comparison of nine confidence intervals for a Poisson
    /// parameter when the expected number of events is ≤ 5", The American Statistician 56(2).
    WaldAdjusted,
    /// The equal-tailed interval of the posterior under Jeffreys' prior.
    Jeffreys,
    /// x + z²/4 ± z·√x events: (√x ± z/2)² expanded, cut at 0.
    SquareRoot,
    /// (√(x + 3/8) ± z/2)² − 3/8 events. Source: Anscombe (1948), "The transformation of Poisson, binomial and
    /// negative-binomial data", Biometrika 35(3–4).
    Anscombe,
    /// (√(x + (z² + 2)/12) ± z/2)² events. Source: Vandenbroucke (1982), "A shortcut method for calculating the 95 per cent
    /// confidence interval of the standardized mortality ratio", American Journal of Epidemiology 115(2).
    Vandenbroucke,
}

/// The interval of one event rate, in events per unit of exposure, its lower end at least 0.
///
/// ```text
/// Garwood: Γ⁻¹(α/2; x) / T  to  Γ⁻¹(1 − α/2; x + 1) / T,   Γ⁻¹ the gamma quantile of that shape, T the exposure
/// ```
///
/// With [`Alternative::Greater`] it has only its lower end, with [`Alternative::Less`] only its upper one.
///
/// # Errors
///
/// [`Absent::ZeroVariance`] for [`EventRateIntervalMethod::Wald`] and `SquareRoot` without events, which would claim
/// certainty; [`Absent::OutOfRange`] if an end is beyond the largest float.
///
/// ```
/// use edgewise_stats::{Alpha, Alternative, Positive, compare::{EventRate, EventRateIntervalMethod, event_rate_interval}};
///
/// // R: poisson.test(137, 24.19893): 4.753125 to 6.692709
/// let rate = EventRate::new(137, Positive::new(24.19893)?);
/// let interval = event_rate_interval(&rate, EventRateIntervalMethod::Garwood, Alpha::default(), Alternative::TwoSided)?;
/// assert!((interval.lower() - 4.753_125).abs() < 1e-6 && (interval.upper() - 6.692_709).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn event_rate_interval(
    rate: &EventRate,
    method: EventRateIntervalMethod,
    alpha: Alpha,
    alternative: Alternative,
) -> Estimate<Interval> {
    let x = count(rate.events);
    let exposure = rate.exposure.get();
    let tail = side::tail(alpha, alternative);
    let critical = Null::Normal.critical(alpha, alternative)?;
    // In events; the rate's are these divided by the exposure.
    let of_z = |both: &dyn Fn(f64) -> (f64, f64)| {
        side::ends(alternative, critical, |z| {
            let (lower, upper) = both(z);
            Interval::new(lower.max(0.0) / exposure, upper.max(0.0) / exposure)
        })
    };
    let of_tails = |lower: &dyn Fn() -> Option<f64>, upper: &dyn Fn() -> Option<f64>| {
        side::one_or_both(
            alternative,
            || if rate.events == 0 { Ok(0.0) } else { quotient(lower(), exposure) },
            || quotient(upper(), exposure),
        )
    };
    match method {
        EventRateIntervalMethod::Garwood => {
            of_tails(&|| gamma::quantile(tail, x), &|| gamma::isf(tail, x + 1.0))
        }
        EventRateIntervalMethod::MidP => of_tails(&|| mid_p(x, tail, true), &|| mid_p(x, tail, false)),
        EventRateIntervalMethod::Jeffreys => side::one_or_both(
            alternative,
            || quotient(gamma::quantile(tail, x + 0.5), exposure),
            || quotient(gamma::isf(tail, x + 0.5), exposure),
        ),
        EventRateIntervalMethod::Score => of_z(&|z| {
            let (middle, root) = (x + 0.5 * z * z, z * (x + 0.25 * z * z).sqrt());
            // The lower end in its conjugate form: exactly 0 without events.
            (if x > 0.0 { x * (x / (middle + root)) } else { 0.0 }, middle + root)
        }),
        EventRateIntervalMethod::Wald | EventRateIntervalMethod::SquareRoot if rate.events == 0 => {
            Err(Absent::ZeroVariance)
        }
        EventRateIntervalMethod::Wald => of_z(&|z| (x - z * x.sqrt(), x + z * x.sqrt())),
        EventRateIntervalMethod::WaldAdjusted => {
            of_z(&|z| (x - z * (x + 0.5).sqrt(), x + z * (x + 0.5).sqrt()))
        }
        EventRateIntervalMethod::SquareRoot => {
            of_z(&|z| (x + 0.25 * z * z - z * x.sqrt(), x + 0.25 * z * z + z * x.sqrt()))
        }
        EventRateIntervalMethod::Anscombe => of_z(&|z| roots((x + 0.375).sqrt(), z, 0.375)),
        EventRateIntervalMethod::Vandenbroucke => of_z(&|z| roots((x + (z * z + 2.0) / 12.0).sqrt(), z, 0.0)),
    }
}

/// (root ± z/2)² less something.
fn roots(root: f64, z: f64, less: f64) -> (f64, f64) {
    let (lower, upper) = ((root - 0.5 * z).max(0.0), root + 0.5 * z);
    (lower * lower - less, upper * upper - less)
}

fn quotient(events: Option<f64>, exposure: f64) -> Estimate<f64> {
    finite(events.ok_or(Absent::NotConverged)? / exposure)
}

/// The mean at which x events or more (or less) have the probability `tail`, half of x's own left out.
fn mid_p(x: f64, tail: f64, or_more: bool) -> Option<f64> {
    let target = libm::log(tail);
    let excess = |mean: f64| {
        let law = Poisson::new(mean);
        let half = law.ln_mass(x) - std::f64::consts::LN_2;
        if or_more {
            ln_add(ln_at_least(&law, x + 1.0), half) - target
        } else if x == 0.0 {
            target - half
        } else {
            target - ln_add(ln_at_most(&law, x - 1.0), half)
        }
    };
    // Both are wide brackets of the exact limits, which are wider than these.
    let low =
        if or_more { 0.5 * gamma::quantile(tail, x)? } else { gamma::quantile(1e-9_f64.min(tail), x + 0.5)? };
    let high = 1.5 * gamma::isf(1e-9_f64.min(tail), x + 1.0)? + 1.0;
    brent(excess, low, high, 1e-14)
}

/// The exact test that an event rate is `null` events per unit of exposure.
///
/// ```text
/// greater: P(X ≥ x)      less: P(X ≤ x)      two-sided: Σ P(X = k) over all k with P(X = k) ≤ P(X = x)
/// ```
///
/// X is Poisson with the mean null · exposure. The two-sided rule is that of minimum likelihood as in R's poisson.test
/// (statsmodels' "exact-c" doubles the smaller tail). Source: Sterne (1954) and R's poisson.test.
///
/// # Errors
///
/// [`Absent::OutOfRange`] if that mean is beyond what a float can hold.
///
/// ```
/// use edgewise_stats::{Alternative, Positive, compare::{EventRate, event_rate_test}};
///
/// // R: poisson.test(10, 1, r = 4): p-value = 0.008132
/// let test = event_rate_test(
///     &EventRate::new(10, Positive::new(1.0)?),
///     Positive::new(4.0)?,
///     Alternative::Greater,
/// )?;
/// assert!((test.p - 0.008_132).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn event_rate_test(rate: &EventRate, null: Positive, alternative: Alternative) -> Estimate<ExactTest> {
    let mean = finite(null.get() * rate.exposure.get())?;
    if mean < f64::MIN_POSITIVE {
        return Err(Absent::OutOfRange);
    }
    Ok(ExactTest::new(alternative, tails(&Poisson::new(mean), count(rate.events), alternative)?))
}
