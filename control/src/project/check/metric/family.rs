//! Kinds that make several metrics: answers, and the scores of a session's turns.

use super::{filter, number};
use crate::project::{
    MetricFamily,
    folder::File,
    problem::Problem,
    wire::{ConditionFile, ConstantFile, MetricFile},
};
use edgewise_analysis::plan::{
    Comparator, Denominator, Direction, Filter, FilterValue, Metric, MetricKind, Silent,
};

/// What comes with the share of positive answers.
pub(super) const OF_FEEDBACK: [&str; 2] = ["neutral", "negative"];

/// What comes with the average of turns' scores.
pub(super) const OF_SESSIONS: [&str; 6] = ["high", "low", "improving", "declining", "positive", "negative"];

/// The least average that is positive, and the one below which it is negative, for scores from -1 to 1: the labels of
/// common sentiment scales begin there.
const POSITIVE: f64 = 0.2;
const NEGATIVE: f64 = -0.2;

/// The change with each turn that is a trend: it makes the second half of ten turns 0.1 better than the first, which is
/// what a difference between halves is commonly taken for.
const TREND: f64 = 0.02;

/// The shares of positive, neutral and negative answers among all.
pub(super) fn feedback(
    file: &File<MetricFile>,
    base: &Metric,
    problems: &mut Vec<Problem>,
) -> Option<MetricFamily> {
    let wire = &file.wire;
    number::own_value(file, base.event_type, problems);
    let answer = wire.value.as_deref().unwrap_or("value");
    if wire.positive.is_some() != wire.negative.is_some() {
        let (given, other) =
            if wire.positive.is_some() { ("positive", "negative") } else { ("negative", "positive") };
        let problem =
            file.error(file.place().key(given), format!("and which answers are {other}?"), "only this");
        problems.push(
            problem.help(format!("add `{other}:`, or remove `{given}` to go by the sign of the value")),
        );
        return None;
    }
    let mut given = |condition: &Option<ConditionFile>, key: &str| {
        let condition = condition.as_ref()?;
        Some(filter::condition_on(answer, condition, file.place(), key, file, problems))
    };
    let positive = given(&wire.positive, "positive");
    let negative = given(&wire.negative, "negative");
    let neutral = given(&wire.neutral, "neutral");
    let zero = |is| vec![Filter { property: answer.to_owned(), is, value: FilterValue::Number("0".into()) }];
    let positive = positive.unwrap_or_else(|| zero(Comparator::Above));
    let negative = negative.unwrap_or_else(|| zero(Comparator::Below));
    let neutral = match (neutral, &positive[..], &negative[..]) {
        (Some(neutral), ..) => neutral,
        (None, [positive], [negative]) => vec![opposite(positive), opposite(negative)],
        (None, ..) => {
            let problem = file.error(file.place().key("positive"), "and which answers are neutral?", "");
            problems.push(problem.help("add `neutral:`: it is not what lies between two single comparisons"));
            return None;
        }
    };
    let denominator = Denominator {
        event: base.event.clone(),
        event_type: base.event_type,
        filters: base.filters.clone(),
        value: None,
    };
    let share = |id: String, filters: Vec<Filter>, direction| Metric {
        id,
        kind: MetricKind::Ratio { value: None, denominator: denominator.clone() },
        filters: base.filters.iter().cloned().chain(filters).collect(),
        direction,
        ..base.clone()
    };
    Some(MetricFamily {
        head: share(base.id.clone(), positive, Direction::Increase),
        members: vec![
            share(format!("{}.neutral", base.id), neutral, Direction::Decrease),
            share(format!("{}.negative", base.id), negative, Direction::Decrease),
        ],
    })
}

/// The average of all turns' scores, and what a session's turns say together.
pub(super) fn session(
    file: &File<MetricFile>,
    base: Metric,
    problems: &mut Vec<Problem>,
) -> Option<MetricFamily> {
    let wire = &file.wire;
    number::own_value(file, base.event_type, problems);
    let positive = limit(wire.positive.as_ref(), "positive", POSITIVE, file, problems)?;
    let negative = limit(wire.negative.as_ref(), "negative", NEGATIVE, file, problems)?;
    if negative > positive {
        let field = if wire.negative.is_some() { "negative" } else { "positive" };
        let message =
            format!("an average could be negative (below {negative}) and positive (from {positive}) at once");
        let problem = file.error(file.place().key(field), message, "they overlap");
        problems.push(problem.help("write a `negative` that is not above `positive`"));
    }
    let trend = wire.trend.unwrap_or(TREND);
    if !(trend > 0.0 && trend.is_finite()) {
        let problem = file.error(
            file.place().key("trend"),
            format!("{trend} is no change with each turn"),
            "not above 0",
        );
        problems.push(problem.help("write how much the score changes with each turn, such as `0.02`"));
    }
    let value = || number::source(wire.value.as_deref());
    let member = |name: &str, kind, direction| Metric {
        id: format!("{}.{name}", base.id),
        kind,
        direction,
        silent: Silent::Exclude,
        ..base.clone()
    };
    let trend_within = |at_least, below| MetricKind::TrendWithin { value: value(), at_least, below };
    let average_within = |at_least, below| MetricKind::AverageWithin { value: value(), at_least, below };
    let [high, low, improving, declining, is_positive, is_negative] = OF_SESSIONS;
    let members = vec![
        member(high, MetricKind::Highest { value: value() }, Direction::Increase),
        member(low, MetricKind::Lowest { value: value() }, Direction::Increase),
        member(improving, trend_within(Some(trend), None), Direction::Increase),
        member(declining, trend_within(None, Some(-trend)), Direction::Decrease),
        member(is_positive, average_within(Some(positive), None), Direction::Increase),
        member(is_negative, average_within(None, Some(negative)), Direction::Decrease),
    ];
    let denominator = Denominator {
        event: base.event.clone(),
        event_type: base.event_type,
        filters: base.filters.clone(),
        value: None,
    };
    let kind = MetricKind::Ratio { value: Some(value()), denominator };
    Some(MetricFamily { head: Metric { kind, ..base }, members })
}

/// What does not pass a filter but has the property.
fn opposite(filter: &Filter) -> Filter {
    let is = match filter.is {
        Comparator::Equal => Comparator::NotEqual,
        Comparator::NotEqual => Comparator::Equal,
        Comparator::Above => Comparator::AtMost,
        Comparator::AtLeast => Comparator::Below,
        Comparator::Below => Comparator::AtLeast,
        Comparator::AtMost => Comparator::Above,
    };
    Filter { is, ..filter.clone() }
}

/// A limit of averages: a number. None: reported.
fn limit(
    given: Option<&ConditionFile>,
    field: &str,
    default: f64,
    file: &File<MetricFile>,
    problems: &mut Vec<Problem>,
) -> Option<f64> {
    match given {
        None => Some(default),
        Some(ConditionFile::Constant(ConstantFile::Number(limit))) => Some(*limit),
        Some(_) => {
            let message = format!("`{field}` of a session is a limit of its average score");
            let problem = file.error(file.place().key(field), message, "no number");
            problems.push(problem.help(format!("write a number, such as `{default}`")));
            None
        }
    }
}
