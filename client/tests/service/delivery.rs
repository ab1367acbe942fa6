//! Events on their way: batches, retries under the same ids, and what cannot be delivered.

use crate::fixture;
use crate::server::{Reply, Server, acknowledged};
use edgewise_client::{Client, Context, Delivery, Options};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A client whose collector gives these answers, one after the other, and then acknowledges.
fn client_of(answers: Vec<Reply>) -> (Server, Client) {
    let mut answers = answers.into_iter();
    let server = Server::start(move |_| answers.next().unwrap_or_else(acknowledged));
    let options = Options::from_bytes(fixture::ruleset(), server.url("/v1/events"));
    (server, Client::load(options).unwrap())
}

fn track(client: &Client, events: usize, detail: &str) {
    let context = Context::new().with("user", "u_1");
    let visitor = client.visitor(&context);
    let mut properties = Map::new();
    properties.insert("detail".to_owned(), detail.into());
    for _ in 0..events {
        visitor.track("order", Some(12.5), properties.clone());
    }
}

/// A refusal. Nothing is tried again by itself for so long that no test sees it.
fn status(code: u16) -> Reply {
    (code, vec![("retry-after", "600".to_owned())], Vec::new())
}

#[test]
fn a_batch_that_was_not_taken_is_sent_again_under_the_same_ids() {
    let (server, client) = client_of([408, 429, 500, 503].map(status).to_vec());
    track(&client, 3, "");
    for _ in 0..4 {
        assert_eq!(client.flush(), Delivery { delivered: 0, waiting: 3, lost: 0 });
    }
    assert_eq!(client.flush(), Delivery { delivered: 3, waiting: 0, lost: 0 });
    let batches = server.batches();
    assert!(batches.len() >= 5);
    for batch in &batches {
        assert_eq!((&batch["batch_id"], &batch["events"]), (&batches[0]["batch_id"], &batches[0]["events"]));
    }
    let ids: BTreeSet<_> = server.events().iter().map(|event| event["id"].to_string()).collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn other_refusals_are_final_and_counted() {
    let rejected = br#"{"accepted":1,"duplicate":[],"rejected":[{"id":"a","code":"b","message":"c"}]}"#;
    let (_server, client) = client_of(vec![status(400), (202, Vec::new(), rejected.to_vec())]);
    track(&client, 2, "");
    assert_eq!(client.flush(), Delivery { delivered: 0, waiting: 0, lost: 2 });
    track(&client, 2, "");
    assert_eq!(client.flush(), Delivery { delivered: 1, waiting: 0, lost: 3 });
}

#[test]
fn bodies_stay_below_what_the_collector_takes() {
    let (server, client) = client_of(Vec::new());
    track(&client, 1_201, "");
    assert_eq!(client.flush().delivered, 1_201);
    track(&client, 30, &"x".repeat(60_000));
    assert_eq!(client.flush().delivered, 1_231);
    let sizes: Vec<_> = server.seen().iter().map(|request| request.body.len()).collect();
    assert!(sizes.iter().all(|size| *size < 1 << 20), "{sizes:?}");
    let counts: Vec<_> =
        server.batches().iter().map(|batch| batch["events"].as_array().unwrap().len()).collect();
    assert!(counts.iter().all(|count| *count <= 500), "{counts:?}");
}

#[test]
fn what_waits_is_bounded_and_the_newest_are_lost() {
    let (server, client) = client_of(vec![status(503)]);
    track(&client, 1, "first");
    client.flush();
    track(&client, 10_000, "later");
    let delivery = client.close();
    assert_eq!((delivery.delivered, delivery.waiting, delivery.lost), (10_000, 0, 1));
    assert_eq!(server.events()[0]["properties"]["detail"], "first");
}

#[test]
fn a_closed_client_says_what_could_not_be_delivered_and_takes_no_more() {
    // Nobody listens at the discard port.
    let options = Options::from_bytes(fixture::ruleset(), "http://127.0.0.1:9/v1/events");
    let client = Client::load(options).unwrap();
    track(&client, 2, "");
    assert_eq!(client.close(), Delivery { delivered: 0, waiting: 2, lost: 0 });
    track(&client, 1, "");
    assert_eq!(client.close(), Delivery { delivered: 0, waiting: 2, lost: 1 });
}

#[test]
fn what_nobody_flushes_is_sent_by_itself() {
    let (server, client) = client_of(Vec::new());
    track(&client, 1, "");
    while server.events().is_empty() {
        std::thread::yield_now();
    }
    drop(client);
}

#[test]
fn a_client_that_is_dropped_still_tries_to_send_what_waits() {
    let (server, client) = client_of(Vec::new());
    track(&client, 1, "");
    drop(client);
    while server.events().is_empty() {
        std::thread::yield_now();
    }
    let sent: Vec<Value> = server.events();
    assert_eq!(sent.len(), 1);
}
