//! From the tables of a warehouse to results.

use super::{AnalyzeError, EventsPlan, load, plan};
use edgewise_analysis::{
    analyze::Progress,
    engine::Engine,
    import::Mapping,
    results::Results,
    warehouse::{Asked, Relation, Warehouse},
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What lies in a warehouse, and by which plan it is analysed.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Where the plan comes from.
    pub plan: EventsPlan,
    /// Each table with its mapping.
    pub relations: Vec<(Relation, Mapping)>,
    /// The experiment's id.
    pub experiment: String,
    /// Variant to its share; empty: equal shares.
    pub allocation: BTreeMap<String, f64>,
    /// The moment after which nothing has happened yet. None: all has.
    pub at: Option<Timestamp>,
}

impl Tables {
    pub(super) async fn analyze(
        &self,
        engine: &dyn Engine,
        progress: Progress<'_>,
    ) -> Result<Results, AnalyzeError> {
        let warehouse = |unit: &str| {
            let (relations, allocation) = (self.relations.clone(), self.allocation.clone());
            Warehouse::new(relations, &self.experiment, unit, allocation, self.at)
        };
        match &self.plan {
            EventsPlan::Project(folder) => {
                let plan = plan::plan(&load(folder)?, &self.experiment)?;
                let warehouse = warehouse(&plan.unit)?;
                warehouse.analyze(engine, &Asked::by(&plan), |_| Ok(plan.clone()), progress).await
            }
            EventsPlan::Named(named) => {
                let warehouse = warehouse(&named.unit)?;
                let properties = warehouse.properties();
                let plan = |variants: &BTreeSet<String>| {
                    Ok::<_, AnalyzeError>(named.plan(&self.experiment, variants, &properties)?)
                };
                // What is asked does not depend on the variants.
                let before = plan(&[named.control.clone()].into())?;
                warehouse.analyze(engine, &Asked::by(&before), plan, progress).await
            }
        }
    }
}
