//! CUPED: what the units did before their exposure is taken out of what they do after it.

use super::Frame;
use super::arms::{ByEpoch, Refused};
use crate::moments::{Sums, SumsError};
use edgewise_stats::{
    Absent, Alpha, Estimate, JointMoments, Stratum,
    sharpen::{
        Adjustment, CupedOptions, PostStratification, Shares, cuped, post_stratify_cuped,
        post_stratify_ratio_cuped, ratio_cuped,
    },
};

/// A unit's number, the same from before, and whether there was anything before.
const WITH_HISTORY: usize = 3;

/// A unit's number and the same from before: where history explains nothing that this does not.
const WITHOUT_HISTORY: usize = 2;

/// The joint moments of a number and its covariates, in the ways they may be adjusted by, the first that works first.
#[derive(Debug)]
pub(super) struct Covariates {
    ways: Vec<ByEpoch<JointMoments>>,
}

impl Covariates {
    pub(super) fn of<'a>(frame: &Frame<'a>, sums: &[&Sums]) -> Result<Self, Refused<'a>> {
        let of = |width| ByEpoch::of(frame, sums, |sums| first_numbers(sums, width));
        Ok(Self { ways: vec![of(WITH_HISTORY)?, of(WITHOUT_HISTORY)?] })
    }

    /// The comparison adjusted by the number before and by whether there was any history; by the former alone where
    /// history is the same for all units or says the same as the number.
    pub(super) fn adjust(&self, treatment: usize, alpha: Alpha) -> Estimate<Adjustment> {
        let mut reason = Absent::NoSuchNumber;
        for way in &self.ways {
            let adjustment = adjust(&way.strata(treatment, JointMoments::n), alpha);
            match adjustment.adjusted.test {
                Err(absent @ Absent::DegenerateCovariate { .. }) => reason = absent,
                _ => return Ok(adjustment),
            }
        }
        Err(reason)
    }
}

/// One epoch is CUPED; several are compared within, with one vector of slopes for all.
fn adjust(strata: &[Stratum<JointMoments>], alpha: Alpha) -> Adjustment {
    if let [only] = strata {
        return cuped(&only.control, &only.treatment, &CupedOptions { alpha, ..CupedOptions::default() });
    }
    let options = PostStratification { alpha, shares: Shares::Fixed, ..PostStratification::default() };
    post_stratify_cuped(strata, &options)
}

/// A quotient adjusted by the quotient from before; several epochs are compared within, with one slope for all.
///
/// # Errors
/// Where there is nothing to adjust by.
pub(super) fn adjust_ratio(strata: &[Stratum<JointMoments>], alpha: Alpha) -> Estimate<Adjustment> {
    let adjustment = if let [only] = strata {
        let options = CupedOptions { alpha, ..CupedOptions::default() };
        ratio_cuped(&only.control, &only.treatment, &options)
    } else {
        let options = PostStratification { alpha, shares: Shares::Fixed, ..PostStratification::default() };
        post_stratify_ratio_cuped(strata, &options)
    };
    match adjustment.adjusted.test {
        Err(absent @ (Absent::DegenerateCovariate { .. } | Absent::NoDenominator)) => Err(absent),
        _ => Ok(adjustment),
    }
}

/// The joint moments of the first `width` numbers of each unit.
pub(super) fn first_numbers(sums: &Sums, width: usize) -> Result<JointMoments, SumsError> {
    if sums.units_seen == 0 && sums.width() == 0 {
        return Ok(JointMoments::empty(width));
    }
    let all = sums.width();
    if all < width {
        return Err(SumsError::NoSuchNumber { index: width - 1, width: all });
    }
    // The upper triangle by rows: row i begins where the longer rows above it end.
    let product = |i: usize, j: usize| sums.products.get(i * (2 * all + 1 - i) / 2 + j - i).copied();
    let pairs = (0..width).flat_map(|i| (i..width).map(move |j| (i, j)));
    let first = Sums {
        sums: sums.sums[..width].to_vec(),
        products: pairs.map(|(i, j)| product(i, j).unwrap_or_default()).collect(),
        largest: sums.largest.iter().copied().take(width).collect(),
        ..sums.clone()
    };
    first.joint()
}
