//! Which of several variants has the best rate, if that can be said.

use std::cmp::Ordering;

use serde::Serialize;

use super::{ChiSquare, ChiSquareOptions, RateOptions, Table, chi_square, compare_rates};
use crate::{Absent, Alpha, Direction, Estimate, Proportion, estimate};

/// When a variant is called the winner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WinnerOptions {
    /// The level of both tests.
    pub alpha: Alpha,
    /// Whether the outcome is good or bad.
    pub direction: Direction,
    /// How many units each variant must have before anything is said.
    pub minimum_units: u64,
}

/// What is found among several variants.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WinnerSearch {
    /// What can be said.
    pub verdict: Verdict,
    /// The test that all variants have the same rate: rows are variants, columns successes and failures.
    #[serde(serialize_with = "estimate::serialize")]
    pub chi_square: Estimate<ChiSquare>,
    /// The variant with the best rate, the first of several; its place in the list, from 0. None without units.
    pub best: Option<usize>,
    /// The two-sided p value of the best one against the rival that is hardest to tell from it.
    #[serde(serialize_with = "estimate::serialize")]
    pub p_against_rival: Estimate<f64>,
}

/// What can be said of several variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// A variant has fewer units than are asked for.
    TooFewUnits {
        /// The one with the fewest units, from 0.
        variant: usize,
        /// How many it has.
        units: u64,
        /// How many are asked for.
        needed: u64,
    },
    /// The rates could be the same.
    NoDifference,
    /// The rates differ, but the best is not told from this rival.
    Undecided {
        /// The variant with the best rate, from 0.
        best: usize,
        /// The one that is hardest to tell from it.
        rival: usize,
    },
    /// This variant's rate is the best.
    Winner {
        /// Its place in the list, from 0.
        variant: usize,
    },
    /// There is nothing to test: all or none of the units have the outcome.
    Untestable,
}

/// Looks for the variant with the best rate.
///
/// A winner is called where every variant has the units asked for, the chi-square test rejects "all rates are the same",
/// and the best one's two-proportion z test against every other rejects too, all at `alpha`. Asking it to beat its nearest
/// rival holds the error of a wrong winner at alpha without further correction: the worst case is two best variants that
/// are equal (for equal variances; Gutmann & Maymin (1987), "Is the selected population the best?", Annals of Statistics
/// 15(1)). Looking repeatedly is not corrected for.
///
/// # Errors
///
/// [`Absent::TooFewArms`] with fewer than two variants.
///
/// ```
/// use edgewise_stats::{Direction, Proportion, compare::{Verdict, WinnerOptions, find_winner}};
///
/// let variants = [Proportion::new(470, 5_000)?, Proportion::new(480, 5_000)?, Proportion::new(600, 5_000)?];
/// let options = WinnerOptions { minimum_units: 1_000, ..WinnerOptions::default() };
/// assert_eq!(find_winner(&variants, &options)?.verdict, Verdict::Winner { variant: 2 });
/// // Of complaints the fewest are best, and the first two are alike.
/// let options = WinnerOptions { direction: Direction::LowerIsBetter, ..options };
/// assert_eq!(find_winner(&variants, &options)?.verdict, Verdict::Undecided { best: 0, rival: 1 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn find_winner(variants: &[Proportion], options: &WinnerOptions) -> Estimate<WinnerSearch> {
    if variants.len() < 2 {
        return Err(Absent::TooFewArms);
    }
    let rows = variants.iter().map(|variant| vec![variant.successes(), variant.failures()]).collect();
    let table = Table::new(rows).map_err(|_| Absent::EmptyTable)?;
    let chi_square = chi_square(&table, ChiSquareOptions::default());
    let best = best(variants, options.direction);
    // The largest p value of the best against another, with the other.
    let mut closest: Estimate<(f64, usize)> = Err(Absent::NoUnits);
    for (rival, proportion) in variants.iter().enumerate() {
        let Some(best) = best.filter(|&best| best != rival && proportion.n() > 0) else { continue };
        // Without any variance the two are equal: all or none of their units have the outcome.
        let p = compare_rates(proportion, &variants[best], &RateOptions::default())
            .test
            .map_or(1.0, |test| test.p);
        if closest.is_ok_and(|(largest, _)| largest >= p) {
            continue;
        }
        closest = Ok((p, rival));
    }
    let fewest = (0..variants.len()).min_by_key(|&variant| variants[variant].n()).unwrap_or(0);
    let units = variants[fewest].n();
    let verdict = match (&chi_square, best, closest) {
        _ if units < options.minimum_units => {
            Verdict::TooFewUnits { variant: fewest, units, needed: options.minimum_units }
        }
        (Ok(test), Some(best), Ok((p, rival))) => {
            if test.p > options.alpha.get() {
                Verdict::NoDifference
            } else if p > options.alpha.get() {
                Verdict::Undecided { best, rival }
            } else {
                Verdict::Winner { variant: best }
            }
        }
        _ => Verdict::Untestable,
    };
    Ok(WinnerSearch { verdict, chi_square, best, p_against_rival: closest.map(|(p, _)| p) })
}

/// The variant with the best rate, compared exactly; the first of several.
fn best(variants: &[Proportion], direction: Direction) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (place, variant) in variants.iter().enumerate().filter(|(_, variant)| variant.n() > 0) {
        let better = best.is_none_or(|best| {
            let best = &variants[best];
            let own = u128::from(variant.successes()) * u128::from(best.n());
            let other = u128::from(best.successes()) * u128::from(variant.n());
            let wanted = match direction {
                Direction::HigherIsBetter => Ordering::Greater,
                Direction::LowerIsBetter => Ordering::Less,
            };
            own.cmp(&other) == wanted
        });
        if better {
            best = Some(place);
        }
    }
    best
}
