//! A plan of metrics that are spelled by the events that they are made of, for events without a project.
//!
//! | spelled | means |
//! |---|---|
//! | `purchase` | events of this name; where numbers are asked for, their values |
//! | `purchase:value` | their values |
//! | `purchase:tax` | their property `tax` |
//! | `click/view` | a ratio: so many clicks a view |
//! | `purchase:value/visit` | a ratio: value a visit |
//! | `latency@p95` | a quantile of all events' values |
//! | `latency:ms@p95` | a quantile of their property `ms` |
//!
//! The last colon, and in a ratio the only slash, divides: `shop:buy:value` are the values of the event `shop:buy`.

use edgewise_analysis::{
    plan::{Denominator, EventType, Metric, MetricKind, Plan, PlannedMetric, Role, ValueSource},
    rows::ImportError,
};
use std::collections::BTreeSet;

/// A plan whose metrics are spelled by their events.
#[derive(Clone, Debug)]
pub struct NamedPlan {
    /// The unit type.
    pub unit: String,
    /// The variant that the others are compared with.
    pub control: String,
    /// The metrics.
    pub metrics: Vec<NamedMetric>,
    /// How long after its first exposure a unit's events count. None: until the data end.
    pub window_seconds: Option<u64>,
    /// How long before its first exposure the same events make the covariate. None: no covariate.
    pub covariate_seconds: Option<u64>,
    /// Properties of exposures that results are split by.
    pub dimensions: Vec<String>,
    /// The level.
    pub alpha: f64,
}

/// A metric that is spelled by its events.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedMetric {
    spelling: String,
    event: String,
    kind: MetricKind,
}

/// Why a spelling is no metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMetric {
    /// There is no event.
    #[error(
        "it names no event: write an event's name, such as `purchase`, or `purchase:tax` for its property `tax`"
    )]
    Event,
    /// A ratio has two sides.
    #[error(
        "a ratio is NUMERATOR/DENOMINATOR with one slash: `click/view` divides the numbers of events, `purchase:value/visit` the sum of their values; names that have a slash take a project's metric"
    )]
    Ratio,
    /// A quantile has a level.
    #[error("a quantile is NAME@LEVEL, with a level between p0 and p100: `latency@p95`, `latency:ms@p99.9`")]
    Quantile,
}

impl NamedMetric {
    /// Whether a unit has any such event.
    ///
    /// # Errors
    /// Where the name is empty.
    pub fn binary(name: &str) -> Result<Self, NoMetric> {
        Self::new(name, name, MetricKind::Binary)
    }

    /// How many such events a unit has.
    ///
    /// # Errors
    /// Where the name is empty.
    pub fn count(name: &str) -> Result<Self, NoMetric> {
        Self::new(name, name, MetricKind::Count)
    }

    /// The sum of such events' values, or of a property.
    ///
    /// # Errors
    /// Where no event is named.
    pub fn continuous(spelling: &str) -> Result<Self, NoMetric> {
        let (event, value) = event_and_value(spelling)?;
        let value = value.unwrap_or(ValueSource::Value);
        Self::new(spelling, event, MetricKind::Continuous { value })
    }

    /// A quotient of two totals: of numbers of events, or of what they hold.
    ///
    /// # Errors
    /// Where it has not two sides.
    pub fn ratio(spelling: &str) -> Result<Self, NoMetric> {
        let (above, below) = spelling.split_once('/').ok_or(NoMetric::Ratio)?;
        if below.contains('/') {
            return Err(NoMetric::Ratio);
        }
        let (event, value) = event_and_value(above)?;
        let (under, divided_by) = event_and_value(below)?;
        let denominator = Denominator {
            event: under.to_owned(),
            event_type: EventType::Track,
            filters: Vec::new(),
            value: divided_by,
        };
        Self::new(spelling, event, MetricKind::Ratio { value, denominator })
    }

    /// A quantile of the values of all events, or of a property.
    ///
    /// # Errors
    /// Where it has no level.
    pub fn quantile(spelling: &str) -> Result<Self, NoMetric> {
        let (of, level) = spelling.rsplit_once('@').ok_or(NoMetric::Quantile)?;
        let level = level.strip_prefix('p').and_then(share_of_hundred).ok_or(NoMetric::Quantile)?;
        let (event, value) = event_and_value(of)?;
        let value = value.unwrap_or(ValueSource::Value);
        Self::new(spelling, event, MetricKind::Quantile { value, level })
    }

    fn new(spelling: &str, event: &str, kind: MetricKind) -> Result<Self, NoMetric> {
        let (spelling, event) = (spelling.to_owned(), event.to_owned());
        if event.is_empty() { Err(NoMetric::Event) } else { Ok(Self { spelling, event, kind }) }
    }

    fn word(&self) -> &'static str {
        match self.kind {
            MetricKind::Binary => "binary",
            MetricKind::Count => "count",
            MetricKind::Ratio { .. } => "ratio",
            MetricKind::Quantile { .. } => "quantile",
            _ => "continuous",
        }
    }
}

impl NamedPlan {
    /// The plan, once the variants are known, and the properties that have a column.
    ///
    /// # Errors
    /// Where the control is none of the variants, or a dimension none of the properties.
    pub(super) fn plan(
        &self,
        experiment: &str,
        variants: &BTreeSet<String>,
        properties: &BTreeSet<String>,
    ) -> Result<Plan, ImportError> {
        if let Some(unmapped) = self.dimensions.iter().find(|dimension| !properties.contains(*dimension)) {
            return Err(ImportError::BadMapping(format!(
                "no column is mapped to the dimension `{unmapped}`: add `properties.{unmapped}=<column>` to --columns"
            )));
        }
        let variants: Vec<String> = variants.iter().cloned().collect();
        if !variants.contains(&self.control) {
            return Err(ImportError::NoControl { control: self.control.clone(), variants });
        }
        let mut metrics: Vec<PlannedMetric> = Vec::new();
        for (place, named) in self.metrics.iter().enumerate() {
            // What is asked for twice is one metric.
            if !self.metrics[..place].contains(named) {
                metrics.push(PlannedMetric::new(self.metric(named), Role::Secondary));
            }
        }
        let plan = Plan::new(experiment, &self.unit, &self.control, variants, metrics, self.alpha);
        Ok(Plan { dimensions: self.dimensions.clone(), ..plan })
    }

    /// A metric that is called as it is spelled; where another kind is spelled alike, with its kind.
    fn metric(&self, named: &NamedMetric) -> Metric {
        let is_alone = !self.metrics.iter().any(|other| other.spelling == named.spelling && other != named);
        let id =
            if is_alone { named.spelling.clone() } else { format!("{} ({})", named.spelling, named.word()) };
        let takes_covariate = !matches!(named.kind, MetricKind::Quantile { .. });
        Metric {
            window_seconds: self.window_seconds,
            covariate_seconds: self.covariate_seconds.filter(|_| takes_covariate),
            ..Metric::new(id, named.kind.clone(), &named.event)
        }
    }
}

/// The event of `NAME` or `NAME:PROPERTY`, and what of it is meant, where it is said.
fn event_and_value(text: &str) -> Result<(&str, Option<ValueSource>), NoMetric> {
    let (event, value) = match text.rsplit_once(':') {
        None => (text, None),
        Some((event, "value")) => (event, Some(ValueSource::Value)),
        Some((_, "")) => return Err(NoMetric::Event),
        Some((event, property)) => (event, Some(ValueSource::Property(property.to_owned()))),
    };
    if event.is_empty() { Err(NoMetric::Event) } else { Ok((event, value)) }
}

/// `95` as 0.95, by its digits: the number that is nearest to what is written.
fn share_of_hundred(text: &str) -> Option<f64> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 2 || !are_digits(whole) || !are_digits(places) {
        return None;
    }
    let share: f64 = format!("0.{whole:0>2}{places}").parse().ok()?;
    (share > 0.0).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(metrics: Vec<NamedMetric>) -> Plan {
        let named = NamedPlan {
            unit: "user".into(),
            control: "a".into(),
            metrics,
            window_seconds: Some(60),
            covariate_seconds: Some(120),
            dimensions: Vec::new(),
            alpha: 0.05,
        };
        named.plan("tone", &BTreeSet::from(["a".to_owned(), "b".to_owned()]), &BTreeSet::new()).unwrap()
    }

    #[test]
    fn metrics_are_called_as_they_are_spelled_and_by_their_kind_where_two_are_alike() {
        let metrics = vec![
            NamedMetric::binary("buy").unwrap(),
            NamedMetric::count("buy").unwrap(),
            NamedMetric::count("buy").unwrap(),
            NamedMetric::continuous("buy:tax").unwrap(),
        ];
        let plan = plan(metrics);
        let ids: Vec<&str> = plan.metrics.iter().map(|planned| planned.metric.id.as_str()).collect();
        assert_eq!(ids, ["buy (binary)", "buy (count)", "buy:tax"]);
    }

    #[test]
    fn spellings_say_what_is_divided() {
        let ratio = |spelling: &str| match NamedMetric::ratio(spelling).unwrap() {
            NamedMetric { event, kind: MetricKind::Ratio { value, denominator }, .. } => {
                (event, value, denominator.event, denominator.value)
            }
            other => panic!("{other:?}"),
        };
        let property = |name: &str| Some(ValueSource::Property(name.to_owned()));
        assert_eq!(ratio("click/view"), ("click".into(), None, "view".into(), None));
        assert_eq!(ratio("buy:value/view"), ("buy".into(), Some(ValueSource::Value), "view".into(), None));
        assert_eq!(
            ratio("shop:buy:tax/shop:buy:value"),
            ("shop:buy".into(), property("tax"), "shop:buy".into(), Some(ValueSource::Value))
        );
        for wrong in ["click", "click/", "/view", "a/b/c", ":value/b", "a:/b"] {
            assert!(NamedMetric::ratio(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn levels_are_read_by_their_digits() {
        for (text, expected) in
            [("50", Some(0.5)), ("5", Some(0.05)), ("99.9", Some(0.999)), ("95", Some(0.95)), ("0", None)]
        {
            assert_eq!(share_of_hundred(text), expected, "{text}");
        }
        for wrong in ["100", "", "9x", "-5", "95.x", "+5"] {
            assert_eq!(share_of_hundred(wrong), None, "{wrong}");
        }
        let latency = NamedMetric::quantile("latency:ms@p95").unwrap();
        let value = ValueSource::Property("ms".into());
        assert_eq!(latency.kind, MetricKind::Quantile { value, level: 0.95 });
        assert_eq!(plan(vec![latency]).metrics[0].metric.covariate_seconds, None, "a quantile has none");
    }
}
