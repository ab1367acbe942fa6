//! What holds however often one looks: the asymptotic confidence sequence of what was compared.

use super::{Rules, beside::absent_quantity};
use crate::plan::SequentialPlan;
use edgewise_stats::{
    Absent, Alpha, Comparison, Estimate, EstimatedEffect, Quantity,
    sequential::anytime::{AlwaysValid, AsymptoticOptions, Tuning, asymptotic},
};
use std::num::NonZeroU64;

/// One look, valid whenever it is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub difference: Quantity,
    pub lift: Quantity,
    pub p: Estimate<f64>,
}

/// A look at a comparison of so many units of both variants.
///
/// It starts from the comparison's own estimates and errors, so that it holds for what was sharpened or compared within
/// epochs as well. The p value is that of the difference.
pub(super) fn look(comparison: &Comparison, units: u64, alpha: Alpha, rules: &Rules) -> Look {
    let options = AsymptoticOptions { alpha, tuning: tuning(rules), ..AsymptoticOptions::default() };
    let of = |quantity: &Quantity| {
        let effect = EstimatedEffect::of(quantity)?;
        asymptotic(effect, NonZeroU64::new(units).ok_or(Absent::NoUnits)?, &options)
    };
    let difference = of(&comparison.difference);
    Look {
        difference: quantity(difference),
        lift: quantity(of(&comparison.lift)),
        p: difference.map(|look| look.p),
    }
}

/// Where the sequence is tightest: at the units that the plan names.
fn tuning(rules: &Rules) -> Tuning {
    let units = match rules.sequential {
        Some(SequentialPlan::Anytime { tightest_at }) => tightest_at,
        Some(SequentialPlan::GroupSequential { planned_units, .. }) => planned_units,
        None => 0,
    };
    NonZeroU64::new(units).map_or_else(Tuning::default, Tuning::Units)
}

fn quantity(look: Estimate<AlwaysValid>) -> Quantity {
    match look {
        Ok(look) => Quantity {
            estimate: Ok(look.estimate),
            standard_error: Ok(look.standard_error),
            interval: Ok(look.interval),
        },
        Err(reason) => absent_quantity(reason),
    }
}
