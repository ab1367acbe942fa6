//! What a report says of results: each section in a file of its own.

mod amounts;
mod bayesian;
mod days;
mod dimensions;
mod distribution;
mod feedback;
mod findings;
mod funnel;
mod guardrails;
mod health;
mod lifts;
mod method;
mod metric;
mod power;
mod since_exposure;
mod units;
mod verdict;

use super::{
    document::{Block, Document, Point, Section, Tone},
    number, words,
};
use crate::results::{AbsentPart, MetricResult, Results};
use amounts::minus;

/// The whole report.
pub(super) fn document(results: &Results) -> Document {
    let sections = [
        section("findings", "Key findings", String::new(), findings::blocks(results)),
        section("lifts", "Lifts", lifts::lead(results), lifts::blocks(results)),
        section("guardrails", "Guardrails", guardrails::lead(), guardrails::blocks(results)),
        section("metrics", "Metric by metric", String::new(), metric::blocks(results)),
        section("units", "Units", units::lead(results), units::blocks(results)),
        section("bayesian", "Bayesian, side by side", bayesian::lead(), bayesian::blocks(results)),
        section("dimensions", "Dimensions", dimensions::lead(), dimensions::blocks(results)),
        section("health", "Health checks", String::new(), health::checks(results)),
        section("warnings", "Warnings", String::new(), health::warnings(results)),
        section("left-out", "Left out", String::new(), health::left_out(results)),
        section("method", "How it was computed", String::new(), method::blocks(results)),
    ];
    Document {
        title: results.experiment.clone(),
        facts: facts(results),
        verdict: verdict::verdict(results),
        sections: sections.into_iter().filter(|section| !section.blocks.is_empty()).collect(),
    }
}

fn section(id: &'static str, title: &'static str, lead: String, blocks: Vec<Block>) -> Section {
    Section { id, title, lead, blocks }
}

fn facts(results: &Results) -> Vec<String> {
    let mut facts = vec![
        format!("{} against {}", others(results).join(", "), results.control),
        format!("unit: {}", results.unit),
    ];
    facts.extend(results.iteration.filter(|run| *run > 1).map(|run| format!("iteration {run}")));
    facts.push(format!("{} intervals", number::percent(1.0 - results.alpha)));
    facts.extend(results.watermark.map(|watermark| format!("events up to {watermark:.0}")));
    facts
}

/// The variants that are compared with the control.
fn others(results: &Results) -> Vec<&str> {
    let others = results.variants.iter().filter(|variant| !variant.is_control);
    others.map(|variant| variant.variant.as_str()).collect()
}

/// The place of a variant's colour: the control has the first one.
fn place(results: &Results, variant: &str) -> usize {
    others(results).iter().position(|other| *other == variant).map_or(0, |place| place + 1)
}

/// What a metric is, in a few words.
fn about(metric: &MetricResult) -> String {
    let mut about = vec![words::role(metric.role), words::kind(metric.kind)];
    about.extend(metric.direction.map(words::direction));
    about.join(" · ")
}

/// `p = 0.0123`, or that it is less than can matter.
fn p_words(p: f64) -> String {
    if p < 0.0001 {
        "p < 0.0001".to_owned()
    } else if p > 0.9999 {
        "p = 1".to_owned()
    } else {
        format!("p = {}", number::p_value(p))
    }
}

/// What should be there and could not be computed, as points; each with what it belongs to.
fn absent_parts<'a>(parts: impl Iterator<Item = (String, &'a AbsentPart)>) -> Option<Block> {
    let point = |(of, part): (String, &AbsentPart)| {
        let name = part.part.replace('_', " ");
        let lead = if of.is_empty() { format!("No {name}:") } else { format!("No {name} of {of}:") };
        Point::new(Tone::Neutral, lead, verdict::sentence(&part.because))
    };
    let points: Vec<Point> = parts.map(point).collect();
    (!points.is_empty()).then_some(Block::Points(points))
}

/// A share in per cent, for sentences.
fn percent(share: f64) -> String {
    minus(&format!("{}%", number::significant(share * 100.0, 3)))
}

/// So many of something, in the singular or the plural.
fn count(count: u64, one: &str) -> String {
    format!("{} {one}{}", number::thousands(count), if count == 1 { "" } else { "s" })
}
