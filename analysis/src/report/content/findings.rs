//! Key findings in plain words, and the numbers that are looked at first.

use super::{amounts, count, days, p_words, percent, verdict};
use crate::{
    balance::{CAUTION_BELOW, INVALID_BELOW},
    plan::{Direction, Role},
    report::{
        document::{Block, Point, Tile, Tone},
        number::{self, Amount},
        reading::Reading,
        words,
    },
    results::{HealthState, MetricComparison, MetricResult, Results, SourceKind},
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
    // Exposures that another system drew name no ruleset: nothing of them could be replayed.
    if total > 0 && results.source == SourceKind::Log {
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
        let hint = format!("for ±{} on the primary metric", number::percent(power.minimum_effect));
        tiles.push(tile("Power now", percent(current), hint));
    }
    tiles
}

fn primary(results: &Results, metric: &MetricResult) -> Vec<Point> {
    if metric.absent.is_some() {
        return vec![absent(metric)];
    }
    metric.comparisons.iter().map(|comparison| told(results, metric, comparison)).collect()
}

fn absent(metric: &MetricResult) -> Point {
    let because = metric.absent.as_ref().map_or("", |absent| absent.because.as_str());
    Point::new(Tone::Caution, format!("{} has no estimate.", metric.metric), verdict::sentence(because))
}

/// One comparison: what it says, and by which numbers.
fn told(results: &Results, metric: &MetricResult, comparison: &MetricComparison) -> Point {
    let deciding = comparison.deciding();
    let reading = Reading::of(metric, comparison, results.alpha);
    let (name, variant, control) = (&metric.metric, &comparison.variant, &results.control);
    let change = change(metric, comparison);
    let lead = match reading {
        Reading::Better => format!("{name} is better in {variant}: {change}."),
        Reading::Worse => format!("{name} is worse in {variant}: {change}."),
        Reading::Changed => format!("{name} is another one in {variant}: {change}."),
        Reading::Unclear => {
            format!("{name} in {variant} cannot be told from {control} yet: {change}, which may be chance.")
        }
        Reading::Untested(_) => format!("{name} in {variant} is not tested."),
    };
    let amount = Amount::of(metric.kind);
    let mut text = match (deciding.treatment.estimate, deciding.control.estimate) {
        (Ok(treatment), Ok(control)) => {
            format!("{} against {}", amounts::own(amount, treatment), amounts::own(amount, control))
        }
        (Err(absent), _) | (_, Err(absent)) => absent.to_string(),
    };
    for part in certainty(results, comparison) {
        text = format!("{text}, {part}");
    }
    if let Reading::Untested(absent) = reading {
        text = format!("{text}; {absent}");
    }
    let direction = metric.direction.map(|direction| format!("; {}", words::direction(direction)));
    let text =
        format!("{text}{}.{}", direction.unwrap_or_default(), probability(comparison).unwrap_or_default());
    Point::new(tone(reading), lead, text)
}

/// By how much the variant differs, in words.
fn change(metric: &MetricResult, comparison: &MetricComparison) -> String {
    let deciding = comparison.deciding();
    let (change, size) = match (deciding.lift.estimate, deciding.difference.estimate) {
        (Ok(lift), _) => (lift, amounts::lift(lift.abs())),
        (_, Ok(difference)) => (difference, amounts::difference(Amount::of(metric.kind), difference.abs())),
        _ => return "by how much is not known".to_owned(),
    };
    format!("{} {}", size.trim_start_matches('+'), if change < 0.0 { "less" } else { "more" })
}

/// How sure that is.
fn certainty(results: &Results, comparison: &MetricComparison) -> Vec<String> {
    let deciding = comparison.deciding();
    let mut parts = Vec::new();
    if let Ok(interval) = &deciding.lift.interval {
        let level = number::percent(1.0 - results.alpha);
        parts.push(format!("{level} interval {}", amounts::interval(interval, amounts::lift)));
    }
    if let Some(adjusted) = comparison.adjusted_p {
        let tests = count(adjusted.family as u64, "test");
        parts.push(format!(
            "{} ({} over {tests})",
            p_words(adjusted.p),
            words::procedure(adjusted.procedure)
        ));
    } else if let Ok(test) = deciding.test {
        parts.push(p_words(test.p));
    }
    if let Some(sequential) = &comparison.sequential {
        let crossed = if sequential.crossed { "crossed" } else { "not crossed" };
        parts.push(format!("boundary for early looks {crossed}"));
    }
    parts
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
    if metric.absent.is_some() {
        return vec![absent(metric)];
    }
    let of_comparison = |comparison: &MetricComparison| {
        let Some(guardrail) = comparison.guardrail else { return told(results, metric, comparison) };
        let harm = comparison.deciding().lift.interval.ok().map(|interval| match metric.direction {
            Some(Direction::Decrease) => interval.upper(),
            _ => -interval.lower(),
        });
        let most = harm.filter(|most| most.is_finite()).map_or_else(String::new, |most| {
            if most > 0.0 { format!("At most {} worse; ", percent(most)) } else { "Not worse; ".to_owned() }
        });
        let allowed = number::percent(guardrail.maximum_degradation);
        let tone = state_tone(guardrail.state);
        let state = guardrail.state.map_or("cannot be judged", |state| match state {
            GuardrailState::Safe => "is safe",
            GuardrailState::Breached => "is breached",
            GuardrailState::Harmful => "is harmed, perhaps within its margin",
            GuardrailState::Undecided => "is not decided yet",
        });
        let lead = format!("Guardrail {name} {state} in {}.", comparison.variant);
        Point::new(tone, lead, format!("{most}{allowed} is tolerated."))
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
        let text = format!("{}.", unclear.join(", "));
        points.push(Point::new(Tone::Neutral, "No clear difference in all else that informs:", text));
    }
    points
}

fn sample_ratio(results: &Results) -> Point {
    const OFF: &str = "The variants did not get the units that the allocation promised.";
    match &results.sample_ratio.after_exclusions {
        SampleRatio::Tested { p, .. } => {
            let (tone, lead) = if *p < INVALID_BELOW {
                (Tone::Bad, OFF)
            } else if *p < CAUTION_BELOW {
                (Tone::Caution, "The variants' units differ somewhat from what the allocation promised.")
            } else {
                (Tone::Good, "The variants got the units that the allocation promised.")
            };
            Point::new(tone, lead, format!("Sample ratio: {}.", p_words(*p)))
        }
        SampleRatio::Impossible { units, .. } => {
            let units = count(*units, "unit");
            Point::new(Tone::Bad, OFF, format!("{units} in a variant that gets none."))
        }
        SampleRatio::Untestable(absent) => Point::new(
            Tone::Caution,
            "The sample ratio is not tested.",
            verdict::sentence(&absent.to_string()),
        ),
        _ => Point::new(Tone::Caution, "The sample ratio is not tested.", ""),
    }
}

fn health(results: &Results) -> Vec<Point> {
    let of_state = |state| results.health.iter().filter(move |check| check.state == state);
    let found = of_state(HealthState::Failed).map(|check| (Tone::Bad, check));
    let found = found.chain(of_state(HealthState::Caution).map(|check| (Tone::Caution, check)));
    found
        .map(|(tone, check)| {
            let lead = format!("{}: {}.", words::health(check.check), words::health_state(check.state));
            Point::new(tone, lead, verdict::sentence(&check.what))
        })
        .collect()
}
