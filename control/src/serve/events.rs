//! `POST /v1/events`: takes a batch, answers when it is on disk.

use super::{
    batch::{self, Rejected},
    http::Refusal,
    writer::{NotStored, Writer},
};
use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use serde::Serialize;
use std::time::Duration;

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
    State(writer): State<Writer>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Answer>), Refusal> {
    check_type(&headers)?;
    let body = read(&headers, body).await?;
    let room = writer.reserve(body.len()).ok_or_else(Refusal::queue_full)?;
    let checked = batch::check(&body).map_err(|error| Refusal::bad_request(&error))?;
    let receipt = writer.store(checked.batch, room).await.map_err(|reason| match reason {
        NotStored::Failed => Refusal::storage_failed(),
        NotStored::Stopping => Refusal::stopping(),
    })?;
    let answer = Answer {
        accepted: receipt.accepted,
        duplicate: receipt.duplicate.iter().map(ToString::to_string).collect(),
        rejected: checked.rejected,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
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
    use axum::response::IntoResponse as _;
    use edgewise_analysis::log::{Limits, Log};
    use std::sync::Arc;

    #[tokio::test]
    async fn a_full_queue_asks_to_come_back_and_takes_events_when_there_is_room() {
        let folder = tempfile::TempDir::new().unwrap();
        let (log, _) = Log::open(folder.path(), Limits::default()).unwrap();
        let (writer, storage) = Writer::start(log, Arc::new(|_| {})).unwrap();
        let send = || post(State(writer.clone()), HeaderMap::new(), Body::from(r#"{"events": []}"#));

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
