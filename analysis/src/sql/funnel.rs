//! Ordered funnels: which steps a unit reaches.

use super::{
    EventTable, Limits, Measure, SqlError,
    exposed::{exposed, is_mature},
    hits::{Class, Span},
    sums::{Wide, numbers, sums},
    text::interval,
    totals::{Hit, Totals},
};
use crate::plan::{MetricKind, Silent, Step};

/// Sums of the steps that units reach, each 0 or 1. The columns are those of [`Sums`](crate::moments::Sums).
///
/// An event reaches a step where an earlier one reached the step before it, not longer ago than the step allows. Events of
/// one moment count in the order of their steps.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn sums_of_funnel(events: &EventTable<'_>, measure: &Measure<'_>) -> Result<String, SqlError> {
    let MetricKind::Funnel { steps } = &measure.metric.kind else { return Ok(String::new()) };
    let span = Span::of(measure.metric);
    let mut totals = Totals::new(*events);
    let mut hits = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let class = if index == 0 { Class::of_metric(measure.metric) } else { Class::of_step(step) };
        hits.push(totals.hit(class, span)?);
    }
    let reached: Vec<String> =
        (1..=steps.len()).map(|step| format!("max(is_reached_{step}) as total_{step}")).collect();
    let nothing = match measure.metric.silent {
        Silent::Zero => "0",
        Silent::Exclude => "null",
    };
    let columns = (1..=steps.len()).map(|step| {
        format!("case when total_1 = 1 then cast(total_{step} as decimal(38, 6)) else cast({nothing} as decimal(38, 6)) end as wide_0_{step}")
    });
    let wide = [Wide { metric: 0, limits: vec![Limits::default(); steps.len()] }];
    Ok(format!(
        "with {exposed},
{hits},
{steps},
totals as (
  select step_unit as total_unit, {reached}
  from step_{last} group by step_unit
),
wide as (
  select exposed_variant as wide_variant, exposed_epoch as wide_epoch, exposed_day as wide_day,
    exposed_slice as wide_slice, {mature} as is_mature_0,
    case when total_1 = 1 then 0 else 1 end as is_silent_0, 0 as without_value_0, 0 as repeated_0,
    {columns}
  from exposed left join totals on total_unit = exposed_unit
),
{numbers}
{sums}",
        exposed = exposed(events)?,
        hits = totals.hits()?,
        steps = step_tables(steps, &hits),
        reached = reached.join(", "),
        last = steps.len(),
        mature = is_mature(events, span),
        columns = columns.collect::<Vec<_>>().join(",\n    "),
        numbers = numbers(&wide),
        sums = sums(&wide),
    ))
}

/// `step_1`, `step_2`, …: the hits, each with whether it reaches the steps so far. What is looked back for is the last
/// event that reached the step before.
fn step_tables(steps: &[Step], hits: &[Hit]) -> String {
    let first_step: Vec<String> =
        (1..).zip(hits).map(|(step, hit)| format!("when {} then {step}", hit.condition())).collect();
    let kinds: Vec<String> = (1..)
        .zip(hits)
        .map(|(step, hit)| format!("case when {} then 1 else 0 end as is_step_{step}", hit.condition()))
        .collect();
    let mut tables = vec![format!(
        "steps as (
  select hit_unit as step_unit, hit_at as step_at, case {} end as step_order,
    {}
  from hits
),
step_1 as (
  select step_unit, step_at, step_order, {}, is_step_1 as is_reached_1
  from steps where step_order is not null
)",
        first_step.join(" "),
        kinds.join(",\n    "),
        names("is_step", 1, steps.len()),
    )];
    for step in 2..=steps.len() {
        let before = step - 1;
        let in_time = steps[step - 1].within_seconds.map_or_else(String::new, |seconds| {
            format!(" and step_at <= before_{step} + {}", interval(seconds))
        });
        let reached = names("is_reached", 1, before);
        tables.push(format!(
            "looked_back_{step} as (
  select step_unit, step_at, step_order, {kinds}, {reached},
    max(case when is_reached_{before} = 1 then step_at end) over (
      partition by step_unit order by step_at, step_order rows between unbounded preceding and 1 preceding
    ) as before_{step}
  from step_{before}
),
step_{step} as (
  select step_unit, step_at, step_order, {kinds}, {reached},
    case when is_step_{step} = 1 and before_{step} is not null{in_time} then 1 else 0 end as is_reached_{step}
  from looked_back_{step}
)",
            kinds = names("is_step", 1, steps.len()),
        ));
    }
    tables.join(",\n")
}

fn names(prefix: &str, from: usize, to: usize) -> String {
    (from..=to).map(|place| format!("{prefix}_{place}")).collect::<Vec<_>>().join(", ")
}
