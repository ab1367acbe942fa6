//! What a client is told of its events.

use crate::{
    fixture::{batch, exposure, id},
    server::Place,
};
use serde_json::{Value, json};
use std::fs;

#[test]
fn malformed_events_are_rejected_one_by_one() {
    let place = Place::new();
    let server = place.serve();
    let mut no_variant = exposure(2);
    no_variant.as_object_mut().unwrap().remove("variant");
    let mut number_as_unit = exposure(3);
    number_as_unit["units"]["user"] = json!(42);
    let events = [exposure(1), no_variant, number_as_unit, json!("event"), exposure(4)];
    let answer = server.connect().post("/v1/events", &batch(events)).unwrap();
    assert_eq!(answer.status, 202);
    let told = answer.json();
    assert_eq!(told["accepted"], 2);
    let rejected: Vec<_> = told["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["index"].as_u64().unwrap(),
                one["id"].as_str().map(str::to_owned),
                one["code"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let expected =
        [(1, Some(id(2)), "missing_field"), (2, Some(id(3)), "wrong_type"), (3, None, "not_an_object")];
    assert_eq!(rejected, expected.map(|(index, id, code)| (index, id, code.to_owned())));
    let message = told["rejected"][1]["message"].as_str().unwrap();
    assert_eq!(message, "`units.user` is a number; it must be a string, a unit id of 1 to 1024 bytes");

    assert_eq!(place.stored(), [id(1), id(4)].into());
    let kept = fs::read_to_string(place.data().join("rejected.ndjson")).unwrap();
    let kept: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(kept.len(), 3);
    assert_eq!((&kept[0]["code"], &kept[0]["event"]["id"]), (&json!("missing_field"), &json!(id(2))));
}

#[test]
fn an_event_that_is_sent_again_is_told_as_duplicate() {
    let place = Place::new();
    let mut server = place.serve();
    let answer =
        server.connect().post("/v1/events", &batch([exposure(1), exposure(1), exposure(2)])).unwrap();
    assert_eq!(answer.json(), json!({"accepted": 2, "duplicate": [id(1)], "rejected": []}));
    server.kill();
    let server = place.serve();
    let answer = server.connect().post("/v1/events", &batch([exposure(2), exposure(3)])).unwrap();
    assert_eq!(answer.json(), json!({"accepted": 1, "duplicate": [id(2)], "rejected": []}), "it remembers");
}

#[test]
fn an_empty_batch_is_a_batch() {
    let place = Place::new();
    let server = place.serve();
    let answer = server.connect().post("/v1/events", br#"{"events": []}"#).unwrap();
    assert_eq!((answer.status, answer.json()["accepted"].as_u64()), (202, Some(0)));
}

#[test]
fn bodies_that_are_no_batch_are_refused() {
    let place = Place::new();
    let server = place.serve();
    for (body, word) in [
        (&b""[..], "EOF"),
        (b"{", "EOF"),
        (b"[]", "batch"),
        (b"{}", "events"),
        (b"{\"events\": {}}", "sequence"),
        (b"\xff\xfe", "batch"),
        (b"{\"events\": [], \"sent_at\": \"now\"}", "sent_at"),
        (b"{\"events\": [{]}", "column"),
    ] {
        let answer = server.connect().post("/v1/events", body).unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"), "{body:?}");
        assert!(answer.json()["message"].as_str().unwrap().contains(word), "{answer:?}");
    }
    let long = vec![b' '; (1 << 20) + 1];
    let answer = server.connect().post("/v1/events", &long).unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = server.connect().request("POST", "/v1/events", &form, b"{\"events\": []}").unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (415, "wrong_content_type"));
}

#[test]
fn what_is_not_there_is_said_in_json() {
    let place = Place::new();
    let server = place.serve();
    let mut client = server.connect();
    assert_eq!(client.get("/v1/nothing", &[]).unwrap().code(), "not_found");
    let answer = client.request("DELETE", "/v1/events", &[], b"").unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str(), answer.header("allow")),
        (405, "wrong_method", "POST")
    );
}

#[test]
fn browsers_of_any_origin_may_send() {
    let place = Place::new();
    let server = place.serve();
    let mut client = server.connect();
    let asks = [
        ("origin", "https://shop.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    let answer = client.request("OPTIONS", "/v1/events", &asks, b"").unwrap();
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("access-control-allow-headers").contains("content-type"));
    let answer = client.get("/v1/ruleset", &asks[..1]).unwrap();
    assert!(answer.header("access-control-expose-headers").contains("etag"));
}
