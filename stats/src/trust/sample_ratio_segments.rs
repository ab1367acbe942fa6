//! The sample ratio over the values of a dimension.

use serde::Serialize;

use super::{AdjustedTests, Arm, Correction, PValue, SampleRatio, adjust, sample_ratio};
use crate::{Absent, Alpha, Estimate, moments::count};

/// The sample-ratio tests of all values of a dimension (browsers, countries, …), as one family.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SegmentedSampleRatio {
    /// The test of each segment, in the given order.
    pub segments: Vec<SegmentSampleRatio>,
    /// Their p values, adjusted for being many. Segments that cannot be tested belong to no family; units in arms that
    /// expect none have the p value 0, exactly.
    pub adjustment: AdjustedTests,
    /// Where the imbalance sits: the places of the rejected segments, from 0.
    pub imbalanced: Vec<usize>,
}

/// The sample-ratio test of one segment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SegmentSampleRatio {
    /// The test of this segment alone.
    pub test: SampleRatio,
    /// How far each arm that expects units is off, the furthest first; empty if there is no test.
    pub deviations: Vec<ArmDeviation>,
}

/// How far an arm is from what it expects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ArmDeviation {
    /// The arm's place in the segment's list, from 0.
    pub arm: usize,
    /// Units that it has beyond those that it expects; negative if it lacks some.
    pub excess: f64,
    /// The excess in standard deviations of a binomial count with the expected share.
    pub z: f64,
}

/// Tests the sample ratio within each value of a dimension and says where an imbalance sits.
///
/// ```text
/// each segment: sample_ratio of its arms      z_i = (o_i − e_i) / √( e_i·(1 − e_i/n) )
/// ```
///
/// and the segments' p values adjusted by `correction`; use one that controls the family-wise error rate
/// ([`Correction::Holm`]), because a segment that is named will be debugged. The units of an experiment whose allocation
/// is imbalanced overall are imbalanced in most segments: test the whole first, and read this to see where it comes
/// from. The chi-square approximation is poor in small segments; their tests then carry a warning. Valid at one look.
///
/// Source: Fabijan et al. (2019), "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD, section 5
/// (segment analysis as the first step of a diagnosis); residuals: Haberman (1973), Biometrics 29(1).
///
/// ```
/// use edgewise_stats::{Alpha, trust::{Arm, Correction, sample_ratio_by_segment}};
///
/// let even = |a, b| [Arm::new(a, 0.5), Arm::new(b, 0.5)].map(Result::unwrap).to_vec();
/// // One browser loses the treatment's units.
/// let browsers = [even(5_000, 5_030), even(3_000, 2_700), even(1_010, 1_000)];
/// let found = sample_ratio_by_segment(&browsers, Correction::Holm, Alpha::default());
/// assert_eq!(found.imbalanced, [1]);
/// let most = found.segments[1].deviations[0];
/// assert!(most.excess.abs() == 150.0 && (most.z.abs() - 3.97).abs() < 0.01);
/// ```
pub fn sample_ratio_by_segment(
    segments: &[Vec<Arm>],
    correction: Correction,
    alpha: Alpha,
) -> SegmentedSampleRatio {
    let segments: Vec<SegmentSampleRatio> = segments
        .iter()
        .map(|arms| {
            let test = sample_ratio(arms);
            let deviations = deviations(&test);
            SegmentSampleRatio { test, deviations }
        })
        .collect();
    let family: Vec<Estimate<PValue>> = segments.iter().map(|segment| p_value(&segment.test)).collect();
    let adjustment = adjust(&family, correction, alpha);
    let imbalanced = adjustment.rejected().collect();
    SegmentedSampleRatio { segments, adjustment, imbalanced }
}

fn p_value(test: &SampleRatio) -> Estimate<PValue> {
    match test {
        SampleRatio::Tested { p, .. } => PValue::new(*p).map_err(|_| Absent::OutOfRange),
        SampleRatio::Untestable(reason) => Err(*reason),
        SampleRatio::Impossible { .. } => PValue::new(0.0).map_err(|_| Absent::OutOfRange),
    }
}

fn deviations(test: &SampleRatio) -> Vec<ArmDeviation> {
    let SampleRatio::Tested { arms, .. } = test else { return Vec::new() };
    let n: f64 = arms.iter().map(|arm| count(arm.observed())).sum();
    let mut deviations: Vec<ArmDeviation> = arms
        .iter()
        .enumerate()
        .filter(|(_, arm)| arm.expected() > 0.0)
        .filter_map(|(i, arm)| {
            let excess = count(arm.observed()) - arm.expected();
            let z = excess / (arm.expected() * (1.0 - arm.expected() / n)).sqrt();
            z.is_finite().then_some(ArmDeviation { arm: i, excess, z })
        })
        .collect();
    deviations.sort_by(|a, b| b.z.abs().total_cmp(&a.z.abs()));
    deviations
}
