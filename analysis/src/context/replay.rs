//! An exposure as a context.

use crate::event::{AttributeValue, Exposure};
use edgewise_core::{Context, Experiment, Ruleset, Sticky, Unit, Value, json::Held};
use std::collections::BTreeMap;

/// What an exposure kept for its replay: unit ids, the attributes that decided, and what the host handed in.
#[derive(Clone, Debug)]
pub struct ReplayContext<'a> {
    units: Vec<Unit<'a>>,
    attributes: Vec<Held<'a>>,
    sticky: Vec<Sticky>,
    nonce: Option<&'a [u8]>,
    /// The experiment that the counter is of, by index.
    counter: Option<(usize, u64)>,
}

impl<'a> ReplayContext<'a> {
    /// The context of a replay on `ruleset`.
    ///
    /// `units` are those of the event: unit type to id. Attributes that the exposure does not hold are absent. Sticky
    /// records of experiments and variants that the ruleset does not know are left out, as hosts leave them out.
    pub fn new<B: AsRef<[u8]>>(
        ruleset: &Ruleset<B>,
        exposure: &'a Exposure,
        units: &'a BTreeMap<String, String>,
    ) -> Self {
        let id = |unit_type| {
            if unit_type == exposure.unit_type { Some(&exposure.unit) } else { units.get(unit_type) }
        };
        let unit = |unit_type| id(unit_type).map_or(Unit::Missing, |id| Unit::new(id.as_bytes()));
        let experiment = ruleset.find_experiment(&exposure.experiment);
        Self {
            units: ruleset.unit_types().map(unit).collect(),
            attributes: ruleset
                .attributes()
                .map(|attribute| held(exposure.attributes.get(attribute.name())))
                .collect(),
            sticky: exposure.sticky.iter().filter_map(|record| record.known_to(ruleset)).collect(),
            nonce: exposure.nonce.as_deref().map(str::as_bytes),
            counter: experiment.map(Experiment::index).zip(exposure.counter),
        }
    }
}

impl Context for ReplayContext<'_> {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        self.units.get(unit_type).copied().unwrap_or(Unit::Missing)
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        self.attributes.get(attribute).map_or(Value::Absent, Held::value)
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        self.sticky.get(nth).copied()
    }

    fn nonce(&self) -> Option<&[u8]> {
        self.nonce
    }

    fn counter(&self, experiment: usize) -> Option<u64> {
        self.counter.filter(|(of, _)| *of == experiment).map(|(_, counter)| counter)
    }
}

fn held(value: Option<&AttributeValue>) -> Held<'_> {
    Held::As(match value {
        None | Some(AttributeValue::Absent) => Value::Absent,
        Some(AttributeValue::Bool(value)) => Value::Bool(*value),
        Some(AttributeValue::Number(value)) => Value::Number(*value),
        Some(AttributeValue::String(text)) => Value::String(text.as_bytes()),
        Some(AttributeValue::List(items)) => return Held::list(items.iter().map(|item| Some(item.as_str()))),
        Some(AttributeValue::Other) => Value::Other,
    })
}
