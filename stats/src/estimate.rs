//! An estimate, or the reason why there is none.

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// A value that could be computed, or why it could not.
///
/// In a serialised result an absent estimate is an object in the value's place:
/// `{"absent": "zero_variance", "because": "every unit has the same value, …"}`.
pub type Estimate<T> = Result<T, Absent>;

/// Why an estimate is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Absent {
    /// A variant has no units.
    #[error(
        "there are no units in one of the variants: wait for exposures, or check that events reach the collector"
    )]
    NoUnits,
    /// A variant has one unit, and one value has no variance.
    #[error("a variant has fewer than two units, so its variance is unknown: wait for more units")]
    TooFewUnits,
    /// The variance is zero: every unit has the same value.
    #[error(
        "every unit has the same value, so there is no variance to judge a difference by: check that the metric's events arrive"
    )]
    ZeroVariance,
    /// The control mean is zero or negative, so a relative lift has no meaning.
    #[error(
        "the control mean is not positive, so a relative lift has no meaning: use the absolute difference"
    )]
    ControlMeanNotPositive,
    /// The treatment mean is zero or negative, so it has no logarithm.
    #[error(
        "the treatment mean is not positive, so the lift has no interval on the log scale: use another lift interval"
    )]
    TreatmentMeanNotPositive,
    /// The control mean cannot be told from zero at this level, so the lift's interval has no bound.
    #[error(
        "the control mean cannot be told from zero, so the lift may be infinite and has no bounded interval: use the absolute difference, or wait for more units"
    )]
    LiftUnbounded,
    /// No stratum has enough units of both variants.
    #[error("no epoch has enough units of both variants: compare variants that ran at the same time")]
    NoCommonStratum,
    /// Fewer than two variants expect any units.
    #[error("fewer than two variants expect units, so there is no ratio to test")]
    TooFewArms,
    /// There is no number at the place that was asked for.
    #[error(
        "the units have no number at the place that was asked for: name a place below the width of the rows"
    )]
    NoSuchNumber,
    /// There are fewer values than the method needs.
    #[error("there are fewer values than the method needs: wait for more, or use a method for small samples")]
    TooFewValues,
    /// A table has no units, or fewer than two rows or columns with units.
    #[error("the table has fewer than two rows or columns with units, so there is nothing to compare")]
    EmptyTable,
    /// The covariates (or design columns) are linearly dependent.
    #[error(
        "the covariates are constant or repeat each other, so their effects cannot be told apart: leave one out"
    )]
    Degenerate,
    /// The denominator of a ratio metric has a mean of zero or less.
    #[error(
        "the denominator's mean is not positive, so the ratio has no meaning: check that the denominator's events arrive"
    )]
    NoDenominator,
    /// The posterior is improper: neither the prior nor the data determine it.
    #[error("neither the prior nor the data determine the answer: give a prior, or wait for more units")]
    Improper,
    /// No finite sample reaches what was asked for.
    #[error("no sample of any size reaches this: ask for a larger effect, or for less power")]
    Unreachable,
    /// The numerical method did not settle.
    #[error(
        "the numbers are beyond what the method can compute to its stated accuracy: use less extreme ones"
    )]
    NotConverged,
    /// There are more values than the exact method can deal with.
    #[error(
        "there are more values than an exact distribution can be computed for: use the normal approximation"
    )]
    TooManyValues,
    /// Every value of one variant is above every value of the other.
    #[error(
        "every value of one variant is above every value of the other, so there is no spread to judge their order by: use the shift"
    )]
    Separated,
    /// The result is beyond what a 64-bit float can hold.
    #[error("the result is too large or too small for a 64-bit number: measure the metric in another unit")]
    OutOfRange,
    /// Every resample gave the same value, although the units differ.
    #[error(
        "every resample gives the same value, so resampling cannot say how sure it is: wait for more units, or use a statistic that more units take part in"
    )]
    EqualResamples,
    /// The resamples do not reach far enough into a tail.
    #[error(
        "no resample lies on one side of the estimate, so its bias cannot be corrected: draw more resamples"
    )]
    TooFewResamples,
    /// The values are too skewed for the correction of an interval.
    #[error(
        "the values are too skewed for their number for a BCa interval of this level: wait for more units, winsorise, or use a percentile interval"
    )]
    TooSkewed,
    /// There are more units than the method can go through one by one.
    #[error(
        "there are more units than can be gone through one by one: use a test on moments, which agrees with this one for so many"
    )]
    TooManyUnits,
    /// A covariate is constant, or the covariates before it determine it.
    #[error(
        "covariate {covariate} (counted from 1) is constant, or the covariates before it determine it, so its effect cannot be told from theirs: leave it out"
    )]
    DegenerateCovariate {
        /// The covariate's place among the covariates, from 1; place 0 of a row is the metric.
        covariate: usize,
    },
    /// The covariates leave no variance of the metric.
    #[error(
        "the covariates predict the metric exactly, so there is no variance left to judge a difference by: leave out covariates that are the metric itself or were measured after exposure"
    )]
    PerfectFit,
    /// A unit's own covariates determine its fitted value.
    #[error(
        "one unit alone determines a slope, so its residual is zero whatever its value and its robust variance is unknown: use fewer covariates, or wait for more units"
    )]
    FullLeverage,
    /// The intervals of several looks have no value in common.
    #[error(
        "the looks' intervals have no value in common, so the effect has changed in the meantime (or 1 in 1/α times, chance): read the current interval alone"
    )]
    NoCommonValue,
    /// The looks before the last one spend the whole error probability.
    #[error(
        "the looks before the last one spend all of alpha, so that none is left for it: ask for a higher boundary at the interim looks, or for fewer of them"
    )]
    AlphaSpent,
    /// There is no such look, or none after it.
    #[error("there is no such look, or none after it where one is needed: count the looks from 1")]
    NoSuchLook,
    /// A look has no boundary because it may spend nothing.
    #[error(
        "this look may spend nothing of alpha, so that nothing can be shown at it: look at the boundary before, or later"
    )]
    NothingSpent,
    /// The boundaries are not of a family with one for every alpha.
    #[error(
        "the boundaries are not of a family that has one for every alpha, so there is no repeated p value: use the p value after stopping"
    )]
    NotAFamily,
    /// The distribution's tails are so heavy that this moment of it is infinite.
    #[error(
        "the posterior's tails are so heavy that its mean or variance is infinite: give a stronger prior, or wait for more units"
    )]
    InfiniteMoment,
    /// The density has no single highest place.
    #[error(
        "the posterior has no single peak, so it has no mode and no highest-density interval: use the equal-tailed one"
    )]
    NoSinglePeak,
    /// The experiment does not stop at this look.
    #[error(
        "the result crosses no boundary at this look and looks are still to come, so the experiment has not stopped: use the repeated p value and interval, or end the experiment here"
    )]
    NotStopped,
}

impl Absent {
    /// The reason as a stable word for machines, e.g. `zero_variance`.
    ///
    /// ```
    /// assert_eq!(edgewise_stats::Absent::ZeroVariance.code(), "zero_variance");
    /// ```
    pub fn code(self) -> &'static str {
        match self {
            Self::NoUnits => "no_units",
            Self::TooFewUnits => "too_few_units",
            Self::ZeroVariance => "zero_variance",
            Self::ControlMeanNotPositive => "control_mean_not_positive",
            Self::TreatmentMeanNotPositive => "treatment_mean_not_positive",
            Self::LiftUnbounded => "lift_unbounded",
            Self::NoCommonStratum => "no_common_stratum",
            Self::TooFewArms => "too_few_arms",
            Self::NoSuchNumber => "no_such_number",
            Self::TooFewValues => "too_few_values",
            Self::EmptyTable => "empty_table",
            Self::Degenerate => "degenerate",
            Self::NoDenominator => "no_denominator",
            Self::Improper => "improper",
            Self::Unreachable => "unreachable",
            Self::NotConverged => "not_converged",
            Self::TooManyValues => "too_many_values",
            Self::Separated => "separated",
            Self::OutOfRange => "out_of_range",
            Self::EqualResamples => "equal_resamples",
            Self::TooFewResamples => "too_few_resamples",
            Self::TooSkewed => "too_skewed",
            Self::TooManyUnits => "too_many_units",
            Self::DegenerateCovariate { .. } => "degenerate_covariate",
            Self::PerfectFit => "perfect_fit",
            Self::FullLeverage => "full_leverage",
            Self::NoCommonValue => "no_common_value",
            Self::AlphaSpent => "alpha_spent",
            Self::NoSuchLook => "no_such_look",
            Self::NothingSpent => "nothing_spent",
            Self::NotAFamily => "not_a_family",
            Self::InfiniteMoment => "infinite_moment",
            Self::NoSinglePeak => "no_single_peak",
            Self::NotStopped => "not_stopped",
        }
    }
}

impl Serialize for Absent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Absent", 2)?;
        object.serialize_field("absent", self.code())?;
        object.serialize_field("because", &self.to_string())?;
        object.end()
    }
}

/// Serialises the value itself, or the [`Absent`] object in its place.
pub(crate) fn serialize<T: Serialize, S: Serializer>(
    estimate: &Estimate<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match estimate {
        Ok(value) => value.serialize(serializer),
        Err(absent) => absent.serialize(serializer),
    }
}

/// The number, unless it is NaN or infinite.
pub(crate) fn finite(number: f64) -> Estimate<f64> {
    if number.is_finite() { Ok(number) } else { Err(Absent::OutOfRange) }
}
