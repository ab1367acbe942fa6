//! Plan: how many units, for how long, to see which effect?
//!
//! A plan has a [`Baseline`] (what the metric is today and how much it varies), an [`Effect`] to see, and a [`Design`]
//! (level, sides, allocation, correction for several treatments, sequential looks). From any two of units, power and
//! effect follows the third: [`sample_size`], [`power`], [`minimum_detectable_effect`]; [`non_inferiority`] and
//! [`equivalence`] do the same for margins, and [`Traffic`] turns units into days.
//!
//! ```
//! use edgewise_stats::{Fraction, plan::{Baseline, Design, Effect, Traffic, sample_size}};
//!
//! // 10 % conversion, a lift of 5 %, 80 % power, two variants, 8,000 new units a day.
//! let baseline = Baseline::rate(Fraction::new(0.1)?);
//! let size = sample_size(&baseline, Effect::relative(0.05)?, Fraction::new(0.8)?, &Design::default())?;
//! assert_eq!(size.units(), &[57_763, 57_763]);
//! assert_eq!(Traffic::per_day(8_000.0)?.days_in_whole_weeks(size.total())?, 21);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arcsine;
mod baseline;
mod curve;
mod design;
mod detect;
mod effect;
mod margin;
mod traffic;

pub use arcsine::cohens_h;
pub use baseline::{Baseline, BaselineError, Clusters};
pub use curve::{PowerPoint, PowerRow, power_curve, power_table};
pub use design::{Allocation, Correction, Counted, Design, DesignError, Inflation, PlannedTest};
pub use detect::{Detectable, SampleSize, minimum_detectable_effect, power, sample_size};
pub use effect::{Effect, EffectError};
pub use margin::{equivalence, non_inferiority};
pub use traffic::{Traffic, TrafficError};
