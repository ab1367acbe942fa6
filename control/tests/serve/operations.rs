//! What operators see and set: metrics and limits.

use crate::{
    fixture::{batch, exposure, ruleset},
    server::{Place, Server},
};
use serde_json::json;

/// The value of a series on the page.
fn value(page: &str, series: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is not in {page}")).parse().unwrap()
}

#[test]
fn metrics_count_what_happened() {
    let place = Place::new();
    let server = place.serve();
    let mut client = server.connect();
    let mut bad = exposure(3);
    bad["units"]["user"] = json!(42);
    let track = json!({
        "id": crate::fixture::id(9), "type": "track", "ts": "2026-11-21T08:00:00Z", "name": "x", "units": {"user": "u"}
    });
    assert_eq!(
        client.post("/v1/events", &batch([exposure(1), exposure(2), bad, track])).unwrap().status,
        202
    );
    assert_eq!(client.post("/v1/events", &batch([exposure(1)])).unwrap().status, 202);
    assert_eq!(client.post("/v1/events", b"no batch").unwrap().status, 400);
    let answer = client.get("/metrics", &[]).unwrap();
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let page = String::from_utf8(answer.body).unwrap();
    for (series, expected) in [
        ("edgewise_events_accepted_total{type=\"exposure\"}", 2.0),
        ("edgewise_events_accepted_total{type=\"track\"}", 1.0),
        ("edgewise_events_rejected_total{code=\"wrong_type\"}", 1.0),
        ("edgewise_requests_refused_total{code=\"bad_request\"}", 1.0),
        ("edgewise_exposures_total{experiment=\"e\",variant=\"control\"}", 2.0),
        ("edgewise_events_duplicate_total", 1.0),
        ("edgewise_commit_seconds_count", 2.0),
        ("edgewise_commit_seconds_bucket{le=\"+Inf\"}", 2.0),
        ("edgewise_storage_failing", 0.0),
        ("edgewise_queue_bytes", 0.0),
        ("edgewise_backlog_segments", 0.0),
        ("edgewise_experiments", 1.0),
    ] {
        assert_eq!(value(&page, series).to_bits(), f64::to_bits(expected), "{series}");
    }
    assert!(value(&page, "edgewise_received_bytes_total") > 400.0);
    assert!(value(&page, "edgewise_last_commit_timestamp_seconds") > 1.7e9);
    assert!(value(&page, &format!("edgewise_ruleset_info{{digest=\"{}\"}}", ruleset("first").1)) > 0.0);
    // Every series stands under the line that says its type.
    let mut types = Vec::new();
    for line in page.lines() {
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            types.push(declared.split(' ').next().unwrap().to_owned());
        } else if !line.starts_with('#') {
            assert!(types.last().is_some_and(|name| line.starts_with(name.as_str())), "{line}");
        }
    }
}

#[test]
fn who_sends_too_much_is_told_when_to_come_back() {
    let place = Place::new();
    let mut command = place.command();
    command.args(["--rate-limit", "1", "--client-header", "x-forwarded-for"]);
    let server = Server::start(command);
    let mut client = server.connect();
    let mut send = |from: &str, n: u64| {
        let headers = [("x-forwarded-for", from)];
        client.request("POST", "/v1/events", &headers, &batch((n..n + 100).map(exposure))).unwrap()
    };
    assert_eq!(send("192.0.2.1", 0).status, 202, "a batch is taken whole");
    let refused = send("192.0.2.1", 100);
    assert_eq!((refused.status, refused.code().as_str()), (429, "rate_limited"));
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((90..=99).contains(&wait), "a hundred events of one a second: {wait}");
    assert_eq!(send("192.0.2.2", 200).status, 202, "another client");
}
