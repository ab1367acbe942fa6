//! A JSON object as a context: names that are unit types are unit ids, everything else is an attribute.

use edgewise_core::{Context, DIRECTIVE_BYTES, Experiment, RECORD_BYTES, Ruleset, Sticky, Unit, Value};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The greatest integer that JavaScript holds exactly, 2^53 - 1.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// What a host says beside the object of ids and attributes: by names, as the JavaScript package takes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Directives {
    sticky: Vec<StickyRecord>,
    forced: BTreeMap<String, String>,
    nonce: String,
    counters: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
struct StickyRecord {
    experiment: String,
    iteration: u32,
    variant: String,
    epoch: String,
}

/// Unit ids and attributes of one JSON object, and directives, by their index in one ruleset.
#[derive(Debug)]
pub(crate) struct JsonContext {
    units: Vec<UnitId>,
    attributes: Vec<Held>,
    sticky: Vec<Sticky>,
    forced: BTreeMap<usize, usize>,
    nonce: String,
    counters: BTreeMap<usize, u64>,
}

/// The value of an attribute.
#[derive(Debug)]
enum Held {
    Absent,
    Bool(bool),
    Number(f64),
    String(String),
    /// Each one's length as `u32`, little-endian, and then its bytes.
    List(Vec<u8>),
    Other,
}

/// What a JSON value is as a unit id.
#[derive(Debug, PartialEq)]
pub(crate) enum UnitId {
    Missing,
    Invalid,
    Id(String),
}

impl JsonContext {
    /// The part of a JSON object that the ruleset looks at; no directives.
    pub(crate) fn new<B: AsRef<[u8]>>(json: &Json, ruleset: &Ruleset<B>) -> Self {
        Self::with(json, &Directives::default(), ruleset)
    }

    /// The part of a JSON object and of the directives beside it that the ruleset knows.
    pub(crate) fn with<B: AsRef<[u8]>>(json: &Json, directives: &Directives, ruleset: &Ruleset<B>) -> Self {
        let experiment = |id: &String| ruleset.find_experiment(id);
        let forced = directives.forced.iter().filter_map(|(id, variant)| {
            let experiment = experiment(id)?;
            Some((experiment.index(), variant_index(experiment, variant)?))
        });
        let counters = directives.counters.iter();
        Self {
            units: ruleset.unit_types().map(|name| UnitId::of(json.get(name))).collect(),
            attributes: ruleset.attributes().map(|attribute| Held::at(json, attribute.path())).collect(),
            sticky: directives.sticky.iter().filter_map(|record| record.known(ruleset)).collect(),
            forced: forced.collect(),
            nonce: directives.nonce.clone(),
            counters: counters
                .filter_map(|(id, counter)| Some((experiment(id)?.index(), *counter)))
                .collect(),
        }
    }

    /// The same context as the bytes that [`edgewise_core::EncodedContext`] reads.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let records = self.units.len() + self.attributes.len();
        let mut bytes = vec![0; (records + 1) * RECORD_BYTES];
        let units = (0..self.units.len()).map(|index| match self.unit(index) {
            Unit::Missing => Value::Absent,
            Unit::Invalid => Value::Other,
            Unit::Id(id) => Value::String(id),
        });
        let attributes = (0..self.attributes.len()).map(|index| self.attribute(index));
        for (index, value) in units.chain(attributes).enumerate() {
            let record = encode(value, &mut bytes);
            bytes[index * RECORD_BYTES..][..RECORD_BYTES].copy_from_slice(&record);
        }
        let nonce = append(self.nonce.as_bytes(), &mut bytes);
        let directives = self.directives();
        let [start, _] = append(&directives.concat(), &mut bytes);
        let last = [start, word(directives.len()), nonce[0], nonce[1]].concat();
        bytes[records * RECORD_BYTES..][..RECORD_BYTES].copy_from_slice(&last);
        bytes
    }

    /// Kind, experiment, variant, iteration, and the epoch or the counter.
    fn directives(&self) -> Vec<[u8; DIRECTIVE_BYTES]> {
        let directive = |kind: u32, experiment: usize, variant: usize, iteration: u32, number: u64| {
            let mut directive = [0; DIRECTIVE_BYTES];
            directive[0..4].copy_from_slice(&kind.to_le_bytes());
            directive[4..8].copy_from_slice(&word(experiment));
            directive[8..12].copy_from_slice(&word(variant));
            directive[12..16].copy_from_slice(&iteration.to_le_bytes());
            directive[16..24].copy_from_slice(&number.to_le_bytes());
            directive
        };
        let forced =
            self.forced.iter().map(|(experiment, variant)| directive(2, *experiment, *variant, 0, 0));
        let counters =
            self.counters.iter().map(|(experiment, counter)| directive(3, *experiment, 0, 0, *counter));
        let sticky = self.sticky.iter().map(|record| {
            directive(1, record.experiment, record.variant, record.iteration, record.epoch.to_u64())
        });
        // Kinds may come in any order.
        forced.chain(sticky).chain(counters).collect()
    }
}

impl Context for JsonContext {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        match &self.units[unit_type] {
            UnitId::Missing => Unit::Missing,
            UnitId::Invalid => Unit::Invalid,
            UnitId::Id(id) => Unit::new(id.as_bytes()),
        }
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        match &self.attributes[attribute] {
            Held::Absent => Value::Absent,
            Held::Bool(value) => Value::Bool(*value),
            Held::Number(number) => Value::Number(*number),
            Held::String(text) => Value::String(text.as_bytes()),
            Held::List(list) => Value::List(list),
            Held::Other => Value::Other,
        }
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        self.sticky.get(nth).copied()
    }

    fn forced(&self, experiment: usize) -> Option<usize> {
        self.forced.get(&experiment).copied()
    }

    fn nonce(&self) -> Option<&[u8]> {
        Some(self.nonce.as_bytes()).filter(|nonce| !nonce.is_empty())
    }

    fn counter(&self, experiment: usize) -> Option<u64> {
        self.counters.get(&experiment).copied()
    }
}

impl StickyRecord {
    /// None where the ruleset does not know the experiment or the variant.
    fn known<B: AsRef<[u8]>>(&self, ruleset: &Ruleset<B>) -> Option<Sticky> {
        let experiment = ruleset.find_experiment(&self.experiment)?;
        Some(Sticky {
            experiment: experiment.index(),
            iteration: self.iteration,
            variant: variant_index(experiment, &self.variant)?,
            epoch: self.epoch.parse().unwrap(),
        })
    }
}

fn variant_index(experiment: Experiment<'_>, id: &str) -> Option<usize> {
    experiment.variants().position(|variant| variant.id() == id)
}

impl UnitId {
    /// A string of 1 to 1,024 bytes as it is, a safe integer as its decimal; anything else is no id.
    pub(crate) fn of(json: Option<&Json>) -> Self {
        match json {
            None | Some(Json::Null) => Self::Missing,
            Some(Json::String(id)) if (1..=1024).contains(&id.len()) => Self::Id(id.clone()),
            Some(Json::Number(number)) => Self::of_number(number.as_f64().unwrap_or(f64::NAN)),
            Some(_) => Self::Invalid,
        }
    }

    fn of_number(number: f64) -> Self {
        if number.fract() != 0.0 || number.is_nan() || number.abs() > MAX_SAFE_INTEGER {
            return Self::Invalid;
        }
        // Adding 0 makes -0 a plain 0; a whole number is written without a point.
        Self::Id(format!("{}", number + 0.0))
    }
}

impl Held {
    /// What lies at the end of a path of object keys.
    fn at<'n>(json: &Json, path: impl Iterator<Item = &'n str>) -> Self {
        let found = path.into_iter().try_fold(json, |json, name| json.as_object()?.get(name));
        match found {
            None | Some(Json::Null) => Self::Absent,
            Some(Json::Bool(value)) => Self::Bool(*value),
            Some(Json::Number(number)) => number.as_f64().map_or(Self::Other, Self::Number),
            Some(Json::String(text)) => Self::String(text.clone()),
            Some(Json::Array(items)) => Self::of_list(items),
            Some(Json::Object(_)) => Self::Other,
        }
    }

    /// A list that holds anything but strings is nothing that a condition can look into.
    fn of_list(items: &[Json]) -> Self {
        let strings: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
        strings.map_or(Self::Other, |strings| {
            Self::List(
                strings.iter().flat_map(|text| [&word(text.len())[..], text.as_bytes()].concat()).collect(),
            )
        })
    }
}

/// One record; a string or list is appended to `bytes`.
fn encode(value: Value<'_>, bytes: &mut Vec<u8>) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    match value {
        Value::Absent => {}
        Value::Bool(value) => record[0] = 1 + u8::from(value),
        Value::Number(number) => {
            record[0] = 3;
            record[8..16].copy_from_slice(&number.to_le_bytes());
        }
        Value::String(text) | Value::List(text) => {
            record[0] = if matches!(value, Value::List(_)) { 6 } else { 4 };
            let [start, length] = append(text, bytes);
            record[4..8].copy_from_slice(&length);
            record[8..12].copy_from_slice(&start);
        }
        Value::Other => record[0] = 5,
    }
    record
}

/// Where the appended bytes begin, and how many they are.
fn append(more: &[u8], bytes: &mut Vec<u8>) -> [[u8; 4]; 2] {
    let start = word(bytes.len());
    bytes.extend_from_slice(more);
    [start, word(more.len())]
}

fn word(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}
