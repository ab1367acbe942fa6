//! `POST /v1/events`: takes a batch, answers when it is on disk.

use super::{
    batch::{self, Rejected},
    http::{App, Refusal},
    writer::NotStored,
};
use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
};
use serde::Serialize;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The longest body, in bytes: over ten times what a browser may send while it leaves a page.
pub(super) const MAX_BODY_BYTES: usize = 1 << 20;
/// How long a client may take to send its body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// What became of a batch.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    /// How many events are stored now and were not before.
    accepted: usize,
    /// The ids of those that were stored before.
    duplicate: Vec<String>,
    /// Those that will never be stored as they are.
    rejected: Vec<Rejected>,
}

/// Stores the events of a batch.
pub(super) async fn post(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Answer>), Refusal> {
    let answer = store(&app, address, &headers, body).await;
    match answer {
        Ok(answer) => Ok((StatusCode::ACCEPTED, Json(answer))),
        Err(refusal) => {
            app.metrics.refused(refusal.code());
            Err(refusal)
        }
    }
}

async fn store(app: &App, address: SocketAddr, headers: &HeaderMap, body: Body) -> Result<Answer, Refusal> {
    check_type(headers)?;
    let limit = app.rate_limit.as_deref().map(|limit| (limit, client(app, address, headers)));
    if let Some((limit, client)) = &limit {
        limit.check(client, Instant::now()).map_err(Refusal::too_many)?;
    }
    let body = read(headers, body).await?;
    let room = app.writer.reserve(body.len()).ok_or_else(Refusal::queue_full)?;
    let checked = batch::check(&body).map_err(|error| Refusal::bad_request(&error))?;
    if let Some((limit, client)) = &limit {
        limit.charge(client, checked.kept.len() + checked.rejected.len(), Instant::now());
    }
    let receipt = app.writer.store(checked.batch, room).await.map_err(|reason| match reason {
        NotStored::Failed => Refusal::storage_failed(),
        NotStored::Stopping => Refusal::stopping(),
    })?;
    let codes = checked.rejected.iter().map(|rejected| rejected.code);
    app.metrics.stored(body.len(), checked.kept, &receipt, codes);
    Ok(Answer {
        accepted: receipt.accepted,
        duplicate: receipt.duplicate.iter().map(ToString::to_string).collect(),
        rejected: checked.rejected,
    })
}

/// Whom a limit counts a request for: what the proxy in front says, else the address without the port.
fn client(app: &App, address: SocketAddr, headers: &HeaderMap) -> String {
    let named = app.client_header.as_ref().and_then(|name| headers.get(name)?.to_str().ok());
    // Of a list, such as X-Forwarded-For, the last one is what the nearest proxy added; the others anybody can write.
    let named = named.and_then(|list| list.rsplit(',').next()).map(str::trim).filter(|name| !name.is_empty());
    named.map_or_else(|| address.ip().to_string(), ToOwned::to_owned)
}

/// JSON, or text: what browsers send without asking first.
fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(given) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let given = given.to_str().unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    let taken = ["application/json", "text/plain"].iter().any(|taken| essence.eq_ignore_ascii_case(taken));
    if taken { Ok(()) } else { Err(Refusal::wrong_content_type(given)) }
}

/// The whole body, if it is not too long and comes in time.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY_BYTES) {
        return Err(Refusal::too_large());
    }
    match tokio::time::timeout(BODY_TIME, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_long(&error) => Err(Refusal::too_large()),
        Ok(Err(error)) => Err(Refusal::bad_request(&error)),
        Err(_) => Err(Refusal::too_slow()),
    }
}

/// Whether a body was longer than allowed, rather than cut off on its way.
fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string() == "length limit exceeded" {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::{metrics::Metrics, published::Published, writer::Writer};
    use axum::response::IntoResponse as _;
    use edgewise_analysis::log::{Limits, Log};
    use std::sync::Arc;

    /// What the routes share, without a limit, over a folder.
    fn app(folder: &std::path::Path) -> (App, crate::serve::writer::Storage) {
        let ruleset = folder.join("ruleset.edgewise");
        let document =
            serde_json::json!({"seed": "9f86d081884c7d65", "environment": "test", "units": ["user"]});
        let document = serde_json::from_value(document).unwrap();
        std::fs::write(&ruleset, edgewise_core::compile(&document).unwrap()).unwrap();
        let (log, _) = Log::open(&folder.join("data"), Limits::default()).unwrap();
        let published = Published::load(&ruleset, None, log.folder().clone()).unwrap();
        let metrics = Arc::new(Metrics::default());
        let (writer, storage) = Writer::start(log, None, Arc::clone(&metrics), Arc::new(|_| {})).unwrap();
        let published = Arc::new(published);
        (App { published, writer, metrics, rate_limit: None, client_header: None }, storage)
    }

    #[tokio::test]
    async fn a_full_queue_asks_to_come_back_and_takes_events_when_there_is_room() {
        let folder = tempfile::TempDir::new().unwrap();
        let (app, storage) = app(folder.path());
        let writer = app.writer.clone();
        let address = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1)));
        let send = || post(State(app.clone()), address, HeaderMap::new(), Body::from(r#"{"events": []}"#));

        let waiting: Vec<_> = std::iter::from_fn(|| writer.reserve(MAX_BODY_BYTES / 2)).collect();
        assert!(!waiting.is_empty());
        let small: Vec<_> = std::iter::from_fn(|| writer.reserve(0)).collect();
        let refused = send().await.unwrap_err().into_response();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "1");

        drop((waiting, small));
        assert_eq!(send().await.unwrap().0, StatusCode::ACCEPTED);
        writer.stop();
        storage.finish();
        assert_eq!(send().await.unwrap_err().into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(writer.is_failing(), "nothing stores any more");
    }

    #[test]
    fn a_client_is_its_address_or_what_the_proxy_in_front_says() {
        let folder = tempfile::TempDir::new().unwrap();
        let (mut app, storage) = app(folder.path());
        let address = SocketAddr::from(([10, 0, 0, 1], 4711));
        let name = axum::http::HeaderName::from_static("x-forwarded-for");
        let given = axum::http::HeaderValue::from_static("6.6.6.6, 192.0.2.7");
        let headers = HeaderMap::from_iter([(name.clone(), given)]);
        assert_eq!(client(&app, address, &headers), "10.0.0.1", "nobody was told to believe the header");
        app.client_header = Some(name);
        assert_eq!(client(&app, address, &headers), "192.0.2.7");
        assert_eq!(client(&app, address, &HeaderMap::new()), "10.0.0.1");
        app.writer.stop();
        storage.finish();
    }

    #[tokio::test]
    async fn a_body_is_too_long_whether_it_says_so_or_not() {
        let long = || Body::from(vec![b' '; MAX_BODY_BYTES + 1]);
        let announced = HeaderMap::from_iter([(header::CONTENT_LENGTH, (MAX_BODY_BYTES + 1).into())]);
        for headers in [announced, HeaderMap::new()] {
            let refused = read(&headers, long()).await.unwrap_err().into_response();
            assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
        }
        assert_eq!(
            read(&HeaderMap::new(), Body::from(vec![b' '; MAX_BODY_BYTES])).await.unwrap().len(),
            MAX_BODY_BYTES
        );
    }
}
