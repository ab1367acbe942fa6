//! The adjusted contrast of two arms, over one or several strata, with one vector of slopes.

use super::{
    cholesky::Cholesky,
    contrast::{Contrast, Part, Spread, satterthwaite},
    cuped::{LiftBase, LiftGradient, SlopeError},
    scatter::{Scatter, dot},
};
use crate::{Absent, Estimate, distribution::students_t::DegreesOfFreedom, estimate::finite};

/// The residual share of the metric's variance below which it is rounding: sums of products carry about 1e-16 of their
/// size, and a residual is their difference.
const NO_RESIDUAL: f64 = 1e-12;

/// One stratum: its share of all units, and its two arms.
pub(super) struct Cell {
    pub(super) weight: f64,
    pub(super) control: Scatter,
    pub(super) treatment: Scatter,
}

/// How the contrast is formed.
pub(super) struct Plan<'a> {
    /// The sums of products that the slopes come from, where they are not those within arms (and strata).
    pub(super) slopes_from: Option<&'a [f64]>,
    /// The covariates' means that the arms' means are adjusted to.
    pub(super) centre: &'a [f64],
    pub(super) slope_error: SlopeError,
    pub(super) base: LiftBase,
    pub(super) gradient: LiftGradient,
    /// Whether the strata's shares are those of a sample of a population.
    pub(super) sampled_shares: bool,
    /// Whether the degrees of freedom are those of the arms as if they had no strata.
    pub(super) df_without_strata: bool,
}

/// The slopes of the metric on the covariates, and the contrast that they adjust.
pub(super) fn adjust(cells: &[Cell], plan: &Plan<'_>) -> Estimate<(Vec<f64>, Contrast)> {
    let first = cells.first().ok_or(Absent::NoCommonStratum)?;
    let covariates = first.control.covariates();
    let within = within(cells)?;
    let factor = Cholesky::of_covariates(&within, covariates)?;
    let slopes = match plan.slopes_from {
        None => slopes(&within, &factor, covariates)?,
        Some(products) => slopes(products, &Cholesky::of_covariates(products, covariates)?, covariates)?,
    };
    let weighted = |of: &dyn Fn(&Cell) -> f64| cells.iter().map(|cell| cell.weight * of(cell)).sum::<f64>();
    let mean = |arm: &Scatter| adjusted(arm, &slopes, plan.centre);
    let control = finite(weighted(&|cell| mean(&cell.control)))?;
    let treatment = finite(weighted(&|cell| mean(&cell.treatment)))?;
    let difference = finite(weighted(&|cell| cell_difference(cell, &slopes)))?;
    let raw_control = weighted(&|cell| cell.control.mean(0));
    let raw_treatment = weighted(&|cell| cell.treatment.mean(0));
    let base = match plan.base {
        LiftBase::UnadjustedControl => raw_control,
        LiftBase::AdjustedControl => control,
    };
    let gradient = match plan.gradient {
        LiftGradient::Adjusted => None,
        LiftGradient::Unadjusted => Some(raw_treatment / raw_control - 1.0),
    };
    let spread = spread(cells, plan, &slopes, &factor, within[0], (difference, base));
    Ok((slopes, Contrast { control, treatment, difference, base, gradient, spread }))
}

/// The sums of products within arms and strata.
fn within(cells: &[Cell]) -> Estimate<Vec<f64>> {
    let mut sum = vec![0.0; cells.first().map_or(0, |cell| cell.control.products().len())];
    for arm in cells.iter().flat_map(|cell| [&cell.control, &cell.treatment]) {
        for (sum, product) in sum.iter_mut().zip(arm.products()) {
            *sum = finite(*sum + product)?;
        }
    }
    Ok(sum)
}

/// The least-squares slopes of the metric on the covariates.
fn slopes(products: &[f64], factor: &Cholesky, covariates: usize) -> Estimate<Vec<f64>> {
    factor.solve(&products[1..=covariates]).into_iter().map(finite).collect()
}

/// The arm's mean at the covariates' means `centre`.
fn adjusted(arm: &Scatter, slopes: &[f64], centre: &[f64]) -> f64 {
    slopes
        .iter()
        .zip(centre)
        .enumerate()
        .fold(arm.mean(0), |mean, (i, (slope, centre))| mean - slope * (arm.mean(i + 1) - centre))
}

fn cell_difference(cell: &Cell, slopes: &[f64]) -> f64 {
    cell.treatment.mean(0) - cell.control.mean(0) - dot(slopes, &cell.control.apart(&cell.treatment))
}

fn spread(
    cells: &[Cell],
    plan: &Plan<'_>,
    slopes: &[f64],
    factor: &Cholesky,
    metric: f64,
    (difference, base): (f64, f64),
) -> Estimate<Spread> {
    let arms = || cells.iter().flat_map(|cell| [&cell.control, &cell.treatment]);
    if arms().any(|arm| arm.n() < 2) {
        return Err(Absent::TooFewUnits);
    }
    let residual: f64 = arms().map(|arm| arm.residual(slopes)).sum();
    if metric == 0.0 {
        return Err(Absent::ZeroVariance);
    }
    if residual <= NO_RESIDUAL * metric {
        return Err(Absent::PerfectFit);
    }

    let df: f64 = arms().map(|arm| arm.units() - 1.0).sum();
    let k = slopes.iter().fold(0.0, |k, _| k + 1.0);
    let (inflation, direction) = match plan.slope_error {
        SlopeError::Counted if df - k < 1.0 => return Err(Absent::TooFewValues),
        SlopeError::Counted => (df / (df - k), factor.solve(&apart(cells))),
        SlopeError::Ignored => (1.0, Vec::new()),
    };
    let part = |arm: &Scatter, weight: f64| {
        let unit = inflation * (arm.residual(slopes) / (arm.units() - 1.0));
        let leverage = weight * (weight / arm.units()) + arm.explained(&direction);
        Part { variance: unit * leverage, df: (arm.units() - 1.0) / inflation }
    };
    let controls: Vec<Part> = cells.iter().map(|cell| part(&cell.control, cell.weight)).collect();
    let treatments: Vec<Part> = cells.iter().map(|cell| part(&cell.treatment, cell.weight)).collect();
    let own = |of: &dyn Fn(&Scatter) -> f64| {
        cells
            .iter()
            .map(|cell| {
                cell.weight
                    * (cell.weight / cell.control.units())
                    * (of(&cell.control) / (cell.control.units() - 1.0))
            })
            .sum::<f64>()
    };
    let (control, treatment) = (together(&controls)?, together(&treatments)?);
    let (mut base_variance, mut covariance) = match plan.base {
        LiftBase::UnadjustedControl => {
            (own(&|arm| arm.product(0, 0)), -own(&|arm| arm.residual_with_metric(slopes)))
        }
        LiftBase::AdjustedControl => (control.variance, -control.variance),
    };

    let mut parts = [controls, treatments].concat();
    if plan.sampled_shares {
        let units: f64 = arms().map(Scatter::units).sum();
        let level = |cell: &Cell| match plan.base {
            LiftBase::UnadjustedControl => cell.control.mean(0),
            LiftBase::AdjustedControl => adjusted(&cell.control, slopes, plan.centre),
        };
        let between = |a: &dyn Fn(&Cell) -> f64, b: &dyn Fn(&Cell) -> f64| {
            cells.iter().map(|cell| cell.weight * a(cell) * (b(cell) / units)).sum::<f64>()
        };
        let effect = |cell: &Cell| cell_difference(cell, slopes) - difference;
        let level = |cell: &Cell| level(cell) - base;
        parts.push(Part { variance: finite(between(&effect, &effect))?, df: units - 1.0 });
        base_variance += between(&level, &level);
        covariance += between(&effect, &level);
    }
    let variance = finite(parts.iter().map(|part| part.variance).sum())?;
    if variance <= 0.0 {
        return Err(Absent::OutOfRange);
    }
    let df = if plan.df_without_strata { without_strata(cells, slopes)? } else { satterthwaite(&parts)? };
    Ok(Spread {
        control,
        treatment,
        difference: variance,
        df,
        base: finite(base_variance)?,
        covariance: finite(covariance)?,
    })
}

/// The weighted differences of the covariates' means.
fn apart(cells: &[Cell]) -> Vec<f64> {
    let mut sum = vec![0.0; cells.first().map_or(0, |cell| cell.control.covariates())];
    for cell in cells {
        for (sum, apart) in sum.iter_mut().zip(cell.control.apart(&cell.treatment)) {
            *sum += cell.weight * apart;
        }
    }
    sum
}

/// The sum of independent parts. One whose variance is 0 has the smallest degrees of freedom of the parts.
fn together(parts: &[Part]) -> Estimate<Part> {
    let variance = finite(parts.iter().map(|part| part.variance).sum())?;
    let df = match satterthwaite(parts) {
        Ok(df) => df.get(),
        Err(_) => parts.iter().fold(f64::INFINITY, |least, part| least.min(part.df)).max(1.0),
    };
    Ok(Part { variance, df })
}

/// Welch's degrees of freedom of the two arms, each with its strata poured together.
fn without_strata(cells: &[Cell], slopes: &[f64]) -> Estimate<DegreesOfFreedom> {
    let arm = |of: &dyn Fn(&Cell) -> &Scatter| {
        let units: f64 = cells.iter().map(|cell| of(cell).units()).sum();
        let mean = |scatter: &Scatter| adjusted(scatter, slopes, &vec![0.0; slopes.len()]);
        let centre: f64 = cells.iter().map(|cell| of(cell).units() / units * mean(of(cell))).sum();
        let squares: f64 = cells
            .iter()
            .map(|cell| {
                let apart = mean(of(cell)) - centre;
                of(cell).residual(slopes) + of(cell).units() * apart * apart
            })
            .sum();
        Part { variance: squares / (units - 1.0) / units, df: units - 1.0 }
    };
    satterthwaite(&[arm(&|cell| &cell.control), arm(&|cell| &cell.treatment)])
}
