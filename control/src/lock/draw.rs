//! What one draw of an experiment's units leads to, and how it follows new weights.

use super::{
    Range, Weights, WeightsError,
    allocate::{allocate, moved},
    bandit::Bandit,
};
use crate::project::Share;
use std::collections::BTreeMap;

/// The ranges that an experiment draws with, in the whole project or in one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Draw {
    /// One draw for the variant.
    Variants(Vec<Range>),
    /// One draw for the level of each factor, by the factor's id.
    Factors(BTreeMap<String, Vec<Range>>),
    /// One draw for the variant, by weights that were learnt.
    Bandit(Bandit),
}

/// Buckets of a draw that changed hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Movement {
    /// The factor whose draw it is, in a factorial design.
    pub(super) factor: Option<String>,
    /// How many, of 1,000,000.
    pub(super) buckets: u32,
}

impl Draw {
    /// Which buckets belong to which variant; empty where there are factors.
    pub fn ranges(&self) -> &[Range] {
        match self {
            Self::Variants(ranges) | Self::Bandit(Bandit { ranges, .. }) => ranges,
            Self::Factors(_) => &[],
        }
    }

    /// Which buckets of a factor's draw belong to which of its levels.
    pub fn factor(&self, factor: &str) -> Option<&[Range]> {
        let Self::Factors(factors) = self else { return None };
        factors.get(factor).map(Vec::as_slice)
    }

    /// The names of the factors, sorted; empty where there is one draw.
    pub(super) fn factors(&self) -> Vec<&str> {
        let Self::Factors(factors) = self else { return Vec::new() };
        factors.keys().map(String::as_str).collect()
    }

    /// The first draw by these weights.
    pub(super) fn first(weights: &Weights) -> Result<Self, WeightsError> {
        Self::Variants(Vec::new()).follow(weights)
    }

    /// The draw by new weights that moves the fewest units. A factor that was not there before is drawn as if for the
    /// first time.
    pub(super) fn follow(&self, weights: &Weights) -> Result<Self, WeightsError> {
        match weights {
            Weights::Variants(weights) => allocate(weights, self.ranges()).map(Self::Variants),
            Weights::Factors(factors) if factors.is_empty() => Err(WeightsError::NotWhole(Share::ZERO)),
            Weights::Factors(factors) => {
                let mut ranges = BTreeMap::new();
                for (factor, levels) in factors {
                    let held = self.factor(factor).unwrap_or_default();
                    if ranges.insert(factor.clone(), allocate(levels, held)?).is_some() {
                        return Err(WeightsError::Twice(factor.clone()));
                    }
                }
                Ok(Self::Factors(ranges))
            }
            Weights::Bandit { floor, weights } => self.bandit().follow(*floor, weights).map(Self::Bandit),
        }
    }

    /// This draw as a bandit's: its ranges stay, whether it was one or not.
    fn bandit(&self) -> Bandit {
        match self {
            Self::Bandit(bandit) => bandit.clone(),
            _ => Bandit { ranges: self.ranges().to_vec(), ..Bandit::default() },
        }
    }

    /// Whether it goes by weights that were published, not by those of the project.
    pub(super) fn is_published(&self) -> bool {
        matches!(self, Self::Bandit(Bandit { published: Some(_), .. }))
    }

    /// The same ranges, to be changed by weights of the project.
    pub(super) fn unpublished(&self) -> Self {
        match self {
            Self::Bandit(bandit) => Self::Bandit(Bandit { published: None, ..bandit.clone() }),
            _ => self.clone(),
        }
    }

    /// What changed hands since `before`, draw by draw.
    pub(super) fn moved_since(&self, before: &Self) -> Vec<Movement> {
        let movement = |factor, before, after| Movement { factor, buckets: moved(before, after) };
        let movements = match self {
            Self::Factors(factors) => factors
                .iter()
                .filter_map(|(factor, after)| {
                    Some(movement(Some(factor.clone()), before.factor(factor)?, after))
                })
                .collect(),
            Self::Variants(_) | Self::Bandit(_) => vec![movement(None, before.ranges(), self.ranges())],
        };
        movements.into_iter().filter(|movement| movement.buckets > 0).collect()
    }
}
