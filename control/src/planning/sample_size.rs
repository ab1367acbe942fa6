//! How many units, for how long.

use super::{Amount, Plan, PlanningError, SCHEMA_VERSION, or_absent};
use edgewise_stats::{Estimate, Fraction, plan::SampleSize};
use serde::Serialize;

/// What is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "goal", rename_all = "snake_case")]
pub enum Goal {
    /// That there is an effect, if it is this one.
    Effect {
        /// The minimum detectable effect.
        mde: Amount,
    },
    /// That the treatment is not worse by the margin or more.
    NonInferiority {
        /// The margin; its sign does not matter.
        margin: Amount,
        /// By how much the treatment truly differs; none: not at all.
        truth: Option<Amount>,
    },
    /// That the treatment does not differ by the margin or more, either way.
    Equivalence {
        /// The margin; its sign does not matter.
        margin: Amount,
    },
}

/// How many units, for how long.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampleSizeAnswer {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What is to be shown.
    #[serde(flatten)]
    pub goal: Goal,
    /// The metric's value before the experiment.
    pub baseline: f64,
    /// The effect or the margin, in the metric's unit.
    pub difference: f64,
    /// With which probability it is shown.
    pub power: Fraction,
    /// Each variant's units, the control's first.
    pub units: Vec<u64>,
    /// All of them together.
    pub total: u64,
    /// The same before rounding.
    pub exact: f64,
    /// With looks: the units that it takes on average, if the effect is what was planned for.
    pub expected_total: Option<u64>,
    /// How long that takes; none where nobody said how many units come.
    pub duration: Option<Duration>,
    /// What larger and smaller effects, and other powers, take.
    pub others: Vec<Other>,
    /// What all of this assumes.
    pub plan: Plan,
}

/// How long an experiment takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Duration {
    /// Days until all units have entered and their metric is known.
    pub days: f64,
    /// The same in whole weeks, so that each weekday counts alike.
    pub days_in_whole_weeks: u64,
}

/// What another effect or power takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Other {
    /// The effect or the margin.
    pub amount: Amount,
    /// The power.
    pub power: Fraction,
    /// All variants together.
    #[serde(serialize_with = "or_absent")]
    pub total: Estimate<u64>,
    /// Days in whole weeks; none where nobody said how many units come.
    pub days_in_whole_weeks: Option<u64>,
}

/// The effects beside the one that was asked for, as multiples of it.
const MULTIPLES: [f64; 3] = [0.5, 1.0, 2.0];
/// The powers that are usually asked for.
const POWERS: [f64; 3] = [0.8, 0.9, 0.95];

/// Answers how many units a plan takes.
///
/// # Errors
/// [`PlanningError`] where the goal is none, or no number of units reaches it.
pub fn answer(plan: Plan, goal: Goal, power: Fraction) -> Result<SampleSizeAnswer, PlanningError> {
    let absent = |absent| PlanningError::Absent { what: "the number of units", absent };
    let amount = goal.amount();
    if let Some((what, effect)) = goal.truth() {
        plan.check(what, plan.effect(what, effect)?)?;
    }
    let size = size(&plan, goal, power)?.map_err(absent)?;
    let others = MULTIPLES.iter().flat_map(|multiple| {
        let powers = POWERS.iter().filter_map(|power| Fraction::new(*power).ok());
        powers.map(|power| (amount.times(*multiple), power))
    });
    let others = others.map(|(amount, power)| other(&plan, goal, amount, power));
    let expected = plan.expected_share(power).and_then(Result::ok);
    Ok(SampleSizeAnswer {
        schema_version: SCHEMA_VERSION,
        goal,
        baseline: plan.baseline.value(),
        difference: plan.effect(goal.argument(), amount)?.difference(plan.baseline.value()),
        power,
        total: size.total(),
        exact: size.exact(),
        expected_total: expected.map(|share| rounded(size.exact() * share)),
        duration: duration(&plan, size.total()),
        units: size.units().to_vec(),
        others: others.collect::<Result<_, _>>()?,
        plan,
    })
}

impl Goal {
    /// The effect or the margin.
    pub fn amount(self) -> Amount {
        match self {
            Self::Effect { mde } => mde,
            Self::NonInferiority { margin, .. } | Self::Equivalence { margin } => margin,
        }
    }

    /// What the treatment truly does, where it does anything.
    fn truth(self) -> Option<(&'static str, Amount)> {
        match self {
            Self::Effect { mde } => Some(("--mde", mde)),
            Self::NonInferiority { truth, .. } => truth.map(|truth| ("--mde", truth)),
            Self::Equivalence { .. } => None,
        }
    }

    fn argument(self) -> &'static str {
        match self {
            Self::Effect { .. } => "--mde",
            Self::NonInferiority { .. } => "--margin",
            Self::Equivalence { .. } => "--equivalence",
        }
    }

    fn with(self, amount: Amount) -> Self {
        match self {
            Self::Effect { .. } => Self::Effect { mde: amount },
            Self::NonInferiority { truth, .. } => Self::NonInferiority { margin: amount, truth },
            Self::Equivalence { .. } => Self::Equivalence { margin: amount },
        }
    }
}

fn size(plan: &Plan, goal: Goal, power: Fraction) -> Result<Estimate<SampleSize>, PlanningError> {
    Ok(match goal {
        Goal::Effect { mde } => plan.sample_size(plan.effect_to_see(mde)?, power),
        Goal::NonInferiority { margin, truth } => {
            let truth = truth.map(|truth| plan.effect("--mde", truth)).transpose()?;
            plan.non_inferiority(plan.effect("--margin", margin)?, truth, power)
        }
        Goal::Equivalence { margin } => plan.equivalence(plan.effect("--equivalence", margin)?, power),
    })
}

fn other(plan: &Plan, goal: Goal, amount: Amount, power: Fraction) -> Result<Other, PlanningError> {
    let total = size(plan, goal.with(amount), power)?.map(|size| size.total());
    let days = total.ok().and_then(|total| duration(plan, total));
    Ok(Other { amount, power, total, days_in_whole_weeks: days.map(|days| days.days_in_whole_weeks) })
}

pub(super) fn duration(plan: &Plan, units: u64) -> Option<Duration> {
    let traffic = plan.traffic?;
    let (days, whole) = (traffic.days(units).ok()?, traffic.days_in_whole_weeks(units).ok()?);
    Some(Duration { days, days_in_whole_weeks: whole })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from a float stops at the ends"
)]
fn rounded(units: f64) -> u64 {
    units.ceil() as u64
}
