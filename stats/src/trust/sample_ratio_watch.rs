//! The sample ratio over time.

use serde::Serialize;

use super::{
    Arm, SampleRatio, SequentialSampleRatioOptions, sample_ratio, sequential_sample_ratio::ln_bayes_factor,
};
use crate::{Absent, Estimate, estimate, estimate::finite, sequential::anytime::SequentialP};

/// The sequential sample-ratio test after each day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampleRatioWatch {
    /// One look for each day that was given, up to the first that could not be tested for another reason than having no
    /// units.
    pub looks: Vec<SampleRatioLook>,
    /// The first day, from 0, whose always-valid p value is at most α, or which has units where none can be. None as
    /// long as there is no reason to doubt the allocation.
    pub alarm: Option<usize>,
    /// Why the watch ended before the last day, if it did.
    pub stopped: Option<Absent>,
}

/// What is known after one day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SampleRatioLook {
    /// The logarithm of the Bayes factor of all days so far against their allocations.
    pub ln_bayes_factor: f64,
    /// The always-valid p value: the smallest of all days so far.
    pub p: f64,
    /// Its natural logarithm; finite, at most 0.
    pub ln_p: f64,
    /// The chi-square p value of this day alone, which is valid for this day alone.
    #[serde(serialize_with = "estimate::serialize")]
    pub day_p: Estimate<f64>,
    /// How many units have appeared, so far, in arms that expect none.
    pub impossible_units: u64,
}

/// Watches the sample ratio day by day.
///
/// Each day is the units that were first exposed on it with the allocation of that day (weights, as for
/// [`sample_ratio`]). Days in a row whose allocations agree to 1e-9 form an epoch, within which
/// [`sequential_sample_ratio`](super::sequential_sample_ratio) is taken of the sums; the Bayes factors of the epochs are
/// multiplied. That is again a martingale if every epoch's allocation holds, so that the alarm is false with probability
/// at most α over all days together, also where the traffic is ramped up. A day without units changes nothing; an arm
/// that a day does not list has weight 0.
///
/// Source: Lindon & Malek (2022), section 3; the product over epochs: Ville's inequality for a product of martingales.
///
/// ```
/// use edgewise_stats::trust::{Arm, SequentialSampleRatioOptions, watch_sample_ratio};
///
/// let day = |a, b, weight| [Arm::new(a, 1.0 - weight), Arm::new(b, weight)].map(Result::unwrap).to_vec();
/// // A tenth of the traffic on two days, then half of it; from the fourth day on a tenth of the treatment is lost,
/// // which is certain on the fifth.
/// let days = [
///     day(9_000, 1_010, 0.1), day(9_000, 990, 0.1), day(5_000, 5_020, 0.5), day(5_000, 4_500, 0.5), day(5_000, 4_500, 0.5),
/// ];
/// let watch = watch_sample_ratio(&days, &SequentialSampleRatioOptions::default());
/// assert_eq!(watch.alarm, Some(4));
/// assert_eq!(watch.looks[2].p, 1.0);
/// ```
pub fn watch_sample_ratio(days: &[Vec<Arm>], options: &SequentialSampleRatioOptions) -> SampleRatioWatch {
    let mut watch = SampleRatioWatch { looks: Vec::with_capacity(days.len()), alarm: None, stopped: None };
    let mut running = SequentialP::default();
    let (mut closed, mut current) = (0.0, 0.0);
    let mut epoch: Vec<Arm> = Vec::new();
    let mut impossible_units = 0_u64;
    for (place, day) in days.iter().enumerate() {
        let (possible, impossible) = split(day);
        impossible_units = impossible_units.saturating_add(impossible);
        if possible.iter().any(|arm| arm.observed() > 0) {
            if is_same(&epoch, &possible) {
                epoch = sum(&epoch, &possible);
            } else {
                (closed, epoch) = (closed + current, possible);
            }
            match ln_bayes_factor_of(&epoch, options).and_then(|ln| finite(closed + ln).map(|_| ln)) {
                Ok(ln) => current = ln,
                Err(reason) => {
                    watch.stopped = Some(reason);
                    return watch;
                }
            }
        }
        running.update(-(closed + current));
        watch.looks.push(SampleRatioLook {
            ln_bayes_factor: closed + current,
            p: running.p(),
            ln_p: running.ln_p(),
            day_p: alone(day),
            impossible_units,
        });
        if watch.alarm.is_none() && (impossible_units > 0 || running.p() <= options.alpha.get()) {
            watch.alarm = Some(place);
        }
    }
    watch
}

/// The arms that expect units, the others emptied, and how many units these had.
fn split(day: &[Arm]) -> (Vec<Arm>, u64) {
    let mut impossible = 0_u64;
    let mut possible = day.to_vec();
    for arm in possible.iter_mut().filter(|arm| arm.expected() == 0.0) {
        impossible = impossible.saturating_add(arm.observed());
        *arm = arm.with_observed(0);
    }
    (possible, impossible)
}

/// The Bayes factor of an epoch; one arm alone has none to tell.
fn ln_bayes_factor_of(epoch: &[Arm], options: &SequentialSampleRatioOptions) -> Estimate<f64> {
    if epoch.iter().filter(|arm| arm.expected() > 0.0).count() < 2 {
        return Ok(0.0);
    }
    ln_bayes_factor(epoch, options)
}

/// Whether two days have the same allocation.
fn is_same(one: &[Arm], other: &[Arm]) -> bool {
    const AGREE: f64 = 1e-9;
    if one.len() != other.len() {
        return false;
    }
    let largest = |arms: &[Arm]| arms.iter().map(Arm::expected).fold(0.0, f64::max);
    let total = |arms: &[Arm]| arms.iter().map(|arm| arm.expected() / largest(arms)).sum::<f64>();
    let share = |arms: &[Arm], i: usize| arms[i].expected() / largest(arms) / total(arms);
    (0..one.len()).all(|i| (share(one, i) - share(other, i)).abs() <= AGREE * share(one, i))
}

fn sum(one: &[Arm], other: &[Arm]) -> Vec<Arm> {
    one.iter()
        .zip(other)
        .map(|(arm, more)| arm.with_observed(arm.observed().saturating_add(more.observed())))
        .collect()
}

fn alone(day: &[Arm]) -> Estimate<f64> {
    match sample_ratio(&split(day).0) {
        SampleRatio::Tested { p, .. } => Ok(p),
        SampleRatio::Untestable(reason) => Err(reason),
        SampleRatio::Impossible { .. } => Err(Absent::NoUnits),
    }
}
