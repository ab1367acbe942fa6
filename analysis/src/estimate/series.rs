//! Day by day: the units that entered on each day, and all who entered up to it.

use super::{
    Asked, Frame, anytime,
    arms::{Arms, Refused, arms_of},
    beside,
};
use crate::{
    moments::Sums,
    results::{CumulativeLift, DayOfVariant, Kind, MetricDay},
};
use std::collections::BTreeSet;

/// The days of a metric's sums, rising. Empty where the sums are not by day.
///
/// Each unit is measured in its whole window, whatever day it entered on; the sequence holds for all days together.
pub(super) fn days<'a>(
    frame: &Frame<'a>,
    kind: Kind,
    asked: &Asked,
    sums: &[&Sums],
) -> Result<Vec<MetricDay>, Refused<'a>> {
    let days: BTreeSet<&str> =
        sums.iter().map(|sums| sums.day.as_str()).filter(|day| !day.is_empty()).collect();
    let mut series = Vec::with_capacity(days.len());
    let arms = |sums: &[&Sums]| arms_of(frame, kind, asked.has_covariate(kind, sums), sums);
    let chosen = |wanted: &dyn Fn(&str) -> bool| -> Vec<&Sums> {
        sums.iter().filter(|sums| wanted(&sums.day)).copied().collect()
    };
    for day in days {
        let own = arms(&chosen(&|other| other == day))?;
        let all = arms(&chosen(&|other| !other.is_empty() && other <= day))?;
        series.push(MetricDay {
            day: day.to_owned(),
            variants: (0..frame.variants.len()).map(|variant| of_variant(frame, &*own, variant)).collect(),
            cumulative: (1..frame.variants.len())
                .map(|variant| up_to(frame, asked, &*all, variant))
                .collect(),
        });
    }
    Ok(series)
}

fn of_variant(frame: &Frame<'_>, arms: &dyn Arms, variant: usize) -> DayOfVariant {
    let own = arms.own(variant, frame.alpha);
    DayOfVariant { variant: frame.variants[variant].clone(), n: own.n, mean: own.mean }
}

fn up_to(frame: &Frame<'_>, asked: &Asked, arms: &dyn Arms, variant: usize) -> CumulativeLift {
    let n = arms.own(variant, frame.alpha).n;
    let units = n.saturating_add(arms.own(0, frame.alpha).n);
    let result = beside::plain(frame, asked, arms, variant);
    let deciding = result.deciding();
    CumulativeLift {
        variant: frame.variants[variant].clone(),
        n,
        lift: deciding.lift,
        sequence: anytime::look(deciding, units, frame.alpha, &frame.rules).lift.interval.ok(),
    }
}
