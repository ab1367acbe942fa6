//! Honest analysis of an adaptive experiment from its epochs: times with one allocation each.

use serde::Serialize;

use super::scores::{self, Weighting};
use crate::{Absent, Alpha, Estimate, Moments, Quantity, estimate::finite, moments::count};

/// One epoch: the allocation that was in force, and the outcomes of the units first exposed in it, by arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Epoch {
    arms: Vec<(f64, Moments)>,
    units: f64,
}

impl Epoch {
    /// For each arm its propensity (the logged probability of a first exposure) and the moments of its units.
    ///
    /// # Errors
    ///
    /// [`EpochError`] unless the propensities lie in [0, 1] and add up to 1 within 1e-6, and arms of propensity 0 have no
    /// units.
    pub fn new(arms: Vec<(f64, Moments)>) -> Result<Self, EpochError> {
        for (arm, (propensity, outcomes)) in arms.iter().enumerate() {
            if !(0.0..=1.0).contains(propensity) {
                return Err(EpochError::NotAPropensity { arm, given: *propensity });
            }
            if *propensity == 0.0 && outcomes.n() > 0 {
                return Err(EpochError::Impossible { arm, units: outcomes.n() });
            }
        }
        let sum: f64 = arms.iter().map(|(propensity, _)| propensity).sum();
        if (sum - 1.0).abs() > 1e-6 {
            return Err(EpochError::Sum { sum });
        }
        let units = arms.iter().map(|(_, outcomes)| count(outcomes.n())).sum();
        Ok(Self { arms, units })
    }
}

/// Not an epoch of an adaptive experiment.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EpochError {
    /// A propensity is no probability.
    #[error("the propensity of arm {arm} is {given}; it must lie between 0 and 1")]
    NotAPropensity {
        /// The arm's place, from 0.
        arm: usize,
        /// What was given.
        given: f64,
    },
    /// Units in an arm that could not get any.
    #[error(
        "arm {arm} has {units} units but a propensity of 0: take the propensities of the epoch that they were exposed in"
    )]
    Impossible {
        /// The arm's place, from 0.
        arm: usize,
        /// How many units it has.
        units: u64,
    },
    /// The propensities do not add up to 1.
    #[error("the propensities add up to {sum} instead of 1: give all arms of the epoch")]
    Sum {
        /// Their sum.
        sum: f64,
    },
}

/// How an arm's mean is estimated from epochs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EpochMethod {
    /// Σ y/p / N over the arm's units: unbiased, but very noisy where the mean is far from zero.
    HorvitzThompson,
    /// Σ y/p / Σ 1/p (self-normalised): little bias, much less noise.
    Hajek,
    /// Σ (N_e/N)·ȳ_e: post-stratified by epoch. Needs two units of the arm in every epoch.
    Stratified,
    /// Augmented inverse-propensity scores with adaptive weights (see [`epoch_mean`]).
    Augmented(Weighting),
}

impl Default for EpochMethod {
    /// Augmented scores with a constant allocation rate.
    fn default() -> Self {
        Self::Augmented(Weighting::ConstantAllocation)
    }
}

/// The mean of one arm, had all units got it, from an adaptive experiment.
///
/// A bandit stops feeding an arm that looks bad by chance, so that the plain mean of the arm's units is biased. The
/// propensities, fixed within an epoch and logged, undo this:
///
/// ```text
/// Horvitz-Thompson: Q = Σ_{arm} y/p / N               V = Σ (Γ − Q)² / N², Γ = y/p in the arm, else 0
/// Hájek:            Q = Σ_{arm} y/p / Σ_{arm} 1/p     V = Σ_{arm} (y − Q)²/p² / (Σ 1/p)²
/// stratified:       Q = Σ (N_e/N)·ȳ_e                 V = Σ (N_e/N)²·s_e²/n_e
/// augmented:        Γ = (y − m_e)/p + m_e in the arm, else m_e
///                   Q = Σ h_e·Γ / Σ h_e               V = Σ h_e²·(Γ − Q)² / (Σ h_e)²
/// ```
///
/// with N_e units of all arms in the epoch. m_e is the Hájek mean of the epochs before; in the arm's first epoch its own
/// mean there, which is unbiased because an epoch's propensities are fixed before it. Epochs in which the arm had a
/// propensity of 0, and those before its first unit, are left out. The interval is normal, which the
/// estimate is after a bandit with the adaptive weights; with [`Weighting::Uniform`] and Horvitz-Thompson only while no
/// propensity becomes small.
///
/// Source: Horvitz & Thompson (1952); Hájek (1971); Hadad et al. (2021), equations 5, 6 and 18.
///
/// Absent: everything with [`Absent::NoUnits`] if the arm has none, and the error with [`Absent::TooFewUnits`] or
/// [`Absent::ZeroVariance`]; stratified with [`Absent::TooFewUnits`] if an epoch has fewer than two.
///
/// ```
/// use edgewise_stats::{Alpha, Moments, adapt::{Epoch, EpochMethod, epoch_mean}};
///
/// let of = |n, mean| Moments::from_mean_and_deviation(n, mean, 1.0).unwrap();
/// // The bandit moved to the second arm after a first epoch in which the first one had bad luck.
/// let epochs = [
///     Epoch::new(vec![(0.5, of(100, 1.0)), (0.5, of(100, 2.0))])?,
///     Epoch::new(vec![(0.1, of(20, 2.0)), (0.9, of(180, 2.0))])?,
/// ];
/// let plain = (100.0 * 1.0 + 20.0 * 2.0) / 120.0;
/// let honest = epoch_mean(&epochs, 0, EpochMethod::Stratified, Alpha::default()).estimate?;
/// assert!(plain < 1.2 && (honest - 1.5).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn epoch_mean(epochs: &[Epoch], arm: usize, method: EpochMethod, alpha: Alpha) -> Quantity {
    match scored(epochs, arm, method) {
        Ok(scored) => scored.quantity(alpha),
        Err(reason) => Quantity::absent(reason),
    }
}

/// The difference treatment − control of two arms' means from an adaptive experiment.
///
/// The difference of their [`epoch_mean`]s; its variance is the sum of theirs less twice the covariance of the scores,
/// which are of the same units. (Stratified and Hájek means of different arms have none.)
///
/// Absent: as for [`epoch_mean`] of either arm.
///
/// ```
/// use edgewise_stats::{Alpha, Moments, adapt::{Epoch, EpochMethod, epoch_difference}};
///
/// let of = |n, mean| Moments::from_mean_and_deviation(n, mean, 1.0).unwrap();
/// let epochs = [
///     Epoch::new(vec![(0.5, of(100, 1.0)), (0.5, of(100, 2.0))])?,
///     Epoch::new(vec![(0.1, of(20, 2.0)), (0.9, of(180, 2.0))])?,
/// ];
/// let difference = epoch_difference(&epochs, 0, 1, EpochMethod::default(), Alpha::default());
/// assert!(difference.interval?.contains(0.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn epoch_difference(
    epochs: &[Epoch],
    control: usize,
    treatment: usize,
    method: EpochMethod,
    alpha: Alpha,
) -> Quantity {
    match (scored(epochs, control, method), scored(epochs, treatment, method)) {
        (Ok(control), Ok(treatment)) => {
            let covariance = if control.parts.len() == treatment.parts.len() {
                control.parts.iter().zip(&treatment.parts).map(|(c, t)| Part::covariance(c, t)).sum()
            } else {
                0.0
            };
            let variance = control.variance + treatment.variance - 2.0 * covariance;
            scores::quantity(treatment.estimate - control.estimate, variance.max(0.0), alpha)
                .with_error_of(&[control.enough, treatment.enough])
        }
        (Err(reason), _) | (_, Err(reason)) => Quantity::absent(reason),
    }
}

/// An estimate with what its covariance with another arm's needs.
struct Scored {
    estimate: f64,
    variance: f64,
    enough: Estimate<()>,
    parts: Vec<Part>,
}

/// One epoch's weighted, centred scores: how many units of all arms and of this one, the sums over this arm's units and
/// the score of each other unit.
struct Part {
    units: f64,
    own: f64,
    own_sum: f64,
    other: f64,
}

impl Part {
    /// Σ over the epoch's units of the product of two arms' scores: no unit is of both arms.
    fn covariance(one: &Self, other: &Self) -> f64 {
        one.own_sum * other.other
            + other.own_sum * one.other
            + (one.units - one.own - other.own).max(0.0) * one.other * other.other
    }
}

impl Scored {
    fn quantity(&self, alpha: Alpha) -> Quantity {
        scores::quantity(self.estimate, self.variance, alpha).with_error_of(&[self.enough])
    }
}

/// A quantity whose error has a condition of its own.
trait WithErrorOf {
    fn with_error_of(self, enough: &[Estimate<()>]) -> Self;
}

impl WithErrorOf for Quantity {
    fn with_error_of(mut self, enough: &[Estimate<()>]) -> Self {
        if let Some(reason) = enough.iter().find_map(|enough| enough.err()) {
            self.standard_error = Err(reason);
            self.interval = Err(reason);
        }
        self
    }
}

fn scored(epochs: &[Epoch], arm: usize, method: EpochMethod) -> Estimate<Scored> {
    let of = |epoch: &Epoch| epoch.arms.get(arm).copied().unwrap_or_default();
    let units: u64 = epochs.iter().map(|epoch| of(epoch).1.n()).fold(0, u64::saturating_add);
    if units == 0 {
        return Err(Absent::NoUnits);
    }
    let enough = if units < 2 { Err(Absent::TooFewUnits) } else { Ok(()) };
    let mut scored = match method {
        EpochMethod::HorvitzThompson => by_scores(epochs, arm, Weighting::Uniform, false),
        EpochMethod::Augmented(weighting) => by_scores(epochs, arm, weighting, true),
        EpochMethod::Hajek => hajek(epochs, arm),
        EpochMethod::Stratified => stratified(epochs, arm),
    }?;
    scored.enough = scored.enough.and(enough);
    finite(scored.estimate)?;
    Ok(scored)
}

/// Scores of every unit, weighted by epoch.
fn by_scores(epochs: &[Epoch], arm: usize, weighting: Weighting, augmented: bool) -> Estimate<Scored> {
    let (mut total, mut whole, mut seen) = (0.0, 0.0, false);
    let mut rows = Vec::with_capacity(epochs.len());
    for epoch in epochs {
        let (propensity, outcomes) = epoch.arms.get(arm).copied().unwrap_or_default();
        let own = count(outcomes.n());
        let open = propensity > 0.0 && (seen || outcomes.n() > 0 || !augmented);
        let guess = match (augmented, seen) {
            (false, _) => 0.0,
            (true, true) => total / whole,
            (true, false) => outcomes.mean().unwrap_or(0.0),
        };
        if outcomes.n() > 0 {
            seen = true;
            total += own * outcomes.mean()? / propensity;
            whole += own / propensity;
        }
        let units = if open { epoch.units } else { 0.0 };
        rows.push((propensity, units, own, outcomes, guess));
    }
    let times: Vec<(f64, f64)> = rows.iter().map(|row| (row.0, row.1)).collect();
    let weights = scores::weights(&times, weighting);
    let sum: f64 = weights.iter().zip(&times).map(|(h, (_, units))| h * units).sum();
    let mut estimate = 0.0;
    for (h, (propensity, units, own, outcomes, guess)) in weights.iter().zip(&rows) {
        if *units > 0.0 {
            let beyond = if *own > 0.0 { own * (outcomes.mean()? - guess) / propensity } else { 0.0 };
            estimate += h / sum * (beyond + units * guess);
        }
    }
    let (mut variance, mut parts) = (0.0, Vec::with_capacity(rows.len()));
    for (h, (propensity, units, own, outcomes, guess)) in weights.iter().zip(&rows) {
        if *units == 0.0 {
            parts.push(Part { units: 0.0, own: 0.0, own_sum: 0.0, other: 0.0 });
            continue;
        }
        let share = h / sum;
        let other = share * (guess - estimate);
        let own_mean = if *own > 0.0 {
            share * ((outcomes.mean()? - guess) / propensity + guess - estimate)
        } else {
            0.0
        };
        let scale = share / propensity;
        variance += own * own_mean * own_mean
            + scale * scale * outcomes.squared_deviations()
            + (units - own).max(0.0) * other * other;
        parts.push(Part { units: *units, own: *own, own_sum: own * own_mean, other });
    }
    Ok(Scored { estimate, variance, enough: Ok(()), parts })
}

fn hajek(epochs: &[Epoch], arm: usize) -> Estimate<Scored> {
    let rows =
        || epochs.iter().filter_map(|epoch| epoch.arms.get(arm)).filter(|(_, outcomes)| outcomes.n() > 0);
    let whole: f64 = rows().map(|(propensity, outcomes)| count(outcomes.n()) / propensity).sum();
    let mut estimate = 0.0;
    for (propensity, outcomes) in rows() {
        estimate += count(outcomes.n()) / propensity / whole * outcomes.mean()?;
    }
    let mut variance = 0.0;
    for (propensity, outcomes) in rows() {
        let (scale, apart) = (1.0 / propensity / whole, outcomes.mean()? - estimate);
        variance += scale * scale * (outcomes.squared_deviations() + count(outcomes.n()) * apart * apart);
    }
    Ok(Scored { estimate, variance, enough: Ok(()), parts: Vec::new() })
}

fn stratified(epochs: &[Epoch], arm: usize) -> Estimate<Scored> {
    let rows = || {
        epochs
            .iter()
            .filter_map(|epoch| Some((epoch.units, epoch.arms.get(arm)?)))
            .filter(|(units, (propensity, _))| *propensity > 0.0 && *units > 0.0)
    };
    let all: f64 = rows().map(|(units, _)| units).sum();
    let (mut estimate, mut variance, mut enough) = (0.0, 0.0, Ok(()));
    for (units, (_, outcomes)) in rows() {
        let share = units / all;
        if outcomes.n() == 0 {
            return Err(Absent::TooFewUnits);
        }
        estimate += share * outcomes.mean()?;
        match outcomes.variance() {
            Ok(spread) => variance += share * share * (spread / count(outcomes.n())),
            Err(reason) => enough = Err(reason),
        }
    }
    Ok(Scored { estimate, variance, enough, parts: Vec::new() })
}
