//! Standardised differences of two means: Cohen's d, Hedges' g and Glass's delta.

use serde::Serialize;

use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Moments, Quantity,
    distribution::{noncentral_t, normal},
    estimate::finite,
    moments::count,
    numeric::root::brent,
    side::{self, Null},
};

/// How standardised differences get their intervals.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EffectSizeOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// Which ends the intervals have.
    pub alternative: Alternative,
    /// Where the intervals of Cohen's d and Hedges' g come from.
    pub interval: EffectSizeInterval,
}

/// Where the interval of a standardised difference comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EffectSizeInterval {
    /// The noncentral t distribution below 1,000 degrees of freedom, the large-sample interval from there (the default).
    #[default]
    Auto,
    /// The noncentral t distribution: exact for normal values of equal variance, some 50 µs of work.
    NoncentralT,
    /// Symmetric, estimate ± z · standard error: for many units.
    LargeSample,
}

/// Differences of two means in standard deviations, positive where the treatment's mean is the larger one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EffectSizes {
    /// The difference over the pooled standard deviation (of n − 1).
    pub cohens_d: Quantity,
    /// Cohen's d without its bias.
    pub hedges_g: Quantity,
    /// The difference over the control's standard deviation.
    pub glass_delta: Quantity,
}

/// From so many degrees of freedom on the default interval is the large-sample one: see [`effect_sizes`] for its error.
const LARGE: f64 = 1_000.0;

/// Cohen's d, Hedges' g and Glass's delta of two means.
///
/// ```text
/// d = (ȳ_t − ȳ_c) / s      s² = (Σ(y_t − ȳ_t)² + Σ(y_c − ȳ_c)²) / df      df = n_t + n_c − 2
/// g = J·d                  J = Γ(df/2) / ( √(df/2) · Γ((df − 1)/2) )
/// Δ = (ȳ_t − ȳ_c) / s_c    s_c² of n_c − 1
/// se_d² = 1/n_t + 1/n_c + d² / (2(n_t + n_c))      se_g = J·se_d
/// se_Δ² = s_t² / (s_c²·(n_t − 1)) + 1/(n_c − 1) + Δ² / (2(n_c − 1))
/// ```
///
/// The interval of d holds the δ for which its t = d / √(1/n_t + 1/n_c) is in neither tail α/2 of the noncentral t
/// distribution with noncentrality δ / √(1/n_t + 1/n_c); that of g is J times it. By default it gives way to
/// d ± z·se_d at df = 1,000: there each end of a 95 % interval is off by 0.04 % of se_d at d = 0.1, 0.2 % at d = 0.5 and
/// 0.5 % at d = 2 (in units of d: 2.5e-5, 1.3e-4 and 3.9e-4), and beyond it by less in proportion to 1/√df. Glass's delta is for unequal variances
/// and has the large-sample interval always. Variances are those of n − 1: with those of n, as some packages have them,
/// d of few units is too large.
///
/// Absent: all of it without units ([`Absent::NoUnits`]); d with fewer than three units, g with fewer than four, Δ with
/// fewer than two of the control (and its error of the treatment) ([`Absent::TooFewUnits`]); without any variance
/// ([`Absent::ZeroVariance`]); the exact interval where t is beyond the distribution's stated accuracy
/// ([`Absent::NotConverged`]).
///
/// Source: Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", 2.5.2; Hedges (1981), "Distribution
/// theory for Glass's estimator of effect size and related estimators", Journal of Educational Statistics 6(2); errors:
/// Borenstein, Hedges, Higgins & Rothstein (2009), "Introduction to Meta-Analysis", (4.20) and (4.24), Bonett (2008),
/// "Confidence intervals for standardized linear contrasts of means", Psychological Methods 13(2); the interval: Steiger
/// & Fouladi (1997).
///
/// ```
/// use edgewise_stats::{Moments, compare::{EffectSizeOptions, effect_sizes}};
///
/// // Borenstein et al. (2009), example of chapter 4: means 103 and 100, deviations 5.5 and 4.5, 50 units each:
/// // d = 0.5970 with variance 0.0418, g = 0.5924 with variance 0.0411.
/// let treatment = Moments::from_mean_and_deviation(50, 103.0, 5.5)?;
/// let control = Moments::from_mean_and_deviation(50, 100.0, 4.5)?;
/// let sizes = effect_sizes(&control, &treatment, &EffectSizeOptions::default());
/// assert!((sizes.cohens_d.estimate? - 0.5970).abs() < 5e-5);
/// assert!((sizes.cohens_d.standard_error?.powi(2) - 0.0418).abs() < 5e-5);
/// assert!((sizes.hedges_g.estimate? - 0.5924).abs() < 5e-5);
/// assert!((sizes.hedges_g.standard_error?.powi(2) - 0.0411).abs() < 6e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn effect_sizes(control: &Moments, treatment: &Moments, options: &EffectSizeOptions) -> EffectSizes {
    let cohens_d = cohens_d(control, treatment, options).unwrap_or_else(Quantity::absent);
    EffectSizes {
        cohens_d,
        hedges_g: hedges_g(control, treatment, &cohens_d).unwrap_or_else(Quantity::absent),
        glass_delta: glass_delta(control, treatment, options).unwrap_or_else(Quantity::absent),
    }
}

/// Hedges' correction J of the bias of a standardised difference with so many degrees of freedom, in (0, 1).
///
/// ```text
/// J = Γ(df/2) / ( √(df/2) · Γ((df − 1)/2) )
/// ```
///
/// The exact one, not 1 − 3/(4·df − 1). Source: Hedges (1981), (6e).
///
/// # Errors
///
/// [`Absent::TooFewUnits`] with fewer than two degrees of freedom.
///
/// ```
/// // Hedges (1981), table 1: 0.5642 at 2, 0.9490 at 15.
/// use edgewise_stats::compare::hedges_correction;
///
/// assert!((hedges_correction(2)? - 0.564_190).abs() < 1e-6);
/// assert!((hedges_correction(15)? - 0.949_0).abs() < 1e-4);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn hedges_correction(df: u64) -> Estimate<f64> {
    if df < 2 {
        return Err(Absent::TooFewUnits);
    }
    // With a = (df − 1)/2: Γ(a + 1/2) / ( Γ(a)·√(a + 1/2) ).
    let a = 0.5 * (count(df) - 1.0);
    let ln_ratio = if a < 30.0 {
        libm::lgamma(a + 0.5) - libm::lgamma(a) - 0.5 * libm::log(a)
    } else {
        // Its own asymptotic series, because the difference of two large logarithms would cancel (DLMF 5.11.8; the first
        // omitted term is below 1e-16).
        let w = 1.0 / (a * a);
        -(1.0 / 8.0 - w * (1.0 / 192.0 - w * (1.0 / 640.0 - w * (17.0 / 14_336.0)))) / a
    };
    Ok(libm::exp(ln_ratio - 0.5 * libm::log1p(0.5 / a)))
}

fn cohens_d(control: &Moments, treatment: &Moments, options: &EffectSizeOptions) -> Estimate<Quantity> {
    let difference = treatment.mean()? - control.mean()?;
    let (n_c, n_t) = (count(control.n()), count(treatment.n()));
    let df = (n_c - 1.0) + (n_t - 1.0);
    if df < 1.0 {
        return Err(Absent::TooFewUnits);
    }
    let variance = control.squares().plus(treatment.squares()).over(df);
    if variance.is_zero() {
        return Err(Absent::ZeroVariance);
    }
    let d = finite(difference / variance.root().ok_or(Absent::OutOfRange)?)?;
    let unit = (1.0 / n_t + 1.0 / n_c).sqrt();
    let error = finite(libm::hypot(unit, d / (2.0 * (n_t + n_c)).sqrt()))?;
    let is_exact = match options.interval {
        EffectSizeInterval::Auto => df < LARGE,
        EffectSizeInterval::NoncentralT => true,
        EffectSizeInterval::LargeSample => false,
    };
    let interval = if is_exact { exact(d, unit, df, options) } else { symmetric(d, error, options) };
    Ok(Quantity { estimate: Ok(d), standard_error: Ok(error), interval })
}

fn hedges_g(control: &Moments, treatment: &Moments, d: &Quantity) -> Estimate<Quantity> {
    let estimate = d.estimate?;
    let correction = hedges_correction(control.n().saturating_add(treatment.n()).saturating_sub(2))?;
    let scaled = |interval: Interval| {
        let (lower, upper) = (correction * interval.lower(), correction * interval.upper());
        match (lower.is_finite(), upper.is_finite()) {
            (true, true) => Interval::new(lower, upper),
            (true, false) => Interval::at_least(lower),
            _ => Interval::at_most(upper),
        }
    };
    Ok(Quantity {
        estimate: Ok(correction * estimate),
        standard_error: d.standard_error.map(|error| correction * error),
        interval: d.interval.and_then(scaled),
    })
}

fn glass_delta(control: &Moments, treatment: &Moments, options: &EffectSizeOptions) -> Estimate<Quantity> {
    let difference = treatment.mean()? - control.mean()?;
    if control.n() < 2 {
        return Err(Absent::TooFewUnits);
    }
    if control.squares().is_zero() {
        return Err(Absent::ZeroVariance);
    }
    let delta = finite(difference / control.standard_deviation()?)?;
    let error = || {
        if treatment.n() < 2 {
            return Err(Absent::TooFewUnits);
        }
        let (df_c, df_t) = (count(control.n() - 1), count(treatment.n() - 1));
        // s_t / s_c, from the sums of squares, whose quotient has no unit.
        let ratio = treatment.squares().over(df_t).ratio(control.squares().over(df_c));
        finite(libm::hypot((ratio / df_t + 1.0 / df_c).sqrt(), delta / (2.0 * df_c).sqrt()))
    };
    let error = error();
    Ok(Quantity {
        estimate: Ok(delta),
        standard_error: error,
        interval: error.and_then(|error| symmetric(delta, error, options)),
    })
}

fn symmetric(estimate: f64, error: f64, options: &EffectSizeOptions) -> Estimate<Interval> {
    let critical = Null::Normal.critical(options.alpha, options.alternative)?;
    side::ends(options.alternative, critical, |critical| {
        Interval::new(estimate - critical * error, estimate + critical * error)
    })
}

/// The δ whose noncentral t has the observed one, d / unit, in neither tail.
fn exact(d: f64, unit: f64, df: f64, options: &EffectSizeOptions) -> Estimate<Interval> {
    let t = d / unit;
    let tail = side::tail(options.alpha, options.alternative);
    let lower = || Ok(unit * noncentrality(t, df, tail)?);
    // The distribution of −t has the noncentrality −δ.
    let upper = || Ok(-unit * noncentrality(-t, df, tail)?);
    side::one_or_both(options.alternative, lower, upper)
}

/// The noncentrality at which P(T > t) is `tail`: it falls as the noncentrality does.
fn noncentrality(t: f64, df: f64, tail: f64) -> Estimate<f64> {
    let z = normal::isf(tail).ok_or(Absent::OutOfRange)?;
    // In normal deviates the tail is close to linear in the noncentrality.
    let excess = |noncentrality: f64| {
        let p = noncentral_t::sf(t, df, noncentrality);
        match normal::isf(p) {
            Some(deviate) => deviate - z,
            None => f64::NAN,
        }
    };
    // Where a normal statistic would have it; its standard deviation grows with t.
    let deviation = (1.0 + t * t / (2.0 * df)).sqrt();
    let guess = t - z * deviation;
    if let Some(root) = secant(excess, guess, -deviation) {
        return finite(root);
    }
    for reach in [0.5, 2.0, 8.0] {
        let margin = reach * deviation;
        if let Some(root) = brent(excess, guess - margin, guess + margin, 1e-13) {
            return finite(root);
        }
    }
    Err(Absent::NotConverged)
}

/// A zero of an almost linear function near `guess`, where its slope is about 1 / `run`; none if the steps do not shrink.
fn secant(f: impl Fn(f64) -> f64, guess: f64, run: f64) -> Option<f64> {
    let (mut at, mut value, mut run) = (guess, f(guess), run);
    let mut last = f64::INFINITY;
    // Each step has about the digits of the two before it together: 5 are enough for all.
    for _ in 0..8 {
        let step = -value * run;
        if step.is_nan() || step.abs() >= last {
            return None;
        }
        let next = at + step;
        if step.abs() <= 1e-8 * run.abs() {
            // The error left is the product of the last two.
            return Some(next);
        }
        let here = f(next);
        (run, last) = ((next - at) / (here - value), step.abs());
        (at, value) = (next, here);
    }
    None
}
