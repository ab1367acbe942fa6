//! Contexts drawn from a plan, step by step as `wasm/test/random/draw.mjs` draws them.

use crate::{context::Directives, generator::Generator, plan::Plan};
use serde_json::{Map, Value as Json, json};

const HALF_HOUR: i64 = 1_800_000;

/// Unit ids and attributes, what stands beside them, and the time.
pub(crate) struct Drawn {
    pub(crate) values: Json,
    pub(crate) directives: Directives,
    pub(crate) now: i64,
}

/// The next context for a document.
pub(crate) fn draw(plan: &Plan, document: &Json, rng: &mut Generator) -> Drawn {
    let values = values(plan, document, rng);
    let now = plan.now + (i64::try_from(rng.below(17)).unwrap() - 8) * HALF_HOUR;
    let directives = directives(document["experiments"].as_array().unwrap(), rng);
    Drawn { values, directives: serde_json::from_value(directives).unwrap(), now }
}

fn values(plan: &Plan, document: &Json, rng: &mut Generator) -> Json {
    let mut values = Map::new();
    for unit_type in document["units"].as_array().unwrap() {
        if !rng.one_in(8) {
            let id = if rng.one_in(4) {
                rng.pick(&plan.ids).clone()
            } else {
                format!("u_{}", rng.below(100_000)).into()
            };
            values.insert(unit_type.as_str().unwrap().to_owned(), id);
        }
    }
    for path in &plan.paths {
        if !rng.one_in(4) {
            let value = if rng.one_in(6) { rng.below(20).into() } else { rng.pick(&plan.values).clone() };
            put(&mut values, path, value);
        }
    }
    values.into()
}

/// Paths of a plan share their beginnings with objects only.
fn put(values: &mut Map<String, Json>, path: &[String], value: Json) {
    let Some((last, parents)) = path.split_last() else { return };
    let parent = parents.iter().fold(values, |values, name| {
        values.entry(name.as_str()).or_insert_with(|| json!({})).as_object_mut().unwrap()
    });
    parent.insert(last.clone(), value);
}

fn directives(experiments: &[Json], rng: &mut Generator) -> Json {
    let mut made = Map::new();
    if rng.one_in(2) {
        let count = 1 + rng.below(3);
        made.insert("sticky".into(), (0..count).map(|_| record(experiments, rng)).collect());
    }
    if rng.one_in(6) {
        let experiment = rng.pick(experiments);
        made.insert("forced".into(), json!({ text(&experiment["id"]): variant(experiment, rng) }));
    }
    if rng.one_in(2) {
        made.insert("nonce".into(), format!("n_{}", rng.below(1000)).into());
    }
    if rng.one_in(2) {
        let mut counters = Map::new();
        for experiment in experiments {
            if rng.one_in(2) {
                counters.insert(text(&experiment["id"]).into(), rng.below(100).into());
            }
        }
        made.insert("counters".into(), counters.into());
    }
    made.into()
}

fn record(experiments: &[Json], rng: &mut Generator) -> Json {
    let experiment = rng.pick(experiments);
    let iteration = if rng.one_in(4) { (1 + rng.below(3)).into() } else { experiment["iteration"].clone() };
    let variant = variant(experiment, rng);
    let epoch = format!("{:08x}{:08x}", rng.next(), rng.next());
    json!({ "experiment": experiment["id"], "iteration": iteration, "variant": variant, "epoch": epoch })
}

fn variant(experiment: &Json, rng: &mut Generator) -> Json {
    rng.pick(experiment["variants"].as_array().unwrap())["id"].clone()
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap()
}
