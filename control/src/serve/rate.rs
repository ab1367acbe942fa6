//! How many events a client may send: a token bucket for each.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Clients that are remembered at most: some 10 MB. Beyond it those that owe nothing are forgotten, and then all.
const MAX_CLIENTS: usize = 100_000;

/// A bucket for each client, which fills up at a steady rate to a second's worth.
#[derive(Debug)]
pub(super) struct RateLimit {
    /// Events a second.
    rate: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// What a client may still send, as it was at a moment. Below zero it has sent more than it may: a batch is taken whole
/// as long as anything is left, so that no batch is too large to ever be taken.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    events: f64,
    at: Instant,
}

impl RateLimit {
    /// A limit of so many events a second.
    pub(super) fn new(rate: u32) -> Self {
        Self { rate: f64::from(rate), buckets: Mutex::default() }
    }

    /// Whether a client may send now; else after how many seconds.
    pub(super) fn check(&self, client: &str, now: Instant) -> Result<(), u32> {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let events = buckets.get(client).map_or(self.rate, |bucket| self.level(*bucket, now));
        if events > 0.0 { Ok(()) } else { Err(whole_seconds(-events / self.rate)) }
    }

    /// Counts what a client sent.
    pub(super) fn charge(&self, client: &str, events: usize, now: Instant) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_CLIENTS {
            buckets.retain(|_, bucket| self.level(*bucket, now) < self.rate);
            if buckets.len() >= MAX_CLIENTS {
                buckets.clear();
            }
        }
        let level = buckets.get(client).map_or(self.rate, |bucket| self.level(*bucket, now));
        // A batch has far fewer events than a u32 counts.
        let sent = f64::from(u32::try_from(events).unwrap_or(u32::MAX));
        buckets.insert(client.to_owned(), Bucket { events: level - sent, at: now });
    }

    fn level(&self, bucket: Bucket, now: Instant) -> f64 {
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.events + since * self.rate).min(self.rate)
    }
}

/// Rounded up, and at least one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is at least one, and the cast saturates"
)]
fn whole_seconds(seconds: f64) -> u32 {
    seconds.ceil().max(1.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn who_sends_too_much_waits_until_it_is_paid_off() {
        let limit = RateLimit::new(10);
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!(limit.check("a", start), Ok(()));
        limit.charge("a", 35, start);
        assert_eq!(limit.check("a", start), Err(3), "35 of 10: 25 too many");
        assert_eq!(limit.check("b", start), Ok(()), "another client");
        assert_eq!(limit.check("a", after(2_400)), Err(1));
        assert_eq!(limit.check("a", after(2_600)), Ok(()));
        limit.charge("a", 1, after(100_000));
        limit.charge("a", 9, after(100_000));
        assert_eq!(limit.check("a", after(100_000)), Err(1), "no more than a second's worth is saved up");
    }

    #[test]
    fn clients_are_remembered_up_to_a_limit() {
        let limit = RateLimit::new(10);
        let start = Instant::now();
        for client in 0..=MAX_CLIENTS {
            limit.charge(&client.to_string(), 100, start);
        }
        assert_eq!(limit.buckets.lock().unwrap().len(), 1);
    }
}
