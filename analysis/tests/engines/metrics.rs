//! A metric of every kind, with everything that changes its SQL.

use edgewise_analysis::plan::{
    Cap, Comparator, Denominator, EventType, Filter, FilterValue, Metric, MetricKind, Silent, Step,
    ValueSource,
};

const DAY: u64 = 86_400;

fn price() -> ValueSource {
    ValueSource::Property("price".to_owned())
}

fn filter(property: &str, is: Comparator, value: FilterValue) -> Filter {
    Filter { property: property.to_owned(), is, value }
}

fn text(is: Comparator) -> Filter {
    filter("channel", is, FilterValue::Text("web".to_owned()))
}

fn number(is: Comparator) -> Filter {
    filter("price", is, FilterValue::Number("0.5".to_owned()))
}

fn step(event: &str, within_seconds: Option<u64>) -> Step {
    Step {
        name: event.to_owned(),
        event: event.to_owned(),
        event_type: EventType::Track,
        filters: Vec::new(),
        within_seconds,
    }
}

pub(crate) fn metrics() -> Vec<Metric> {
    let value = || ValueSource::Value;
    let sessions = Denominator {
        event: "view".to_owned(),
        event_type: EventType::Track,
        filters: vec![text(Comparator::NotEqual)],
        value: None,
    };
    let prices = Denominator {
        event: "cart".to_owned(),
        value: Some(price()),
        filters: Vec::new(),
        ..sessions.clone()
    };
    let of = |kind, event: &str| Metric::new("m", kind, event);
    let windowed = |metric: Metric| Metric { window_seconds: Some(2 * DAY), ..metric };
    let before = |metric: Metric| Metric { covariate_seconds: Some(2 * DAY), ..metric };
    let excluding = |metric: Metric| Metric { silent: Silent::Exclude, ..metric };
    let capped = |cap, metric: Metric| Metric { cap: Some(cap), ..metric };
    let quantiles = Cap::Quantiles { lower: Some(0.05), upper: Some(0.9) };
    let within = |value| MetricKind::AverageWithin { value, at_least: Some(0.25), below: Some(2.0) };
    let trend = |value| MetricKind::TrendWithin { value, at_least: Some(-0.25), below: Some(0.5) };
    let funnel = |within| MetricKind::Funnel {
        steps: vec![step("view", None), step("cart", within), step("purchase", within)],
    };
    let mut all = vec![
        windowed(of(MetricKind::Binary, "purchase")),
        before(windowed(of(MetricKind::Count, "view"))),
        before(excluding(windowed(of(MetricKind::Continuous { value: value() }, "purchase")))),
        before(capped(quantiles, windowed(of(MetricKind::Continuous { value: price() }, "purchase")))),
        capped(
            Cap::At { lower: Some(0.0), upper: Some(1.5) },
            of(MetricKind::Continuous { value: value() }, "cart"),
        ),
        of(MetricKind::Highest { value: value() }, "cart"),
        excluding(of(MetricKind::Lowest { value: price() }, "cart")),
        before(windowed(of(MetricKind::Ratio { value: Some(value()), denominator: sessions }, "purchase"))),
        before(capped(quantiles, of(MetricKind::Ratio { value: None, denominator: prices }, "view"))),
        windowed(of(within(value()), "view")),
        windowed(of(trend(value()), "view")),
        excluding(of(trend(price()), "cart")),
        windowed(of(MetricKind::Quantile { value: value(), level: 0.9 }, "purchase")),
        of(MetricKind::Quantile { value: price(), level: 0.5 }, "cart"),
        windowed(of(funnel(Some(DAY)), "view")),
        excluding(of(funnel(None), "view")),
    ];
    for (metric, filters) in all.iter_mut().zip([
        vec![text(Comparator::Equal)],
        vec![number(Comparator::AtLeast), text(Comparator::NotEqual)],
        vec![number(Comparator::Below)],
    ]) {
        metric.filters = filters;
    }
    all[1].delay_seconds = DAY / 2;
    all[5].event_type = EventType::Feedback;
    for (index, metric) in all.iter_mut().enumerate() {
        metric.id = format!("m{index}");
    }
    all
}
