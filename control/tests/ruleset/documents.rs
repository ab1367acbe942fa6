//! Documents of experiments, and folders with their rulesets.

use edgewise_core::compile;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

/// A document of these experiments with a flag `greeting`.
pub(crate) fn document(experiments: &[Value]) -> Value {
    json!({
        "seed": "9f86d081884c7d65",
        "units": ["user", "device"],
        "experiments": experiments,
        "flags": [{ "id": "greeting", "salt": "flag:greeting", "type": "string", "default": "\"Hello\"" }],
    })
}

/// An experiment whose control has the buckets below `control`, and `more` besides.
pub(crate) fn experiment(id: &str, control: u32, more: Value) -> Value {
    let mut experiment = json!({
        "id": id, "iteration": 1, "salt": format!("experiment:{id}@1"), "unit": "user", "state": "running",
        "variants": [{ "id": "control", "control": true }, { "id": "warm" }],
        "allocation": [
            { "start": 0, "end": control, "variant": "control" },
            { "start": control, "end": 1_000_000, "variant": "warm" },
        ],
    });
    merge(&mut experiment, more);
    experiment
}

pub(crate) fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

pub(crate) fn with(mut document: Value, more: Value) -> Value {
    merge(&mut document, more);
    document
}

pub(crate) fn compiled(document: &Value) -> Vec<u8> {
    compile(&serde_json::from_value(document.clone()).unwrap()).unwrap()
}

/// A folder with two rulesets, `old` and `new`.
pub(crate) fn rulesets(old: &Value, new: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old"), compiled(old)).unwrap();
    fs::write(folder.path().join("new"), compiled(new)).unwrap();
    folder
}
