//! `edgewise analyze --state`: what the replay of sealed segments found is read again only where nothing changed, and
//! the results are those of a run that keeps nothing.

use crate::{
    binary::works,
    world::{fill, machine, write},
};
use edgewise_core::Ruleset;
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const OF_TONE: [&str; 9] =
    ["analyze", "--project", ".", "--data", "data", "--experiment", "tone", "--output", "json"];

fn results(root: &Path, more: &[&str]) -> Value {
    let results: Value = serde_json::from_str(&works(root, &[&OF_TONE[..], more].concat())).unwrap();
    // The plan has no windows, so that no sums are frozen; that is said where sums are to be kept.
    let mut results = results;
    results["warnings"].as_array_mut().unwrap().retain(|warning| warning["warning"] != "nothing_frozen");
    results
}

/// The same by what was kept and anew.
fn are_the_same(root: &Path, more: &[&str]) -> Value {
    let whole = results(root, more);
    for run in ["that keeps", "that finds what was kept"] {
        assert_eq!(results(root, &[more, &["--state", "kept"]].concat()), whole, "a run {run}");
    }
    whole
}

/// The files of exposures, sorted.
fn kept(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for experiment in fs::read_dir(root.join("kept/exposures")).unwrap() {
        files.extend(fs::read_dir(experiment.unwrap().path()).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}

/// What a file is of, by its name.
fn of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().split_once('-').unwrap().0.to_owned()
}

/// A machine with two sealed segments and a rest.
fn grown() -> TempDir {
    let machine = machine();
    let root = machine.path();
    fs::remove_dir_all(root.join("data")).unwrap();
    let ruleset = Ruleset::read(fs::read(root.join("ruleset.edgewise")).unwrap()).unwrap();
    let parts = [
        (0..80, "2026-01-05T12:00:00Z"),
        (80..200, "2026-01-05T13:00:00Z"),
        (200..260, "2026-01-05T14:00:00Z"),
    ];
    fill(&root.join("data"), &ruleset, &parts, &[0, 1]);
    machine
}

fn units(results: &Value) -> u64 {
    results["variants"].as_array().unwrap().iter().map(|variant| variant["units"].as_u64().unwrap()).sum()
}

#[test]
fn sealed_segments_are_kept_and_found_again() {
    let machine = grown();
    let root = machine.path();
    assert_eq!(units(&are_the_same(root, &[])), 260);
    let files = kept(root);
    assert_eq!(files.len(), 2, "one a sealed segment: {files:?}");
    let written: Vec<u64> = files.iter().map(|file| fs::metadata(file).unwrap().ino()).collect();
    // The rest is sealed as well.
    works(root, &["events", "compact", "--data", "data"]);
    are_the_same(root, &[]);
    let grown = kept(root);
    assert_eq!(grown.len(), 3);
    assert!(files.iter().all(|file| grown.contains(file)), "{files:?} {grown:?}");
    let found: Vec<u64> = files.iter().map(|file| fs::metadata(file).unwrap().ino()).collect();
    assert_eq!(found, written, "nothing is written twice");
    // What is kept is what is used: where a file is taken for another's, the units of one are lost.
    let taken_for = grown[0].with_file_name(
        grown[0].file_name().unwrap().to_str().unwrap().replace(&of(&grown[0]), &of(&grown[1])),
    );
    fs::remove_file(&grown[1]).unwrap();
    fs::copy(&grown[0], taken_for).unwrap();
    assert!(units(&results(root, &["--state", "kept"])) < 260);
}

#[test]
fn what_changes_an_exposures_judgement_finds_nothing() {
    let machine = grown();
    let root = machine.path();
    are_the_same(root, &[]);
    let before = kept(root);
    // Another list of bots.
    write(root, "bots.txt", "u_1\nu_90\nu_230\n");
    let without_bots = are_the_same(root, &["--bots", "bots.txt"]);
    assert_eq!(units(&without_bots), 257);
    let after = kept(root);
    assert!(after.len() == 2 && after.iter().all(|file| !before.contains(file)), "{before:?} {after:?}");
    // A ruleset that was not kept, so that nothing can be replayed.
    let ruleset = fs::read_dir(root.join("data/rulesets")).unwrap().next().unwrap().unwrap().path();
    let moved = root.join("elsewhere.edgewise");
    fs::rename(&ruleset, &moved).unwrap();
    assert_eq!(units(&are_the_same(root, &[])), 0);
    fs::rename(&moved, &ruleset).unwrap();
    assert_eq!(units(&are_the_same(root, &[])), 260);
    // Another dimension, whose values are kept.
    let file = "experiments/tone.yaml";
    let text = fs::read_to_string(root.join(file)).unwrap();
    write(root, file, &format!("{text}dimensions: [country]\n"));
    assert_eq!(are_the_same(root, &[])["dimensions"][0]["attribute"], "country");
}

#[test]
fn an_erased_unit_is_not_kept() {
    let machine = grown();
    let root = machine.path();
    are_the_same(root, &[]);
    let before = kept(root);
    works(root, &["events", "erase", "--data", "data", "--unit", "user=u_3"]);
    assert_eq!(units(&are_the_same(root, &[])), 259);
    let after = kept(root);
    let known = after.iter().filter(|file| before.contains(file)).count();
    assert_eq!(
        (after.len(), known),
        (3, 1),
        "the segment that had it, and the rest that was sealed, are new"
    );
}

#[test]
fn damaged_files_and_segments_that_are_gone_are_forgotten() {
    let machine = grown();
    let root = machine.path();
    let whole = are_the_same(root, &[]);
    let files = kept(root);
    let mut bytes = fs::read(&files[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&files[0], &bytes).unwrap();
    fs::write(&files[1], &bytes[..7]).unwrap();
    assert_eq!(results(root, &["--state", "kept"]), whole);
    assert_eq!(kept(root), files, "they are written anew");
    assert_ne!(fs::read(&files[0]).unwrap(), bytes);
    let day = root.join("data/events/dt=2026-01-05");
    fs::remove_file(day.join("00000001.parquet")).unwrap();
    fs::remove_file(day.join("00000001.root")).unwrap();
    assert_eq!(units(&are_the_same(root, &[])), 180);
    assert_eq!(kept(root).len(), 1);
}
