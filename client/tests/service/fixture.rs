//! The ruleset of the tests.

use edgewise_core::compile;
use serde_json::json;

/// An experiment on the model that answers users in two countries, all of whom get `large`.
pub(crate) fn ruleset() -> Vec<u8> {
    with_default("small")
}

/// The same; another default of its flag is another ruleset.
pub(crate) fn with_default(model: &str) -> Vec<u8> {
    let document = json!({
        "seed": "9f86d081884c7d65",
        "units": ["user", "session"],
        "experiments": [{
            "id": "voice", "iteration": 1, "salt": "experiment:voice@1", "unit": "user", "state": "running",
            "targeting": { "in": { "attribute": ["country"], "values": ["IN", "US"] } },
            "variants": [
                { "id": "large", "overrides": { "voice.model": "\"large\"" } },
                { "id": "small", "control": true },
            ],
            "allocation": [{ "start": 0, "end": 1_000_000, "variant": "large" }],
        }],
        "flags": [
            { "id": "voice.model", "salt": "flag:voice.model", "type": "string", "default": json!(model).to_string() },
            { "id": "voice.tone", "salt": "flag:voice.tone", "type": "object", "default": r#"{"warm":true}"# },
        ],
    });
    compile(&serde_json::from_value(document).unwrap()).unwrap()
}
