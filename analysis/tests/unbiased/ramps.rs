//! Ramps and the sample-ratio test.

use crate::lab::{
    Chance, DAY, Lab, START, Seen, TRIALS, arms, assert_as_often_as_promised, assert_too_often, significant,
};
use edgewise_analysis::{assignments::UnitsByEpoch, balance, verify::Shares};
use edgewise_stats::trust::SampleRatio;
use std::collections::BTreeMap;

/// One in ten is treated, then a quarter, then a half.
const RAMP: [(&str, f64); 3] = [("tenth", 0.1), ("quarter", 0.25), ("half", 0.5)];

#[test]
fn each_unit_is_expected_where_its_own_epoch_draws_it() {
    let mut lab = Lab::new(16);
    let mut chance = Chance::new(17);
    for trial in 0..TRIALS {
        for index in 0..300_usize {
            let (epoch, treated) = RAMP[index % 3];
            let variant = if chance.happens(treated) { "treatment" } else { "control" };
            lab.expose(trial, &format!("u{index}"), &Seen::new(variant, epoch, START + DAY));
        }
    }
    let (assignments, _) = lab.finish();
    let p = |trial: u64, shares_of: &dyn Fn(&[String; 2]) -> Shares, merged: bool| {
        let arms = arms(trial);
        let own = arms.iter().map(|arm| (arm.clone(), assignments.counts.admitted[arm].clone()));
        let units: UnitsByEpoch = own
            .map(|(arm, by_epoch)| {
                let all = by_epoch.values().sum();
                (arm, if merged { BTreeMap::from([(balance::EPOCH.to_owned(), all)]) } else { by_epoch })
            })
            .collect();
        match balance::test(&units, &shares_of(&arms), &arms) {
            SampleRatio::Tested { p, .. } => p,
            other => panic!("{other:?}"),
        }
    };
    let shares = |arms: &[String; 2], treated: f64| {
        BTreeMap::from([(arms[0].clone(), 1.0 - treated), (arms[1].clone(), treated)])
    };
    let by_own_epoch = |arms: &[String; 2]| {
        RAMP.iter().map(|(epoch, treated)| ((*epoch).to_owned(), shares(arms, *treated))).collect()
    };
    assert_as_often_as_promised(significant((0..TRIALS).map(|trial| p(trial, &by_own_epoch, false))));
    // The alternative: everybody is expected by the allocation in force.
    let in_force = |arms: &[String; 2]| Shares::from([(balance::EPOCH.to_owned(), shares(arms, 0.5))]);
    assert_too_often(significant((0..TRIALS).map(|trial| p(trial, &in_force, true))));
}
