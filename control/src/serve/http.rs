//! Routes, headers, and refusals as JSON.

use super::{
    events::{self, MAX_BODY_BYTES},
    metrics::{self, Metrics},
    published::Published,
    rate::RateLimit,
    writer::Writer,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use edgewise_core::Digest;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tower_http::cors::{Any, CorsLayer};

/// A new ruleset reaches everybody within seconds, and while the server is away caches go on with the one they have.
const CACHE_RULESET: &str = "public, max-age=10, stale-while-revalidate=3600, stale-if-error=86400";
/// A digest names the same bytes for ever.
const CACHE_KEPT: &str = "public, max-age=31536000, immutable";
/// When a client that found the queue full, or the disk failing, may try again, in seconds.
const COME_BACK: u32 = 1;

/// What the routes share.
#[derive(Clone)]
pub(super) struct App {
    pub(super) published: Arc<Published>,
    pub(super) writer: Writer,
    pub(super) metrics: Arc<Metrics>,
    pub(super) rate_limit: Option<Arc<RateLimit>>,
    pub(super) client_header: Option<HeaderName>,
}

/// All routes. Browsers of any origin may use them: they hold nothing that a page's visitor may not see, and take
/// nothing but events.
pub(super) fn router(app: App) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([CONTENT_TYPE, IF_NONE_MATCH])
        .expose_headers([ETAG, RETRY_AFTER])
        .max_age(Duration::from_hours(24));
    Router::new()
        .route("/v1/ruleset", get(ruleset))
        .route("/v1/rulesets/{digest}", get(kept_ruleset))
        .route("/v1/events", post(events::post))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .fallback(async || Refusal::not_found("there is nothing at this path"))
        .method_not_allowed_fallback(async || Refusal::wrong_method())
        .layer(cors)
        .with_state(app)
}

async fn ruleset(State(app): State<App>, headers: HeaderMap) -> Response {
    let served = app.published.current();
    let fixed = [(ETAG, served.etag.as_str()), (CACHE_CONTROL, CACHE_RULESET)];
    if has(&headers, &served.etag) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    (fixed, octets(), served.bytes.clone()).into_response()
}

async fn kept_ruleset(State(app): State<App>, Path(digest): Path<String>) -> Result<Response, Refusal> {
    let digest: Digest = digest.parse().map_err(|_| {
        Refusal::bad_request(&"a ruleset is named by its digest: 32 lower-case hexadecimal digits")
    })?;
    let read = tokio::task::spawn_blocking(move || app.published.kept(digest)).await;
    match read {
        Ok(Ok(Some(bytes))) => Ok(([(CACHE_CONTROL, CACHE_KEPT)], octets(), bytes).into_response()),
        Ok(Ok(None)) => Err(Refusal::not_found("this data folder has kept no ruleset of that digest")),
        Ok(Err(_)) | Err(_) => Err(Refusal::storage_failed()),
    }
}

async fn health(State(app): State<App>) -> (StatusCode, Json<serde_json::Value>) {
    let (status, word) = if app.writer.is_failing() {
        (StatusCode::SERVICE_UNAVAILABLE, "storage_failed")
    } else {
        (StatusCode::OK, "ok")
    };
    (status, Json(json!({ "status": word, "ruleset": app.published.current().digest.to_string() })))
}

async fn metrics(State(app): State<App>) -> Response {
    let served = app.published.current();
    let state = metrics::State {
        queue_bytes: app.writer.waiting_bytes(),
        failing: app.writer.is_failing(),
        ruleset: served.digest.to_string(),
        experiments: served.experiments,
    };
    (metrics::CONTENT_TYPE, app.metrics.page(&state)).into_response()
}

fn octets() -> [(HeaderName, &'static str); 1] {
    [(CONTENT_TYPE, "application/octet-stream")]
}

/// Whether the client has what the entity tag names, by weak comparison, as If-None-Match wants it.
fn has(headers: &HeaderMap, etag: &str) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// A request that is not answered as it wished: status, code, message.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// After how many seconds the same request may succeed.
    come_back: Option<u32>,
}

impl Refusal {
    pub(super) fn bad_request(reason: &impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", reason.to_string())
    }

    pub(super) fn too_large() -> Self {
        let message = format!("a body has at most {MAX_BODY_BYTES} bytes: send fewer events at a time");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    }

    pub(super) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "the body took too long to arrive")
    }

    pub(super) fn wrong_content_type(given: &str) -> Self {
        let message = format!("`{given}` is not taken: send application/json or text/plain");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", message)
    }

    pub(super) fn queue_full() -> Self {
        let message = "more is coming in than can be stored; send the same batch again later";
        Self { come_back: Some(COME_BACK), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "queue_full", message) }
    }

    pub(super) fn too_many(seconds: u32) -> Self {
        let message = "you send more events than you may; send the same batch again later";
        let come_back = Some(seconds);
        Self { come_back, ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message) }
    }

    pub(super) fn storage_failed() -> Self {
        let message = "the data folder cannot be read or written; nothing of this request was stored";
        Self {
            come_back: Some(COME_BACK),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "storage_failed", message)
        }
    }

    pub(super) fn stopping() -> Self {
        let message = "the server is stopping; send the same batch again later";
        Self { come_back: Some(COME_BACK), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", message) }
    }

    /// The code, for whoever counts refusals.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    fn wrong_method() -> Self {
        let message = "this path does not take that method; the header `allow` names those it takes";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", message)
    }

    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), come_back: None }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({ "code": self.code, "message": self.message }));
        let mut response = (self.status, body).into_response();
        if let Some(seconds) = self.come_back {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
