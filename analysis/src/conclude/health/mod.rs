//! What is checked before anything is relied on, with the rule of each check.
//!
//! | check | caution | failed |
//! |---|---|---|
//! | sample ratio | p < 0.01, or a variant 20 % off what is expected with 100 units or more | p < 0.001, or units where none can be |
//! | sample ratio by day | one day by itself with p < 0.001 after all days are allowed for | always-valid p < 0.001 over all days |
//! | verification | more than 5 % of the exposures fail to replay, or p < 0.01 that they fail unevenly | p < 0.001 that they fail unevenly |
//! | two variants | any unit in two variants without a reason | p < 0.001 that they are uneven |
//! | exclusions | p < 0.01 that what is excluded is uneven | p < 0.001 |
//! | daily events | a day without events, or one above twice the median and 3.5 robust deviations | |
//! | error rate | more than 5 % of the events are errors on a day, a jump by the rule above, or p < 0.001 that a variant has more units with errors | |
//! | covariate balance | p < 0.01 after all metrics and variants are allowed for | |
//! | plausibility | a lift that Twyman's law doubts | |
//! | novelty | p < 0.01 that the effect changes with the day of entry | |
//! | novelty since exposure | p < 0.01 that the effect changes with the days since exposure, all variants allowed for | |
//!
//! The thresholds of sample ratios are those of [`balance`]; 5 % failures and 20 % imbalance are the alerts that operators
//! are promised.

mod allocation;
mod effects;
mod events;

use super::{entries::Entries, signals::Signals};
use crate::{
    balance,
    results::{Health, HealthCheck, HealthState, Results, Severity},
    verify::Shares,
};

/// Above this share of failures operators are alerted.
const FAILURES: f64 = 0.05;

/// What the checks look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The variants, the control first.
    pub variants: &'a [String],
    /// What the allocations promised.
    pub shares: &'a Shares,
    /// When the units came.
    pub entries: &'a Entries,
    /// What was counted beside the metrics.
    pub signals: &'a Signals,
}

/// All checks, in the order of their importance, whether they found something or not.
pub fn check(results: &Results, facts: &Facts<'_>) -> Vec<HealthCheck> {
    vec![
        allocation::sample_ratio(results),
        allocation::by_day(facts),
        allocation::verification(results),
        allocation::two_variants(results),
        allocation::exclusions(results, facts.signals),
        events::by_day(facts.signals),
        events::errors(results, facts.signals),
        effects::covariates(results),
        effects::plausibility(results),
        effects::novelty(results),
        effects::novelty_since_exposure(results),
    ]
}

/// Whether a check forbids any decision. A check of the effects themselves never fails.
pub fn forbids(checks: &[HealthCheck]) -> bool {
    checks.iter().any(|check| check.state == HealthState::Failed)
}

fn found(check: Health, state: HealthState, what: impl Into<String>) -> HealthCheck {
    HealthCheck { check, state, what: what.into() }
}

fn passed(check: Health, what: impl Into<String>) -> HealthCheck {
    found(check, HealthState::Passed, what)
}

fn not_checked(check: Health, what: impl Into<String>) -> HealthCheck {
    found(check, HealthState::NotChecked, what)
}

fn state_of(severity: Severity) -> HealthState {
    match severity {
        Severity::Invalid => HealthState::Failed,
        Severity::Caution => HealthState::Caution,
        Severity::Note => HealthState::Passed,
    }
}

/// What a p value of a mismatch means.
fn state_of_p(p: f64) -> HealthState {
    balance::severity_of(p).map_or(HealthState::Passed, state_of)
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more digits than a float has")]
fn approximate(count: u64) -> f64 {
    count as f64
}

fn share(some: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| approximate(some) / approximate(all))
}
