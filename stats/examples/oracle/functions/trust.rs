//! Sample ratio, multiplicity, equivalence.

use edgewise_stats::trust::{Arm, SampleRatio, sample_ratio};
use serde_json::json;

use super::{
    Answer, Inputs,
    inputs::{because, count},
};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "srm_chi2" => srm_chi2(inputs),
        _ => return None,
    })
}

fn srm_chi2(inputs: &Inputs<'_>) -> Answer {
    let observed = inputs.value("obs").as_array().ok_or("obs is not a list")?;
    let arms = (observed.iter().zip(inputs.numbers("weights")?))
        .map(|(observed, weight)| Arm::new(count(observed)?, weight).map_err(because))
        .collect::<Result<Vec<_>, _>>()?;
    match sample_ratio(&arms) {
        SampleRatio::Tested { chi_square, p, .. } => Ok(json!({ "chi2": chi_square, "p": p })),
        other => Err(format!("{other:?}")),
    }
}
