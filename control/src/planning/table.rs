//! Answers as text for people.

use super::{
    Amount, Plan, PowerAnswer, SampleSizeAnswer,
    power::{DetectableAt, EffectPower},
    sample_size::{Duration, Goal},
};
use crate::analyze::table::{NONE, percent, plain, signed, table, thousands};
use edgewise_stats::{Alternative, Direction, Estimate, plan::PowerPoint};

/// How many units, for how long.
///
/// Rates are per cent, differences of rates are percentage points.
pub fn sample_size(answer: &SampleSizeAnswer) -> String {
    let heading = format!(
        "{} units in all {}, with a power of {}\n{}",
        thousands(answer.total),
        goal(answer),
        percent(answer.power.get()),
        assumptions(&answer.plan)
    );
    let what = if matches!(answer.goal, Goal::Effect { .. }) { "effect" } else { "margin" };
    let others = format!("Other {what}s and powers");
    sections(
        heading,
        [
            ("Units", units(answer)),
            ("Days", answer.duration.map(days).unwrap_or_default()),
            (&others, others_of(what, answer)),
        ],
    )
}

/// What so many units can show.
pub fn power(answer: &PowerAnswer) -> String {
    let (plan, units) = (&answer.plan, thousands(answer.units));
    let seen = answer.effect.as_ref().map(|effect| {
        let amount = amount(plan, effect.mde, effect.difference);
        format!(" see an effect of {amount} with a power of {}", percent(effect.power))
    });
    let heading = format!("{units} units in all{}\n{}", seen.unwrap_or_default(), assumptions(plan));
    let effect = answer.effect.as_ref();
    let needed = effect.map_or_else(String::new, |effect| format!("Units that {} takes", effect.mde));
    sections(
        heading,
        [
            ("Days", answer.duration.map(days).unwrap_or_default()),
            (&format!("Smallest effect that {units} units see"), detectable(plan, &answer.detectable)),
            (&needed, effect.map(needed_of).unwrap_or_default()),
            ("Power curve", effect.map(|effect| curve(&effect.curve)).unwrap_or_default()),
        ],
    )
}

fn sections<const N: usize>(heading: String, sections: [(&str, String); N]) -> String {
    let filled = sections.into_iter().filter(|(_, body)| !body.is_empty());
    let sections = filled.map(|(title, body)| format!("\n{title}\n{body}\n"));
    std::iter::once(heading + "\n").chain(sections).collect()
}

fn goal(answer: &SampleSizeAnswer) -> String {
    let amount = amount(&answer.plan, answer.goal.amount(), answer.difference);
    match answer.goal {
        Goal::Effect { .. } => format!("to see an effect of {amount}"),
        Goal::NonInferiority { truth: None, .. } => format!("to show that it is not worse by {amount}"),
        Goal::NonInferiority { truth: Some(truth), .. } => {
            format!("to show that it is not worse by {amount} if it truly differs by {truth}")
        }
        Goal::Equivalence { .. } => format!("to show that it differs by less than {amount}"),
    }
}

/// What a plan assumes, a line each.
fn assumptions(plan: &Plan) -> String {
    let design = &plan.design;
    let sides = match design.alternative {
        Alternative::TwoSided => "two-sided",
        Alternative::Greater => "one-sided, towards an increase",
        Alternative::Less => "one-sided, towards a decrease",
    };
    let better = if plan.direction == Direction::LowerIsBetter { "lower" } else { "higher" };
    let (baseline, alpha) = (value(plan, plan.baseline.value()), percent(design.alpha.get()));
    let mut lines = vec![format!("  baseline {baseline} · alpha {alpha} · {sides} · {better} is better")];
    if design.level() < design.alpha.get() {
        let treatments = design.allocation.shares().len() - 1;
        lines.push(format!("  each of {treatments} comparisons is tested at {}", percent(design.level())));
    }
    let looks = plan.looks.as_ref().map(|looks| looks.looks().len());
    lines.extend(looks.map(|looks| format!("  {looks} looks, the last at the end")));
    lines.extend(plan.anytime.map(|units| {
        let tightest = thousands(units.get());
        format!("  looked at at any time, by a confidence sequence that is tightest at {tightest} units; what crosses it before the end comes on top")
    }));
    lines.join("\n")
}

fn units(answer: &SampleSizeAnswer) -> String {
    let of = answer.units.len();
    let each = answer.units.iter().zip(answer.plan.design.allocation.shares()).enumerate();
    let mut rows: Vec<[String; 3]> = each
        .map(|(place, (units, share))| [variant(place, of), percent(*share), thousands(*units)])
        .collect();
    rows.push(["in all".to_owned(), percent(1.0), thousands(answer.total)]);
    let expected = answer.expected_total.map(|expected| {
        let expected = thousands(expected);
        format!("  {expected} on average, if the effect is what was planned for: it stops at the look that shows it")
    });
    let table = table(["variant", "share", "units"], rows);
    std::iter::once(table).chain(expected).collect::<Vec<_>>().join("\n")
}

fn days(duration: Duration) -> String {
    format!("  {}; in whole weeks {}", plain(duration.days), thousands(duration.days_in_whole_weeks))
}

fn others_of(what: &str, answer: &SampleSizeAnswer) -> String {
    let rows = answer.others.iter().map(|other| {
        [
            other.amount.to_string(),
            percent(other.power.get()),
            shown(&other.total, |total| thousands(*total)),
            other.days_in_whole_weeks.map_or_else(|| NONE.to_owned(), thousands),
        ]
    });
    table([what, "power", "units in all", "days"], rows.collect())
}

fn detectable(plan: &Plan, detectable: &[DetectableAt]) -> String {
    let rows = detectable.iter().map(|at| {
        let lift = at.effect.and_then(|effect| effect.lift);
        [
            percent(at.power.get()),
            shown(&at.effect, |effect| difference(plan, effect.difference)),
            lift.map_or_else(|_| NONE.to_owned(), |lift| format!("{}%", signed(lift * 100.0))),
        ]
    });
    table(["power", "difference", "of the baseline"], rows.collect())
}

fn needed_of(effect: &EffectPower) -> String {
    let rows = effect.needed.iter().map(|needed| {
        let days = needed.duration.map(|duration| thousands(duration.days_in_whole_weeks));
        [
            percent(needed.power.get()),
            shown(&needed.total, |total| thousands(*total)),
            days.unwrap_or_else(|| NONE.to_owned()),
        ]
    });
    table(["power", "units in all", "days"], rows.collect())
}

fn curve(points: &[PowerPoint]) -> String {
    let rows = points.iter().map(|point| {
        let bar = point.power.map_or_else(|_| String::new(), bar);
        [thousands(point.units), shown(&point.power, |power| percent(*power)), bar]
    });
    table(["units in all", "power", ""], rows.collect())
}

/// One block for each 2.5 %.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 40")]
fn bar(power: f64) -> String {
    "▇".repeat((power * 40.0).round().clamp(0.0, 40.0) as usize)
}

/// `2% of 5% (+0.1000 pp)`.
fn amount(plan: &Plan, amount: Amount, size: f64) -> String {
    let (baseline, size) = (value(plan, plan.baseline.value()), difference(plan, size));
    match amount {
        Amount::Relative(_) => format!("{amount} of {baseline} ({size})"),
        Amount::Absolute(_) => format!("{size} at {baseline}"),
    }
}

/// A value of the metric: a rate in per cent.
fn value(plan: &Plan, value: f64) -> String {
    if plan.baseline.is_rate() { percent(value) } else { plain(value) }
}

/// A difference of values: of rates in percentage points.
fn difference(plan: &Plan, difference: f64) -> String {
    if plan.baseline.is_rate() { format!("{} pp", signed(difference * 100.0)) } else { signed(difference) }
}

fn variant(place: usize, of: usize) -> String {
    match place {
        0 => "control".to_owned(),
        1 if of == 2 => "treatment".to_owned(),
        place => format!("treatment {place}"),
    }
}

/// A number, or why there is none.
fn shown<T>(estimate: &Estimate<T>, format: impl Fn(&T) -> String) -> String {
    estimate.as_ref().map_or_else(|absent| format!("{NONE} ({})", absent.code()), format)
}
