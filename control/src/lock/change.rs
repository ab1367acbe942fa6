//! What a build did to the lock.

use super::{Draw, Holder, Run, draw::Movement, error::percent};
use std::fmt;

/// What a build did to the lock; as text, one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The first allocation of a run.
    New(Run),
    /// An experiment goes by another id now.
    Renamed {
        /// What it was.
        from: Run,
        /// What it is.
        to: Run,
    },
    /// A layer goes by another id now.
    RenamedLayer {
        /// What it was.
        from: String,
        /// What it is.
        to: String,
    },
    /// A holdout goes by another id now.
    RenamedHoldout {
        /// What it was.
        from: String,
        /// What it is.
        to: String,
    },
    /// Some buckets changed hands.
    Moved {
        /// Whose.
        run: Run,
        /// The tenant or environment where they did; None: wherever there is no override.
        scope: Option<String>,
        /// The factor whose levels they belong to; None: they belong to variants.
        factor: Option<String>,
        /// How many, of 1,000,000.
        buckets: u32,
    },
    /// A holder of a layer has more or fewer slots.
    Slots {
        /// The layer's id.
        layer: String,
        /// Whose.
        holder: Holder,
        /// How many there were, of 1,000,000.
        before: u32,
        /// How many there are.
        after: u32,
    },
}

impl Change {
    /// What changed hands between two draws of a run.
    pub(super) fn moved(run: &Run, scope: Option<&str>, before: &Draw, after: &Draw) -> Vec<Self> {
        let change = |Movement { factor, buckets }| Self::Moved {
            run: run.clone(),
            scope: scope.map(str::to_owned),
            factor,
            buckets,
        };
        after.moved_since(before).into_iter().map(change).collect()
    }

    pub(super) fn slots(layer: &str, holder: &Holder, before: u32, after: u32) -> Option<Self> {
        let change = Self::Slots { layer: layer.to_owned(), holder: holder.clone(), before, after };
        (before != after).then_some(change)
    }

    /// Whether units get something else than before because of it.
    pub fn moves(&self) -> bool {
        match self {
            Self::Moved { .. } => true,
            Self::Slots { before, .. } => *before > 0,
            Self::New(_) | Self::Renamed { .. } | Self::RenamedLayer { .. } | Self::RenamedHoldout { .. } => {
                false
            }
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(run) => write!(formatter, "{run}: first allocation"),
            Self::Renamed { from, to } => write!(formatter, "{to}: renamed from {from}, no unit moves"),
            Self::RenamedLayer { from, to } => {
                write!(formatter, "layer {to}: renamed from {from}, no unit moves")
            }
            Self::RenamedHoldout { from, to } => {
                write!(formatter, "holdout {to}: renamed from {from}, no unit moves")
            }
            Self::Moved { run, scope, factor, buckets } => {
                write!(formatter, "{run}")?;
                if let Some(scope) = scope {
                    write!(formatter, " in {scope}")?;
                }
                match factor {
                    Some(factor) => write!(formatter, ": {buckets} buckets change their level of {factor}")?,
                    None => write!(formatter, ": {buckets} buckets change their variant")?,
                }
                let percent = f64::from(*buckets) * 100.0 / f64::from(edgewise_core::BUCKETS);
                write!(formatter, ", {percent:.4}% of the units")
            }
            Self::Slots { layer, holder, before: 0, after } => {
                write!(formatter, "layer {layer}: {holder} takes {}", percent(*after))
            }
            Self::Slots { layer, holder, before, after } => {
                write!(
                    formatter,
                    "layer {layer}: {holder} had {} and has {}",
                    percent(*before),
                    percent(*after)
                )
            }
        }
    }
}
