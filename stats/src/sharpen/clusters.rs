//! Units that come in clusters: users of one company, sessions of one user, days of one city.

use std::num::NonZeroU64;

use serde::Serialize;

use super::{
    contrast::{Contrast, Part, Question, Spread, report, satterthwaite},
    scatter::Scatter,
};
use crate::{
    Absent, Alpha, Alternative, Comparison, Estimate, JointMoments, Method, Warning,
    compare::lift::LiftMethod, distribution::students_t::DegreesOfFreedom, estimate::finite, moments::count,
};

/// Below this many clusters in a variant CR0 and CR1 warn. Source: Cameron & Miller (2015), "A practitioner's guide to
/// cluster-robust inference", Journal of Human Resources 50(2), section VI ("few" begins between 20 and 50). In this
/// crate's simulations their rates of false positives at 0.05 fall below 0.06 between 30 and 50.
const FEW_CLUSTERS: u64 = 50;

/// Below this many clusters in a variant errors by arm warn: there the same simulations find more than 0.06.
const FEW_CLUSTERS_BY_ARM: u64 = 30;

/// How clusters are compared from moments of their totals.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClusterOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends its intervals have.
    pub alternative: Alternative,
    /// Which cluster-robust variance.
    pub errors: ClusterErrors,
    /// Which interval the lift gets.
    pub lift: LiftMethod,
}

/// How clusters are compared from the list of their totals.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClusterRowOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends its intervals have.
    pub alternative: Alternative,
    /// Which cluster-robust variance.
    pub errors: ClusterRowErrors,
    /// Which interval the lift gets.
    pub lift: LiftMethod,
}

/// Which cluster-robust variance, of those that moments permit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterErrors {
    /// G_a / (G_a − 1) for each arm: the delta method's variance of a ratio metric over clusters, with Welch's degrees of
    /// freedom; the default.
    #[default]
    ByArm,
    /// No correction: too small with few clusters.
    Cr0,
    /// G / (G − 1), of all clusters.
    Cr1,
    /// G / (G − 1) · (N − 1) / (N − 2): Stata's, and that of statsmodels' `cov_type="cluster"`.
    Cr1Stata,
}

/// Which cluster-robust variance, of those that need every cluster's size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterRowErrors {
    /// Bell and McCaffrey's: unbiased where units are independent; the default.
    #[default]
    Cr2,
    /// The jackknife's, but for (G − 1) / G: errs to the large side.
    Cr3,
}

/// A cluster's total: the metric's sum over its units, and how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cluster {
    sum: f64,
    units: NonZeroU64,
}

impl Cluster {
    /// Checks a total, in the metric's unit.
    ///
    /// # Errors
    ///
    /// [`ClusterError`] if the sum is NaN or infinite.
    pub fn new(sum: f64, units: NonZeroU64) -> Result<Self, ClusterError> {
        if sum.is_finite() { Ok(Self { sum, units }) } else { Err(ClusterError { sum }) }
    }

    /// The metric's sum over the cluster's units.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// How many units it has.
    pub fn units(&self) -> u64 {
        self.units.get()
    }
}

/// The total is not a number.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a cluster's sum is {sum}; it must be finite: exclude the cluster and count it")]
pub struct ClusterError {
    /// What was given.
    pub sum: f64,
}

/// Compares two arms that whole clusters were assigned to, from moments of the clusters' totals.
///
/// The "unit" of the joint moments is the cluster; its row is the metric's sum over its units (place 0) and how many they
/// are (place 1). The arm's mean is that over its units, and what is independent is the cluster:
///
/// ```text
/// R_a = Σ sum / Σ units      v_a = Σ_g (sum_g − R_a·units_g)² / (Σ units)²      effect = R_t − R_c
/// CR0: v_t + v_c      CR1: G/(G − 1) of it      CR1 (Stata): G/(G − 1) · (N − 1)/(N − 2) of it
/// by arm: G_t/(G_t − 1)·v_t + G_c/(G_c − 1)·v_c
/// ```
///
/// CR0 is the sandwich of ordinary least squares of y on 1, treated; by arm it is the delta method for the ratio metric
/// sum / units. Degrees of freedom: Welch's over clusters (by arm), G − 2 (CR0, CR1), G − 1 as in Stata (CR1 Stata). The lift
/// is the effect over the control mean.
///
/// With few clusters all of them find differences too often. In this crate's simulations of clusters of unequal sizes
/// with an effect of their own, the rate of false positives at level 0.05 is
///
/// | clusters in each arm | by arm | CR0 | CR1 | CR1 (Stata) | CR2 of the rows |
/// |---|---|---|---|---|---|
/// | 5 | 0.073 | 0.113 | 0.098 | 0.101 | 0.057 |
/// | 15 | 0.066 | 0.075 | 0.070 | 0.070 | 0.058 |
/// | 30 | 0.060 | 0.064 | 0.062 | 0.062 | 0.056 |
/// | 50 | 0.055 | 0.057 | 0.056 | 0.056 | 0.053 |
/// | 100 | 0.052 | 0.053 | 0.053 | 0.052 | 0.051 |
///
/// (± 0.003). Errors by arm therefore warn with fewer than 30 clusters in an arm, the others with fewer than 50
/// ([`Warning::FewClusters`]). Where the clusters' rows are at hand, CR2 of [`compare_cluster_rows`] is better there.
///
/// Absent: [`Absent::NoUnits`]; [`Absent::NoDenominator`] if an arm's clusters have no units; [`Absent::TooFewUnits`] with
/// fewer than two clusters in an arm; [`Absent::ZeroVariance`] if all clusters have the same mean.
///
/// Source: Liang & Zeger (1986), "Longitudinal data analysis using generalized linear models", Biometrika 73(1), for CR0;
/// Cameron & Miller (2015), section II; Deng, Knoblich & Lu (2018), KDD, section 3.3, for the delta method.
///
/// ```
/// use edgewise_stats::{JointMoments, sharpen::{ClusterErrors, ClusterOptions, compare_clusters}};
///
/// // statsmodels 0.15.0, OLS with cov_type="cluster", use_correction=False: effect 1.25, standard error 0.286790
/// let control = JointMoments::from_rows(2, [[2.0, 2.0], [3.0, 1.0], [1.0, 1.0], [4.0, 4.0]])?;
/// let treatment = JointMoments::from_rows(2, [[5.0, 2.0], [3.0, 1.0], [7.0, 3.0]])?;
/// let options = ClusterOptions { errors: ClusterErrors::Cr0, ..ClusterOptions::default() };
/// let effect = compare_clusters(&control, &treatment, &options).difference;
/// assert!((effect.estimate? - 1.25).abs() < 1e-6 && (effect.standard_error? - 0.286_790).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_clusters(
    control: &JointMoments,
    treatment: &JointMoments,
    options: &ClusterOptions,
) -> Comparison {
    let of = |moments: &JointMoments| {
        if moments.width() == 2 { Scatter::of_ratios(moments) } else { Err(Absent::NoSuchNumber) }
    };
    let contrast = of(control).and_then(|own| {
        let other = of(treatment)?;
        let units = units_of(control, 1)? + units_of(treatment, 1)?;
        let spread = nested(&own, &other, options.errors, units);
        Ok(contrast(own.mean(0), other.mean(0), spread))
    });
    let warnings = warnings(control.n().min(treatment.n()), options.errors);
    report(&contrast, &question(options.alpha, options.alternative, options.lift), warnings)
}

/// Compares two arms that the units of each cluster were divided between, from moments of the clusters' totals.
///
/// As [`compare_clusters`] where a cluster may have units of both arms (a company whose users were assigned one by one, a
/// day of a switchback experiment). There is one set of joint moments, over all clusters; a cluster's row is the control's
/// sum and units, then the treatment's, 0 where it has none.
///
/// ```text
/// u_g = (sum_gt − R_t·units_gt) / Σ units_t − (sum_gc − R_c·units_gc) / Σ units_c      CR0: Σ_g u_g²
/// ```
///
/// What clusters have in common cancels in u. The other corrections are factors of it, as in [`compare_clusters`]
/// ([`ClusterErrors::ByArm`] is G/(G − 1) here); there are G − 1 degrees of freedom.
///
/// Absent: as in [`compare_clusters`].
///
/// ```
/// use edgewise_stats::{JointMoments, sharpen::{ClusterOptions, compare_crossed_clusters}};
///
/// // Two users of each of three companies; the companies' own level does not matter.
/// let rows = [[10.0, 1.0, 11.0, 1.0], [20.0, 1.0, 22.0, 1.0], [60.0, 1.0, 63.0, 1.0]];
/// let effect = compare_crossed_clusters(&JointMoments::from_rows(4, rows)?, &ClusterOptions::default()).difference;
/// // The paired t test of the differences 1, 2, 3.
/// assert!((effect.estimate? - 2.0).abs() < 1e-12);
/// assert!((effect.standard_error? - (1.0_f64 / 3.0).sqrt()).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_crossed_clusters(clusters: &JointMoments, options: &ClusterOptions) -> Comparison {
    let scatter =
        if clusters.width() == 4 { Scatter::of_ratios(clusters) } else { Err(Absent::NoSuchNumber) };
    let contrast = scatter.and_then(|scatter| {
        let units = units_of(clusters, 1)? + units_of(clusters, 3)?;
        Ok(contrast(scatter.mean(0), scatter.mean(1), crossed(&scatter, options.errors, units)))
    });
    let warnings = warnings(clusters.n(), options.errors);
    report(&contrast, &question(options.alpha, options.alternative, options.lift), warnings)
}

/// Compares two arms that whole clusters were assigned to, from the clusters' totals, with errors for few clusters.
///
/// Effects are those of [`compare_clusters`]. With N_a the units of the arm and n_g those of the cluster,
///
/// ```text
/// CR2: Σ_a Σ_g (sum_g − R_a·n_g)² / (1 − n_g/N_a) / N_a²      CR3: Σ_a Σ_g (sum_g − R_a·n_g)² / (1 − n_g/N_a)² / N_a²
/// ```
///
/// the general formulas with matrix roots, of which nothing else is left where the model is two means. Degrees of freedom
/// by Satterthwaite as if units were independent with one variance (Bell and McCaffrey's): they are few where few
/// clusters have most of the units.
///
/// Absent: as in [`compare_clusters`].
///
/// Source: Bell & McCaffrey (2002), "Bias reduction in standard errors for linear regression with multi-stage samples",
/// Survey Methodology 28(2); Pustejovsky & Tipton (2018), "Small-sample methods for cluster-robust variance estimation",
/// Journal of Business & Economic Statistics 36(4).
///
/// ```
/// use std::num::NonZeroU64;
/// use edgewise_stats::sharpen::{Cluster, ClusterRowOptions, compare_cluster_rows};
///
/// // Clusters of one unit: Welch's variance, 1/3 + 1/3.
/// let arm = |sums: [f64; 3]| sums.map(|sum| Cluster::new(sum, NonZeroU64::MIN).unwrap());
/// let effect = compare_cluster_rows(&arm([1.0, 2.0, 3.0]), &arm([3.0, 4.0, 5.0]), &ClusterRowOptions::default());
/// assert!((effect.difference.standard_error? - (2.0_f64 / 3.0).sqrt()).abs() < 1e-12);
/// assert!((effect.test?.df.unwrap() - 4.0).abs() < 1e-12);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn compare_cluster_rows(
    control: &[Cluster],
    treatment: &[Cluster],
    options: &ClusterRowOptions,
) -> Comparison {
    let contrast = Arm::of(control).and_then(|own| {
        let other = Arm::of(treatment)?;
        Ok(contrast(own.mean, other.mean, from_rows((&own, control), (&other, treatment), options.errors)))
    });
    report(&contrast, &question(options.alpha, options.alternative, options.lift), Vec::new())
}

fn question(alpha: Alpha, alternative: Alternative, lift: LiftMethod) -> Question {
    Question { method: Method::WelchT, alpha, alternative, lift }
}

fn warnings(clusters: u64, errors: ClusterErrors) -> Vec<Warning> {
    let enough = if errors == ClusterErrors::ByArm { FEW_CLUSTERS_BY_ARM } else { FEW_CLUSTERS };
    (clusters < enough).then_some(Warning::FewClusters { clusters }).into_iter().collect()
}

fn contrast(control: f64, treatment: f64, spread: Estimate<Spread>) -> Contrast {
    Contrast { control, treatment, difference: treatment - control, base: control, gradient: None, spread }
}

/// All units: the numbers at place `i` are counts.
fn units_of(moments: &JointMoments, i: usize) -> Estimate<f64> {
    Ok(moments.mean(i)? * count(moments.n()))
}

fn nested(own: &Scatter, other: &Scatter, errors: ClusterErrors, units: f64) -> Estimate<Spread> {
    if own.n().min(other.n()) < 2 {
        return Err(Absent::TooFewUnits);
    }
    let clusters = own.units() + other.units();
    let factor = factor(errors, clusters, units)?;
    let part = |arm: &Scatter| {
        let by_arm = match errors {
            ClusterErrors::ByArm => arm.units() / (arm.units() - 1.0),
            _ => factor,
        };
        Part { variance: by_arm * (arm.product(0, 0) / arm.units() / arm.units()), df: arm.units() - 1.0 }
    };
    let (control, treatment) = (part(own), part(other));
    no_spread(own.product(0, 0) + other.product(0, 0))?;
    let df = match errors {
        ClusterErrors::ByArm => satterthwaite(&[control, treatment])?,
        ClusterErrors::Cr0 | ClusterErrors::Cr1 => degrees(clusters - 2.0)?,
        ClusterErrors::Cr1Stata => degrees(clusters - 1.0)?,
    };
    independent(control, treatment, df)
}

fn crossed(scatter: &Scatter, errors: ClusterErrors, units: f64) -> Estimate<Spread> {
    if scatter.n() < 2 {
        return Err(Absent::TooFewUnits);
    }
    let clusters = scatter.units();
    let factor = match errors {
        ClusterErrors::ByArm => clusters / (clusters - 1.0),
        _ => factor(errors, clusters, units)?,
    };
    let of = |i: usize, j: usize| factor * (scatter.product(i, j) / clusters / clusters);
    let (control, treatment, together) = (of(0, 0), of(1, 1), of(0, 1));
    no_spread(scatter.product(0, 0) + scatter.product(1, 1))?;
    let difference = finite(control + treatment - 2.0 * together)?;
    // What rounding leaves of variances that cancel is not a variance.
    if difference <= 16.0 * f64::EPSILON * (control + treatment) {
        return Err(Absent::ZeroVariance);
    }
    let part = |variance: f64| Part { variance, df: clusters - 1.0 };
    Ok(Spread {
        control: part(control),
        treatment: part(treatment),
        difference,
        df: degrees(clusters - 1.0)?,
        base: control,
        covariance: together - control,
    })
}

/// What CR0 is multiplied by.
fn factor(errors: ClusterErrors, clusters: f64, units: f64) -> Estimate<f64> {
    match errors {
        ClusterErrors::ByArm | ClusterErrors::Cr0 => Ok(1.0),
        ClusterErrors::Cr1 => Ok(clusters / (clusters - 1.0)),
        ClusterErrors::Cr1Stata if units - 2.0 <= 0.0 => Err(Absent::TooFewUnits),
        ClusterErrors::Cr1Stata => Ok(clusters / (clusters - 1.0) * ((units - 1.0) / (units - 2.0))),
    }
}

/// The arms are independent.
fn independent(control: Part, treatment: Part, df: DegreesOfFreedom) -> Estimate<Spread> {
    let difference = finite(control.variance + treatment.variance)?;
    if difference <= 0.0 {
        return Err(Absent::OutOfRange);
    }
    let (base, covariance) = (control.variance, -control.variance);
    Ok(Spread { control, treatment, difference, df, base, covariance })
}

fn no_spread(squares: f64) -> Estimate<()> {
    if squares > 0.0 { Ok(()) } else { Err(Absent::ZeroVariance) }
}

fn degrees(df: f64) -> Estimate<DegreesOfFreedom> {
    DegreesOfFreedom::new(df).ok_or(Absent::TooFewUnits)
}

/// An arm's units and mean.
struct Arm {
    units: f64,
    mean: f64,
}

impl Arm {
    fn of(clusters: &[Cluster]) -> Estimate<Self> {
        let units: f64 = clusters.iter().map(|cluster| count(cluster.units())).sum();
        if units == 0.0 {
            return Err(Absent::NoUnits);
        }
        let mean = clusters.iter().map(|cluster| cluster.sum / units).sum();
        Ok(Self { units, mean: finite(mean)? })
    }
}

fn from_rows(
    own: (&Arm, &[Cluster]),
    other: (&Arm, &[Cluster]),
    errors: ClusterRowErrors,
) -> Estimate<Spread> {
    if own.1.len().min(other.1.len()) < 2 {
        return Err(Absent::TooFewUnits);
    }
    let (own, other) = (sums(own.0, own.1, errors)?, sums(other.0, other.1, errors)?);
    // The size of both arms' weights, 1/N², is that of the traces.
    let of_g = own.of_g + other.of_g;
    let df = of_g * (of_g / (own.of_square + other.of_square));
    let part =
        |arm: &Sums| Part { variance: arm.variance, df: (arm.of_g * (arm.of_g / arm.of_square)).max(1.0) };
    no_spread(own.variance + other.variance)?;
    independent(part(&own), part(&other), degrees(df.max(1.0))?)
}

/// The variance of an arm's mean, and the traces of G and G² (see [`super::robust`]) over its clusters.
struct Sums {
    variance: f64,
    of_g: f64,
    of_square: f64,
}

fn sums(arm: &Arm, clusters: &[Cluster], errors: ClusterRowErrors) -> Estimate<Sums> {
    let (mut variance, mut spread, mut size) = (0.0, 0.0, 0.0_f64);
    let (mut of_g, mut diagonal, mut cross) = (0.0, 0.0, 0.0);
    for cluster in clusters {
        let units = count(cluster.units());
        let share = units / arm.units;
        // Exact where the shares are far from 1, as in two clusters or more they are.
        let rest = 1.0 - share;
        let square = match errors {
            ClusterRowErrors::Cr2 => 1.0 / rest,
            ClusterRowErrors::Cr3 => 1.0 / rest / rest,
        };
        let deviation = cluster.sum / arm.units - arm.mean * share;
        variance += square * deviation * deviation;
        spread += deviation.abs();
        size += (cluster.sum / arm.units).abs();
        // Over N², in units of 1/N.
        let own = share * rest;
        of_g += square * own;
        diagonal += square * square * (own * own - share * share * share * share);
        cross += square * share * share;
    }
    let scale = arm.units * arm.units;
    // Clusters of one mean leave nothing but the rounding of their sums.
    if spread <= 64.0 * f64::EPSILON * size {
        variance = 0.0;
    }
    if !variance.is_finite() {
        return Err(Absent::OutOfRange);
    }
    if variance == 0.0 && spread > 64.0 * f64::EPSILON * size {
        return Err(Absent::OutOfRange);
    }
    Ok(Sums { variance, of_g: of_g / arm.units, of_square: (diagonal + cross * cross) / scale })
}
