//! Invariants of every step of every history.

use crate::arbitrary::{DOMAIN, EXPERIMENTS, LAYERS, SCOPE, histories};
use edgewise_control::{
    lock::{Buckets, Demand, Draw, ExperimentDemand, Holder, Lock, Range, Run, Standing, UpdateError, moved},
    project::Share,
};
use edgewise_core::{BUCKETS, document::BucketRange};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

type Checked = Result<(), TestCaseError>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_step_keeps_the_promises(history in histories()) {
        let mut lock = Lock::default();
        for demand in history {
            match lock.follow(&demand) {
                Ok((next, changes)) => {
                    slots_are_kept(&lock, &next, &demand)?;
                    buckets_are_kept(&lock, &next, &demand)?;
                    the_rest_is_remembered(&lock, &next, &demand)?;
                    holdouts_are_no_newer_than_runs(&lock, &next, &demand)?;
                    prop_assert_eq!(next == lock, changes.is_empty() && next.write() == lock.write());
                    prop_assert_eq!(&Lock::read(&next.write()).unwrap(), &next, "a clone has the same lock");
                    prop_assert_eq!(next.follow(&demand), Ok((next.clone(), Vec::new())), "building again");
                    prop_assert_eq!(&lock.follow(&turned(demand)).unwrap().0, &next, "another order");
                    lock = next;
                }
                Err(UpdateError::LayerFull(full)) => {
                    prop_assert!(full.held + full.free < slots(full.asked), "{full}");
                    let others: u32 = full.others.iter().map(|(_, held)| held).sum();
                    prop_assert_eq!(others + full.held + full.free, BUCKETS);
                    prop_assert!(asked(&lock, &full.layer, &demand).values().sum::<u32>() > BUCKETS, "{full}");
                }
                Err(error) => prop_assert!(false, "{error}"),
            }
        }
    }
}

/// Slots never overlap; everybody has what was asked for, and lost or got no more than the difference.
fn slots_are_kept(before: &Lock, after: &Lock, demand: &Demand) -> Checked {
    for layer in LAYERS {
        let mut seen = Buckets::default();
        for holder in holders() {
            let held = held(after, layer, &holder);
            prop_assert_eq!(seen.common(&held).count(), 0, "{} in {}", holder, layer);
            seen = seen.plus(&held);
        }
        for (holder, asked) in asked(before, layer, demand) {
            let (old, new) = (held(before, layer, &holder), held(after, layer, &holder));
            prop_assert_eq!(new.count(), asked);
            let (less, more) = if old.count() < asked { (old, new) } else { (new, old) };
            prop_assert_eq!(less.minus(&more).count(), 0, "{} in {}", holder, layer);
        }
    }
    Ok(())
}

/// How many slots each holder of a layer is to have: what it asks for, or what it has while it rests.
fn asked(before: &Lock, layer: &str, demand: &Demand) -> BTreeMap<Holder, u32> {
    let experiments = demand.experiments.iter().filter_map(|experiment| {
        let claim = experiment.claim.as_ref().filter(|claim| claim.layer == layer)?;
        let holder = Holder::Experiment(experiment.run.experiment.clone());
        let resting = experiment.standing == Standing::Resting;
        let asked = if resting { held(before, layer, &holder).count() } else { slots(claim.share) };
        Some((holder, asked))
    });
    let domains = demand.layers.iter().filter_map(|nested| {
        let within = nested.within.as_ref().filter(|within| within.layer == layer)?;
        Some((Holder::Domain(within.domain.clone()), slots(within.share)))
    });
    experiments.chain(domains).collect()
}

/// Every bucket has a variant, every variant its share to within a bucket, and no bucket moved without need.
fn buckets_are_kept(before: &Lock, after: &Lock, demand: &Demand) -> Checked {
    for experiment in serving(demand) {
        let entry = after.entry(&experiment.run).unwrap();
        let scopes: &[&str] = if experiment.scoped.is_empty() { &[] } else { &[SCOPE] };
        prop_assert_eq!(entry.scopes.len(), scopes.len());
        for scope in [&[][..], scopes] {
            let draw = entry.draw(scope);
            for ranges in draws(draw) {
                prop_assert_eq!(ranges.first().map(|range| range.start), Some(0));
                prop_assert_eq!(ranges.last().map(|range| range.end), Some(BUCKETS));
                prop_assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
            }
            let Some(old) = before.entry(&experiment.run) else { continue };
            for (old, new) in draws(old.draw(scope)).into_iter().zip(draws(draw)) {
                let lost = |owner: &String| count(old, owner).saturating_sub(count(new, owner));
                let owners: BTreeSet<_> = old.iter().map(|range| &range.owner).collect();
                prop_assert_eq!(moved(old, new), owners.into_iter().map(lost).sum::<u32>());
            }
        }
    }
    Ok(())
}

/// Whatever is not served is in the lock as it was: removed and resting experiments, and other iterations.
fn the_rest_is_remembered(before: &Lock, after: &Lock, demand: &Demand) -> Checked {
    let served: BTreeSet<_> = serving(demand).map(|experiment| &experiment.run).collect();
    for experiment in EXPERIMENTS {
        for iteration in [1, 2] {
            let run = Run { experiment: experiment.into(), iteration };
            if !served.contains(&run) {
                prop_assert_eq!(before.entry(&run), after.entry(&run));
            }
        }
    }
    Ok(())
}

fn holdouts_are_no_newer_than_runs(before: &Lock, after: &Lock, demand: &Demand) -> Checked {
    for experiment in serving(demand) {
        let fresh = before.entry(&experiment.run).is_none() || experiment.standing == Standing::Ahead;
        let named = !experiment.holdouts.is_empty();
        let bound = before.binds(&experiment.run, "quarter");
        prop_assert_eq!(after.binds(&experiment.run, "quarter"), named && (fresh || bound));
    }
    Ok(())
}

fn serving(demand: &Demand) -> impl Iterator<Item = &ExperimentDemand> {
    demand.experiments.iter().filter(|experiment| experiment.standing != Standing::Resting)
}

fn holders() -> impl Iterator<Item = Holder> {
    let experiments = EXPERIMENTS.iter().map(|id| Holder::Experiment((*id).to_owned()));
    experiments.chain([Holder::Domain(DOMAIN.to_owned())])
}

fn held(lock: &Lock, layer: &str, holder: &Holder) -> Buckets {
    Buckets::of(lock.slots(layer, holder).unwrap_or_default().iter().copied())
}

fn slots(share: Share) -> u32 {
    u32::try_from(share.of(BUCKETS).unwrap().0).unwrap()
}

fn draws(draw: &Draw) -> Vec<&[Range]> {
    match draw {
        Draw::Factors(factors) => factors.values().map(Vec::as_slice).collect(),
        _ => vec![draw.ranges()],
    }
}

fn count(ranges: &[Range], owner: &str) -> u32 {
    let of_owner = ranges.iter().filter(|range| range.owner == owner);
    Buckets::of(of_owner.map(|range| BucketRange { start: range.start, end: range.end })).count()
}

/// The same demand with every list the other way round.
fn turned(mut demand: Demand) -> Demand {
    demand.experiments.reverse();
    demand.layers.reverse();
    demand
}
