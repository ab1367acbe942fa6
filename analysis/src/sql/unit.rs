//! From a unit's totals to its numbers.

use super::{
    Measure, SqlError,
    hits::{Class, Span, value_column},
    text::number,
    totals::{Hit, Totals},
};
use crate::{
    decimal::Decimal,
    plan::{MetricKind, Silent, ValueSource},
};

/// The numbers of a unit for one metric, as expressions over the totals.
pub(super) struct Numbers {
    /// Each a `decimal(38, 6)` or an integer; null leaves the unit out.
    pub(super) expressions: Vec<String>,
    /// Whether the unit has no events for the metric.
    pub(super) is_silent: String,
    /// The time in which its events count.
    pub(super) span: Span,
    /// Events without a value.
    pub(super) without_value: String,
    /// Events that came again.
    pub(super) repeated: String,
}

/// One number of a unit in one time.
struct Side {
    /// Null where there is nothing.
    number: String,
    /// Whether there is anything.
    any: String,
    without_value: Option<String>,
    hit: Hit,
}

/// What a unit's numbers are for a metric that totals can tell; none for the other kinds.
pub(super) fn numbers<'a>(
    totals: &mut Totals<'a>,
    measure: &Measure<'a>,
) -> Result<Option<Numbers>, SqlError> {
    let metric = measure.metric;
    let after = Span::of(metric);
    let mut times = vec![after];
    times.extend(metric.covariate_seconds.map(|seconds| Span::Before { seconds }));
    let (mut numbers, mut sides) = (Vec::new(), Vec::new());
    for time in times {
        let Some(own) = side(totals, measure, time)? else { return Ok(None) };
        let mut both = vec![own];
        if let MetricKind::Ratio { denominator, .. } = &metric.kind {
            both.push(amount(totals, Class::of_denominator(denominator), denominator.value.as_ref(), time)?);
        }
        sides.push(both);
    }
    let any: Vec<&str> = sides[0].iter().map(|side| side.any.as_str()).collect();
    let any = any.join(" or ");
    let silent = match metric.silent {
        Silent::Zero => "0",
        Silent::Exclude => "null",
    };
    for side in &sides[0] {
        let nothing = if sides[0].len() > 1 {
            format!("coalesce({}, {ZERO})", side.number)
        } else {
            side.number.clone()
        };
        numbers.push(format!("case when {any} then {nothing} else {} end", typed(silent)));
    }
    for side in sides.iter().skip(1).flatten() {
        numbers.push(or_left_out(metric.silent, &any, &format!("coalesce({}, {ZERO})", side.number)));
    }
    // Whether there is history; a ratio has its denominator for that.
    if let ([_, before], false) = (sides.as_slice(), matches!(metric.kind, MetricKind::Ratio { .. })) {
        let has_history = format!("case when {} then {ONE} else {ZERO} end", before[0].any);
        numbers.push(or_left_out(metric.silent, &any, &has_history));
    }
    let hits: Vec<Hit> = sides[0].iter().map(|side| side.hit).collect();
    let missing: Vec<String> = sides[0].iter().filter_map(|side| side.without_value.clone()).collect();
    let repeated: Vec<String> =
        hits.into_iter().map(|hit| format!("coalesce({}, 0)", totals.repeated(hit))).collect();
    Ok(Some(Numbers {
        expressions: numbers,
        is_silent: format!("case when {any} then 0 else 1 end"),
        span: after,
        without_value: if missing.is_empty() { "0".to_owned() } else { missing.join(" + ") },
        repeated: repeated.join(" + "),
    }))
}

const ZERO: &str = "cast(0 as decimal(38, 6))";
const ONE: &str = "cast(1 as decimal(38, 6))";

fn typed(silent: &str) -> String {
    format!("cast({silent} as decimal(38, 6))")
}

/// What is known from before the exposure counts for the units that count.
fn or_left_out(silent: Silent, any: &str, number: &str) -> String {
    match silent {
        Silent::Zero => number.to_owned(),
        Silent::Exclude => format!("case when {any} then {number} end"),
    }
}

fn side<'a>(totals: &mut Totals<'a>, measure: &Measure<'a>, time: Span) -> Result<Option<Side>, SqlError> {
    let metric = measure.metric;
    let class = Class::of_metric(metric);
    Ok(Some(match &metric.kind {
        MetricKind::Binary => {
            let count = amount(totals, class, None, time)?;
            Side { number: format!("case when {} then {ONE} end", count.any), ..count }
        }
        MetricKind::Count => amount(totals, class, None, time)?,
        MetricKind::Continuous { value } => amount(totals, class, Some(value), time)?,
        MetricKind::Ratio { value, .. } => amount(totals, class, value.as_ref(), time)?,
        MetricKind::Highest { value } => extreme(totals, class, "max", value, time)?,
        MetricKind::Lowest { value } => extreme(totals, class, "min", value, time)?,
        MetricKind::AverageWithin { value, at_least, below } => {
            let own = amount(totals, class, Some(value), time)?;
            let column = totals.column(&value_column(value)?);
            let count = totals.total("count", own.hit, &column);
            let bound = |limit: Decimal| format!("cast({count} as decimal(18, 0)) * {}", number(limit));
            within(own, bound, *at_least, *below)?
        }
        MetricKind::TrendWithin { value, at_least, below } => {
            trend(totals, class, value, (*at_least, *below), time)?
        }
        MetricKind::Quantile { .. } | MetricKind::Funnel { .. } => return Ok(None),
    }))
}

/// The sum of the events' values, or how many there are.
fn amount<'a>(
    totals: &mut Totals<'a>,
    class: Class<'a>,
    value: Option<&ValueSource>,
    time: Span,
) -> Result<Side, SqlError> {
    let Some(value) = value else {
        let hit = totals.hit(class, time)?;
        let count = totals.total("count", hit, "1");
        let any = format!("coalesce({count}, 0) > 0");
        return Ok(Side {
            number: format!("cast({count} as decimal(38, 6))"),
            any,
            without_value: None,
            hit,
        });
    };
    extreme(totals, class, "sum", value, time)
}

/// An aggregate of the events' values.
fn extreme<'a>(
    totals: &mut Totals<'a>,
    class: Class<'a>,
    function: &str,
    value: &ValueSource,
    time: Span,
) -> Result<Side, SqlError> {
    let hit = totals.hit(class, time)?;
    let column = totals.column(&value_column(value)?);
    let total = totals.total(function, hit, &column);
    let missing = match time {
        Span::After { .. } => {
            let missing = totals.total("count", hit, &format!("case when {column} is null then 1 end"));
            Some(format!("coalesce({missing}, 0)"))
        }
        Span::Before { .. } => None,
    };
    Ok(Side {
        number: format!("cast({total} as decimal(38, 6))"),
        any: format!("{total} is not null"),
        without_value: missing,
        hit,
    })
}

/// 1 where the number lies between the limits, as `bound` makes of them what it is compared with.
fn within(
    side: Side,
    bound: impl Fn(Decimal) -> String,
    at_least: Option<f64>,
    below: Option<f64>,
) -> Result<Side, SqlError> {
    let mut conditions = vec![side.any.clone()];
    for (limit, sign) in [(at_least, ">="), (below, "<")] {
        if let Some(limit) = limit {
            conditions.push(format!("{} {sign} {}", side.number, bound(decimal(limit)?)));
        }
    }
    let number = format!("case when {} then {ONE} else {ZERO} end", conditions.join(" and "));
    Ok(Side { number, ..side })
}

/// The shortest decimal that is this float, to six places.
fn decimal(limit: f64) -> Result<Decimal, SqlError> {
    Decimal::from_json(&format!("{limit:e}")).map_err(|_| SqlError { name: limit.to_string() })
}

/// The most events of which a trend is told: so many still fit the integers that the slope is compared in, since
/// n·Σi² < 50,000⁴/3 < 2⁶³.
const MOST_RANKED: u32 = 50_000;

/// Whether the slope (n·Σiv − Σi·Σv) / (n·Σi² − (Σi)²) of the values v over their ranks i lies between the limits. The
/// divisor is positive, so that it multiplies the limits.
fn trend<'a>(
    totals: &mut Totals<'a>,
    class: Class<'a>,
    value: &ValueSource,
    (at_least, below): (Option<f64>, Option<f64>),
    time: Span,
) -> Result<Side, SqlError> {
    let hit = totals.hit(class, time)?;
    let column = totals.column(&value_column(value)?);
    let rank = totals.rank();
    let n = totals.total("count", hit, "1");
    let ranks = totals.total("sum", hit, rank);
    let squares = totals.total("sum", hit, &format!("{rank} * {rank}"));
    let values = totals.total("sum", hit, &column);
    let products = totals.total("sum", hit, &format!("cast({rank} as decimal(10, 0)) * {column}"));
    let slope = format!(
        "cast({n} as decimal(7, 0)) * cast({products} as decimal(30, 6)) - cast({ranks} as decimal(12, 0)) * cast({values} as decimal(25, 6))"
    );
    let divisor = format!("cast({n} * {squares} - {ranks} * {ranks} as decimal(19, 0))");
    let own = Side { number: slope, any: format!("coalesce({n}, 0) > 1"), without_value: None, hit };
    let side = within(own, |limit| format!("{divisor} * {}", number(limit)), at_least, below)?;
    let number = format!(
        "case when {n} > {MOST_RANKED} then cast('1000000000000' as decimal(38, 6)) else {} end",
        side.number
    );
    Ok(Side { number, ..side })
}
