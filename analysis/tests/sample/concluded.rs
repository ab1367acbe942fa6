//! What the results add up to.

use edgewise_analysis::results::{Decided, Health, HealthCheck, HealthState, ReasonInWords};
use edgewise_stats::decide::{Action, Reason, Recommendation};

pub(super) fn decided(variant: &str) -> Decided {
    Decided {
        recommendation: Recommendation {
            action: Action::ShipTreatment { treatment: 0 },
            reasons: vec![Reason::Better { treatment: 0, p: 2.8e-8 }],
        },
        summary: format!("Ship {variant}: it is better on signup, and its guardrails are safe."),
        in_words: vec![
            ReasonInWords {
                variant: Some(variant.to_owned()),
                metric: Some("signup".to_owned()),
                text: format!("{variant} is significantly better on signup (p = 0.0012, adjusted)."),
            },
            ReasonInWords {
                variant: Some("one_step".to_owned()),
                metric: Some("latency_p95".to_owned()),
                text: "one_step harms the guardrail latency_p95 by more than its margin.".to_owned(),
            },
        ],
    }
}

pub(super) fn health() -> Vec<HealthCheck> {
    let check = |check, state, what: &str| HealthCheck { check, state, what: what.to_owned() };
    vec![
        check(
            Health::SampleRatio,
            HealthState::Passed,
            "the variants got what the allocation promised, p = 0.7898",
        ),
        check(Health::SampleRatioByDay, HealthState::Passed, "no day is off by more than chance"),
        check(Health::Verification, HealthState::Passed, "99.65% of exposures replay, evenly"),
        check(Health::TwoVariants, HealthState::Passed, "9 units of 39,000"),
        check(
            Health::DailyEvents,
            HealthState::Caution,
            "2026-11-14 has 41% fewer events than the days around it",
        ),
        check(Health::ErrorRate, HealthState::NotChecked, "the project sends no error events"),
        check(Health::Plausibility, HealthState::Passed, "no lift is too good to be true"),
    ]
}
