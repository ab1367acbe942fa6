//! Is the treatment better, and by how much? Probabilities and losses of two posteriors.

use serde::Serialize;

use super::{chance::Chance, pair::Pair, posterior::Posterior};
use crate::{Absent, Direction, Estimate, Interval};

/// The largest probability of a control that is not positive with which a lift still has a meaning.
const NOT_POSITIVE: f64 = 1e-6;

/// The probability that the treatment is better in the metric's direction.
///
/// ```text
/// P(T > C) = ∫ f_C(x)·P(T > x) dx      (higher is better; P(T < C) if lower is)
/// ```
///
/// for independent posteriors. Two normal ones: Φ((m_t − m_c) / √(σ_t² + σ_c²)). Two gamma ones: the incomplete beta
/// function I_{β_c/(β_c + β_t)}(k_c, k_t) of shapes k and rates β. Else deterministic quadrature, relative error below
/// 1e-9 of the smaller of the probability and its complement (tested against sums and integrals of 20 to 60 digits for
/// shapes from 0.001 to 9e9, and down to probabilities of 1e-3000). It makes no allowance for looking often: see the error rates in the
/// documentation.
///
/// Source: for rates Miller (2015), "Formulas for Bayesian A/B Testing"; for t distributions the Behrens-Fisher problem,
/// Box & Tiao (1973), 2.5.2.
///
/// # Errors
///
/// [`Absent::NotConverged`] for shapes beyond what the quadrature can do (far below 0.001); [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Direction, bayes::{Posterior, probability_better}};
///
/// // mpmath 1.4.1, the closed sum with 50 digits: 0.9231834389735597.
/// let (control, treatment) = (Posterior::beta(101.0, 901.0)?, Posterior::beta(121.0, 881.0)?);
/// let more = probability_better(&control, &treatment, Direction::HigherIsBetter)?;
/// let less = probability_better(&control, &treatment, Direction::LowerIsBetter)?;
/// assert!((more.p - 0.923_183_438_973_559_7).abs() < 1e-12);
/// assert_eq!(less.p, more.complement);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn probability_better(
    control: &Posterior,
    treatment: &Posterior,
    direction: Direction,
) -> Estimate<Chance> {
    better(&Pair::new(control.law(), treatment.law()), direction)
}

pub(super) fn better(pair: &Pair, direction: Direction) -> Estimate<Chance> {
    let above = pair.exceeds(1.0, 0.0)?;
    Ok(match direction {
        Direction::HigherIsBetter => above,
        Direction::LowerIsBetter => above.opposite(),
    })
}

/// The probability that treatment − control exceeds `threshold`, in the metric's unit.
///
/// By the same integral as [`probability_better`], with the control shifted. For a threshold that must be undercut take
/// the complement.
///
/// # Errors
///
/// As [`probability_better`]; [`Absent::OutOfRange`] for a threshold that is NaN or infinite, or that no difference of
/// two rates can reach.
///
/// ```
/// use edgewise_stats::bayes::{Posterior, probability_difference_exceeds};
///
/// let uniform = Posterior::beta(1.0, 1.0)?;
/// // The difference of two uniform numbers exceeds 1/2 with probability 1/8.
/// let exceeds = probability_difference_exceeds(&uniform, &uniform, 0.5)?;
/// assert!((exceeds.p - 0.125).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn probability_difference_exceeds(
    control: &Posterior,
    treatment: &Posterior,
    threshold: f64,
) -> Estimate<Chance> {
    difference_exceeds(&Pair::new(control.law(), treatment.law()), threshold)
}

pub(super) fn difference_exceeds(pair: &Pair, threshold: f64) -> Estimate<Chance> {
    if threshold.is_finite() { pair.exceeds(1.0, threshold) } else { Err(Absent::OutOfRange) }
}

/// The probability that the lift (treatment − control) / control exceeds `threshold` (0.05: five per cent).
///
/// ```text
/// P(T > (1 + threshold)·C)
/// ```
///
/// which is the lift's where the control is positive. With a normal or t posterior it may not be: the result is then off
/// by at most P(C ≤ 0), and absent where that exceeds 1e-6.
///
/// # Errors
///
/// [`Absent::ControlMeanNotPositive`]; [`Absent::LiftUnbounded`]; [`Absent::OutOfRange`] for a threshold that is NaN or
/// infinite or, of rates, −1 or less; those of [`probability_better`].
///
/// ```
/// use edgewise_stats::bayes::{Posterior, probability_lift_exceeds};
///
/// // Ten events per unit of exposure against eleven, of 1,000 and 1,100 events.
/// let (control, treatment) = (Posterior::gamma(1_000.0, 100.0)?, Posterior::gamma(1_100.0, 100.0)?);
/// let exceeds = probability_lift_exceeds(&control, &treatment, 0.05)?;
/// // mpmath: betainc(1000, 1100, 0, 1 / 2.05, regularized=True)
/// assert!((exceeds.p - 0.856_700_060_8).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn probability_lift_exceeds(
    control: &Posterior,
    treatment: &Posterior,
    threshold: f64,
) -> Estimate<Chance> {
    has_lift(control)?;
    lift_exceeds(&Pair::new(control.law(), treatment.law()), threshold)
}

/// [`probability_lift_exceeds`] for a control that [has a lift](has_lift).
pub(super) fn lift_exceeds(pair: &Pair, threshold: f64) -> Estimate<Chance> {
    let factor = 1.0 + threshold;
    if !factor.is_finite() {
        Err(Absent::OutOfRange)
    } else if factor > 0.0 {
        pair.exceeds(factor, 0.0)
    } else {
        pair.exceeds_nonpositive(factor)
    }
}

/// Whether the control is positive, but for a probability of 1e-6.
pub(super) fn has_lift(control: &Posterior) -> Estimate<()> {
    use super::law::Law;
    let law = control.law();
    if law.centre() <= 0.0 {
        return Err(Absent::ControlMeanNotPositive);
    }
    match law {
        Law::Beta { .. } | Law::Gamma { .. } => Ok(()),
        Law::Normal { .. } | Law::StudentsT { .. } => {
            let (lower, _) = law.ln_tails(law.place(-law.centre()));
            if lower <= libm::log(NOT_POSITIVE) { Ok(()) } else { Err(Absent::LiftUnbounded) }
        }
    }
}

/// What is lost, on average over the posterior, by choosing a variant that is not the best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ExpectedLoss {
    /// Of keeping the control: E[(gain of the treatment)⁺], in the metric's unit; not negative.
    pub choose_control: f64,
    /// Of shipping the treatment: E[(−gain of the treatment)⁺], in the metric's unit; not negative.
    pub choose_treatment: f64,
}

/// The expected loss of either choice, in the metric's unit and direction.
///
/// ```text
/// higher is better: control E[(T − C)⁺], treatment E[(C − T)⁺]; lower is better: the other way round
/// E[(T − C)⁺] = ∫ P(C ≤ x)·P(T > x) dx
/// ```
///
/// Their difference is the difference of the posterior means. Normal posteriors: [`normal_expected_loss`]; else
/// quadrature as of [`probability_better`], relative error of each below 1e-9 (1e-8 where a shape is below 0.05). A loss is
/// 0 only where it is below the
/// smallest float. Source: Stucchio (2015), "Bayesian A/B Testing at VWO".
///
/// # Errors
///
/// [`Absent::InfiniteMoment`] for Student's t with one degree of freedom; [`Absent::NotConverged`];
/// [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Direction, bayes::{Posterior, expected_loss}};
///
/// // mpmath 1.4.1, the closed sum with 50 digits.
/// let (control, treatment) = (Posterior::beta(101.0, 901.0)?, Posterior::beta(121.0, 881.0)?);
/// let loss = expected_loss(&control, &treatment, Direction::HigherIsBetter)?;
/// assert!((loss.choose_treatment - 0.000_484_613_926_356).abs() < 1e-13);
/// assert!((loss.choose_control - 0.020_444_693_766_676).abs() < 1e-13);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`normal_expected_loss`]: super::normal_expected_loss
pub fn expected_loss(
    control: &Posterior,
    treatment: &Posterior,
    direction: Direction,
) -> Estimate<ExpectedLoss> {
    loss(&Pair::new(control.law(), treatment.law()), direction)
}

pub(super) fn loss(pair: &Pair, direction: Direction) -> Estimate<ExpectedLoss> {
    let (above, below) = pair.losses()?;
    Ok(match direction {
        Direction::HigherIsBetter => ExpectedLoss { choose_control: above, choose_treatment: below },
        Direction::LowerIsBetter => ExpectedLoss { choose_control: below, choose_treatment: above },
    })
}

/// How the posterior of an effect lies about a region of practical equivalence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PracticalEquivalence {
    /// P(the effect lies below the region).
    pub below: f64,
    /// P(the effect lies inside the region).
    pub inside: f64,
    /// P(the effect lies above the region).
    pub above: f64,
}

/// The probability that treatment − control lies in a region of practical equivalence, in the metric's unit.
///
/// ```text
/// inside = P(D ≤ upper) − P(D ≤ lower)
/// ```
///
/// absolute error below 1e-12, formed from the smaller tails. An infinite end of the region (one-sided) is allowed.
/// Source: Kruschke (2018), "Rejecting or Accepting Parameter Values in Bayesian Estimation", AMPPS 1(2).
///
/// # Errors
///
/// Those of [`probability_better`].
///
/// ```
/// use edgewise_stats::{Interval, bayes::{Posterior, practical_equivalence}};
///
/// let uniform = Posterior::beta(1.0, 1.0)?;
/// let region = practical_equivalence(&uniform, &uniform, Interval::new(-0.5, 0.5)?)?;
/// assert!((region.inside - 0.75).abs() < 1e-12 && (region.below - 0.125).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn practical_equivalence(
    control: &Posterior,
    treatment: &Posterior,
    region: Interval,
) -> Estimate<PracticalEquivalence> {
    let pair = Pair::new(control.law(), treatment.law());
    equivalence(region, |threshold| difference_tails(&pair, threshold))
}

/// The probability that the lift lies in a region of practical equivalence (−0.01 to 0.01: within one per cent).
///
/// # Errors
///
/// Those of [`probability_lift_exceeds`].
///
/// ```
/// use edgewise_stats::{Interval, bayes::{Posterior, practical_equivalence_of_lift}};
///
/// let (control, treatment) = (Posterior::normal(10.0, 0.1)?, Posterior::normal(10.0, 0.1)?);
/// let region = practical_equivalence_of_lift(&control, &treatment, Interval::new(-0.02, 0.02)?)?;
/// // P(T > 1.02·C) = P(Z > 0.2 / (0.1·√(1 + 1.02²)))
/// assert!((region.above - 0.080_735_3).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn practical_equivalence_of_lift(
    control: &Posterior,
    treatment: &Posterior,
    region: Interval,
) -> Estimate<PracticalEquivalence> {
    has_lift(control)?;
    let pair = Pair::new(control.law(), treatment.law());
    equivalence(region, |threshold| lift_tails(&pair, threshold))
}

/// P(D > threshold) and P(D ≤ threshold), absolute error below 1e-12.
pub(super) fn difference_tails(pair: &Pair, threshold: f64) -> Estimate<(f64, f64)> {
    if threshold.is_finite() { pair.tails(1.0, threshold) } else { Err(Absent::OutOfRange) }
}

/// P(L > threshold) and P(L ≤ threshold), likewise.
pub(super) fn lift_tails(pair: &Pair, threshold: f64) -> Estimate<(f64, f64)> {
    let factor = 1.0 + threshold;
    if factor > 0.0 && factor.is_finite() {
        pair.tails(factor, 0.0)
    } else {
        lift_exceeds(pair, threshold).map(|chance| (chance.p, chance.complement))
    }
}

pub(super) fn equivalence(
    region: Interval,
    tails: impl Fn(f64) -> Estimate<(f64, f64)>,
) -> Estimate<PracticalEquivalence> {
    // An infinite end has all of the effect on one side.
    let at = |end: f64| if end.is_finite() { tails(end).map(Some) } else { Ok(None) };
    let (low, high) = (at(region.lower())?, at(region.upper())?);
    let below = low.map_or(0.0, |(_, below)| below);
    let above = high.map_or(0.0, |(above, _)| above);
    let inside = match (low, high) {
        // From the side on which both are small.
        (Some(low), Some(high)) if low.0 < 0.5 => low.0 - high.0,
        (Some(low), Some(high)) if high.1 < 0.5 => high.1 - low.1,
        _ => 1.0 - below - above,
    };
    // Each is a probability, but for the rounding of its integral.
    let [below, inside, above] = [below, inside, above].map(|p| p.clamp(0.0, 1.0));
    Ok(PracticalEquivalence { below, inside, above })
}
