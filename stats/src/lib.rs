//! Experiment statistics on summaries: how large is the difference between two variants, how sure is it, and did the
//! allocation deliver the units that it promised?
//!
//! Everything here is a pure function of small summaries ([`Moments`] of a continuous metric, [`JointMoments`] of several
//! numbers of each unit, [`Proportion`] of a binary one, counts), or of the units' values where ranks and resampling need
//! them. The summaries are made elsewhere, by whatever engine has read the events.
//!
//! | question | module | for example |
//! |---|---|---|
//! | How large is the difference, and how sure is it? | [`compare`] | [`compare_means`](compare::compare_means), [`compare_rates`](compare::compare_rates), [`compare_ratios`](compare::compare_ratios), [`compare_quantiles`](compare::compare_quantiles), [`compare_ranks`](compare::compare_ranks), [`chi_square`](compare::chi_square) |
//! | The same from fewer units? | [`sharpen`] | [`cuped`](sharpen::cuped), [`regress`](sharpen::regress), [`post_stratify`](sharpen::post_stratify), [`winsorise`](sharpen::winsorise), [`compare_clusters`](sharpen::compare_clusters) |
//! | Without a formula? | [`resample`] | [`compare_means`](resample::compare_means), [`permute_means`](resample::permute_means) |
//! | May I look before the end? | [`sequential`] | [`boundaries`](sequential::group::boundaries), [`compare_means_anytime`](sequential::anytime::compare_means_anytime) |
//! | How probable is it that it is better? | [`bayes`] | [`compare_posteriors`](bayes::compare_posteriors), [`probability_best`](bayes::probability_best) |
//! | May the numbers be believed? | [`trust`] | [`sample_ratio`](trust::sample_ratio), [`adjust`](trust::adjust), [`non_inferior`](trust::non_inferior), [`heterogeneity`](trust::heterogeneity) |
//! | How many units, for how long? | [`plan`] | [`sample_size`](plan::sample_size), [`power`](plan::power), [`minimum_detectable_effect`](plan::minimum_detectable_effect) |
//! | Which variant should the next unit get? | [`adapt`] | weights of bandits, and estimates from what they shared out |
//! | Several factors at once? | [`factorial`] | [`effects`](factorial::effects), aliases |
//! | What follows? | [`decide`] | [`recommend`](decide::recommend), [`guardrail`](decide::guardrail()) |
//! | Tails and quantiles | [`distribution`] | normal, Student's t, beta, gamma, binomial, … |
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
//! # The same bits everywhere
//!
//! Elementary functions come from `libm`, resampling from a seed: the same input gives the same bits on every platform, on
//! any run and at any number of threads.
//!
//! # What this crate does not do
//!
//! It reads no events and no tables, knows no experiment and no metric by name, keeps no state, has no clock and no random
//! numbers but those of a given seed. It chooses no method for you: that a test was looked at early, or made for many
//! metrics, is said by calling the function for it.

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
