//! Two rates of a binary metric: difference, lift and p value, in one stratum or over several.

mod arm;
mod difference;
mod relative;
mod test;

pub use difference::DifferenceMethod;
pub use relative::RateLiftMethod;
pub use test::RateTest;

use self::arm::{Arm, Arms};
use crate::{
    Alpha, Alternative, Comparison, Estimate, Proportion, Quantity, Stratum, Warning,
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
    /// What the test holds against "no difference", and which ends the intervals of difference and lift have: with
    /// [`Alternative::Greater`] only the lower one, with [`Alternative::Less`] only the upper one, at the whole level.
    /// The variants' own intervals stay two-sided.
    pub alternative: Alternative,
    /// Which test.
    pub test: RateTest,
    /// Which interval the difference gets.
    pub difference: DifferenceMethod,
    /// Which interval the lift gets.
    pub lift: RateLiftMethod,
}

/// The rate of one variant, with Wilson's interval.
///
/// The standard error is √(p(1 − p)/n). Absent: all of it with [`Absent::NoUnits`](crate::Absent::NoUnits); the error with
/// [`Absent::ZeroVariance`](crate::Absent::ZeroVariance) at a rate of 0 or 1, where the interval is still there. Other
/// intervals: [`rate_interval`](super::rate_interval).
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
    let parts = vec![(1.0, proportion)];
    match Arm::of(&parts) {
        Ok(arm) => arm.quantity(&parts, alpha),
        Err(reason) => Quantity::absent(reason),
    }
}

/// Compares two rates by the two-proportion z test.
///
/// ```text
/// d = p_t − p_c      p̄ = (x_t + x_c) / (n_t + n_c)      z = d / √( p̄(1 − p̄)(1/n_t + 1/n_c) )
/// Newcombe: d − √( (p_t − l_t)² + (u_c − p_c)² )  to  d + √( (u_t − p_t)² + (p_c − l_c)² ),  l and u by Wilson
/// Wald:     d ± z(1 − α/2)·√( p_t(1 − p_t)/n_t + p_c(1 − p_c)/n_c )
/// Score:    all δ with (d − δ)² ≤ z(1 − α/2)²·( p̃_t(1 − p̃_t)/n_t + p̃_c(1 − p̃_c)/n_c ),  p̃ most likely with p̃_t − p̃_c = δ
/// ```
///
/// The test has the pooled variance of "no difference", Newcombe's and Wald's intervals do not, so that near the level
/// one may exclude zero and the other not; [`DifferenceMethod::Score`] always agrees with it. Other tests:
/// [`RateTest`]. The difference's standard error is the unpooled one. z² is Pearson's chi-square of the 2 × 2 table
/// ([`chi_square`](super::chi_square())). The lift's interval is chosen by [`RateLiftMethod`]. For exact tests see
/// [`fisher_test`](super::fisher_test) and [`boschloo_test`](super::boschloo_test).
///
/// Absent: what needs a variant that has no units ([`Absent::NoUnits`](crate::Absent)); the test if all or none of the
/// units have the outcome, a standard error or Wald's interval (and the tests made of it) if both rates are 0 or 1
/// ([`Absent::ZeroVariance`](crate::Absent)); the lift if no unit of the control has it
/// ([`Absent::ControlMeanNotPositive`](crate::Absent)); Welch's t with fewer than two units
/// ([`Absent::TooFewUnits`](crate::Absent)).
///
/// Source: Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in
/// Medicine 17(8), methods 10 and 1, methods 5 and 6 for the score intervals; the test: Fleiss, Levin & Paik (2003),
/// "Statistical Methods for Rates and Proportions", without continuity correction.
///
/// ```
/// use edgewise_stats::{Proportion, compare::{DifferenceMethod, RateOptions, compare_rates}};
///
/// // Newcombe (1998), table II: 56 of 70 against 48 of 80, method 10: 0.0524 to 0.3339; method 6: 0.0528 to 0.3382.
/// let (control, treatment) = (Proportion::new(48, 80)?, Proportion::new(56, 70)?);
/// let interval = compare_rates(&control, &treatment, &RateOptions::default()).difference.interval?;
/// assert!((interval.lower() - 0.0524).abs() < 5e-5 && (interval.upper() - 0.3339).abs() < 5e-5);
/// let options = RateOptions { difference: DifferenceMethod::MiettinenNurminen, ..RateOptions::default() };
/// let interval = compare_rates(&control, &treatment, &options).difference.interval?;
/// assert!((interval.lower() - 0.0528).abs() < 5e-5 && (interval.upper() - 0.3382).abs() < 5e-5);
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
/// each stratum: a rate p = Σ w_e·p_e reaches from p − √Σ w_e²(p_e − l_e)² to p + √Σ w_e²(u_e − p_e)². Score intervals
/// take one effect for all strata, as Miettinen and Nurminen do; what is added to counts is added in each stratum. The
/// lift is that of the weighted rates. With one stratum it is [`compare_rates`]. A stratum without units of both variants
/// is left out with a [`Warning`]; if none is left, everything is absent with
/// [`Absent::NoCommonStratum`](crate::Absent::NoCommonStratum), else the conditions are those of [`compare_rates`].
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
    let (of_control, of_treatment) = (arm::control(strata), arm::treatment(strata));
    let (control, treatment) = (Arm::of(&of_control), Arm::of(&of_treatment));
    let quantity = |arm: Estimate<Arm>, parts: &arm::Parts<'_>| {
        arm.map_or_else(Quantity::absent, |arm| arm.quantity(parts, options.alpha))
    };
    let (difference, lift, test) = match (control, treatment) {
        (Ok(control), Ok(treatment)) => {
            let arms = Arms::new(strata, control, treatment);
            (
                difference::difference(&arms, options),
                relative::relative(&arms, options),
                options.test.test(&arms, options.alternative),
            )
        }
        (Err(reason), _) | (_, Err(reason)) => {
            (Quantity::absent(reason), Quantity::absent(reason), Err(reason))
        }
    };
    if test.is_ok() {
        warnings.extend(few_outcomes(strata));
    }
    Comparison {
        method: options.test.method(),
        control: quantity(control, &of_control),
        treatment: quantity(treatment, &of_treatment),
        difference,
        lift,
        test,
        warnings,
    }
}

fn few_outcomes(strata: &[Weighted<Proportion>]) -> Option<Warning> {
    let none = Proportion::default();
    let control = strata.iter().fold(none, |sum, stratum| sum.merge(&stratum.control));
    let treatment = strata.iter().fold(none, |sum, stratum| sum.merge(&stratum.treatment));
    let smallest = [control, treatment].iter().map(|arm| arm.successes().min(arm.failures())).min()?;
    (smallest < FEW_OUTCOMES).then_some(Warning::FewOutcomes { smallest })
}
