//! Whom to ask for, when, and what the host says about the draw itself.

use edgewise_core::{
    Epoch, Ruleset, Sticky, Unit, Value,
    json::{JsonContext, walk},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Somebody to ask for: unit ids under the names of the ruleset's unit types, attributes under all others.
///
/// A unit id is a string of 1 to 1,024 bytes or an integer within ±(2⁵³ − 1), which counts as its decimal. An attribute
/// is anything that JSON has, nested as deeply as you like.
///
/// ```
/// use edgewise_client::Context;
/// use serde_json::json;
///
/// let context = Context::new().with("user", "u_42").with("country", "IN").with("app", json!({"version": "2.5.1"}));
/// let same: Context = json!({"user": "u_42", "country": "IN", "app": {"version": "2.5.1"}}).into();
/// assert_eq!(context, same);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    pub(crate) values: Map<String, Json>,
    pub(crate) sticky: Vec<StickyRecord>,
    pub(crate) forced: BTreeMap<String, String>,
    pub(crate) nonce: Option<String>,
    pub(crate) counters: BTreeMap<String, u64>,
    pub(crate) now: Option<Timestamp>,
}

/// What a unit was given before, for experiments that keep it: hosts store it and hand it in again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StickyRecord {
    /// The experiment's id.
    pub experiment: String,
    /// Which run of the experiment it was.
    pub iteration: u32,
    /// The variant's id.
    pub variant: String,
    /// The epoch in which the variant was drawn: 16 hexadecimal digits.
    pub epoch: String,
}

impl Context {
    /// Nobody in particular.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a unit id or an attribute.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// Hands in what was kept of the unit: of the valid records in a layer the first counts.
    #[must_use]
    pub fn sticky(mut self, records: impl IntoIterator<Item = StickyRecord>) -> Self {
        self.sticky.extend(records);
        self
    }

    /// Gives the unit a variant, because somebody with the right to do so wants to see it. That is no exposure.
    #[must_use]
    pub fn force(mut self, experiment: impl Into<String>, variant: impl Into<String>) -> Self {
        self.forced.insert(experiment.into(), variant.into());
        self
    }

    /// What experiments draw from that randomise calls rather than units: another one for each call.
    #[must_use]
    pub fn nonce(mut self, nonce: impl Into<String>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// The number of the call, for an experiment whose variants take turns.
    #[must_use]
    pub fn counter(mut self, experiment: impl Into<String>, calls_before: u64) -> Self {
        self.counters.insert(experiment.into(), calls_before);
        self
    }

    /// The time that experiments go by; by default that of the clock.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }
}

/// The members of a JSON object. Anything else is nobody in particular.
impl From<Json> for Context {
    fn from(json: Json) -> Self {
        let values = if let Json::Object(values) = json { values } else { Map::new() };
        Self { values, ..Self::default() }
    }
}

/// A context in the words of one ruleset. What it says of experiments and variants that the ruleset does not know is
/// left out.
#[derive(Debug)]
pub(crate) struct Asking<'c> {
    context: &'c Context,
    json: JsonContext<'c>,
    sticky: Vec<Sticky>,
    forced: BTreeMap<usize, usize>,
    counters: BTreeMap<usize, u64>,
}

impl<'c> Asking<'c> {
    pub(crate) fn new<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, context: &'c Context) -> Self {
        let index =
            |experiment: &str| ruleset.find_experiment(experiment).map(edgewise_core::Experiment::index);
        let forced = context.forced.iter().filter_map(|(experiment, variant)| {
            let experiment = ruleset.find_experiment(experiment)?;
            Some((experiment.index(), experiment.find_variant(variant)?.index()))
        });
        let counters = context.counters.iter().filter_map(|(id, counter)| Some((index(id)?, *counter)));
        Self {
            context,
            json: JsonContext::new(ruleset, &context.values),
            sticky: context.sticky.iter().filter_map(|record| record.known_to(ruleset)).collect(),
            forced: forced.collect(),
            counters: counters.collect(),
        }
    }

    /// What was handed in.
    pub(crate) fn given(&self) -> &'c Context {
        self.context
    }

    /// The id of the unit type with this index, where there is a valid one.
    pub(crate) fn unit_id(&self, unit_type: usize) -> Option<&str> {
        self.json.unit_id(unit_type)
    }

    /// The ids that the context holds, by unit type, as events carry them.
    pub(crate) fn units<B: AsRef<[u8]>>(&self, ruleset: &Ruleset<B>) -> BTreeMap<String, String> {
        let ids = ruleset.unit_types().enumerate();
        ids.filter_map(|(index, name)| Some((name.to_owned(), self.unit_id(index)?.to_owned()))).collect()
    }

    /// An attribute as a replay needs it: null is absent, an empty object is something no condition looks into.
    pub(crate) fn replayed<'p>(&self, path: impl Iterator<Item = &'p str>) -> Json {
        let nothing_to_look_into = || Json::Object(Map::new());
        match walk(&self.context.values, path) {
            None => Json::Null,
            Some(Json::Array(items)) if !items.iter().all(Json::is_string) => nothing_to_look_into(),
            Some(Json::Object(_)) => nothing_to_look_into(),
            Some(value) => value.clone(),
        }
    }
}

impl edgewise_core::Context for Asking<'_> {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        self.json.unit(unit_type)
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        self.json.attribute(attribute)
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        self.sticky.get(nth).copied()
    }

    fn forced(&self, experiment: usize) -> Option<usize> {
        self.forced.get(&experiment).copied()
    }

    fn nonce(&self) -> Option<&[u8]> {
        self.context.nonce.as_deref().map(str::as_bytes).filter(|nonce| !nonce.is_empty())
    }

    fn counter(&self, experiment: usize) -> Option<u64> {
        self.counters.get(&experiment).copied()
    }
}

impl StickyRecord {
    fn known_to<B: AsRef<[u8]>>(&self, ruleset: &Ruleset<B>) -> Option<Sticky> {
        let experiment = ruleset.find_experiment(&self.experiment)?;
        let variant = experiment.find_variant(&self.variant)?.index();
        let epoch: Epoch = self.epoch.parse().ok()?;
        Some(Sticky { experiment: experiment.index(), iteration: self.iteration, variant, epoch })
    }
}
