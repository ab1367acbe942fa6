//! Two rates of a binary metric: difference, lift and p value, in one stratum or over several.

use serde::Serialize;

use super::lift::{self, MeanWithError};
use crate::{
    Absent, Alpha, Alternative, Comparison, Estimate, Interval, Method, Proportion, Quantity, Stratum, Test,
    Warning,
    distribution::normal,
    estimate::finite,
    moments::count,
    stratum::{self, Weighted},
};

/// Below this number of successes or failures the normal approximation is poor. Source: the rule of five of Cochran
/// (1954), "Some methods for strengthening the common χ² tests", Biometrics 10(4), for the same table.
const FEW_OUTCOMES: u64 = 5;

/// How two rates are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RateOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends its intervals have.
    pub alternative: Alternative,
    /// Which interval the difference gets.
    pub difference: DifferenceMethod,
    /// Which interval the lift gets.
    pub lift: RateLiftMethod,
}

/// Which interval of the difference of two rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DifferenceMethod {
    /// Newcombe's hybrid score interval (the default): right in its coverage for small counts too, and within [−1, 1].
    #[default]
    Newcombe,
    /// Wald's interval from the unpooled variance: symmetric; too narrow for small counts.
    Wald,
}

/// Which interval of the relative lift of two rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RateLiftMethod {
    /// [`lift::mover`] from Wilson's limits (the default): it excludes zero exactly where Newcombe's interval of the
    /// difference does, and needs no successes of the treatment.
    #[default]
    Mover,
    /// [`lift::fieller`] with z and the unpooled variance: agrees with Wald's interval of the difference.
    Fieller,
    /// [`lift::delta`] with z and the unpooled variance.
    Delta,
    /// [`lift::log`]: Katz's interval of the risk ratio.
    Log,
}

/// The rate of one variant, with Wilson's interval.
///
/// The standard error is √(p(1 − p)/n). Absent: all of it with [`Absent::NoUnits`]; the error with
/// [`Absent::ZeroVariance`] at a rate of 0 or 1, where the interval is still there.
///
/// ```
/// use edgewise_stats::{Alpha, Proportion, compare::rate};
///
/// let none_of_twenty = rate(&Proportion::new(0, 20)?, Alpha::default());
/// assert_eq!(none_of_twenty.estimate, Ok(0.0));
/// assert!((none_of_twenty.interval?.upper() - 0.1611).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rate(proportion: &Proportion, alpha: Alpha) -> Quantity {
    match WeightedRate::of([(1.0, proportion)], alpha) {
        Ok(rate) => rate.quantity(),
        Err(reason) => Quantity::absent(reason),
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
    let rate = proportion.rate()?;
    let z = critical(alpha)?;
    let (n, z2) = (count(proportion.n()), z * z);
    let root = z * (z2 + 4.0 * n * rate * (1.0 - rate)).sqrt();
    let middle = 2.0 * n * rate + z2;
    // The lower end in its conjugate form, so that it does not cancel; exactly 0 without successes.
    let lower = 2.0 * n * rate * rate / (middle + root);
    let upper = if proportion.failures() == 0 { 1.0 } else { (middle + root) / (2.0 * (n + z2)) };
    Interval::new(lower, upper.min(1.0))
}

/// Compares two rates by the two-proportion z test.
///
/// ```text
/// d = p_t − p_c      p̄ = (x_t + x_c) / (n_t + n_c)      z = d / √( p̄(1 − p̄)(1/n_t + 1/n_c) )
/// Newcombe: d − √( (p_t − l_t)² + (u_c − p_c)² )  to  d + √( (u_t − p_t)² + (p_c − l_c)² ),  l and u by Wilson
/// Wald:     d ± z(1 − α/2)·√( p_t(1 − p_t)/n_t + p_c(1 − p_c)/n_c )
/// ```
///
/// The test has the pooled variance of "no difference", the intervals do not, so that near the level one may exclude
/// zero and the other not. The difference's standard error is the unpooled one. z² is Pearson's chi-square of the 2 × 2
/// table. The lift's interval is chosen by [`RateLiftMethod`].
///
/// Absent: what needs a variant that has no units ([`Absent::NoUnits`]); the test if all or none of the units have the
/// outcome, a standard error or Wald's interval if both rates are 0 or 1 ([`Absent::ZeroVariance`]); the lift if no
/// unit of the control has it ([`Absent::ControlMeanNotPositive`]).
///
/// Source: Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in
/// Medicine 17(8), methods 10 and 1; the test: Fleiss, Levin & Paik (2003), "Statistical Methods for Rates and
/// Proportions", without continuity correction.
///
/// ```
/// use edgewise_stats::{Proportion, compare::{RateOptions, compare_rates}};
///
/// // Newcombe (1998), table II: 56 of 70 against 48 of 80, method 10: 0.0524 to 0.3339.
/// let comparison = compare_rates(&Proportion::new(48, 80)?, &Proportion::new(56, 70)?, &RateOptions::default());
/// let interval = comparison.difference.interval?;
/// assert!((interval.lower() - 0.0524).abs() < 5e-5 && (interval.upper() - 0.3339).abs() < 5e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_rates(control: &Proportion, treatment: &Proportion, options: &RateOptions) -> Comparison {
    compare(&stratum::whole(*control, *treatment), options, Vec::new())
}

/// Compares two rates within strata and averages the differences, weighted by the strata's sizes.
///
/// ```text
/// w_e = n_e / N      d = Σ w_e·(p_te − p_ce)      z = d / √( Σ w_e²·p̄_e(1 − p̄_e)(1/n_te + 1/n_ce) )
/// ```
///
/// n_e counts both variants' units, N the units of all strata compared; the weights are taken as given. The variants'
/// rates are weighted likewise, their limits and those of the difference are recovered from Wilson's limits l_e, u_e in
/// each stratum: a rate p = Σ w_e·p_e reaches from p − √Σ w_e²(p_e − l_e)² to p + √Σ w_e²(u_e − p_e)². The lift is that
/// of the weighted rates. With one stratum it is [`compare_rates`]. A stratum without units of both variants is left
/// out with a [`Warning`]; if none is left, everything is absent with [`Absent::NoCommonStratum`], else the conditions
/// are those of [`compare_rates`].
///
/// Source: weights as in Miratrix, Sekhon & Yu (2013); limits of a sum by Zou & Donner (2008),
/// "Construction of confidence limits about effect measures: a general approach", Statistics in Medicine 27(10).
///
/// ```
/// use edgewise_stats::{Proportion, Stratum, compare::{RateOptions, compare_rate_strata}};
///
/// // Within each epoch the rates are equal; the variants' shares of the two epochs are not (Simpson's paradox).
/// let strata = [
///     Stratum { control: Proportion::new(90, 900)?, treatment: Proportion::new(10, 100)? },
///     Stratum { control: Proportion::new(50, 100)?, treatment: Proportion::new(450, 900)? },
/// ];
/// let comparison = compare_rate_strata(&strata, &RateOptions::default());
/// assert_eq!(comparison.difference.estimate, Ok(0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_rate_strata(strata: &[Stratum<Proportion>], options: &RateOptions) -> Comparison {
    if let [only] = strata {
        return compare_rates(&only.control, &only.treatment, options);
    }
    let (weighted, warnings) = stratum::weigh(strata, Proportion::n, 1);
    compare(&weighted, options, warnings)
}

fn compare(strata: &[Weighted<Proportion>], options: &RateOptions, mut warnings: Vec<Warning>) -> Comparison {
    let control = WeightedRate::of(strata.iter().map(|s| (s.weight, &s.control)), options.alpha);
    let treatment = WeightedRate::of(strata.iter().map(|s| (s.weight, &s.treatment)), options.alpha);
    let quantity = |arm: Estimate<WeightedRate>| arm.map_or_else(Quantity::absent, |rate| rate.quantity());
    let (difference, lift, test) = match (control, treatment) {
        (Ok(control), Ok(treatment)) => (
            difference(control, treatment, options),
            relative(control, treatment, options),
            test(strata, control, treatment),
        ),
        (Err(reason), _) | (_, Err(reason)) => {
            (Quantity::absent(reason), Quantity::absent(reason), Err(reason))
        }
    };
    if test.is_ok() {
        warnings.extend(few_outcomes(strata));
    }
    Comparison {
        method: Method::TwoProportionZ,
        control: quantity(control),
        treatment: quantity(treatment),
        difference,
        lift,
        test,
        warnings,
    }
}

fn difference(control: WeightedRate, treatment: WeightedRate, options: &RateOptions) -> Quantity {
    let estimate = treatment.rate - control.rate;
    let standard_error = standard_error(control.variance + treatment.variance);
    let interval = match options.difference {
        DifferenceMethod::Newcombe => {
            let below =
                libm::hypot(treatment.rate - treatment.limits.lower(), control.limits.upper() - control.rate);
            let above =
                libm::hypot(treatment.limits.upper() - treatment.rate, control.rate - control.limits.lower());
            Interval::new(estimate - below, estimate + above)
        }
        DifferenceMethod::Wald => standard_error.and_then(|error| {
            let half_width = critical(options.alpha)? * error;
            Interval::new(estimate - half_width, estimate + half_width)
        }),
    };
    Quantity { estimate: finite(estimate), standard_error, interval }
}

fn relative(control: WeightedRate, treatment: WeightedRate, options: &RateOptions) -> Quantity {
    let with_errors = || {
        let of = |rate: WeightedRate| {
            MeanWithError::new(rate.rate, rate.variance.sqrt()).map_err(|_| Absent::OutOfRange)
        };
        Ok((of(control)?, of(treatment)?))
    };
    let interval = || match options.lift {
        RateLiftMethod::Mover => {
            lift::mover((control.rate, control.limits), (treatment.rate, treatment.limits))
        }
        RateLiftMethod::Fieller => {
            with_errors().and_then(|(c, t)| lift::fieller(c, t, critical(options.alpha)?))
        }
        RateLiftMethod::Delta => with_errors().and_then(|(c, t)| lift::delta(c, t, critical(options.alpha)?)),
        RateLiftMethod::Log => with_errors().and_then(|(c, t)| lift::log(c, t, critical(options.alpha)?)),
    };
    let estimate = lift::lift(control.rate, treatment.rate);
    // Without a point estimate nothing else of the lift has a meaning.
    Quantity {
        estimate,
        standard_error: estimate.and_then(|_| with_errors().and_then(|(c, t)| lift::standard_error(c, t))),
        interval: estimate.and_then(|_| interval()),
    }
}

fn test(strata: &[Weighted<Proportion>], control: WeightedRate, treatment: WeightedRate) -> Estimate<Test> {
    let mut variance = 0.0;
    for Weighted { weight, control, treatment } in strata {
        let pooled = control.merge(treatment).rate()?;
        let units = 1.0 / count(control.n()) + 1.0 / count(treatment.n());
        variance += weight * weight * pooled * (1.0 - pooled) * units;
    }
    let statistic = finite((treatment.rate - control.rate) / standard_error(variance)?)?;
    let tail = normal::sf(statistic.abs());
    Ok(Test {
        alternative: Alternative::TwoSided,
        statistic,
        df: None,
        p: (2.0 * tail).min(1.0),
        ln_p: finite((std::f64::consts::LN_2 + normal::ln_sf(statistic.abs())).min(0.0))?,
    })
}

/// The two-sided critical value of z.
fn critical(alpha: Alpha) -> Estimate<f64> {
    normal::isf(alpha.tail()).ok_or(Absent::OutOfRange)
}

fn standard_error(variance: f64) -> Estimate<f64> {
    if variance > 0.0 { finite(variance.sqrt()) } else { Err(Absent::ZeroVariance) }
}

fn few_outcomes(strata: &[Weighted<Proportion>]) -> Option<Warning> {
    let none = Proportion::default();
    let control = strata.iter().fold(none, |sum, stratum| sum.merge(&stratum.control));
    let treatment = strata.iter().fold(none, |sum, stratum| sum.merge(&stratum.treatment));
    let smallest = [control, treatment].iter().map(|arm| arm.successes().min(arm.failures())).min()?;
    (smallest < FEW_OUTCOMES).then_some(Warning::FewOutcomes { smallest })
}

/// One variant's rate over strata, with its variance and its limits.
#[derive(Clone, Copy)]
struct WeightedRate {
    rate: f64,
    variance: f64,
    limits: Interval,
}

impl WeightedRate {
    fn of<'a>(strata: impl IntoIterator<Item = (f64, &'a Proportion)>, alpha: Alpha) -> Estimate<Self> {
        let mut strata = strata.into_iter().peekable();
        if strata.peek().is_none() {
            return Err(Absent::NoCommonStratum);
        }
        let (mut rate, mut variance, mut below, mut above) = (0.0, 0.0, 0.0, 0.0);
        for (weight, proportion) in strata {
            let (part, limits) = (proportion.rate()?, wilson(proportion, alpha)?);
            rate += weight * part;
            variance += weight * weight * part * (1.0 - part) / count(proportion.n());
            below = libm::hypot(below, weight * (part - limits.lower()));
            above = libm::hypot(above, weight * (limits.upper() - part));
        }
        // With one stratum these are Wilson's limits, but for rounding; a rate stays within [0, 1].
        let limits = Interval::new((rate - below).max(0.0), (rate + above).min(1.0))?;
        Ok(Self { rate, variance, limits })
    }

    fn quantity(&self) -> Quantity {
        Quantity {
            estimate: Ok(self.rate),
            standard_error: standard_error(self.variance),
            interval: Ok(self.limits),
        }
    }
}
