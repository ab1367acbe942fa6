//! Experiment statistics on summaries: how large is the difference between two variants, how sure is it, and did the
//! allocation deliver the units that it promised?
//!
//! Everything here is a pure function of small summaries ([`Moments`] of a continuous metric, [`JointMoments`] of several
//! numbers of a unit, [`Proportion`] of a binary one, counts of units), or of a [`Sample`] where ranks, quantiles or
//! resampling need the values. The summaries are made elsewhere, by whatever engine has read the events.
//!
//! | question | module |
//! |---|---|
//! | how many units, for how long, to see which effect? | [`plan`] |
//! | how large is the difference, and how sure is it? | [`compare`] |
//! | the same without assumptions on the distribution, by drawing again | [`resample`] |
//! | the same with fewer units: covariates, strata, clusters, limits | [`sharpen`] |
//! | may the numbers be believed? sample ratio, many tests, margins | [`trust`] |
//! | may one look before the end? | [`sequential`] |
//! | how probable is it that the treatment is better? | [`bayes`] |
//! | which variant should the next unit get? | [`adapt`] |
//! | several factors in one experiment | [`factorial`] |
//! | what should be done with it all? | [`decide`] |
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
//! It reads no events and no tables, keeps no state and has no clock. It has no random numbers but those of [`resample`],
//! whose seed the caller gives. A comparison holds for one look and one question: looking early is the business of
//! [`sequential`], many questions that of [`trust::adjust`].

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
