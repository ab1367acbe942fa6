//! Whether what befell some units befell those of all variants alike.

use edgewise_stats::{Alternative, Proportion, compare::fisher_test};
use std::collections::BTreeMap;

/// The p value of "some are the same share of all in every variant"; none where nobody or everybody is among them.
///
/// Each variant against the others by Fisher's exact test, the smallest p value times the number of variants
/// (Bonferroni; with two variants there is one test). Exact, since what is tested here is rare more often than not.
pub fn p_of_even_shares(
    some: &BTreeMap<String, u64>,
    all: &BTreeMap<String, u64>,
    variants: &[String],
) -> Option<f64> {
    let of = |units: &BTreeMap<String, u64>, variant: &String| units.get(variant).copied().unwrap_or(0);
    let total = |units| variants.iter().map(|variant| of(units, variant)).sum::<u64>();
    let (some_in_all, all_in_all) = (total(some), total(all));
    let tests = if variants.len() == 2 { 1 } else { variants.len() };
    let p = |variant| {
        let (own, own_all) = (of(some, variant), of(all, variant));
        let own_share = Proportion::new(own, own_all).ok()?;
        let others = Proportion::new(some_in_all - own, all_in_all - own_all).ok()?;
        fisher_test(&others, &own_share, Alternative::TwoSided).ok().map(|test| test.p)
    };
    let smallest = variants.iter().take(tests).filter_map(p).reduce(f64::min)?;
    #[expect(clippy::cast_precision_loss, reason = "an experiment has few variants")]
    let p = (smallest * tests as f64).min(1.0);
    Some(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(of: &[(&str, u64)]) -> BTreeMap<String, u64> {
        of.iter().map(|(variant, units)| ((*variant).to_owned(), *units)).collect()
    }

    #[test]
    fn two_variants_are_one_exact_test() {
        let variants = ["a".to_owned(), "b".to_owned()];
        // The lady tasting tea (Fisher 1935): p = 34/70.
        let p = p_of_even_shares(&units(&[("a", 1), ("b", 3)]), &units(&[("a", 4), ("b", 4)]), &variants);
        assert!((p.unwrap() - 34.0 / 70.0).abs() < 1e-12);
        assert_eq!(p_of_even_shares(&units(&[]), &units(&[("a", 4), ("b", 4)]), &variants), None);
    }

    #[test]
    fn one_variant_of_three_stands_out() {
        let variants = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let all = units(&[("a", 1000), ("b", 1000), ("c", 1000)]);
        let even = p_of_even_shares(&units(&[("a", 10), ("b", 11), ("c", 9)]), &all, &variants).unwrap();
        let uneven = p_of_even_shares(&units(&[("a", 10), ("b", 40), ("c", 9)]), &all, &variants).unwrap();
        assert!(even > 0.5 && uneven < 1e-6, "{even} {uneven}");
    }
}
