//! What `variant=share` says, checked against the experiment.

use super::Refused;
use edgewise_control::project::{Experiment, Share, advice};
use std::cmp::Ordering;

/// The share of each variant, together exactly the whole and none below the floor.
pub(super) fn read(
    given: &[String],
    experiment: &Experiment,
    floor: Share,
) -> Result<Vec<(String, Share)>, Refused> {
    let mut weights: Vec<(String, Share)> = Vec::with_capacity(given.len());
    for text in given {
        let (variant, share) = weight(text, experiment)?;
        if weights.iter().any(|(other, _)| *other == variant) {
            return Err(Refused::Twice(variant));
        }
        weights.push((variant, share));
    }
    is_complete(&weights, experiment)?;
    is_whole(&weights)?;
    match weights.iter().find(|(_, share)| *share < floor) {
        Some((variant, share)) => Err(Refused::BelowFloor { variant: variant.clone(), share: *share, floor }),
        None => Ok(weights),
    }
}

fn weight(text: &str, experiment: &Experiment) -> Result<(String, Share), Refused> {
    let (variant, share) = text.split_once('=').ok_or_else(|| Refused::NoPair {
        given: text.to_owned(),
        example: format!("{}=40%", experiment.control),
    })?;
    let ids = || experiment.variants.iter().map(|variant| variant.id.as_str());
    if !ids().any(|id| id == variant) {
        return Err(Refused::NoVariant {
            experiment: experiment.id.clone(),
            variant: variant.to_owned(),
            advice: advice(variant, "variants", ids()),
        });
    }
    let share = Share::read(share).map_err(|error| Refused::NoShare { given: text.to_owned(), error })?;
    Ok((variant.to_owned(), share))
}

fn is_complete(weights: &[(String, Share)], experiment: &Experiment) -> Result<(), Refused> {
    let has = |id: &String| weights.iter().any(|(variant, _)| variant == id);
    let missing: Vec<_> =
        experiment.variants.iter().map(|variant| &variant.id).filter(|id| !has(id)).collect();
    let Some(first) = missing.first() else { return Ok(()) };
    let names: Vec<_> = missing.iter().map(|id| format!("`{id}`")).collect();
    Err(Refused::Missing { variants: names.join(", "), example: format!("{first}=10%") })
}

fn is_whole(weights: &[(String, Share)]) -> Result<(), Refused> {
    let sum =
        Share::sum(weights.iter().map(|(_, share)| *share)).map_err(|error| Refused::TooFine { error })?;
    let by = |difference: Result<Share, _>| {
        difference.map_or_else(|_| "the difference".to_owned(), |difference| difference.to_string())
    };
    let advice = match sum.cmp(&Share::WHOLE) {
        Ordering::Equal => return Ok(()),
        Ordering::Greater if sum == Share::whole(100) => "write percent signs: `40%`, not `40`".to_owned(),
        Ordering::Less => format!("add {} to one of them", by(Share::WHOLE.minus(sum))),
        Ordering::Greater => format!("take {} from one of them", by(sum.minus(Share::WHOLE))),
    };
    Err(Refused::NotWhole { sum, advice })
}
