//! Quotients of two totals, by the delta method.

use super::{
    Frame,
    arms::{Arms, ByEpoch, Compared, Own, Posteriors, Prior, Refused},
    covariate::{adjust_ratio, first_numbers},
};
use crate::{moments::Sums, results::Totals};
use edgewise_stats::{
    Alpha, Estimate, JointMoments,
    compare::{MeanOptions, compare_ratio_strata, linearised, ratio},
    plan::Baseline,
};

/// The place of the numerator and of the denominator in a unit's numbers.
const PARTS: (usize, usize) = (0, 1);

/// The quotients of the variants.
pub(super) struct Ratios {
    parts: ByEpoch<JointMoments>,
    parts_with_past: Option<ByEpoch<JointMoments>>,
    places: (usize, usize),
}

impl Ratios {
    pub(super) fn of<'a>(
        frame: &Frame<'a>,
        sums: &[&Sums],
        has_covariate: bool,
    ) -> Result<Self, Refused<'a>> {
        let of = |width| ByEpoch::of(frame, sums, |sums| first_numbers(sums, width));
        Ok(Self { parts: of(2)?, parts_with_past: has_covariate.then(|| of(4)).transpose()?, places: PARTS })
    }

    /// The quotients of two of the units' numbers, such as two steps of a funnel.
    pub(super) fn at<'a>(
        frame: &Frame<'a>,
        sums: &[&Sums],
        width: usize,
        places: (usize, usize),
    ) -> Result<Self, Refused<'a>> {
        let parts = ByEpoch::of(frame, sums, |sums| first_numbers(sums, width))?;
        Ok(Self { parts, parts_with_past: None, places })
    }
}

impl Arms for Ratios {
    fn own(&self, variant: usize, alpha: Alpha) -> Own {
        let (all, (above, below)) = (&self.parts.totals[variant], self.places);
        let linear = linearised(all, above, below);
        Own {
            n: all.n(),
            mean: ratio(all, above, below, alpha),
            standard_deviation: linear.and_then(|linear| linear.standard_deviation()).ok(),
            totals: total(all, above)
                .ok()
                .zip(total(all, below).ok())
                .map(|(numerator, denominator)| Totals { numerator, denominator }),
        }
    }

    fn compare(&self, treatment: usize, alpha: Alpha) -> Compared {
        let strata = self.parts.strata(treatment, JointMoments::n);
        let (above, below) = self.places;
        let options = MeanOptions { alpha, ..MeanOptions::default() };
        let adjustment = self.parts_with_past.as_ref();
        Compared {
            strata: strata.len(),
            comparison: compare_ratio_strata(&strata, above, below, &options),
            adjustment: adjustment
                .map(|with_past| adjust_ratio(&with_past.strata(treatment, JointMoments::n), alpha)),
            rate: None,
        }
    }

    fn posteriors(&self, _: usize, _: Option<Prior>) -> Option<Posteriors> {
        None
    }

    fn baseline(&self) -> Estimate<Baseline> {
        Baseline::ratio(&self.parts.totals[0], self.places.0, self.places.1)
    }
}

/// The sum of one of the units' numbers.
#[expect(clippy::cast_precision_loss, reason = "more than 2^53 units lose less than their own error")]
fn total(all: &JointMoments, place: usize) -> Estimate<f64> {
    Ok(all.mean(place)? * all.n() as f64)
}
