//! Several estimates of one effect: their mean, and whether they differ.

use std::num::NonZeroU32;

use serde::Serialize;

use crate::{
    Absent, Alpha, Alternative, Estimate, EstimatedEffect, Interval, distribution::chi_squared,
    estimate::finite, side::Null,
};

/// Several estimates together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Heterogeneity {
    /// The mean that supposes one common effect.
    pub fixed: Pooled,
    /// The mean of effects that vary about it.
    pub random: Pooled,
    /// Cochran's Q; at least 0.
    pub q: f64,
    /// Its degrees of freedom: estimates less one.
    pub df: u32,
    /// P(Q or more) if there is one common effect, in [0, 1]; 0 only below the smallest float.
    pub p: f64,
    /// The natural logarithm of p; finite, at most 0.
    pub ln_p: f64,
    /// I² = max(0, (Q − df)/Q): the share of the estimates' variation that is not their errors', in [0, 1).
    pub i_squared: f64,
    /// τ²: the variance of the effects themselves, by DerSimonian and Laird's moment; at least 0, in the effect's unit
    /// squared.
    pub tau_squared: f64,
}

/// A mean of estimates, weighted by their precision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pooled {
    /// The mean.
    pub estimate: f64,
    /// Its standard error; above 0.
    pub standard_error: f64,
    /// Its normal interval.
    pub interval: Interval,
}

/// Pools independent estimates of an effect (of segments, markets, replications) and tests whether they differ.
///
/// ```text
/// w_i = 1/se_i²      fixed = Σ w_i·d_i / Σ w_i, se = 1/√Σ w_i      Q = Σ w_i·(d_i − fixed)²      p = P(χ²_{k−1} > Q)
/// I² = max(0, (Q − df)/Q)      τ² = max( 0, (Q − df) / (Σ w_i − Σ w_i²/Σ w_i) )      random: with w_i = 1/(se_i² + τ²)
/// ```
///
/// A difference among the segments of one experiment is a hint, not a decision: they were not randomised to segments,
/// and there are many of them. Absent: [`Absent::TooFewValues`] for fewer than two estimates; [`Absent::OutOfRange`].
/// Source: Cochran (1954), "The combination of estimates from different experiments", Biometrics 10(1); DerSimonian &
/// Laird (1986), "Meta-analysis in clinical trials", Controlled Clinical Trials 7(3); Higgins & Thompson (2002) for I².
///
/// ```
/// use edgewise_stats::{EstimatedEffect, Alpha, trust::heterogeneity};
///
/// let of = |estimate, error| EstimatedEffect::new(estimate, error).unwrap();
/// let found = heterogeneity(&[of(0.1, 0.05), of(0.3, 0.08), of(0.25, 0.06), of(-0.05, 0.07)], Alpha::default())?;
/// // scipy 1.17.1
/// assert!((found.q - 15.367_871_916_340_155).abs() < 1e-12 && (found.p - 0.001_527_795_312_6).abs() < 1e-12);
/// assert!((found.fixed.estimate - 0.140_751_409_575_557).abs() < 1e-14);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn heterogeneity(effects: &[EstimatedEffect], alpha: Alpha) -> Estimate<Heterogeneity> {
    let df = effects
        .len()
        .checked_sub(1)
        .and_then(|df| u32::try_from(df).ok())
        .and_then(NonZeroU32::new)
        .ok_or(Absent::TooFewValues)?;
    // In the unit of the smallest error, so that no weight overflows.
    let unit = effects.iter().map(EstimatedEffect::standard_error).fold(f64::INFINITY, f64::min);
    let errors: Vec<f64> = effects.iter().map(|effect| effect.standard_error() / unit).collect();
    let values: Vec<f64> = effects.iter().map(|effect| effect.estimate() / unit).collect();

    let weights: Vec<f64> = errors.iter().map(|error| 1.0 / (error * error)).collect();
    let (fixed, fixed_error) = mean(&values, &weights)?;
    let q = finite(values.iter().zip(&weights).map(|(d, w)| w * (d - fixed) * (d - fixed)).sum())?;
    let degrees = f64::from(df.get());

    let sum: f64 = weights.iter().sum();
    // Σ w − Σ w²/Σ w without cancellation where one weight outweighs all others.
    let scale: f64 = weights.iter().map(|w| w * ((sum - w) / sum)).sum();
    let tau_squared = if q > degrees { (q - degrees) / scale } else { 0.0 };
    let random_weights: Vec<f64> = errors.iter().map(|error| 1.0 / (error * error + tau_squared)).collect();
    let (random, random_error) = mean(&values, &random_weights)?;

    let z = Null::Normal.critical(alpha, Alternative::TwoSided)?;
    let pooled = |estimate: f64, error: f64| {
        let (estimate, standard_error) = (finite(estimate * unit)?, finite(error * unit)?);
        let interval = Interval::new(estimate - z * standard_error, estimate + z * standard_error)?;
        Ok(Pooled { estimate, standard_error, interval })
    };
    Ok(Heterogeneity {
        fixed: pooled(fixed, fixed_error)?,
        random: pooled(random, random_error)?,
        q,
        df: df.get(),
        p: chi_squared::sf(q, df),
        ln_p: finite(chi_squared::ln_sf(q, df))?,
        i_squared: if q > degrees { (q - degrees) / q } else { 0.0 },
        tau_squared: finite(tau_squared * unit * unit)?,
    })
}

/// The weighted mean and its standard error.
fn mean(values: &[f64], weights: &[f64]) -> Estimate<(f64, f64)> {
    let sum: f64 = weights.iter().sum();
    let mean = values.iter().zip(weights).map(|(value, weight)| value * (weight / sum)).sum();
    Ok((finite(mean)?, finite(1.0 / sum.sqrt())?))
}
