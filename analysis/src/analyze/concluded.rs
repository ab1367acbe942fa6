//! What the numbers add up to.

use super::{
    Analysis,
    counted::{exposures_left_out, no_units, nothing_frozen, summary, units_moved},
};
use crate::{
    balance,
    conclude::{
        self, conclude,
        entries::Entries,
        signals::{self, Signals},
    },
    error::AnalysisError,
    fold::Folded,
    results::{HealthCheck, MetricResult, Provenance, Results, SCHEMA_VERSION, SampleRatioChecks},
};
use jiff::Timestamp;

impl Analysis<'_> {
    /// What is counted beside the metrics. Without units there is nothing to join, and the log may lack their column.
    pub(super) async fn signals(
        &self,
        folded: Option<&Folded>,
        watermark: Option<Timestamp>,
    ) -> Result<Signals, AnalysisError> {
        if self.observed.assignments.counts.admitted.is_empty() {
            return Ok(Signals::default());
        }
        let unit_column = format!("unit_{}", self.plan.unit);
        let events = self.table(&unit_column, watermark, None);
        signals::count((folded, self.engine), &events, &self.observed).await
    }

    pub(super) fn concluded(
        self,
        variants: &[String],
        watermark: Option<Timestamp>,
        metrics: Vec<MetricResult>,
        health: Vec<HealthCheck>,
        signals: &Signals,
    ) -> Result<Results, AnalysisError> {
        let assignments = &self.observed.assignments;
        let entries = match self.events.bound {
            Some(bound) => bound.entries.clone(),
            None => Entries::read(&assignments.batches, self.observed.trust.verdicts())?,
        };
        let (plan, looks, shares) = (self.plan, self.looks, self.observed.shares.clone());
        let mut results = self.results(variants, watermark, metrics, health);
        let facts = conclude::Facts { plan, shares: &shares, entries: &entries, signals, looks };
        conclude(&mut results, &facts)?;
        Ok(results)
    }

    fn results(
        self,
        variants: &[String],
        watermark: Option<Timestamp>,
        metrics: Vec<MetricResult>,
        health: Vec<HealthCheck>,
    ) -> Results {
        let counts = &self.observed.assignments.counts;
        let summaries: Vec<_> =
            variants.iter().map(|variant| summary(counts, variant, variant == &self.plan.control)).collect();
        let sample_ratio = SampleRatioChecks {
            before_exclusions: balance::test(&counts.claimed, &self.observed.shares, variants),
            after_exclusions: balance::test(&counts.admitted, &self.observed.shares, variants),
        };
        let mut exclusions = self.observed.exclusions;
        exclusions.extend(exposures_left_out(counts, variants, self.observed.trust.verdicts()));
        let mut warnings = self.observed.warnings;
        warnings.extend(balance::warn(&sample_ratio.before_exclusions, "all exposed units"));
        if sample_ratio.before_exclusions != sample_ratio.after_exclusions {
            warnings.extend(balance::warn(&sample_ratio.after_exclusions, "the units that count"));
        }
        warnings.extend(balance::warn_of_units_in_two_variants(&summaries));
        warnings.extend(no_units(&summaries, &self.plan.experiment));
        warnings.extend(units_moved(&summaries));
        warnings.extend(self.state.and_then(|_| nothing_frozen(self.plan)));
        warnings.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
        Results {
            schema_version: SCHEMA_VERSION,
            experiment: self.plan.experiment.clone(),
            unit: self.plan.unit.clone(),
            control: self.plan.control.clone(),
            alpha: self.plan.alpha,
            source: self.observed.source,
            iteration: self.observed.iteration,
            watermark,
            variants: summaries,
            sample_ratio,
            metrics,
            exclusions,
            warnings,
            decision: None,
            looks: None,
            growth: Vec::new(),
            dimensions: Vec::new(),
            health,
            provenance: Provenance::new(Some(self.plan.digest().to_string()), self.observed.rulesets),
        }
    }
}
