//! Why a lock cannot follow a project.

use super::{Holder, WeightsError};
use crate::project::Share;
use edgewise_core::BUCKETS;
use std::fmt;
use thiserror::Error;

/// Why a lock cannot follow a project. Nothing of the project is served then, so that nothing moves by accident.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UpdateError {
    /// All would be drawn afresh although the name is the same.
    #[error(
        "{subject} was drawn with the {property} {locked:?} and would now be drawn with {given:?}: every unit would move"
    )]
    Redrawn {
        /// What.
        subject: Subject,
        /// What of it changed.
        property: &'static str,
        /// What the lock says.
        locked: String,
        /// What the project says.
        given: String,
    },
    /// Every draw of a ruleset would change.
    #[error(
        "the seed of {ruleset:?} is not the one that its units were drawn with: every unit of every experiment would move"
    )]
    OtherSeed {
        /// What the ruleset is called.
        ruleset: String,
    },
    /// Weights cannot be turned into buckets.
    #[error("the weights of `{experiment}`{}: {source}", in_scope(scope.as_deref()))]
    Weights {
        /// The experiment's id.
        experiment: String,
        /// The tenant or environment that overrides them.
        scope: Option<String>,
        /// Why.
        source: Box<WeightsError>,
    },
    /// Nobody says what the layer is.
    #[error("{holder} asks for slots of the layer `{layer}`, which is not there")]
    NoLayer {
        /// The layer's id.
        layer: String,
        /// Who asks.
        holder: Holder,
    },
    /// Less than a slot, or more than there are.
    #[error(
        "{holder} asks for {share} of the layer `{layer}`, which is not between one slot, 0.0001%, and all of them"
    )]
    NoShare {
        /// The layer's id.
        layer: String,
        /// Who asks.
        holder: Holder,
        /// For how much.
        share: Share,
    },
    /// One domain, two sizes.
    #[error("{holder} of the layer `{layer}` is to be {} and {} of it", shares.0, shares.1)]
    TwoShares {
        /// The outer layer's id.
        layer: String,
        /// Who asks.
        holder: Holder,
        /// For how much.
        shares: Box<(Share, Share)>,
    },
    /// There are not enough free slots.
    #[error(transparent)]
    LayerFull(Box<FullLayer>),
}

/// A layer that has not enough free slots for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullLayer {
    /// The layer's id.
    pub layer: String,
    /// Who asks.
    pub holder: Holder,
    /// For how much in all.
    pub asked: Share,
    /// How many slots it has already, of 1,000,000.
    pub held: u32,
    /// How many nobody has.
    pub free: u32,
    /// Who has the others.
    pub others: Vec<(Holder, u32)>,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An experiment, by its id.
    Experiment(String),
    /// A layer, by its id.
    Layer(String),
    /// A holdout, by its id.
    Holdout(String),
}

impl UpdateError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Redrawn { subject: Subject::Experiment(_), property: "salt", .. } => {
                "bring `was:` or `salt:` back, or raise `iteration:` to start over on purpose"
            }
            Self::Redrawn { subject: Subject::Experiment(_), .. } => {
                "bring it back, or raise `iteration:` to start over on purpose"
            }
            Self::Redrawn { .. } => "bring it back, or use another id to start over on purpose",
            Self::OtherSeed { .. } => {
                "bring the seed back; to draw everyone afresh on purpose, remove its line under `seeds:` in \
                 edgewise.lock and build again"
            }
            Self::Weights { source, .. } => source.help(),
            Self::NoLayer { .. } => "name a layer of the project, or add this one",
            Self::NoShare { .. } => "write a share such as `20%`",
            Self::TwoShares { .. } => {
                "layers of one domain share the same slots: give them the same share, or other domains"
            }
            Self::LayerFull(_) => {
                "ask for less, give one of the others less, or use another layer; an experiment that is removed from \
                 the project gives its slots back"
            }
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Experiment(id) => write!(formatter, "`{id}`"),
            Self::Layer(id) => write!(formatter, "the layer `{id}`"),
            Self::Holdout(id) => write!(formatter, "the holdout `{id}`"),
        }
    }
}

impl fmt::Display for FullLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, holder, asked, held, free, others } = self;
        write!(formatter, "the layer `{layer}` is full: {holder} asks for {asked}")?;
        if *held > 0 {
            write!(formatter, " and holds {} of it", percent(*held))?;
        }
        write!(formatter, ", {} is free", percent(*free))?;
        let others: Vec<_> =
            others.iter().map(|(other, held)| format!("{} by {other}", percent(*held))).collect();
        if others.is_empty() { Ok(()) } else { write!(formatter, "; held: {}", others.join(", ")) }
    }
}

impl std::error::Error for FullLayer {}

/// A number of buckets, of 1,000,000, as a percentage, exactly.
pub fn percent(buckets: u32) -> String {
    Share::fraction(buckets.into(), BUCKETS.into())
        .map_or_else(|_| format!("{buckets} of {BUCKETS}"), |share| share.to_string())
}

fn in_scope(scope: Option<&str>) -> String {
    scope.map(|scope| format!(" in {scope}")).unwrap_or_default()
}
