//! What `edgewise sample-size` and `edgewise power` are told alike: baseline, design, traffic.

mod choice;
mod logged;

pub(super) use choice::BoundaryShape;
pub(super) use logged::{Logged, Named};

use choice::{Better, Shared, Sides};
use edgewise_control::planning::{
    Plan,
    amount::share,
    past::{PastMetric, baseline},
};
use edgewise_stats::{
    Alpha, Alternative, Fraction, Positive,
    plan::{Allocation, Baseline, Clusters, Design, Traffic},
};
use miette::{IntoDiagnostic as _, miette};
use std::{num::NonZeroU64, path::PathBuf};

/// The metric before the experiment, how the experiment is run, and how many units come
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("baseline").required(true).args(["rate", "mean", "count", "ratio", "units", "data"])))]
pub(super) struct Planning {
    /// Baseline of a binary metric: the share of units with the outcome, such as 5%
    #[arg(long, value_name = "SHARE", value_parser = fraction, help_heading = "Baseline")]
    rate: Option<Fraction>,
    /// Baseline of a continuous metric: the mean per unit
    #[arg(
        long,
        value_name = "NUMBER",
        requires = "sd",
        allow_negative_numbers = true,
        help_heading = "Baseline"
    )]
    mean: Option<f64>,
    /// Baseline of a count: events per unit
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = positive, help_heading = "Baseline")]
    count: Option<Positive>,
    /// Baseline of a ratio of two sums, such as clicks per view
    #[arg(
        long,
        value_name = "NUMBER",
        requires = "sd",
        allow_negative_numbers = true,
        help_heading = "Baseline"
    )]
    ratio: Option<f64>,
    /// Standard deviation between units; of --ratio that of (numerator - ratio * denominator) / mean denominator
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = positive, conflicts_with_all = ["rate", "count", "units", "data"], help_heading = "Baseline")]
    sd: Option<Positive>,
    /// Variance over mean of --count: 1 if it is Poisson, more where some units have many
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = positive, requires = "count", help_heading = "Baseline")]
    dispersion: Option<Positive>,
    /// Baseline from past units: a table of one row a unit, CSV, NDJSON or Parquet
    #[arg(long, value_name = "FILE", requires = "unit", requires = "metric", help_heading = "Baseline")]
    units: Option<PathBuf>,
    /// The column of the unit's id in --units; the unit type in --data, without it that of --experiment, or the first
    #[arg(long, value_name = "COLUMN", help_heading = "Baseline")]
    unit: Option<String>,
    /// The metric's column in --units: true, false, 1 or 0
    #[arg(long, value_name = "COLUMN", requires = "units", group = "metric", help_heading = "Baseline")]
    binary: Option<String>,
    /// The metric's column in --units: numbers
    #[arg(long, value_name = "COLUMN", requires = "units", group = "metric", help_heading = "Baseline")]
    continuous: Option<String>,
    /// The column in --units that is summed up above --denominator
    #[arg(
        long,
        value_name = "COLUMN",
        requires = "denominator",
        group = "metric",
        help_heading = "Baseline"
    )]
    numerator: Option<String>,
    /// The column in --units that is summed up below --numerator
    #[arg(long, value_name = "COLUMN", requires = "numerator", help_heading = "Baseline")]
    denominator: Option<String>,
    #[command(flatten)]
    logged: Logged,
    /// The project's folder, whose metric it is in --data
    #[arg(long, value_name = "DIR", requires = "data", help_heading = "Past units")]
    project: Option<PathBuf>,
    /// The experiment that is planned, whose unit type and metric are meant in --data
    #[arg(long, value_name = "ID", requires = "data", help_heading = "Past units")]
    experiment: Option<String>,
    /// Correlation of the metric with what CUPED adjusts it by; without it, in --data, that with the metric's covariate
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, help_heading = "Baseline")]
    cuped_correlation: Option<f64>,
    /// Mean number of units of a cluster, where whole clusters are randomised
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "NUMBER",
        requires = "icc",
        help_heading = "Baseline"
    )]
    cluster_size: Option<f64>,
    /// Correlation of two units of one cluster, 0 to 1
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "NUMBER",
        requires = "cluster_size",
        help_heading = "Baseline"
    )]
    icc: Option<f64>,
    /// Coefficient of variation of the clusters' sizes
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "NUMBER",
        default_value_t = 0.0,
        help_heading = "Baseline"
    )]
    cluster_variation: f64,

    /// The level of the test
    #[arg(long, value_name = "SHARE", value_parser = alpha, default_value = "5%", help_heading = "Design")]
    alpha: Alpha,
    /// Whether the test looks both ways or only where better is
    #[arg(long, value_enum, default_value_t = Sides::Two, help_heading = "Design")]
    sided: Sides,
    /// Which way is better
    #[arg(long, value_enum, default_value_t = Better::Increase, help_heading = "Design")]
    direction: Better,
    /// How many variants share the units equally, the control among them
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 2,
        conflicts_with = "weights",
        help_heading = "Design"
    )]
    variants: usize,
    /// The variants' weights in any unit, the control's first: 50,25,25
    #[arg(long, value_name = "WEIGHT,…", value_delimiter = ',', help_heading = "Design")]
    weights: Vec<f64>,
    /// How the level is shared between several treatments
    #[arg(long, value_enum, default_value_t = Shared::Bonferroni, help_heading = "Design")]
    correction: Shared,
    /// How often the experiment is looked at, the end included
    #[arg(long, value_name = "COUNT", help_heading = "Design")]
    looks: Option<usize>,
    /// It is looked at at any time, by a confidence sequence that is tightest at so many units in all
    #[arg(long, value_name = "UNITS", conflicts_with = "looks", help_heading = "Design")]
    anytime: Option<NonZeroU64>,
    /// By which boundary it is looked at
    #[arg(long, value_enum, default_value_t = BoundaryShape::ObrienFleming, requires = "looks", help_heading = "Design")]
    boundary: BoundaryShape,

    /// New units a day; those who come back are not new
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", help_heading = "Traffic")]
    per_day: Option<f64>,
    /// The share of them that is in the experiment
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "100%", help_heading = "Traffic")]
    share: f64,
    /// Days until a unit's metric is known
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "DAYS",
        default_value_t = 0.0,
        help_heading = "Traffic"
    )]
    window: f64,
}

impl Planning {
    /// The plan that the arguments make.
    pub(super) fn plan(&self) -> miette::Result<Plan> {
        let direction = self.direction.direction();
        let design = Design {
            alpha: self.alpha,
            alternative: match self.sided {
                Sides::Two => Alternative::TwoSided,
                Sides::One => direction.better(),
            },
            allocation: self.allocation()?,
            correction: self.correction.correction(),
            ..Design::default()
        };
        let plan = Plan {
            traffic: self.traffic()?,
            anytime: self.anytime,
            ..Plan::new(self.baseline()?, design, direction)
        };
        Ok(match self.looks {
            Some(looks) => plan.with_looks(looks, self.boundary.shape())?,
            None => plan,
        })
    }

    /// Whether the experiment is looked at before its end.
    pub(super) fn has_looks(&self) -> bool {
        self.looks.is_some()
    }

    /// Whether it is looked at at any time.
    pub(super) fn is_anytime(&self) -> bool {
        self.anytime.is_some()
    }

    fn baseline(&self) -> miette::Result<Baseline> {
        let mut baseline = self.plain_baseline()?;
        if let Some(correlation) = self.cuped_correlation {
            baseline = baseline.with_covariate(correlation).map_err(|error| {
                miette!(help = "write 0.7 for a correlation of 0.7", "--cuped-correlation: {error}")
            })?;
        }
        let (Some(size), Some(icc)) = (self.cluster_size, self.icc) else { return Ok(baseline) };
        let clusters = Clusters::new(size, self.cluster_variation, icc)
            .map_err(|error| miette!("--cluster-size, --cluster-variation, --icc: {error}"))?;
        Ok(baseline.in_clusters(clusters))
    }

    fn plain_baseline(&self) -> miette::Result<Baseline> {
        if let (Some(mean), Some(deviation)) = (self.mean.or(self.ratio), self.sd) {
            return Baseline::mean(mean, deviation).into_diagnostic();
        }
        if let Some(rate) = self.rate {
            return Ok(Baseline::rate(rate));
        }
        if let Some(count) = self.count {
            let poisson = Positive::new(1.0).into_diagnostic()?;
            return Ok(Baseline::count(count, self.dispersion.unwrap_or(poisson)));
        }
        if self.logged.is_asked() {
            let named = Named {
                project: self.project.as_ref(),
                experiment: self.experiment.as_ref(),
                unit: self.unit.as_ref(),
            };
            return self.logged.baseline(&named, self.cuped_correlation);
        }
        let (Some(file), Some(unit), Some(metric)) = (&self.units, &self.unit, self.metric()) else {
            return Err(miette!(
                "there is no baseline: give --rate, --mean, --count, --ratio, --units or --data"
            ));
        };
        baseline(file, unit, &metric).into_diagnostic()
    }

    fn metric(&self) -> Option<PastMetric> {
        let ratio = || {
            let (numerator, denominator) = (self.numerator.clone()?, self.denominator.clone()?);
            Some(PastMetric::Ratio { numerator, denominator })
        };
        let binary = self.binary.clone().map(PastMetric::Binary);
        binary.or_else(|| self.continuous.clone().map(PastMetric::Continuous)).or_else(ratio)
    }

    fn allocation(&self) -> miette::Result<Allocation> {
        if self.weights.is_empty() {
            // More variants than that are a slip of the finger.
            if self.variants > MOST_VARIANTS {
                return Err(miette!("--variants is {}; there are at most {MOST_VARIANTS}", self.variants));
            }
            return Allocation::equal(self.variants).map_err(|error| miette!("--variants: {error}"));
        }
        Allocation::new(&self.weights).map_err(|error| miette!("--weights: {error}"))
    }

    fn traffic(&self) -> miette::Result<Option<Traffic>> {
        let Some(per_day) = self.per_day else { return Ok(None) };
        let traffic = Traffic::per_day(per_day).map_err(|error| miette!("--per-day: {error}"))?;
        let traffic = traffic.with_share(self.share).map_err(|error| miette!("--share: {error}"))?;
        traffic.with_window(self.window).map(Some).map_err(|error| miette!("--window: {error}"))
    }
}

/// As many variants as a ruleset can hold.
const MOST_VARIANTS: usize = 255;

/// Reads `80%` or `0.8`, strictly between 0 and 1.
pub(super) fn fraction(text: &str) -> Result<Fraction, String> {
    let share = share(text)?;
    Fraction::new(share).map_err(|_| between(share))
}

pub(super) fn alpha(text: &str) -> Result<Alpha, String> {
    let share = share(text)?;
    Alpha::new(share).map_err(|_| between(share))
}

fn between(share: f64) -> String {
    format!("{share} does not lie strictly between 0 and 1: write 5% or 0.05")
}

fn positive(text: &str) -> Result<Positive, String> {
    let number: f64 = text.trim().parse().map_err(|_| "not a number".to_owned())?;
    Positive::new(number).map_err(|error| error.to_string())
}
