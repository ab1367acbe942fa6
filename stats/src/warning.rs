//! What a reader should know about a result that could be computed.

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// A caution about a result: what was seen, why it matters, what to do.
///
/// Serialised as `{"warning": code, "message": …}`.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// A stratum has no units of one of the two variants, so it says nothing about their difference.
    #[error(
        "stratum {stratum} has no units of one of the two variants: its {units} units are left out of this comparison, because variants are compared only where both ran"
    )]
    StratumWithoutVariant {
        /// The stratum's place in the list that was given, from 0.
        stratum: usize,
        /// How many units it has, both variants together.
        units: u64,
    },
    /// A stratum has one unit of a variant, which has no variance.
    #[error(
        "stratum {stratum} has only one unit of one of the two variants, so its variance is unknown: its {units} units are left out of this comparison"
    )]
    StratumTooSmall {
        /// The stratum's place in the list that was given, from 0.
        stratum: usize,
        /// How many units it has, both variants together.
        units: u64,
    },
    /// A variant has fewer than five successes or failures, where the normal approximation of the z test is poor.
    #[error(
        "a variant has only {smallest} units with the rarer of the two outcomes: the p value of the two-proportion z test is approximate below 5; wait for more units"
    )]
    FewOutcomes {
        /// The smallest number of successes or failures in a variant.
        smallest: u64,
    },
    /// An arm expects fewer than five units, where the chi-square approximation is poor.
    #[error(
        "arm {arm} expects only {expected:.2} units: the chi-square p value is approximate below 5; wait for more units"
    )]
    FewExpected {
        /// The arm's place in the list that was given, from 0.
        arm: usize,
        /// How many units it expects.
        expected: f64,
    },
    /// So few resamples lie beyond an end of an interval that chance moves it.
    #[error(
        "only {beyond:.1} resamples lie beyond an end of the interval, so that another seed would move it visibly: draw more resamples"
    )]
    FewResamples {
        /// How many resamples are expected beyond the end that has the fewest.
        beyond: f64,
    },
    /// The variants' covariates differ more than chance explains.
    #[error(
        "the variants differed before they were exposed (p = {p:.1e}, all covariates together): check the assignment, the exposure log and the covariates' time window before believing any difference"
    )]
    CovariateImbalance {
        /// The p value of the joint test; below 0.001.
        p: f64,
    },
    /// A variant has so few clusters that their robust variance is too small on average.
    #[error(
        "a variant has only {clusters} clusters: with so few, standard errors from cluster totals are too small; use the CR2 errors with their own degrees of freedom, or wait for more clusters"
    )]
    FewClusters {
        /// The smaller number of clusters in a variant.
        clusters: u64,
    },
    /// Cells of a table expect fewer than five units, where the chi-square approximation is poor.
    #[error(
        "{cells} cells of the table expect fewer than 5 units (the fewest {smallest:.2}): the chi-square p value is approximate; wait for more units, or merge rare outcomes"
    )]
    FewExpectedCells {
        /// How many cells.
        cells: usize,
        /// The smallest expected count.
        smallest: f64,
    },
    /// A variant has fewer than five events, where the normal approximation is poor.
    #[error(
        "a variant has only {smallest} events: the p value is approximate below 5; use the exact conditional test, or wait for more events"
    )]
    FewEvents {
        /// The smaller number of events.
        smallest: u64,
    },
}

impl Warning {
    /// The warning as a stable word for machines, e.g. `few_outcomes`.
    ///
    /// ```
    /// assert_eq!(edgewise_stats::Warning::FewOutcomes { smallest: 2 }.code(), "few_outcomes");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Self::StratumWithoutVariant { .. } => "stratum_without_variant",
            Self::StratumTooSmall { .. } => "stratum_too_small",
            Self::FewOutcomes { .. } => "few_outcomes",
            Self::FewExpected { .. } => "few_expected",
            Self::FewResamples { .. } => "few_resamples",
            Self::CovariateImbalance { .. } => "covariate_imbalance",
            Self::FewClusters { .. } => "few_clusters",
            Self::FewExpectedCells { .. } => "few_expected_cells",
            Self::FewEvents { .. } => "few_events",
        }
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Warning", 2)?;
        object.serialize_field("warning", self.code())?;
        object.serialize_field("message", &self.to_string())?;
        object.end()
    }
}
