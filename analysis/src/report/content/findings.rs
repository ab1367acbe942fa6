//! Key findings in plain words, and the numbers that are looked at first.

use super::{amounts, count, days, p_words, percent};
use crate::{
    plan::{Direction, Role},
    report::{
        document::{Block, Point, Tile, Tone},
        number::{self, Amount},
        reading::Reading,
        words,
    },
    results::{HealthState, MetricComparison, MetricResult, Results},
};
use edgewise_stats::{decide::GuardrailState, trust::SampleRatio};

pub(super) fn blocks(results: &Results) -> Vec<Block> {
    let of_role = |role: Role| results.metrics.iter().filter(move |metric| metric.role == role);
    let mut points: Vec<Point> = of_role(Role::Primary).flat_map(|metric| primary(results, metric)).collect();
    points.extend(of_role(Role::Guardrail).flat_map(|metric| guardrail(results, metric)));
    points.extend(secondary(results));
    points.push(sample_ratio(results));
    points.extend(health(results));
    vec![Block::Tiles(tiles(results)), Block::Points(points)]
}

fn tiles(results: &Results) -> Vec<Tile> {
    let units: u64 = results.variants.iter().map(|variant| variant.units).sum();
    let by_variant: Vec<String> =
        results.variants.iter().map(|variant| number::thousands(variant.units)).collect();
    let tile = |label: &str, value: String, hint: String| Tile { label: label.to_owned(), value, hint };
    let mut tiles = vec![tile("Units", number::thousands(units), by_variant.join(" · "))];
    if let (Some(first), Some(last)) = (results.growth.first(), results.growth.last()) {
        let span = format!("{} to {}", days::short(&first.day), days::short(&last.day));
        tiles.push(tile("Days", number::thousands(days::span(&first.day, &last.day)), span));
    }
    let exposures = results.variants.iter().filter_map(|variant| variant.exposures.as_ref());
    let (verified, total) =
        exposures.fold((0, 0), |(verified, total), all| (verified + all.verified, total + all.total));
    if total > 0 {
        let share = number::approximate(verified) / number::approximate(total);
        let hint = format!("of {} by replay", count(total, "exposure"));
        tiles.push(tile("Verified", number::percent(share), hint));
    }
    if let SampleRatio::Tested { p, .. } = &results.sample_ratio.after_exclusions {
        tiles.push(tile("Sample ratio", p_words(*p), "a small p is a broken split".to_owned()));
    }
    let primary = results.metrics.iter().find(|metric| metric.role == Role::Primary);
    if let Some(power) = primary.and_then(|metric| metric.power.as_ref())
        && let Some(current) = power.current
    {
        let hint = format!("for ±{} on the primary metric", percent(power.minimum_effect));
        tiles.push(tile("Power now", percent(current), hint));
    }
    tiles
}

fn primary(results: &Results, metric: &MetricResult) -> Vec<Point> {
    if let Some(absent) = &metric.absent {
        let text = format!("{} has no estimate: {}.", metric.metric, absent.because);
        return vec![Point { tone: Tone::Caution, text }];
    }
    metric.comparisons.iter().map(|comparison| told(results, metric, comparison)).collect()
}

/// One comparison in a sentence or two.
fn told(results: &Results, metric: &MetricResult, comparison: &MetricComparison) -> Point {
    let amount = Amount::of(metric.kind);
    let deciding = comparison.deciding();
    let reading = Reading::of(metric, comparison, results.alpha);
    let name = &metric.metric;
    let variant = &comparison.variant;
    let change = match (deciding.treatment.estimate, deciding.control.estimate) {
        (Ok(treatment), Ok(control)) => {
            format!("{name} is {} in {variant} and {} in the control", amounts::own(amount, treatment), amounts::own(amount, control))
        }
        (Err(absent), _) | (_, Err(absent)) => format!("{name} cannot be told in {variant}: {absent}"),
    };
    let verdict = match (reading, metric.direction) {
        (Reading::Better, Some(direction)) => format!("{}, so this is an improvement.", words::direction(direction)),
        (Reading::Worse, Some(direction)) => format!("{}, so this is a loss.", words::direction(direction)),
        (Reading::Changed, _) | (Reading::Better | Reading::Worse, None) => {
            "that is more than chance explains.".to_owned()
        }
        (Reading::Unclear, _) => "that may be chance.".to_owned(),
        (Reading::Untested(absent), _) => format!("it is not tested: {absent}."),
    };
    let text = format!(
        "{change}{}; {verdict}{}",
        certainty(results, comparison),
        probability(comparison).unwrap_or_default()
    );
    Point { tone: tone(reading), text }
}

/// By how much, and how sure that is.
fn certainty(results: &Results, comparison: &MetricComparison) -> String {
    let deciding = comparison.deciding();
    let Ok(lift) = deciding.lift.estimate else {
        let p = deciding.test.map(|test| format!(" ({})", p_words(test.p)));
        return p.unwrap_or_default();
    };
    let mut parts = Vec::new();
    if let Ok(interval) = &deciding.lift.interval {
        let level = number::percent(1.0 - results.alpha);
        parts.push(format!("{level} interval {}", amounts::interval(interval, amounts::lift)));
    }
    if let Some(adjusted) = comparison.adjusted_p {
        let allowed = format!("{} after {} over {}", p_words(adjusted.p), words::procedure(adjusted.procedure), count(adjusted.family as u64, "test"));
        parts.push(allowed);
    } else if let Ok(test) = deciding.test {
        parts.push(p_words(test.p));
    }
    if let Some(sequential) = &comparison.sequential {
        let crossed = if sequential.crossed { "crossed" } else { "not crossed" };
        parts.push(format!("early-look boundary {crossed}"));
    }
    let more = if lift < 0.0 { "less" } else { "more" };
    let by = amounts::lift(lift.abs());
    let by = by.trim_start_matches('+');
    match parts.is_empty() {
        true => format!(", {by} {more}"),
        false => format!(", {by} {more} ({})", parts.join(", ")),
    }
}

fn probability(comparison: &MetricComparison) -> Option<String> {
    let bayesian = comparison.bayesian.as_ref()?;
    Some(format!(" The probability that it is better is {}.", probability_words(bayesian.probability_better)))
}

/// A probability in per cent; one near certainty is not rounded to it.
pub(super) fn probability_words(probability: f64) -> String {
    if probability > 0.9999 {
        "above 99.99%".to_owned()
    } else if probability < 0.0001 {
        "below 0.01%".to_owned()
    } else {
        number::percent(probability)
    }
}

pub(super) fn tone(reading: Reading) -> Tone {
    match reading {
        Reading::Better => Tone::Good,
        Reading::Worse => Tone::Bad,
        Reading::Changed | Reading::Untested(_) => Tone::Caution,
        Reading::Unclear => Tone::Neutral,
    }
}

fn guardrail(results: &Results, metric: &MetricResult) -> Vec<Point> {
    let name = &metric.metric;
    if let Some(absent) = &metric.absent {
        return vec![Point { tone: Tone::Caution, text: format!("Guardrail {name} has no estimate: {}.", absent.because) }];
    }
    let of_comparison = |comparison: &MetricComparison| {
        let Some(guardrail) = comparison.guardrail else { return told(results, metric, comparison) };
        let harm = comparison.deciding().lift.interval.ok().map(|interval| match metric.direction {
            Some(Direction::Decrease) => interval.upper(),
            _ => -interval.lower(),
        });
        let most = harm.filter(|most| most.is_finite()).map_or_else(String::new, |most| {
            if most > 0.0 { format!(": at most {} worse", percent(most)) } else { ": not worse".to_owned() }
        });
        let allowed = percent(guardrail.maximum_degradation);
        let tone = state_tone(guardrail.state);
        let state = guardrail.state.map_or("cannot be judged", |state| match state {
            GuardrailState::Safe => "is safe",
            GuardrailState::Breached => "is breached",
            GuardrailState::Harmful => "is harmed, perhaps within its margin",
            GuardrailState::Undecided => "is not decided yet",
        });
        let text = format!("Guardrail {name} {state} in {}{most}; {allowed} is tolerated.", comparison.variant);
        Point { tone, text }
    };
    metric.comparisons.iter().map(of_comparison).collect()
}

pub(super) fn state_tone(state: Option<GuardrailState>) -> Tone {
    match state {
        Some(GuardrailState::Safe) => Tone::Good,
        Some(GuardrailState::Breached) => Tone::Bad,
        Some(GuardrailState::Harmful) | None => Tone::Caution,
        Some(GuardrailState::Undecided) => Tone::Neutral,
    }
}

/// The secondary metrics that differ, one by one, and the others in one sentence.
fn secondary(results: &Results) -> Vec<Point> {
    let secondary = || results.metrics.iter().filter(|metric| metric.role == Role::Secondary);
    let (mut points, mut unclear) = (Vec::new(), Vec::new());
    for metric in secondary() {
        if metric.absent.is_some() {
            points.extend(primary(results, metric));
        }
        for comparison in &metric.comparisons {
            match Reading::of(metric, comparison, results.alpha) {
                Reading::Unclear => unclear.push(metric.metric.as_str()),
                _ => points.push(told(results, metric, comparison)),
            }
        }
    }
    unclear.dedup();
    if !unclear.is_empty() {
        let text = format!("No clear difference in {}.", unclear.join(", "));
        points.push(Point { tone: Tone::Neutral, text });
    }
    points
}

fn sample_ratio(results: &Results) -> Point {
    let (tone, text) = match &results.sample_ratio.after_exclusions {
        SampleRatio::Tested { p, .. } if *p < crate::balance::INVALID_BELOW => {
            (Tone::Bad, format!("The variants did not get the units that the allocation promised ({}).", p_words(*p)))
        }
        SampleRatio::Tested { p, .. } if *p < crate::balance::CAUTION_BELOW => {
            (Tone::Caution, format!("The variants' units differ somewhat from what the allocation promised ({}).", p_words(*p)))
        }
        SampleRatio::Tested { p, .. } => {
            (Tone::Good, format!("The variants got the units that the allocation promised ({}).", p_words(*p)))
        }
        SampleRatio::Impossible { units, .. } => {
            (Tone::Bad, format!("{} in a variant that the allocation gives nothing to.", count(*units, "unit")))
        }
        SampleRatio::Untestable(absent) => (Tone::Caution, format!("The sample ratio is not tested: {absent}.")),
        _ => (Tone::Caution, "The sample ratio is not tested.".to_owned()),
    };
    Point { tone, text }
}

fn health(results: &Results) -> Vec<Point> {
    let of_state = |state| results.health.iter().filter(move |check| check.state == state);
    let found = of_state(HealthState::Failed).map(|check| (Tone::Bad, check));
    let found = found.chain(of_state(HealthState::Caution).map(|check| (Tone::Caution, check)));
    found
        .map(|(tone, check)| {
            let text = format!("{}: {}", words::health(check.check), super::verdict::sentence(&check.what));
            Point { tone, text }
        })
        .collect()
}

