//! Many tests at once: the primary metrics over the variants, the secondary ones over metrics and variants. Guardrails
//! and the values of dimensions are not adjusted: a guardrail that is missed costs more than one that is doubted, and
//! dimensions decide nothing.

use crate::{
    plan::{Multiplicity, Role},
    results::{AdjustedP, MetricComparison, MetricResult},
};
use edgewise_stats::{
    Absent, Alpha, Estimate, Moments,
    trust::{Correction, DunnettOptions, PValue, adjust, dunnett},
};

/// Adjusts the p values of the comparisons that decide, and says which looks at any time may be concluded from.
pub fn allow_for_others(metrics: &mut [MetricResult], multiplicity: Multiplicity, alpha: Alpha) {
    let correction = match multiplicity {
        Multiplicity::Holm => Some((Correction::Holm, "holm")),
        Multiplicity::Hochberg => Some((Correction::Hochberg, "hochberg")),
        Multiplicity::Dunnett | Multiplicity::None => None,
    };
    if let Some((correction, procedure)) = correction {
        family(metrics, Role::Primary, correction, procedure, alpha);
    }
    if multiplicity == Multiplicity::Dunnett {
        by_dunnett(metrics, alpha);
    }
    family(metrics, Role::Secondary, Correction::BenjaminiHochberg, "benjamini_hochberg", alpha);
    looks(metrics, multiplicity, alpha);
}

fn family(
    metrics: &mut [MetricResult],
    role: Role,
    correction: Correction,
    procedure: &'static str,
    alpha: Alpha,
) {
    let p: Vec<_> = of_role(metrics, role).map(|comparison| p_of(comparison)).collect();
    let adjusted = adjust(&p, correction, alpha);
    for (comparison, test) in of_role(metrics, role).zip(&adjusted.tests) {
        let adjusted_p = |p| AdjustedP { p, procedure, family: adjusted.family };
        comparison.adjusted_p = test.as_ref().ok().map(|test| adjusted_p(test.adjusted));
    }
}

/// Each primary metric by itself, and several of them by Bonferroni on top.
fn by_dunnett(metrics: &mut [MetricResult], alpha: Alpha) {
    let primaries = metrics.iter().filter(|metric| metric.role == Role::Primary && metric.absent.is_none());
    let primaries = primaries.count();
    for metric in metrics.iter_mut().filter(|metric| metric.role == Role::Primary) {
        let family = metric.comparisons.len() * primaries;
        let adjusted = dunnett_p(metric, alpha);
        for (comparison, p) in metric.comparisons.iter_mut().zip(adjusted) {
            let p = p.map(|p| (p * approximate(primaries)).min(1.0));
            comparison.adjusted_p = p.ok().map(|p| AdjustedP { p, procedure: "dunnett", family });
        }
    }
}

/// P(max |T| ≥ |t|) of each comparison's own statistic, the T correlated through the control as their units say.
///
/// Units of standard deviation 1, whose means differ by t·√(1/n + 1/n_c), have these statistics: what is compared within
/// epochs or sharpened is adjusted like a plain mean.
fn dunnett_p(metric: &MetricResult, alpha: Alpha) -> Vec<Estimate<f64>> {
    let [control, treatments @ ..] = metric.variants.as_slice() else { return Vec::new() };
    let unit =
        |n: u64, mean: f64| Moments::from_mean_and_deviation(n, mean, 1.0).map_err(|_| Absent::TooFewUnits);
    let arm = |n: u64, comparison: &MetricComparison| {
        let statistic = comparison.deciding().test?.statistic;
        unit(n, statistic * (1.0 / approximate_units(n) + 1.0 / approximate_units(control.n)).sqrt())
    };
    let pairs = treatments.iter().zip(&metric.comparisons);
    let arms: Vec<Estimate<Moments>> =
        pairs.map(|(variant, comparison)| arm(variant.n, comparison)).collect();
    let there: Vec<Moments> = arms.iter().flatten().copied().collect();
    let options = DunnettOptions { alpha, ..DunnettOptions::default() };
    let found = unit(control.n, 0.0).and_then(|control| dunnett(&control, &there, &options));
    let mut tests = match found {
        Ok(found) => {
            found.treatments.into_iter().map(|treatment| treatment.test.map(|test| test.p)).collect()
        }
        Err(absent) => vec![Err(absent); there.len()],
    }
    .into_iter();
    arms.into_iter().map(|arm| arm.and_then(|_| tests.next().unwrap_or(Err(Absent::TooFewArms)))).collect()
}

/// Always-valid p values of primary metrics may be adjusted like others, by Holm's procedure, which holds whatever their
/// dependence. Source: Johari et al. (2022), "Always valid inference", Operations Research 70(3), section 6.
fn looks(metrics: &mut [MetricResult], multiplicity: Multiplicity, alpha: Alpha) {
    if multiplicity == Multiplicity::None {
        return;
    }
    let at_any_time = |comparison: &MetricComparison| {
        let sequential = comparison.sequential.as_ref().ok_or(Absent::TooFewValues)?;
        PValue::new(sequential.p?).map_err(|_| Absent::OutOfRange)
    };
    let p: Vec<_> = of_role(metrics, Role::Primary).map(|comparison| at_any_time(comparison)).collect();
    let adjusted = adjust(&p, Correction::Holm, alpha);
    for (comparison, test) in of_role(metrics, Role::Primary).zip(adjusted.tests) {
        if let Some(sequential) = &mut comparison.sequential {
            sequential.crossed = test.is_ok_and(|test| test.rejected);
        }
    }
}

fn of_role(metrics: &mut [MetricResult], role: Role) -> impl Iterator<Item = &mut MetricComparison> {
    metrics.iter_mut().filter(move |metric| metric.role == role).flat_map(|metric| &mut metric.comparisons)
}

fn p_of(comparison: &MetricComparison) -> Estimate<PValue> {
    comparison.deciding().test.as_ref().map(PValue::from).map_err(|absent| *absent)
}

fn approximate(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[expect(clippy::cast_precision_loss, reason = "more than 2^53 units lose less than their own error")]
fn approximate_units(count: u64) -> f64 {
    count as f64
}
