//! Trust: may the numbers be believed?
//!
//! | question | function |
//! |---|---|
//! | did the allocation deliver the units that it promised? | [`sample_ratio`], by segment [`sample_ratio_by_segment`] |
//! | the same, looked at all along | [`sequential_sample_ratio`], day by day [`watch_sample_ratio`] |
//! | many metrics, segments or variants were tested | [`adjust`], intervals [`bonferroni_alpha`], [`sidak_alpha`], [`false_coverage_alpha`] |
//! | several treatments with one control | [`dunnett`] |
//! | is the treatment not worse by more than a margin? | [`non_inferior_means`], [`non_inferior_rates`], of any estimate [`non_inferior`] |
//! | are both the same but for a margin? | [`equivalent_means`], [`equivalent_rates`], of any estimate [`equivalent`] |
//! | does the effect change with exposure (novelty, primacy)? | [`exposure_trend`] |
//! | do several estimates of one effect differ? | [`heterogeneity`] |
//! | is a lift too good to be true? | [`twyman`] |

mod contrast;
mod dunnett;
mod equivalence;
mod exposure_trend;
mod heterogeneity;
mod many_to_one;
mod multiplicity;
mod non_inferiority;
mod rate_margin;
mod sample_ratio;
mod sample_ratio_segments;
mod sample_ratio_watch;
mod sequential_sample_ratio;
mod simultaneous;
mod twyman;

pub use dunnett::{Dunnett, DunnettComparison, DunnettOptions, dunnett};
pub use equivalence::{
    Equivalence, EquivalenceOptions, Margins, MarginsError, Scale, equivalent, equivalent_means,
};
pub use exposure_trend::{DayEffect, ExposureTrend, TimeScale, TrendPattern, exposure_trend};
pub use heterogeneity::{Heterogeneity, Pooled, heterogeneity};
pub use multiplicity::{AdjustedTest, AdjustedTests, Correction, PValue, PValueError, adjust};
pub use non_inferiority::{Margin, NonInferiority, NonInferiorityOptions, non_inferior, non_inferior_means};
pub use rate_margin::{equivalent_rates, non_inferior_rates};
pub use sample_ratio::{Arm, ArmError, SampleRatio, sample_ratio};
pub use sample_ratio_segments::{
    ArmDeviation, SegmentSampleRatio, SegmentedSampleRatio, sample_ratio_by_segment,
};
pub use sample_ratio_watch::{SampleRatioLook, SampleRatioWatch, watch_sample_ratio};
pub use sequential_sample_ratio::{
    ArmShare, Concentration, SequentialSampleRatio, SequentialSampleRatioOptions, sequential_sample_ratio,
};
pub use simultaneous::{bonferroni_alpha, false_coverage_alpha, sidak_alpha};
pub use twyman::{SUSPICIOUS_Z, TYPICAL_LIFT, TwymanCheck, TwymanReason, twyman};
