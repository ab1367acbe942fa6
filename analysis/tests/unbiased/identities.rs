//! Anonymous devices that log in.

use crate::lab::{
    Chance, DAY, How, Lab, START, Seen, TRIALS, arms, assert_as_often_as_promised, assert_too_often,
    findings, findings_over, significant,
};
use datafusion::arrow::{array::BooleanArray, compute::filter_record_batch};
use edgewise_analysis::{
    assignments::{Assignments, unit_rows},
    evenness::p_of_even_shares,
    identities::{Identities, LinkTable, StandsFor, standing_alone},
    verify::Verdict,
};
use std::collections::{BTreeMap, BTreeSet};

/// A device of one experiment, and the user that it becomes.
struct Person {
    device: String,
    user: String,
}

impl Person {
    fn new(trial: u64, index: usize) -> Self {
        Self { device: format!("{trial}/d{index}"), user: format!("{trial}/u{index}") }
    }

    fn log_in(&self, identities: &mut Identities) {
        identities.see("user", &[("device", &self.device), ("user", &self.user)]);
    }

    /// The unit that an exposure of the device is one of, as the analysis of a log takes it.
    fn unit(&self, identities: &Identities) -> String {
        match identities.stands_for("device", &self.device) {
            StandsFor::One(user) => user.to_owned(),
            _ => standing_alone("device", &self.device),
        }
    }
}

fn links(
    identities: &Identities,
    alone: &BTreeSet<(String, String)>,
    assignments: &Assignments,
) -> Vec<LinkTable> {
    identities.tables(&BTreeSet::from(["device".to_owned()]), alone, &assignments.entries()).unwrap()
}

/// The treatment makes those log in who do not buy. Who is never known counts as the device that was drawn.
#[test]
fn who_never_logs_in_counts_too() {
    let mut lab = Lab::new(18);
    let mut chance = Chance::new(19);
    let mut identities = Identities::default();
    let (mut alone, mut people) = (BTreeSet::new(), Vec::new());
    let (mut known_by_variant, mut all_by_variant) =
        (BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
    for trial in 0..TRIALS {
        for index in 0..150 {
            let person = Person::new(trial, index);
            let treated = chance.happens(0.5);
            let buys = chance.happens(0.4);
            let logs_in = chance.happens(if buys {
                0.8
            } else if treated {
                0.7
            } else {
                0.2
            });
            let variant = format!("{trial}/{}", if treated { "treatment" } else { "control" });
            *all_by_variant.entry(variant.clone()).or_default() += 1;
            if logs_in {
                person.log_in(&mut identities);
                *known_by_variant.entry(variant).or_default() += 1;
            } else {
                alone.insert(("device".to_owned(), person.device.clone()));
            }
            if buys {
                // Before or after the login: the event names the device, or the user.
                if logs_in && chance.happens(0.5) {
                    lab.event(trial, &format!("u{index}"), 100 + chance.below(400), START + 2 * DAY);
                } else {
                    lab.event_of_device(
                        trial,
                        &format!("d{index}"),
                        100 + chance.below(400),
                        START + DAY / 2,
                    );
                }
            }
            people.push((trial, person, if treated { "treatment" } else { "control" }, logs_in));
        }
    }
    for (trial, person, variant, logs_in) in &people {
        let of_device = Seen { by_fallback: true, ..Seen::new(variant, "e", START) };
        lab.expose_as(*trial, &person.unit(&identities), &of_device, Verdict::Verified);
        if *logs_in {
            // The user keeps what the device drew.
            lab.expose_as(*trial, &person.user, &Seen::new(variant, "e", START + DAY), Verdict::Verified);
        }
    }
    let (assignments, events) = lab.finish();
    let counts = &assignments.counts;
    assert_eq!(counts.admitted_by_variant().values().sum::<u64>(), TRIALS * 150, "one unit a person");
    assert!(counts.in_two_variants.is_empty() && counts.drawn_twice.is_empty());
    let links = links(&identities, &alone, &assignments);
    let how = How { links: &links, ..How::revenue() };
    assert_as_often_as_promised(findings(&assignments, &events, &how));

    // The alternative: only who comes to be known counts.
    let known: Vec<_> = assignments
        .batches
        .iter()
        .map(|batch| {
            let is_known = unit_rows(batch).unwrap().map(|row| Some(!row.unit.starts_with("device:")));
            filter_record_batch(batch, &is_known.collect::<BooleanArray>()).unwrap()
        })
        .collect();
    assert_too_often(findings_over(&known, &assignments, &events, &how));
    // And the shares of who comes to be known say so.
    let p =
        (0..TRIALS).filter_map(|trial| p_of_even_shares(&known_by_variant, &all_by_variant, &arms(trial)));
    assert_too_often(significant(p));
}

/// Nothing is kept at the login: the user is drawn anew, one in five into the treatment. Who comes by a device first
/// buys more.
#[test]
fn who_is_drawn_twice_stays_where_the_device_was() {
    let mut lab = Lab::new(20);
    let mut chance = Chance::new(21);
    let mut identities = Identities::default();
    let mut two = BTreeSet::new();
    let mut by_device = 0;
    for trial in 0..TRIALS {
        for index in 0..200 {
            let person = Person::new(trial, index);
            let mut draw = || if chance.happens(0.2) { "treatment" } else { "control" };
            let (of_device, of_user) = (draw(), draw());
            let anonymous_first = chance.happens(0.4);
            if anonymous_first {
                person.log_in(&mut identities);
                let seen = Seen { by_fallback: true, ..Seen::new(of_device, "e", START) };
                lab.expose_as(trial, &person.unit(&identities), &seen, Verdict::Verified);
                if of_device != of_user {
                    two.insert(person.user.clone());
                }
                by_device += 1;
            }
            lab.expose_as(trial, &person.user, &Seen::new(of_user, "e", START + DAY), Verdict::Verified);
            if chance.happens(if anonymous_first { 0.9 } else { 0.2 }) {
                lab.event(trial, &format!("u{index}"), 100 + chance.below(400), START + 2 * DAY);
            }
        }
    }
    assert!(by_device > 0);
    let (assignments, events) = lab.finish();
    let counts = &assignments.counts;
    assert_eq!(counts.drawn_twice.values().sum::<u64>(), two.len() as u64, "each is counted");
    assert_eq!(counts.in_two_variants, counts.drawn_twice, "and for no other reason");
    assert_as_often_as_promised(findings(&assignments, &events, &How::revenue()));
    let dropped: Vec<_> = assignments
        .batches
        .iter()
        .map(|batch| {
            let kept = unit_rows(batch).unwrap().map(|row| Some(!two.contains(row.unit)));
            filter_record_batch(batch, &kept.collect::<BooleanArray>()).unwrap()
        })
        .collect();
    assert_too_often(findings_over(&dropped, &assignments, &events, &How::revenue()));
}
