//! What looking early takes: more units for the same power.
//!
//! A group-sequential design needs its inflation more units at most. Of a confidence sequence the power at n units is that
//! of crossing it with n units: z beyond its half width in standard errors there, the level of a single look that is as
//! strict. What crosses before comes on top, so that this is a lower bound, without simulation.

use crate::{conclude::looks::spending, plan::SequentialPlan};
use edgewise_stats::{
    Absent, Alpha, Alternative, Estimate, Fraction, Positive,
    distribution::normal,
    plan::{
        Baseline, Correction, Counted, Design, Detectable, Effect, Inflation, minimum_detectable_effect,
        power, sample_size,
    },
    sequential::{
        anytime::{AsymptoticOptions, Tuning, half_width},
        group::{self, Boundaries, Looks, Shape},
    },
};
use std::num::NonZeroU64;

/// How an experiment is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Looking {
    /// Once, at the end.
    Once,
    /// At looks with boundaries.
    Boundaries(Boundaries),
    /// At any time, by a confidence sequence.
    Anytime {
        /// The units of both variants at which it is tightest.
        tightest_at: NonZeroU64,
    },
}

/// Above this many units nothing is planned, as in [`edgewise_stats::plan`].
const MOST_UNITS: u64 = 1_000_000_000_000_000_000;

/// A power of all but this is all.
const LEAST_MISSED: f64 = 1e-12;

impl Looking {
    /// How a plan is looked at; a group-sequential one so many times at equal steps, at the design's level for one
    /// comparison.
    ///
    /// # Errors
    /// Where the boundaries cannot be computed.
    pub fn of(plan: Option<SequentialPlan>, looks: u32, design: &Design) -> Estimate<Self> {
        Ok(match plan {
            None => Self::Once,
            Some(SequentialPlan::Anytime { tightest_at }) => {
                Self::Anytime { tightest_at: NonZeroU64::new(tightest_at).ok_or(Absent::OutOfRange)? }
            }
            Some(SequentialPlan::GroupSequential { spending: function, .. }) => {
                let looks = usize::try_from(looks.max(1)).map_err(|_| Absent::OutOfRange)?;
                let looks = Looks::equal(looks).map_err(|_| Absent::OutOfRange)?;
                let alpha = Alpha::new(design.level()).map_err(|_| Absent::OutOfRange)?;
                let shape = Shape::Spending(spending(function)?);
                let by = group::Design::new(shape, alpha, design.alternative);
                Self::Boundaries(group::boundaries(&by, &looks)?)
            }
        })
    }

    /// The power with which so many units, all variants together, see the effect.
    ///
    /// # Errors
    /// Those of [`power`].
    pub fn power(&self, baseline: &Baseline, effect: Effect, units: u64, design: &Design) -> Estimate<f64> {
        match self {
            Self::Once => power(baseline, effect, units, design),
            Self::Boundaries(boundaries) => {
                // The drift of a single look of these units: what its power has beyond its critical value.
                let once = Design { counted: Counted::RightSign, ..design.clone() };
                let reached = power(baseline, effect, units, &once)?.min(1.0 - LEAST_MISSED);
                let sides = if design.alternative == Alternative::TwoSided { 2.0 } else { 1.0 };
                let critical = normal::isf(design.level() / sides).ok_or(Absent::OutOfRange)?;
                let drift = critical + normal::quantile(reached).ok_or(Absent::OutOfRange)?;
                Ok(boundaries.under(drift)?.power)
            }
            Self::Anytime { .. } => power(baseline, effect, units, &self.design_at(units, design)?),
        }
    }

    /// The fewest units, all variants together, that see the effect with this power.
    ///
    /// # Errors
    /// Those of [`sample_size`].
    pub fn units(
        &self,
        baseline: &Baseline,
        effect: Effect,
        wanted: Fraction,
        design: &Design,
    ) -> Estimate<u64> {
        match self {
            Self::Once => sample_size(baseline, effect, wanted, design).map(|size| size.total()),
            Self::Boundaries(boundaries) => {
                let inflated = inflated(boundaries, wanted, design)?;
                sample_size(baseline, effect, wanted, &inflated).map(|size| size.total())
            }
            Self::Anytime { .. } => {
                let least = sample_size(baseline, effect, wanted, design)?.total();
                let is_enough = |units| Ok(self.power(baseline, effect, units, design)? >= wanted.get());
                fewest(least, is_enough)
            }
        }
    }

    /// The smallest effect towards this side that so many units see with this power.
    ///
    /// # Errors
    /// Those of [`minimum_detectable_effect`].
    pub fn detectable(
        &self,
        baseline: &Baseline,
        units: u64,
        wanted: Fraction,
        toward: Alternative,
        design: &Design,
    ) -> Estimate<Detectable> {
        let design = match self {
            Self::Once => design.clone(),
            Self::Boundaries(boundaries) => inflated(boundaries, wanted, design)?,
            Self::Anytime { .. } => self.design_at(units, design)?,
        };
        minimum_detectable_effect(baseline, units, wanted, toward, &design)
    }

    /// The single look with so many units that is as strict as the confidence sequence; of other designs the design itself.
    ///
    /// # Errors
    /// Where the sequence has no half width.
    pub fn design_at(&self, units: u64, design: &Design) -> Estimate<Design> {
        let Self::Anytime { tightest_at } = *self else { return Ok(design.clone()) };
        let alpha = Alpha::new(design.level()).map_err(|_| Absent::OutOfRange)?;
        let options =
            AsymptoticOptions { alpha, alternative: design.alternative, tuning: Tuning::Units(tightest_at) };
        let pair = NonZeroU64::new(pair(units, design)).ok_or(Absent::TooFewUnits)?;
        let one = Positive::new(1.0).map_err(|_| Absent::OutOfRange)?;
        let critical = half_width(one, pair, &options)? * approximate(pair.get()).sqrt();
        let sides = if design.alternative == Alternative::TwoSided { 2.0 } else { 1.0 };
        let alpha = Alpha::new(sides * normal::sf(critical)).map_err(|_| Absent::OutOfRange)?;
        Ok(Design { alpha, correction: Correction::None, ..design.clone() })
    }
}

/// The design with what its looks add to the units at this power.
fn inflated(boundaries: &Boundaries, wanted: Fraction, design: &Design) -> Estimate<Design> {
    // One look needs as many units as one look; what is below 1 is rounding.
    let factor = boundaries.inflation_factor(wanted)?.max(1.0);
    let inflation = Inflation::new(factor).map_err(|_| Absent::OutOfRange)?;
    Ok(Design { inflation, ..design.clone() })
}

/// The fewest units from `least` on that are enough; more are always enough too.
fn fewest(least: u64, is_enough: impl Fn(u64) -> Estimate<bool>) -> Estimate<u64> {
    let (mut too_few, mut enough) = (0, least.max(1));
    while !is_enough(enough)? {
        too_few = enough;
        enough = enough.checked_mul(2).filter(|units| *units <= MOST_UNITS).ok_or(Absent::Unreachable)?;
    }
    while enough - too_few > 1 {
        let middle = too_few + (enough - too_few) / 2;
        if middle >= least && is_enough(middle)? { enough = middle } else { too_few = middle }
    }
    Ok(enough)
}

/// The units of the control and of the smallest treatment.
fn pair(units: u64, design: &Design) -> u64 {
    let shares = design.allocation.shares();
    let smallest = shares.iter().skip(1).copied().fold(f64::INFINITY, f64::min);
    let share = shares.first().map_or(1.0, |control| (control + smallest).min(1.0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let pair = (approximate(units) * share).round() as u64;
    pair
}

#[expect(clippy::cast_precision_loss, reason = "more than 2^53 units lose less than their own error")]
fn approximate(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::SpendingFunction;

    fn asked() -> (Baseline, Effect, Fraction) {
        let baseline = Baseline::mean(10.0, Positive::new(20.0).unwrap()).unwrap();
        (baseline, Effect::relative(0.05).unwrap(), Fraction::new(0.8).unwrap())
    }

    #[test]
    fn boundaries_need_what_the_recursion_over_looks_says() {
        let (baseline, effect, wanted) = asked();
        let design = Design::default();
        let once = Looking::Once.units(&baseline, effect, wanted, &design).unwrap();
        let of = |function, looks| {
            let plan = SequentialPlan::GroupSequential { spending: function, planned_units: 1 };
            Looking::of(Some(plan), looks, &design).unwrap()
        };
        // Five looks, alpha 0.025 on one side, power 0.8: drift² / (z(0.975) + z(0.8))² by the recursion of Armitage, McPherson
        // and Rowe over 1,501 points with scipy 1.17; its boundaries are those that rpact prints for "asOF" and "asP".
        for (function, inflation) in
            [(SpendingFunction::ObrienFleming, 1.02472), (SpendingFunction::Pocock, 1.21262)]
        {
            let looking = of(function, 5);
            let units = looking.units(&baseline, effect, wanted, &design).unwrap();
            let found = approximate(units) / approximate(once);
            assert!((found - inflation).abs() < 5e-4, "{function:?}: {found}");
            // The power of these units is the one that they were computed for, whichever way round.
            let reached = looking.power(&baseline, effect, units, &design).unwrap();
            assert!((reached - 0.8).abs() < 1e-3, "{reached}");
            let least = looking.detectable(&baseline, units, wanted, Alternative::Greater, &design).unwrap();
            assert!((least.lift.unwrap() - 0.05).abs() < 1e-5, "{least:?}");
        }
        let single = of(SpendingFunction::Pocock, 1);
        assert!(single.units(&baseline, effect, wanted, &design).unwrap().abs_diff(once) <= 2);
    }

    #[test]
    fn a_confidence_sequence_is_as_strict_as_its_half_width() {
        let (baseline, effect, wanted) = asked();
        let design = Design::default();
        let looking = Looking::Anytime { tightest_at: NonZeroU64::new(50_000).unwrap() };
        let units = looking.units(&baseline, effect, wanted, &design).unwrap();
        // By hand: c(n) = √(2(nρ² + 1)/(nρ²)·ln(√(nρ² + 1)/α)) and z(0.8) = 0.8416 beyond it reach δ/se.
        let n = approximate(units);
        let rho_squared = (5.991_464_547 + (1.0_f64 + 5.991_464_547).ln()) / 50_000.0;
        let r = n * rho_squared;
        let critical = (2.0 * (r + 1.0) / r * ((r + 1.0).sqrt() / 0.05).ln()).sqrt();
        let drift = 0.5 / (20.0 * (4.0 / n).sqrt());
        assert!((drift - critical - 0.841_621_2).abs() < 1e-3, "{drift} {critical}");
        assert!(looking.power(&baseline, effect, units, &design).unwrap() >= 0.8);
        assert!(looking.power(&baseline, effect, units - 2, &design).unwrap() < 0.8);
    }
}
