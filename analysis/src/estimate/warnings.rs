//! What to know before relying on a metric.

use crate::{
    balance,
    results::{AbsentCode, Kind, MetricComparison, MetricResult, Severity, Warning, WarningCode},
};

/// The warnings of a metric's results.
pub(super) fn warnings(result: &MetricResult) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(absent) = &result.absent {
        warnings.push(Warning {
            warning: match absent.absent {
                AbsentCode::Refused => WarningCode::MetricRefused,
                AbsentCode::NoUnits => WarningCode::NoUnits,
                AbsentCode::NoMatureUnits => WarningCode::ImmatureUnits,
                AbsentCode::NoEvents | AbsentCode::NoEventsOfExposedUnits => WarningCode::MetricWithoutEvents,
            },
            severity: Severity::Caution,
            what: absent.because.clone(),
            why: "an estimate that cannot be computed is left out, not taken for zero",
            action: "mend what is named above and analyse again",
        });
    }
    let without_value = result.events.map_or(0, |events| events.without_value);
    if result.kind == Kind::Continuous && without_value > 0 {
        warnings.push(Warning {
            warning: WarningCode::EventsWithoutValue,
            severity: Severity::Caution,
            what: format!("{without_value} events for `{}` carry no number that fits", result.metric),
            why: "they add nothing to their unit's sum, so the mean is too low where they should have counted",
            action: "send a finite number with each of them, as the metric's `value` says",
        });
    }
    let immature: u64 = result.variants.iter().map(|variant| variant.immature_units).sum();
    if immature > 0 {
        let mature: u64 = result.variants.iter().map(|variant| variant.n).sum();
        warnings.push(Warning {
            warning: WarningCode::ImmatureUnits,
            severity: Severity::Note,
            what: format!("{immature} units are left out of `{}`, {mature} count", result.metric),
            why: "their window has not passed, so their number may still grow",
            action: "nothing: they count once their window has passed",
        });
    }
    warnings
        .extend(result.comparisons.iter().filter_map(|comparison| imbalanced(&result.metric, comparison)));
    let over = format!("the units that `{}` counts", result.metric);
    warnings.extend(result.sample_ratio.as_ref().and_then(|tested| balance::warn(tested, &over)));
    warnings
}

/// What to say about variants that differed before their exposure.
fn imbalanced(metric: &str, comparison: &MetricComparison) -> Option<Warning> {
    let joint = comparison.covariate.as_ref()?.balance.as_ref()?.joint.ok()?;
    (joint.p < balance::INVALID_BELOW).then(|| Warning {
        warning: WarningCode::CovariateImbalance,
        severity: Severity::Caution,
        what: format!("`{}` differed on `{metric}` before its exposure: p = {:.1e}", comparison.variant, joint.p),
        why: "what was measured before the exposure can differ by chance or by a fault alone, and a fault bears on what came after too",
        action: "check the assignment, the exposures and the covariate's time before believing any difference",
    })
}
