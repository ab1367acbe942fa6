//! The looks of a group-sequential design: each spends its part of alpha once, and is remembered.

use crate::{
    plan::{SequentialPlan, SpendingFunction},
    results::{AbsentPart, MetricResult, Sequential, SequentialMethod},
};
use edgewise_stats::{
    Absent, Alpha, Alternative, Estimate, Interval, Positive, Quantity,
    sequential::group::{Boundaries, Gamma, LedgerError, Spending, SpendingLedger},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The looks that were taken at an experiment. A caller keeps them from one analysis to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Looks {
    /// Which run of the experiment they belong to; a new one begins anew.
    pub iteration: Option<u32>,
    /// By which design; none before the first look. Looks of another one cannot be continued.
    pub design: Option<LookDesign>,
    /// The looks, in order.
    pub taken: Vec<TakenLook>,
}

impl Looks {
    /// Those that were taken by data up to this moment.
    #[must_use]
    pub fn until(mut self, moment: Timestamp) -> Self {
        self.taken.retain(|look| look.watermark.is_none_or(|watermark| watermark <= moment));
        if self.taken.is_empty() { Self::default() } else { self }
    }
}

/// What looks are taken by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookDesign {
    /// How alpha is spent.
    pub spending: SpendingFunction,
    /// Units in all at the horizon.
    pub planned_units: u64,
    /// The two-sided level of one treatment: alpha by the number of treatments.
    pub alpha: f64,
}

/// One look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenLook {
    /// The share of the planned units that were in.
    pub information: f64,
    /// Up to when events were in.
    pub watermark: Option<Timestamp>,
    /// Whether it was the last one, which spends all that is left.
    pub last: bool,
    /// Variant to the statistic of its primary metric.
    pub z: BTreeMap<String, f64>,
}

/// Information that differs by less is the same look: the data were analysed again. Source: what
/// [`SpendingLedger`] takes for no growth.
const SAME: f64 = 1e-6;

impl LookDesign {
    /// The design of a plan, by the level of one treatment; none where the plan is looked at otherwise.
    pub fn of(plan: &SequentialPlan, alpha: f64) -> Option<Self> {
        match *plan {
            SequentialPlan::GroupSequential { spending, planned_units } => {
                Some(Self { spending, planned_units, alpha })
            }
            SequentialPlan::Anytime { .. } => None,
        }
    }
}

/// A look at the primary metric, after the analyses that took `looks`.
///
/// At the horizon the look is the `last`. The answer are the looks with this one among them; the metric's comparisons get
/// the boundary, the repeated interval and p value, and whether a boundary was crossed now or at an earlier look.
pub fn look(
    looks: &Looks,
    design: LookDesign,
    primary: &mut MetricResult,
    watermark: Option<Timestamp>,
    iteration: Option<u32>,
    last: bool,
) -> Looks {
    let fresh = Looks { iteration, ..Looks::default() };
    let looks = if looks.iteration == iteration { looks } else { &fresh };
    let units: u64 = primary.variants.iter().map(|variant| variant.n).sum();
    let information = approximate(units) / approximate(design.planned_units);
    let z = primary.comparisons.iter().filter_map(|comparison| {
        let difference = comparison.deciding().difference;
        Some((comparison.variant.clone(), difference.estimate.ok()? / difference.standard_error.ok()?))
    });
    let this = TakenLook { information, watermark, last, z: z.collect() };
    match enter(looks, design, this) {
        Ok(Entered { looks, place, boundaries }) => {
            for comparison in &mut primary.comparisons {
                let deciding = comparison.deciding();
                let (difference, lift) = (deciding.difference, deciding.lift);
                let crossed = crossed(&looks.taken[..=place], &boundaries, &comparison.variant);
                comparison.sequential = Some(answer(&boundaries, place, &difference, &lift, crossed));
            }
            looks
        }
        Err(reason) => {
            for comparison in &mut primary.comparisons {
                comparison.absent.push(reason.clone());
            }
            looks.clone()
        }
    }
}

/// The comparisons of a group-sequential design whose looks nobody keeps: no boundary can be told.
pub fn refuse(primary: &mut MetricResult) {
    for comparison in &mut primary.comparisons {
        comparison.absent.push(refused(
            "looks_not_kept",
            "the looks at this experiment are kept nowhere, so it is not known what they spent of alpha: analyse it by a data folder, which keeps them",
        ));
    }
}

/// The looks with this one, its place among them and the boundaries of all.
struct Entered {
    looks: Looks,
    place: usize,
    boundaries: Boundaries,
}

fn enter(looks: &Looks, design: LookDesign, this: TakenLook) -> Result<Entered, AbsentPart> {
    if looks.design.is_some_and(|other| other != design) {
        return Err(refused(
            "another_design",
            "the looks that were taken belong to another spending function, number of planned units or level: restore the plan, or decide at the horizon alone",
        ));
    }
    let absent = |error: LedgerError| refused("no_look", &error.to_string());
    let spending = spending(design.spending).map_err(|reason| AbsentPart::new("sequential", reason))?;
    let alpha = Alpha::new(design.alpha).map_err(|error| refused("alpha", &error.to_string()))?;
    let mut ledger = SpendingLedger::new(spending, alpha, Alternative::TwoSided);
    let mut taken = looks.taken.clone();
    let same = |look: &TakenLook| (look.information - this.information).abs() <= SAME * look.information;
    let before = taken.iter().position(same);
    if before.is_none() {
        taken.push(this);
    }
    for look in &taken {
        let entered =
            if look.last { ledger.look_last(look.information) } else { ledger.look(look.information) };
        entered.map_err(absent)?;
    }
    let place = before.unwrap_or(taken.len() - 1);
    let boundaries = ledger.boundaries().ok_or_else(|| refused("no_look", "no look was taken"))?;
    let looks = Looks { iteration: looks.iteration, design: Some(design), taken };
    Ok(Entered { looks, place, boundaries })
}

/// Whether a variant's statistic crossed a boundary at one of the looks, and has the sign it had then.
fn crossed(looks: &[TakenLook], boundaries: &Boundaries, variant: &str) -> bool {
    let now = looks.last().and_then(|look| look.z.get(variant)).copied();
    let pairs = looks.iter().zip(boundaries.looks());
    pairs.filter_map(|(look, boundary)| Some((*look.z.get(variant)?, boundary))).any(|(z, boundary)| {
        let beyond =
            boundary.upper.is_some_and(|upper| z >= upper) || boundary.lower.is_some_and(|lower| z <= lower);
        beyond && now.is_some_and(|now| now * z > 0.0)
    })
}

fn answer(
    boundaries: &Boundaries,
    place: usize,
    difference: &Quantity,
    lift: &Quantity,
    crossed: bool,
) -> Sequential {
    let repeated = |quantity: &Quantity| {
        let error = Positive::new(quantity.standard_error?).map_err(|_| Absent::ZeroVariance)?;
        boundaries.repeated(place + 1, quantity.estimate?, error)
    };
    let of = |quantity: &Quantity| -> (Quantity, Estimate<f64>) {
        let interval: Estimate<Interval> = repeated(quantity).and_then(|repeated| repeated.interval);
        (Quantity { interval, ..*quantity }, repeated(quantity).and_then(|repeated| repeated.p))
    };
    let (difference, p) = of(difference);
    let boundary = boundaries.looks().get(place);
    Sequential {
        method: SequentialMethod::GroupSequential,
        difference,
        lift: of(lift).0,
        p,
        crossed,
        information: boundary.map(|boundary| boundary.information),
        boundary: boundary.and_then(|boundary| boundary.upper),
    }
}

/// The function as the statistics have it.
pub(super) fn spending(function: SpendingFunction) -> Estimate<Spending> {
    Ok(match function {
        SpendingFunction::ObrienFleming => Spending::OBrienFlemingType,
        SpendingFunction::Pocock => Spending::PocockType,
        SpendingFunction::HwangShihDeCani(gamma) => {
            Spending::HwangShihDeCani(Gamma::new(gamma).map_err(|_| Absent::OutOfRange)?)
        }
    })
}

fn refused(absent: &'static str, because: &str) -> AbsentPart {
    AbsentPart { part: "sequential", absent, because: because.to_owned() }
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more digits than a float has")]
fn approximate(count: u64) -> f64 {
    count as f64
}
