//! The variants of past units, drawn by the core under one salt after another.

use edgewise_core::{
    AllocationRange, BUCKETS, CompileError, Experiment, Key, Ruleset, RulesetError, Strategy, Variant,
    compile, document,
};
use std::collections::BTreeMap;

/// Which share of the units enters, and how those are split.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The control first.
    variants: Vec<String>,
    /// The buckets of each variant, by its place in `variants`.
    ranges: Vec<AllocationRange>,
    /// Units below this entry bucket enter.
    entering: u32,
}

/// Why units cannot be split so.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// Fewer than two variants.
    #[error("an experiment has a control and at least one other variant, and there are {0}")]
    TooFewVariants(usize),
    /// A weight that is none.
    #[error("the variant `{variant}` has the weight {given}; weights are finite and above 0")]
    Weight {
        /// The variant.
        variant: String,
        /// Its weight.
        given: f64,
    },
    /// A weight so small that it has no bucket.
    #[error(
        "the variant `{0}` gets less than a millionth of the units: give it a larger share, or leave it out"
    )]
    NoBucket(String),
    /// The share of the units that enter.
    #[error("the share of the units that enter is {0}; it is above 0 and at most 1: write 0.25 for 25 %")]
    Entering(f64),
    /// The experiment draws otherwise than by one hash of the unit.
    #[error(
        "the experiment `{0}` does not draw its variants by one hash of the unit (factors or another strategy): name variants and weights instead"
    )]
    NotOneDraw(String),
    /// The core does not take the document.
    #[error("the core refuses the simulated experiment: {0}")]
    Compile(#[from] CompileError),
    /// The core does not read the ruleset.
    #[error("the core does not read the simulated ruleset: {0}")]
    Ruleset(#[from] RulesetError),
}

/// What the simulated experiment is called.
const EXPERIMENT: &str = "simulation";

impl Split {
    /// A split by weights in any unit, the control's first.
    ///
    /// # Errors
    /// [`SplitError`] unless there are two variants or more, each with a weight of at least a bucket, and a share of the
    /// units that enter.
    pub fn of_weights(weights: &[(String, f64)], entering: f64) -> Result<Self, SplitError> {
        if weights.len() < 2 {
            return Err(SplitError::TooFewVariants(weights.len()));
        }
        if let Some((variant, given)) =
            weights.iter().find(|(_, weight)| !(*weight > 0.0 && weight.is_finite()))
        {
            return Err(SplitError::Weight { variant: variant.clone(), given: *given });
        }
        let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let (mut ranges, mut reached, mut start) = (Vec::new(), 0.0, 0);
        for (variant, (name, weight)) in weights.iter().enumerate() {
            reached += weight;
            let end = if variant + 1 == weights.len() { BUCKETS } else { buckets(reached / all) };
            if end <= start {
                return Err(SplitError::NoBucket(name.clone()));
            }
            ranges.push(AllocationRange { start, end, variant });
            start = end;
        }
        let variants = weights.iter().map(|(name, _)| name.clone()).collect();
        Self { variants, ranges, entering: BUCKETS }.entering(entering)
    }

    /// The allocation of an experiment of a ruleset.
    ///
    /// # Errors
    /// [`SplitError::NotOneDraw`]; [`SplitError::Entering`].
    pub fn of_experiment(
        experiment: Experiment<'_>,
        control: &str,
        entering: f64,
    ) -> Result<Self, SplitError> {
        if experiment.factors().len() > 0 || experiment.strategy() != Strategy::Hash {
            return Err(SplitError::NotOneDraw(experiment.id().to_owned()));
        }
        let mut variants: Vec<&str> = experiment.variants().map(Variant::id).collect();
        variants.sort_by_key(|id| *id != control);
        let place = |index: usize| {
            let id = experiment.variant(index).map(Variant::id);
            variants.iter().position(|known| Some(*known) == id).unwrap_or(0)
        };
        let ranges: Vec<AllocationRange> = experiment
            .allocation()
            .map(|range| AllocationRange { variant: place(range.variant), ..range })
            .collect();
        let variants = variants.into_iter().map(str::to_owned).collect();
        Self { variants, ranges, entering: BUCKETS }.entering(entering)
    }

    /// The variants, the control first.
    pub fn variants(&self) -> &[String] {
        &self.variants
    }

    /// Each variant's share of the units that get any.
    pub fn shares(&self) -> Vec<f64> {
        let mut buckets = vec![0_u32; self.variants.len()];
        for range in &self.ranges {
            buckets[range.variant] += range.end - range.start;
        }
        let all: u32 = buckets.iter().sum();
        buckets.into_iter().map(|own| f64::from(own) / f64::from(all.max(1))).collect()
    }

    /// The share of the units that get a variant.
    pub fn entering_share(&self) -> f64 {
        let drawn: u32 = self.ranges.iter().map(|range| range.end - range.start).sum();
        f64::from(self.entering) / f64::from(BUCKETS) * (f64::from(drawn) / f64::from(BUCKETS))
    }

    /// The draw of one run: a ruleset compiled with a salt of its own, and its experiment's key and buckets.
    ///
    /// # Errors
    /// Where the core refuses the experiment.
    pub fn draw(&self, seed: u64, run: u64) -> Result<Draw, SplitError> {
        let ruleset = self.ruleset(seed, run)?;
        let experiment = ruleset.find_experiment(EXPERIMENT);
        let experiment = experiment.ok_or_else(|| SplitError::NotOneDraw(EXPERIMENT.to_owned()))?;
        let mut bounds: Vec<AllocationRange> = experiment.allocation().collect();
        bounds.sort_by_key(|range| range.start);
        let entering = experiment.ramp_stages().last().map_or(BUCKETS, |stage| stage.buckets);
        Ok(Draw { key: experiment.key(), ranges: bounds, entering })
    }

    fn ruleset(&self, seed: u64, run: u64) -> Result<Ruleset<Vec<u8>>, SplitError> {
        let variant = |(place, id): (usize, &String)| document::Variant {
            id: id.clone(),
            control: place == 0,
            overrides: BTreeMap::default(),
        };
        let range = |range: &AllocationRange| document::AllocationRange {
            start: range.start,
            end: range.end,
            variant: self.variants[range.variant].clone(),
        };
        let ramp = document::RampStage { from: None, buckets: self.entering };
        let mut document = document::Document::new(&format!("{seed:016x}"), &["unit"]);
        document.experiments.push(document::Experiment {
            // As if the experiment were started anew for each run.
            salt: format!("experiment:{EXPERIMENT}@{}", run.saturating_add(1)),
            variants: self.variants.iter().enumerate().map(variant).collect(),
            allocation: self.ranges.iter().map(range).collect(),
            ramp: if self.entering < BUCKETS { vec![ramp] } else { Vec::new() },
            ..document::Experiment::new(EXPERIMENT, "unit")
        });
        Ok(Ruleset::read(compile(&document)?)?)
    }

    fn entering(self, share: f64) -> Result<Self, SplitError> {
        let allowed = share > 0.0 && share <= 1.0;
        let entering = if allowed { buckets(share) } else { 0 };
        if entering > 0 { Ok(Self { entering, ..self }) } else { Err(SplitError::Entering(share)) }
    }
}

/// So many buckets is this share, which is at most 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a million")]
fn buckets(share: f64) -> u32 {
    (share * f64::from(BUCKETS)).round() as u32
}

/// The draw of one run.
#[derive(Clone, Debug)]
pub struct Draw {
    key: Key,
    /// In the order of the buckets.
    ranges: Vec<AllocationRange>,
    entering: u32,
}

impl Draw {
    /// The place of the unit's variant; none for a unit that gets none.
    pub fn variant(&self, unit: &[u8]) -> Option<usize> {
        let hash = self.key.hash(unit);
        if hash.entry().get() >= self.entering {
            return None;
        }
        let bucket = hash.variant().get();
        let range = self.ranges.iter().find(|range| bucket < range.end)?;
        (bucket >= range.start).then_some(range.variant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use edgewise_core::{Attributes, Silent, Unit};

    fn weights(weights: &[f64]) -> Vec<(String, f64)> {
        weights.iter().enumerate().map(|(place, weight)| (format!("v{place}"), *weight)).collect()
    }

    #[test]
    fn a_draw_is_the_cores_assignment() {
        for (weighed, entering) in [(&[1.0, 1.0][..], 1.0), (&[50.0, 25.0, 25.0], 0.3)] {
            let split = Split::of_weights(&weights(weighed), entering).unwrap();
            for run in 0..3 {
                let (ruleset, draw) = (split.ruleset(7, run).unwrap(), split.draw(7, run).unwrap());
                let experiment = ruleset.find_experiment(EXPERIMENT).unwrap();
                let mut seen = std::collections::BTreeSet::new();
                for index in 0..500 {
                    let unit = format!("u_{index}");
                    let context = Attributes { units: &[Unit::new(unit.as_bytes())], attributes: &[] };
                    let assigned = experiment.assign(&context, 0, &mut Silent).variant;
                    assert_eq!(draw.variant(unit.as_bytes()), assigned, "{unit}");
                    seen.insert(assigned);
                }
                assert_eq!(seen.len(), weighed.len() + usize::from(entering < 1.0));
            }
        }
    }

    #[test]
    fn runs_have_draws_of_their_own_and_a_seed_repeats_them() {
        let split = Split::of_weights(&weights(&[1.0, 1.0]), 1.0).unwrap();
        let drawn = |seed, run| -> Vec<Option<usize>> {
            let draw = split.draw(seed, run).unwrap();
            (0..64).map(|index: u32| draw.variant(&index.to_le_bytes())).collect()
        };
        assert_eq!(drawn(1, 1), drawn(1, 1));
        assert_ne!(drawn(1, 1), drawn(1, 2));
        assert_ne!(drawn(1, 1), drawn(2, 1));
    }

    #[test]
    fn a_split_that_is_none_is_refused() {
        let refused = |weighed: &[f64], entering| {
            Split::of_weights(&weights(weighed), entering).unwrap_err().to_string()
        };
        assert!(refused(&[1.0], 1.0).contains("there are 1"));
        assert!(refused(&[1.0, 0.0], 1.0).contains("`v1` has the weight 0"));
        assert!(refused(&[1e9, 1e-9], 1.0).contains("`v1` gets less than a millionth"));
        assert!(refused(&[1.0, f64::NAN], 1.0).contains("NaN"));
        for entering in [0.0, -1.0, 1.5, f64::NAN, 1e-9] {
            assert!(refused(&[1.0, 1.0], entering).contains("share of the units"), "{entering}");
        }
    }
}
