//! What the exposures add up to: each variant's units, what was left out, and what to know about it.

use crate::{
    assignments::Counts,
    estimate::units_of,
    plan::Plan,
    results::{Exclusion, Exposures, Severity, VariantSummary, Warning, WarningCode},
    verify::Verdict,
};

/// A variant's units and exposures.
pub(super) fn summary(counts: &Counts, variant: &str, is_control: bool) -> VariantSummary {
    let mut exposures = Exposures::default();
    for (verdict, count) in counts.verdicts.get(variant).into_iter().flatten() {
        exposures.total += count;
        match verdict {
            Verdict::Verified => exposures.verified += count,
            Verdict::Mismatched(cause) => *exposures.mismatched.entry(*cause).or_default() += count,
            Verdict::Unverifiable(cause) => *exposures.unverifiable.entry(*cause).or_default() += count,
        }
    }
    exposures.verified_share = share(exposures.verified, exposures.total);
    VariantSummary {
        variant: variant.to_owned(),
        is_control,
        units: units_of(&counts.admitted, variant),
        exposures: Some(exposures),
        units_moved: counts.moved.get(variant).copied().unwrap_or(0),
        units_in_two_variants: counts.in_two_variants.get(variant).copied().unwrap_or(0),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more digits than a float has")]
fn share(some: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| some as f64 / all as f64)
}

/// The exposures that do not count, by the cause.
pub(super) fn exposures_left_out(counts: &Counts, variants: &[String], verdicts: &[&str]) -> Vec<Exclusion> {
    let mut exclusions = Vec::new();
    let mut exclude = |exclusion, count, what: String, action| {
        if count > 0 {
            exclusions.push(Exclusion { exclusion, count, what, action });
        }
    };
    exclude(
        "repeated_exposure",
        counts.repetitions,
        "exposures that came again with the same id".to_owned(),
        "",
    );
    let all = |wanted: fn(Verdict) -> bool| -> u64 {
        let counted = counts.verdicts.values().flatten();
        counted.filter(|(verdict, _)| wanted(**verdict)).map(|(_, count)| count).sum()
    };
    exclude(
        "mismatched_exposure",
        all(|verdict| matches!(verdict, Verdict::Mismatched(_))),
        "exposures that their own ruleset answers otherwise; the causes are listed by variant".to_owned(),
        "look for hosts that change an answer or a context after the ruleset was asked",
    );
    if !verdicts.contains(&"unverifiable") {
        exclude(
            "unverifiable_exposure",
            all(|verdict| matches!(verdict, Verdict::Unverifiable(_))),
            "exposures whose ruleset, or that of their sticky record, is not in the data folder".to_owned(),
            "put the ruleset's file into the data folder's rulesets/ and analyse again",
        );
    }
    let foreign = counts.admitted.keys().filter(|variant| !variants.contains(variant));
    let names: Vec<&str> = foreign.map(String::as_str).collect();
    exclude(
        "variant_not_in_plan",
        names.iter().map(|variant| units_of(&counts.admitted, variant)).sum(),
        format!("units of variants that the plan does not name: {}", names.join(", ")),
        "add them to the experiment's variants, or analyse by the plan that was in force",
    );
    exclusions
}

/// Nothing counts at all.
pub(super) fn no_units(variants: &[VariantSummary], experiment: &str) -> Option<Warning> {
    variants.iter().all(|variant| variant.units == 0).then(|| Warning {
        warning: WarningCode::NoUnits,
        severity: Severity::Invalid,
        what: format!("no exposure of `{experiment}` counts"),
        why: "without units there is nothing to estimate",
        action: "check that the code exposes units and ships its events; what came but does not count is listed as an exclusion",
    })
}

/// Sums were to be kept, and none is ever final.
pub(super) fn nothing_frozen(plan: &Plan) -> Option<Warning> {
    let metrics = plan.metrics.iter().map(|planned| &planned.metric);
    let any =
        plan.lateness_seconds.is_some() && metrics.clone().any(|metric| metric.window_seconds.is_some());
    (!any).then(|| Warning {
        warning: WarningCode::NothingFrozen,
        severity: Severity::Note,
        what: "no sums were kept for the next run".to_owned(),
        why: "a unit's number is final once its window and an allowance for late events have passed, and here it never is",
        action: "give the experiment a `lateness` and its metrics a `window`",
    })
}

/// A new allocation moved units.
pub(super) fn units_moved(variants: &[VariantSummary]) -> Option<Warning> {
    let moved: u64 = variants.iter().map(|variant| variant.units_moved).sum();
    (moved > 0).then(|| Warning {
        warning: WarningCode::UnitsMoved,
        severity: Severity::Note,
        what: format!("{moved} units were moved to another variant by a new allocation"),
        why: "they are analysed in their first variant, within the epoch they were drawn in; leaving them out would bias the comparison",
        action: "avoid new allocations while an experiment runs: a ramp only ever adds units",
    })
}
