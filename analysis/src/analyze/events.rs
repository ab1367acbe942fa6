//! The table of events that an analysis reads, and what is known of it.

use super::{Analysis, properties::columns_of, properties_of};
use crate::{
    conclude::entries::Entries,
    decimal::Decimal,
    engine::Source,
    error::AnalysisError,
    identities::LinkTable,
    log,
    observed::Observed,
    plan::{Metric, Plan},
    property::PropertyKind,
    results::{AbsentCode, AbsentMetric},
    scan::Table,
    sql::{ASSIGNMENTS, EventTable},
};
use datafusion::arrow::{
    array::RecordBatch,
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use jiff::Timestamp;
use std::{collections::BTreeSet, sync::Arc};

/// The table of events, as [`sql`] asks for it.
const EVENTS: &str = "events";

/// The table of events, and what is known of it.
pub(super) struct Events<'a> {
    pub(super) table: Arc<dyn Table>,
    pub(super) has_unique_ids: bool,
    /// The properties that a column is mapped to; none where every event says its own.
    pub(super) mapped: Option<&'a BTreeSet<String>>,
    /// None where the engine is to take over the rows.
    pub(super) bound: Option<&'a Bound>,
}

impl Events<'_> {
    pub(super) fn name(&self) -> &'static str {
        self.bound.map_or(EVENTS, |bound| bound.events)
    }

    pub(super) fn assignments(&self) -> &'static str {
        self.bound.map_or(ASSIGNMENTS, |bound| bound.assignments)
    }
}

/// Tables that the engine has under names of their own, and what is known of them.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) events: &'static str,
    pub(crate) assignments: &'static str,
    /// Of a triggered analysis: the units that never triggered.
    pub(crate) untriggered: &'static str,
    pub(crate) has_unique_ids: bool,
    /// The properties that a column is mapped to.
    pub(crate) properties: BTreeSet<String>,
    pub(crate) entries: Entries,
}

impl Analysis<'_> {
    pub(super) async fn register_tables(&self) -> Result<(), AnalysisError> {
        self.engine.register_table(EVENTS, Arc::clone(&self.events.table)).await?;
        for table in &self.observed.links {
            self.engine.register(&table.name(), table.source()).await?;
        }
        self.register_units(ASSIGNMENTS, self.observed.assignments.batches.clone()).await
    }

    pub(super) async fn register_units(
        &self,
        table: &str,
        batches: Vec<RecordBatch>,
    ) -> Result<(), AnalysisError> {
        let units = Source::batches(self.observed.assignments.schema.clone(), batches);
        Ok(self.engine.register(table, units).await?)
    }

    /// The events, as they are joined to the units that count.
    pub(super) fn table<'t>(
        &'t self,
        unit_column: &'t str,
        watermark: Option<Timestamp>,
        slice_column: Option<&'t str>,
    ) -> EventTable<'t> {
        EventTable {
            table: self.events.name(),
            unit_column,
            assignments: self.events.assignments(),
            has_unique_ids: self.events.has_unique_ids,
            experiment: &self.plan.experiment,
            verdicts: self.observed.trust.verdicts(),
            watermark_us: watermark.map_or(i64::MIN, Timestamp::as_microsecond),
            links: &self.links,
            lateness_seconds: self.plan.lateness_seconds,
            slice_column,
        }
    }

    /// Why a metric cannot be measured, where nobody said which column holds a property.
    pub(super) fn not_mapped(&self, metric: &Metric) -> Option<AbsentMetric> {
        let mapped = self.events.mapped?;
        let columns = columns_of(metric);
        let missing = columns.iter().find(|column| !mapped.contains(&column.property))?;
        let because = format!(
            "`{}` asks for the property `{}`, and no column is mapped to it: add `properties.{1}=<column>` to --columns",
            metric.id, missing.property
        );
        Some(AbsentMetric { absent: AbsentCode::Refused, because })
    }
}

/// The columns that are asked for where the engine knows the answers, and no row is there.
pub(super) fn schema_without_rows(observed: &Observed, plan: &Plan) -> SchemaRef {
    let linked = observed.links.iter().map(LinkTable::column);
    let texts = linked.map(|column| Field::new(column, DataType::Utf8, true));
    let properties = properties_of(plan).into_iter().map(|column| {
        let data_type = match column.kind {
            PropertyKind::Number => DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE.cast_signed()),
            PropertyKind::Text => DataType::Utf8,
        };
        Field::new(column.name(), data_type, true)
    });
    let own = log::schema(&BTreeSet::new());
    let own = own.fields().iter().map(|field| field.as_ref().clone());
    Arc::new(Schema::new(own.chain(texts).chain(properties).collect::<Vec<_>>()))
}
