//! An effect of a known size, planted into the units' numbers.

use super::past::Past;
use crate::{decimal::Decimal, results::Kind};
use edgewise_core::Key;
use edgewise_stats::plan::Effect;

/// What the units' numbers would be under the treatment, and by how much they differ.
///
/// The numbers are fixed before the first run: each unit has one without and one with the treatment, and a run shows one
/// of them. So the true difference is known exactly, and a run's interval covers it or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted {
    numbers: Vec<i64>,
    difference: f64,
    lift: Option<f64>,
}

/// Why an effect cannot be planted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlantError {
    /// Rounded to whole units, or to millionths, nothing would differ.
    #[error(
        "an effect of {difference} changes no number: plant a larger one (the metric's mean is {mean}, of {units} units)"
    )]
    Nothing {
        /// The effect, in the metric's unit.
        difference: f64,
        /// The metric's mean.
        mean: f64,
        /// How many units there are.
        units: usize,
    },
    /// A rate would leave 0 to 1.
    #[error("an effect of {difference} takes the rate {rate} out of 0 to 1: plant a smaller one")]
    NoSuchRate {
        /// The effect, as a share of the units.
        difference: f64,
        /// The rate without it.
        rate: f64,
    },
    /// A number would have more than 12 digits before the point.
    #[error(
        "an effect of {difference} takes a unit's number beyond 12 digits before the point: plant a smaller one"
    )]
    TooLarge {
        /// The effect, in the metric's unit.
        difference: f64,
    },
}

/// The salt by which units are chosen whose outcome changes.
const SALT: &str = "simulation:planted";

const MILLION: f64 = 1e6;

/// Plants an effect: into a binary metric by turning the outcomes of as many units as it takes, chosen by a hash of the
/// seed; into a continuous one by moving every number by the same amount, which leaves its spread as it is.
///
/// # Errors
/// [`PlantError`] where there would be no effect, or numbers that cannot be.
pub fn plant(past: &Past, effect: Effect, seed: u64) -> Result<Planted, PlantError> {
    let numbers = past.numbers();
    let mean = mean(numbers);
    let difference = effect.difference(mean);
    let planted = if past.kind() == Kind::Binary {
        turned(past, difference, mean, seed)?
    } else {
        moved(numbers, difference).ok_or(PlantError::TooLarge { difference })?
    };
    if planted == numbers {
        return Err(PlantError::Nothing { difference, mean, units: numbers.len() });
    }
    let realised = self::mean(&planted) - mean;
    Ok(Planted { numbers: planted, difference: realised, lift: (mean > 0.0).then(|| realised / mean) })
}

impl Planted {
    /// The units' numbers under the treatment, in millionths.
    pub fn numbers(&self) -> &[i64] {
        &self.numbers
    }

    /// Mean with the treatment less mean without it, over all units.
    pub fn difference(&self) -> f64 {
        self.difference
    }

    /// The same as a fraction of the mean without it; none where that is not positive.
    pub fn lift(&self) -> Option<f64> {
        self.lift
    }
}

fn turned(past: &Past, difference: f64, rate: f64, seed: u64) -> Result<Vec<i64>, PlantError> {
    let beyond = PlantError::NoSuchRate { difference, rate };
    let (from, to) = if difference > 0.0 { (0, 1_000_000) } else { (1_000_000, 0) };
    let key = Key::derive(seed, SALT);
    let units = past.ids(0..past.units()).zip(past.numbers()).enumerate();
    let mut candidates: Vec<(u64, usize)> = units
        .filter(|(_, (_, number))| **number == from)
        .map(|(place, (id, _))| (key.hash(id).to_u64(), place))
        .collect();
    let wanted = (difference.abs() * approximate(past.units())).round();
    if wanted > approximate(candidates.len()) {
        return Err(beyond);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the candidates")]
    let wanted = wanted as usize;
    candidates.sort_unstable();
    let mut numbers = past.numbers().to_vec();
    candidates.iter().take(wanted).for_each(|(_, place)| numbers[*place] = to);
    Ok(numbers)
}

/// None where a number does not fit.
fn moved(numbers: &[i64], difference: f64) -> Option<Vec<i64>> {
    #[expect(clippy::cast_possible_truncation, reason = "a cast from a float stops at the ends")]
    let by = (difference * MILLION).round() as i64;
    let planted = |number: &i64| Decimal::from_millionths(number.checked_add(by)?).map(Decimal::millionths);
    numbers.iter().map(planted).collect()
}

fn mean(numbers: &[i64]) -> f64 {
    let sum: i128 = numbers.iter().map(|&number| i128::from(number)).sum();
    #[expect(clippy::cast_precision_loss, reason = "a mean needs no more digits than a float has")]
    let sum = sum as f64;
    sum / approximate(numbers.len()).max(1.0) / MILLION
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 units")]
fn approximate(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(kind: Kind, numbers: &[i64]) -> Past {
        let ids: Vec<String> = (0..numbers.len()).map(|index| format!("u_{index}")).collect();
        let decimals = numbers.iter().map(|&number| Decimal::from_millionths(number).unwrap());
        Past::new(kind, ids.iter().map(String::as_str).zip(decimals))
    }

    #[test]
    fn a_rate_changes_by_exactly_as_many_units_as_it_takes() {
        let ones = |count: usize| [vec![1_000_000; count], vec![0; 1_000 - count]].concat();
        let half = past(Kind::Binary, &ones(400));
        for (effect, expected) in [(Effect::relative(0.1), 440), (Effect::absolute(-0.25), 150)] {
            let planted = plant(&half, effect.unwrap(), 1).unwrap();
            let now = planted.numbers().iter().filter(|number| **number == 1_000_000).count();
            assert_eq!(now, expected);
            assert!(
                (planted.difference() - (f64::from(u32::try_from(expected).unwrap()) / 1e3 - 0.4)).abs()
                    < 1e-12
            );
        }
        let plan = |effect| plant(&half, Effect::relative(effect).unwrap(), 1).unwrap_err();
        assert!(matches!(plan(2.0), PlantError::NoSuchRate { .. }));
        assert!(matches!(plan(1e-6), PlantError::Nothing { .. }));
    }

    #[test]
    fn numbers_are_moved() {
        let skewed = past(Kind::Continuous, &[0, 1_000_000, 8_000_000]);
        let planted = plant(&skewed, Effect::relative(0.5).unwrap(), 1).unwrap();
        assert_eq!(planted.numbers(), [1_500_000, 2_500_000, 9_500_000]);
        assert_eq!((planted.difference(), planted.lift()), (1.5, Some(0.5)));
        let around_zero = past(Kind::Continuous, &[-1_000_000, 1_000_000]);
        let planted = plant(&around_zero, Effect::absolute(0.25).unwrap(), 1).unwrap();
        assert_eq!((planted.numbers(), planted.lift()), (&[-750_000, 1_250_000][..], None));
        let plant = |past: &Past, effect| plant(past, Effect::absolute(effect).unwrap(), 1).unwrap_err();
        assert!(matches!(plant(&skewed, 1e-9), PlantError::Nothing { .. }));
        let largest = self::past(Kind::Continuous, &[Decimal::MAX.millionths(), 0]);
        assert!(matches!(plant(&largest, 0.5), PlantError::TooLarge { .. }));
    }
}
