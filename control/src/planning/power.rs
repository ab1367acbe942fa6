//! What so many units can show.

use super::{
    Amount, Plan, PlanningError, SCHEMA_VERSION, or_absent,
    sample_size::{Duration, duration},
};
use edgewise_stats::{
    Alternative, Estimate, Fraction,
    plan::{Detectable, Effect, PowerPoint},
};
use serde::Serialize;

/// What so many units can show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PowerAnswer {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// All variants together.
    pub units: u64,
    /// The metric's value before the experiment.
    pub baseline: f64,
    /// The effect that power is asked for; none where nobody said.
    pub effect: Option<EffectPower>,
    /// The smallest effect that these units see, for each power.
    pub detectable: Vec<DetectableAt>,
    /// How long it takes until so many units are in; none where nobody said how many come.
    pub duration: Option<Duration>,
    /// What all of this assumes.
    pub plan: Plan,
}

/// The power for one effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EffectPower {
    /// The effect as it was given.
    pub mde: Amount,
    /// The same in the metric's unit.
    pub difference: f64,
    /// The power of the units that there are.
    pub power: f64,
    /// The units that each power takes.
    pub needed: Vec<Needed>,
    /// The power of more and fewer units.
    pub curve: Vec<PowerPoint>,
}

/// The units that a power takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Needed {
    /// The power.
    pub power: Fraction,
    /// All variants together.
    #[serde(serialize_with = "or_absent")]
    pub total: Estimate<u64>,
    /// How long that takes; none where nobody said how many units come.
    pub duration: Option<Duration>,
}

/// The smallest effect that is seen with a power.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DetectableAt {
    /// The power.
    pub power: Fraction,
    /// The effect.
    #[serde(serialize_with = "or_absent")]
    pub effect: Estimate<Detectable>,
}

/// The powers that a planning page shows.
const POWERS: [f64; 2] = [0.8, 0.95];
/// The points of a curve, in tenths of the units that there are: from little to four times as many.
const TENTHS: [u64; 11] = [1, 2, 4, 6, 8, 10, 12, 15, 20, 30, 40];

/// Answers what so many units can show, with this power and with the usual ones.
///
/// # Errors
/// [`PlanningError`] where the effect is none, or there are too few units.
pub fn answer(
    plan: Plan,
    units: u64,
    mde: Option<Amount>,
    power: Fraction,
) -> Result<PowerAnswer, PlanningError> {
    let mut powers: Vec<Fraction> = POWERS.iter().filter_map(|power| Fraction::new(*power).ok()).collect();
    powers.push(power);
    powers.sort_by(|a, b| a.get().total_cmp(&b.get()));
    powers.dedup();
    let effect = mde.map(|mde| effect_power(&plan, mde, units, &powers)).transpose()?;
    let toward = toward(&plan, mde);
    let detectable = powers.iter().map(|&power| {
        let effect = plan.detectable(units, power, toward);
        DetectableAt { power, effect }
    });
    Ok(PowerAnswer {
        schema_version: SCHEMA_VERSION,
        units,
        baseline: plan.baseline.value(),
        effect,
        detectable: detectable.collect(),
        duration: duration(&plan, units),
        plan,
    })
}

fn effect_power(
    plan: &Plan,
    mde: Amount,
    units: u64,
    powers: &[Fraction],
) -> Result<EffectPower, PlanningError> {
    let effect: Effect = plan.effect_to_see(mde)?;
    plan.check("--mde", effect)?;
    let absent = |absent| PlanningError::Absent { what: "the power", absent };
    let needed = powers.iter().map(|&power| {
        let total = plan.sample_size(effect, power).map(|size| size.total());
        Needed { power, duration: total.ok().and_then(|total| duration(plan, total)), total }
    });
    let at = |tenths: &u64| (u128::from(units) * u128::from(*tenths) / 10).try_into().unwrap_or(u64::MAX);
    let curve = TENTHS.iter().map(at).map(|units| PowerPoint { units, power: plan.power(effect, units) });
    Ok(EffectPower {
        mde,
        difference: effect.difference(plan.baseline.value()),
        power: plan.power(effect, units).map_err(absent)?,
        needed: needed.collect(),
        curve: curve.collect(),
    })
}

/// Where the effect lies: as it was given, else where better is.
fn toward(plan: &Plan, mde: Option<Amount>) -> Alternative {
    match (plan.design.alternative, mde) {
        (Alternative::TwoSided, Some(mde)) if mde.is_negative() => Alternative::Less,
        (Alternative::TwoSided, None) => plan.direction.better(),
        (Alternative::TwoSided, Some(_)) => Alternative::Greater,
        (one_sided, _) => one_sided,
    }
}
