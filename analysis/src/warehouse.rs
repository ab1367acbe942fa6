//! Exposures and events that lie in a warehouse: counted where they are, by the portable SQL.
//!
//! What [`import`](crate::import) does to the rows of files is done here by `select`s that an engine binds to names
//! ([`Engine::bind`]): rows in the words of events, the first exposure of each unit, the table of events. They read what
//! the mapping names and write nothing; only a few rows a variant and a day come back. No replay is possible, so that
//! all exposures are `unverifiable`.
//!
//! ```text
//! relations ──mapping──▶ rows ─┬─▶ sightings ──▶ assignments ─┐
//!                              └─▶ events ────────────────────┴─▶ moments
//! ```

mod counted;
mod relation;
mod selects;

pub use relation::{Relation, RelationError};

use crate::{
    analyze::{Bound, Progress, Stage, analyze_bound, properties_of},
    engine::Engine,
    error::AnalysisError,
    import::{Field, Mapping},
    plan::{Filter, FilterValue, Plan, Trigger},
    property::PropertyColumn,
    results::Results,
    rows::ImportError,
    sql, units,
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The names that the engine binds. No table of a warehouse is called so.
const ROWS: &str = "edgewise_rows";
const SIGHTINGS: &str = "edgewise_sightings";
const FIRSTS: &str = "edgewise_firsts";
const TRIGGERS: &str = "edgewise_triggers";
const EVENTS: &str = "edgewise_events";
const ASSIGNMENTS: &str = "edgewise_assignments";
const UNTRIGGERED: &str = "edgewise_untriggered";

/// What lies where in a warehouse, and for which experiment it is read.
#[derive(Clone, Debug)]
pub struct Warehouse {
    relations: Vec<(Relation, Mapping)>,
    experiment: String,
    unit: String,
    allocation: BTreeMap<String, f64>,
    until: Option<Timestamp>,
}

/// What the plan asks of the rows; known before the variants are.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    properties: BTreeSet<PropertyColumn>,
    dimensions: &'a [String],
    trigger: Option<&'a Trigger>,
}

impl<'a> Asked<'a> {
    /// What this plan asks.
    pub fn by(plan: &'a Plan) -> Self {
        Self { properties: properties_of(plan), dimensions: &plan.dimensions, trigger: plan.trigger.as_ref() }
    }
}

impl Warehouse {
    /// Relations with what stands in which of their columns. `unit` is the unit type that the experiment draws;
    /// `allocation` is variant to its share in any unit, and empty for equal shares; rows after `until` are not there.
    ///
    /// # Errors
    /// Where a mapping lacks what every event needs, or says the ids of some events and not of others.
    pub fn new(
        relations: Vec<(Relation, Mapping)>,
        experiment: &str,
        unit: &str,
        allocation: BTreeMap<String, f64>,
        until: Option<Timestamp>,
    ) -> Result<Self, ImportError> {
        for (relation, mapping) in &relations {
            mapping.check(Path::new(&relation.to_string()), unit)?;
        }
        let has_id = |mapping: &Mapping| mapping.position(&Field::Id).is_some();
        let mut of_events = relations.iter().filter(|(_, mapping)| mapping.position(&Field::Name).is_some());
        let with = of_events.clone().any(|(_, mapping)| has_id(mapping));
        if let (true, Some((relation, _))) = (with, of_events.find(|(_, mapping)| !has_id(mapping))) {
            return Err(ImportError::BadMapping(format!(
                "{relation}: other tables say the ids of their events; add `id=<column>` to --columns, or leave it out everywhere"
            )));
        }
        Ok(Self { relations, experiment: experiment.to_owned(), unit: unit.to_owned(), allocation, until })
    }

    /// Analyses the experiment. `plan` makes the plan of the variants that the exposures name; `asked` is what it will
    /// ask.
    ///
    /// # Errors
    /// Where a name cannot be asked for, the engine fails, rows lack what they must have, there is no plan, or the
    /// engine [waits](Engine::waiting) for answers.
    pub async fn analyze<E: From<AnalysisError>>(
        &self,
        engine: &dyn Engine,
        asked: &Asked<'_>,
        plan: impl FnOnce(&BTreeSet<String>) -> Result<Plan, E>,
        progress: Progress<'_>,
    ) -> Result<Results, E> {
        progress(Stage::Verifying);
        let counted = self.count(engine, asked).await?;
        let plan = plan(&counted.variants())?;
        let shares = units::shares(&self.allocation, &plan.variants).map_err(AnalysisError::from)?;
        let bound = Bound {
            events: EVENTS,
            assignments: ASSIGNMENTS,
            untriggered: UNTRIGGERED,
            has_unique_ids: !self.has_ids(),
            properties: self.properties(),
            entries: counted.entries(),
        };
        let observed = counted.observed(shares);
        let results = analyze_bound(engine, &bound, observed, &plan, progress).await?;
        if engine.waiting() > 0 { Err(AnalysisError::Unanswered.into()) } else { Ok(results) }
    }

    /// Binds the names and counts what the exposures add up to.
    async fn count(&self, engine: &dyn Engine, asked: &Asked<'_>) -> Result<counted::Counted, AnalysisError> {
        if let Some(trigger) = asked.trigger {
            let mapped = self.properties();
            let is_own = |filter: &Filter| {
                filter.property == "value" && matches!(filter.value, FilterValue::Number(_))
            };
            let missing = |filter: &&Filter| !is_own(filter) && !mapped.contains(&filter.property);
            if let Some(filter) = trigger.filters.iter().find(missing) {
                return Err(AnalysisError::from(ImportError::BadMapping(format!(
                    "the trigger `{}` asks for the property `{1}`: add `properties.{1}=<column>` to --columns",
                    trigger.event, filter.property
                ))));
            }
        }
        for (name, select) in self.selects(asked)? {
            engine.bind(name, &select).await?;
        }
        let answers = counted::Answers {
            rows: engine.query(selects::ROWS_BY_KIND).await?,
            exposures: engine.query(selects::EXPOSURES_BY_VARIANT).await?,
            units: engine.query(&selects::units_by_day(FIRSTS)).await?,
            triggered: match asked.trigger {
                Some(_) => Some(engine.query(&selects::units_by_day(ASSIGNMENTS)).await?),
                None => None,
            },
        };
        // It is asked again where it is needed; here, so that whoever is asked by hand is asked for it as well.
        engine.query(&sql::latest_arrival(EVENTS)?).await?;
        if engine.waiting() > 0 {
            return Err(AnalysisError::Unanswered);
        }
        answers.read(self.has_ids())
    }

    /// The mapping says the ids of events.
    fn has_ids(&self) -> bool {
        let is_of_events = |mapping: &Mapping| mapping.position(&Field::Name).is_some();
        self.relations
            .iter()
            .any(|(_, mapping)| is_of_events(mapping) && mapping.position(&Field::Id).is_some())
    }

    /// The properties that a column is mapped to.
    pub fn properties(&self) -> BTreeSet<String> {
        self.relations.iter().flat_map(|(_, mapping)| mapping.properties()).map(str::to_owned).collect()
    }
}
