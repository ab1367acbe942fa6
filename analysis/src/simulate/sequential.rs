//! Looking early: by the plain p value, by a boundary, by a sequence that is valid at any time.

use crate::{moments::Sums, results::Kind};
use edgewise_stats::{
    Absent, Alpha, Alternative, Estimate,
    distribution::normal,
    sequential::{
        anytime::{AnytimeOptions, Tuning, compare_means_anytime, compare_rates_anytime},
        group::{Design, Looks, Shape, boundaries},
    },
};
use std::num::NonZeroU64;

/// How the experiment is looked at before its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Peeking {
    /// At so many equal steps of the units, the last at the end; at least 2.
    pub looks: usize,
    /// By which boundary.
    pub shape: Shape,
}

/// What each look is held against.
#[derive(Clone, Debug)]
pub(super) struct Sequential {
    kind: Kind,
    alpha: Alpha,
    /// The level of each look's plain p value at which the boundary is crossed; none where it cannot be.
    nominal: Vec<Option<f64>>,
    anytime: AnytimeOptions,
}

/// At which looks something was significant at least once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stopped {
    pub(super) plain: bool,
    pub(super) boundary: bool,
    pub(super) anytime: bool,
}

impl Sequential {
    /// Fails as [`boundaries`] does, and where there are not at least two looks.
    pub(super) fn new(peeking: &Peeking, kind: Kind, alpha: Alpha, units: u64) -> Estimate<Self> {
        let looks = Looks::equal(peeking.looks).map_err(|_| Absent::NoSuchLook)?;
        let design = Design::new(peeking.shape.clone(), alpha, Alternative::TwoSided);
        let all = boundaries(&design, &looks)?;
        let nominal = all.looks().iter().map(|look| look.upper.map(|z| 2.0 * normal::sf(z))).collect();
        let tuning = NonZeroU64::new(units).map_or_else(Tuning::default, Tuning::Units);
        let anytime = AnytimeOptions { alpha, tuning, ..AnytimeOptions::default() };
        Ok(Self { kind, alpha, nominal, anytime })
    }

    /// Takes a look at one treatment.
    pub(super) fn look(&self, stopped: &mut Stopped, look: usize, p: Option<f64>, arms: [&Sums; 2]) {
        let nominal = self.nominal.get(look).copied().flatten();
        stopped.plain |= p.is_some_and(|p| p < self.alpha.get());
        stopped.boundary |= p.zip(nominal).is_some_and(|(p, nominal)| p <= nominal);
        stopped.anytime |= self.always_valid_p(arms).is_some_and(|p| p < self.alpha.get());
    }

    fn always_valid_p(&self, [control, treatment]: [&Sums; 2]) -> Option<f64> {
        let compared = if self.kind == Kind::Binary {
            compare_rates_anytime(&control.proportion(0).ok()?, &treatment.proportion(0).ok()?, &self.anytime)
        } else {
            compare_means_anytime(&control.moments(0).ok()?, &treatment.moments(0).ok()?, &self.anytime)
        };
        compared.difference.ok().map(|difference| difference.p)
    }
}
