//! The analysis that is simulated: the one that results are made with.

use crate::{
    assignments::UnitsByEpoch,
    balance::EPOCH,
    estimate::{Frame, Measured, Rules, estimate},
    moments::Sums,
    plan::Role,
    results::Kind,
    verify::Shares,
};
use edgewise_stats::{Alpha, Interval};

/// What an analysis says of one treatment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Judged {
    /// The p value of "no difference"; none where there is no test.
    pub p: Option<f64>,
    /// Treatment minus control.
    pub difference: Option<f64>,
    /// The difference's interval.
    pub interval: Option<Interval>,
}

/// An analysis of the sums of the variants, the control's first.
pub trait Analysis: Sync {
    /// What it says of each treatment, in their order.
    fn compare(&self, sums: &[Sums]) -> Vec<Judged>;
}

/// The analysis that `edgewise analyze` makes.
#[derive(Clone, Debug)]
pub struct Configured {
    /// The metric's name.
    pub metric: String,
    /// What a unit's number is.
    pub kind: Kind,
    /// The level.
    pub alpha: Alpha,
    /// The variants, the control first.
    pub variants: Vec<String>,
    /// Each variant's share.
    pub shares: Vec<f64>,
}

impl Analysis for Configured {
    fn compare(&self, sums: &[Sums]) -> Vec<Judged> {
        let of_epoch = self.variants.iter().cloned().zip(self.shares.iter().copied()).collect();
        let shares = Shares::from([(EPOCH.to_owned(), of_epoch)]);
        let mut units = UnitsByEpoch::new();
        for sums in sums {
            units.entry(sums.variant.clone()).or_default().insert(EPOCH.to_owned(), sums.units_seen);
        }
        let frame = Frame {
            variants: &self.variants,
            alpha: self.alpha,
            units: &units,
            shares: &shares,
            rules: Rules::default(),
        };
        let measured = Measured { role: Role::Primary, ..Measured::column(&self.metric, self.kind) };
        let result = estimate(&frame, &measured, sums, None);
        let judged = |variant: &String| {
            let of_variant = result.comparisons.iter().find(|comparison| comparison.variant == *variant);
            of_variant.map_or_else(Judged::default, |found| Judged {
                p: found.comparison.test.ok().map(|test| test.p),
                difference: found.comparison.difference.estimate.ok(),
                interval: found.comparison.difference.interval.ok(),
            })
        };
        self.variants.iter().skip(1).map(judged).collect()
    }
}
