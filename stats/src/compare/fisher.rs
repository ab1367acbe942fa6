//! Fisher's exact test of two rates, and the odds ratio that belongs to it.

use super::{
    binomial_test::{ExactTest, reversed},
    lattice::{Hypergeometric, LogConcave, ln_add, ln_sum_down, ln_sum_up, tails},
};
use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Proportion, Quantity, estimate::finite, moments::count,
    numeric::root::brent, side,
};

/// Fisher's exact test of two rates.
///
/// ```text
/// greater: P(X ≥ x_t)      less: P(X ≤ x_t)      two-sided: Σ P(X = k) over all k with P(X = k) ≤ P(X = x_t)
/// ```
///
/// X is the number of successes of the treatment if the successes of both variants fall on their units at random
/// (hypergeometric). Greater means that the treatment's rate is the larger one. The two-sided rule is that of R's
/// fisher.test and scipy's `fisher_exact` (probabilities within 1e-7 of each other count as equal, as in R). The relative
/// error is about 1e-11; the work does not grow with the units.
///
/// Source: Fisher (1935), "The logic of inductive inference", Journal of the Royal Statistical Society 98(1).
///
/// # Errors
///
/// [`Absent::NoUnits`]; [`Absent::EmptyTable`] if all or none of the units have the outcome, where R says p = 1.
///
/// ```
/// use edgewise_stats::{Alternative, Proportion, compare::fisher_test};
///
/// // The lady tasting tea: 3 of 4 against 1 of 4; p = 0.4857.
/// let (milk, tea) = (Proportion::new(3, 4)?, Proportion::new(1, 4)?);
/// let test = fisher_test(&tea, &milk, Alternative::TwoSided)?;
/// assert!((test.p - 17.0 / 35.0).abs() < 1e-14);
/// assert!((fisher_test(&tea, &milk, Alternative::Greater)?.p - 17.0 / 70.0).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fisher_test(
    control: &Proportion,
    treatment: &Proportion,
    alternative: Alternative,
) -> Estimate<ExactTest> {
    let cell = Cell::of(control, treatment)?;
    let law = cell.law(0.0);
    let alternative_of_cell = if cell.reversed { reversed(alternative) } else { alternative };
    Ok(ExactTest::new(alternative, tails(&law, cell.observed, alternative_of_cell)?))
}

/// The odds ratio as Fisher's test sees it: its conditional maximum-likelihood estimate with the exact interval.
///
/// ```text
/// ψ̂: E_ψ(X) = x_t      lower end: P_ψ(X ≥ x_t) = α/2      upper end: P_ψ(X ≤ x_t) = α/2
/// ```
///
/// X has Fisher's noncentral hypergeometric distribution. ψ is the treatment's odds divided by the control's. The ends
/// are those of R's fisher.test: two one-sided tests, so that a two-sided p of minimum likelihood may disagree with
/// them. The standard error is ψ̂/√Var_ψ̂(X), from the information about ln ψ. Where x_t is the smallest number that the margins allow, estimate and lower end are
/// 0; where it is the largest, both estimate and upper end would be infinite.
///
/// The sample odds ratio and other intervals: [`odds_ratio`](super::odds_ratio()). Source: Cornfield (1956), "A statistical
/// problem arising from retrospective studies", Berkeley Symposium 4; McCullagh & Nelder (1989), section 7.3.2.
///
/// Absent: all of it with the conditions of [`fisher_test`]; what would be infinite with [`Absent::LiftUnbounded`]; the
/// standard error of an estimate of 0 with [`Absent::ZeroVariance`].
///
/// ```
/// use edgewise_stats::{Alpha, Alternative, Proportion, compare::conditional_odds_ratio};
///
/// // scipy 1.17: odds_ratio([[3, 1], [1, 3]]): 6.4083, 0.21174 to 626.24 (R's root finding stops early, at 621.93)
/// let (milk, tea) = (Proportion::new(3, 4)?, Proportion::new(1, 4)?);
/// let ratio = conditional_odds_ratio(&tea, &milk, Alpha::default(), Alternative::TwoSided);
/// assert!((ratio.estimate? - 6.408_32).abs() < 1e-5);
/// let interval = ratio.interval?;
/// assert!((interval.lower() - 0.211_736).abs() < 1e-6 && (interval.upper() - 626.243_5).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn conditional_odds_ratio(
    control: &Proportion,
    treatment: &Proportion,
    alpha: Alpha,
    alternative: Alternative,
) -> Quantity {
    let cell = match Cell::of(control, treatment) {
        Ok(cell) => cell,
        Err(reason) => return Quantity::absent(reason),
    };
    let tail = side::tail(alpha, alternative);
    // The cell's own odds ratio is the inverse of the asked one where it is reversed.
    let exponentiate = |ln_odds: f64| finite(libm::exp(if cell.reversed { -ln_odds } else { ln_odds }));
    let (at_lower, at_upper) = if cell.reversed {
        (cell.ln_odds_of_upper(tail), cell.ln_odds_of_lower(tail))
    } else {
        (cell.ln_odds_of_lower(tail), cell.ln_odds_of_upper(tail))
    };
    let end = |ln_odds: Estimate<Option<f64>>, smallest: bool| match ln_odds? {
        Some(ln_odds) => exponentiate(ln_odds),
        None if smallest => Ok(0.0),
        None => Err(Absent::LiftUnbounded),
    };
    let smallest = if cell.reversed { cell.is_largest() } else { cell.is_smallest() };
    let largest = if cell.reversed { cell.is_smallest() } else { cell.is_largest() };
    let estimate = if smallest {
        Ok(0.0)
    } else if largest {
        Err(Absent::LiftUnbounded)
    } else {
        cell.ln_odds_of_mean().and_then(exponentiate)
    };
    let interval: Estimate<Interval> =
        side::one_or_both(alternative, || end(at_lower, true), || end(at_upper, false));
    let standard_error = estimate.and_then(|ratio| {
        if smallest {
            return Err(Absent::ZeroVariance);
        }
        let ln_odds = if cell.reversed { -libm::log(ratio) } else { libm::log(ratio) };
        finite(ratio / cell.law(ln_odds).moments().1.sqrt())
    });
    Quantity { estimate, standard_error, interval }
}

/// The cell of the table that has the smaller margins.
struct Cell {
    row: u64,
    other: u64,
    column: u64,
    observed: f64,
    /// Whether a larger number here means a smaller rate of the treatment.
    reversed: bool,
}

impl Cell {
    fn of(control: &Proportion, treatment: &Proportion) -> Estimate<Self> {
        if control.n() == 0 || treatment.n() == 0 {
            return Err(Absent::NoUnits);
        }
        let successes = u128::from(control.successes()) + u128::from(treatment.successes());
        let failures = u128::from(control.failures()) + u128::from(treatment.failures());
        if successes == 0 || failures == 0 {
            return Err(Absent::EmptyTable);
        }
        let of_treatment = treatment.n() <= control.n();
        let (arm, other) = if of_treatment { (treatment, control) } else { (control, treatment) };
        let of_successes = successes <= failures;
        let (column, observed) =
            if of_successes { (successes, arm.successes()) } else { (failures, arm.failures()) };
        Ok(Self {
            row: arm.n(),
            other: other.n(),
            column: u64::try_from(column).map_err(|_| Absent::OutOfRange)?,
            observed: count(observed),
            reversed: of_treatment != of_successes,
        })
    }

    fn law(&self, ln_odds: f64) -> Hypergeometric {
        Hypergeometric::new(self.row, self.other, self.column, ln_odds)
    }

    fn is_smallest(&self) -> bool {
        self.observed == 0.0
    }

    fn is_largest(&self) -> bool {
        self.observed >= count(self.row.min(self.column))
    }

    /// The logarithm of the odds ratio at which the observed number or more has the probability `tail`; none at 0.
    fn ln_odds_of_lower(&self, tail: f64) -> Estimate<Option<f64>> {
        if self.is_smallest() {
            return Ok(None);
        }
        let target = libm::log(tail);
        self.solve(|ln_odds| {
            let law = self.law(ln_odds);
            ln_at_least_of(&law, self.observed) - target
        })
        .map(Some)
    }

    /// That at which the observed number or less has the probability `tail`; none at infinity.
    fn ln_odds_of_upper(&self, tail: f64) -> Estimate<Option<f64>> {
        if self.is_largest() {
            return Ok(None);
        }
        let target = libm::log(tail);
        self.solve(|ln_odds| {
            let law = self.law(ln_odds);
            target - ln_at_most_of(&law, self.observed)
        })
        .map(Some)
    }

    /// That at which the observed number is the expected one.
    fn ln_odds_of_mean(&self) -> Estimate<f64> {
        self.solve(|ln_odds| self.law(ln_odds).moments().0 - self.observed)
    }

    /// The zero of a function that rises from below to above 0.
    fn solve(&self, f: impl Fn(f64) -> f64) -> Estimate<f64> {
        // Woolf's estimate and standard error of the logarithm, with half a unit added to each cell, as a start.
        let cells = [
            self.observed,
            count(self.row) - self.observed,
            count(self.column) - self.observed,
            (count(self.other) - count(self.column) + self.observed).max(0.0),
        ]
        .map(|cell| cell + 0.5);
        let ln = cells.map(libm::log);
        let centre = ln[0] - ln[1] - ln[2] + ln[3];
        let error = cells.iter().map(|cell| 1.0 / cell).sum::<f64>().sqrt();
        let (mut low, mut high, mut step) = (centre - error, centre + error, error);
        while f(low) > 0.0 {
            step *= 2.0;
            low -= step;
            if low < -700.0 || low.is_nan() {
                return Err(Absent::OutOfRange);
            }
        }
        step = error;
        while f(high) < 0.0 {
            step *= 2.0;
            high += step;
            if high > 700.0 || high.is_nan() {
                return Err(Absent::OutOfRange);
            }
        }
        // Relative to the odds ratio itself, hence absolutely on its logarithm.
        let shift = centre - 10.0 * error;
        brent(|t| f(t + shift), low - shift, high - shift, 1e-14)
            .map(|t| t + shift)
            .ok_or(Absent::NotConverged)
    }
}

/// ln P(X ≥ k) of masses that are not normalised.
fn ln_at_least_of(law: &Hypergeometric, k: f64) -> f64 {
    let above = || ln_sum_up(law, k);
    ln_part(law, (k > law.mode()).then(above), || below(law, k))
}

/// ln P(X ≤ k), likewise.
fn ln_at_most_of(law: &Hypergeometric, k: f64) -> f64 {
    let under = || ln_sum_down(law, k);
    let over = || if k >= law.support().1 { f64::NEG_INFINITY } else { ln_sum_up(law, k + 1.0) };
    ln_part(law, (k < law.mode()).then(under), over)
}

/// The logarithm of a part of all masses: of that one if it lies beyond the mode, else what the rest leaves.
fn ln_part(law: &Hypergeometric, part: Option<f64>, rest: impl FnOnce() -> f64) -> f64 {
    let all = ln_add(ln_sum_up(law, law.mode()), below(law, law.mode()));
    match part {
        Some(part) => part - all,
        None => libm::log1p(-libm::exp(rest() - all).min(1.0 - f64::EPSILON)),
    }
}

/// The logarithm of the summed mass below k, which is at most the mode.
fn below(law: &Hypergeometric, k: f64) -> f64 {
    if k <= law.support().0 { f64::NEG_INFINITY } else { ln_sum_down(law, k - 1.0) }
}
