//! The parser and the published schema, held against each other, and what the parser refuses.

use super::*;
use crate::decimal::Decimal;
use edgewise_core::Reason;
use proptest::prelude::*;
use serde_json::{Value, json};

fn schema() -> Value {
    serde_json::from_str(EVENT_SCHEMA).unwrap()
}

/// Type of event to the schema's own example of it.
fn examples() -> Vec<(String, Value)> {
    let schema = schema();
    let types = schema["properties"]["type"]["enum"].as_array().unwrap();
    let example = |name: &str| schema["$defs"][name]["examples"][0].clone();
    types.iter().map(|name| name.as_str().unwrap()).map(|name| (name.to_owned(), example(name))).collect()
}

/// The schema's examples of exposures: of each kind and reason.
fn exposures() -> Vec<Value> {
    schema()["$defs"]["exposure"]["examples"].as_array().unwrap().clone()
}

/// The exposure that an event of this JSON is.
fn exposure(event: &Value) -> Exposure {
    match parse(event).unwrap().body {
        Body::Exposure(exposure) => exposure,
        other => panic!("{other:?}"),
    }
}

fn example(type_name: &str) -> Value {
    examples().into_iter().find(|(name, _)| name == type_name).unwrap().1
}

fn parse(event: &Value) -> Result<Event, EventError> {
    Event::parse(event.to_string().as_bytes())
}

/// The example with one field changed.
fn with(type_name: &str, field: &str, value: Value) -> Result<Event, EventError> {
    let mut event = example(type_name);
    event[field] = value;
    parse(&event)
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The subschema of a field of a type of event, references followed.
fn field_schema(type_name: &str, field: &str) -> Option<Value> {
    let schema = schema();
    let own = &schema["$defs"][type_name]["properties"][field];
    let found = if own.get("type").or(own.get("enum")).or(own.get("$ref")).is_some() {
        own
    } else {
        schema["properties"].get(field)?
    };
    match found.get("$ref").and_then(Value::as_str) {
        Some(reference) => schema.pointer(reference.strip_prefix('#').unwrap()).cloned(),
        None => Some(found.clone()),
    }
}

#[test]
fn the_examples_of_the_schema_parse_as_their_type() {
    assert_eq!(examples().len(), 5);
    for (type_name, event) in examples() {
        assert_eq!(parse(&event).unwrap().body.type_name(), type_name);
    }
    for (type_name, _) in examples() {
        for event in schema()["$defs"][&type_name]["examples"].as_array().unwrap() {
            assert_eq!(parse(event).unwrap().body.type_name(), type_name);
        }
    }
}

#[test]
fn a_sentiment_is_one_of_the_words_of_the_schema_or_a_score() {
    let schema = schema();
    let sentiment = &schema["$defs"]["feedback_properties"]["properties"]["sentiment"]["anyOf"];
    for word in strings(&sentiment[0]["enum"]) {
        assert!(with("feedback", "properties", json!({"sentiment": word})).is_ok(), "{word}");
    }
    for value in [json!(0.8), json!(-1), Value::Null] {
        assert!(with("feedback", "properties", json!({"sentiment": value})).is_ok(), "{value}");
    }
    for (value, code) in
        [(json!("happy"), "bad_value"), (json!(true), "wrong_type"), (json!([]), "wrong_type")]
    {
        let error = with("feedback", "properties", json!({"sentiment": value})).unwrap_err();
        assert_eq!((error.code(), error.field()), (code, Some("properties.sentiment")));
    }
    let elsewhere = with("track", "properties", json!({"sentiment": "happy"}));
    assert!(elsewhere.is_ok(), "it means something in feedback alone");
}

#[test]
fn exactly_the_fields_that_the_schema_requires_are_missed() {
    let common = strings(&schema()["required"]);
    for (type_name, event) in examples() {
        let own = strings(&schema()["$defs"][&type_name]["required"]);
        for field in event.as_object().unwrap().keys() {
            let mut without = event.clone();
            without.as_object_mut().unwrap().remove(field);
            let required = common.contains(field) || own.contains(field);
            match parse(&without) {
                Ok(_) => assert!(!required, "{type_name} parses without {field}"),
                Err(error) => {
                    assert!(required, "{type_name} without {field}: {error}");
                    assert_eq!((error.code(), error.field()), ("missing_field", Some(field.as_str())));
                }
            }
        }
        let all = common.iter().chain(&own);
        assert!(
            all.into_iter().all(|field| event.get(field).is_some()),
            "{type_name}: the example lacks one"
        );
    }
}

#[test]
fn fields_of_another_type_than_the_schema_says_are_refused() {
    let values = [
        ("null", Value::Null),
        ("boolean", json!(true)),
        ("number", json!(1)),
        ("string", json!("x")),
        ("array", json!([])),
        ("object", json!({})),
    ];
    let further = exposures().into_iter().map(|event| ("exposure".to_owned(), event));
    for (type_name, event) in examples().into_iter().chain(further) {
        for field in event.as_object().unwrap().keys() {
            let schema = field_schema(&type_name, field).unwrap_or_else(|| panic!("{type_name}.{field}"));
            let allowed = match &schema["type"] {
                Value::String(one) => vec![one.clone()],
                Value::Array(_) => strings(&schema["type"]),
                // Enumerations of strings.
                _ => vec!["string".to_owned()],
            };
            let allowed = allowed.iter().map(|name| if name == "integer" { "number" } else { name });
            let allowed: Vec<&str> = allowed.collect();
            for (name, value) in &values {
                let mut event = event.clone();
                event[field] = value.clone();
                let code = parse(&event).err().map(|error| error.code());
                let refused = code == Some("wrong_type");
                assert_eq!(refused, !allowed.contains(name), "{type_name}.{field} as {name}");
            }
        }
    }
}

#[test]
fn enumerations_and_limits_are_those_of_the_schema() {
    let schema = schema();
    let exposure = &schema["$defs"]["exposure"]["properties"];
    assert_eq!(exposure["bucket"]["maximum"], edgewise_core::BUCKETS - 1);
    assert_eq!(schema["$defs"]["unit"]["maxLength"], MAX_UNIT_BYTES);
    assert_eq!(schema["$defs"]["name"]["maxLength"], MAX_NAME_BYTES);
    assert_eq!(schema["properties"]["units"]["maxProperties"], MAX_UNITS);
    assert_eq!(schema["properties"]["units"]["propertyNames"]["maxLength"], MAX_UNIT_TYPE_BYTES);
    assert!(schema["description"].as_str().unwrap().contains(&MAX_EVENT_BYTES.to_string()));
    assert_eq!(exposure["sticky"]["maxItems"], MAX_STICKY_RECORDS);
    assert_eq!(exposure["nonce"]["maxLength"], MAX_NONCE_BYTES);
    assert_eq!(exposure["counter"]["maximum"], MAX_COUNTER);
    let of_exposures = &schema["$defs"]["exposure"];
    let kinds = [("experiment", &of_exposures["else"]), ("holdout", &of_exposures["then"])];
    assert_eq!(strings(&exposure["kind"]["enum"]), kinds.map(|(kind, _)| kind));
    for (kind, of_kind) in kinds {
        let mut event = example("exposure");
        event["kind"] = json!(kind);
        event["variant"] = of_kind["properties"]["variant"]["enum"].get(0).cloned().unwrap_or(json!("any"));
        let own = strings(&of_kind["properties"]["reason"]["enum"]);
        for reason in strings(&exposure["reason"]["enum"]).into_iter().chain(["forced".to_owned()]) {
            event["reason"] = json!(reason);
            let error = parse(&event).err();
            assert_eq!(error.is_none(), own.contains(&reason), "{kind} {reason}");
            assert!(error.is_none_or(|error| (error.code(), error.field()) == ("bad_value", Some("reason"))));
        }
    }
    assert_eq!(with("exposure", "kind", json!("other")).unwrap_err().code(), "bad_value");
}

#[test]
fn an_exposure_is_read_whole() {
    let event = parse(&example("exposure")).unwrap();
    let exposure = exposure(&example("exposure"));
    assert_eq!(exposure.epoch.to_string(), "8f1b2c3d4e5f6071");
    assert_eq!(exposure.ruleset.to_string(), "0123456789abcdef0123456789abcdef");
    assert_eq!(exposure.evaluated_at.as_millisecond() - event.ts.as_millisecond(), -2);
    let attributes = [
        ("age", AttributeValue::Number(41.5)),
        ("app.plan", AttributeValue::Absent),
        ("beta", AttributeValue::Bool(true)),
        ("cart", AttributeValue::Other),
        ("country", AttributeValue::String("IN".to_owned())),
        ("tags", AttributeValue::List(vec!["new".to_owned(), "trial".to_owned()])),
    ];
    assert_eq!(exposure.attributes, attributes.map(|(name, value)| (name.to_owned(), value)).into());
    assert_eq!((exposure.bucket, exposure.propensity), (Some(731_042), Some(0.5)));
    assert_eq!((exposure.sticky.len(), exposure.nonce, exposure.counter), (0, None, None));
}

#[test]
fn what_hosts_hand_in_is_read() {
    let [_, sticky, holdout, drawn] = exposures().try_into().unwrap();
    let sticky = exposure(&sticky);
    let record = StickyRecord {
        experiment: "rag_timing".to_owned(),
        iteration: 1,
        variant: "parallel".to_owned(),
        epoch: sticky.epoch,
    };
    assert_eq!((sticky.reason, sticky.bucket, sticky.sticky), (Reason::Sticky, None, vec![record]));
    let holdout = exposure(&holdout);
    assert_eq!((holdout.kind, holdout.reason), (ExposureKind::Holdout, Reason::HeldOut));
    assert_eq!((holdout.variant.as_str(), holdout.bucket), (HELD_OUT, Some(4711)));
    let drawn = exposure(&drawn);
    assert_eq!((drawn.nonce.as_deref(), drawn.counter), (Some("3f0c9a"), Some(17)));
}

#[test]
fn a_field_that_may_be_left_out_may_be_null() {
    for field in ["bucket", "sticky", "nonce", "counter", "propensity"] {
        assert!(with("exposure", field, Value::Null).is_ok(), "{field}");
    }
}

#[test]
fn records_are_refused_at_their_place() {
    let record = json!({"experiment": "e", "iteration": 1, "variant": "v", "epoch": "8f1b2c3d4e5f6071"});
    let changed = |field: &str, value: Value| {
        let mut changed = record.clone();
        changed[field] = value;
        changed
    };
    for (second, code, at) in [
        (json!("e"), "wrong_type", "sticky[1]"),
        (json!({}), "missing_field", "sticky[1].experiment"),
        (changed("experiment", json!("")), "bad_value", "sticky[1].experiment"),
        (changed("variant", json!("x".repeat(257))), "bad_value", "sticky[1].variant"),
        (changed("iteration", json!(1.5)), "bad_value", "sticky[1].iteration"),
        (changed("iteration", json!(4_294_967_296_u64)), "bad_value", "sticky[1].iteration"),
        (changed("epoch", json!("8f1b")), "bad_value", "sticky[1].epoch"),
    ] {
        let error = with("exposure", "sticky", json!([record, second])).unwrap_err();
        assert_eq!((error.code(), error.field()), (code, Some(at)), "{error}");
    }
    let most = vec![record.clone(); MAX_STICKY_RECORDS];
    assert!(with("exposure", "sticky", json!(most)).is_ok());
    let error = with("exposure", "sticky", json!([most, vec![record]].concat())).unwrap_err();
    assert!(error.to_string().contains("513 records"), "{error}");
}

#[test]
fn values_out_of_range_are_refused_with_what_is_allowed() {
    let long = "x".repeat(1025);
    for (type_name, field, value, at) in [
        ("track", "id", json!("u_42"), "id"),
        ("track", "id", json!("f47ac10b-58cc-4372-a567-0e02b2c3d479"), "id"),
        ("track", "id", json!("019ab3f05c0070008000000000000002"), "id"),
        ("track", "type", json!("click"), "type"),
        ("track", "ts", json!("yesterday"), "ts"),
        ("track", "ts", json!("2026-02-30T00:00:00Z"), "ts"),
        ("track", "ts", json!("2026-11-21T08:00:00"), "ts"),
        ("track", "ts", json!("2026-11-21 08:00:00Z"), "ts"),
        ("track", "ts", json!("2026-11-21T08:00:00+01[Europe/Berlin]"), "ts"),
        ("track", "units", json!({}), "units"),
        ("track", "units", json!({"user": ""}), "units.user"),
        ("track", "units", json!({"user": long}), "units.user"),
        ("track", "units", json!({"7": "u"}), "units.7"),
        ("track", "units", json!({"user; drop table": "u"}), "units.user; drop table"),
        ("track", "name", json!(""), "name"),
        ("track", "value", json!(1e12), "value"),
        ("exposure", "bucket", json!(1_000_000), "bucket"),
        ("exposure", "bucket", json!(-1), "bucket"),
        ("exposure", "bucket", json!(0.5), "bucket"),
        ("exposure", "counter", json!(9_007_199_254_740_992_u64), "counter"),
        ("exposure", "propensity", json!(1.5), "propensity"),
        ("exposure", "propensity", json!(-0.5), "propensity"),
        ("exposure", "nonce", json!(""), "nonce"),
        ("exposure", "nonce", json!("x".repeat(1025)), "nonce"),
        ("exposure", "epoch", json!("8F1B2C3D4E5F6071"), "epoch"),
        ("exposure", "ruleset", json!("0123"), "ruleset"),
        ("exposure", "unit", json!("somebody else"), "unit"),
        ("exposure", "attributes", json!({"plan": {"a": 1}}), "attributes.plan"),
        ("exposure", "attributes", json!({"tags": ["a", 1]}), "attributes.tags"),
        ("identify", "units", json!({"user": "u_42"}), "units"),
    ] {
        let error = with(type_name, field, value.clone()).unwrap_err();
        assert_eq!((error.code(), error.field()), ("bad_value", Some(at)), "{value}: {error}");
    }
    let error = with("exposure", "bucket", json!(1_000_000)).unwrap_err();
    assert_eq!(error.to_string(), "`bucket` is `1000000`; it must be a whole number from 0 to 999999");
}

#[test]
fn texts_that_are_no_event_are_told_apart() {
    let long = format!(r#"{{"properties": "{}"}}"#, "x".repeat(MAX_EVENT_BYTES));
    for (text, code) in [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ("{} {}", "malformed_json"),
        ("\u{0}", "malformed_json"),
        ("{\"a\": \"line\nbreak\"}", "malformed_json"),
        ("[1]", "not_an_object"),
        ("null", "not_an_object"),
        ("{}", "missing_field"),
        (r#"{"id": 1, "id": 2}"#, "duplicate_field"),
        (long.as_str(), "too_large"),
    ] {
        assert_eq!(Event::parse(text.as_bytes()).unwrap_err().code(), code, "{text:.40}");
    }
}

#[test]
fn lone_surrogates_are_refused_where_text_is_needed() {
    let event = example("track").to_string().replace("u_42", "\\ud800");
    let error = Event::parse(event.as_bytes()).unwrap_err();
    assert_eq!((error.code(), error.field()), ("bad_value", Some("units.user")));
}

#[test]
fn numbers_are_read_exactly() {
    let value = |text: &str| {
        let event = example("track").to_string().replace("19.99", text);
        let Body::Track(event) = Event::parse(event.as_bytes()).unwrap().body else { panic!("{text}") };
        event.value.unwrap().to_string()
    };
    assert_eq!(value("19.99"), "19.990000");
    assert_eq!(value("123456789012.123456"), "123456789012.123456", "a float would lose the last digits");
    assert_eq!(value("0.0000005"), "0.000000");
    // Of 1e23 the nearest double is found by correct rounding only (cited in Clinger, "How to read floating point
    // numbers accurately", 1990); a replay compares the very bits that the browser compared.
    let event = example("exposure").to_string().replace("41.5", "1e23");
    let Body::Exposure(exposure) = Event::parse(event.as_bytes()).unwrap().body else { panic!() };
    assert_eq!(exposure.attributes["age"], AttributeValue::Number(1e23));
}

#[test]
fn a_property_is_a_number_or_none() {
    let event = with("track", "properties", json!({"n": 1.5, "s": "1.5", "big": 1e12})).unwrap();
    let Body::Track(event) = event.body else { panic!("{event:?}") };
    assert_eq!(event.property("n").map(Decimal::millionths), Some(1_500_000));
    assert_eq!((event.property("s"), event.property("big"), event.property("none")), (None, None, None));
}

#[test]
fn the_unit_of_an_exposure_is_among_its_units() {
    let event = with("exposure", "units", json!({"device": "d_7"})).unwrap();
    assert_eq!(event.units["user"], "u_42");
}

#[test]
fn what_newer_clients_add_is_let_through() {
    assert!(with("exposure", "weather", json!("rain")).is_ok());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Event::parse(&bytes);
    }

    /// An example with a piece replaced: near enough to an event to reach every part of the parser.
    #[test]
    fn no_damaged_event_panics(
        which in 0_usize..9,
        at in any::<prop::sample::Index>(),
        length in 0_usize..12,
        piece in r#"[\x00-\x7f]{0,6}|\\ud800|\{|\}|null|-1e400|"{1,2}"#,
    ) {
        let all = examples().into_iter().map(|(_, event)| event).chain(exposures());
        let mut text = all.collect::<Vec<_>>()[which].to_string().into_bytes();
        let start = at.index(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, piece.bytes());
        if let Err(error) = Event::parse(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
