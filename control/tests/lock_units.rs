//! Units of a project on disk: who moves when it is edited and built again with its lock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use edgewise_analysis::context::JsonContext;
use edgewise_control::{
    build::{Build, Locked, build},
    lock::{Change, FILE, Lock},
};
use edgewise_core::{Reason, Ruleset, Silent, Variant};
use proptest::prelude::*;
use serde_json::json;
use std::{collections::BTreeMap, fs, path::Path};
use tempfile::TempDir;

const UNITS: u32 = 400;
/// 2026-03-01T00:00:00Z, when every experiment below has started.
const NOW: i64 = 1_772_323_200_000;

/// A project as files by name.
type Files = BTreeMap<String, String>;

/// One experiment over all units, one with a ramp, and two that exclude each other.
fn files() -> Files {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Files::from([
        file("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user]\n"),
        file("metrics/conversion.yaml", "id: conversion\nkind: binary\nevent: purchase\n"),
        file("layers/page.yaml", "id: page\n"),
        file("experiments/tone.yaml", &experiment("tone", "", &[("a", 50), ("b", 30), ("c", 20)])),
        file("experiments/price.yaml", &experiment("price", "traffic: 40%\n", &[("a", 50), ("b", 50)])),
        file("experiments/left.yaml", &experiment("left", &layer(30), &[("a", 50), ("b", 50)])),
        file("experiments/right.yaml", &experiment("right", &layer(40), &[("a", 50), ("b", 50)])),
    ])
}

fn layer(share: u32) -> String {
    format!("layer: {{ id: page, share: {share}% }}\n")
}

fn experiment(id: &str, more: &str, weights: &[(&str, u32)]) -> String {
    let variant = |(id, weight): &(&str, u32)| {
        let control = if *id == "a" { ", control: true" } else { "" };
        format!("  - {{ id: {id}, weight: {weight}%{control} }}\n")
    };
    let variants: String = weights.iter().map(variant).collect();
    format!(
        "id: {id}\nstatus: running\nstart: 2026-02-01T00:00:00Z\n{more}variants:\n{variants}metrics: {{ primary: [conversion] }}\n"
    )
}

fn folder(files: &Files) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Builds files with the lock of an earlier build.
fn built(files: &Files, lock: Option<&Lock>) -> Build {
    let folder = folder(files);
    if let Some(lock) = lock {
        fs::write(folder.path().join(FILE), lock.write()).unwrap();
    }
    build(folder.path()).unwrap()
}

/// What every unit answers in an experiment: its variant, or why it has none.
fn answers(build: &Build, experiment: &str) -> Vec<String> {
    let ruleset = Ruleset::read(&build.ruleset).unwrap();
    let found = ruleset.find_experiment(experiment).expect("the experiment is in the ruleset");
    let answer = |number: u32| {
        let object = json!({ "user": format!("u_{number}") });
        let answer = found.assign(&JsonContext::new(&ruleset, object.as_object().unwrap()), NOW, &mut Silent);
        let variant = answer.variant.and_then(|index| found.variant(index)).map(Variant::id);
        variant.unwrap_or(answer.reason.as_str()).to_owned()
    };
    (0..UNITS).map(answer).collect()
}

#[test]
fn a_fresh_clone_with_the_lock_builds_the_same_bytes_and_one_without_is_warned() {
    let mut edited = files();
    let first = built(&files(), None);
    assert_eq!(first.locked, Locked::Missing);
    let warning = first.warnings[0].to_string();
    assert_eq!(
        warning,
        "there is no edgewise.lock: every experiment gets its buckets as if for the first time"
    );
    edited.insert("experiments/tone.yaml".into(), experiment("tone", "", &[("a", 20), ("b", 30), ("c", 50)]));
    let second = built(&edited, Some(&first.lock));
    assert_eq!((second.locked, second.changes.len()), (Locked::Behind, 1));
    let clone = built(&edited, Some(&second.lock));
    assert_eq!((clone.locked, &clone.changes[..], clone.warnings.len()), (Locked::UpToDate, &[][..], 0));
    assert_eq!(clone.ruleset, second.ruleset);
    assert_eq!(clone.lock.write(), second.lock.write());
    let without = built(&edited, None);
    assert_ne!(answers(&without, "tone"), answers(&second, "tone"), "which is why the lock is committed");
}

/// An edit that must move nobody.
#[derive(Clone, Copy, Debug)]
enum Harmless {
    Reorder,
    RaiseTraffic,
    Rename,
    NameTheSalt,
    RenameTheLayer,
    AddAnother,
    AddToTheLayer,
    RemoveAnother,
    Pause,
    Describe,
    RenameFiles,
}

impl Harmless {
    const ALL: [Self; 11] = [
        Self::Reorder,
        Self::RaiseTraffic,
        Self::Rename,
        Self::NameTheSalt,
        Self::RenameTheLayer,
        Self::AddAnother,
        Self::AddToTheLayer,
        Self::RemoveAnother,
        Self::Pause,
        Self::Describe,
        Self::RenameFiles,
    ];

    fn edit(self, files: &mut Files) {
        let replace = |files: &mut Files, name: &str, from: &str, to: &str| {
            if let Some(text) = files.get_mut(name) {
                *text = text.replacen(from, to, 1);
            }
        };
        let add = |files: &mut Files, id: &str, more: &str| {
            let text = experiment(id, more, &[("a", 50), ("b", 50)]);
            files.insert(format!("experiments/{id}.yaml"), text);
        };
        match self {
            Self::Reorder => {
                let (a, c) = ("  - { id: a, weight: 50%, control: true }\n", "  - { id: c, weight: 20% }\n");
                replace(files, "experiments/tone.yaml", a, "");
                replace(files, "experiments/tone.yaml", c, &format!("{c}{a}"));
            }
            Self::RaiseTraffic => replace(files, "experiments/price.yaml", "traffic: 40%", "traffic: 70%"),
            Self::Rename => replace(files, "experiments/tone.yaml", "id: tone\n", "id: voice\nwas: tone\n"),
            Self::NameTheSalt => {
                let named = "id: charge\nsalt: experiment:price@1\n";
                replace(files, "experiments/price.yaml", "id: price\n", named);
            }
            Self::RenameTheLayer => {
                replace(files, "layers/page.yaml", "id: page\n", "id: screen\nwas: page\n");
                for text in files.values_mut() {
                    *text = text.replace("layer: { id: page", "layer: { id: screen");
                }
            }
            Self::AddAnother => add(files, "another", ""),
            Self::AddToTheLayer => {
                let id = if files["layers/page.yaml"].contains("screen") { "screen" } else { "page" };
                add(files, "aaa", &format!("layer: {{ id: {id}, share: 10% }}\n"));
            }
            Self::RemoveAnother => drop(files.remove("experiments/right.yaml")),
            Self::Pause => {
                replace(files, "experiments/right.yaml", "status: running", "status: paused");
            }
            Self::Describe => {
                replace(files, "experiments/left.yaml", "status:", "description: To the left\nstatus:");
            }
            Self::RenameFiles => {
                if let Some(text) = files.remove("experiments/left.yaml") {
                    files.insert("experiments/0.yaml".into(), text);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn harmless_edits_move_nobody(edits in prop::sample::subsequence(Harmless::ALL.to_vec(), 1..6)) {
        let before = files();
        let mut after = before.clone();
        for edit in edits {
            edit.edit(&mut after);
        }
        let first = built(&before, None);
        let second = built(&after, Some(&first.lock));
        prop_assert!(second.changes.iter().all(|change| !change.moves()), "{:?}", second.changes);
        let ids = |file: &str| ["voice", "charge"].into_iter().find(|id| {
            after.get(file).is_some_and(|text| text.starts_with(&format!("id: {id}\n")))
        });
        let tone = ids("experiments/tone.yaml").unwrap_or("tone");
        let price = ids("experiments/price.yaml").unwrap_or("price");
        prop_assert_eq!(answers(&first, "tone"), answers(&second, tone));
        prop_assert_eq!(answers(&first, "left"), answers(&second, "left"));
        for (old, new) in answers(&first, "price").into_iter().zip(answers(&second, price)) {
            prop_assert!(old == new || old == Reason::NotInRamp.as_str(), "a ramp only adds: {} {}", old, new);
        }
    }

    /// Nobody but units of variants that shrank has another variant, and as many as the weights say.
    #[test]
    fn another_weight_moves_units_from_who_shrinks_to_who_grows(first in 5..60_u32, second in 5..35_u32) {
        let weights = [("a", first), ("b", second), ("c", 100 - first - second)];
        let mut after = files();
        after.insert("experiments/tone.yaml".into(), experiment("tone", "", &weights));
        let old = built(&files(), None);
        let new = built(&after, Some(&old.lock));
        let growth: BTreeMap<_, _> =
            weights.iter().zip([50, 30, 20]).map(|((id, new), old)| (*id, i64::from(*new) - old)).collect();
        for (old, new) in answers(&old, "tone").iter().zip(answers(&new, "tone")) {
            prop_assert!(*old == new || growth[old.as_str()] < 0 && growth[new.as_str()] > 0, "{} {}", old, new);
        }
        let moved: i64 = growth.values().filter(|growth| **growth > 0).sum();
        let said: Vec<_> = new.changes.iter().map(Change::to_string).collect();
        let expected = format!("tone@1: {} buckets change their variant, {moved}.0000% of the units", moved * 10_000);
        prop_assert_eq!(said, if moved == 0 { Vec::new() } else { vec![expected] });
    }
}

#[test]
fn experiments_of_a_layer_share_its_units_out_and_a_new_one_takes_only_free_ones() {
    let first = built(&files(), None);
    let mut more = files();
    more.insert("experiments/aaa.yaml".into(), experiment("aaa", &layer(30), &[("a", 50), ("b", 50)]));
    let second = built(&more, Some(&first.lock));
    let all = ["aaa", "left", "right"].map(|id| answers(&second, id));
    for unit in 0..all[0].len() {
        let taken = all.iter().filter(|answers| answers[unit] != Reason::NotInSlot.as_str()).count();
        assert_eq!(taken, 1, "the three shares are the whole layer");
    }
    assert_eq!(answers(&first, "left"), all[1]);
    assert_eq!(answers(&first, "right"), all[2]);
    more.insert("experiments/zzz.yaml".into(), experiment("zzz", &layer(1), &[("a", 50), ("b", 50)]));
    let full = folder(&more);
    fs::write(full.path().join(FILE), second.lock.write()).unwrap();
    let refused = build(full.path()).unwrap_err();
    assert_eq!(
        refused.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "the layer `page` is full: `zzz` asks for 1%, 0% is free; held: 30% by `aaa`, 30% by `left`, 40% by `right`"
        ]
    );
}

#[test]
fn a_larger_holdout_only_adds_units_and_a_new_one_binds_no_running_experiment() {
    let holdout = |id: &str, share: u32| format!("id: {id}\nstart: 2026-01-01T00:00:00Z\nshare: {share}%\n");
    let with = |shares: &[(&str, u32)]| {
        let mut files = files();
        for (id, share) in shares {
            files.insert(format!("holdouts/{id}.yaml"), holdout(id, *share));
        }
        files
    };
    let small = built(&with(&[("quarter", 5)]), None);
    let large = built(&with(&[("quarter", 20)]), Some(&small.lock));
    assert_eq!(small.lock, large.lock, "how much is held out is not the lock's business");
    let held =
        |build| answers(build, "tone").iter().map(|answer| answer == Reason::HeldOut.as_str()).collect();
    let (before, after): (Vec<bool>, Vec<bool>) = (held(&small), held(&large));
    assert!(before.iter().zip(&after).all(|(before, after)| *after || !before), "once held, always held");
    let number = |held: &[bool]| held.iter().filter(|held| **held).count();
    assert!(0 < number(&before) && number(&before) < number(&after));
    let both = built(&with(&[("quarter", 20), ("year", 50)]), Some(&large.lock));
    assert_eq!(answers(&both, "tone"), answers(&large, "tone"));
    assert_eq!(both.document.holdouts.len(), 2);
}

#[test]
fn a_lock_of_version_1_moves_nobody_and_is_written_as_version_2() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/voice-agent");
    let now = build(&examples).unwrap();
    // As version 1 was: experiments alone, with salt and buckets.
    let text = now.lock.write();
    let experiments = text.split_once("experiments:\n").unwrap().1;
    let kept: String = experiments
        .lines()
        .filter(|line| !line.starts_with("    unit:"))
        .fold(String::new(), |text, line| text + line + "\n");
    let old = Lock::read(&format!("version: 1\nexperiments:\n{kept}")).unwrap();
    assert_ne!(old, now.lock);
    let (next, changes) = old.follow(&edgewise_control::build::demand(&now.project)).unwrap();
    assert_eq!((next, changes), (now.lock, Vec::new()));
}
