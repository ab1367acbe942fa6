//! Whether the variants got the units that the allocation promised, and whether what was left out was left out evenly.

use crate::{
    assignments::UnitsByEpoch,
    results::{Severity, VariantSummary, Warning, WarningCode},
    verify::Shares,
};
use edgewise_stats::trust::{Arm, SampleRatio, sample_ratio};
use std::collections::BTreeMap;

/// Below this p value a mismatch invalidates the results. Source: Kohavi, Tang & Xu (2020), "Trustworthy Online
/// Controlled Experiments", chapter 21: "if p is below 0.001, assume that something is wrong".
pub const INVALID_BELOW: f64 = 0.001;

/// Below this p value a mismatch asks for a look at its cause: one false alarm in a hundred looks.
pub const CAUTION_BELOW: f64 = 0.01;

/// The one epoch of data that know none.
pub const EPOCH: &str = "";

/// The shares of data without rulesets: as the allocation weighs the variants, or equal where it is empty. None where
/// the allocation names other variants, or a weight is not positive.
pub fn shares_of(allocation: &BTreeMap<String, f64>, variants: &[String]) -> Option<Shares> {
    let weights: Option<Vec<f64>> = if allocation.is_empty() {
        Some(vec![1.0; variants.len()])
    } else {
        let known = (allocation.len() == variants.len()).then_some(variants)?;
        known.iter().map(|variant| allocation.get(variant).copied()).collect()
    };
    let weights =
        weights.filter(|weights| weights.iter().all(|weight| *weight > 0.0 && weight.is_finite()))?;
    let total: f64 = weights.iter().sum();
    let of_epoch =
        variants.iter().zip(weights).map(|(variant, weight)| (variant.clone(), weight / total)).collect();
    Some(Shares::from([(EPOCH.to_owned(), of_epoch)]))
}

/// Tests the units of each variant against what [`arms`] expects.
pub fn test(units: &UnitsByEpoch, shares: &Shares, variants: &[String]) -> SampleRatio {
    sample_ratio(&arms(units, shares, variants))
}

/// The units of each variant beside the sum of their own allocation probabilities, each under the epoch that it was
/// drawn in. Units of an epoch that nobody knows the shares of are left out.
pub fn arms(units: &UnitsByEpoch, shares: &Shares, variants: &[String]) -> Vec<Arm> {
    let mut expected = vec![0.0; variants.len()];
    let mut observed = vec![0_u64; variants.len()];
    for (epoch, share) in shares {
        let of_variant = |variant: &String| {
            units.get(variant).and_then(|by_epoch| by_epoch.get(epoch)).copied().unwrap_or(0)
        };
        let drawn: u64 = variants.iter().map(of_variant).sum();
        for (index, variant) in variants.iter().enumerate() {
            observed[index] += of_variant(variant);
            expected[index] += approximate(drawn) * share.get(variant).copied().unwrap_or(0.0);
        }
    }
    // Shares are quotients of bucket counts: finite and not negative.
    let arms = observed.iter().zip(&expected);
    arms.filter_map(|(&observed, &expected)| Arm::new(observed, expected).ok()).collect()
}

/// What to say about a sample-ratio test; nothing where it finds what is to be expected.
pub fn warn(tested: &SampleRatio, over: &str) -> Option<Warning> {
    let (severity, what) = match tested {
        SampleRatio::Tested { p, chi_square, .. } => (
            severity_of(*p)?,
            format!("the sample ratio over {over} is off: chi-square {chi_square:.2}, p = {p:.2e}"),
        ),
        SampleRatio::Impossible { units, .. } => (
            Severity::Invalid,
            format!("{units} units over {over} are in a variant that the allocation gives nothing to"),
        ),
        _ => return None,
    };
    Some(Warning {
        warning: WarningCode::SampleRatioMismatch,
        severity,
        what,
        why: "units are missing from a variant for a reason that the variant itself may cause, so the variants cannot be compared",
        action: "look for what loses units in one variant only: redirects, crashes, bot filters, exposures that are sent too late",
    })
}

/// What to say about units that were in two variants.
pub fn warn_of_units_in_two_variants(variants: &[VariantSummary]) -> Option<Warning> {
    let units: u64 = variants.iter().map(|variant| variant.units_in_two_variants).sum();
    if units == 0 {
        return None;
    }
    let uneven = uneven_crossings(variants);
    let (severity, and) = match uneven {
        Some((severity, p)) => (severity, format!(", and not in all variants alike: p = {p:.2e}")),
        None => (Severity::Caution, String::new()),
    };
    Some(Warning {
        warning: WarningCode::UnitsInTwoVariants,
        severity,
        what: format!("{units} units were exposed to more than one variant without a new allocation{and}"),
        why: "they stay where they were exposed first, which dilutes the difference; leaving them out would bias it",
        action: "look for a unit id that is shared, or for code that assigns without the ruleset",
    })
}

/// Tests whether as many units crossed over from each variant as a second draw explains.
///
/// Who is drawn twice and independently is in variant i first and elsewhere then with probability sᵢ(1 − sᵢ), where sᵢ
/// is the variant's share: with two variants, whatever their shares, as many cross over in either direction.
fn uneven_crossings(variants: &[VariantSummary]) -> Option<(Severity, f64)> {
    let all: u64 = variants.iter().map(|variant| variant.units).sum();
    let crossing = |variant: &VariantSummary| {
        let share = approximate(variant.units) / approximate(all);
        Arm::new(variant.units_in_two_variants, share * (1.0 - share)).ok()
    };
    match sample_ratio(&variants.iter().filter_map(crossing).collect::<Vec<_>>()) {
        SampleRatio::Tested { p, .. } => severity_of(p).map(|severity| (severity, p)),
        _ => None,
    }
}

/// How much a p value of a check takes away; none where it finds nothing.
pub(crate) fn severity_of(p: f64) -> Option<Severity> {
    match p {
        p if p < INVALID_BELOW => Some(Severity::Invalid),
        p if p < CAUTION_BELOW => Some(Severity::Caution),
        _ => None,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an expectation of more than 2^53 units loses less than its own error"
)]
fn approximate(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table<V: Copy>(rows: &[(&str, &[(&str, V)])]) -> BTreeMap<String, BTreeMap<String, V>> {
        let inner =
            |row: &[(&str, V)]| row.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        rows.iter().map(|(name, row)| ((*name).to_owned(), inner(row))).collect()
    }

    #[test]
    fn each_unit_is_expected_under_its_own_epoch() {
        let variants = ["a".to_owned(), "b".to_owned()];
        let shares = table(&[("50:50", &[("a", 0.5), ("b", 0.5)]), ("90:10", &[("a", 0.9), ("b", 0.1)])]);
        let units =
            table(&[("a", &[("50:50", 500), ("90:10", 9000)]), ("b", &[("50:50", 500), ("90:10", 1000)])]);
        let SampleRatio::Tested { chi_square, arms, .. } = test(&units, &shares, &variants) else {
            panic!("both variants expect units");
        };
        assert!(chi_square < 1e-9, "exactly as expected, yet chi-square is {chi_square}");
        let expected: Vec<f64> = arms.iter().map(Arm::expected).collect();
        assert!((expected[0] - 9500.0).abs() < 1e-6 && (expected[1] - 1500.0).abs() < 1e-6, "{expected:?}");
    }

    #[test]
    fn a_variant_without_a_share_may_have_no_units() {
        let variants = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let shares = table(&[("e", &[("a", 0.5), ("b", 0.5), ("c", 0.0)])]);
        let units = table(&[("a", &[("e", 5)]), ("b", &[("e", 5)]), ("c", &[("e", 1)])]);
        let tested = test(&units, &shares, &variants);
        assert_eq!(warn(&tested, "all units").map(|warning| warning.severity), Some(Severity::Invalid));
    }
}
