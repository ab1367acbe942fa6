//! What to do now.

use super::{count, others, percent};
use crate::{
    report::document::{Tone, Verdict},
    results::{Decided, Results, Severity, SourceKind},
};
use edgewise_stats::decide::Action;

pub(super) fn verdict(results: &Results) -> Verdict {
    let verdict =
        results.decision.as_ref().map_or_else(|| undecided(results), |decided| decision(results, decided));
    // What cannot be relied on is said before whatever follows from it.
    let invalid: Vec<String> = warnings(results, Severity::Invalid);
    if invalid.is_empty() {
        return verdict;
    }
    let reasons = invalid.into_iter().chain(verdict.reasons).collect();
    Verdict { tone: Tone::Bad, headline: "Do not decide by these results".to_owned(), reasons, ..verdict }
}

fn decision(results: &Results, decided: &Decided) -> Verdict {
    let (tone, headline) = match decided.recommendation.action {
        Action::Continue { days_left, .. } => (Tone::Neutral, going_on(days_left)),
        Action::ShipTreatment { treatment } => {
            let others = others(results);
            (Tone::Good, format!("Ship {}", others.get(treatment).copied().unwrap_or("the variant")))
        }
        Action::ShipControl => (Tone::Neutral, format!("Keep {}", results.control)),
        Action::Stop => (Tone::Bad, "Stop the experiment".to_owned()),
        Action::Inconclusive => (Tone::Caution, "Inconclusive".to_owned()),
    };
    let power = match decided.recommendation.action {
        Action::Continue { power: Ok(power), .. } => {
            Some(format!("The power to find the smallest effect worth detecting is {} now.", percent(power)))
        }
        _ => None,
    };
    let reasons = decided.in_words.iter().map(|reason| reason.text.clone()).chain(power).collect();
    Verdict { tone, headline, summary: decided.summary.clone(), reasons }
}

fn going_on(days_left: f64) -> String {
    if days_left > 0.0 {
        let days = format!("{:.0}", days_left.ceil());
        format!("Continue: {days} {} to go", if days == "1" { "day" } else { "days" })
    } else {
        "Continue".to_owned()
    }
}

fn undecided(results: &Results) -> Verdict {
    let units: u64 = results.variants.iter().map(|variant| variant.units).sum();
    let why = match results.source {
        SourceKind::Units => {
            "A table of units has no days and no plan, so nothing is decided here: the estimates inform"
        }
        _ => "No primary metric decides here: the estimates inform",
    };
    Verdict {
        tone: Tone::Neutral,
        headline: "No decision".to_owned(),
        summary: format!("{why}. {} counted.", count(units, "unit")),
        reasons: Vec::new(),
    }
}

fn warnings(results: &Results, severity: Severity) -> Vec<String> {
    let of_metrics = results.metrics.iter().flat_map(|metric| &metric.warnings);
    let all = results.warnings.iter().chain(of_metrics);
    all.filter(|warning| warning.severity == severity).map(|warning| sentence(&warning.what)).collect()
}

/// A phrase as a sentence of its own.
pub(super) fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if phrase.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
