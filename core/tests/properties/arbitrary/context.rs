//! Random contexts: JSON objects with some of the pools' unit types and attributes, and directives beside them.

use super::{
    Choices, PATHS, UNITS,
    condition::{INSTANTS, NUMBERS, STRINGS, VERSIONS},
};
use edgewise_core::document::Document;
use serde_json::{Map, Value as Json, json};

/// Unit ids are few, so that contexts meet forced lists and conditions.
const IDS: u32 = 24;
const ADDRESSES: [&str; 6] =
    ["10.1.2.3", "192.0.2.1", "::ffff:198.51.100.7", "2001:db8::1", "fe80::1%eth0", "10.1.2"];

pub(super) fn context(choices: &mut Choices) -> Json {
    let mut context = Map::new();
    for name in UNITS {
        if choices.chance(85) {
            context.insert(name.into(), unit_id(choices));
        }
    }
    for path in PATHS {
        if choices.chance(15) {
            continue;
        }
        let value = attribute(choices, path == ["tags"]);
        match path {
            [name] => context.insert((*name).into(), value),
            [outer, inner] => {
                let nested = context.entry(*outer).or_insert_with(|| json!({}));
                nested.as_object_mut().and_then(|nested| nested.insert((*inner).into(), value))
            }
            _ => unreachable!("no path of the pool is longer"),
        };
    }
    if choices.chance(3) {
        context.insert("app".into(), json!("no object"));
    }
    Json::Object(context)
}

/// Sticky records, most of them valid, forced variants, a nonce and counters for experiments of the document.
pub(super) fn directives(choices: &mut Choices, document: &Document) -> Json {
    let sticky: Vec<Json> = choices.list(0, 5, |choices| sticky(choices, document));
    let (mut forced, mut counters) = (Map::new(), Map::new());
    for experiment in &document.experiments {
        if choices.chance(10) {
            let mut variants: Vec<&str> =
                experiment.variants.iter().map(|variant| variant.id.as_str()).collect();
            variants.push("gone");
            forced.insert(experiment.id.clone(), json!(choices.one_of(&variants)));
        }
        if choices.chance(70) {
            let counter = u64::from(choices.bits()) << choices.below(33);
            counters.insert(experiment.id.clone(), json!(counter));
        }
    }
    let nonce = choices.maybe(70, |choices| format!("call-{}", choices.bits())).unwrap_or_default();
    json!({ "sticky": sticky, "forced": forced, "nonce": nonce, "counters": counters })
}

fn sticky(choices: &mut Choices, document: &Document) -> Json {
    let experiment = &document.experiments[choices.below(document.experiments.len())];
    let id = if choices.chance(5) { "gone" } else { &experiment.id };
    let variant = if choices.chance(8) {
        "gone"
    } else {
        &experiment.variants[choices.below(experiment.variants.len())].id
    };
    let iteration = experiment.iteration + u32::from(choices.chance(15));
    let epoch = format!("{:08x}{:08x}", choices.bits(), choices.bits());
    json!({ "experiment": id, "iteration": iteration, "variant": variant, "epoch": epoch })
}

pub(super) fn known_id(choices: &mut Choices) -> String {
    format!("u_{}", choices.bits() % IDS)
}

fn unit_id(choices: &mut Choices) -> Json {
    match choices.below(20) {
        0..=12 => json!(known_id(choices)),
        13 => json!(format!("u_{}", choices.bits())),
        14 => json!(choices.bits().cast_signed()),
        15 => json!(choices.one_of(&STRINGS)),
        16 => json!(choices.one_of(&["x".repeat(1024), "é".repeat(512)])),
        17 => choices.one_of(&[json!(7), json!(7.0), json!(-0.0), json!(9_007_199_254_740_991_i64)]),
        18 => choices.one_of(&[json!(null), json!(true), json!([]), json!({}), json!(["u_1"])]),
        _ => choices.one_of(&[json!(1.5), json!("x".repeat(1025)), json!(9_007_199_254_740_992_i64)]),
    }
}

fn attribute(choices: &mut Choices, is_list: bool) -> Json {
    if is_list && choices.chance(70) {
        return Json::Array(choices.list(0, 4, |choices| json!(choices.one_of(&STRINGS))));
    }
    match choices.below(20) {
        0..=7 => json!(choices.one_of(&STRINGS)),
        8..=10 => json!(choices.one_of(&NUMBERS)),
        11..=13 => json!(choices.chance(50)),
        14 => json!(choices.one_of(&VERSIONS)),
        15 | 16 => json!(choices.one_of(&INSTANTS)),
        17 => json!(choices.one_of(&ADDRESSES)),
        18 => {
            choices.one_of(&[json!(9e15), json!(-4.5), json!("2024-02-30"), json!("2.09"), json!("v2.9.0")])
        }
        _ => choices.one_of(&[json!(null), json!([]), json!({}), json!(["IN"]), json!(["IN", 1])]),
    }
}
