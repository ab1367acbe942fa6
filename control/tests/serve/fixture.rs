//! Rulesets and events to serve and send.

use edgewise_core::{Ruleset, compile};
use serde_json::{Value, json};

/// The bytes of a small ruleset, and its digest; another environment is another ruleset.
pub(crate) fn ruleset(environment: &str) -> (Vec<u8>, String) {
    let document = json!({
        "seed": "9f86d081884c7d65",
        "environment": environment,
        "units": ["user"],
        "experiments": [{
            "id": "e",
            "iteration": 1,
            "salt": "experiment:e@1",
            "unit": "user",
            "state": "running",
            "variants": [{ "id": "control", "control": true }, { "id": "treatment" }],
            "allocation": [
                { "start": 0, "end": 500_000, "variant": "control" },
                { "start": 500_000, "end": 1_000_000, "variant": "treatment" },
            ],
        }],
    });
    let bytes = compile(&serde_json::from_value(document).unwrap()).unwrap();
    let digest = Ruleset::read(bytes.as_slice()).unwrap().digest().to_string();
    (bytes, digest)
}

/// The id of the n-th event of a test.
pub(crate) fn id(n: u64) -> String {
    format!("019ab3f0-5c00-7000-8000-{n:012x}")
}

/// An exposure: the event that is read back one by one.
pub(crate) fn exposure(n: u64) -> Value {
    json!({
        "id": id(n), "type": "exposure", "ts": "2026-11-21T08:00:00.000Z", "units": {"user": format!("u_{n}")},
        "kind": "experiment", "experiment": "e", "variant": "control", "reason": "assigned", "bucket": 7,
        "epoch": "8f1b2c3d4e5f6071", "ruleset": "0123456789abcdef0123456789abcdef",
        "evaluated_at": "2026-11-21T08:00:00.000Z", "unit_type": "user", "unit": format!("u_{n}"), "attributes": {}
    })
}

/// The body of a request with these events.
pub(crate) fn batch(events: impl IntoIterator<Item = Value>) -> Vec<u8> {
    let events: Vec<_> = events.into_iter().collect();
    json!({"batch_id": "b", "events": events}).to_string().into_bytes()
}
