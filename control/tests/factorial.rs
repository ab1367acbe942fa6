//! Factorial designs: the cell that a unit gets is the one of the levels that its factors drew.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use edgewise_control::{
    build::{Target, called, demand, document},
    lock::Lock,
    project::Project,
};
use edgewise_core::{Attributes, Reason, Ruleset, Trace, TraceStep, Unit, compile};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// A project with one experiment of these factors: name, levels, and what stands behind them in the file.
fn project(factors: &[(&str, &[&str])], more: &str) -> Project {
    let mut experiment = String::from("id: mail\nstatus: running\nfactors:\n");
    for (factor, levels) in factors {
        write!(experiment, "  - id: {factor}\n    levels:\n").unwrap();
        for (index, level) in levels.iter().enumerate() {
            // The control is the second level, so that its place is no accident.
            writeln!(
                experiment,
                "      - {{ id: {level}, control: {}, overrides: {{ mail.{factor}: {level} }} }}",
                index == 1
            )
            .unwrap();
        }
    }
    experiment += more;
    let mut texts = BTreeMap::from([
        ("edgewise.yaml".to_owned(), b"seed: \"9f86d081884c7d65\"\nunits: [user]\n".to_vec()),
        ("experiments/mail.yaml".to_owned(), experiment.into_bytes()),
    ]);
    for (factor, levels) in factors {
        let flag = format!("id: mail.{factor}\ntype: string\ndefault: {}\n", levels[1]);
        texts.insert(format!("flags/mail.{factor}.yaml"), flag.into_bytes());
    }
    Project::of_texts(&texts).unwrap_or_else(|problems| panic!("{:?}", miette::Report::new(problems))).0
}

fn ruleset(project: &Project) -> Ruleset<Vec<u8>> {
    let (lock, _) = Lock::default().follow(&demand(project)).unwrap();
    let scope = project.workspace.scope(&Target::default().scope).unwrap();
    assert_eq!(called(&scope), "default");
    Ruleset::read(compile(&document(project, &lock, &scope)).unwrap()).unwrap()
}

/// The cells of 300 units, each with the levels that its factors drew.
fn drawn(ruleset: &Ruleset<Vec<u8>>) -> Vec<(String, BTreeMap<String, String>)> {
    let mail = ruleset.find_experiment("mail").unwrap();
    let ask = |number: usize| {
        let id = format!("u_{number}");
        let units = [Unit::new(id.as_bytes())];
        let mut trace = Trace::default();
        let answer = mail.assign(&Attributes { units: &units, attributes: &[] }, 0, &mut trace);
        assert_eq!((answer.reason, answer.bucket), (Reason::Assigned, None));
        let levels = trace.steps().iter().filter_map(|step| match step {
            TraceStep::Factor { factor, level, .. } => Some((factor.clone(), level.clone().unwrap())),
            _ => None,
        });
        (mail.variant(answer.variant.unwrap()).unwrap().id().to_owned(), levels.collect())
    };
    (0..300).map(ask).collect()
}

fn levels(cell: &str) -> BTreeMap<String, String> {
    let pair = |pair: &str| pair.split_once('=').map(|(factor, level)| (factor.to_owned(), level.to_owned()));
    cell.split(',').map(|text| pair(text).unwrap()).collect()
}

#[test]
fn a_unit_gets_the_cell_of_the_levels_that_it_drew() {
    let factors: [(&str, &[&str]); 3] =
        [("tone", &["plain", "warm"]), ("size", &["small", "medium", "large"]), ("hour", &["early", "late"])];
    let project = project(&factors, "");
    let experiment = &project.experiments["mail"];
    assert_eq!(experiment.cells.len(), 12);
    assert_eq!(
        experiment.cells[..3],
        [
            "tone=plain,size=small,hour=early",
            "tone=plain,size=small,hour=late",
            "tone=plain,size=medium,hour=early"
        ]
    );
    assert_eq!(experiment.control, "tone=warm,size=medium,hour=late");
    for variant in &experiment.variants {
        let overridden: BTreeMap<String, String> = variant
            .overrides
            .iter()
            .map(|(flag, value)| (flag.replace("mail.", ""), value.trim_matches('"').to_owned()))
            .collect();
        assert_eq!(overridden, levels(&variant.id));
    }
    let drawn = drawn(&ruleset(&project));
    assert!(drawn.iter().all(|(cell, drew)| levels(cell) == *drew));
    let cells: BTreeSet<_> = drawn.iter().map(|(cell, _)| cell).collect();
    assert_eq!(cells.len(), 12, "300 units miss no cell of 12");
}

/// Resolutions of Box, Hunter and Hunter, "Statistics for Experimenters", 2nd edition, chapter 6.
#[test]
fn a_fraction_holds_the_cell_of_controls_and_has_the_resolution_of_the_textbook() {
    let two: &[&str] = &["other", "control"];
    let table: [(&[&str], &[&str], u32, usize); 5] = [
        (&["a", "b", "c"], &["c = a*b"], 3, 4),
        (&["a", "b", "c", "d"], &["d = a*b*c"], 4, 8),
        (&["a", "b", "c", "d", "e"], &["e = a*b*c*d"], 5, 16),
        (&["a", "b", "c", "d", "e", "f"], &["e = a*b*c", "f = b*c*d"], 4, 16),
        (&["a", "b", "c", "d", "e", "f", "g"], &["d = a*b", "e = a*c", "f = b*c", "g = a*b*c"], 3, 8),
    ];
    for (names, generators, resolution, cells) in table {
        let factors: Vec<_> = names.iter().map(|name| (*name, two)).collect();
        let project = project(&factors, &format!("fraction: [{}]\n", generators.join(", ")));
        let experiment = &project.experiments["mail"];
        assert_eq!(experiment.fraction.as_ref().unwrap().resolution, resolution, "{generators:?}");
        assert_eq!(experiment.cells.len(), cells);
        assert!(levels(&experiment.control).values().all(|level| level == "control"));
        assert!(experiment.cells.contains(&experiment.control));
        for (cell, drew) in drawn(&ruleset(&project)) {
            let levels = levels(&cell);
            assert!(drew.iter().all(|(factor, level)| levels[factor] == *level));
            for generator in generators {
                let (factor, product) = generator.split_once(" = ").unwrap();
                let others = product.split('*').filter(|name| levels[*name] == "other").count();
                assert_eq!(levels[factor] == "other", others % 2 == 1, "{generator} in {cell}");
            }
        }
    }
}
