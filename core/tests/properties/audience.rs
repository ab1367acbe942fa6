//! Browsers answer as servers do: where nothing is hidden, where literals are hashes, and for everything that they see.

use super::{answer, compiled, flag_answer, movement::each_leaf_of, thorough};
use crate::arbitrary::cases;
use edgewise_core::{
    Problem, Ruleset, compile_for,
    document::{Audience, Comparison, Condition, Document, Literal, Membership, Operator, Prerequisite},
};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

fn for_browsers(document: &Document) -> Ruleset<Vec<u8>> {
    Ruleset::read(compile_for(document, Audience::Client).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(thorough())]

    /// Private attributes included: of their literals only hashes are left.
    #[test]
    fn browsers_answer_as_servers_do(mut case in cases()) {
        case.document.private = vec![vec!["country".into()], vec!["n".into()]];
        show_no_literal(&mut case.document);
        let (server, client) = (compiled(&case.document), for_browsers(&case.document));
        prop_assert!(client.is_for_clients() && !server.is_for_clients());
        for experiment in &case.document.experiments {
            prop_assert_eq!(answer(&client, &experiment.id, &case), answer(&server, &experiment.id, &case));
        }
        for flag in &case.document.flags {
            prop_assert_eq!(flag_answer(&client, &flag.id, &case), flag_answer(&server, &flag.id, &case));
        }
    }

    /// Nothing of what is marked is in the bytes; what is left answers alike.
    #[test]
    fn what_browsers_see_answers_as_on_servers(mut case in cases(), hidden: Index) {
        show_no_literal(&mut case.document);
        let gone = hide(&mut case.document, hidden);
        // Of an experiment that browsers do not know they know no record either.
        let records = case.directives["sticky"].as_array_mut().unwrap();
        records.retain(|record| !gone.iter().any(|id| record["experiment"] == **id));
        let (server, client) = (compiled(&case.document), for_browsers(&case.document));
        for experiment in &case.document.experiments {
            let id = &experiment.id;
            prop_assert_eq!(client.find_experiment(id).is_none(), experiment.server_only);
            if !experiment.server_only {
                prop_assert_eq!(answer(&client, id, &case), answer(&server, id, &case));
            }
        }
        for flag in &case.document.flags {
            prop_assert_eq!(client.find_flag(&flag.id).is_none(), flag.server_only);
            if !flag.server_only {
                prop_assert_eq!(flag_answer(&client, &flag.id, &case), flag_answer(&server, &flag.id, &case));
            }
        }
        for id in gone {
            let found = client.bytes().windows(id.len()).any(|window| window == id.as_bytes());
            prop_assert!(!found, "{} is in the bytes", id);
        }
    }
}

/// Whether by a prerequisite or by an override: both have to be seen, or none.
#[test]
fn what_stays_needs_nothing_that_goes() {
    let mut document = dependent();
    let (required, requiring) = (0, 1);
    let refused = |document: &Document, place: &str, other: &str| {
        let error = compile_for(document, Audience::Client).unwrap_err();
        assert_eq!(error.place.as_str(), place);
        assert_eq!(error.problem, Problem::OneIsHidden { other: other.into() });
        assert!(compile_for(document, Audience::Server).is_ok());
    };
    assert!(compile_for(&document, Audience::Client).is_ok());
    document.experiments[required].server_only = true;
    refused(&document, "experiments[requiring].prerequisites", "required");
    document.experiments[requiring].server_only = true;
    refused(&document, "experiments[requiring].server_only", "shown");
    document.flags[0].server_only = true;
    assert!(compile_for(&document, Audience::Client).is_ok());
}

/// An experiment that requires another and overrides a flag.
fn dependent() -> Document {
    let arms =
        |overrides: Json| json!([{ "id": "a", "control": true }, { "id": "b", "overrides": overrides }]);
    let experiment = |id: &str, variants: Json, prerequisites: Json| {
        json!({
            "id": id, "iteration": 1, "salt": format!("experiment:{id}@1"), "unit": "user", "state": "running",
            "variants": variants, "prerequisites": prerequisites,
        })
    };
    let required = json!([{ "experiment": { "id": "required", "variants": ["a"] } }]);
    let document = json!({
        "seed": "9f86d081884c7d65",
        "units": ["user"],
        "experiments": [
            experiment("required", arms(json!({})), json!([])),
            experiment("requiring", arms(json!({ "shown": "true" })), required),
        ],
        "flags": [{ "id": "shown", "salt": "flag:shown", "type": "boolean", "default": "false" }],
    });
    serde_json::from_value(document).unwrap()
}

/// Replaces tests that browsers must not see by tests of the same attributes that they may.
fn show_no_literal(document: &mut Document) {
    let units = document.units.clone();
    let private = document.private.clone();
    let is_hidden =
        |path: &Vec<String>| private.contains(path) || matches!(&path[..], [name] if units.contains(name));
    let equal = |attribute: &[String], value: &str| {
        Condition::Compare(Comparison {
            attribute: attribute.into(),
            operator: Operator::Ne,
            value: Literal::String(value.into()),
        })
    };
    each_leaf_of(document, &mut |leaf| {
        let replacement = match leaf {
            Condition::Compare(Comparison { attribute, operator, value }) if is_hidden(attribute) => {
                if !matches!(value, Literal::Bool(_)) && *operator != Operator::Ne {
                    *operator = Operator::Eq;
                }
                None
            }
            Condition::Text(test) if is_hidden(&test.attribute) => Some(equal(&test.attribute, &test.value)),
            Condition::Semver(test) if is_hidden(&test.attribute) => {
                let values = vec![Literal::Number(-0.0), Literal::Number(17.0)];
                Some(Condition::In(Membership { attribute: test.attribute.clone(), values }))
            }
            Condition::Matches(test) if is_hidden(&test.attribute) => Some(equal(&test.attribute, "IN")),
            Condition::Timestamp(test) if is_hidden(&test.attribute) => {
                Some(equal(&test.attribute, &test.value))
            }
            Condition::Network(test) if is_hidden(&test.attribute) => {
                Some(Condition::Present(test.attribute.clone()))
            }
            Condition::Holds(test) if is_hidden(&test.attribute) => {
                let values = test.values.iter().cloned().map(Literal::String).collect();
                Some(Condition::In(Membership { attribute: test.attribute.clone(), values }))
            }
            _ => None,
        };
        if let Some(replacement) = replacement {
            *leaf = replacement;
        }
    });
}

/// Marks one experiment, and everything that has to be marked with it. Answers the ids of the experiments and flags.
fn hide(document: &mut Document, hidden: Index) -> BTreeSet<String> {
    let mut gone = BTreeSet::from([hidden.get(&document.experiments).id.clone()]);
    loop {
        let before = gone.len();
        for experiment in &document.experiments {
            let overridden = experiment.variants.iter().flat_map(|variant| variant.overrides.keys());
            let flags: Vec<String> = overridden.cloned().collect();
            let requires_hidden = experiment.prerequisites.iter().any(|prerequisite| match prerequisite {
                Prerequisite::Experiment { id, .. } | Prerequisite::Flag { id, .. } => gone.contains(id),
            });
            if gone.contains(&experiment.id)
                || requires_hidden
                || flags.iter().any(|flag| gone.contains(flag))
            {
                gone.insert(experiment.id.clone());
                gone.extend(flags);
            }
        }
        if gone.len() == before {
            break;
        }
    }
    for experiment in &mut document.experiments {
        experiment.server_only = gone.contains(&experiment.id);
    }
    for flag in &mut document.flags {
        flag.server_only = gone.contains(&flag.id);
    }
    gone
}
