//! The same sums by loops over rows: a second implementation, which knows no SQL.

use crate::world::{Event, HOUR, START, Unit, World};
use edgewise_analysis::{
    moments::Sums,
    plan::{Comparator, EventType, Filter, FilterValue, Metric, MetricKind, Silent, ValueSource},
};
use std::collections::{BTreeMap, BTreeSet};

/// How events are looked at.
pub(crate) struct View {
    pub(crate) watermark_us: i64,
    pub(crate) lateness_seconds: Option<u64>,
    pub(crate) by_platform: bool,
}

const MILLION: i128 = 1_000_000;

/// A unit's numbers and what was counted on the way; no numbers leave the unit out.
#[derive(Default)]
struct Numbers {
    numbers: Option<Vec<i128>>,
    silent: bool,
    without_value: u64,
    repeated: u64,
}

pub(crate) fn sums(world: &World, metric: &Metric, view: &View) -> Vec<Sums> {
    let mut groups: BTreeMap<(String, String, String, String), Sums> = BTreeMap::new();
    for unit in world.units.iter().filter(|unit| unit.verdict == "verified") {
        let slice = if view.by_platform { unit.platform.unwrap_or("") } else { "" };
        let key = (unit.variant.into(), unit.epoch.into(), unit.day(), slice.to_owned());
        let width = width(metric);
        let sums = groups.entry(key.clone()).or_insert_with(|| Sums {
            variant: key.0,
            epoch: key.1,
            day: key.2,
            slice: key.3,
            sums: vec![0; width],
            products: vec![0; width * (width + 1) / 2],
            largest: vec![0; width],
            ..Sums::default()
        });
        let ends = metric.window_seconds.map(|window| {
            unit.first_us + micros(metric.delay_seconds + window + view.lateness_seconds.unwrap_or(0))
        });
        let begins = (metric.delay_seconds > 0)
            .then(|| unit.first_us + micros(metric.delay_seconds + view.lateness_seconds.unwrap_or(0)));
        if ends.or(begins).is_some_and(|ends| ends > view.watermark_us) {
            continue;
        }
        add(sums, &numbers_of(world, unit, metric, view));
    }
    groups.into_values().filter(|sums| sums.units_seen > 0).collect()
}

fn add(sums: &mut Sums, unit: &Numbers) {
    sums.units_seen += 1;
    sums.units_silent += u64::from(unit.silent);
    sums.events_without_value += unit.without_value;
    sums.events_repeated += unit.repeated;
    let Some(numbers) = &unit.numbers else { return };
    sums.units_counted += 1;
    let mut place = 0;
    for (i, x) in numbers.iter().enumerate() {
        sums.sums[i] += x;
        sums.largest[i] = sums.largest[i].max(x.unsigned_abs());
        for y in &numbers[i..] {
            sums.products[place] += x * y;
            place += 1;
        }
    }
}

fn width(metric: &Metric) -> usize {
    let before = usize::from(metric.covariate_seconds.is_some());
    match &metric.kind {
        MetricKind::Funnel { steps } => steps.len(),
        MetricKind::Ratio { .. } => 2 + 2 * before,
        _ => 1 + 2 * before,
    }
}

fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap() * 1_000_000
}

/// The events of a unit of some kind in some time, each once, in their order.
struct Found<'a> {
    events: Vec<&'a Event>,
    repeated: u64,
}

fn of_kind<'a>(
    world: &'a World,
    unit: &Unit,
    (name, event_type, filters): (&str, EventType, &[Filter]),
    (from, to): (i64, i64),
    arrived_by: i64,
) -> Found<'a> {
    let mut seen = BTreeSet::new();
    let all = world.events.iter().filter(|event| {
        event.unit.as_ref() == Some(&unit.id)
            && event.name == name
            && event.event_type == event_type.as_str()
            && event.ts_us >= from
            && event.ts_us < to
            && event.received_us <= arrived_by
            && filters.iter().all(|filter| passes(event, filter))
    });
    let all: Vec<&Event> = all.collect();
    let events: Vec<&Event> = all.iter().copied().filter(|event| seen.insert(event.id)).collect();
    Found { repeated: (all.len() - events.len()) as u64, events }
}

fn passes(event: &Event, filter: &Filter) -> bool {
    match &filter.value {
        FilterValue::Text(text) => event.channel.is_some_and(|channel| match filter.is {
            Comparator::Equal => channel == text,
            _ => channel != text,
        }),
        FilterValue::Number(number) => {
            let limit: i128 = number.parse::<i128>().unwrap() * MILLION;
            event.price.is_some_and(|price| match filter.is {
                Comparator::Equal => price == limit,
                Comparator::NotEqual => price != limit,
                Comparator::Above => price > limit,
                Comparator::AtLeast => price >= limit,
                Comparator::Below => price < limit,
                Comparator::AtMost => price <= limit,
            })
        }
    }
}

fn value(event: &Event, source: &ValueSource) -> Option<i128> {
    match source {
        ValueSource::Value => event.value,
        ValueSource::Property(_) => event.price,
    }
}

/// From when to when a unit's events count, and when they must have arrived.
fn time(unit: &Unit, metric: &Metric, view: &View) -> ((i64, i64), i64) {
    let from = unit.first_us + micros(metric.delay_seconds);
    let to = metric.window_seconds.map_or(i64::MAX, |window| from + micros(window));
    let by = metric.window_seconds.and(view.lateness_seconds).map_or(i64::MAX, |late| to + micros(late));
    ((from, to), by)
}

fn numbers_of(world: &World, unit: &Unit, metric: &Metric, view: &View) -> Numbers {
    let (after, by) = time(unit, metric, view);
    if let MetricKind::Funnel { .. } = metric.kind {
        return funnel(world, unit, metric, after, by);
    }
    let mut all = Numbers::default();
    let now = sides(world, unit, metric, after, by, Some(&mut all));
    let any = now.iter().any(Option::is_some);
    all.silent = !any;
    if !any && metric.silent == Silent::Exclude {
        return all;
    }
    let mut numbers: Vec<i128> = now.iter().map(|side| side.unwrap_or(0)).collect();
    if let Some(seconds) = metric.covariate_seconds {
        let before = (unit.first_us - micros(seconds), unit.first_us);
        let before = sides(world, unit, metric, before, i64::MAX, None);
        numbers.extend(before.iter().map(|side| side.unwrap_or(0)));
        if !matches!(metric.kind, MetricKind::Ratio { .. }) {
            numbers.push(if before[0].is_some() { MILLION } else { 0 });
        }
    }
    all.numbers = Some(numbers);
    all
}

/// The number of the metric, or its numerator and denominator; none without events.
fn sides(
    world: &World,
    unit: &Unit,
    metric: &Metric,
    time: (i64, i64),
    by: i64,
    mut counts: Option<&mut Numbers>,
) -> Vec<Option<i128>> {
    let own = (metric.event.as_str(), metric.event_type, metric.filters.as_slice());
    let mut side = |class, source: Option<&ValueSource>, of: &dyn Fn(&[i128], usize) -> Option<i128>| {
        let found = of_kind(world, unit, class, time, by);
        let values: Vec<i128> = match source {
            Some(source) => {
                let mut ordered: Vec<(i64, i128)> = found
                    .events
                    .iter()
                    .filter_map(|event| Some((event.ts_us, value(event, source)?)))
                    .collect();
                ordered.sort_unstable();
                ordered.into_iter().map(|(_, value)| value).collect()
            }
            None => Vec::new(),
        };
        if let Some(counts) = &mut counts {
            counts.repeated += found.repeated;
            if source.is_some() {
                counts.without_value += (found.events.len() - values.len()) as u64;
            }
        }
        of(&values, found.events.len())
    };
    let sum = |values: &[i128], _: usize| (!values.is_empty()).then(|| values.iter().sum());
    let count = |_: &[i128], events: usize| (events > 0).then_some(events as i128 * MILLION);
    match &metric.kind {
        MetricKind::Binary => vec![side(own, None, &|_, events| (events > 0).then_some(MILLION))],
        MetricKind::Count => vec![side(own, None, &count)],
        MetricKind::Continuous { value } => vec![side(own, Some(value), &sum)],
        MetricKind::Highest { value } => {
            vec![side(own, Some(value), &|values, _| values.iter().max().copied())]
        }
        MetricKind::Lowest { value } => {
            vec![side(own, Some(value), &|values, _| values.iter().min().copied())]
        }
        MetricKind::Ratio { value, denominator } => {
            let above = match value {
                Some(value) => side(own, Some(value), &sum),
                None => side(own, None, &count),
            };
            let class = (denominator.event.as_str(), denominator.event_type, denominator.filters.as_slice());
            let below = match &denominator.value {
                Some(value) => side(class, Some(value), &sum),
                None => side(class, None, &count),
            };
            vec![above, below]
        }
        MetricKind::AverageWithin { value, at_least, below } => {
            let within = |values: &[i128], _: usize| {
                let (sum, n) = (values.iter().sum::<i128>(), values.len() as i128);
                (n > 0).then(|| if lies_within(sum, n, *at_least, *below) { MILLION } else { 0 })
            };
            vec![side(own, Some(value), &within)]
        }
        MetricKind::TrendWithin { value, at_least, below } => {
            let within = |values: &[i128], _: usize| {
                let n = values.len() as i128;
                let ranks: i128 = (1..=n).sum();
                let squares: i128 = (1..=n).map(|rank| rank * rank).sum();
                let products: i128 = (1..=n).zip(values).map(|(rank, value)| rank * value).sum();
                let slope = n * products - ranks * values.iter().sum::<i128>();
                let divisor = n * squares - ranks * ranks;
                (n > 1).then(|| if lies_within(slope, divisor, *at_least, *below) { MILLION } else { 0 })
            };
            vec![side(own, Some(value), &within)]
        }
        MetricKind::Quantile { .. } | MetricKind::Funnel { .. } => {
            unreachable!("they have tests of their own")
        }
    }
}

/// Whether above / below lies between the limits, which are quarters here.
fn lies_within(above: i128, below: i128, at_least: Option<f64>, under: Option<f64>) -> bool {
    #[allow(clippy::cast_possible_truncation, reason = "quarters in millionths are whole")]
    let exact = |limit: f64| (limit * 1e6) as i128;
    at_least.is_none_or(|limit| above >= exact(limit) * below)
        && under.is_none_or(|limit| above < exact(limit) * below)
}

/// Steps by trying every chain of events.
fn funnel(world: &World, unit: &Unit, metric: &Metric, after: (i64, i64), by: i64) -> Numbers {
    let MetricKind::Funnel { steps } = &metric.kind else { unreachable!() };
    let mut reached: Vec<i128> = Vec::new();
    let mut ends: Vec<i64> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let class = if index == 0 {
            (metric.event.as_str(), metric.event_type, metric.filters.as_slice())
        } else {
            (step.event.as_str(), step.event_type, step.filters.as_slice())
        };
        let found = of_kind(world, unit, class, after, by);
        let moments = found.events.iter().map(|event| event.ts_us);
        let limit = step.within_seconds.map_or(i64::MAX - START - 1_000_000 * HOUR, micros);
        let next: Vec<i64> = moments
            .filter(|ts| index == 0 || ends.iter().any(|end| ts >= end && *ts <= end + limit))
            .collect();
        reached.push(if next.is_empty() { 0 } else { MILLION });
        ends = next;
    }
    let silent = reached[0] == 0;
    let left_out = silent && metric.silent == Silent::Exclude;
    Numbers { numbers: (!left_out).then_some(reached), silent, ..Numbers::default() }
}
