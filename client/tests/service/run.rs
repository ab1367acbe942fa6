//! Work that is run under a variant: what it is given, and what is told of it.

use crate::fixture;
use crate::server::Server;
use edgewise_client::{Client, Context, Options};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{convert::Infallible, panic, sync::Arc, time::Duration};

fn started() -> (Server, Client) {
    let server = Server::collecting(fixture::ruleset());
    let client = Client::load(Options::from_url(server.url("/v1/ruleset"))).unwrap();
    assert!(client.problem().is_none(), "{:?}", client.problem());
    (server, client)
}

fn somebody() -> Context {
    Context::new().with("user", "u_1").with("country", "IN")
}

/// What was told, without the time that it took, which must be there.
fn told(server: &Server, client: &Client) -> Vec<Value> {
    let delivery = client.flush();
    assert_eq!((delivery.waiting, delivery.lost), (0, 0));
    let mut events = server.events();
    for event in events.iter_mut().filter(|event| event["type"] == "track") {
        let duration = event["properties"].as_object_mut().unwrap().remove("duration_ms").unwrap();
        assert!(duration.as_f64().unwrap() >= 0.0);
    }
    events
}

#[derive(Debug, PartialEq)]
struct TooLong;

#[derive(Debug, Deserialize, PartialEq)]
struct Tone {
    warm: bool,
}

#[test]
fn work_runs_under_the_variant_with_its_overrides_and_how_it_went_is_told() {
    let (server, client) = started();
    let answer = client.run("voice", &somebody(), |run| {
        run.record("tokens", 800);
        run.record("tokens", 12);
        run.record("cost", 0.004);
        run.record("cache", "hit");
        run.record("cache", "miss");
        let model: String = run.get("voice.model", "none");
        let tone: Tone = run.get("voice.tone", Tone { warm: false });
        let of_another_type: u32 = run.get("voice.model", 7_u32);
        Ok::<_, Infallible>((run.variant().map(str::to_owned), model, tone, of_another_type))
    });
    assert_eq!(answer, Ok((Some("large".to_owned()), "large".to_owned(), Tone { warm: true }, 7)));
    let events = told(&server, &client);
    let [exposure, run] = events.as_slice() else { panic!("{events:#?}") };
    assert_eq!((&exposure["type"], &exposure["variant"]), (&json!("exposure"), &json!("large")));
    assert_eq!(exposure["attributes"], json!({ "country": "IN" }));
    assert_eq!((&run["name"], &run["units"]), (&json!("run"), &json!({ "user": "u_1" })));
    let expected = json!({
        "experiment": "voice", "variant": "large", "success": true, "tokens": 812, "cost": 0.004, "cache": "miss",
    });
    assert_eq!(run["properties"], expected);
    assert_ne!(run["id"], exposure["id"]);
}

#[test]
fn an_error_is_told_by_the_name_of_its_type() {
    let (server, client) = started();
    let answer: Result<(), _> = client.run("voice", &somebody(), |run| {
        run.record("value", 2.5);
        Err(TooLong)
    });
    assert_eq!(answer, Err(TooLong));
    let events = told(&server, &client);
    assert_eq!((&events[1]["properties"]["success"], &events[1]["value"]), (&json!(false), &json!(2.5)));
    assert_eq!(events[2]["type"], "error");
    assert_eq!(
        events[2]["properties"],
        json!({ "experiment": "voice", "variant": "large", "error": "TooLong" })
    );
}

#[test]
fn work_that_panics_is_told_of_and_still_panics() {
    let (server, client) = started();
    let broken = panic::AssertUnwindSafe(|| {
        client.run("voice", &somebody(), |_| -> Result<(), Infallible> {
            panic::resume_unwind(Box::new("broken"))
        })
    });
    assert_eq!(panic::catch_unwind(broken).unwrap_err().downcast_ref(), Some(&"broken"));
    let events = told(&server, &client);
    assert_eq!(events[1]["properties"]["success"], false);
    assert_eq!(events[2]["properties"]["error"], "panic");
}

#[test]
fn many_runs_of_one_user_are_one_exposure_and_who_is_not_targeted_runs_without_a_variant() {
    let (server, client) = started();
    for country in ["IN", "IN", "FR"] {
        let context = Context::new().with("user", "u_1").with("country", country);
        let variant = client.run("voice", &context, |run| Ok::<_, Infallible>(run.variant().is_some()));
        assert_eq!(variant, Ok(country == "IN"));
    }
    let events = told(&server, &client);
    let types: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["exposure", "track", "track", "track"]);
    assert_eq!(events[3]["properties"], json!({ "experiment": "voice", "success": true }));
}

#[tokio::test]
async fn asynchronous_work_runs_in_any_task_and_one_that_is_given_up_is_told_of() {
    let (server, client) = started();
    let client = Arc::new(client);
    let shared = Arc::clone(&client);
    let task = tokio::spawn(async move {
        let context = somebody();
        shared
            .run_async("voice", &context, async |run| {
                tokio::time::sleep(Duration::from_millis(1)).await;
                run.record("tokens", 3);
                Ok::<_, Infallible>(run.variant().map(str::to_owned))
            })
            .await
    });
    assert_eq!(task.await.unwrap(), Ok(Some("large".to_owned())));
    let context = somebody();
    let endless = client.run_async("voice", &context, async |run| {
        run.record("tokens", 5);
        std::future::pending::<Result<(), Infallible>>().await
    });
    assert!(tokio::time::timeout(Duration::from_millis(1), endless).await.is_err());
    let events = told(&server, &client);
    assert_eq!(events.len(), 4, "{events:#?}");
    assert_eq!(events[1]["properties"]["tokens"], 3);
    assert_eq!(
        (&events[2]["properties"]["success"], &events[2]["properties"]["tokens"]),
        (&json!(false), &json!(5))
    );
    assert_eq!(events[3]["properties"]["error"], "cancelled");
}

#[test]
fn without_a_ruleset_work_runs_all_the_same_with_fallbacks() {
    // Nobody listens at the discard port.
    let client = Client::load(Options::from_url("http://127.0.0.1:9/v1/ruleset")).unwrap();
    assert!(
        client.problem().unwrap().to_string().starts_with("no ruleset at http://127.0.0.1:9/v1/ruleset: ")
    );
    let answer = client.run("voice", &somebody(), |run| {
        let model: String = run.get("voice.model", "small");
        Ok::<_, Infallible>((run.variant().map(str::to_owned), model))
    });
    assert_eq!(answer, Ok((None, "small".to_owned())));
    assert_eq!(client.close().waiting, 0);
}

#[test]
fn a_context_of_anything_at_all_breaks_nothing() {
    let (_server, client) = started();
    for values in [json!({}), json!(null), json!({"user": {}}), json!({"user": 1e300}), json!({"user": ""})] {
        let context: Context = values.into();
        assert_eq!(
            client.run("voice", &context, |run| Ok::<_, Infallible>(run.variant().is_some())),
            Ok(false)
        );
    }
}
