use super::*;
use crate::plan::{Comparator, Denominator, EventType, Filter, FilterValue, Step, ValueSource};

fn events() -> EventTable<'static> {
    EventTable {
        table: "events",
        unit_column: "unit_user",
        assignments: ASSIGNMENTS,
        has_unique_ids: false,
        experiment: "x",
        verdicts: &["verified"],
        watermark_us: 1_767_571_200_000_000,
        links: &[],
        lateness_seconds: None,
        slice_column: Some("attribute_0"),
    }
}

fn metrics() -> Vec<Metric> {
    let value = || ValueSource::Value;
    let price = || ValueSource::Property("price".to_owned());
    let filter = Filter {
        property: "channel".to_owned(),
        is: Comparator::Equal,
        value: FilterValue::Text("web".to_owned()),
    };
    let denominator = Denominator {
        event: "session".to_owned(),
        event_type: EventType::Track,
        filters: vec![filter.clone()],
        value: None,
    };
    let step = |event: &str, within_seconds| Step {
        name: event.to_owned(),
        event: event.to_owned(),
        event_type: EventType::Track,
        filters: Vec::new(),
        within_seconds,
    };
    let kinds = [
        MetricKind::Binary,
        MetricKind::Count,
        MetricKind::Continuous { value: price() },
        MetricKind::Highest { value: value() },
        MetricKind::Ratio { value: Some(value()), denominator },
        MetricKind::AverageWithin { value: value(), at_least: Some(0.5), below: None },
        MetricKind::TrendWithin { value: value(), at_least: None, below: Some(0.0) },
        MetricKind::Quantile { value: value(), level: 0.9 },
        MetricKind::Funnel { steps: vec![step("view", None), step("purchase", Some(3600))] },
    ];
    let metric = |kind| Metric {
        window_seconds: Some(604_800),
        filters: vec![filter.clone()],
        covariate_seconds: Some(86_400),
        ..Metric::new("m", kind, "purchase")
    };
    kinds.into_iter().map(metric).collect()
}

fn texts(events: &EventTable<'_>, metrics: &[Metric]) -> Vec<String> {
    let mut texts = vec![
        latest_arrival("events").unwrap(),
        daily_events(events).unwrap(),
        sums_of_units(&UnitTable { table: "units", number_column: "number_0" }).unwrap(),
    ];
    for metric in metrics {
        let measure = Measure::new(metric);
        texts.push(coverage_of_events(events, &[metric]).unwrap());
        match metric.kind {
            MetricKind::Quantile { .. } => {
                texts.push(limits_of_quantile(events, &measure).unwrap());
                texts.push(clusters_of_quantile(events, &measure, &[]).unwrap());
            }
            MetricKind::Funnel { .. } => texts.push(sums_of_funnel(events, &measure).unwrap()),
            _ => {
                texts.push(sums_of_events(events, &[measure]).unwrap());
                texts.push(levels_of_values(events, &measure, 1, &[Decimal::default()], true).unwrap());
                texts.push(bins_of_values(events, &measure, &[Decimal::default(), Decimal::MAX]).unwrap());
            }
        }
    }
    texts
}

/// The columns of the tables that a query reads. An alias that is one of them means something else on ClickHouse.
const COLUMNS: [&str; 22] = [
    "experiment",
    "unit",
    "epoch",
    "bucket",
    "variant",
    "first_ts",
    "verdict",
    "entry_day",
    "attribute_0",
    "id",
    "type",
    "ts",
    "received_at",
    "tenant",
    "name",
    "value",
    "raw",
    "unit_user",
    "link_from",
    "link_unit",
    "number_0",
    "exposure_type",
];

#[test]
fn no_alias_is_a_column() {
    let links = [("links_device".to_owned(), "unit_device".to_owned())];
    let linked = EventTable { links: &links, lateness_seconds: Some(3600), has_unique_ids: true, ..events() };
    for text in texts(&events(), &metrics()).into_iter().chain(texts(&linked, &metrics())) {
        let words: Vec<&str> =
            text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
        let aliases = words.windows(2).filter(|pair| pair[0] == "as").map(|pair| pair[1]);
        for alias in aliases {
            assert!(!COLUMNS.contains(&alias), "the alias {alias} is a column in\n{text}");
        }
        for word in ["avg", "/", "median", "distinct", "filter"] {
            assert!(!text.contains(word), "{word} in\n{text}");
        }
    }
}

#[test]
fn names_are_quoted_or_refused() {
    let odd = EventTable { unit_column: "unit_App User", ..events() };
    let metric = &metrics()[0];
    let text = sums_of_events(&odd, &[Measure::new(metric)]).unwrap();
    assert!(text.contains("e.\"unit_App User\" = exposed_unit"), "{text}");
    let worse = EventTable { unit_column: "unit\"; drop", ..events() };
    assert!(sums_of_events(&worse, &[Measure::new(metric)]).is_err());
    let wrong = Metric { event: "a\\b".to_owned(), ..metric.clone() };
    assert!(coverage_of_events(&events(), &[&wrong]).is_err());
}

#[test]
fn what_two_metrics_need_is_there_once() {
    let revenue = Metric::new("revenue", MetricKind::Continuous { value: ValueSource::Value }, "purchase");
    let again = Metric { id: "again".to_owned(), ..revenue.clone() };
    let text = sums_of_events(&events(), &[Measure::new(&revenue), Measure::new(&again)]).unwrap();
    assert_eq!(
        text.matches("sum(case when is_event_1 = 1 and in_span_1 = 1 then hit_value_1 end)").count(),
        1
    );
}
