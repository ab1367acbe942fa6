//! How an epoch splits its buckets over the variants.

use crate::{
    event::{HELD_OUT, OPEN},
    verify::Rulesets,
};
use edgewise_core::{AllocationRange, BUCKETS, Experiment, Holdout, Strategy, Variant};
use std::collections::BTreeMap;

/// The number of draws of one epoch that give each variant: buckets, or with several factors products of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    draws: BTreeMap<String, u128>,
    has_factors: bool,
}

/// Epoch to how it splits the draws.
pub type Splits = BTreeMap<String, Split>;

impl Split {
    /// What a unit is drawn by: of so many equally probable draws the first many give the treatment, the others the
    /// control. None where neither gets any, or where the numbers do not fit.
    pub(super) fn between(&self, control: &str, treatment: &str) -> Option<Chance> {
        let of = |variant: &str| self.draws.get(variant).copied().unwrap_or(0);
        let (control, treatment) = (of(control), of(treatment));
        let divisor = greatest_common_divisor(control, treatment);
        let least = |draws: u128| draws.checked_div(divisor).and_then(|draws| u64::try_from(draws).ok());
        let (control, treatment) = (least(control)?, least(treatment)?);
        Some(Chance { treatment, all: control.checked_add(treatment)? })
    }

    /// Whether several draws give the variant, one a factor.
    pub(super) fn has_factors(&self) -> bool {
        self.has_factors
    }

    /// The split of an experiment's allocation; none where calls are drawn.
    pub fn of_experiment(experiment: Experiment<'_>) -> Option<Self> {
        if matches!(experiment.strategy(), Strategy::Random | Strategy::RoundRobin) {
            return None;
        }
        let mut draws = vec![0_u128; experiment.variants().len()];
        if experiment.factors().len() == 0 {
            add(&mut draws, experiment.allocation());
        } else {
            // The cells in the order of their combinations, the last factor's level running fastest.
            let mut cells = vec![1_u128];
            for factor in experiment.factors() {
                let mut levels = vec![0_u128; factor.levels().len()];
                add(&mut levels, factor.allocation());
                let both = |cell: &u128| levels.iter().map(|level| cell.saturating_mul(*level)).collect();
                cells = cells.iter().flat_map::<Vec<_>, _>(both).collect();
            }
            for (variant, cell) in experiment.cells().zip(cells) {
                if let Some(draws) = draws.get_mut(variant) {
                    *draws = draws.saturating_add(cell);
                }
            }
        }
        let ids = experiment.variants().map(Variant::id).map(ToOwned::to_owned);
        Some(Self { draws: ids.zip(draws).collect(), has_factors: experiment.factors().len() > 0 })
    }

    /// The split of a holdout over its arms.
    pub fn of_holdout(holdout: Holdout<'_>) -> Self {
        let held = u128::from(holdout.buckets());
        let open = u128::from(BUCKETS).saturating_sub(held);
        Self { draws: [(HELD_OUT.to_owned(), held), (OPEN.to_owned(), open)].into(), has_factors: false }
    }
}

impl Rulesets {
    /// How each epoch of one iteration splits its draws; none where calls are drawn.
    pub fn splits(&self, experiment: &str, iteration: u32) -> Option<Splits> {
        let versions = self.versions(experiment).filter(|version| version.iteration() == iteration);
        versions.map(|version| Some((version.epoch().to_string(), Split::of_experiment(version)?))).collect()
    }

    /// How each epoch of a holdout splits its draws.
    pub fn holdout_splits(&self, holdout: &str) -> Splits {
        let versions = self.holdouts(holdout);
        versions.map(|version| (version.epoch().to_string(), Split::of_holdout(version))).collect()
    }
}

/// The treatment's part of equally probable draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chance {
    pub(super) treatment: u64,
    pub(super) all: u64,
}

fn add(draws: &mut [u128], ranges: impl Iterator<Item = AllocationRange>) {
    for range in ranges {
        if let Some(draws) = draws.get_mut(range.variant) {
            *draws += u128::from(range.end.saturating_sub(range.start));
        }
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(draws: &[(&str, u128)]) -> Split {
        Split {
            draws: draws.iter().map(|(id, draws)| ((*id).to_owned(), *draws)).collect(),
            has_factors: false,
        }
    }

    #[test]
    fn a_chance_is_in_lowest_terms() {
        let of = |control, treatment| split(&[("a", control), ("b", treatment)]).between("a", "b");
        assert_eq!(of(500_000, 500_000), Some(Chance { treatment: 1, all: 2 }));
        assert_eq!(of(10_u128.pow(36), 3 * 10_u128.pow(36)), Some(Chance { treatment: 3, all: 4 }));
        assert_eq!(of(0, 7), Some(Chance { treatment: 1, all: 1 }));
        assert_eq!(of(0, 0), None);
        assert_eq!(of(u128::MAX, 2), None, "beyond what is drawn from");
        assert_eq!(split(&[("a", 5)]).between("a", "c"), Some(Chance { treatment: 0, all: 1 }));
    }
}
