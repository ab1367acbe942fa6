//! What a plan assumes, and the three questions that it answers.

use super::Amount;
use edgewise_analysis::conclude::power::Looking;
use edgewise_stats::{
    Absent, Alpha, Alternative, Direction, Estimate, Fraction,
    plan::{
        Baseline, Design, DesignError, Detectable, Effect, EffectError, Inflation, SampleSize, Traffic,
        equivalence, minimum_detectable_effect, non_inferiority, power, sample_size,
    },
    sequential::group::{self, Boundaries, Looks, LooksError, Shape},
};
use serde::Serialize;
use std::num::NonZeroU64;

/// What a plan assumes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The metric before the experiment.
    pub baseline: Baseline,
    /// How the experiment is run and tested, without its looks.
    pub design: Design,
    /// Which way is better; what a one-sided test looks towards.
    pub direction: Direction,
    /// The boundaries of the looks before the end; none where there is only the end.
    pub looks: Option<Boundaries>,
    /// The units in all at which a confidence sequence is tightest, by which the experiment is looked at at any time; none
    /// where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anytime: Option<NonZeroU64>,
    /// How many units come; none where nobody said.
    pub traffic: Option<Traffic>,
}

/// Why there is no plan, or no answer to it.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum PlanningError {
    /// The effect is 0.
    #[error("{what} is {}: no number of units tells that from no difference at all", error.given)]
    #[diagnostic(help(
        "write 2% for two per cent of the baseline, 0.3 for a difference in the metric's unit"
    ))]
    Effect {
        /// Which argument.
        what: &'static str,
        /// What was given.
        error: EffectError,
    },
    /// A value that the metric cannot have.
    #[error("{what} takes the baseline from {baseline} to {value}, which the metric cannot be")]
    #[diagnostic(help(
        "a rate lies between 0 and 1, a count above 0: write 2% for two per cent of the baseline, 0.5pp for half a percentage point"
    ))]
    NoSuchValue {
        /// Which argument.
        what: &'static str,
        /// The baseline's value.
        baseline: f64,
        /// The treatment's.
        value: f64,
    },
    /// A share of a baseline that has none.
    #[error("{what} is {amount} of the baseline, and the baseline is {baseline}")]
    #[diagnostic(help("give it in the metric's unit, without a percent sign"))]
    NoShareOf {
        /// Which argument.
        what: &'static str,
        /// The amount.
        amount: String,
        /// The baseline's value.
        baseline: f64,
    },
    /// A one-sided test looks the other way.
    #[error("a one-sided test towards {towards} never finds an effect of {effect}")]
    #[diagnostic(help("turn the sign of --mde or --direction, or test on two sides"))]
    OtherWay {
        /// Where the test looks.
        towards: &'static str,
        /// The effect.
        effect: String,
    },
    /// The looks are none.
    #[error(transparent)]
    #[diagnostic(help("--looks counts them, the last at the end included: 5"))]
    Looks(#[from] LooksError),
    /// The boundaries cannot be computed.
    #[error("the boundaries of --looks cannot be computed: {0}")]
    Boundaries(Absent),
    /// The design is none.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// There is no number.
    #[error("{what} cannot be computed: {absent}")]
    Absent {
        /// What was asked for.
        what: &'static str,
        /// Why there is none.
        absent: Absent,
    },
}

impl Plan {
    /// A plan with one look, at the end, and nothing said of traffic.
    pub fn new(baseline: Baseline, design: Design, direction: Direction) -> Self {
        Self { baseline, design, direction, looks: None, anytime: None, traffic: None }
    }

    /// The same plan with so many looks at equal steps of the units, the last at the end.
    ///
    /// # Errors
    /// [`PlanningError::Looks`] unless there are 1 to 1,000; [`PlanningError::Boundaries`].
    pub fn with_looks(self, looks: usize, shape: Shape) -> Result<Self, PlanningError> {
        let looks = Looks::equal(looks)?;
        // Each comparison is looked at on its own, at its own level.
        let alpha =
            Alpha::new(self.design.level()).map_err(|_| PlanningError::Boundaries(Absent::OutOfRange))?;
        let design = group::Design::new(shape, alpha, self.design.alternative);
        let boundaries = group::boundaries(&design, &looks).map_err(PlanningError::Boundaries)?;
        Ok(Self { looks: Some(boundaries), ..self })
    }

    /// The effect of an amount on this baseline. `what` names the argument.
    ///
    /// # Errors
    /// [`PlanningError::Effect`] for 0; [`PlanningError::NoShareOf`] for a share of a baseline that is not positive.
    pub fn effect(&self, what: &'static str, amount: Amount) -> Result<Effect, PlanningError> {
        let baseline = self.baseline.value();
        if matches!(amount, Amount::Relative(_)) && baseline <= 0.0 {
            return Err(PlanningError::NoShareOf { what, amount: amount.to_string(), baseline });
        }
        amount.effect().map_err(|error| PlanningError::Effect { what, error })
    }

    /// The effect to see, which a one-sided test must look towards.
    ///
    /// # Errors
    /// As [`effect`](Self::effect); [`PlanningError::OtherWay`].
    pub fn effect_to_see(&self, amount: Amount) -> Result<Effect, PlanningError> {
        let towards = match (self.design.alternative, amount.is_negative()) {
            (Alternative::Greater, true) => "an increase",
            (Alternative::Less, false) => "a decrease",
            _ => return self.effect("--mde", amount),
        };
        Err(PlanningError::OtherWay { towards, effect: amount.to_string() })
    }

    /// Fails where the metric cannot have the value that the effect makes of its baseline.
    ///
    /// # Errors
    /// [`PlanningError::NoSuchValue`].
    pub fn check(&self, what: &'static str, effect: Effect) -> Result<(), PlanningError> {
        let baseline = self.baseline.value();
        let value = baseline + effect.difference(baseline);
        if self.baseline.can_be(value) {
            Ok(())
        } else {
            Err(PlanningError::NoSuchValue { what, baseline, value })
        }
    }

    /// The fewest units that see the effect with this power.
    ///
    /// # Errors
    /// Those of [`sample_size`], and where the looks have no such power.
    pub fn sample_size(&self, effect: Effect, power: Fraction) -> Estimate<SampleSize> {
        if let Some(looking) = self.looking_anytime() {
            let units = looking.units(&self.baseline, effect, power, &self.design)?;
            let single = looking.design_at(units, &self.design)?;
            return sample_size(&self.baseline, effect, power, &single);
        }
        sample_size(&self.baseline, effect, power, &self.design_for(power)?)
    }

    /// The fewest units that show, with this power, that the treatment is worse by less than the margin.
    ///
    /// # Errors
    /// Those of [`non_inferiority`], and where the looks have no such power.
    pub fn non_inferiority(
        &self,
        margin: Effect,
        truth: Option<Effect>,
        power: Fraction,
    ) -> Estimate<SampleSize> {
        non_inferiority(&self.baseline, margin, truth, power, self.direction, &self.design_for(power)?)
    }

    /// The fewest units that show, with this power, that the treatment differs by less than the margin; at one look.
    ///
    /// # Errors
    /// Those of [`equivalence`].
    pub fn equivalence(&self, margin: Effect, power: Fraction) -> Estimate<SampleSize> {
        equivalence(&self.baseline, margin, power, &self.design)
    }

    /// The smallest effect towards this side that so many units see with this power.
    ///
    /// # Errors
    /// Those of [`minimum_detectable_effect`], and where the looks have no such power.
    pub fn detectable(&self, units: u64, power: Fraction, toward: Alternative) -> Estimate<Detectable> {
        if let Some(looking) = self.looking_anytime() {
            return looking.detectable(&self.baseline, units, power, toward, &self.design);
        }
        minimum_detectable_effect(&self.baseline, units, power, toward, &self.design_for(power)?)
    }

    /// The power with which so many units see the effect.
    ///
    /// With looks it is the p that solves p = power(units / inflation(p)); below a power of 10 % the inflation is that of
    /// a power of 10 %.
    ///
    /// # Errors
    /// Those of [`power`].
    pub fn power(&self, effect: Effect, units: u64) -> Estimate<f64> {
        if let Some(looking) = self.looking_anytime() {
            return looking.power(&self.baseline, effect, units, &self.design);
        }
        if self.looks.is_none() {
            return power(&self.baseline, effect, units, &self.design);
        }
        let mut reached = START;
        for _ in 0..ITERATIONS {
            let known = Fraction::new(reached.clamp(LEAST.max(2.0 * self.design.level()), MOST));
            let design = self.design_for(known.map_err(|_| Absent::OutOfRange)?)?;
            let next = power(&self.baseline, effect, units, &design)?;
            if (next - reached).abs() < SETTLED {
                return Ok(next);
            }
            reached = next;
        }
        Err(Absent::NotConverged)
    }

    /// The share of the units that an experiment with looks takes on average, if the effect is what was planned for.
    ///
    /// # Errors
    /// Those of [`Boundaries::under`].
    pub fn expected_share(&self, power: Fraction) -> Option<Estimate<f64>> {
        let looks = self.looks.as_ref()?;
        let expected = looks.drift_for(power).and_then(|drift| looks.under(drift));
        Some(expected.map(|expected| expected.expected_information))
    }

    fn looking_anytime(&self) -> Option<Looking> {
        self.anytime.map(|tightest_at| Looking::Anytime { tightest_at })
    }

    /// The design with what its looks add to the units at this power.
    fn design_for(&self, power: Fraction) -> Estimate<Design> {
        let Some(looks) = &self.looks else { return Ok(self.design.clone()) };
        // One look needs as many units as one look; what is below 1 is rounding.
        let factor = looks.inflation_factor(power)?.max(1.0);
        let inflation = Inflation::new(factor).map_err(|_| Absent::OutOfRange)?;
        Ok(Design { inflation, ..self.design.clone() })
    }
}

/// Where the search for a power with looks begins; it settles from anywhere.
const START: f64 = 0.8;
/// Inflations of less power are not asked for: they hardly change there, and are none at the level itself.
const LEAST: f64 = 0.1;
/// Nor of more: a power of all but a billionth is all.
const MOST: f64 = 1.0 - 1e-9;
/// The inflation changes so slowly with power that a handful of steps settles it.
const ITERATIONS: usize = 100;
const SETTLED: f64 = 1e-10;
