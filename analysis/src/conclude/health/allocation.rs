//! Whether the units went where they should: sample ratios, replay, units in two variants, exclusions.

use super::{FAILURES, Facts, approximate, found, not_checked, passed, share, state_of, state_of_p};
use crate::{
    balance::INVALID_BELOW,
    conclude::{
        signals::Signals,
        words::{p_value, percent},
    },
    evenness::p_of_even_shares,
    results::{Exposures, Health, HealthCheck, HealthState, Results, Warning, WarningCode},
};
use edgewise_stats::{
    Alpha,
    trust::{Arm, SampleRatio, SequentialSampleRatioOptions, watch_sample_ratio},
};

/// Above this distance from what the allocation expects, as a fraction, operators are alerted.
const IMBALANCE: f64 = 0.2;

/// Fewer units of all variants together raise no alert of imbalance: with 100, one variant of two is 20 % off by chance
/// once in twenty times.
const LEAST_UNITS: u64 = 100;

/// Over all units, before and after what was left out: the worse of the two.
pub(super) fn sample_ratio(results: &Results) -> HealthCheck {
    let checks = &results.sample_ratio;
    let before = of_sample_ratio(&checks.before_exclusions, "all exposed units");
    let after = of_sample_ratio(&checks.after_exclusions, "the units that count");
    // Where nothing is left out both are the same, and the units that count are said.
    if before.state > after.state && before.state != HealthState::NotChecked { before } else { after }
}

fn of_sample_ratio(tested: &SampleRatio, over: &str) -> HealthCheck {
    let check = Health::SampleRatio;
    match tested {
        SampleRatio::Tested { p, arms, .. } => {
            let far = furthest(arms);
            let counts: Vec<String> = arms
                .iter()
                .map(|arm| format!("{} of {:.0} expected", arm.observed(), arm.expected()))
                .collect();
            let what = format!("over {over}: {}, {}", counts.join(", "), p_value(*p));
            match (state_of_p(*p), far) {
                (HealthState::Passed, Some(far)) if far > IMBALANCE => {
                    let what = format!("{what}; a variant is {} off its share", percent(far));
                    found(check, HealthState::Caution, what)
                }
                (state, _) => found(check, state, what),
            }
        }
        SampleRatio::Impossible { units, .. } => {
            let what =
                format!("{units} units over {over} are in a variant that the allocation gives nothing to");
            found(check, HealthState::Failed, what)
        }
        SampleRatio::Untestable(absent) => not_checked(check, absent.to_string()),
        _ => not_checked(check, "the sample ratio could not be tested"),
    }
}

/// How far the worst arm is from what it expects, where there are enough units to say.
fn furthest(arms: &[Arm]) -> Option<f64> {
    let units: u64 = arms.iter().map(Arm::observed).sum();
    let off = arms
        .iter()
        .filter(|arm| arm.expected() > 0.0)
        .map(|arm| (approximate(arm.observed()) / arm.expected() - 1.0).abs());
    off.reduce(f64::max).filter(|_| units >= LEAST_UNITS)
}

/// Day by day, by the test that may be looked at all along; and each day by itself.
pub(super) fn by_day(facts: &Facts<'_>) -> HealthCheck {
    let check = Health::SampleRatioByDay;
    let days = facts.entries.arms_by_day(facts.shares, facts.variants);
    let Ok(alpha) = Alpha::new(INVALID_BELOW) else { return not_checked(check, "") };
    if days.is_empty() {
        return not_checked(check, "it is not known on which days the units came");
    }
    let arms: Vec<Vec<Arm>> = days.iter().map(|(_, arms)| arms.clone()).collect();
    let options = SequentialSampleRatioOptions { alpha, ..SequentialSampleRatioOptions::default() };
    let watch = watch_sample_ratio(&arms, &options);
    if let Some((place, (day, _))) = watch.alarm.and_then(|place| Some((place, days.get(place)?))) {
        let p = watch.looks.get(place).map_or(0.0, |look| look.p);
        let what = format!("the sample ratio is off from {day} on: always-valid {}", p_value(p));
        return found(check, HealthState::Failed, what);
    }
    let Some(last) = watch.looks.last() else {
        let why = watch.stopped.map_or_else(String::new, |absent| absent.to_string());
        return not_checked(check, why);
    };
    let alone = watch.looks.iter().zip(&days).filter_map(|(look, (day, _))| Some((look.day_p.ok()?, *day)));
    let worst = alone.min_by(|a, b| a.0.total_cmp(&b.0));
    let count = u32::try_from(days.len()).map_or(f64::MAX, f64::from);
    if let Some((p, day)) = worst.filter(|(p, _)| p * count < INVALID_BELOW) {
        let what = format!("the sample ratio of {day} by itself is off: {}", p_value((p * count).min(1.0)));
        return found(check, HealthState::Caution, what);
    }
    passed(
        check,
        format!("{} days are as the allocation promised: always-valid {}", days.len(), p_value(last.p)),
    )
}

/// Whether replay confirms the exposures, and evenly.
pub(super) fn verification(results: &Results) -> HealthCheck {
    let check = Health::Verification;
    let exposures: Vec<&Exposures> =
        results.variants.iter().filter_map(|variant| variant.exposures.as_ref()).collect();
    let total: u64 = exposures.iter().map(|exposures| exposures.total).sum();
    let verified: u64 = exposures.iter().map(|exposures| exposures.verified).sum();
    let Some(failed) = share(total - verified, total) else {
        return not_checked(check, "there are no exposures to replay");
    };
    if let Some(uneven) = warned(results, WarningCode::UnevenVerification) {
        return found(check, state_of(uneven.severity), uneven.what.clone());
    }
    if !exposures.iter().any(|exposures| exposures.is_verifiable()) {
        return not_checked(check, "not verifiable: no exposure names a ruleset that is there to be asked");
    }
    let what = format!("{verified} of {total} exposures replay, {} fail", percent(failed));
    if failed > FAILURES {
        return found(check, HealthState::Caution, format!("{what}, more than {}", percent(FAILURES)));
    }
    passed(check, what)
}

/// Whether units were in two variants for no reason.
pub(super) fn two_variants(results: &Results) -> HealthCheck {
    let check = Health::TwoVariants;
    match warned(results, WarningCode::UnitsInTwoVariants) {
        Some(warning) => found(check, state_of(warning.severity), warning.what.clone()),
        None => passed(check, "no unit was in two variants without a new allocation"),
    }
}

/// Whether what was left out was left out evenly. Several kinds are one family: their p values are multiplied by their
/// number.
pub(super) fn exclusions(results: &Results, signals: &Signals) -> HealthCheck {
    let check = Health::Exclusions;
    let variants: Vec<String> = results.variants.iter().map(|variant| variant.variant.clone()).collect();
    let tested: Vec<(f64, &str)> = signals
        .excluded
        .iter()
        .filter_map(|(kind, left_out)| {
            let with_left_out = results.variants.iter().map(|variant| {
                let out = left_out.get(&variant.variant).copied().unwrap_or(0);
                (variant.variant.clone(), variant.units.saturating_add(out))
            });
            let p = p_of_even_shares(left_out, &with_left_out.collect(), &variants)?;
            Some((p, kind.as_str()))
        })
        .collect();
    let kinds = u32::try_from(tested.len()).map_or(f64::MAX, f64::from);
    let worst = tested.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    match worst.map(|(p, kind)| ((p * kinds).min(1.0), kind)) {
        None => not_checked(check, "nothing was left out"),
        Some((p, kind)) if state_of_p(p) != HealthState::Passed => {
            let what = format!("`{kind}` is not left out of all variants alike: {}", p_value(p));
            found(check, state_of_p(p), what)
        }
        Some((p, _)) => passed(check, format!("what was left out is even: {}", p_value(p))),
    }
}

fn warned(results: &Results, code: WarningCode) -> Option<&Warning> {
    results.warnings.iter().find(|warning| warning.warning == code)
}
