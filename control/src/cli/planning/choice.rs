//! What a plan can be told by one word.

use edgewise_stats::{
    Direction,
    plan::Correction,
    sequential::group::{Shape, Spending},
};

/// Whether a test looks both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Sides {
    /// Both ways
    Two,
    /// Only where better is, as --direction says
    One,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Better {
    /// More is better
    Increase,
    /// Less is better
    Decrease,
}

/// How the level is shared between several treatments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Shared {
    /// Each comparison has an equal part
    Bonferroni,
    /// A little more than that
    Sidak,
    /// Each comparison has all of it
    None,
}

/// The boundary of a sequential design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum BoundaryShape {
    /// Hard to stop early; the end is nearly that of a single look
    ObrienFleming,
    /// The same at every look
    Pocock,
    /// Lan-DeMets spending of O'Brien-Fleming's type
    SpendingObrienFleming,
    /// Lan-DeMets spending of Pocock's type
    SpendingPocock,
}

impl Better {
    pub(super) fn direction(self) -> Direction {
        match self {
            Self::Increase => Direction::HigherIsBetter,
            Self::Decrease => Direction::LowerIsBetter,
        }
    }
}

impl Shared {
    pub(super) fn correction(self) -> Correction {
        match self {
            Self::Bonferroni => Correction::Bonferroni,
            Self::Sidak => Correction::Sidak,
            Self::None => Correction::None,
        }
    }
}

impl BoundaryShape {
    pub(crate) fn shape(self) -> Shape {
        match self {
            Self::ObrienFleming => Shape::OBrienFleming,
            Self::Pocock => Shape::Pocock,
            Self::SpendingObrienFleming => Shape::Spending(Spending::OBrienFlemingType),
            Self::SpendingPocock => Shape::Spending(Spending::PocockType),
        }
    }
}
