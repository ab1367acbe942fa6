//! What to do now.

use serde::Serialize;

use super::{Gates, GuardrailState, Reason};
use crate::{Alpha, Comparison, Direction, Estimate, estimate, trust::SampleRatio};

/// Everything that a recommendation is made of.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The level of the primary metric's test; the p values below are adjusted for the number of treatments.
    pub alpha: Alpha,
    /// Which way the primary metric is better.
    pub direction: Direction,
    /// Days run.
    pub days: f64,
    /// When the experiment may decide.
    pub horizon: Horizon,
    /// The sample-ratio test over all units.
    pub sample_ratio: SampleRatio,
    /// Below this p value the sample ratio counts as violated; 0.001 where nothing else is agreed. Source: Fabijan et al.
    /// (2019), "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD, use 0.0005 to 0.001.
    pub sample_ratio_alpha: Alpha,
    /// The control's units.
    pub control_units: u64,
    /// The treatments.
    pub treatments: Vec<TreatmentEvidence>,
    /// What a result must have.
    pub gates: Gates,
    /// The power, with the units there are now, to see the declared minimum detectable effect; never the observed one.
    pub power: Estimate<f64>,
}

/// What is known of one treatment.
#[derive(Clone, Debug)]
pub struct TreatmentEvidence {
    /// Its units.
    pub units: u64,
    /// The primary metric, against the control.
    pub primary: Comparison,
    /// The p value of its test, adjusted for the number of treatments.
    pub adjusted_p: Estimate<f64>,
    /// What its sequential boundary says now; ignored with a fixed horizon.
    pub look: Look,
    /// Its guardrails.
    pub guardrails: Vec<Finding>,
}

/// When an experiment may decide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Horizon {
    /// Once, after so many days (whole weeks).
    Fixed {
        /// Days.
        days: f64,
    },
    /// At every look of a sequential design, and finally after so many days.
    Sequential {
        /// Days of the last look.
        days: f64,
    },
}

/// What a sequential boundary says at a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// Nothing yet.
    #[default]
    Inside,
    /// The treatment differs from the control.
    Crossed,
    /// It will hardly be shown to be better.
    Futile,
}

/// What is known of one guardrail metric of a treatment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The metric.
    pub metric: String,
    /// Its state; `None` where it cannot be told.
    pub state: Option<GuardrailState>,
    /// Whether the interval behind the state may be looked at at any time: only then can it stop an experiment early.
    pub at_any_time: bool,
}

/// What to do, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recommendation {
    /// What to do.
    pub action: Action,
    /// Why, the decisive reason first.
    pub reasons: Vec<Reason>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Go on.
    Continue {
        /// Days until the horizon, or until the gate on days is met.
        days_left: f64,
        /// The power there is now: see [`Evidence::power`].
        #[serde(serialize_with = "estimate::serialize")]
        power: Estimate<f64>,
    },
    /// Ship this treatment, counted from 0.
    ShipTreatment {
        /// Which.
        treatment: usize,
    },
    /// Keep the control: every treatment is worse, futile, or not worth shipping.
    ShipControl,
    /// End it: every treatment violates a guardrail.
    Stop,
    /// Nothing follows.
    Inconclusive,
}

/// Recommends what to do.
///
/// In this order, and the first that holds decides:
///
/// 1. The sample ratio is violated or untested: [`Action::Inconclusive`] (untested before the horizon: continue).
/// 2. Every treatment has a breached guardrail, by an interval that may be looked at at any time or at the horizon:
///    [`Action::Stop`]. A treatment with one is out.
/// 3. Before a fixed horizon, between the looks of a sequential one, or short of a gate on days or units:
///    [`Action::Continue`].
/// 4. A treatment is significantly better, gains at least the lift that is worth shipping, and all its guardrails are
///    safe: [`Action::ShipTreatment`], the one that gains most.
/// 5. Every treatment is out, significantly worse, futile, or gains less than is worth shipping with its whole interval:
///    [`Action::ShipControl`].
/// 6. Else [`Action::Inconclusive`].
///
/// ```
/// use edgewise_stats::{Absent, Alpha, Direction, Proportion, compare::{RateOptions, compare_rates},
///     decide::{Action, Evidence, Gates, Horizon, Look, TreatmentEvidence, recommend}, trust::{Arm, sample_ratio}};
///
/// let (control, treatment) = (Proportion::new(1_000, 10_000)?, Proportion::new(1_150, 10_000)?);
/// let primary = compare_rates(&control, &treatment, &RateOptions::default());
/// let evidence = |days| -> Result<Evidence, Box<dyn std::error::Error>> {
///     Ok(Evidence {
///         alpha: Alpha::default(),
///         direction: Direction::HigherIsBetter,
///         days,
///         horizon: Horizon::Fixed { days: 14.0 },
///         sample_ratio: sample_ratio(&[Arm::new(10_000, 0.5)?, Arm::new(10_000, 0.5)?]),
///         sample_ratio_alpha: Alpha::new(0.001)?,
///         control_units: 10_000,
///         treatments: vec![TreatmentEvidence {
///             units: 10_000,
///             adjusted_p: primary.test.map(|test| test.p),
///             primary: primary.clone(),
///             look: Look::Inside,
///             guardrails: vec![],
///         }],
///         gates: Gates::default(),
///         power: Err(Absent::NoUnits),
///     })
/// };
/// assert!(matches!(recommend(&evidence(9.0)?).action, Action::Continue { days_left: 5.0, .. }));
/// assert_eq!(recommend(&evidence(14.0)?).action, Action::ShipTreatment { treatment: 0 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn recommend(evidence: &Evidence) -> Recommendation {
    let ends = match evidence.horizon {
        Horizon::Fixed { days } | Horizon::Sequential { days } => days,
    };
    let at_horizon = evidence.days >= ends;

    if let Some(recommendation) = distrusted(evidence, at_horizon, ends) {
        return recommendation;
    }
    let mut reasons = breaches(evidence, at_horizon);
    let breached = |treatment: usize| {
        reasons
            .iter()
            .any(|reason| matches!(reason, Reason::GuardrailBreached { treatment: t, .. } if *t == treatment))
    };
    let left: Vec<usize> = (0..evidence.treatments.len()).filter(|&treatment| !breached(treatment)).collect();
    if left.is_empty() && !reasons.is_empty() {
        return Recommendation { action: Action::Stop, reasons };
    }

    let waiting = waiting(evidence, &left, at_horizon, ends);
    if !waiting.is_empty() {
        reasons.splice(0..0, waiting);
        let needed = if at_horizon { evidence.gates.days } else { ends.max(evidence.gates.days) };
        return Recommendation { action: to_go(evidence, needed), reasons };
    }
    let (action, why) = judge(evidence, &left, at_horizon);
    reasons.splice(0..0, why);
    Recommendation { action, reasons }
}

fn distrusted(evidence: &Evidence, at_horizon: bool, ends: f64) -> Option<Recommendation> {
    let (action, reason) = match &evidence.sample_ratio {
        SampleRatio::Tested { p, .. } if *p < evidence.sample_ratio_alpha.get() => {
            (Action::Inconclusive, Reason::SampleRatioViolated)
        }
        SampleRatio::Tested { .. } => return None,
        SampleRatio::Untestable(_) if !at_horizon => (to_go(evidence, ends), Reason::SampleRatioUntested),
        SampleRatio::Untestable(_) => (Action::Inconclusive, Reason::SampleRatioUntested),
        // Units where none can be.
        _ => (Action::Inconclusive, Reason::SampleRatioViolated),
    };
    Some(Recommendation { action, reasons: vec![reason] })
}

fn to_go(evidence: &Evidence, needed: f64) -> Action {
    Action::Continue { days_left: (needed - evidence.days).max(0.0), power: evidence.power }
}

/// The guardrails that take a treatment out of the experiment.
fn breaches(evidence: &Evidence, at_horizon: bool) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (treatment, of) in evidence.treatments.iter().enumerate() {
        for finding in &of.guardrails {
            if finding.state == Some(GuardrailState::Breached) && (finding.at_any_time || at_horizon) {
                reasons.push(Reason::GuardrailBreached { treatment, metric: finding.metric.clone() });
            }
        }
    }
    reasons
}

/// Why nothing may be decided yet.
fn waiting(evidence: &Evidence, left: &[usize], at_horizon: bool, ends: f64) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let (days, gates) = (evidence.days, &evidence.gates);
    match evidence.horizon {
        Horizon::Fixed { .. } if !at_horizon => reasons.push(Reason::BeforeHorizon { days, horizon: ends }),
        Horizon::Sequential { .. } if !at_horizon => {
            let undecided = |&treatment: &usize| evidence.treatments[treatment].look == Look::Inside;
            let crossed = |&treatment: &usize| evidence.treatments[treatment].look == Look::Crossed;
            if !left.iter().any(crossed) && left.iter().any(undecided) {
                reasons.push(Reason::NoBoundaryCrossed);
            }
        }
        _ => {}
    }
    if days < gates.days {
        reasons.push(Reason::TooFewDays { days, needed: gates.days });
    }
    let units =
        evidence.treatments.iter().map(|treatment| treatment.units).fold(evidence.control_units, u64::min);
    if units < gates.units {
        reasons.push(Reason::TooFewUnits { units, needed: gates.units });
    }
    reasons
}

/// What the primary metric and the guardrails of the treatments that are left say.
fn judge(evidence: &Evidence, left: &[usize], at_horizon: bool) -> (Action, Vec<Reason>) {
    let mut reasons = Vec::new();
    let mut best: Option<(f64, usize)> = None;
    let mut none_is_worth_it = true;
    for &treatment in left {
        match verdict(evidence, treatment, at_horizon, &mut reasons) {
            Verdict::Ship { gain } if best.is_none_or(|(most, _)| gain > most) => {
                best = Some((gain, treatment));
            }
            Verdict::Ship { .. } | Verdict::NotWorthIt => {}
            Verdict::Open => none_is_worth_it = false,
        }
    }
    let action = match best {
        Some((_, treatment)) => Action::ShipTreatment { treatment },
        None if none_is_worth_it => Action::ShipControl,
        None => Action::Inconclusive,
    };
    (action, reasons)
}

enum Verdict {
    Ship { gain: f64 },
    NotWorthIt,
    Open,
}

fn verdict(evidence: &Evidence, treatment: usize, at_horizon: bool, reasons: &mut Vec<Reason>) -> Verdict {
    let of = &evidence.treatments[treatment];
    let sequential = matches!(evidence.horizon, Horizon::Sequential { .. });
    if sequential && of.look == Look::Futile {
        reasons.push(Reason::Futile { treatment });
        return Verdict::NotWorthIt;
    }
    let (difference, p) = match (of.primary.difference.estimate, of.adjusted_p) {
        (Ok(difference), Ok(p)) => (difference, p),
        (Err(absent), _) | (_, Err(absent)) => {
            reasons.push(Reason::Untested { treatment, absent });
            return Verdict::Open;
        }
    };
    // A sequential design decides by its boundary alone, at its last look too.
    let significant =
        if sequential { of.look == Look::Crossed } else { at_horizon && p < evidence.alpha.get() };
    let gain = evidence.direction.gain(difference);
    let needed = evidence.gates.lift;
    let lift = of.primary.lift.estimate.map(|lift| evidence.direction.gain(lift));
    if significant && gain < 0.0 {
        reasons.push(Reason::Worse { treatment, p });
        return Verdict::NotWorthIt;
    }
    if significant {
        reasons.push(if sequential {
            Reason::CrossedBoundary { treatment }
        } else {
            Reason::Better { treatment, p }
        });
        if let Some(gain) = lift.ok().filter(|gain| *gain < needed) {
            reasons.push(Reason::TooSmall { treatment, gain, needed });
            return Verdict::Open;
        }
        return guarded(of, treatment, gain, reasons);
    }
    let most = of.primary.lift.interval.map(|interval| match evidence.direction {
        Direction::HigherIsBetter => interval.upper(),
        Direction::LowerIsBetter => -interval.lower(),
    });
    match most {
        Ok(most) if most < needed => {
            reasons.push(Reason::NotWorthIt { treatment, most, needed });
            Verdict::NotWorthIt
        }
        _ => {
            reasons.push(Reason::NotSignificant { treatment });
            Verdict::Open
        }
    }
}

/// A better treatment ships only if all its guardrails are safe.
fn guarded(of: &TreatmentEvidence, treatment: usize, gain: f64, reasons: &mut Vec<Reason>) -> Verdict {
    let unsafe_ones = of.guardrails.iter().filter(|finding| finding.state != Some(GuardrailState::Safe));
    let before = reasons.len();
    reasons.extend(
        unsafe_ones.map(|finding| Reason::GuardrailNotSafe { treatment, metric: finding.metric.clone() }),
    );
    if reasons.len() == before { Verdict::Ship { gain } } else { Verdict::Open }
}
