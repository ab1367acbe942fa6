//! Published weights of a bandit: from the command line into the lock, and out of the next build.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod binary;

use binary::{edgewise, fails, works};
use edgewise_control::lock::{Bandit, Draw, Lock, Run, moved};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path};
use tempfile::TempDir;

/// After the start of every experiment here, before the end of `autumn`.
const NOW: &str = "2026-02-01T00:00:00Z";

/// A project folder of its own: the bandit `banner` of three variants, and an experiment that is none.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    file(
        &folder,
        "edgewise.yaml",
        "seed: \"9f86d081884c7d65\"\nunits: [session]\nenvironment: production\nenvironments: [staging]\n\
         tenants: [acme, globex]\n",
    );
    file(&folder, "flags/image.yaml", "id: image\ntype: string\ndefault: plain.webp\n");
    file(&folder, "metrics/click.yaml", "id: click\nkind: binary\nevent: click\n");
    file(&folder, "experiments/banner.yaml", &bandit("running", ""));
    file(
        &folder,
        "experiments/plain.yaml",
        "id: plain\nstatus: running\nvariants: [{ id: a, control: true }, { id: b }]\nmetrics: { primary: [click] }\n",
    );
    folder
}

/// A project that was built once.
fn built() -> TempDir {
    let folder = project();
    works(folder.path(), &["build"]);
    folder
}

fn bandit(status: &str, more: &str) -> String {
    format!(
        "id: banner\nstatus: {status}\n{more}unit: session\nbandit: {{ floor: 10% }}\nvariants:\n  \
         - {{ id: control, control: true, weight: 50% }}\n  \
         - {{ id: spring, weight: 30%, overrides: {{ image: spring.webp }} }}\n  \
         - {{ id: sale, weight: 20%, overrides: {{ image: sale.webp }} }}\n\
         metrics: {{ primary: [click] }}\n"
    )
}

fn file(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn publish(folder: &Path, arguments: &[&str]) -> String {
    works(folder, &[&["weights", ".", "banner", "--now", NOW], arguments].concat())
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let before = fs::read(folder.join("edgewise.lock")).ok();
    let (code, said) = fails(folder, &[&["weights", ".", "banner", "--now", NOW], arguments].concat());
    assert_eq!(code, 1, "{said}");
    assert_eq!(fs::read(folder.join("edgewise.lock")).ok(), before, "{arguments:?}");
    said
}

fn lock_text(folder: &Path) -> String {
    fs::read_to_string(folder.join("edgewise.lock")).unwrap()
}

/// What the lock has for `banner` in a scope.
fn drawn(folder: &Path, scope: Option<&str>) -> Bandit {
    let lock = Lock::read(&lock_text(folder)).unwrap();
    let run = Run { experiment: "banner".into(), iteration: 1 };
    match lock.entry(&run).unwrap().draw_in(scope) {
        Draw::Bandit(bandit) => bandit.clone(),
        other => panic!("{other:?}"),
    }
}

/// How many buckets each variant has.
fn counts(bandit: &Bandit) -> BTreeMap<&str, u32> {
    let mut counts = BTreeMap::new();
    for range in &bandit.ranges {
        *counts.entry(range.owner.as_str()).or_default() += range.end - range.start;
    }
    counts
}

fn assert_floor_is_kept(before: &Bandit, after: &Bandit) {
    assert_eq!(after.fixed, before.fixed);
    for (variant, fixed) in &after.fixed {
        assert_eq!(fixed.count(), 100_000);
        for range in fixed.ranges() {
            let holds = after
                .ranges
                .iter()
                .filter(|held| held.owner == *variant)
                .any(|held| held.start <= range.start && range.end <= held.end);
            assert!(holds, "{variant} gave up {range:?}");
        }
    }
}

#[test]
fn published_weights_move_the_fewest_buckets_and_none_of_the_floor() {
    let folder = built();
    let folder = folder.path();
    let first = drawn(folder, None);
    assert_eq!(counts(&first), [("control", 500_000), ("sale", 200_000), ("spring", 300_000)].into());

    let said = publish(folder, &["control=25%", "sale=0.5", "spring=1/4"]);
    let second = drawn(folder, None);
    assert_eq!(counts(&second), [("control", 250_000), ("sale", 500_000), ("spring", 250_000)].into());
    assert_eq!(moved(&first.ranges, &second.ranges), 300_000);
    assert_floor_is_kept(&first, &second);
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        [
            "banner@1: 300000 buckets change their variant, 30.0000% of the units",
            "  control to sale: 250000 buckets, 25%",
            "  spring to sale: 50000 buckets, 5%",
            "edgewise.lock: written; commit it and run `edgewise build`",
        ]
    );

    let said = publish(folder, &["spring=30%", "control=25%", "sale=45%"]);
    let third = drawn(folder, None);
    assert_eq!(moved(&second.ranges, &third.ranges), 50_000);
    assert_floor_is_kept(&first, &third);
    assert!(said.contains("  sale to spring: 50000 buckets, 5%\n"), "{said}");

    let text = lock_text(folder);
    let said = publish(folder, &["spring=30%", "control=25%", "sale=45%"]);
    assert!(said.contains("banner@1: no bucket changes its variant"), "{said}");
    assert!(said.contains("edgewise.lock: unchanged, these weights hold already"), "{said}");
    assert_eq!(lock_text(folder), text);

    let at_the_floor = publish(folder, &["control=80%", "sale=10%", "spring=10%"]);
    assert!(at_the_floor.contains("550000 buckets"), "{at_the_floor}");
    assert_floor_is_kept(&first, &drawn(folder, None));
}

#[test]
fn the_next_build_draws_by_the_published_weights_and_keeps_them() {
    let folder = built();
    let folder = folder.path();
    publish(folder, &["control=25%", "sale=50%", "spring=25%"]);
    let published = lock_text(folder);
    let built = works(folder, &["build"]);
    assert!(built.contains("edgewise.lock: unchanged, no unit moves"), "{built}");
    assert_eq!(lock_text(folder), published);

    let contexts = (0..2_000).map(|number| json!({ "session": format!("s_{number}") }).to_string());
    let contexts = contexts.collect::<Vec<_>>().join("\n");
    let asked = ["assign", "ruleset.edgewise", "--now", NOW, "--output", "ndjson", "--experiment", "banner"];
    let output = edgewise(folder, &asked, &contexts);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lock = drawn(folder, None);
    let mut answered: BTreeMap<String, u32> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        let bucket = answer["bucket"].as_u64().unwrap();
        let owner = lock
            .ranges
            .iter()
            .find(|range| u64::from(range.start) <= bucket && bucket < u64::from(range.end));
        let variant = answer["variant"].as_str().unwrap();
        assert_eq!(owner.unwrap().owner, variant);
        let propensity = if variant == "sale" { json!(0.5) } else { json!(0.25) };
        assert_eq!(answer["propensity"], propensity, "{line}");
        *answered.entry(variant.to_owned()).or_default() += 1;
    }
    assert_eq!(answered.values().sum::<u32>(), 2_000);
    // 1,000 expected of 2,000 with a standard deviation of 22: within five of them.
    assert!((890..1_110).contains(&answered["sale"]), "{answered:?}");
}

#[test]
fn a_dry_run_says_what_would_move_and_writes_nothing() {
    let folder = built();
    let folder = folder.path();
    let before = lock_text(folder);
    let weights = ["control=25%", "sale=50%", "spring=25%"];
    let dry = publish(folder, &[&weights[..], &["--dry-run"]].concat());
    assert_eq!(lock_text(folder), before);
    assert!(dry.contains("control to sale: 250000 buckets, 25%"), "{dry}");
    assert!(dry.contains("edgewise.lock: not written, this was a dry run"), "{dry}");
    let wet = publish(folder, &weights);
    let moves = |said: &str| {
        said.lines().filter(|line| line.contains("buckets")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(moves(&wet), moves(&dry));
}

#[test]
fn each_scope_has_weights_of_its_own_from_those_in_force_there() {
    let folder = built();
    let folder = folder.path();
    let first = drawn(folder, None);
    let said = publish(folder, &["control=30%", "sale=40%", "spring=30%", "--environment", "staging"]);
    assert!(said.contains("banner@1 in staging: 200000 buckets"), "{said}");
    assert_eq!(drawn(folder, None), first);
    let said = publish(
        folder,
        &["control=30%", "sale=40%", "spring=30%", "--environment", "staging", "--tenant", "acme"],
    );
    assert!(said.contains("no bucket changes its variant"), "{said}");
    let said = publish(folder, &["control=40%", "sale=30%", "spring=30%"]);
    assert!(said.contains("nobody in acme/staging, staging: weights of its own hold there"), "{said}");
    assert_eq!(counts(&drawn(folder, Some("staging")))["sale"], 400_000);
    assert_eq!(counts(&drawn(folder, Some("globex")))["sale"], 300_000);

    let propensity = |arguments: &[&str]| {
        let built = works(folder, &[&["build", "--document", "document.json"], arguments].concat());
        assert!(built.contains("no unit moves"), "{built}");
        let document: Value =
            serde_json::from_slice(&fs::read(folder.join("document.json")).unwrap()).unwrap();
        let ranges = document["experiments"][0]["allocation"].as_array().unwrap().clone();
        let of_sale = ranges.iter().filter(|range| range["variant"] == "sale");
        of_sale.map(|range| range["end"].as_u64().unwrap() - range["start"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(propensity(&[]), 300_000);
    assert_eq!(propensity(&["--environment", "staging"]), 400_000);
    assert_eq!(propensity(&["--environment", "staging", "--tenant", "acme"]), 400_000);
    assert_eq!(propensity(&["--tenant", "acme"]), 300_000);
}

#[test]
fn what_holds_is_shown_scope_by_scope() {
    let folder = built();
    let path = folder.path();
    let rows = |arguments: &[&str]| {
        let said = publish(path, &[&["--show"], arguments].concat());
        let cells = |line: &str| {
            let line = line.trim_matches('│');
            line.split('┆').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>().join(" | ")
        };
        said.lines().filter(|line| !line.contains('─') && !line.contains('═')).map(cells).collect::<Vec<_>>()
    };
    assert_eq!(
        rows(&[]),
        [
            "banner@1: a bandit with a floor of 10%",
            "where | variant | published last | share | never moves | ranges",
            "everywhere | control | – | 50% | 0%–10% | 0%–50%",
            "everywhere | sale | – | 20% | 50%–60% | 50%–70%",
            "everywhere | spring | – | 30% | 70%–80% | 70%–100%",
        ]
    );
    publish(path, &["control=40%", "sale=30%", "spring=30%", "--tenant", "acme"]);
    let both = rows(&[]);
    assert_eq!(both.len(), 8);
    assert_eq!(both[2], "acme | control | 40% | 40% | 0%–10% | 0%–40%");
    assert_eq!(both[3], "acme | sale | 30% | 30% | 50%–60% | 40%–70%");
    assert_eq!(both[5], "everywhere else | control | – | 50% | 0%–10% | 0%–50%");
    assert_eq!(rows(&["--tenant", "globex"])[2], "globex | control | – | 50% | 0%–10% | 0%–50%");
    // Whatever has become of it.
    file(&folder, "experiments/banner.yaml", &bandit("stopped", ""));
    assert_eq!(rows(&[]), both);
}

#[test]
fn weights_that_cannot_be_published_are_refused_with_the_way_out() {
    let folder = built();
    let folder = folder.path();
    let cases: [(&[&str], &str); 13] = [
        (
            &["control=50%", "sael=25%", "spring=25%"],
            "`banner` has no variant `sael` help: did you mean `sale`?",
        ),
        (
            &["control=50%", "sale=50%"],
            "there is no share for `spring` help: name every variant: `spring=10%`",
        ),
        (&["control=50%"], "there is no share for `spring`, `sale`"),
        (&["control=50%", "control=50%"], "`control` is named twice help: give each variant one share"),
        (&["control=50%", "sale=25%", "spring=24%"], "sum to 99%, not to 100% help: add 1% to one of them"),
        (
            &["control=50%", "sale=25%", "spring=26%"],
            "sum to 101%, not to 100% help: take 1% from one of them",
        ),
        (&["control=50", "sale=25", "spring=25"], "help: write percent signs: `40%`, not `40`"),
        (&["control=1/3", "sale=1/3", "spring=33.33%"], "not to 100% help: add 1/30000 to one of them"),
        (
            &["control=85%", "sale=9.9999%", "spring=5.0001%"],
            "`sale` gets 9.9999%, less than the floor of 10% help: give it at least 10%; or lower `floor:`",
        ),
        (&["control:50%"], "`control:50%` does not say which variant gets what help: write `control=40%`"),
        (&["control=half"], "`control=half`: what stands behind `=` is no percentage, decimal or fraction"),
        (&["control=-5%"], "`control=-5%`: what stands behind `=` is negative help: write a percentage"),
        (
            &["control=1/999999999999989", "sale=1/999999999999947", "spring=1/999999999999883"],
            "cannot be added exactly to the others",
        ),
    ];
    for (arguments, expected) in cases {
        let said = refused(folder, arguments);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    let weights = ["a=50%", "b=50%"];
    let other = |id| fails(folder, &[&["weights", ".", id], &weights[..]].concat());
    let (code, said) = other("plain");
    assert!(code == 1 && said.contains("`plain` is no bandit: its weights are those of its file"), "{said}");
    assert!(said.contains("help: change `weight:` in its file and run `edgewise build`"), "{said}");
    let (code, said) = other("banenr");
    assert!(code == 1 && said.contains("no experiment `banenr` help: did you mean `banner`?"), "{said}");
    let (code, said) = fails(folder, &["weights", ".", "banner"]);
    assert!(code == 2 && said.contains("<VARIANT=SHARE>"), "{said}");
    let (code, said) = fails(folder, &["weights", ".", "banner", "--show", "control=50%"]);
    assert!(code == 2 && said.contains("cannot be used with"), "{said}");
}

#[test]
fn scopes_that_do_not_hold_the_bandit_are_refused() {
    let folder = built();
    let weights = ["control=50%", "sale=25%", "spring=25%"];
    let scoped = |more: &[&str]| refused(folder.path(), &[&weights[..], more].concat());
    let said = scoped(&["--environment", "stagign"]);
    assert!(said.contains("no environment `stagign` help: did you mean `staging`?"), "{said}");
    let said = scoped(&["--tenant", "acmee"]);
    assert!(said.contains("no tenant `acmee` help: did you mean `acme`?"), "{said}");

    file(&folder, "experiments/banner.yaml", &bandit("running", "environments: [production]\n"));
    let said = scoped(&["--environment", "staging"]);
    assert!(said.contains("`banner` is not built for the environment `staging`"), "{said}");
    assert!(said.contains("help: its file says `environments: [production]`"), "{said}");

    let workspace = fs::read_to_string(folder.path().join("edgewise.yaml")).unwrap();
    file(&folder, "edgewise.yaml", &workspace.replace("globex", "production"));
    let said = scoped(&["--tenant", "production"]);
    assert!(said.contains("`production` is an environment and a tenant"), "{said}");
}

#[test]
fn a_bandit_that_draws_nobody_or_was_not_built_is_refused() {
    let folder = project();
    let path = folder.path();
    let weights = ["control=50%", "sale=25%", "spring=25%"];
    let said = refused(path, &weights);
    assert!(
        said.contains("there is no edgewise.lock") && said.contains("help: run `edgewise build` first"),
        "{said}"
    );
    file(&folder, "experiments/banner.yaml", &bandit("draft", ""));
    let said = refused(path, &weights);
    assert!(
        said.contains("`banner` is a draft: nobody is drawn") && said.contains("set `status: running`"),
        "{said}"
    );
    works(path, &["build"]);
    let said = refused(path, &["--show"]);
    assert!(said.contains("`banner` is a draft"), "{said}");
    file(&folder, "experiments/banner.yaml", &bandit("running", ""));
    let said = refused(path, &weights);
    assert!(
        said.contains("edgewise.lock does not know `banner@1` help: run `edgewise build` first"),
        "{said}"
    );
    works(path, &["build"]);

    file(&folder, "experiments/banner.yaml", &bandit("paused", ""));
    let said = refused(path, &weights);
    assert!(
        said.contains("`banner` is paused: nobody is drawn") && said.contains("set `status: running`"),
        "{said}"
    );
    for status in ["completed", "stopped", "archived"] {
        file(&folder, "experiments/banner.yaml", &bandit(status, ""));
        let said = refused(path, &weights);
        assert!(said.contains(&format!("`banner` is {status}: its weights stay as they are")), "{said}");
        assert!(said.contains("raise `iteration:`"), "{said}");
    }
    file(&folder, "experiments/banner.yaml", &bandit("graduated", "winner: sale\n"));
    let said = refused(path, &weights);
    assert!(said.contains("`banner` is graduated: its weights stay as they are"), "{said}");
    file(&folder, "experiments/banner.yaml", &bandit("running", "end: 2026-01-31T00:00:00Z\n"));
    let said = refused(path, &weights);
    assert!(
        said.contains("`banner` ended at 2026-01-31T00:00:00Z") && said.contains("help: move `end:`"),
        "{said}"
    );
    file(&folder, "experiments/banner.yaml", &bandit("running", "end: 2026-02-01T00:00:01Z\n"));
    publish(path, &weights);
    file(&folder, "edgewise.lock", "experiments: [\n");
    assert!(refused(path, &weights).contains("edgewise.lock cannot be used"));
}

#[test]
fn what_was_changed_since_the_last_build_is_built_first_unless_the_weights_are_the_way_out() {
    let folder = built();
    let path = folder.path();
    let text = bandit("running", "");
    let weights = ["control=40%", "sale=40%", "spring=20%"];
    // Another experiment's state is no reason.
    let plain = fs::read_to_string(path.join("experiments/plain.yaml")).unwrap();
    file(&folder, "experiments/plain.yaml", &plain.replace("id: plain\n", "id: plain\niteration: 2\n"));
    publish(path, &[&weights[..], &["--dry-run"]].concat());
    file(&folder, "experiments/banner.yaml", &text.replace("floor: 10%", "floor: 5%"));
    let said = refused(path, &weights);
    assert!(said.contains("the file of `banner@1` was changed since edgewise.lock was written"), "{said}");
    works(path, &["build"]);
    publish(path, &weights);

    // A fourth variant, which the published weights do not name: the build sends here, and here it goes on.
    let more = text
        .replace("floor: 10%", "floor: 5%")
        .replace("weight: 50%", "weight: 40%")
        .replace("metrics:", "  - { id: autumn, weight: 10% }\nmetrics:");
    file(&folder, "experiments/banner.yaml", &more);
    let (code, said) = fails(path, &["build"]);
    assert!(code == 1 && said.contains("publish weights that name exactly the variants"), "{said}");
    let before = drawn(path, None);
    publish(path, &["control=40%", "sale=40%", "spring=10%", "autumn=10%"]);
    let after = drawn(path, None);
    assert_eq!(moved(&before.ranges, &after.ranges), 100_000);
    assert_eq!(after.fixed["autumn"].count(), 50_000);
    let built = works(path, &["build"]);
    assert!(built.contains("no unit moves"), "{built}");
}
