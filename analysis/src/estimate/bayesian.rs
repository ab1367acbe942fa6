//! How probable it is that a variant is better, beside the frequentist answer.

use super::arms::{Own, Posteriors, Prior};
use crate::results::{AbsentPart, Bayesian};
use edgewise_stats::{
    Absent, Comparison, Estimate, Positive, Quantity,
    bayes::{BayesComparison, BayesOptions, MeanPrior, Posterior, compare_posteriors},
};

/// The model's name, and what it says.
pub(super) type Answer = (&'static str, Estimate<BayesComparison>);

/// The beliefs of the metric's own model; where it has none, the normal one of the means that decide with their errors,
/// which holds for what was sharpened or compared within epochs as well.
pub(super) fn answer(
    deciding: &Comparison,
    posteriors: Option<Posteriors>,
    prior: Estimate<MeanPrior>,
    options: &BayesOptions,
) -> Answer {
    let Posteriors { model, control, treatment } = posteriors.unwrap_or_else(|| Posteriors {
        model: "normal",
        control: normal(&deciding.control, prior),
        treatment: normal(&deciding.treatment, prior),
    });
    (model, control.and_then(|control| Ok(compare_posteriors(&control, &treatment?, options))))
}

/// What is believed of a mean beforehand: nothing, or so many units' worth of the control's own spread.
pub(super) fn mean_prior(prior: Option<Prior>, control: &Own) -> Estimate<MeanPrior> {
    let Some(Prior { mean, strength }) = prior else { return Ok(MeanPrior::flat()) };
    let deviation = control.mean.standard_error? * approximate(control.n).sqrt();
    let positive = |number| Positive::new(number).map_err(|_| Absent::OutOfRange);
    MeanPrior::with_strength(mean, positive(strength)?, positive(deviation)?).map_err(|_| Absent::OutOfRange)
}

fn normal(arm: &Quantity, prior: Estimate<MeanPrior>) -> Estimate<Posterior> {
    let error = Positive::new(arm.standard_error?).map_err(|_| Absent::ZeroVariance)?;
    prior?.posterior_of_estimate(arm.estimate?, error)
}

/// What goes into the result; what is absent is recorded with its reason.
pub(super) fn record((model, comparison): Answer, absent: &mut Vec<AbsentPart>) -> Option<Bayesian> {
    let mut note = |part, reason| absent.push(AbsentPart::new(part, reason));
    let whole = comparison.and_then(|comparison| Ok((comparison.better?, comparison)));
    let (better, comparison) = whole.map_err(|reason| note("bayesian", reason)).ok()?;
    let loss = comparison.loss.map_err(|reason| note("bayesian.expected_loss", reason)).ok();
    Some(Bayesian {
        model,
        probability_better: better.p,
        expected_loss: loss.map(|loss| loss.choose_treatment),
        expected_loss_of_control: loss.map(|loss| loss.choose_control),
        difference: (comparison.difference.interval)
            .map_err(|reason| note("bayesian.difference", reason))
            .ok(),
        lift: comparison.lift.interval.map_err(|reason| note("bayesian.lift", reason)).ok(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "more than 2^53 units lose less than their own error")]
fn approximate(count: u64) -> f64 {
    count as f64
}
