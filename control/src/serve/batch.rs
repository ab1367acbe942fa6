//! A request's body, checked event by event.

use super::metrics::Kept;
use edgewise_analysis::{
    event::{Event, EventError, claimed_id, parse_timestamp},
    log::{Batch, NewEvent, Reject},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A batch as it was sent, and what its sender is told of the events that are refused.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) batch: Batch,
    pub(super) rejected: Vec<Rejected>,
    /// What the events of the batch count as.
    pub(super) kept: Vec<Kept>,
}

/// What a sender is told of a refused event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Rejected {
    /// Its place in the batch, from 0.
    pub(super) index: usize,
    /// The id it claims, if any.
    pub(super) id: Option<String>,
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// Why no event of a body can be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum BatchError {
    #[error(r#"the body is not a batch, {{"batch_id": …, "sent_at": …, "events": […]}}: {0}"#)]
    Malformed(#[from] serde_json::Error),
    #[error("`sent_at` is `{0}`; it must be an RFC 3339 time, such as 2026-11-21T08:00:00.000Z, or left out")]
    SentAt(String),
}

/// Reads a body. The id of the batch is for logs on the way; events are told apart by their own ids.
pub(super) fn check(body: &[u8]) -> Result<Checked, BatchError> {
    #[derive(Deserialize)]
    struct Body<'a> {
        sent_at: Option<String>,
        #[serde(borrow)]
        events: Vec<&'a RawValue>,
    }
    let Body { sent_at, events } = serde_json::from_slice(body)?;
    let sent_at = sent_at.map(|text| parse_timestamp(&text).ok_or(BatchError::SentAt(text))).transpose()?;
    let batch = Batch { sent_at, events: Vec::new(), rejects: Vec::new() };
    let mut checked = Checked { batch, rejected: Vec::new(), kept: Vec::new() };
    for (index, raw) in events.into_iter().enumerate() {
        match Event::from_raw(raw) {
            Ok(event) => {
                checked.batch.events.push(NewEvent { id: event.id, json: raw.to_owned() });
                checked.kept.push(Kept::of(event));
            }
            Err(error) => checked.reject(index, raw, &error),
        }
    }
    Ok(checked)
}

impl Checked {
    fn reject(&mut self, index: usize, raw: &RawValue, error: &EventError) {
        let (code, message) = (error.code(), error.to_string());
        let too_long = matches!(error, EventError::TooLarge { .. });
        let id = if too_long { None } else { claimed_id(raw) };
        let json = (!too_long).then(|| raw.to_owned());
        self.batch.rejects.push(Reject { id: id.clone(), code, message: message.clone(), json });
        self.rejected.push(Rejected { index, id, code, message });
    }
}
