//! Regression adjustment: analysis of covariance and Lin's interacted estimator.

use serde::Serialize;

use super::{
    adjust::Cell,
    balance,
    contrast::{Contrast, Question, Spread},
    cuped::{Adjustment, absent, assemble, unadjusted},
    fit::Fit,
    robust,
    scatter::Scatter,
};
use crate::{
    Absent, Alpha, Alternative, Estimate, JointMoments, Method, MomentsError, compare::lift::LiftMethod,
};

/// How two arms are compared by regression on moments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RegressionOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends its intervals have.
    pub alternative: Alternative,
    /// Whether the arms share the covariates' slopes.
    pub model: Model,
    /// What is assumed of the residuals.
    pub errors: Errors,
    /// Whose mean effect is estimated.
    pub target: Target,
    /// Which interval the lift gets.
    pub lift: LiftMethod,
}

/// How two arms are compared by regression on the units' own rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RowOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends its intervals have.
    pub alternative: Alternative,
    /// Whether the arms share the covariates' slopes.
    pub model: Model,
    /// Which robust variance.
    pub errors: RobustErrors,
    /// The degrees of freedom of HC2 and HC3.
    pub degrees: Degrees,
    /// Whose mean effect is estimated.
    pub target: Target,
    /// Which interval the lift gets.
    pub lift: LiftMethod,
}

/// Whether the arms share the covariates' slopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// They do: y on 1, treated, x (analysis of covariance). With unequal arms and unequal slopes it may lose precision.
    Ancova,
    /// They do not: y on 1, treated, x − x̄, treated · (x − x̄). Never less precise than no adjustment in large samples; the
    /// default.
    #[default]
    Interacted,
}

/// What is assumed of the residuals, where there are only moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Errors {
    /// One variance in both arms: the textbook's ("non-robust") standard error, with N − p degrees of freedom.
    Classical,
    /// One variance in each arm, whatever the covariates: Neyman's, with Welch's degrees of freedom; the default.
    #[default]
    ByArm,
}

/// Which heteroscedasticity-robust variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RobustErrors {
    /// White's: Σ w²e². Too small with few units.
    Hc0,
    /// Hc0 · N / (N − p).
    Hc1,
    /// Σ w²e² / (1 − h): unbiased where residuals have one variance; without covariates Welch's. The default.
    #[default]
    Hc2,
    /// Σ w²e² / (1 − h)²: errs to the large side.
    Hc3,
}

/// The degrees of freedom of HC2 and HC3; those of HC0 and HC1 are N − p.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Degrees {
    /// Satterthwaite's, as Bell and McCaffrey proposed: small where few units determine the effect; the default.
    #[default]
    Satterthwaite,
    /// N − p.
    Residual,
}

/// Whose mean effect is estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// That of the units in the experiment, as in Lin (2013) and in all packages; the default.
    #[default]
    Sample,
    /// That of the population that they are a sample of. With unequal slopes the covariates' own sampling adds
    /// (β_t − β_c)ᵀ S (β_t − β_c) / (N(N − 1)) to the variance, S the sums of products over all units.
    Population,
}

/// Compares two arms by regression on their covariates, from moments.
///
/// A unit's row is the metric (place 0) and its covariates. [`Model::Ancova`] has the slopes of [`cuped`](super::cuped);
/// [`Model::Interacted`] lets each arm have its own and compares the two regressions at the covariates' means x̄ over
/// both arms:
///
/// ```text
/// β_a = S_xx,a⁻¹ S_xy,a      effect = ( ȳ_t − β_t·(x̄_t − x̄) ) − ( ȳ_c − β_c·(x̄_c − x̄) )      r_a = Σ (y − ȳ_a − β_a·(x − x̄_a))²
/// ByArm:     se² = Σ r_a / (n_a − 1 − k) · ℓ_a,     ℓ_a = 1/n_a + (x̄ − x̄_a)ᵀ S_xx,a⁻¹ (x̄ − x̄_a),     df by Satterthwaite
/// Classical: se² = (r_t + r_c) / (N − 2 − 2k) · (ℓ_t + ℓ_c),     df = N − 2 − 2k
/// ```
///
/// (Ancova: ℓ_a = 1/n_a + t·S_xx,a·t with t = S_xx⁻¹(x̄_t − x̄_c), N − 2 − k, and by arm the variances of [`cuped`](super::cuped).)
/// The lift is the effect over the unadjusted control mean. Classical errors and effects are those of ordinary least
/// squares in any package (statsmodels' `nonrobust`). [`regress_rows`] has the robust errors that need the units themselves.
///
/// Absent: as in [`cuped`](super::cuped); [`Absent::TooFewValues`] also where an arm has too few units for its own slopes.
///
/// Source: Lin (2013), "Agnostic notes on regression adjustments to experimental data: Reexamining Freedman's critique",
/// Annals of Applied Statistics 7(1), section 4; Negi & Wooldridge (2021), "Revisiting regression adjustment in experiments
/// with heterogeneous treatment effects", Econometric Reviews 40(5), for [`Target::Population`].
///
/// ```
/// use edgewise_stats::{JointMoments, sharpen::{Errors, Model, RegressionOptions, regress}};
///
/// // statsmodels 0.15.0: OLS of y on 1, treated, x: effect −0.652273, standard error 0.232713
/// let control = JointMoments::from_rows(2, [[4.0, 3.0], [2.0, 1.0], [6.0, 5.0], [5.0, 4.0], [3.0, 2.5]])?;
/// let treatment = JointMoments::from_rows(2, [[5.0, 5.0], [3.0, 2.0], [2.0, 2.0], [6.0, 6.0], [4.0, 4.0]])?;
/// let options =
///     RegressionOptions { model: Model::Ancova, errors: Errors::Classical, ..RegressionOptions::default() };
/// let effect = regress(&control, &treatment, &options).adjusted.difference;
/// assert!((effect.estimate? - -0.652_273).abs() < 1e-6 && (effect.standard_error? - 0.232_713).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn regress(control: &JointMoments, treatment: &JointMoments, options: &RegressionOptions) -> Adjustment {
    let question = Question {
        method: if options.errors == Errors::Classical { Method::PooledT } else { Method::WelchT },
        alpha: options.alpha,
        alternative: options.alternative,
        lift: options.lift,
    };
    let population = options.target == Target::Population;
    answer(control, treatment, options.model, &question, |fit| {
        fit.spread(options.model, options.errors, population)
    })
}

/// Compares two arms by regression on their covariates, from the units' rows, with robust standard errors.
///
/// Effects and models are those of [`regress`]. With e the residuals, h the leverages, and w the weights with which the
/// units' metrics make up the effect,
///
/// ```text
/// w_i = ±1/n_a + (x_i − x̄_a)·(S_xx,a⁻¹ (±(x̄ − x̄_a)))      h_i = 1/n_a + (x_i − x̄_a)ᵀ S_xx,a⁻¹ (x_i − x̄_a)
/// HC0: Σ w²e²      HC1: N/(N − p) Σ w²e²      HC2: Σ w²e²/(1 − h)      HC3: Σ w²e²/(1 − h)²
/// df = ( tr G )² / tr G²,   G = diag(a)(I − H)diag(a),   a_i² = w_i²/(1 − h_i) (HC2) or w_i²/(1 − h_i)² (HC3)
/// ```
///
/// with S_xx in the place of S_xx,a and p = 2 + k for [`Model::Ancova`], p = 2 + 2k for [`Model::Interacted`]. Two passes
/// over the rows, without a copy of them; the sandwich itself needs no matrix larger than p × p.
///
/// Conventions: estimates and errors are those of statsmodels' and R's sandwich; statsmodels takes the normal
/// distribution for robust errors, this crate Student's t, with Satterthwaite's degrees of freedom for HC2 and HC3.
///
/// Absent: as in [`regress`]; [`Absent::FullLeverage`] where HC2 or HC3 divide by zero.
///
/// Source: MacKinnon & White (1985), "Some heteroskedasticity-consistent covariance matrix estimators with improved finite
/// sample properties", Journal of Econometrics 29(3); Bell & McCaffrey (2002), "Bias reduction in standard errors for
/// linear regression with multi-stage samples", Survey Methodology 28(2), for the degrees of freedom, in the form of
/// Imbens & Kolesár (2016), "Robust standard errors in small samples", Review of Economics and Statistics 98(4).
///
/// # Errors
///
/// [`MomentsError`] if the rows differ in width or a number is NaN or infinite.
///
/// ```
/// use edgewise_stats::sharpen::{Model, RobustErrors, RowOptions, regress_rows};
///
/// // statsmodels 0.15.0: OLS of y on 1, treated, x, cov_type="HC3": standard error 0.335327
/// let control = [[4.0, 3.0], [2.0, 1.0], [6.0, 5.0], [5.0, 4.0], [3.0, 2.5]];
/// let treatment = [[5.0, 5.0], [3.0, 2.0], [2.0, 2.0], [6.0, 6.0], [4.0, 4.0]];
/// let options = RowOptions { model: Model::Ancova, errors: RobustErrors::Hc3, ..RowOptions::default() };
/// let effect = regress_rows(&control, &treatment, &options)?.adjusted.difference;
/// assert!((effect.standard_error? - 0.335_327).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn regress_rows<R: AsRef<[f64]>>(
    control: &[R],
    treatment: &[R],
    options: &RowOptions,
) -> Result<Adjustment, MomentsError> {
    let width = control.iter().chain(treatment).next().map_or(0, |row| row.as_ref().len());
    let own = JointMoments::from_rows(width, control)?;
    let other = JointMoments::from_rows(width, treatment)?;
    let question = Question {
        method: Method::WelchT,
        alpha: options.alpha,
        alternative: options.alternative,
        lift: options.lift,
    };
    let population = options.target == Target::Population;
    let how = (options.model, options.errors, options.degrees);
    Ok(answer(&own, &other, options.model, &question, |fit| {
        robust::spread(fit, (control, treatment), how, population)
    }))
}

/// The adjusted comparison beside the unadjusted one, which is Welch's.
fn answer(
    control: &JointMoments,
    treatment: &JointMoments,
    model: Model,
    question: &Question,
    spread: impl Fn(&Fit) -> Estimate<Spread>,
) -> Adjustment {
    let arms = || {
        let (own, other) = (Scatter::new(control)?, Scatter::new(treatment)?);
        if own.covariates() == other.covariates() { Ok((own, other)) } else { Err(Absent::NoSuchNumber) }
    };
    let (control, treatment) = match arms() {
        Ok(arms) => arms,
        Err(reason) => return absent(reason, question),
    };
    let balance = balance::of(&control, &treatment);
    let cell = Cell { weight: 1.0, control, treatment };
    let unadjusted: Estimate<Contrast> = unadjusted(&cell);
    let adjusted =
        Fit::new(cell.control, cell.treatment, model).map(|fit| (fit.slopes(), fit.contrast(spread(&fit))));
    assemble(adjusted, &unadjusted, balance, (question, &Question { method: Method::WelchT, ..*question }))
}
