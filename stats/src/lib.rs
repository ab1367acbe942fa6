//! Experiment statistics on summaries: how large is the difference between two variants, how sure is it, and did the
//! allocation deliver the units that it promised?
//!
//! Everything here is a pure function of small summaries ([`Moments`] of a continuous metric, [`Proportion`] of a
//! binary one, counts of units). The summaries are made elsewhere, by whatever engine has read the events.
//!
//! | question | function |
//! |---|---|
//! | mean of one variant | [`compare::mean`] |
//! | rate of one variant | [`compare::rate`] |
//! | two means: difference, lift, p value (Welch t or pooled t) | [`compare::compare_means`], over strata [`compare::compare_mean_strata`] |
//! | two rates: difference, lift, p value (two-proportion z) | [`compare::compare_rates`], over strata [`compare::compare_rate_strata`] |
//! | sample-ratio test | [`trust::sample_ratio`] |
//! | tails and quantiles of the distributions | [`distribution`] |
//!
//! ```
//! use edgewise_stats::{Proportion, compare::{RateOptions, compare_rates}};
//!
//! let control = Proportion::new(470, 5_100)?;
//! let treatment = Proportion::new(400, 5_000)?;
//! let comparison = compare_rates(&control, &treatment, &RateOptions::default());
//!
//! let test = comparison.test?;
//! assert!((test.statistic - -2.177).abs() < 1e-3 && (test.p - 0.0295).abs() < 1e-4);
//! let interval = comparison.difference.interval?;
//! assert!(interval.lower() < -0.0122 && interval.upper() < 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # An estimate is there or says why not
//!
//! What cannot be computed is an [`Absent`] with its reason (no units, zero variance, a control mean of zero, …): never
//! 0, never p = 1, never NaN. No input makes a function panic, and every number in a result is finite. What can be
//! computed but needs care carries a [`Warning`].
//!
//! # What this crate does not do
//!
//! It reads no events and no tables, knows no experiment, metric or decision, keeps no state, has no random numbers and
//! no clock. It does not correct for looking early or for testing many metrics.

pub mod adapt;
pub mod bayes;
pub mod compare;
pub mod decide;
pub mod distribution;
pub mod factorial;
pub mod plan;
pub mod resample;
pub mod sequential;
pub mod sharpen;
pub mod trust;

mod alpha;
mod alternative;
mod comparison;
mod estimate;
mod estimated_effect;
mod fraction;
mod interval;
mod joint_moments;
mod moments;
mod numeric;
mod positive;
mod proportion;
mod quantile_method;
mod sample;
mod scaled;
mod side;
mod stratum;
mod warning;
mod wide;

pub use alpha::{Alpha, AlphaError};
pub use alternative::{Alternative, Direction};
pub use comparison::{Comparison, Method, Quantity, Test};
pub use estimate::{Absent, Estimate};
pub use estimated_effect::{EstimatedEffect, EstimatedEffectError};
pub use fraction::{Fraction, FractionError};
pub use interval::Interval;
pub use joint_moments::JointMoments;
pub use moments::{Moments, MomentsError};
pub use positive::{Positive, PositiveError};
pub use proportion::{Proportion, ProportionError};
pub use quantile_method::QuantileMethod;
pub use sample::{Sample, SampleError};
pub use stratum::Stratum;
pub use warning::Warning;
