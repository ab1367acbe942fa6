//! The result of comparing a treatment with its control.

use serde::Serialize;

use crate::{Alternative, Estimate, Interval, Warning, estimate};

/// A treatment compared with its control on one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// How the p value was computed.
    pub method: Method,
    /// The control's mean or rate (the strata's weighted mean, if there are several).
    pub control: Quantity,
    /// The treatment's mean or rate, likewise.
    pub treatment: Quantity,
    /// Treatment minus control, in the metric's unit.
    pub difference: Quantity,
    /// (Treatment − control) / control, as a fraction: 0.05 is five per cent more.
    pub lift: Quantity,
    /// The test that the difference is zero.
    #[serde(serialize_with = "estimate::serialize")]
    pub test: Estimate<Test>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
}

/// A point estimate with its uncertainty; each part is there or says why not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantity {
    /// The point estimate.
    #[serde(serialize_with = "estimate::serialize")]
    pub estimate: Estimate<f64>,
    /// Its standard error, in the same unit; positive. An interval that is not symmetric is not made from it.
    #[serde(serialize_with = "estimate::serialize")]
    pub standard_error: Estimate<f64>,
    /// Its confidence interval.
    #[serde(serialize_with = "estimate::serialize")]
    pub interval: Estimate<Interval>,
}

impl Quantity {
    /// Nothing of it can be computed, for one reason.
    pub(crate) fn absent(reason: crate::Absent) -> Self {
        Self { estimate: Err(reason), standard_error: Err(reason), interval: Err(reason) }
    }
}

/// A test of "no difference".
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Test {
    /// What the test holds against it.
    pub alternative: Alternative,
    /// The test statistic: t or z; positive where the treatment is the larger one.
    pub statistic: f64,
    /// Degrees of freedom of Student's t; none for a normal statistic.
    pub df: Option<f64>,
    /// The p value of that alternative, in [0, 1]. It is 0 only where the true value is below the smallest float (about 5e-324);
    /// [`ln_p`](Self::ln_p) then still holds it.
    pub p: f64,
    /// The natural logarithm of p: finite, at most 0.
    pub ln_p: f64,
}

/// How a p value was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// Welch's t test: the variants' variances may differ.
    WelchT,
    /// Student's t test with one variance for both variants.
    PooledT,
    /// A z test of two means: the normal distribution in the place of Student's.
    TwoMeanZ,
    /// Two quantiles, their errors from the quantiles around them.
    OuterInterval,
    /// The two-proportion z test with the pooled rate.
    TwoProportionZ,
}
