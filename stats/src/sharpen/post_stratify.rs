//! Post-stratification: comparing within groups that were known before exposure.

use serde::Serialize;

use super::{
    adjust::{Cell, Plan, adjust},
    contrast::{Question, report},
    cuped::{LiftBase, LiftGradient, SlopeError, plain},
    scatter::Scatter,
};
use crate::{
    Absent, Alpha, Alternative, Comparison, Estimate, Method, Moments, Proportion, Stratum, Warning,
    compare::lift::LiftMethod,
    stratum::{self, Weighted},
};

/// How strata are compared and put together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PostStratification {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends its intervals have.
    pub alternative: Alternative,
    /// Whether the strata's shares vary from sample to sample.
    pub shares: Shares,
    /// The degrees of freedom of t.
    pub degrees: StrataDegrees,
    /// Whether the variance knows that covariates' slopes are estimated.
    pub slope_error: SlopeError,
    /// Which interval the lift gets.
    pub lift: LiftMethod,
}

/// Whether the strata's shares vary from sample to sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shares {
    /// The units are a sample of a population whose shares they estimate, as in gbstats: where effects differ between strata
    /// that adds Σ w_s (d_s − d)² / N to the variance. The default.
    #[default]
    Sampled,
    /// The effect is meant for these shares, as in [`compare_mean_strata`](crate::compare::compare_mean_strata).
    Fixed,
}

/// The degrees of freedom of a stratified comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StrataDegrees {
    /// Satterthwaite's over strata and variants; the default.
    #[default]
    Satterthwaite,
    /// Welch's over the two variants as if there were no strata, as in gbstats.
    WithoutStrata,
}

/// Compares two means within strata, weighted by the strata's sizes.
///
/// Strata are groups of units that exposure cannot change: country, platform, last month's activity. The part of the
/// metric's variance that lies between them drops out of the comparison.
///
/// ```text
/// w_s = n_s / N      d = Σ w_s·(ȳ_st − ȳ_sc)      se² = Σ w_s²·(s_st²/n_st + s_sc²/n_sc) + Σ w_s·(d_s − d)² / N
/// ```
///
/// The last term is there with [`Shares::Sampled`]; without it this is
/// [`compare_mean_strata`](crate::compare::compare_mean_strata), which exists for epochs of one experiment. The lift is d over
/// the control's weighted mean M = Σ w_s·ȳ_sc, whose variance and covariance with d have their own such terms.
///
/// The n_st are those that occurred, and the variance is that of the experiment at hand. Units are not assigned within
/// strata, so n_st varies: with a share p of the units treated, E(1/n_st) ≈ (1 + (1 − p)/(p·n_s)) / (p·n_s), and comparing
/// after the fact costs by so much more than strata that were fixed by design. The sum contains that excess; it is small
/// as long as strata have many units, and many tiny strata may cost more than they bring.
///
/// Conventions: those of gbstats are [`Shares::Sampled`] and [`StrataDegrees::WithoutStrata`]. Strata without two units of
/// each variant are left out and named in warnings, not poured into the largest stratum.
///
/// Absent: everything with [`Absent::NoCommonStratum`]; as in [`compare_means`](crate::compare::compare_means) otherwise.
///
/// Source: Miratrix, Sekhon & Yu (2013), "Adjusting treatment effect estimates by post-stratification in randomized
/// experiments", Journal of the Royal Statistical Society B 75(2), section 3.
///
/// ```
/// use edgewise_stats::{Moments, Stratum, sharpen::{PostStratification, StrataDegrees, post_stratify}};
///
/// // gbstats (HEAD 8f1db445), TwoSidedTTest with post_stratify=True: 0.146483, standard error 0.128315, p = 0.253928
/// let strata = [
///     [(100, 210, 700), (120, 280, 980)],
///     [(300, 300, 800), (280, 310, 860)],
///     [(50, 400, 4_000), (55, 450, 4_600)],
/// ];
/// let of = |(n, sum, squares)| Moments::from_scaled_sums(n, sum, squares, 0).unwrap();
/// let strata = strata.map(|[control, treatment]| Stratum { control: of(control), treatment: of(treatment) });
/// let options = PostStratification { degrees: StrataDegrees::WithoutStrata, ..PostStratification::default() };
/// let result = post_stratify(&strata, &options);
/// assert!((result.difference.estimate? - 0.146_483).abs() < 1e-6);
/// assert!((result.difference.standard_error? - 0.128_315).abs() < 1e-6);
/// assert!((result.test?.p - 0.253_928).abs() < 1e-6);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn post_stratify(strata: &[Stratum<Moments>], options: &PostStratification) -> Comparison {
    let (cells, warnings) = cells(strata, Moments::n, Scatter::of_metric);
    let contrast = cells.and_then(|cells| adjust(&cells, &plan(options))).map(|(_, contrast)| contrast);
    report(&contrast, &question(options), warnings)
}

/// Compares two rates within strata, weighted by the strata's sizes.
///
/// [`post_stratify`] of the units' zeros and ones: the t test on them, whose variance is p(1 − p)·n/(n − 1) in each stratum
/// and variant. [`compare_rate_strata`](crate::compare::compare_rate_strata) has the z test and Newcombe's intervals.
///
/// ```
/// use edgewise_stats::{Proportion, Stratum, sharpen::{PostStratification, post_stratify_rates}};
///
/// let stratum = |c, t| Stratum { control: c, treatment: t };
/// let strata = [
///     stratum(Proportion::new(10, 100)?, Proportion::new(15, 100)?),
///     stratum(Proportion::new(30, 100)?, Proportion::new(35, 100)?),
/// ];
/// let result = post_stratify_rates(&strata, &PostStratification::default());
/// assert!((result.difference.estimate? - 0.05).abs() < 1e-12 && (result.lift.estimate? - 0.25).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn post_stratify_rates(strata: &[Stratum<Proportion>], options: &PostStratification) -> Comparison {
    let moments = |rate: &Proportion| zeros_and_ones(rate).map_err(|_| Absent::OutOfRange);
    let strata: Estimate<Vec<Stratum<Moments>>> = strata
        .iter()
        .map(|stratum| {
            Ok(Stratum { control: moments(&stratum.control)?, treatment: moments(&stratum.treatment)? })
        })
        .collect();
    match strata {
        Ok(strata) => post_stratify(&strata, options),
        Err(reason) => report(&Err(reason), &question(options), Vec::new()),
    }
}

pub(super) fn plan(options: &PostStratification) -> Plan<'static> {
    Plan {
        slope_error: SlopeError::Ignored,
        base: LiftBase::UnadjustedControl,
        gradient: LiftGradient::Adjusted,
        ..plain(options.shares == Shares::Sampled, options.degrees == StrataDegrees::WithoutStrata)
    }
}

pub(super) fn question(options: &PostStratification) -> Question {
    Question {
        method: Method::WelchT,
        alpha: options.alpha,
        alternative: options.alternative,
        lift: options.lift,
    }
}

/// The [`weighted`] strata, read, and warnings of the others.
pub(super) fn cells<T: Copy>(
    strata: &[Stratum<T>],
    units: fn(&T) -> u64,
    read: impl Fn(&T) -> Estimate<Scatter>,
) -> (Estimate<Vec<Cell>>, Vec<Warning>) {
    let (weighted, warnings) = weighted(strata, units);
    let cells = weighted
        .iter()
        .map(|stratum| {
            Ok(Cell {
                weight: stratum.weight,
                control: read(&stratum.control)?,
                treatment: read(&stratum.treatment)?,
            })
        })
        .collect();
    (cells, warnings)
}

/// The strata with two units of each variant, weighted by their sizes, and warnings of the others.
pub(super) fn weighted<T: Copy>(
    strata: &[Stratum<T>],
    units: fn(&T) -> u64,
) -> (Vec<Weighted<T>>, Vec<Warning>) {
    match strata {
        // A single stratum is there even if it is too small, so that its own reason is told.
        [only] => (stratum::whole(only.control, only.treatment), Vec::new()),
        _ => stratum::weigh(strata, units, 2),
    }
}

/// The moments of a rate's zeros and ones: Σ(y − ȳ)² = successes · failures / n.
fn zeros_and_ones(rate: &Proportion) -> Result<Moments, crate::MomentsError> {
    let successes = i128::from(rate.successes());
    Moments::from_scaled_sums(rate.n(), successes, successes, 0)
}
