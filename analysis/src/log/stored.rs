//! A stored line: an event with the times of its journey.

use crate::event::parse_timestamp;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt::Write as _;

/// The smallest difference between the clocks of client and collector that is corrected. A journey takes less, and
/// a clock that is right to the minute is better left alone than moved by the journey's duration.
pub const MIN_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// An event as it stands in the log, its own text untouched.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// When the collector stored it, by the collector's clock.
    pub received_at: Timestamp,
    /// When the client sent the batch, by the client's clock, if it said so.
    pub sent_at: Option<Timestamp>,
    /// The event as it was sent.
    pub event: &'a RawValue,
}

impl<'a> Stored<'a> {
    /// Reads a line; none when it is not one.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Line<'a> {
            received_at: &'a str,
            sent_at: Option<&'a str>,
            #[serde(borrow)]
            event: &'a RawValue,
        }
        let line: Line<'a> = serde_json::from_slice(line).ok()?;
        let sent_at = line.sent_at.map(parse_timestamp);
        if sent_at == Some(None) {
            return None;
        }
        Some(Self {
            received_at: parse_timestamp(line.received_at)?,
            sent_at: sent_at.flatten(),
            event: line.event,
        })
    }

    /// When something happened that the client's clock says happened at `ts`: moved by the difference of the clocks,
    /// as the batch shows it, where that is at least [`MIN_SKEW`].
    pub fn by_our_clock(&self, ts: Timestamp) -> Timestamp {
        let Some(sent_at) = self.sent_at else { return ts };
        let skew = self.received_at.duration_since(sent_at);
        if skew.abs() < MIN_SKEW {
            return ts;
        }
        ts.checked_add(skew).unwrap_or(ts)
    }
}

/// The beginning of every line of a batch: all that stands before the event.
pub(super) fn line_start(received_at: Timestamp, sent_at: Option<Timestamp>) -> String {
    let mut start = format!(r#"{{"received_at":"{received_at:.6}""#);
    if let Some(sent_at) = sent_at {
        // Writing to a String does not fail.
        let _ = write!(start, r#","sent_at":"{sent_at:.6}""#);
    }
    start.push_str(r#","event":"#);
    start
}

/// Writes one line. Line breaks in JSON stand between tokens only, so leaving them out changes nothing.
pub(super) fn write_line(lines: &mut Vec<u8>, start: &str, event: &RawValue) {
    lines.extend_from_slice(start.as_bytes());
    let text = event.get().as_bytes();
    // Hardly any client sends them, and looking for single bytes is much faster than splitting.
    if text.contains(&b'\n') || text.contains(&b'\r') {
        lines.extend(text.iter().filter(|byte| !matches!(byte, b'\n' | b'\r')));
    } else {
        lines.extend_from_slice(text);
    }
    lines.extend_from_slice(b"}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_reads_back_with_line_breaks_gone() {
        let event = RawValue::from_string("{\"a\":\n \"x\\n\",\r\n\"b\":2}".to_owned()).unwrap();
        let (received_at, sent_at) = (time("2026-11-21T08:00:00.123456Z"), time("2026-11-21T07:59:59Z"));
        let mut lines = Vec::new();
        write_line(&mut lines, &line_start(received_at, Some(sent_at)), &event);
        assert_eq!(lines.iter().position(|byte| *byte == b'\n'), Some(lines.len() - 1));
        let stored = Stored::parse(&lines).unwrap();
        assert_eq!((stored.received_at, stored.sent_at), (received_at, Some(sent_at)));
        assert_eq!(stored.event.get(), r#"{"a": "x\n","b":2}"#);
    }

    #[test]
    fn only_a_clock_that_is_wrong_by_a_minute_is_corrected() {
        let event = RawValue::from_string("{}".to_owned()).unwrap();
        let happened = |sent_at: Option<&str>| {
            let stored = Stored {
                received_at: time("2026-11-21T08:00:00Z"),
                sent_at: sent_at.map(time),
                event: &event,
            };
            stored.by_our_clock(time("2026-11-21T07:00:00Z"))
        };
        assert_eq!(happened(None), time("2026-11-21T07:00:00Z"));
        assert_eq!(happened(Some("2026-11-21T07:59:01Z")), time("2026-11-21T07:00:00Z"));
        assert_eq!(
            happened(Some("2026-11-21T07:59:00Z")),
            time("2026-11-21T07:01:00Z"),
            "it is a minute slow"
        );
        assert_eq!(
            happened(Some("2026-11-21T09:00:00Z")),
            time("2026-11-21T06:00:00Z"),
            "it is an hour fast"
        );
    }

    #[test]
    fn lines_that_are_none_are_told() {
        for line in [
            "",
            "{}",
            "null",
            "{\"received_at\":\"now\",\"event\":{}}",
            "\0\0\0",
            "{\"received_at\":\"2026-11-21T08:00:00Z\"}",
        ] {
            assert!(Stored::parse(line.as_bytes()).is_none(), "{line:?}");
        }
    }
}
