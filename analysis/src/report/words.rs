//! Typed answers in the words that people read.

use crate::{
    plan::{Direction, Role, Silent},
    results::{Health, HealthState, Kind, SequentialMethod, Severity, SourceKind},
};
use edgewise_stats::{Method, decide::GuardrailState, trust::SampleRatio};
use serde::Serialize;

use super::number;

/// How a p value was computed, and what that takes for granted.
pub fn method(method: Method) -> String {
    match method {
        Method::WelchT => {
            "Welch's t test, two-sided; variances may differ, means are taken as normal".to_owned()
        }
        Method::PooledT => {
            "Student's t test, two-sided; equal variances, means are taken as normal".to_owned()
        }
        Method::TwoMeanZ => "z test of two means, two-sided; means are taken as normal".to_owned(),
        Method::OuterInterval => {
            "z test of two quantiles, two-sided; errors from the quantiles around them".to_owned()
        }
        Method::TwoProportionZ => "two-proportion z test, two-sided, with the pooled rate".to_owned(),
        Method::TwoProportionMiettinenNurminen => {
            "two-proportion score test, two-sided, with Miettinen and Nurminen's factor".to_owned()
        }
        Method::TwoProportionUnpooledZ => {
            "two-proportion z test (Wald), two-sided, with each variant's own variance".to_owned()
        }
        Method::TwoProportionAgrestiCaffo => {
            "Wald's test of two rates, two-sided, with one success and one failure added to each".to_owned()
        }
        Method::TwoProportionUnpooledT => {
            "Wald's test of two rates, two-sided, by Welch's t distribution".to_owned()
        }
        Method::EventRateScore => "score test of two event rates (Poisson), two-sided".to_owned(),
        Method::EventRateScoreLog => {
            "score test of the logarithm of the ratio of two event rates (Poisson), two-sided".to_owned()
        }
        Method::EventRateWald => "Wald's test of two event rates (Poisson), two-sided".to_owned(),
        Method::EventRateWaldAdjusted => {
            "Wald's test of two event rates (Poisson), two-sided, half an event added to each variance"
                .to_owned()
        }
        Method::EventRateWaldLog => {
            "Wald's test of the logarithm of the ratio of two event rates (Poisson), two-sided".to_owned()
        }
        Method::EventRateSquareRoot => {
            "z test of the square roots of two numbers of events (Poisson), two-sided".to_owned()
        }
        other => code(&other).replace('_', " "),
    }
}

/// What a method is used for, in the plural: `rates`, `means`.
pub fn compared_by(method: Method) -> &'static str {
    match method {
        Method::OuterInterval => "quantiles",
        Method::TwoProportionZ
        | Method::TwoProportionMiettinenNurminen
        | Method::TwoProportionUnpooledZ
        | Method::TwoProportionAgrestiCaffo
        | Method::TwoProportionUnpooledT => "rates",
        Method::EventRateScore
        | Method::EventRateScoreLog
        | Method::EventRateWald
        | Method::EventRateWaldAdjusted
        | Method::EventRateWaldLog
        | Method::EventRateSquareRoot => "event rates",
        _ => "means",
    }
}

/// What a metric is measured for.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Primary => "primary",
        Role::Secondary => "secondary",
        Role::Guardrail => "guardrail",
    }
}

/// What a unit's number is.
pub const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Binary => "rate of units",
        Kind::Continuous => "mean per unit",
        Kind::Count => "count per unit",
        Kind::Ratio => "ratio of totals",
        Kind::Quantile => "quantile of events",
        Kind::Funnel => "funnel",
    }
}

/// Which way is better.
pub const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Increase => "more is better",
        Direction::Decrease => "less is better",
    }
}

/// What a unit without events means.
pub const fn silent(silent: Silent) -> &'static str {
    match silent {
        Silent::Zero => "units without events count as 0",
        Silent::Exclude => "units without events are left out",
    }
}

/// Whether a guardrail is safe.
pub const fn guardrail(state: GuardrailState) -> &'static str {
    match state {
        GuardrailState::Safe => "safe",
        GuardrailState::Breached => "breached",
        GuardrailState::Harmful => "harmed, perhaps within the margin",
        GuardrailState::Undecided => "not decided yet",
    }
}

/// What may be looked at early.
pub const fn sequential(method: SequentialMethod) -> &'static str {
    match method {
        SequentialMethod::Anytime => "confidence sequence, valid at any time",
        SequentialMethod::GroupSequential => "group-sequential boundary at this look",
    }
}

/// A procedure that allows for several tests.
pub fn procedure(name: &str) -> String {
    match name {
        "holm" => "Holm".to_owned(),
        "hochberg" => "Hochberg".to_owned(),
        "hommel" => "Hommel".to_owned(),
        "bonferroni" => "Bonferroni".to_owned(),
        "dunnett" => "Dunnett".to_owned(),
        "benjamini_hochberg" => "Benjamini-Hochberg".to_owned(),
        other => other.replace('_', " "),
    }
}

/// A Bayesian model.
pub fn model(name: &str) -> String {
    match name {
        "beta_binomial" => "beta-binomial".to_owned(),
        "gamma_poisson" => "gamma-Poisson".to_owned(),
        other => other.replace('_', " "),
    }
}

/// How much a warning takes away.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Caution => "caution",
        Severity::Invalid => "do not decide",
    }
}

/// A check's name.
pub const fn health(check: Health) -> &'static str {
    match check {
        Health::SampleRatio => "Sample ratio",
        Health::SampleRatioByDay => "Sample ratio, day by day",
        Health::Verification => "Replay of exposures",
        Health::TwoVariants => "Units in two variants",
        Health::MovedBuckets => "Without the moved buckets",
        Health::Untriggered => "Units that never triggered",
        Health::Exclusions => "Even exclusions",
        Health::DailyEvents => "Events on every day",
        Health::ErrorRate => "Error rate",
        Health::CovariateBalance => "Alike before the experiment",
        Health::Plausibility => "Plausible effects",
        Health::Novelty => "Lasting effects",
        Health::NoveltySinceExposure => "Effects after the first days",
    }
}

/// What a check found.
pub const fn health_state(state: HealthState) -> &'static str {
    match state {
        HealthState::Passed => "passed",
        HealthState::NotChecked => "not checked",
        HealthState::Caution => "look at it",
        HealthState::Failed => "failed",
    }
}

/// Where the numbers come from.
pub const fn source(source: SourceKind) -> &'static str {
    match source {
        SourceKind::Log => "the project's own event log, its exposures replayed",
        SourceKind::Events => "events that another system collected",
        SourceKind::Units => "a table with one row a unit",
    }
}

/// A sample-ratio test.
pub fn sample_ratio(tested: &SampleRatio) -> String {
    match tested {
        SampleRatio::Tested { chi_square, df, p, .. } => {
            format!("chi-square = {chi_square:.2} with {df} df, p = {}", number::p_value(*p))
        }
        SampleRatio::Impossible { units, .. } => {
            format!("{} units are in variants that get none", number::thousands(*units))
        }
        SampleRatio::Untestable(reason) => format!("not tested: {reason}"),
        _ => "not tested".to_owned(),
    }
}

/// The stable word of an answer, as JSON has it.
pub fn code(answer: &impl Serialize) -> String {
    serde_json::to_value(answer).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_words_of_its_own() {
        let methods = [
            Method::WelchT,
            Method::PooledT,
            Method::TwoMeanZ,
            Method::OuterInterval,
            Method::TwoProportionZ,
            Method::TwoProportionMiettinenNurminen,
            Method::TwoProportionUnpooledZ,
            Method::TwoProportionAgrestiCaffo,
            Method::TwoProportionUnpooledT,
            Method::EventRateScore,
            Method::EventRateScoreLog,
            Method::EventRateWald,
            Method::EventRateWaldAdjusted,
            Method::EventRateWaldLog,
            Method::EventRateSquareRoot,
        ];
        let words: std::collections::BTreeSet<String> = methods.into_iter().map(method).collect();
        assert_eq!(words.len(), methods.len());
        for method_ in methods {
            assert_ne!(method(method_), code(&method_).replace('_', " "), "{method_:?} has no words");
        }
    }
}
