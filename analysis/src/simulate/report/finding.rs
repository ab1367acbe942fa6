//! What follows from a simulation, in words.

use super::{Found, NoEffect, Simulation, Stops};
use crate::{results::Severity, simulate::frequency::Frequency};
use serde::Serialize;

/// What follows from a simulation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable word for machines.
    pub finding: FindingCode,
    /// How much it takes away from the analysis.
    pub severity: Severity,
    /// What was seen.
    pub what: String,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub action: &'static str,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingCode {
    /// The false-positive rate is what was promised.
    ErrsAsPromised,
    /// It is higher.
    ErrsTooOften,
    /// It is lower.
    ErrsTooSeldom,
    /// Some runs had no test.
    Untested,
    /// Where nothing differs the p values are not spread evenly.
    UnevenPValues,
    /// Intervals cover the truth too seldom.
    CoversTooSeldom,
    /// How often the planted effect was found.
    Power,
    /// A significant result has the wrong sign now and then.
    WrongSign,
    /// The sample-ratio test cries more often than it should.
    SampleRatioAlarms,
    /// Looking early by the plain p value errs too often.
    PeekingErrs,
    /// Looking early by the boundary errs as promised, or not.
    Boundary,
    /// Several treatments err together more often than one.
    SeveralTreatments,
}

/// Below this share of right signs among the significant results power is too low to learn a sign from: one in twenty.
const WRONG_SIGNS: f64 = 0.05;

/// What follows, what matters most first.
pub fn findings(simulation: &Simulation) -> Vec<Finding> {
    let alpha = percent(simulation.alpha);
    let mut findings = Vec::new();
    for no_effect in &simulation.no_effect {
        findings.push(errs(no_effect, &alpha));
        findings.extend(untested(no_effect));
        findings.extend(uneven(no_effect));
        findings.extend(covers(&no_effect.variant, &no_effect.coverage, "no difference"));
    }
    findings.extend(several(simulation, &alpha));
    for found in simulation.planted.iter().flat_map(|planted| &planted.comparisons) {
        findings.extend(covers(&found.variant, &found.coverage, "the planted difference"));
        findings.push(power(found));
        findings.extend(wrong_sign(found));
    }
    findings.extend(sample_ratio(simulation));
    if let Some(peeking) = &simulation.peeking {
        for stops in &peeking.comparisons {
            findings.extend(peeks(stops, peeking.looks, &alpha));
            findings.push(boundary(stops, peeking.looks, &alpha));
        }
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

fn errs(no_effect: &NoEffect, alpha: &str) -> Finding {
    let NoEffect { variant, false_positives: errors, .. } = no_effect;
    let seen = format!("{variant}: {} were significant at {alpha} although nothing differs", runs(errors));
    if let Some(severity) = errors.too_often() {
        return Finding {
            finding: FindingCode::ErrsTooOften,
            severity,
            what: seen,
            why: "the analysis errs more often than it says, so a significant result of it means less than it seems to",
            action: "see what the metric is dominated by: cap it (winsorise), measure a rate instead, or take more units",
        };
    }
    if errors.too_seldom() {
        return Finding {
            finding: FindingCode::ErrsTooSeldom,
            severity: Severity::Note,
            what: seen,
            why: "the analysis errs less often than it may, which costs power and misleads nobody; few events or a few very large units do that",
            action: "take more units, or cap the metric (winsorise)",
        };
    }
    Finding {
        finding: FindingCode::ErrsAsPromised,
        severity: Severity::Note,
        what: seen,
        why: "that is what the level promises, within the error of so many runs",
        action: "nothing: the analysis keeps its level on these data",
    }
}

fn untested(no_effect: &NoEffect) -> Option<Finding> {
    let NoEffect { variant, untested, false_positives, .. } = no_effect;
    (*untested > 0).then(|| Finding {
        finding: FindingCode::Untested,
        severity: Severity::Caution,
        what: format!("{variant}: {untested} of {} runs had no test", false_positives.of),
        why: "a variant had too few units, or all of them the same number; they count as not significant",
        action: "take more units, or a metric that more units have",
    })
}

fn uneven(no_effect: &NoEffect) -> Option<Finding> {
    let NoEffect { variant, p_values, .. } = no_effect;
    p_values.uneven().map(|_| Finding {
        finding: FindingCode::UnevenPValues,
        severity: Severity::Note,
        what: format!(
            "{variant}: the p values are not spread evenly from 0 to 1 (chi-square of their tenths {:.1}, p = {:.1e})",
            p_values.chi_square.unwrap_or(0.0),
            p_values.p.unwrap_or(0.0),
        ),
        why: "where nothing differs each p value should be as likely as any other; at other levels than this one the analysis may err otherwise",
        action: "rely on the share of significant results above, at this level; few events make few distinct p values, and that is harmless",
    })
}

fn covers(variant: &str, coverage: &Frequency, what: &str) -> Option<Finding> {
    if !coverage.too_seldom() {
        return None;
    }
    Some(Finding {
        finding: FindingCode::CoversTooSeldom,
        severity: Severity::Caution,
        what: format!("{variant}: the intervals of {} cover {what}", runs(coverage)),
        why: "intervals that are too narrow claim more than the data say",
        action: "cap the metric (winsorise), or take more units",
    })
}

fn several(simulation: &Simulation, alpha: &str) -> Option<Finding> {
    let any = simulation.any_false_positive.as_ref()?;
    Some(Finding {
        finding: FindingCode::SeveralTreatments,
        severity: Severity::Note,
        what: format!(
            "in {} at least one of {} treatments was significant at {alpha} although nothing differs",
            runs(any),
            simulation.no_effect.len()
        ),
        why: "each comparison errs on its own, so several together err more often than one",
        action: "correct for the number of treatments (Holm, Dunnett) before shipping the best of them",
    })
}

fn power(found: &Found) -> Finding {
    let formula =
        found.formula.map_or_else(String::new, |formula| format!("; the formula says {}", percent(formula)));
    Finding {
        finding: FindingCode::Power,
        severity: Severity::Note,
        what: format!(
            "{}: the planted effect was significant in {}{formula}",
            found.variant,
            runs(&found.power)
        ),
        why: "that is the power: the probability of finding an effect of this size",
        action: "where it is below what you need, take more units (edgewise sample-size) or a sharper metric",
    }
}

fn wrong_sign(found: &Found) -> Option<Finding> {
    let significant = found.power.count;
    let share = Frequency::new(found.wrong_sign.count, significant).rate?;
    (share > WRONG_SIGNS).then(|| Finding {
        finding: FindingCode::WrongSign,
        severity: Severity::Caution,
        what: format!(
            "{}: {} of {significant} significant results had the wrong sign",
            found.variant, found.wrong_sign.count
        ),
        why: "with so little power even a significant result says little, and overstates the effect",
        action: "do not run the experiment with so few units",
    })
}

fn sample_ratio(simulation: &Simulation) -> Option<Finding> {
    let alarms = &simulation.sample_ratio.alarms;
    let severity = alarms.too_often()?;
    Some(Finding {
        finding: FindingCode::SampleRatioAlarms,
        severity,
        what: format!("the sample-ratio test cried in {}", runs(alarms)),
        why: "units that were drawn at random looked as if some were missing: ids that come in blocks, or that differ in nothing but their letters' case, are drawn as they are",
        action: "see whether the ids are those that are assigned by",
    })
}

fn peeks(stops: &Stops, looks: usize, alpha: &str) -> Option<Finding> {
    stops.plain.too_often()?;
    Some(Finding {
        finding: FindingCode::PeekingErrs,
        // Whoever decides by the boundary, or at the end, does not err so.
        severity: Severity::Caution,
        what: format!(
            "{}: {} were significant at {alpha} by the plain p value at one of {looks} looks or more, although nothing differs",
            stops.variant,
            runs(&stops.plain)
        ),
        why: "each look is another chance to err, so who stops at the first significant one errs more often than the level says",
        action: "decide at the end alone, or by a sequential boundary",
    })
}

fn boundary(stops: &Stops, looks: usize, alpha: &str) -> Finding {
    let severity = stops.boundary.too_often();
    let (why, action) = if severity.is_some() {
        (
            "the boundary holds where estimates are normal, and the first looks have too few units for that",
            "look later or less often, or cap the metric (winsorise)",
        )
    } else {
        (
            "the boundary shares the level between the looks, so that one may stop at any of them",
            "nothing: looking so often by the boundary keeps the level",
        )
    };
    Finding {
        finding: FindingCode::Boundary,
        severity: severity.unwrap_or(Severity::Note),
        what: format!(
            "{}: {} crossed the boundary of {looks} looks (level {alpha}), {} the confidence sequence",
            stops.variant,
            runs(&stops.boundary),
            stops.anytime.rate.map_or_else(|| "none".to_owned(), percent)
        ),
        why,
        action,
    }
}

/// `5.1% of 1,000 runs (3.9% to 6.7%)`.
fn runs(frequency: &Frequency) -> String {
    let share = frequency.rate.map_or_else(|| "none".to_owned(), percent);
    let interval = frequency.interval.map_or_else(String::new, |interval| {
        format!(" ({} to {})", percent(interval.lower()), percent(interval.upper()))
    });
    format!("{share} of {} runs{interval}", frequency.of)
}

fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}
