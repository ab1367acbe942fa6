//! From the tables of a warehouse to results.

use super::{AnalyzeError, EventsPlan, load, plan};
use edgewise_analysis::{
    analyze::Progress,
    engine::Engine,
    import::Mapping,
    results::Results,
    warehouse::{Asked, Relation, Warehouse},
};
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
}

impl Tables {
    pub(super) async fn analyze(
        &self,
        engine: &dyn Engine,
        progress: Progress<'_>,
    ) -> Result<Results, AnalyzeError> {
        let warehouse = |unit: &str| {
            Warehouse::new(self.relations.clone(), &self.experiment, unit, self.allocation.clone())
        };
        match &self.plan {
            EventsPlan::Project(folder) => {
                let plan = plan::plan(&load(folder)?, &self.experiment)?;
                let (warehouse, asked) = (warehouse(&plan.unit)?, Asked::by(&plan));
                warehouse.analyze(engine, &asked, |_| Ok(plan.clone()), progress).await
            }
            EventsPlan::Named(named) => {
                let mappings = self.relations.iter().map(|(_, mapping)| mapping);
                let properties = mappings.flat_map(Mapping::properties).map(str::to_owned).collect();
                let plan = |variants: &_| Ok(named.plan(&self.experiment, variants, &properties)?);
                // What is asked of the tables does not depend on the variants, which they tell.
                let asked = plan(&BTreeSet::from([named.control.clone()]))?;
                warehouse(&named.unit)?.analyze(engine, &Asked::by(&asked), plan, progress).await
            }
        }
    }
}
