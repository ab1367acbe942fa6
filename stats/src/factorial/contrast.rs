//! Main effects and interactions from the cells of a design.

use serde::Serialize;

use super::{Design, Effect, SignedEffect};
use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Moments, Proportion, Quantity, Test, Warning,
    compare::{Reference, Variance},
    distribution::students_t::DegreesOfFreedom,
    estimate::{self, finite},
    moments::count,
    side::{self, Null},
};

/// Below so many successes or failures in a cell the normal approximation is poor, as for two rates.
const FEW_OUTCOMES: u64 = 5;

/// How effects are estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EffectOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the tests hold against "no effect", and which ends the intervals have.
    pub alternative: Alternative,
    /// What one unit of an effect means.
    pub coding: Coding,
    /// Whether cells have one variance each (the default) or share one. Rates always have their own.
    pub variance: Variance,
    /// Which distribution the test of means uses. Rates always use the normal one.
    pub reference: Reference,
}

/// What one unit of an effect means; the tests are the same in all three.
///
/// For the four cells ȳ₀₀, ȳ₁₀, ȳ₀₁, ȳ₁₁ of two factors, d = ȳ₁₁ − ȳ₁₀ − ȳ₀₁ + ȳ₀₀:
///
/// | | main effect of A | interaction AB |
/// |---|---|---|
/// | differences | mean of (ȳ₁₀ − ȳ₀₀) and (ȳ₁₁ − ȳ₀₁) | d |
/// | high minus low | the same | d / 2 |
/// | coefficient | half of it | d / 4 |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    /// An effect of r factors is a difference of differences (of differences …), averaged over the other factors: how
    /// much the effect of one factor changes when the other is switched on. The default, and in a 2 × 2 design the
    /// interaction's coefficient in a regression on 0 and 1.
    #[default]
    Differences,
    /// The mean of the runs in which the effect's column is high less the mean of those in which it is low. Source: Box,
    /// Hunter & Hunter (2005), sections 5.4 and 5.5.
    HighMinusLow,
    /// Half of that: the coefficient in a regression on −1 and +1.
    Coefficient,
}

/// One effect's estimate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EffectEstimate {
    /// The simplest of the effects that the contrast measures.
    pub effect: Effect,
    /// The other effects that the estimate cannot be told from; empty in a full design. The estimate is that of the sum
    /// of all (in high-minus-low coding).
    pub aliases: Vec<SignedEffect>,
    /// The estimate with error and interval.
    pub value: Quantity,
    /// The test that it is zero.
    #[serde(serialize_with = "estimate::serialize")]
    pub test: Estimate<Test>,
}

/// All effects that a design can tell apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effects {
    /// The mean of the cells, each counted once.
    pub mean: Quantity,
    /// The effects, main effects first.
    pub effects: Vec<EffectEstimate>,
    /// What to know before relying on them.
    pub warnings: Vec<Warning>,
}

/// The cells are not as many as the design's runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are {given} cells for {expected} runs: give one cell per run, in standard order")]
pub struct CellsError {
    /// The design's runs.
    pub expected: usize,
    /// The cells that were given.
    pub given: usize,
}

/// The effects of a design's factors on a mean; `cells` in the design's standard order (first factor fastest).
///
/// ```text
/// e = c·Σ ±ȳ_i      se² = c²·Σ s_i²/n_i      df = se⁴ / Σ (c²·s_i²/n_i)² / (n_i − 1)
/// ```
///
/// The signs are those of the effect's column, N the number of runs, and c = 2^r/N for an effect of r factors
/// ([`Coding::Differences`]), 2/N or 1/N. Cells count alike whatever their units, so that effects are those of the factors
/// and not of how units were spread. Pooled: one variance s² = Σ Σ(y − ȳ_i)² / Σ(n_i − 1) with Σ(n_i − 1) degrees of
/// freedom, the regression of all units on all columns.
///
/// Absent: everything with [`Absent::NoUnits`] if a cell is empty; error, interval and test with [`Absent::TooFewUnits`]
/// if a cell has one unit (pooled: if all have), with [`Absent::ZeroVariance`], or [`Absent::OutOfRange`]. For designs
/// with one value per run see [`lenth`](super::lenth).
///
/// # Errors
///
/// [`CellsError`] if there is not one cell per run.
///
/// Source: Box, Hunter & Hunter (2005), "Statistics for Experimenters", sections 5.4 to 5.7; degrees of freedom of
/// Satterthwaite (1946).
///
/// ```
/// use edgewise_stats::{Moments, compare::Reference, factorial::{Design, EffectOptions, effects}};
///
/// let cell = |mean, deviation, n| Moments::from_mean_and_deviation(n, mean, deviation);
/// let cells = [cell(10.0, 4.0, 500)?, cell(10.5, 4.2, 510)?, cell(10.2, 4.1, 490)?, cell(11.2, 4.4, 505)?];
/// let options = EffectOptions { reference: Reference::Normal, ..EffectOptions::default() };
/// let found = effects(&Design::full(2)?, &cells, &options)?;
///
/// let interaction = &found.effects[2];
/// assert_eq!(interaction.effect.to_string(), "AB");
/// assert!((interaction.value.estimate? - 0.5).abs() < 1e-12);
/// // scipy 1.17.1: se 0.37314, p 0.18025.
/// assert!((interaction.value.standard_error? - 0.373_137).abs() < 1e-6);
/// assert!((interaction.test?.p - 0.180_248).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn effects(design: &Design, cells: &[Moments], options: &EffectOptions) -> Result<Effects, CellsError> {
    fits(design, cells.len())?;
    let means: Estimate<Vec<f64>> = cells.iter().map(Moments::mean).collect();
    let spreads = match options.variance {
        Variance::Separate => cells.iter().map(Spread::own).collect(),
        Variance::Pooled => pooled(cells),
    };
    Ok(all(design, means, spreads, options.reference, options, Vec::new()))
}

/// The effects of a design's factors on a rate; `cells` in the design's standard order.
///
/// As [`effects`] with p̂_i in the place of ȳ_i, p̂_i(1 − p̂_i)/n_i in that of its variance, and the normal distribution.
/// Effects are differences of rates, not of log odds: an interaction on one scale may be none on the other.
///
/// Absent: as for means; [`Absent::ZeroVariance`] if every cell has no successes or no failures. A [`Warning`] tells of
/// cells with fewer than five of either.
///
/// # Errors
///
/// [`CellsError`] if there is not one cell per run.
///
/// ```
/// use edgewise_stats::{Proportion, factorial::{Design, EffectOptions, rate_effects}};
///
/// let cells = [Proportion::new(100, 1_000)?, Proportion::new(120, 1_000)?, Proportion::new(110, 1_000)?, Proportion::new(160, 1_000)?];
/// let found = rate_effects(&Design::full(2)?, &cells, &EffectOptions::default())?;
/// assert!((found.effects[0].value.estimate? - 0.035).abs() < 1e-12);
/// assert!((found.effects[2].value.estimate? - 0.03).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rate_effects(
    design: &Design,
    cells: &[Proportion],
    options: &EffectOptions,
) -> Result<Effects, CellsError> {
    fits(design, cells.len())?;
    let rates: Estimate<Vec<f64>> = cells.iter().map(Proportion::rate).collect();
    let spreads = (cells.iter())
        .map(|cell| {
            let rate = cell.rate()?;
            Ok(Spread { variance: rate * (1.0 - rate) / count(cell.n()), df: f64::INFINITY })
        })
        .collect();
    let smallest = cells.iter().map(|cell| cell.successes().min(cell.failures())).min().unwrap_or(0);
    let warnings = (rates.is_ok() && smallest < FEW_OUTCOMES).then_some(Warning::FewOutcomes { smallest });
    Ok(all(design, rates, spreads, Reference::Normal, options, warnings.into_iter().collect()))
}

/// Whether two factors, or two experiments that ran on the same units, change each other's effect on a mean.
///
/// `cells[a][b]` are the units with level a of the first and b of the second, 0 for low or control. This is the effect AB
/// of [`effects`] in a full design of two factors; by default the difference of the one's effects with and without the
/// other. Experiments that draw independently cross each other, so that their cells need no planning.
///
/// ```
/// use edgewise_stats::{Moments, factorial::{EffectOptions, interaction}};
///
/// let cell = |values: [f64; 3]| Moments::from_values(values);
/// let cells = [[cell([1.0, 2.0, 3.0])?, cell([2.0, 3.0, 4.0])?], [cell([3.0, 4.0, 5.0])?, cell([7.0, 8.0, 9.0])?]];
/// let found = interaction(&cells, &EffectOptions::default());
/// assert_eq!(found.value.estimate?, 3.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn interaction(cells: &[[Moments; 2]; 2], options: &EffectOptions) -> EffectEstimate {
    let cells = [cells[0][0], cells[1][0], cells[0][1], cells[1][1]];
    last_of_two(|design| effects(design, &cells, options))
}

/// Whether two factors, or two experiments that ran on the same units, change each other's effect on a rate; as
/// [`interaction`].
///
/// ```
/// use edgewise_stats::{Proportion, factorial::{EffectOptions, rate_interaction}};
///
/// let cell = |successes| Proportion::new(successes, 1_000);
/// let found = rate_interaction(&[[cell(100)?, cell(110)?], [cell(120)?, cell(160)?]], &EffectOptions::default());
/// assert!((found.value.estimate? - 0.03).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rate_interaction(cells: &[[Proportion; 2]; 2], options: &EffectOptions) -> EffectEstimate {
    let cells = [cells[0][0], cells[1][0], cells[0][1], cells[1][1]];
    last_of_two(|design| rate_effects(design, &cells, options))
}

fn last_of_two(of: impl Fn(&Design) -> Result<Effects, CellsError>) -> EffectEstimate {
    let found = Design::full(2).ok().and_then(|design| of(&design).ok());
    let last = found.and_then(|mut found| found.effects.pop());
    // Two factors and four cells always give one.
    last.unwrap_or(EffectEstimate {
        effect: Effect { factors: 0b11 },
        aliases: Vec::new(),
        value: Quantity::absent(Absent::NotConverged),
        test: Err(Absent::NotConverged),
    })
}

fn fits(design: &Design, given: usize) -> Result<(), CellsError> {
    let expected = design.runs();
    if given == expected { Ok(()) } else { Err(CellsError { expected, given }) }
}

/// The variance of a cell's mean, with its degrees of freedom (infinite for a rate).
#[derive(Clone, Copy)]
struct Spread {
    variance: f64,
    df: f64,
}

impl Spread {
    fn own(cell: &Moments) -> Estimate<Self> {
        Ok(Self { variance: cell.variance()? / count(cell.n()), df: count(cell.n() - 1) })
    }
}

/// Each cell's share of the pooled variance.
fn pooled(cells: &[Moments]) -> Estimate<Vec<Spread>> {
    let df: f64 = cells.iter().map(|cell| count(cell.n().saturating_sub(1))).sum();
    if df < 1.0 {
        return Err(Absent::TooFewUnits);
    }
    let mut variance = 0.0;
    for cell in cells {
        variance += cell.squared_deviations()? / df;
    }
    let variance = finite(variance)?;
    Ok(cells.iter().map(|cell| Spread { variance: variance / count(cell.n()), df }).collect())
}

fn all(
    design: &Design,
    means: Estimate<Vec<f64>>,
    spreads: Estimate<Vec<Spread>>,
    reference: Reference,
    options: &EffectOptions,
    warnings: Vec<Warning>,
) -> Effects {
    let spreads = means.as_ref().map_err(|reason| *reason).and(spreads);
    let (error, null) = match &spreads {
        Ok(spreads) => {
            let pooled = options.variance == Variance::Pooled && reference == Reference::StudentsT;
            let sum: f64 = spreads.iter().map(|spread| spread.variance).sum();
            (error(sum), null(spreads, sum, reference, pooled))
        }
        Err(reason) => (Err(*reason), Err(*reason)),
    };
    let sums =
        means.map(|means| column_sums(means.into_iter().map(|mean| mean / count(design.runs() as u64))));
    // What all contrasts share: the root of the summed variances of the cells' means.
    let contrast = |effect: Effect| {
        let column = design.column(effect);
        let times = times(effect, options.coding);
        let signed = if column.negative { -times } else { times };
        let sum = |sums: &Vec<f64>| finite(signed * sums[column.effect.factors as usize]);
        let estimate = sums.as_ref().map_err(|reason| *reason).and_then(sum);
        let error = error.and_then(|error| positive(times * (error / count(design.runs() as u64))));
        (estimate, error)
    };
    let critical = null.and_then(|null| null.critical(options.alpha, options.alternative));
    let with_tests = |effect: Effect| {
        let (estimate, error) = contrast(effect);
        EffectEstimate {
            effect,
            aliases: design.aliases(effect),
            value: quantity(estimate, error, critical, options),
            test: null.and_then(|null| null.test(estimate? / error?, options.alternative)),
        }
    };
    let (mean, mean_error) = contrast(Effect::IDENTITY);
    Effects {
        mean: quantity(mean, mean_error, critical, options),
        effects: design.estimable().into_iter().map(with_tests).collect(),
        warnings,
    }
}

/// Each column's sum of values with the column's signs, by the bits of its base factors. Source: Yates (1937), "The design
/// and analysis of factorial experiments", for values in standard order.
fn column_sums(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sums: Vec<f64> = values.collect();
    let mut half = 1;
    while half < sums.len() {
        for pair in sums.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (low, high) in low.iter_mut().zip(high) {
                (*low, *high) = (*low + *high, *high - *low);
            }
        }
        half *= 2;
    }
    sums
}

/// N times what a sum of signed means is multiplied by.
fn times(effect: Effect, coding: Coding) -> f64 {
    match (coding, effect.order()) {
        (Coding::Coefficient, _) | (_, 0) => 1.0,
        (Coding::HighMinusLow, _) => 2.0,
        (Coding::Differences, order) => count(1 << order),
    }
}

fn error(variance: f64) -> Estimate<f64> {
    if variance > 0.0 { finite(variance.sqrt()) } else { Err(Absent::ZeroVariance) }
}

fn positive(error: f64) -> Estimate<f64> {
    if error > 0.0 { finite(error) } else { Err(Absent::OutOfRange) }
}

/// What the statistics are held against. All contrasts weigh the cells alike but for signs, so that they share it.
fn null(spreads: &[Spread], sum: f64, reference: Reference, pooled: bool) -> Estimate<Null> {
    if reference == Reference::Normal {
        return Ok(Null::Normal);
    }
    let df = if pooled {
        spreads.first().map_or(0.0, |spread| spread.df)
    } else {
        let part = |spread: &Spread| (spread.variance / sum) * (spread.variance / sum) / spread.df;
        1.0 / spreads.iter().map(part).sum::<f64>()
    };
    // At least 1 but for rounding, because every part has at least 1.
    DegreesOfFreedom::new(df.max(1.0)).map(Null::StudentsT).ok_or(Absent::OutOfRange)
}

fn quantity(
    estimate: Estimate<f64>,
    error: Estimate<f64>,
    critical: Estimate<f64>,
    options: &EffectOptions,
) -> Quantity {
    let interval = || {
        let (estimate, error) = (estimate?, error?);
        side::ends(options.alternative, critical?, |critical| {
            Interval::new(estimate - critical * error, estimate + critical * error)
        })
    };
    Quantity { estimate, standard_error: error, interval: interval() }
}
