//! Why a metric has no estimate at all.

use super::{Frame, Measured, units_of};
use crate::{
    moments::{Sums, SumsError},
    results::{AbsentCode, AbsentMetric, EventCounts},
};

/// Why there is nothing to estimate by, if there is nothing, among units of which so many were seen and are silent.
pub(super) fn nothing_to_measure(
    frame: &Frame<'_>,
    measured: &Measured<'_>,
    (seen, silent): (u64, u64),
    events: Option<&EventCounts>,
) -> Option<AbsentMetric> {
    let metric = measured.metric;
    let units: u64 = frame.variants.iter().map(|variant| units_of(frame.units, variant)).sum();
    let (code, because) = if units == 0 {
        (
            AbsentCode::NoUnits,
            format!("no unit counts, so `{metric}` has nothing to be measured on: see the exclusions"),
        )
    } else if events.is_some_and(|events| events.seen == 0) {
        let because = format!(
            "there is no event for `{metric}`: check that the code sends `track` events of the name that the metric is made of"
        );
        (AbsentCode::NoEvents, because)
    } else if seen == 0 && measured.window_seconds.is_some() {
        let because = format!(
            "no unit's window for `{metric}` has passed yet: wait, or measure it in a shorter window"
        );
        (AbsentCode::NoMatureUnits, because)
    } else if events.is_some() && silent == seen {
        let because = format!(
            "there are events for `{metric}`, but none of a unit that counts within its time: check that they name the experiment's unit"
        );
        (AbsentCode::NoEventsOfExposedUnits, because)
    } else {
        return None;
    };
    Some(AbsentMetric { absent: code, because })
}

/// The units that were seen, and those without any event.
pub(super) fn seen_and_silent(sums: &[&Sums]) -> (u64, u64) {
    (sums.iter().map(|sums| sums.units_seen).sum(), sums.iter().map(|sums| sums.units_silent).sum())
}

/// Sums that cannot be relied on.
pub(super) fn refused(measured: &Measured<'_>, variant: &str, error: &SumsError) -> AbsentMetric {
    let because =
        format!("the metric `{}` is refused, because of variant `{variant}`: {error}", measured.metric);
    AbsentMetric { absent: AbsentCode::Refused, because }
}
