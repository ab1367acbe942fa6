//! Power over units, and units over effects: what a planning page draws.

use serde::Serialize;

use super::{Baseline, Design, Effect, SampleSize, Traffic, power, sample_size};
use crate::{Estimate, Fraction, estimate};

/// One point of a power curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PowerPoint {
    /// Units, all variants together.
    pub units: u64,
    /// The power with them.
    #[serde(serialize_with = "estimate::serialize")]
    pub power: Estimate<f64>,
}

/// The [`power`] with each of these numbers of units.
///
/// ```
/// use edgewise_stats::{Fraction, plan::{Baseline, Design, Effect, power_curve}};
///
/// let baseline = Baseline::rate(Fraction::new(0.1)?);
/// let curve = power_curve(&baseline, Effect::relative(0.1)?, &[2_000, 10_000, 30_000], &Design::default());
/// let powers: Vec<f64> = curve.iter().filter_map(|point| point.power.ok()).collect();
/// assert!(powers.len() == 3 && powers[0] < 0.15 && powers[2] > 0.8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn power_curve(baseline: &Baseline, effect: Effect, units: &[u64], design: &Design) -> Vec<PowerPoint> {
    let point = |&units: &u64| PowerPoint { units, power: power(baseline, effect, units, design) };
    units.iter().map(point).collect()
}

/// One row of a power table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PowerRow {
    /// The effect to see.
    pub effect: Effect,
    /// With which power.
    pub power: Fraction,
    /// The units it takes.
    #[serde(serialize_with = "estimate::serialize")]
    pub size: Estimate<SampleSize>,
    /// The days it takes, in whole weeks.
    #[serde(serialize_with = "estimate::serialize")]
    pub days: Estimate<u64>,
}

/// The [`sample_size`] and days of every effect at every power, effects first.
///
/// ```
/// use edgewise_stats::{Fraction, plan::{Baseline, Design, Effect, Traffic, power_table}};
///
/// let effects = [Effect::relative(0.02)?, Effect::relative(0.05)?, Effect::relative(0.2)?];
/// let powers = [Fraction::new(0.8)?, Fraction::new(0.95)?];
/// let baseline = Baseline::rate(Fraction::new(0.1)?);
/// let rows = power_table(&baseline, &effects, &powers, &Design::default(), &Traffic::per_day(8_000.0)?);
/// let days: Vec<u64> = rows.iter().filter_map(|row| row.days.ok()).collect();
/// assert_eq!(days, [91, 154, 21, 28, 7, 7]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn power_table(
    baseline: &Baseline,
    effects: &[Effect],
    powers: &[Fraction],
    design: &Design,
    traffic: &Traffic,
) -> Vec<PowerRow> {
    let pairs = effects.iter().flat_map(|&effect| powers.iter().map(move |&power| (effect, power)));
    pairs
        .map(|(effect, power)| {
            let size = sample_size(baseline, effect, power, design);
            let days = match &size {
                Ok(size) => traffic.days_in_whole_weeks(size.total()),
                Err(absent) => Err(*absent),
            };
            PowerRow { effect, power, size, days }
        })
        .collect()
}
