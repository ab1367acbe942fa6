//! How often something happened, how sure that is, and whether it is what was promised.

use crate::balance::{CAUTION_BELOW, INVALID_BELOW};
use crate::results::Severity;
use edgewise_stats::{
    Alpha, Alternative, Fraction, Interval, Proportion,
    compare::{RateIntervalMethod, binomial_test, rate_interval},
    trust::{Arm, SampleRatio, sample_ratio},
};
use serde::Serialize;

/// How often something happened among the runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Frequency {
    /// In so many runs.
    pub count: u64,
    /// Of so many.
    pub of: u64,
    /// The share; none of no runs.
    pub rate: Option<f64>,
    /// Its 95 % interval by Clopper and Pearson.
    pub interval: Option<Interval>,
    /// What it should be; none where nothing was promised.
    pub expected: Option<f64>,
    /// The p value of the exact binomial test that it is that.
    pub p: Option<f64>,
}

impl Frequency {
    /// So many of so many.
    pub fn new(count: u64, of: u64) -> Self {
        let proportion = Proportion::new(count.min(of), of).ok();
        let interval = |proportion: &Proportion| {
            let exact = RateIntervalMethod::ClopperPearson;
            rate_interval(proportion, exact, Alpha::default(), Alternative::TwoSided).ok()
        };
        Self {
            count,
            of,
            rate: proportion.and_then(|proportion| proportion.rate().ok()),
            interval: proportion.as_ref().and_then(interval),
            expected: None,
            p: None,
        }
    }

    /// How many of these are so.
    pub fn of(cases: impl Iterator<Item = bool>) -> Self {
        let (count, of) = cases.fold((0, 0), |(count, of), happened| (count + u64::from(happened), of + 1));
        Self::new(count, of)
    }

    /// The same, held against what was promised.
    #[must_use]
    pub fn expecting(self, expected: f64) -> Self {
        let tested = Proportion::new(self.count, self.of).ok().zip(Fraction::new(expected).ok());
        let tested = tested.and_then(|(proportion, null)| {
            binomial_test(&proportion, null, Alternative::TwoSided).ok().map(|test| test.p)
        });
        Self { expected: Some(expected), p: tested, ..self }
    }

    /// How bad it is that this happens more often than promised; none where it does not.
    pub fn too_often(&self) -> Option<Severity> {
        let above = self.rate > self.expected;
        self.p.filter(|_| above).and_then(severity)
    }

    /// Whether it happens less often than promised.
    pub fn too_seldom(&self) -> bool {
        self.rate < self.expected && self.p.and_then(severity).is_some()
    }
}

/// How the p values of an A/A test are distributed: evenly, if the analysis is right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PValues {
    /// How many lie in each tenth of 0 to 1.
    pub deciles: [u64; 10],
    /// Pearson's χ² against the same number in each.
    pub chi_square: Option<f64>,
    /// Its p value with nine degrees of freedom.
    pub p: Option<f64>,
}

impl PValues {
    /// The distribution of these.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut deciles = [0; 10];
        for value in values {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 9")]
            let decile = (value * 10.0).clamp(0.0, 9.0) as usize;
            deciles[decile] += 1;
        }
        let arms: Vec<Arm> = deciles.iter().filter_map(|&observed| Arm::new(observed, 1.0).ok()).collect();
        match sample_ratio(&arms) {
            SampleRatio::Tested { chi_square, p, .. } => {
                Self { deciles, chi_square: Some(chi_square), p: Some(p) }
            }
            _ => Self { deciles, chi_square: None, p: None },
        }
    }

    /// How bad it is that they are distributed unevenly; none where they are not.
    pub fn uneven(&self) -> Option<Severity> {
        self.p.and_then(severity)
    }
}

/// The severities of the sample-ratio test, which asks the same: is this chance?
fn severity(p: f64) -> Option<Severity> {
    match p {
        p if p < INVALID_BELOW => Some(Severity::Invalid),
        p if p < CAUTION_BELOW => Some(Severity::Caution),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frequency_is_held_against_what_was_promised() {
        // scipy 1.17: binomtest(50, 1000, 0.05).pvalue = 1.0, proportion_ci(0.95, "exact") = (0.03733540, 0.06539048)
        let as_promised = Frequency::new(50, 1_000).expecting(0.05);
        assert!(as_promised.p.unwrap() > 0.999);
        let interval = as_promised.interval.unwrap();
        assert!(
            (interval.lower() - 0.037_335_40).abs() < 1e-7 && (interval.upper() - 0.065_390_48).abs() < 1e-7
        );
        assert!(as_promised.too_often().is_none() && !as_promised.too_seldom());
        assert_eq!(Frequency::new(70, 1_000).expecting(0.05).too_often(), Some(Severity::Caution));
        assert_eq!(Frequency::new(120, 1_000).expecting(0.05).too_often(), Some(Severity::Invalid));
        assert!(Frequency::new(20, 1_000).expecting(0.05).too_seldom());
        assert_eq!(Frequency::new(0, 0).rate, None);
    }

    #[test]
    fn p_values_are_counted_by_tenths() {
        let even = PValues::of((0..1_000).map(|index| (f64::from(index) + 0.5) / 1_000.0));
        assert_eq!((even.deciles, even.uneven()), ([100; 10], None));
        let small = PValues::of((0..1_000).map(|index| f64::from(index) / 2_000.0));
        assert_eq!(small.uneven(), Some(Severity::Invalid));
        assert_eq!(PValues::of([0.0, 1.0].into_iter()).deciles, [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(PValues::of(std::iter::empty()).p, None);
    }
}
