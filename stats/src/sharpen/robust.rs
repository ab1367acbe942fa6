//! Heteroscedasticity-robust variances, which need the units' own residuals and leverages.

use super::{
    contrast::{Part, Spread},
    fit::{ArmFit, Fit},
    regression::{Degrees, Model, RobustErrors},
    scatter::dot,
};
use crate::{Absent, Estimate, distribution::students_t::DegreesOfFreedom, estimate::finite};

/// Above this a leverage is 1 but for rounding.
const FULL: f64 = 1.0 - 1e-10;

/// The spread of a fitted model from the rows that it was fitted to.
pub(super) fn spread<R: AsRef<[f64]>>(
    fit: &Fit,
    (control, treatment): (&[R], &[R]),
    (model, errors, degrees): (Model, RobustErrors, Degrees),
    population: bool,
) -> Estimate<Spread> {
    let residual_df = fit.units - fit.parameters;
    let residual = DegreesOfFreedom::new(residual_df).ok_or(Absent::TooFewValues)?;
    let k = fit.control.slopes.len();
    let mut trace = Trace::new(if model == Model::Ancova { 2 + k } else { 2 + 2 * k }, fit.units);
    let own = Slots { intercept: 0, slopes: 2 };
    let other = Slots { intercept: 1, slopes: if model == Model::Ancova { 2 } else { 2 + k } };
    let control = arm(&fit.control, control, -1.0, errors, &own, &mut trace)?;
    let treatment = arm(&fit.treatment, treatment, 1.0, errors, &other, &mut trace)?;
    let factor = if errors == RobustErrors::Hc1 { fit.units / residual_df } else { 1.0 };
    let df = match (errors, degrees) {
        (RobustErrors::Hc2 | RobustErrors::Hc3, Degrees::Satterthwaite) => trace.df()?,
        _ => residual,
    };
    let part = |sums: &Sums, arm: &ArmFit| Part {
        variance: factor * sums.variance,
        df: (arm.scatter.units() - fit.parameters / 2.0).max(1.0),
    };
    fit.spread_of(
        part(&control, &fit.control),
        part(&treatment, &fit.treatment),
        df,
        factor.sqrt() * control.with_mean,
        population,
    )
}

/// What is summed over an arm.
struct Sums {
    variance: f64,
    /// The covariance of the effect with the arm's mean.
    with_mean: f64,
}

/// Where an arm's intercept and slopes stand among the coefficients.
struct Slots {
    intercept: usize,
    slopes: usize,
}

fn arm<R: AsRef<[f64]>>(
    fit: &ArmFit,
    rows: &[R],
    sign: f64,
    errors: RobustErrors,
    slots: &Slots,
    trace: &mut Trace,
) -> Estimate<Sums> {
    let k = fit.slopes.len();
    let units = fit.scatter.units();
    let mut sums = Sums { variance: 0.0, with_mean: 0.0 };
    let (mut apart, mut white) = (vec![0.0; k], vec![0.0; k]);
    for row in rows {
        // Rows are as wide as the moments that were made from them.
        let Some((metric, covariates)) = row.as_ref().split_first() else {
            return Err(Absent::NoSuchNumber);
        };
        for (i, value) in covariates.iter().enumerate() {
            apart[i] = value - fit.scatter.mean(i + 1);
        }
        let deviation = metric - fit.scatter.mean(0);
        let residual = deviation - dot(&fit.slopes, &apart);
        let weight = sign / units + dot(&fit.weights, &apart);
        fit.factor.whiten(&apart, &mut white);
        let leverage = 1.0 / units + dot(&white, &white);
        let shrink = match errors {
            RobustErrors::Hc0 | RobustErrors::Hc1 => 1.0,
            RobustErrors::Hc2 | RobustErrors::Hc3 if leverage > FULL => return Err(Absent::FullLeverage),
            RobustErrors::Hc2 => 1.0 - leverage,
            RobustErrors::Hc3 => (1.0 - leverage) * (1.0 - leverage),
        };
        let influence = weight * residual / shrink.sqrt();
        sums.variance += influence * influence;
        sums.with_mean += influence * (deviation / units);
        trace.add(weight, shrink, leverage, (1.0 / units.sqrt(), &white), slots);
    }
    finite(sums.variance)?;
    Ok(sums)
}

/// The traces of G = diag(a)(I − H)diag(a) and of G², of which the Satterthwaite degrees of freedom are made.
struct Trace {
    size: usize,
    /// Weights are taken in units of 1/N, so that their fourth powers do not underflow.
    units: f64,
    /// Σ a²·(1 − h)
    of_g: f64,
    /// Σ a⁴·(1 − 2h)
    diagonal: f64,
    /// Σ a²·ζζᵀ, where H = ζᵀζ.
    outer: Vec<f64>,
}

impl Trace {
    fn new(size: usize, units: f64) -> Self {
        Self { size, units, of_g: 0.0, diagonal: 0.0, outer: vec![0.0; size * size] }
    }

    /// A unit's weight, what its squared residual is divided by, its leverage, and its ζ.
    fn add(
        &mut self,
        weight: f64,
        shrink: f64,
        leverage: f64,
        (intercept, white): (f64, &[f64]),
        slots: &Slots,
    ) {
        let weight = weight * self.units;
        let square = weight * weight / shrink;
        self.of_g += square * (1.0 - leverage);
        self.diagonal += square * square * (1.0 - 2.0 * leverage);
        let size = self.size;
        self.outer[slots.intercept * size + slots.intercept] += square * intercept * intercept;
        for (i, a) in white.iter().enumerate() {
            let row = slots.slopes + i;
            let cross = square * intercept * a;
            self.outer[slots.intercept * size + row] += cross;
            self.outer[row * size + slots.intercept] += cross;
            for (j, b) in white.iter().enumerate() {
                self.outer[row * size + slots.slopes + j] += square * a * b;
            }
        }
    }

    fn df(&self) -> Estimate<DegreesOfFreedom> {
        let of_square = self.diagonal + dot(&self.outer, &self.outer);
        let df = self.of_g * (self.of_g / of_square);
        if df.is_finite() {
            DegreesOfFreedom::new(df.max(1.0)).ok_or(Absent::OutOfRange)
        } else {
            Err(Absent::OutOfRange)
        }
    }
}
