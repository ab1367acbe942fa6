//! One stratum of a comparison: the two variants where they ran side by side.

use crate::{Warning, moments::count};

/// The summaries of control and treatment within one stratum (an epoch of the experiment).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stratum<T> {
    /// The summary of the control's units.
    pub control: T,
    /// The summary of the treatment's units.
    pub treatment: T,
}

/// A stratum with its share of all units compared.
pub(crate) struct Weighted<T> {
    pub(crate) weight: f64,
    pub(crate) control: T,
    pub(crate) treatment: T,
}

/// The only stratum, whatever its size.
pub(crate) fn whole<T>(control: T, treatment: T) -> Vec<Weighted<T>> {
    vec![Weighted { weight: 1.0, control, treatment }]
}

/// The strata that have at least `enough` units of both variants, weighted by their units, and warnings of the others.
pub(crate) fn weigh<T: Copy>(
    strata: &[Stratum<T>],
    units: fn(&T) -> u64,
    enough: u64,
) -> (Vec<Weighted<T>>, Vec<Warning>) {
    let mut weighted = Vec::with_capacity(strata.len());
    let mut warnings = Vec::new();
    for (stratum, &Stratum { control, treatment }) in strata.iter().enumerate() {
        let (fewer, both) =
            (units(&control).min(units(&treatment)), units(&control).saturating_add(units(&treatment)));
        if fewer >= enough {
            weighted.push(Weighted {
                weight: count(units(&control)) + count(units(&treatment)),
                control,
                treatment,
            });
        } else if fewer > 0 {
            warnings.push(Warning::StratumTooSmall { stratum, units: both });
        } else if both > 0 {
            warnings.push(Warning::StratumWithoutVariant { stratum, units: both });
        }
    }
    let all: f64 = weighted.iter().map(|stratum| stratum.weight).sum();
    for stratum in &mut weighted {
        stratum.weight /= all;
    }
    (weighted, warnings)
}
