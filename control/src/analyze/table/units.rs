//! The units of each variant, and whether the allocation delivered them.

use super::{none, percent, table, thousands};
use edgewise_analysis::{
    report::words,
    results::{Exposures, Results, VariantSummary},
};

pub(super) fn variants(results: &Results) -> String {
    let name = |variant: &VariantSummary| {
        if variant.is_control { format!("{} (control)", variant.variant) } else { variant.variant.clone() }
    };
    let common = |variant: &VariantSummary| {
        [name(variant), thousands(variant.units), thousands(variant.units_in_two_variants)]
    };
    if results.variants.iter().all(|variant| variant.exposures.is_none()) {
        return table(["variant", "units", "in two variants"], results.variants.iter().map(common).collect());
    }
    let row = |variant: &VariantSummary| {
        let exposures = variant.exposures.as_ref();
        let [name, units, in_two_variants] = common(variant);
        [
            name,
            units,
            exposures.map_or_else(none, |exposures| thousands(exposures.total)),
            exposures.map_or_else(none, verified),
            thousands(variant.units_moved),
            in_two_variants,
        ]
    };
    let header = ["variant", "units", "exposures", "verified", "moved", "in two variants"];
    table(header, results.variants.iter().map(row).collect())
}

/// The share that replay confirms, where there is anything to replay by.
fn verified(exposures: &Exposures) -> String {
    match exposures.verified_share {
        Some(_) if !exposures.is_verifiable() => "not verifiable".to_owned(),
        share => share.map_or_else(none, percent),
    }
}

pub(super) fn sample_ratio(results: &Results) -> String {
    let checks = &results.sample_ratio;
    let after = words::sample_ratio(&checks.after_exclusions);
    if checks.before_exclusions == checks.after_exclusions {
        return format!("  {after}");
    }
    format!(
        "  units that count: {after}\n  all exposed units: {}",
        words::sample_ratio(&checks.before_exclusions)
    )
}
