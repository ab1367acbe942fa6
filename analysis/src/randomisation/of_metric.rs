//! One metric's comparisons, tested by redrawing them.

use super::{Exposed, Refusal, Splits, Statistic, UnitNumbers, test};
use crate::{
    aggregate::resolve,
    assignments::Trust,
    balance::INVALID_BELOW,
    decimal::Decimal,
    engine::Engine,
    error::AnalysisError,
    plan::{Metric, MetricKind, Plan},
    results::{MetricResult, Randomisation},
    sql::{self, EventTable},
};
use datafusion::arrow::{
    array::{ArrayRef, AsArray as _, RecordBatch},
    compute::cast,
    datatypes::{DataType, Decimal128Type, Int64Type},
    error::ArrowError,
};
use edgewise_stats::{Alpha, resample::Resampling, trust::SampleRatio};

/// How comparisons are tested by redrawing them.
#[derive(Clone, Debug)]
pub struct Redrawing {
    /// How each epoch splits its draws; none where calls are drawn.
    pub splits: Option<Splits>,
    /// Whether a bandit learns the weights.
    pub is_adaptive: bool,
    /// How often, from which seed, on how many threads.
    pub resampling: Resampling,
}

impl Redrawing {
    /// Why nothing of this experiment is tested.
    ///
    /// # Errors
    /// [`Refusal`]: being exposed has to depend on nothing but what was fixed before the draw. A replay shows that the
    /// draw was as the ruleset says; the sample-ratio test over the exposed units shows whether exposure, which happens
    /// where the answer is used, then hung on the variant.
    pub fn admits(&self, plan: &Plan, trust: Trust, exposed: &SampleRatio) -> Result<&Splits, Refusal> {
        if let Some(trigger) = &plan.trigger {
            return Err(Refusal::Triggered { event: trigger.event.clone() });
        }
        if trust != Trust::Verified {
            return Err(Refusal::NotVerified);
        }
        if self.is_adaptive {
            return Err(Refusal::Adaptive);
        }
        let splits = self.splits.as_ref().ok_or(Refusal::CallsDrawn)?;
        match exposed {
            SampleRatio::Impossible { .. } => Err(Refusal::SampleRatioMismatch),
            SampleRatio::Tested { p, .. } if *p < INVALID_BELOW => Err(Refusal::SampleRatioMismatch),
            _ => Ok(splits),
        }
    }
}

/// Puts the tests beside the comparisons of a metric.
///
/// # Errors
/// Where a name cannot be asked for or the engine fails.
pub async fn redraw(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    metric: &Metric,
    plan: &Plan,
    redrawing: &Redrawing,
    admitted: Result<&Splits, Refusal>,
    result: &mut MetricResult,
) -> Result<(), AnalysisError> {
    if result.comparisons.is_empty() {
        return Ok(());
    }
    let question = admitted.and_then(|splits| Ok((splits, statistic(metric)?)));
    let (splits, statistic) = match question {
        Ok(question) => question,
        Err(refusal) => {
            refuse(result, &refusal);
            return Ok(());
        }
    };
    let measure = resolve(engine, events, metric).await?;
    let exposed = exposed(&engine.query(&sql::units_by_number(events, &measure)?).await?, splits)?;
    let alpha = Alpha::new(plan.alpha)?;
    for comparison in &mut result.comparisons {
        let variants = [plan.control.as_str(), comparison.variant.as_str()];
        let tested = test(&exposed, splits, statistic, variants, &redrawing.resampling, alpha);
        comparison.randomisation = Some(Randomisation::of(tested, redrawing.resampling.seed));
    }
    Ok(())
}

fn refuse(result: &mut MetricResult, refusal: &Refusal) {
    for comparison in &mut result.comparisons {
        comparison.randomisation = Some(Randomisation::of(Err(refusal.clone()), 0));
    }
}

/// What is redrawn: what is a function of sums over units, each with numbers of its own.
fn statistic(metric: &Metric) -> Result<Statistic, Refusal> {
    match metric.kind {
        MetricKind::Funnel { .. } => Err(Refusal::Metric { kind: "funnel" }),
        _ => Statistic::of_metric(&metric.kind),
    }
}

/// Reads what [`sql::units_by_number`] answers.
fn exposed(batches: &[RecordBatch], splits: &Splits) -> Result<Exposed, ArrowError> {
    let names = |batch: &RecordBatch| -> Vec<String> {
        let names = (1..=batch.num_columns()).map(|place| format!("y_0_{place}"));
        names.take_while(|name| batch.column_by_name(name).is_some()).collect()
    };
    let mut exposed = Exposed::new(batches.first().map_or(0, |batch| names(batch).len()));
    for batch in batches {
        let column = |name: &str, wanted: DataType| -> Result<ArrayRef, ArrowError> {
            let column = batch.column_by_name(name);
            let missing = || ArrowError::SchemaError(format!("the engine answered without {name}"));
            cast(column.ok_or_else(missing)?, &wanted)
        };
        let [variants, epochs] = ["variant_key", "epoch_key"].map(|name| column(name, DataType::Utf8));
        let [drawn, counts] = ["is_drawn", "unit_count"].map(|name| column(name, DataType::Int64));
        let wanted = || DataType::Decimal128(38, Decimal::SCALE.cast_signed());
        let numbers =
            names(batch).iter().map(|name| column(name, wanted())).collect::<Result<Vec<_>, _>>()?;
        let (variants, epochs, drawn, counts) = (variants?, epochs?, drawn?, counts?);
        let (variants, epochs) = (variants.as_string::<i32>(), epochs.as_string::<i32>());
        let (drawn, counts) = (drawn.as_primitive::<Int64Type>(), counts.as_primitive::<Int64Type>());
        let numbers: Vec<_> =
            numbers.iter().map(datafusion::arrow::array::AsArray::as_primitive::<Decimal128Type>).collect();
        for row in 0..batch.num_rows() {
            let epoch = epochs.value(row);
            // Several draws leave no one bucket, and are draws all the same.
            let is_drawn =
                drawn.value(row) == 1 || splits.get(epoch).is_some_and(super::split::Split::has_factors);
            let numbers = numbers.iter().map(|column| i64::try_from(column.value(row)));
            let numbers = numbers.collect::<Result<Vec<i64>, _>>().map_err(|_| {
                ArrowError::ComputeError("a unit's number has more than 18 digits".to_owned())
            })?;
            let unit = UnitNumbers { epoch, variant: variants.value(row), is_drawn, numbers: &numbers };
            exposed.push_many(&unit, u64::try_from(counts.value(row)).unwrap_or(0));
        }
    }
    Ok(exposed)
}
