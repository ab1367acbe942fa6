//! Bandits: ranges that follow published weights, above a floor that stays where it is.

use super::{
    Buckets, Change, Draw, Lock, Range, Run, WeightsError,
    allocate::{Quotas, distribute, held_by, quotas},
};
use crate::project::Share;
use edgewise_core::BUCKETS;
use std::collections::BTreeMap;
use thiserror::Error;

/// A draw whose weights are learnt while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bandit {
    /// The least number of buckets of each variant: no propensity is below this, of 1,000,000.
    pub floor: u32,
    /// As many buckets of each variant, by its id. They never change hands: only another floor adds to them or takes
    /// from them, and only a variant that is removed gives them up.
    pub fixed: BTreeMap<String, Buckets>,
    /// The weights that were published last, in buckets, by the variant's id. None: those of the project hold.
    pub published: Option<BTreeMap<String, u32>>,
    /// All buckets, the fixed ones included.
    pub ranges: Vec<Range>,
}

/// Why weights cannot be published.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PublishError {
    /// There is nothing to follow them.
    #[error("the lock does not know `{0}`")]
    Unknown(Run),
    /// The experiment's weights are not learnt.
    #[error("`{0}` is no bandit: its weights are those of the project")]
    NoBandit(Run),
    /// The weights themselves.
    #[error("the weights of `{run}`: {source}")]
    Weights {
        /// Whose.
        run: Run,
        /// Why.
        source: Box<WeightsError>,
    },
}

impl PublishError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "name an experiment and an iteration that were built, or build first",
            Self::NoBandit(_) => "change `weight:` in the experiment's file and build",
            Self::Weights { source, .. } => source.help(),
        }
    }
}

impl Lock {
    /// The lock with new weights of a bandit, which sum to the whole, in the whole project or in one scope. They hold
    /// from then on, instead of the project's own, until others are published. A scope that has no ranges of its own
    /// begins from those in force there.
    ///
    /// The fewest possible buckets change hands, and none below the floor.
    pub fn publish(
        &self,
        run: &Run,
        scope: Option<&str>,
        weights: &[(String, Share)],
    ) -> Result<(Self, Vec<Change>), PublishError> {
        let mut lock = self.clone();
        let entry = lock.entries.get_mut(run).ok_or_else(|| PublishError::Unknown(run.clone()))?;
        let before = entry.draw_in(scope).clone();
        let Draw::Bandit(bandit) = &before else { return Err(PublishError::NoBandit(run.clone())) };
        let failed = |source| PublishError::Weights { run: run.clone(), source: Box::new(source) };
        let quotas = quotas(weights).map_err(failed)?;
        let after = Draw::Bandit(bandit.publish(quotas).map_err(failed)?);
        let changes = Change::moved(run, scope, &before, &after);
        match scope {
            None => entry.everywhere = after,
            Some(scope) => drop(entry.scopes.insert(scope.to_owned(), after)),
        }
        Ok((lock, changes))
    }
}

impl Bandit {
    /// Follows the project: its floor, its variants, and its weights while none are published.
    pub(super) fn follow(&self, floor: Share, weights: &[(String, Share)]) -> Result<Self, WeightsError> {
        let written = quotas(weights)?;
        let quotas = match &self.published {
            None => written,
            Some(published) if published.keys().eq(written.keys()) => published.clone(),
            Some(published) => {
                return Err(WeightsError::PublishedForOthers {
                    published: list(published),
                    variants: list(&written),
                });
            }
        };
        let (buckets, _) = floor.of(BUCKETS).map_err(|_| WeightsError::TooFine)?;
        let too_high = || WeightsError::FloorTooHigh { floor, variants: quotas.len() };
        let buckets = u32::try_from(buckets).map_err(|_| too_high())?;
        let variants = u32::try_from(quotas.len()).map_err(|_| too_high())?;
        if buckets.checked_mul(variants).is_none_or(|sum| sum > BUCKETS) {
            return Err(too_high());
        }
        Self { floor: buckets, published: self.published.clone(), ..self.clone() }.distribute(&quotas)
    }

    fn publish(&self, quotas: Quotas) -> Result<Self, WeightsError> {
        let bandit = self.distribute(&quotas)?;
        Ok(Self { published: Some(quotas), ..bandit })
    }

    /// Moves the fewest possible buckets to meet the quotas, none of the fixed ones that the floor still asks for.
    fn distribute(&self, quotas: &Quotas) -> Result<Self, WeightsError> {
        if let Some((variant, quota)) = quotas.iter().find(|(_, quota)| **quota < self.floor) {
            return Err(WeightsError::BelowFloor {
                variant: variant.clone(),
                weight: share(*quota)?,
                floor: share(self.floor)?,
            });
        }
        let none = Buckets::default();
        let kept = |variant: &String| self.fixed.get(variant).unwrap_or(&none).lowest(self.floor);
        let kept: BTreeMap<_, _> = quotas.keys().map(|variant| (variant.clone(), kept(variant))).collect();
        let ranges = distribute(quotas, &self.ranges, &kept);
        let filled = kept.into_iter().map(|(variant, kept)| {
            let others = held_by(&ranges, &variant).minus(&kept);
            let fixed = kept.plus(&others.lowest(self.floor - kept.count()));
            (variant, fixed)
        });
        let fixed = filled.filter(|(_, fixed)| fixed.count() > 0).collect();
        Ok(Self { floor: self.floor, fixed, published: self.published.clone(), ranges })
    }
}

fn share(buckets: u32) -> Result<Share, WeightsError> {
    Share::fraction(buckets.into(), BUCKETS.into()).map_err(|_| WeightsError::TooFine)
}

fn list(quotas: &Quotas) -> String {
    quotas.keys().map(|variant| format!("`{variant}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::{Weights, allocate::moved};
    use proptest::prelude::*;

    const IDS: [&str; 4] = ["a", "b", "c", "d"];

    fn weights(parts: &[u32]) -> Vec<(String, Share)> {
        let sum: u128 = parts.iter().map(|part| u128::from(*part)).sum();
        let weight =
            |(id, part): (&&str, &u32)| ((*id).to_owned(), Share::fraction(u128::from(*part), sum).unwrap());
        IDS.iter().zip(parts).map(weight).collect()
    }

    fn first(floor: &str, parts: &[u32]) -> Bandit {
        Bandit::default().follow(Share::read(floor).unwrap(), &weights(parts)).unwrap()
    }

    #[test]
    fn a_weight_below_the_floor_is_refused_and_so_is_a_floor_for_which_there_is_no_room() {
        let bandit = first("10%", &[1, 1]);
        let error = bandit.publish(quotas(&weights(&[1, 19])).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "`a` gets 5%, which is below the floor of 10%");
        let at_the_floor = Quotas::from([("a".into(), 100_000), ("b".into(), 900_000)]);
        assert!(bandit.publish(at_the_floor).is_ok());
        let a_bucket_below = Quotas::from([("a".into(), 99_999), ("b".into(), 900_001)]);
        assert!(bandit.publish(a_bucket_below).is_err());
        let error = Bandit::default().follow(Share::read("51%").unwrap(), &weights(&[1, 1])).unwrap_err();
        assert_eq!(error.to_string(), "a floor of 51% for each of 2 variants is more than there is");
    }

    #[test]
    fn published_weights_hold_against_those_of_the_project() {
        let published = first("10%", &[1, 1]).publish(quotas(&weights(&[3, 1])).unwrap()).unwrap();
        let followed = published.follow(Share::read("10%").unwrap(), &weights(&[1, 1])).unwrap();
        assert_eq!(followed, published);
        let error = published.follow(Share::read("10%").unwrap(), &weights(&[1, 1, 1])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the published ones are for `a`, `b`, and the variants are `a`, `b`, `c`"
        );
    }

    #[test]
    fn an_experiment_that_becomes_a_bandit_moves_nobody() {
        let plain = Draw::first(&Weights::Variants(weights(&[1, 2, 1]))).unwrap();
        let learning = Weights::Bandit { floor: Share::read("5%").unwrap(), weights: weights(&[1, 2, 1]) };
        let bandit = plain.follow(&learning).unwrap();
        assert_eq!(bandit.ranges(), plain.ranges());
        assert_eq!(bandit.follow(&Weights::Variants(weights(&[1, 2, 1]))).unwrap(), plain);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn publications_move_the_fewest_buckets_and_none_of_the_floor(
            rounds in prop::collection::vec(prop::collection::vec(1_u32..100, 4), 1..6)
        ) {
            // The least of four parts below 100 is 1 of at most 298: 0.3 %.
            let mut bandit = first("0.3%", &[1, 1, 1, 1]);
            let fixed = bandit.fixed.clone();
            for parts in rounds {
                let quotas = quotas(&weights(&parts)).unwrap();
                let next = bandit.publish(quotas.clone()).unwrap();
                prop_assert_eq!(&next.fixed, &fixed);
                for (variant, quota) in &quotas {
                    let held = held_by(&next.ranges, variant);
                    prop_assert_eq!(held.count(), *quota);
                    prop_assert_eq!(fixed[variant].minus(&held).count(), 0);
                }
                let given_up = |(variant, quota): (&String, &u32)| {
                    held_by(&bandit.ranges, variant).count().saturating_sub(*quota)
                };
                let bound: u32 = quotas.iter().map(given_up).sum();
                prop_assert_eq!(moved(&bandit.ranges, &next.ranges), bound);
                bandit = next;
            }
        }

        /// Another floor changes only how much is fixed, and moves nobody.
        #[test]
        fn another_floor_moves_nobody(parts in prop::collection::vec(20_u32..100, 2..5), floors in prop::collection::vec(0_u32..40_000, 1..5)) {
            let mut bandit = first("0.1%", &parts);
            for floor in floors {
                let share = share(floor).unwrap();
                let next = bandit.follow(share, &weights(&parts)).unwrap();
                prop_assert_eq!(&next.ranges, &bandit.ranges);
                for variant in IDS.iter().take(parts.len()) {
                    let before = bandit.fixed.get(*variant).cloned().unwrap_or_default();
                    let after = next.fixed.get(*variant).cloned().unwrap_or_default();
                    prop_assert_eq!(after.count(), floor);
                    let (less, more) = if before.count() < floor { (before, after) } else { (after, before) };
                    prop_assert_eq!(less.minus(&more).count(), 0);
                }
                bandit = next;
            }
        }
    }
}
