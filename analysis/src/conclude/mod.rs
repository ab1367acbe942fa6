//! From estimates to a decision: what many tests allow, looks, health, power, and what to do now.
//!
//! The order matters. Multiplicity comes first, since a look or a decision is made on what it leaves; then the look of a
//! group-sequential design, which spends alpha and is remembered; then health, because nothing is decided on data that
//! are broken; the decision last.

mod decision;
pub mod dimension;
pub mod entries;
pub mod feedback;
pub mod health;
pub mod looks;
pub mod multiplicity;
pub mod power;
pub mod signals;
pub mod since_exposure;
mod words;

use crate::{
    plan::{Multiplicity, Plan, Role, SequentialPlan},
    results::{MetricResult, Results, UnitsOfDay},
    verify::Shares,
};
use decision::Run;
use edgewise_stats::{Alpha, AlphaError};
use entries::Entries;
use jiff::Timestamp;
use looks::{LookDesign, Looks};
use signals::Signals;

/// What a conclusion is drawn from, beside the estimates.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What the allocations promised.
    pub shares: &'a Shares,
    /// When the units came.
    pub entries: &'a Entries,
    /// What was counted beside the metrics.
    pub signals: &'a Signals,
    /// The looks that were taken before; none where nobody keeps them.
    pub looks: Option<&'a Looks>,
}

/// Days of new units that the pace is taken from: the last whole week, so that each weekday counts alike.
const PACE_DAYS: usize = 7;

/// Draws the conclusions from results whose metrics, variants and sample ratios are there: adjusts, looks, checks and
/// decides, and adds growth and days. The looks with the one that was taken now stand in the results.
///
/// # Errors
/// Where the plan's level is none.
pub fn conclude(results: &mut Results, facts: &Facts<'_>) -> Result<(), AlphaError> {
    let plan = facts.plan;
    let alpha = Alpha::new(plan.alpha)?;
    let run =
        Run { days: days_run(facts.entries.first, results.watermark), horizon: decision::horizon(plan) };
    let variants: Vec<String> = results.variants.iter().map(|variant| variant.variant.clone()).collect();
    multiplicity::allow_for_others(&mut results.metrics, plan.decision.multiplicity, alpha);
    results.looks = take_look(results, facts, run);
    results.growth = facts.entries.growth(&variants);
    add_days(&mut results.metrics, &results.growth);
    feedback::break_down(plan, &mut results.metrics);
    let health = health::Facts {
        variants: &variants,
        shares: facts.shares,
        entries: facts.entries,
        signals: facts.signals,
    };
    // What was checked over other units stands there already.
    let checks = health::check(results, &health);
    results.health.splice(0..0, checks);
    results.decision = decision::decide(plan, results, alpha, run);
    Ok(())
}

/// A look of a group-sequential design at the first primary metric, by a level that the treatments share.
fn take_look(results: &mut Results, facts: &Facts<'_>, run: Run) -> Option<Looks> {
    let before = facts.looks.cloned();
    let primary = results.metrics.iter_mut().find(|metric| metric.role == Role::Primary);
    let Some((design @ SequentialPlan::GroupSequential { .. }, primary)) =
        facts.plan.sequential.as_ref().zip(primary)
    else {
        return before;
    };
    if primary.comparisons.is_empty() {
        return before;
    }
    let Some(before) = before else {
        looks::refuse(primary);
        return None;
    };
    let sharing = match facts.plan.decision.multiplicity {
        Multiplicity::None => 1,
        Multiplicity::Holm | Multiplicity::Hochberg | Multiplicity::Dunnett => primary.comparisons.len(),
    };
    let taken_by =
        LookDesign::of(design, facts.plan.alpha / u32::try_from(sharing).map_or(f64::MAX, f64::from));
    Some(taken_by.map_or(before.clone(), |design| {
        looks::look(&before, design, primary, results.watermark, results.iteration, run.is_over())
    }))
}

/// Days from the first exposure to the last arrival; 0 where either is not known.
fn days_run(first: Option<Timestamp>, watermark: Option<Timestamp>) -> f64 {
    let seconds = first.zip(watermark).map_or(0.0, |(first, last)| last.duration_since(first).as_secs_f64());
    seconds.max(0.0) / 86_400.0
}

/// Adds to each metric's power the days that the pace of new units asks for.
fn add_days(metrics: &mut [MetricResult], growth: &[UnitsOfDay]) {
    // The last day is not over.
    let whole = &growth[..growth.len().saturating_sub(1)];
    let last = &whole[whole.len().saturating_sub(PACE_DAYS)..];
    let new: u64 = last.iter().flat_map(|day| day.new.values()).sum();
    let per_day = approximate(new) / approximate(last.len() as u64);
    for metric in metrics {
        let units = metric.variants.iter().map(|variant| variant.n).sum();
        let variants = metric.variants.len() as u64;
        if let Some(power) = &mut metric.power {
            power.days_for_80 = power::days_for_80(power, units, variants, per_day, metric.window_seconds);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "more than 2^53 units lose less than their own error")]
fn approximate(count: u64) -> f64 {
    count as f64
}
