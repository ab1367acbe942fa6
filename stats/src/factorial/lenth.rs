//! Which effects of an unreplicated design stand out.

use serde::Serialize;

use crate::{
    Absent, Alpha, Estimate,
    distribution::students_t::{self, DegreesOfFreedom},
    estimate::finite,
    moments::count,
};

/// The error of effects that were measured once, judged by those that are probably zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Lenth {
    /// The pseudo standard error of an effect, in its unit; positive.
    pub pseudo_standard_error: f64,
    /// An effect beyond this differs from zero at the level, if it is the only one looked at.
    pub margin_of_error: f64,
    /// An effect beyond this differs from zero at the level, although all were looked at.
    pub simultaneous_margin: f64,
}

/// Lenth's method for designs with one value per run, whose effects have no error of their own.
///
/// ```text
/// s₀ = 1.5·median |e_i|      PSE = 1.5·median of the |e_i| below 2.5·s₀      d = m/3
/// margin = t(1 − α/2; d)·PSE      simultaneous: t(γ; d)·PSE with γ = (1 + (1 − α)^(1/m)) / 2
/// ```
///
/// `effects` are the m estimates in one coding ([`Coding::HighMinusLow`](super::Coding::HighMinusLow) or
/// [`Coding::Coefficient`](super::Coding::Coefficient), in which all have the same error). It supposes that most of them
/// are zero.
///
/// Absent: [`Absent::TooFewValues`] for fewer than three (less than one degree of freedom); [`Absent::OutOfRange`] where
/// one is not finite, or the result is not; [`Absent::ZeroVariance`] if at least half of them are exactly zero.
///
/// Source: Lenth (1989), "Quick and easy analysis of unreplicated factorials", Technometrics 31(4).
///
/// ```
/// use edgewise_stats::{Alpha, factorial::lenth};
///
/// // Montgomery, "Design and Analysis of Experiments", example 6.2 (filtration rate): 15 effects, PSE 2.63, ME 6.75, SME 13.70.
/// let effects = [
///     21.625, 3.125, 0.125, 9.875, 2.375, -18.125, 1.875, 14.625, 16.625, -0.375, 4.125, -1.125, -1.625, -2.625, 1.375,
/// ];
/// let found = lenth(&effects, Alpha::default())?;
/// assert!((found.pseudo_standard_error - 2.625).abs() < 1e-12);
/// assert!((found.margin_of_error - 6.748).abs() < 1e-3 && (found.simultaneous_margin - 13.699).abs() < 1e-3);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn lenth(effects: &[f64], alpha: Alpha) -> Estimate<Lenth> {
    let mut sizes = Vec::with_capacity(effects.len());
    for effect in effects {
        sizes.push(finite(effect.abs())?);
    }
    sizes.sort_unstable_by(f64::total_cmp);
    let m = count(sizes.len() as u64);
    let df = DegreesOfFreedom::new(m / 3.0).filter(|df| df.get() >= 1.0).ok_or(Absent::TooFewValues)?;
    let limit = 2.5 * 1.5 * median(&sizes);
    let small = sizes.partition_point(|&size| size < limit);
    if small == 0 {
        return Err(Absent::ZeroVariance);
    }
    let pseudo_standard_error = 1.5 * median(&sizes[..small]);
    if pseudo_standard_error <= 0.0 {
        return Err(Absent::ZeroVariance);
    }
    let margin = |tail: f64| {
        students_t::isf(tail, df).ok_or(Absent::OutOfRange).and_then(|t| finite(t * pseudo_standard_error))
    };
    Ok(Lenth {
        pseudo_standard_error: finite(pseudo_standard_error)?,
        margin_of_error: margin(alpha.tail())?,
        // (1 − (1 − α)^(1/m)) / 2
        simultaneous_margin: margin(-0.5 * libm::expm1(libm::log1p(-alpha.get()) / m))?,
    })
}

/// The median of at least one ordered value.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { sorted[middle - 1] / 2.0 + sorted[middle] / 2.0 }
}
