//! Rows that are not taken, and why.

use crate::results::Exclusion;
use std::ops::AddAssign;

/// How many rows are not taken, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) without_unit: u64,
    pub(crate) without_variant: u64,
    pub(crate) other_experiments: u64,
    pub(crate) other_types: u64,
}

/// Why a row is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    WithoutUnit,
    WithoutVariant,
    OtherExperiment,
    OtherType,
}

impl LeftOut {
    pub(super) fn count(&mut self, reason: Reason) {
        *match reason {
            Reason::WithoutUnit => &mut self.without_unit,
            Reason::WithoutVariant => &mut self.without_variant,
            Reason::OtherExperiment => &mut self.other_experiments,
            Reason::OtherType => &mut self.other_types,
        } += 1;
    }

    pub(crate) fn exclusions(self) -> Vec<Exclusion> {
        let all = [
            (
                "missing_unit",
                self.without_unit,
                "rows without the experiment's unit",
                "see why the files have them",
            ),
            (
                "missing_variant",
                self.without_variant,
                "exposures without a variant",
                "see why the files have them",
            ),
            ("other_experiment", self.other_experiments, "exposures of other experiments", ""),
            (
                "other_type",
                self.other_types,
                "rows that are neither exposures nor `track`, `feedback` or `error` events",
                "",
            ),
        ];
        let counted = all.into_iter().filter(|(_, count, _, _)| *count > 0);
        counted
            .map(|(exclusion, count, what, action)| Exclusion {
                exclusion,
                count,
                what: what.to_owned(),
                action,
            })
            .collect()
    }
}

impl AddAssign for LeftOut {
    fn add_assign(&mut self, other: Self) {
        self.without_unit += other.without_unit;
        self.without_variant += other.without_variant;
        self.other_experiments += other.other_experiments;
        self.other_types += other.other_types;
    }
}
