//! The functions that cases name, by family, in terms of this crate.

mod adjustment;
mod anytime;
mod bayes;
mod distributions;
mod factorial;
mod group_sequential;
mod inputs;
mod means;
mod planning;
mod resampling;
mod tables;
mod trust;

pub(crate) use inputs::{Answer, Inputs};

/// What this crate computes for a case, in the shape of its expected value; none if no family knows the function.
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    [
        distributions::compute,
        means::compute,
        tables::compute,
        resampling::compute,
        adjustment::compute,
        group_sequential::compute,
        anytime::compute,
        bayes::compute,
        trust::compute,
        planning::compute,
        factorial::compute,
    ]
    .into_iter()
    .find_map(|family| family(function, inputs))
}
