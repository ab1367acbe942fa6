//! Two means: difference, lift and p value, in one stratum or over several.

use serde::Serialize;

use super::lift::{self, LiftMethod, MeanWithError};
use crate::{
    Absent, Alpha, Alternative, Comparison, Estimate, Interval, Method, Moments, Quantity, Stratum, Warning,
    distribution::students_t::DegreesOfFreedom,
    estimate::finite,
    moments::count,
    scaled::Scaled,
    side::{self, Null},
    stratum::{self, Weighted},
};

/// How two means are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends the intervals of difference and lift have: both at
    /// α/2, or one at α. Each variant's own interval is two-sided always.
    pub alternative: Alternative,
    /// Whether the variants have one variance each (the default) or share one.
    pub variance: Variance,
    /// Which distribution the statistic is held against.
    pub reference: Reference,
    /// Which interval the lift gets; Fieller's by default, because it agrees with the test of the difference.
    pub lift: LiftMethod,
}

/// What is assumed of the variants' variances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Variance {
    /// Each variant (and stratum) has its own: Welch's t test.
    #[default]
    Separate,
    /// All share one: Student's t test.
    Pooled,
}

/// Which distribution a statistic is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Student's t (the default): right for few units of normal values, and no different for many.
    #[default]
    StudentsT,
    /// The normal distribution: a z test. Too eager with few units.
    Normal,
}

/// The mean of one variant, with Student's t interval.
///
/// ```text
/// ȳ ± t(1 − α/2; n − 1) · s / √n
/// ```
///
/// In the metric's unit. Absent: all of it with [`Absent::NoUnits`]; error and interval with [`Absent::TooFewUnits`],
/// [`Absent::ZeroVariance`] or [`Absent::OutOfRange`]. Source: Student (1908).
///
/// ```
/// use edgewise_stats::{Absent, Alpha, Moments, compare::mean};
///
/// let of = |values: &[f64]| mean(&Moments::from_values(values.iter().copied()).unwrap(), Alpha::default());
/// let interval = of(&[1.0, 2.0, 3.0]).interval?;
/// assert!((interval.lower() - -0.4841).abs() < 1e-4 && (interval.upper() - 4.4841).abs() < 1e-4);
/// assert_eq!(of(&[7.0]).estimate, Ok(7.0));
/// assert_eq!(of(&[7.0]).interval, Err(Absent::TooFewUnits));
/// # Ok::<(), Absent>(())
/// ```
pub fn mean(moments: &Moments, alpha: Alpha) -> Quantity {
    match WeightedMean::of([(1.0, moments)]) {
        Ok(mean) => mean.quantity(alpha, Reference::StudentsT),
        Err(reason) => Quantity::absent(reason),
    }
}

/// Compares two means by Welch's t test, or by Student's with [`Variance::Pooled`].
///
/// ```text
/// d = ȳ_t − ȳ_c      se² = s_t²/n_t + s_c²/n_c      t = d / se      d ± t(1 − α/2; df) · se
/// df = se⁴ / ( (s_t²/n_t)²/(n_t − 1) + (s_c²/n_c)²/(n_c − 1) )
/// ```
///
/// Pooled: s² = (Σ(y_t − ȳ_t)² + Σ(y_c − ȳ_c)²) / (n_t + n_c − 2) in the place of both variances, df = n_t + n_c − 2. The
/// difference is in the metric's unit, the lift a fraction of the control mean. Each variant's own interval is that of
/// [`mean`]. With [`Reference::Normal`] z is in the place of t everywhere.
///
/// The alternative "greater" has p = P(T > t) and intervals from d − t(1 − α; df)·se on, "less" has p = P(T < t) and
/// intervals up to d + t(1 − α; df)·se; the lift's interval has the same end. The lift's interval on the log scale has the
/// logarithms' own variances and degrees of freedom; pooled, it supposes one coefficient of variation, as tea-tasting
/// does, not one variance.
///
/// Absent: what needs a variant that has no units ([`Absent::NoUnits`]); error, interval and test with fewer than two
/// units of one ([`Absent::TooFewUnits`]) or without any variance ([`Absent::ZeroVariance`]); the lift unless the
/// control mean is positive ([`Absent::ControlMeanNotPositive`]), and its interval where the method has none
/// (see [`lift`](mod@super::lift)).
///
/// Source: Welch (1947), "The generalization of 'Student's' problem when several different population variances are
/// involved", Biometrika 34(1–2).
///
/// ```
/// use edgewise_stats::{Moments, compare::{MeanOptions, compare_means}};
///
/// // R: t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p-value = 0.07939
/// let first = Moments::from_values([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])?;
/// let second = Moments::from_values([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])?;
/// let comparison = compare_means(&second, &first, &MeanOptions::default());
///
/// let test = comparison.test?;
/// assert!((test.statistic - -1.8608).abs() < 1e-4 && (test.p - 0.07939).abs() < 1e-5);
/// assert!((test.df.unwrap() - 17.776).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_means(control: &Moments, treatment: &Moments, options: &MeanOptions) -> Comparison {
    compare_weighted_means(&stratum::whole(*control, *treatment), options, Vec::new())
}

/// Compares two means within strata and averages the differences, weighted by the strata's sizes.
///
/// ```text
/// w_e = n_e / N      d = Σ w_e·(ȳ_te − ȳ_ce)      se² = Σ w_e²·(s_te²/n_te + s_ce²/n_ce)
/// df = se⁴ / Σ over strata and variants of (w_e²·s²/n)² / (n − 1)
/// ```
///
/// n_e counts both variants' units, N the units of all strata compared; the weights are taken as given. The variants'
/// means are weighted likewise, and the lift is that of the weighted means. With one stratum it is [`compare_means`].
/// A stratum without at least two units of each variant is left out with a [`Warning`]; if none is left, everything is
/// absent with [`Absent::NoCommonStratum`], else the conditions are those of [`compare_means`].
///
/// Source: post-stratification of Miratrix, Sekhon & Yu (2013), "Adjusting treatment effect estimates by
/// post-stratification in randomized experiments", Journal of the Royal Statistical Society B 75(2);
/// degrees of freedom of Satterthwaite (1946), "An approximate distribution of estimates of variance components",
/// Biometrics Bulletin 2(6).
///
/// ```
/// use edgewise_stats::{Moments, Stratum, compare::{MeanOptions, compare_mean_strata}};
///
/// let of = |values: [f64; 4]| Moments::from_values(values).unwrap();
/// let strata = [
///     Stratum { control: of([1.0, 2.0, 3.0, 4.0]), treatment: of([2.0, 3.0, 4.0, 5.0]) },
///     Stratum { control: of([11.0, 12.0, 13.0, 14.0]), treatment: of([14.0, 15.0, 16.0, 17.0]) },
/// ];
/// let comparison = compare_mean_strata(&strata, &MeanOptions::default());
/// assert_eq!(comparison.difference.estimate, Ok(2.0));
/// ```
pub fn compare_mean_strata(strata: &[Stratum<Moments>], options: &MeanOptions) -> Comparison {
    if let [only] = strata {
        return compare_means(&only.control, &only.treatment, options);
    }
    let (weighted, warnings) = stratum::weigh(strata, Moments::n, 2);
    compare_weighted_means(&weighted, options, warnings)
}

/// Compares the means of strata that have been weighed.
pub(super) fn compare_weighted_means(
    strata: &[Weighted<Moments>],
    options: &MeanOptions,
    warnings: Vec<Warning>,
) -> Comparison {
    let control = WeightedMean::of(strata.iter().map(|stratum| (stratum.weight, &stratum.control)));
    let treatment = WeightedMean::of(strata.iter().map(|stratum| (stratum.weight, &stratum.treatment)));
    let (difference, lift, test) = match (&control, &treatment) {
        (Ok(control), Ok(treatment)) => {
            let spread = match options.variance {
                Variance::Separate => Spread::separate(control, treatment),
                Variance::Pooled => Spread::pooled(control, treatment),
            };
            let test = spread.as_ref().map_err(|reason| *reason).and_then(|spread| {
                let statistic = (treatment.mean - control.mean) / spread.standard_error()?;
                spread.null(options.reference).test(statistic, options.alternative)
            });
            (
                difference(control, treatment, &spread, options),
                relative(control, treatment, &spread, options),
                test,
            )
        }
        (Err(reason), _) | (_, Err(reason)) => {
            (Quantity::absent(*reason), Quantity::absent(*reason), Err(*reason))
        }
    };
    Comparison {
        method: method(options),
        control: arm(&control, options),
        treatment: arm(&treatment, options),
        difference,
        lift,
        test,
        warnings,
    }
}

/// The comparison where one variant, or both, cannot be compared.
pub(super) fn separate_quantities(
    control: Estimate<Moments>,
    treatment: Estimate<Moments>,
    options: &MeanOptions,
) -> Comparison {
    let of = |moments: Estimate<Moments>| {
        arm(&moments.and_then(|moments| WeightedMean::of([(1.0, &moments)])), options)
    };
    let reason = control.err().or(treatment.err()).unwrap_or(Absent::NoCommonStratum);
    Comparison {
        method: method(options),
        control: of(control),
        treatment: of(treatment),
        difference: Quantity::absent(reason),
        lift: Quantity::absent(reason),
        test: Err(reason),
        warnings: Vec::new(),
    }
}

fn method(options: &MeanOptions) -> Method {
    match (options.reference, options.variance) {
        (Reference::Normal, _) => Method::TwoMeanZ,
        (Reference::StudentsT, Variance::Separate) => Method::WelchT,
        (Reference::StudentsT, Variance::Pooled) => Method::PooledT,
    }
}

fn arm(mean: &Estimate<WeightedMean>, options: &MeanOptions) -> Quantity {
    match mean {
        Ok(mean) => mean.quantity(options.alpha, options.reference),
        Err(reason) => Quantity::absent(*reason),
    }
}

fn difference(
    control: &WeightedMean,
    treatment: &WeightedMean,
    spread: &Estimate<Spread>,
    options: &MeanOptions,
) -> Quantity {
    let estimate = finite(treatment.mean - control.mean);
    let spread = spread.as_ref().map_err(|reason| *reason);
    let standard_error = spread.and_then(Spread::standard_error);
    let interval = || {
        let (estimate, error) = (estimate?, standard_error?);
        let critical = spread?.null(options.reference).critical(options.alpha, options.alternative)?;
        side::ends(options.alternative, critical, |critical| {
            Interval::new(estimate - critical * error, estimate + critical * error)
        })
    };
    Quantity { estimate, standard_error, interval: interval() }
}

fn relative(
    control: &WeightedMean,
    treatment: &WeightedMean,
    spread: &Estimate<Spread>,
    options: &MeanOptions,
) -> Quantity {
    let with_errors = || {
        let spread = spread.as_ref().map_err(|reason| *reason)?;
        let of = |mean: &WeightedMean, variance: Scaled| {
            let error = variance.root().ok_or(Absent::OutOfRange)?;
            MeanWithError::new(mean.mean, error).map_err(|_| Absent::OutOfRange)
        };
        Ok((of(control, spread.control)?, of(treatment, spread.treatment)?, spread))
    };
    let interval = || {
        if options.lift == LiftMethod::Log {
            return logarithms(control, treatment, options);
        }
        let (c, t, spread) = with_errors()?;
        let critical = spread.null(options.reference).critical(options.alpha, options.alternative)?;
        side::ends(options.alternative, critical, |critical| match options.lift {
            LiftMethod::Delta => lift::delta(c, t, critical),
            LiftMethod::Fieller | LiftMethod::Log => lift::fieller(c, t, critical),
        })
    };
    let estimate = lift::lift(control.mean, treatment.mean);
    // Without a point estimate nothing else of the lift has a meaning.
    Quantity {
        estimate,
        standard_error: estimate.and_then(|_| with_errors().and_then(|(c, t, _)| lift::standard_error(c, t))),
        interval: estimate.and_then(|_| interval()),
    }
}

/// The interval on the log scale, by the logarithms' own variances with their own degrees of freedom. Nothing of it has
/// the metric's unit, so that no unit is too large for it.
fn logarithms(control: &WeightedMean, treatment: &WeightedMean, options: &MeanOptions) -> Estimate<Interval> {
    if treatment.mean <= 0.0 {
        return Err(Absent::TreatmentMeanNotPositive);
    }
    let (c, t) = (control.relative(), treatment.relative());
    let spread = match options.variance {
        Variance::Separate => Spread::separate(&c, &t)?,
        Variance::Pooled => Spread::pooled(&c, &t)?,
    };
    let root = |variance: Scaled| variance.root().ok_or(Absent::OutOfRange);
    let error = libm::hypot(root(spread.treatment)?, root(spread.control)?);
    let critical = spread.null(options.reference).critical(options.alpha, options.alternative)?;
    side::ends(options.alternative, critical, |critical| {
        lift::log_of(control.mean, treatment.mean, error, critical)
    })
}

/// One variant's mean over strata, each part with its share of the variance.
struct WeightedMean {
    mean: f64,
    parts: Vec<Part>,
}

/// One stratum's part in a weighted mean.
struct Part {
    /// w²/n: what turns the variance of a unit into the variance of the weighted mean.
    leverage: f64,
    squared_deviations: Scaled,
    /// n − 1.
    df: f64,
}

impl WeightedMean {
    fn of<'a>(strata: impl IntoIterator<Item = (f64, &'a Moments)>) -> Estimate<Self> {
        let mut mean = 0.0;
        let mut parts = Vec::new();
        for (weight, moments) in strata {
            mean += weight * moments.mean()?;
            parts.push(Part {
                leverage: weight * weight / count(moments.n()),
                squared_deviations: moments.squares(),
                df: count(moments.n() - 1),
            });
        }
        if parts.is_empty() {
            return Err(Absent::NoCommonStratum);
        }
        Ok(Self { mean: finite(mean)?, parts })
    }

    /// The mean with its own interval.
    fn quantity(&self, alpha: Alpha, reference: Reference) -> Quantity {
        let spread =
            self.variance().and_then(|variance| Spread::new(variance, Scaled::default(), self.degrees()));
        let standard_error = spread.as_ref().map_err(|reason| *reason).and_then(Spread::standard_error);
        let interval = || {
            let error = standard_error?;
            let null = spread.as_ref().map_err(|reason| *reason)?.null(reference);
            let half_width = null.critical(alpha, Alternative::TwoSided)? * error;
            Interval::new(self.mean - half_width, self.mean + half_width)
        };
        Quantity { estimate: Ok(self.mean), standard_error, interval: interval() }
    }

    /// In units of the mean: with the variances of its logarithm.
    fn relative(&self) -> Self {
        let square = Scaled::square(1.0 / self.mean).unwrap_or_default();
        let part =
            |part: &Part| Part { squared_deviations: part.squared_deviations.multiplied(square), ..*part };
        Self { mean: 1.0, parts: self.parts.iter().map(part).collect() }
    }

    /// The variance of the mean; it may be 0.
    fn variance(&self) -> Estimate<Scaled> {
        if self.parts.iter().any(|part| part.df < 1.0) {
            return Err(Absent::TooFewUnits);
        }
        Ok(Scaled::sum(self.parts.iter().map(|part| part.variance().0)))
    }

    fn degrees(&self) -> Option<DegreesOfFreedom> {
        satterthwaite(self.parts.iter().map(Part::variance))
    }
}

impl Part {
    /// The variance of this part, with its degrees of freedom.
    fn variance(&self) -> (Scaled, f64) {
        (self.squared_deviations.over(self.df).times(self.leverage), self.df)
    }
}

/// The variances of the two means, and the degrees of freedom of their difference.
#[derive(Clone, Copy)]
struct Spread {
    control: Scaled,
    treatment: Scaled,
    df: DegreesOfFreedom,
}

impl Spread {
    fn separate(control: &WeightedMean, treatment: &WeightedMean) -> Estimate<Self> {
        let parts = control.parts.iter().chain(&treatment.parts);
        Self::new(control.variance()?, treatment.variance()?, satterthwaite(parts.map(Part::variance)))
    }

    fn pooled(control: &WeightedMean, treatment: &WeightedMean) -> Estimate<Self> {
        let parts = || control.parts.iter().chain(&treatment.parts);
        let df: f64 = parts().map(|part| part.df).sum();
        if df < 1.0 {
            return Err(Absent::TooFewUnits);
        }
        let variance = Scaled::sum(parts().map(|part| part.squared_deviations)).over(df);
        let of = |mean: &WeightedMean| variance.times(mean.parts.iter().map(|part| part.leverage).sum());
        Self::new(of(control), of(treatment), DegreesOfFreedom::new(df))
    }

    fn new(control: Scaled, treatment: Scaled, df: Option<DegreesOfFreedom>) -> Estimate<Self> {
        if control.is_zero() && treatment.is_zero() {
            return Err(Absent::ZeroVariance);
        }
        Ok(Self { control, treatment, df: df.ok_or(Absent::OutOfRange)? })
    }

    fn standard_error(&self) -> Estimate<f64> {
        self.control.plus(self.treatment).root().ok_or(Absent::OutOfRange)
    }

    fn null(&self, reference: Reference) -> Null {
        match reference {
            Reference::StudentsT => Null::StudentsT(self.df),
            Reference::Normal => Null::Normal,
        }
    }
}

/// (Σ v)² / Σ v²/df over independent variances v with their degrees of freedom, formed from the shares v/Σv so that no
/// square underflows. None without any variance. Source: Satterthwaite (1946).
fn satterthwaite(parts: impl Iterator<Item = (Scaled, f64)> + Clone) -> Option<DegreesOfFreedom> {
    let sum = Scaled::sum(parts.clone().map(|(variance, _)| variance));
    let inverse: f64 = parts.map(|(variance, df)| variance.ratio(sum) * variance.ratio(sum) / df).sum();
    // Never below the smallest of the parts' degrees of freedom, which is at least 1, but for rounding.
    DegreesOfFreedom::new((1.0 / inverse).max(1.0))
}
