//! What to do now, and what was checked before it.

use edgewise_analysis::{
    report::words,
    results::{HealthState, Results},
};

/// The action in a sentence, and its reasons.
pub(super) fn decision(results: &Results) -> String {
    let Some(decided) = &results.decision else { return String::new() };
    let reasons = decided.in_words.iter().map(|reason| format!("  - {}", reason.text));
    std::iter::once(format!("  {}", decided.summary)).chain(reasons).collect::<Vec<_>>().join("\n")
}

/// The checks that found something, and how many found nothing.
pub(super) fn health(results: &Results) -> String {
    let found_nothing = |state| matches!(state, HealthState::Passed | HealthState::NotChecked);
    let found = results.health.iter().filter(|check| !found_nothing(check.state));
    let mut lines: Vec<String> = found
        .map(|check| {
            format!("  {}: {}: {}", words::health(check.check), words::health_state(check.state), check.what)
        })
        .collect();
    let of_state = |state| results.health.iter().filter(|check| check.state == state).count();
    if !results.health.is_empty() {
        let (passed, open) = (of_state(HealthState::Passed), of_state(HealthState::NotChecked));
        lines.push(format!("  {passed} checks passed, {open} could not be made"));
    }
    lines.join("\n")
}
