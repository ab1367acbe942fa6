//! The posterior distribution of one variant's mean or rate.

use serde::Serialize;

use super::{
    chance::Chance,
    law::Law,
    quantile::Quantiles,
    table::{Table, Tabled},
};
use crate::{
    Absent, Alpha, Estimate, Fraction, Interval,
    distribution::students_t::DegreesOfFreedom,
    estimate::{self, finite},
    numeric::root::brent,
};

/// What is believed of one variant's mean or rate after the data: a normal, Student's t, beta or gamma distribution.
///
/// It comes from a prior and the data of a variant ([`RatePrior`](super::RatePrior), [`EventRatePrior`](super::EventRatePrior),
/// [`MeanPrior`](super::MeanPrior), [`MeanVariancePrior`](super::MeanVariancePrior)), or from its parameters.
///
/// ```
/// use edgewise_stats::{Alpha, Proportion, bayes::{Posterior, RatePrior}};
///
/// // 20 conversions of 100 units, uniform prior: Beta(21, 81).
/// let posterior = RatePrior::uniform().posterior(&Proportion::new(20, 100)?)?;
/// assert_eq!(posterior, Posterior::beta(21.0, 81.0)?);
/// assert!((posterior.mean()? - 21.0 / 102.0).abs() < 1e-15);
/// // scipy 1.17.1: beta.ppf([.025, .975], 21, 81)
/// let interval = posterior.credible_interval(Alpha::default())?;
/// assert!((interval.lower() - 0.133_554_7).abs() < 1e-7 && (interval.upper() - 0.289_122_9).abs() < 1e-7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior(Law);

impl Posterior {
    /// A normal distribution with its mean and standard deviation, in the metric's unit.
    ///
    /// # Errors
    ///
    /// [`PosteriorError`] unless the mean is finite and the deviation finite and positive.
    pub fn normal(mean: f64, standard_deviation: f64) -> Result<Self, PosteriorError> {
        finite_location("mean", mean)?;
        positive("standard deviation", standard_deviation)?;
        Ok(Self(Law::Normal { mean, deviation: standard_deviation }))
    }

    /// A Student's t distribution with its location, scale and degrees of freedom (at least 1).
    ///
    /// # Errors
    ///
    /// [`PosteriorError`] unless the location is finite, the scale finite and positive, and df finite and at least 1.
    pub fn students_t(location: f64, scale: f64, df: f64) -> Result<Self, PosteriorError> {
        finite_location("location", location)?;
        positive("scale", scale)?;
        if DegreesOfFreedom::new(df).is_none() {
            return Err(PosteriorError {
                parameter: "number of degrees of freedom",
                given: df,
                allowed: "finite and at least 1",
            });
        }
        Ok(Self(Law::StudentsT { location, scale, df }))
    }

    /// A beta distribution with its shapes: pseudo-successes `a` and pseudo-failures `b`.
    ///
    /// # Errors
    ///
    /// [`PosteriorError`] unless both lie between 1e-100 and 1e100.
    pub fn beta(a: f64, b: f64) -> Result<Self, PosteriorError> {
        shape("first shape", a)?;
        shape("second shape", b)?;
        Ok(Self(Law::Beta { a, b }))
    }

    /// A gamma distribution with its shape (pseudo-events) and rate (pseudo-exposure); its mean is shape / rate.
    ///
    /// # Errors
    ///
    /// [`PosteriorError`] unless both lie between 1e-100 and 1e100.
    pub fn gamma(shape_of_events: f64, rate: f64) -> Result<Self, PosteriorError> {
        shape("shape", shape_of_events)?;
        shape("rate", rate)?;
        Ok(Self(Law::Gamma { shape: shape_of_events, rate }))
    }

    pub(super) fn law(&self) -> Law {
        self.0
    }

    /// The mean.
    ///
    /// # Errors
    ///
    /// [`Absent::InfiniteMoment`] for Student's t with one degree of freedom or less.
    pub fn mean(&self) -> Estimate<f64> {
        match self.0 {
            Law::StudentsT { df, .. } if df <= 1.0 => Err(Absent::InfiniteMoment),
            law => finite(law.centre()),
        }
    }

    /// The standard deviation.
    ///
    /// # Errors
    ///
    /// [`Absent::InfiniteMoment`] for Student's t with two degrees of freedom or less; [`Absent::OutOfRange`].
    pub fn standard_deviation(&self) -> Estimate<f64> {
        match self.0 {
            Law::StudentsT { df, .. } if df <= 2.0 => Err(Absent::InfiniteMoment),
            law => match law.deviation() {
                Some(deviation) if deviation > 0.0 => Ok(deviation),
                _ => Err(Absent::OutOfRange),
            },
        }
    }

    /// Where the density is highest: m, m, (a − 1) / (a + b − 2), (shape − 1) / rate.
    ///
    /// A density that falls from the edge of its range on has its mode there (0 or 1).
    ///
    /// # Errors
    ///
    /// [`Absent::NoSinglePeak`] for a beta distribution with both shapes at most 1.
    pub fn mode(&self) -> Estimate<f64> {
        match self.0 {
            Law::Normal { mean, .. } => Ok(mean),
            Law::StudentsT { location, .. } => Ok(location),
            Law::Beta { a, b } if a <= 1.0 && b <= 1.0 => Err(Absent::NoSinglePeak),
            Law::Beta { a, .. } if a <= 1.0 => Ok(0.0),
            Law::Beta { b, .. } if b <= 1.0 => Ok(1.0),
            Law::Beta { a, b } => finite((a - 1.0) / ((a - 1.0) + (b - 1.0))),
            Law::Gamma { shape, rate } => finite((shape - 1.0).max(0.0) / rate),
        }
    }

    /// P(X > x) with its complement P(X ≤ x), for a finite x inside the range of possible values.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] for NaN and infinity, and outside the range, where one of the two is 0.
    ///
    /// ```
    /// use edgewise_stats::bayes::Posterior;
    ///
    /// // Beta(1, 1) is uniform.
    /// let above = Posterior::beta(1.0, 1.0)?.exceeds(0.25)?;
    /// assert!((above.p - 0.75).abs() < 1e-14 && (above.complement - 0.25).abs() < 1e-14);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn exceeds(&self, x: f64) -> Estimate<Chance> {
        if !x.is_finite() {
            return Err(Absent::OutOfRange);
        }
        let (lower, upper) = self.0.ln_tails(self.0.place(x - self.0.centre()));
        Chance::from_ln(upper, lower)
    }

    /// The value below which the posterior has the probability `p`.
    ///
    /// Relative error (of the distance from the mean) below 1e-9.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] where it is beyond a 64-bit float.
    pub fn quantile(&self, p: Fraction) -> Estimate<f64> {
        let upper = p.get() > 0.5;
        self.quantiles(None).value(if upper { 1.0 - p.get() } else { p.get() }, upper)
    }

    /// The equal-tailed credible interval: α / 2 of the probability lies beyond each end.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`].
    pub fn credible_interval(&self, alpha: Alpha) -> Estimate<Interval> {
        equal_tailed(&self.quantiles(None), alpha)
    }

    /// The highest-density credible interval: the shortest with the probability 1 − α.
    ///
    /// At the ends l and u the densities of the value are equal. Where the density falls from the edge of the range on
    /// (no successes and a uniform prior), the interval begins there. Source: Box & Tiao (1973), "Bayesian Inference in
    /// Statistical Analysis", 2.8.
    ///
    /// # Errors
    ///
    /// [`Absent::NoSinglePeak`] for a beta distribution with both shapes at most 1; [`Absent::NotConverged`];
    /// [`Absent::OutOfRange`].
    ///
    /// ```
    /// use edgewise_stats::{Alpha, bayes::Posterior};
    ///
    /// // Density 20·(1 − x)¹⁹ falls from 0 on: the interval is [0, 1 − 0.05^(1/20)].
    /// let interval = Posterior::beta(1.0, 20.0)?.highest_density_interval(Alpha::default())?;
    /// assert!(interval.lower() == 0.0 && (interval.upper() - 0.139_108_3).abs() < 1e-7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn highest_density_interval(&self, alpha: Alpha) -> Estimate<Interval> {
        highest_density(&self.quantiles(None), alpha)
    }

    /// Mean, standard deviation, mode and both credible intervals of probability 1 − α.
    pub fn summary(&self, alpha: Alpha) -> Summary {
        self.summary_from(&Tabled::new(self.0), alpha)
    }

    /// [`summary`](Self::summary) with a table that others use too.
    pub(super) fn summary_from(&self, tabled: &Tabled, alpha: Alpha) -> Summary {
        let quantiles = self.quantiles(match self.0 {
            Law::Normal { .. } | Law::StudentsT { .. } => None,
            Law::Beta { .. } | Law::Gamma { .. } => tabled.table(),
        });
        Summary {
            mean: self.mean(),
            standard_deviation: self.standard_deviation(),
            mode: self.mode(),
            credible_interval: equal_tailed(&quantiles, alpha),
            highest_density_interval: highest_density(&quantiles, alpha),
        }
    }

    fn quantiles<'a>(&self, table: Option<&'a Table>) -> Quantiles<'a> {
        Quantiles { law: self.0, table }
    }
}

fn equal_tailed(quantiles: &Quantiles<'_>, alpha: Alpha) -> Estimate<Interval> {
    Interval::new(quantiles.value(alpha.tail(), false)?, quantiles.value(alpha.tail(), true)?)
}

fn highest_density(quantiles: &Quantiles<'_>, alpha: Alpha) -> Estimate<Interval> {
    match quantiles.law {
        Law::Normal { .. } | Law::StudentsT { .. } => equal_tailed(quantiles, alpha),
        Law::Beta { a, b } if a <= 1.0 && b <= 1.0 => Err(Absent::NoSinglePeak),
        Law::Beta { a, .. } if a <= 1.0 => Interval::new(0.0, quantiles.value(alpha.get(), true)?),
        Law::Beta { b, .. } if b <= 1.0 => Interval::new(quantiles.value(alpha.get(), false)?, 1.0),
        Law::Gamma { shape, .. } if shape <= 1.0 => Interval::new(0.0, quantiles.value(alpha.get(), true)?),
        Law::Beta { .. } | Law::Gamma { .. } => equally_dense(quantiles, alpha.get()),
    }
}

/// The interval with a share of α below it such that the densities at its ends are equal.
fn equally_dense(quantiles: &Quantiles<'_>, alpha: f64) -> Estimate<Interval> {
    let law = quantiles.law;
    if let Some((low, high)) = quantiles.table.and_then(|table| table.equally_dense(alpha)) {
        return Interval::new(law.centre() + low, law.centre() + high);
    }
    let ends = |share: f64| -> Estimate<(f64, f64)> {
        Ok((quantiles.offset(share * alpha, false)?, quantiles.offset((1.0 - share) * alpha, true)?))
    };
    let ln_density = |offset: f64| {
        let place = law.place(offset);
        -law.drop(place) - law.ln_stretch(place)
    };
    // Increasing in the share.
    let gap = |share: f64| ends(share).map_or(f64::NAN, |(low, high)| ln_density(low) - ln_density(high));
    // The share is near a half unless the density is very skew.
    let share = brent(gap, 0.3, 0.7, 1e-8)
        .or_else(|| brent(gap, 1e-9, 1.0 - 1e-9, 1e-8))
        .ok_or(Absent::NotConverged)?;
    let (low, high) = ends(share)?;
    Interval::new(law.centre() + low, law.centre() + high)
}

pub(super) fn finite_location(parameter: &'static str, given: f64) -> Result<(), PosteriorError> {
    if given.is_finite() { Ok(()) } else { Err(PosteriorError { parameter, given, allowed: "finite" }) }
}

fn positive(parameter: &'static str, given: f64) -> Result<(), PosteriorError> {
    if given > 0.0 && given.is_finite() {
        Ok(())
    } else {
        Err(PosteriorError { parameter, given, allowed: "finite and above 0" })
    }
}

fn shape(parameter: &'static str, given: f64) -> Result<(), PosteriorError> {
    if (1e-100..=1e100).contains(&given) {
        Ok(())
    } else {
        Err(PosteriorError { parameter, given, allowed: "between 1e-100 and 1e100" })
    }
}

/// A distribution made from checked priors and data can still leave the range of floats.
pub(super) fn shape_or_absent(posterior: Result<Posterior, PosteriorError>) -> Estimate<Posterior> {
    posterior.map_err(|_| Absent::OutOfRange)
}

/// A parameter is not one of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the {parameter} is {given}; it must be {allowed}: check the prior and the data that it comes from")]
pub struct PosteriorError {
    /// Which parameter.
    pub parameter: &'static str,
    /// What was given.
    pub given: f64,
    /// What is allowed.
    pub allowed: &'static str,
}

/// A posterior in numbers, for a report.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The mean.
    #[serde(serialize_with = "estimate::serialize")]
    pub mean: Estimate<f64>,
    /// The standard deviation.
    #[serde(serialize_with = "estimate::serialize")]
    pub standard_deviation: Estimate<f64>,
    /// Where the density is highest.
    #[serde(serialize_with = "estimate::serialize")]
    pub mode: Estimate<f64>,
    /// The equal-tailed credible interval.
    #[serde(serialize_with = "estimate::serialize")]
    pub credible_interval: Estimate<Interval>,
    /// The shortest credible interval.
    #[serde(serialize_with = "estimate::serialize")]
    pub highest_density_interval: Estimate<Interval>,
}
