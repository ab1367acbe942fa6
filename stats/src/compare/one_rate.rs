//! The rate of one variant: its interval by every common method.

use serde::Serialize;

use super::lattice::{Binomial, LogConcave, ln_add, ln_at_least, ln_at_most, tails};
use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Proportion,
    distribution::beta,
    moments::count,
    numeric::root::brent,
    side::{self, Null},
};

/// Which interval of one rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RateIntervalMethod {
    /// [`wilson`]: the score interval; its mean coverage is the level (the default).
    #[default]
    Wilson,
    /// Wilson's with continuity correction: hardly ever below the level. Source: method 4 of Newcombe (1998), "Two-sided
    /// confidence intervals for the single proportion", Statistics in Medicine 17(8).
    WilsonCorrected,
    /// The exact interval of two one-sided binomial tests: never below the level, wider than needed. Source: Clopper &
    /// Pearson (1934), "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26(4).
    ClopperPearson,
    /// Two one-sided binomial tests that count half of the observed outcome's probability: between Clopper-Pearson's and
    /// Wilson's. Source: Lancaster (1961), "Significance tests in discrete distributions", JASA 56(294).
    MidP,
    /// The equal-tailed interval of the posterior under Jeffreys' prior Beta(½, ½), whose ends at 0 and n successes are
    /// not moved to 0 and 1 (statsmodels' convention; Brown, Cai & DasGupta (2001), "Interval estimation for a binomial
    /// proportion", Statistical Science 16(2), section 3.1.3, move them).
    Jeffreys,
    /// Wald's formula about the centre of Wilson's interval, cut to \[0, 1\]. Source: Agresti & Coull (1998),
    /// "Approximate is better than 'exact' for interval estimation of binomial proportions", The American Statistician
    /// 52(2).
    AgrestiCoull,
    /// p ± z·√(p(1 − p)/n), cut to \[0, 1\]: the textbook's, far below its level for rates near 0 or 1.
    Wald,
    /// sin²( arcsin√p ± z / (2√n) ), cut to \[0, 1\]: the variance-stabilised one. Source: Brown, Cai & DasGupta (2001),
    /// section 4.2.1, without Anscombe's correction.
    Arcsine,
    /// All rates that the two-sided [`binomial_test`](super::binomial_test()) of minimum likelihood does not reject, from
    /// the smallest to the largest: statsmodels' "binom_test". One-sided it is Clopper-Pearson's. Source: Sterne (1954),
    /// "Some remarks on confidence or fiducial limits", Biometrika 41(1–2).
    Sterne,
}

/// The interval of one rate.
///
/// Two-sided both ends lie in \[0, 1\]; with [`Alternative::Greater`] it has only its lower end, with
/// [`Alternative::Less`] only its upper one, at the same level. Wald's and the arcsine's widths shrink to nothing at a
/// rate of 0 or 1.
///
/// # Errors
///
/// [`Absent::NoUnits`]; [`Absent::ZeroVariance`] for [`RateIntervalMethod::Wald`] at a rate of 0 or 1, which would claim
/// certainty; [`Absent::NotConverged`] where a quantile was not found.
///
/// ```
/// use edgewise_stats::{Alpha, Alternative, Proportion, compare::{RateIntervalMethod, rate_interval}};
///
/// // Newcombe (1998), table I, 15 of 148: Clopper-Pearson 0.0578 to 0.1617, Wilson with correction 0.0598 to 0.1644.
/// let of = |method| rate_interval(&Proportion::new(15, 148).unwrap(), method, Alpha::default(), Alternative::TwoSided);
/// let exact = of(RateIntervalMethod::ClopperPearson)?;
/// assert!((exact.lower() - 0.0578).abs() < 5e-5 && (exact.upper() - 0.1617).abs() < 5e-5);
/// let corrected = of(RateIntervalMethod::WilsonCorrected)?;
/// assert!((corrected.lower() - 0.0598).abs() < 5e-5 && (corrected.upper() - 0.1644).abs() < 5e-5);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn rate_interval(
    proportion: &Proportion,
    method: RateIntervalMethod,
    alpha: Alpha,
    alternative: Alternative,
) -> Estimate<Interval> {
    let rate = proportion.rate()?;
    let tail = side::tail(alpha, alternative);
    let critical = Null::Normal.critical(alpha, alternative)?;
    let n = count(proportion.n());
    let of_z = |both: &dyn Fn(f64) -> Estimate<Interval>| side::ends(alternative, critical, both);
    let of_ends = |end: &dyn Fn(End) -> Estimate<f64>| {
        side::one_or_both(alternative, || end(End::Lower), || end(End::Upper))
    };
    match method {
        RateIntervalMethod::Wilson => of_z(&|z| wilson_limits(proportion, z)),
        RateIntervalMethod::WilsonCorrected => of_z(&|z| corrected_wilson_limits(proportion, z)),
        RateIntervalMethod::Sterne if alternative == Alternative::TwoSided => {
            of_ends(&|end| sterne(proportion, alpha, end))
        }
        RateIntervalMethod::ClopperPearson | RateIntervalMethod::Sterne => {
            of_ends(&|end| clopper_pearson(proportion, tail, end))
        }
        RateIntervalMethod::MidP => of_ends(&|end| mid_p(proportion, tail, end)),
        RateIntervalMethod::Jeffreys => of_ends(&|end| jeffreys(proportion, tail, end)),
        RateIntervalMethod::AgrestiCoull => of_z(&|z| {
            let all = n + z * z;
            let centre = (count(proportion.successes()) + z * z / 2.0) / all;
            within_bounds(centre, z * (centre * (1.0 - centre) / all).sqrt())
        }),
        RateIntervalMethod::Wald => {
            let variance = rate * (1.0 - rate) / n;
            if variance > 0.0 {
                of_z(&|z| within_bounds(rate, z * variance.sqrt()))
            } else {
                Err(Absent::ZeroVariance)
            }
        }
        RateIntervalMethod::Arcsine => of_z(&|z| {
            let (angle, half_width) = (libm::asin(rate.sqrt()), z / (2.0 * n.sqrt()));
            let squared_sine = |angle: f64| {
                let sine = libm::sin(angle.clamp(0.0, std::f64::consts::FRAC_PI_2));
                sine * sine
            };
            Interval::new(squared_sine(angle - half_width), squared_sine(angle + half_width))
        }),
    }
}

/// Wilson's score interval of one rate, within [0, 1].
///
/// ```text
/// ( 2np + z² ± z·√(z² + 4np(1 − p)) ) / ( 2(n + z²) )      z = z(1 − α/2)
/// ```
///
/// Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22; method 3 of
/// Newcombe (1998), "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17(8).
///
/// # Errors
///
/// [`Absent::NoUnits`].
///
/// ```
/// use edgewise_stats::{Alpha, Proportion, compare::wilson};
///
/// // Newcombe (1998), table I: 81 of 263: 0.2553 to 0.3662.
/// let interval = wilson(&Proportion::new(81, 263)?, Alpha::default())?;
/// assert!((interval.lower() - 0.2553).abs() < 5e-5 && (interval.upper() - 0.3662).abs() < 5e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn wilson(proportion: &Proportion, alpha: Alpha) -> Estimate<Interval> {
    wilson_limits(proportion, Null::Normal.critical(alpha, Alternative::TwoSided)?)
}

/// Wilson's limits for a critical value of at least 0.
pub(super) fn wilson_limits(proportion: &Proportion, z: f64) -> Estimate<Interval> {
    let rate = proportion.rate()?;
    let (n, z2) = (count(proportion.n()), z * z);
    let root = z * (z2 + 4.0 * n * rate * (1.0 - rate)).sqrt();
    let middle = 2.0 * n * rate + z2;
    // The lower end in its conjugate form, so that it does not cancel; exactly 0 without successes.
    let lower = if proportion.successes() == 0 { 0.0 } else { 2.0 * n * rate * rate / (middle + root) };
    let upper = if proportion.failures() == 0 { 1.0 } else { (middle + root) / (2.0 * (n + z2)) };
    Interval::new(lower, upper.min(1.0))
}

/// Wilson's limits with continuity correction. Source: Newcombe (1998), method 4.
pub(super) fn corrected_wilson_limits(proportion: &Proportion, z: f64) -> Estimate<Interval> {
    let (rate, n) = (proportion.rate()?, count(proportion.n()));
    let (z2, rest) = (z * z, 1.0 - rate);
    let denominator = 2.0 * (n + z2);
    let centre = 2.0 * n * rate + z2;
    let lower = if proportion.successes() == 0 {
        0.0
    } else {
        let root = (z2 - 2.0 - 1.0 / n + 4.0 * rate * (n * rest + 1.0)).max(0.0).sqrt();
        ((centre - 1.0 - z * root) / denominator).clamp(0.0, rate)
    };
    let upper = if proportion.failures() == 0 {
        1.0
    } else {
        let root = (z2 + 2.0 - 1.0 / n + 4.0 * rate * (n * rest - 1.0)).max(0.0).sqrt();
        ((centre + 1.0 + z * root) / denominator).clamp(rate, 1.0)
    };
    Interval::new(lower, upper)
}

/// Centre ± half width, cut to [0, 1].
fn within_bounds(centre: f64, half_width: f64) -> Estimate<Interval> {
    Interval::new((centre - half_width).clamp(0.0, 1.0), (centre + half_width).clamp(0.0, 1.0))
}

/// An end of an interval.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Lower,
    Upper,
}

impl End {
    fn other(self) -> Self {
        match self {
            Self::Lower => Self::Upper,
            Self::Upper => Self::Lower,
        }
    }
}

/// The rate at which the observed successes or more (of the lower end; or less, of the upper one) have the probability
/// `tail`.
fn clopper_pearson(proportion: &Proportion, tail: f64, end: End) -> Estimate<f64> {
    let (x, rest) = (count(proportion.successes()), count(proportion.failures()));
    let rate = match end {
        End::Lower if proportion.successes() == 0 => return Ok(0.0),
        End::Upper if proportion.failures() == 0 => return Ok(1.0),
        End::Lower => beta::quantile(tail, x, rest + 1.0),
        End::Upper => beta::isf(tail, x + 1.0, rest),
    };
    rate.ok_or(Absent::NotConverged)
}

fn jeffreys(proportion: &Proportion, tail: f64, end: End) -> Estimate<f64> {
    let (a, b) = (count(proportion.successes()) + 0.5, count(proportion.failures()) + 0.5);
    let rate = match end {
        End::Lower => beta::quantile(tail, a, b),
        End::Upper => beta::isf(tail, a, b),
    };
    rate.ok_or(Absent::NotConverged)
}

/// The rate of the rarer outcome, found where its floats are fine, as the rate of successes.
fn of_rarer(
    proportion: &Proportion,
    end: End,
    find: impl Fn(&Proportion, End) -> Estimate<f64>,
) -> Estimate<f64> {
    if proportion.successes() <= proportion.failures() {
        return find(proportion, end);
    }
    let mirrored = Proportion::new(proportion.failures(), proportion.n()).map_err(|_| Absent::OutOfRange)?;
    Ok(1.0 - find(&mirrored, end.other())?)
}

/// Clopper and Pearson's end, with only half of the observed successes' own probability.
fn mid_p(proportion: &Proportion, tail: f64, end: End) -> Estimate<f64> {
    of_rarer(proportion, end, |proportion, end| {
        let (x, n) = (count(proportion.successes()), proportion.n());
        if end == End::Lower && proportion.successes() == 0 {
            return Ok(0.0);
        }
        let ln_tail = |rate: f64| {
            let law = Binomial::new(n, rate);
            let beyond = match end {
                End::Lower => ln_at_least(&law, x + 1.0),
                End::Upper => ln_at_most(&law, x - 1.0),
            };
            ln_add(beyond, law.ln_mass(x) - std::f64::consts::LN_2)
        };
        let target = libm::log(tail);
        let excess = |rate: f64| ln_tail(rate) - target;
        // Half of what the exact tail counts is at most what this one leaves out.
        let outer = clopper_pearson(proportion, 0.5 * tail, end)?;
        let inner = if tail < 0.49 {
            clopper_pearson(proportion, 2.000_001 * tail, end)?
        } else if end == End::Lower {
            1.0 - f64::EPSILON
        } else {
            f64::MIN_POSITIVE
        };
        if excess(inner) < 0.0 {
            // Only one half is ever counted of no successes: no rate reaches such a tail.
            return Ok(if end == End::Lower { 1.0 } else { 0.0 });
        }
        let outer = outer.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON);
        brent(excess, outer, inner, 1e-15).ok_or(Absent::NotConverged)
    })
}

/// From the smallest to the largest rate that the two-sided binomial test does not reject.
fn sterne(proportion: &Proportion, alpha: Alpha, end: End) -> Estimate<f64> {
    of_rarer(proportion, end, |proportion, end| {
        let x = count(proportion.successes());
        if end == End::Lower && proportion.successes() == 0 {
            return Ok(0.0);
        }
        let rejected = |rate: f64| {
            let p = tails(&Binomial::new(proportion.n(), rate), x, Alternative::TwoSided);
            p.is_ok_and(|tails| tails.p <= alpha.get())
        };
        // The two-sided p value is at least the one-sided one, and at most that twice or a little more.
        let mut inside = clopper_pearson(proportion, alpha.get(), end)?;
        let mut outside = clopper_pearson(proportion, 0.1 * alpha.tail(), end)?;
        for _ in 0..64 {
            if rejected(outside) {
                break;
            }
            inside = outside;
            outside = if end == End::Lower { 0.5 * outside } else { 0.5 * (1.0 + outside) };
        }
        // The p value jumps, so that bisection and nothing faster is right.
        for _ in 0..60 {
            let middle = 0.5 * (outside + inside);
            if rejected(middle) { outside = middle } else { inside = middle }
        }
        Ok(inside)
    })
}
