//! Least squares of the metric on the treatment and the covariates, from moments.

use super::{
    cholesky::Cholesky,
    contrast::{Contrast, Part, Spread, satterthwaite},
    regression::{Errors, Model},
    scatter::{Scatter, dot},
};
use crate::{Absent, Estimate, distribution::students_t::DegreesOfFreedom, estimate::finite};

/// As in [`super::adjust`].
const NO_RESIDUAL: f64 = 1e-12;

/// A fitted model.
pub(super) struct Fit {
    pub(super) control: ArmFit,
    pub(super) treatment: ArmFit,
    /// Treatment minus control at the covariates' means over both arms.
    pub(super) effect: f64,
    /// All units.
    pub(super) units: f64,
    /// The number of coefficients.
    pub(super) parameters: f64,
    /// Σ(slope difference · (x − x̄))² over all units, over N(N − 1).
    heterogeneity: f64,
}

/// One arm's part in it.
pub(super) struct ArmFit {
    pub(super) scatter: Scatter,
    pub(super) slopes: Vec<f64>,
    /// The arm's mean at the covariates' means over both arms.
    pub(super) mean: f64,
    /// A unit's weight in the effect is ±1/n + `weights`·(x − x̄ of the arm).
    pub(super) weights: Vec<f64>,
    /// The factor of the products that the slopes come from.
    pub(super) factor: Cholesky,
    /// Σ residual².
    residual: f64,
}

impl Fit {
    /// Fits the model to two arms whose rows are equally wide.
    pub(super) fn new(control: Scatter, treatment: Scatter, model: Model) -> Estimate<Self> {
        let k = control.covariates();
        let float = (0..k).fold(0.0, |k, _| k + 1.0);
        let units = control.units() + treatment.units();
        let apart = control.apart(&treatment);
        let share = treatment.units() / units;
        // From each arm's means to those of all units.
        let to_all: [Vec<f64>; 2] = [
            apart.iter().map(|apart| apart * share).collect(),
            apart.iter().map(|apart| -apart * (1.0 - share)).collect(),
        ];
        let enough = match model {
            Model::Ancova => units - 2.0 >= float,
            Model::Interacted => control.units().min(treatment.units()) - 1.0 >= float,
        };
        if !enough {
            return Err(Absent::TooFewValues);
        }
        let within = sum(&control, &treatment)?;
        let fit = |scatter: Scatter, to_all: &[f64], sign: f64| {
            let products = match model {
                Model::Ancova => &within,
                Model::Interacted => scatter.products(),
            };
            let factor = Cholesky::of_covariates(products, k)?;
            let slopes =
                factor.solve(&products[1..=k]).into_iter().map(finite).collect::<Estimate<Vec<f64>>>()?;
            let weights = match model {
                Model::Ancova => factor.solve(&apart).into_iter().map(|weight| -weight).collect(),
                Model::Interacted => factor.solve(to_all).into_iter().map(|weight| sign * weight).collect(),
            };
            let mean = finite(scatter.mean(0) + dot(&slopes, to_all))?;
            let residual = scatter.residual(&slopes);
            Ok(ArmFit { scatter, slopes, mean, weights, factor, residual })
        };
        let control = fit(control, &to_all[0], -1.0)?;
        let treatment = fit(treatment, &to_all[1], 1.0)?;
        let between: Vec<f64> =
            treatment.slopes.iter().zip(&control.slopes).map(|(other, own)| other - own).collect();
        let shifted = dot(&between, &apart);
        let spread = control.scatter.explained(&between)
            + treatment.scatter.explained(&between)
            + shifted * shifted * share * control.scatter.units();
        Ok(Self {
            effect: finite(treatment.mean - control.mean)?,
            control,
            treatment,
            units,
            parameters: match model {
                Model::Ancova => 2.0 + float,
                Model::Interacted => 2.0 + 2.0 * float,
            },
            heterogeneity: spread / (units - 1.0) / units,
        })
    }

    /// Refuses a metric without variance, and one that nothing is left of.
    fn has_residual(&self) -> Estimate<()> {
        let metric = self.control.scatter.product(0, 0) + self.treatment.scatter.product(0, 0);
        if self.control.scatter.n().min(self.treatment.scatter.n()) < 2 {
            Err(Absent::TooFewUnits)
        } else if metric == 0.0 {
            Err(Absent::ZeroVariance)
        } else if self.control.residual + self.treatment.residual <= NO_RESIDUAL * metric {
            Err(Absent::PerfectFit)
        } else if self.units - self.parameters < 1.0 {
            Err(Absent::TooFewValues)
        } else {
            Ok(())
        }
    }

    /// The variances that moments permit.
    pub(super) fn spread(&self, model: Model, errors: Errors, population: bool) -> Estimate<Spread> {
        self.has_residual()?;
        let free = self.units - self.parameters;
        let k = 0.5 * (self.parameters - 2.0);
        let pooled = (self.control.residual + self.treatment.residual) / free;
        let part = |arm: &ArmFit| {
            let own = arm.scatter.units() - 1.0;
            let df = match (errors, model) {
                (Errors::Classical, _) => free,
                (Errors::ByArm, Model::Ancova) => own * (free / (self.units - 2.0)),
                (Errors::ByArm, Model::Interacted) => own - k,
            };
            if df <= 0.0 {
                return Err(Absent::TooFewValues);
            }
            let unit = if errors == Errors::Classical { pooled } else { arm.residual / df };
            Ok(Part {
                variance: unit * (1.0 / arm.scatter.units() + arm.scatter.explained(&arm.weights)),
                df,
            })
        };
        let (control, treatment) = (part(&self.control)?, part(&self.treatment)?);
        let df = match errors {
            Errors::Classical => DegreesOfFreedom::new(free).ok_or(Absent::TooFewValues)?,
            Errors::ByArm => satterthwaite(&[control, treatment])?,
        };
        let own = self.control.scatter.units() * (self.control.scatter.units() - 1.0);
        let covariance = -self.control.scatter.residual_with_metric(&self.control.slopes) / own;
        self.spread_of(control, treatment, df, covariance, population)
    }

    /// The spread with these variances of the arms and this covariance of the effect with the control mean.
    pub(super) fn spread_of(
        &self,
        control: Part,
        treatment: Part,
        df: DegreesOfFreedom,
        covariance: f64,
        population: bool,
    ) -> Estimate<Spread> {
        self.has_residual()?;
        let more = if population { self.heterogeneity } else { 0.0 };
        let difference = finite(control.variance + treatment.variance + more)?;
        if difference <= 0.0 {
            return Err(Absent::OutOfRange);
        }
        let own = self.control.scatter.units() * (self.control.scatter.units() - 1.0);
        let base = self.control.scatter.product(0, 0) / own;
        Ok(Spread {
            control,
            treatment,
            difference,
            df,
            base: finite(base)?,
            covariance: finite(covariance)?,
        })
    }

    /// The contrast with such a spread.
    pub(super) fn contrast(&self, spread: Estimate<Spread>) -> Contrast {
        Contrast {
            control: self.control.mean,
            treatment: self.treatment.mean,
            difference: self.effect,
            base: self.control.scatter.mean(0),
            gradient: None,
            spread,
        }
    }

    /// Both arms' slopes.
    pub(super) fn slopes(&self) -> [Vec<f64>; 2] {
        [self.control.slopes.clone(), self.treatment.slopes.clone()]
    }
}

/// The sums of products within both arms.
fn sum(control: &Scatter, treatment: &Scatter) -> Estimate<Vec<f64>> {
    control.products().iter().zip(treatment.products()).map(|(a, b)| finite(a + b)).collect()
}
