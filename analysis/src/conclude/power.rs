//! What an experiment can find: at the declared smallest effect, from the control's own spread, never at the observed
//! effect.

mod looking;

pub use looking::Looking;

use crate::{
    plan::{Direction, Multiplicity, SequentialPlan},
    results::{AbsentPart, CurvePoint, Power, PowerLooks, SequentialMethod},
};
use edgewise_stats::{
    Absent, Alpha, Estimate, Fraction,
    plan::{Allocation, Baseline, Correction, Design, Effect, Traffic},
};

/// What the power of one metric is computed from.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The level of the experiment.
    pub alpha: Alpha,
    /// How the treatments share it.
    pub multiplicity: Multiplicity,
    /// Which way is better; where nobody said, more.
    pub direction: Option<Direction>,
    /// The smallest relative change that is worth detecting, above 0.
    pub minimum_effect: f64,
    /// The control's mean and spread.
    pub baseline: Estimate<Baseline>,
    /// By which share of the variance covariates make the comparison sharper.
    pub variance_reduction: f64,
    /// Units that are in, the control's first.
    pub units: &'a [u64],
    /// How it may be looked at before its horizon. None: the metric is judged once.
    pub sequential: Option<SequentialPlan>,
    /// How many looks a group-sequential design has up to its horizon.
    pub looks: u32,
}

/// The power that is asked for of a planned experiment. Source: Cohen (1988), "Statistical Power Analysis for the
/// Behavioral Sciences", 2.4: four false alarms are worth one miss.
const ENOUGH: f64 = 0.8;

/// The power of an experiment that should not miss: as rarely as the usual level raises a false alarm.
const AMPLE: f64 = 0.95;

/// Points of the curve, the last at twice the units that [`ENOUGH`] needs.
const POINTS: u32 = 20;

/// What the experiment can find.
pub fn of(question: &Question<'_>) -> Power {
    let mut absent = Vec::new();
    let mut present = |part, estimate: Estimate<f64>| {
        estimate.map_err(|reason| absent.push(AbsentPart::new(part, reason))).ok()
    };
    let design = question.design();
    let looking = Looking::of(question.sequential, question.looks, &design);
    let looking = || looking.as_ref().map_err(|absent| *absent);
    let (baseline, effect) = (question.sharpened(), question.effect());
    let both = || Ok((baseline?, effect?));
    let total = question.units.iter().fold(0_u64, |all, units| all.saturating_add(*units));
    let variants = question.units.len().max(1) as u64;
    let size = |wanted: f64| {
        let (baseline, effect) = both()?;
        looking()?.units(&baseline, effect, fraction(wanted)?, &design)
    };
    let (enough, ample) = (size(ENOUGH), size(AMPLE));
    let current = both().and_then(|(baseline, effect)| looking()?.power(&baseline, effect, total, &design));
    let detectable = baseline.and_then(|baseline| {
        let toward =
            edgewise_stats::Direction::from(question.direction.unwrap_or(Direction::Increase)).better();
        looking()?.detectable(&baseline, total, fraction(ENOUGH)?, toward, &design)?.lift
    });
    let result = Power {
        minimum_effect: question.minimum_effect,
        current: present("power.current", current),
        detectable: present("power.detectable", detectable.map(f64::abs)),
        units_for_80: enough.ok().map(|total| total.div_ceil(variants)),
        units_for_95: ample.ok().map(|total| total.div_ceil(variants)),
        days_for_80: None,
        curve: both().and_then(|both| Ok((both, looking()?))).map_or_else(
            |_| Vec::new(),
            |((baseline, effect), looking)| {
                let at = |units| looking.power(&baseline, effect, units, &design);
                curve(at, enough.unwrap_or(total), variants)
            },
        ),
        looks: question.sequential.map(|plan| {
            let once = both().and_then(|(baseline, effect)| {
                Looking::Once.units(&baseline, effect, fraction(ENOUGH)?, &design)
            });
            looks(plan, question.looks, enough, once)
        }),
        absent: Vec::new(),
    };
    for (part, size) in [("power.units_for_80", enough), ("power.units_for_95", ample)] {
        absent.extend(size.err().map(|reason| AbsentPart::new(part, reason)));
    }
    Power { absent, ..result }
}

/// Days until 80 % at so many new units a day, where so many of each variant are in; none where nothing is lacking,
/// nobody comes, or the size is unknown.
pub fn days_for_80(
    power: &Power,
    units_in: u64,
    variants: u64,
    per_day: f64,
    window_seconds: Option<u64>,
) -> Option<f64> {
    let needed = power.units_for_80?.saturating_mul(variants);
    let lacking = needed.checked_sub(units_in).filter(|lacking| *lacking > 0)?;
    let traffic = Traffic::per_day(per_day).ok()?;
    traffic.with_window(window_seconds.map_or(0.0, days)).ok()?.days(lacking).ok()
}

impl Question<'_> {
    fn design(&self) -> Design {
        let weights: Vec<f64> = self.units.iter().map(|&units| approximate(units)).collect();
        // A variant without units yet has no weight; then all are planned alike.
        let allocation = Allocation::new(&weights).or_else(|_| Allocation::equal(weights.len()));
        Design {
            alpha: self.alpha,
            allocation: allocation.unwrap_or_default(),
            correction: match self.multiplicity {
                Multiplicity::None => Correction::None,
                Multiplicity::Holm | Multiplicity::Hochberg | Multiplicity::Dunnett => Correction::Bonferroni,
            },
            ..Design::default()
        }
    }

    fn effect(&self) -> Estimate<Effect> {
        let sign = match self.direction {
            Some(Direction::Decrease) => -1.0,
            Some(Direction::Increase) | None => 1.0,
        };
        Effect::relative(sign * self.minimum_effect).map_err(|_| Absent::OutOfRange)
    }

    /// The baseline with what covariates leave of its variance.
    fn sharpened(&self) -> Estimate<Baseline> {
        // Covariates that did not pay for their slopes leave all of it.
        let correlation = self.variance_reduction.max(0.0).sqrt();
        self.baseline?.with_covariate(correlation).map_err(|_| Absent::PerfectFit)
    }
}

/// What looking early takes.
fn looks(plan: SequentialPlan, looks: u32, enough: Estimate<u64>, once: Estimate<u64>) -> PowerLooks {
    let (method, looks) = match plan {
        SequentialPlan::Anytime { .. } => (SequentialMethod::Anytime, None),
        SequentialPlan::GroupSequential { .. } => (SequentialMethod::GroupSequential, Some(looks.max(1))),
    };
    let inflation = enough.and_then(|enough| Ok(approximate(enough) / approximate(once?)));
    PowerLooks { method, looks, inflation: inflation.ok() }
}

fn curve(power: impl Fn(u64) -> Estimate<f64>, enough: u64, variants: u64) -> Vec<CurvePoint> {
    let points = (1..=u64::from(POINTS)).map(|step| {
        let total = enough.saturating_mul(2).saturating_mul(step) / u64::from(POINTS);
        let power = power(total).ok()?;
        Some(CurvePoint { units: total / variants, power })
    });
    let mut points: Vec<CurvePoint> = points.flatten().collect();
    points.dedup_by_key(|point| point.units);
    points
}

fn fraction(power: f64) -> Estimate<Fraction> {
    Fraction::new(power).map_err(|_| Absent::OutOfRange)
}

fn days(seconds: u64) -> f64 {
    approximate(seconds) / 86_400.0
}

#[expect(clippy::cast_precision_loss, reason = "more than 2^53 units lose less than their own error")]
fn approximate(count: u64) -> f64 {
    count as f64
}
