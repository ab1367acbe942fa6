//! Many intervals at once: the level of each.

use std::num::NonZeroU64;

use crate::{Alpha, moments::count};

/// The level of each of `intervals` intervals that cover all together with probability 1 − α, under any dependence.
///
/// ```text
/// α / m
/// ```
///
/// The intervals of this level belong to [`Correction::Bonferroni`](super::Correction), and exclude their nulls only if
/// Holm's test rejects them too. An interval of level "adjusted p value" (some software divides a half-width by the
/// critical value of the adjusted p, which is 0 at p = 1) is none of this. Source: Bonferroni (1936); Dunn (1961),
/// "Multiple comparisons among means", JASA 56.
///
/// ```
/// use std::num::NonZeroU64;
/// use edgewise_stats::{Alpha, Moments, compare::{MeanOptions, compare_means}, trust::bonferroni_alpha};
///
/// let alpha = bonferroni_alpha(Alpha::default(), NonZeroU64::new(10).unwrap());
/// assert_eq!(alpha.get(), 0.005);
/// let options = MeanOptions { alpha, ..MeanOptions::default() };
/// let (one, other) = (Moments::from_values([1.0, 2.0, 4.0])?, Moments::from_values([2.0, 3.0, 3.0])?);
/// assert!(compare_means(&one, &other, &options).difference.interval.is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bonferroni_alpha(alpha: Alpha, intervals: NonZeroU64) -> Alpha {
    checked(alpha.get() / count(intervals.get()), alpha)
}

/// The level of each of `intervals` independent intervals that cover all together with probability 1 − α; also of
/// two-sided intervals of estimates that are jointly normal.
///
/// ```text
/// 1 − (1 − α)^(1/m)
/// ```
///
/// Source: Šidák (1967), "Rectangular confidence regions for the means of multivariate normal distributions", JASA 62.
///
/// ```
/// use std::num::NonZeroU64;
/// use edgewise_stats::{Alpha, trust::sidak_alpha};
///
/// let alpha = sidak_alpha(Alpha::default(), NonZeroU64::new(10).unwrap());
/// assert!((alpha.get() - 0.005_116_196_891_823).abs() < 1e-15);
/// ```
pub fn sidak_alpha(alpha: Alpha, intervals: NonZeroU64) -> Alpha {
    checked(-libm::expm1(libm::log1p(-alpha.get()) / count(intervals.get())), alpha)
}

/// The level of each interval of the `selected` among `tests` parameters that were chosen by their data, such that the
/// expected share of those that miss their parameter is at most α.
///
/// ```text
/// R·α / m
/// ```
///
/// With the selection by Benjamini and Hochberg's procedure of level α, exactly the selected intervals exclude their
/// nulls. More selected than tests count as all of them. Holds for independent or positively dependent estimates.
/// Source: Benjamini & Yekutieli (2005), "False discovery rate-adjusted multiple confidence intervals for selected
/// parameters", JASA 100, definition 1.
///
/// ```
/// use std::num::NonZeroU64;
/// use edgewise_stats::{Alpha, trust::false_coverage_alpha};
///
/// let (selected, tests) = (NonZeroU64::new(4).unwrap(), NonZeroU64::new(15).unwrap());
/// assert!((false_coverage_alpha(Alpha::default(), selected, tests).get() - 4.0 * 0.05 / 15.0).abs() < 1e-16);
/// ```
pub fn false_coverage_alpha(alpha: Alpha, selected: NonZeroU64, tests: NonZeroU64) -> Alpha {
    let selected = count(selected.min(tests).get());
    checked(alpha.get() * (selected / count(tests.get())), alpha)
}

/// The level, or the smallest positive one where it underflows.
fn checked(level: f64, otherwise: Alpha) -> Alpha {
    Alpha::new(level.max(f64::from_bits(1))).unwrap_or(otherwise)
}
